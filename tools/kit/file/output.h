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

#include "kit/cli/console.h"
#include "kit/file/hidden.h"
#include "kit/file/inputs.h"
#include "kit/os/folder.h"

/* Room for a name that a file has meanwhile, maybe in a folder below: OUT.parts/header, see parts.h. */
#define OUTPUT_TEMPORARY (HIDDEN_NAME + 16)

struct output {
    char path[PATH_MAX];              /* the name that it will have */
    char temporary[OUTPUT_TEMPORARY]; /* "" while the file has no name */
    const char *name;                 /* the last part of path */
    int folder;                       /* descriptor of its folder; -1 = not open */
    int descriptor;                   /* the new file, read-write; -1 = none */
    bool force;                       /* an existing file may be replaced */
    bool was_there;                   /* when it was planned: 'before' is that file, behind links */
    struct file_facts before;
};

/* Before anything else; output_discard() is harmless from here on. */
#define OUTPUT_NONE ((struct output){.folder = -1, .descriptor = -1})

/* What a command wants to write. */
struct output_wish {
    const char *path;                /* OUT: the new file, or a folder that is there */
    const char *input;               /* as this file is called it will be in a folder; NULL: a folder is refused */
    const struct file_facts *source; /* the input, which must be another file; NULL = none */
    const struct inputs *inputs;     /* and all others of the run; NULL = none */
    bool force;                      /* an existing file may be replaced */
};

/* output_plan() - find out what OUT means and whether it may be written. Returns an exit status; the fault was said. */
int output_plan(struct output *output, const struct console *console, const struct output_wish *wish);

/* output_create() - make the file, for its owner alone, without a name where the system can. Returns an exit status. */
int output_create(struct output *output, const struct console *console);

/*
 * Who may do what with it. With a model nobody may what he may not do with the model, and of what a folder gives to its
 * new files nothing is left. All are narrowed by the umask.
 */
struct output_rights {
    enum {
        OUTPUT_NEW = 0, /* no model: reading and writing, and what the folder gives */
        OUTPUT_COPY,    /* the model's permissions and ACL, and what users have noted on it */
        OUTPUT_DERIVED, /* made from the model's content: reading and writing at most */
        OUTPUT_KNOWN,   /* 'permissions' */
    } kind;
    int model; /* a descriptor */
    unsigned permissions;
};

/* output_hide() - a name for a file that has none, under which nobody looks for it. Returns 0 or an errno value. */
int output_hide(struct output *output, const char *name);

/* output_complete() - give the file its rights; with 'sync' it is on the device then. Returns an exit status. */
int output_complete(struct output *output, const struct console *console, const struct output_rights *rights,
                    bool sync);

/* output_publish() - complete it and give it its name. With 'sync' both are on the device then. Returns an exit status.
 */
int output_publish(struct output *output, const struct console *console, const struct output_rights *rights, bool sync);

/* output_discard() - remove what was not published, and close. Calling it twice is harmless. */
void output_discard(struct output *output);

/*
 * output_finish_stdout() - close stdout, which was the output: what could not be written is known then. With 'sync' it
 * is on the device first, where stdout has one. Returns an exit status.
 */
int output_finish_stdout(const struct console *console, bool sync);

#endif
