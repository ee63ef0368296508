/* SPDX-License-Identifier: MIT */
#ifndef MMSTAT_PASS_H
#define MMSTAT_PASS_H

/* pass: going over the image once, by all threads and all ranks; and what the passes of a scan share. */

#include "kit/cli/progress.h"
#include "kit/image/blocks.h"
#include "mmstat/scan.h"

/* One image while its figures are found. */
struct scan {
    const struct stat_settings *settings;
    const struct console *console;
    struct image_file *file;
    struct ranks *ranks;         /* NULL = alone */
    struct shard_settings shard; /* of the image; count 0 = all of it */
    mmv_range pieces;            /* of an image in pieces: which of them */
    mmi_selection selection;     /* of these: which pixels */
    bool are_rows;               /* they are rows of a raw image, from --offset on */
    struct stat_result *result;
    struct progress progress;
    unsigned threads;
    unsigned most_threads; /* of all ranks: how many digits fit must be the same on each */
    mmi_stats *stats;
    mmi_digits **digits; /* [threads], each with digit_count digits; NULL = none are counted */
    size_t digit_count;
    uint64_t *bins; /* while those of wide samples are counted: [threads][samples][bin_count] */
};

/* pass_run() - hand all blocks of this process' shard to 'fn'. Returns an exit status, the same on all ranks. */
int pass_run(struct scan *scan, block_fn *fn);

/* pass_no_memory() - say so. Returns an exit status. */
int pass_no_memory(const struct scan *scan);

#endif
