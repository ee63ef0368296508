// SPDX-License-Identifier: MIT
// Walks, journals and channels.
using System;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using Mmview.IO.MemoryMappedFiles;

namespace Mmview.Tests;

internal static class Walks
{
    private const int Count = 3_000_000;

    internal static MemoryMappedFile Numbers(out string path)
    {
        path = Check.NewFile();
        File.WriteAllBytes(path, MemoryMarshal.AsBytes<int>(Enumerable.Range(0, Count).ToArray()).ToArray());
        return MemoryMappedFile.CreateFromFile(path);
    }

    private static int[] Read(string path) => MemoryMarshal.Cast<byte, int>(File.ReadAllBytes(path)).ToArray();

    public static void Each_record_once()
    {
        foreach (WalkIo io in Enum.GetValues<WalkIo>())
        {
            using MemoryMappedFile map = Numbers(out string path);
            WalkStatistics done = map.Walk((Span<int> numbers, in WalkChunk chunk) =>
            {
                for (int i = 0; i < numbers.Length; i++)
                    numbers[i] += numbers[i] == chunk.Index + i && chunk.Offset == chunk.Index * 4 ? 1 : 1000;
            }, new WalkOptions { Io = io, Threads = 2 });
            Check.Equal(Count, done.Records);
            Check.Equal(Count * 4L, done.Bytes);
            Check.That(done.Threads is 1 or 2 && done.Seconds > 0 && done.Reason.Length > 0);
            Check.That(Read(path).SequenceEqual(Enumerable.Range(1, Count)));
        }
    }

    public static void A_part_and_nothing()
    {
        using MemoryMappedFile map = Numbers(out string path);
        map.Walk<int>(numbers => numbers.Clear(), new WalkOptions { Offset = 4000, Length = 400 });
        int[] now = Read(path);
        Check.That(now[999] == 999 && now[1000] == 0 && now[1099] == 0 && now[1100] == 1100);
        Check.Equal(0, map.Walk<int>(numbers => numbers.Clear(), new WalkOptions { Length = 0 }).Records);
        Check.Throws<ArgumentException>(() => map.Walk<int>(_ => { }, new WalkOptions { Length = 3 }));
        Check.Throws<ArgumentOutOfRangeException>(() => map.Walk<int>(_ => { }, new WalkOptions { Offset = -1 }));
        Check.Throws<ArgumentNullException>(() => map.Walk((WalkAction<int>)null!), "action");
        Check.That(Read(path).SequenceEqual(now));
    }

    public static void Reading_alone()
    {
        Numbers(out string path).Dispose();
        using MemoryMappedFile map = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0,
                                                                     MemoryMappedFileAccess.Read);
        long sum = 0;
        map.Scan((ReadOnlySpan<int> numbers, in WalkChunk chunk) =>
        {
            long own = 0;
            foreach (int number in numbers)
                own += number;
            Interlocked.Add(ref sum, own);
        });
        Check.Equal((long)Count * (Count - 1) / 2, sum);
        Check.Throws<UnauthorizedAccessException>(() => map.Walk<int>(numbers => numbers.Clear()));
    }

    public static void What_is_thrown_comes_out()
    {
        using MemoryMappedFile map = Numbers(out _);
        Check.Throws<TimeZoneNotFoundException>(
            () => map.Walk<int>(numbers => throw new TimeZoneNotFoundException("from within")));
        using var cancel = new CancellationTokenSource();
        Check.Throws<OperationCanceledException>(() => map.Walk<int>(
            numbers => cancel.Cancel(),
            new WalkOptions { CancellationToken = cancel.Token, MaxMapped = 1 << 20, Threads = 1 }));
    }

    public static void Of_memory()
    {
        using MemoryMappedFile map = MemoryMappedFile.CreateNew(Check.NewName(), 1 << 20);
        map.Walk<long>(numbers => numbers.Fill(-1));
        using MemoryMappedViewAccessor view = map.CreateViewAccessor();
        Check.Equal(-1L, view.ReadInt64((1 << 20) - 8));
    }
}

internal static class Journals
{
    public static void A_run_and_its_end()
    {
        using MemoryMappedFile map = Walks.Numbers(out string path);
        using (var journal = new Journal(map, "add 1"))
        {
            WalkStatistics done = map.Walk<int>(numbers =>
            {
                for (int i = 0; i < numbers.Length; i++)
                    numbers[i]++;
            }, new WalkOptions { Journal = journal });
            Check.Equal(0, done.Resumed);
            Check.That(File.Exists(journal.Path));
            journal.Complete();
            Check.That(!File.Exists(journal.Path));
            Check.Throws<ObjectDisposedException>(journal.Complete);
        }
        Check.Equal(1, map.CreateViewAccessor().ReadInt32(0));
    }

    public static void An_interrupted_run_goes_on()
    {
        using MemoryMappedFile map = Walks.Numbers(out string path);
        var options = new JournalOptions { Wait = TimeSpan.FromSeconds(1) };
        WalkOptions With(Journal journal) => new() { Journal = journal, MaxMapped = 1 << 20, Threads = 2 };
        int seen = 0;
        using (var journal = new Journal(map, "add 1", options))
            Check.Throws<InvalidOperationException>(() => map.Walk((Span<int> numbers, in WalkChunk chunk) =>
            {
                if (Interlocked.Increment(ref seen) > 8)
                    throw new InvalidOperationException("enough");
                for (int i = 0; i < numbers.Length; i++)
                    numbers[i]++;
            }, With(journal)));
        Check.Throws<JournalException>(() => new Journal(map, "add 2", options));
        using (var journal = new Journal(map, "add 1", options))
        {
            WalkStatistics done = map.Walk<int>(numbers =>
            {
                for (int i = 0; i < numbers.Length; i++)
                    numbers[i]++;
            }, With(journal));
            Check.That(done.Resumed > 0);
            journal.Complete();
        }
        int at = 1;
        foreach (int number in MemoryMarshal.Cast<byte, int>(File.ReadAllBytes(path)))
            Check.Equal(at++, number);
    }

    public static void What_has_no_path()
    {
        using MemoryMappedFile map = MemoryMappedFile.CreateNew(null, 4096);
        Check.Throws<InvalidOperationException>(() => new Journal(map, "x"));
        Check.Throws<ArgumentException>(() => new Journal(map, ""), "operation");
    }
}

internal static class Channels
{
    public static void Messages_in_order()
    {
        string name = Check.NewName();
        using var receiver = new ChannelReceiver(name, 1 << 16);
        Check.That(!receiver.TryReceive(TimeSpan.Zero, out _));
        using var sender = new ChannelSender(name);
        Check.That(sender.HasPeer && receiver.HasPeer);
        Check.Equal(1 << 16, sender.Room);
        for (byte i = 0; i < 100; i++)
            sender.Send([i, (byte)(i + 1)]);
        sender.Send([]);
        for (byte i = 0; i < 100; i++)
            Check.That(receiver.Receive().SequenceEqual(new byte[] { i, (byte)(i + 1) }));
        Check.Equal(0, receiver.Receive().Length);
        Check.Throws<ArgumentOutOfRangeException>(() => sender.Send(new byte[1 << 17]));
        while (sender.TrySend(new byte[1000], TimeSpan.Zero))
        {
        }
        Check.That(receiver.TryReceive(TimeSpan.Zero, out byte[]? one) && one.Length == 1000);
        Check.ThrowsAny<IOException>(() => new ChannelReceiver(name));
    }

    public static void The_other_side_is_gone()
    {
        string name = Check.NewName();
        using var receiver = new ChannelReceiver(name);
        using (var sender = new ChannelSender(name))
            sender.Send([1]);
        Check.Equal(1, receiver.Receive().Length);
        Check.Equal(MmviewFault.Peer, Check.Throws<MmviewException>(() => receiver.Receive()).Fault);
    }
}
