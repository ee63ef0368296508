// SPDX-License-Identifier: MIT
// Messages between processes: many senders, one receiver. mmview in C, Python and `mmipc` are at home in it, too.
using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using Mmview.Native;

namespace Mmview;

/// <summary>One side of a channel. It is made by whoever opens it first, and gone with its last user.</summary>
public abstract unsafe class ChannelEnd : IDisposable
{
    private readonly SafeObject _handle;

    private protected ChannelEnd(string name, int side, long capacity)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        if (name.Contains('\0'))
            throw new ArgumentException("A name has no zero.", nameof(name));
        var options = new NativeSharedOptions { Mode = Lib.OpenOrCreate, Capacity = (ulong)capacity };
        nint channel;
        Fault.Check(Lib.mmv_channel_open(name, side, &options, &channel));
        _handle = new SafeObject(channel, &Close);
    }

    internal SafeObject Handle => _handle;

    /// <summary>Whether anybody has the other side open now.</summary>
    public bool HasPeer => Lib.mmv_channel_has_peer(_handle) != 0;

    /// <summary>Bytes of the ring.</summary>
    public long Room => (long)Lib.mmv_channel_room(_handle);

    /// <summary>Close this side.</summary>
    public void Dispose()
    {
        _handle.Dispose();
        GC.SuppressFinalize(this);
    }

    internal static uint Milliseconds(TimeSpan timeout)
    {
        double milliseconds = timeout.TotalMilliseconds;
        if (milliseconds is < -1 or > int.MaxValue)
            throw new ArgumentOutOfRangeException(nameof(timeout));
        return timeout == Timeout.InfiniteTimeSpan ? Lib.Forever : (uint)milliseconds;
    }

    private static void Close(nint* channel) => Lib.mmv_channel_close(channel);
}

/// <summary>Sends messages. Any number of threads may use it at once.</summary>
public sealed unsafe class ChannelSender : ChannelEnd
{
    /// <summary>The channel of that name, made when it is missing.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="capacity">Bytes of a new ring; 0 = 1 MiB.</param>
    public ChannelSender(string name, long capacity = 0) : base(name, 0, capacity)
    {
    }

    /// <summary>Send a message, waiting for room.</summary>
    /// <param name="message">Any bytes, as many as the ring has room for.</param>
    public void Send(ReadOnlySpan<byte> message) => TrySend(message, Timeout.InfiniteTimeSpan);

    /// <summary>Send a message, waiting for room for a time.</summary>
    /// <param name="message">Any bytes, as many as the ring has room for.</param>
    /// <param name="timeout">How long at most.</param>
    /// <returns>False: there was no room, and nothing was sent.</returns>
    /// <exception cref="MmviewException">There is no room, and the receiver is gone.</exception>
    public bool TrySend(ReadOnlySpan<byte> message, TimeSpan timeout)
    {
        Status status;
        fixed (byte* data = message)
            status = Lib.mmv_channel_send(Handle, data, (nuint)message.Length, Milliseconds(timeout));
        if (status == Status.Timeout)
            return false;
        Fault.Check(status);
        return true;
    }
}

/// <summary>Receives messages, each once, in the order in which they were sent. A channel has one receiver.</summary>
public sealed unsafe class ChannelReceiver : ChannelEnd
{
    private readonly object _gate = new();

    /// <summary>The channel of that name, made when it is missing.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="capacity">Bytes of a new ring; 0 = 1 MiB.</param>
    public ChannelReceiver(string name, long capacity = 0) : base(name, 1, capacity)
    {
    }

    /// <summary>The next message, waiting for it.</summary>
    /// <exception cref="MmviewException">Nothing is left, and all senders are gone.</exception>
    public byte[] Receive() => TryReceive(Timeout.InfiniteTimeSpan, out byte[]? message) ? message : [];

    /// <summary>The next message, waiting for it for a time.</summary>
    /// <param name="timeout">How long at most.</param>
    /// <param name="message">The message.</param>
    /// <returns>False: there was none.</returns>
    /// <exception cref="MmviewException">Nothing is left, and all senders are gone.</exception>
    public bool TryReceive(TimeSpan timeout, [NotNullWhen(true)] out byte[]? message)
    {
        lock (_gate)
        {
            // The message lies in the ring: it stays open until there is a copy.
            bool held = false;
            Handle.DangerousAddRef(ref held);
            try
            {
                return Take(Milliseconds(timeout), out message);
            }
            finally
            {
                Handle.DangerousRelease();
            }
        }
    }

    private bool Take(uint milliseconds, [NotNullWhen(true)] out byte[]? message)
    {
        byte* data;
        nuint length;
        Status status = Lib.mmv_channel_peek(Handle, &data, &length, milliseconds);
        message = null;
        if (status == Status.Timeout)
            return false;
        Fault.Check(status);
        message = new ReadOnlySpan<byte>(data, checked((int)length)).ToArray();
        Fault.Check(Lib.mmv_channel_skip(Handle));
        return true;
    }
}
