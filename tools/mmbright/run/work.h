/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_WORK_H
#define MMBRIGHT_WORK_H

/* work: one plan carried out, in place, into a new file, or to stdout: its state, and what has come of it. */

#include "kit/cli/progress.h"
#include "kit/cli/report.h"
#include "kit/job/verify.h"
#include "mmbright/plan/plan.h"
#include "mmbright/run/preview.h"
#include "mmbright/run/run.h"

/* What comes out of it. With ranks, of all of them together. */
struct outcome {
    struct report report;
    uint64_t pixels;                  /* that changed */
    uint64_t reached;                 /* samples of which the tally was counted in advance */
    uint64_t undo_bytes;              /* of the undo file, or what it would have */
    bool changed_meanwhile;           /* of a copy: see reading_end() */
    bool is_recalled;                 /* the tally is that of an interrupted run, which had changed everything */
    mmi_tally tally[MMI_SAMPLES_MAX]; /* what has become of the samples of each channel of the image */
};

struct bright_work {
    const struct bright_run *run;
    struct keep **kept;  /* run->keep, to be set */
    uint64_t undo_group; /* what the undo files of several files have in common; 0 = before the first one */
    const struct bright_plan *plan;
    struct bright_plan *turning; /* the same: of samples in several files the next is taken in hand */
    struct notes *notes;         /* of plan->input, to which is added what the work finds */
    unsigned threads;            /* at most */
    struct preview preview;
    bool touched;            /* in place: from here on some of FILE may be changed */
    bool changed;            /* in place: all walks are done, whatever came after */
    struct outcome *outcome; /* the caller's */
    /* While work_do() is on: */
    struct progress progress;
    mmv_walk_options options; /* of every walk over the image */
    struct verify *verify;    /* NULL = not wanted */
    char *tallies;            /* for each thread one of every channel */
    size_t tally_bytes;       /* from one to the next */
    mmi_adjuster **adjusters; /* one per thread */
    mmi_scout *scouts;        /* one per thread, for pieces */
};

/* work_begin() - 'plan' was made, or has failed; work_drop() in any case. Nothing is done yet. */
void work_begin(struct bright_work *work, struct bright_run *run, struct bright_plan *plan);
void work_drop(struct bright_work *work);

/*
 * work_do() - do it, verify and publish it; *outcome is what came of it. Returns an exit status; what failed was said.
 * A signal that asked for the end gives TOOL_FAILED: see signals_stop(). With --dry-run only the preview is computed.
 */
int work_do(struct bright_work *work, struct outcome *outcome);

/* outcome_reset() - nothing has come of the plan yet. */
void outcome_reset(struct outcome *outcome, const struct bright_plan *plan);

/* outcome_total() - the tallies of all ranks together. outcome_sum() - those of all channels. */
void outcome_total(struct outcome *outcome, const struct bright_work *work);
mmi_tally outcome_sum(const struct outcome *outcome, const struct bright_plan *plan);

/* work_options() - how this work walks, for walks that only look. */
mmv_walk_options work_options(const struct bright_work *work);

#endif
