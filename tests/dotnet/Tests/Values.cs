// SPDX-License-Identifier: MIT
// Single values, structs, arrays and spans.
using System;
using System.IO;
using System.Runtime.InteropServices;
using Mmview.IO.MemoryMappedFiles;
using A = Mmview.IO.MemoryMappedFiles.MemoryMappedFileAccess;

namespace Mmview.Tests;

internal static class Values
{
    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct Six
    {
        public short A, B, C;
    }

    private struct Large
    {
        public long A, B, C;
    }

    private struct WithText
    {
        public string? Text;
    }

    private static MemoryMappedViewAccessor View(long size = 100, A access = A.ReadWrite)
    {
        using MemoryMappedFile map = MemoryMappedFile.CreateNew(null, 10000);
        return map.CreateViewAccessor(4000, size, access);
    }

    /// <summary>Whether the page of a byte of the view is in the process's page table.</summary>
    private static bool IsPresent(MemoryMappedViewAccessor view, long position)
    {
        long address = view.SafeMemoryMappedViewHandle.DangerousGetHandle() + (nint)(view.PointerOffset + position);
        using FileStream pages = File.OpenRead("/proc/self/pagemap");
        pages.Position = address / Environment.SystemPageSize * sizeof(ulong);
        Span<byte> entry = stackalloc byte[sizeof(ulong)];
        pages.ReadExactly(entry);
        return (BitConverter.ToUInt64(entry) & 1UL << 63) != 0;
    }

    /// <summary>Whether pages are made ready: not where each access is counted, nor before Linux 5.14.</summary>
    private static bool AreMadeReady =>
        !(AppContext.TryGetSwitch("Mmview.CountAccesses", out bool counted) && counted) &&
        Environment.OSVersion.Version >= new Version(5, 14);

    /// <summary>A loop that reads a value and then stores it never reads a page that is not ready.</summary>
    public static void Pages_are_ready_before_they_are_read()
    {
        using MemoryMappedFile map = MemoryMappedFile.CreateNew(null, 4 << 20);
        using MemoryMappedViewAccessor view = map.CreateViewAccessor();
        for (long at = 0; at < 131072 - 8; at += 8)
        {
            if (at is 65536 or 98304)
                Check.Equal(AreMadeReady, IsPresent(view, at));
            view.Write(at, view.ReadInt64(at) + 1);
        }
        Check.Equal(AreMadeReady, IsPresent(view, 131072));
        Check.That(!IsPresent(view, 1 << 20));
    }

    /// <summary>Who stores here and there has no other pages written back.</summary>
    public static void Stores_here_and_there_make_no_other_page_ready()
    {
        using MemoryMappedFile map = MemoryMappedFile.CreateNew(null, 4 << 20);
        using MemoryMappedViewAccessor view = map.CreateViewAccessor();
        foreach (long at in new long[] { 0, 65536 - 2048, 65536 - 8, 16384, 1 << 20 })
            view.Write(at, at);
        Check.That(!IsPresent(view, 65536) && !IsPresent(view, (1 << 20) + 65536));
    }

    /// <summary>Spans and arrays that lie one behind the other, larger than what is ready by then.</summary>
    public static void Large_stores_one_behind_the_other_have_ready_pages()
    {
        const int size = 1 << 19;
        using MemoryMappedFile map = MemoryMappedFile.CreateNew(null, 8 << 20);
        using MemoryMappedViewAccessor view = map.CreateViewAccessor();
        for (long at = 0; at < 4 << 20; at += size)
        {
            Check.Equal(at > 0 && AreMadeReady, IsPresent(view, at));
            view.GetSpan<byte>(at, size).Fill(1);
        }
    }

    public static void Each_type_at_any_position()
    {
        using MemoryMappedViewAccessor view = View();
        for (long at = 0; at < 20; at++)
        {
            view.Write(at, true);
            Check.Equal(true, view.ReadBoolean(at));
            view.Write(at, (byte)200);
            Check.Equal((byte)200, view.ReadByte(at));
            Check.Equal((sbyte)-56, view.ReadSByte(at));
            view.Write(at, (sbyte)-3);
            Check.Equal((sbyte)-3, view.ReadSByte(at));
            view.Write(at, 'ß');
            Check.Equal('ß', view.ReadChar(at));
            view.Write(at, (short)-12345);
            Check.Equal((short)-12345, view.ReadInt16(at));
            view.Write(at, (ushort)54321);
            Check.Equal((ushort)54321, view.ReadUInt16(at));
            view.Write(at, -123456789);
            Check.Equal(-123456789, view.ReadInt32(at));
            view.Write(at, 4123456789u);
            Check.Equal(4123456789u, view.ReadUInt32(at));
            view.Write(at, long.MinValue + 5);
            Check.Equal(long.MinValue + 5, view.ReadInt64(at));
            view.Write(at, ulong.MaxValue - 5);
            Check.Equal(ulong.MaxValue - 5, view.ReadUInt64(at));
            view.Write(at, 1.25f);
            Check.Equal(1.25f, view.ReadSingle(at));
            view.Write(at, -1e300);
            Check.Equal(-1e300, view.ReadDouble(at));
            view.Write(at, -79228162514264337593543950.335m);
            Check.Equal(-79228162514264337593543950.335m, view.ReadDecimal(at));
        }
        view.Write(0, (byte)2);
        Check.Equal(true, view.ReadBoolean(0));
    }

    public static void A_decimal_that_is_none()
    {
        using MemoryMappedViewAccessor view = View();
        foreach (int flags in new[] { 1, 29 << 16, 0x40000000, 255 << 16 })
        {
            view.Write(12, flags);
            Check.ThrowsAny<ArgumentException>(() => view.ReadDecimal(0));
        }
        view.Write(12, int.MinValue | (28 << 16));
        view.Write(0, 1);
        Check.Equal(-0.0000000000000000000000000001m, view.ReadDecimal(0));
    }

    public static void Bounds()
    {
        using MemoryMappedViewAccessor view = View();
        foreach (long at in new long[] { -1, long.MinValue, 100, 101, long.MaxValue })
        {
            Check.Throws<ArgumentOutOfRangeException>(() => view.ReadByte(at), "position");
            Check.Throws<ArgumentOutOfRangeException>(() => view.Write(at, (byte)1), "position");
            Check.Throws<ArgumentOutOfRangeException>(() => view.ReadDecimal(at), "position");
            Check.Throws<ArgumentOutOfRangeException>(() => view.Read(at, out Large _), "position");
        }
        view.Write(99, (byte)1);
        view.Write(84, 1m);
        Check.Throws<ArgumentException>(() => view.ReadInt16(99), "position");
        Check.Throws<ArgumentException>(() => view.ReadInt32(97), "position");
        Check.Throws<ArgumentException>(() => view.Write(93, 1L), "position");
        Check.Throws<ArgumentException>(() => view.ReadDecimal(85), "position");
        Check.Throws<ArgumentException>(() => view.Read(77, out Large _), "position");
        view.Read(76, out Large large);
        Check.Equal(1L, large.B);
        using MemoryMappedViewAccessor tiny = View(3);
        tiny.Write(1, (short)1);
        Check.Equal((short)1, tiny.ReadInt16(1));
        Check.Throws<ArgumentException>(() => tiny.ReadInt32(0), "position");
    }

    public static void Directions()
    {
        using MemoryMappedViewAccessor read = View(100, A.Read), write = View(100, A.Write);
        Check.Throws<NotSupportedException>(() => read.Write(0, 1));
        Check.Throws<NotSupportedException>(() => read.WriteArray(0, new byte[1], 0, 1));
        Six six = default;
        Check.Throws<NotSupportedException>(() => read.Write(0, ref six));
        Check.Throws<NotSupportedException>(() => read.GetSpan<byte>());
        Check.Throws<NotSupportedException>(() => write.ReadInt32(0));
        Check.Throws<NotSupportedException>(() => write.Read(0, out six));
        Check.Throws<NotSupportedException>(() => write.ReadArray(0, new byte[1], 0, 1));
        Check.Throws<NotSupportedException>(() => write.GetReadOnlySpan<byte>());
        write.Write(0, 1);
        Check.Equal(0, read.ReadInt32(0));
    }

    public static void Structs_and_what_is_none()
    {
        using MemoryMappedViewAccessor view = View();
        var six = new Six { A = 1, B = -2, C = 3 };
        view.Write(94, ref six);
        view.Read(94, out Six back);
        Check.Equal(six, back);
        Check.Throws<ArgumentException>(() => view.Read(0, out WithText _));
        Check.Throws<ArgumentException>(() => view.ReadArray(0, new WithText[1], 0, 1));
    }

    public static void Arrays_have_the_stride_of_dotnet()
    {
        using MemoryMappedViewAccessor view = View();
        Six[] sixes = new Six[12];
        for (short i = 0; i < 12; i++)
            sixes[i] = new Six { A = i, B = (short)(i + 100), C = (short)-i };
        view.WriteArray(1, sixes, 0, 12);
        view.Read(1 + 8 * 5, out Six fifth);
        Check.Equal(sixes[5], fifth);
        Six[] back = new Six[20];
        Check.Equal(12, view.ReadArray(1, back, 3, 17));
        Check.Equal(sixes[11], back[14]);
        Check.Equal(default, back[2]);
        Check.Equal(0, view.ReadArray(97, back, 0, 1));
        Check.Throws<ArgumentException>(() => view.WriteArray(5, sixes, 0, 12));
        Check.Throws<ArgumentOutOfRangeException>(() => view.ReadArray(100, back, 0, 1), "position");
        Check.Throws<ArgumentOutOfRangeException>(() => view.ReadArray(-1, back, 0, 1), "position");
        Check.Throws<ArgumentNullException>(() => view.ReadArray<byte>(0, null!, 0, 1), "array");
        Check.Throws<ArgumentOutOfRangeException>(() => view.ReadArray(0, back, -1, 1), "offset");
        Check.Throws<ArgumentOutOfRangeException>(() => view.ReadArray(0, back, 0, -1), "count");
        Check.Throws<ArgumentException>(() => view.ReadArray(0, back, 10, 11));
        byte[] bytes = new byte[200];
        Check.Equal(100, view.ReadArray(0, bytes, 100, 100));
    }

    public static void Too_long_an_array_stores_nothing()
    {
        using MemoryMappedViewAccessor view = View();
        Check.Throws<ArgumentException>(() => view.WriteArray(90, new long[] { -1, -1 }, 0, 2));
        Check.Equal(0L, view.ReadInt64(90));
    }

    public static void Spans()
    {
        using MemoryMappedViewAccessor view = View();
        Span<short> all = view.GetSpan<short>();
        Check.Equal(50, all.Length);
        all[49] = 7;
        Check.Equal((short)7, view.ReadInt16(98));
        Check.Equal((short)7, view.GetReadOnlySpan<short>(98, 1)[0]);
        Check.Equal(0, view.GetSpan<long>(100, 0).Length);
        Check.Throws<ArgumentOutOfRangeException>(() => view.GetSpan<short>(98, 2), "count");
        Check.Throws<ArgumentOutOfRangeException>(() => view.GetSpan<short>(-1, 1), "position");
        Check.Throws<ArgumentOutOfRangeException>(() => view.GetSpan<short>(0, -1), "count");
        Check.Throws<ArgumentOutOfRangeException>(() => view.GetSpan<Large>(long.MaxValue, 0), "count");
    }

    public static void As_its_base_class()
    {
        using MemoryMappedViewAccessor view = View();
        UnmanagedMemoryAccessor plain = view;
        plain.Write(10, 42);
        Check.Equal(42, view.ReadInt32(10));
        view.Write(11, 43);
        Check.Equal(43, plain.ReadInt32(11));
        Check.Equal(100, plain.Capacity);
        view.Dispose();
        Check.Throws<ObjectDisposedException>(() => plain.ReadInt32(0));
    }
}
