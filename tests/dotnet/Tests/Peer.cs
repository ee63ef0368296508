// SPDX-License-Identifier: MIT
// The .NET side of interop.bash: commands that say what they do, one line each, and wait for lines of standard input.
using System;
using System.IO;
using System.Text;
using System.Threading;
using Mmview.IO.MemoryMappedFiles;
using Mutex = Mmview.Threading.Mutex;

namespace Mmview.Tests;

internal static class Peer
{
    public static int Run(string[] words)
    {
        string name = words[1];
        switch (words[0])
        {
            case "map": // make a map with a text in it, and keep it until a line comes
                using (MemoryMappedFile map = MemoryMappedFile.CreateNew(name, 4096))
                using (MemoryMappedViewStream stream = map.CreateViewStream())
                {
                    stream.Write(Encoding.UTF8.GetBytes(words[2]));
                    Say("ready");
                    Console.ReadLine();
                    stream.Position = 100;
                    Say($"byte {stream.ReadByte()}");
                }
                return 0;
            case "poke": // put a byte into a map that is there
                using (MemoryMappedFile map = MemoryMappedFile.OpenExisting(name))
                using (MemoryMappedViewAccessor view = map.CreateViewAccessor())
                    view.Write(long.Parse(words[2]), byte.Parse(words[3]));
                return 0;
            case "hold": // hold a mutex until a line comes
                using (var mutex = new Mutex(true, name))
                {
                    Say("held");
                    Console.ReadLine();
                    mutex.ReleaseMutex();
                }
                return 0;
            case "wait": // wait for a mutex
                using (Mutex mutex = Mutex.OpenExisting(name))
                {
                    try
                    {
                        Say(mutex.WaitOne(int.Parse(words[2])) ? "got" : "late");
                    }
                    catch (AbandonedMutexException)
                    {
                        Say("abandoned");
                    }
                }
                return 0;
            case "retire": // views, while the collector is at work
                Disposal.RetireAndCollect(int.Parse(words[1]));
                return 0;
            case "send": // lines of standard input as messages
                using (var sender = new ChannelSender(name))
                    while (Console.ReadLine() is { } line)
                        sender.Send(Encoding.UTF8.GetBytes(line));
                return 0;
            case "receive": // messages as lines, until all senders are gone
                using (var receiver = new ChannelReceiver(name))
                {
                    Say("ready");
                    try
                    {
                        while (true)
                            Say(Encoding.UTF8.GetString(receiver.Receive()));
                    }
                    catch (MmviewException error) when (error.Fault == MmviewFault.Peer)
                    {
                        Say("gone");
                    }
                }
                return 0;
            case "leave": // end without closing anything
                MemoryMappedFile.CreateNew(name, 4096).CreateViewAccessor().Write(0, 1);
                return 0;
            case "journal": // add 1 to all numbers of a file; slowly with a third word
                using (MemoryMappedFile map = MemoryMappedFile.CreateFromFile(name))
                using (var journal = new Journal(map, "add 1"))
                {
                    map.Walk<int>(numbers =>
                    {
                        for (int i = 0; i < numbers.Length; i++)
                            numbers[i]++;
                        if (words.Length > 2)
                        {
                            Say("step");
                            Thread.Sleep(50);
                        }
                    }, new WalkOptions { Journal = journal, MaxMapped = 1 << 20 });
                    journal.Complete();
                }
                return 0;
        }
        Console.Error.WriteLine($"what is {words[0]}?");
        return 2;
    }

    private static void Say(string text)
    {
        Console.WriteLine(text);
        Console.Out.Flush();
    }
}
