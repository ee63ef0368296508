// SPDX-License-Identifier: MIT
// brighten_span: the same image and result as brighten.cs, the fastest way that .NET has without native code.
//
//     brighten_span FILE AMOUNT THREADS        prints pass_seconds=N, the loop without the start of the runtime
//
// A pointer from SafeMemoryMappedViewHandle.AcquirePointer, vectors of the processor's width, Parallel.For over pieces
// (SafeBuffer.AcquirePointer, System.Numerics.Vector and Parallel.For on learn.microsoft.com/dotnet/api).
using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.IO.MemoryMappedFiles;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Threading.Tasks;

static unsafe class Program
{
    const int PieceSize = 1 << 20; // large enough that scheduling a piece costs nothing, small enough to balance

    static void Brighten(Span<short> samples, short amount)
    {
        short limit = (short)(short.MaxValue - amount);
        var limits = new Vector<short>(limit);
        var amounts = new Vector<short>(amount);
        var vectors = MemoryMarshal.Cast<short, Vector<short>>(samples);
        for (int i = 0; i < vectors.Length; i++)
            vectors[i] = Vector.Min(vectors[i], limits) + amounts;
        for (int i = vectors.Length * Vector<short>.Count; i < samples.Length; i++)
            samples[i] = (short)(Math.Min(samples[i], limit) + amount);
    }

    static void Main(string[] args)
    {
        string path = args[0];
        short amount = short.Parse(args[1], CultureInfo.InvariantCulture);
        var threads = new ParallelOptions { MaxDegreeOfParallelism = int.Parse(args[2], CultureInfo.InvariantCulture) };
        long length = new FileInfo(path).Length;

        using var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null);
        using var view = file.CreateViewAccessor(0, length);
        var watch = Stopwatch.StartNew();
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            start += view.PointerOffset;
            Parallel.For(0, (length + PieceSize - 1) / PieceSize, threads, piece =>
            {
                long at = piece * PieceSize;
                Brighten(new Span<short>(start + at, (int)(Math.Min(PieceSize, length - at) / sizeof(short))), amount);
            });
        }
        finally
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
        // Before the end of 'using': it syncs the view to the device, which mmbright does only when asked.
        Console.WriteLine("pass_seconds=" + watch.Elapsed.TotalSeconds.ToString("F3", CultureInfo.InvariantCulture));
    }
}
