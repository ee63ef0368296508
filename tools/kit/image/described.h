/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_DESCRIBED_H
#define TOOLS_DESCRIBED_H

/*
 * described: what speaks against taking a FILE for raw samples of the default type, although no reader knows of it: a
 * description beside it in a format that is not read here, or an ending that says what its samples are.
 */

#include <limits.h>
#include <stdbool.h>

#include "kit/file/beside.h"
#include "kit/os/file.h"

struct description {
    char path[PATH_MAX];     /* of what lies beside FILE; "" = FILE's name alone tells */
    struct file_facts facts; /* of that */
    char why[512];           /* what it is, and what to do */
};

/*
 * described() - whether there is one of the FILE 'path' of 'size' bytes. A few names are looked for: those that may be
 * there, where 'beside' has entered FILE's folder. NULL = all.
 */
bool described(const char *path, uint64_t size, struct beside_names *beside, struct description *description_ret);

#endif
