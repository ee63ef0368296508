// SPDX-License-Identifier: MIT
using System;
using System.IO;

namespace Mmview;

/// <summary>What the library or the system failed at.</summary>
public enum MmviewFault
{
    /// <summary>The name is taken.</summary>
    Exists = 5,
    /// <summary>Memory or address space is used up.</summary>
    NoMemory = 7,
    /// <summary>No space is left on the device or in memory.</summary>
    NoSpace = 8,
    /// <summary>The device or the file system failed to read or write.</summary>
    Io = 9,
    /// <summary>The file became shorter while it was in use.</summary>
    Truncated = 10,
    /// <summary>Somebody else has it.</summary>
    Busy = 12,
    /// <summary>The walk was stopped.</summary>
    Stopped = 13,
    /// <summary>Any other error of the system.</summary>
    System = 14,
    /// <summary>An object of another version of the library, or of processes of another word size.</summary>
    Version = 16,
    /// <summary>Nobody is at the other end of a channel any more.</summary>
    Peer = 20,
}

/// <summary>An input or output error that mmview tells more about than <see cref="IOException"/> does.</summary>
public class MmviewException : IOException
{
    internal MmviewException(string message, MmviewFault fault, int error, long? offset, string? file)
        : base(message, error != 0 ? error : unchecked((int)0x80131620))
    {
        Fault = fault;
        Offset = offset;
        FileName = file;
    }

    /// <summary>What went wrong.</summary>
    public MmviewFault Fault { get; }

    /// <summary>The byte of the file where it happened, where that is known.</summary>
    public long? Offset { get; }

    /// <summary>The file, where it is known.</summary>
    public string? FileName { get; }
}

/// <summary>A journal refuses: it is damaged, or of another run. The message says what differs.</summary>
public sealed class JournalException : IOException
{
    internal JournalException(string message, int error) :
        base(message, error != 0 ? error : unchecked((int)0x80131620))
    {
    }
}
