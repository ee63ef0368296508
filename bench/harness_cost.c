/* SPDX-License-Identifier: MIT */
/*
 * harness_cost: what the harness and the meter add to a body of 1 ms, in percent ("cost_percent").
 *
 *     loop     between bench_next() and bench_next(), as for the cases of nanoseconds
 *     manual   the same with bench_seconds(), as for the cases that time themselves
 *     meter    between meter_start() and meter_stop(), as in every timed run of mmbench
 */
#include <stddef.h>

#include "harness/harness.h"
#include "mmbench/meter.h"

#define BODY 1e-3 /* seconds */

/* The body: how long it really took. */
static double spin(void)
{
    double start = meter_clock(), now = start;
    while (now - start < BODY)
        now = meter_clock();
    return now - start;
}

static void loop(struct bench_run *run, void *user)
{
    bool *manual = user;
    double inside = 0, start = 0, end = 0;
    while (bench_next(run)) {
        if (start == 0)
            start = meter_clock();
        double seconds = spin();
        inside += seconds;
        if (*manual)
            bench_seconds(run, seconds);
        end = meter_clock();
    }
    bench_counter(run, "cost_percent", (end - start - inside) / inside * 100);
}

static void metered(struct bench_run *run, void *user)
{
    double inside = 0, outside = 0;
    (void)user;
    while (bench_next(run)) {
        struct meter meter;
        meter_start(&meter);
        inside += spin();
        meter_stop(&meter);
        outside += meter.seconds;
        bench_seconds(run, meter.seconds);
    }
    bench_counter(run, "cost_percent", (outside - inside) / inside * 100);
}

int main(int argc, char **argv)
{
    static const char *const defaults[] = {NULL};
    bool yes = true, no = false;
    bench_register(&(struct bench_case){.name = "loop", .body = loop, .user = &no});
    bench_register(&(struct bench_case){.name = "manual", .body = loop, .user = &yes, .manual = true});
    bench_register(&(struct bench_case){.name = "meter", .body = metered, .manual = true});
    return bench_main(argc, argv, defaults);
}
