/* SPDX-License-Identifier: MIT */
/* test_crowd.c - every thing once, turns in their order and one at a time, and an end after a no. */

#include "check.h"

#include "mmbright/many/crowd.h"

#include <stdatomic.h>

enum { THINGS = 400, THREADS = 8 };

static struct {
    atomic_int taken[THINGS]; /* how often */
    atomic_int in_turn;       /* now */
    atomic_int overlaps;      /* found somebody else in a turn */
    atomic_int wrong;         /* were told to go on behind a no, or not to before it */
    bool ordered;
    size_t order[THINGS]; /* of the turns */
    size_t turns;
    size_t says_no; /* the thing after which nothing is to be taken */
} seen;

static void *own[THREADS];

static void look_around(struct crowd_seat *seat, size_t index)
{
    crowd_turn(seat, index);
    if (atomic_fetch_add(&seen.in_turn, 1) != 0)
        atomic_fetch_add(&seen.overlaps, 1);
    /* The second time does nothing, and says the same: in order, whether something before was a no. */
    bool go_on = crowd_turn(seat, index);
    if (seen.ordered && go_on != (index <= seen.says_no))
        atomic_fetch_add(&seen.wrong, 1);
    seen.order[seen.turns++] = index;
    atomic_fetch_sub(&seen.in_turn, 1);
}

static bool take(struct crowd_seat *seat, size_t index)
{
    atomic_fetch_add(&seen.taken[index], 1);
    /* Some work before the turn, so that others overtake. */
    for (volatile size_t i = 0; i < 2000 * (index % 7); i++)
        ;
    look_around(seat, index);
    return index != seen.says_no;
}

static bool run_round(size_t begin, size_t end, bool ordered, size_t threads)
{
    const struct crowd_round round = {.begin = begin, .end = end, .ordered = ordered, .work = take};
    size_t says_no = seen.says_no;
    memset(&seen, 0, sizeof seen);
    seen.says_no = says_no;
    seen.ordered = ordered;
    return crowd_run(&round, own, threads);
}

static void test_each_thing_once_in_order(void **state)
{
    (void)state;
    seen.says_no = THINGS;
    assert_true(run_round(3, THINGS, true, THREADS));
    assert_int_equal(seen.turns, THINGS - 3);
    for (size_t i = 0; i < THINGS; i++)
        assert_int_equal(seen.taken[i], i >= 3);
    for (size_t i = 0; i < seen.turns; i++)
        assert_int_equal(seen.order[i], i + 3);
    assert_int_equal(seen.wrong, 0);
    assert_int_equal(seen.overlaps, 0);
}

static void test_without_order_still_one_at_a_time(void **state)
{
    (void)state;
    seen.says_no = THINGS;
    assert_true(run_round(0, THINGS, false, THREADS));
    assert_int_equal(seen.turns, THINGS);
    for (size_t i = 0; i < THINGS; i++)
        assert_int_equal(seen.taken[i], 1);
    assert_int_equal(seen.overlaps, 0);
}

/* What others had in hand is finished; whoever asks after the no gets nothing. */
static void test_a_no_ends_it(void **state)
{
    (void)state;
    seen.says_no = 20;
    assert_false(run_round(0, THINGS, true, THREADS));
    assert_true(seen.turns > 20 && seen.turns <= 20 + THREADS);
    assert_int_equal(seen.wrong, 0);
    for (size_t i = 0; i < THINGS; i++)
        assert_int_equal(seen.taken[i], i < seen.turns);
    assert_false(run_round(0, THINGS, true, 1));
    assert_int_equal(seen.turns, 21);
}

static void test_more_threads_than_things(void **state)
{
    (void)state;
    seen.says_no = THINGS;
    assert_true(run_round(5, 6, true, THREADS));
    assert_int_equal(seen.turns, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_thing_once_in_order),
        cmocka_unit_test(test_without_order_still_one_at_a_time),
        cmocka_unit_test(test_a_no_ends_it),
        cmocka_unit_test(test_more_threads_than_things),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
