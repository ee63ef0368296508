/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_PAIR_RECORD_H
#define TOOLS_PAIR_RECORD_H

/* pair_record: the inside of pair: two files that belong together, and the record beside both that says so. */

#include <mmview/status.h>

#include "kit/file/hidden.h"
#include "kit/file/pair.h"
#include "kit/os/folder.h"

#define PAIR_ENDING "mmpair"
#define PAIR_RECORD_MAX 4096 /* bytes: six names of at most 271 */

/* A file of the pair. */
struct pair_half {
    char name[HIDDEN_NAME];        /* which it is to have */
    char hidden[OUTPUT_TEMPORARY]; /* which it has until then */
    char old[HIDDEN_NAME]; /* which the file has got that was there; "" = none was, or it stays until it is replaced */
    char record[HIDDEN_NAME];
};

struct pair {
    int folder; /* the caller's */
    struct pair_half samples, header;
    uint64_t inode, size; /* of the new samples */
    int64_t modified;     /* the same */
    uint32_t modified_ns; /* the same */
    int lock[2];          /* the records of samples and header, open and locked; -1 = not. While one is looked at that
                             is the second */
};

/* The names of both records, from those of the files. */
void pair_set_records(struct pair *pair);
/* What a record says; false when it is none. The folder stays as it is. */
bool pair_record_parse(const char *text, size_t length, struct pair *pair);
/* Complete and locked it gets its name. Returns 0 or an errno value; EEXIST = there is one. */
int pair_record_make(const struct pair *pair, const struct pair_half *half, bool sync, int *lock_ret);
/* The locks on both. */
void pair_let_go(struct pair *pair);

/*
 * Whether the new file lies in a folder below until it has its name: then who publishes it has not made it, and undoing
 * loses nothing of it.
 */
bool pair_is_kept(const struct pair_half *half);

/* An errno value of the library's. */
int pair_error_of(mmv_status status);
bool pair_has(const struct pair *pair, const char *name, struct file_facts *facts_ret);
/* ENOENT is as good as done: who undid this before was ended, too. */
int pair_remove(const struct pair *pair, const char *name);

/* pair_settle.c: all that is not needed goes; undone is what is not decided. Returns 0 or an errno value. */
int pair_undo(const struct pair *pair);

#endif
