/* SPDX-License-Identifier: MIT */
/*
 * io_mapped.c - a unit through a window in the worker's slot of the arena.
 *
 *     unit     |-------------------------------------------------|      one mmap over what the slot held before
 *     steps    |--- 2 MiB ---|--- 2 MiB ---|--- 2 MiB ---|- rest -|      populate, then the function, each on warm
 * pages
 *
 * Populating before touching is what makes in-place work fast: p[i] = f(p[i]) reads first, so every small page would be
 * mapped read-only and then take a write fault of its own. It also turns a page that cannot be had (file too short,
 * disk full, device broken) into EFAULT with a known offset; for the race that remains there is the guard.
 *
 * Invariants:
 * 1. The slot holds at most one window, [placed, placed + placed_size), all of it inside the slot.
 * 2. Pages are populated for writing only when the walk will store to them, and never beyond the last record's page.
 * 3. Without the guard every page is populated before it is touched; with it those that spacing.h says.
 */

#include "walk/job.h"

#include "base/error.h"
#include "map/guard.h"
#include "map/populate.h"
#include "os/machine.h"
#include "os/memory.h"
#include "os/sync.h"

#include <errno.h>

/* ---- the slot --------------------------------------------------------------------------------------------------- */

static void count_mapped(mmv__job *job, size_t less, size_t more)
{
    mmv__lock(&job->lock);
    job->mapped = job->mapped - less + more;
    job->stats.peak_mapped = mmv_max(job->stats.peak_mapped, job->mapped);
    mmv__unlock(&job->lock);
}

void mmv__mapped_end(mmv__worker *worker)
{
    if (!worker->placed)
        return;
    mmv__arena_vacate(worker->placed, worker->placed_size);
    count_mapped(worker->job, worker->placed_size, 0);
    worker->placed = NULL;
    worker->placed_size = 0;
}

static void drop_pages(mmv__worker *worker)
{
    if (worker->placed)
        mmv__os_advise(worker->placed, worker->placed_size, MMV_ADVISE_DONT_NEED);
}

/* Over the old window where the new one covers it, which saves a call; else the old one goes first. */
static int place(mmv__worker *worker, mmv_range pages, char **data_ret)
{
    mmv__job *job = worker->job;
    char *slot = job->arena.base + (size_t)worker->index * job->arena.slot;
    char *data = slot + (size_t)(pages.offset % job->arena.congruence);
    size_t size = (size_t)pages.length;
    /*
     * Mapping over pages that are there unmaps them with the process' address space locked for all its threads;
     * dropping them first locks it for sharing only. The others need not wait then: 3 to 12 % of a walk by two
     * threads, 2026-11.
     */
    if (job->threads > 1)
        drop_pages(worker);
    bool covers = worker->placed && data <= worker->placed && data + size >= worker->placed + worker->placed_size;
    if (worker->placed && !covers)
        mmv__mapped_end(worker);
    int error = mmv__arena_place(&job->arena, worker->index, job->in, job->in->access, pages.offset, size, data_ret);
    if (error) {
        mmv__mapped_end(worker);
        return error;
    }
    count_mapped(job, worker->placed_size, size);
    worker->placed = *data_ret;
    worker->placed_size = size;
    return 0;
}

/* Whether the records of a step lie so close that all its pages are theirs. */
static bool is_together(const mmv__job *job)
{
    return job->stride - job->record < mmv__os_page_size();
}

/* ---- populating ------------------------------------------------------------------------------------------------- */

static mmv_status populate(mmv__worker *worker, char *data, mmv_range bytes)
{
    mmv__job *job = worker->job;
    mmv_range pages;
    mmv_status status = MMV_OK;
    if (worker->no_populate || !mmv_range_pages(bytes, mmv__os_page_size(), &pages))
        return MMV_OK;
    bool able = true;
    char *start = data - (size_t)(bytes.offset - pages.offset);
    uint64_t apart = worker->spacing.apart ? worker->spacing.apart : pages.length;
    uint64_t some = worker->spacing.apart ? mmv__os_page_size() : pages.length;
    for (uint64_t at = 0; at < pages.length && able && status == MMV_OK; at += apart)
        status = mmv__populate(job->in, start + (size_t)at, (size_t)some, pages.offset + at, job->populate, &able);
    worker->no_populate = !able;
    return status;
}

/* With gaps of a page and more only the records' own pages: one that cannot be had is then a status, not a signal. */
static mmv_status populate_step(mmv__worker *worker, char *data, uint64_t first, uint64_t count)
{
    mmv__job *job = worker->job;
    uint64_t start = mmv__at(job, first);
    if (mmv__is_private(job->in->access))
        return MMV_OK;
    if (is_together(job))
        return populate(worker, data, (mmv_range){start, mmv__end_of(job, first, count) - start});
    mmv_status status = MMV_OK;
    bool needed = job->record > mmv__os_page_size() || job->stores;
    for (uint64_t i = 0; i < count && needed && status == MMV_OK; i++)
        status = populate(worker, data + (size_t)(i * job->stride), (mmv_range){start + i * job->stride, job->record});
    return status;
}

/* ---- steps ------------------------------------------------------------------------------------------------------ */

/* Records from 'first' whose first byte lies before the next multiple of the step in the file. */
static uint64_t records_of_step(const mmv__job *job, uint64_t first, uint64_t end, uint64_t step)
{
    uint64_t at = mmv__at(job, first);
    uint64_t border = mmv_round_up(at + 1, step);
    return mmv_min(end - first, (border - at + job->stride - 1) / job->stride);
}

static mmv_status step_to(mmv__worker *worker, const mmv__unit *unit, char *data, uint64_t first, uint64_t count)
{
    mmv__job *job = worker->job;
    uint64_t piece = job->stream >= 0 ? count : mmv__sink_records(job, unit);
    mmv_status status = MMV_OK;
    for (uint64_t i = 0; i < count && status == MMV_OK; i += piece) {
        uint64_t some = mmv_min(piece, count - i);
        /* A stream's output is collected over the steps, and written once the unit is complete. */
        size_t into = job->stream >= 0 ? (size_t)((first - unit->first) * job->out_record) : 0;
        status = mmv__call(worker, worker->output + into, job->out_record, data + (size_t)(i * job->record), first + i,
                           some);
        if (status == MMV_OK && job->stream < 0)
            status = mmv__sink(worker, unit, first + i, some);
    }
    return status;
}

static mmv_status check_guard(mmv__job *job, const mmv__watch *watch, uint64_t offset)
{
    size_t at;
    if (!mmv__guard_caught(watch, &at))
        return MMV_OK;
    return mmv__map_diagnose(job->in, offset + at, job->stores, "access");
}

/*
 * With a journal a granule at a time, so that what is saved stays in the cache. A page that the guard put in is no
 * record: it may be neither saved nor counted as done.
 */
static mmv_status step_saving(mmv__worker *worker, const mmv__watch *watch, uint64_t base, char *at, uint64_t first,
                              uint64_t count)
{
    mmv__job *job = worker->job;
    mmv__undo *undo = &worker->undo[0];
    size_t stride = (size_t)job->stride;
    mmv_status status = MMV_OK;
    for (uint64_t i = 0, some; i < count && status == MMV_OK; i += some) {
        char *data = at + (size_t)i * stride;
        some = mmv_min(count - i, mmv__undo_granule(undo, first + i));
        mmv__undo_save(undo, first + i, some, data, stride);
        status = check_guard(job, watch, base);
        if (status)
            return status;
        mmv__undo_arm(undo);
        status = mmv__call(worker, data, stride, data, first + i, some);
        if (status == MMV_OK)
            status = check_guard(job, watch, base);
        if (status == MMV_OK)
            status = mmv__undo_commit(undo, data, stride);
    }
    return status;
}

static mmv_status run_step(mmv__worker *worker, const mmv__unit *unit, const mmv__watch *watch, uint64_t base, char *at,
                           uint64_t first, uint64_t count)
{
    if (!worker->job->in_place)
        return step_to(worker, unit, at, first, count);
    if (worker->job->saves)
        return step_saving(worker, watch, base, at, first, count);
    return mmv__call(worker, at, (size_t)worker->job->stride, at, first, count);
}

/*
 * The next step is populated as this one taught, but only with the guard on: a page that is not populated and cannot be
 * had is a signal.
 */
static mmv_status populate_and_run(mmv__worker *worker, const mmv__unit *unit, const mmv__watch *watch, uint64_t base,
                                   char *at, uint64_t first, uint64_t count)
{
    mmv__job *job = worker->job;
    uint64_t before = 0, between = 0, after = 0;
    bool learn = watch && is_together(job) && mmv__os_thread_faults(&before);
    if (!learn)
        worker->spacing.apart = 0;
    mmv_status status = populate_step(worker, at, first, count);
    if (status)
        return status;
    learn = learn && mmv__os_thread_faults(&between);
    status = run_step(worker, unit, watch, base, at, first, count);
    if (learn && mmv__os_thread_faults(&after))
        mmv__spacing_learn(&worker->spacing, count * job->stride, between - before, after - between);
    return status;
}

/* 'data' is the byte of the unit's first record; 'watch' and 'base' belong to the whole window. */
static mmv_status run_steps(mmv__worker *worker, const mmv__unit *unit, char *data, const mmv__watch *watch,
                            uint64_t base)
{
    mmv__job *job = worker->job;
    uint64_t end = unit->first + unit->count;
    for (uint64_t first = unit->first; first < end;) {
        uint64_t count = records_of_step(job, first, end, MMV__STEP);
        char *at = data + (size_t)((first - unit->first) * job->stride);
        mmv_status status = populate_and_run(worker, unit, watch, base, at, first, count);
        mmv_status caught = check_guard(job, watch, base);
        if (caught || status)
            return caught ? caught : status;
        first += count;
    }
    return MMV_OK;
}

/* ---- a unit ----------------------------------------------------------------------------------------------------- */

static mmv_status run_window(mmv__worker *worker, const mmv__unit *unit, mmv_range pages, char *base)
{
    mmv__job *job = worker->job;
    char *data = base + (size_t)(mmv__at(job, unit->first) - pages.offset);
    mmv__watch *watch = mmv__guard_watch(base, (size_t)pages.length);
    mmv_status status = run_steps(worker, unit, data, watch, pages.offset);
    mmv__guard_unwatch(watch);
    /* Pages of zeros that the guard put in must not outlive the unit. */
    if (status)
        mmv__mapped_end(worker);
    else
        mmv__count(worker, MMV_IO_MMAP, unit->count);
    /*
     * Else the next unit would pay for it, and this one seem faster than mapping is: by a quarter with folios of 64
     * KiB.
     */
    if (unit->compared)
        drop_pages(worker);
    return status;
}

/* The bytes that the function may read or write, halos included. */
static mmv_range reach(const mmv__job *job, const mmv__unit *unit)
{
    uint64_t first = unit->first - mmv__before(job, unit->first);
    uint64_t last = unit->first + unit->count + mmv__after(job, unit->first + unit->count);
    uint64_t start = mmv__at(job, first);
    return (mmv_range){start, mmv__end_of(job, first, last - first) - start};
}

/* A stream takes its unit in one piece, so that one cannot be halved. */
static mmv_status run_refused(mmv__worker *worker, const mmv__unit *unit)
{
    if (unit->count == 1 || worker->job->stream >= 0)
        return mmv__run_buffered(worker, unit);
    uint64_t half = unit->count / 2;
    /* What a journal has saved together is worked on together. */
    if (worker->job->saves)
        half = mmv__undo_border(worker->job->journal, unit->first, half);
    if (half >= unit->count)
        return mmv__run_buffered(worker, unit);
    mmv__unit front = mmv__part(unit, unit->first, half);
    mmv__unit back = mmv__part(unit, unit->first + half, unit->count - half);
    mmv_status status = mmv__run_mapped(worker, &front);
    return status ? status : mmv__run_mapped(worker, &back);
}

static mmv_status need_output(mmv__worker *worker, const mmv__unit *unit)
{
    mmv__job *job = worker->job;
    if (job->in_place)
        return MMV_OK;
    return mmv__need(&worker->output, &worker->output_size, (size_t)(mmv__sink_records(job, unit) * job->out_record));
}

mmv_status mmv__run_mapped(mmv__worker *worker, const mmv__unit *unit)
{
    mmv__job *job = worker->job;
    mmv_range pages;
    char *base;
    if (worker->index >= job->arena.slots || !mmv_range_pages(reach(job, unit), mmv__os_page_size(), &pages))
        return mmv__run_buffered(worker, unit);
    if (pages.length > job->slot)
        return run_refused(worker, unit);
    mmv_status status = need_output(worker, unit);
    if (status)
        return status;
    int error = place(worker, pages, &base);
    if (error == ENOMEM)
        return run_refused(worker, unit);
    /* Any other refusal is about the file, not the room: this file system or device does not map. */
    if (error)
        return mmv__run_buffered(worker, unit);
    status = run_window(worker, unit, pages, base);
    return status || job->stream < 0 ? status : mmv__sink(worker, unit, unit->first, unit->count);
}
