// SPDX-License-Identifier: MIT
// Accessors with a count per access, as they are on Windows: a dispose defers the end of the mapping until the last access
// has ended.
using System;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using Mmview.IO.MemoryMappedFiles;

namespace Mmview.Tests;

internal static class Counted
{
    public static void A_closed_accessor() => Disposal.A_closed_accessor();

    public static void A_closed_handle() => Disposal.A_closed_handle();

    public static void A_pointer_outlives_the_accessor() => Disposal.A_pointer_outlives_the_accessor();

    /// <summary>The readers would crash where nobody counted: nothing is retired here.</summary>
    public static void Readers_while_it_is_disposed() => Disposal.Readers_while_it_is_disposed();

    /// <summary>Dispose unmaps at once when nobody is inside, which no retired view does.</summary>
    public static void The_mapping_goes_with_Dispose()
    {
        string path = Check.NewFile(1 << 20);
        using MemoryMappedFile map = MemoryMappedFile.CreateFromFile(path);
        MemoryMappedViewAccessor view = map.CreateViewAccessor();
        view.Write(5000, 7);
        Check.That(IsMapped(path));
        int before = Disposal.Mappings();
        view.Dispose();
        Check.That(!IsMapped(path));
        Check.That(Disposal.Mappings() < before);
        Check.Equal((byte)7, File.ReadAllBytes(path)[5000]);
    }

    /// <summary>Copies of a large array, and a dispose in the midst of one.</summary>
    public static void Copies_while_it_is_disposed()
    {
        const int Length = 8 << 20;
        string path = Check.NewFile(Length);
        using MemoryMappedFile map = MemoryMappedFile.CreateFromFile(path);
        int ended = 0;
        for (int round = 0; round < 60; round++)
        {
            MemoryMappedViewAccessor view = map.CreateViewAccessor();
            using var begun = new Barrier(2);
            var reader = new Thread(() =>
            {
                var bytes = new byte[Length];
                begun.SignalAndWait();
                try
                {
                    view.ReadArray(0, bytes, 0, Length);
                    view.WriteArray(0, bytes, 0, Length);
                }
                catch (ObjectDisposedException)
                {
                    Interlocked.Increment(ref ended);
                }
            });
            reader.Start();
            begun.SignalAndWait();
            Thread.SpinWait(round * 2000);
            view.Dispose();
            reader.Join();
            Check.That(!IsMapped(path));
        }
        Check.That(ended is > 0);
    }

    /// <summary>Nobody counts the users of a span: its memory stays until the collector comes.</summary>
    public static void A_span_outlives_Dispose()
    {
        string path = Check.NewFile(10000);
        using MemoryMappedFile map = MemoryMappedFile.CreateFromFile(path);
        MemoryMappedViewAccessor view = map.CreateViewAccessor();
        ReadOnlySpan<byte> bytes = view.GetReadOnlySpan<byte>();
        view.Write(9999, (byte)3);
        view.Dispose();
        Check.Equal(3, bytes[9999]);
        Check.Throws<ObjectDisposedException>(() => view.GetReadOnlySpan<byte>());
        GC.KeepAlive(view);
        view = null!;
        Check.That(IsMapped(path));
        LendAndForget(map);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Check.That(Disposal.Mappings() > 0 && File.ReadLines("/proc/self/maps").Count(one => one.EndsWith(path)) <= 1);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void LendAndForget(MemoryMappedFile map)
    {
        for (int i = 0; i < 20; i++)
        {
            using MemoryMappedViewAccessor view = map.CreateViewAccessor();
            view.GetSpan<byte>()[0] = 1;
        }
    }

    private static bool IsMapped(string path) => File.ReadLines("/proc/self/maps").Any(one => one.EndsWith(path));
}
