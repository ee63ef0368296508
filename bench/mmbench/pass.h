/* SPDX-License-Identifier: MIT */
#ifndef MMBENCH_PASS_H
#define MMBENCH_PASS_H

/*
 * pass: one job as an engine sees it: which file, what to do with its bytes, with how many threads.
 *
 * The work is the same for every engine; an engine only decides how the bytes get to it and back.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mmimage/adjust.h>

enum work {
    WORK_SCAN,     /* sum all 64-bit words */
    WORK_IN_PLACE, /* add PASS_AMOUNT to every 16-bit sample, saturating, in the file itself */
    WORK_INTO,     /* the same into a new file */
    WORK_READS,    /* sum the words of records at random places */
    WORK_UPDATES,  /* add 1 to the words of records at random places */
    WORK_KINDS
};

#define PASS_AMOUNT 1
#define PASS_PIECE ((size_t)256 << 10) /* engines that copy: fits the second-level cache */
#define PASS_THREADS 256

/* A thread's own results, on cache lines of its own. */
struct pass_part {
    uint64_t sum;
    mmi_tally tally[4];
    char apart[128 - 9 * sizeof(uint64_t)];
};

struct pass {
    enum work work;
    const char *input;
    const char *output; /* of WORK_INTO; it does not exist yet */
    uint64_t size;      /* of the input; a multiple of the page size */
    uint64_t window;    /* of engines that have windows; 0 = the library's choice */
    unsigned threads;
    size_t record;       /* of the random works */
    uint64_t operations; /* of the random works */
    mmi_adjust *adjust;
    void *engine; /* what the engine prepared */

    uint64_t taken; /* see pass_take() */
    uint64_t mapped, peak_mapped;
    bool past_cache; /* the engine decided not to use the page cache */
    bool failed;
    char why[160];
    char note[256];  /* what the engine says about this run */
    uint64_t digest; /* of an engine that has no file: what its memory holds afterwards */
    struct pass_part parts[PASS_THREADS];
};

/* pass_make_adjust() - the adjustment of WORK_IN_PLACE and WORK_INTO. False = no memory. */
bool pass_make_adjust(struct pass *pass);

/* pass_fail() - note the first failure; from any thread. Returns false. */
bool pass_fail(struct pass *pass, const char *what, int error);

/* pass_piece() - the work on bytes [offset, offset + length). In place target == source; WORK_SCAN has no target. */
void pass_piece(struct pass *pass, unsigned thread, uint64_t offset, const void *source, void *target, size_t length);

/* pass_record() - the random work on the record that was asked for. */
void pass_record(struct pass *pass, unsigned thread, void *record);

/* pass_position() - where operation i works: pseudo-random, every record at most once. */
uint64_t pass_position(const struct pass *pass, uint64_t i);

/* pass_team() - call 'worker' in pass->threads threads. Returns whether none failed. */
typedef void pass_worker(struct pass *pass, unsigned thread);
bool pass_team(struct pass *pass, pass_worker *worker);

/*
 * pass_take() - the next piece of the file, from the front, for whoever is free. False at the end or after a failure.
 */
bool pass_take(struct pass *pass, size_t piece, uint64_t *offset_ret, size_t *length_ret);

/* pass_slab() - the same share of the file for each thread, in order, as a static loop cuts it; maybe empty. */
void pass_slab(const struct pass *pass, unsigned thread, uint64_t *offset_ret, uint64_t *length_ret);

/* pass_share() - the operations [first, end) of a thread. */
void pass_share(const struct pass *pass, unsigned thread, uint64_t *first_ret, uint64_t *end_ret);

/* pass_mapped() - count bytes that the engine has mapped (or no longer has). */
void pass_mapped(struct pass *pass, int64_t bytes);

/* pass_stores() - whether the input is written to. */
static inline bool pass_stores(const struct pass *pass)
{
    return pass->work == WORK_IN_PLACE || pass->work == WORK_UPDATES;
}

/* pass_sum() - of all threads. */
uint64_t pass_sum(const struct pass *pass);

#endif
