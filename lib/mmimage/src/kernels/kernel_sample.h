/* SPDX-License-Identifier: MIT */
/* kernel_sample: between a sample and its stored bits. Part of kernel_integer.h and kernel_float.h, once per kind. */

#define STORED JOIN(stored_, WIDTH)
#define SWAP JOIN(swap_, WIDTH)

static ALWAYS_INLINE SAMPLE NAME(decode)(BITS bits, bool swapped)
{
    return NAME(from_bits)(swapped ? SWAP(bits) : bits);
}

static ALWAYS_INLINE BITS NAME(encode)(SAMPLE sample, bool swapped)
{
    BITS bits = NAME(to_bits)(sample);
    return swapped ? SWAP(bits) : bits;
}
