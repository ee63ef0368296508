// SPDX-License-Identifier: MIT
using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;
using Mmview.IO.MemoryMappedFiles;
using Mmview.Native;
using Mmview.Win32.SafeHandles;

namespace Mmview;

/// <summary>What a run survives.</summary>
public enum JournalMode
{
    /// <summary>The end of the process, however it comes.</summary>
    Kill = 1,
    /// <summary>The loss of power, too. Everything is written twice, and waited for.</summary>
    Power = 2,
}

/// <summary>What a journal is told.</summary>
public sealed class JournalOptions
{
    /// <summary>What the run survives.</summary>
    public JournalMode Mode { get; init; } = JournalMode.Kill;

    /// <summary>The first byte that the run changes.</summary>
    public long Offset { get; init; }

    /// <summary>The bytes that the run changes; null = to the end.</summary>
    public long? Length { get; init; }

    /// <summary>How many files the run changes.</summary>
    public int Files { get; init; } = 1;

    /// <summary>How long to wait for another run on the same bytes.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>Where the journal lies; null = beside the file.</summary>
    public string? Path { get; init; }

    /// <summary>The action may make something else of the same records: random numbers, or the time.</summary>
    public bool Varies { get; init; }
}

/// <summary>
/// A run of walks that may be killed at any moment, and is finished by running it again, each record changed once.
/// </summary>
/// <example>
/// <code>
/// using var map = MemoryMappedFile.CreateFromFile("Large.data");
/// using var journal = new Journal(map, "add 10");
/// map.Walk&lt;short&gt;(AddTen, new WalkOptions { Journal = journal });
/// journal.Complete();
/// </code>
/// </example>
/// <remarks>
/// Walks must come in the same order each time. Without Complete() the run is unfinished, also after an exception,
/// and goes on when it is repeated. Repeated after Complete() it is a new one, and changes everything again.
/// </remarks>
public sealed unsafe class Journal : IDisposable
{
    private readonly Handle _handle;
    private readonly HashSet<MemoryMappedFile> _maps = [];
    private readonly JournalMode _mode;

    /// <summary>Begin a run, or go on with the interrupted one.</summary>
    /// <param name="map">The first file that it changes.</param>
    /// <param name="operation">What the walks do, with which parameters: a repeated run must say the same.</param>
    /// <param name="options">The rest; null = the defaults.</param>
    public Journal(MemoryMappedFile map, string operation, JournalOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(map);
        ArgumentException.ThrowIfNullOrEmpty(operation);
        options ??= new JournalOptions();
        if (options.Mode is not (JournalMode.Kill or JournalMode.Power))
            throw new ArgumentOutOfRangeException(nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(options.Offset);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Length ?? 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Files);
        if (operation.Contains('\0'))
            throw new ArgumentException("An operation has no zero.", nameof(operation));
        _mode = options.Mode;
        byte[] path = options.Path is { } chosen ? Encoding.UTF8.GetBytes(chosen + '\0') : DefaultPath(map, options);
        Path = Encoding.UTF8.GetString(path, 0, path.Length - 1);
        fixed (byte* name = path, what = Encoding.UTF8.GetBytes(operation + '\0'))
        {
            var native = new NativeJournalOptions
            {
                Mode = (int)options.Mode,
                Operation = what,
                Files = (ulong)options.Files,
                WaitMs = (uint)Math.Clamp(options.Wait.TotalMilliseconds, 0, int.MaxValue),
                Offset = (ulong)options.Offset,
                Length = (ulong)(options.Length ?? 0),
                Varies = (byte)(options.Varies ? 1 : 0),
            };
            nint journal;
            Fault.Check(Lib.mmv_journal_open(name, &native, &journal));
            _handle = new Handle(journal);
        }
    }

    /// <summary>Where the journal's file lies while there is one.</summary>
    public string Path { get; }

    /// <summary>All walks are done: the journal's file goes. Whatever else can fail comes before.</summary>
    /// <remarks>In mode Power what was changed is on the device then.</remarks>
    public void Complete()
    {
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        foreach (MemoryMappedFile map in _maps)
            Settle(map);
        Fault.Check(Lib.mmv_journal_end(_handle, 0));
        Dispose();
    }

    /// <summary>Give the run up for now: unless it is complete, the journal stays, for the same run later.</summary>
    public void Dispose() => _handle.Dispose();

    /// <summary>A walk of this run. The library wants the map that has the file's path.</summary>
    internal WalkStatistics Run(MemoryMappedFile map, nint opened, Walker walker, WalkOptions options, int recordSize)
    {
        nint named = map.ByPath(opened);
        lock (_maps)
            _maps.Add(map);
        bool held = false;
        _handle.DangerousAddRef(ref held);
        try
        {
            return walker.Run(named, _handle.DangerousGetHandle(), options, recordSize);
        }
        finally
        {
            _handle.DangerousRelease();
        }
    }

    /// <summary>A file whose sync failed is spoiled: a second one could succeed although data is lost.</summary>
    private void Settle(MemoryMappedFile map)
    {
        using SafeMemoryMappedFileHandle.Use use = map.Opened();
        // On network file systems Kill is Power.
        if (_mode != JournalMode.Power && Lib.mmv_map_is_remote(use.Map) == 0)
            return;
        Status status = Lib.mmv_map_sync(use.Map);
        if (status == Status.Ok)
            return;
        Exception error = Fault.Of(status);
        Lib.mmv_journal_end(_handle, 1);
        throw error;
    }

    private static byte[] DefaultPath(MemoryMappedFile map, JournalOptions options)
    {
        using SafeMemoryMappedFileHandle.Use use = map.Opened();
        byte* path;
        Fault.Check(Lib.mmv_journal_name(map.ByPath(use.Map), (ulong)options.Offset, (ulong)(options.Length ?? 0), 0,
                                         &path));
        try
        {
            int length = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(path).Length;
            return new ReadOnlySpan<byte>(path, length + 1).ToArray();
        }
        finally
        {
            NativeMemory.Free(path);
        }
    }

    internal sealed class Handle : SafeHandle
    {
        public Handle(nint journal) : base(0, true)
        {
            SetHandle(journal);
        }

        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            nint copy = handle;
            Lib.mmv_journal_close(&copy);
            return true;
        }
    }
}
