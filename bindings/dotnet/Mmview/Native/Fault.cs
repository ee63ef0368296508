// SPDX-License-Identifier: MIT
// How a call of the library ended, and the exception that .NET's own classes throw for the same fault.
using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;

namespace Mmview.Native;

/// <summary>mmv_status of status.h.</summary>
internal enum Status
{
    Ok, Invalid, Range, Access, NoEntry, Exists, Kind, NoMemory, NoSpace, Io, Truncated, NotSupported, Busy, Stopped,
    System, Journal, Version, Timeout, Abandoned, Closed, Peer,
}

internal static unsafe class Fault
{
    /// <summary>Throw what a call has returned, unless that is Ok.</summary>
    public static void Check(Status status)
    {
        if (status != Status.Ok)
            throw Of(status);
    }

    /// <summary>The exception for what this thread's latest call has returned.</summary>
    public static Exception Of(Status status)
    {
        NativeError* error = Lib.mmv_last_error();
        string text = Text(error);
        string? parameter = Parameter(error);
        return status switch
        {
            Status.Invalid => new ArgumentException(text, parameter),
            Status.Range => new ArgumentOutOfRangeException(parameter, text),
            Status.Access => new UnauthorizedAccessException(text),
            Status.NoEntry => new FileNotFoundException(text, File(error)),
            Status.Kind => new NotSupportedException(text),
            Status.NotSupported => new PlatformNotSupportedException(text),
            Status.Timeout => new TimeoutException(text),
            Status.Abandoned => new AbandonedMutexException(text),
            Status.Closed => new ObjectDisposedException(null, text),
            Status.Journal => new JournalException(text, error->OsError),
            _ => new MmviewException(text, (MmviewFault)status, error->OsError,
                                     error->HasOffset != 0 ? (long)error->Offset : null, File(error)),
        };
    }

    /// <summary>Which argument was wrong; null when that is not what failed.</summary>
    public static string? Parameter(NativeError* error) => Marshal.PtrToStringUTF8((nint)error->Parameter);

    /// <summary>One line for a person.</summary>
    public static string Text(NativeError* error)
    {
        byte* text = stackalloc byte[1024];
        Lib.mmv_error_format(error, text, 1024);
        return Utf8(text, 1024);
    }

    /// <summary>The text in an array of bytes that a zero ends.</summary>
    public static string Utf8(byte* text, int room)
    {
        int length = new ReadOnlySpan<byte>(text, room).IndexOf((byte)0);
        return Encoding.UTF8.GetString(text, length < 0 ? room : length);
    }

    private static string? File(NativeError* error)
    {
        string name = Utf8(error->File, 256);
        return name.Length == 0 ? null : name;
    }
}
