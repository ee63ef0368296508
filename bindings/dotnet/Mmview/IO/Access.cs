// SPDX-License-Identifier: MIT
using System;
using System.IO;
using Mmview.Native;

namespace Mmview.IO.MemoryMappedFiles;

/// <summary>What the kinds of access allow, and what each is called by the library and by files.</summary>
internal static class Access
{
    [Flags]
    private enum Letters { Read = 1, Write = 2, Execute = 4 }

    public static void Check(MemoryMappedFileAccess access)
    {
        if (access is < MemoryMappedFileAccess.ReadWrite or > MemoryMappedFileAccess.ReadWriteExecute)
            throw new ArgumentOutOfRangeException(nameof(access));
    }

    /// <summary>Of a map, too: nobody maps what may not be read.</summary>
    public static void CheckOfMap(MemoryMappedFileAccess access)
    {
        Check(access);
        if (access == MemoryMappedFileAccess.Write)
            throw new ArgumentException("A map cannot be for writing alone; a view can.", nameof(access));
    }

    /// <summary>Whether a map with this access may have such a view.</summary>
    public static bool Allows(MemoryMappedFileAccess map, MemoryMappedFileAccess view) =>
        (LettersOf(view) & ~LettersOf(map)) == 0;

    public static bool CanRead(MemoryMappedFileAccess access) => access != MemoryMappedFileAccess.Write;

    public static bool CanWrite(MemoryMappedFileAccess access) => access is MemoryMappedFileAccess.Write
        or MemoryMappedFileAccess.ReadWrite or MemoryMappedFileAccess.CopyOnWrite
        or MemoryMappedFileAccess.ReadWriteExecute;

    public static FileAccess OfView(MemoryMappedFileAccess access) =>
        (CanRead(access) ? FileAccess.Read : 0) | (CanWrite(access) ? FileAccess.Write : 0);

    public static FileAccess OfFile(MemoryMappedFileAccess access) =>
        access is MemoryMappedFileAccess.Read or MemoryMappedFileAccess.ReadExecute ? FileAccess.Read
                                                                                    : FileAccess.ReadWrite;

    public static uint Native(MemoryMappedFileAccess access) => access switch
    {
        MemoryMappedFileAccess.Read => Lib.Read,
        MemoryMappedFileAccess.Write => Lib.Write,
        MemoryMappedFileAccess.CopyOnWrite => Lib.CopyOnWrite,
        MemoryMappedFileAccess.ReadExecute => Lib.Read | Lib.Execute,
        MemoryMappedFileAccess.ReadWriteExecute => Lib.ReadWrite | Lib.Execute,
        _ => Lib.ReadWrite,
    };

    /// <summary>The access of a map that was opened with some rights; null when no view may be made.</summary>
    public static MemoryMappedFileAccess? Of(MemoryMappedFileRights rights)
    {
        bool write = rights.HasFlag(MemoryMappedFileRights.Write);
        bool read = write || (rights & (MemoryMappedFileRights.Read | MemoryMappedFileRights.CopyOnWrite)) != 0;
        // FullControl has the letter, too; that it can execute is not what its users mean.
        bool execute = rights is MemoryMappedFileRights.ReadExecute or MemoryMappedFileRights.ReadWriteExecute;
        if (!read)
            return null;
        if (execute)
            return write ? MemoryMappedFileAccess.ReadWriteExecute : MemoryMappedFileAccess.ReadExecute;
        return write ? MemoryMappedFileAccess.ReadWrite : MemoryMappedFileAccess.Read;
    }

    private static Letters LettersOf(MemoryMappedFileAccess access) => access switch
    {
        MemoryMappedFileAccess.Read or MemoryMappedFileAccess.CopyOnWrite => Letters.Read,
        MemoryMappedFileAccess.Write => Letters.Write,
        MemoryMappedFileAccess.ReadExecute => Letters.Read | Letters.Execute,
        MemoryMappedFileAccess.ReadWriteExecute => Letters.Read | Letters.Write | Letters.Execute,
        _ => Letters.Read | Letters.Write,
    };
}
