// SPDX-License-Identifier: MIT
// Structs, arrays of them, and memory as it lies there.
using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using Mmview.Native;

namespace Mmview.IO.MemoryMappedFiles;

public sealed unsafe partial class MemoryMappedViewAccessor
{
    /// <summary>Read a struct.</summary>
    /// <typeparam name="T">A struct without references.</typeparam>
    /// <param name="position">Its first byte, counted from the view's.</param>
    /// <param name="structure">What was read.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public new void Read<T>(long position, out T structure) where T : struct
    {
        if (!RuntimeHelpers.IsReferenceOrContainsReferences<T>() && Unsafe.SizeOf<T>() <= Largest &&
            (ulong)position < _nearRead)
        {
            structure = Unsafe.ReadUnaligned<T>(_data + position);
            if (Volatile.Read(ref *Lib.Faults) == _faults)
            {
                GC.KeepAlive(this);
                return;
            }
        }
        structure = ReadSlowly<T>(position);
    }

    /// <summary>Store a struct.</summary>
    /// <typeparam name="T">A struct without references.</typeparam>
    /// <param name="position">Its first byte, counted from the view's.</param>
    /// <param name="structure">What is stored.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public new void Write<T>(long position, ref T structure) where T : struct
    {
        if (!RuntimeHelpers.IsReferenceOrContainsReferences<T>() && Unsafe.SizeOf<T>() <= Largest &&
            (ulong)position < _nearWrite)
        {
            Unsafe.WriteUnaligned(_data + position, structure);
            if (Volatile.Read(ref *Lib.Faults) == _faults)
            {
                GC.KeepAlive(this);
                return;
            }
            CheckFaults();
            return;
        }
        WriteSlowly(position, structure);
    }

    // These two take and give the value itself. With its address the caller's variable would have to lie in memory,
    // and its parts, stored one by one, would be loaded as a whole: such a load waits for the stores (decision 33).
    [MethodImpl(MethodImplOptions.NoInlining)]
    private T ReadSlowly<T>(long position) where T : struct
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        CheckReading();
        CheckPlain<T>();
        CheckPlace(position, Unsafe.SizeOf<T>());
        bool held = Enter();
        try
        {
            T structure = Unsafe.ReadUnaligned<T>(_data + position);
            CheckFaults();
            return structure;
        }
        finally
        {
            Leave(held);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WriteSlowly<T>(long position, T structure) where T : struct
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        CheckWriting();
        CheckPlain<T>();
        CheckPlace(position, Unsafe.SizeOf<T>());
        bool held = Enter();
        try
        {
            Prepare(position, Unsafe.SizeOf<T>());
            Unsafe.WriteUnaligned(_data + position, structure);
            CheckFaults();
        }
        finally
        {
            Leave(held);
        }
    }

    /// <summary>Read structs that lie one behind the other, as many as there are before the end of the
    /// view.</summary>
    /// <remarks>From one to the next it is their size, rounded up to a multiple of 4 unless it is 1 or 2.</remarks>
    /// <typeparam name="T">A struct without references.</typeparam>
    /// <param name="position">The first one's first byte, counted from the view's.</param>
    /// <param name="array">Where they go.</param>
    /// <param name="offset">The first one's place there.</param>
    /// <param name="count">How many there should be.</param>
    /// <returns>How many there are.</returns>
    public new int ReadArray<T>(long position, T[] array, int offset, int count) where T : struct
    {
        CheckArray(array, offset, count);
        CheckReading();
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        CheckPlain<T>();
        if (position >= Capacity)
            throw new ArgumentOutOfRangeException(nameof(position), "No byte of the view is there.");
        int stride = Stride<T>();
        count = (int)Math.Min(count, (Capacity - position) / stride);
        Span<T> to = array.AsSpan(offset, count);
        byte* from = _data + position;
        bool held = Enter();
        try
        {
            if (stride == Unsafe.SizeOf<T>())
                Copy(ref Unsafe.As<T, byte>(ref MemoryMarshal.GetReference(to)),
                     ref *from, (nuint)count * (nuint)stride);
            else
                for (int i = 0; i < count; i++)
                    to[i] = Unsafe.ReadUnaligned<T>(from + (long)i * stride);
            CheckFaults();
        }
        finally
        {
            Leave(held);
        }
        GC.KeepAlive(this);
        return count;
    }

    /// <summary>Store structs one behind the other: all of them, or none when they have no room.</summary>
    /// <remarks>From one to the next it is their size, rounded up to a multiple of 4 unless it is 1 or 2.</remarks>
    /// <typeparam name="T">A struct without references.</typeparam>
    /// <param name="position">The first one's first byte, counted from the view's.</param>
    /// <param name="array">Where they come from.</param>
    /// <param name="offset">The first one's place there.</param>
    /// <param name="count">How many there are.</param>
    public new void WriteArray<T>(long position, T[] array, int offset, int count) where T : struct
    {
        CheckArray(array, offset, count);
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        if (position >= Capacity)
            throw new ArgumentOutOfRangeException(nameof(position), "No byte of the view is there.");
        CheckWriting();
        CheckPlain<T>();
        int stride = Stride<T>();
        if (count > (Capacity - position) / stride)
            throw new ArgumentException("The values begin inside of the view and end outside.");
        ReadOnlySpan<T> from = array.AsSpan(offset, count);
        byte* to = _data + position;
        bool held = Enter();
        try
        {
            Prepare(position, (long)count * stride);
            if (stride == Unsafe.SizeOf<T>())
                Copy(ref *to,
                     ref Unsafe.As<T, byte>(ref MemoryMarshal.GetReference(from)),
                     (nuint)count * (nuint)stride);
            else
                for (int i = 0; i < count; i++)
                    Unsafe.WriteUnaligned(to + (long)i * stride, from[i]);
            CheckFaults();
        }
        finally
        {
            Leave(held);
        }
        GC.KeepAlive(this);
    }

    /// <summary>
    /// The view's bytes from a position on, as they lie there. Not in System.IO.
    /// </summary>
    /// <remarks>
    /// Valid until the accessor is disposed, and no longer than the accessor is used: <c>using</c> sees to both. A
    /// span of a view that is not for writing must not be stored into. A fault gives zeros: see <see cref="Check"/>.
    /// </remarks>
    /// <typeparam name="T">A struct without references.</typeparam>
    /// <param name="position">Its first byte, counted from the view's.</param>
    /// <param name="count">How many values; all of them must lie in the view.</param>
    public Span<T> GetSpan<T>(long position, int count) where T : unmanaged
    {
        CheckWriting();
        CheckSpan<T>(position, count);
        Prepare(position, (long)count * sizeof(T));
        Lend();
        return new Span<T>(_data + position, count);
    }

    /// <summary>All of the view that is whole values: at most 2,147,483,647 of them.</summary>
    /// <typeparam name="T">A struct without references.</typeparam>
    public Span<T> GetSpan<T>() where T : unmanaged => GetSpan<T>(0, Whole<T>());

    /// <summary>The same for reading; of any view that can be read.</summary>
    /// <typeparam name="T">A struct without references.</typeparam>
    /// <param name="position">Its first byte, counted from the view's.</param>
    /// <param name="count">How many values; all of them must lie in the view.</param>
    public ReadOnlySpan<T> GetReadOnlySpan<T>(long position, int count) where T : unmanaged
    {
        CheckReading();
        CheckSpan<T>(position, count);
        Lend();
        return new ReadOnlySpan<T>(_data + position, count);
    }

    /// <summary>All of the view that is whole values: at most 2,147,483,647 of them.</summary>
    /// <typeparam name="T">A struct without references.</typeparam>
    public ReadOnlySpan<T> GetReadOnlySpan<T>() where T : unmanaged => GetReadOnlySpan<T>(0, Whole<T>());

    /// <summary>Nobody counts the users of a span: the memory waits for the collector.</summary>
    private void Lend()
    {
        if (!ViewLease.Counts)
            return;
        bool held = Enter();
        HasLent = true;
        Leave(held);
    }

    private int Whole<T>() where T : unmanaged => (int)Math.Min(int.MaxValue, Capacity / sizeof(T));

    private void CheckSpan<T>(long position, int count) where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (position > Capacity || count > (Capacity - position) / sizeof(T))
            throw new ArgumentOutOfRangeException(nameof(count), "The span ends outside of the view.");
    }

    private static void CheckArray<T>(T[] array, int offset, int count)
    {
        ArgumentNullException.ThrowIfNull(array);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (array.Length - offset < count)
            throw new ArgumentException("The array has no room for that.");
    }

    private static void CheckPlain<T>()
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            throw new ArgumentException("A struct with references has no bytes that a file could keep.");
    }

    /// <summary>Bytes from one value of an array to the next, as System.IO has it.</summary>
    private static int Stride<T>()
    {
        int size = Unsafe.SizeOf<T>();
        return size is 1 or 2 ? size : (size + 3) & ~3;
    }

    /// <summary>Any length, which <see cref="Unsafe"/>'s own does not take.</summary>
    private static void Copy(ref byte to, ref byte from, nuint length)
    {
        fixed (byte* target = &to, source = &from)
            Buffer.MemoryCopy(source, target, length, length);
    }
}
