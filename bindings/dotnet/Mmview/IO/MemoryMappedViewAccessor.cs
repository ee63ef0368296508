// SPDX-License-Identifier: MIT
// What every access goes through. Single values: MemoryMappedViewAccessor.Values.cs; arrays: .Arrays.cs.
using System;
using System.IO;
using System.Runtime.CompilerServices;
using System.Threading;
using Mmview.Native;
using Mmview.Win32.SafeHandles;

namespace Mmview.IO.MemoryMappedFiles;

/// <summary>
/// Values at any position of a view: System.IO.MemoryMappedFiles.MemoryMappedViewAccessor, without a count per
/// access.
/// </summary>
/// <remarks>
/// Any number of threads may use one accessor, and one of them may dispose it: the others get
/// <see cref="ObjectDisposedException"/>, or zeros for what they were reading in that moment. What they were storing
/// in that moment may be lost. Used as its base class it works, too, with that class' speed.
/// </remarks>
public sealed unsafe partial class MemoryMappedViewAccessor : UnmanagedMemoryAccessor
{
    /// <summary>The largest value of the calls for single values.</summary>
    private const int Largest = 16;

    // Stores one behind the other: see Prepare().
    private const long LeastAhead = 1 << 20;
    private const ulong FirstAhead = 1 << 16, MostAhead = 1 << 21, AllReady = ulong.MaxValue;
    private const ulong Lead = 4096;

    private readonly SafeMemoryMappedViewHandle _handle;
    private readonly byte* _data;
    private readonly long _pointerOffset;

    // 0 once it is closed. 'near' is how many positions there are behind which any single value has room; for stores
    // no more than are ready.
    private ulong _readable, _nearRead;
    private ulong _writable, _nearWrite;
    private ulong _ready;
    private nuint _faults;

    /// <summary>Somebody may have a span; asked where accesses are counted.</summary>
    internal volatile bool HasLent;

    internal MemoryMappedViewAccessor(SafeMemoryMappedViewHandle handle, long pointerOffset, long length,
                                      MemoryMappedFileAccess access)
    {
        _handle = handle;
        _data = (byte*)handle.DangerousGetHandle() + pointerOffset;
        _pointerOffset = pointerOffset;
        _faults = Volatile.Read(ref *Lib.Faults);
        _readable = Access.CanRead(access) ? (ulong)length : 0;
        _writable = Access.CanWrite(access) ? (ulong)length : 0;
        _nearRead = Near(_readable);
        _ready = !ViewLease.Counts && access is MemoryMappedFileAccess.ReadWrite or MemoryMappedFileAccess.ReadWriteExecute &&
                 length >= LeastAhead ? FirstAhead : AllReady;
        _nearWrite = Math.Min(Near(_writable), Fast(_ready));
        // Nothing is fast then: each access comes by where it is counted.
        if (ViewLease.Counts)
            _nearRead = _nearWrite = 0;
        Initialize(handle, pointerOffset, length, Access.OfView(access));
        handle.Accessor = this;
    }

    /// <summary>The view's memory, from the beginning of its first page.</summary>
    public SafeMemoryMappedViewHandle SafeMemoryMappedViewHandle => _handle;

    /// <summary>How far behind the handle's pointer the view's first byte lies.</summary>
    public long PointerOffset => _pointerOffset;

    /// <summary>Wait until what was stored in the view is on the device.</summary>
    public void Flush()
    {
        ThrowIfClosed();
        _handle.Flush();
    }

    /// <summary>
    /// Throw when bytes of this view were touched that are not there: its file became shorter, its disk is full, its
    /// device failed. Reading and writing values do this by themselves; ask after the use of a span. Not in
    /// System.IO.
    /// </summary>
    public void Check()
    {
        ThrowIfClosed();
        _handle.Check();
    }

    /// <summary>Close the view. What was stored is in the file, not yet on the device.</summary>
    /// <param name="disposing">Not by the collector.</param>
    protected override void Dispose(bool disposing)
    {
        Forget();
        base.Dispose(disposing);
        if (!disposing)
            return;
        _handle.Dispose();
        ViewLease.CollectMany();
    }

    /// <summary>From now on nothing is read or stored any more, but by who is at it in this moment.</summary>
    internal void Forget()
    {
        _readable = _writable = 0;
        // Before the next two: who raises _nearWrite looks at _writable behind that.
        Interlocked.MemoryBarrier();
        _nearRead = _nearWrite = 0;
    }

    private static ulong Near(ulong length) => length >= Largest ? length - (Largest - 1) : 0;

    private void ThrowIfClosed() =>
        ObjectDisposedException.ThrowIf(!IsOpen || _handle.IsClosed, this);

    // ---- a count of those who are inside, where a view cannot be retired: ViewLease.Counts

    /// <summary>From here to Leave() the memory stays mapped. Throws when it is closed.</summary>
    private bool Enter()
    {
        bool held = false;
        if (ViewLease.Counts)
            _handle.DangerousAddRef(ref held);
        return held;
    }

    /// <summary>Who leaves last unmaps what was closed meanwhile.</summary>
    private void Leave(bool held)
    {
        if (held)
            _handle.DangerousRelease();
    }

    // ---- one value

    /*
     * The memory at _data is mapped as long as this object, and so its handle, is there: ViewLease. So a value may be
     * loaded although Dispose() came between the comparison and the load. KeepAlive() ends the object's life after the
     * load, and costs nothing.
     */
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private T Get<T>(long position) where T : unmanaged
    {
        if ((ulong)position < _nearRead)
        {
            T value = Unsafe.ReadUnaligned<T>(_data + position);
            if (Volatile.Read(ref *Lib.Faults) == _faults)
            {
                GC.KeepAlive(this);
                return value;
            }
        }
        return GetSlowly<T>(position);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private T GetSlowly<T>(long position) where T : unmanaged
    {
        CheckReading();
        CheckPlace(position, sizeof(T));
        bool held = Enter();
        try
        {
            T value = Unsafe.ReadUnaligned<T>(_data + position);
            CheckFaults();
            return value;
        }
        finally
        {
            Leave(held);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Put<T>(long position, T value) where T : unmanaged
    {
        if ((ulong)position < _nearWrite)
        {
            Unsafe.WriteUnaligned(_data + position, value);
            if (Volatile.Read(ref *Lib.Faults) == _faults)
            {
                GC.KeepAlive(this);
                return;
            }
            CheckFaults();
            return;
        }
        PutSlowly(position, value);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void PutSlowly<T>(long position, T value) where T : unmanaged
    {
        CheckWriting();
        CheckPlace(position, sizeof(T));
        bool held = Enter();
        try
        {
            Prepare(position, sizeof(T));
            Unsafe.WriteUnaligned(_data + position, value);
            CheckFaults();
        }
        finally
        {
            Leave(held);
        }
    }

    // ---- stores one behind the other

    /*
     * The first store into a page of a file is a fault of its own, and there are 131,072 pages in 512 MiB. When stores
     * have come one behind the other from the view's first byte up to here, the next pages are made ready by one call:
     * as many bytes as have been passed, 2 MiB at most. Stores are fast up to Lead bytes in front of _ready, and the
     * next one comes here. One that comes from elsewhere ends it. So a view that is stored into here and there has no
     * other pages written back.
     *
     * Why Lead: most loops read a value before they store it. A read of the first page that is not ready would map all
     * of its folio for reading, and then each of its pages is a fault of its own: 0.3 s more for 512 MiB (2026-12-01).
     */
    private static ulong Fast(ulong ready) => ready == AllReady ? AllReady : ready - Lead;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Prepare(long position, long length)
    {
        ulong ready = _ready, writable = _writable, border = Fast(ready);
        ulong start = (ulong)position, end = start + (ulong)length;
        if (ready == AllReady || writable == 0 || end <= border)
            return;
        ulong next = AllReady;
        if (start + FirstAhead <= border)
        {
            // Much at once, from further in front: nothing says that more will come.
            next = end + Lead;
        }
        else if (start <= border)
        {
            ulong step = Math.Clamp(ready, FirstAhead, MostAhead), behind = end - Math.Min(ready, end);
            ulong goal = Math.Min(writable, ready + Math.Max(step, Math.Min(behind + Lead, MostAhead)));
            if (_handle.Populate(ready, goal - ready))
                next = goal;
        }
        if (next >= writable)
            next = AllReady;
        _ready = next;
        _nearWrite = Math.Min(Near(writable), Fast(next));
        Interlocked.MemoryBarrier();
        if (_writable == 0)
            _nearWrite = 0;
    }

    // ---- refusals, in the order in which System.IO makes them

    private void CheckReading()
    {
        // Closed or not is asked last: somebody may close it in between.
        bool allowed = CanRead;
        ThrowIfClosed();
        if (!allowed)
            throw new NotSupportedException("The view is not for reading.");
    }

    private void CheckWriting()
    {
        bool allowed = CanWrite;
        ThrowIfClosed();
        if (!allowed)
            throw new NotSupportedException("The view is not for writing.");
    }

    /// <summary>No byte of the view is there, or some of the value's are not.</summary>
    private void CheckPlace(long position, int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        if (position <= Capacity - size)
            return;
        if (position >= Capacity)
            throw new ArgumentOutOfRangeException(nameof(position), "No byte of the view is there.");
        throw new ArgumentException("The value begins inside of the view and ends outside.", nameof(position));
    }

    /// <summary>The guard has caught something since: was it here?</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void CheckFaults()
    {
        nuint now = Volatile.Read(ref *Lib.Faults);
        if (now == _faults)
            return;
        _handle.Check();
        _faults = now;
    }
}
