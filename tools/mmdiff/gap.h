/* SPDX-License-Identifier: MIT */
#ifndef MMDIFF_GAP_H
#define MMDIFF_GAP_H

/*
 * gap: the difference of two samples, by value, whatever their types and byte orders are.
 *
 *     integers                     exact, up to 2^64 + 2^63: u64 against i64
 *     floats, or one of them       whether they are equal is exact; the difference is the nearest double
 *     no number                    NaN against a number, infinite against anything else, or doubles too far apart
 *
 * NaN equals NaN, whatever its bits are, and -0 equals 0.
 */

#include <mmimage/sample.h>

enum gap_kind { GAP_NONE = 0, GAP_WHOLE, GAP_REAL, GAP_UNKNOWN };

struct gap {
    enum gap_kind kind;
    bool is_up;     /* the second sample is larger; of GAP_UNKNOWN nobody knows */
    bool carry;     /* GAP_WHOLE: 2^64 more than */
    uint64_t whole; /* this */
    double real;    /* GAP_REAL: > 0, finite */
};

/* How samples of two types are compared. */
struct gap_rule {
    mmi_type a, b;
    bool a_real, b_real; /* as doubles, which are exact; else as whole numbers */
    bool a_signed, b_signed;
};

/* gap_rule() - of two types. gap_is_real() - whether its gaps are GAP_REAL, not GAP_WHOLE. */
struct gap_rule gap_rule(mmi_type a, mmi_type b);
static inline bool gap_is_real(const struct gap_rule *rule)
{
    return rule->a_real || rule->b_real;
}

/*
 * gap_load() - stored samples, 'stride' bytes from one to the next, as values[0..count): as mmi_sample_bits() has them,
 * or with 'real' the bits of doubles.
 */
struct gap_samples {
    const unsigned char *data;
    size_t stride;
};
void gap_load(mmi_type type, bool real, struct gap_samples samples, uint64_t *values, size_t count);

/* gap_of() - of two loaded values. */
struct gap gap_of(const struct gap_rule *rule, uint64_t a, uint64_t b);

/* What counts as equal: at most so much. Both are the same number; 'whole' is rounded down, and at most 2^64 - 1. */
struct tolerance {
    double real;
    uint64_t whole;
};

/* gap_is_within() - whether two samples count as equal. GAP_UNKNOWN never does. */
bool gap_is_within(const struct gap *gap, const struct tolerance *tolerance);

/* gap_text() - as a number: whole ones with every digit. "" of none. */
#define GAP_TEXT 48
const char *gap_text(const struct gap *gap, char text[GAP_TEXT]);

#endif
