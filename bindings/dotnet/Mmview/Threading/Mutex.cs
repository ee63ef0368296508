// SPDX-License-Identifier: MIT
using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using Mmview.Native;

namespace Mmview.Threading;

/// <summary>A mutex: System.Threading.Mutex. The names are shared with mmview in C, Python and shell
/// scripts.</summary>
/// <remarks>
/// The thread that waited for it releases it. When a thread or its process ends before, the next one to wait gets an
/// <see cref="AbandonedMutexException"/> and has the mutex. A thread that has it through one object may wait for it
/// again through that object, and through no other: that is a <see cref="SynchronizationLockException"/>.
/// </remarks>
public sealed unsafe class Mutex : NamedWaitHandle
{
    /// <summary>A mutex of this process.</summary>
    public Mutex() : this(false)
    {
    }

    /// <summary>A mutex of this process.</summary>
    /// <param name="initiallyOwned">Whether the calling thread has it.</param>
    public Mutex(bool initiallyOwned) : base(new NamedOrLocal(new global::System.Threading.Mutex(initiallyOwned)))
    {
    }

    /// <summary>The mutex of that name, made when it is missing.</summary>
    /// <param name="initiallyOwned">Whether the calling thread has it, when it is made.</param>
    /// <param name="name">Its name; null or empty = a mutex of this process.</param>
    public Mutex(bool initiallyOwned, string? name) : this(initiallyOwned, name, out _)
    {
    }

    /// <summary>The mutex of that name, made when it is missing.</summary>
    /// <param name="initiallyOwned">Whether the calling thread has it, when it is made.</param>
    /// <param name="name">Its name; null or empty = a mutex of this process.</param>
    /// <param name="createdNew">Whether it was made.</param>
    public Mutex(bool initiallyOwned, string? name, out bool createdNew) :
        base(Open(initiallyOwned, name, out createdNew))
    {
    }

    private Mutex(SafeObject named) : base(new NamedOrLocal(named))
    {
    }

    /// <summary>The mutex of that name.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="WaitHandleCannotBeOpenedException">There is none, or the name is something else.</exception>
    public static Mutex OpenExisting(string name) =>
        TryOpenExisting(name, out Mutex? result) ? result : throw Missing(name);

    /// <summary>The mutex of that name, if there is one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="result">The mutex.</param>
    public static bool TryOpenExisting(string name, [NotNullWhen(true)] out Mutex? result)
    {
        SafeObject? named = Find(name, (options, handle) => Lib.mmv_mutex_open(name, options, handle), &Close);
        result = named is null ? null : new Mutex(named);
        return result is not null;
    }

    /// <summary>Let the next one have it.</summary>
    public void ReleaseMutex()
    {
        if (!HasName)
        {
            ((global::System.Threading.Mutex)Local).ReleaseMutex();
            return;
        }
        Status status = Lib.mmv_mutex_unlock(Named);
        if (status == Status.Access)
            throw new ApplicationException("The calling thread does not have the mutex.");
        Fault.Check(status);
    }

    private protected override Status Wait(uint milliseconds) => Lib.mmv_mutex_lock(Named, milliseconds);

    private static NamedOrLocal Open(bool owned, string? name, out bool created)
    {
        created = true;
        if (string.IsNullOrEmpty(name))
            return new NamedOrLocal(new global::System.Threading.Mutex(owned));
        CheckName(name);
        Opening open = owned ? (options, handle) => Lib.mmv_mutex_open_owned(name, options, handle)
                             : (options, handle) => Lib.mmv_mutex_open(name, options, handle);
        return new NamedOrLocal(Create(name, open, &Close, out created));
    }

    private static void Close(nint* handle) => Lib.mmv_mutex_close(handle);
}
