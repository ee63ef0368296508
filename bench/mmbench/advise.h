/* SPDX-License-Identifier: MIT */
#ifndef MMBENCH_ADVISE_H
#define MMBENCH_ADVISE_H

/* advise: which --io, --window and -j to use on the file system of a file or folder, and why. */

#include <stdint.h>

#include "kit/cli/console.h"

struct advise_settings {
    const char *path;
    uint64_t most_size; /* of a scratch file */
    unsigned threads;
    bool json;
};

/*
 * advise() - measure for at most 20 seconds, and print to stdout; on a terminal how far it is to stderr.
 * Shape:   a FILE is only read, and a scratch file beside it stands in for what would change it.
 * Returns: an exit status.
 */
int advise(const struct console *console, const struct advise_settings *settings);

#endif
