/* SPDX-License-Identifier: MIT */
/*
 * reduce: see reduce.h.
 *
 * With --by a block's partial result is a pointer to its rows. The library copies and drops such pointers; the rows
 * belong to the store, and merging leaves one of two. So the result is asked for once.
 */
#include "mmrec/reduce.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/reduce.h>

#include "kit/file/output.h"
#include "kit/os/signals.h"
#include "mmrec/partial.h"
#include "mmrec/reduced.h"

#define GROUPS_FAILED 2 /* what a code_group_fn says then */

struct reducing {
    struct subject *subject;
    uint64_t base;                            /* number of the first record of the range that is reduced */
    struct group_store store;                 /* with --by */
    struct group_rows *rows;                  /* of all FILEs so far; NULL = none has records */
    struct figure_state states[FIGURES_MOST]; /* without --by, the same */
};

static mmv_status fold(const mmv_chunk *block, void *partial, void *user)
{
    struct reducing *reducing = user;
    uint64_t fault;
    if (reducing->subject->program->fold(block->source, block->count, reducing->base + block->index, partial, &fault) !=
        0)
        return subject_fail(reducing->subject, fault);
    return MMV_OK;
}

static mmv_status merge(void *left, const void *right, void *user)
{
    const struct reducing *reducing = user;
    figures_merge(&reducing->subject->command->figures, left, right);
    return MMV_OK;
}

/* ---- groups ------------------------------------------------------------------------------------------------------ */

/* Why there are no rows. */
static mmv_status fail(const struct reducing *reducing)
{
    if (atomic_load(&reducing->store.is_full))
        return mmv_error_set_parameter(MMV_EINVAL, "walk", "groups");
    return mmv_error_set(MMV_ENOMEM, ENOMEM, "walk");
}

static mmv_status fold_groups(const mmv_chunk *block, void *partial, void *user)
{
    struct reducing *reducing = user;
    struct group_rows **rows = partial;
    struct groups groups;
    uint64_t fault;
    int failed = GROUPS_FAILED;
    if (groups_begin(&groups, &reducing->store))
        failed = reducing->subject->program->group(block->source, block->count, reducing->base + block->index, &groups,
                                                   &fault);
    *rows = failed ? NULL : groups_rows(&groups);
    groups_end(&groups);
    if (failed && failed != GROUPS_FAILED)
        return subject_fail(reducing->subject, fault);
    return *rows ? MMV_OK : fail(reducing);
}

static mmv_status merge_groups(void *left, const void *right, void *user)
{
    struct reducing *reducing = user;
    struct group_rows **rows = left;
    *rows = groups_merge(&reducing->store, *rows, *(struct group_rows *const *)right);
    return *rows ? MMV_OK : fail(reducing);
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static int explain(const struct reducing *reducing, mmv_status status)
{
    struct subject *subject = reducing->subject;
    const struct command *command = subject->command;
    if (status != MMV_OK && command->asks.by && atomic_load(&reducing->store.is_full)) {
        progress_end(&subject->progress);
        return console_error(subject->console, subject->file,
                             "--by has more than %zu values; --max-groups=N allows more, and a coarser --by has fewer",
                             reducing->store.most);
    }
    return subject_explain(subject, status);
}

/* What to reduce: records of FILE, in blocks of so many; 0 = as many as the library takes. */
struct stretch {
    mmv_range bytes;
    uint64_t block;
};

static int reduce_stretch(struct reducing *reducing, const struct stretch *stretch, void *result_ret)
{
    struct subject *subject = reducing->subject;
    const struct command *command = subject->command;
    bool by = command->asks.by != NULL;
    mmv_walk_stats stats = {0};
    mmv_walk_options options = subject_options(subject, &stats);
    const mmv_reduction reduction = {.partial_size = by ? sizeof(struct group_rows *)
                                                        : command->figures.count * sizeof(struct figure_state),
                                     .block = stretch->block,
                                     .fold = by ? fold_groups : fold,
                                     .merge = by ? merge_groups : merge,
                                     .user = reducing};
    options.offset = stretch->bytes.offset;
    options.length = stretch->bytes.length ? stretch->bytes.length : MMV_EMPTY;
    reducing->base = (stretch->bytes.offset - subject->whole.offset) / command->fields.size;
    mmv_status status = stretch->bytes.length ? mmv_reduce(subject->map, &options, &reduction, result_ret) : MMV_OK;
    int result = status == MMV_OK ? TOOL_DONE : explain(reducing, status);
    progress_next(&subject->progress, stats.bytes);
    report_add(&subject->report, &stats);
    return result == TOOL_DONE && signals_stop() ? TOOL_FAILED : result;
}

static void begin(struct subject *subject, struct reading *reading)
{
    *reading = (struct reading){
        .console = subject->console, .map = subject->map, .path = subject->file, .range = subject->range};
    reading_begin(reading);
    subject_begin(subject, subject->range.length);
}

static int end(struct subject *subject, struct reading *reading, int result)
{
    result = subject_end(subject, result);
    if (result != TOOL_DONE)
        return result;
    bool changed = reading_end(reading, "the figures");
    subject->before.changed = ranks_any(subject->command->asked.ranks, changed) || subject->before.changed;
    notes_take_reading(&subject->notes, reading);
    notes_say(&subject->notes, subject->console, subject->file);
    report_explain(subject->console, subject->file, &subject->report, subject->command->how.max_mapped);
    return TOOL_DONE;
}

static int reduce(struct reducing *reducing, void *result_ret)
{
    struct subject *subject = reducing->subject;
    struct reading reading;
    begin(subject, &reading);
    return end(subject, &reading, reduce_stretch(reducing, &(struct stretch){subject->range, 0}, result_ret));
}

/* ---- a part ------------------------------------------------------------------------------------------------------ */

static int take_node(struct reducing *reducing, const struct partial_range *range, struct partial_node *node)
{
    struct subject *subject = reducing->subject;
    const struct command *command = subject->command;
    struct figure_state states[FIGURES_MOST] = {{0}};
    uint64_t size = range->block * command->fields.size, from = (node->index << node->level) * size;
    uint64_t end = mmv_min(range->length, from + (size << node->level));
    const struct stretch stretch = {{range->offset + from, end - from}, range->block};
    int result = reduce_stretch(reducing, &stretch, command->asks.by ? (void *)&node->rows : states);
    if (result != TOOL_DONE || command->asks.by)
        return result;
    node->rows = groups_new_rows(&reducing->store, 1);
    if (!node->rows)
        return explain(reducing, fail(reducing));
    node->rows->keys[0] = 0;
    memcpy(node->rows->states, states, command->figures.count * sizeof *states);
    return TOOL_DONE;
}

/* The blocks of this process, and no byte of other shards. */
static void cut_part(struct subject *subject, struct partial *partial)
{
    const struct shard_settings *shard = command_shard(subject->command);
    uint64_t record = subject->command->fields.size, block = mmv_max(1, MMV_REDUCE_BLOCK / record);
    uint64_t records = subject->whole.length / record, blocks = records / block + (records % block != 0);
    *partial = (struct partial){.range = {subject->whole.offset, subject->whole.length, block, blocks, records},
                                .index = shard->index,
                                .count = shard->count};
    partial_cut(partial);
    uint64_t from = mmv_min(records, partial_first(blocks, shard->index, shard->count) * block);
    uint64_t end = mmv_min(records, partial_first(blocks, shard->index + 1, shard->count) * block);
    subject->range = (mmv_range){subject->whole.offset + from * record, (end - from) * record};
}

static int take_part(struct reducing *reducing, struct partial *partial)
{
    struct subject *subject = reducing->subject;
    struct reading reading;
    int result = TOOL_DONE;
    cut_part(subject, partial);
    begin(subject, &reading);
    for (size_t i = 0; i < partial->node_count && result == TOOL_DONE; i++)
        result = take_node(reducing, &partial->range, &partial->nodes[i]);
    return end(subject, &reading, result);
}

static int write_partial(struct subject *subject, const struct partial *partial, struct output *output)
{
    const struct command *command = subject->command;
    const struct output_rights rights = {OUTPUT_DERIVED, mmv_map_descriptor(subject->map), 0};
    struct partial_bytes bytes;
    if (!partial_pack(partial, command, &bytes))
        return console_error(subject->console, NULL, "not enough memory");
    int result = output_create(output, subject->console);
    int error = result == TOOL_DONE ? file_write(output->descriptor, bytes.at, bytes.length) : 0;
    free(bytes.at);
    if (error != 0)
        return console_error(subject->console, output->path, "cannot write it: %s", strerror(error));
    return result == TOOL_DONE ? output_publish(output, subject->console, &rights, command->safety.sync) : result;
}

static int reduce_part(struct reducing *reducing)
{
    struct subject *subject = reducing->subject;
    const struct command *command = subject->command;
    struct output output = OUTPUT_NONE;
    struct file_facts source;
    struct partial partial;
    if (file_look(mmv_map_descriptor(subject->map), &source) != 0)
        return console_error(subject->console, subject->file, "cannot look at it");
    const struct output_wish wish = {
        .path = command->asks.partial, .input = subject->file, .source = &source, .force = command->force};
    int result = output_plan(&output, subject->console, &wish);
    if (result == TOOL_DONE)
        result = take_part(reducing, &partial);
    if (result == TOOL_DONE)
        result = write_partial(subject, &partial, &output);
    output_discard(&output);
    return result;
}

/* ---- the processes of a job -------------------------------------------------------------------------------------- */

/* What all of them know: on the first, which prints. */
struct gathering {
    struct reducing *reducing;
    struct partial_node *nodes; /* of all parts, in the order of their blocks */
    size_t count;
};

static mmv_status take_bytes(void *user, uint64_t rank, const void *bytes, size_t length)
{
    struct gathering *gathering = user;
    struct reducing *reducing = gathering->reducing;
    const struct command *command = reducing->subject->command;
    const struct partial_bytes packed = {(void *)(uintptr_t)bytes, length};
    struct partial partial;
    (void)rank;
    if (!ranks_first(command->asked.ranks))
        return MMV_OK;
    const char *wrong = partial_unpack(&partial, command, &reducing->store, &packed);
    if (wrong) {
        console_error(command->console, NULL, "what process %" PRIu64 " has sent %s", rank, wrong);
        return mmv_error_set(MMV_EINVAL, 0, "gather");
    }
    memcpy(gathering->nodes + gathering->count, partial.nodes, partial.node_count * sizeof *partial.nodes);
    gathering->count += partial.node_count;
    return MMV_OK;
}

static int gather(struct gathering *gathering, const struct partial *partial)
{
    const struct command *command = gathering->reducing->subject->command;
    struct partial_bytes bytes = {NULL, 0};
    bool fine = partial_pack(partial, command, &bytes);
    gathering->nodes = calloc(command_shard(command)->count, PARTIAL_NODES * sizeof *gathering->nodes);
    fine = fine && gathering->nodes;
    int result = ranks_agree(command->asked.ranks,
                             fine ? TOOL_DONE : console_error(command->console, NULL, "not enough memory"));
    if (result == TOOL_DONE &&
        ranks_gather(command->asked.ranks, bytes.at, bytes.length, take_bytes, gathering) != MMV_OK)
        result = console_failure(command->console, NULL);
    free(bytes.at);
    return ranks_agree(command->asked.ranks, result);
}

/* FILE's figures from the parts of all, as --join has them; *rows_ret is NULL on all but the first. */
static int reduce_together(struct reducing *reducing, struct group_rows **rows_ret)
{
    struct subject *subject = reducing->subject;
    struct ranks *ranks = subject->command->asked.ranks;
    struct gathering gathering = {.reducing = reducing};
    struct partial partial;
    int result = take_part(reducing, &partial);
    if (result == TOOL_DONE)
        result = gather(&gathering, &partial);
    bool joins = result == TOOL_DONE && ranks_first(ranks) && partial.range.blocks > 0;
    if (joins)
        *rows_ret = partial_join(&reducing->store, gathering.nodes, gathering.count, partial.range.blocks);
    if (joins && !*rows_ret)
        result = explain(reducing, fail(reducing));
    subject->range = subject->whole;
    free(gathering.nodes);
    return ranks_agree(ranks, result);
}

/* ---- all FILEs --------------------------------------------------------------------------------------------------- */

static int reduce_file(struct reducing *reducing, struct figure_state *states, struct group_rows **rows_ret)
{
    const struct command *command = reducing->subject->command;
    if (!command->asked.ranks)
        return reduce(reducing, command->asks.by ? (void *)rows_ret : states);
    int result = reduce_together(reducing, rows_ret);
    /* Without --by there is one row. */
    if (*rows_ret && !command->asks.by) {
        memcpy(states, (*rows_ret)->states, command->figures.count * sizeof *states);
        *rows_ret = NULL;
    }
    return result;
}

/* FILE's figures behind those of the FILEs before it. */
static int take_file(struct reducing *reducing)
{
    const struct command *command = reducing->subject->command;
    struct figure_state states[FIGURES_MOST] = {{0}};
    struct group_rows *rows = NULL;
    int result = reduce_file(reducing, states, &rows);
    if (result != TOOL_DONE)
        return result;
    figures_merge(&command->figures, reducing->states, states);
    if (rows && reducing->rows)
        rows = groups_merge(&reducing->store, reducing->rows, rows);
    else if (!rows)
        return TOOL_DONE;
    reducing->rows = rows;
    return rows ? TOOL_DONE : explain(reducing, fail(reducing));
}

static int reduce_files(struct reducing *reducing)
{
    struct subject *subject = reducing->subject;
    struct ranks *ranks = subject->command->asked.ranks;
    int result = ranks_agree(ranks, take_file(reducing));
    for (size_t i = 1; i < subject->command->files.count && result == TOOL_DONE; i++) {
        result = subject_next(subject, i);
        if (result == TOOL_DONE)
            result = ranks_agree(ranks, take_file(reducing));
    }
    if (result != TOOL_DONE)
        return result;
    ranks_report(ranks, &subject->report);
    if (ranks_first(ranks))
        result = reduced_print(subject, &(struct reduced){reducing->states, reducing->rows});
    return ranks_agree(ranks, result);
}

int reduce_do(struct subject *subject)
{
    const struct command *command = subject->command;
    struct reducing reducing = {.subject = subject};
    groups_store_begin(&reducing.store, &command->figures, (size_t)command->asks.most_groups);
    int result = command->asks.partial ? reduce_part(&reducing) : reduce_files(&reducing);
    groups_store_end(&reducing.store);
    return result;
}
