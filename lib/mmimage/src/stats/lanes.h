/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_STATS_LANES_H
#define MMIMAGE_STATS_LANES_H

/*
 * lanes: how many samples a row of lanes has: whole pixels, so that lane j is of channel j % channels. It follows from
 * the number of channels alone, so that the sums of floats do not depend on the processor.
 */

#include "samples/divisor.h"
#include "stats/sums.h"

static inline size_t mmi__stats_lanes(size_t channels)
{
    return channels < 64 ? channels / mmi__common_divisor(channels, MMI__GROUP) * MMI__GROUP : channels;
}

#endif
