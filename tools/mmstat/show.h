/* SPDX-License-Identifier: MIT */
#ifndef MMSTAT_SHOW_H
#define MMSTAT_SHOW_H

/* show: figures as a table, as bars, as JSON, and as a plot. */

#include "mmstat/scan.h"

/*
 * show_table() - the figures on stdout, and the bars when they are wanted. show_json() - one object. Both: an exit
 * status.
 */
int show_table(const struct stat_settings *settings, const struct console *console, const struct image_file *file,
               const struct stat_result *result);
int show_json(const struct stat_settings *settings, const struct console *console, const struct image_file *file,
              const struct stat_result *result);

/* plot_histograms() - as a PNG, drawn by gnuplot, which must be there. Returns an exit status. */
int plot_histograms(const struct stat_settings *settings, const struct console *console, const struct image_file *file,
                    const struct stat_result *result);

#endif
