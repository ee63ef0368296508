// SPDX-License-Identifier: MIT
// All records of a map, by all processors. Not in System.IO.
using System;
using Mmview.Native;
using Mmview.Win32.SafeHandles;

namespace Mmview.IO.MemoryMappedFiles;

public partial class MemoryMappedFile
{
    /// <summary>Change all records of the map where they are, window after window, by all processors.</summary>
    /// <remarks>
    /// What the action makes of records may not depend on how they are grouped, on their order or on the thread.
    /// What it throws ends the walk, and some records are changed then: with a <see cref="Journal"/> repeating it
    /// does the rest.
    /// </remarks>
    /// <typeparam name="T">A record.</typeparam>
    /// <param name="action">Called by several threads at once, each with other records.</param>
    /// <param name="options">Which bytes, and how; null = all.</param>
    public WalkStatistics Walk<T>(WalkAction<T> action, WalkOptions? options = null) where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(action);
        return Walk((Span<T> records, in WalkChunk chunk) => action(records), options);
    }

    /// <summary>Change all records of the map where they are, window after window, by all processors.</summary>
    /// <remarks>
    /// What the action makes of records may not depend on how they are grouped, on their order or on the thread.
    /// What it throws ends the walk, and some records are changed then: with a <see cref="Journal"/> repeating it
    /// does the rest.
    /// </remarks>
    /// <typeparam name="T">A record.</typeparam>
    /// <param name="action">Called by several threads at once, each with other records.</param>
    /// <param name="options">Which bytes, and how; null = all.</param>
    public unsafe WalkStatistics Walk<T>(WalkChunkAction<T> action, WalkOptions? options = null) where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(action);
        if (!CanWrite)
            throw new UnauthorizedAccessException("The map is not for writing: Scan() reads its records.");
        options ??= new WalkOptions();
        using SafeMemoryMappedFileHandle.Use use = Opened();
        var walker = new ChangingWalker<T>(action, options.CancellationToken);
        if (options.Journal is null)
            return walker.Run(use.Map, 0, options, sizeof(T));
        return options.Journal.Run(this, use.Map, walker, options, sizeof(T));
    }

    /// <summary>Read all records of the map, window after window, by all processors.</summary>
    /// <typeparam name="T">A record.</typeparam>
    /// <param name="action">Called by several threads at once, each with other records.</param>
    /// <param name="options">Which bytes, and how; null = all.</param>
    public unsafe WalkStatistics Scan<T>(ScanAction<T> action, WalkOptions? options = null) where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(action);
        options ??= new WalkOptions();
        if (options.Journal is not null)
            throw new ArgumentException("Who changes nothing needs no journal.", nameof(options));
        using SafeMemoryMappedFileHandle.Use use = Opened();
        return new ReadingWalker<T>(action, options.CancellationToken).Run(use.Map, 0, options, sizeof(T));
    }
}
