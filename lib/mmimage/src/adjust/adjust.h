/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_SRC_ADJUST_H
#define MMIMAGE_SRC_ADJUST_H

/* adjust: a prepared adjustment. adjust.c checks and owns it, tables.c fills its tables, adjuster.c and scalar.c use
 * it. */

#include "kernels/kernel.h"
#include "samples/no_data.h"

#include <mmimage/adjust.h>

/* What happens to one channel; of a channel that is not chosen nothing. In the type's own precision for floats. */
struct mmi__rule {
    bool chosen;
    double gain, amount, low, high;
};

/* An integer channel in which every sample becomes the same end: the kernels cannot count that (see tables.c). */
enum mmi__flood { MMI__NO_FLOOD = 0, MMI__FLOOD_LOW, MMI__FLOOD_HIGH };

#define MMI__TABLES 4

/* Bytes of a table of a strip of one channel, whatever the kind. */
#define MMI__UNIFORM_TABLE 512

/* Bytes of the lane counters of any strip: the widest pixel. */
#define MMI__COUNTERS (MMI_SAMPLES_MAX * 8)

struct mmi_adjust {
    mmi_image image;
    mmi_region region;   /* edges filled in; width 0 when the image's is unknown, height UINT64_MAX likewise */
    bool scale;          /* integers through double */
    bool counts;         /* a sample can be clamped at all */
    bool floods;         /* some channel has one */
    bool same;           /* all chosen channels have one rule */
    double bias;         /* added before a gain, and taken off behind it */
    size_t cell;         /* bytes of a table entry */
    size_t lanes;        /* of the strips of this image: whole pixels (bip), or samples of one channel */
    mmi_no_data no_data; /* samples that stay as they are */
    mmi_tally *would;    /* [no_data.count + 1][samples]: how the kernels count one; NULL when there are none */
    const struct mmi__kernels *kernels;
    struct mmi__rule *rules; /* [samples] */
    unsigned char *tables;   /* bip: MMI__TABLES of lanes + samples cells, so that a strip can begin at any channel */
    size_t table_size;       /* bytes of one of them */
};

/* Room for MMI__TABLES tables of 'count' cells, the first of each 'size' bytes behind that of the one before. */
struct mmi__tables {
    unsigned char *cells;
    size_t size, count;
};

/* mmi__tables_lanes() - how many lanes suit 'channels' channels: a multiple of them. */
size_t mmi__tables_lanes(const mmi_adjust *adjust, size_t channels);

/* mmi__tables_fill() - all cells: 'channels' channels from 'channel' on, again and again. */
void mmi__tables_fill(const mmi_adjust *adjust, struct mmi__tables tables, size_t channel, size_t channels);

/* mmi__apply() - one sample of a channel by the plain definition, whether it stands for no data or not. */
void mmi__apply(const mmi_adjust *adjust, size_t channel, const void *source, void *target, mmi_tally *tally);

/* mmi__flood_of() - which end every sample of a channel becomes, if any. */
enum mmi__flood mmi__flood_of(const mmi_adjust *adjust, size_t channel);

#endif
