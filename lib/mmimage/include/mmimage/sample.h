/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_SAMPLE_H
#define MMIMAGE_SAMPLE_H

/* sample: the number types that raw images are made of, in both byte orders. */

#include <mmview/base.h>

MMV_BEGIN_DECLS

typedef enum mmi_kind {
    MMI_U8 = 0,
    MMI_I8,
    MMI_U16,
    MMI_I16,
    MMI_U32,
    MMI_I32,
    MMI_F32,
    MMI_F64,
    MMI_U64,
    MMI_I64,
    MMI_F16,  /* IEEE 754 binary16 */
    MMI_KINDS /* how many there are; no kind */
} mmi_kind;

typedef struct mmi_type {
    mmi_kind kind;
    bool big_endian; /* byte order of the stored sample; without meaning for 8-bit samples */
} mmi_type;

/*
 * mmi_type_parse() - parse one of "u8 i8 u16 i16 u32 i32 u64 i64 f16 f32 f64", with "le" or "be" behind it. Without
 * these the byte order is this machine's. False for any other text.
 */
MMV_API bool mmi_type_parse(const char *text, mmi_type *type_ret);

/* mmi_type_name() - the text that mmi_type_parse() takes, always with the byte order for samples of several bytes. */
MMV_API const char *mmi_type_name(mmi_type type);

/* mmi_type_size() - bytes of one sample: 1, 2, 4 or 8. */
MMV_API size_t mmi_type_size(mmi_type type);

MMV_API bool mmi_type_is_float(mmi_type type);

/* mmi_type_is_signed() - whether a type is an integer type with negative values. */
MMV_API bool mmi_type_is_signed(mmi_type type);

/* mmi_type_is_native() - whether this machine can compute with the stored bytes as they are. */
MMV_API bool mmi_type_is_native(mmi_type type);

/*
 * mmi_type_minimum(), mmi_type_maximum() - the ends of an integer type; minus and plus infinity for floats.
 * Shape:   no double equals the highest value of u64 or of i64. 2^64 and 2^63 stand for these values, here and in
 *          mmi_sample_set().
 */
MMV_API double mmi_type_minimum(mmi_type type);
MMV_API double mmi_type_maximum(mmi_type type);

/*
 * mmi_type_round() - the value of the type that is nearest to a double; of two equally near values the even one. Beyond
 * the ends of an integer type the result is the nearer end, beyond those of a float type infinity. NaN stays NaN for
 * floats, and is 0 for integers.
 */
MMV_API double mmi_type_round(mmi_type type, double value);

/*
 * mmi_type_holds() - whether a stored sample can have the value. Integer types hold the integers between their ends.
 * Float types hold every value, except finite values that round to infinity.
 */
MMV_API bool mmi_type_holds(mmi_type type, double value);

/*
 * mmi_sample_get(), mmi_sample_set() - one stored sample as a double.
 * Shape:   exact, except for u64 and i64 beyond 2^53, which are rounded; mmi_sample_bits() is exact for these, too.
 *          'stored' may be unaligned. mmi_sample_set() expects a value that the type can hold (an integer for integer
 *          types); f16 and f32 take the nearest value.
 */
MMV_API double mmi_sample_get(mmi_type type, const void *stored);
MMV_API void mmi_sample_set(mmi_type type, void *stored, double value);

/*
 * mmi_sample_bits(), mmi_sample_set_bits() - one stored sample as a number in this machine's byte order.
 * Shape:   the number of an unsigned integer is its value. The number of a signed integer is its value after a cast to
 *          int64_t: the bits above the type are copies of the sign. The bits of floats are those of IEEE 754, with
 *          zeros above. mmi_sample_set_bits() ignores the bits above the type.
 */
MMV_API uint64_t mmi_sample_bits(mmi_type type, const void *stored);
MMV_API void mmi_sample_set_bits(mmi_type type, void *stored, uint64_t bits);

/*
 * mmi_no_data - stored samples that stand for "nothing there".
 *
 * Each value of a type has one pattern of stored bytes. Only the 0 of floats has two, since it has two signs. So
 * samples are compared as they lie in the file, whatever their byte order. NaN stands for all patterns of NaN.
 */
#define MMI_NO_DATA_VALUES 16 /* at most */
typedef struct mmi_no_data {
    mmi_type type;
    bool nan; /* floats: each NaN stands for "nothing there" as well */
    size_t count;
    uint64_t patterns[2 * MMI_NO_DATA_VALUES]; /* patterns[0..count): the stored bytes, as this machine loads them */
} mmi_no_data;

/*
 * mmi_no_data_make() - make the patterns of values[0..count). For float types the values are rounded to the type.
 * Values that the type does not hold (mmi_type_holds()) are left out, and match nothing. False when there are too many
 * values.
 */
MMV_API bool mmi_no_data_make(mmi_type type, const double *values, size_t count, mmi_no_data *no_data_ret);

/* mmi_no_data_at() - whether a stored sample stands for "nothing there". */
MMV_API bool mmi_no_data_at(const mmi_no_data *no_data, const void *stored);

MMV_END_DECLS

#endif
