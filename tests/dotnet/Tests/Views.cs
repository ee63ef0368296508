// SPDX-License-Identifier: MIT
// Which views a map gives, and where they lie.
using System;
using System.IO;
using Mmview.IO.MemoryMappedFiles;
using A = Mmview.IO.MemoryMappedFiles.MemoryMappedFileAccess;

namespace Mmview.Tests;

internal static class Views
{
    public static void All_cells_of_the_table()
    {
        var allowed = new (A Map, A[] Views)[]
        {
            (A.Read, [A.Read, A.CopyOnWrite]),
            (A.ReadWrite, [A.Read, A.Write, A.ReadWrite, A.CopyOnWrite]),
            (A.CopyOnWrite, [A.Read, A.CopyOnWrite]),
            (A.ReadExecute, [A.Read, A.CopyOnWrite, A.ReadExecute]),
            (A.ReadWriteExecute, Enum.GetValues<A>()),
        };
        foreach ((A of, A[] views) in allowed)
        {
            using MemoryMappedFile map = MemoryMappedFile.CreateNew(null, 4096, of);
            foreach (A access in Enum.GetValues<A>())
            {
                if (Array.IndexOf(views, access) < 0)
                {
                    Check.Throws<UnauthorizedAccessException>(() => map.CreateViewAccessor(0, 0, access));
                    Check.Throws<UnauthorizedAccessException>(() => map.CreateViewStream(0, 0, access));
                    continue;
                }
                using MemoryMappedViewAccessor view = map.CreateViewAccessor(0, 0, access);
                Check.Equal(access != A.Write, view.CanRead);
                Check.Equal(access is not (A.Read or A.ReadExecute), view.CanWrite);
            }
        }
    }

    public static void Offsets_and_sizes()
    {
        using MemoryMappedFile map = MemoryMappedFile.CreateNew(null, 4096 * 4);
        foreach (int wrong in new[] { -1, -42 })
        {
            Check.Throws<ArgumentOutOfRangeException>(() => map.CreateViewAccessor(wrong, 0), "offset");
            Check.Throws<ArgumentOutOfRangeException>(() => map.CreateViewStream(wrong, 0), "offset");
            Check.Throws<ArgumentOutOfRangeException>(() => map.CreateViewAccessor(0, wrong), "size");
            Check.Throws<ArgumentOutOfRangeException>(() => map.CreateViewStream(0, wrong), "size");
            Check.Throws<ArgumentOutOfRangeException>(() => map.CreateViewAccessor(0, 0, (A)wrong), "access");
            Check.Throws<ArgumentOutOfRangeException>(() => map.CreateViewStream(0, 0, (A)wrong), "access");
        }
        Check.Throws<ArgumentOutOfRangeException>(() => map.CreateViewAccessor(4096 * 4 + 1, 0), "offset");
        Check.Throws<UnauthorizedAccessException>(() => map.CreateViewAccessor(0, 4096 * 4 + 1));
        Check.Throws<UnauthorizedAccessException>(() => map.CreateViewAccessor(4096 * 4, 1));
        Check.Throws<UnauthorizedAccessException>(() => map.CreateViewAccessor(4096 * 4, 8191L * 1000 * 1000 * 1000));
        Check.Throws<IOException>(() => map.CreateViewAccessor(0, long.MaxValue));
        foreach ((long offset, long size) in
                 new[] { (0L, 0L), (0, 1), (1, 0), (4095, 2), (4097, 5000), (8192, 0), (16383, 1) })
        {
            using MemoryMappedViewAccessor view = map.CreateViewAccessor(offset, size);
            Check.Equal(size == 0 ? 4096 * 4 - offset : size, view.Capacity);
            Check.Equal(offset % 4096, view.PointerOffset);
            view.Write(view.Capacity - 1, (byte)7);
            using MemoryMappedViewStream all = map.CreateViewStream();
            all.Position = offset + view.Capacity - 1;
            Check.Equal(7, all.ReadByte());
            view.Write(view.Capacity - 1, (byte)0);
        }
    }

    public static void A_view_of_nothing()
    {
        foreach (MemoryMappedFile map in new[] { MemoryMappedFile.CreateNew(null, 5000),
                                                 MemoryMappedFile.CreateFromFile(Check.NewFile(5000)) })
        {
            using MemoryMappedViewAccessor view = map.CreateViewAccessor(5000, 0);
            Check.Equal(0, view.Capacity);
            Check.Equal(0, view.PointerOffset);
            Check.That(!view.SafeMemoryMappedViewHandle.IsInvalid);
            Check.Throws<ArgumentOutOfRangeException>(() => view.ReadByte(0), "position");
            Check.Throws<ArgumentOutOfRangeException>(() => view.Write(0, 1L), "position");
            view.Flush();
            using MemoryMappedViewStream stream = map.CreateViewStream(5000, 0);
            Check.Equal(0, stream.Length);
            Check.Equal(-1, stream.ReadByte());
            Check.Equal(0, stream.Read(new byte[10], 0, 10));
            map.Dispose();
        }
    }

    public static unsafe void The_pointer_and_the_offset()
    {
        using MemoryMappedFile map = MemoryMappedFile.CreateNew(null, 20000);
        using MemoryMappedViewAccessor view = map.CreateViewAccessor(5000, 1000);
        view.Write(0, 0x11223344);
        byte* pointer = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        Check.Equal(0x11223344, *(int*)(pointer + view.PointerOffset));
        Check.Equal((ulong)(1000 + view.PointerOffset), view.SafeMemoryMappedViewHandle.ByteLength);
        view.SafeMemoryMappedViewHandle.ReleasePointer();
    }

    public static void Copies_are_private()
    {
        string path = Check.NewFile(8192);
        using MemoryMappedFile map = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, A.CopyOnWrite);
        using (MemoryMappedViewAccessor view = map.CreateViewAccessor(0, 0, A.CopyOnWrite))
        using (MemoryMappedViewAccessor other = map.CreateViewAccessor(0, 0, A.Read))
        {
            view.Write(10, 42);
            view.Flush();
            Check.Equal(42, view.ReadInt32(10));
            Check.Equal(0, other.ReadInt32(10));
        }
        Check.That(Array.TrueForAll(File.ReadAllBytes(path), value => value == 0));
    }

    public static void Views_of_one_map_show_the_same_bytes()
    {
        using MemoryMappedFile map = MemoryMappedFile.CreateNew(Check.NewName(), 100000);
        using MemoryMappedViewAccessor one = map.CreateViewAccessor(), two = map.CreateViewAccessor(50000, 100);
        one.Write(50010, 1.5);
        Check.Equal(1.5, two.ReadDouble(10));
        two.Write(20, 7L);
        Check.Equal(7L, one.ReadInt64(50020));
    }

    /// <summary>Stores in order are many times faster when pages are made ready; what they store is the same.</summary>
    public static void Stores_in_order_and_out_of_order()
    {
        const int size = 6 << 20;
        Action<MemoryMappedViewAccessor>[] ways =
        [
            view => { for (long at = 0; at < size; at += 8) view.Write(at, at * 3); },
            view => { for (long at = size - 8; at >= 0; at -= 8) view.Write(at, at * 3); },
            view => { for (long at = 0; at < size; at += 8) { long value = at * 3; view.Write(at, ref value); } },
            view =>
            {
                for (long at = 0; at < size; at += 40000 * 8)
                    for (int i = 0; i < 40000 && at + i * 8 < size; i++)
                        view.GetSpan<long>(at, (int)Math.Min(40000, (size - at) / 8))[i] = (at + i * 8) * 3;
            },
            view =>
            {
                long[] all = new long[size / 8];
                for (int i = 0; i < all.Length; i++)
                    all[i] = i * 24L;
                view.WriteArray(0, all, 0, all.Length);
            },
            view =>
            {
                int[] order = new int[size / 8];
                for (int i = 0; i < order.Length; i++)
                    order[i] = i;
                new Random(1).Shuffle(order);
                foreach (int i in order)
                    view.Write(i * 8L, i * 24L);
            },
        ];
        foreach (Action<MemoryMappedViewAccessor> way in ways)
        {
            string path = Check.NewFile(size + 5000);
            using (MemoryMappedFile map = MemoryMappedFile.CreateFromFile(path))
            using (MemoryMappedViewAccessor view = map.CreateViewAccessor(3000, size))
            {
                way(view);
                Check.Throws<ArgumentException>(() => view.Write(size - 4, 1L));
                Check.Throws<ArgumentOutOfRangeException>(() => view.Write(size, (byte)1));
            }
            byte[] bytes = File.ReadAllBytes(path);
            for (long at = 0; at < size; at += 8)
                if (BitConverter.ToInt64(bytes, (int)at + 3000) != at * 3)
                    throw new Failure($"byte {at} is another");
            Check.That(bytes.AsSpan(0, 3000).IndexOfAnyExcept((byte)0) < 0);
            Check.That(bytes.AsSpan(size + 3000).IndexOfAnyExcept((byte)0) < 0);
        }
    }

    /// <summary>A view that is stored into here and there has no other pages written.</summary>
    public static void No_page_is_made_ready_that_nobody_comes_near()
    {
        string path = Check.NewFile(8 << 20);
        using (MemoryMappedFile map = MemoryMappedFile.CreateFromFile(path))
        using (MemoryMappedViewAccessor view = map.CreateViewAccessor())
        {
            view.Write(0, 1);
            view.Write(5 << 20, 1);
            for (long at = 0; at < 1 << 17; at += 8)
                view.Write(at, 1L);
            view.Flush();
        }
        using var blocks = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("stat", ["-c", "%b", path]) { RedirectStandardOutput = true })!;
        long taken = long.Parse(blocks.StandardOutput.ReadToEnd()) * 512;
        Check.That(taken < 2 << 20);
    }

    public static void Flushed_bytes_are_in_the_file()
    {
        string path = Check.NewFile(10000);
        using MemoryMappedFile map = MemoryMappedFile.CreateFromFile(path);
        using MemoryMappedViewAccessor view = map.CreateViewAccessor(4095, 4096);
        view.Write(0, (byte)1);
        view.Write(4095, (byte)2);
        view.Flush();
        using FileStream file = File.Open(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Position = 4095;
        Check.Equal(1, file.ReadByte());
        file.Position = 8190;
        Check.Equal(2, file.ReadByte());
    }
}
