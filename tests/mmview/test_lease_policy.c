/* SPDX-License-Identifier: MIT */
/*
 * test_lease_policy.c - the choice between reading and mapping windows, on machines that are made up: each says what a
 * miss costs either way. What a policy loses against one that knew is below the promise on all of them, whatever noise.
 */

#include "check.h"

#include "lease/policy.h"

#define SEEDS (CHECK_SANITIZED ? 1u : 3u)
#define PROMISE_START 2e-3
#define PROMISE_SHARE 0.03

static uint64_t dice_state;

static double chance(void)
{
    dice_state ^= dice_state << 13;
    dice_state ^= dice_state >> 7;
    dice_state ^= dice_state << 17;
    return (double)(dice_state >> 11) / 9007199254740992.0;
}

/* A made-up machine: seconds of a miss each way, before and after it has changed. */
struct machine {
    double cost[2];
    double later[2];
    uint64_t change;   /* misses before it changes; 0 = never */
    double noise;      /* a miss takes up to this share more or less */
    double outliers;   /* share of misses that take 100 times as long */
    unsigned unmapped; /* windows: a mapped miss takes 'first' more as long as its window is not mapped */
    double first;
    unsigned delay; /* misses of other threads under way before what one took is known */
};

struct run {
    const struct machine *machine;
    mmv__lease_policy policy;
    unsigned mapped;    /* windows */
    double ideal, real; /* seconds: the best way's, and those of the ways that were gone; without noise */
    uint64_t gone[2];   /* misses each way */
    unsigned timed;
};

static double mean_of(const struct run *run, mmv__way way, uint64_t i)
{
    const struct machine *machine = run->machine;
    double cost = machine->change && i >= machine->change ? machine->later[way] : machine->cost[way];
    if (way == MMV__BY_MAPPING && machine->unmapped)
        cost += machine->first * (machine->unmapped - run->mapped) / machine->unmapped;
    return cost;
}

/* What the clock shows. */
static double time_of(struct run *run, mmv__way way, uint64_t i)
{
    const struct machine *machine = run->machine;
    double seconds = mean_of(run, way, i);
    if (way == MMV__BY_MAPPING && machine->unmapped) {
        bool is_new = chance() * machine->unmapped >= run->mapped;
        seconds = machine->cost[way] + (is_new ? machine->first : 0);
        run->mapped += is_new;
    }
    seconds *= 1 + machine->noise * (2 * chance() - 1);
    return chance() < machine->outliers ? 100 * seconds : seconds;
}

static void one_miss(struct run *run, uint64_t i, mmv__miss *under_way)
{
    unsigned delay = run->machine->delay;
    double best = mean_of(run, MMV__BY_READING, i), other = mean_of(run, MMV__BY_MAPPING, i);
    mmv__miss miss = mmv__lease_policy_next(&run->policy);
    run->ideal += best < other ? best : other;
    run->real += mean_of(run, miss.way, i);
    run->gone[miss.way]++;
    run->timed += miss.timed;
    double seconds = time_of(run, miss.way, i);
    if (delay == 0 && miss.timed)
        mmv__lease_policy_learn(&run->policy, miss, seconds);
    if (delay == 0)
        return;
    mmv__miss back = under_way[i % delay];
    under_way[i % delay] = miss;
    if (back.timed)
        mmv__lease_policy_learn(&run->policy, back, time_of(run, back.way, i));
}

static struct run run_on(const struct machine *machine, uint64_t misses, uint64_t seed)
{
    struct run run = {.machine = machine};
    mmv__miss under_way[64] = {{0}};
    dice_state = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
    mmv__lease_policy_begin(&run.policy);
    for (uint64_t i = 0; i < misses; i++)
        one_miss(&run, i, under_way);
    return run;
}

static void check_promise(const struct machine *machine, uint64_t misses, double start)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct run run = run_on(machine, misses, seed);
        double lost = run.real - run.ideal;
        if (lost > start + PROMISE_SHARE * run.real)
            fail_msg("read %g s, map %g s, noise %g, outliers %g, %llu misses, seed %llu: lost %g s of %g s",
                     machine->cost[0], machine->cost[1], machine->noise, machine->outliers, (unsigned long long)misses,
                     (unsigned long long)seed, lost, run.real);
    }
}

static const double ratios[] = {0.01, 0.1, 0.3, 0.5, 0.8, 0.9, 0.97, 1, 1.03, 1.1, 1.3, 2, 2.9, 3.1, 8, 30};

static void test_steady_machines(void **state)
{
    static const double paces[] = {0.3e-6, 10e-6}, noises[] = {0, 0.3, 0.6}, outliers[] = {0, 0.0003};
    (void)state;
    for (size_t p = 0; p < COUNT(paces); p++)
        for (size_t r = 0; r < COUNT(ratios); r++)
            for (size_t n = 0; n < COUNT(noises); n++)
                for (size_t o = 0; o < COUNT(outliers); o++) {
                    struct machine machine = {.cost = {paces[p], paces[p] * ratios[r]}, .noise = noises[n]};
                    machine.outliers = outliers[o];
                    check_promise(&machine, 1000, PROMISE_START);
                    check_promise(&machine, 20000, PROMISE_START);
                }
}

/* After a change as much again may be lost. */
static void test_machines_that_change(void **state)
{
    (void)state;
    for (size_t r = 0; r < COUNT(ratios); r++) {
        struct machine machine = {.cost = {1e-6, ratios[r] * 1e-6}, .later = {1e-6, 1e-6 / ratios[r]}};
        machine.change = 30000;
        machine.noise = 0.3;
        check_promise(&machine, 100000, 2 * PROMISE_START);
    }
}

static void test_windows_that_are_dear_once(void **state)
{
    (void)state;
    /* Of a file that fits: when all windows are mapped, nothing is faster. */
    const struct machine fits = {.cost = {0.4e-6, 0.06e-6}, .noise = 0.3, .unmapped = 64, .first = 2.5e-6};
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct run run = run_on(&fits, 200000, seed);
        assert_int_equal(run.policy.way, MMV__BY_MAPPING);
        assert_true(run.gone[MMV__BY_MAPPING] > 100000);
    }
    check_promise(&fits, 200000, 2 * PROMISE_START);
}

static void test_far_slower_mapping_is_hardly_tried(void **state)
{
    const struct machine shadowed = {.cost = {0.8e-6, 7e-6}, .noise = 0.3, .outliers = 0.001};
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct run run = run_on(&shadowed, 100000, seed);
        assert_true(run.gone[MMV__BY_MAPPING] >= 2 && run.gone[MMV__BY_MAPPING] < 300);
        assert_true(run.timed < 100000 / 20);
    }
}

/* The first look at the clock says which way is gone first, not which one is better. */
static void test_begins_with_reading(void **state)
{
    mmv__lease_policy policy;
    (void)state;
    mmv__lease_policy_begin(&policy);
    for (unsigned i = 0; i < 100; i++) {
        mmv__miss miss = mmv__lease_policy_next(&policy);
        /* Nothing is known as long as nothing was learnt. */
        assert_int_equal(miss.way, MMV__BY_READING);
    }
}

static void test_many_misses_under_way(void **state)
{
    (void)state;
    for (unsigned delay = 1; delay <= 64; delay *= 4)
        for (size_t r = 0; r < COUNT(ratios); r += 2) {
            struct machine machine = {.cost = {1e-6, ratios[r] * 1e-6}, .noise = 0.3, .delay = delay};
            check_promise(&machine, 50000, PROMISE_START);
        }
}

/* Failures, and clocks that stand still or run backwards, teach nothing and stop nothing. */
static void test_nothing_to_learn(void **state)
{
    static const double useless[] = {0, -1};
    mmv__lease_policy policy;
    (void)state;
    for (size_t u = 0; u < COUNT(useless); u++) {
        mmv__lease_policy_begin(&policy);
        for (unsigned i = 0; i < 5000; i++) {
            mmv__miss miss = mmv__lease_policy_next(&policy);
            mmv__lease_policy_learn(&policy, miss, i < 100 ? 1e-6 : useless[u]);
            assert_int_equal(policy.way, MMV__BY_READING);
        }
        assert_true(policy.misses == 5000);
    }
    /* Pieces that never come back do not end the trying. */
    mmv__lease_policy_begin(&policy);
    unsigned tried = 0;
    for (unsigned i = 0; i < 20000; i++) {
        mmv__miss miss = mmv__lease_policy_next(&policy);
        tried += miss.way == MMV__BY_MAPPING;
        if (miss.way == MMV__BY_READING)
            mmv__lease_policy_learn(&policy, miss, 1e-6);
    }
    assert_true(tried >= 3);
    assert_int_equal(policy.way, MMV__BY_READING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_begins_with_reading),
        cmocka_unit_test(test_steady_machines),
        cmocka_unit_test(test_machines_that_change),
        cmocka_unit_test(test_windows_that_are_dear_once),
        cmocka_unit_test(test_far_slower_mapping_is_hardly_tried),
        cmocka_unit_test(test_many_misses_under_way),
        cmocka_unit_test(test_nothing_to_learn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
