/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_SPACING_H
#define MMVIEW_SPACING_H

/*
 * spacing: how far apart the pages are that have to be populated, learnt from how many faults there were.
 *
 * Where one fault maps a megabyte, asking for each of its 256 pages is most of the cost of populating (an eighth of an
 * in-place walk over XFS, 2026-11). So after a step in which few faults brought many pages, one page in as many bytes
 * as a fault brought is populated. The work shows whether that was enough: then it takes no faults. If the work does
 * take some, the next steps are populated whole again, and the wait before another try doubles.
 */

#include <mmview/base.h>

typedef struct mmv__spacing {
    size_t apart;      /* populate one page in so many bytes; 0 = every page */
    unsigned wait;     /* steps before it may be tried again */
    unsigned failures; /* tries that went wrong */
} mmv__spacing;

/* After a step of 'bytes': faults that the thread took while populating, and while working. */
void mmv__spacing_learn(mmv__spacing *spacing, uint64_t bytes, uint64_t populating, uint64_t working);

#endif
