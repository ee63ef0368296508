// SPDX-License-Identifier: MIT
// Mutexes, events and semaphores, in this process; Peer.cs and interop.bash have those of several.
using System;
using System.Threading;
using Mmview.IO.MemoryMappedFiles;
using EventWaitHandle = Mmview.Threading.EventWaitHandle;
using Mutex = Mmview.Threading.Mutex;
using Semaphore = Mmview.Threading.Semaphore;

namespace Mmview.Tests;

internal static class Synchronisation
{
    private static void InThread(Action action)
    {
        Exception? thrown = null;
        var thread = new Thread(() =>
        {
            try
            {
                action();
            }
            catch (Exception error)
            {
                thrown = error;
            }
        });
        thread.Start();
        thread.Join();
        if (thrown is not null)
            throw thrown;
    }

    public static void A_mutex_is_held_by_one_thread()
    {
        string name = Check.NewName();
        using var mutex = new Mutex(true, name, out bool created);
        Check.That(created);
        InThread(() =>
        {
            using var other = new Mutex(true, name, out bool again);
            Check.That(!again);
            Check.That(!other.WaitOne(0) && !other.WaitOne(20) && !other.WaitOne(TimeSpan.FromMilliseconds(5)));
            Check.Throws<ApplicationException>(other.ReleaseMutex);
        });
        Check.That(mutex.WaitOne(0));
        mutex.ReleaseMutex();
        mutex.ReleaseMutex();
        Check.Throws<ApplicationException>(mutex.ReleaseMutex);
        InThread(() =>
        {
            using Mutex other = Mutex.OpenExisting(name);
            Check.That(other.WaitOne());
            other.ReleaseMutex();
        });
    }

    public static void A_thread_that_ends_abandons_its_mutex()
    {
        string name = Check.NewName();
        using var mutex = new Mutex(false, name);
        InThread(() => mutex.WaitOne());
        Check.Throws<AbandonedMutexException>(() => mutex.WaitOne());
        mutex.ReleaseMutex();
        Check.That(mutex.WaitOne(0));
        mutex.ReleaseMutex();
    }

    public static void Another_object_of_the_same_thread()
    {
        string name = Check.NewName();
        using Mutex one = new(true, name), two = new(false, name);
        Check.Throws<SynchronizationLockException>(() => two.WaitOne(0));
        one.ReleaseMutex();
        Check.That(two.WaitOne(0));
        two.ReleaseMutex();
    }

    public static void What_is_not_there()
    {
        string name = Check.NewName();
        Check.Throws<WaitHandleCannotBeOpenedException>(() => Mutex.OpenExisting(name));
        Check.Throws<WaitHandleCannotBeOpenedException>(() => EventWaitHandle.OpenExisting(name));
        Check.Throws<WaitHandleCannotBeOpenedException>(() => Semaphore.OpenExisting(name));
        Check.That(!Mutex.TryOpenExisting(name, out Mutex? none) && none is null);
        Check.That(!Semaphore.TryOpenExisting(name, out _) && !EventWaitHandle.TryOpenExisting(name, out _));
        using MemoryMappedFile map = MemoryMappedFile.CreateNew(name, 100);
        Check.Throws<WaitHandleCannotBeOpenedException>(() => Mutex.OpenExisting(name));
        Check.Throws<WaitHandleCannotBeOpenedException>(() => new Semaphore(1, 1, name));
        Check.Throws<ArgumentNullException>(() => Mutex.OpenExisting(null!));
        Check.Throws<ArgumentException>(() => Mutex.OpenExisting(""));
    }

    public static void A_closed_mutex()
    {
        string name = Check.NewName();
        var mutex = new Mutex(false, name);
        mutex.Dispose();
        mutex.Dispose();
        Check.Throws<ObjectDisposedException>(() => mutex.WaitOne());
        Check.Throws<WaitHandleCannotBeOpenedException>(() => Mutex.OpenExisting(name));
    }

    public static void Without_a_name()
    {
        using Mutex mutex = new(true), other = new(false, null, out bool created);
        Check.That(created);
        InThread(() => Check.That(!mutex.WaitOne(0)));
        mutex.ReleaseMutex();
        using var set = new EventWaitHandle(true, EventResetMode.AutoReset);
        Check.That(set.WaitOne(0) && !set.WaitOne(0) && set.Set() && set.WaitOne(0));
        using var semaphore = new Semaphore(1, 2);
        Check.That(semaphore.WaitOne(0) && !semaphore.WaitOne(0));
        Check.Equal(0, semaphore.Release());
    }

    public static void Automatic_and_manual_events()
    {
        string name = Check.NewName(), second = Check.NewName();
        using var one = new EventWaitHandle(false, EventResetMode.AutoReset, name, out bool created);
        Check.That(created);
        using EventWaitHandle same = EventWaitHandle.OpenExisting(name);
        Check.That(!same.WaitOne(0));
        one.Set();
        Check.That(same.WaitOne(0) && !one.WaitOne(0));
        using var all = new EventWaitHandle(true, EventResetMode.ManualReset, second);
        Check.That(all.WaitOne(0) && all.WaitOne());
        all.Reset();
        Check.That(!all.WaitOne(0));
        InThread(() => EventWaitHandle.OpenExisting(second).Set());
        Check.That(all.WaitOne(0));
        Check.Throws<ArgumentException>(() => new EventWaitHandle(false, (EventResetMode)7, name), "mode");
        Check.Throws<ArgumentOutOfRangeException>(() => all.WaitOne(-2));
        Check.Throws<ArgumentOutOfRangeException>(() => all.WaitOne(TimeSpan.FromDays(100)));
    }

    public static void Semaphores()
    {
        string name = Check.NewName();
        using var semaphore = new Semaphore(2, 3, name, out bool created);
        Check.That(created);
        using Semaphore other = Semaphore.OpenExisting(name);
        Check.That(other.WaitOne(0) && semaphore.WaitOne(0) && !other.WaitOne(0));
        Check.Equal(0, semaphore.Release(2));
        Check.Throws<SemaphoreFullException>(() => other.Release(2));
        Check.Equal(2, other.Release());
        Check.Throws<ArgumentOutOfRangeException>(() => other.Release(0), "releaseCount");
        Check.Throws<ArgumentOutOfRangeException>(() => new Semaphore(-1, 1, name));
        Check.Throws<ArgumentOutOfRangeException>(() => new Semaphore(0, 0, name));
        Check.Throws<ArgumentException>(() => new Semaphore(2, 1, name));
    }

    public static void As_a_wait_handle()
    {
        using WaitHandle handle = new EventWaitHandle(true, EventResetMode.AutoReset, Check.NewName());
        Check.That(handle.WaitOne(100) && !handle.WaitOne(0, false));
        Check.ThrowsAny<Exception>(() => WaitHandle.WaitAny([handle], 0));
    }
}
