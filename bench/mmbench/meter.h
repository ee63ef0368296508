/* SPDX-License-Identifier: MIT */
#ifndef MMBENCH_METER_H
#define MMBENCH_METER_H

/* meter: what a stretch of the calling process cost. All its threads count. */

#include <stdbool.h>
#include <stdint.h>

struct meter {
    double seconds;
    uint64_t minor, major; /* page faults: getrusage(2). Win32: K32GetProcessMemoryInfo(), all of them are minor */
    bool knows_faults;
    uint64_t read_bytes; /* from the device: /proc/PID/io, proc(5) */
    bool knows_read_bytes;
    uint64_t peak_rss; /* VmHWM, reset at the start by /proc/PID/clear_refs; 0 = not known */
};

/* meter_start() before, meter_stop() after; what is between them is in the meter. */
void meter_start(struct meter *meter);
void meter_stop(struct meter *meter);

/* meter_call() - one call of the system, the shortest there is. Win32: NtClose() of nothing. */
void meter_call(void);

/* meter_clock() - seconds of the monotonic clock. */
double meter_clock(void);

#endif
