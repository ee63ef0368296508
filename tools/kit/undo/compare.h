/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_UNDO_COMPARE_H
#define TOOLS_UNDO_COMPARE_H

/* compare: whether FILE still is what a run has made of it, and what that is, by all threads. */

#include "kit/undo/sums.h"

struct compare_work {
    int descriptor; /* of FILE */
    const struct recipe *recipe;
    const struct sum_list *sums; /* in order: see sums_gaps() */
    unsigned threads;            /* at most, and at least 1 */
};

/*
 * compare_file() - all sums of 'work' with the bytes of FILE. 0: they are the same, or a signal has asked for the end;
 * see signals_stop(). EILSEQ: they are not, and *first_ret is the first sum of which that is true. Else an errno value:
 * FILE cannot be read.
 */
int compare_file(const struct compare_work *work, const struct store_sum **first_ret);

/*
 * compare_fill() - the sums of 'work', which are sums->list[0..count), get the hashes of FILE as it is. 0 or an errno;
 * ECANCELED: a signal has asked for the end, and not all have theirs.
 */
int compare_fill(const struct compare_work *work, struct sum_list *sums);

#endif
