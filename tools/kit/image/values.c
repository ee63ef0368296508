/* SPDX-License-Identifier: MIT */
/* values: see values.h. */
#include "kit/image/values.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

static const char *real_text(mmi_type type, double value, char text[VALUES_TEXT])
{
    int digits = type.kind == MMI_F16 ? 5 : type.kind == MMI_F32 ? 9 : 17;
    if (isnan(value))
        snprintf(text, VALUES_TEXT, "nan");
    else if (isinf(value))
        snprintf(text, VALUES_TEXT, value < 0 ? "-inf" : "inf");
    else
        snprintf(text, VALUES_TEXT, "%.*g", digits, value);
    return text;
}

const char *values_bits_text(mmi_type type, uint64_t bits, char text[VALUES_TEXT])
{
    unsigned char stored[8];
    if (mmi_type_is_float(type)) {
        mmi_sample_set_bits(type, stored, bits);
        return real_text(type, mmi_sample_get(type, stored), text);
    }
    if (mmi_type_is_signed(type))
        snprintf(text, VALUES_TEXT, "%" PRId64, (int64_t)bits);
    else
        snprintf(text, VALUES_TEXT, "%" PRIu64, bits);
    return text;
}

const char *values_text(mmi_type type, const void *stored, char text[VALUES_TEXT])
{
    return values_bits_text(type, mmi_sample_bits(type, stored), text);
}

bool values_are_exact(mmi_type type, double value)
{
    return mmi_type_is_float(type) || mmi_type_size(type) < 8 || isnan(value) || fabs(value) <= 0x1p53 ||
           value == mmi_type_minimum(type) || value == mmi_type_maximum(type);
}
