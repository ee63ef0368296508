/* SPDX-License-Identifier: MIT */
/*
 * adjust: checks an adjustment against its image and turns it into one rule per channel and the kernels' tables.
 *
 * 1. Everything a kernel relies on is checked here: amounts, gains and ends are finite in the type's precision (ends
 *    of floats may be infinite), integers are whole, their ends lie in the type, and no amount exceeds
 *    MMI__AMOUNT_LIMIT. assert_rule() says it once more.
 * 2. A channel that is not chosen has the rule that changes nothing: the strips of bip run over it.
 */

#include "adjust/adjust.h"
#include "samples/region.h"
#include "system/system.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define OPERATION "adjust"

static mmv_status invalid(const char *parameter)
{
    return mmv_error_set_parameter(MMV_EINVAL, OPERATION, parameter);
}

static mmv_status out_of_range(const char *parameter)
{
    return mmv_error_set_parameter(MMV_ERANGE, OPERATION, parameter);
}

/* 'value' in the precision that the type computes in. */
static double in_precision(mmi_type type, double value)
{
    return type.kind == MMI_F32 || type.kind == MMI_F16 ? (float)value : value;
}

static bool count_fits(size_t count, uint32_t samples)
{
    return count <= 1 || count == samples;
}

static mmv_status check_amount(mmi_type type, double amount)
{
    if (!isfinite(amount) || (!mmi_type_is_float(type) && amount != trunc(amount)))
        return invalid("add");
    if (!isfinite(in_precision(type, amount)) || (!mmi_type_is_float(type) && fabs(amount) > MMI__AMOUNT_LIMIT))
        return out_of_range("add");
    return MMV_OK;
}

static mmv_status check_gain(mmi_type type, double gain)
{
    if (!isfinite(gain))
        return invalid("gain");
    return isfinite(in_precision(type, gain)) ? MMV_OK : out_of_range("gain");
}

static bool is_whole(double value)
{
    return isinf(value) || value == trunc(value);
}

static mmv_status check_clamp(mmi_type type, const mmi_adjust_options *options)
{
    double low = options->low, high = options->high;
    if (!options->clamp)
        return MMV_OK;
    if (!(low <= high)) /* also when one is NaN */
        return invalid("clamp");
    if (mmi_type_is_float(type))
        return MMV_OK;
    if (!is_whole(low) || !is_whole(high) || low > mmi_type_maximum(type) || high < mmi_type_minimum(type))
        return invalid("clamp");
    return MMV_OK;
}

static mmv_status check_bias(mmi_type type, double bias)
{
    double most = mmi_type_size(type) == 8 ? MMI__BIAS_LIMIT : MMI__AMOUNT_LIMIT;
    bool fine = bias == 0 || (!mmi_type_is_float(type) && bias == trunc(bias) && fabs(bias) <= most);
    return fine ? MMV_OK : invalid("bias");
}

static mmv_status check(const mmi_image *image, const mmi_adjust_options *options)
{
    mmv_status status = mmi_image_check(image, &options->region);
    if (!status && !count_fits(options->add_count, image->samples))
        status = invalid("add");
    if (!status && !count_fits(options->gain_count, image->samples))
        status = invalid("gain");
    for (size_t i = 0; !status && i < options->add_count; i++)
        status = check_amount(image->type, options->add[i]);
    for (size_t i = 0; !status && i < options->gain_count; i++)
        status = check_gain(image->type, options->gain[i]);
    for (size_t i = 0; !status && i < sizeof options->reserved_ / sizeof options->reserved_[0]; i++)
        status = options->reserved_[i] ? invalid("reserved_") : MMV_OK;
    if (!status)
        status = check_bias(image->type, options->bias);
    mmi_no_data no_data;
    if (!status && !mmi_no_data_make(image->type, options->no_data, options->no_data_count, &no_data))
        status = invalid("no_data");
    return status ? status : check_clamp(image->type, options);
}

static double pick(const double *values, size_t count, size_t channel, double otherwise)
{
    if (count == 0)
        return otherwise;
    return values[count == 1 ? 0 : channel];
}

static struct mmi__rule rule_of(mmi_type type, const mmi_adjust_options *options, size_t channel)
{
    struct mmi__rule rule = {.gain = 1, .low = mmi_type_minimum(type), .high = mmi_type_maximum(type)};
    rule.chosen = !options->channels || options->channels[channel];
    if (!rule.chosen)
        return rule;
    rule.gain = in_precision(type, pick(options->gain, options->gain_count, channel, 1));
    rule.amount = in_precision(type, pick(options->add, options->add_count, channel, 0));
    if (options->clamp) {
        rule.low = mmi_type_round(type, options->low);
        rule.high = mmi_type_round(type, options->high);
    }
    return rule;
}

/* 1. */
static void assert_rule(mmi_type type, const struct mmi__rule *rule)
{
    bool integer = !mmi_type_is_float(type);
    assert(isfinite(rule->gain) && isfinite(rule->amount) && rule->low <= rule->high);
    assert(!integer || (rule->amount == trunc(rule->amount) && fabs(rule->amount) <= MMI__AMOUNT_LIMIT));
    assert(!integer || (rule->low >= mmi_type_minimum(type) && rule->high <= mmi_type_maximum(type)));
    assert(!integer || (rule->low == trunc(rule->low) && rule->high == trunc(rule->high)));
    assert(rule->chosen || (rule->gain == 1 && rule->amount == 0)); /* 2. */
    (void)integer;
    (void)rule;
}

static bool all_same(const mmi_adjust_options *options)
{
    return options->add_count <= 1 && options->gain_count <= 1;
}

static void set_rules(mmi_adjust *adjust, const mmi_adjust_options *options)
{
    mmi_type type = adjust->image.type;
    bool integer = !mmi_type_is_float(type);
    for (size_t channel = 0; channel < adjust->image.samples; channel++) {
        adjust->rules[channel] = rule_of(type, options, channel);
        assert_rule(type, &adjust->rules[channel]);
        adjust->scale |= integer && adjust->rules[channel].gain != 1;
    }
    for (size_t channel = 0; channel < adjust->image.samples; channel++)
        adjust->floods |= mmi__flood_of(adjust, channel) != MMI__NO_FLOOD;
    adjust->same = all_same(options);
    adjust->bias = options->bias;
    adjust->counts = integer || options->clamp || options->no_data_count > 0;
    adjust->cell = adjust->scale ? sizeof(double) : type.kind == MMI_F16 ? sizeof(float) : mmi_type_size(type);
}

static bool create_tables(mmi_adjust *adjust)
{
    size_t samples = adjust->image.samples;
    if (adjust->image.layout != MMI_BIP) {
        adjust->lanes = mmi__tables_lanes(adjust, 1);
        return true;
    }
    adjust->lanes = mmi__tables_lanes(adjust, samples);
    size_t entries = adjust->lanes + samples;
    adjust->table_size = (size_t)mmv_round_up(entries * adjust->cell, 64);
    adjust->tables = mmi__aligned(64, MMI__TABLES * adjust->table_size);
    if (!adjust->tables)
        return false;
    mmi__tables_fill(adjust, (struct mmi__tables){adjust->tables, adjust->table_size, entries}, 0, samples);
    return true;
}

/* What the kernels will count of samples that are put back: it is taken off again. */
static bool create_no_data(mmi_adjust *adjust, const mmi_adjust_options *options)
{
    size_t samples = adjust->image.samples;
    mmi_no_data_make(adjust->image.type, options->no_data, options->no_data_count, &adjust->no_data);
    if (!mmi__no_data_is_any(&adjust->no_data))
        return true;
    adjust->would = calloc((adjust->no_data.count + 1) * samples, sizeof *adjust->would);
    for (size_t i = 0; adjust->would && i < adjust->no_data.count; i++)
        for (size_t channel = 0; channel < samples; channel++) {
            unsigned char stored[8], changed[8];
            mmi__no_data_stored(&adjust->no_data, i, stored);
            mmi__apply(adjust, channel, stored, changed, &adjust->would[i * samples + channel]);
        }
    return adjust->would != NULL;
}

mmv_status mmi_adjust_create(const mmi_image *image, const mmi_adjust_options *options, mmi_adjust **adjust_ret)
{
    assert(image && options && adjust_ret);
    mmv_status status = check(image, options);
    if (status)
        return status;
    mmi_adjust *adjust = calloc(1, sizeof *adjust);
    if (!adjust)
        return mmv_error_set(MMV_ENOMEM, 0, OPERATION);
    adjust->image = *image;
    adjust->region = mmi__region_resolve(image, &options->region);
    adjust->kernels = mmi__kernels_at(0);
    adjust->rules = calloc(image->samples, sizeof *adjust->rules);
    if (adjust->rules)
        set_rules(adjust, options);
    if (!adjust->rules || !create_tables(adjust) || !create_no_data(adjust, options)) {
        mmi_adjust_destroy(&adjust);
        return mmv_error_set(MMV_ENOMEM, 0, OPERATION);
    }
    *adjust_ret = adjust;
    return MMV_OK;
}

void mmi_adjust_destroy(mmi_adjust **adjust)
{
    if (!adjust || !*adjust)
        return;
    mmi__aligned_free((*adjust)->tables);
    free((*adjust)->would);
    free((*adjust)->rules);
    free(*adjust);
    *adjust = NULL;
}
