// SPDX-License-Identifier: MIT
// interop.cs - the other side of interop_peer.c: its head says who does what when. For Mono and for .NET.
//
// Views have explicit sizes, since Mono rounds those of size 0 up to a page; maps are made from a FileStream of exactly the
// capacity that is asked for, since Mono makes no such file longer and does not survive a shorter capacity.

using System;
using System.IO;
using System.IO.MemoryMappedFiles;
using System.Threading;

static class Interop
{
    const int Size = 4096;
    const int LastNumber = 200;
    const decimal Money = -12345.678m;

    static void Expect(bool condition, string what)
    {
        if (!condition)
            throw new Exception("not so: " + what);
    }

    // Run 'use' on a view of a whole file, which others may have open.
    static void WithView(string path, Action<MemoryMappedViewAccessor> use)
    {
        using (var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        using (var map = MemoryMappedFile.CreateFromFile(file, null, file.Length, MemoryMappedFileAccess.ReadWrite,
                                                         HandleInheritability.None, true))
        using (var view = map.CreateViewAccessor(0, file.Length))
            use(view);
    }

    static void SetLength(string path, long length, FileMode mode)
    {
        using (var file = new FileStream(path, mode, FileAccess.ReadWrite, FileShare.ReadWrite))
            file.SetLength(length);
    }

    static long[] Squares()
    {
        var squares = new long[100];
        for (int i = 0; i < squares.Length; i++)
            squares[i] = i * i;
        return squares;
    }

    static void PutValues(MemoryMappedViewAccessor view)
    {
        view.Write(1, -123456789);
        view.Write(8, -1234567890123456789L);
        view.Write(17, 1.0e300);
        view.Write(32, Money);
        view.Write(48, '\u20ac');
        view.Write(50, true);
        view.Write(51, -0.5f);
        view.WriteArray(1000, Squares(), 0, 100);
        view.Write(Size - 1, (byte)200);
        view.Flush();
    }

    static void CheckValues(MemoryMappedViewAccessor view)
    {
        var squares = new long[100];
        Expect(view.Capacity == Size, "the length of the file");
        Expect(view.ReadInt32(1) == -123456789, "int");
        Expect(view.ReadInt64(8) == -1234567890123456789L, "long");
        Expect(view.ReadDouble(17) == 1.0e300, "double");
        Expect(view.ReadDecimal(32) == Money, "decimal");
        Expect(view.ReadChar(48) == '\u20ac', "char");
        Expect(view.ReadBoolean(50), "bool");
        Expect(view.ReadSingle(51) == -0.5f, "float");
        Expect(view.ReadArray(1000, squares, 0, 100) == 100, "array");
        for (int i = 0; i < squares.Length; i++)
            Expect(squares[i] == Squares()[i], "square " + i);
        Expect(view.ReadByte(Size - 1) == 200, "the last byte");
    }

    static void Await(MemoryMappedViewAccessor view, int turn)
    {
        var end = DateTime.UtcNow.AddSeconds(60);
        while (view.ReadByte(0) != turn)
        {
            Expect(DateTime.UtcNow < end, "turn " + turn);
            Thread.Sleep(0);
        }
        Thread.MemoryBarrier();
    }

    static void Say(MemoryMappedViewAccessor view, int turn)
    {
        Thread.MemoryBarrier();
        view.Write(0, (byte)turn);
    }

    static void TakeTurns(MemoryMappedViewAccessor view)
    {
        for (int turn = 2; turn <= LastNumber; turn += 2)
        {
            Await(view, turn - 1);
            Expect(view.ReadInt64(64) == turn - 1, "the number of turn " + turn);
            view.Write(64, (long)turn);
            Say(view, turn);
        }
    }

    // The old view stays, and both are of the same bytes.
    static void Join(string path)
    {
        WithView(path, view =>
        {
            Expect(view.Capacity == Size, "the length at first");
            TakeTurns(view);
            Await(view, LastNumber + 1);
            WithView(path, longer =>
            {
                Expect(longer.Capacity == 3 * Size, "the length after they made it longer");
                Expect(longer.ReadInt64(3 * Size - 8) == 4711, "what they wrote at the new end");
                longer.Write(2 * Size, 4712L);
                Say(view, LastNumber + 2);
            });
            Await(view, LastNumber + 3);
            SetLength(path, 5 * Size, FileMode.Open);
            WithView(path, longer => longer.Write(5 * Size - 8, 4713L));
            Say(view, LastNumber + 4);
        });
    }

    static int Main(string[] words)
    {
        try
        {
            if (words[0] == "put")
            {
                SetLength(words[1], Size, FileMode.CreateNew);
                WithView(words[1], PutValues);
            }
            else if (words[0] == "check")
                WithView(words[1], CheckValues);
            else
                Join(words[1]);
            return 0;
        }
        catch (Exception error)
        {
            Console.Error.WriteLine("interop.cs: " + error);
            return 1;
        }
    }
}
