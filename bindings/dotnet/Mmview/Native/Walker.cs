// SPDX-License-Identifier: MIT
using System;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace Mmview.Native;

/// <summary>
/// One call of mmv_walk(): the library calls Step from threads of its own. What a function throws ends the walk and
/// is thrown again by the thread that began it: nothing may leave through the library.
/// </summary>
internal abstract unsafe class Walker
{
    private readonly CancellationToken _cancellation;
    private ExceptionDispatchInfo? _thrown;

    protected Walker(CancellationToken cancellation)
    {
        _cancellation = cancellation;
    }

    protected abstract void See(NativeChunk* chunk);

    public WalkStatistics Run(nint map, nint journal, WalkOptions options, int recordSize)
    {
        GCHandle self = GCHandle.Alloc(this);
        try
        {
            var stats = new NativeWalkStats();
            NativeWalkOptions native = Options(options, recordSize);
            native.Journal = journal;
            native.Stats = &stats;
            if (_cancellation.CanBeCanceled)
                native.Tick = &Tick;
            native.TickUser = GCHandle.ToIntPtr(self);
            Status status = Lib.mmv_walk(map, &native, &Step, GCHandle.ToIntPtr(self));
            _thrown?.Throw();
            if (status == Status.Stopped)
                _cancellation.ThrowIfCancellationRequested();
            Fault.Check(status);
            return new WalkStatistics((long)stats.Bytes, (long)stats.Records, (long)stats.Resumed, (int)stats.Threads,
                                      (WalkIo)stats.Io, Fault.Utf8(stats.Reason, 200), stats.Seconds);
        }
        finally
        {
            self.Free();
        }
    }

    private static NativeWalkOptions Options(WalkOptions options, int recordSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.Offset);
        ArgumentOutOfRangeException.ThrowIfNegative(options.Length ?? 0);
        ArgumentOutOfRangeException.ThrowIfNegative(options.Threads);
        ArgumentOutOfRangeException.ThrowIfNegative(options.MaxMapped);
        return new NativeWalkOptions
        {
            RecordSize = (nuint)recordSize,
            Offset = (ulong)options.Offset,
            // The library's 0 is "to the end", which is null here.
            Length = options.Length switch { null => 0, 0 => Lib.Empty, { } length => (ulong)length },
            Threads = (uint)options.Threads,
            Io = (int)options.Io,
            MaxMapped = (ulong)options.MaxMapped,
        };
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Step(NativeChunk* chunk, nint user)
    {
        var self = (Walker)GCHandle.FromIntPtr(user).Target!;
        try
        {
            self.See(chunk);
            return (int)Status.Ok;
        }
        catch (Exception error)
        {
            Interlocked.CompareExchange(ref self._thrown, ExceptionDispatchInfo.Capture(error), null);
            return (int)Status.Stopped;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte Tick(ulong done, nint user)
    {
        var self = (Walker)GCHandle.FromIntPtr(user).Target!;
        return (byte)(self._cancellation.IsCancellationRequested ? 0 : 1);
    }
}

/// <summary>A walk that changes records.</summary>
internal sealed unsafe class ChangingWalker<T>(WalkChunkAction<T> action, CancellationToken cancellation) :
    Walker(cancellation) where T : unmanaged
{
    protected override void See(NativeChunk* chunk)
    {
        // A span has no more than int.MaxValue records.
        for (nuint done = 0; done < chunk->Count;)
        {
            int count = (int)Math.Min(chunk->Count - done, int.MaxValue);
            action(new Span<T>((T*)chunk->Data + done, count),
                   new WalkChunk((long)(chunk->Index + done), (long)(chunk->Offset + done * (nuint)sizeof(T)),
                                 (int)chunk->Thread, chunk->IsTrial != 0));
            done += (nuint)count;
        }
    }
}

/// <summary>A walk that reads records.</summary>
internal sealed unsafe class ReadingWalker<T>(ScanAction<T> action, CancellationToken cancellation) :
    Walker(cancellation) where T : unmanaged
{
    protected override void See(NativeChunk* chunk)
    {
        for (nuint done = 0; done < chunk->Count;)
        {
            int count = (int)Math.Min(chunk->Count - done, int.MaxValue);
            action(new ReadOnlySpan<T>((T*)chunk->Source + done, count),
                   new WalkChunk((long)(chunk->Index + done), (long)(chunk->Offset + done * (nuint)sizeof(T)),
                                 (int)chunk->Thread, chunk->IsTrial != 0));
            done += (nuint)count;
        }
    }
}
