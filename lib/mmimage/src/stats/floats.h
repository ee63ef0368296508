/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_STATS_FLOATS_H
#define MMIMAGE_STATS_FLOATS_H

/* floats: the mean and the squares of one block, channel by channel. */

#include <mmimage/sample.h>

#include "stats/moments.h"
#include "stats/tally.h"

/* Where floats of a type go. */
typedef struct mmi__floats {
    mmi_type type;
    size_t channels;     /* that lie side by side */
    mmi__tally *tallies; /* tallies[0..channels): counts and extremes */
    double *room;        /* room[0..mmi__floats_room(channels)): a thread's own */
} mmi__floats;

/* mmi__floats_room() - how many doubles a thread needs. */
size_t mmi__floats_room(size_t channels);

/* mmi__floats_add() - 'count' samples, whole pixels, at any alignment: one block. moments[0..channels) is set. */
void mmi__floats_add(const mmi__floats *floats, const unsigned char *data, size_t count, mmi__moments *moments);

#endif
