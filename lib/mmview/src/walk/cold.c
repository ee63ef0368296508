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
#define FIRST (8 * MMV_MIB)  /* of a single stream: long enough to see what sets the pace */

/* With 8 MiB one stream is faster than two, with 128 KiB slower: docs/decisions/0017. */
#define FAR (MMV_MIB)

/* The device sets the pace when at least one part in so many is spent reading. */
#define PACE 3

/* 64 MiB: one stream 26 ms, two 36. 1 GiB: one 0.45 s, or 0.8 to 1.4 when the device gave it less; two 0.5 (2026-11).
 */
#define MOST (64 * MMV_MIB)

void mmv__cold_begin(mmv__cold *cold, uint64_t read_ahead)
{
    cold->is_known = true;
    cold->is_single = read_ahead >= FAR;
}

bool mmv__cold_waits(const mmv__cold *cold)
{
    return cold->is_single && cold->busy > 0;
}

void mmv__cold_paced(mmv__cold *cold, uint64_t bytes, double seconds, double reading)
{
    cold->timed += bytes;
    cold->seconds += seconds;
    cold->reading += reading;
    bool is_paced = cold->timed < FIRST || cold->reading * PACE >= cold->seconds;
    cold->is_single = cold->is_single && is_paced && cold->timed < MOST;
}

uint64_t mmv__cold_size(const mmv__cold *cold, uint64_t start)
{
    if (start >= cold->until)
        return 0;
    if (!cold->is_single)
        return UNIT;
    return cold->timed < FIRST ? FIRST : MOST - FIRST;
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
