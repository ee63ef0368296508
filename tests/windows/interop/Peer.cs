// SPDX-License-Identifier: MIT
// Peer.cs - the other side of interop.py in C#, with nothing but .NET: its lines and answers are those of
// peer_mmview.c. But .NET does not tell a name of another kind from one that is not there: both are "missing".

using System;
using System.IO;
using System.IO.MemoryMappedFiles;
using System.Text;
using System.Threading;

static class Peer
{
    const int InvalidHandle = unchecked((int)0x80070006);

    static MemoryMappedFile map;
    static MemoryMappedViewAccessor view;
    static Mutex mutex;
    static EventWaitHandle signal;
    static Semaphore semaphore;

    // What was to be new, and is there already, is not kept.
    static string Made<T>(bool created, T handle, ref T place) where T : WaitHandle
    {
        if (created)
            place = handle;
        else
            handle.Dispose();
        return created ? "ok" : "exists";
    }

    static string Take(WaitHandle handle, string milliseconds)
    {
        try
        {
            return handle.WaitOne(int.Parse(milliseconds)) ? "ok" : "timeout";
        }
        catch (AbandonedMutexException)
        {
            return "abandoned";
        }
    }

    static string Done(Action action)
    {
        action();
        return "ok";
    }

    static MemoryMappedFile FindMap(string[] words)
    {
        if (words[1] == "open")
            return MemoryMappedFile.OpenExisting(words[2]);
        if (words[1] == "create")
            return MemoryMappedFile.CreateNew(words[2], long.Parse(words[3]));
        var file = new FileStream(words[3], FileMode.Open, FileAccess.ReadWrite,
                                  FileShare.ReadWrite | FileShare.Delete);
        return MemoryMappedFile.CreateFromFile(file, words[2], 0, MemoryMappedFileAccess.ReadWrite,
                                               HandleInheritability.None, false);
    }

    static string Put(long offset, string text)
    {
        var letters = Encoding.ASCII.GetBytes(text);
        view.WriteArray(offset, letters, 0, letters.Length);
        return "ok";
    }

    static string Get(long offset, int length)
    {
        var letters = new byte[length];
        view.ReadArray(offset, letters, 0, length);
        return "ok " + Encoding.ASCII.GetString(letters);
    }

    static string UseMap(string[] words)
    {
        switch (words[1])
        {
            case "put":
                return Put(long.Parse(words[2]), words[3]);
            case "get":
                return Get(long.Parse(words[2]), int.Parse(words[3]));
            case "close":
                view.Dispose();
                return Done(map.Dispose);
            default:
                map = FindMap(words);
                view = map.CreateViewAccessor();
                return "ok " + view.Capacity;
        }
    }

    static string UseMutex(string[] words)
    {
        bool created;
        switch (words[1])
        {
            case "create":
                var key = new Mutex(false, words[2], out created);
                return Made(created, key, ref mutex);
            case "open":
                return Done(() => mutex = Mutex.OpenExisting(words[2]));
            case "take":
                return Take(mutex, words[2]);
            case "give":
                return Done(mutex.ReleaseMutex);
            default:
                return Done(mutex.Dispose);
        }
    }

    static string UseEvent(string[] words)
    {
        bool created;
        switch (words[1])
        {
            case "create":
                var mode = words[3] == "manual" ? EventResetMode.ManualReset : EventResetMode.AutoReset;
                var made = new EventWaitHandle(false, mode, words[2], out created);
                return Made(created, made, ref signal);
            case "open":
                return Done(() => signal = EventWaitHandle.OpenExisting(words[2]));
            case "take":
                return Take(signal, words[2]);
            case "set":
                return Done(() => signal.Set());
            case "reset":
                return Done(() => signal.Reset());
            default:
                return Done(signal.Dispose);
        }
    }

    static string UseSemaphore(string[] words)
    {
        bool created;
        switch (words[1])
        {
            case "create":
                var counter = new Semaphore(int.Parse(words[3]), int.Parse(words[4]), words[2], out created);
                return Made(created, counter, ref semaphore);
            case "open":
                return Done(() => semaphore = Semaphore.OpenExisting(words[2]));
            case "take":
                return Take(semaphore, words[2]);
            case "give":
                return "ok " + semaphore.Release(int.Parse(words[2]));
            default:
                return Done(semaphore.Dispose);
        }
    }

    static string Use(string[] words)
    {
        switch (words[0])
        {
            case "map":
                return UseMap(words);
            case "mutex":
                return UseMutex(words);
            case "event":
                return UseEvent(words);
            case "semaphore":
                return UseSemaphore(words);
            default:
                return "error no such line";
        }
    }

    static string Answer(string line)
    {
        try
        {
            return Use(line.Split(' '));
        }
        catch (Exception error) when (error is FileNotFoundException || error is WaitHandleCannotBeOpenedException)
        {
            return "missing";
        }
        catch (SemaphoreFullException)
        {
            return "full";
        }
        catch (IOException error) when (error.HResult == InvalidHandle)
        {
            return "kind";
        }
        catch (IOException error) when ((error.HResult & 0xffff) == 183)
        {
            return "exists";
        }
        catch (Exception error)
        {
            return "error " + error.ToString().Replace('\r', ' ').Replace('\n', ' ');
        }
    }

    static void Main()
    {
        string line;
        while ((line = Console.In.ReadLine()) != null)
        {
            Console.Out.WriteLine(Answer(line.TrimEnd()));
            Console.Out.Flush();
        }
    }
}
