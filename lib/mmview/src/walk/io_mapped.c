/* SPDX-License-Identifier: MIT */
/*
 * io_mapped.c - a unit through a window in the worker's slot of the arena.
 *
 *     unit     |-------------------------------------------------|      one mmap over what the slot held before
 *     steps    |--- 2 MiB ---|--- 2 MiB ---|--- 2 MiB ---|- rest -|     each populated, then handed to the function
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

#include <assert.h>
#include <errno.h>
#include <string.h>

/* A window in the worker's slot, and the unit that it was made for. */
struct window {
    const mmv__unit *unit;
    const mmv__watch *watch; /* NULL = the guard is off */
    char *base;              /* on a page, */
    uint64_t offset;         /* which is this byte of the file */
};

/* ---- the slot --------------------------------------------------------------------------------------------------- */

static void count_mapped(const mmv__job *job, size_t less, size_t more)
{
    mmv__lock(&job->progress->lock);
    job->progress->mapped = job->progress->mapped - less + more;
    job->progress->stats.peak_mapped = mmv_max(job->progress->stats.peak_mapped, job->progress->mapped);
    mmv__unlock(&job->progress->lock);
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

/* A chunk's records in the window, with its halo, to 'memory' without their gaps, or back. */
static void copy_records(const mmv__calling *call, char *memory, bool back)
{
    const mmv_chunk *chunk = call->chunk;
    size_t record = call->worker->job->what.record;
    size_t stride = call->worker->job->what.in_place ? chunk->stride : record;
    size_t count = chunk->before + chunk->count + chunk->after;
    size_t first = (size_t)((const char *)chunk->source - call->worker->placed) - chunk->before * record;
    char *place = call->worker->placed + first;
    for (size_t i = 0; i < count; i++) {
        if (back)
            memcpy(place + i * stride, memory + i * record, record);
        else
            memcpy(memory + i * record, place + i * stride, record);
    }
}

/* Put private memory with the same records in the place of the window; where that cannot be, the window stays. */
static void make_private(const mmv__calling *call)
{
    const mmv_chunk *chunk = call->chunk;
    mmv__worker *worker = call->worker;
    size_t size = (chunk->before + chunk->count + chunk->after) * worker->job->what.record;
    void *memory;
    if (mmv__os_memory(size, &memory) != 0)
        return;
    copy_records(call, memory, false);
    if (mmv__os_retire(worker->placed, worker->placed_size, true) == 0)
        copy_records(call, memory, true);
    mmv__os_memory_free(memory, size);
}

void mmv__mapped_keep(mmv__calling *call)
{
    mmv__worker *worker = call->worker;
    const mmv__arena *arena = &worker->job->how.arena;
    const char *source = call->chunk->source;
    if (!worker->placed || source < worker->placed || source >= worker->placed + worker->placed_size)
        return;
    make_private(call);
    assert(!arena->taken[worker->index]);
    arena->taken[worker->index] = true;
    count_mapped(worker->job, worker->placed_size, 0);
    if (call->kept) {
        call->kept->slot = arena->base + (size_t)worker->index * arena->slot;
        call->kept->slot_size = arena->slot;
        call->kept->placed = worker->placed;
        call->kept->placed_size = worker->placed_size;
    }
    worker->placed = NULL;
    worker->placed_size = 0;
}

/*
 * Two things would go wrong if the next window were mapped over pages that are still there. It would pay for removing
 * them, and so this turn would seem faster than mapping is, and the next one slower. And they would be removed with the
 * process' address space locked for all its threads. Dropping locks it for sharing only, so the others need not wait: 3
 * to 12 % of a walk by two threads (2026-11). Where the system has no such call, the next turn still pays.
 */
static void drop_pages(mmv__worker *worker)
{
    if (worker->placed)
        mmv__os_advise(worker->placed, worker->placed_size, MMV_ADVISE_DONT_NEED);
}

/* Over the old window where the new one covers it, which saves a call; else the old one goes first. */
static int place_window(mmv__worker *worker, mmv_range pages, char **data_ret)
{
    const mmv__job *job = worker->job;
    char *slot = job->how.arena.base + (size_t)worker->index * job->how.arena.slot;
    char *data = slot + (size_t)(pages.offset % job->how.arena.congruence);
    size_t size = (size_t)pages.length;
    bool covers = worker->placed && data <= worker->placed && data + size >= worker->placed + worker->placed_size;
    if (worker->placed && !covers)
        mmv__mapped_end(worker);
    int error = mmv__arena_place(&job->how.arena, worker->index, job->what.in, pages, data_ret);
    if (error) {
        mmv__mapped_end(worker);
        return error;
    }
    count_mapped(job, worker->placed_size, size);
    worker->placed = *data_ret;
    worker->placed_size = size;
    /* Invariant 1. */
    assert(worker->placed >= slot && worker->placed + size <= slot + job->how.arena.slot);
    return 0;
}

/* Whether the records of a step lie so close that all its pages are theirs. */
static bool is_together(const mmv__job *job)
{
    return job->what.stride - job->what.record < mmv__os_page_size();
}

/* ---- populating ------------------------------------------------------------------------------------------------- */

static mmv_status populate(mmv__worker *worker, char *data, mmv_range bytes)
{
    const mmv__job *job = worker->job;
    mmv_range pages;
    mmv_status status = MMV_OK;
    if (worker->no_populate || !mmv_range_pages(bytes, mmv__os_page_size(), &pages))
        return MMV_OK;
    /* Invariant 2. */
    assert(job->how.populate != MMV_ADVISE_POPULATE_WRITE || job->what.stores);
    bool able = true;
    char *start = data - (size_t)(bytes.offset - pages.offset);
    uint64_t apart = worker->spacing.apart ? worker->spacing.apart : pages.length;
    uint64_t some = worker->spacing.apart ? mmv__os_page_size() : pages.length;
    for (uint64_t at = 0; at < pages.length && able && status == MMV_OK; at += apart)
        status = mmv__populate(job->what.in, start + (size_t)at, (mmv_range){pages.offset + at, some},
                               job->how.populate, &able);
    worker->no_populate = !able;
    return status;
}

/* With gaps of a page and more only the records' own pages: one that cannot be had is then a status, not a signal. */
static mmv_status populate_step(mmv__worker *worker, const mmv__records *step)
{
    const mmv__job *job = worker->job;
    uint64_t stride = job->what.stride;
    uint64_t start = mmv__at(job, step->first);
    if (mmv__is_private(job->what.in->access))
        return MMV_OK;
    if (is_together(job))
        return populate(worker, step->data, (mmv_range){start, mmv__end_of(job, step->first, step->count) - start});
    mmv_status status = MMV_OK;
    bool needed = job->what.record > mmv__os_page_size() || job->what.stores;
    for (uint64_t i = 0; i < step->count && needed && status == MMV_OK; i++)
        status = populate(worker, (char *)step->data + (size_t)(i * stride),
                          (mmv_range){start + i * stride, job->what.record});
    return status;
}

/* ---- steps ------------------------------------------------------------------------------------------------------ */

/* Records from 'first' whose first byte lies before the next multiple of the step in the file. */
static uint64_t records_of_step(const mmv__job *job, uint64_t first, uint64_t end, uint64_t step)
{
    uint64_t at = mmv__at(job, first);
    uint64_t border = mmv_round_up(at + 1, step);
    return mmv_min(end - first, (border - at + job->what.stride - 1) / job->what.stride);
}

static mmv_status step_to(mmv__worker *worker, const mmv__unit *unit, const mmv__records *step)
{
    const mmv__job *job = worker->job;
    bool streams = job->what.stream >= 0;
    uint64_t piece = streams ? step->count : mmv__sink_records(job, unit);
    mmv_status status = MMV_OK;
    for (uint64_t i = 0; i < step->count && status == MMV_OK; i += piece) {
        /* A stream's output is collected over the steps, and written once the unit is complete. */
        uint64_t before = job->what.filter ? worker->kept : step->first - unit->first;
        size_t into = streams ? (size_t)(before * job->what.out_record) : 0;
        mmv__records out = {step->first + i, mmv_min(piece, step->count - i), worker->output + into,
                            job->what.out_record};
        status = mmv__call(worker, &out, (char *)step->data + (size_t)(i * job->what.record));
        if (status == MMV_OK && !streams)
            status = mmv__sink(worker, unit, out.first, out.count);
    }
    return status;
}

static mmv_status check_guard(const mmv__job *job, const struct window *window)
{
    size_t at;
    if (!mmv__guard_caught(window->watch, &at))
        return MMV_OK;
    return mmv__map_diagnose(job->what.in, window->offset + at, job->what.stores, "access");
}

/* A page that the guard put in is no record: it may be neither saved nor counted as done. */
static mmv_status run_granule(mmv__worker *worker, const struct window *window, const mmv__records *granule)
{
    mmv__saver *saver = worker->job->what.saver;
    unsigned lane = mmv__lane_number(worker, 0);
    mmv_status status = saver->calls->save(saver, lane, granule);
    if (status == MMV_OK)
        status = check_guard(worker->job, window);
    if (status == MMV_OK)
        status = saver->calls->arm(saver, lane);
    if (status == MMV_OK)
        status = mmv__call(worker, granule, granule->data);
    if (status == MMV_OK)
        status = check_guard(worker->job, window);
    return status ? status : saver->calls->commit(saver, lane, granule);
}

/* With a saver a granule at a time, so that what is saved stays in the cache. */
static mmv_status step_saving(mmv__worker *worker, const struct window *window, const mmv__records *step)
{
    const mmv__saver *saver = worker->job->what.saver;
    mmv_status status = MMV_OK;
    for (uint64_t i = 0, some; i < step->count && status == MMV_OK; i += some) {
        uint64_t first = step->first + i;
        some = mmv_min(step->count - i, saver->calls->granule(saver, mmv__lane_number(worker, 0), first));
        mmv__records granule = {first, some, (char *)step->data + (size_t)i * step->stride, step->stride};
        status = run_granule(worker, window, &granule);
    }
    return status;
}

static mmv_status run_step(mmv__worker *worker, const struct window *window, const mmv__records *step)
{
    if (!worker->job->what.in_place)
        return step_to(worker, window->unit, step);
    if (worker->job->how.saves)
        return step_saving(worker, window, step);
    return mmv__call(worker, step, step->data);
}

/*
 * The next step is populated as this one taught, but only with the guard on: a page that is not populated and cannot be
 * had is a signal.
 */
static mmv_status populate_and_run(mmv__worker *worker, const struct window *window, const mmv__records *step)
{
    const mmv__job *job = worker->job;
    uint64_t before = 0, between = 0, after = 0;
    bool learn = window->watch && is_together(job) && mmv__os_thread_faults(&before);
    if (!learn)
        worker->spacing.apart = 0;
    /* Invariant 3. */
    assert(window->watch || worker->spacing.apart == 0);
    mmv_status status = populate_step(worker, step);
    if (status)
        return status;
    learn = learn && mmv__os_thread_faults(&between);
    status = run_step(worker, window, step);
    if (learn && mmv__os_thread_faults(&after))
        mmv__spacing_learn(&worker->spacing, step->count * job->what.stride, between - before, after - between);
    return status;
}

/* Something is wrong with mapping here, and the policy may know a better way for the rest of the leg. */
static bool has_lost_patience(const mmv__worker *worker, uint64_t records)
{
    double patience = worker->turn.patience, bytes = (double)(records * worker->job->what.stride);
    return patience > 0 && mmv__os_clock() - worker->since > patience * bytes;
}

static mmv_status run_steps(mmv__worker *worker, const struct window *window)
{
    const mmv__job *job = worker->job;
    size_t stride = (size_t)job->what.stride;
    uint64_t end = window->unit->first + window->unit->count;
    mmv__records step = {.first = window->unit->first, .stride = stride};
    for (; step.first < end; step.first += step.count) {
        step.count = records_of_step(job, step.first, end, MMV__STEP);
        step.data = window->base + (size_t)(mmv__at(job, step.first) - window->offset);
        mmv_status status = populate_and_run(worker, window, &step);
        mmv_status caught = check_guard(job, window);
        if (caught || status)
            return caught ? caught : status;
        uint64_t next = step.first + step.count;
        if (next < end && has_lost_patience(worker, next - window->unit->first)) {
            worker->given_up = end - next;
            return MMV_OK;
        }
    }
    return MMV_OK;
}

/* ---- a unit ----------------------------------------------------------------------------------------------------- */

static mmv_status run_window(mmv__worker *worker, const mmv__unit *unit, mmv_range pages, char *base)
{
    mmv__watch *watch = mmv__guard_watch(base, (size_t)pages.length);
    const struct window window = {unit, watch, base, pages.offset};
    mmv_status status = run_steps(worker, &window);
    mmv__guard_unwatch(watch);
    /* Pages of zeros that the guard put in must not outlive the unit. */
    if (status)
        mmv__mapped_end(worker);
    else
        mmv__count(worker, MMV_IO_MMAP, unit->count - worker->given_up);
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

/*
 * A window that has only a part of a folio of 2 MiB gets it in small pages, each with a fault of its own, which on ext4
 * looks through all of the folio: 256 KiB took 1.3 ms, and the 2 MiB as a whole 0.3 ms (2026-11). So it has all of it
 * where the slot has room, but touches none of what the unit does not reach.
 */
static mmv_range whole_folios(const mmv__job *job, mmv_range pages)
{
    uint64_t start = mmv_round_down(pages.offset, MMV__CONGRUENCE);
    uint64_t end = mmv_round_up(pages.offset + pages.length, MMV__CONGRUENCE);
    bool fits = job->how.arena.congruence == MMV__CONGRUENCE && end - start <= job->how.slot;
    return fits ? (mmv_range){start, end - start} : pages;
}

/* A stream takes its unit in one piece, so that one cannot be halved. */
static mmv_status run_refused(mmv__worker *worker, const mmv__unit *unit)
{
    if (unit->count == 1 || worker->job->what.stream >= 0)
        return mmv__run_buffered(worker, unit);
    const mmv__saver *saver = worker->job->what.saver;
    uint64_t half = unit->count / 2;
    /* What is saved together is worked on together. */
    if (worker->job->how.saves)
        half = saver->calls->border(saver, unit->first, half);
    if (half >= unit->count)
        return mmv__run_buffered(worker, unit);
    mmv__unit front = mmv__part(unit, unit->first, half);
    mmv__unit back = mmv__part(unit, unit->first + half, unit->count - half);
    mmv_status status = mmv__run_mapped(worker, &front);
    if (status == MMV_OK && worker->given_up > 0)
        worker->given_up += back.count;
    else if (status == MMV_OK)
        status = mmv__run_mapped(worker, &back);
    return status;
}

static mmv_status need_output(mmv__worker *worker, const mmv__unit *unit)
{
    const mmv__job *job = worker->job;
    if (job->what.in_place)
        return MMV_OK;
    return mmv__need(&worker->output, &worker->output_size,
                     (size_t)(mmv__sink_records(job, unit) * job->what.out_record));
}

mmv_status mmv__run_mapped(mmv__worker *worker, const mmv__unit *unit)
{
    const mmv__job *job = worker->job;
    mmv_range pages;
    char *base;
    if (worker->index >= job->how.arena.slots || !mmv_range_pages(reach(job, unit), mmv__os_page_size(), &pages))
        return mmv__run_buffered(worker, unit);
    if (pages.length > job->how.slot)
        return run_refused(worker, unit);
    mmv_status status = need_output(worker, unit);
    if (status)
        return status;
    pages = whole_folios(job, pages);
    int error = place_window(worker, pages, &base);
    if (error == ENOMEM)
        return run_refused(worker, unit);
    /* Any other refusal is about the file, not the room: this file system or device does not map. */
    if (error)
        return mmv__run_buffered(worker, unit);
    status = run_window(worker, unit, pages, base);
    return status || job->what.stream < 0 ? status : mmv__sink(worker, unit, unit->first, unit->count);
}
