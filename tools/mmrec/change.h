/* SPDX-License-Identifier: MIT */
#ifndef MMREC_CHANGE_H
#define MMREC_CHANGE_H

/* change: CODE over the records of FILE itself, as a run that can be interrupted. */

#include "mmrec/subject.h"

/* A run. Zero bytes are none. */
struct change {
    struct subject *subject;
    mmv_journal *journal; /* NULL = not begun, or none */
    char *journal_path;   /* of change_leave() */
    bool is_new;          /* no run before it has left this journal */
};

/*
 * change_do() - the command's work. Returns an exit status; what is wrong was said. After TOOL_DONE comes
 * change_finish(), and in any case change_leave().
 */
int change_do(struct change *change, struct subject *subject);

/*
 * change_finish() - all is done, written and told: the journal goes. Returns an exit status. Nothing but the end of the
 * process may follow: killed later and repeated, the command would be a new run.
 */
int change_finish(const struct change *change);

/* change_leave() - close the journal. One that is not finished stays, for the same command later. */
void change_leave(struct change *change);

#endif
