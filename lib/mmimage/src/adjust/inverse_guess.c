/* SPDX-License-Identifier: MIT */
/*
 * inverse_guess: samples whose map is no table: what they were is guessed from what they are, and the word is what is
 * between. Any guess is right as long as it is the same each time: it comes from the changed sample alone.
 *
 * 1. A guess uses additions, divisions and roundings of IEEE 754 that have one result, never the bits of a NaN that was
 *    computed: guess_float() returns the sample instead. No assert: it is one branch.
 */

#include "adjust/inverse.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static uint64_t bits_of(mmi_type type, double value)
{
    unsigned char stored[8];
    mmi_sample_set(type, stored, mmi_type_round(type, value));
    return mmi_sample_bits(type, stored);
}

/* In the type's own precision, as the change was computed. */
static uint64_t guess_float(mmi_type type, const struct mmi__rule *rule, double value, uint64_t bits)
{
    double guess;
    if (type.kind == MMI_F64) {
        guess = (value - rule->amount) / rule->gain;
    } else {
        float single = (float)value - (float)rule->amount;
        guess = single / (float)rule->gain;
    }
    return isnan(guess) ? bits : bits_of(type, guess);
}

static uint64_t guess_integer(mmi_type type, const mmi_adjust *adjust, const struct mmi__rule *rule, double value)
{
    double guess = value - rule->amount;
    if (rule->gain != 1)
        guess = nearbyint((guess + adjust->bias) / rule->gain) - adjust->bias;
    return bits_of(type, guess);
}

/* What the sample was, probably. White was white before, and black black. */
static uint64_t guess(const mmi_adjust *adjust, size_t channel, const unsigned char *sample)
{
    mmi_type type = adjust->image.type;
    const struct mmi__rule *rule = &adjust->rules[channel];
    uint64_t bits = mmi_sample_bits(type, sample);
    double value = mmi_sample_get(type, sample);
    bool is_spared = mmi__no_data_is_any(&adjust->no_data) && mmi_no_data_at(&adjust->no_data, sample);
    bool is_end = value == rule->low || value == rule->high;
    if (!rule->chosen || is_spared || isnan(value) || is_end || rule->gain == 0)
        return bits;
    if (mmi_type_is_float(type))
        return guess_float(type, rule, value, bits);
    /* Beyond what doubles hold. */
    if (mmi_type_size(type) == 8 && rule->gain == 1)
        return bits - (uint64_t)(int64_t)rule->amount;
    return guess_integer(type, adjust, rule, value);
}

static uint64_t load(const mmi_inverse *inverse, const unsigned char *bytes)
{
    uint64_t value64;
    uint32_t value32;
    uint16_t value16;
    switch (inverse->size) {
    case 2:
        memcpy(&value16, bytes, sizeof value16);
        return value16;
    case 4:
        memcpy(&value32, bytes, sizeof value32);
        return value32;
    default:
        assert(inverse->size == 8);
        memcpy(&value64, bytes, sizeof value64);
        return value64;
    }
}

static void store(const mmi_inverse *inverse, unsigned char *bytes, uint64_t value)
{
    uint32_t value32 = (uint32_t)value;
    uint16_t value16 = (uint16_t)value;
    switch (inverse->size) {
    case 2:
        memcpy(bytes, &value16, sizeof value16);
        return;
    case 4:
        memcpy(bytes, &value32, sizeof value32);
        return;
    default:
        assert(inverse->size == 8);
        memcpy(bytes, &value, sizeof value);
    }
}

static uint64_t mask_of(const mmi_inverse *inverse)
{
    return inverse->size == 8 ? UINT64_MAX : (UINT64_C(1) << (8 * inverse->size)) - 1;
}

size_t mmi__guess_keep(const mmi_inverse *inverse, const struct mmi__strip_words *strip)
{
    const mmi_adjust *adjust = inverse->adjust;
    mmi_type type = adjust->image.type;
    size_t size = inverse->size, kept = 0;
    for (size_t i = 0; i < strip->count; i++) {
        size_t channel = mmi__inverse_channel(inverse, strip->channel, i);
        const unsigned char *sample = strip->source + i * size;
        unsigned char changed[8];
        mmi__inverse_apply(adjust, channel, sample, changed);
        uint64_t word = (mmi_sample_bits(type, sample) ^ guess(adjust, channel, changed)) & mask_of(inverse);
        store(inverse, strip->words + i * size, word);
        kept += word != 0;
    }
    return kept;
}

bool mmi__guess_restore(const mmi_inverse *inverse, const struct mmi__strip_words *strip)
{
    const mmi_adjust *adjust = inverse->adjust;
    mmi_type type = adjust->image.type;
    size_t size = inverse->size;
    bool fine = true;
    for (size_t i = 0; i < strip->count && fine; i++) {
        size_t channel = mmi__inverse_channel(inverse, strip->channel, i);
        unsigned char old[8], changed[8];
        uint64_t word = strip->words ? load(inverse, strip->words + i * size) : 0;
        mmi_sample_set_bits(type, old, guess(adjust, channel, strip->source + i * size) ^ word);
        mmi__inverse_apply(adjust, channel, old, changed);
        fine = memcmp(changed, strip->source + i * size, size) == 0;
        memcpy(strip->target + i * size, old, size);
    }
    return fine;
}
