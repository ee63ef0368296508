/* SPDX-License-Identifier: MIT */
#ifndef MMDIFF_SCAN_H
#define MMDIFF_SCAN_H

/*
 * scan: the walk over the samples of A, block after block, by all threads. Each looks at the same samples of B through
 * a window of its own. With a pipe the walk is over that one, by one thread, and the other file follows. All figures
 * are exact, and places are those of the image: so the result does not depend on threads, windows, or on how either
 * file is laid out.
 */

#include "kit/cli/report.h"
#include "mmdiff/compare.h"
#include "mmdiff/pair.h"

struct diff_result {
    struct comparison comparison;
    struct comparer total; /* of all threads; its places are sorted */
    bool is_complete;      /* not stopped at the first difference */
    bool is_different;     /* for any reason */
    struct report report;
    bool changed_meanwhile; /* one of the files: see reading_end() */
};

/* scan_pair() - compare what both have. Returns an exit status; what failed was said. scan_drop() in any case. */
int scan_pair(struct pair *pair, struct diff_result *result);
void scan_drop(struct diff_result *result);

#endif
