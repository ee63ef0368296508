// SPDX-License-Identifier: MIT
// Structs of the library's headers, a second time. tests/dotnet compares each with the compiler's.
using System.Runtime.InteropServices;

namespace Mmview.Native;

/// <summary>mmv_view of view.h. The library may store a larger one: see <see cref="Room"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeView
{
    /// <summary>Bytes to allocate for one, whatever a later version of the library adds at its end.</summary>
    public const int Room = 256;

    public byte* Data;
    public nuint Length;
    public ulong Offset;
    public nuint Readable;
    public nuint Writable;
    public nuint NearReadable;
    public nuint NearWritable;
    public nint Map;
    public nint Base;
    public nuint Mapped;
    public nint Watch;
    public uint Access;
}

/// <summary>mmv_shared_options of shared.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeSharedOptions
{
    public int Mode;
    public ulong Capacity;
    public uint Permissions;
    public byte Persist;
    public byte DelayAllocation;
    public byte AnyOwner;
    public byte* Created;
    public ulong Limits;
    public fixed ulong Reserved[3];
}

/// <summary>mmv_error of status.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeError
{
    public int Status;
    public int OsError;
    public byte* Operation;
    public byte* Parameter;
    public byte HasOffset;
    public ulong Offset;
    public fixed byte File[256];
    public fixed byte Detail[256];
}

/// <summary>mmv_chunk of walk.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeChunk
{
    public byte* Data;
    public byte* Source;
    public nuint Count;
    public nuint Stride;
    public ulong FileStride;
    public ulong Index;
    public ulong Offset;
    public nuint Before;
    public nuint After;
    public uint Thread;
    public byte IsTrial;
}

/// <summary>mmv_walk_stats of walk.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeWalkStats
{
    public ulong Bytes;
    public ulong Records;
    public ulong Resumed;
    public ulong Prefix;
    public ulong Windows;
    public ulong WindowBytes;
    public ulong StepBytes;
    public uint Threads;
    public int Io;
    public fixed byte Reason[200];
    public ulong BytesMapped;
    public ulong BytesBuffered;
    public ulong BytesDirect;
    public ulong PeakMapped;
    public ulong MinorFaults;
    public ulong MajorFaults;
    public double Seconds;
    public ulong OutBytes;
    public fixed ulong Reserved[7];
}

/// <summary>mmv_walk_options of walk.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeWalkOptions
{
    public nuint RecordSize;
    public ulong Offset;
    public ulong Length;
    public ulong Stride;
    public uint Halo;
    public nuint OutRecordSize;
    public ulong OutOffset;
    public int Io;
    public uint Threads;
    public ulong Window;
    public ulong MaxMapped;
    public uint MaxMaps;
    public nint Journal;
    public delegate* unmanaged[Cdecl]<ulong, nint, byte> Tick;
    public nint TickUser;
    public NativeWalkStats* Stats;
    public fixed ulong Reserved[8];
}

/// <summary>mmv_journal_options of journal.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeJournalOptions
{
    public int Mode;
    public byte* Operation;
    public ulong Files;
    public ulong Bytes;
    public uint Threads;
    public uint WaitMs;
    public ulong Offset;
    public ulong Length;
    public nint Job;
    public byte Adopt;
    public byte Varies;
    public nint Settle;
    public nint SettleUser;
    public nint Kept;
    public fixed ulong Reserved[1];
}
