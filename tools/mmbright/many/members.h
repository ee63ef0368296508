/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_MEMBERS_H
#define MMBRIGHT_MEMBERS_H

/* members: what each thread has of its own while FILEs are worked on, and what they share. */

#include "mmbright/many/crowd.h"
#include "mmbright/many/failures.h"
#include "mmbright/run/work.h"

/* A FILE of up to so many bytes is one thread's. */
#define FILES_SMALL (8 * MMV_MIB)

/*
 * What the members share. While they are at work only who is in its turn changes it; large[] is filled in before, a
 * place by whoever looks at that FILE.
 */
struct files {
    struct bright_run *run;
    struct failures failures;
    bool *large;    /* FILEs that all threads share; NULL = there is only one FILE */
    bool left_out;  /* of a run that goes on, FILEs that could be used now: it must not end here */
    bool stopped;   /* with ranks: a signal has stopped one of them */
    size_t begun;   /* FILEs that were not left out because of a signal */
    size_t changed; /* FILEs that are, whatever came after */
    size_t done;    /* FILEs with which all is well */
};

/* A thread's. */
struct member {
    struct files *files;
    mmv_journal_cache *neighbours; /* of the latest FILE */
    struct outcome *outcome;
};

struct members {
    struct member *list;
    size_t count;
    void *own[CROWD_MOST]; /* the same, for a crowd */
};

/* members_make() - as many as there is memory for; false when that is none. members_drop() in any case. */
bool members_make(struct members *members, struct files *files);
void members_drop(struct members *members);

#endif
