// SPDX-License-Identifier: MIT
// The guard: bytes that are gone are an exception.
using System;
using System.IO;
using System.Threading;
using Mmview.IO.MemoryMappedFiles;

namespace Mmview.Tests;

internal static class Faults
{
    private static void Cut(string path, long length)
    {
        using FileStream file = File.Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.SetLength(length);
    }

    public static void The_guard_is_on() => Check.That(Guard.IsEnabled);

    public static void Reading_and_storing_what_is_gone()
    {
        Action<MemoryMappedViewAccessor>[] touches =
        [
            view => view.ReadByte(50000), view => view.ReadInt32(99996), view => view.Write(50000, 1L),
            view => view.Read(50000, out Guid _), view => view.ReadArray(40000, new long[2000], 0, 2000),
            view => view.WriteArray(40000, new byte[20000], 0, 20000),
            view => { view.GetReadOnlySpan<byte>()[60000].ToString(); view.Check(); },
        ];
        foreach (Action<MemoryMappedViewAccessor> touch in touches)
        {
            string path = Check.NewFile(100000);
            using MemoryMappedFile map = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0);
            using MemoryMappedViewAccessor view = map.CreateViewAccessor(), other = map.CreateViewAccessor(0, 4096);
            Cut(path, 8192);
            view.Write(0, 5);
            MmviewException error = Check.Throws<MmviewException>(() => touch(view));
            Check.Equal(MmviewFault.Truncated, error.Fault);
            Check.Equal(8192L, error.Offset);
            // From then on the view is no good, and its neighbour is.
            Check.Throws<MmviewException>(() => view.ReadInt32(0));
            Check.Throws<MmviewException>(view.Flush);
            Check.Equal(5, other.ReadInt32(0));
            other.Flush();
        }
    }

    public static void Streams_say_it_too()
    {
        string path = Check.NewFile(100000);
        using MemoryMappedFile map = MemoryMappedFile.CreateFromFile(path);
        using MemoryMappedViewStream stream = map.CreateViewStream();
        Cut(path, 8192);
        Check.Equal(8192, stream.Read(new byte[8192]));
        Check.Throws<MmviewException>(() => stream.Read(new byte[8192]));
        Check.Throws<MmviewException>(() => stream.ReadByte());
    }

    public static void Walks_say_it_too()
    {
        string path = Check.NewFile(1 << 20);
        using MemoryMappedFile map = MemoryMappedFile.CreateFromFile(path);
        Cut(path, 100000);
        Check.Equal(MmviewFault.Truncated,
                    Check.Throws<MmviewException>(() => map.Walk<byte>(bytes => bytes.Fill(1))).Fault);
    }

    public static void Null_is_still_an_exception_of_the_runtime()
    {
        string? nothing = null;
        Check.Throws<NullReferenceException>(() => nothing!.Length.ToString());
    }
}
