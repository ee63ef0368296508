/* SPDX-License-Identifier: MIT */
#ifndef MMBENCH_TRIAL_H
#define MMBENCH_TRIAL_H

/*
 * trial: one engine, one work, one state, timed once and checked.
 *
 *     reach the state -> verify it -> [child: prepare, start the threads, TIME the work]
 *         -> was it that state? -> check the bytes
 *
 * What cannot be verified is not a result. Only the work is timed: open, work, unmap, close, and with
 * 'durable' the fsync(2) after it.
 */

#include "mmbench/engine.h"
#include "mmbench/fixture.h"
#include "mmbench/meter.h"

enum state {
    STATE_WARM,  /* every page in the page cache and clean, before; (almost) nothing read from the device meanwhile */
    STATE_COLD,  /* no page in the page cache before; the whole input read from the device meanwhile */
    STATE_SMALL, /* cold, within a memory cgroup whose limit is an eighth of the file, which was reached */
    STATE_KINDS
};

#define TRIAL_SHARE 8                        /* of STATE_SMALL */
#define TRIAL_LIMIT_MIN ((uint64_t)32 << 20) /* less is too little for the threads and buffers of some engines */

struct trial {
    const struct engine *engine;
    enum work work;
    enum state state;
    bool durable;
    struct fixture *fixture;
    uint64_t window; /* 0 = the engine's own */
    unsigned threads;
    size_t record; /* of the random works */
    uint64_t operations;
};

enum verdict {
    TRIAL_TIMED,
    TRIAL_NOT_REACHED, /* the state could not be reached, or was not what it should be meanwhile */
    TRIAL_FAILED,      /* the engine could not do it here */
    TRIAL_WRONG,       /* timed, but with wrong bytes: a defect */
    TRIAL_STOPPED      /* a signal asked for the end */
};

struct outcome {
    struct meter meter;
    uint64_t bytes; /* that the work was done on */
    uint64_t peak_mapped;
    char note[256];           /* of the engine */
    char why[PATH_MAX + 256]; /* unless TRIAL_TIMED */
};

const char *state_name(enum state state);
const char *work_name(enum work work);

/* trial_run() - do it once. */
enum verdict trial_run(struct fixtures *fixtures, const struct trial *trial, struct outcome *outcome);

#endif
