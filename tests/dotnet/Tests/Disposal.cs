// SPDX-License-Identifier: MIT
// Views that are closed, also while others read.
using System;
using System.IO;
using System.Linq;
using System.Threading;
using Mmview.IO.MemoryMappedFiles;

namespace Mmview.Tests;

internal static class Disposal
{
    public static void A_closed_accessor()
    {
        using MemoryMappedFile map = MemoryMappedFile.CreateNew(null, 10000);
        MemoryMappedViewAccessor view = map.CreateViewAccessor();
        view.Dispose();
        view.Dispose();
        Check.That(!view.CanRead && !view.CanWrite && view.SafeMemoryMappedViewHandle.IsClosed);
        Check.Throws<ObjectDisposedException>(() => view.ReadInt32(0));
        Check.Throws<ObjectDisposedException>(() => view.Write(0, 1));
        Check.Throws<ObjectDisposedException>(() => view.Read(0, out long _));
        Check.Throws<ObjectDisposedException>(() => view.ReadArray(0, new byte[1], 0, 1));
        Check.Throws<ObjectDisposedException>(view.Flush);
        Check.Throws<ObjectDisposedException>(view.Check);
        Check.Throws<ObjectDisposedException>(() => view.GetSpan<byte>());
    }

    public static void A_closed_handle()
    {
        using MemoryMappedFile map = MemoryMappedFile.CreateNew(null, 10000);
        MemoryMappedViewAccessor view = map.CreateViewAccessor();
        view.SafeMemoryMappedViewHandle.Dispose();
        Check.Throws<ObjectDisposedException>(() => view.ReadInt32(0));
        Check.Throws<ObjectDisposedException>(() => view.Write(0, 1));
        view.Dispose();
    }

    public static unsafe void A_pointer_outlives_the_accessor()
    {
        string path = Check.NewFile(10000);
        using MemoryMappedFile map = MemoryMappedFile.CreateFromFile(path);
        MemoryMappedViewAccessor view = map.CreateViewAccessor();
        byte* pointer = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        view.Dispose();
        pointer[9999] = 42;
        Check.Throws<ObjectDisposedException>(() => view.ReadInt32(0));
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        Check.Equal((byte)42, File.ReadAllBytes(path)[9999]);
    }

    /// <summary>The readers may find what was there, zeros, or the exception: nothing else, and no crash.</summary>
    public static void Readers_while_it_is_disposed()
    {
        using MemoryMappedFile map = MemoryMappedFile.CreateNew(null, 8192);
        using (MemoryMappedViewAccessor first = map.CreateViewAccessor())
            first.Write(100, 0x5a5a5a5a);
        MemoryMappedViewAccessor current = map.CreateViewAccessor();
        bool stop = false;
        int wrong = 0, refused = 0;
        long reads = 0;
        Thread[] readers = Enumerable.Range(0, 2).Select(_ => new Thread(() =>
        {
            while (!Volatile.Read(ref stop))
            {
                MemoryMappedViewAccessor view = Volatile.Read(ref current);
                try
                {
                    for (int i = 0; i < 50; i++)
                        if (view.ReadInt32(100) is not (0x5a5a5a5a or 0))
                            Interlocked.Increment(ref wrong);
                    view.Write(200, 1L);
                }
                catch (ObjectDisposedException)
                {
                    Interlocked.Increment(ref refused);
                }
                Interlocked.Add(ref reads, 50);
            }
        })).ToArray();
        foreach (Thread reader in readers)
            reader.Start();
        for (int i = 0; i < 20_000; i++)
        {
            MemoryMappedViewAccessor old = current;
            Volatile.Write(ref current, map.CreateViewAccessor());
            old.Dispose();
        }
        stop = true;
        foreach (Thread reader in readers)
            reader.Join();
        Check.Equal(0, wrong);
        Check.That(reads > 0);
        Check.Equal(0x5a5a5a5a, current.ReadInt32(100));
        current.Dispose();
    }

    public static void Mappings_do_not_pile_up()
    {
        using MemoryMappedFile map = MemoryMappedFile.CreateNew(null, 8192);
        for (int i = 0; i < 25_000; i++)
            map.CreateViewAccessor().Dispose();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Check.That(File.ReadLines("/proc/self/maps").Count() < 12_000);
    }

    public static void Descriptors_do_not_pile_up()
    {
        string path = Check.NewFile(8192);
        int before = Directory.GetFiles("/proc/self/fd").Length;
        for (int i = 0; i < 200; i++)
        {
            using MemoryMappedFile map = MemoryMappedFile.CreateFromFile(path);
            using MemoryMappedViewAccessor view = map.CreateViewAccessor();
            using MemoryMappedViewStream stream = map.CreateViewStream();
        }
        Check.That(Directory.GetFiles("/proc/self/fd").Length <= before + 2);
    }

    public static void What_is_forgotten_is_collected()
    {
        string name = Check.NewName();
        Forget(name);
        for (int i = 0; i < 10 && File.Exists($"/dev/shm/mmv.{name}"); i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Check.Throws<FileNotFoundException>(() => MemoryMappedFile.OpenExisting(name));
    }

    private static void Forget(string name) => MemoryMappedFile.CreateNew(name, 100).CreateViewAccessor().Write(0, 1);
}
