/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_BUDGET_H
#define MMVIEW_BUDGET_H

/* budget: how much may be mapped, how many mappings and how many threads, derived from the machine's limits. */

#include "os/machine.h"

/* What the caller asked for (0 = default) turned into hard numbers. */
typedef struct mmv__budget {
    uint64_t bytes;     /* mapped at once */
    uint64_t maps;      /* mappings at once */
    uint64_t addresses; /* bytes of address space that may be reserved */
} mmv__budget;

mmv__budget mmv__budget_of(uint64_t max_mapped, uint32_t max_maps, const mmv__os_limits *limits);

/*
 * Threads that can really be started beside this one, counted together with it: libgomp ends the process when one
 * cannot. 'each' is the address space that the library itself takes per thread.
 */
unsigned mmv__budget_threads(unsigned wanted, uint64_t each, const mmv__os_limits *limits);

#endif
