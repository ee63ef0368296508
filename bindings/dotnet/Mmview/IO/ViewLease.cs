// SPDX-License-Identifier: MIT
using System;
using System.Runtime.ConstrainedExecution;
using System.Runtime.InteropServices;
using System.Threading;
using Mmview.Native;

namespace Mmview.IO.MemoryMappedFiles;

/// <summary>A view of the library.</summary>
/// <remarks>
/// An accessor reads its memory without a count or a lock, and another thread may dispose it meanwhile. So Dispose()
/// retires the view: its pages become zeros, file and name are let go of, the addresses stay. They go when the
/// collector has found that no thread has the accessor any more. Who waits for that is counted: see
/// <see cref="MostRetired"/>. Where a view cannot be retired, accesses are counted: see <see cref="Counts"/>.
/// </remarks>
internal sealed unsafe class ViewLease : CriticalFinalizerObject
{
    /// <summary>Retired views that wait for the collector at most. The system allows 65,530 mappings a
    /// process.</summary>
    private const int MostRetired = 10_000;

    /// <summary>
    /// Whether accesses are counted, by the handle, and the last one that is inside unmaps what was closed. Windows cannot
    /// exchange pages under a reader. Elsewhere the switch is for tests.
    /// </summary>
    internal static readonly bool Counts = OperatingSystem.IsWindows() ||
        (AppContext.TryGetSwitch("Mmview.CountAccesses", out bool isOn) && isOn);

    private static int s_retired;

    /// <summary>The fewest that have waited since the last collection.</summary>
    private static int s_fewest;

    private NativeView* _view;
    private bool _isRetired;

    public ViewLease()
    {
        _view = (NativeView*)NativeMemory.AllocZeroed(NativeView.Room);
    }

    ~ViewLease() => Free();

    public NativeView* View => _view;

    /// <summary>Unmap: nobody can touch the memory any more.</summary>
    public void Close()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>Give the bytes up, but not their addresses.</summary>
    public void Retire()
    {
        if (_view == null || _isRetired)
            return;
        _isRetired = true;
        // Where it cannot, memory is short: the view lives on as it is until the collector comes.
        Lib.mmv_view_retire(_view);
        Interlocked.Increment(ref s_retired);
        // Else the finalizer could free the view while the library is at work on it.
        GC.KeepAlive(this);
    }

    /// <summary>Leave the memory, mapped as it is, to the collector: somebody may have a span.</summary>
    public void Leave()
    {
        if (_view == null || _isRetired)
            return;
        _isRetired = true;
        Interlocked.Increment(ref s_retired);
        GC.KeepAlive(this);
    }

    /// <summary>Have the collector find out which retired views nobody has any more, when there are many.</summary>
    /// <remarks>
    /// Nothing waits for finalizers: one may want a lock that the caller holds. What is still in use is not looked
    /// through again before there are twice as many.
    /// </remarks>
    public static void CollectMany()
    {
        int retired = Volatile.Read(ref s_retired);
        int fewest = Volatile.Read(ref s_fewest);
        if (retired <= MostRetired || retired / 2 < fewest)
            return;
        // One thread collects for all.
        if (Interlocked.CompareExchange(ref s_fewest, retired, fewest) == fewest)
            GC.Collect();
    }

    private void Free()
    {
        NativeView* view = _view;
        _view = null;
        if (view == null)
            return;
        Lib.mmv_view_close(view);
        NativeMemory.Free(view);
        if (!_isRetired)
            return;
        int left = Interlocked.Decrement(ref s_retired);
        int fewest;
        while (left < (fewest = Volatile.Read(ref s_fewest)))
            Interlocked.CompareExchange(ref s_fewest, left, fewest);
    }
}
