/* SPDX-License-Identifier: MIT */
/*
 * What the pairs of a trial say, from times that are made up.
 */

#include "check.h"

#include "walk/verdict.h"

#include <math.h>

#define NS 1e-9

static bool is_near(double a, double b)
{
    return fabs(a - b) < 1e-9;
}

/* The processor was lost in one of five pairs, and the whole machine was slow during another one. */
static void test_one_odd_pair_says_little(void **state)
{
    const double pace[2][MMV__PAIRS] = {{1 * NS, 1 * NS, 1 * NS, 9 * NS, 1 * NS},
                                        {2 * NS, 2 * NS, 90 * NS, 18 * NS, 2 * NS}};
    mmv__verdict v = mmv__verdict_of(pace, 5);
    (void)state;
    assert_true(is_near(v.middle, log(2)));
    assert_true(is_near(v.most, log(90)));
    assert_true(is_near(v.paces[0] / NS, 1) && is_near(v.paces[1] / NS, 2));
}

static void test_an_even_number_has_a_middle(void **state)
{
    const double pace[2][MMV__PAIRS] = {{1 * NS, 1 * NS}, {2 * NS, 8 * NS}};
    mmv__verdict v = mmv__verdict_of(pace, 2);
    (void)state;
    assert_true(is_near(v.middle, log(4)));
    assert_true(is_near(v.paces[1] / NS, 5));
}

/* Two pairs that agree by chance are no sure thing, and pairs that part far are less sure than such that do not. */
static void test_more_pairs_are_surer(void **state)
{
    double pace[2][MMV__PAIRS];
    (void)state;
    for (unsigned i = 0; i < MMV__PAIRS; i++) {
        pace[0][i] = 1 * NS;
        pace[1][i] = 2 * NS;
    }
    double of_two = mmv__verdict_of(pace, 2).error, of_eight = mmv__verdict_of(pace, 8).error;
    double of_all = mmv__verdict_of(pace, MMV__PAIRS).error;
    assert_true(of_two > 2.5 * of_eight && of_eight > of_all && of_all > 0);
    for (unsigned i = 0; i < 8; i++)
        pace[1][i] = (i % 2 ? 1 : 4) * NS;
    assert_true(mmv__verdict_of(pace, 8).error > 4 * of_eight);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_odd_pair_says_little),
        cmocka_unit_test(test_an_even_number_has_a_middle),
        cmocka_unit_test(test_more_pairs_are_surer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
