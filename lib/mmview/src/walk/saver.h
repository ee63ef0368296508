/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_SAVER_H
#define MMVIEW_SAVER_H

/*
 * saver: what a walk in place tells before and after it changes records, so that a walk that was killed can go on.
 *
 * The walk knows only this table; journal/ implements it. The range is cut into stretches, and these into granules,
 * which are saved and changed together. A worker has lanes, one for each transfer under way; a lane's number is the
 * walk's: worker * lanes + lane, from mmv__lane_number().
 *
 *     begin        the range is locked, what an earlier run left half done is made anew
 *     run          for each unit: what of it is not done yet, by mmv__run_unit()
 *         save     these records of a lane are about to change: whole granules of one stretch      only where
 *         arm      from here on what was saved counts, should the process end                      terms.lanes
 *                  ... the records change ...                                                      is not 0
 *         commit   they have changed
 *     leave        a worker has no more units
 *     end          the walk is over
 */

#include <mmview/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mmv__job;
struct mmv__worker;
struct mmv__unit;

/* Records in memory, 'stride' bytes apart. */
typedef struct mmv__records {
    uint64_t first, count;
    void *data;
    size_t stride;
} mmv__records;

/* What a walk keeps to. */
typedef struct mmv__saver_terms {
    unsigned threads; /* at most */
    unsigned lanes;   /* of each worker; 0 = stretches are saved by 'run', and granules not one by one */
    bool whole;       /* a lane can save a whole stretch */
    uint64_t resumed; /* bytes that an earlier run has done */
} mmv__saver_terms;

typedef struct mmv__saver mmv__saver;

typedef struct mmv__saver_calls {
    /* The terms are filled in also when 'begin' fails. */
    mmv_status (*begin)(mmv__saver *saver, const struct mmv__job *job, mmv__saver_terms *terms_ret);
    mmv_status (*run)(mmv__saver *saver, struct mmv__worker *worker, const struct mmv__unit *unit);
    void (*leave)(mmv__saver *saver, const struct mmv__worker *worker);
    mmv_status (*end)(mmv__saver *saver, mmv_status status);

    mmv_status (*save)(mmv__saver *saver, unsigned lane, const mmv__records *old);
    mmv_status (*arm)(mmv__saver *saver, unsigned lane);
    mmv_status (*commit)(mmv__saver *saver, unsigned lane, const mmv__records *fresh);

    /* How many records from 'first' on can be saved at once: at most 'most' of them, or one granule. */
    uint64_t (*records)(const mmv__saver *saver, uint64_t first, uint64_t most);
    /* The same for one granule of a lane, or what the stretch has left of it. */
    uint64_t (*granule)(const mmv__saver *saver, unsigned lane, uint64_t first);
    /* Records from 'first' to a border of granules, 'about' or a little less; at least a granule. */
    uint64_t (*border)(const mmv__saver *saver, uint64_t first, uint64_t about);
} mmv__saver_calls;

struct mmv__saver {
    const mmv__saver_calls *calls;
    uint64_t grid;    /* file bytes: stretches end on its multiples */
    unsigned process; /* that began the run: its children share the lock, but may not go on with it */
};

#endif
