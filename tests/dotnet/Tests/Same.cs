// SPDX-License-Identifier: MIT
// The same random calls on a view of System.IO and on one of ours, result by result: values, exceptions, bytes.
using System;
using System.IO;
using Microsoft.CSharp.RuntimeBinder;
using Ours = Mmview.IO.MemoryMappedFiles;
using Theirs = System.IO.MemoryMappedFiles;

namespace Mmview.Tests;

internal static class Same
{
    private const int Size = 200;
    private const int Rounds = 40_000;

    private struct Pair
    {
        public int A;
        public short B;
    }

    public static void Accessors()
    {
        foreach (int access in new[] { 0, 1, 2, 3 })
        {
            using var theirMap = Theirs.MemoryMappedFile.CreateNew(null, 10000);
            using var ourMap = Ours.MemoryMappedFile.CreateNew(null, 10000);
            using var theirs = theirMap.CreateViewAccessor(4000, Size, (Theirs.MemoryMappedFileAccess)access);
            using var ours = ourMap.CreateViewAccessor(4000, Size, (Ours.MemoryMappedFileAccess)access);
            var random = new Random(access);
            for (int i = 0; i < Rounds; i++)
            {
                long at = Position(random);
                int what = random.Next(18), value = random.Next();
                Compare($"call {what} at {at}", () => Called(theirs, what, at, value), () => Called(ours, what, at, value));
            }
            SameBytes(theirMap, ourMap);
        }
    }

    public static void StreamsOfBoth()
    {
        foreach (int access in new[] { 0, 1, 2, 3 })
        {
            using var theirMap = Theirs.MemoryMappedFile.CreateNew(null, 10000);
            using var ourMap = Ours.MemoryMappedFile.CreateNew(null, 10000);
            using Stream theirs = theirMap.CreateViewStream(4000, Size, (Theirs.MemoryMappedFileAccess)access);
            using Stream ours = ourMap.CreateViewStream(4000, Size, (Ours.MemoryMappedFileAccess)access);
            var random = new Random(access + 100);
            for (int i = 0; i < Rounds; i++)
            {
                int what = random.Next(9), count = random.Next(60), value = random.Next();
                long at = Position(random);
                Compare($"call {what}, {count} bytes, at {at}", () => Streamed(theirs, what, at, count, value),
                        () => Streamed(ours, what, at, count, value));
                Compare("the position", () => theirs.Position, () => ours.Position);
            }
            SameBytes(theirMap, ourMap);
        }
    }

    private static long Position(Random random) => random.Next(20) switch
    {
        0 => -1,
        1 => long.MaxValue,
        2 => Size,
        3 => long.MinValue,
        < 8 => Size - random.Next(20),
        _ => random.Next(Size),
    };

    // The two have no type in common that has all of it: each call is looked up in the type that the view is of.
    private static object? Called(dynamic view, int what, long at, int value)
    {
        switch (what)
        {
            case 0: return view.ReadBoolean(at);
            case 1: return view.ReadByte(at);
            case 2: return view.ReadChar(at);
            case 3: return view.ReadInt16(at);
            case 4: return view.ReadInt32(at);
            case 5: return view.ReadInt64(at);
            case 6: return view.ReadDouble(at).ToString();
            case 7: return view.ReadDecimal(at);
            case 8: view.Write(at, (byte)value); break;
            case 9: view.Write(at, (short)value); break;
            case 10: view.Write(at, value); break;
            case 11: view.Write(at, (long)value * value); break;
            case 12: view.Write(at, value / 7m); break;
            case 13: view.Read(at, out Pair pair); return pair;
            case 14: var stored = new Pair { A = value, B = (short)value }; view.Write(at, ref stored); break;
            case 15:
                var pairs = new Pair[10];
                int count = view.ReadArray(at, pairs, value % 3, value % 9);
                return (count, pairs[0], pairs[2], pairs[5]);
            case 16: view.WriteArray(at, new Pair[5], value % 3, value % 5); break;
            case 17: view.WriteArray(at, new[] { value, value + 1 }, 0, 2); break;
        }
        return null;
    }

    private static object? Streamed(Stream stream, int what, long at, int count, int value)
    {
        byte[] bytes = new byte[count];
        Array.Fill(bytes, (byte)value);
        switch (what)
        {
            case 0: return stream.ReadByte();
            case 1: return (stream.Read(bytes, 0, count), Convert.ToHexString(bytes));
            case 2: return (stream.Read(bytes.AsSpan()), Convert.ToHexString(bytes));
            case 3: stream.WriteByte((byte)value); break;
            case 4: stream.Write(bytes, 0, count); break;
            case 5: stream.Write(bytes.AsSpan()); break;
            case 6: stream.Position = at % 300; break;
            case 7: return stream.Seek(at % 300, (SeekOrigin)(value % 3));
            case 8: return stream.Length;
        }
        return null;
    }

    private static void Compare(string what, Func<object?> theirs, Func<object?> ours)
    {
        (object? value, Exception? error) wanted = Result(theirs), got = Result(ours);
        if (!Equals(wanted.value, got.value) || wanted.error?.GetType() != got.error?.GetType())
            throw new Failure($"{what}: {got.value}{got.error} where System.IO has {wanted.value}{wanted.error}");
        if (wanted.error is ArgumentException argument)
            Check.Equal(argument.ParamName, ((ArgumentException)got.error!).ParamName, what);
    }

    private static (object?, Exception?) Result(Func<object?> call)
    {
        try
        {
            return (call(), null);
        }
        // A call that neither has would be the same exception twice.
        catch (Exception error) when (error is not RuntimeBinderException)
        {
            return (null, error);
        }
    }

    private static void SameBytes(Theirs.MemoryMappedFile theirs, Ours.MemoryMappedFile ours)
    {
        byte[] a = new byte[10000], b = new byte[10000];
        theirs.CreateViewStream().ReadExactly(a);
        ours.CreateViewStream().ReadExactly(b);
        Check.That(a.AsSpan().SequenceEqual(b));
    }
}
