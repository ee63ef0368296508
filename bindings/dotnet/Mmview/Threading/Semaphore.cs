// SPDX-License-Identifier: MIT
using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using Mmview.Native;

namespace Mmview.Threading;

/// <summary>A semaphore: System.Threading.Semaphore, with names on Linux.</summary>
/// <remarks>What a process has taken and not released is lost with it: use a mutex for what must not be.</remarks>
public sealed unsafe class Semaphore : NamedWaitHandle
{
    /// <summary>A semaphore of this process.</summary>
    /// <param name="initialCount">How many may pass at first.</param>
    /// <param name="maximumCount">How many may pass at most.</param>
    public Semaphore(int initialCount, int maximumCount) : this(initialCount, maximumCount, null)
    {
    }

    /// <summary>The semaphore of that name, made when it is missing.</summary>
    /// <param name="initialCount">How many may pass at first, when it is made.</param>
    /// <param name="maximumCount">How many may pass at most, when it is made.</param>
    /// <param name="name">Its name; null or empty = a semaphore of this process.</param>
    public Semaphore(int initialCount, int maximumCount, string? name) :
        this(initialCount, maximumCount, name, out _)
    {
    }

    /// <summary>The semaphore of that name, made when it is missing.</summary>
    /// <param name="initialCount">How many may pass at first, when it is made.</param>
    /// <param name="maximumCount">How many may pass at most, when it is made.</param>
    /// <param name="name">Its name; null or empty = a semaphore of this process.</param>
    /// <param name="createdNew">Whether it was made.</param>
    public Semaphore(int initialCount, int maximumCount, string? name, out bool createdNew) :
        base(Open(initialCount, maximumCount, name, out createdNew))
    {
    }

    private Semaphore(SafeObject named) : base(new NamedOrLocal(named))
    {
    }

    /// <summary>The semaphore of that name.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="WaitHandleCannotBeOpenedException">There is none, or the name is something else.</exception>
    public static Semaphore OpenExisting(string name) =>
        TryOpenExisting(name, out Semaphore? result) ? result : throw Missing(name);

    /// <summary>The semaphore of that name, if there is one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="result">The semaphore.</param>
    public static bool TryOpenExisting(string name, [NotNullWhen(true)] out Semaphore? result)
    {
        SafeObject? named =
            Find(name, (options, handle) => Lib.mmv_semaphore_open(name, 0, 1, options, handle), &Close);
        result = named is null ? null : new Semaphore(named);
        return result is not null;
    }

    /// <summary>Let one more pass.</summary>
    /// <returns>How many could pass before.</returns>
    public int Release() => Release(1);

    /// <summary>Let more pass.</summary>
    /// <param name="releaseCount">How many.</param>
    /// <returns>How many could pass before.</returns>
    /// <exception cref="SemaphoreFullException">There would be more than the maximum; none is released.</exception>
    public int Release(int releaseCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(releaseCount);
        if (!HasName)
            return ((global::System.Threading.Semaphore)Local).Release(releaseCount);
        uint before;
        Status status = Lib.mmv_semaphore_release(Named, (uint)releaseCount, &before);
        if (status == Status.Range)
            throw new SemaphoreFullException();
        Fault.Check(status);
        return (int)before;
    }

    private protected override Status Wait(uint milliseconds) => Lib.mmv_semaphore_acquire(Named, milliseconds);

    private static NamedOrLocal Open(int initialCount, int maximumCount, string? name, out bool created)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(initialCount);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maximumCount);
        if (initialCount > maximumCount)
            throw new ArgumentException("More may not pass at first than at most.");
        created = true;
        if (string.IsNullOrEmpty(name))
            return new NamedOrLocal(new global::System.Threading.Semaphore(initialCount, maximumCount));
        CheckName(name);
        uint count = (uint)initialCount, most = (uint)maximumCount;
        return new NamedOrLocal(Create(
            name, (options, handle) => Lib.mmv_semaphore_open(name, count, most, options, handle), &Close,
            out created));
    }

    private static void Close(nint* handle) => Lib.mmv_semaphore_close(handle);
}
