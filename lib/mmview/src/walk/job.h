/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_WALK_INTERNAL_H
#define MMVIEW_WALK_INTERNAL_H

/*
 * The inside of a walk. One job, shared by its workers; a worker per thread; a unit is what a worker takes at a time.
 *
 *     mmv_walk() -> plan.c      options -> request: which records; method: threads, window, lanes, arena
 *                -> team.c      the team: every worker takes units from the front until none is left
 *                -> choose.c    which way the next bytes go, and how many: asks policy.c, which has no clock
 *                -> io_mapped.c | io_buffered.c | io_direct.c    one unit: bytes in, the caller's function, bytes out
 *                -> chunk.c     what these share: buffers, the call of the function
 *                -> saver.h     what a journal does before and after records change; the walk knows no journal
 *                -> keep.c      records that outlive the walk, since the function says that something looks at them
 *                -> sink.c      where the bytes of a walk into another map or a stream go, and what a filter keeps
 */

#include "lease/arena.h"
#include "lease/budget.h"
#include "os/queue.h"
#include "walk/cold.h"
#include "walk/policy.h"
#include "walk/saver.h"
#include "walk/spacing.h"
#include "os/sync.h"

#include <mmview/walk.h>

#define MMV__STEP (2 * MMV_MIB)    /* populated, then handed over; 1 to 8 MiB were equal within noise, 2026-11 */
#define MMV__LANES 4               /* transfers at once: enough to overlap, a judgement; each is private memory */
#define MMV__STREAM (8 * MMV_MIB)  /* a stream of reads this long is worth a place where it is read ahead */
#define MMV__PIECE (256 * MMV_KIB) /* stays in the second-level cache; 512 KiB and 1 MiB gained nothing, 2026-11 */

/* A run of whole records, and the way to take. */
typedef struct mmv__unit {
    uint64_t first, count; /* records of the range */
    uint64_t start, end;   /* bytes of the range that it stands for, from the first record of the range on */
    uint64_t number;       /* 0, 1, 2 ... in the order of the range */
    mmv_io io;             /* MMV_IO_AUTO until mmv__run_unit() has asked */
} mmv__unit;

/* Which way the bytes go. */
typedef struct mmv__chooser {
    mmv_io io;          /* all of them; MMV_IO_AUTO = the policy says, turn by turn */
    mmv__policy policy; /* under the lock of the progress, as is the next */
    mmv__cold cold;
} mmv__chooser;

/* Where the records go that a filter keeps; all but the first three under the lock of the progress. */
typedef struct mmv__filter {
    mmv_filter_fn *fn;
    mmv_map *out;
    uint64_t offset;  /* in the output, of the first record */
    uint64_t placed;  /* bytes of the output that have their place, from there on */
    uint64_t written; /* of these, what lies before the first that could not be written; UINT64_MAX = all could */
    bool begun;       /* the options are good: the output changes */
} mmv__filter;

/* What was asked. Constant once mmv__plan() has returned. */
typedef struct mmv__request {
    mmv_map *in;         /* NULL when the walk generates */
    mmv_map *out;        /* NULL unless the walk goes into another map */
    int stream;          /* where the output goes in the order of the units: a descriptor, or -1 */
    mmv__filter *filter; /* the stream is a file, of which each unit gets as much as it kept; NULL = it is none */
    mmv_walk_fn *fn;
    void *user;
    uint64_t offset; /* of record 0 in the input */
    uint64_t length; /* first byte of the first to last byte of the last record */
    uint64_t records;
    size_t record;
    uint64_t stride;
    unsigned halo;
    size_t out_record;
    uint64_t out_offset;
    bool in_place;     /* the function's data is the input itself */
    bool only_looks;   /* in place, and the function stores nothing, whatever the map is open for */
    bool stores;       /* in place, and what is stored reaches the file */
    mmv__saver *saver; /* NULL = none */
    mmv_tick_fn *tick;
    void *tick_user;
} mmv__request;

/* How it will be done. Constant once the team works; the saver's terms are settled before. */
typedef struct mmv__method {
    unsigned threads;
    uint64_t window;           /* bytes of a unit */
    uint64_t stream;           /* bytes of a unit that comes from a device: read piece by piece, it may be longer */
    uint64_t grid;             /* units end on its multiples in the file */
    uint64_t lead;             /* where in the grid the range starts */
    mmv_advice populate;       /* how pages are faulted in before they are touched */
    size_t slot;               /* most bytes that one mapped unit may take */
    mmv__arena arena;          /* one slot per worker; base NULL = nothing is mapped */
    int direct_in, direct_out; /* O_DIRECT descriptors, -1 = none */
    size_t block;
    uint64_t memory;   /* bytes available; 0 = not asked, the range is small */
    const char *note;  /* why this backend, or why not another; NULL = nothing to say */
    bool saves;        /* granules are saved before they change */
    bool saves_wholly; /* a lane can save a whole stretch: what the direct backend needs */
    unsigned lanes;    /* transfers that a worker may have under way, each with its own saved records */
} mmv__method;

/* What the workers share while they work: under the lock. */
typedef struct mmv__progress {
    mmv__mutex lock;
    mmv__condition changed; /* stream's turn, stop */
    uint64_t position;      /* bytes of the range handed out */
    uint64_t units;         /* number of units handed out */
    uint64_t turn;          /* number of the unit that may write to the stream */
    uint64_t failed;        /* start of the first unit that failed; UINT64_MAX = none */
    bool stop;
    mmv_status status;
    mmv_error error;
    mmv__chooser chooser;
    mmv_walk_stats stats;
    uint64_t mapped; /* bytes mapped now */
} mmv__progress;

typedef struct mmv__job {
    mmv__request what;
    mmv__method how;
    mmv__progress *progress;
} mmv__job;

/* What a worker reads that is not in memory, see cold.h. */
typedef struct mmv__stream {
    bool counts;    /* it is one of those that the chooser counts */
    bool is_paced;  /* its reads are timed: */
    double reading; /* seconds */
} mmv__stream;

/* Where a worker reads the input buffered, see io_buffered.c. */
typedef struct mmv__source {
    bool is_known; /* false = not needed yet */
    int descriptor;
    mmv__stream stream;
} mmv__source;

typedef struct mmv__worker {
    const mmv__job *job;
    unsigned index;      /* what the caller's function is told, too: below the number of threads */
    unsigned first_lane; /* of its lanes, counted from those of its index: 0 but for mmv__stashes_recover() */
    char *placed;        /* what lies in this worker's slot now */
    size_t placed_size;
    mmv__source source;
    char *buffer; /* input, or records in place */
    size_t buffer_size;
    char *output; /* records of another map or stream */
    size_t output_size;
    bool is_trial;    /* its records are a copy, which will only be compared */
    bool no_populate; /* the system cannot */
    mmv__spacing spacing;
    uint64_t kept;     /* records of the output that a filter kept of the present unit */
    uint64_t most;     /* bytes of records that the function saw at once, at most */
    uint64_t done[4];  /* by mmv_io: bytes of the present unit that went this way */
    mmv__turn turn;    /* what the policy has said and nobody has done yet; 0 bytes = nothing */
    double since;      /* when the present leg began */
    uint64_t given_up; /* records at the end of the present leg that are not done, as it lost its patience */
    struct mmv__direct *direct;
} mmv__worker;

#define MMV__KEPT_BUFFERS 2 /* records to read, and those to fill */

/* What mmv_walk_keep() took from a worker. */
struct mmv_kept {
    unsigned buffers;
    char *buffer[MMV__KEPT_BUFFERS];
    size_t size[MMV__KEPT_BUFFERS];
    char *slot; /* of the arena, and the window in it; NULL = none */
    size_t slot_size;
    char *placed;
    size_t placed_size;
};

/* A call of the caller's function that a thread is in. */
typedef struct mmv__calling {
    mmv__worker *worker;
    const mmv_chunk *chunk;
    struct mmv__calling *outer; /* the call in which this walk began; NULL = none */
    bool keeps;                 /* mmv_walk_keep() was called, */
    mmv_kept *kept;             /* and has returned this */
} mmv__calling;

/* keep.c: around each call of the function. */
void mmv__calling_begin(mmv__calling *call);
void mmv__calling_end(const mmv__calling *call);

/* keep.c: take a worker's buffer away from it if the call's records are there. */
void mmv__keep_buffer(mmv__calling *call, char **buffer, size_t *size);

/* io_direct.c, io_mapped.c: the same for a lane's buffers, and for the window. */
void mmv__direct_keep(mmv__calling *call);
void mmv__mapped_keep(mmv__calling *call);

/* team.c: a walk from its options on. */
mmv_status mmv__walk_run(const mmv__request *what, const mmv_walk_options *options);

/* plan.c: which records, of a job that has its maps. Errors: as mmv_walk() about offset, length and sizes. */
mmv_status mmv__plan_records(mmv__job *job, const mmv_walk_options *options);

/* plan.c: fill the job from the options. On failure there is nothing to undo. mmv__unplan() undoes. */
mmv_status mmv__plan(mmv__job *job, const mmv_walk_options *options);
void mmv__unplan(mmv__job *job);

/* choose.c: which way the bytes of the walk go. mmv__choose_explain() says why, once the team is done. */
void mmv__choose_plan(mmv__job *job, mmv_io wanted);
void mmv__choose_explain(const mmv__job *job, char *text, size_t size);

/*
 * choose.c: bytes of the next unit, at most, and at worker->turn what the policy says about its first ones.
 * mmv__choose_forgo() when the unit had no work: nothing is learnt. Both under the lock of the progress.
 */
uint64_t mmv__choose_size(mmv__worker *worker);

/*
 * choose.c: before a worker takes a unit, under the lock of the progress: where one stream of reads is as much as the
 * device takes, the others wait here.
 */
void mmv__choose_await(mmv__worker *worker);
void mmv__choose_forgo(mmv__worker *worker);

/* choose.c: work on a unit, or on any run of records of it, each way that the policy says. */
mmv_status mmv__run_unit(mmv__worker *worker, const mmv__unit *unit);

/* The ways. */
mmv_status mmv__run_mapped(mmv__worker *worker, const mmv__unit *unit);
mmv_status mmv__run_buffered(mmv__worker *worker, const mmv__unit *unit);
mmv_status mmv__run_direct(mmv__worker *worker, const mmv__unit *unit);

/* io_mapped.c, io_buffered.c, io_direct.c: what a worker still holds. */
void mmv__mapped_end(mmv__worker *worker);
void mmv__buffered_end(mmv__worker *worker);
void mmv__direct_end(mmv__worker *worker);

/* io_direct.c: open the files once more, or set job->how.note. */
void mmv__direct_plan(mmv__job *job);

/* chunk.c: the caller's function on records; 'source' is the first of them in the input, NULL when there is none. */
mmv_status mmv__call(mmv__worker *worker, const mmv__records *records, const void *source);

/* chunk.c: say which way records of the present unit went, once they are done. */
void mmv__count(mmv__worker *worker, mmv_io io, uint64_t records);

/* chunk.c: make *buffer at least 'size' bytes. */
mmv_status mmv__need(char **buffer, size_t *have, size_t size);

/* sink.c: records [first, first + count) of the output, from worker->output. A stream's unit must come in one call. */
mmv_status mmv__sink(mmv__worker *worker, const mmv__unit *unit, uint64_t first, uint64_t count);

/* filter.c: whether the output has room for all that could be kept. */
mmv_status mmv__filter_plan(const mmv__job *job);

/* sink.c: how many records the output buffer takes at a time. */
uint64_t mmv__sink_records(const mmv__job *job, const mmv__unit *unit);

static inline uint64_t mmv__at(const mmv__job *job, uint64_t record)
{
    return job->what.offset + record * job->what.stride;
}

/* First byte behind the last of records [first, first + count); count >= 1. */
static inline uint64_t mmv__end_of(const mmv__job *job, uint64_t first, uint64_t count)
{
    return mmv__at(job, first + count - 1) + job->what.record;
}

static inline bool mmv__is_dense(const mmv__job *job)
{
    return job->what.stride == job->what.record;
}

/* Records of halo that exist before 'first', and from 'end' on. */
static inline uint64_t mmv__before(const mmv__job *job, uint64_t first)
{
    return mmv_min(job->what.halo, first);
}

static inline uint64_t mmv__after(const mmv__job *job, uint64_t end)
{
    return mmv_min(job->what.halo, job->what.records - end);
}

/* The saver's number of one of a worker's lanes. */
static inline unsigned mmv__lane_number(const mmv__worker *worker, unsigned lane)
{
    return worker->index * worker->job->how.lanes + worker->first_lane + lane;
}

/* A run of records of a unit, as a unit. */
static inline mmv__unit mmv__part(const mmv__unit *unit, uint64_t first, uint64_t count)
{
    mmv__unit part = *unit;
    part.first = first;
    part.count = count;
    return part;
}

#endif
