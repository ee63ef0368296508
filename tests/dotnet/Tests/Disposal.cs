// SPDX-License-Identifier: MIT
// Views that are closed, also while others read.
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
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

    /// <summary>
    /// Nothing but Dispose() makes the collector come: it is held back here. Addresses and mappings of what was retired
    /// are given back all the same, and pages at once.
    /// </summary>
    public static void What_was_retired_is_given_back()
    {
        const int Views = 25_000, Length = 1 << 20;
        Settle();
        using MemoryMappedFile map = MemoryMappedFile.CreateNew(null, Length);
        long addresses = Status("VmSize"), shared = Status("RssShmem");
        int mappings = Mappings(), most = 0;
        long mostAddresses = 0;
        Check.That(GC.TryStartNoGCRegion(100 << 20));
        for (int i = 0; i < Views; i++)
        {
            OpenAndClose(map);
            if (i % 500 != 0)
                continue;
            most = Math.Max(most, Mappings() - mappings);
            mostAddresses = Math.Max(mostAddresses, Status("VmSize") - addresses);
        }
        // Some more than 10,000: the finalizers run beside this thread. Mappings that touch may be one.
        Check.That(mostAddresses > 9_000L * Length, $"{mostAddresses >> 20} of 10,000 MiB are waited for");
        Check.That(mostAddresses < 20_000L * Length, $"{mostAddresses >> 20} MiB of addresses at once");
        Check.That(most < 20_000, $"{most} mappings at once");
        Check.That(Status("RssShmem") - shared < 100L * Length);
        Settle();
        Check.That(Mappings() - mappings < 100);
        Check.That(Status("VmSize") - addresses < 500L * Length);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void OpenAndClose(MemoryMappedFile map)
    {
        using MemoryMappedViewAccessor view = map.CreateViewAccessor();
        for (int at = 0; at < 1 << 20; at += 1 << 17)
            view.Write(at, at);
    }

    internal static int Mappings() => File.ReadLines("/proc/self/maps").Count();

    /// <summary>Bytes, of a line of /proc/self/status.</summary>
    private static long Status(string name)
    {
        string line = File.ReadLines("/proc/self/status").First(one => one.StartsWith(name + ":"));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].Split('\t')[^1]) << 10;
    }

    /// <summary>Closed accessors that somebody keeps: no collection finds anything to free.</summary>
    public static void Kept_accessors_are_not_looked_through_each_time()
    {
        Settle();
        using MemoryMappedFile map = MemoryMappedFile.CreateNew(null, 4096);
        var kept = new List<MemoryMappedViewAccessor>();
        int before = 0;
        for (int i = 0; i < 10_400; i++)
        {
            if (i == 9_900)
                before = GC.CollectionCount(2);
            MemoryMappedViewAccessor view = map.CreateViewAccessor();
            view.Dispose();
            kept.Add(view);
        }
        int collections = GC.CollectionCount(2) - before;
        Check.That(collections is >= 1 and < 10);
        GC.KeepAlive(kept);
    }

    public static void Dispose_under_a_lock_that_a_finalizer_wants()
    {
        Settle();
        using MemoryMappedFile map = MemoryMappedFile.CreateNew(null, 4096);
        var gate = new object();
        MemoryMappedViewAccessor[] views =
            Enumerable.Range(0, 10_010).Select(_ => map.CreateViewAccessor()).ToArray();
        foreach (MemoryMappedViewAccessor view in views[..9_990])
            view.Dispose();
        var done = new ManualResetEventSlim();
        var thread = new Thread(() =>
        {
            lock (gate)
            {
                MakeWaiters(gate);
                foreach (MemoryMappedViewAccessor view in views)
                    view.Dispose();
                done.Set();
            }
        }) { IsBackground = true };
        thread.Start();
        Check.That(done.Wait(20_000));
        thread.Join();
        GC.KeepAlive(views);
    }

    /// <summary>In a process of its own: only code that is optimised at once forgets a view that early.</summary>
    public static void The_collector_comes_while_a_view_is_retired()
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!,
                                         [typeof(Disposal).Assembly.Location, "peer", "retire", "40000"]);
        start.Environment["DOTNET_TieredCompilation"] = "0";
        using Process process = Process.Start(start)!;
        process.WaitForExit();
        Check.Equal(0, process.ExitCode);
    }

    /// <summary>The last who lets a pointer go retires the view, and holds nothing else of it.</summary>
    internal static void RetireAndCollect(int times)
    {
        using MemoryMappedFile map = MemoryMappedFile.CreateNew(null, 4096);
        int done = 0;
        var collector = new Thread(() =>
        {
            // Some moment of each view's life. Without a wait the runtime may stop the other thread for ever.
            var random = new Random(1);
            for (int seen; (seen = Volatile.Read(ref done)) < times;)
            {
                Thread.SpinWait(random.Next(100));
                GC.Collect(0);
                while (Volatile.Read(ref done) == seen)
                    Thread.SpinWait(10);
            }
        });
        collector.Start();
        for (int i = 0; i < times; i++)
        {
            LetGo(map);
            Volatile.Write(ref done, i + 1);
        }
        collector.Join();
    }

    private static unsafe void LetGo(MemoryMappedFile map)
    {
        MemoryMappedViewAccessor view = map.CreateViewAccessor();
        byte* pointer = null;
        var handle = view.SafeMemoryMappedViewHandle;
        handle.AcquirePointer(ref pointer);
        view.Dispose();
        handle.ReleasePointer();
    }

    /// <summary>Have nothing wait for the collector that earlier tests have left.</summary>
    private static void Settle()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    private static void MakeWaiters(object gate)
    {
        for (int i = 0; i < 10; i++)
            _ = new Waiter(gate);
    }

    private sealed class Waiter(object gate)
    {
        ~Waiter()
        {
            lock (gate)
            {
            }
        }
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
