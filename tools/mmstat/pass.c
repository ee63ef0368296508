/* SPDX-License-Identifier: MIT */
/* pass: see pass.h. It hands over blocks, see kit/image/blocks.h. */
#include "mmstat/pass.h"

#include "kit/os/signals.h"
#include "mmstat/once.h"

static void note_walk(void *user, const mmv_walk_stats *stats)
{
    struct scan *scan = user;
    report_add(&scan->result->report, stats);
    progress_next(&scan->progress, stats->bytes);
}

static int explain(const struct scan *scan, mmv_status status)
{
    if (status == MMV_OK)
        return TOOL_DONE;
    if (status == MMV_ESTOPPED)
        return TOOL_FAILED;
    return settings_refused(scan->console, &scan->settings->how) ? TOOL_USAGE
                                                                 : console_failure(scan->console, scan->file->path);
}

int pass_run(struct scan *scan, block_fn *fn)
{
    if (scan->file->stream)
        return once_run(scan, fn, note_walk);
    mmv_walk_options options = settings_walk(&scan->settings->how);
    options.threads = scan->threads;
    ranks_begin(scan->ranks, &options, &scan->progress);
    const struct blocks blocks = {.map = scan->file->map,
                                  .file = scan->file,
                                  .image = scan->result->image,
                                  .range = scan->result->range,
                                  .pieces = scan->file->container.pieces,
                                  .selection = scan->selection,
                                  .numbers = scan->pieces,
                                  .index = scan->shard.index,
                                  .count = scan->shard.count,
                                  .options = &options,
                                  .fn = fn,
                                  .walked = note_walk,
                                  .user = scan};
    mmv_status status = signals_stop() ? MMV_ESTOPPED : blocks_walk(&blocks);
    if (status != MMV_OK)
        progress_end(&scan->progress);
    return ranks_end(scan->ranks, explain(scan, status));
}

int pass_no_memory(const struct scan *scan)
{
    return console_error(scan->console, scan->file->path, "not enough memory");
}
