/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_UNDO_FILL_H
#define TOOLS_UNDO_FILL_H

/*
 * fill: what records became, where a store does not have it: sums wait in memory, and were lost with a killed process.
 */

#include "kit/undo/sums.h"

struct fill_work {
    struct store *store;
    const struct recipe *recipe;
    int descriptor; /* of FILE, of which all is changed */
    unsigned threads;
};

/*
 * fill_sums() - a sum for each record that has none, of FILE as it is. 0 or an errno; ECANCELED: a signal has asked for
 * the end. Once more, it goes on from there.
 */
int fill_sums(const struct fill_work *work);

#endif
