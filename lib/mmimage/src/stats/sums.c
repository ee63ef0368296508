/* SPDX-License-Identifier: MIT */
/* sums: for any processor, and which one this has. See sums.h. */

#include "stats/sums.h"

#include <string.h>

static inline __attribute__((always_inline)) int16_t load(const unsigned char *at, struct mmi__stored stored)
{
    uint16_t bits;
    if (stored.kind == MMI_U8)
        return (int16_t)(*at - 128);
    if (stored.kind == MMI_I8)
        return (int8_t)*at;
    memcpy(&bits, at, sizeof bits);
    if (stored.swapped)
        bits = (uint16_t)(bits << 8 | bits >> 8);
    return (int16_t)(stored.kind == MMI_U16 ? bits ^ 0x8000 : bits);
}

static inline __attribute__((always_inline)) void sum_group(const unsigned char *data, size_t rows, size_t stride,
                                                            struct mmi__sums *sums, struct mmi__stored stored)
{
    size_t size = stored.kind > MMI_I8 ? 2 : 1;
    *sums = (struct mmi__sums){0};
    for (int j = 0; j < MMI__GROUP; j++)
        sums->min[j] = sums->max[j] = load(data + (size_t)j * size, stored);
    for (size_t row = 0; row < rows; row++, data += stride) {
        for (int j = 0; j < MMI__GROUP; j++) {
            int16_t sample = load(data + (size_t)j * size, stored);
            uint32_t square = (uint32_t)(sample * sample);
            sums->min[j] = sample < sums->min[j] ? sample : sums->min[j];
            sums->max[j] = sample > sums->max[j] ? sample : sums->max[j];
            sums->sum[j] += sample;
            sums->square_low[j] += square & 0xffff;
            sums->square_high[j] += square >> 16;
        }
    }
}

/* The ends of a type, as samples are moved: of 8 or of 16 bits. */
static inline __attribute__((always_inline)) void end_group(const unsigned char *data, size_t rows, size_t stride,
                                                            struct mmi__ends *ends, struct mmi__stored stored)
{
    size_t size = stored.kind > MMI_I8 ? 2 : 1;
    int lowest = size == 2 ? INT16_MIN : INT8_MIN, highest = -1 - lowest;
    *ends = (struct mmi__ends){0};
    for (size_t row = 0; row < rows; row++, data += stride)
        for (int j = 0; j < MMI__GROUP; j++) {
            int16_t sample = load(data + (size_t)j * size, stored);
            ends->low[j] = (uint16_t)(ends->low[j] + (sample == lowest));
            ends->high[j] = (uint16_t)(ends->high[j] + (sample == highest));
        }
}

MMI__DEFINE_TABLE(mmi__sums_base)

const mmi__summing *mmi__sum_of(mmi_type type)
{
    bool swapped = !mmi_type_is_native(type);
    if (type.kind > MMI_I16)
        return NULL;
#if defined(MMV_CLONES_X86)
    if (__builtin_cpu_supports("avx2"))
        return &mmi__sums_avx2[type.kind][swapped];
#endif
    return &mmi__sums_base[type.kind][swapped];
}
