/* SPDX-License-Identifier: MIT */
/*
 * inverse_scan: whether small samples have words other than 0, without looking each one up. Nearly always none has, and
 * then the loops of inverse_scan_loops.h are all that keeping costs. They vectorise: the intervals of the channels lie
 * side by side, again and again, so that lane i has those of sample i.
 */

#include "adjust/inverse.h"

#include <assert.h>
#include <stdlib.h>

/* So many samples at a time, or as many whole pixels. */
#define LANES 256

/* As in kernels/kernel.c: one feature set for each file, and nothing else of the processor is asked for. */
static const struct mmi__scan_loops *loops_here(void)
{
#if defined(MMV_CLONES_X86)
    if (__builtin_cpu_supports("avx2"))
        return &mmi__scan_loops_avx2;
#endif
    return &mmi__scan_loops_base;
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

bool mmi__scan_create(mmi_inverse *inverse)
{
    struct mmi__scan *scan = &inverse->scan;
    size_t channels = columns_of(inverse), samples = inverse->adjust->image.samples;
    scan->lanes = (LANES + channels - 1) / channels * channels;
    scan->loops = loops_here();
    size_t entries = channels == 1 ? samples * scan->lanes : scan->lanes + channels;
    for (size_t k = 0; k < 2; k++) {
        scan->start[k] = calloc(entries, sizeof *scan->start[k]);
        scan->count[k] = calloc(entries, sizeof *scan->count[k]);
        if (!scan->start[k] || !scan->count[k])
            return false;
        for (size_t i = 0; i < entries; i++) {
            const struct mmi__map *map = map_of(inverse, channels == 1 ? i / scan->lanes : i % channels);
            scan->start[k][i] = map->lossy[k].start;
            scan->count[k][i] = map->lossy[k].count;
            scan->is_double = scan->is_double || (k == 1 && map->lossy[k].count > 0);
        }
    }
    return true;
}

void mmi__scan_drop(struct mmi__scan *scan)
{
    for (size_t k = 0; k < 2; k++) {
        free(scan->start[k]);
        free(scan->count[k]);
    }
    *scan = (struct mmi__scan){0};
}

bool mmi__scan_any(const mmi_inverse *inverse, size_t channel, const unsigned char *samples, size_t count)
{
    const struct mmi__scan *scan = &inverse->scan;
    size_t from = columns_of(inverse) == 1 ? channel * scan->lanes : channel;
    bool any = false;
    assert(count <= scan->lanes);
    for (size_t k = 0; k < 1u + scan->is_double && !any; k++) {
        const struct mmi__columns in = {scan->start[k] + from, scan->count[k] + from};
        if (inverse->size == 1)
            any = scan->loops->bytes(in, samples, count);
        else
            any =
                inverse->is_swapped ? scan->loops->swapped(in, samples, count) : scan->loops->plain(in, samples, count);
    }
    return any;
}
