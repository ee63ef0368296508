/* SPDX-License-Identifier: MIT */
/*
 * test_range.c - 64-bit arithmetic against an oracle that cannot wrap: 128 bits in two halves, multiplied in pieces of
 * 32 bits, so that it is the same on processors without a 128-bit type. Where there is one, the oracle itself is
 * checked against it.
 */

#include "check.h"

typedef struct wide {
    uint64_t high, low;
} wide;

static wide wide_sum(uint64_t a, uint64_t b)
{
    return (wide){(a >> 1) + (b >> 1) + (a & b & 1) >= UINT64_C(1) << 63, a + b};
}

static wide wide_product(uint64_t a, uint64_t b)
{
    uint64_t limbs[4] = {0};
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++) {
            uint64_t part = (uint32_t)(a >> 32 * i) * (uint64_t)(uint32_t)(b >> 32 * j);
            limbs[i + j] += (uint32_t)part;
            limbs[i + j + 1] += part >> 32;
        }
    for (int i = 0; i < 3; i++) {
        limbs[i + 1] += limbs[i] >> 32;
        limbs[i] = (uint32_t)limbs[i];
    }
    return (wide){limbs[3] << 32 | limbs[2], limbs[1] << 32 | limbs[0]};
}

static bool wide_at_most(wide a, uint64_t b)
{
    return a.high == 0 && a.low <= b;
}

#define MI (UINT64_C(1) << 20)
static const uint64_t fixed[] = {
    0,
    1,
    4095,
    4096,
    4097,
    2 * MI - 1,
    2 * MI,
    2 * MI + 1,
    (UINT64_C(1) << 31) - 1,
    UINT64_C(1) << 31,
    (UINT64_C(1) << 31) + 1,
    (UINT64_C(1) << 32) - 1,
    UINT64_C(1) << 32,
    (UINT64_C(1) << 32) + 1,
    (UINT64_C(1) << 63) - 1,
    UINT64_C(1) << 63,
    (UINT64_C(1) << 63) + 1,
    UINT64_MAX - 4096,
    UINT64_MAX - 1,
    UINT64_MAX,
};

/* The table above and the neighbours of 'size'. */
#define EDGES (COUNT(fixed) + 3)
static void edges(uint64_t size, uint64_t table[EDGES])
{
    memcpy(table, fixed, sizeof fixed);
    table[COUNT(fixed)] = size - 1;
    table[COUNT(fixed) + 1] = size;
    table[COUNT(fixed) + 2] = size + 1;
}

/* Run 'check' on every pair of edges, with every edge as the size. */
static unsigned each_triple(void (*check)(uint64_t a, uint64_t b, uint64_t size))
{
    unsigned count = 0;
    for (size_t s = 0; s < COUNT(fixed); s++) {
        uint64_t table[EDGES];
        edges(fixed[s], table);
        for (size_t i = 0; i < EDGES; i++)
            for (size_t j = 0; j < EDGES; j++, count++)
                check(table[i], table[j], fixed[s]);
    }
    return count;
}

static void check_fits(uint64_t offset, uint64_t length, uint64_t size)
{
    assert_int_equal(mmv_range_fits(offset, length, size), wide_at_most(wide_sum(offset, length), size));
}

static void check_sum(uint64_t a, uint64_t b, uint64_t size)
{
    wide sum = wide_sum(a, b);
    uint64_t got = 77 + size;
    assert_int_equal(mmv_sum(a, b, &got), sum.high == 0);
    assert_true(got == (sum.high == 0 ? sum.low : 77 + size));
}

static void check_product(uint64_t a, uint64_t b, uint64_t size)
{
    wide product = wide_product(a, b);
    uint64_t got = 77 + size;
    assert_int_equal(mmv_product(a, b, &got), product.high == 0);
    assert_true(got == (product.high == 0 ? product.low : 77 + size));
}

static void check_resolve(uint64_t offset, uint64_t length, uint64_t size)
{
    mmv_range range = {7, 9};
    mmv_status status = mmv_range_resolve(offset, length, size, &range);
    if (length == MMV_EMPTY && offset <= size) {
        assert_true(status == MMV_OK && range.offset == offset && range.length == 0);
        return;
    }
    if (wide_at_most(wide_sum(offset, length), size)) {
        assert_int_equal(status, MMV_OK);
        assert_true(range.offset == offset && range.length == (length ? length : size - offset));
        assert_true(mmv_range_end(range) <= size);
        return;
    }
    assert_int_equal(status, MMV_ERANGE);
    assert_true(range.offset == 7 && range.length == 9);
    assert_string_equal(mmv_last_error()->parameter, offset > size ? "offset" : "length");
}

/* Any unit, not only powers of two; up stops at the last multiple. */
static void check_round(uint64_t value, uint64_t unit, uint64_t size)
{
    (void)size;
    if (unit == 0)
        return;
    uint64_t down = mmv_round_down(value, unit);
    uint64_t up = mmv_round_up(value, unit);
    assert_true(down % unit == 0 && down <= value && value - down < unit);
    assert_true(up % unit == 0);
    if (up < value)
        assert_true(up == UINT64_MAX / unit * unit);
    else
        assert_true(up - value < unit);
    assert_true(mmv_min(value, unit) <= mmv_max(value, unit));
    assert_true(mmv_min(value, unit) == value || mmv_max(value, unit) == value);
}

static bool inside(mmv_range range, uint64_t at)
{
    return at >= range.offset && at - range.offset < mmv_range_bytes(range);
}

/* A byte is in the clipped range exactly when it is in both: asked at every border and beside it. */
static void check_clip(uint64_t a, uint64_t b, uint64_t size)
{
    mmv_range range = {a, b <= UINT64_MAX - a ? b : UINT64_MAX - a};
    mmv_range bounds = {b / 2, size <= UINT64_MAX - b / 2 ? size : UINT64_MAX - b / 2};
    mmv_range both = mmv_range_clip(range, bounds);
    const uint64_t borders[] = {range.offset, mmv_range_end(range), bounds.offset, mmv_range_end(bounds)};
    for (size_t i = 0; i < COUNT(borders); i++)
        for (uint64_t at = borders[i] - 1, n = 0; n < 3; at++, n++)
            assert_int_equal(inside(both, at), inside(range, at) && inside(bounds, at));
}

static void check_pages(uint64_t offset, uint64_t length, uint64_t size)
{
    const uint64_t page = size % 2 ? 65536 : 4096;
    mmv_range range = {offset, length <= UINT64_MAX - offset ? length : UINT64_MAX - offset};
    mmv_range pages = {1, 1};
    uint64_t end = mmv_range_end(range);
    bool possible = wide_sum(end, page - 1).high == 0;
    assert_int_equal(mmv_range_pages(range, page, &pages), possible);
    if (!possible) {
        assert_true(pages.offset == 1 && pages.length == 1);
        return;
    }
    assert_true(pages.offset % page == 0 && pages.length % page == 0);
    assert_true(pages.offset <= offset && offset - pages.offset < page);
    assert_true(mmv_range_end(pages) >= end && mmv_range_end(pages) - end < page);
}

#define ALL_TRIPLES (COUNT(fixed) * EDGES * EDGES)
#define TABLE_TEST(name)                                                                                               \
    static void test_##name(void **state)                                                                              \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        assert_int_equal(each_triple(check_##name), ALL_TRIPLES);                                                      \
    }
TABLE_TEST(fits)
TABLE_TEST(sum)
TABLE_TEST(product)
TABLE_TEST(resolve)
TABLE_TEST(round)
TABLE_TEST(clip)
TABLE_TEST(pages)

static void check_portion(uint64_t length, uint64_t index, uint64_t count)
{
    if (count == 0 || index > count)
        return;
    uint64_t got = mmv_portion(length, index, count);
    /* got * count <= length * index < (got + 1) * count */
    struct wide wanted = wide_product(length, index), low = wide_product(got, count);
    struct wide high = wide_product(got + 1, count);
    assert_true(low.high < wanted.high || (low.high == wanted.high && low.low <= wanted.low));
    assert_true(got == UINT64_MAX || wanted.high < high.high || (wanted.high == high.high && wanted.low < high.low));
}
TABLE_TEST(portion)

static void check_oracle(uint64_t a, uint64_t b, uint64_t size)
{
    (void)size;
#ifdef __SIZEOF_INT128__
    __extension__ typedef unsigned __int128 big;
    big sum = (big)a + b;
    big product = (big)a * b;
    assert_true(wide_sum(a, b).high == (uint64_t)(sum >> 64) && wide_sum(a, b).low == (uint64_t)sum);
    assert_true(wide_product(a, b).high == (uint64_t)(product >> 64) && wide_product(a, b).low == (uint64_t)product);
#else
    (void)a, (void)b;
#endif
}

static void test_the_oracle(void **state)
{
    (void)state;
#ifndef __SIZEOF_INT128__
    skip_because("no 128-bit type here; the 64-bit builds check the oracle");
#endif
    assert_int_equal(each_triple(check_oracle), ALL_TRIPLES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_oracle), cmocka_unit_test(test_fits),    cmocka_unit_test(test_sum),
        cmocka_unit_test(test_product),    cmocka_unit_test(test_resolve), cmocka_unit_test(test_round),
        cmocka_unit_test(test_clip),       cmocka_unit_test(test_pages),   cmocka_unit_test(test_portion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
