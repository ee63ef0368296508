/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_UNDO_BACK_H
#define TOOLS_UNDO_BACK_H

/* back: the way back of one file that a run has changed; of several, one after the other. */

#include <stdatomic.h>

#include <mmimage/inverse.h>

#include "kit/cli/progress.h"
#include "kit/cli/report.h"
#include "kit/undo/choose.h"
#include "kit/undo/units.h"

/* size: a run from the store to its end. Starts as zero bytes but for the order */
struct back {
    const struct restore_order *order;
    struct chosen chosen; /* the caller's to choose; all that follows down to 'seats' is of this file */
    mmi_adjust *adjust;
    mmi_inverse *inverse;
    struct units units;
    struct back_seat *seats;
    mmv_journal *journal; /* the caller's, as what follows: of all files */
    atomic_bool is_power; /* the journal has asked for what is on the device: its mode is that of power */
    struct progress progress;
    struct report report;
    uint32_t span; /* of the walk that is on */
};

/*
 * back_ready() - FILE is locked (not by a dry run), and is what the run has made of it: all of it is compared, unless
 * taking it back was interrupted. Returns an exit status; what is wrong was said. TOOL_FAILED also for a signal.
 */
int back_ready(struct back *back);

/* back_walk() - FILE becomes what it was, under the journal. Returns an exit status; what failed was said. */
int back_walk(struct back *back);

/* back_sync() - FILE is on the device, or nobody goes on with the run. Returns an exit status. */
int back_sync(struct back *back);

/* back_forget() - what is of this file. */
void back_forget(struct back *back);

/* back_journal() - open back->journal, for so many files from the chosen one on. Returns an exit status. */
int back_journal(struct back *back, uint64_t files, uint64_t largest);

/* back_is_synced() - whether the end of a run has to be on the device. */
bool back_is_synced(const struct back *back);

#endif
