/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_POPULATE_H
#define MMVIEW_POPULATE_H

/* populate: fault the pages of a mapping in before they are touched, and say which one cannot be had and why. */

#include "map/map.h"

/*
 * Memory from 'start' on shows these pages of the map; 'advice' is MMV_ADVISE_POPULATE_READ or _WRITE.
 * *able_ret is false when the system cannot populate; that, and whatever else it refuses but missing pages, is no
 * error: touching the pages will fault them in.
 * Errors: MMV_ETRUNC, MMV_ENOSPC, MMV_EIO at the first byte that is missing.
 */
mmv_status mmv__populate(mmv_map *map, char *start, mmv_range pages, mmv_advice advice, bool *able_ret);

#endif
