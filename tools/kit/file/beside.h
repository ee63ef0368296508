/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_BESIDE_H
#define TOOLS_BESIDE_H

/*
 * beside: which names lie beside a FILE, for commands that have many FILEs. Some 30 names are looked for beside each:
 * headers in all spellings, statistics. From the second FILE of a folder on the folder is listed instead, once.
 *
 * A folder that changes is listed anew, a few times; then each name is looked for again.
 *
 * Headers with other names than FILE's may name it, too: they are found by listing the folder in any case.
 */

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "kit/os/file.h"
#include "kit/os/thread.h"

/* Of the folder that was entered last. Any thread at once. */
struct beside_names {
    thread_lock lock;
    char folder[PATH_MAX]; /* "" = none was entered */
    struct file_facts facts;
    unsigned listed; /* times; 0 = it was entered once */
    bool is_known;   /* names[] are all that it has of the endings that are looked for */
    bool was_listed; /* or had, when it was listed */
    char **names;    /* names[0..count), sorted */
    size_t count, room;
    char **naming; /* naming[0..naming_count) of these: headers that can name other files, in the same order */
    size_t naming_count;
    struct beside_names *above; /* the same of the folder above that of FILE; NULL = there is no memory for it */
};

void beside_begin(struct beside_names *beside);

/* beside_enter() - before the first question about the FILE 'path'; a NULL 'beside' is fine. */
void beside_enter(struct beside_names *beside, const char *path);

/*
 * beside_may_be() - false = there is no such file, nor was there one when the folder was listed. Of the endings that
 * are looked for (beside.c has them), in any case of letters; of all others, and of a NULL 'beside', true.
 */
bool beside_may_be(struct beside_names *beside, const char *path);

/*
 * beside_may_have() - false = nor is there any file of these endings whose name begins as FILE's does, up to its last
 * dot: no name made of FILE's need be asked for. Else, and with a NULL 'beside', true.
 */
bool beside_may_have(struct beside_names *beside, const char *path);

/* Names in a folder. */
struct beside_headers {
    char **names; /* names[0..count), sorted */
    size_t count;
    size_t most;   /* there are to be no more; 0 = any number */
    bool is_many;  /* there are, and the list is not whole */
    bool is_short; /* of memory */
};

/*
 * beside_headers() - which files of the folder that the FILE 'path' lies in end as headers do that can name other
 * files: .mhd .mha .nhdr .nrrd, in any case. With 'beside' as the folder was when it was listed; NULL = it is
 * listed now. Of a folder that cannot be listed none.
 * Shape:   'headers' has 'most', and else zeros.
 * Owner:   beside_headers_drop(), also after an error.
 * Threads: any at once. Returns false when there is not enough memory.
 */
bool beside_headers(struct beside_names *beside, const char *path, struct beside_headers *headers);
void beside_headers_drop(struct beside_headers *headers);

void beside_end(struct beside_names *beside);

#endif
