/* SPDX-License-Identifier: MIT */
#ifndef MMSTAT_SCAN_H
#define MMSTAT_SCAN_H

/* scan: the passes over an image that its figures need. */

#include <mmimage/stats.h>

#include "kit/image/image_file.h"
#include "kit/image/no_data.h"
#include "kit/job/ranks.h"
#include "kit/cli/report.h"
#include "mmstat/settings.h"

/* What comes out. Values are those that samples mean: scaled as the header says. */
struct stat_result {
    mmi_image image;             /* of the range */
    mmv_range range;             /* in the file */
    bool shown[MMI_SAMPLES_MAX]; /* channels that are wanted */
    uint64_t pixels;
    mmi_channel_stats *channels; /* [samples] */
    double *percentiles;         /* [samples][percentile_count]; NaN where there are no samples */
    uint64_t *percentile_bits;   /* the same as mmi_sample_bits() has them */
    bool exact;                  /* integers of 64 bits, not scaled: what the bits say is shown */
    uint64_t *bins;              /* [samples][bin_count] */
    unsigned bin_count;          /* 0 = none */
    struct no_data no_data;      /* samples that are left out */
    struct report report;
    bool changed_meanwhile; /* it may be a mixture: see reading_end(). The first rank knows */
};

/*
 * scan_image() - read it, as often as is needed; with 'ranks' each reads its shard, and all have the same result.
 * Returns an exit status; what failed was said. scan_drop() in any case.
 */
int scan_image(const struct stat_settings *settings, const struct console *console, struct image_file *file,
               struct ranks *ranks, struct stat_result *result);
void scan_drop(struct stat_result *result);

#endif
