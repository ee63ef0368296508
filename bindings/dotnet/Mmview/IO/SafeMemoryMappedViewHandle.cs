// SPDX-License-Identifier: MIT
using System.Runtime.InteropServices;
using Mmview.IO.MemoryMappedFiles;
using Mmview.Native;

namespace Mmview.Win32.SafeHandles;

/// <summary>
/// The memory of a view, from the beginning of its first page: the view's first byte lies
/// <see cref="MemoryMappedViewAccessor.PointerOffset"/> bytes behind the pointer.
/// </summary>
public sealed unsafe class SafeMemoryMappedViewHandle : SafeBuffer
{
    /// <summary>Stands for the memory of a view that has none.</summary>
    private static readonly nint s_nothing = (nint)NativeMemory.AllocZeroed(1);

    private readonly ViewLease? _lease;

    /// <summary>The accessor that reads the memory without asking this handle; null for a stream.</summary>
    internal MemoryMappedViewAccessor? Accessor;

    /// <summary>A handle of nothing.</summary>
    public SafeMemoryMappedViewHandle() : base(true)
    {
    }

    internal SafeMemoryMappedViewHandle(ViewLease lease, long pointerOffset) : base(true)
    {
        _lease = lease;
        bool isEmpty = lease.View->Length == 0;
        SetHandle(isEmpty ? s_nothing : (nint)lease.View->Data - (nint)pointerOffset);
        Initialize(isEmpty ? 0 : lease.View->Length + (ulong)pointerOffset);
    }

    /// <summary>Throw when the guard has caught an access in the view.</summary>
    internal void Check()
    {
        bool held = false;
        DangerousAddRef(ref held);
        try
        {
            Fault.Check(Lib.mmv_view_check(_lease!.View));
        }
        finally
        {
            DangerousRelease();
        }
    }

    /// <summary>Have pages ready for stores. What is wrong with them is seen when they are touched.</summary>
    internal bool Populate(ulong offset, ulong length)
    {
        bool held = false;
        DangerousAddRef(ref held);
        try
        {
            return Lib.mmv_view_populate(_lease!.View, (nuint)offset, (nuint)length, 1) == Status.Ok;
        }
        finally
        {
            DangerousRelease();
        }
    }

    /// <summary>Wait until the view's bytes are on the device.</summary>
    internal void Flush()
    {
        bool held = false;
        DangerousAddRef(ref held);
        try
        {
            Fault.Check(Lib.mmv_view_check(_lease!.View));
            Fault.Check(Lib.mmv_view_flush(_lease.View, 0, 0, Lib.FlushDurable));
        }
        finally
        {
            DangerousRelease();
        }
    }

    /// <summary>Give the memory up.</summary>
    protected override bool ReleaseHandle()
    {
        MemoryMappedViewAccessor? accessor = Accessor;
        if (accessor is null)
        {
            _lease?.Close();
            return true;
        }
        // Whoever comes later is told; who is at it in this moment finds zeros.
        accessor.Forget();
        if (!ViewLease.Counts)
            _lease!.Retire();
        else if (accessor.HasLent)
            _lease!.Leave();
        else
            _lease!.Close();
        return true;
    }
}
