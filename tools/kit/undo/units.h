/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_UNDO_UNITS_H
#define TOOLS_UNDO_UNITS_H

/* units: where in a store the words of which records are. */

#include "kit/undo/store.h"
#include "kit/undo/sums.h"
#include "kit/undo/words.h"

/* The words of records [first, first + count) of a span: a frame. */
struct unit {
    uint64_t first, count;
    uint64_t end;    /* the highest of first + count up to here, in this span */
    uint64_t offset; /* of the frame */
    uint32_t span;
};

struct units {
    const struct store *store;
    const struct recipe *recipe;
    struct unit *list;
    size_t count, room;
    bool overlap; /* some records are in several */
    struct sum_list sums;
};

/*
 * units_load() - from a store that was opened. 0, or an errno: EILSEQ = a frame makes no sense, ENOTSUP = some are
 * compressed, and zstd is not here. units_drop() always.
 */
int units_load(struct units *units, const struct store *store, const struct recipe *recipe);
void units_drop(struct units *units);

/* A thread's; starts as zero bytes. */
struct unit_reader {
    struct words words; /* of the unit that was read last */
    size_t room;
    const struct unit *unit;
    uint64_t *writers; /* where units overlap: for each record the offset of its frame */
    size_t writer_room;
};

/*
 * units_words() - the words of records [first, first + count) of a span into words[0..), which has room for them.
 * Shape:   *any_ret: not all are 0; only then was something stored. 0 or an errno: EILSEQ = the frame has changed.
 * Threads: any, with a reader each. unit_reader_drop() in the end.
 */
struct unit_records {
    uint32_t span;
    uint64_t first, count;
};
int units_words(const struct units *units, struct unit_reader *reader, const struct unit_records *records,
                unsigned char *words, bool *any_ret);
void unit_reader_drop(struct unit_reader *reader);

#endif
