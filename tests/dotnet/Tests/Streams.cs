// SPDX-License-Identifier: MIT
// Views as streams.
using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Mmview.IO.MemoryMappedFiles;
using A = Mmview.IO.MemoryMappedFiles.MemoryMappedFileAccess;

namespace Mmview.Tests;

internal static class Streams
{
    private static MemoryMappedViewStream View(A access = A.ReadWrite)
    {
        using MemoryMappedFile map = MemoryMappedFile.CreateNew(null, 10000);
        return map.CreateViewStream(4000, 100, access);
    }

    public static void Reads_are_short_and_writes_whole()
    {
        using MemoryMappedViewStream stream = View();
        stream.Position = 90;
        Check.Throws<NotSupportedException>(() => stream.Write(new byte[11], 0, 11));
        Check.Throws<NotSupportedException>(() => stream.Write(new byte[11]));
        Check.Equal(90, stream.Position);
        stream.Write(new byte[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 });
        Check.Equal(100, stream.Position);
        Check.Throws<NotSupportedException>(() => stream.WriteByte(1));
        stream.Position = 85;
        byte[] buffer = new byte[40];
        Check.Equal(15, stream.Read(buffer, 10, 30));
        Check.Equal((byte)10, buffer[24]);
        Check.Equal(0, stream.Read(buffer));
        Check.Equal(-1, stream.ReadByte());
        stream.Position = 85;
        Check.Equal(15, stream.Read(buffer.AsSpan()));
        Check.Equal((byte)10, buffer[14]);
    }

    public static void Places()
    {
        using MemoryMappedViewStream stream = View();
        Check.Equal(100, stream.Length);
        Check.Throws<ArgumentOutOfRangeException>(() => stream.Position = -1);
        Check.ThrowsAny<IOException>(() => stream.Seek(-1, SeekOrigin.Begin));
        Check.ThrowsAny<ArgumentException>(() => stream.Seek(0, (SeekOrigin)9));
        stream.Position = 1000;
        Check.Equal(-1, stream.ReadByte());
        Check.Equal(0, stream.Read(new byte[10]));
        Check.Throws<NotSupportedException>(() => stream.Write(new byte[1]));
        Check.Equal(50, stream.Seek(-50, SeekOrigin.End));
        Check.Throws<ArgumentOutOfRangeException>(() => stream.SetLength(-1));
        Check.Throws<NotSupportedException>(() => stream.SetLength(10));
        Check.Throws<NotSupportedException>(() => stream.SetLength(1000));
    }

    public static void Directions()
    {
        using MemoryMappedViewStream read = View(A.Read), write = View(A.Write);
        Check.That(read.CanRead && !read.CanWrite && write.CanWrite && !write.CanRead);
        Check.Throws<NotSupportedException>(() => read.WriteByte(1));
        Check.Throws<NotSupportedException>(() => read.Write(new byte[1]));
        Check.Throws<NotSupportedException>(() => read.Write(new byte[1], 0, 1));
        Check.Throws<NotSupportedException>(() => write.ReadByte());
        Check.Throws<NotSupportedException>(() => write.Read(new byte[1]));
        Check.Throws<NotSupportedException>(() => write.Read(new byte[1], 0, 1));
    }

    public static void Readers_writers_and_tasks()
    {
        using MemoryMappedViewStream stream = View();
        var writer = new BinaryWriter(stream);
        writer.Write(1.5);
        writer.Write("mmview");
        writer.Flush();
        stream.Position = 0;
        var reader = new BinaryReader(stream);
        Check.Equal(1.5, reader.ReadDouble());
        Check.Equal("mmview", reader.ReadString());
        stream.Position = 0;
        byte[] all = new byte[100];
        Check.Equal(100, stream.ReadAsync(all, 0, 100).Result);
        stream.Position = 0;
        var copy = new MemoryStream();
        stream.CopyToAsync(copy).Wait();
        Check.Equal(100, copy.Length);
        Check.That(stream.ReadAsync(all, 0, 1, new CancellationToken(true)).IsCanceled);
        stream.Position = 1;
        stream.WriteAsync(new byte[] { 77 }).AsTask().Wait();
        stream.FlushAsync().Wait();
        stream.Position = 1;
        Check.Equal(77, stream.ReadByte());
    }

    public static void After_the_end()
    {
        MemoryMappedViewStream stream = View();
        stream.Dispose();
        Check.That(!stream.CanRead && !stream.CanWrite && !stream.CanSeek);
        Check.Throws<ObjectDisposedException>(() => stream.ReadByte());
        Check.Throws<ObjectDisposedException>(() => stream.Read(new byte[1]));
        Check.Throws<ObjectDisposedException>(() => stream.Write(new byte[1]));
        Check.Throws<ObjectDisposedException>(() => _ = stream.Length);
        Check.Throws<ObjectDisposedException>(() => _ = stream.Position);
        Check.Throws<ObjectDisposedException>(stream.Flush);
        Check.That(stream.SafeMemoryMappedViewHandle.IsClosed);
    }
}
