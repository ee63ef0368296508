/* SPDX-License-Identifier: MIT */
#ifndef MMDIFF_PAIR_FIT_H
#define MMDIFF_PAIR_FIT_H

/* pair_fit: which samples of each file are meant, and which of them both have. */

#include "mmdiff/pair.h"

/* pair_fit() - side->image, range and pixels. pair_match() - what both have. Return an exit status. */
int pair_fit(struct pair *pair, struct side *side);
int pair_match(struct pair *pair);

#endif
