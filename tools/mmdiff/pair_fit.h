/* SPDX-License-Identifier: MIT */
#ifndef MMDIFF_PAIR_FIT_H
#define MMDIFF_PAIR_FIT_H

/* pair_fit: which samples of each file are meant, and which of them both have. */

#include "mmdiff/pair.h"

/* pair_fit() - side->image, range and pixels. pair_match() - what both have. Return an exit status. */
int pair_fit(struct pair *pair, struct side *side);
int pair_match(struct pair *pair);

/* pair_match_pixels() - the pixels of both are known now: what both have, and which of them has more. */
void pair_match_pixels(struct pair *pair);

/* pair_match_longer() - the pipe has more, nobody knows how much. */
void pair_match_longer(struct pair *pair);

#endif
