// SPDX-License-Identifier: MIT
// Single values. Byte order is the machine's, and any position will do.
using System;
using System.IO;

namespace Mmview.IO.MemoryMappedFiles;

public sealed unsafe partial class MemoryMappedViewAccessor
{
    /// <inheritdoc cref="UnmanagedMemoryAccessor.ReadBoolean(long)"/>
    public new bool ReadBoolean(long position) => Get<byte>(position) != 0;

    /// <inheritdoc cref="UnmanagedMemoryAccessor.Write(long, bool)"/>
    public new void Write(long position, bool value) => Put(position, (byte)(value ? 1 : 0));

    /// <inheritdoc cref="UnmanagedMemoryAccessor.ReadByte(long)"/>
    public new byte ReadByte(long position) => Get<byte>(position);

    /// <inheritdoc cref="UnmanagedMemoryAccessor.Write(long, byte)"/>
    public new void Write(long position, byte value) => Put(position, value);

    /// <inheritdoc cref="UnmanagedMemoryAccessor.ReadSByte(long)"/>
    public new sbyte ReadSByte(long position) => Get<sbyte>(position);

    /// <inheritdoc cref="UnmanagedMemoryAccessor.Write(long, sbyte)"/>
    public new void Write(long position, sbyte value) => Put(position, value);

    /// <inheritdoc cref="UnmanagedMemoryAccessor.ReadChar(long)"/>
    public new char ReadChar(long position) => Get<char>(position);

    /// <inheritdoc cref="UnmanagedMemoryAccessor.Write(long, char)"/>
    public new void Write(long position, char value) => Put(position, value);

    /// <inheritdoc cref="UnmanagedMemoryAccessor.ReadInt16(long)"/>
    public new short ReadInt16(long position) => Get<short>(position);

    /// <inheritdoc cref="UnmanagedMemoryAccessor.Write(long, short)"/>
    public new void Write(long position, short value) => Put(position, value);

    /// <inheritdoc cref="UnmanagedMemoryAccessor.ReadUInt16(long)"/>
    public new ushort ReadUInt16(long position) => Get<ushort>(position);

    /// <inheritdoc cref="UnmanagedMemoryAccessor.Write(long, ushort)"/>
    public new void Write(long position, ushort value) => Put(position, value);

    /// <inheritdoc cref="UnmanagedMemoryAccessor.ReadInt32(long)"/>
    public new int ReadInt32(long position) => Get<int>(position);

    /// <inheritdoc cref="UnmanagedMemoryAccessor.Write(long, int)"/>
    public new void Write(long position, int value) => Put(position, value);

    /// <inheritdoc cref="UnmanagedMemoryAccessor.ReadUInt32(long)"/>
    public new uint ReadUInt32(long position) => Get<uint>(position);

    /// <inheritdoc cref="UnmanagedMemoryAccessor.Write(long, uint)"/>
    public new void Write(long position, uint value) => Put(position, value);

    /// <inheritdoc cref="UnmanagedMemoryAccessor.ReadInt64(long)"/>
    public new long ReadInt64(long position) => Get<long>(position);

    /// <inheritdoc cref="UnmanagedMemoryAccessor.Write(long, long)"/>
    public new void Write(long position, long value) => Put(position, value);

    /// <inheritdoc cref="UnmanagedMemoryAccessor.ReadUInt64(long)"/>
    public new ulong ReadUInt64(long position) => Get<ulong>(position);

    /// <inheritdoc cref="UnmanagedMemoryAccessor.Write(long, ulong)"/>
    public new void Write(long position, ulong value) => Put(position, value);

    /// <inheritdoc cref="UnmanagedMemoryAccessor.ReadSingle(long)"/>
    public new float ReadSingle(long position) => Get<float>(position);

    /// <inheritdoc cref="UnmanagedMemoryAccessor.Write(long, float)"/>
    public new void Write(long position, float value) => Put(position, value);

    /// <inheritdoc cref="UnmanagedMemoryAccessor.ReadDouble(long)"/>
    public new double ReadDouble(long position) => Get<double>(position);

    /// <inheritdoc cref="UnmanagedMemoryAccessor.Write(long, double)"/>
    public new void Write(long position, double value) => Put(position, value);

    // A decimal as it lies in memory: 96 bits, and flags: bit 31 = negative, bits 16 to 23 = power of ten, 0 to 28.
    private struct Bits
    {
        public int Low, Middle, High, Flags;
    }

    /// <inheritdoc cref="UnmanagedMemoryAccessor.ReadDecimal(long)"/>
    public new decimal ReadDecimal(long position)
    {
        Bits bits = Get<Bits>(position);
        int scale = (bits.Flags >> 16) & 0xff;
        if ((bits.Flags & ~(int.MinValue | 0x00ff0000)) != 0 || scale > 28)
            throw new ArgumentException("What lies there is no decimal.");
        return new decimal(bits.Low, bits.Middle, bits.High, bits.Flags < 0, (byte)scale);
    }

    /// <inheritdoc cref="UnmanagedMemoryAccessor.Write(long, decimal)"/>
    public new void Write(long position, decimal value)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        Put(position, new Bits { Low = bits[0], Middle = bits[1], High = bits[2], Flags = bits[3] });
    }
}
