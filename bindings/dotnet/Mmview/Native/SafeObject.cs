// SPDX-License-Identifier: MIT
using System;
using System.Runtime.InteropServices;

namespace Mmview.Native;

/// <summary>A mutex, event, semaphore or channel of the library.</summary>
/// <remarks>Not closed while a call with it runs: the runtime counts those.</remarks>
internal sealed unsafe class SafeObject : SafeHandle
{
    private readonly delegate*<nint*, void> _close;

    public SafeObject(nint handle, delegate*<nint*, void> close) : base(0, true)
    {
        _close = close;
        SetHandle(handle);
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        nint copy = handle;
        _close(&copy);
        return true;
    }
}
