// SPDX-License-Identifier: MIT
// Tests.dll SIZES [ONLY]: all tests, or those whose name has ONLY in it; SIZES prints what the compiler sees of
// structs.
// Tests.dll counted ONLY: the tests of Counted.cs, with a count per access as on Windows.
// Tests.dll peer COMMAND...: the other process of a test; see Peer.cs.
using System;
using System.Linq;
using Mmview.Tests;

if (args.Length > 0 && args[0] == "peer")
    return Peer.Run(args[1..]);
if (args.Length > 0 && args[0] == "counted")
{
    AppContext.SetSwitch("Mmview.CountAccesses", true);
    int failed = Check.RunAll(args.ElementAtOrDefault(1), typeof(Counted), typeof(Values));
    Check.CleanUp();
    return failed;
}
Layout.Sizes = args.FirstOrDefault() ?? "";
int status = Check.RunAll(args.ElementAtOrDefault(1), typeof(Layout), typeof(FromFile), typeof(OfMemory), typeof(Views),
                          typeof(Values), typeof(Streams), typeof(Same), typeof(Disposal), typeof(Faults),
                          typeof(Synchronisation), typeof(Walks), typeof(Journals), typeof(Channels));
Check.CleanUp();
return status;
