/* SPDX-License-Identifier: MIT */
/* test_stats.c - figures against plain sums over all samples, in any order and on any number of threads. */

#include "support.h"

#include "check.h"
#include "naive.h"

#include <mmimage/stats.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PIXELS (3 * (size_t)MMI_STATS_BLOCK + 12345)

static void naive_stats(mmi_type type, uint32_t channels, uint32_t channel, const unsigned char *data, size_t pixels,
                        mmi_channel_stats *result)
{
    size_t size = mmi_type_size(type);
    long double sum = 0, squares = 0;
    *result = (mmi_channel_stats){.min = INFINITY, .max = -INFINITY};
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < pixels; i++) {
            double value = mmi_sample_get(type, data + (i * channels + channel) * size);
            if (!isfinite(value)) {
                result->nan += round == 0 && isnan(value);
                result->infinite += round == 0 && !isnan(value);
                continue;
            }
            if (round == 1) {
                squares += ((long double)value - sum) * ((long double)value - sum);
                continue;
            }
            result->count++;
            sum += (long double)value;
            result->min = fmin(result->min, value);
            result->max = fmax(result->max, value);
            result->low += !mmi_type_is_float(type) && value == mmi_type_minimum(type);
            result->high += !mmi_type_is_float(type) && value == mmi_type_maximum(type);
            if (i + 1 == pixels)
                break;
        }
    if (result->count == 0)
        return;
    /* The mean of the first round is what the second one takes its distances from. */
    sum /= (long double)result->count;
    squares = 0;
    for (size_t i = 0; i < pixels; i++) {
        double value = mmi_sample_get(type, data + (i * channels + channel) * size);
        if (isfinite(value))
            squares += ((long double)value - sum) * ((long double)value - sum);
    }
    result->mean = (double)sum;
    result->sd = (double)sqrtl(squares / (long double)result->count);
}

static void check_close(double got, double wanted, double scale)
{
    if (!(fabs(got - wanted) <= 1e-12 * (fabs(wanted) + scale)))
        fail_msg("%.17g instead of %.17g", got, wanted);
}

static void check_stats(const mmi_channel_stats *got, const mmi_channel_stats *wanted)
{
    assert_true(got->count == wanted->count && got->nan == wanted->nan && got->infinite == wanted->infinite);
    assert_true(got->low == wanted->low && got->high == wanted->high);
    assert_true(got->min == wanted->min && got->max == wanted->max);
    check_close(got->mean, wanted->mean, wanted->sd);
    check_close(got->sd, wanted->sd, 0);
}

/* All blocks of an image, from 'first' on, 'step' by 'step', to the threads in turn. */
static void collect(mmi_type type, uint32_t channels, const unsigned char *data, size_t pixels, unsigned threads,
                    size_t first, size_t step, mmi_channel_stats *results)
{
    mmi_stats *stats;
    size_t pixel = channels * mmi_type_size(type);
    size_t blocks = (pixels + MMI_STATS_BLOCK - 1) / MMI_STATS_BLOCK;
    assert_int_equal(mmi_stats_create(type, channels, threads, &stats), MMV_OK);
    for (size_t i = 0; i < blocks; i++) {
        size_t block = (first + i * step) % blocks, from = block * MMI_STATS_BLOCK;
        size_t count = pixels - from < MMI_STATS_BLOCK ? pixels - from : MMI_STATS_BLOCK;
        assert_int_equal(mmi_stats_add(stats, (unsigned)(i % threads),
                                       &(mmi_block){MMI_ALL_CHANNELS, block, data + from * pixel, count}),
                         MMV_OK);
    }
    mmi_stats_get(stats, results);
    mmi_stats_destroy(&stats);
    assert_null(stats);
    mmi_stats_destroy(&stats);
}

static void test_every_type(void **state)
{
    static const uint32_t counts[] = {1, 3, 4, 7, 100};
    struct dice dice = {5};
    (void)state;
    unsigned char *data = malloc(PIXELS * 8);
    assert_non_null(data);
    for (unsigned k = 0; k < 2 * MMI_KINDS; k++)
        for (size_t c = 0; c < COUNT(counts); c++) {
            mmi_type type = {(mmi_kind)(k / 2), k % 2};
            uint32_t channels = counts[c];
            size_t pixels = channels == 1 ? PIXELS : PIXELS / 8 / channels * channels / channels + c;
            mmi_channel_stats got[100], wanted;
            dice_samples(&dice, type, data, pixels * channels);
            collect(type, channels, data, pixels, 1, 0, 1, got);
            for (uint32_t channel = 0; channel<channels; channel += channels> 10 ? 33 : 1) {
                naive_stats(type, channels, channel, data, pixels, &wanted);
                check_stats(&got[channel], &wanted);
            }
        }
    free(data);
}

/* Bit by bit: whoever adds which block when. */
static void test_order_does_not_matter(void **state)
{
    static const mmi_type types[] = {{MMI_F32, false}, {MMI_F64, true}, {MMI_I16, false}};
    struct dice dice = {6};
    const size_t pixels = 21 * (size_t)MMI_STATS_BLOCK + 77;
    unsigned char *data = malloc(pixels * 8);
    (void)state;
    assert_non_null(data);
    for (size_t t = 0; t < COUNT(types); t++) {
        mmi_channel_stats first, other;
        dice_samples(&dice, types[t], data, pixels);
        collect(types[t], 1, data, pixels, 1, 0, 1, &first);
        /* None shares a divisor with the 22 blocks: each gets its turn. */
        for (size_t step = 3; step < 22; step += step == 9 ? 4 : 2) {
            collect(types[t], 1, data, pixels, (unsigned)step, step, step, &other);
            assert_memory_equal(&other, &first, sizeof first);
        }
    }
    free(data);
}

/* A process' share of the blocks, packed; its statistics are gone then. */
static void *pack_share(mmi_type type, uint32_t channels, const unsigned char *data, size_t pixels, size_t from,
                        size_t to, size_t *size_ret)
{
    mmi_stats *stats;
    void *bytes = NULL;
    size_t pixel = channels * mmi_type_size(type);
    assert_int_equal(mmi_stats_create(type, channels, 2, &stats), MMV_OK);
    for (size_t block = from; block < to; block++) {
        size_t at = block * MMI_STATS_BLOCK, count = pixels - at < MMI_STATS_BLOCK ? pixels - at : MMI_STATS_BLOCK;
        assert_int_equal(
            mmi_stats_add(stats, block % 2, &(mmi_block){MMI_ALL_CHANNELS, block, data + at * pixel, count}), MMV_OK);
    }
    assert_int_equal(mmi_stats_pack(stats, &bytes, size_ret), MMV_OK);
    mmi_stats_destroy(&stats);
    return bytes;
}

/* Bit by bit the figures of one process, however many there are and whichever is merged first. */
static void test_processes_are_merged(void **state)
{
    static const mmi_type types[] = {{MMI_F32, false}, {MMI_F64, true}, {MMI_I16, false}, {MMI_U32, true}};
    const size_t pixels = 21 * (size_t)MMI_STATS_BLOCK + 77, blocks = 22;
    struct dice dice = {9};
    unsigned char *data = malloc(pixels * 2 * 8);
    (void)state;
    assert_non_null(data);
    for (size_t t = 0; t < COUNT(types); t++) {
        mmi_channel_stats first[2], other[2];
        dice_samples(&dice, types[t], data, pixels * 2);
        collect(types[t], 2, data, pixels, 1, 0, 1, first);
        for (size_t count = 1; count <= 23; count += 2) {
            mmi_stats *stats;
            assert_int_equal(mmi_stats_create(types[t], 2, 1, &stats), MMV_OK);
            for (size_t i = 0; i < count; i++) {
                /* From the middle to both sides; some have no block. */
                size_t share = (i + count / 2) % count, size;
                void *bytes =
                    pack_share(types[t], 2, data, pixels, share * blocks / count, (share + 1) * blocks / count, &size);
                assert_int_equal(mmi_stats_merge(stats, bytes, size), MMV_OK);
                free(bytes);
            }
            mmi_stats_get(stats, other);
            assert_memory_equal(other, first, sizeof first);
            mmi_stats_destroy(&stats);
        }
    }
    free(data);
}

/* What is cut off, too long, of other samples or no such thing at all counts nothing. */
static void test_strange_bytes_are_refused(void **state)
{
    const mmi_type type = {MMI_F32, false}, wider = {MMI_F64, false};
    const size_t pixels = 3 * (size_t)MMI_STATS_BLOCK;
    struct dice dice = {10};
    unsigned char *data = malloc(pixels * 2 * 4);
    mmi_channel_stats before[2], after[2];
    mmi_stats *stats, *others[2];
    size_t size;
    (void)state;
    assert_non_null(data);
    dice_samples(&dice, type, data, pixels * 2);
    unsigned char *bytes = pack_share(type, 2, data, pixels, 0, 3, &size);
    assert_int_equal(mmi_stats_create(type, 2, 1, &stats), MMV_OK);
    assert_int_equal(mmi_stats_create(wider, 2, 1, &others[0]), MMV_OK);
    assert_int_equal(mmi_stats_create(type, 3, 1, &others[1]), MMV_OK);
    mmi_stats_get(stats, before);
    for (size_t length = 0; length < size; length++)
        assert_int_equal(mmi_stats_merge(stats, bytes, length), MMV_EINVAL);
    unsigned char *longer = malloc(size + 1);
    assert_non_null(longer);
    memcpy(longer, bytes, size);
    longer[size] = 0;
    assert_int_equal(mmi_stats_merge(stats, longer, size + 1), MMV_EINVAL);
    longer[0] ^= 1;
    assert_int_equal(mmi_stats_merge(stats, longer, size), MMV_EINVAL);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(mmi_stats_merge(others[i], bytes, size), MMV_EINVAL);
        assert_string_equal(mmv_last_error()->parameter, "bytes");
        mmi_stats_destroy(&others[i]);
    }
    mmi_stats_get(stats, after);
    assert_memory_equal(before, after, sizeof before);
    assert_int_equal(mmi_stats_merge(stats, bytes, size), MMV_OK);
    mmi_stats_get(stats, after);
    assert_int_equal(after[0].count, pixels);
    mmi_stats_destroy(&stats);
    free(longer);
    free(bytes);
    free(data);
}

static void test_planes(void **state)
{
    static unsigned char data[2][5000 * 4];
    mmi_type type = {MMI_F32, false};
    struct dice dice = {7};
    mmi_stats *stats;
    mmi_channel_stats got[2], wanted;
    (void)state;
    assert_int_equal(mmi_stats_create(type, 2, 1, &stats), MMV_OK);
    for (uint32_t c = 0; c < 2; c++) {
        dice_samples(&dice, type, data[c], 5000);
        for (size_t block = 0; block < 5; block++)
            assert_int_equal(mmi_stats_add(stats, 0, &(mmi_block){c, block, data[c] + block * 4000, 1000}), MMV_OK);
    }
    mmi_stats_get(stats, got);
    mmi_stats_destroy(&stats);
    for (uint32_t c = 0; c < 2; c++) {
        naive_stats(type, 1, 0, data[c], 5000, &wanted);
        check_stats(&got[c], &wanted);
    }
}

static void test_what_is_no_number(void **state)
{
    float data[64];
    mmi_type type;
    mmi_channel_stats got;
    (void)state;
    assert_true(mmi_type_parse("f32", &type));
    for (int i = 0; i < 64; i++)
        data[i] = i == 5 ? (float)NAN : i == 17 ? (float)INFINITY : i == 40 ? -(float)INFINITY : (float)i;
    collect(type, 1, (unsigned char *)data, 64, 1, 0, 1, &got);
    assert_true(got.count == 61 && got.nan == 1 && got.infinite == 2 && got.min == 0 && got.max == 63);
    for (int i = 0; i < 64; i++)
        data[i] = (float)NAN;
    collect(type, 1, (unsigned char *)data, 64, 1, 0, 1, &got);
    assert_true(got.count == 0 && got.nan == 64 && isnan(got.mean) && isnan(got.sd) && isnan(got.min));
}

/* Far from zero and close together: what a sum of squares loses. */
static void test_small_deviations(void **state)
{
    enum { SAMPLES = 200000 };
    unsigned char *data = malloc(SAMPLES * 8);
    static const mmi_type types[] = {{MMI_I32, false}, {MMI_U32, true}, {MMI_F64, false}};
    mmi_channel_stats got;
    (void)state;
    assert_non_null(data);
    for (size_t t = 0; t < COUNT(types); t++) {
        for (size_t i = 0; i < SAMPLES; i++)
            mmi_sample_set(types[t], data + i * mmi_type_size(types[t]), 2147483600.0 + (double)(i % 2));
        collect(types[t], 1, data, SAMPLES, 1, 0, 1, &got);
        assert_true(got.mean == 2147483600.5);
        assert_true(got.sd == 0.5);
    }
    free(data);
}

/* Every one of 64 bits counts, at both ends of the types; squares of them need more than 128 bits. */
static void test_64_bits(void **state)
{
    enum { SAMPLES = 100000 };
    uint64_t *data = malloc(SAMPLES * sizeof *data);
    mmi_type types[2];
    mmi_channel_stats got;
    (void)state;
    assert_non_null(data);
    assert_true(mmi_type_parse("u64", &types[0]) && mmi_type_parse("i64", &types[1]));
    for (size_t t = 0; t < COUNT(types); t++) {
        uint64_t base = t == 0 ? UINT64_MAX - 6 : (uint64_t)INT64_MIN + 3;
        for (size_t i = 0; i < SAMPLES; i++)
            data[i] = base + i % 2 * 2;
        collect(types[t], 1, (unsigned char *)data, SAMPLES, 1, 0, 1, &got);
        assert_true(got.min_bits == base && got.max_bits == base + 2 && got.sd == 1);
        assert_true(got.mean == (t == 0 ? 0x1p64 : -0x1p63) && got.low == 0 && got.high == 0);
        /* Half at each end: the deviation is half the range. */
        for (size_t i = 0; i < SAMPLES; i++)
            data[i] = t == 0 ? 0 - (uint64_t)(i % 2) : (uint64_t)INT64_MAX + i % 2;
        collect(types[t], 1, (unsigned char *)data, SAMPLES, 3, 0, 1, &got);
        assert_true(got.low == SAMPLES / 2 && got.high == SAMPLES / 2 && got.sd == 0x1p63);
        assert_true(got.mean == (t == 0 ? 0x1p63 : -0.5));
    }
    free(data);
}

/* The same samples with others among them that are left out have the same figures. */
static void test_no_data(void **state)
{
    static const double values[] = {-9984, 77, NAN, 1e300};
    static const uint32_t counts[] = {1, 3};
    struct dice dice = {12};
    size_t count = 3 * 20000;
    unsigned char *data = malloc(2 * count * 8), *valid = malloc(count * 8);
    (void)state;
    assert_true(data && valid);
    for (unsigned k = 0; k < 2 * MMI_KINDS; k++)
        for (size_t n = 0; n < COUNT(counts); n++) {
            mmi_type type = {(mmi_kind)(k / 2), k % 2};
            size_t size = mmi_type_size(type), used = 0, channels = counts[n], pixels = 0;
            uint64_t left_out[3] = {0};
            mmi_channel_stats got[3], wanted[3];
            dice_samples(&dice, type, valid, count);
            for (size_t i = 0; i < count; i++) {
                double value = mmi_sample_get(type, valid + i * size);
                if (value == 77 || value == -9984)
                    mmi_sample_set(type, valid + i * size, 78);
            }
            /* Whole pixels of no data, so that the rest keeps its channels. */
            for (size_t i = 0; i + channels <= count; i += channels) {
                while (dice_below(&dice, 4) == 0 && pixels < count / channels) {
                    double value = mmi_type_is_float(type) && dice_below(&dice, 2) ? (double)NAN : 77;
                    for (size_t c = 0; c < channels; c++) {
                        mmi_sample_set(type, data + used++ * size, value);
                        left_out[c]++;
                    }
                    pixels++;
                }
                memcpy(data + used * size, valid + i * size, channels * size);
                used += channels;
            }
            collect(type, (uint32_t)channels, valid, count / channels, 1, 0, 1, wanted);
            mmi_stats *stats;
            assert_int_equal(mmi_stats_create(type, (uint32_t)channels, 1, &stats), MMV_OK);
            assert_int_equal(mmi_stats_set_no_data(stats, values, COUNT(values)), MMV_OK);
            for (size_t block = 0, all = used / channels; block * MMI_STATS_BLOCK < all; block++) {
                size_t from = block * MMI_STATS_BLOCK, most = all - from;
                most = most < MMI_STATS_BLOCK ? most : MMI_STATS_BLOCK;
                const mmi_block one = {MMI_ALL_CHANNELS, block, data + from * channels * size, most};
                assert_int_equal(mmi_stats_add(stats, 0, &one), MMV_OK);
            }
            mmi_stats_get(stats, got);
            for (size_t c = 0; c < channels; c++) {
                assert_true(got[c].no_data == left_out[c] && got[c].nan == 0);
                check_stats(&got[c], &wanted[c]);
            }
            mmi_stats_destroy(&stats);
        }
    free(data);
    free(valid);
}

/* A header's maxval: samples at and beyond it are counted, whichever way the type is summed. */
static void test_ends(void **state)
{
    static const mmi_kind kinds[] = {MMI_U8, MMI_U16, MMI_I16, MMI_U32, MMI_U64, MMI_I64};
    (void)state;
    for (size_t k = 0; k < COUNT(kinds); k++)
        for (uint32_t channels = 1; channels <= 3; channels += 2) {
            mmi_type type = {kinds[k], k % 2};
            size_t size = mmi_type_size(type);
            unsigned char data[3000 * 8];
            uint64_t low = 0, high = 0;
            mmi_channel_stats got[3];
            mmi_stats *stats;
            for (size_t i = 0; i < 3000; i++) {
                double value = (double)(i * 7 % 120);
                mmi_sample_set(type, data + i * size, value);
                low += i % channels == 0 && value <= 5;
                high += i % channels == 0 && value >= 100;
            }
            assert_int_equal(mmi_stats_create(type, channels, 1, &stats), MMV_OK);
            mmi_stats_set_ends(stats, 5, 100);
            assert_int_equal(mmi_stats_add(stats, 0, &(mmi_block){MMI_ALL_CHANNELS, 0, data, 3000 / channels}), MMV_OK);
            mmi_stats_get(stats, got);
            assert_true(got[0].low == low && got[0].high == high && got[0].max == (channels == 1 ? 119 : 117));
            mmi_stats_destroy(&stats);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_type),
        cmocka_unit_test(test_order_does_not_matter),
        cmocka_unit_test(test_processes_are_merged),
        cmocka_unit_test(test_strange_bytes_are_refused),
        cmocka_unit_test(test_planes),
        cmocka_unit_test(test_what_is_no_number),
        cmocka_unit_test(test_small_deviations),
        cmocka_unit_test(test_64_bits),
        cmocka_unit_test(test_no_data),
        cmocka_unit_test(test_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
