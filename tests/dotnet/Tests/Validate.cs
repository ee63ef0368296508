// SPDX-License-Identifier: MIT
// What .NET's tests ask of each map that they have made.
using System;
using System.IO;
using Mmview.IO.MemoryMappedFiles;

namespace Mmview.Tests;

internal static class Validate
{
    public static readonly long[] Capacities = [1, 256, Environment.SystemPageSize, 10000];

    public static void Map(MemoryMappedFile map, long capacity, MemoryMappedFileAccess access)
    {
        Check.That(!map.SafeMemoryMappedFileHandle.IsClosed && !map.SafeMemoryMappedFileHandle.IsInvalid);
        Check.That(ReferenceEquals(map.SafeMemoryMappedFileHandle, map.SafeMemoryMappedFileHandle));
        Check.Equal(capacity, map.Capacity);
        bool writes = access is MemoryMappedFileAccess.ReadWrite or MemoryMappedFileAccess.ReadWriteExecute;
        View(map, capacity, MemoryMappedFileAccess.Read);
        View(map, capacity, MemoryMappedFileAccess.CopyOnWrite);
        if (writes)
        {
            View(map, capacity, MemoryMappedFileAccess.Write);
            View(map, capacity, MemoryMappedFileAccess.ReadWrite);
        }
        else
        {
            Check.Throws<UnauthorizedAccessException>(() => map.CreateViewAccessor());
            Check.Throws<UnauthorizedAccessException>(
                () => map.CreateViewStream(0, capacity, MemoryMappedFileAccess.Write));
        }
    }

    private static void View(MemoryMappedFile map, long capacity, MemoryMappedFileAccess access)
    {
        using (MemoryMappedViewAccessor view = map.CreateViewAccessor(0, capacity, access))
            Accessor(view, capacity, access);
        using (MemoryMappedViewStream view = map.CreateViewStream(0, capacity, access))
            Stream(view, capacity, access);
    }

    private static void Accessor(MemoryMappedViewAccessor view, long capacity, MemoryMappedFileAccess access)
    {
        Check.Equal(capacity, view.Capacity);
        Check.Equal(0, view.PointerOffset);
        Check.That(!view.SafeMemoryMappedViewHandle.IsInvalid);
        bool reads = access != MemoryMappedFileAccess.Write, writes = access != MemoryMappedFileAccess.Read;
        Check.Equal(reads, view.CanRead);
        Check.Equal(writes, view.CanWrite);
        foreach (long at in new[] { 0, capacity - 1 })
        {
            if (reads)
                Check.Equal((byte)0, view.ReadByte(at));
            else
                Check.Throws<NotSupportedException>(() => view.ReadByte(at));
            if (!writes)
            {
                Check.Throws<NotSupportedException>(() => view.Write(at, (byte)42));
                continue;
            }
            view.Write(at, (byte)42);
            if (reads)
                Check.Equal((byte)42, view.ReadByte(at));
            view.Write(at, (byte)0);
        }
        view.Flush();
    }

    private static void Stream(MemoryMappedViewStream view, long capacity, MemoryMappedFileAccess access)
    {
        Check.Equal(capacity, view.Length);
        Check.Equal(capacity, view.Capacity);
        Check.Equal(0, view.PointerOffset);
        Check.Equal(0, view.Position);
        Check.That(view.CanSeek);
        if (access != MemoryMappedFileAccess.Write)
        {
            Check.Equal(0, view.ReadByte());
            Check.Equal(1, view.Position);
            Check.Equal(capacity - 1, view.Seek(-1, SeekOrigin.End));
            Check.Equal(0, view.ReadByte());
            Check.Equal(-1, view.ReadByte());
        }
        else
        {
            Check.Throws<NotSupportedException>(() => view.ReadByte());
        }
        view.Position = 0;
        if (access == MemoryMappedFileAccess.Read)
            Check.Throws<NotSupportedException>(() => view.WriteByte(1));
        else
            view.WriteByte(0);
        view.Flush();
    }
}
