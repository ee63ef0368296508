/* SPDX-License-Identifier: MIT */
/*
 * run: the walks of a plan.
 *
 *     in place      one walk per pass
 *     new file      copy the head | adjust the image | copy the tail -> verify -> publish
 *     stdout        the same three, in order
 *
 * 1. A chunk is adjusted from its source to its data with a tally of its thread; threads share nothing that they write.
 * 2. A walk of length 0 would mean "to the end": empty parts are left out.
 * 3. OUT gets its name only after everything was computed, verified and (with --sync) on the device.
 */
#include "mmbright/run/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kit/cli/progress.h"
#include "kit/job/ranks.h"
#include "kit/os/signals.h"
#include "mmbright/plan/describe.h"
#include "mmbright/plan/journal.h"
#include "mmbright/run/stale.h"

/* How long another run over the same bytes is waited for: its last window. */
#define LOCK_WAIT_MS 3000
/* Two threads never write to one line, nor to the pair of lines that processors fetch together. */
#define LINE 128

struct job {
    struct bright_plan *plan;
    struct bright_result *result;
    struct verify *verify; /* NULL = not wanted */
    struct progress progress;
    mmv_walk_options options; /* of every walk */
    char *tallies;            /* a slot per thread */
    size_t slot;
    mmi_adjuster **adjusters; /* one per thread */
};

/* What a callback is told: the record size is not in the chunk. */
struct part {
    struct job *job;
    size_t record;
};

static mmi_tally *tally_of(const struct job *job, unsigned thread)
{
    return (mmi_tally *)(void *)(job->tallies + thread * job->slot);
}

static mmv_status adjust_chunk(const mmv_chunk *chunk, void *user)
{
    const struct part *part = user;
    const struct job *job = part->job;
    mmi_adjuster *adjuster = job->adjusters[chunk->thread];
    uint64_t place = chunk->offset - job->plan->range.offset;
    if (job->verify) {
        mmv_status status = verify_expect(job->verify, job->plan->adjust, place, chunk, part->record);
        if (status != MMV_OK)
            return status;
    }
    /* Without gaps in the file the chunk is one batch; with gaps the memory may have them, too, or not. */
    if (chunk->file_stride == part->record) {
        mmi_adjuster_run(adjuster, &(mmi_batch){place, chunk->source, chunk->data, chunk->count * part->record});
        return MMV_OK;
    }
    for (size_t i = 0; i < chunk->count; i++) {
        size_t at = i * chunk->stride;
        mmi_adjuster_run(adjuster, &(mmi_batch){place + i * chunk->file_stride, (const char *)chunk->source + at,
                                                (char *)chunk->data + at, part->record});
    }
    return MMV_OK;
}

static mmv_status copy_chunk(const mmv_chunk *chunk, void *user)
{
    const struct part *part = user;
    mmv_status status = verify_expect(part->job->verify, NULL, 0, chunk, part->record);
    memcpy(chunk->data, chunk->source, chunk->count * part->record);
    return status;
}

static void finish_walk(struct job *job, const mmv_walk_stats *stats)
{
    report_add(&job->result->report, stats);
    progress_next(&job->progress, stats->bytes);
}

/* Why a walk ended, on stderr. Returns TOOL_FAILED or, when nothing was touched, TOOL_USAGE. */
static int explain_failure(struct job *job, mmv_status status, const char *file)
{
    const struct bright_plan *plan = job->plan;
    progress_end(&job->progress);
    if (status == MMV_ESTOPPED)
        return TOOL_FAILED;
    if (settings_refused(plan->console, &plan->settings->how))
        return TOOL_USAGE;
    if (status == MMV_EJOURNAL)
        return journal_refuse(plan->console);
    if (status == MMV_EBUSY)
        return console_error(plan->console, file, "another process is at work on this range");
    return console_failure(plan->console, file);
}

static void explain_state(struct job *job, size_t pass, const mmv_walk_stats *stats, mmv_status status)
{
    const struct bright_pass *at = &job->plan->passes[pass];
    char why[64];
    /* The prefix counts from the start of the pass; a record that begins before it is done to its end. */
    uint64_t done = mmv_min(mmv_round_up(stats->prefix, at->stride) / at->stride, at->count) * at->record;
    bool exact = stats->bytes == done && status == MMV_ESTOPPED;
    if (status == MMV_ESTOPPED)
        snprintf(why, sizeof why, "stopped by %s", signals_name(signals_stop()));
    else
        snprintf(why, sizeof why, "failed");
    if (status == MMV_EJOURNAL || status == MMV_EBUSY || (pass == 0 && stats->bytes == 0 && status == MMV_EINVAL))
        return;
    if (job->plan->journal) {
        console_error(job->plan->console, job->plan->file, "%s: the same command again goes on from here", why);
        return;
    }
    describe_rest(job->plan, pass, done, exact, why);
}

static int walk_pass(struct job *job, size_t index)
{
    const struct bright_pass *pass = &job->plan->passes[index];
    struct part part = {job, (size_t)pass->record};
    mmv_walk_stats stats = {0};
    mmv_walk_options options = job->options;
    options.record_size = part.record;
    options.offset = pass->offset;
    options.stride = pass->stride == pass->record ? 0 : pass->stride;
    options.length = pass->stride * (pass->count - 1) + pass->record;
    options.stats = &stats;
    options.journal = job->plan->journal;
    mmv_status status = signals_stop() ? MMV_ESTOPPED : mmv_walk(job->plan->map, &options, adjust_chunk, &part);
    finish_walk(job, &stats);
    if (status == MMV_OK)
        return TOOL_DONE;
    int result = explain_failure(job, status, job->plan->file);
    explain_state(job, index, &stats, status);
    return result;
}

static int lock_range(const struct bright_plan *plan)
{
    mmv_status status = mmv_map_lock(plan->map, plan->part.offset, plan->part.length, LOCK_WAIT_MS);
    if (status == MMV_OK)
        return TOOL_DONE;
    if (status == MMV_EBUSY)
        return console_error(plan->console, plan->file, "another process is at work on this range");
    if (status != MMV_ENOTSUP)
        return console_failure(plan->console, plan->file);
    console_note(plan->console, plan->file, "this file system has no locks: nothing keeps a second run away");
    return TOOL_DONE;
}

static int compare(struct job *job, int descriptor, const char *file)
{
    if (job->verify == NULL)
        return TOOL_DONE;
    /* After --sync the device can be asked, instead of the memory that was just written. */
    if (job->plan->settings->sync)
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
    progress_end(&job->progress);
    int result = verify_compare(job->verify, descriptor, file, job->plan->console);
    if (result == TOOL_DONE)
        console_note(job->plan->console, file, "verified");
    return result;
}

/* A second try could succeed although data is lost: the run ends here, and its journal refuses to go on. */
static int sync_in_place(struct bright_plan *plan)
{
    if (mmv_map_sync(plan->map) == MMV_OK)
        return TOOL_DONE;
    int result = console_failure(plan->console, plan->file);
    plan->changed = false;
    if (plan->journal)
        mmv_journal_end(plan->journal, MMV_JOURNAL_SPOILED);
    return result;
}

static int run_in_place(struct job *job)
{
    struct bright_plan *plan = job->plan;
    int result = lock_range(plan);
    for (size_t i = 0; i < plan->pass_count && result == TOOL_DONE; i++)
        result = walk_pass(job, i);
    /* Before the run counts as done: repeated, it corrects them again. */
    if (result == TOOL_DONE)
        result = stale_fix(plan, mmv_map_descriptor(plan->map));
    plan->changed = result == TOOL_DONE;
    /* Whoever reads the parts together may do so on another machine. */
    bool is_shared = plan->settings->range.shard.count && mmv_map_is_remote(plan->map);
    if (result == TOOL_DONE && (plan->settings->sync || is_shared))
        result = sync_in_place(plan);
    if (result != TOOL_DONE)
        return result;
    result = compare(job, mmv_map_descriptor(plan->map), plan->file);
    if (result == TOOL_DONE)
        result = preview_retake(plan, plan->map);
    if (result != TOOL_DONE && signals_stop())
        console_error(plan->console, plan->file, "stopped by %s: the whole range is changed, but not verified",
                      signals_name(signals_stop()));
    return result;
}

/* One of the three parts of a copy. A NULL 'out' is stdout. */
static mmv_status copy_part(struct job *job, mmv_map *out, uint64_t offset, uint64_t length, mmv_walk_fn *fn,
                            size_t record)
{
    struct part part = {job, record};
    mmv_walk_stats stats = {0};
    mmv_walk_options options = job->options;
    if (length == 0)
        return MMV_OK;
    if (signals_stop())
        return MMV_ESTOPPED;
    options.record_size = record;
    options.offset = options.out_offset = offset;
    options.length = length;
    options.stats = &stats;
    mmv_status status = out ? mmv_walk_to(job->plan->map, out, &options, fn, &part)
                            : mmv_walk_stream(job->plan->map, STDOUT_FILENO, &options, fn, &part);
    finish_walk(job, &stats);
    return status;
}

static mmv_status copy_all(struct job *job, mmv_map *out)
{
    const struct bright_plan *plan = job->plan;
    const mmi_image *image = &plan->image;
    mmv_walk_fn *copy = job->verify ? copy_chunk : NULL;
    size_t record = mmi_image_record(image);
    uint64_t end = mmv_range_end(plan->range);
    mmv_status status = MMV_OK;
    if (plan->has_head)
        status = copy_part(job, out, 0, plan->range.offset, copy, 1);
    if (status == MMV_OK)
        status = copy_part(job, out, plan->part.offset, plan->part.length, adjust_chunk, record);
    if (status == MMV_OK && plan->has_tail)
        status = copy_part(job, out, end, plan->size - end, copy, 1);
    return status;
}

static int fill(struct job *job, int descriptor, bool sync)
{
    struct bright_plan *plan = job->plan;
    mmv_map *out = NULL;
    mmv_status status = MMV_OK;
    if (plan->size > 0)
        status = mmv_map_from_descriptor(descriptor, false, MMV_READ_WRITE, plan->size, &out);
    /* A shard's bytes may be somebody else's, too: of a task that was given up and still runs. */
    if (status == MMV_OK && out && plan->settings->range.shard.count && plan->part.length > 0)
        status = mmv_map_lock(out, plan->part.offset, plan->part.length, LOCK_WAIT_MS);
    status = status == MMV_ENOTSUP ? MMV_OK : status;
    if (status != MMV_OK) {
        mmv_map_close(&out);
        return status == MMV_EBUSY
                   ? console_error(plan->console, plan->output.path, "another process is at work on this part")
                   : console_failure(plan->console, plan->output.path);
    }
    if (out)
        status = copy_all(job, out);
    if (status == MMV_OK && out && (sync || mmv_map_is_remote(out)))
        status = mmv_map_sync(out);
    mmv_map_close(&out);
    return status == MMV_OK ? TOOL_DONE : explain_failure(job, status, plan->output.path);
}

/* What is read from the copy. Behind the comparison: the header is not that of the input any more. */
static int reread_output(struct bright_plan *plan)
{
    const struct output *output = &plan->output;
    mmv_map *map = NULL;
    int result = stale_fix(plan, output->descriptor);
    if (result != TOOL_DONE || !plan->settings->preview || plan->size == 0)
        return result;
    if (mmv_map_from_descriptor(output->descriptor, false, MMV_READ, 0, &map) != MMV_OK)
        return console_failure(plan->console, output->path);
    result = preview_retake(plan, map);
    mmv_map_close(&map);
    return result;
}

static int run_to_file(struct job *job)
{
    struct bright_plan *plan = job->plan;
    struct output *output = &plan->output;
    int result = output_create(output, plan->console);
    if (result == TOOL_DONE)
        result = fill(job, output->descriptor, plan->settings->sync);
    if (result == TOOL_DONE)
        result = compare(job, output->descriptor, output->path);
    if (result == TOOL_DONE)
        result = reread_output(plan);
    if (result != TOOL_DONE || signals_stop())
        return result != TOOL_DONE ? result : TOOL_FAILED;
    result = output_publish(output, plan->console, plan->input.info.permissions, plan->settings->sync);
    if (result == TOOL_DONE && plan->apart.bytes)
        result = header_file_write(&plan->apart, plan->console, plan->input.info.permissions, plan->settings->sync);
    return result;
}

/* A shard of a new file. Done again, it writes the same bytes. */
static int run_to_parts(struct job *job)
{
    struct bright_plan *plan = job->plan;
    const struct shard_settings *shard = &plan->settings->range.shard;
    int result = fill(job, plan->parts.data, plan->settings->sync);
    if (result == TOOL_DONE)
        result = compare(job, plan->parts.data, plan->parts.path);
    if (result != TOOL_DONE || signals_stop())
        return result != TOOL_DONE ? result : TOOL_FAILED;
    const struct parts_work work = {.index = shard->index, .count = shard->count, .operation = plan->operation};
    return parts_done(&plan->parts, plan->console, &work, plan->settings->sync);
}

static int run_to_stdout(struct job *job)
{
    struct bright_plan *plan = job->plan;
    mmv_status status = copy_all(job, NULL);
    if (status != MMV_OK)
        return explain_failure(job, status, "stdout");
    return output_finish_stdout(plan->console, plan->settings->sync);
}

/* An empty image has nothing to adjust, and no adjustment. */
static bool create_adjusters(struct job *job)
{
    uint64_t slot = mmv_round_up(job->plan->image.samples * sizeof(mmi_tally), LINE);
    size_t bytes = (size_t)slot * job->options.threads;
    job->slot = (size_t)slot;
    job->tallies = aligned_alloc(LINE, bytes);
    job->adjusters = calloc(job->options.threads, sizeof *job->adjusters);
    bool fine = job->tallies && job->adjusters;
    if (fine)
        memset(job->tallies, 0, bytes);
    for (unsigned i = 0; i < job->options.threads && fine && job->plan->adjust; i++) {
        job->adjusters[i] = mmi_adjuster_create(job->plan->adjust, tally_of(job, i));
        fine = job->adjusters[i] != NULL;
    }
    return fine;
}

static void destroy_adjusters(struct job *job)
{
    for (unsigned i = 0; i < job->options.threads && job->adjusters; i++)
        mmi_adjuster_destroy(&job->adjusters[i]);
    free(job->adjusters);
}

static void sum_tallies(struct job *job)
{
    for (unsigned thread = 0; thread < job->options.threads; thread++) {
        const mmi_tally *tally = tally_of(job, thread);
        for (uint32_t c = 0; c < job->plan->image.samples; c++) {
            job->result->low[c] += tally[c].low;
            job->result->high[c] += tally[c].high;
        }
    }
}

static int run_job(struct job *job)
{
    const struct bright_settings *settings = job->plan->settings;
    if (settings->in_place)
        return run_in_place(job);
    if (settings_to_stdout(settings))
        return run_to_stdout(job);
    return settings->range.shard.count ? run_to_parts(job) : run_to_file(job);
}

void run_reset(struct bright_result *result, const struct bright_plan *plan)
{
    result->report = (struct report){0};
    /* Not all that there is room for: it would take longer than a small file. */
    memset(result->low, 0, plan->image.samples * sizeof *result->low);
    memset(result->high, 0, plan->image.samples * sizeof *result->high);
}

static int begin_job(struct job *job)
{
    const struct bright_plan *plan = job->plan;
    if (plan->settings->verify)
        job->verify = verify_create(job->options.threads);
    if (create_adjusters(job) && (!plan->settings->verify || job->verify))
        return preview_take(job->plan);
    return console_error(plan->console, plan->file, "not enough memory");
}

static void end_job(struct job *job)
{
    destroy_adjusters(job);
    if (job->tallies)
        sum_tallies(job);
    verify_destroy(job->verify);
    free(job->tallies);
}

int run_plan(struct bright_plan *plan, struct bright_result *result)
{
    const struct bright_settings *settings = plan->settings;
    struct job job = {.plan = plan, .result = result, .options = settings_walk(&settings->how)};
    uint64_t work = plan_work(plan);
    int status = TOOL_DONE;
    plan->changed = settings->in_place && plan->pass_count == 0;
    if (plan->changed && !plan->ranks)
        return TOOL_DONE;
    ranks_sum(plan->ranks, &work, 1);
    progress_start(&job.progress, plan->console, settings->report.progress, plan->file, work);
    ranks_begin(plan->ranks, &job.options, &job.progress);
    if (!plan->changed) {
        status = begin_job(&job);
        if (status == TOOL_DONE)
            status = run_job(&job);
        end_job(&job);
    }
    status = ranks_end(plan->ranks, status);
    progress_end(&job.progress);
    return status;
}

/* Of a share what all did; the same on every rank. */
void run_total(struct bright_plan *plan, struct bright_result *result)
{
    ranks_sum(plan->ranks, result->low, plan->image.samples);
    ranks_sum(plan->ranks, result->high, plan->image.samples);
    if (plan->ranks)
        plan->pixels = plan->all_pixels;
    ranks_report(plan->ranks, &result->report);
}
