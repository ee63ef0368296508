// SPDX-License-Identifier: MIT
// The library's functions as the runtime calls them, and where the library lies.
using System;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace Mmview.Native;

internal static unsafe partial class Lib
{
    private const string Name = "mmview";

    public const uint Read = 1, ReadWrite = 2, CopyOnWrite = 3, Write = 4, Execute = 8;
    public const int OpenExisting = 0, OpenOrCreate = 1, CreateNew = 3;
    public const int FlushDurable = 1;
    public const uint Forever = uint.MaxValue;
    public const ulong Empty = ulong.MaxValue;
    /// <summary>Bytes for an mmv_shared_info, whatever a later version of the library adds at its end.</summary>
    public const int SharedInfoRoom = 1024;

    /// <summary>Where the library counts the bad accesses that its guard has caught in this process.</summary>
    public static readonly nuint* Faults;

    static Lib()
    {
        NativeLibrary.SetDllImportResolver(typeof(Lib).Assembly, Find);
        string version = Marshal.PtrToStringUTF8((nint)mmv_version()) ?? "";
        if (!version.StartsWith("0.", StringComparison.Ordinal))
            throw new DllNotFoundException($"libmmview {version} is none that this package knows: it needs 0.x");
        Faults = mmv_guard_faults();
        // Before the first mapping: what is mapped earlier is not watched.
        if (!AppContext.TryGetSwitch(Guard.Switch, out bool wanted) || wanted)
            Guard.IsEnabled = mmv_guard_enable() == Status.Ok;
    }

    /// <summary>
    /// MMVIEW_LIBRARY, else what the runtime finds for the package, else the library that the system has installed.
    /// </summary>
    private static nint Find(string name, Assembly assembly, DllImportSearchPath? search)
    {
        if (name != Name)
            return 0;
        string? chosen = Environment.GetEnvironmentVariable("MMVIEW_LIBRARY");
        if (!string.IsNullOrEmpty(chosen))
            return NativeLibrary.Load(chosen);
        if (NativeLibrary.TryLoad(Name, assembly, search, out nint handle))
            return handle;
        return NativeLibrary.TryLoad("libmmview.so.0", assembly, search, out handle) ? handle : 0;
    }

    // ---- status

    [LibraryImport(Name)] internal static partial byte* mmv_version();
    [LibraryImport(Name)] internal static partial NativeError* mmv_last_error();
    [LibraryImport(Name)] internal static partial nuint mmv_error_format(NativeError* error, byte* text, nuint size);
    [LibraryImport(Name)] internal static partial Status mmv_guard_enable();
    [LibraryImport(Name)] internal static partial nuint* mmv_guard_faults();

    // ---- maps

    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial Status mmv_map_open(string path, uint access, nint* map);
    [LibraryImport(Name)]
    internal static partial Status mmv_map_from_duplicate(int descriptor, uint access, ulong capacity, nint* map);
    [LibraryImport(Name)]
    internal static partial Status mmv_map_create_unnamed(ulong capacity, uint access, NativeSharedOptions* options,
                                                          nint* map);
    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial Status mmv_map_open_named(string name, uint access, NativeSharedOptions* options,
                                                      nint* map);
    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial Status mmv_map_share(nint map, string name, NativeSharedOptions* options);
    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial Status mmv_shared_stat(string name, byte* info);
    [LibraryImport(Name)] internal static partial ulong mmv_map_capacity(nint map);
    [LibraryImport(Name)] internal static partial int mmv_map_descriptor(nint map);
    [LibraryImport(Name)] internal static partial Status mmv_map_refresh(nint map);
    [LibraryImport(Name)] internal static partial Status mmv_map_grow(nint map, ulong capacity);
    [LibraryImport(Name)] internal static partial Status mmv_map_sync(nint map);
    [LibraryImport(Name)] internal static partial Status mmv_map_set_inheritable(nint map, byte inheritable);
    [LibraryImport(Name)] internal static partial byte mmv_map_same_file(nint a, nint b);
    [LibraryImport(Name)] internal static partial byte mmv_map_is_remote(nint map);
    [LibraryImport(Name)] internal static partial void mmv_map_close(nint* map);

    // ---- views

    [LibraryImport(Name)]
    internal static partial Status mmv_view_open_as(nint map, uint access, ulong offset, ulong length,
                                                    NativeView* view);
    [LibraryImport(Name)]
    internal static partial Status mmv_view_flush(NativeView* view, nuint offset, nuint length, int how);
    [LibraryImport(Name)]
    internal static partial Status mmv_view_populate(NativeView* view, nuint offset, nuint length, byte writing);
    [LibraryImport(Name)] internal static partial Status mmv_view_check(NativeView* view);
    [LibraryImport(Name)] internal static partial Status mmv_view_retire(NativeView* view);
    [LibraryImport(Name)] internal static partial void mmv_view_close(NativeView* view);

    // ---- walks and journals

    [LibraryImport(Name)]
    internal static partial Status mmv_walk(nint map, NativeWalkOptions* options,
                                            delegate* unmanaged[Cdecl]<NativeChunk*, nint, int> fn, nint user);
    [LibraryImport(Name)]
    internal static partial Status mmv_journal_name(nint map, ulong offset, ulong length, uint what, byte** path);
    [LibraryImport(Name)]
    internal static partial Status mmv_journal_open(byte* path, NativeJournalOptions* options, nint* journal);
    [LibraryImport(Name)] internal static partial Status mmv_journal_end(Journal.Handle journal, int how);
    [LibraryImport(Name)] internal static partial void mmv_journal_close(nint* journal);

    // ---- objects with names

    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial Status mmv_mutex_open(string name, NativeSharedOptions* options, nint* mutex);
    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial Status mmv_mutex_open_owned(string name, NativeSharedOptions* options, nint* mutex);
    [LibraryImport(Name)] internal static partial Status mmv_mutex_lock(SafeObject mutex, uint waitMs);
    [LibraryImport(Name)] internal static partial Status mmv_mutex_unlock(SafeObject mutex);
    [LibraryImport(Name)] internal static partial void mmv_mutex_close(nint* mutex);

    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial Status mmv_event_open(string name, byte manual, byte set, NativeSharedOptions* options,
                                                  nint* handle);
    [LibraryImport(Name)] internal static partial Status mmv_event_set(SafeObject handle);
    [LibraryImport(Name)] internal static partial Status mmv_event_reset(SafeObject handle);
    [LibraryImport(Name)] internal static partial Status mmv_event_wait(SafeObject handle, uint waitMs);
    [LibraryImport(Name)] internal static partial void mmv_event_close(nint* handle);

    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial Status mmv_semaphore_open(string name, uint count, uint most,
                                                      NativeSharedOptions* options, nint* semaphore);
    [LibraryImport(Name)] internal static partial Status mmv_semaphore_acquire(SafeObject semaphore, uint waitMs);
    [LibraryImport(Name)]
    internal static partial Status mmv_semaphore_release(SafeObject semaphore, uint count, uint* before);
    [LibraryImport(Name)] internal static partial void mmv_semaphore_close(nint* semaphore);

    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial Status mmv_channel_open(string name, int side, NativeSharedOptions* options,
                                                    nint* channel);
    [LibraryImport(Name)]
    internal static partial Status mmv_channel_send(SafeObject channel, byte* data, nuint length, uint waitMs);
    [LibraryImport(Name)]
    internal static partial Status mmv_channel_peek(SafeObject channel, byte** data, nuint* length, uint waitMs);
    [LibraryImport(Name)] internal static partial Status mmv_channel_skip(SafeObject channel);
    [LibraryImport(Name)] internal static partial byte mmv_channel_has_peer(SafeObject channel);
    [LibraryImport(Name)] internal static partial nuint mmv_channel_room(SafeObject channel);
    [LibraryImport(Name)] internal static partial void mmv_channel_close(nint* channel);
}
