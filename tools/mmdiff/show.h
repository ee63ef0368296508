/* SPDX-License-Identifier: MIT */
#ifndef MMDIFF_SHOW_H
#define MMDIFF_SHOW_H

/* show: what differs, as a table and as JSON. */

#include "mmdiff/scan.h"

/* show_table() - on stdout. show_json() - one object. Both return an exit status. */
int show_table(const struct pair *pair, struct diff_result *result);
int show_json(const struct pair *pair, struct diff_result *result);

/* show_total() - the figures of all columns that are compared. */
struct totals {
    uint64_t compared, differing, within;
};
struct totals show_total(const struct pair *pair, const struct diff_result *result);

#endif
