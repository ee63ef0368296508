/* SPDX-License-Identifier: MIT */
#ifndef MMSTAT_ONCE_H
#define MMSTAT_ONCE_H

/* once: an image whose bytes come once, in one pass. */

#include "mmstat/pass.h"

/* What is asked of once_is_enough(). */
struct once {
    const struct stat_settings *settings;
    const struct ranks *ranks;
};

/* once_is_enough() - for image_once: whether the figures that are wanted need one pass, in the order of the bytes. */
bool once_is_enough(const struct image_file *file, const void *once);

/*
 * once_run() - hand all blocks to 'fn' as they come, and find out how many there are: the result's range and pixels.
 * Returns an exit status; what failed was said.
 */
int once_run(struct scan *scan, block_fn *fn, block_walked_fn *walked);

#endif
