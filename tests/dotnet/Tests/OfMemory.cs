// SPDX-License-Identifier: MIT
// Maps without a file, and names: what .NET's tests of CreateNew, CreateOrOpen and OpenExisting ask for.
using System;
using System.Collections.Generic;
using System.IO;
using Mmview.IO.MemoryMappedFiles;
using static Mmview.IO.MemoryMappedFiles.MemoryMappedFile;
using A = Mmview.IO.MemoryMappedFiles.MemoryMappedFileAccess;
using O = Mmview.IO.MemoryMappedFiles.MemoryMappedFileOptions;
using R = Mmview.IO.MemoryMappedFiles.MemoryMappedFileRights;

namespace Mmview.Tests;

internal static class OfMemory
{
    private const HandleInheritability None = HandleInheritability.None;

    public static void Arguments()
    {
        Check.Throws<ArgumentException>(() => CreateNew("", 100));
        Check.Throws<ArgumentException>(() => CreateOrOpen("", 100));
        Check.Throws<ArgumentException>(() => OpenExisting(""));
        Check.Throws<ArgumentException>(() => CreateNew("a\0b", 100));
        Check.Throws<ArgumentNullException>(() => CreateOrOpen(null!, 100), "mapName");
        Check.Throws<ArgumentNullException>(() => OpenExisting(null!), "mapName");
        string name = Check.NewName();
        foreach (long wrong in new long[] { 0, -1, -100 })
        {
            Check.Throws<ArgumentOutOfRangeException>(() => CreateNew(null, wrong), "capacity");
            Check.Throws<ArgumentOutOfRangeException>(() => CreateNew(name, wrong), "capacity");
            Check.Throws<ArgumentOutOfRangeException>(() => CreateOrOpen(name, wrong), "capacity");
        }
        foreach (int wrong in new[] { -2, 42 })
        {
            Check.Throws<ArgumentOutOfRangeException>(() => CreateNew(null, 1, (A)wrong), "access");
            Check.Throws<ArgumentOutOfRangeException>(() => CreateOrOpen(name, 1, (A)wrong), "access");
            Check.Throws<ArgumentOutOfRangeException>(() => CreateNew(null, 1, A.Read, (O)wrong, None), "options");
            Check.Throws<ArgumentOutOfRangeException>(() => CreateOrOpen(name, 1, A.Read, (O)wrong, None), "options");
            Check.Throws<ArgumentOutOfRangeException>(
                () => CreateNew(null, 1, A.Read, O.None, (HandleInheritability)wrong), "inheritability");
            Check.Throws<ArgumentOutOfRangeException>(
                () => CreateOrOpen(name, 1, A.Read, O.None, (HandleInheritability)wrong), "inheritability");
            Check.Throws<ArgumentOutOfRangeException>(
                () => OpenExisting(name, R.Read, (HandleInheritability)wrong), "inheritability");
        }
        Check.Throws<ArgumentException>(() => CreateNew(null, 1, A.Write), "access");
        Check.Throws<ArgumentOutOfRangeException>(() => OpenExisting(name, (R)0x800000), "desiredAccessRights");
        Check.ThrowsAny<IOException>(() => CreateNew(null, long.MaxValue));
        Check.ThrowsAny<IOException>(() => CreateNew(name, long.MaxValue));
        Check.ThrowsAny<IOException>(() => CreateOrOpen(name, long.MaxValue));
    }

    public static void Unnamed_of_all_kinds()
    {
        foreach (long capacity in Validate.Capacities)
        foreach (A access in new[] { A.Read, A.ReadExecute, A.ReadWrite, A.ReadWriteExecute, A.CopyOnWrite })
        foreach (O options in new[] { O.None, O.DelayAllocatePages })
        foreach (HandleInheritability inheritability in Enum.GetValues<HandleInheritability>())
        {
            using (MemoryMappedFile map = CreateNew(null, capacity, access))
                Validate.Map(map, capacity, access);
            using (MemoryMappedFile map = CreateNew(null, capacity, access, options, inheritability))
                Validate.Map(map, capacity, access);
        }
    }

    public static void Named_of_all_kinds()
    {
        foreach (long capacity in Validate.Capacities)
        foreach (A access in new[] { A.Read, A.ReadWrite, A.CopyOnWrite })
        foreach (O options in new[] { O.None, O.DelayAllocatePages })
        foreach (HandleInheritability inheritability in Enum.GetValues<HandleInheritability>())
        {
            string name = Check.NewName();
            using (MemoryMappedFile map = CreateNew(name, capacity, access, options, inheritability))
                Validate.Map(map, capacity, access);
            using (MemoryMappedFile map = CreateOrOpen(name, capacity, access, options, inheritability))
                Validate.Map(map, capacity, access);
            Check.Throws<FileNotFoundException>(() => OpenExisting(name));
        }
    }

    public static void Nothing_is_left_for_the_next_one()
    {
        string name = Check.NewName();
        for (int i = 0; i < 3; i++)
        {
            using MemoryMappedFile map = CreateNew(name, 4096);
            using MemoryMappedViewAccessor view = map.CreateViewAccessor();
            Check.Equal(0, view.ReadInt32(100));
            view.Write(100, 42);
            Check.ThrowsAny<IOException>(() => CreateNew(name, 4096));
        }
        Check.Throws<FileNotFoundException>(() => OpenExisting(name));
        Check.Throws<FileNotFoundException>(() => OpenExisting(name, R.Read));
        Check.Throws<FileNotFoundException>(() => OpenExisting(name, R.Read, None));
    }

    public static void A_view_keeps_the_name()
    {
        string name = Check.NewName();
        MemoryMappedFile map = CreateNew(name, 4096);
        MemoryMappedViewAccessor view = map.CreateViewAccessor();
        map.Dispose();
        view.Write(0, 5);
        using (MemoryMappedFile other = OpenExisting(name))
        using (MemoryMappedViewStream stream = other.CreateViewStream())
            Check.Equal(5, stream.ReadByte());
        view.Dispose();
        Check.Throws<FileNotFoundException>(() => OpenExisting(name));
    }

    public static void What_is_there_keeps_its_size()
    {
        string name = Check.NewName();
        using MemoryMappedFile map = CreateNew(name, 10000);
        foreach (long capacity in new long[] { 1, 20000 })
        {
            using MemoryMappedFile other = CreateOrOpen(name, capacity);
            Check.Equal(10000, other.Capacity);
            using MemoryMappedViewAccessor view = other.CreateViewAccessor();
            Check.Equal(10000, view.Capacity);
        }
    }

    public static void Write_opens_what_is_there()
    {
        string name = Check.NewName();
        Check.Throws<ArgumentException>(() => CreateOrOpen(name, 100, A.Write), "access");
        using MemoryMappedFile map = CreateNew(name, 100);
        using MemoryMappedFile other = CreateOrOpen(name, 100, A.Write);
        using MemoryMappedViewAccessor view = other.CreateViewAccessor(0, 0, A.Write);
        view.Write(0, (byte)3);
        Check.Equal((byte)3, map.CreateViewAccessor().ReadByte(0));
        Check.Throws<UnauthorizedAccessException>(() => other.CreateViewAccessor(0, 0, A.Read));
    }

    public static void Opened_for_less()
    {
        string name = Check.NewName();
        using MemoryMappedFile map = CreateNew(name, 100);
        using MemoryMappedFile read = CreateOrOpen(name, 100, A.Read);
        Check.Throws<UnauthorizedAccessException>(() => read.CreateViewAccessor());
        Validate.Map(read, 100, A.Read);
    }

    public static void What_was_made_for_reading_is_never_written()
    {
        string name = Check.NewName();
        using MemoryMappedFile map = CreateNew(name, 100, A.Read);
        Check.Throws<UnauthorizedAccessException>(() => OpenExisting(name));
        using MemoryMappedFile read = OpenExisting(name, R.Read), same = CreateOrOpen(name, 100);
        Validate.Map(read, 100, A.Read);
        Validate.Map(same, 100, A.Read);
    }

    /// <summary>The shapes that .NET's tests have for Windows, and what a file name could not hold.</summary>
    public static void Names_of_all_shapes()
    {
        string own = Check.NewName();
        string[] names = [own, $"  {own}  ", $"local/{own}", $"global/{own}", $"{own}{new string('a', 1000)}",
                          $"Local\\{own}x", $"Global\\{own}x", $"{own}\n\t\u0001", $"{own}äß漢", $"../{own}",
                          $"{own}.mmj.1", $"%{own}%2F"];
        foreach (string name in names)
        {
            using (MemoryMappedFile map = CreateNew(name, 4096), other = OpenExisting(name))
            using (MemoryMappedViewAccessor one = map.CreateViewAccessor(), two = other.CreateViewAccessor())
            {
                one.Write(0, 42);
                Check.Equal(42, two.ReadInt32(0), name);
            }
            Check.Throws<FileNotFoundException>(() => OpenExisting(name));
        }
    }

    public static void All_rights()
    {
        string name = Check.NewName();
        using MemoryMappedFile map = CreateNew(name, 10000);
        foreach (R rights in new[] { R.Read, R.CopyOnWrite })
            using (MemoryMappedFile other = OpenExisting(name, rights))
                Validate.Map(other, 10000, A.Read);
        foreach (R rights in new[] { R.Write, R.ReadWrite, R.FullControl })
        foreach (HandleInheritability inheritability in Enum.GetValues<HandleInheritability>())
            using (MemoryMappedFile other = OpenExisting(name, rights, inheritability))
                Validate.Map(other, 10000, A.ReadWrite);
        foreach (R rights in new[] { R.Delete, R.ReadPermissions, R.ChangePermissions, R.TakeOwnership })
            using (MemoryMappedFile other = OpenExisting(name, rights))
                foreach (A access in Enum.GetValues<A>())
                    Check.Throws<UnauthorizedAccessException>(() => other.CreateViewAccessor(0, 0, access));
        Check.ThrowsAny<IOException>(() => OpenExisting(name, R.AccessSystemSecurity));
    }

    public static void Many_at_once()
    {
        var maps = new List<MemoryMappedFile>();
        for (int i = 0; i < 100; i++)
        {
            maps.Add(CreateNew(i % 2 == 0 ? null : Check.NewName(), 4096));
            Validate.Map(maps[i], 4096, A.ReadWrite);
        }
        maps.ForEach(map => map.Dispose());
    }

    public static void A_mutex_is_no_map()
    {
        string name = Check.NewName();
        using var mutex = new Threading.Mutex(false, name);
        Check.ThrowsAny<IOException>(() => OpenExisting(name));
    }

    public static void Races_of_making()
    {
        string name = Check.NewName();
        int made = 0;
        var threads = new System.Threading.Thread[4];
        for (int i = 0; i < threads.Length; i++)
        {
            threads[i] = new System.Threading.Thread(() =>
            {
                for (int round = 0; round < 300; round++)
                    using (MemoryMappedFile map = CreateOrOpen(name, 4096))
                    using (MemoryMappedViewStream view = map.CreateViewStream())
                        if (view.Length == 4096)
                            System.Threading.Interlocked.Increment(ref made);
            });
            threads[i].Start();
        }
        foreach (System.Threading.Thread thread in threads)
            thread.Join();
        Check.Equal(1200, made);
    }
}
