/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_READING_H
#define TOOLS_READING_H

/*
 * reading: whether bytes of a file stayed as they were while they were read.
 *
 *     a copy         reading_hold(), the work, reading_end()     a lock keeps away who would change them
 *     what is shown  reading_begin(), the work, reading_end()    no lock: a reader that waits for its terminal would
 *                                                                stop writers. What happens is noticed
 *
 * Noticed is: an exclusive lock on the bytes, before or after; the mark of a run that is not finished; another length
 * or another time of change. A program that takes no lock and changes the bytes through a mapping of tmpfs is not.
 */

#include <stdbool.h>

#include <mmview/journal.h>
#include <mmview/range.h>

#include "kit/cli/console.h"
#include "kit/os/file.h"

/* The caller fills in the first four, and may the fifth. */
struct reading {
    const struct console *console;
    mmv_map *map;
    const char *path;
    mmv_range range;                /* of the file */
    mmv_journal_cache **neighbours; /* remembers journals from one file to the next; NULL = there is only one */
    struct file_facts before;
    bool was_changed;   /* meanwhile, as far as it shows */
    bool is_unfinished; /* they belong to a run that is not finished, or are a copy of such bytes */
    char why[256];      /* in the library's words */
    char note[400];     /* what reading_end() noticed; "" = nothing */
};

/* How long who changes the bytes is waited for: a run's last window. */
#define READING_WAIT_MS 3000

void reading_begin(struct reading *reading);

/*
 * reading_hold() - the same under a shared lock, which ends with the map.
 * Shape:   who changes the bytes is waited for, then said. A file system without locks is no failure. Returns an exit
 *          status; with is_unfinished the thread's latest error names the journal.
 */
int reading_hold(struct reading *reading, unsigned wait_ms);

/*
 * reading_end() - look once more; 'what' came of the reading, as "the copy". Returns whether it may be a mixture of old
 * and new: then reading->note says so, which is the caller's to say.
 */
bool reading_end(struct reading *reading, const char *what);

/* reading_note() - what reading_end() says, of what is known already. */
bool reading_note(struct reading *reading, const char *what);

#endif
