/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_OS_MACHINE_H
#define TOOLS_OS_MACHINE_H

/* machine: its clock, waiting, and random numbers. */

#include <stddef.h>
#include <stdint.h>

/* Seconds of the monotonic clock. Win32: QueryPerformanceCounter(). */
double machine_clock(void);

/* Nanoseconds since 1970, by the clock on the wall: of two runs the later one has the larger number. Win32:
 * GetSystemTimePreciseAsFileTime(). */
uint64_t machine_time(void);

/* What that clock shows here, for people: "2026-01-31 23:59:59"; "?" = not known. Win32: localtime_s(). */
void machine_date(int64_t seconds, char *text, size_t size);

void machine_pause(unsigned milliseconds); /* Win32: Sleep() */

/* A number for a name that nobody else has, on this machine or on another. Not for secrets. Win32: BCryptGenRandom().
 */
uint64_t machine_random(void);

/*
 * machine_processor() - text that is another one on a processor for which a compiler may make other code. "" = nothing
 * is known. Win32: IsProcessorFeaturePresent().
 */
void machine_processor(char *text, size_t size);

#endif
