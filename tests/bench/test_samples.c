/* SPDX-License-Identifier: MIT */
/* test_samples.c - medians, spreads and verdicts that were worked out by hand. */

#include "check.h"

#include "mmbench/samples.h"

#define MOST 17

static struct samples samples_of(const double *values, size_t count)
{
    struct samples samples = {.count = 0};
    for (size_t i = 0; i < count; i++)
        samples_add(&samples, values[i]);
    return samples;
}

static void near(double is, double wanted)
{
    assert_float_equal(is, wanted, 1e-12);
}

static void test_medians_and_spreads(void **state)
{
    static const struct {
        size_t count;
        double values[MOST], median, spread;
    } rows[] = {
        {0, {0}, 0, 0},
        {1, {7}, 7, 0},
        {2, {3, 1}, 2, 1},                     /* (3 - 1) / 2 */
        {3, {5, 1, 2}, 2, 2},                  /* (5 - 1) / 2 */
        {4, {4, 1, 3, 2}, 2.5, 1.2},           /* (4 - 1) / 2.5 */
        {5, {10, 10, 10, 10, 10}, 10, 0},      /* all alike */
        {5, {0.5, 4, 0.25, 2, 1}, 1, 3.75},    /* (4 - 0.25) / 1 */
        {6, {6, 5, 4, 3, 2, 1}, 3.5, 10 / 7.}, /* (6 - 1) / 3.5 */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct samples samples = samples_of(rows[i].values, rows[i].count);
        assert_int_equal(samples.count, rows[i].count);
        near(samples_median(&samples), rows[i].median);
        near(samples_spread(&samples), rows[i].spread);
    }
}

static void test_they_are_kept_in_order(void **state)
{
    static const double values[] = {5, 3, 9, 1, 3, 8, 0};
    struct samples samples = samples_of(values, COUNT(values));
    (void)state;
    for (size_t i = 1; i < samples.count; i++)
        assert_true(samples.values[i - 1] <= samples.values[i]);
}

static void test_too_many_are_ignored(void **state)
{
    double values[SAMPLES_MAX + 1];
    (void)state;
    for (size_t i = 0; i < COUNT(values); i++)
        values[i] = (double)i;
    struct samples samples = samples_of(values, COUNT(values));
    assert_int_equal(samples.count, SAMPLES_MAX);
    near(samples.values[SAMPLES_MAX - 1], SAMPLES_MAX - 1);
}

/* Quartiles are linear between neighbours: of 1 2 3 4 5 they are 2 and 4, of 1 2 3 4 they are 1.75 and 3.25. */
static void test_faster(void **state)
{
    static const struct {
        size_t a_count, b_count;
        double a[MOST], b[MOST];
        bool faster;
    } rows[] = {
        {0, 0, {0}, {0}, false},
        {1, 0, {1}, {0}, false},
        {0, 1, {0}, {1}, false},
        {1, 1, {1}, {2}, true},
        {1, 1, {2}, {1}, false},
        {1, 1, {1}, {1}, false},
        {1, 1, {0.94}, {1}, true},    /* by more than a twentieth */
        {1, 1, {0.96}, {1}, false},   /* by less */
        {2, 2, {1, 2}, {2, 3}, true}, /* upper quartile 1.75, lower 2.25 */
        {2, 2, {1, 3}, {2, 4}, false},
        {5, 5, {1, 2, 3, 4, 5}, {4.1, 4.1, 4.2, 9, 9}, true},  /* upper quartile 4, lower 4.1 */
        {5, 5, {1, 2, 3, 4, 5}, {3.9, 3.9, 4.2, 9, 9}, false}, /* upper quartile 4, lower 3.9 */
        {4, 4, {1, 2, 3, 4}, {3, 3.4, 4, 5}, true},            /* 3.25 against 3.3 */
        {4, 4, {1, 2, 3, 4}, {3, 3.3, 4, 5}, false},           /* 3.25 against 3.225 */
        {5, 5, {1, 1, 1, 1, 100}, {2, 2, 2, 2, 2}, true},      /* one that was disturbed does not decide */
        {5, 5, {10, 10, 10, 10, 10}, {10.4, 10.4, 10.4, 10.4, 10.4}, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct samples a = samples_of(rows[i].a, rows[i].a_count);
        struct samples b = samples_of(rows[i].b, rows[i].b_count);
        if (samples_faster(&a, &b) != rows[i].faster)
            fail_msg("row %zu", i);
        assert_false(samples_faster(&a, &b) && samples_faster(&b, &a));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_medians_and_spreads),
        cmocka_unit_test(test_they_are_kept_in_order),
        cmocka_unit_test(test_too_many_are_ignored),
        cmocka_unit_test(test_faster),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
