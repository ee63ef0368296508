// SPDX-License-Identifier: MIT
using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using Mmview.Native;

namespace Mmview.Threading;

/// <summary>An event: System.Threading.EventWaitHandle, with names on Linux.</summary>
/// <remarks>An automatic event lets one waiter through each time it is set, a manual one all until it is
/// reset.</remarks>
public sealed unsafe class EventWaitHandle : NamedWaitHandle
{
    /// <summary>An event of this process.</summary>
    /// <param name="initialState">Whether it is set.</param>
    /// <param name="mode">Automatic or manual.</param>
    public EventWaitHandle(bool initialState, EventResetMode mode) : this(initialState, mode, null)
    {
    }

    /// <summary>The event of that name, made when it is missing.</summary>
    /// <param name="initialState">Whether it is set, when it is made.</param>
    /// <param name="mode">Automatic or manual, when it is made.</param>
    /// <param name="name">Its name; null or empty = an event of this process.</param>
    public EventWaitHandle(bool initialState, EventResetMode mode, string? name) :
        this(initialState, mode, name, out _)
    {
    }

    /// <summary>The event of that name, made when it is missing.</summary>
    /// <param name="initialState">Whether it is set, when it is made.</param>
    /// <param name="mode">Automatic or manual, when it is made.</param>
    /// <param name="name">Its name; null or empty = an event of this process.</param>
    /// <param name="createdNew">Whether it was made.</param>
    public EventWaitHandle(bool initialState, EventResetMode mode, string? name, out bool createdNew) :
        base(Open(initialState, mode, name, out createdNew))
    {
    }

    private EventWaitHandle(SafeObject named) : base(new NamedOrLocal(named))
    {
    }

    /// <summary>The event of that name.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="WaitHandleCannotBeOpenedException">There is none, or the name is something else.</exception>
    public static EventWaitHandle OpenExisting(string name) =>
        TryOpenExisting(name, out EventWaitHandle? result) ? result : throw Missing(name);

    /// <summary>The event of that name, if there is one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="result">The event.</param>
    public static bool TryOpenExisting(string name, [NotNullWhen(true)] out EventWaitHandle? result)
    {
        SafeObject? named = Find(name, (options, handle) => Lib.mmv_event_open(name, 0, 0, options, handle), &Close);
        result = named is null ? null : new EventWaitHandle(named);
        return result is not null;
    }

    /// <summary>Let a waiter through, or all.</summary>
    /// <returns>True.</returns>
    public bool Set()
    {
        if (!HasName)
            return ((global::System.Threading.EventWaitHandle)Local).Set();
        Fault.Check(Lib.mmv_event_set(Named));
        return true;
    }

    /// <summary>Let nobody through any more.</summary>
    /// <returns>True.</returns>
    public bool Reset()
    {
        if (!HasName)
            return ((global::System.Threading.EventWaitHandle)Local).Reset();
        Fault.Check(Lib.mmv_event_reset(Named));
        return true;
    }

    private protected override Status Wait(uint milliseconds) => Lib.mmv_event_wait(Named, milliseconds);

    private static NamedOrLocal Open(bool initialState, EventResetMode mode, string? name, out bool created)
    {
        if (mode is not (EventResetMode.AutoReset or EventResetMode.ManualReset))
            throw new ArgumentException("An event is automatic or manual.", nameof(mode));
        created = true;
        if (string.IsNullOrEmpty(name))
            return new NamedOrLocal(new global::System.Threading.EventWaitHandle(initialState, mode));
        CheckName(name);
        byte manual = (byte)(mode == EventResetMode.ManualReset ? 1 : 0), set = (byte)(initialState ? 1 : 0);
        return new NamedOrLocal(Create(
            name, (options, handle) => Lib.mmv_event_open(name, manual, set, options, handle), &Close, out created));
    }

    private static void Close(nint* handle) => Lib.mmv_event_close(handle);
}
