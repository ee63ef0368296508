/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_WORKERS_H
#define MMBRIGHT_WORKERS_H

/* workers: what each thread has of its own while FILEs are worked on, and what they share. */

#include "mmbright/many/crowd.h"
#include "mmbright/many/failures.h"
#include "mmbright/run/work.h"

/* A FILE of up to so many bytes is one thread's. */
#define WORKERS_SMALL (8 * MMV_MIB)

#define WORKERS_MOST 64

/*
 * What the workers share. While they are at work only who is in its turn changes it; large[] is filled in before, a
 * place by whoever looks at that FILE.
 */
struct files {
    struct bright_run *run;
    struct failures failures;
    bool *large;    /* FILEs that all threads share; NULL = there is only one FILE */
    bool stopped;   /* with ranks: a signal has stopped one of them */
    size_t begun;   /* FILEs that were not left out because of a signal */
    size_t changed; /* FILEs that are, whatever came after */
};

/* A thread's. */
struct worker {
    struct files *files;
    mmv_journal_cache *neighbours; /* of the latest FILE */
    struct outcome *outcome;
};

struct workers {
    struct worker *list;
    size_t count;
    void *own[WORKERS_MOST]; /* the same, for a crowd */
};

/* workers_make() - as many as there is memory for; false when that is none. workers_drop() in any case. */
bool workers_make(struct workers *workers, struct files *files);
void workers_drop(struct workers *workers);

#endif
