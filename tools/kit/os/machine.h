/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_OS_MACHINE_H
#define TOOLS_OS_MACHINE_H

/* machine: its clock, waiting, and random numbers. */

#include <stddef.h>
#include <stdint.h>

/* Seconds of the monotonic clock. Win32: QueryPerformanceCounter(). */
double machine_clock(void);

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
