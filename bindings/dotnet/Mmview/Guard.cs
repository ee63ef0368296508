// SPDX-License-Identifier: MIT
using Mmview.Native;

namespace Mmview;

/// <summary>
/// The guard: touching a mapped byte that is not there is an exception instead of the end of the process.
/// </summary>
/// <remarks>
/// A mapped file may become shorter, its disk may be full, its device may fail. Then the system sends SIGBUS, which
/// .NET cannot catch. With the guard the byte reads as zero, and the accessor or stream throws
/// <see cref="MmviewException"/>. A span does not throw: ask
/// <see cref="IO.MemoryMappedFiles.MemoryMappedViewAccessor.Check"/> when you are done with it.
/// The guard is on. The switch <c>Mmview.Guard</c> turns it off, in runtimeconfig.json or by AppContext.SetSwitch()
/// before the first map.
/// </remarks>
public static class Guard
{
    internal const string Switch = "Mmview.Guard";

    private static bool s_isEnabled;

    /// <summary>Whether the guard watches the mappings of this process.</summary>
    public static unsafe bool IsEnabled
    {
        // The first look at the library turns it on.
        get => Lib.Faults != null && s_isEnabled;
        internal set => s_isEnabled = value;
    }
}
