/* SPDX-License-Identifier: MIT */
#ifndef TESTS_RUNS_H
#define TESTS_RUNS_H

/*
 * runs: runs with a journal, each of one walk, here or in a process of its own that ends at a given step.
 *
 * What is done to a byte depends on its place, and twice is another byte than once.
 */

#include "check.h"
#include "children.h"
#include "scratch.h"

#include <mmview/journal.h>

#define RUN_LARGEST (5 * MMV_MIB)

/* A run: what, and how. */
struct run {
    size_t size; /* of the file */
    size_t record;
    uint64_t stride, offset, length;
    mmv_io io;
    unsigned threads;
    uint64_t window;
    mmv_journal_mode mode;
    const char *operation;
    unsigned wait_ms;
    mmv_status (*pause)(void); /* called in each chunk; NULL = not */
    bool adopt, varies;        /* as in mmv_journal_options */
    bool tries_twice;          /* a walk that fails is made once more, under the same journal */
    const mmv_journal_job *job;
};

enum { RUN_KILLED = -1 };

/* The file as it was, and as it is to become; filled in by run_prepare(), which writes it. */
extern unsigned char run_before[RUN_LARGEST], run_after[RUN_LARGEST];
void run_prepare(const struct run *run, const char *file);

/*
 * Do it in this process. 'steps': the process kills itself at that one (two per record of more than 64 bytes, else per
 * 509); 0 = it does not.
 */
mmv_status run_here(const struct run *run, const char *file, const char *path, long steps);

/* The same in a process of its own. The status, or RUN_KILLED; text = what went wrong. */
int run_child(const struct run *run, const char *file, const char *path, long steps, char *text, size_t size);

/* The same without waiting, and the waiting. */
pid_t run_start(const struct run *run, const char *file, const char *path, long steps);
int run_wait(pid_t child);

/* What a child gets a copy of, see children.h. */
struct run_given {
    const void *data;
    size_t size; /* RUN_GIVEN at most */
};
#define RUN_GIVEN 6144u
#define RUN_GIVE(variable) (&(struct run_given){&(variable), sizeof(variable)})

/* Anything that ends so, in a process of its own. */
int run_in_child(mmv_status (*work)(void *user), const struct run_given *user, char *text, size_t size);

/* Fail unless every byte was changed once, the journal is gone and the file bears no mark. */
void run_check(const struct run *run, const char *file, const char *path);

/* Whether MMV_CAMPAIGN is set: as many trials as there are, instead of what fits a check. */
bool is_campaign(void);

/* For walks that a test makes itself: what they call, and the step at which the process kills itself; 0 = none. */
void run_set_steps(long steps);
mmv_status run_change(const mmv_chunk *chunk, void *run);

/* Whether a file bears a mark of any run; or has something beside it that says the same. */
bool run_is_marked(const char *file);
bool run_is_claimed(const char *file);

/* Pointers to journals stand beside files that can have no marks. */
void run_drop_pointers(const char *file);

/* Whether files have locks that end with a descriptor. */
bool run_has_locks(void);

/* Whether a file is one. */
bool run_is_pointer(const char *path);

bool run_is(const char *file, const unsigned char *bytes, size_t size);

#endif
