/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_UNDO_STORE_H
#define TOOLS_UNDO_STORE_H

/*
 * store: the file that keeps what a run in place loses, so that it can be taken back. mmview_undo(5) has its format.
 *
 *     header | recipe | frame | frame | ... | frame END | perhaps frame TAKEN_BACK
 *
 * Frames are appended, one behind the other, and never change. Each has a checksum under the run's number, so what a
 * killed run has written in part is none, and the next frame takes its place. Of a file that others made each length
 * and place is checked before it is used.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kit/os/thread.h"
#include "kit/undo/recipe.h"
#include "kit/undo/tail.h"

/* The eight characters that every one begins with; see mmv_map_own_kind(). */
#define STORE_MAGIC "mmvundo"
#define STORE_VERSION 1

struct store_header {
    char magic[8];
    uint32_t version, order; /* order: STORE_ORDER in the byte order of the machine that wrote it */
    uint64_t run;            /* a random number */
    uint64_t inode, size;    /* of FILE when the run began */
    uint64_t begun;          /* nanoseconds since 1970 */
    uint64_t recipe;         /* bytes behind the header */
    uint64_t check;          /* of the header and the recipe */
};

enum store_kind {
    STORE_WORDS = 1,  /* of records that lose something */
    STORE_SUMS,       /* struct store_sum, again and again: what records became */
    STORE_END,        /* all is there: the run has changed everything. Of a part, which job it is of: see store_job */
    STORE_TAKEN_BACK, /* and all of it was taken back */
};

struct store_frame {
    uint32_t magic;
    uint16_t kind, form;         /* form: of WORDS */
    uint64_t length, plain;      /* bytes behind the frame, and before they were compressed */
    uint64_t span, first, count; /* of WORDS: which records; of END: a struct store_job */
    uint64_t check;              /* of the frame and the bytes behind it, under the run's number */
};

/* Records [first, first + count) of a span, and what they became. */
struct store_sum {
    uint64_t first, hash;
    uint32_t span, count;
};

/* Of a part of a job, whose other parts have undo files of their own; all 0 = it is none. */
struct store_job {
    uint64_t run;          /* the job's number, as mmv_journal_inspect() has it */
    uint64_t units, total; /* bytes of this file that the part has changed, and that all parts change of all files */
};

struct store {
    int descriptor;
    char *path; /* of the store, until store_close() */
    struct store_header header;
    unsigned char *recipe; /* header.recipe bytes */
    _Atomic uint64_t end;  /* where the next frame goes: all before it is there */
    uint64_t frames;       /* how many there are */
    bool is_complete, is_taken_back;
    struct store_job job; /* once it is complete */
    bool is_empty;        /* a regular file without a byte */
    bool is_blank;        /* the same, or one without a header: whoever made it was killed */
    thread_lock lock;     /* around 'end' and what is stored there */
    struct tail tail;     /* of a store that has many small frames */
};

/*
 * store_create() - a new file at 'path', which this process has locked until it is closed. EEXIST = there is one;
 * EBUSY = another process has taken it away again: try another name.
 * store_open() - one that is there. EAGAIN = a process is at work with it and 'alone' is asked for; EILSEQ = it is no
 * such file, or damaged.
 * Both return 0 or an errno; store_close() in any case.
 */
struct store_begin {
    const char *path;
    int model;                   /* descriptor of FILE: nobody may do more with the store */
    const unsigned char *recipe; /* is copied */
    size_t recipe_length;
    uint64_t inode, size, begun;
};
int store_create(struct store *store, const struct store_begin *how);
int store_open(struct store *store, const char *path, bool alone);

/*
 * store_glance() - the same, but no frame is read except the last: is_complete, is_taken_back and the recipe are known
 * then, and nobody has compared a checksum of a frame.
 */
int store_glance(struct store *store, const char *path);

/* store_open_patiently() - store_open(), alone: whoever only looks for a run or a name has it in hand for a moment. */
int store_open_patiently(struct store *store, const char *path, unsigned wait_ms);
void store_close(struct store *store);

/* store_end_frame() - the frame END. */
struct store_frame store_end_frame(const struct store_job *job);

/*
 * store_append() - 'frame' needs all but magic and check. In the file when it returns 0, else an errno.
 * store_sync() - on the device.
 * store_end() - nothing more is appended: the file ends behind its last frame.
 * Threads: any; store_end() when no other is at work.
 */
int store_append(struct store *store, struct store_frame *frame, const void *bytes);
int store_sync(struct store *store);
int store_end(struct store *store);

/* store_each() - all frames of a store that was opened, in order, until 'see' returns something else than 0. */
typedef int store_see_fn(const struct store_frame *frame, uint64_t offset, const unsigned char *bytes, void *user);
int store_each(const struct store *store, store_see_fn *see, void *user);

/*
 * store_is_damaged() - of a store that was opened and is not complete: whether what ends it is no frame that a killed
 * process has left in part. Such a frame has no magic yet, and nothing stands behind it. True also when nobody can
 * tell. After a loss of power it says nothing: a device stores in any order.
 */
bool store_is_damaged(const struct store *store);

/* store_read() - a frame once more, with the bytes behind it: the caller's, for free(3). EILSEQ = it has changed. */
int store_read(const struct store *store, uint64_t offset, struct store_frame *frame_ret, unsigned char **bytes_ret);

/* store_remove() - its name goes. */
int store_remove(const struct store *store);

#endif
