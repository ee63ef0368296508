/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_UNDO_KEEP_H
#define TOOLS_UNDO_KEEP_H

/*
 * keep: what a run in place loses goes to a store, each time before it is lost.
 *
 *     keep_begin     range locked, nothing changed: the store is there, and the journal knows it
 *     keep_chunk     records are about to change: what cannot be computed back is in the store when it returns
 *     keep_result    they have changed: what they are now is remembered
 *     keep_copy, keep_change
 *                    instead of these two, where nobody knows what records are: a copy is changed, and then they are
 *     keep_settle    mode power: what keep_chunk() has stored is on the device
 *     keep_finish    all have changed: the store is complete
 */

#include <mmimage/adjust.h>
#include <mmview/journal.h>
#include <mmview/walk.h>

#include "kit/cli/console.h"
#include "kit/undo/recipe.h"

struct keep;

/* How mmv_journal_note() calls the undo file, and its length in the end. A tool's other notes have other numbers. */
#define KEEP_NOTE 4
#define KEEP_NOTE_LENGTH 5

/* What a run is, for what it keeps. */
struct keep_run {
    const struct console *console;
    const char *file; /* its path */
    mmv_map *map;     /* of it */
    uint64_t inode, size;
    const char *named;           /* where the undo file goes; NULL = beside FILE */
    const struct recipe *recipe; /* what becomes of FILE; needed by keep_begin() alone */
    const mmi_adjust *adjust;    /* the recipe's; NULL = it has none */
    mmv_journal *journal;
    const char *journal_path;
    mmv_journal_mode mode; /* of the journal */
    bool sync;             /* the end of the run is on the device */
    uint64_t units, total; /* of a part of a job, see struct store_job; a total of 0 = the run is none */
    unsigned threads;      /* at most */
};

/*
 * keep_begin() - a new store, or that of the interrupted run which the journal goes on with; *keep_ret is for
 * keep_drop(). Returns an exit status; what failed was said.
 */
int keep_begin(const struct keep_run *run, struct keep **keep_ret);
void keep_drop(struct keep **keep);

/*
 * Records of a span, 'record' bytes each, before and after they change.
 * Threads: any, each with its own chunk->thread.
 * Errors:  what the system said of the store; keep_finish() says it to people.
 */
mmv_status keep_chunk(struct keep *keep, const mmv_chunk *chunk, uint32_t span, size_t record);
mmv_status keep_result(struct keep *keep, const mmv_chunk *chunk, uint32_t span, size_t record);

/*
 * keep_copy() - the records of a chunk in memory of its thread, one behind the other, to be changed there.
 * NULL = no memory. keep_change() - they have been
 * changed: what FILE loses goes to the store, then the chunk becomes the copy where the two differ.
 */
void *keep_copy(struct keep *keep, const mmv_chunk *chunk, size_t record);
mmv_status keep_change(struct keep *keep, const mmv_chunk *chunk, uint32_t span, size_t record);

/*
 * keep_settle() and keep_reached() - an mmv_journal_options.settle and .kept, with the struct keep * that *user points
 * to; NULL = nothing to do.
 */
mmv_status keep_settle(void *user);
uint64_t keep_reached(void *user);

/*
 * keep_finish() - after the walks; 'is_done': all of them. 'resumed' bytes were changed by an earlier process.
 * Returns an exit status: TOOL_RESUMABLE when a signal has ended it, and the store is not complete.
 */
int keep_finish(struct keep *keep, bool is_done, uint64_t resumed);

/*
 * keep_is_lost() - whether the device has not taken all of the store: nobody may go on with the run. What is in the
 * store stays for people.
 */
bool keep_is_lost(const struct keep *keep);

/* keep_group() - which of several files it is of, as its store says. */
const struct recipe_group *keep_group(const struct keep *keep);

/* keep_path() - where the store is. keep_bytes() - how long it is. */
const char *keep_path(const struct keep *keep);
uint64_t keep_bytes(const struct keep *keep);

#endif
