// SPDX-License-Identifier: MIT
using System;

namespace Mmview.IO.MemoryMappedFiles;

/// <summary>What may be done to the bytes of a map or a view. The numbers are those of
/// System.IO.MemoryMappedFiles.</summary>
public enum MemoryMappedFileAccess
{
    /// <summary>Read and write; what is written is in the file at once, for everybody.</summary>
    ReadWrite = 0,
    /// <summary>Read only.</summary>
    Read = 1,
    /// <summary>Write only; of views.</summary>
    Write = 2,
    /// <summary>Read and write; what is written is seen by its view alone, and vanishes with it.</summary>
    CopyOnWrite = 3,
    /// <summary>Read and execute.</summary>
    ReadExecute = 4,
    /// <summary>Read, write and execute.</summary>
    ReadWriteExecute = 5,
}

/// <summary>How memory of a map without a file is taken.</summary>
[Flags]
public enum MemoryMappedFileOptions
{
    /// <summary>All of it is there when the call returns, or the call fails.</summary>
    None = 0,
    /// <summary>Pages come when they are touched. No memory left is a fault then, see <see cref="Guard"/>.</summary>
    DelayAllocatePages = 0x04000000,
}

/// <summary>What somebody who opens a map by its name wants to do.</summary>
[Flags]
public enum MemoryMappedFileRights
{
    /// <summary>Make views that copy on write.</summary>
    CopyOnWrite = 0x1,
    /// <summary>Write.</summary>
    Write = 0x2,
    /// <summary>Read.</summary>
    Read = 0x4,
    /// <summary>Execute.</summary>
    Execute = 0x8,
    /// <summary>Delete the map; gives no access to its bytes.</summary>
    Delete = 0x10000,
    /// <summary>Read its permissions; gives no access to its bytes.</summary>
    ReadPermissions = 0x20000,
    /// <summary>Change its permissions; gives no access to its bytes.</summary>
    ChangePermissions = 0x40000,
    /// <summary>Change its owner; gives no access to its bytes.</summary>
    TakeOwnership = 0x80000,
    /// <summary>Read and write.</summary>
    ReadWrite = Read | Write,
    /// <summary>Read and execute.</summary>
    ReadExecute = Read | Execute,
    /// <summary>Read, write and execute.</summary>
    ReadWriteExecute = Read | Write | Execute,
    /// <summary>All of the above.</summary>
    FullControl = CopyOnWrite | Read | Write | Execute | Delete | ReadPermissions | ChangePermissions | TakeOwnership,
    /// <summary>The system's log of accesses; refused here.</summary>
    AccessSystemSecurity = 0x1000000,
}
