/* SPDX-License-Identifier: MIT */
/*
 * inverse_map: the whole map of samples of 8 and 16 bits, there and back.
 *
 *     others   | those that become 0: word 0, 1, 2 | those that become 1 | - | those that become 3 | ...
 *     first      0                                   3                     4   4
 *
 * 1. Each sample stands in 'others' once, in the list of what it becomes, and its word is its place there:
 *    mmi__map_create() asserts that the lists are full.
 * 2. Word 0 is the sample that stays as it is, if one does: white stays white. So words are 0 for what was at an end
 *    before. The others follow in the order of their numbers. No assert: it is how they are numbered.
 */

#include "adjust/inverse.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static uint16_t load(const mmi_inverse *inverse, const unsigned char *sample)
{
    if (inverse->size == 1)
        return sample[0];
    uint16_t value;
    memcpy(&value, sample, sizeof value);
    return inverse->is_swapped ? (uint16_t)(value << 8 | value >> 8) : value;
}

static void store(const mmi_inverse *inverse, unsigned char *sample, uint16_t value)
{
    if (inverse->is_swapped)
        value = (uint16_t)(value << 8 | value >> 8);
    if (inverse->size == 1)
        sample[0] = (unsigned char)value;
    else
        memcpy(sample, &value, sizeof value);
}

static uint16_t load_word(const mmi_inverse *inverse, const unsigned char *word)
{
    uint16_t value;
    if (inverse->size == 1)
        return word[0];
    memcpy(&value, word, sizeof value);
    return value;
}

static void store_word(const mmi_inverse *inverse, unsigned char *word, uint16_t value)
{
    if (inverse->size == 1)
        word[0] = (unsigned char)value;
    else
        memcpy(word, &value, sizeof value);
}

static uint16_t become(const mmi_inverse *inverse, size_t channel, size_t value)
{
    unsigned char before[2], after[2];
    store(inverse, before, (uint16_t)value);
    mmi__inverse_apply(inverse->adjust, channel, before, after);
    return load(inverse, after);
}

/* What each becomes is in 'word' for now. first[y] is how many become y, shifted by one: then where their list begins.
 */
static void count_lists(const mmi_inverse *inverse, struct mmi__map *map)
{
    for (size_t x = 0; x < inverse->values; x++)
        map->first[map->word[x] + 1]++;
    for (size_t y = 0; y < inverse->values; y++)
        map->first[y + 1] += map->first[y];
}

/* 2. */
static void fill_lists(const mmi_inverse *inverse, struct mmi__map *map, uint16_t *filled)
{
    for (size_t x = 0; x < inverse->values; x++)
        if (map->word[x] == x)
            map->others[map->first[x] + filled[x]++] = (uint16_t)x;
    for (size_t x = 0; x < inverse->values; x++) {
        uint16_t y = map->word[x];
        if (y == x) {
            map->word[x] = 0;
            continue;
        }
        map->word[x] = filled[y];
        map->others[map->first[y] + filled[y]++] = (uint16_t)x;
    }
}

/* In front of the widest run of zeros between others, and behind it. An interval's count has no room for all values. */
static void find_lossy(const mmi_inverse *inverse, struct mmi__map *map)
{
    size_t first = 0, last = inverse->values, gap = 0, gap_end = 0, run = 0;
    while (first < inverse->values && map->word[first] == 0)
        first++;
    while (last > first && map->word[last - 1] == 0)
        last--;
    if (first == last)
        return;
    for (size_t x = first; x < last; x++) {
        run = map->word[x] == 0 ? run + 1 : 0;
        if (run > gap) {
            gap = run;
            gap_end = x + 1;
        }
    }
    if (gap == 0)
        gap_end = last - first > UINT16_MAX ? first + (last - first) / 2 : last;
    map->lossy[0] = (struct mmi__interval){(uint16_t)first, (uint16_t)(gap_end - gap - first)};
    map->lossy[1] = (struct mmi__interval){(uint16_t)gap_end, (uint16_t)(last - gap_end)};
}

bool mmi__map_create(const mmi_inverse *inverse, size_t channel, struct mmi__map *map_ret)
{
    size_t values = inverse->values;
    uint16_t *filled = calloc(values, sizeof *filled);
    struct mmi__map map = {.channel = channel,
                           .word = calloc(values, sizeof *map.word),
                           .first = calloc(values + 1, sizeof *map.first),
                           .others = calloc(values, sizeof *map.others)};
    bool fine = filled && map.word && map.first && map.others;
    for (size_t x = 0; fine && x < values; x++)
        map.word[x] = become(inverse, channel, x);
    if (fine) {
        count_lists(inverse, &map);
        fill_lists(inverse, &map, filled);
        find_lossy(inverse, &map);
        assert(map.first[values] == values); /* 1. */
        *map_ret = map;
    } else {
        mmi__map_drop(&map);
    }
    free(filled);
    return fine;
}

void mmi__map_drop(struct mmi__map *map)
{
    free(map->word);
    free(map->first);
    free(map->others);
    *map = (struct mmi__map){0};
}

static const struct mmi__map *map_at(const mmi_inverse *inverse, const struct mmi__strip_words *strip, size_t i)
{
    return &inverse->maps[inverse->map_of[mmi__inverse_channel(inverse, strip->channel, i)]];
}

size_t mmi__map_keep(const mmi_inverse *inverse, const struct mmi__strip_words *strip)
{
    size_t kept = 0, size = inverse->size;
    const struct mmi__map *map = map_at(inverse, strip, 0);
    for (size_t i = 0; i < strip->count; i++) {
        if (inverse->map_count > 1)
            map = map_at(inverse, strip, i);
        uint16_t word = map->word[load(inverse, strip->source + i * size)];
        store_word(inverse, strip->words + i * size, word);
        kept += word != 0;
    }
    return kept;
}

/* All words are 0, and all channels change alike: nearly every strip is so. */
static bool restore_alike(const mmi_inverse *inverse, const struct mmi__strip_words *strip)
{
    const struct mmi__map *map = map_at(inverse, strip, 0);
    size_t size = inverse->size;
    uint32_t missing = 0;
    for (size_t i = 0; i < strip->count; i++) {
        uint16_t y = load(inverse, strip->source + i * size);
        uint32_t at = map->first[y];
        missing |= at == map->first[y + 1];
        store(inverse, strip->target + i * size, map->others[at < inverse->values ? at : 0]);
    }
    return missing == 0;
}

bool mmi__map_restore(const mmi_inverse *inverse, const struct mmi__strip_words *strip)
{
    size_t size = inverse->size;
    const struct mmi__map *map = map_at(inverse, strip, 0);
    bool fine = true;
    if (!strip->words && inverse->map_count == 1)
        return restore_alike(inverse, strip);
    for (size_t i = 0; i < strip->count; i++) {
        if (inverse->map_count > 1)
            map = map_at(inverse, strip, i);
        uint16_t y = load(inverse, strip->source + i * size);
        uint32_t at = map->first[y] + (strip->words ? load_word(inverse, strip->words + i * size) : 0u);
        fine = fine && at < map->first[y + 1];
        store(inverse, strip->target + i * size, fine ? map->others[at] : y);
    }
    return fine;
}
