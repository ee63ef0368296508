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
    MMI_KINDS /* how many there are; no kind */
} mmi_kind;

typedef struct mmi_type {
    mmi_kind kind;
    bool big_endian; /* how it is stored; without meaning for 8-bit samples */
} mmi_type;

/* mmi_type_parse() - "u8 i8 u16 i16 u32 i32 f32 f64", "le" or "be" behind or else this machine's; false otherwise. */
MMV_API bool mmi_type_parse(const char *text, mmi_type *type_ret);

/* mmi_type_name() - the text that mmi_type_parse() takes, always with the byte order for samples of several bytes. */
MMV_API const char *mmi_type_name(mmi_type type);

/* mmi_type_size() - bytes of one sample: 1, 2, 4 or 8. */
MMV_API size_t mmi_type_size(mmi_type type);

MMV_API bool mmi_type_is_float(mmi_type type);

/* mmi_type_is_native() - whether this machine can compute with the stored bytes as they are. */
MMV_API bool mmi_type_is_native(mmi_type type);

/* mmi_type_minimum(), mmi_type_maximum() - the ends of an integer type; minus and plus infinity for floats. */
MMV_API double mmi_type_minimum(mmi_type type);
MMV_API double mmi_type_maximum(mmi_type type);

/*
 * mmi_sample_get(), mmi_sample_set() - one stored sample as a double, exactly.
 * Shape:   'stored' may be unaligned. set expects a value that the type can hold (an integer for the integer types).
 */
MMV_API double mmi_sample_get(mmi_type type, const void *stored);
MMV_API void mmi_sample_set(mmi_type type, void *stored, double value);

MMV_END_DECLS

#endif
