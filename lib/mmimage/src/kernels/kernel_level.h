/* SPDX-License-Identifier: MIT */
/*
 * kernel_level: all kernels of one processor generation. A kernel_NAME.c defines MMI_LEVEL and includes this once.
 *
 * 1. Samples lie at any address, and in memory of any declared type: stored_N says so to the compiler. The loops
 *    index it themselves: clang forgets what `omp simd` promised about loads that a called function makes, and stops
 *    vectorising.
 * 2. `omp simd` states what the contract of mmi__kernel says: no sample depends on another, tables and counters do
 *    not overlap the samples. gcc -O2 does not vectorise without it.
 * 3. No libm, no fused multiply-add, no -ffast-math: every compiler gives the same bytes.
 *
 * These are promises to and about the compiler: there is nothing to assert.
 */

#include "kernels/kernel.h"
#include "samples/half.h"
#include "samples/wide.h"

#include <float.h>
#include <string.h>

#define JOIN2(a, b) a##b
#define JOIN(a, b) JOIN2(a, b)
#define STRING2(a) #a
#define STRING(a) STRING2(a)

/* Stored samples lie at any address, in memory of any declared type. */
#define ANYWHERE __attribute__((aligned(1), may_alias))
typedef uint8_t stored_8;
typedef uint16_t stored_16 ANYWHERE;
typedef uint32_t stored_32 ANYWHERE;
typedef uint64_t stored_64 ANYWHERE;

static inline uint8_t swap_8(uint8_t bits)
{
    return bits;
}

static inline uint16_t swap_16(uint16_t bits)
{
    return (uint16_t)(bits << 8 | bits >> 8);
}

static inline uint32_t swap_32(uint32_t bits)
{
    return bits << 24 | (bits & 0xff00) << 8 | (bits >> 8 & 0xff00) | bits >> 24;
}

static inline uint64_t swap_64(uint64_t bits)
{
    return (uint64_t)swap_32((uint32_t)bits) << 32 | swap_32((uint32_t)(bits >> 32));
}

/* Nearest integer, halves to even, up to 2^51: a sum beyond 2^52 has no fraction, and sums are rounded that way. */
static inline double round_even(double value)
{
    const double magic = 0x1.8p52;
    return (value + magic) - magic;
}

/* A flag that stays a variable, because its function was not inlined, costs the vectorisation. */
#define ALWAYS_INLINE inline __attribute__((always_inline))

/* Which of a kernel's functions it is; constant wherever the kernel is inlined. */
struct variant {
    bool swapped;  /* samples are stored in the other byte order */
    bool counting; /* those that are clamped */
};

/*
 * Ask for 'size' bytes that will be worked on some blocks later: as far ahead as a walk with a journal saves at a
 * time, so that what it will copy next is on its way while this is computed. Beyond the end of a batch it is harmless:
 * a prefetch never faults.
 */
#define AHEAD 8192
#define PREFETCH(at, size)                                                                                             \
    for (size_t ahead = 0; ahead < (size); ahead += 64)                                                                \
    __builtin_prefetch((at) + AHEAD + ahead)

#define WIDEN(x) ((double)(x))
/* All bits set where the condition holds: what a vector compare gives, where + 1 would cost one more instruction. */
#define MASK(condition) ((BITS) - (BITS)(condition))

#define NARROW(y) ((SAMPLE)(int32_t)(y))

#define KIND u8
#define SAMPLE uint8_t
#define WIDTH 8
#include "kernels/kernel_integer.h"

#define KIND i8
#define SAMPLE int8_t
#define WIDTH 8
#include "kernels/kernel_integer.h"

#define KIND u16
#define SAMPLE uint16_t
#define WIDTH 16
#include "kernels/kernel_integer.h"

#define KIND i16
#define SAMPLE int16_t
#define WIDTH 16
#include "kernels/kernel_integer.h"

#define KIND i32
#define SAMPLE int32_t
#define WIDTH 32
#include "kernels/kernel_integer.h"

/* SSE2 and AVX2 convert only signed 32-bit integers: shift the range down by 2^31 and back. */
#undef WIDEN
#undef NARROW
#define WIDEN(x) ((double)(int32_t)((x) ^ 0x80000000) + 0x1p31)
#define NARROW(y) ((uint32_t)(int32_t)((y)-0x1p31) ^ 0x80000000)

#define KIND u32
#define SAMPLE uint32_t
#define WIDTH 32
#include "kernels/kernel_integer.h"

#define KIND i64
#define SAMPLE int64_t
#define WIDTH 64
#define TO_WIDE(x) mmi__wide_of(x)
#include "kernels/kernel_integer.h"

#undef TO_WIDE
#define TO_WIDE(x) mmi__wide_of_unsigned(x)
#define KIND u64
#define SAMPLE uint64_t
#define WIDTH 64
#include "kernels/kernel_integer.h"

/* Each sum and product in its own precision: cmake/Compile.cmake has what that takes. i386 is either way. */
#if !defined(__i386__)
_Static_assert(FLT_EVAL_METHOD == 0, "floats are computed as floats, so that every machine makes the same bytes");
#endif

/* x86 gives NaN this sign itself. */
#if defined(__x86_64__) || defined(__i386__)
#define MADE_NAN(type, value) (value)
#else
#define MADE_NAN(type, value) ((value) != (value) ? -(type)NAN : (value))
#endif

#define KIND f16
#define SAMPLE float
#define WIDTH 16
#define FROM_BITS(bits) mmi__half_float(bits)
#define TO_BITS(sample) mmi__half_of(sample)
#include "kernels/kernel_float.h"

#define KIND f32
#define SAMPLE float
#define WIDTH 32
#define FROM_BITS(bits) mmi__float_of_bits(bits)
#define TO_BITS(sample) mmi__float_bits(sample)
#include "kernels/kernel_float.h"

static ALWAYS_INLINE double double_of_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static ALWAYS_INLINE uint64_t double_bits(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

#define KIND f64
#define SAMPLE double
#define WIDTH 64
#define FROM_BITS(bits) double_of_bits(bits)
#define TO_BITS(sample) double_bits(sample)
#include "kernels/kernel_float.h"

/* Samples of one byte have no byte order, so both entries are the same function. */
#define PLAIN_BYTE(kind)                                                                                               \
    {                                                                                                                  \
        {kind##_plain_native, kind##_plain_native_count},                                                              \
        {                                                                                                              \
            kind##_plain_native, kind##_plain_native_count                                                             \
        }                                                                                                              \
    }
#define PLAIN(kind)                                                                                                    \
    {                                                                                                                  \
        {kind##_plain_native, kind##_plain_native_count},                                                              \
        {                                                                                                              \
            kind##_plain_swapped, kind##_plain_swapped_count                                                           \
        }                                                                                                              \
    }
#define SCALE_BYTE(kind)                                                                                               \
    {                                                                                                                  \
        kind##_scale_native, kind##_scale_native                                                                       \
    }
#define SCALE(kind)                                                                                                    \
    {                                                                                                                  \
        kind##_scale_native, kind##_scale_swapped                                                                      \
    }

const struct mmi__kernels JOIN(mmi__kernels_, MMI_LEVEL) = {
    .name = STRING(MMI_LEVEL),
    .plain = {[MMI_U8] = PLAIN_BYTE(u8),
              [MMI_I8] = PLAIN_BYTE(i8),
              [MMI_U16] = PLAIN(u16),
              [MMI_I16] = PLAIN(i16),
              [MMI_U32] = PLAIN(u32),
              [MMI_I32] = PLAIN(i32),
              [MMI_F32] = PLAIN(f32),
              [MMI_F64] = PLAIN(f64),
              [MMI_U64] = PLAIN(u64),
              [MMI_I64] = PLAIN(i64),
              [MMI_F16] = PLAIN(f16)},
    .scale = {[MMI_U8] = SCALE_BYTE(u8),
              [MMI_I8] = SCALE_BYTE(i8),
              [MMI_U16] = SCALE(u16),
              [MMI_I16] = SCALE(i16),
              [MMI_U32] = SCALE(u32),
              [MMI_I32] = SCALE(i32),
              [MMI_U64] = SCALE(u64),
              [MMI_I64] = SCALE(i64)},
};
