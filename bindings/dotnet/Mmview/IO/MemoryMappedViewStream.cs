// SPDX-License-Identifier: MIT
using System;
using System.IO;
using System.Threading;
using Mmview.Native;
using Mmview.Win32.SafeHandles;

namespace Mmview.IO.MemoryMappedFiles;

/// <summary>
/// A view as a stream of fixed length: System.IO.MemoryMappedFiles.MemoryMappedViewStream.
/// </summary>
/// <remarks>One thread at a time may use it, but for Dispose(), which waits for nobody and disturbs nobody.</remarks>
public sealed unsafe class MemoryMappedViewStream : UnmanagedMemoryStream
{
    private readonly SafeMemoryMappedViewHandle _handle;
    private readonly long _pointerOffset;
    private nuint _faults;

    internal MemoryMappedViewStream(SafeMemoryMappedViewHandle handle, long pointerOffset, long length,
                                    MemoryMappedFileAccess access)
    {
        _handle = handle;
        _pointerOffset = pointerOffset;
        _faults = Volatile.Read(ref *Lib.Faults);
        Initialize(handle, pointerOffset, length, Access.OfView(access));
    }

    /// <summary>The view's memory, from the beginning of its first page.</summary>
    public SafeMemoryMappedViewHandle SafeMemoryMappedViewHandle => _handle;

    /// <summary>How far behind the handle's pointer the view's first byte lies.</summary>
    public long PointerOffset => _pointerOffset;

    /// <summary>Refused: a view has the length that it has.</summary>
    /// <param name="value">The length.</param>
    public override void SetLength(long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        throw new NotSupportedException("A view has the length that it was made with.");
    }

    /// <summary>Wait until what was stored in the view is on the device.</summary>
    public override void Flush()
    {
        ObjectDisposedException.ThrowIf(!CanSeek || _handle.IsClosed, this);
        _handle.Flush();
    }

    /// <inheritdoc/>
    public override int ReadByte()
    {
        int result = base.ReadByte();
        CheckFaults();
        return result;
    }

    /// <inheritdoc/>
    public override void WriteByte(byte value)
    {
        base.WriteByte(value);
        CheckFaults();
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count)
    {
        int result = base.Read(buffer, offset, count);
        CheckFaults();
        return result;
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count)
    {
        base.Write(buffer, offset, count);
        CheckFaults();
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (!CanRead)
            return base.Read(buffer);
        long position = Position;
        int count = (int)Math.Min(Math.Max(Length - position, 0), buffer.Length);
        byte* data = null;
        try
        {
            _handle.AcquirePointer(ref data);
            new ReadOnlySpan<byte>(data + _pointerOffset + position, count).CopyTo(buffer);
        }
        finally
        {
            if (data != null)
                _handle.ReleasePointer();
        }
        Position = position + count;
        CheckFaults();
        return count;
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        long position = CanWrite ? Position : 0;
        // What it refuses, it refuses in its own words.
        if (!CanWrite || buffer.Length > Length - position)
        {
            base.Write(buffer);
            return;
        }
        byte* data = null;
        try
        {
            _handle.AcquirePointer(ref data);
            buffer.CopyTo(new Span<byte>(data + _pointerOffset + position, buffer.Length));
        }
        finally
        {
            if (data != null)
                _handle.ReleasePointer();
        }
        Position = position + buffer.Length;
        CheckFaults();
    }

    /// <summary>Close the view. What was stored is in the file, not yet on the device.</summary>
    /// <param name="disposing">Not by the collector.</param>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
            _handle.Dispose();
    }

    /// <summary>The guard has caught something since: was it here?</summary>
    private void CheckFaults()
    {
        nuint now = Volatile.Read(ref *Lib.Faults);
        if (now == _faults)
            return;
        _handle.Check();
        _faults = now;
    }
}
