// SPDX-License-Identifier: MIT
// How maps are made. Files are opened by System.IO: faults and shares of files are its own.
using System;
using System.IO;
using Mmview.Native;
using Mmview.Win32.SafeHandles;
using SafeFileHandle = Microsoft.Win32.SafeHandles.SafeFileHandle;

namespace Mmview.IO.MemoryMappedFiles;

public partial class MemoryMappedFile
{
    // ---- of files

    /// <summary>A map of a file, for reading and writing.</summary>
    /// <param name="path">The file.</param>
    public static MemoryMappedFile CreateFromFile(string path) => CreateFromFile(path, FileMode.Open);

    /// <summary>A map of a file, for reading and writing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mode">Whether it is there, or made. Truncate and Append are refused.</param>
    public static MemoryMappedFile CreateFromFile(string path, FileMode mode) => CreateFromFile(path, mode, null);

    /// <summary>A map of a file, for reading and writing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mode">Whether it is there, or made. Truncate and Append are refused.</param>
    /// <param name="mapName">Under which others open it; null = none.</param>
    public static MemoryMappedFile CreateFromFile(string path, FileMode mode, string? mapName) =>
        CreateFromFile(path, mode, mapName, 0);

    /// <summary>A map of a file, for reading and writing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mode">Whether it is there, or made. Truncate and Append are refused.</param>
    /// <param name="mapName">Under which others open it; null = none.</param>
    /// <param name="capacity">Its bytes; 0 = as long as the file. A shorter file becomes that long.</param>
    public static MemoryMappedFile CreateFromFile(string path, FileMode mode, string? mapName, long capacity) =>
        CreateFromFile(path, mode, mapName, capacity, MemoryMappedFileAccess.ReadWrite);

    /// <summary>A map of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mode">Whether it is there, or made. Truncate and Append are refused.</param>
    /// <param name="mapName">Under which others open it; null = none.</param>
    /// <param name="capacity">Its bytes; 0 = as long as the file. A shorter file becomes that long.</param>
    /// <param name="access">The most that may be done to its bytes.</param>
    public static MemoryMappedFile CreateFromFile(string path, FileMode mode, string? mapName, long capacity,
                                                  MemoryMappedFileAccess access)
    {
        ArgumentNullException.ThrowIfNull(path);
        CheckName(mapName);
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        Access.CheckOfMap(access);
        if (mode == FileMode.Append)
            throw new ArgumentException("A map cannot append to a file.", nameof(mode));
        if (mode == FileMode.Truncate)
            throw new ArgumentException("A map of a file that is emptied has no bytes.", nameof(mode));

        // Before the file is made or emptied.
        if (mapName is not null)
            CheckFree(mapName);
        SafeFileHandle file = OpenFile(path, mode, Access.OfFile(access), out bool made);
        MemoryMappedFile map;
        try
        {
            // Also what refuses a pipe.
            long length = RandomAccess.GetLength(file);
            if (capacity == 0 && length == 0)
                throw new ArgumentException("An empty file has no bytes to map: give a capacity.");
            map = OfFile(file, Path.GetFullPath(path), null, capacity == 0 ? length : capacity, length, access, file);
        }
        catch
        {
            file.Dispose();
            if (made)
                File.Delete(path);
            throw;
        }
        if (mapName is null)
            return map;
        try
        {
            map.Share(mapName);
        }
        catch
        {
            // The name was taken at the last moment. The file stays: who got the name may have it open.
            file.Dispose();
            throw;
        }
        return map;
    }

    /// <summary>Open a file, and tell whether this call has made it.</summary>
    private static SafeFileHandle OpenFile(string path, FileMode mode, FileAccess access, out bool made)
    {
        made = true;
        // For reading alone System.IO refuses Create.
        if (mode == FileMode.OpenOrCreate || (mode == FileMode.Create && access.HasFlag(FileAccess.Write)))
        {
            try
            {
                // Nor does it take CreateNew then. A new file is empty: no map for reading is made of it.
                return File.OpenHandle(path, FileMode.CreateNew, access | FileAccess.Write, FileShare.Read);
            }
            catch (IOException)
            {
                // It is there, or what else is wrong shows below.
            }
        }
        made = mode == FileMode.CreateNew;
        return File.OpenHandle(path, mode, access, FileShare.Read);
    }

    /// <summary>Throw unless nobody has that name.</summary>
    private static unsafe void CheckFree(string name)
    {
        byte* info = stackalloc byte[Lib.SharedInfoRoom];
        Status status = Lib.mmv_shared_stat(name, info);
        if (status is Status.Ok or Status.Access or Status.Kind)
            throw new MmviewException($"{name}: share: the name is taken", MmviewFault.Exists, 0, null, name);
        if (status != Status.NoEntry)
            throw Fault.Of(status);
    }

    /// <summary>A map of an open file.</summary>
    /// <param name="fileStream">The file. What waits in the stream is written first.</param>
    /// <param name="mapName">Under which others open it; null = none.</param>
    /// <param name="capacity">Its bytes; 0 = as long as the file. A shorter file becomes that long.</param>
    /// <param name="access">The most that may be done to its bytes.</param>
    /// <param name="inheritability">Whether programs that are started have the descriptor; of a file that is its
    /// own.</param>
    /// <param name="leaveOpen">The stream is not closed with the map.</param>
    public static MemoryMappedFile CreateFromFile(FileStream fileStream, string? mapName, long capacity,
                                                  MemoryMappedFileAccess access, HandleInheritability inheritability,
                                                  bool leaveOpen)
    {
        ArgumentNullException.ThrowIfNull(fileStream);
        CheckName(mapName);
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        long length = fileStream.Length;
        if (capacity == 0 && length == 0)
            throw new ArgumentException("An empty file has no bytes to map: give a capacity.");
        Access.CheckOfMap(access);
        Check(inheritability);
        fileStream.Flush();
        SafeFileHandle file = fileStream.SafeFileHandle;
        return OfFile(file, null, mapName, capacity == 0 ? length : capacity, length, access,
                      leaveOpen ? null : fileStream);
    }

    /// <summary>A map of an open file.</summary>
    /// <param name="fileHandle">The file.</param>
    /// <param name="mapName">Under which others open it; null = none.</param>
    /// <param name="capacity">Its bytes; 0 = as long as the file. A shorter file becomes that long.</param>
    /// <param name="access">The most that may be done to its bytes.</param>
    /// <param name="inheritability">Whether programs that are started have the descriptor; of a file that is its
    /// own.</param>
    /// <param name="leaveOpen">The handle is not closed with the map.</param>
    public static MemoryMappedFile CreateFromFile(SafeFileHandle fileHandle, string? mapName, long capacity,
                                                  MemoryMappedFileAccess access, HandleInheritability inheritability,
                                                  bool leaveOpen)
    {
        ArgumentNullException.ThrowIfNull(fileHandle);
        CheckName(mapName);
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        long length = RandomAccess.GetLength(fileHandle);
        if (capacity == 0 && length == 0)
            throw new ArgumentException("An empty file has no bytes to map: give a capacity.");
        Access.CheckOfMap(access);
        Check(inheritability);
        return OfFile(fileHandle, null, mapName, capacity == 0 ? length : capacity, length, access,
                      leaveOpen ? null : fileHandle);
    }

    private static unsafe MemoryMappedFile OfFile(SafeFileHandle file, string? path, string? mapName, long capacity,
                                                  long length, MemoryMappedFileAccess access, IDisposable? owned)
    {
        if (capacity > length && access == MemoryMappedFileAccess.CopyOnWrite)
            RandomAccess.SetLength(file, capacity);
        bool held = false;
        nint map = 0;
        int descriptor;
        Status status;
        file.DangerousAddRef(ref held);
        try
        {
            // The map has one of its own, so that whoever gave the file may close it.
            descriptor = (int)file.DangerousGetHandle();
            status = Lib.mmv_map_from_duplicate(descriptor, Access.Native(access), (ulong)capacity, &map);
        }
        finally
        {
            file.DangerousRelease();
        }
        // The file was opened for less than the map is for: views are refused, as System.IO does on Linux.
        if (status != Status.Ok && status != Status.Access)
            throw RefusedCapacity(status, capacity, length);
        var result = new MemoryMappedFile(new SafeMemoryMappedFileHandle(map, descriptor),
                                          status == Status.Ok ? access : null, capacity, path, owned);
        if (mapName is not null)
            result.Share(mapName);
        return result;
    }

    private static unsafe Exception RefusedCapacity(Status status, long capacity, long length)
    {
        Exception error = Fault.Of(status);
        if (status != Status.Range || capacity < length)
            return error;
        // No file can be that long.
        return new MmviewException(error.Message, MmviewFault.NoSpace, 0, null, null);
    }

    /// <summary>Give the map a name; without it there is no map.</summary>
    private unsafe void Share(string name)
    {
        try
        {
            using SafeMemoryMappedFileHandle.Use use = Opened();
            var options = new NativeSharedOptions { Mode = Lib.CreateNew };
            Fault.Check(Lib.mmv_map_share(use.Map, name, &options));
        }
        catch
        {
            // The file is not ours to close: whoever gave it has not got a map.
            _handle.Dispose();
            throw;
        }
    }

    // ---- of memory

    /// <summary>A new map of zeros, for reading and writing.</summary>
    /// <param name="mapName">Under which others open it; null = none.</param>
    /// <param name="capacity">Its bytes.</param>
    public static MemoryMappedFile CreateNew(string? mapName, long capacity) =>
        CreateNew(mapName, capacity, MemoryMappedFileAccess.ReadWrite);

    /// <summary>A new map of zeros.</summary>
    /// <param name="mapName">Under which others open it; null = none.</param>
    /// <param name="capacity">Its bytes.</param>
    /// <param name="access">The most that may be done to them.</param>
    public static MemoryMappedFile CreateNew(string? mapName, long capacity, MemoryMappedFileAccess access) =>
        CreateNew(mapName, capacity, access, MemoryMappedFileOptions.None, HandleInheritability.None);

    /// <summary>A new map of zeros.</summary>
    /// <param name="mapName">Under which others open it; null = none.</param>
    /// <param name="capacity">Its bytes.</param>
    /// <param name="access">The most that may be done to them.</param>
    /// <param name="options">How its memory is taken.</param>
    /// <param name="inheritability">Whether programs that are started have the descriptor.</param>
    public static unsafe MemoryMappedFile CreateNew(string? mapName, long capacity, MemoryMappedFileAccess access,
                                                    MemoryMappedFileOptions options,
                                                    HandleInheritability inheritability)
    {
        CheckName(mapName);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        Access.CheckOfMap(access);
        Check(options);
        Check(inheritability);
        if (mapName is not null)
            return Named(mapName, Lib.CreateNew, capacity, access, options, inheritability, access);

        NativeSharedOptions native = NewOptions(Lib.CreateNew, capacity, options);
        nint map;
        Status status = Lib.mmv_map_create_unnamed((ulong)capacity, Access.Native(access), &native, &map);
        if (status != Status.Ok)
            throw RefusedCapacity(status, capacity, 0);
        return OfMemory(map, access, inheritability);
    }

    /// <summary>The map of that name, or a new one of zeros, for reading and writing.</summary>
    /// <param name="mapName">Its name.</param>
    /// <param name="capacity">The bytes of a new one; one that is there has its own.</param>
    public static MemoryMappedFile CreateOrOpen(string mapName, long capacity) =>
        CreateOrOpen(mapName, capacity, MemoryMappedFileAccess.ReadWrite);

    /// <summary>The map of that name, or a new one of zeros.</summary>
    /// <param name="mapName">Its name.</param>
    /// <param name="capacity">The bytes of a new one; one that is there has its own.</param>
    /// <param name="access">The most that may be done to them. Write opens what is there.</param>
    public static MemoryMappedFile CreateOrOpen(string mapName, long capacity, MemoryMappedFileAccess access) =>
        CreateOrOpen(mapName, capacity, access, MemoryMappedFileOptions.None, HandleInheritability.None);

    /// <summary>The map of that name, or a new one of zeros.</summary>
    /// <param name="mapName">Its name.</param>
    /// <param name="capacity">The bytes of a new one; one that is there has its own.</param>
    /// <param name="access">The most that may be done to them. Write opens what is there.</param>
    /// <param name="options">How memory of a new one is taken.</param>
    /// <param name="inheritability">Whether programs that are started have the descriptor.</param>
    public static MemoryMappedFile CreateOrOpen(string mapName, long capacity, MemoryMappedFileAccess access,
                                                MemoryMappedFileOptions options, HandleInheritability inheritability)
    {
        ArgumentNullException.ThrowIfNull(mapName);
        CheckName(mapName);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        Access.Check(access);
        Check(options);
        Check(inheritability);
        if (access != MemoryMappedFileAccess.Write)
            return Named(mapName, Lib.OpenOrCreate, capacity, access, options, inheritability, access);
        try
        {
            return Named(mapName, Lib.OpenExisting, 0, MemoryMappedFileAccess.ReadWrite, options, inheritability,
                         access);
        }
        catch (FileNotFoundException)
        {
            throw new ArgumentException("A map cannot be made for writing alone.", nameof(access));
        }
    }

    /// <summary>The map of that name, for reading and writing.</summary>
    /// <param name="mapName">Its name.</param>
    public static MemoryMappedFile OpenExisting(string mapName) =>
        OpenExisting(mapName, MemoryMappedFileRights.ReadWrite);

    /// <summary>The map of that name.</summary>
    /// <param name="mapName">Its name.</param>
    /// <param name="desiredAccessRights">What is to be done.</param>
    public static MemoryMappedFile OpenExisting(string mapName, MemoryMappedFileRights desiredAccessRights) =>
        OpenExisting(mapName, desiredAccessRights, HandleInheritability.None);

    /// <summary>The map of that name.</summary>
    /// <param name="mapName">Its name.</param>
    /// <param name="desiredAccessRights">What is to be done.</param>
    /// <param name="inheritability">Whether programs that are started have the descriptor.</param>
    public static MemoryMappedFile OpenExisting(string mapName, MemoryMappedFileRights desiredAccessRights,
                                                HandleInheritability inheritability)
    {
        ArgumentNullException.ThrowIfNull(mapName);
        CheckName(mapName);
        Check(inheritability);
        const MemoryMappedFileRights known =
            MemoryMappedFileRights.FullControl | MemoryMappedFileRights.AccessSystemSecurity;
        if ((desiredAccessRights & ~known) != 0)
            throw new ArgumentOutOfRangeException(nameof(desiredAccessRights));
        if (desiredAccessRights.HasFlag(MemoryMappedFileRights.AccessSystemSecurity))
            throw new IOException("Nobody has the right to a log of accesses here.");
        MemoryMappedFileAccess? access = Access.Of(desiredAccessRights);
        return Named(mapName, Lib.OpenExisting, 0, access ?? MemoryMappedFileAccess.Read,
                     MemoryMappedFileOptions.None, inheritability, access);
    }

    private static unsafe MemoryMappedFile Named(string name, int mode, long capacity, MemoryMappedFileAccess access,
                                                 MemoryMappedFileOptions options, HandleInheritability inheritability,
                                                 MemoryMappedFileAccess? most)
    {
        NativeSharedOptions native = NewOptions(mode, capacity, options);
        nint map;
        native.Limits = 1;
        Status status = Lib.mmv_map_open_named(name, Access.Native(access), &native, &map);
        // What is there may allow less: its views do then.
        if (status == Status.Access && mode == Lib.OpenOrCreate)
        {
            native.Mode = Lib.OpenExisting;
            if (Lib.mmv_map_open_named(name, Lib.Read, &native, &map) == Status.Ok)
                return OfMemory(map, MemoryMappedFileAccess.Read, inheritability);
            native.Mode = mode;
            status = Lib.mmv_map_open_named(name, Access.Native(access), &native, &map);
        }
        if (status is Status.Kind or Status.Range)
            throw new MmviewException(Fault.Of(status).Message, MmviewFault.System, 0, null, null);
        Fault.Check(status);
        return OfMemory(map, most, inheritability);
    }

    private static NativeSharedOptions NewOptions(int mode, long capacity, MemoryMappedFileOptions options) => new()
    {
        Mode = mode,
        Capacity = (ulong)capacity,
        DelayAllocation = (byte)(options.HasFlag(MemoryMappedFileOptions.DelayAllocatePages) ? 1 : 0),
    };

    private static MemoryMappedFile OfMemory(nint map, MemoryMappedFileAccess? access,
                                             HandleInheritability inheritability)
    {
        var handle = new SafeMemoryMappedFileHandle(map, Lib.mmv_map_descriptor(map));
        if (inheritability == HandleInheritability.Inheritable)
        {
            Status status = Lib.mmv_map_set_inheritable(map, 1);
            if (status != Status.Ok)
            {
                Exception error = Fault.Of(status);
                handle.Dispose();
                throw error;
            }
        }
        return new MemoryMappedFile(handle, access, (long)Lib.mmv_map_capacity(map), null, null);
    }

    // ---- arguments

    private static void CheckName(string? mapName)
    {
        if (mapName is not null && (mapName.Length == 0 || mapName.Contains('\0')))
            throw new ArgumentException("A name has at least one letter, and no zero.", nameof(mapName));
    }

    private static void Check(HandleInheritability inheritability)
    {
        if (inheritability is < HandleInheritability.None or > HandleInheritability.Inheritable)
            throw new ArgumentOutOfRangeException(nameof(inheritability));
    }

    private static void Check(MemoryMappedFileOptions options)
    {
        if ((options & ~MemoryMappedFileOptions.DelayAllocatePages) != 0)
            throw new ArgumentOutOfRangeException(nameof(options));
    }

    /// <summary>Where an open file lies; null when it has no path any more.</summary>
    private static string? PathOf(int descriptor)
    {
        string? path = File.ResolveLinkTarget($"/proc/self/fd/{descriptor}", false)?.FullName;
        return path is not null && File.Exists(path) ? path : null;
    }
}
