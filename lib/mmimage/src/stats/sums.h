/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_SRC_SUMS_H
#define MMIMAGE_SRC_SUMS_H

/*
 * sums: extremes and sums of a group of lanes of 8- and 16-bit samples, built once per processor generation.
 *
 * A row is 'stride' bytes, of which a group takes 16 samples; all sums of a group stay in registers while it runs down
 * the rows. Samples are taken as signed: unsigned ones with their highest bit turned, which moves them by half their
 * range.
 */

#include <mmimage/sample.h>

#define MMI__GROUP 16

/* More rows, and a sum of squares' halves could overflow. */
#define MMI__SUM_ROWS 65536

struct mmi__sums {
    int16_t min[MMI__GROUP], max[MMI__GROUP];
    int32_t sum[MMI__GROUP];
    uint32_t square_low[MMI__GROUP], square_high[MMI__GROUP]; /* the squares' lower and upper 16 bits, each summed */
};

/* Samples at the lowest and the highest value of their type. */
struct mmi__ends {
    uint16_t low[MMI__GROUP], high[MMI__GROUP];
};

/* Shape: 1 to MMI__SUM_ROWS - 1 rows; what is written is set, not added to. */
typedef struct mmi__summing {
    void (*sum)(const unsigned char *data, size_t rows, size_t stride, struct mmi__sums *sums);
    void (*end)(const unsigned char *data, size_t rows, size_t stride, struct mmi__ends *ends);
} mmi__summing;

/* mmi__sum_of() - the functions for a type that this processor can run; NULL for types that are not of 8 or 16 bits. */
const mmi__summing *mmi__sum_of(mmi_type type);

/* [kind, of the first four][stored in the other byte order] */
extern const mmi__summing mmi__sums_base[4][2];
extern const mmi__summing mmi__sums_avx2[4][2];

/* How samples are stored; constant wherever a function is inlined. */
struct mmi__stored {
    mmi_kind kind;
    bool swapped;
};

/* Both functions for a kind and a byte order, and the table of all of them. */
#define MMI__DEFINE_SUMS(name, kind, swapped)                                                                          \
    static void name(const unsigned char *data, size_t rows, size_t stride, struct mmi__sums *sums)                    \
    {                                                                                                                  \
        sum_group(data, rows, stride, sums, (struct mmi__stored){kind, swapped});                                      \
    }                                                                                                                  \
    static void name##_ends(const unsigned char *data, size_t rows, size_t stride, struct mmi__ends *ends)             \
    {                                                                                                                  \
        end_group(data, rows, stride, ends, (struct mmi__stored){kind, swapped});                                      \
    }
#define MMI__SUMS(name)                                                                                                \
    {                                                                                                                  \
        name, name##_ends                                                                                              \
    }
#define MMI__DEFINE_TABLE(table)                                                                                       \
    MMI__DEFINE_SUMS(sum_u8, MMI_U8, false)                                                                            \
    MMI__DEFINE_SUMS(sum_i8, MMI_I8, false)                                                                            \
    MMI__DEFINE_SUMS(sum_u16, MMI_U16, false)                                                                          \
    MMI__DEFINE_SUMS(sum_u16_swapped, MMI_U16, true)                                                                   \
    MMI__DEFINE_SUMS(sum_i16, MMI_I16, false)                                                                          \
    MMI__DEFINE_SUMS(sum_i16_swapped, MMI_I16, true)                                                                   \
    const mmi__summing table[4][2] = {{MMI__SUMS(sum_u8), MMI__SUMS(sum_u8)},                                          \
                                      {MMI__SUMS(sum_i8), MMI__SUMS(sum_i8)},                                          \
                                      {MMI__SUMS(sum_u16), MMI__SUMS(sum_u16_swapped)},                                \
                                      {MMI__SUMS(sum_i16), MMI__SUMS(sum_i16_swapped)}};

#endif
