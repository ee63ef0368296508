// SPDX-License-Identifier: MIT
// Maps of files: what .NET's tests of CreateFromFile ask for.
using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using Microsoft.Win32.SafeHandles;
using Mmview.IO.MemoryMappedFiles;
using static Mmview.IO.MemoryMappedFiles.MemoryMappedFile;
using A = Mmview.IO.MemoryMappedFiles.MemoryMappedFileAccess;

namespace Mmview.Tests;

internal static class FromFile
{
    private static MemoryMappedFile Open(FileStream file, string? name = null, long capacity = 0,
                                         A access = A.ReadWrite,
                                         HandleInheritability inheritability = HandleInheritability.None,
                                         bool leaveOpen = true) =>
        CreateFromFile(file, name, capacity, access, inheritability, leaveOpen);

    public static void Null_is_refused()
    {
        Check.Throws<ArgumentNullException>(() => CreateFromFile((string)null!), "path");
        Check.Throws<ArgumentNullException>(() => CreateFromFile(null!, FileMode.Open), "path");
        Check.Throws<ArgumentNullException>(() => CreateFromFile(null!, FileMode.Open, null), "path");
        Check.Throws<ArgumentNullException>(() => CreateFromFile(null!, FileMode.Open, null, 0), "path");
        Check.Throws<ArgumentNullException>(() => CreateFromFile(null!, FileMode.Open, null, 0, A.Read), "path");
        Check.Throws<ArgumentNullException>(() => Open(null!), "fileStream");
        Check.Throws<ArgumentNullException>(
            () => CreateFromFile((SafeFileHandle)null!, null, 0, A.Read, HandleInheritability.None, true),
            "fileHandle");
    }

    public static void Modes_that_make_no_sense()
    {
        string there = Check.NewFile(10), missing = Check.NewFile();
        Check.Throws<ArgumentOutOfRangeException>(() => CreateFromFile(there, (FileMode)42), "mode");
        Check.Throws<ArgumentOutOfRangeException>(() => CreateFromFile(there, (FileMode)42, null, 10, A.Read), "mode");
        foreach (string path in new[] { there, missing })
        {
            Check.Throws<ArgumentException>(() => CreateFromFile(path, FileMode.Append), "mode");
            Check.Throws<ArgumentException>(() => CreateFromFile(path, FileMode.Truncate), "mode");
            Check.Throws<ArgumentException>(() => CreateFromFile(path, FileMode.Truncate, null, 10, A.Read), "mode");
        }
        foreach (FileMode mode in new[] { FileMode.CreateNew, FileMode.Create, FileMode.OpenOrCreate })
        {
            Check.Throws<ArgumentException>(() => CreateFromFile(missing, mode));
            Check.That(!File.Exists(missing));
        }
        Check.Equal(10, new FileInfo(there).Length);
    }

    public static void Access_and_inheritability()
    {
        string path = Check.NewFile(10);
        using FileStream file = File.Open(path, FileMode.Open);
        foreach (int wrong in new[] { -2, 42 })
        {
            Check.Throws<ArgumentOutOfRangeException>(
                () => CreateFromFile(path, FileMode.Open, null, 10, (A)wrong), "access");
            Check.Throws<ArgumentOutOfRangeException>(() => Open(file, access: (A)wrong), "access");
            Check.Throws<ArgumentOutOfRangeException>(() => Open(file, inheritability: (HandleInheritability)wrong),
                                                      "inheritability");
        }
        Check.Throws<ArgumentException>(() => CreateFromFile(path, FileMode.Open, null, 10, A.Write), "access");
        Check.Throws<ArgumentException>(() => Open(file, access: A.Write), "access");
    }

    public static void A_name_has_a_letter()
    {
        string path = Check.NewFile(10);
        using FileStream file = File.Open(path, FileMode.Open);
        Check.Throws<ArgumentException>(() => CreateFromFile(path, FileMode.Open, ""));
        Check.Throws<ArgumentException>(() => Open(file, ""));
    }

    public static void Capacities()
    {
        string empty = Check.NewFile(0), full = Check.NewFile(4096);
        Check.Throws<ArgumentOutOfRangeException>(() => CreateFromFile(full, FileMode.Open, null, -1), "capacity");
        Check.Throws<ArgumentException>(() => CreateFromFile(empty));
        Check.Throws<ArgumentException>(() => CreateFromFile(empty, FileMode.Open, null, 1, A.Read));
        Check.Equal(0, new FileInfo(empty).Length);
        Check.Throws<ArgumentException>(() => CreateFromFile(full, FileMode.Open, null, 8192, A.Read));
        Check.Throws<ArgumentOutOfRangeException>(
            () => CreateFromFile(full, FileMode.Open, null, 1, A.Read), "capacity");
        Check.Throws<ArgumentOutOfRangeException>(() => CreateFromFile(full, FileMode.Open, null, 1), "capacity");
        using (FileStream file = File.Open(empty, FileMode.Open))
        {
            Check.Throws<ArgumentException>(() => Open(file));
            Check.Throws<ArgumentOutOfRangeException>(() => Open(file, capacity: -1), "capacity");
        }
        Check.ThrowsAny<IOException>(() => CreateFromFile(full, FileMode.Open, null, long.MaxValue));
        Check.Equal(4096, new FileInfo(full).Length);
    }

    public static void A_file_grows_to_the_capacity()
    {
        string path = Check.NewFile(256);
        using (CreateFromFile(path, FileMode.Open, null, 512))
            Check.Equal(512, new FileInfo(path).Length);
        using (FileStream file = File.Open(path, FileMode.Open))
        using (Open(file, capacity: 1024))
            Check.Equal(1024, new FileInfo(path).Length);
        using (FileStream file = File.Open(path, FileMode.Open))
        using (Open(file, capacity: 2048, access: A.CopyOnWrite))
            Check.Equal(2048, new FileInfo(path).Length);
    }

    public static void All_modes_and_capacities()
    {
        foreach (long capacity in Validate.Capacities)
        {
            foreach (FileMode mode in new[] { FileMode.Open, FileMode.OpenOrCreate })
            {
                string path = Check.NewFile(capacity);
                using (MemoryMappedFile map = CreateFromFile(path, mode))
                    Validate.Map(map, capacity, A.ReadWrite);
                using (MemoryMappedFile map = CreateFromFile(path, mode, null, capacity, A.Read))
                    Validate.Map(map, capacity, A.Read);
                using (MemoryMappedFile map = CreateFromFile(Check.NewFile(0), mode, null, capacity))
                    Validate.Map(map, capacity, A.ReadWrite);
            }
            using (MemoryMappedFile map = CreateFromFile(Check.NewFile(), FileMode.CreateNew, null, capacity))
                Validate.Map(map, capacity, A.ReadWrite);
            string old = Check.NewFile(20000);
            using (MemoryMappedFile map = CreateFromFile(old, FileMode.Create, null, capacity))
                Validate.Map(map, capacity, A.ReadWrite);
            using (MemoryMappedFile map = CreateFromFile(Check.NewFile(), FileMode.Create, null, capacity, A.ReadWrite))
                Validate.Map(map, capacity, A.ReadWrite);
        }
    }

    public static void Streams_of_all_kinds()
    {
        foreach (long capacity in Validate.Capacities)
        foreach (A access in new[] { A.Read, A.ReadWrite, A.CopyOnWrite })
        foreach (HandleInheritability inheritability in Enum.GetValues<HandleInheritability>())
        foreach (bool leaveOpen in new[] { true, false })
        {
            using (FileStream file = File.Open(Check.NewFile(capacity), FileMode.Open))
            {
                using (MemoryMappedFile map = Open(file, null, capacity, access, inheritability, leaveOpen))
                    Validate.Map(map, capacity, access);
                Check.Equal(leaveOpen, file.CanRead);
            }
            if (access == A.Read)
                continue;
            using (FileStream file = File.Open(Check.NewFile(0), FileMode.Open))
            using (MemoryMappedFile map = Open(file, null, capacity, access, inheritability, leaveOpen))
                Validate.Map(map, capacity, access);
        }
    }

    public static void A_handle_of_a_file()
    {
        string path = Check.NewFile(4096);
        foreach (bool leaveOpen in new[] { true, false })
        {
            using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
            using (MemoryMappedFile map =
                       CreateFromFile(file, null, 0, A.ReadWrite, HandleInheritability.None, leaveOpen))
            {
                Check.Equal(file.DangerousGetHandle(), map.SafeMemoryMappedFileHandle.DangerousGetHandle());
                Validate.Map(map, 4096, A.ReadWrite);
            }
            Check.Equal(!leaveOpen, file.IsClosed);
        }
    }

    public static void What_a_file_was_opened_for()
    {
        (FileAccess, A)[] wrong = [(FileAccess.Read, A.ReadWrite), (FileAccess.Read, A.ReadWriteExecute),
                                   (FileAccess.Write, A.Read), (FileAccess.Write, A.ReadWrite),
                                   (FileAccess.Write, A.CopyOnWrite), (FileAccess.Write, A.ReadExecute),
                                   (FileAccess.Write, A.ReadWriteExecute)];
        string path = Check.NewFile(4096);
        foreach ((FileAccess of, A access) in wrong)
        {
            using FileStream file = File.Open(path, FileMode.Open, of);
            using MemoryMappedFile map = Open(file, null, 4096, access);
            Check.Throws<UnauthorizedAccessException>(() => map.CreateViewAccessor(0, 0, access));
            Check.Throws<UnauthorizedAccessException>(() => map.CreateViewAccessor());
        }
        foreach (A access in new[] { A.Read, A.CopyOnWrite })
        {
            using FileStream file = File.Open(path, FileMode.Open, FileAccess.Read);
            using MemoryMappedFile map = Open(file, null, 4096, access);
            Validate.Map(map, 4096, access);
        }
    }

    public static void No_such_file_and_one_too_many()
    {
        string missing = Check.NewFile(), there = Check.NewFile(10);
        Check.Throws<FileNotFoundException>(() => CreateFromFile(missing));
        Check.Throws<FileNotFoundException>(() => CreateFromFile(missing, FileMode.Open, null, 4096, A.ReadWrite));
        Check.Throws<DirectoryNotFoundException>(() => CreateFromFile(missing + "/a/b"));
        Check.Throws<IOException>(() => CreateFromFile(there, FileMode.CreateNew, null, 10));
        Check.ThrowsAny<UnauthorizedAccessException>(() => CreateFromFile(Path.GetDirectoryName(there)!));
        Check.That(File.Exists(there));
    }

    public static void Shares_of_files()
    {
        string path = Check.NewFile(4096);
        using (File.Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            Check.Throws<IOException>(() => CreateFromFile(path, FileMode.Open, null, 0, A.Read));
        using MemoryMappedFile one = CreateFromFile(path, FileMode.Open, null, 0, A.Read);
        using MemoryMappedFile two = CreateFromFile(path, FileMode.Open, null, 0, A.Read);
        Check.Equal(one.CreateViewAccessor(0, 0, A.Read).Capacity, two.CreateViewAccessor(0, 0, A.Read).Capacity);
    }

    public static void A_share_ends_with_its_stream_and_not_with_the_map()
    {
        string path = Check.NewFile(4096);
        FileStream file = File.Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        using MemoryMappedFile map = Open(file);
        using MemoryMappedViewAccessor view = map.CreateViewAccessor();
        file.Dispose();
        view.Write(0, 7);
        using FileStream again = File.Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Check.Equal(7, again.ReadByte());
    }

    public static void Any_order_of_closing()
    {
        foreach (bool leaveOpen in new[] { true, false })
        {
            using FileStream file = File.Open(Check.NewFile(4096), FileMode.Open);
            MemoryMappedFile map = Open(file, leaveOpen: leaveOpen);
            using MemoryMappedViewAccessor accessor = map.CreateViewAccessor();
            using MemoryMappedViewStream stream = map.CreateViewStream();
            map.Dispose();
            map.Dispose();
            Check.Equal(leaveOpen, file.CanRead);
            accessor.Write(4095, (byte)9);
            stream.Position = 4095;
            Check.Equal(9, stream.ReadByte());
            Check.Throws<ObjectDisposedException>(() => map.CreateViewAccessor());
            Check.Throws<ObjectDisposedException>(() => map.CreateViewStream());
            accessor.Flush();
            accessor.Dispose();
            stream.Dispose();
            stream.Dispose();
        }
    }

    public static void What_waits_in_the_stream_is_seen()
    {
        using FileStream file = File.Open(Check.NewFile(100), FileMode.Open);
        file.WriteByte(77);
        using MemoryMappedFile map = Open(file);
        using MemoryMappedViewAccessor view = map.CreateViewAccessor();
        Check.Equal((byte)77, view.ReadByte(0));
    }

    public static void Two_maps_of_one_stream()
    {
        using FileStream file = File.Open(Check.NewFile(10000), FileMode.Open);
        using MemoryMappedFile one = Open(file), two = Open(file);
        using MemoryMappedViewAccessor a = one.CreateViewAccessor(), b = two.CreateViewAccessor();
        var random = new Random(1);
        for (byte i = 1; i < 20; i++)
        {
            int at = random.Next(10000);
            (i % 2 == 0 ? a : b).Write(at, i);
            Check.Equal(i, (i % 2 == 0 ? b : a).ReadByte(at));
        }
    }

    public static void Devices_and_pipes()
    {
        foreach (A access in new[] { A.Read, A.ReadWrite })
        {
            using FileStream file = File.Open("/dev/zero", FileMode.Open);
            using MemoryMappedFile map = Open(file, null, 255, access);
            using MemoryMappedViewAccessor view = map.CreateViewAccessor(0, 255, access);
            Check.Equal((byte)0, view.ReadByte(254));
        }
        string pipe = Check.NewFile();
        using (Process make = Process.Start("mkfifo", pipe))
            make.WaitForExit();
        foreach (long capacity in new long[] { 0, 1 })
        {
            using SafeFileHandle end = File.OpenHandle(pipe, FileMode.Open, FileAccess.ReadWrite);
            Check.Throws<NotSupportedException>(
                () => CreateFromFile(end, null, capacity, A.ReadWrite, HandleInheritability.None, true));
            Check.Throws<NotSupportedException>(() => CreateFromFile(pipe, FileMode.Open, null, capacity));
        }
    }

    public static void A_name_for_a_file()
    {
        string path = Check.NewFile(8192), name = Check.NewName();
        using (MemoryMappedFile map = CreateFromFile(path, FileMode.Open, name))
        {
            using MemoryMappedFile other = OpenExisting(name);
            using MemoryMappedViewAccessor a = map.CreateViewAccessor(), b = other.CreateViewAccessor();
            Check.Equal(8192, b.Capacity);
            b.Write(8000, 0x12345678);
            Check.Equal(0x12345678, a.ReadInt32(8000));
            Check.ThrowsAny<IOException>(() => CreateFromFile(path, FileMode.Open, name, 0, A.Read));
            Check.ThrowsAny<IOException>(() => CreateNew(name, 100));
        }
        Check.Throws<FileNotFoundException>(() => OpenExisting(name));
        using (FileStream file = File.Open(path, FileMode.Open))
        using (Open(file, name))
        using (MemoryMappedFile other = OpenExisting(name))
        using (MemoryMappedViewAccessor view = other.CreateViewAccessor())
            Check.Equal(0x12345678, view.ReadInt32(8000));
        string taken = Check.NewName(), made = Check.NewFile();
        using (CreateNew(taken, 100))
            Check.ThrowsAny<IOException>(() => CreateFromFile(made, FileMode.CreateNew, taken, 100));
        Check.That(!File.Exists(made));
    }

    public static void A_name_that_is_taken_leaves_the_file_alone()
    {
        string name = Check.NewName(), there = Check.NewFile(), missing = Check.NewFile();
        File.WriteAllText(there, "precious data");
        using MemoryMappedFile holder = CreateNew(name, 100);
        foreach (FileMode mode in new[] { FileMode.Create, FileMode.OpenOrCreate, FileMode.Open })
        {
            MmviewException error = Check.Throws<MmviewException>(() => CreateFromFile(there, mode, name, 64));
            Check.Equal(MmviewFault.Exists, error.Fault);
            Check.Equal("precious data", File.ReadAllText(there));
        }
        foreach (FileMode mode in new[] { FileMode.Create, FileMode.OpenOrCreate, FileMode.CreateNew })
        {
            Check.ThrowsAny<IOException>(() => CreateFromFile(missing, mode, name, 64));
            Check.That(!File.Exists(missing));
        }
    }

    public static void Two_threads_one_name_and_the_file_stays()
    {
        string path = Check.NewFile(), name = Check.NewName();
        int won = 0;
        for (int i = 0; i < 300; i++)
        {
            var maps = new MemoryMappedFile?[2];
            using var together = new Barrier(2);
            Thread[] threads = Enumerable.Range(0, 2).Select(k => new Thread(() =>
            {
                together.SignalAndWait();
                try
                {
                    maps[k] = CreateFromFile(path, FileMode.OpenOrCreate, name, 4096);
                }
                catch (IOException)
                {
                    // The other has the name.
                }
            })).ToArray();
            foreach (Thread thread in threads)
                thread.Start();
            foreach (Thread thread in threads)
                thread.Join();
            bool any = maps[0] is not null || maps[1] is not null;
            Check.That(maps[0] is null || maps[1] is null);
            Check.That(!any || File.Exists(path));
            won += any ? 1 : 0;
            maps[0]?.Dispose();
            maps[1]?.Dispose();
            File.Delete(path);
        }
        Check.That(won > 0);
    }

    public static void A_file_that_is_there_stays_when_the_call_fails()
    {
        foreach (FileMode mode in new[] { FileMode.Create, FileMode.OpenOrCreate })
        {
            string there = Check.NewFile(0), missing = Check.NewFile();
            Check.Throws<ArgumentException>(() => CreateFromFile(there, mode));
            Check.That(File.Exists(there));
            Check.Throws<ArgumentException>(() => CreateFromFile(missing, mode));
            Check.That(!File.Exists(missing));
        }
        string none = Check.NewFile();
        Check.Throws<ArgumentException>(() => CreateFromFile(none, FileMode.OpenOrCreate, null, 0, A.Read));
        Check.Throws<ArgumentException>(() => CreateFromFile(none, FileMode.OpenOrCreate, null, 10, A.Read));
        Check.Throws<ArgumentException>(() => CreateFromFile(none, FileMode.Create, null, 10, A.Read), "access");
        Check.That(!File.Exists(none));
    }

    public static void Refresh_and_grow()
    {
        string path = Check.NewFile(100);
        using MemoryMappedFile map = CreateFromFile(path);
        using (FileStream other = File.Open(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite))
            other.Write(new byte[900]);
        Check.Equal(100, map.Capacity);
        Check.Equal(1000, map.Refresh());
        Check.Equal(1000, map.CreateViewAccessor().Capacity);
        map.Grow(5000);
        Check.Equal(5000, new FileInfo(path).Length);
        Check.Throws<ArgumentOutOfRangeException>(() => map.Grow(10), "capacity");
        map.Sync();
    }
}
