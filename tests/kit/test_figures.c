/* SPDX-License-Identifier: MIT */
/* test_figures.c - what --reduce asks for, figures of neighbours joined, and their text. */

#include "check.h"

#include <math.h>

#include "capture.h"
#include "mmrec/figures.h"

static const struct console console = {.tool = "test"};

static struct figures parsed(const char *list)
{
    struct figures figures;
    assert_true(figures_parse(&figures, &console, list));
    return figures;
}

static void test_a_list(void **state)
{
    struct figures figures = parsed("count(), sum( f(a, b)[1] ) ,sd(x)");
    (void)state;
    assert_int_equal(figures.count, 3);
    assert_string_equal(figures.list[1].label, "sum( f(a, b)[1] )");
    assert_string_equal(figures.list[1].text, "f(a, b)[1]");
    assert_int_equal(figures.list[0].kind, FIGURE_COUNT);
    assert_int_equal(figures.list[2].kind, FIGURE_SD);
    figures_drop(&figures);
}

static void test_what_is_no_list(void **state)
{
    static const char *const lists[][2] = {{"sums(a)", "must be"},
                                           {"sum", "must be"},
                                           {"sum()", "needs"},
                                           {"count(a)", "takes nothing"},
                                           {"sum(a) + sum(b)", "behind"},
                                           {"sum(a, b)", "one expression"},
                                           {"count(),", "'' must be"},
                                           {"(a)", "must be"},
                                           {"sum(a)) + ((b)", "closes none"},
                                           {"", "no code"}};
    (void)state;
    for (size_t i = 0; i < COUNT(lists); i++) {
        struct figures figures;
        capture_begin(stderr);
        bool fine = figures_parse(&figures, &console, lists[i][0]);
        const char *said = capture_end();
        figures_drop(&figures);
        assert_false(fine);
        if (!strstr(said, lists[i][1]))
            fail_msg("'%s': '%s' instead of '%s'", lists[i][0], said, lists[i][1]);
    }
}

static void check_text(const char *list, const struct figure_state *left, const struct figure_state *right,
                       const char *wanted)
{
    struct figures figures = parsed(list);
    struct figure_state joined = *left;
    char text[FIGURE_TEXT];
    figures_merge(&figures, &joined, right);
    assert_string_equal(figure_text(&figures.list[0], &joined, text), wanted);
    figures_drop(&figures);
}

static void test_integers_are_exact(void **state)
{
    const struct figure_state none = {0}, most = {.count = 1, .values = FIGURE_UNSIGNED, .low = UINT64_MAX},
                              minus = {.count = 1, .values = FIGURE_SIGNED, .low = UINT64_MAX, .high = UINT64_MAX},
                              least = {.count = 2, .values = FIGURE_SIGNED, .high = UINT64_MAX},
                              lowest = {.count = 1, .high = (uint64_t)1 << 63};
    (void)state;
    check_text("sum(a)", &most, &most, "36893488147419103230");
    check_text("sum(a)", &minus, &minus, "-2");
    check_text("sum(a)", &least, &minus, "-18446744073709551617");
    check_text("sum(a)", &lowest, &none, "-170141183460469231731687303715884105728");
    check_text("sum(a)", &none, &none, "0");
    check_text("max(a)", &most, &none, "18446744073709551615");
    check_text("max(a)", &none, &minus, "-1");
    check_text("count()", &least, &minus, "3");
}

static void test_extremes(void **state)
{
    const struct figure_state none = {0}, one = {.count = 1, .values = FIGURE_SIGNED, .low = 1},
                              minus = {.count = 1, .values = FIGURE_SIGNED, .low = UINT64_MAX},
                              big = {.count = 1, .values = FIGURE_UNSIGNED, .low = UINT64_MAX},
                              small = {.count = 1, .values = FIGURE_UNSIGNED, .low = 7},
                              half = {.count = 1, .values = FIGURE_REAL, .real = 0.5},
                              less = {.count = 1, .values = FIGURE_REAL, .real = -0.5};
    (void)state;
    check_text("min(a)", &one, &minus, "-1");
    check_text("max(a)", &one, &minus, "1");
    check_text("min(a)", &big, &small, "7");
    check_text("max(a)", &small, &big, "18446744073709551615");
    check_text("min(a)", &half, &less, "-0.5");
    check_text("max(a)", &less, &half, "0.5");
    check_text("min(a)", &none, &none, "nan");
}

static void test_means_of_neighbours(void **state)
{
    /* 1, 2 and 6, 6, 6: the mean is 4.2, the squares 25.2 - 4.2 * 4.2 and so on. */
    const struct figure_state left = {.count = 2, .values = FIGURE_REAL, .mean = 1.5, .spread = 0.5},
                              right = {.count = 3, .values = FIGURE_REAL, .mean = 6, .spread = 0};
    struct figures figures = parsed("mean(a), sd(a)");
    struct figure_state joined[2] = {left, left};
    const struct figure_state others[2] = {right, right};
    (void)state;
    figures_merge(&figures, joined, others);
    assert_true(fabs(joined[0].mean - 4.2) < 1e-14);
    assert_true(fabs(joined[1].spread - (113 - 5 * 4.2 * 4.2)) < 1e-12);
    assert_int_equal(joined[1].count, 5);
    figures_drop(&figures);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_list),
        cmocka_unit_test(test_what_is_no_list),
        cmocka_unit_test(test_integers_are_exact),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_means_of_neighbours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
