/* SPDX-License-Identifier: MIT */
#ifndef MMDIFF_PAIR_H
#define MMDIFF_PAIR_H

/*
 * pair: both files, what of them is compared, and how they differ before a sample is looked at.
 *
 *     both have headers       the options may not contradict either
 *     one is raw              the options are of that one; what they leave open is as in the other
 *     both are raw            the options are of both
 *
 * An option of B alone (second.h) is as if B had been opened with it, and the one without -b is A's then.
 */

#include "kit/image/image_file.h"
#include "kit/image/no_data.h"
#include "mmdiff/column.h"
#include "mmdiff/settings.h"

struct side {
    const char *name;
    const struct pixel_settings *asked; /* what the options say of it, the settings' */
    const struct range_settings *texts;
    const struct no_data_settings *no_data_asked;
    struct image_file file;
    mmi_image image; /* of records: bytes, as many a pixel as a record has */
    mmv_range range; /* in the file; where the samples lie in pieces: as long as all of them */
    mmv_range whole; /* what --offset and --length mean, before what the other lacks was cut off */
    bool are_rows;   /* the pieces are rows of one range */
    bool is_endless; /* a pipe, whose length is not known yet: 'range' and 'pixels' are beyond any file's */
    uint64_t pixels; /* or records */
    struct no_data no_data;
};

#define PAIR_REASONS 5
#define PAIR_REASON 256

struct pair {
    const struct diff_settings *settings;
    const struct console *console;
    struct side a, b;
    struct side *streamed; /* that of the two which is taken as it comes, see once.h; NULL = none */
    struct fields fields;  /* with --record */
    struct columns columns;
    bool *shown;          /* [columns.count]: which are compared */
    bool is_same;         /* A and B are one file */
    bool is_comparable;   /* pixel by pixel */
    uint64_t pixels;      /* or records: those that both have */
    uint64_t skipped;     /* pixels of the image before the first of them: --offset, where there is a header */
    mmi_region region;    /* that is compared, of images with a width; its height is 0 when there is none */
    mmi_selection pieces; /* of A, where its samples lie in pieces and are gone through */
    char reasons[PAIR_REASONS][PAIR_REASON]; /* why they differ, whatever their samples are */
    size_t reason_count;
};

/* pair_open() - both, and what is compared. Returns an exit status; what is wrong was said. pair_close() in any case.
 */
int pair_open(struct pair *pair, const struct diff_settings *settings, const struct console *console);
void pair_close(struct pair *pair);

#endif
