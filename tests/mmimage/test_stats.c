/* SPDX-License-Identifier: MIT */
/* test_stats.c - figures against plain sums over all samples, in any order and on any number of threads. */

#include "support.h"

#include "check.h"
#include "naive.h"
#include "stats/sums.h"
#include "stats/wide.h"

#include <mmimage/stats.h>

#include <math.h>
#include <stdlib.h>

#define PIXELS (3 * (size_t)MMI_STATS_BLOCK + 12345)

static void fill(mmi_type type, unsigned char *data, size_t samples, struct dice *dice)
{
    size_t size = mmi_type_size(type);
    for (size_t i = 0; i < samples; i++) {
        uint64_t value = dice_below(dice, UINT64_C(1) << 32);
        if (type.kind == MMI_F32 || type.kind == MMI_F64)
            mmi_sample_set(type, data + i * size, (double)(float)((double)value / 1e3 - 1e6));
        else if (i % 97 == 0)
            mmi_sample_set(type, data + i * size, value % 2 ? mmi_type_minimum(type) : mmi_type_maximum(type));
        else
            memcpy(data + i * size, &value, size);
    }
}

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
        assert_int_equal(
            mmi_stats_add(stats, (unsigned)(i % threads), MMI_ALL_CHANNELS, block, data + from * pixel, count), MMV_OK);
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
            fill(type, data, pixels * channels, &dice);
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
        fill(types[t], data, pixels, &dice);
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
        assert_int_equal(mmi_stats_add(stats, block % 2, MMI_ALL_CHANNELS, block, data + at * pixel, count), MMV_OK);
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
        fill(types[t], data, pixels * 2, &dice);
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
    fill(type, data, pixels * 2, &dice);
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
        fill(type, data[c], 5000, &dice);
        for (size_t block = 0; block < 5; block++)
            assert_int_equal(mmi_stats_add(stats, 0, c, block, data[c] + block * 4000, 1000), MMV_OK);
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

/* ---- sums of groups ---------------------------------------------------------------------------------------------- */

static void test_groups_on_every_processor(void **state)
{
    static unsigned char data[3000 * 48];
    static const size_t rows[] = {1, 2, 3, 4, 5, 100, 3000};
    struct dice dice = {8};
    (void)state;
    for (unsigned k = 0; k < 8; k++) {
        mmi_type type = {(mmi_kind)(k / 2), k % 2};
        size_t stride = 24 * mmi_type_size(type);
        fill(type, data, 3000 * 24, &dice);
        const mmi__summing *best = mmi__sum_of(type);
        const mmi__summing *base = &mmi__sums_base[type.kind][!mmi_type_is_native(type)];
        for (size_t r = 0; r < COUNT(rows); r++) {
            struct mmi__sums a, b;
            struct mmi__ends c, d;
            best->sum(data, rows[r], stride, &a);
            base->sum(data, rows[r], stride, &b);
            assert_memory_equal(a.min, b.min, sizeof a.min + sizeof a.max + sizeof a.sum);
            /* How the halves share the sum is theirs. */
            for (int j = 0; j < MMI__GROUP; j++)
                assert_true((uint64_t)a.square_low[j] + ((uint64_t)a.square_high[j] << 16) ==
                            (uint64_t)b.square_low[j] + ((uint64_t)b.square_high[j] << 16));
            best->end(data, rows[r], stride, &c);
            base->end(data, rows[r], stride, &d);
            assert_memory_equal(&c, &d, sizeof c);
        }
    }
    assert_null(mmi__sum_of((mmi_type){MMI_F32, false}));
}

/* As large as sums may become: every sample the lowest. */
static void test_groups_at_their_limit(void **state)
{
    const size_t rows = MMI__SUM_ROWS;
    int16_t *data = malloc(rows * 32);
    struct mmi__sums sums;
    mmi_type type;
    (void)state;
    assert_non_null(data);
    for (size_t i = 0; i < rows * 16; i++)
        data[i] = INT16_MIN;
    assert_true(mmi_type_parse("i16", &type));
    mmi__sum_of(type)->sum((unsigned char *)data, rows, 32, &sums);
    for (int j = 0; j < MMI__GROUP; j++) {
        assert_true(sums.sum[j] == (int64_t)INT16_MIN * (int64_t)rows);
        assert_true((uint64_t)sums.square_low[j] + ((uint64_t)sums.square_high[j] << 16) == ((uint64_t)1 << 30) * rows);
    }
    free(data);
}

static void test_wide_numbers(void **state)
{
    (void)state;
    mmi__wide a = mmi__wide_product(UINT64_MAX, UINT64_MAX);
    assert_true(a.low == 1 && a.high == UINT64_MAX - 1);
    mmi__wide minus = mmi__wide_times(mmi__wide_of(-3), 7);
    assert_true(mmi__wide_is_negative(minus) && mmi__wide_double(minus) == -21);
    assert_true(mmi__wide_double(mmi__wide_times(minus, -1000000007)) == 21000000147.0);
    mmi__wide sum = mmi__wide_sum((mmi__wide){UINT64_MAX, 0}, mmi__wide_of(1));
    assert_true(sum.low == 0 && sum.high == 1);
    assert_true(mmi__wide_double(sum) == 0x1p64);
}

/* ---- digits ------------------------------------------------------------------------------------------------------ */

static void test_keys(void **state)
{
    static const double values[] = {-1e30, -4, -1, -0.5, 0, 0.25, 1, 1e30};
    (void)state;
    for (int kind = 0; kind < MMI_KINDS; kind++) {
        mmi_type type = {(mmi_kind)kind, false};
        unsigned bits = mmi_key_bits(type);
        uint64_t top = bits == 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
        if (!mmi_type_is_float(type)) {
            assert_true(mmi_key_value(type, 0) == mmi_type_minimum(type));
            assert_true(mmi_key_value(type, top) == mmi_type_maximum(type));
        }
    }
    /* Following a value through its digits gives it back. */
    for (int kind = MMI_F32; kind <= MMI_F64; kind++) {
        mmi_type type = {(mmi_kind)kind, true};
        mmi_digits *table = calloc(1, sizeof *table);
        double before = -INFINITY;
        assert_non_null(table);
        for (size_t v = 0; v < COUNT(values); v++) {
            unsigned char stored[8];
            uint64_t key = 0;
            mmi_sample_set(type, stored, values[v]);
            for (unsigned shift = mmi_key_bits(type); shift > 0;) {
                memset(table, 0, sizeof *table);
                table->shift = shift -= 16;
                table->prefix = key;
                mmi_digits_add(type, 1, MMI_ALL_CHANNELS, stored, 1, table, 1);
                mmi_digits_settle(table);
                uint64_t digit = 0;
                while (digit < MMI_DIGITS - 1 && table->counts[digit] == 0)
                    digit++;
                assert_true(table->counts[digit] == 1);
                key = key << 16 | digit;
            }
            assert_true(mmi_key_value(type, key) == mmi_sample_get(type, stored));
            assert_true(mmi_key_value(type, key) > before);
            before = mmi_key_value(type, key);
        }
        free(table);
    }
}

static void test_counts_of_values(void **state)
{
    enum { SAMPLES = 9 * 5000 };
    static unsigned char data[SAMPLES * 2];
    struct dice dice = {9};
    (void)state;
    mmi_digits *tables = malloc(3 * sizeof *tables);
    uint64_t *wanted = malloc(3 * MMI_DIGITS * sizeof *wanted);
    assert_true(tables && wanted);
    for (unsigned k = 0; k < 8; k++) {
        mmi_type type = {(mmi_kind)(k / 2), k % 2};
        size_t size = mmi_type_size(type);
        fill(type, data, SAMPLES, &dice);
        memset(tables, 0, 3 * sizeof *tables);
        memset(wanted, 0, 3 * MMI_DIGITS * sizeof *wanted);
        for (uint32_t c = 0; c < 3; c++)
            tables[c].channel = c;
        for (size_t i = 0; i < SAMPLES; i++)
            wanted[i % 3 * MMI_DIGITS + (size_t)(mmi_sample_get(type, data + i * size) - mmi_type_minimum(type))]++;
        mmi_digits_add(type, 3, MMI_ALL_CHANNELS, data, SAMPLES / 3 - 7, tables, 3);
        mmi_digits_add(type, 3, MMI_ALL_CHANNELS, data + (SAMPLES - 21) * size, 7, tables, 3);
        for (uint32_t c = 0; c < 3; c++) {
            mmi_digits_settle(&tables[c]);
            assert_memory_equal(tables[c].counts, wanted + c * MMI_DIGITS, MMI_DIGITS * sizeof *wanted);
        }
        /* The same samples as one channel that lies apart, the middle one of three. */
        memset(tables, 0, 3 * sizeof *tables);
        for (uint32_t c = 0; c < 3; c++)
            tables[c].channel = c;
        mmi_digits_add(type, 3, 1, data, SAMPLES, tables, 3);
        mmi_digits_settle(&tables[1]);
        for (size_t i = 0; i < MMI_DIGITS; i++)
            assert_true(tables[1].counts[i] == wanted[i] + wanted[MMI_DIGITS + i] + wanted[2 * MMI_DIGITS + i]);
    }
    free(tables);
    free(wanted);
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
        cmocka_unit_test(test_groups_on_every_processor),
        cmocka_unit_test(test_groups_at_their_limit),
        cmocka_unit_test(test_wide_numbers),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_counts_of_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
