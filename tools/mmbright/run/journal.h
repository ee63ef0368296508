/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_RUN_JOURNAL_H
#define MMBRIGHT_RUN_JOURNAL_H

/* journal: the run's own journal, from its beginning to the ways in which it ends. Journals of others: unfinished.h. */

#include "mmbright/plan/plan.h"
#include "mmbright/run/run.h"

/* What mmbright notes in a journal about a FILE, for whoever goes on with the run. */
enum {
    /* 1 is VERIFY_NOTE. */
    JOURNAL_NOTE_BEFORE = 2, /* preview: the pixels before the change */
    JOURNAL_NOTE_OUTCOME,    /* work: saturated samples of each channel, once all of it is changed */
    /* 4 is KEEP_NOTE. */
};

/*
 * journal_begin() - run_is_journalled(): open run->journal, which lies beside the first plan's file or where
 * --journal-file says. Returns an exit status; a refusal was said, with what to do about it.
 */
int journal_begin(struct bright_run *run, const struct bright_plan *first);

/*
 * journal_is_done() - whether all that this run, or the one that it goes on with, has begun is done. A FILE that was
 * changed in part and is not there any more is known to the journal alone.
 */
bool journal_is_done(const struct bright_run *run);

/*
 * journal_look() - whose unfinished run FILE belongs to. The run's own is an interrupted one over as many FILEs as this
 * one has, which is not yet begun.
 */
enum journal_of { JOURNAL_OF_NOBODY, JOURNAL_OF_RUN, JOURNAL_OF_OTHERS };
enum journal_of journal_look(const struct bright_run *run, const struct bright_plan *plan,
                             mmv_journal_cache **neighbours);

/* journal_spoil() - a file could not be synced: the journal refuses to go on. Without one it does nothing. */
void journal_spoil(const struct bright_run *run);

/* journal_leave() - close it and leave its file, for the same command later. Without one it does nothing. */
void journal_leave(struct bright_run *run);

/*
 * journal_finish() - everything is done, written and closed: remove its file; the handle stays open. Of a shard: say
 * that it is done, and end the job when all others have said so. Returns an exit status.
 *
 * A run that is killed before that is found finished when it is repeated. One that is killed later would begin anew: so
 * signals are blocked before, and the process ends with _Exit() right after it. Closing the file, which frees its
 * blocks, would take a millisecond.
 */
int journal_finish(const struct bright_run *run);

#endif
