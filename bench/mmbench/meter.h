/* SPDX-License-Identifier: MIT */
#ifndef MMBENCH_METER_H
#define MMBENCH_METER_H

/* meter: what a stretch of the calling process cost. All its threads count. */

#include <stdbool.h>
#include <stdint.h>

struct meter {
    double seconds;
    uint64_t minor, major; /* page faults: getrusage(2) */
    uint64_t read_bytes;   /* from the device: /proc/PID/io, proc(5) */
    bool knows_read_bytes;
    uint64_t peak_rss; /* VmHWM, reset at the start by /proc/PID/clear_refs; 0 = not known */
};

/* meter_start() before, meter_stop() after; what is between them is in the meter. */
void meter_start(struct meter *meter);
void meter_stop(struct meter *meter);

/* meter_clock() - seconds of the monotonic clock. */
double meter_clock(void);

#endif
