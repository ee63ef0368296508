/* SPDX-License-Identifier: MIT */
#ifndef MMSTAT_SETTINGS_H
#define MMSTAT_SETTINGS_H

/* settings: the command line of mmstat as values. */

#include <mmview/journal.h>

#include "kit/job/settings.h"

#define PERCENTILES_MAX 32
#define BINS_MAX 4096

struct stat_settings {
    double percentiles[PERCENTILES_MAX]; /* 0 .. 100 */
    size_t percentile_count;
    unsigned bins;    /* of the histogram; 0 = not wanted */
    bool log_scale;   /* its bars */
    const char *plot; /* PNG; NULL = not wanted */
    bool force;
    struct where_settings where;
    struct how_settings how;
    struct pixel_settings pixels;
    struct no_data_settings no_data;
    struct report_settings report;
    char **files; /* files[0..file_count), and behind them those that were left out: they are the tools' own */
    size_t file_count, left_out;
    mmv_journal_cache **neighbours; /* of the latest file: main()'s; NULL = there is one file */
    struct beside_names *beside;    /* the same for headers */
};

/* settings_parse() - OPTIONS_GO, or an exit status: see options_parse(). */
int settings_parse(struct stat_settings *settings, struct console *console, int argc, char **argv);

#endif
