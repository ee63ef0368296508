/* SPDX-License-Identifier: MIT */
/*
 * cold.c - see cold.h.
 */

#include "walk/cold.h"

#include <mmview/range.h>

/* 1 GiB in place, not in memory, ext4, two threads (2026-11): 1.36 s in units of 1 MiB, 0.98 of 4, 0.79 of 64. */
#define UNIT (64 * MMV_MIB)
#define AHEAD (32 * MMV_MIB) /* more than is read ahead, which looks warm */
#define APART (8 * MMV_MIB)  /* a look costs 3 us */

uint64_t mmv__cold_size(const mmv__cold *cold, uint64_t start)
{
    return start < cold->until ? UNIT : 0;
}

bool mmv__cold_asks(const mmv__cold *cold, uint64_t start)
{
    return start < cold->until || start >= cold->look;
}

bool mmv__cold_learn(mmv__cold *cold, uint64_t start, uint64_t end, bool is_absent)
{
    bool counts = is_absent || start < cold->until;
    cold->look = mmv_max(cold->look, end + APART);
    if (is_absent)
        cold->until = mmv_max(cold->until, end + AHEAD);
    if (counts)
        cold->length += end - start;
    return counts;
}
