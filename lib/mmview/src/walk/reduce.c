/* SPDX-License-Identifier: MIT */
/*
 * reduce.c - a reduction is a walk whose records are blocks, and a walk of one record for the short block at the end.
 *
 *     range    |r r r r|r r r r|r r r r|r r|        blocks of four records
 *     walks    |-- one, by many threads -------|-2-|
 *
 * With a stride a block ends with its last record, and the gap behind that is a gap between blocks.
 *
 * Invariants:
 * 1. A block has the same number and the same records in every shard, whatever the shards are.
 * 2. Nothing is stored to the map: the walks only look. No assert: the tests compare the files.
 */

#include "walk/job.h"
#include "walk/partials.h"

#include "base/error.h"

#include <mmview/shard.h>

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/* Where the blocks of a range lie. */
struct cut {
    uint64_t offset;  /* of the first record */
    uint64_t records; /* of the range */
    size_t record;
    uint64_t stride;
    uint64_t block;  /* records of a block */
    uint64_t whole;  /* blocks that have all of these; the rest are one more */
    size_t size;     /* first byte of a block's first to last byte of its last record */
    uint64_t period; /* from one block to the next */
};

/* What a walk over blocks is told. */
struct pass {
    const struct cut *cut;
    mmv_partials *partials;
    uint64_t first; /* number of its first block */
    uint64_t count; /* records of each block */
    mmv_tick_fn *tick;
    void *tick_user;
    uint64_t before; /* bytes that were done when it began */
    uint64_t start;  /* where in the file those of the shard begin */
};

static mmv_status bad(const char *parameter)
{
    return mmv_error_set_parameter(MMV_EINVAL, "reduce", parameter);
}

/* ---- where the blocks are --------------------------------------------------------------------------------------- */

static uint64_t bytes_of(const struct cut *cut, uint64_t records)
{
    return records ? (records - 1) * cut->stride + cut->record : 0;
}

/* Errors: what mmv_walk() says of the same range, and MMV_EINVAL(block) for one that no memory holds. */
static mmv_status cut_range(mmv_map *map, const mmv_walk_options *options, const mmv_reduction *what,
                            struct cut *cut_ret)
{
    uint64_t size;
    mmv__job job = {.what = {.in = map, .in_place = true, .stream = -1}};
    mmv_status status = mmv__plan_records(&job, options);
    if (status)
        return status;
    struct cut cut = {
        .offset = job.what.offset, .records = job.what.records, .record = job.what.record, .stride = job.what.stride};
    cut.block = what->block ? what->block : mmv_max(1, MMV_REDUCE_BLOCK / cut.stride);
    /* A block that is longer than the range is as long as that. */
    uint64_t most = mmv_min(cut.block, mmv_max(1, cut.records));
    if (!mmv_product(most, cut.stride, &size) || size > SIZE_MAX / 4)
        return bad("block");
    cut.whole = cut.records / cut.block;
    cut.size = (size_t)bytes_of(&cut, most);
    cut.period = size;
    *cut_ret = cut;
    return MMV_OK;
}

static uint64_t block_count(const struct cut *cut)
{
    return cut->whole + (cut->records % cut->block != 0);
}

/* ---- the walks -------------------------------------------------------------------------------------------------- */

static mmv_status take_block(const struct pass *pass, const mmv_chunk *block, uint64_t number)
{
    const mmv_reduction *what = mmv__partials_reduction(pass->partials);
    mmv__node *node = mmv__partials_node(pass->partials, number);
    if (!node)
        return mmv__fail(ENOMEM, "reduce");
    mmv_status status = what->fold(block, node->partial, what->user);
    if (status == MMV_OK)
        return mmv__partials_join(pass->partials, node);
    free(node);
    return status;
}

static mmv_status take_chunk(const mmv_chunk *chunk, void *user)
{
    const struct pass *pass = user;
    const struct cut *cut = pass->cut;
    mmv_status status = MMV_OK;
    for (size_t i = 0; i < chunk->count && status == MMV_OK; i++) {
        uint64_t number = pass->first + chunk->index + i;
        mmv_chunk block = *chunk;
        block.data = (char *)chunk->data + i * chunk->stride;
        block.source = block.data;
        block.count = (size_t)pass->count;
        block.stride = (size_t)cut->stride;
        block.file_stride = cut->stride;
        block.index = number * cut->block;
        block.offset = chunk->offset + i * chunk->file_stride;
        /* Invariant 1. */
        assert(block.offset == cut->offset + block.index * cut->stride && block.index + block.count <= cut->records);
        status = take_block(pass, &block, number);
    }
    return status;
}

static bool tick(uint64_t done, void *user)
{
    const struct pass *pass = user;
    return pass->tick(pass->before + done, pass->tick_user);
}

/* Of two walks, the first of which did nearly all. Only that is told which way the bytes went. */
static void add_stats(mmv_walk_stats *sum, const mmv_walk_stats *last, uint64_t records)
{
    if (sum->windows == 0) {
        *sum = *last;
        sum->records *= records;
        return;
    }
    sum->bytes += last->bytes;
    sum->records += last->records * records;
    sum->windows += last->windows;
    sum->bytes_mapped += last->bytes_mapped;
    sum->bytes_buffered += last->bytes_buffered;
    sum->bytes_direct += last->bytes_direct;
    sum->peak_mapped = mmv_max(sum->peak_mapped, last->peak_mapped);
    sum->minor_faults += last->minor_faults;
    sum->major_faults += last->major_faults;
    sum->seconds += last->seconds;
}

/* One of the two walks: 'number' blocks of 'count' records each, the first of them at 'offset'. */
static mmv_status walk_blocks(mmv_map *map, const mmv_walk_options *options, struct pass *pass, uint64_t number)
{
    mmv_walk_stats stats = {0};
    mmv_walk_options inner = *options;
    const struct cut *cut = pass->cut;
    const mmv__request what = {
        .in = map, .stream = -1, .fn = take_chunk, .user = pass, .in_place = true, .only_looks = true};
    inner.record_size = (size_t)bytes_of(cut, pass->count);
    inner.stride = pass->count == cut->block ? cut->period : inner.record_size;
    inner.offset = cut->offset + pass->first * cut->block * cut->stride;
    inner.length = (number - 1) * inner.stride + inner.record_size;
    inner.tick = options->tick ? tick : NULL;
    inner.tick_user = pass;
    inner.stats = &stats;
    pass->tick = options->tick;
    pass->tick_user = options->tick_user;
    mmv_status status = mmv__walk_run(&what, &inner);
    pass->before += stats.bytes;
    if (options->stats)
        add_stats(options->stats, &stats, pass->count);
    if (options->stats)
        options->stats->prefix = inner.offset - pass->start + stats.prefix;
    return status;
}

static mmv_status walk_shard(mmv_map *map, const mmv_walk_options *options, struct pass *pass, mmv_range blocks)
{
    const struct cut *cut = pass->cut;
    mmv_status status = MMV_OK;
    /* The short block comes behind the last whole one. */
    bool has_rest = mmv_range_end(blocks) > cut->whole;
    uint64_t whole = mmv_range_bytes(blocks) - has_rest;
    pass->first = blocks.offset;
    pass->count = cut->block;
    pass->start = cut->offset + blocks.offset * cut->block * cut->stride;
    if (whole > 0)
        status = walk_blocks(map, options, pass, whole);
    if (status || !has_rest)
        return status;
    pass->first = cut->whole;
    pass->count = cut->records % cut->block;
    return walk_blocks(map, options, pass, 1);
}

/* The blocks of a shard: first and how many. */
static mmv_status shard_of(const struct cut *cut, uint64_t index, uint64_t count, mmv_range *blocks_ret)
{
    mmv_range shard;
    mmv_range range = {cut->offset, cut->whole ? (cut->whole - 1) * cut->period + cut->size : 0};
    mmv_status status = mmv_shard(range, cut->size, cut->period, index, count, &shard);
    if (status)
        return status;
    blocks_ret->offset = (shard.offset - range.offset) / cut->period;
    blocks_ret->length = (mmv_range_bytes(shard) + cut->period - cut->size) / cut->period;
    if (index + 1 == count) {
        blocks_ret->offset = blocks_ret->length ? blocks_ret->offset : cut->whole;
        blocks_ret->length = block_count(cut) - blocks_ret->offset;
    }
    return MMV_OK;
}

static mmv_status check_options(const mmv_walk_options *options)
{
    if (MMV__CHECK_RESERVED(options, "reduce") != MMV_OK)
        return MMV_EINVAL;
    if (options->journal)
        return bad("journal");
    return options->halo ? bad("halo") : MMV_OK;
}

mmv_status mmv_reduce_shard(mmv_map *map, const mmv_walk_options *options, uint64_t index, uint64_t count,
                            mmv_partials *partials)
{
    static const mmv_walk_options defaults = {0};
    const mmv_walk_options *chosen = options ? options : &defaults;
    struct cut cut;
    mmv_range blocks = {0};
    if (chosen->stats)
        *chosen->stats = (mmv_walk_stats){0};
    mmv_status status = check_options(chosen);
    if (status == MMV_OK)
        status = cut_range(map, chosen, mmv__partials_reduction(partials), &cut);
    if (status == MMV_OK)
        status = shard_of(&cut, index, count, &blocks);
    if (status == MMV_OK)
        status = mmv__partials_begin(partials, block_count(&cut), cut.block);
    if (status)
        mmv__error_in(mmv_map_path(map));
    struct pass pass = {.cut = &cut, .partials = partials};
    return status || blocks.length == 0 ? status : walk_shard(map, chosen, &pass, blocks);
}

mmv_status mmv_reduce(mmv_map *map, const mmv_walk_options *options, const mmv_reduction *reduction, void *result_ret)
{
    mmv_partials *partials;
    mmv_status status = mmv_partials_create(reduction, &partials);
    if (status == MMV_OK)
        status = mmv_reduce_shard(map, options, 0, 1, partials);
    if (status == MMV_OK)
        status = mmv_partials_result(partials, result_ret);
    mmv_partials_destroy(&partials);
    return status;
}
