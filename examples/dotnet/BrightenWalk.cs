// The same as BrightenFirst, as it is written with what mmview has beyond .NET: all processors, vectors, and a
// journal, so that the program may be killed at any moment and is finished by running it again.
using System;
using System.IO;
using System.Numerics;
using System.Runtime.InteropServices;
using Mmview;
using Mmview.IO.MemoryMappedFiles;

using MemoryMappedFile image = MemoryMappedFile.CreateFromFile("ExtremelyLargeImage.data", FileMode.Open);
const long offset = 0x10000000, length = 0x20000000;
using var journal = new Journal(image, "brighten 10", new JournalOptions { Offset = offset, Length = length });
WalkStatistics done =
    image.Walk<short>(Brighten, new WalkOptions { Offset = offset, Length = length, Journal = journal });
journal.Complete();
Console.WriteLine($"{done.Records} samples");

static void Brighten(Span<short> samples)
{
    var most = new Vector<short>(short.MaxValue - 10);
    Span<Vector<short>> vectors = MemoryMarshal.Cast<short, Vector<short>>(samples);
    for (int i = 0; i < vectors.Length; i++)
        vectors[i] = Vector.Min(vectors[i], most) + new Vector<short>(10);
    for (int i = vectors.Length * Vector<short>.Count; i < samples.Length; i++)
        samples[i] = (short)Math.Min(short.MaxValue, samples[i] + 10);
}
