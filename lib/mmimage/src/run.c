/* SPDX-License-Identifier: MIT */
/*
 * run: one run of an image's bytes, cut into strips for the kernels.
 *
 * The samples of an image are seen as lines, of which the region takes the columns [from, to) and some of the lines:
 *
 *     bip          a row of pixels              -> all rows are one endless line when the region has the image's width
 *     bil          a row of one channel
 *     bsq          a row of one channel         -> a plane is one line when the region has the image's width
 *
 * 1. A strip of bip starts at any channel: its tables are read from that channel on. A strip of bil and bsq has one
 *    channel, whose tables are made in the pass when a strip of another channel comes.
 * 2. Lane counters are as wide as a sample. They are emptied into the tally before more rows have gone into them than
 *    they can count, when the channel of lane 0 changes, and at the end.
 * 3. Where source and target are the same, what is not adjusted is not touched.
 */

#include "adjust.h"
#include "counters.h"

#include <assert.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define NO_CHANNEL SIZE_MAX

struct lines {
    uint64_t length, from, to; /* samples */
    uint64_t rows;             /* per channel (bsq) */
    mmi_region region;         /* its y and height in lines' rows */
};

struct mmi_pass {
    struct lines lines;
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

static uint64_t product(uint64_t a, uint64_t b)
{
    uint64_t value;
    return mmv_product(a, b, &value) ? value : UINT64_MAX;
}

static uint64_t sum(uint64_t a, uint64_t b)
{
    uint64_t value;
    return mmv_sum(a, b, &value) ? value : UINT64_MAX;
}

static struct lines lines_of(const mmi_adjust *adjust)
{
    const mmi_image *image = &adjust->image;
    const mmi_region *region = &adjust->region;
    uint64_t unit = image->layout == MMI_BIP ? image->samples : 1;
    uint64_t width = image->width * unit;
    bool all_columns = region->width == image->width;

    if (image->layout == MMI_BIL || !all_columns)
        return (struct lines){width, region->x * unit, (region->x + region->width) * unit, image->height, *region};
    struct lines lines = {UINT64_MAX, 0, UINT64_MAX, 1, {.height = 1}};
    if (image->layout == MMI_BSQ)
        lines.length = width * image->height;
    if (image->width == 0)
        return lines;
    lines.from = product(region->y, width);
    lines.to = product(sum(region->y, region->height), width);
    return lines;
}

/* Whether the region and the chosen channels meet a line; *channel_ret is its channel, 0 for bip. */
static bool is_meant(const mmi_adjust *adjust, const struct lines *lines, uint64_t line, size_t *channel_ret)
{
    uint64_t samples = adjust->image.samples, row = line, channel = 0;
    if (adjust->image.layout == MMI_BIL) {
        row = line / samples;
        channel = line % samples;
    } else if (adjust->image.layout == MMI_BSQ) {
        row = line % lines->rows;
        channel = line / lines->rows;
    }
    if (row < lines->region.y || row - lines->region.y >= lines->region.height || channel >= samples)
        return false;
    *channel_ret = (size_t)channel;
    return adjust->image.layout == MMI_BIP || adjust->rules[channel].chosen;
}

/* Lanes of the same channel together first; a channel that floods is counted by tally_floods(). */
static void tally_lanes(struct mmi_pass *pass)
{
    const mmi_adjust *adjust = pass->adjust;
    bool planar = adjust->image.layout != MMI_BIP;
    size_t channels = planar ? 1 : adjust->image.samples, channel = pass->channel;
    size_t lanes = mmi__counters_fold(pass->low, pass->size, adjust->lanes, channels, pass->rows);
    mmi__counters_fold(pass->high, pass->size, adjust->lanes, channels, pass->rows);
    for (size_t j = 0; j < lanes; j++) {
        if (!adjust->floods || mmi__pattern_flood(adjust, channel) == MMI__NO_FLOOD) {
            pass->tally[channel].low += mmi__counters_get(pass->low, pass->size, j);
            pass->tally[channel].high += mmi__counters_get(pass->high, pass->size, j);
        }
        if (!planar && ++channel == channels)
            channel = 0;
    }
}

static void empty_counters(struct mmi_pass *pass)
{
    if (pass->tally && pass->rows > 0)
        tally_lanes(pass);
    pass->rows = 0;
    memset(pass->low, 0, pass->adjust->lanes * pass->size);
    memset(pass->high, 0, pass->adjust->lanes * pass->size);
}

static void point_strip(struct mmi_pass *pass, const unsigned char *tables, size_t table_size)
{
    for (size_t k = 0; k < MMI__TABLES; k++)
        pass->strip.table[k] = tables + k * table_size;
}

static void begin_channel(struct mmi_pass *pass, size_t channel)
{
    const mmi_adjust *adjust = pass->adjust;
    if (pass->channel == channel)
        return;
    bool filled = pass->channel != NO_CHANNEL && adjust->same;
    empty_counters(pass);
    pass->channel = channel;
    if (adjust->image.layout == MMI_BIP) {
        point_strip(pass, adjust->tables + channel * adjust->cell, adjust->table_size);
    } else if (!filled) {
        mmi__pattern_fill(adjust, channel, 1, pass->tables, MMI__UNIFORM_TABLE, adjust->lanes);
        point_strip(pass, pass->tables, MMI__UNIFORM_TABLE);
    }
}

static void tally_flood(struct mmi_pass *pass, size_t channel, size_t count)
{
    enum mmi__flood flood = mmi__pattern_flood(pass->adjust, channel);
    if (flood == MMI__FLOOD_LOW)
        pass->tally[channel].low += count;
    if (flood == MMI__FLOOD_HIGH)
        pass->tally[channel].high += count;
}

/* 'after' runs over the channels as they come in the strip; the first ones come once more when it ends within a pixel.
 */
static void tally_floods(struct mmi_pass *pass, size_t first, size_t count)
{
    size_t samples = pass->adjust->image.samples;
    if (pass->adjust->image.layout != MMI_BIP) {
        tally_flood(pass, first, count);
        return;
    }
    for (size_t after = 0; after < samples; after++)
        tally_flood(pass, (first + after) % samples, count / samples + (after < count % samples));
}

static void adjust_strip(struct mmi_pass *pass, size_t channel, const unsigned char *source, unsigned char *target,
                         size_t count)
{
    size_t lanes = pass->adjust->lanes;
    begin_channel(pass, channel);
    if (pass->tally && pass->adjust->floods)
        tally_floods(pass, channel, count);
    while (count > 0) {
        if (pass->rows == MMI__ROWS(pass->size))
            empty_counters(pass);
        size_t room = MMI__ROWS(pass->size) - pass->rows;
        size_t part = count / lanes < room ? count : room * lanes;
        pass->kernel(&pass->strip, source, target, part);
        pass->rows += part / lanes + (part % lanes != 0);
        source += part * pass->size;
        target += part * pass->size;
        count -= part;
    }
}

static void copy(const struct mmi_pass *pass, const unsigned char *source, unsigned char *target, size_t count)
{
    if (source != target && count > 0)
        memcpy(target, source, count * pass->size);
}

static uint64_t limit(uint64_t value, uint64_t low, uint64_t high)
{
    return value < low ? low : value > high ? high : value;
}

/* Columns [column, column + count) of a line that is met. */
static void adjust_line(struct mmi_pass *pass, const struct lines *lines, size_t channel, uint64_t column,
                        const unsigned char *source, unsigned char *target, size_t count)
{
    uint64_t first = limit(lines->from, column, column + count), last = limit(lines->to, first, column + count);
    size_t head = (size_t)(first - column), middle = (size_t)(last - first), tail = count - head - middle;
    size_t body = head * pass->size, rest = body + middle * pass->size;

    if (pass->adjust->image.layout == MMI_BIP)
        channel = (size_t)(first % pass->adjust->image.samples);
    copy(pass, source, target, head);
    if (middle > 0)
        adjust_strip(pass, channel, source + body, target + body, middle);
    copy(pass, source + rest, target + rest, tail);
}

static mmi__kernel *choose_kernel(const mmi_adjust *adjust, bool counting)
{
    mmi_type type = adjust->image.type;
    bool swapped = !mmi_type_is_native(type);
    return adjust->scale ? adjust->kernels->scale[type.kind][swapped]
                         : adjust->kernels->plain[type.kind][swapped][counting];
}

static void begin_pass(struct mmi_pass *pass, const mmi_adjust *adjust, mmi_tally *tally)
{
    pass->adjust = adjust;
    pass->lines = lines_of(adjust);
    pass->tally = adjust->counts ? tally : NULL;
    pass->kernel = choose_kernel(adjust, pass->tally != NULL);
    pass->strip =
        (struct mmi__strip){.lanes = adjust->lanes, .bias = adjust->bias, .low = pass->low, .high = pass->high};
    pass->size = mmi_type_size(adjust->image.type);
    pass->channel = NO_CHANNEL;
    pass->rows = 0;
}

static void end_pass(struct mmi_pass *pass)
{
    if (pass->tally && pass->rows > 0)
        tally_lanes(pass);
}

void mmi_pass_run(mmi_pass *pass, uint64_t offset, const void *source, void *target, size_t length)
{
    const struct lines *lines = &pass->lines;
    size_t size = pass->size, count = length / size;
    uint64_t sample = offset / size;
    const unsigned char *from = source;
    unsigned char *to = target;

    assert(offset % size == 0 && length % size == 0);
    while (count > 0) {
        uint64_t column = sample % lines->length;
        size_t part = (size_t)mmv_min(count, lines->length - column), channel;
        if (is_meant(pass->adjust, lines, sample / lines->length, &channel))
            adjust_line(pass, lines, channel, column, from, to, part);
        else
            copy(pass, from, to, part);
        from += part * size;
        to += part * size;
        sample += part;
        count -= part;
    }
}

void mmi_adjust_run(const mmi_adjust *adjust, uint64_t offset, const void *source, void *target, size_t length,
                    mmi_tally *tally)
{
    struct mmi_pass pass;
    begin_pass(&pass, adjust, tally);
    mmi_pass_run(&pass, offset, source, target, length);
    end_pass(&pass);
}

mmi_pass *mmi_pass_create(const mmi_adjust *adjust, mmi_tally *tally)
{
    mmi_pass *pass = aligned_alloc(alignof(mmi_pass), sizeof *pass);
    if (pass)
        begin_pass(pass, adjust, tally);
    return pass;
}

void mmi_pass_destroy(mmi_pass **pass)
{
    if (*pass)
        end_pass(*pass);
    free(*pass);
    *pass = NULL;
}
