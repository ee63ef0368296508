/* SPDX-License-Identifier: MIT */
/*
 * pass.c - turns of a walk whose loop is the caller's: the walk's plan and its policy, without a team.
 *
 *     mmv_pass_next()   "mapped, 2 MiB"
 *     ... the caller works ...
 *     mmv_pass_next()   the policy learns how long that took, and says what comes next
 *
 * Invariants:
 * 1. Turns cover the range without gaps, in order; each begins and ends between records, and has one at least.
 * 2. The policy learns each turn that it gave once: when the next one is asked for.
 */

#include <mmview/pass.h>

#include "base/error.h"
#include "os/file.h"
#include "os/machine.h"
#include "os/memory.h"
#include "walk/job.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

struct mmv_pass {
    mmv__job job;
    mmv__progress progress; /* 'position' is the end of the turn that was given last */
    mmv__turn turn;         /* what the policy said of it; 0 bytes = it was not asked */
    uint64_t length;        /* what it became */
    double since;           /* when it was given */
};

/* The plan wants a function; nobody calls it. */
static mmv_status nothing(const mmv_chunk *chunk, void *user)
{
    (void)chunk;
    (void)user;
    return MMV_OK;
}

static mmv_status refuse(const mmv_walk_options *o)
{
    const char *wrong = NULL;
    if (o->stride != 0 && o->stride != (o->record_size ? o->record_size : 1))
        wrong = "stride";
    if (o->journal)
        wrong = "journal";
    if (o->io == MMV_IO_DIRECT)
        wrong = "io";
    return wrong ? mmv_error_set_parameter(MMV_EINVAL, "pass", wrong) : MMV_OK;
}

static mmv_status plan(mmv_pass *pass, mmv_map *map, const mmv_walk_options *options)
{
    mmv_walk_options one = *options;
    one.threads = 1;
    one.tick = NULL;
    one.stats = NULL;
    pass->job.progress = &pass->progress;
    pass->job.what = (mmv__request){.in = map, .stream = -1, .fn = nothing, .in_place = true};
    mmv_status status = mmv__plan(&pass->job, &one);
    /* Address space and descriptors are for those who work. */
    if (status == MMV_OK)
        mmv__unplan(&pass->job);
    return status;
}

mmv_status mmv_pass_open(mmv_map *map, const mmv_walk_options *options, mmv_pass **pass_ret)
{
    static const mmv_walk_options defaults = {0};
    const mmv_walk_options *chosen = options ? options : &defaults;
    *pass_ret = NULL;
    mmv_status status = refuse(chosen);
    if (status)
        return status;
    mmv_pass *pass = calloc(1, sizeof *pass);
    if (!pass)
        return mmv__fail(ENOMEM, "pass");
    status = plan(pass, map, chosen);
    if (status)
        mmv_pass_close(&pass);
    *pass_ret = pass;
    return status;
}

/* The rest of a range tells nothing: its time is that of a call and a fault. */
static void learn(mmv_pass *pass)
{
    bool is_rest = pass->length < pass->turn.bytes / 2;
    double seconds = is_rest ? 0 : mmv__os_clock() - pass->since;
    if (pass->turn.bytes > 0)
        mmv__policy_learn(&pass->progress.chooser.policy, &pass->turn, is_rest ? 0 : pass->length, seconds);
    pass->turn.bytes = 0;
}

/* Bytes of the turn when what comes next is not in memory, else 0: the device sets the pace, and nothing is learnt. */
static uint64_t cold_bytes(mmv_pass *pass)
{
    const mmv__job *job = &pass->job;
    mmv__chooser *chooser = &pass->progress.chooser;
    uint64_t left = job->what.length - pass->progress.position;
    uint64_t start = job->what.offset + pass->progress.position;
    if (!mmv__cold_asks(&chooser->cold, start))
        return 0;
    uint64_t known = mmv__cold_size(&chooser->cold, start);
    uint64_t size = mmv_min(left, mmv_min(known ? known : MMV__STREAM, job->how.window));
    bool is_absent = mmv__os_is_cold(job->what.in->descriptor, start, (size_t)size);
    if (!mmv__cold_learn(&chooser->cold, start, start + size, is_absent))
        return 0;
    mmv__policy_skip(&chooser->policy, size);
    return size;
}

/* The way, and about how many bytes. */
static mmv_io choose(mmv_pass *pass, uint64_t *bytes_ret)
{
    const mmv__chooser *chooser = &pass->progress.chooser;
    *bytes_ret = pass->job.how.window;
    if (chooser->io == MMV_IO_MMAP)
        return MMV_IO_MMAP;
    /* What is larger than memory would go past the cache; here it is read and written through it. */
    if (chooser->io != MMV_IO_AUTO)
        return MMV_IO_BUFFERED;
    *bytes_ret = cold_bytes(pass);
    if (*bytes_ret > 0)
        return MMV_IO_BUFFERED;
    /* Invariant 2. */
    assert(pass->turn.bytes == 0);
    pass->turn = mmv__policy_next(&pass->progress.chooser.policy);
    *bytes_ret = pass->turn.bytes;
    return pass->turn.io;
}

/* Where a turn of about so many bytes ends: between records, and large ones near a multiple of the grid in the file. */
static uint64_t end_of_turn(const mmv_pass *pass, uint64_t bytes)
{
    const mmv__job *job = &pass->job;
    uint64_t position = pass->progress.position;
    if (bytes >= job->what.length - position)
        return job->what.length;
    uint64_t border = mmv_round_down(job->how.lead + position + bytes, job->how.grid);
    uint64_t end = border > job->how.lead + position ? border - job->how.lead : position + bytes;
    uint64_t over = end % job->what.record;
    /* The length is whole records, so one that begins within it also ends there. */
    return over ? end - over + job->what.record : end;
}

static mmv_advice populate_of(const mmv__job *job, mmv_io io)
{
    bool is_wanted = io == MMV_IO_MMAP && !mmv__is_private(job->what.in->access);
    return is_wanted ? job->how.populate : MMV_ADVISE_NORMAL;
}

bool mmv_pass_next(mmv_pass *pass, mmv_turn *turn_ret)
{
    const mmv__job *job = &pass->job;
    uint64_t start = pass->progress.position;
    uint64_t bytes;
    learn(pass);
    if (start >= job->what.length)
        return false;
    mmv_io io = choose(pass, &bytes);
    uint64_t end = end_of_turn(pass, bytes);
    /* Invariant 1. */
    assert(end > start && end <= job->what.length && end % job->what.record == 0);
    pass->progress.position = end;
    pass->length = end - start;
    *turn_ret = (mmv_turn){
        .offset = job->what.offset + start, .length = pass->length, .io = io, .populate = populate_of(job, io)};
    pass->since = mmv__os_clock();
    return true;
}

void mmv_pass_close(mmv_pass **pass)
{
    free(*pass);
    *pass = NULL;
}
