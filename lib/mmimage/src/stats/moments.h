/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_STATS_MOMENTS_H
#define MMIMAGE_STATS_MOMENTS_H

/* moments: what is kept of the finite floats of one channel, in one block or in several that were merged. */

typedef struct mmi__moments {
    double count, mean, squares; /* squares: of the distances from the mean */
} mmi__moments;

#endif
