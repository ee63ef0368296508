// SPDX-License-Identifier: MIT
// What mutexes, events and semaphores have in common: how they are opened, waited for and closed.
using System;
using System.Threading;
using Mmview.Native;

namespace Mmview.Threading;

/// <summary>Something that is waited for: System.Threading's WaitHandle, with names on Linux.</summary>
/// <remarks>
/// WaitOne() is that of <see cref="WaitHandle"/>. The static WaitAny(), WaitAll() and SignalAndWait() do not take
/// objects with names: they want a handle of the runtime, and throw. Thread.Interrupt() does not end a wait.
/// </remarks>
public abstract unsafe class NamedWaitHandle : WaitHandle
{
    private readonly SafeObject? _named;
    private readonly WaitHandle? _local;

    /// <summary>One of the two: what has a name, or what this process alone has.</summary>
    private protected readonly struct NamedOrLocal
    {
        public NamedOrLocal(SafeObject named) => Named = named;

        public NamedOrLocal(WaitHandle local) => Local = local;

        public SafeObject? Named { get; }

        public WaitHandle? Local { get; }
    }

    private protected NamedWaitHandle(NamedOrLocal either)
    {
        _named = either.Named;
        _local = either.Local;
    }

    internal SafeObject Named => _named!;

    internal bool HasName => _named is not null;

    internal WaitHandle Local => _local!;

    private protected abstract Status Wait(uint milliseconds);

    /// <inheritdoc/>
    public override bool WaitOne() => WaitOne(Timeout.Infinite);

    /// <inheritdoc/>
    public override bool WaitOne(TimeSpan timeout)
    {
        double milliseconds = timeout.TotalMilliseconds;
        if (milliseconds is < -1 or > int.MaxValue)
            throw new ArgumentOutOfRangeException(nameof(timeout));
        return WaitOne((int)milliseconds);
    }

    /// <inheritdoc/>
    public override bool WaitOne(int millisecondsTimeout, bool exitContext) => WaitOne(millisecondsTimeout);

    /// <inheritdoc/>
    public override bool WaitOne(TimeSpan timeout, bool exitContext) => WaitOne(timeout);

    /// <inheritdoc/>
    public override bool WaitOne(int millisecondsTimeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(millisecondsTimeout, Timeout.Infinite);
        if (_local is not null)
            return _local.WaitOne(millisecondsTimeout);
        Status status = Wait(millisecondsTimeout == Timeout.Infinite ? Lib.Forever : (uint)millisecondsTimeout);
        if (status is Status.Ok or Status.Timeout)
            return status == Status.Ok;
        throw status == Status.Busy ? new SynchronizationLockException(Fault.Of(status).Message) : Fault.Of(status);
    }

    /// <summary>Close it.</summary>
    /// <param name="explicitDisposing">Not by the collector.</param>
    protected override void Dispose(bool explicitDisposing)
    {
        if (explicitDisposing)
        {
            _named?.Dispose();
            _local?.Dispose();
        }
        base.Dispose(explicitDisposing);
    }

    /// <summary>Modes of opening, and whether the object was made.</summary>
    private protected delegate Status Opening(NativeSharedOptions* options, nint* handle);

    /// <summary>The object of that name, made when it is missing.</summary>
    private protected static SafeObject Create(string name, Opening open, delegate*<nint*, void> close,
                                               out bool created)
    {
        byte made = 0;
        var options = new NativeSharedOptions { Mode = Lib.OpenOrCreate, Created = &made };
        nint handle = 0;
        Check(open(&options, &handle));
        created = made != 0;
        return new SafeObject(handle, close);
    }

    /// <summary>The object of that name; null when there is none.</summary>
    private protected static SafeObject? Find(string name, Opening open, delegate*<nint*, void> close)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        CheckName(name);
        var options = new NativeSharedOptions { Mode = Lib.OpenExisting };
        nint handle = 0;
        Status status = open(&options, &handle);
        if (status == Status.NoEntry)
            return null;
        Check(status);
        return new SafeObject(handle, close);
    }

    private protected static Exception Missing(string name) =>
        new WaitHandleCannotBeOpenedException($"There is no object of the name {name}.");

    private protected static void CheckName(string name)
    {
        if (name.Contains('\0'))
            throw new ArgumentException("A name has no zero.", nameof(name));
    }

    /// <summary>A name that is something else cannot be opened as this.</summary>
    private static void Check(Status status)
    {
        if (status == Status.Kind)
            throw new WaitHandleCannotBeOpenedException(Fault.Of(status).Message);
        Fault.Check(status);
    }
}
