/* SPDX-License-Identifier: MIT */
#ifndef MMDIFF_SETTINGS_H
#define MMDIFF_SETTINGS_H

/* settings: the command line of mmdiff as values. */

#include "kit/job/settings.h"
#include "mmdiff/gap.h"
#include "mmdiff/second.h"

struct diff_settings {
    struct tolerance tolerance;
    uint64_t places;     /* that are shown; 0 = none */
    bool histogram;      /* it is shown */
    const char *picture; /* PNG; NULL = not wanted */
    bool force;
    bool any_type;      /* another type alone is no difference */
    const char *record; /* fields; NULL = pixels */
    struct where_settings where;
    struct how_settings how;
    struct pixel_settings pixels;
    struct no_data_settings no_data;
    struct second_settings second;  /* what was said of B alone, */
    struct pixel_settings pixels_b; /* and B's with that */
    struct range_settings range_b;
    struct no_data_settings no_data_b;
    struct report_settings report;
    const char *a, *b;
};

/* settings_parse() - OPTIONS_GO, or an exit status: see options_parse(). */
int settings_parse(struct diff_settings *settings, struct console *console, int argc, char **argv);

#endif
