// SPDX-License-Identifier: MIT
// A map, its views, and what it has beyond System.IO's. How maps are made: MemoryMappedFile.Create.cs.
using System;
using System.IO;
using Mmview.Native;
using Mmview.Win32.SafeHandles;

namespace Mmview.IO.MemoryMappedFiles;

/// <summary>
/// A file or memory that is mapped in views: System.IO.MemoryMappedFiles.MemoryMappedFile, with names on Linux.
/// </summary>
/// <remarks>
/// Map and views may be disposed in any order. A named map is gone when the last process that has it, or a view of
/// it, disposes it or dies.
/// </remarks>
public partial class MemoryMappedFile : IDisposable
{
    /// <summary>Longer views are refused, as there: no address space is as large.</summary>
    private const long LongestView = 8192L * 1000 * 1000 * 1000;

    private readonly SafeMemoryMappedFileHandle _handle;
    private readonly MemoryMappedFileAccess? _access;
    private readonly IDisposable? _owned;
    private readonly string? _path;
    private readonly object _gate = new();
    private long _capacity;

    /// <param name="handle">The map.</param>
    /// <param name="access">The most that views may have; null = there can be none.</param>
    /// <param name="capacity">Its bytes.</param>
    /// <param name="path">The file's, where it was opened by one.</param>
    /// <param name="owned">What is closed after the map.</param>
    private MemoryMappedFile(SafeMemoryMappedFileHandle handle, MemoryMappedFileAccess? access, long capacity,
                             string? path, IDisposable? owned)
    {
        _handle = handle;
        _access = access;
        _capacity = capacity;
        _path = path;
        _owned = owned;
    }

    /// <summary>The map's handle.</summary>
    public SafeMemoryMappedFileHandle SafeMemoryMappedFileHandle => _handle;

    /// <summary>The bytes that views can reach. Not in System.IO.</summary>
    public long Capacity => _capacity;

    // ---- views

    /// <summary>A view of the whole map, for reading and writing.</summary>
    public MemoryMappedViewAccessor CreateViewAccessor() =>
        CreateViewAccessor(0, 0, MemoryMappedFileAccess.ReadWrite);

    /// <summary>A view of a part of the map, for reading and writing.</summary>
    /// <param name="offset">Its first byte.</param>
    /// <param name="size">Its bytes; 0 = to the end.</param>
    public MemoryMappedViewAccessor CreateViewAccessor(long offset, long size) =>
        CreateViewAccessor(offset, size, MemoryMappedFileAccess.ReadWrite);

    /// <summary>A view of a part of the map.</summary>
    /// <param name="offset">Its first byte.</param>
    /// <param name="size">Its bytes; 0 = to the end.</param>
    /// <param name="access">What may be done to them.</param>
    public MemoryMappedViewAccessor CreateViewAccessor(long offset, long size, MemoryMappedFileAccess access)
    {
        SafeMemoryMappedViewHandle handle = OpenView(offset, size, access, out long pointerOffset, out long length);
        return new MemoryMappedViewAccessor(handle, pointerOffset, length, access);
    }

    /// <summary>The whole map as a stream, for reading and writing.</summary>
    public MemoryMappedViewStream CreateViewStream() => CreateViewStream(0, 0, MemoryMappedFileAccess.ReadWrite);

    /// <summary>A part of the map as a stream, for reading and writing.</summary>
    /// <param name="offset">Its first byte.</param>
    /// <param name="size">Its bytes; 0 = to the end.</param>
    public MemoryMappedViewStream CreateViewStream(long offset, long size) =>
        CreateViewStream(offset, size, MemoryMappedFileAccess.ReadWrite);

    /// <summary>A part of the map as a stream.</summary>
    /// <param name="offset">Its first byte.</param>
    /// <param name="size">Its bytes; 0 = to the end.</param>
    /// <param name="access">What may be done to them.</param>
    public MemoryMappedViewStream CreateViewStream(long offset, long size, MemoryMappedFileAccess access)
    {
        SafeMemoryMappedViewHandle handle = OpenView(offset, size, access, out long pointerOffset, out long length);
        return new MemoryMappedViewStream(handle, pointerOffset, length, access);
    }

    private unsafe SafeMemoryMappedViewHandle OpenView(long offset, long size, MemoryMappedFileAccess access,
                                                       out long pointerOffset, out long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        Access.Check(access);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, _capacity);
        if (size > LongestView)
            throw new IOException("The view is longer than any address space.");
        if (size > _capacity - offset)
            throw new UnauthorizedAccessException("The view reaches beyond the end of the map.");
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        if (_access is not { } most || !Access.Allows(most, access))
            throw new UnauthorizedAccessException("The map does not allow views of that access.");

        length = size != 0 ? size : _capacity - offset;
        var lease = new ViewLease();
        using (SafeMemoryMappedFileHandle.Use use = _handle.Hold())
        {
            Status status = Lib.mmv_view_open_as(use.Map, Access.Native(access), (ulong)offset,
                                                 length == 0 ? Lib.Empty : (ulong)length, lease.View);
            if (status != Status.Ok)
            {
                Exception error = Fault.Of(status);
                lease.Close();
                throw error;
            }
        }
        pointerOffset = length == 0 ? 0 : offset % Environment.SystemPageSize;
        return new SafeMemoryMappedViewHandle(lease, pointerOffset);
    }

    // ---- beyond System.IO

    /// <summary>
    /// Look at the file's length again, when another process may have changed it: new views reach to its new end.
    /// </summary>
    /// <returns>The capacity.</returns>
    public long Refresh()
    {
        using SafeMemoryMappedFileHandle.Use use = Opened();
        Fault.Check(Lib.mmv_map_refresh(use.Map));
        return _capacity = (long)Lib.mmv_map_capacity(use.Map);
    }

    /// <summary>Make the file longer, with real blocks behind the new bytes. Views stay as they are.</summary>
    /// <param name="capacity">Its new bytes, not below the present ones.</param>
    public void Grow(long capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, _capacity);
        using SafeMemoryMappedFileHandle.Use use = Opened();
        Fault.Check(Lib.mmv_map_grow(use.Map, (ulong)capacity));
        _capacity = (long)Lib.mmv_map_capacity(use.Map);
    }

    /// <summary>Wait until everything that was written to the file is on the device.</summary>
    public void Sync()
    {
        using SafeMemoryMappedFileHandle.Use use = Opened();
        Fault.Check(Lib.mmv_map_sync(use.Map));
    }

    internal bool CanWrite => _access is { } access && Access.CanWrite(access);

    internal bool CanRead => _access is not null;

    /// <summary>The library's map, which this object does not close before the result is disposed.</summary>
    internal SafeMemoryMappedFileHandle.Use Opened()
    {
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        SafeMemoryMappedFileHandle.Use use = _handle.Hold();
        if (use.Map != 0)
            return use;
        use.Dispose();
        throw new UnauthorizedAccessException("The file was not opened for what the map is for.");
    }

    /// <summary>
    /// The same file, opened by its path: a name and a journal lead others to it. While a result of
    /// <see cref="Opened"/> is held.
    /// </summary>
    internal unsafe nint ByPath(nint map)
    {
        lock (_gate)
        {
            if (_handle.Named != 0)
                return _handle.Named;
            string? path = _path ?? PathOf(Lib.mmv_map_descriptor(map));
            if (path is null)
                throw new InvalidOperationException("The map has no file with a path.");
            nint named;
            Fault.Check(Lib.mmv_map_open(path, Access.Native(_access!.Value), &named));
            if (Lib.mmv_map_same_file(map, named) == 0)
            {
                Lib.mmv_map_close(&named);
                throw new FileNotFoundException("The file has another path now.", path);
            }
            return _handle.Named = named;
        }
    }

    // ---- the end

    /// <summary>Close the map. Its views stay as they are.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Close the map, and the file when it is the map's own.</summary>
    /// <param name="disposing">Not by the collector.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (!disposing)
            return;
        _handle.Dispose();
        _owned?.Dispose();
    }
}
