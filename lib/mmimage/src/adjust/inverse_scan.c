/* SPDX-License-Identifier: MIT */
/*
 * inverse_scan: small samples without looking each one up: whether their words are 0, and what they were where that is
 * a subtraction. Nearly all are such, and then the loops of inverse_scan_type.h are all that it costs. They vectorise:
 * the intervals of the channels lie side by side, again and again, so that lane i has those of sample i.
 */

#include "adjust/inverse.h"

#include <assert.h>
#include <stdlib.h>

/* So many samples at a time, or a few more: whole pixels, and whole registers. */
#define LANES 256
#define REGISTER 32

/* As in kernels/kernel.c: one feature set for each file, and nothing else of the processor is asked for. */
static const struct mmi__scan_loops *loops_here(void)
{
#if defined(MMV_CLONES_X86)
    if (__builtin_cpu_supports("avx2"))
        return &mmi__scan_loops_avx2;
#endif
    return &mmi__scan_loops_base;
}

static void choose_loops(mmi_inverse *inverse)
{
    struct mmi__scan *scan = &inverse->scan;
    const struct mmi__scan_loops *loops = loops_here();
    scan->clean = inverse->is_swapped ? loops->clean_swapped : loops->clean_plain;
    scan->shift = inverse->is_swapped ? loops->shift_swapped : loops->shift_plain;
    if (inverse->size > 1)
        return;
    scan->clean = loops->clean_byte;
    scan->shift = loops->shift_byte;
}

/* Single channels of planes and lines begin with those of their channel, which lie behind one another. */
static size_t columns_of(const mmi_inverse *inverse)
{
    return inverse->adjust->image.layout == MMI_BIP ? inverse->adjust->image.samples : 1;
}

static const struct mmi__map *map_of(const mmi_inverse *inverse, size_t channel)
{
    return &inverse->maps[inverse->map_of[channel]];
}

static size_t lanes_of(size_t channels)
{
    size_t unit = channels;
    while (unit % REGISTER != 0)
        unit *= 2;
    return (LANES + unit - 1) / unit * unit;
}

/* What of a map stands in which column. */
static void fill_columns(uint16_t *const columns[10], size_t i, const struct mmi__map *map)
{
    for (size_t k = 0; k < 2; k++) {
        columns[5 * k][i] = map->lossy[k].start;
        columns[5 * k + 1][i] = map->lossy[k].count;
        columns[5 * k + 2][i] = map->shifts[k].start;
        columns[5 * k + 3][i] = map->shifts[k].last;
        columns[5 * k + 4][i] = map->shifts[k].by;
    }
}

bool mmi__scan_create(mmi_inverse *inverse)
{
    struct mmi__scan *scan = &inverse->scan;
    size_t channels = columns_of(inverse), samples = inverse->adjust->image.samples;
    scan->lanes = lanes_of(channels);
    choose_loops(inverse);
    size_t entries = channels == 1 ? samples * scan->lanes : scan->lanes + channels;
    scan->memory = calloc(10 * entries, sizeof *scan->memory);
    if (!scan->memory)
        return false;
    uint16_t *columns[10];
    for (size_t k = 0; k < 10; k++)
        columns[k] = scan->memory + k * entries;
    for (size_t i = 0; i < entries; i++) {
        const struct mmi__map *map = map_of(inverse, channels == 1 ? i / scan->lanes : i % channels);
        fill_columns(columns, i, map);
        scan->is_double = scan->is_double || map->lossy[1].count > 0;
    }
    for (size_t k = 0; k < 2; k++) {
        scan->lossy[k] = (struct mmi__lossy){columns[5 * k], columns[5 * k + 1]};
        scan->shifts.start[k] = columns[5 * k + 2];
        scan->shifts.last[k] = columns[5 * k + 3];
        scan->shifts.by[k] = columns[5 * k + 4];
    }
    return true;
}

void mmi__scan_drop(struct mmi__scan *scan)
{
    free(scan->memory);
    *scan = (struct mmi__scan){0};
}

/* Where in the columns a strip of this channel begins. */
static size_t begin_of(const mmi_inverse *inverse, size_t channel)
{
    return columns_of(inverse) == 1 ? channel * inverse->scan.lanes : channel;
}

static bool is_clean(const mmi_inverse *inverse, size_t begin, const unsigned char *samples, size_t count)
{
    const struct mmi__scan *scan = &inverse->scan;
    bool fine = true;
    assert(count <= scan->lanes);
    for (size_t k = 0; k < 1u + scan->is_double && fine; k++) {
        const struct mmi__lossy in = {scan->lossy[k].start + begin, scan->lossy[k].count + begin};
        fine = scan->clean(in, samples, count, 1) == 1;
    }
    return fine;
}

size_t mmi__scan_clean(const mmi_inverse *inverse, size_t channel, const unsigned char *samples, size_t count)
{
    const struct mmi__scan *scan = &inverse->scan;
    size_t begin = begin_of(inverse, channel), blocks = count / scan->lanes, clean = blocks;
    for (size_t k = 0; k < 1u + scan->is_double; k++) {
        const struct mmi__lossy in = {scan->lossy[k].start + begin, scan->lossy[k].count + begin};
        clean = scan->clean(in, samples, scan->lanes, clean);
    }
    size_t done = clean * scan->lanes;
    if (clean == blocks && done < count && is_clean(inverse, begin, samples + done * inverse->size, count - done))
        done = count;
    return done;
}

size_t mmi__scan_shift(const mmi_inverse *inverse, const struct mmi__strip_words *strip)
{
    const struct mmi__scan *scan = &inverse->scan;
    size_t begin = begin_of(inverse, strip->channel), blocks = strip->count / scan->lanes;
    struct mmi__shifts by = scan->shifts;
    for (size_t k = 0; k < 2; k++) {
        by.start[k] += begin;
        by.last[k] += begin;
        by.by[k] += begin;
    }
    size_t shifted = scan->shift(by, strip->source, strip->target, scan->lanes, blocks), done = shifted * scan->lanes;
    if (shifted < blocks || done == strip->count)
        return done;
    size_t at = done * inverse->size, rest = strip->count - done;
    return done + rest * scan->shift(by, strip->source + at, strip->target + at, rest, 1);
}
