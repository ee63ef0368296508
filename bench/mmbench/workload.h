/* SPDX-License-Identifier: MIT */
#ifndef MMBENCH_WORKLOAD_H
#define MMBENCH_WORKLOAD_H

/*
 * workload: one work on one file, as an engine gets it: which file, what to do with its bytes, with how many threads.
 *
 * The work is the same for every engine; an engine only decides how the bytes get to it and back.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mmimage/adjust.h>

enum work {
    WORK_SCAN,     /* sum all 64-bit words */
    WORK_IN_PLACE, /* add WORKLOAD_AMOUNT to every 16-bit sample, saturating, in the file itself */
    WORK_INTO,     /* the same into a new file */
    WORK_READS,    /* sum the words of records at random places */
    WORK_UPDATES,  /* add 1 to the words of records at random places */
    WORK_KINDS
};

#define WORKLOAD_AMOUNT 1
#define WORKLOAD_PIECE ((size_t)256 << 10) /* engines that copy: fits the second-level cache */
#define WORKLOAD_THREADS 256

/* A thread's own results, on cache lines of its own. */
struct workload_result {
    uint64_t sum;
    mmi_tally tally[4];
    char apart[128 - 9 * sizeof(uint64_t)];
};

struct workload {
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

    uint64_t taken; /* see workload_take() */
    uint64_t mapped, peak_mapped;
    bool past_cache; /* the engine decided not to use the page cache */
    bool failed;
    char why[160];
    char note[256];  /* what the engine says about this run */
    uint64_t digest; /* of an engine that has no file: what its memory holds afterwards */
    struct workload_result results[WORKLOAD_THREADS];
};

/* workload_make_adjust() - the adjustment of WORK_IN_PLACE and WORK_INTO. False = no memory. */
bool workload_make_adjust(struct workload *load);

/* workload_fail() - note the first failure; from any thread. Returns false. */
bool workload_fail(struct workload *load, const char *what, int error);

/* workload_piece() - the work on a piece of the file. In place target == source; WORK_SCAN has no target. */
void workload_piece(struct workload *load, unsigned thread, const mmi_batch *piece);

/* workload_record() - the random work on the record that was asked for. */
void workload_record(struct workload *load, unsigned thread, void *record);

/* workload_position() - where operation i works: pseudo-random, every record at most once. */
uint64_t workload_position(const struct workload *load, uint64_t i);

/* workload_team() - call 'worker' in load->threads threads. Returns whether none failed. */
typedef void workload_worker(struct workload *load, unsigned thread);
bool workload_team(struct workload *load, workload_worker *worker);

/*
 * workload_take() - the next piece of the file, from the front, for whoever is free. False at the end or after a
 * failure.
 */
bool workload_take(struct workload *load, size_t piece, uint64_t *offset_ret, size_t *length_ret);

/* workload_slab() - the same share of the file for each thread, in order, as a static loop cuts it; maybe empty. */
void workload_slab(const struct workload *load, unsigned thread, uint64_t *offset_ret, uint64_t *length_ret);

/* workload_share() - the operations [first, end) of a thread. */
void workload_share(const struct workload *load, unsigned thread, uint64_t *first_ret, uint64_t *end_ret);

/* workload_mapped() - count bytes that the engine has mapped (or no longer has). */
void workload_mapped(struct workload *load, int64_t bytes);

/* workload_stores() - whether the input is written to. */
static inline bool workload_stores(const struct workload *load)
{
    return load->work == WORK_IN_PLACE || load->work == WORK_UPDATES;
}

/* workload_sum() - of all threads. */
uint64_t workload_sum(const struct workload *load);

#endif
