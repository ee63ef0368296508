/* SPDX-License-Identifier: MIT */
#ifndef BENCH_HARNESS_H
#define BENCH_HARNESS_H

/*
 * harness: Google Benchmark for C.
 *
 *     static void body(struct bench_run *run, void *user)
 *     {
 *         while (bench_next(run))
 *             what_is_measured(user, bench_argument(run, 0));
 *         bench_counter(run, "things", things);
 *     }
 *     ...
 *     bench_register(&(struct bench_case){ .name = "what", .body = body });
 *     return bench_main(&argc, argv);
 *
 * Its flags, console tables, JSON and repetitions are Google Benchmark's own, so what is written for that works with
 * this. Two additions: every case gets the statistic "spread", (largest - smallest) / median of its repetitions; and
 * flags that the caller passes as defaults lose against those of the command line.
 *
 * Threads: one thread registers and runs everything.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One run of a case: a number of iterations that the harness decides on. Lives as long as the body. */
struct bench_run;

/* A number that is part of the case's name, as "/name:value". */
struct bench_argument {
    const char *name;
    int64_t value;
};

#define BENCH_ARGUMENTS 8

struct bench_case {
    const char *name;                                 /* copied */
    struct bench_argument arguments[BENCH_ARGUMENTS]; /* up to the first without a name; names must stay */
    /* Before and after each run, not timed. A set_up that returns false has said why with bench_skip(). NULL = none. */
    bool (*set_up)(struct bench_run *run, void *user);
    void (*body)(struct bench_run *run, void *user);
    void (*tear_down)(void *user);
    void *user;  /* must live until bench_main() returns */
    bool manual; /* the body times its iterations itself: bench_seconds() */
    bool once;   /* one iteration is long enough, unless the command line has --benchmark_min_time */
};

void bench_register(const struct bench_case *what);

/*
 * bench_next() - whether to do another iteration; bench_next_batch() - another n of them (for bodies of nanoseconds).
 */
bool bench_next(struct bench_run *run);
bool bench_next_batch(struct bench_run *run, int64_t n);

int64_t bench_argument(const struct bench_run *run, size_t index);

/* bench_seconds() - how long the present iteration took, when the case is manual. */
void bench_seconds(struct bench_run *run, double seconds);

/* bench_bytes() - bytes of all iterations together, reported as a rate. Call it behind the loop. */
void bench_bytes(struct bench_run *run, double bytes);

/* bench_counter() - a figure of this run, as it is. Call it behind the loop. */
void bench_counter(struct bench_run *run, const char *name, double value);

/* bench_note() - words beside the figures. */
void bench_note(struct bench_run *run, const char *text);

/*
 * bench_skip() - report that this run cannot be timed, and why. The body must leave its loop then. Later repetitions of
 * the case are not run; they report the same.
 */
void bench_skip(struct bench_run *run, const char *why);

/* bench_context() - a fact about the machine or the settings, for the head of the report. */
void bench_context(const char *key, const char *value);

/* bench_is_flag() - whether a command-line argument is Google Benchmark's rather than ours. */
bool bench_is_flag(const char *argument);

/*
 * bench_main() - run what was registered and selected.
 * Shape:   argv[1 .. argc) are Google Benchmark's flags only; 'defaults' come before them and lose; NULL at its end.
 * Returns: an exit status: 0, or 1 when a flag is unknown or nothing matched the filter.
 */
int bench_main(int argc, char **argv, const char *const *defaults);

/*
 * bench_rounds() - the same, but what is run comes from standard input: a regular expression a line. The cases that
 * match are run once each; each run is a line of JSON on standard output, with Google Benchmark's keys, and {"done": N}
 * is the last. The first line of all is {"context": {...}}. So a program decides from what it has seen what to run
 * next. Returns: 0 at the end of standard input, or 1 when a flag is unknown or standard output is gone.
 */
int bench_rounds(int argc, char **argv, const char *const *defaults);

#ifdef __cplusplus
}
#endif

#endif
