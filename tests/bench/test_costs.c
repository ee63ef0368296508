/* SPDX-License-Identifier: MIT */
/* test_costs.c - that every cost is measured and nothing is left; and the words, which are worked out by hand. */

#include "check.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mmbench/costs.h"
#include "scratch.h"

static unsigned entries(const char *directory)
{
    unsigned count = 0;
    DIR *list = opendir(directory);
    assert_non_null(list);
    while (readdir(list))
        count++;
    closedir(list);
    return count - 2;
}

static void test_everything_is_measured(void **state)
{
    struct costs costs;
    const char *folder = scratch("costs");
    (void)state;
    assert_int_equal(mkdir(folder, 0700), 0);
    struct place place = PLACE_IN(folder);
    assert_true(costs_measure(&place, 0, &costs));
    /* No time for more than the least. */
    assert_int_equal(costs.rounds, 3);
    assert_int_equal(costs.page, sysconf(_SC_PAGESIZE));
    for (enum cost cost = 0; cost < COST_KINDS; cost++) {
        /* A kernel before 5.14 cannot populate. */
        if (cost == COST_POPULATED && costs.why[cost][0])
            continue;
        if (costs.ns[cost].count != 3)
            fail_msg("%s: %s", cost_words(cost)->key, costs.why[cost]);
        assert_true(costs_ns(&costs, cost) > 0);
    }
    assert_int_equal(entries(place.path), 1); /* its lock */
    place_remove(&place);
    assert_int_equal(entries(folder), 0);
    rmdir(folder);
}

static void test_a_place_that_is_none(void **state)
{
    struct costs costs;
    struct place place = PLACE_IN("/nowhere/at/all");
    (void)state;
    assert_false(costs_measure(&place, 0, &costs));
    assert_non_null(strstr(place.why, "No such file"));
}

static void test_durations(void **state)
{
    static const struct {
        double ns;
        const char *text;
    } rows[] = {{0.0123, "0.012 ns"}, {1, "1.0 ns"},     {4.94, "4.9 ns"}, {9.96, "10 ns"},
                {999, "999 ns"},      {999.9, "1.0 us"}, {4900, "4.9 us"}, {51e3, "51 us"},
                {2.7e6, "2.7 ms"},    {3e9, "3.0 s"},    {5e12, "5000 s"}};
    char text[COSTS_TEXT];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(costs_text(rows[i].ns, text), rows[i].text);
}

static void set(struct costs *costs, enum cost cost, double ns)
{
    costs->ns[cost] = (struct samples){.count = 0};
    samples_add(&costs->ns[cost], ns);
}

static void test_reasons(void **state)
{
    struct costs costs = {.rounds = 1};
    char text[256];
    (void)state;
    costs_reason(&costs, text, sizeof text);
    assert_string_equal(text, "");
    set(&costs, COST_TOUCH, 90);
    costs_reason(&costs, text, sizeof text);
    assert_string_equal(text, "");
    set(&costs, COST_READ, 310);
    costs_reason(&costs, text, sizeof text);
    assert_string_equal(text, "a page costs 90 ns mapped, at its first touch, and 310 ns read");
    set(&costs, COST_CHANGE, 180);
    set(&costs, COST_POPULATED, 999);
    costs_reason(&costs, text, sizeof text);
    assert_string_equal(text, "a page costs 90 ns mapped, at its first touch, and 310 ns read");
    set(&costs, COST_CHANGE, 5200);
    set(&costs, COST_POPULATED, 4900);
    costs_reason(&costs, text, sizeof text);
    assert_string_equal(text,
                        "a page costs 90 ns mapped, at its first touch, and 310 ns read; read and then changed in "
                        "place 5.2 us; 4.9 us where no fault is left: that is the hypervisor");
    /* What does not fit is cut. */
    costs_reason(&costs, text, 70);
    assert_int_equal(strlen(text), 69);
    costs_reason(&costs, text, 10);
    assert_string_equal(text, "a page co");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_is_measured),
        cmocka_unit_test(test_a_place_that_is_none),
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
