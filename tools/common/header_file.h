/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_HEADER_FILE_H
#define TOOLS_HEADER_FILE_H

/* header_file: the second file of an image whose header lies apart from its samples. */

#include <limits.h>
#include <stddef.h>

#include "common/output.h"

struct header_file {
    char samples[PATH_MAX]; /* the files' paths */
    char header[PATH_MAX];
    struct output output; /* of the header */
    char *bytes;          /* what it will hold */
    size_t length;
};

#define HEADER_FILE_NONE ((struct header_file){.output = OUTPUT_NONE})

/*
 * header_file_names() - the two names for one OUT: the header when it ends in 'ending' ("hdr"), else the samples.
 * Shape:   the other name has the other ending, 'data_ending' (".raw") for the samples. False when one is too long.
 */
bool header_file_names(struct header_file *file, const char *out, const char *ending, const char *data_ending);

/* header_file_base() - the last part of a path. */
const char *header_file_base(const char *path);

/* header_file_plan() - whether the header may be written; before anything is. 'source' as for output_plan(). Returns an exit status. */
int header_file_plan(struct header_file *file, const struct console *console, const struct stat *source, bool force);

/* header_file_write() - write and publish it, after the samples. Returns an exit status. */
int header_file_write(struct header_file *file, const struct console *console, mode_t mode, bool sync);

void header_file_discard(struct header_file *file);

#endif
