/* SPDX-License-Identifier: MIT */
/*
 * scalar: the plain definition of an adjustment, sample by sample. Slow and obvious: the kernels are tested against it.
 *
 * It shares nothing with the kernels but the rules, and the arithmetic of 128 bits: no tables, no strips, no lines.
 */

#include "adjust/adjust.h"
#include "samples/wide.h"

#include <math.h>
#include <string.h>

struct place {
    uint64_t x, y, channel;
};

static struct place place_of(const mmi_image *image, uint64_t sample)
{
    uint64_t samples = image->samples, width = image->width;
    if (image->layout == MMI_BIP && width == 0)
        return (struct place){sample / samples, 0, sample % samples};
    if (image->layout == MMI_BIP)
        return (struct place){sample / samples % width, sample / samples / width, sample % samples};
    if (image->layout == MMI_BIL)
        return (struct place){sample % width, sample / width / samples, sample / width % samples};
    return (struct place){sample % width, sample / width % image->height, sample / width / image->height};
}

static bool is_meant(const mmi_adjust *adjust, struct place place)
{
    const mmi_region *region = &adjust->region;
    bool in_width = adjust->image.width == 0 || (place.x >= region->x && place.x - region->x < region->width);
    bool in_height = place.y >= region->y && place.y - region->y < region->height;
    return in_width && in_height && place.channel < adjust->image.samples && adjust->rules[place.channel].chosen;
}

static double compute(const struct mmi__rule *rule, double bias, mmi_kind kind, double value)
{
    if (kind == MMI_F32 || kind == MMI_F16) {
        float single = (float)value;
        if (rule->gain != 1)
            single = single * (float)rule->gain;
        if (rule->amount != 0)
            single = single + (float)rule->amount;
        return single;
    }
    if (kind == MMI_F64 && rule->gain != 1)
        value = value * rule->gain;
    else if (kind != MMI_F64)
        value = nearbyint((value + bias) * rule->gain) - bias;
    return rule->amount != 0 ? value + rule->amount : value;
}

/* Integers of 64 bits, which not all are doubles. */
static mmi__wide wide_of(mmi_type type, uint64_t bits)
{
    return type.kind == MMI_I64 ? mmi__wide_of((int64_t)bits) : mmi__wide_of_unsigned(bits);
}

static mmi__wide wide_end(mmi_type type, double end)
{
    unsigned char stored[8];
    mmi_sample_set(type, stored, end);
    return wide_of(type, mmi_sample_bits(type, stored));
}

static void apply_64(const mmi_adjust *adjust, const struct mmi__rule *rule, const void *source, void *target,
                     mmi_tally *tally)
{
    mmi_type type = adjust->image.type;
    mmi__wide value = wide_of(type, mmi_sample_bits(type, source)), bias = mmi__wide_of_double(adjust->bias);
    mmi__wide low = wide_end(type, rule->low), high = wide_end(type, rule->high);
    if (rule->gain != 1)
        value = mmi__wide_difference(mmi__wide_scaled(mmi__wide_sum(value, bias), rule->gain), bias);
    value = mmi__wide_sum(value, mmi__wide_of_double(rule->amount));
    if (mmi__wide_is_less(value, low)) {
        tally->low++;
        value = low;
    } else if (mmi__wide_is_less(high, value)) {
        tally->high++;
        value = high;
    }
    mmi_sample_set_bits(type, target, value.low);
}

void mmi__apply(const mmi_adjust *adjust, size_t channel, const void *source, void *target, mmi_tally *tally)
{
    const struct mmi__rule *rule = &adjust->rules[channel];
    mmi_type type = adjust->image.type;
    double value = mmi_sample_get(type, source);
    if (type.kind == MMI_U64 || type.kind == MMI_I64) {
        apply_64(adjust, rule, source, target, tally);
        return;
    }
    if (isnan(value)) {
        memmove(target, source, mmi_type_size(type));
        return;
    }
    value = compute(rule, adjust->bias, type.kind, value);
    tally->low += value < rule->low;
    tally->high += value > rule->high;
    if (value < rule->low)
        value = rule->low;
    if (value > rule->high)
        value = rule->high;
    if (isnan(value)) /* of infinity: its bits are no processor's choice */
        value = -(double)NAN;
    mmi_sample_set(type, target, value);
}

/* Samples that stand for no data stay, and are told from those that become one. */
static void apply_or_spare(const mmi_adjust *adjust, size_t channel, const void *source, void *target, mmi_tally *tally)
{
    bool spared = mmi__no_data_is_any(&adjust->no_data) && mmi_no_data_at(&adjust->no_data, source);
    if (spared) {
        memmove(target, source, mmi_type_size(adjust->image.type));
        tally->no_data++;
        return;
    }
    mmi__apply(adjust, channel, source, target, tally);
    tally->became_no_data += mmi__no_data_is_any(&adjust->no_data) && mmi_no_data_at(&adjust->no_data, target);
}

void mmi_adjust_run_scalar(const mmi_adjust *adjust, const mmi_batch *batch, mmi_tally *tally)
{
    size_t size = mmi_type_size(adjust->image.type);
    mmi_tally ignored = {0};
    for (size_t at = 0; at < batch->length; at += size) {
        const unsigned char *from = (const unsigned char *)batch->source + at;
        unsigned char *to = (unsigned char *)batch->target + at;
        struct place place = place_of(&adjust->image, (batch->offset + at) / size);
        if (is_meant(adjust, place))
            apply_or_spare(adjust, place.channel, from, to, tally ? &tally[place.channel] : &ignored);
        else
            memmove(to, from, size);
    }
}
