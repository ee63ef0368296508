/* SPDX-License-Identifier: MIT */
/* walk.c - walks that a team does together: shard, walk, bring to the server, wait for the others. */
#include <mmview/range.h>
#include <mmview/shard.h>
#include <mmview/team.h>

struct shared_walk {
    mmv_team *team;
    mmv_map *in, *out; /* out: NULL = in place */
    mmv_walk_fn *fn;
    void *user;
    uint64_t first; /* records of the range before this rank's */
};

/* To the caller's function the chunk is one of the whole range. */
static mmv_status forward(const mmv_chunk *chunk, void *user)
{
    const struct shared_walk *walk = user;
    mmv_chunk whole = *chunk;
    whole.index += walk->first;
    return walk->fn(&whole, walk->user);
}

/* Machines share no pages over a network: of what two of them write to one page a part would be lost. */
static bool is_shared(const mmv_map *changed)
{
    return mmv_map_access(changed) == MMV_READ_WRITE && mmv_map_is_remote(changed);
}

/* In place only the last record can reach into the next shard's pages; the output of a shard may end anywhere. */
static bool is_torn(const struct shared_walk *walk, uint64_t last_record, uint64_t end, uint64_t out_end)
{
    if (walk->out)
        return out_end % MMV_SHARD_BORDER != 0 && is_shared(walk->out);
    return end > mmv_round_down(last_record, MMV_SHARD_BORDER) + MMV_SHARD_BORDER && is_shared(walk->in);
}

static mmv_status whole_range(const struct shared_walk *walk, const mmv_walk_options *options, size_t record,
                              mmv_range *whole_ret)
{
    uint64_t size = mmv_map_capacity(walk->in), stride = options->stride ? options->stride : record;
    if (options->halo)
        return mmv_error_set_parameter(MMV_EINVAL, "walk", "halo");
    if (options->offset > size)
        return mmv_error_set_parameter(MMV_ERANGE, "walk", "offset");
    *whole_ret = (mmv_range){options->offset, options->length ? options->length : size - options->offset};
    whole_ret->length = mmv_range_bytes(*whole_ret);
    if (whole_ret->length == 0)
        return MMV_OK;
    bool is_whole = whole_ret->length >= record && (whole_ret->length - record) % stride == 0;
    return is_whole ? MMV_OK : mmv_error_set_parameter(MMV_EINVAL, "walk", "length");
}

/* Makes the options those of this rank's shard. *length_ret is 0 when it has no records. */
static mmv_status divide(struct shared_walk *walk, mmv_walk_options *options, uint64_t *length_ret, bool *torn_ret)
{
    size_t record = options->record_size ? options->record_size : 1;
    size_t made = options->out_record_size ? options->out_record_size : record;
    uint64_t stride = options->stride ? options->stride : record;
    mmv_range whole, shard = {0, 0};
    mmv_status status = whole_range(walk, options, record, &whole);
    if (status == MMV_OK)
        status =
            mmv_shard(whole, record, options->stride, mmv_team_rank(walk->team), mmv_team_size(walk->team), &shard);
    *length_ret = mmv_range_bytes(shard);
    if (status != MMV_OK || *length_ret == 0)
        return status;
    walk->first = (shard.offset - whole.offset) / stride;
    uint64_t next = walk->first + (shard.length - record) / stride + 1;
    uint64_t end = mmv_range_end(shard);
    *torn_ret = end < mmv_range_end(whole) && is_torn(walk, end - record, end, options->out_offset + next * made);
    options->out_offset += walk->first * made;
    options->offset = shard.offset;
    options->length = shard.length;
    return MMV_OK;
}

static mmv_status run(struct shared_walk *walk, const mmv_walk_options *asked)
{
    mmv_walk_options options = asked ? *asked : (mmv_walk_options){0};
    uint64_t length = 0;
    bool torn = false;
    mmv_map *changed = walk->out ? walk->out : walk->in;
    mmv_team_begin(walk->team, options.tick, options.tick_user);
    options.tick = mmv_team_tick;
    options.tick_user = walk->team;
    mmv_status status = divide(walk, &options, &length, &torn);
    /* Before anybody changes anything. */
    if (mmv_team_max(walk->team, torn) != 0 && status == MMV_OK)
        status = mmv_error_set_parameter(MMV_EINVAL, "walk", "record_size");
    if (status == MMV_OK && length > 0)
        status = walk->out ? mmv_walk_to(walk->in, walk->out, &options, forward, walk)
                           : mmv_walk(walk->in, &options, forward, walk);
    if (status == MMV_OK && length > 0 && mmv_map_is_remote(changed) && mmv_map_access(changed) == MMV_READ_WRITE)
        status = mmv_map_sync(changed);
    if (mmv_team_end(walk->team, status == MMV_OK) || status != MMV_OK)
        return status;
    return mmv_error_set(MMV_ESTOPPED, 0, "walk");
}

mmv_status mmv_team_walk(mmv_team *team, mmv_map *map, const mmv_walk_options *options, mmv_walk_fn *fn, void *user)
{
    return run(&(struct shared_walk){.team = team, .in = map, .fn = fn, .user = user}, options);
}

/* size: as mmv_walk_to(), with the team in front */
mmv_status mmv_team_walk_to(mmv_team *team, mmv_map *in, mmv_map *out, const mmv_walk_options *options, mmv_walk_fn *fn,
                            void *user)
{
    return run(&(struct shared_walk){.team = team, .in = in, .out = out, .fn = fn, .user = user}, options);
}
