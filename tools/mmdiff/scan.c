/* SPDX-License-Identifier: MIT */
/* scan: see scan.h. */
#include "mmdiff/scan.h"

#include <stdlib.h>

#include "kit/cli/progress.h"
#include "kit/file/reading.h"
#include "kit/os/signals.h"
#include "mmdiff/follow.h"
#include "mmdiff/once.h"

/* A thread's own. */
struct helper {
    struct comparer comparer;
    struct follower follower;
    bool is_enough; /* it has found a difference, and one is enough */
};

/* What is at work. Blocks are those of A; of B when that comes through a pipe, and A is a file. */
struct scan {
    struct pair *pair;
    struct diff_result *result;
    struct side *walked;
    struct followed followed;
    uint64_t came;          /* bytes, of a pipe */
    bool is_enough;         /* for any thread */
    struct helper *helpers; /* [threads] */
    unsigned threads;
    struct progress progress;
};

static mmv_status take_block(void *user, unsigned thread, const mmi_block *block, const block_place *place)
{
    const struct scan *scan = user;
    struct helper *helper = &scan->helpers[thread];
    if (block->channel != MMI_ALL_CHANNELS && !scan->pair->shown[block->channel])
        return MMV_OK;
    const unsigned char *data = follower_take(&helper->follower, block, place);
    if (!data)
        return helper->follower.cursor.status;
    mmi_block of_a = *block;
    if (scan->walked == &scan->pair->b)
        of_a.data = data;
    comparer_take(&helper->comparer, &of_a, place, scan->walked == &scan->pair->a ? data : block->data);
    if (!helper->comparer.found || !scan->result->comparison.first_only)
        return MMV_OK;
    /* With the guard on, a file that became shorter gave zeros: the release tells. */
    mmv_status status = files_release(&helper->follower.cursor);
    helper->is_enough = status == MMV_OK;
    return status == MMV_OK ? mmv_error_set(MMV_ESTOPPED, 0, "compare") : status;
}

static void note_walk(void *user, const mmv_walk_stats *stats)
{
    struct scan *scan = user;
    report_add(&scan->result->report, stats);
    progress_next(&scan->progress, stats->bytes);
}

/* ---- threads ----------------------------------------------------------------------------------------------------- */

/* NULL = no picture is wanted, or there is nothing to draw. */
static const mmi_region *drawn_region(const struct pair *pair)
{
    return pair->settings->picture && pair->is_comparable && pair->region.height ? &pair->region : NULL;
}

static bool make_helpers(struct scan *scan, mmv_pool *pool, mmv_status *status_ret)
{
    const struct pair *pair = scan->pair;
    const mmi_region *region = drawn_region(pair);
    size_t places = (size_t)pair->settings->places;
    struct diff_result *result = scan->result;
    bool fine = comparer_make(&result->total, &result->comparison, places, region);
    scan->helpers = calloc(scan->threads, sizeof *scan->helpers);
    for (unsigned i = 0; i < scan->threads && fine && scan->helpers; i++) {
        struct helper *helper = &scan->helpers[i];
        fine = comparer_make(&helper->comparer, &result->comparison, places, region);
        *status_ret = follower_open(&helper->follower, &scan->followed, pool);
        if (*status_ret != MMV_OK)
            return true;
    }
    return fine && scan->helpers;
}

/* What all threads have found together. Returns the status of the last windows of what they followed. */
static mmv_status gather(struct scan *scan)
{
    mmv_status status = MMV_OK;
    for (unsigned i = 0; i < scan->threads && scan->helpers; i++) {
        struct helper *helper = &scan->helpers[i];
        mmv_status released = files_release(&helper->follower.cursor);
        status = status == MMV_OK ? released : status;
        scan->is_enough = scan->is_enough || helper->is_enough;
        if (helper->comparer.tallies)
            comparer_merge(&scan->result->total, &helper->comparer);
        follower_close(&helper->follower);
        comparer_drop(&helper->comparer);
    }
    free(scan->helpers);
    scan->helpers = NULL;
    return status;
}

/* Of a pipe what failed was said by then: it is MMV_ESTOPPED, and *result_ret the exit status. */
static mmv_status walk_stream(struct scan *scan, const struct blocks *blocks, int *result_ret)
{
    *result_ret = blocks_stream(blocks, &scan->came);
    return *result_ret == TOOL_DONE ? MMV_OK : MMV_ESTOPPED;
}

static mmv_status walk(struct scan *scan, int *result_ret)
{
    const struct pair *pair = scan->pair;
    const struct side *walked = scan->walked;
    const struct shard_settings *shard = &pair->settings->where.range.shard;
    mmv_walk_options options = settings_walk(&pair->settings->how);
    /* Half of the budget is for windows of the other file. */
    options.max_mapped = (options.max_mapped ? options.max_mapped : mmv_default_max_mapped()) / 2;
    options.threads = scan->threads;
    options.tick = progress_tick;
    options.tick_user = &scan->progress;
    const mmi_pieces *pieces = walked->file.container.pieces;
    const struct blocks blocks = {.map = walked->file.map,
                                  .file = &walked->file,
                                  .image = walked->image,
                                  .range = walked->range,
                                  .pieces = pieces,
                                  .selection = pair->pieces,
                                  .numbers = {0, pieces ? mmi_pieces_count(pieces) : 0},
                                  .index = shard->index,
                                  .count = shard->count,
                                  .options = &options,
                                  .placed = take_block,
                                  .walked = note_walk,
                                  .user = scan};
    if (signals_stop())
        return MMV_ESTOPPED;
    return walked->file.stream ? walk_stream(scan, &blocks, result_ret) : blocks_walk(&blocks);
}

/* Of a walk that was stopped nothing is to be said: by a signal, by what was said, or by the first difference. */
static int explain(const struct scan *scan, mmv_status status)
{
    const struct pair *pair = scan->pair;
    if (status == MMV_OK)
        return TOOL_DONE;
    if (status == MMV_ESTOPPED)
        return scan->is_enough && !signals_stop() ? TOOL_DONE : TOOL_FAILED;
    return settings_refused(pair->console, &pair->settings->how)
               ? TOOL_USAGE
               : console_failure(pair->console, scan->followed.file->path);
}

static int run(struct scan *scan)
{
    const struct pair *pair = scan->pair;
    const uint64_t budget = pair->settings->how.max_mapped;
    const mmv_pool_options options = {.max_mapped = (budget ? budget : mmv_default_max_mapped()) / 2,
                                      .window = pair->settings->how.window};
    mmv_pool *pool = NULL;
    mmv_status status = mmv_pool_create(&options, &pool);
    bool has_memory = status != MMV_OK || make_helpers(scan, pool, &status);
    int said = TOOL_DONE;
    if (has_memory && status == MMV_OK)
        status = walk(scan, &said);
    mmv_status released = gather(scan);
    bool was_said = said != TOOL_DONE && !scan->is_enough;
    if ((status == MMV_OK || status == MMV_ESTOPPED) && !was_said)
        status = released == MMV_OK ? status : released;
    progress_end(&scan->progress);
    int result = has_memory ? explain(scan, status) : console_error(pair->console, NULL, "not enough memory");
    result = was_said ? said : result;
    scan->result->is_complete = status == MMV_OK;
    mmv_pool_destroy(&pool);
    return result;
}

/* ---- the files --------------------------------------------------------------------------------------------------- */

static struct reading begin_reading(const struct pair *pair, const struct side *side)
{
    const mmi_pieces *pieces = side->file.container.pieces;
    struct reading reading = {.console = pair->console,
                              .map = side->file.map,
                              .path = side->file.path,
                              .range = pieces ? mmi_pieces_reach(pieces, 0) : side->range};
    if (!side->file.stream)
        files_reading_begin(&reading, &side->file);
    return reading;
}

static void end_reading(struct diff_result *result, struct side *side, struct reading *reading)
{
    if (side->file.stream)
        return;
    bool changed = files_reading_end(reading, &side->file, "what is compared");
    result->changed_meanwhile = result->changed_meanwhile || changed;
    notes_take_reading(&side->file.notes, reading);
}

static struct comparison compare_how(const struct pair *pair)
{
    const struct side *a = &pair->a, *b = &pair->b;
    bool is_no_data = no_data_is_any(&a->no_data) || no_data_is_any(&b->no_data);
    return (struct comparison){.columns = &pair->columns,
                               .shown = pair->shown,
                               .tolerance = pair->settings->tolerance,
                               .a_no_data = is_no_data ? &a->no_data.set : NULL,
                               .b_no_data = is_no_data ? &b->no_data.set : NULL,
                               .a_record = mmi_image_pixel(&a->image),
                               .b_record = mmi_image_pixel(&b->image),
                               .width = a->image.width,
                               .skipped = pair->skipped,
                               .first_only = pair->console->quiet};
}

/* Through windows and by several threads, or as a pipe comes. */
static int compare(struct scan *scan)
{
    struct pair *pair = scan->pair;
    struct reading a = begin_reading(pair, &pair->a), b = begin_reading(pair, &pair->b);
    progress_start(&scan->progress, pair->console, pair->settings->report.progress, scan->walked->file.path,
                   pair->pixels * mmi_image_pixel(&scan->walked->image));
    int status = run(scan);
    if (status != TOOL_DONE)
        return status;
    end_reading(scan->result, &pair->a, &a);
    end_reading(scan->result, &pair->b, &b);
    places_sort(&scan->result->total.places);
    return TOOL_DONE;
}

/* Nothing to compare: the figures are those of no samples. */
static int compare_nothing(const struct scan *scan)
{
    struct diff_result *result = scan->result;
    if (comparer_make(&result->total, &result->comparison, 0, drawn_region(scan->pair)))
        return TOOL_DONE;
    return console_error(scan->pair->console, NULL, "not enough memory");
}

int scan_pair(struct pair *pair, struct diff_result *result)
{
    *result = (struct diff_result){.comparison = compare_how(pair), .is_complete = true};
    struct side *walked = pair->streamed ? pair->streamed : &pair->a;
    const struct side *followed = walked == &pair->a ? &pair->b : &pair->a;
    struct scan scan = {.pair = pair,
                        .result = result,
                        .walked = walked,
                        .followed = {&followed->file, followed->image, followed->range},
                        .threads = pair->streamed ? 1 : pair->settings->how.threads};
    bool is_known = pair->is_same || (pair->console->quiet && pair->reason_count > 0);
    bool is_nothing = is_known || !pair->is_comparable || pair->pixels == 0;
    int status = is_nothing ? compare_nothing(&scan) : compare(&scan);
    /* The first difference is enough: nobody waits for the rest of a pipe. */
    bool is_enough = is_known || !result->is_complete;
    if (status == TOOL_DONE && pair->streamed && !is_enough)
        status = once_settle(pair, scan.came);
    result->is_complete = result->is_complete && !(pair->streamed && pair->streamed->is_endless);
    result->is_different = pair->reason_count > 0 || result->total.found;
    return status;
}

void scan_drop(struct diff_result *result)
{
    comparer_drop(&result->total);
}
