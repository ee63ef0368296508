// SPDX-License-Identifier: MIT
// brighten: every pixel of a raw image through Read, Brighten and Write of a view accessor.
//
//     brighten FILE AMOUNT        prints pass_seconds=N, the loop without the start of the runtime
//
// The idiom is that of the example in "Memory-mapped files", learn.microsoft.com/dotnet/standard/io/memory-mapped-files:
// one view, one structure per pixel, saturation by Math.Min on int. Its constants are arguments here.
using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

struct Pixel
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

static class Program
{
    static void Main(string[] args)
    {
        string path = args[0];
        short amount = short.Parse(args[1], CultureInfo.InvariantCulture);
        long offset = 0;
        long length = new FileInfo(path).Length;
        // .NET has named maps on Windows only and throws PlatformNotSupportedException elsewhere.
        string name = Environment.OSVersion.Platform == PlatformID.Win32NT ? "ImgA" : null;

        using (var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, name))
        using (var accessor = file.CreateViewAccessor(offset, length))
        {
            var watch = Stopwatch.StartNew();
            int pixelSize = Marshal.SizeOf(typeof(Pixel));
            Pixel pixel;
            for (long i = 0; i < length; i += pixelSize)
            {
                accessor.Read(i, out pixel);
                pixel.Brighten(amount);
                accessor.Write(i, ref pixel);
            }
            // Before the end of 'using': it syncs the view to the device, which mmbright does only when asked.
            Console.WriteLine("pass_seconds=" + watch.Elapsed.TotalSeconds.ToString("F3", CultureInfo.InvariantCulture));
        }
    }
}
