/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_WALK_COLD_H
#define MMVIEW_WALK_COLD_H

/*
 * cold: whether what comes next is in memory.
 *
 * What is not comes from a device, which sets the pace whichever way is gone: a trial would compare what read-ahead
 * happened to bring. And read-ahead works best on few long streams of reads, each by a descriptor of its own (see
 * io_buffered.c). So such units go buffered, they are long, and nothing is learnt from them.
 *
 * Where the system reads far ahead one stream alone keeps the device busy while its bytes are worked on, and a second
 * one takes the device from the first. So there is one at a time for the first 64 MiB, unless it shows that the work
 * and not the device sets the pace. Over a long way two lose nothing, and some devices give one stream less after a
 * while.
 *
 *     in memory   ......|     ......   |......................
 *     looked at   ^        ^     ^     ^   ^ ^    ^    ^           each unit while it is cold, else one in 8 MiB
 *     goes        policy   buffered        policy
 */

#include <mmview/base.h>

typedef struct mmv__cold {
    uint64_t until;  /* byte of the file: units that begin before it count as cold */
    uint64_t look;   /* byte of the file from which on the next unit is looked at */
    uint64_t length; /* bytes of all units that were cold */
    bool is_known;   /* how far the system reads ahead */
    bool is_single;  /* one stream at a time */
    uint64_t timed;  /* bytes of it that were timed: */
    double seconds;  /* so long they took, */
    double reading;  /* of which so long was spent reading */
    unsigned busy;   /* streams: workers whose unit counted as cold when they took it */
} mmv__cold;

/* How far the system reads ahead of a stream, when that is known. */
void mmv__cold_begin(mmv__cold *cold, uint64_t read_ahead);

/* Whether a worker has to wait for another's stream before it takes a cold unit. */
bool mmv__cold_waits(const mmv__cold *cold);

/* So many cold bytes took so long, of which so long was spent reading. */
void mmv__cold_paced(mmv__cold *cold, uint64_t bytes, double seconds, double reading);

/* Bytes of a unit that begins at byte 'start' of the file, at most, when it counts as cold; else 0. */
uint64_t mmv__cold_size(const mmv__cold *cold, uint64_t start);

/* Whether that unit has to be looked at. */
bool mmv__cold_asks(const mmv__cold *cold, uint64_t start);

/*
 * What was seen of the unit of bytes [start, end) of the file; true = it counts as cold. Threads: under the caller's
 * lock, like all of this.
 */
bool mmv__cold_learn(mmv__cold *cold, uint64_t start, uint64_t end, bool is_absent);

#endif
