// SPDX-License-Identifier: MIT
// bench: the package against System.IO's own classes, on the same file, turn by turn, each result compared.
//
//     Bench.dll FOLDER [MMBRIGHT [ROUNDS]]
//
// FOLDER gets a file of 512 MiB and loses it again. The file is in the page cache before the first turn. A figure is
// the median of the rounds; with it stand the least and the most. Warm-ups are not counted.
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Threading;
using Ours = Mmview.IO.MemoryMappedFiles;
using Theirs = System.IO.MemoryMappedFiles;

namespace Mmview.Bench;

internal struct MyColor
{
    public short Red;
    public short Green;
    public short Blue;
    public short Alpha;

    public void Brighten(short value)
    {
        Red = (short)Math.Min(short.MaxValue, (int)Red + value);
        Green = (short)Math.Min(short.MaxValue, (int)Green + value);
        Blue = (short)Math.Min(short.MaxValue, (int)Blue + value);
        Alpha = (short)Math.Min(short.MaxValue, (int)Alpha + value);
    }
}

internal static class Program
{
    private const long Size = 512L << 20;

    private static string s_path = "";
    private static string s_mmbright = "";
    private static int s_rounds = 7;
    private static short s_brighter;

    // What the latest turn of each way took of the processors, which tells more than seconds on a machine that has
    // other work. Of mmbright, another process, it is not known.
    private static readonly Dictionary<string, double> s_processor = [];

    private static int Main(string[] args)
    {
        if (args.Length == 0)
        {
            Console.Error.WriteLine("Usage: Bench.dll FOLDER [MMBRIGHT [ROUNDS]]");
            return 2;
        }
        s_path = Path.Combine(args[0], $"mmview-bench-{Environment.ProcessId}.data");
        s_mmbright = args.ElementAtOrDefault(1) ?? "";
        s_rounds = int.Parse(args.ElementAtOrDefault(2) ?? "7");
        try
        {
            Fill();
            bool good = Brighten();
            good &= Reads();
            good &= Opening();
            return good ? 0 : 1;
        }
        finally
        {
            File.Delete(s_path);
        }
    }

    // ---- 512 MiB, made brighter in place

    private static bool Brighten()
    {
        var ways = new List<(string Name, Action Run)>
        {
            ("System.IO accessor, Read and Write of the struct", TheirAccessor),
            ("accessor, Read and Write of the struct", OurAccessor),
            ("accessor, spans of 64 KiB, struct by struct", OurSpans),
            ("accessor, spans of 64 KiB, Vector<short>", OurVectorSpans),
            ("Walk<MyColor>, struct by struct", WalkStructs),
            ("Walk<short>, scalar", WalkScalar),
            ("Walk<short>, Vector<short>", WalkVectors),
        };
        if (s_mmbright != "")
            ways.Add(("mmbright -i --journal=off, whole process", MmbrightRun));
        Dictionary<string, double[]> seconds = Turns(ways, () =>
        {
            s_brighter += 1;
            Verify();
        });
        double theirs = Print($"512 MiB by 1, seconds", seconds, ways[0].Name);
        bool good = Bar("the accessor against System.IO's", theirs / Median(seconds[ways[1].Name]), 4);
        good &= Bar("spans against System.IO's accessor", theirs / Median(seconds[ways[3].Name]), 7);
        Say("the same, struct by struct", theirs / Median(seconds[ways[2].Name]));
        if (s_mmbright == "")
            return good;
        double pass = Median(seconds[ways[^1].Name]);
        good &= Bar("Walk with Vector<short> against mmbright, times as long",
                    Median(seconds[ways[6].Name]) / pass, 1.3, true);
        good &= Bar("Walk, scalar, against mmbright, times as long", Median(seconds[ways[5].Name]) / pass, 2.2, true);
        return good;
    }

    private static void TheirAccessor()
    {
        using var map = Theirs.MemoryMappedFile.CreateFromFile(s_path, FileMode.Open);
        using var accessor = map.CreateViewAccessor();
        for (long i = 0; i < Size; i += 8)
        {
            accessor.Read(i, out MyColor color);
            color.Brighten(1);
            accessor.Write(i, ref color);
        }
    }

    private static void OurAccessor()
    {
        using var map = Ours.MemoryMappedFile.CreateFromFile(s_path, FileMode.Open);
        using var accessor = map.CreateViewAccessor();
        for (long i = 0; i < Size; i += 8)
        {
            accessor.Read(i, out MyColor color);
            color.Brighten(1);
            accessor.Write(i, ref color);
        }
    }

    private static void OurSpans()
    {
        using var map = Ours.MemoryMappedFile.CreateFromFile(s_path, FileMode.Open);
        using var accessor = map.CreateViewAccessor();
        for (long i = 0; i < Size; i += 65536)
            BrightenStructs(accessor.GetSpan<MyColor>(i, 65536 / 8));
        accessor.Check();
    }

    private static void OurVectorSpans()
    {
        using var map = Ours.MemoryMappedFile.CreateFromFile(s_path, FileMode.Open);
        using var accessor = map.CreateViewAccessor();
        for (long i = 0; i < Size; i += 65536)
            BrightenVectors(accessor.GetSpan<short>(i, 65536 / 2));
        accessor.Check();
    }

    private static void WalkStructs() => Walk(map => map.Walk<MyColor>(BrightenStructs));

    private static void WalkScalar() => Walk(map => map.Walk<short>(BrightenScalars));

    private static void WalkVectors() => Walk(map => map.Walk<short>(BrightenVectors));

    private static void Walk(Action<Ours.MemoryMappedFile> walk)
    {
        using var map = Ours.MemoryMappedFile.CreateFromFile(s_path, FileMode.Open);
        walk(map);
    }

    private static void BrightenStructs(Span<MyColor> colors)
    {
        foreach (ref MyColor color in colors)
            color.Brighten(1);
    }

    private static void BrightenScalars(Span<short> samples)
    {
        for (int i = 0; i < samples.Length; i++)
            samples[i] = (short)Math.Min(short.MaxValue, samples[i] + 1);
    }

    private static void BrightenVectors(Span<short> samples)
    {
        var most = new Vector<short>(short.MaxValue - 1);
        Span<Vector<short>> vectors = MemoryMarshal.Cast<short, Vector<short>>(samples);
        for (int i = 0; i < vectors.Length; i++)
            vectors[i] = Vector.Min(vectors[i], most) + Vector<short>.One;
        BrightenScalars(samples[(vectors.Length * Vector<short>.Count)..]);
    }

    private static void MmbrightRun()
    {
        using Process process =
            Process.Start(s_mmbright, ["-i", "-q", "--journal=off", "--type=i16le", "--add=1", s_path]);
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"mmbright ended with {process.ExitCode}");
    }

    // ---- single values

    private static bool Reads()
    {
        const int count = 50_000_000;
        using var theirMap = Theirs.MemoryMappedFile.CreateFromFile(s_path, FileMode.Open);
        using var theirs = theirMap.CreateViewAccessor(0, 1 << 20);
        using var ourMap = Ours.MemoryMappedFile.CreateFromFile(s_path, FileMode.Open);
        using var ours = ourMap.CreateViewAccessor(0, 1 << 20);
        long wanted = ReadTheirs(theirs, 1_000_000);
        if (ReadOurs(ours, 1_000_000) != wanted)
            throw new InvalidOperationException("the two accessors do not read the same");
        var figures = new Dictionary<string, double[]>
        {
            ["System.IO, one thread"] = Rounds(1, count / 10, () => ReadTheirs(theirs, count / 10)),
            ["ours, one thread"] = Rounds(1, count, () => ReadOurs(ours, count)),
            ["System.IO, two threads"] = Rounds(2, count / 10, () => ReadTheirs(theirs, count / 10)),
            ["ours, two threads"] = Rounds(2, count, () => ReadOurs(ours, count)),
        };
        Print("one ReadInt32, nanoseconds", figures, "System.IO, two threads");
        return Bar("one ReadInt32, two threads on one accessor, nanoseconds", Median(figures["ours, two threads"]), 2,
                   true);
    }

    private static long ReadTheirs(Theirs.MemoryMappedViewAccessor view, int count)
    {
        long sum = 0;
        for (int i = 0; i < count; i++)
            sum += view.ReadInt32((i & 0x3ffff) * 4L);
        return sum;
    }

    private static long ReadOurs(Ours.MemoryMappedViewAccessor view, int count)
    {
        long sum = 0;
        for (int i = 0; i < count; i++)
            sum += view.ReadInt32((i & 0x3ffff) * 4L);
        return sum;
    }

    /// <summary>Nanoseconds a read, as each thread sees it.</summary>
    private static double[] Rounds(int threads, int count, Func<long> read)
    {
        var result = new double[s_rounds];
        for (int round = -2; round < s_rounds; round++)
        {
            double slowest = 0;
            using var start = new Barrier(threads);
            Thread[] all = Enumerable.Range(0, threads).Select(_ => new Thread(() =>
            {
                start.SignalAndWait();
                var clock = Stopwatch.StartNew();
                read();
                double took = clock.Elapsed.TotalNanoseconds / count;
                lock (result)
                    slowest = Math.Max(slowest, took);
            })).ToArray();
            foreach (Thread thread in all)
                thread.Start();
            foreach (Thread thread in all)
                thread.Join();
            if (round >= 0)
                result[round] = slowest;
        }
        return result;
    }

    // ---- opening

    private static bool Opening()
    {
        s_processor.Clear();
        const int count = 300;
        // A page is stored into each time: a view is opened to be used.
        void TheirOpening()
        {
            for (int i = 0; i < count; i++)
            {
                using var map = Theirs.MemoryMappedFile.CreateFromFile(s_path, FileMode.Open);
                using var view = map.CreateViewAccessor(0, 65536);
                view.Write(0, s_brighter);
            }
        }
        void OurOpening()
        {
            for (int i = 0; i < count; i++)
            {
                using var map = Ours.MemoryMappedFile.CreateFromFile(s_path, FileMode.Open);
                using var view = map.CreateViewAccessor(0, 65536);
                view.Write(0, s_brighter);
            }
        }
        void TheirReading()
        {
            for (int i = 0; i < count; i++)
            {
                using var map = Theirs.MemoryMappedFile.CreateFromFile(s_path, FileMode.Open, null, 0,
                                                                      Theirs.MemoryMappedFileAccess.Read);
                using var view = map.CreateViewAccessor(0, 65536, Theirs.MemoryMappedFileAccess.Read);
                view.ReadInt16(0);
            }
        }
        void OurReading()
        {
            for (int i = 0; i < count; i++)
            {
                using var map = Ours.MemoryMappedFile.CreateFromFile(s_path, FileMode.Open, null, 0,
                                                                    Ours.MemoryMappedFileAccess.Read);
                using var view = map.CreateViewAccessor(0, 65536, Ours.MemoryMappedFileAccess.Read);
                view.ReadInt16(0);
            }
        }
        Dictionary<string, double[]> seconds =
            Turns([("System.IO, stored into", TheirOpening), ("ours, stored into", OurOpening),
                   ("System.IO, read", TheirReading), ("ours, read", OurReading)], () => { });
        foreach (double[] values in seconds.Values)
            for (int i = 0; i < values.Length; i++)
                values[i] *= 1e6 / count;
        Print("CreateFromFile, a view of 64 KiB, Dispose of both, microseconds", seconds, "System.IO, stored into");
        Say("the same, only read", Median(seconds["ours, read"]) / Median(seconds["System.IO, read"]));
        return Bar("open, view, dispose against System.IO's, times as long",
                   Median(seconds["ours, stored into"]) / Median(seconds["System.IO, stored into"]), 0.3, true);
    }

    // ---- turns and figures

    private static Dictionary<string, double[]> Turns(List<(string Name, Action Run)> ways, Action after)
    {
        var result = ways.ToDictionary(way => way.Name, _ => new double[s_rounds]);
        for (int round = -1; round < s_rounds; round++)
            foreach ((string name, Action run) in ways)
            {
                // What the turn before has left to be written is not this one's.
                Quiet();
                TimeSpan before = Processor();
                var clock = Stopwatch.StartNew();
                run();
                double took = clock.Elapsed.TotalSeconds;
                s_processor[name] = (Processor() - before).TotalSeconds;
                after();
                if (round >= 0)
                    result[name][round] = took;
            }
        return result;
    }

    private static TimeSpan Processor()
    {
        using Process self = Process.GetCurrentProcess();
        return self.TotalProcessorTime;
    }

    private static void Quiet()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using (FileStream file = File.Open(s_path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
            file.Flush(true);
    }

    private static double Print(string title, Dictionary<string, double[]> figures, string against)
    {
        double other = Median(figures[against]);
        Console.WriteLine($"\n{title} ({s_rounds} rounds: median, least to most; against {against})");
        foreach ((string name, double[] values) in figures)
            Console.WriteLine($"  {name,-52} {Median(values),9:0.000}  {values.Min(),9:0.000} to " +
                              $"{values.Max(),9:0.000}  {other / Median(values),6:0.0}x" +
                              (s_processor.TryGetValue(name, out double used)
                                   ? $"  {used,7:0.000} s of processors" : ""));
        return other;
    }

    private static bool Bar(string what, double value, double bar, bool atMost = false)
    {
        bool good = atMost ? value <= bar : value >= bar;
        Console.WriteLine($"  {(good ? "reached" : "MISSED ")} {what}: {value:0.00} ({(atMost ? "<=" : ">=")} {bar})");
        return good;
    }

    private static void Say(string what, double value) => Console.WriteLine($"          {what}: {value:0.00}");

    private static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2]
                                      : (sorted[sorted.Length / 2] + sorted[sorted.Length / 2 - 1]) / 2;
    }

    // ---- the file

    /// <summary>Sample i is i * 7919 modulo 32000 at first: nothing saturates in a few hundred turns.</summary>
    private static short Sample(long i) => (short)(i * 7919 % 32000);

    private static void Fill()
    {
        short[] block = new short[1 << 19];
        using FileStream file = File.Create(s_path);
        for (long at = 0; at < Size / 2; at += block.Length)
        {
            for (int i = 0; i < block.Length; i++)
                block[i] = Sample(at + i);
            file.Write(MemoryMarshal.AsBytes<short>(block));
        }
        file.Flush(true);
    }

    /// <summary>Every sample is what it was at first, and as much brighter as there were turns.</summary>
    private static void Verify()
    {
        using FileStream file = File.Open(s_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        short[] block = new short[1 << 19];
        for (long at = 0; at < Size / 2; at += block.Length)
        {
            file.ReadExactly(MemoryMarshal.AsBytes<short>(block));
            for (int i = 0; i < block.Length; i++)
                if (block[i] != Math.Min(short.MaxValue, Sample(at + i) + s_brighter))
                    throw new InvalidOperationException($"sample {at + i} is {block[i]}");
        }
    }
}
