/* SPDX-License-Identifier: MIT */
#ifndef MMREC_CHANGE_H
#define MMREC_CHANGE_H

/* change: CODE over the records of FILE itself, as a run that can be interrupted. */

#include "kit/undo/keep.h"
#include "mmrec/subject.h"

/* A run. Zero bytes are none. */
struct change {
    struct subject *subject;
    const struct console *console; /* of the latest subject */
    mmv_journal *journal;          /* NULL = not begun, or none */
    char *journal_path;            /* of change_leave() */
    struct keep *keep;             /* of the FILE in hand; NULL = what it loses is not kept. Of change_leave() */
    uint64_t undo_bytes;           /* of the undo files of all processes */
    bool is_new;                   /* no run before it has changed anything of this */
    bool is_tried;                 /* of several FILEs: see change_try() */
    bool touched;                  /* some of FILE may be changed */
    bool changed;                  /* all of it is, by all processes */
    bool is_first;                 /* of these: it speaks for them */
};

/*
 * change_do() - the command's work. Returns an exit status; what is wrong was said. After TOOL_DONE comes
 * change_finish(), and in any case change_leave().
 */
int change_do(struct change *change, struct subject *subject);

/*
 * change_try() - for several FILEs, before the first is changed: whether the code divides no record of this one by
 * zero. Returns an exit status; what is wrong was said.
 */
int change_try(struct subject *subject);

/*
 * change_look() - whether FILE can be changed: it belongs to no unfinished run, or to one over as many FILEs as this
 * has (*begun_ret), with which the command goes on. Returns an exit status; what is wrong was said.
 */
int change_look(const struct subject *subject, bool *begun_ret);

/* change_is_done() - whether all that the journal knows is done; also what is of a FILE that is not there any more. */
bool change_is_done(const struct change *change);

/*
 * change_finish() - all is done, written and told: the journal goes. Returns an exit status. Nothing but the end of the
 * process may follow: killed later and repeated, the command would be a new run.
 */
int change_finish(const struct change *change);

/* change_explain_rest() - after a failure: that nothing is left to be changed, if that is so. */
void change_explain_rest(const struct change *change);

/* change_undo() - --undo of the command's one FILE. Returns an exit status; what failed was said. */
int change_undo(const struct command *command);

/* change_leave() - close the journal. One that is not finished stays, for the same command later. */
void change_leave(struct change *change);

#endif
