/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_OUTPUT_H
#define TOOLS_OUTPUT_H

/*
 * output: a new file that appears whole or not at all.
 *
 *     output_plan()      looks, touches nothing         exit 2 when it may not be written
 *     output_create()    a nameless file beside it      from here to publish nobody sees it
 *     ...                the caller fills output.descriptor
 *     output_publish()   it gets its name
 *     output_discard()   on every way out; after publish it only closes
 */

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "kit/cli/console.h"

struct output {
    char path[PATH_MAX];          /* the name that it will have */
    char temporary[NAME_MAX + 1]; /* "" while the file has no name */
    const char *name;             /* the last part of path */
    int directory;                /* descriptor; -1 = not open */
    int descriptor;               /* the new file, read-write; -1 = none */
    bool force;                   /* an existing file may be replaced */
};

/* Before anything else; output_discard() is harmless from here on. */
#define OUTPUT_NONE ((struct output){.directory = -1, .descriptor = -1})

/*
 * output_plan() - find out what OUT means and whether it may be written.
 * Shape:   in an existing directory the file is called as 'input' is; NULL input: a directory is refused. 'source'
 *          is the open input, which must be another file; NULL = none.
 * Returns an exit status; the fault has been said.
 */
int output_plan(struct output *output, const struct console *console, const char *path, const char *input,
                const struct stat *source, bool force);

/* output_create() - make the file, mode 0600, without a name where the system can. Returns an exit status. */
int output_create(struct output *output, const struct console *console);

/*
 * output_publish() - give the file its mode (narrowed by the umask) and its name. With 'sync' file and name are on the
 * device then. Returns an exit status.
 */
int output_publish(struct output *output, const struct console *console, mode_t mode, bool sync);

/* output_discard() - remove what was not published, and close. Calling it twice is harmless. */
void output_discard(struct output *output);

#endif
