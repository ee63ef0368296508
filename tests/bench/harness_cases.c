/* SPDX-License-Identifier: MIT */
/*
 * harness_cases.c - cases whose figures are known, for harness.bash. What is called is said on stderr.
 *
 *     harness_cases [--benchmark_...]...       run them; of themselves they ask for 3 repetitions
 *     harness_cases is-flag ARGUMENT...        which of these are Google Benchmark's, one line each
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/harness.h"

static bool accept(struct bench_run *run, void *user)
{
    (void)run;
    fprintf(stderr, "set up %s\n", (const char *)user);
    return true;
}

static bool refuse(struct bench_run *run, void *user)
{
    fprintf(stderr, "set up %s\n", (const char *)user);
    bench_skip(run, "there is no wind today");
    return false;
}

static void tear_down(void *user)
{
    fprintf(stderr, "tear down %s\n", (const char *)user);
}

static void with_arguments(struct bench_run *run, void *user)
{
    double rounds = 0;
    fprintf(stderr, "body of %s\n", (const char *)user);
    while (bench_next(run))
        rounds++;
    bench_counter(run, "first", (double)bench_argument(run, 0));
    bench_counter(run, "second", (double)bench_argument(run, 1));
    bench_counter(run, "rounds", rounds);
    bench_note(run, "words beside it");
}

static void batches(struct bench_run *run, void *user)
{
    double rounds = 0;
    (void)user;
    while (bench_next_batch(run, 1000))
        rounds++;
    bench_counter(run, "rounds", rounds);
}

/* A quarter of a second, says the body: nobody waits for it. */
static void quarter(struct bench_run *run, void *user)
{
    double rounds = 0;
    (void)user;
    while (bench_next(run)) {
        bench_seconds(run, 0.25);
        rounds++;
    }
    bench_bytes(run, 1e9 * rounds);
    bench_counter(run, "rounds", rounds);
}

/* Each run takes a second longer than the one before. */
static void longer(struct bench_run *run, void *user)
{
    double *seconds = user;
    while (bench_next(run))
        bench_seconds(run, ++*seconds);
    bench_counter(run, "seconds", *seconds);
}

static void give_up(struct bench_run *run, void *user)
{
    (void)user;
    while (bench_next(run)) {
        bench_skip(run, "broken in the middle");
        return;
    }
}

/* Breaks in the n-th call of all. */
struct fragile {
    unsigned breaks, calls;
};

static void one_breaks(struct bench_run *run, void *user)
{
    struct fragile *fragile = user;
    fragile->calls++;
    fprintf(stderr, "call %u of one that breaks in %u\n", fragile->calls, fragile->breaks);
    while (bench_next(run)) {
        if (fragile->calls == fragile->breaks) {
            bench_skip(run, "");
            return;
        }
        bench_seconds(run, 1);
    }
}

static bool breaks_before(struct bench_run *run, void *user)
{
    const struct fragile *fragile = user;
    if (fragile->calls + 1 < fragile->breaks)
        return true;
    bench_skip(run, "broken before");
    return false;
}

static int which_are_flags(int count, char **arguments)
{
    for (int i = 0; i < count; i++)
        printf("%s %s\n", bench_is_flag(arguments[i]) ? "yes" : "no", arguments[i]);
    return 0;
}

int main(int argc, char **argv)
{
    static const char *const defaults[] = {"--benchmark_repetitions=3", "--benchmark_out_format=json", NULL};
    static char plain[] = "plain", refused[] = "refused", broken[] = "broken";
    char name[20];
    double seconds = 0;
    struct fragile first = {.breaks = 1}, third = {.breaks = 3}, fourth = {.breaks = 4};
    if (argc > 1 && strcmp(argv[1], "is-flag") == 0)
        return which_are_flags(argc - 2, argv + 2);
    bench_context("what", "cases of a test");
    /* Names are copied: this one changes. */
    snprintf(name, sizeof name, "%s/of/two", plain);
    bench_register(&(struct bench_case){.name = name,
                                        .arguments = {{"size", 7}, {"shift", -2}},
                                        .set_up = accept,
                                        .body = with_arguments,
                                        .tear_down = tear_down,
                                        .user = plain});
    snprintf(name, sizeof name, "%s", refused);
    bench_register(&(struct bench_case){
        .name = name, .set_up = refuse, .body = with_arguments, .tear_down = tear_down, .user = refused});
    bench_register(&(struct bench_case){.name = "broken", .body = give_up, .tear_down = tear_down, .user = broken});
    bench_register(&(struct bench_case){.name = "batch", .body = batches});
    bench_register(&(struct bench_case){.name = "quarter", .body = quarter, .manual = true, .once = true});
    bench_register(
        &(struct bench_case){.name = "longer", .body = longer, .user = &seconds, .manual = true, .once = true});
    bench_register(
        &(struct bench_case){.name = "at-once", .body = one_breaks, .user = &first, .manual = true, .once = true});
    bench_register(
        &(struct bench_case){.name = "later", .body = one_breaks, .user = &third, .manual = true, .once = true});
    bench_register(&(struct bench_case){
        .name = "set-up", .set_up = breaks_before, .body = one_breaks, .user = &fourth, .manual = true, .once = true});
    return bench_main(argc, argv, defaults);
}
