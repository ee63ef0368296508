/* SPDX-License-Identifier: MIT */
/*
 * adjuster: one batch of an image's samples, cut into strips for the kernels.
 *
 * The samples of an image are seen as lines, of which the region takes some columns of some: see lines.h.
 *
 * 1. A strip of bip starts at any channel: its tables are read from that channel on. A strip of bil and bsq has one
 *    channel, whose tables are made in the adjuster when a strip of another channel comes. No assert:
 *    where a strip starts is what the tables are taken by.
 * 2. Lane counters are as wide as a sample. They are emptied into the tally before more rows have gone into them than
 *    they can count, when the channel of lane 0 changes, and at the end.
 * 3. Where source and target are the same, what is not adjusted is not touched. No assert is possible: a store of the
 *    same bytes leaves no trace.
 */

#include "adjust/adjust.h"
#include "adjust/lines.h"
#include "kernels/counters.h"
#include "system/system.h"

#include <assert.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define NO_CHANNEL SIZE_MAX

struct mmi_adjuster {
    struct mmi__lines lines;
    const mmi_adjust *adjust;
    mmi_tally *tally; /* NULL: nobody counts */
    mmi__kernel *kernel;
    struct mmi__strip strip;
    size_t size;    /* bytes of a sample */
    size_t channel; /* of lane 0 */
    size_t rows;    /* in the lane counters */
    alignas(64) unsigned char tables[MMI__TABLES * MMI__UNIFORM_TABLE];
    alignas(64) unsigned char low[MMI__COUNTERS];
    alignas(64) unsigned char high[MMI__COUNTERS];
};

/* Lanes of the same channel together first; a channel that floods is counted by tally_floods(). */
static void tally_lanes(struct mmi_adjuster *adjuster)
{
    const mmi_adjust *adjust = adjuster->adjust;
    bool planar = adjust->image.layout != MMI_BIP;
    size_t channels = planar ? 1 : adjust->image.samples, channel = adjuster->channel;
    size_t lanes = mmi__counters_fold(adjuster->low, adjuster->size, adjust->lanes, channels, adjuster->rows);
    mmi__counters_fold(adjuster->high, adjuster->size, adjust->lanes, channels, adjuster->rows);
    for (size_t j = 0; j < lanes; j++) {
        if (!adjust->floods || mmi__flood_of(adjust, channel) == MMI__NO_FLOOD) {
            adjuster->tally[channel].low += mmi__counters_get(adjuster->low, adjuster->size, j);
            adjuster->tally[channel].high += mmi__counters_get(adjuster->high, adjuster->size, j);
        }
        if (!planar && ++channel == channels)
            channel = 0;
    }
}

static void empty_counters(struct mmi_adjuster *adjuster)
{
    if (adjuster->tally && adjuster->rows > 0)
        tally_lanes(adjuster);
    adjuster->rows = 0;
    memset(adjuster->low, 0, adjuster->adjust->lanes * adjuster->size);
    memset(adjuster->high, 0, adjuster->adjust->lanes * adjuster->size);
}

static void point_strip(struct mmi_adjuster *adjuster, const unsigned char *tables, size_t table_size)
{
    for (size_t k = 0; k < MMI__TABLES; k++)
        adjuster->strip.table[k] = tables + k * table_size;
}

static void begin_channel(struct mmi_adjuster *adjuster, size_t channel)
{
    const mmi_adjust *adjust = adjuster->adjust;
    assert(channel < adjust->image.samples);
    if (adjuster->channel == channel)
        return;
    bool filled = adjuster->channel != NO_CHANNEL && adjust->same;
    empty_counters(adjuster);
    adjuster->channel = channel;
    if (adjust->image.layout == MMI_BIP) {
        point_strip(adjuster, adjust->tables + channel * adjust->cell, adjust->table_size);
    } else if (!filled) {
        mmi__tables_fill(adjust, (struct mmi__tables){adjuster->tables, MMI__UNIFORM_TABLE, adjust->lanes}, channel, 1);
        point_strip(adjuster, adjuster->tables, MMI__UNIFORM_TABLE);
    }
}

static void tally_flood(struct mmi_adjuster *adjuster, size_t channel, size_t count)
{
    enum mmi__flood flood = mmi__flood_of(adjuster->adjust, channel);
    if (flood == MMI__FLOOD_LOW)
        adjuster->tally[channel].low += count;
    if (flood == MMI__FLOOD_HIGH)
        adjuster->tally[channel].high += count;
}

/* 'after' runs over the channels as they come in the strip; the first ones come once more when it ends within a pixel.
 */
static void tally_floods(struct mmi_adjuster *adjuster, size_t first, size_t count)
{
    size_t samples = adjuster->adjust->image.samples;
    if (adjuster->adjust->image.layout != MMI_BIP) {
        tally_flood(adjuster, first, count);
        return;
    }
    for (size_t after = 0; after < samples; after++)
        tally_flood(adjuster, (first + after) % samples, count / samples + (after < count % samples));
}

/* Which channel sample i of a strip is, whose first one is 'first'. */
static size_t channel_at(const mmi_adjust *adjust, size_t first, size_t i)
{
    return adjust->image.layout == MMI_BIP ? (first + i) % adjust->image.samples : first;
}

/* A sample that was adjusted, though it stands for no data: what the kernel counts of it is taken off. */
static void uncount(struct mmi_adjuster *adjuster, size_t channel, int pattern)
{
    const mmi_adjust *adjust = adjuster->adjust;
    const mmi_tally *would = &adjust->would[(size_t)pattern * adjust->image.samples + channel];
    mmi_tally *tally = &adjuster->tally[channel];
    tally->low -= would->low;
    tally->high -= would->high;
    tally->no_data++;
}

/* Samples before and after, and where the latter go. */
struct spared {
    const unsigned char *source, *adjusted;
    unsigned char *target;
    size_t count;
};

/* The target from the adjusted samples, but for those that stand for no data: these are not touched. */
static void put_spared(struct mmi_adjuster *adjuster, size_t first, const struct spared *samples)
{
    const unsigned char *source = samples->source, *adjusted = samples->adjusted;
    unsigned char *target = samples->target;
    const mmi_no_data *no_data = &adjuster->adjust->no_data;
    size_t size = adjuster->size;
    for (size_t i = 0; i < samples->count; i++, source += size, adjusted += size, target += size) {
        size_t channel = channel_at(adjuster->adjust, first, i);
        int pattern = adjuster->adjust->rules[channel].chosen ? mmi__no_data_find(no_data, source) : -1;
        if (pattern < 0) {
            bool became =
                adjuster->tally && adjuster->adjust->rules[channel].chosen && mmi_no_data_at(no_data, adjusted);
            memcpy(target, adjusted, size);
            if (became)
                adjuster->tally[channel].became_no_data++;
            continue;
        }
        if (source != target)
            memcpy(target, source, size);
        if (adjuster->tally)
            uncount(adjuster, channel, pattern);
    }
}

/*
 * With samples that stand for no data: they must not be changed in the target, not even for a moment, since a run may
 * be killed. So the kernel works into a buffer; as a rule nothing in it is special, and all of it is copied.
 */
static void run_sparing(struct mmi_adjuster *adjuster, size_t channel, const unsigned char *source,
                        unsigned char *target, size_t count)
{
    const mmi_adjust *adjust = adjuster->adjust;
    alignas(64) unsigned char buffer[MMI__COUNTERS];
    size_t size = adjuster->size, most = sizeof buffer / size / adjust->lanes * adjust->lanes;
    assert(most > 0);
    for (size_t part; count > 0; count -= part, source += part * size, target += part * size) {
        part = count < most ? count : most;
        adjuster->kernel(&adjuster->strip, source, buffer, part);
        if (mmi__no_data_count(&adjust->no_data, source, part) == 0 &&
            mmi__no_data_count(&adjust->no_data, buffer, part) == 0)
            memcpy(target, buffer, part * size);
        else
            put_spared(adjuster, channel, &(struct spared){source, buffer, target, part});
    }
}

static void adjust_strip(struct mmi_adjuster *adjuster, size_t channel, const unsigned char *source,
                         unsigned char *target, size_t count)
{
    bool is_sparing = adjuster->adjust->would != NULL;
    size_t lanes = adjuster->adjust->lanes;
    begin_channel(adjuster, channel);
    if (adjuster->tally && adjuster->adjust->floods)
        tally_floods(adjuster, channel, count);
    while (count > 0) {
        if (adjuster->rows == MMI__ROWS(adjuster->size))
            empty_counters(adjuster);
        size_t room = MMI__ROWS(adjuster->size) - adjuster->rows;
        size_t part = count / lanes < room ? count : room * lanes;
        if (is_sparing)
            run_sparing(adjuster, channel, source, target, part);
        else
            adjuster->kernel(&adjuster->strip, source, target, part);
        adjuster->rows += part / lanes + (part % lanes != 0);
        assert(adjuster->rows <= MMI__ROWS(adjuster->size)); /* 2. */
        source += part * adjuster->size;
        target += part * adjuster->size;
        count -= part;
    }
}

static void copy(const struct mmi_adjuster *adjuster, const unsigned char *source, unsigned char *target, size_t count)
{
    if (source != target && count > 0)
        memcpy(target, source, count * adjuster->size);
}

static mmi__kernel *choose_kernel(const mmi_adjust *adjust, bool counting)
{
    mmi_type type = adjust->image.type;
    bool swapped = !mmi_type_is_native(type);
    return adjust->scale ? adjust->kernels->scale[type.kind][swapped]
                         : adjust->kernels->plain[type.kind][swapped][counting];
}

static void begin_adjuster(struct mmi_adjuster *adjuster, const mmi_adjust *adjust, mmi_tally *tally)
{
    adjuster->adjust = adjust;
    adjuster->lines = mmi__lines_of(adjust);
    adjuster->tally = adjust->counts ? tally : NULL;
    adjuster->kernel = choose_kernel(adjust, adjuster->tally != NULL);
    adjuster->strip =
        (struct mmi__strip){.lanes = adjust->lanes, .bias = adjust->bias, .low = adjuster->low, .high = adjuster->high};
    adjuster->size = mmi_type_size(adjust->image.type);
    adjuster->channel = NO_CHANNEL;
    adjuster->rows = 0;
}

static void end_adjuster(struct mmi_adjuster *adjuster)
{
    if (adjuster->tally && adjuster->rows > 0)
        tally_lanes(adjuster);
}

void mmi_adjuster_run(mmi_adjuster *adjuster, const mmi_batch *batch)
{
    size_t size = adjuster->size, count = batch->length / size;
    uint64_t sample = batch->offset / size;
    const unsigned char *from = batch->source;
    unsigned char *to = batch->target;

    assert(batch->offset % size == 0 && batch->length % size == 0);
    while (count > 0) {
        struct mmi__strip_of strip = mmi__lines_next(adjuster->adjust, &adjuster->lines, sample, count);
        if (strip.is_meant)
            adjust_strip(adjuster, strip.channel, from, to, strip.count);
        else
            copy(adjuster, from, to, strip.count);
        from += strip.count * size;
        to += strip.count * size;
        sample += strip.count;
        count -= strip.count;
    }
}

void mmi_adjust_run(const mmi_adjust *adjust, const mmi_batch *batch, mmi_tally *tally)
{
    struct mmi_adjuster adjuster;
    begin_adjuster(&adjuster, adjust, tally);
    mmi_adjuster_run(&adjuster, batch);
    end_adjuster(&adjuster);
}

mmi_adjuster *mmi_adjuster_create(const mmi_adjust *adjust, mmi_tally *tally)
{
    mmi_adjuster *adjuster = mmi__aligned(alignof(mmi_adjuster), sizeof *adjuster);
    if (adjuster)
        begin_adjuster(adjuster, adjust, tally);
    return adjuster;
}

void mmi_adjuster_destroy(mmi_adjuster **adjuster)
{
    if (*adjuster)
        end_adjuster(*adjuster);
    mmi__aligned_free(*adjuster);
    *adjuster = NULL;
}
