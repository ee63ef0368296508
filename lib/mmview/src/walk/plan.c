/* SPDX-License-Identifier: MIT */
/*
 * plan.c - from a caller's options to a job: which records, units of what size, how many threads, under which budget.
 *
 * Invariants of a planned job:
 * 1. offset + length and every record lie inside the maps' capacities; no later sum of the walk can wrap.
 * 2. threads * slot <= the byte budget, and threads <= the budget of maps, or nothing is mapped.
 * 3. A range of SMALL bytes or less, without a window or budget asked for, gets one thread, and the system is asked for
 *    no limits.
 */

#include "walk/job.h"

#include "base/error.h"
#include "base/records.h"
#include "os/file.h"
#include "os/machine.h"
#include "os/sync.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_WINDOW (64 * MMV_MIB) /* 8 to 512 MiB were equal within noise, 2026-11, docs/decisions/0009 */
#define STREAM_WINDOW MMV__STEP
#define THREADS_MAX (MMV_HAVE_THREADS ? 4096 : 1)
#define GOOD_SHARE (8 * MMV_MIB) /* half of it cost eight threads on two processors a fifth, 2026-11 */
#define SMALL (4 * MMV_MIB)      /* below, starting a second thread costs more than it brings */

static mmv_status bad(const char *parameter)
{
    return mmv_error_set_parameter(MMV_EINVAL, "walk", parameter);
}

/* ---- what ------------------------------------------------------------------------------------------------------- */

mmv_status mmv__plan_records(mmv__job *job, const mmv_walk_options *o)
{
    mmv_range range;
    uint64_t capacity = job->what.in ? mmv_map_capacity(job->what.in) : INT64_MAX;
    if (job->what.in && mmv__is_less_access(job->what.in->access))
        return mmv__fail_path(EACCES, "walk", mmv_map_path(job->what.in));
    job->what.record = o->record_size ? o->record_size : 1;
    job->what.stride = o->stride ? o->stride : job->what.record;
    if (!job->what.in && o->length == 0) {
        bad("length");
        mmv__error_detail("length 0 is to the end of the input, and there is none: say a length");
        return MMV_EINVAL;
    }
    mmv_status status = mmv_range_resolve(job->what.in ? o->offset : 0, o->length, capacity, &range);
    if (status)
        return status;
    if (job->what.record > SIZE_MAX / 4)
        return bad("record_size");
    if (job->what.stride < job->what.record || job->what.stride > INT64_MAX ||
        (job->what.stride != job->what.record && !job->what.in_place))
        return bad("stride");
    job->what.offset = range.offset;
    job->what.length = range.length;
    status = mmv__count_records(range.length, job->what.record, job->what.stride, "walk", &job->what.records);
    if (status)
        return status;
    /* Invariant 1. */
    assert(mmv_range_fits(range.offset, range.length, capacity));
    assert(job->what.records == 0 || mmv__end_of(job, 0, job->what.records) == range.offset + range.length);
    return MMV_OK;
}

static mmv_status plan_halo(mmv__job *job, const mmv_walk_options *o)
{
    uint64_t bytes;
    if (o->halo && (job->what.in_place || !job->what.in))
        return bad("halo");
    if (!mmv_product(o->halo, 2 * (uint64_t)job->what.record, &bytes) || bytes > SIZE_MAX / 4)
        return bad("halo");
    job->what.halo = o->halo;
    return MMV_OK;
}

static mmv_status refuse_output(const mmv__job *job)
{
    char text[200];
    mmv_error_set_parameter(MMV_ERANGE, "walk", "out_offset");
    snprintf(text, sizeof text,
             "%" PRIu64 " records of %zu bytes from out_offset %" PRIu64 " on do not fit the output, which has %" PRIu64
             " bytes",
             job->what.records, job->what.out_record, job->what.out_offset, mmv_map_capacity(job->what.out));
    mmv__error_detail(text);
    return MMV_ERANGE;
}

static mmv_status plan_output(mmv__job *job, const mmv_walk_options *o)
{
    uint64_t bytes;
    job->what.out_record = o->out_record_size ? o->out_record_size : job->what.record;
    job->what.out_offset = o->out_offset;
    if (job->what.in_place)
        return MMV_OK;
    if (!job->what.fn && !job->what.filter && (job->what.out_record != job->what.record || !job->what.in))
        return bad("fn");
    if (job->what.out_record > SIZE_MAX / 4)
        return bad("out_record_size");
    if (job->what.filter)
        return mmv__filter_plan(job);
    if (!job->what.out)
        return MMV_OK;
    if (job->what.in && mmv_map_same_file(job->what.in, job->what.out))
        return bad("out");
    if (!mmv__is_shared(job->what.out->access))
        return mmv__fail_path(EACCES, "walk", mmv_map_path(job->what.out));
    if (!mmv_product(job->what.records, job->what.out_record, &bytes) ||
        !mmv_range_fits(job->what.out_offset, bytes, mmv_map_capacity(job->what.out)))
        return refuse_output(job);
    return MMV_OK;
}

/* ---- how -------------------------------------------------------------------------------------------------------- */

/* Bytes that a mapped unit may need beyond its window: the tail of its last record, halos, the pages around. */
static uint64_t overhang(const mmv__job *job)
{
    uint64_t page = mmv__os_page_size();
    bool straddles =
        job->how.grid % job->what.stride != 0 || job->what.offset % job->what.stride != 0 || !mmv__is_dense(job);
    uint64_t extra = (straddles ? job->what.record : 0) + 2 * (uint64_t)job->what.halo * job->what.record;
    return extra ? mmv_round_up(extra, page) + page : 0;
}

static void plan_grid(mmv__job *job, uint64_t window)
{
    uint64_t page = mmv__os_page_size();
    job->how.grid = window >= MMV__CONGRUENCE ? MMV__CONGRUENCE : job->what.saver ? job->what.saver->grid : page;
    job->how.lead = job->what.offset % job->how.grid;
}

/* The window asked for, or as much of it as leaves room for the overhang in a worker's share of the budget. */
static uint64_t fit_window(mmv__job *job, uint64_t window, uint64_t share)
{
    uint64_t page = mmv__os_page_size();
    plan_grid(job, window);
    while (window > 0 && window + overhang(job) > share) {
        uint64_t rest = share > overhang(job) ? share - overhang(job) : 0;
        uint64_t unit = rest >= MMV__CONGRUENCE ? MMV__CONGRUENCE : page;
        window = mmv_round_down(mmv_min(rest, window - 1), unit);
        /* A smaller window has a finer grid, and records may then hang over that did not before. */
        plan_grid(job, window);
    }
    return window;
}

/* What one worker may have mapped: its part of the bytes, in a slot that is its part of the addresses. */
static uint64_t share_of(const mmv__budget *budget, unsigned threads)
{
    uint64_t page = mmv__os_page_size();
    uint64_t bytes = mmv_round_down(budget->bytes / threads, page);
    uint64_t addresses = mmv_round_down(budget->addresses / threads, MMV__CONGRUENCE);
    return addresses > 2 * MMV__CONGRUENCE ? mmv_min(bytes, addresses - MMV__CONGRUENCE) : bytes;
}

/* A unit's output waits in memory for its turn: at most STREAM_WINDOW of it, or one record. */
static uint64_t stream_window(const mmv__job *job)
{
    uint64_t records = STREAM_WINDOW / mmv_max(job->what.record, job->what.out_record);
    return mmv_max(1, records) * job->what.record;
}

static void plan_window(mmv__job *job, const mmv_walk_options *o, const mmv__budget *budget)
{
    uint64_t page = mmv__os_page_size();
    uint64_t window = o->window ? mmv_max(page, mmv_round_up(mmv_min(o->window, budget->bytes), page)) : DEFAULT_WINDOW;
    uint64_t share = share_of(budget, job->how.threads);
    if (job->what.stream >= 0)
        window = mmv_min(window, mmv_round_up(stream_window(job), page));
    /* Four units a thread, so that one slow thread does not keep the others waiting long. */
    if (!o->window)
        window = mmv_min(
            window, mmv_round_up(mmv_max(1, job->what.length / (4 * (uint64_t)job->how.threads)), MMV__CONGRUENCE));
    uint64_t fitting = fit_window(job, window, share);
    job->how.window = fitting ? fitting : page;
    job->how.slot = fitting ? (size_t)(fitting + overhang(job)) : 0;
    if (job->what.stream >= 0)
        job->how.window = mmv_min(job->how.window, stream_window(job));
    job->how.stream = job->how.window;
    if (!o->window && job->what.stream < 0)
        job->how.stream = mmv_max(job->how.window, job->what.length / job->how.threads);
    if (!fitting)
        job->how.note = "a record does not fit the budget";
}

/*
 * Every change of a window locks the address space for all threads. Where the budget makes windows small, threads that
 * have no processor to run on only wait for each other there.
 */
static unsigned spare_threads(const mmv_walk_options *o, const mmv__budget *budget, unsigned threads)
{
    bool maps = o->io == MMV_IO_AUTO || o->io == MMV_IO_MMAP;
    uint64_t good = mmv_max(mmv__os_processors(), budget->bytes / GOOD_SHARE);
    return maps && !o->window ? (unsigned)mmv_min(threads, good) : threads;
}

static unsigned plan_threads(mmv__job *job, const mmv_walk_options *o, const mmv__os_limits *limits,
                             const mmv__budget *budget)
{
    uint64_t units = mmv_max(1, job->what.length / (o->window ? mmv_max(1, o->window) : MMV__CONGRUENCE));
    uint64_t wanted = mmv_min(o->threads ? o->threads : mmv__os_processors(), mmv_min(units, THREADS_MAX));
    unsigned threads = mmv__budget_threads((unsigned)wanted, 2 * MMV__CONGRUENCE, limits);
    return spare_threads(o, budget, (unsigned)mmv_min(threads, budget->maps));
}

/* A slot per worker. When even that much address space is refused, fewer workers; at last nothing is mapped. */
static void plan_arena(mmv__job *job, const mmv__budget *budget)
{
    int error = ENOMEM;
    uint64_t room = budget->addresses / mmv__arena_slot(mmv_max(1, job->how.slot));
    if (!job->how.slot)
        return;
    for (unsigned threads = (unsigned)mmv_min(job->how.threads, room); threads > 0 && error; threads /= 2) {
        error = mmv__arena_create(job->how.slot, threads, &job->how.arena);
        if (error == 0)
            job->how.threads = threads;
    }
    if (error) {
        job->how.note = "the system refused the address space";
        job->how.slot = 0;
    }
    /* Invariant 2. */
    assert(!job->how.slot || (uint64_t)job->how.slot * job->how.threads <= budget->bytes);
    assert(!job->how.slot || job->how.threads <= budget->maps);
}

static void plan_small(mmv__job *job, const mmv_walk_options *o)
{
    mmv__budget budget = {.bytes = o->max_mapped ? o->max_mapped : SMALL * 2, .maps = 1, .addresses = SIZE_MAX / 4};
    /* Invariant 3. */
    assert(job->what.length <= SMALL);
    job->how.threads = 1;
    plan_window(job, o, &budget);
    if (o->io == MMV_IO_MMAP)
        plan_arena(job, &budget);
    mmv__choose_plan(job, o->io);
}

static mmv_status plan_work(mmv__job *job, const mmv_walk_options *o)
{
    mmv__os_limits limits;
    if (o->max_mapped && o->window > o->max_mapped)
        return bad("window");
    if (job->what.length <= SMALL && !o->window && !o->max_maps && o->max_mapped == 0) {
        plan_small(job, o);
        return MMV_OK;
    }
    mmv__os_get_limits(&limits);
    mmv__budget budget = mmv__budget_of(o->max_mapped, o->max_maps, &limits);
    if (budget.bytes < mmv__os_page_size())
        return bad("max_mapped");
    job->how.threads = plan_threads(job, o, &limits, &budget);
    /* Rather fewer workers that map than a private copy of a huge record for each. */
    plan_grid(job, mmv__os_page_size());
    while (job->how.threads > 1 && overhang(job) + mmv__os_page_size() > share_of(&budget, job->how.threads))
        job->how.threads--;
    plan_window(job, o, &budget);
    if (job->what.in && (o->io == MMV_IO_AUTO || o->io == MMV_IO_MMAP))
        plan_arena(job, &budget);
    job->how.memory = limits.memory_available;
    mmv__choose_plan(job, o->io);
    return MMV_OK;
}

/*
 * Holes that the walk would fill get their blocks now, so that a full disk is an error before the first byte is
 * changed. With gaps between the records only some of the holes are filled, and each record finds out for itself.
 */
static mmv_status fill_holes(mmv__job *job)
{
    mmv__os_facts facts;
    if (!job->what.stores || !mmv__is_dense(job) || job->what.in->kind != MMV__FILE)
        return MMV_OK;
    int error = mmv__os_get_facts(job->what.in->descriptor, &facts);
    if (error)
        return mmv__fail_path(error, "stat", mmv_map_path(job->what.in));
    if (facts.allocated >= facts.size)
        return MMV_OK;
    error = mmv__os_allocate(job->what.in->descriptor, job->what.offset, job->what.length);
    if (mmv__is_out_of_blocks(error))
        return mmv__fail_at(MMV_ENOSPC, error, "allocate", job->what.in, job->what.offset);
    return MMV_OK;
}

/*
 * A fault for reading brings the pages around it, too; a fault for writing never does. On tmpfs that is 16 pages,
 * and 1.5 times the speed. Where nothing can be mapped the file system is not asked.
 */
static void plan_populate(mmv__job *job)
{
    if (job->what.stores && job->how.arena.base && mmv__os_notes_stores(job->what.in->descriptor))
        job->how.populate = MMV_ADVISE_POPULATE_WRITE;
}

mmv_status mmv__plan(mmv__job *job, const mmv_walk_options *options)
{
    job->what.stores = job->what.in_place && !job->what.only_looks && mmv__is_shared(job->what.in->access);
    job->how.populate = MMV_ADVISE_POPULATE_READ;
    job->how.direct_in = job->how.direct_out = -1;
    job->how.lanes = MMV__LANES;
    /* An mmv_journal begins with its saver. */
    job->what.saver = (mmv__saver *)(void *)options->journal;
    job->what.tick = options->tick;
    job->what.tick_user = options->tick_user;
    if (MMV__CHECK_RESERVED(options, "walk") != MMV_OK)
        return MMV_EINVAL;
    if ((unsigned)options->io > MMV_IO_DIRECT)
        return bad("io");
    if (job->what.in_place && !job->what.fn)
        return bad("fn");
    if (job->what.saver && (!job->what.stores || job->what.saver->process != mmv__os_process()))
        return bad("journal");
    mmv_status status = mmv__plan_records(job, options);
    if (status == MMV_OK)
        status = plan_halo(job, options);
    if (status == MMV_OK)
        status = plan_output(job, options);
    if (status == MMV_OK && job->what.in)
        status = mmv__map_check_length(job->what.in, job->what.offset + job->what.length, "walk");
    if (status == MMV_OK && job->what.records > 0)
        status = plan_work(job, options);
    if (status == MMV_OK && job->what.records > 0)
        status = fill_holes(job);
    if (status == MMV_OK)
        plan_populate(job);
    if (status && (job->what.in || job->what.out))
        mmv__error_in(mmv_map_path(job->what.in ? job->what.in : job->what.out));
    if (status)
        mmv__unplan(job);
    return status;
}

void mmv__unplan(mmv__job *job)
{
    mmv__arena_release(&job->how.arena);
    if (job->how.direct_in >= 0)
        mmv__os_close(job->how.direct_in);
    if (job->how.direct_out >= 0)
        mmv__os_close(job->how.direct_out);
    job->how.direct_in = job->how.direct_out = -1;
}
