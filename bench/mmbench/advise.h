/* SPDX-License-Identifier: MIT */
#ifndef MMBENCH_ADVISE_H
#define MMBENCH_ADVISE_H

/* advise: which --io, --window and -j to use on the file system of a file or folder, and why. */

#include <stdint.h>

#include "kit/cli/console.h"

/*
 * advise() - measure and print to stdout.
 * Shape:   a FILE is only read, and a scratch file beside it stands in for what would change it; most_size is how large
 *          that may be at most. Returns an exit status.
 */
int advise(const struct console *console, const char *path, uint64_t most_size, unsigned threads);

#endif
