/* SPDX-License-Identifier: MIT */
#ifndef TESTS_WINDOWS_SCHED_H
#define TESTS_WINDOWS_SCHED_H

/* sched: sets of processors, of this process alone; there are 64 at most. */

#include_next <sched.h>

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t bits;
} cpu_set_t;

#define CPU_ZERO(set) ((set)->bits = 0)
#define CPU_SET(number, set) ((set)->bits |= UINT64_C(1) << (number))
#define CPU_ISSET(number, set) ((set)->bits >> (number)&1)
#define CPU_COUNT(set) __builtin_popcountll((set)->bits)
#define CPU_EQUAL(one, other) ((one)->bits == (other)->bits)

int sched_getaffinity(int process, size_t size, cpu_set_t *set);
int sched_setaffinity(int process, size_t size, const cpu_set_t *set);

#endif
