/* SPDX-License-Identifier: MIT */
#ifndef MMDIFF_ONCE_H
#define MMDIFF_ONCE_H

/*
 * once: a pair of which one file is a pipe that is taken as it comes: blocks are cut from the pipe, and the other file
 * follows. How long a raw one is shows in the end.
 */

#include "kit/image/blocks.h"
#include "mmdiff/pair.h"

/* once_is_enough() - whether one pass over pair->streamed will do. Both were opened, and are described. */
bool once_is_enough(const struct pair *pair);

/*
 * once_settle() - 'came' bytes were taken: the rest to its end, and what follows from how much there was. Returns an
 * exit status; what is wrong was said.
 */
int once_settle(struct pair *pair, uint64_t came);

#endif
