/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_VERIFY_H
#define TOOLS_VERIFY_H

/*
 * verify: what the bytes of each chunk should become, computed a second time before they are stored, then compared with
 * the file.
 *
 *     verify_create()
 *     verify_keep()        with a journal: what an interrupted run has expected
 *     verify_expect()      for each chunk, before it changes
 *     verify_compare()     when all are stored
 *     verify_destroy()
 */

#include <mmview/journal.h>
#include <mmview/walk.h>

#include "kit/cli/console.h"

/* How mmv_journal_note() calls what is expected of a file. A tool's other notes have other numbers. */
#define VERIFY_NOTE 1

/* Bytes of a chunk that are computed a second time. */
struct verify_piece {
    unsigned thread;
    uint64_t offset;  /* of the file that is read */
    const void *from; /* 'length' bytes there */
    size_t length;
    void *made; /* what the change makes of them: room for verify_way.room bytes */
};

/*
 * verify_make_fn - compute a piece.
 * Shape:   *made_ret = bytes of the result; it is 'length' when the function is called.
 * Threads: any number at once, never twice with one piece->thread.
 */
typedef mmv_status verify_make_fn(const struct verify_piece *piece, size_t *made_ret, void *user);

/* How it is computed. */
struct verify_way {
    verify_make_fn *make;
    void *user;
    size_t length; /* of a piece, but for the last of a chunk: whole records, at least one */
    size_t room;
    bool packs; /* results lie one behind the other in a file of their own, in the order of 'offset' */
};

struct verify;

/* verify_create() - for chunks of so many threads; NULL when there is no memory. verify_destroy() - NULL is fine. */
struct verify *verify_create(unsigned threads, const struct verify_way *way);
void verify_destroy(struct verify *verify);

/*
 * verify_keep() - keep what is expected in a journal of this mode, too, for whoever goes on with the run. Takes over
 * what is there: an interrupted run has expected something of 'map' already.
 */
mmv_status verify_keep(struct verify *verify, mmv_journal *journal, mmv_map *map, mmv_journal_mode mode);

/*
 * verify_expect() - remember what the records of a chunk, 'record' bytes each, should become, before they change.
 * verify_expect_same() - expect them as they are.
 * Threads: any number at once.
 * Errors:  MMV_ENOMEM; what the way's function returned.
 */
mmv_status verify_expect(struct verify *verify, const mmv_chunk *chunk, size_t record);
mmv_status verify_expect_same(struct verify *verify, const mmv_chunk *chunk, size_t record);

/* verify_complete() - all chunks have come: what is expected is in the journal, if there is one. */
mmv_status verify_complete(struct verify *verify);

/* What the result is compared with. */
struct verify_result {
    const struct console *console;
    const char *file;
    int descriptor;
    uint64_t shift;    /* what was at byte N lies at byte N + shift; of packed results the place of the first */
    uint64_t expected; /* bytes: of fewer it is said that the others are not verified */
    bool is_synced;    /* the device can be asked, instead of the memory that was just written */
};

/*
 * verify_compare() - read everything back; once. Returns an exit status; a difference was said with its offset. A
 * signal that asks for the end ends it with TOOL_FAILED, too.
 */
int verify_compare(struct verify *verify, const struct verify_result *result);

#endif
