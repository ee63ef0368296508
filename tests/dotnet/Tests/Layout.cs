// SPDX-License-Identifier: MIT
// Structs and numbers of the headers that the package has a second time, against those of the compiler.
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Mmview.IO.MemoryMappedFiles;

namespace Mmview.Tests;

internal static class Layout
{
    /// <summary>The program that prints them.</summary>
    public static string Sizes = "";

    public static void Structs_and_fields()
    {
        Dictionary<string, long> said = Said();
        Assembly assembly = typeof(MemoryMappedFile).Assembly;
        int compared = 0;
        foreach ((string name, long number) in said)
        {
            string[] parts = name.Split('.');
            string native = string.Concat(parts[0]["mmv_".Length..].Split('_').Select(Capital));
            Type? type = assembly.GetType($"Mmview.Native.Native{native}");
            if (type is null)
                continue;
            if (parts.Length == 1)
                Check.Equal(number, SizeOf(type), name);
            else
                Check.Equal(number, OffsetOf(type, string.Concat(parts[1].Trim('_').Split('_').Select(Field))), name);
            compared++;
        }
        Check.That(compared >= 60);
    }

    public static void Numbers()
    {
        Dictionary<string, long> said = Said();
        Type status = typeof(MemoryMappedFile).Assembly.GetType("Mmview.Native.Status")!;
        (string, string)[] pairs = [("MMV_EINVAL", "Invalid"), ("MMV_ENOSPC", "NoSpace"), ("MMV_ETRUNC", "Truncated"),
                                    ("MMV_EBUSY", "Busy"), ("MMV_EJOURNAL", "Journal"), ("MMV_ETIMEOUT", "Timeout"),
                                    ("MMV_EPEER", "Peer")];
        foreach ((string name, string ours) in pairs)
            Check.Equal(said[name], Convert.ToInt64(Enum.Parse(status, ours)), name);
        foreach (MmviewFault fault in Enum.GetValues<MmviewFault>())
            Check.Equal((int)fault, Convert.ToInt32(Enum.Parse(status, fault.ToString())));
        Check.Equal(said["MMV_IO_DIRECT"], (long)WalkIo.Direct);
        Check.Equal(said["MMV_JOURNAL_POWER"], (long)JournalMode.Power);
    }

    public static void Enums_are_those_of_dotnet()
    {
        foreach ((Type ours, Type theirs) in new[]
        {
            (typeof(MemoryMappedFileAccess), typeof(System.IO.MemoryMappedFiles.MemoryMappedFileAccess)),
            (typeof(MemoryMappedFileOptions), typeof(System.IO.MemoryMappedFiles.MemoryMappedFileOptions)),
            (typeof(MemoryMappedFileRights), typeof(System.IO.MemoryMappedFiles.MemoryMappedFileRights)),
        })
        {
            Check.That(Enum.GetNames(ours).Order().SequenceEqual(Enum.GetNames(theirs).Order()));
            foreach (string name in Enum.GetNames(ours))
                Check.Equal((int)Enum.Parse(theirs, name), (int)Enum.Parse(ours, name), name);
        }
    }

    /// <summary>Whatever a program can call of System.IO.MemoryMappedFiles is there, with the same
    /// parameters.</summary>
    public static void The_whole_public_surface()
    {
        Assembly ours = typeof(MemoryMappedFile).Assembly;
        int compared = 0;
        foreach (Type theirs in typeof(System.IO.MemoryMappedFiles.MemoryMappedFile).Assembly.GetExportedTypes())
        {
            string name = theirs.FullName!.Replace("System.IO.MemoryMappedFiles.", "Mmview.IO.MemoryMappedFiles.")
                                          .Replace("Microsoft.Win32.SafeHandles.", "Mmview.Win32.SafeHandles.");
            Type own = ours.GetType(name) ?? throw new Failure($"there is no {name}");
            HashSet<string> have = own.GetMembers().Select(Signature).ToHashSet();
            foreach (string member in theirs.GetMembers().Select(Signature))
            {
                if (!have.Contains(member))
                    throw new Failure($"{name} has no {member}");
                compared++;
            }
        }
        Check.That(compared > 200);
    }

    private static string Signature(MemberInfo member) => $"{member}"
        .Replace("System.IO.MemoryMappedFiles.", "").Replace("Mmview.IO.MemoryMappedFiles.", "")
        .Replace("Microsoft.Win32.SafeHandles.SafeMemory", "SafeMemory").Replace("Mmview.Win32.SafeHandles.", "");

    private static Dictionary<string, long> Said()
    {
        using Process process = Process.Start(new ProcessStartInfo(Sizes) { RedirectStandardOutput = true })!;
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' '))
                   .Where(words => ulong.TryParse(words[1], out _))
                   .ToDictionary(words => words[0], words => unchecked((long)ulong.Parse(words[1])));
    }

    private static string Capital(string word) => char.ToUpperInvariant(word[0]) + word[1..];

    private static string Field(string word) => word switch { "ret" => "", "ms" => "Ms", _ => Capital(word) };

    private static long SizeOf(Type type) =>
        (int)typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(type).Invoke(null, null)!;

    private static long OffsetOf(Type type, string field) => (long)Marshal.OffsetOf(type, field);
}
