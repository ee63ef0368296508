/* SPDX-License-Identifier: MIT */
#ifndef MMPNG_SETTINGS_H
#define MMPNG_SETTINGS_H

/* settings: the command line of mmpng as values. */

#include "kit/job/settings.h"
#include "kit/cli/sizes.h"

enum png_action { PNG_EXPORT = 0, PNG_IMPORT };

/* --range: which samples are black and white. */
struct shown_range {
    bool is_given, is_auto;
    double low, high;
};

struct png_settings {
    enum png_action action;
    uint64_t shrink; /* every shrink-th pixel of every shrink-th row; >= 1 */
    struct shown_range shown;
    unsigned depth; /* 8 or 16; 0 = what the samples have */
    int level;      /* of zlib */
    uint64_t max_row, max_size;
    bool force, sync;
    struct where_settings where; /* no shard */
    struct how_settings how;
    struct pixel_settings pixels;
    struct no_data_settings no_data;
    struct report_settings report;
    const char *in, *out;
};

/* settings_parse() - OPTIONS_GO, or an exit status: see options_parse(). */
int settings_parse(struct png_settings *settings, struct console *console, int argc, char **argv);

#endif
