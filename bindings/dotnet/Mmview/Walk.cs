// SPDX-License-Identifier: MIT
// What a walk is told, what it tells its function, and what it did.
using System;
using System.Threading;
using Mmview.Native;

namespace Mmview;

/// <summary>How the bytes of a walk get to its function and back.</summary>
public enum WalkIo
{
    /// <summary>Measured on the real work, all along.</summary>
    Auto = 0,
    /// <summary>Mapped from the page cache.</summary>
    Mapped = 1,
    /// <summary>Read and written through a buffer that fits the processor's cache.</summary>
    Buffered = 2,
    /// <summary>Past the page cache.</summary>
    Direct = 3,
}

/// <summary>Changes records where they are. Called by several threads at once, each with other records.</summary>
/// <typeparam name="T">A record.</typeparam>
/// <param name="records">Lent for the time of the call.</param>
public delegate void WalkAction<T>(Span<T> records) where T : unmanaged;

/// <summary>The same, told which records they are.</summary>
/// <typeparam name="T">A record.</typeparam>
/// <param name="records">Lent for the time of the call.</param>
/// <param name="chunk">Which they are.</param>
public delegate void WalkChunkAction<T>(Span<T> records, in WalkChunk chunk) where T : unmanaged;

/// <summary>Reads records. Called by several threads at once, each with other records.</summary>
/// <typeparam name="T">A record.</typeparam>
/// <param name="records">Lent for the time of the call.</param>
/// <param name="chunk">Which they are.</param>
public delegate void ScanAction<T>(ReadOnlySpan<T> records, in WalkChunk chunk) where T : unmanaged;

/// <summary>Which records a function was given.</summary>
public readonly struct WalkChunk
{
    internal WalkChunk(long index, long offset, int thread, bool isTrial)
    {
        Index = index;
        Offset = offset;
        Thread = thread;
        IsTrial = isTrial;
    }

    /// <summary>The number of the first, counted from the start of the range.</summary>
    public long Index { get; }

    /// <summary>The byte of the file where it begins.</summary>
    public long Offset { get; }

    /// <summary>0 up to the number of threads: a place of your own in an array of counts.</summary>
    public int Thread { get; }

    /// <summary>With a journal: the records are a copy and will come again. Count nothing.</summary>
    public bool IsTrial { get; }
}

/// <summary>What a walk is told. The defaults are all of the map, by all processors.</summary>
public sealed class WalkOptions
{
    /// <summary>The first byte of the range.</summary>
    public long Offset { get; init; }

    /// <summary>Bytes of the range, whole records; null = to the end.</summary>
    public long? Length { get; init; }

    /// <summary>Threads at most; 0 = as many as the process may use.</summary>
    public int Threads { get; init; }

    /// <summary>How the bytes come.</summary>
    public WalkIo Io { get; init; }

    /// <summary>Bytes that all windows together may map; 0 = the library's default.</summary>
    public long MaxMapped { get; init; }

    /// <summary>The run that the walk is a part of, so that it can be killed and repeated.</summary>
    public Journal? Journal { get; init; }

    /// <summary>Ends the walk between two windows.</summary>
    public CancellationToken CancellationToken { get; init; }
}

/// <summary>What a walk did.</summary>
/// <param name="Bytes">Of the range that are done.</param>
/// <param name="Records">In these.</param>
/// <param name="Resumed">Of the bytes: done by an earlier run of the journal.</param>
/// <param name="Threads">That took part.</param>
/// <param name="Io">The way that most bytes came.</param>
/// <param name="Reason">Why that one, with the figures that decided.</param>
/// <param name="Seconds">How long it took.</param>
public sealed record WalkStatistics(long Bytes, long Records, long Resumed, int Threads, WalkIo Io, string Reason,
                                    double Seconds);
