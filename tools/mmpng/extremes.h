/* SPDX-License-Identifier: MIT */
#ifndef MMPNG_EXTREMES_H
#define MMPNG_EXTREMES_H

/* extremes: --range=auto. */

#include "mmpng/drawing.h"

/*
 * extremes_find() - the smallest and the largest sample of the region, of all channels but a last one that is alpha;
 * *low_ret is below *high_ret. Returns an exit status; what is wrong was said.
 */
int extremes_find(const struct drawing *drawing, double *low_ret, double *high_ret);

#endif
