/* SPDX-License-Identifier: MIT */
/*
 * inverse_map: the whole map of samples of 8 and 16 bits, there and back.
 *
 *     others   | those that become 0: word 0, 1, 2 | those that become 1 | - | those that become 3 | ...
 *     first      0                                   3                     4   4
 *     back       word 0 of each                                            nothing
 *
 * 1. Each sample stands in 'others' once, in the list of what it becomes, and its word is its place there:
 *    mmi__map_create() asserts that the lists are full.
 * 2. Word 0 is the sample that stays as it is, if one does: white stays white. So words are 0 for what was at an end
 *    before. The others follow in the order of their numbers. No assert: it is how they are numbered.
 * 3. Where 'back' is a subtraction all of 'shifts' is: longest_shift() asserts that its run lies in the values.
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

static void find_back(const mmi_inverse *inverse, struct mmi__map *map)
{
    for (size_t y = 0; y < inverse->values; y++)
        map->back[y] = map->first[y] < map->first[y + 1] ? map->others[map->first[y]] : MMI__NOTHING;
}

/* How far behind 'start' a value is, going around at the end of the type. */
static size_t behind(const mmi_inverse *inverse, size_t value, size_t start)
{
    return (value - start) & (inverse->values - 1);
}

/*
 * The longest run of values that lie one behind the other as what they were does. 'without' = outside of that one, or
 * that one again when nothing is.
 */
static struct mmi__shift longest_shift(const mmi_inverse *inverse, const struct mmi__map *map,
                                       const struct mmi__shift *without)
{
    size_t values = inverse->values, run = 0, longest = 0, by = 0;
    struct mmi__shift shift = without ? *without : (struct mmi__shift){0};
    for (size_t at = 0; at < 2 * values; at++) {
        size_t y = at % values, apart = behind(inverse, y, map->back[y]);
        bool is_none = map->back[y] == MMI__NOTHING || (without && behind(inverse, y, without->start) <= without->last);
        run = is_none ? 0 : run > 0 && apart == by ? run + 1 : 1;
        by = apart;
        if (run <= longest || run > values)
            continue;
        longest = run;
        assert(run <= at + 1 && run <= values); /* 3. */
        shift = (struct mmi__shift){(uint16_t)(at + 1 - run), (uint16_t)(run - 1), (uint16_t)by};
        shift.start = (uint16_t)(shift.start & (values - 1));
    }
    return shift;
}

static void find_shifts(const mmi_inverse *inverse, struct mmi__map *map)
{
    map->shifts[0] = longest_shift(inverse, map, NULL);
    map->shifts[1] = longest_shift(inverse, map, &map->shifts[0]);
}

bool mmi__map_create(const mmi_inverse *inverse, size_t channel, struct mmi__map *map_ret)
{
    size_t values = inverse->values;
    uint16_t *filled = calloc(values, sizeof *filled);
    struct mmi__map map = {.channel = channel,
                           .word = calloc(values, sizeof *map.word),
                           .first = calloc(values + 1, sizeof *map.first),
                           .others = calloc(values, sizeof *map.others),
                           .back = calloc(values, sizeof *map.back)};
    bool fine = filled && map.word && map.first && map.others && map.back;
    for (size_t x = 0; fine && x < values; x++)
        map.word[x] = become(inverse, channel, x);
    if (fine) {
        count_lists(inverse, &map);
        fill_lists(inverse, &map, filled);
        find_lossy(inverse, &map);
        find_back(inverse, &map);
        find_shifts(inverse, &map);
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
    free(map->back);
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

/* All words are 0. */
static bool restore_plain(const mmi_inverse *inverse, const struct mmi__strip_words *strip)
{
    const struct mmi__map *map = map_at(inverse, strip, 0);
    size_t size = inverse->size;
    uint32_t missing = 0;
    for (size_t i = 0; i < strip->count; i++) {
        if (inverse->map_count > 1)
            map = map_at(inverse, strip, i);
        uint32_t old = map->back[load(inverse, strip->source + i * size)];
        missing |= old;
        store(inverse, strip->target + i * size, (uint16_t)old);
    }
    return missing < inverse->values;
}

static bool restore_words(const mmi_inverse *inverse, const struct mmi__strip_words *strip)
{
    const struct mmi__map *map = map_at(inverse, strip, 0);
    size_t size = inverse->size;
    bool fine = true;
    for (size_t i = 0; i < strip->count; i++) {
        if (inverse->map_count > 1)
            map = map_at(inverse, strip, i);
        uint16_t y = load(inverse, strip->source + i * size);
        uint32_t at = map->first[y] + load_word(inverse, strip->words + i * size);
        fine = fine && at < map->first[y + 1];
        store(inverse, strip->target + i * size, fine ? map->others[at] : y);
    }
    return fine;
}

/* How many samples from 'done' on have the word 0, block by block. */
static size_t without_words(const mmi_inverse *inverse, const struct mmi__strip_words *strip, size_t done)
{
    size_t left = strip->count - done, lanes = inverse->scan.lanes, count = 0;
    if (!strip->words)
        return left;
    for (size_t some; count < left; count += some) {
        some = left - count < lanes ? left - count : lanes;
        if (!mmi__are_zero(strip->words + (done + count) * inverse->size, some * inverse->size))
            break;
    }
    return count;
}

/* What is no subtraction is looked up, a block at a time. */
bool mmi__map_restore(const mmi_inverse *inverse, const struct mmi__strip_words *strip)
{
    size_t size = inverse->size, lanes = inverse->scan.lanes;
    bool fine = true;
    for (size_t done = 0, some; done < strip->count && fine; done += some) {
        size_t plain = without_words(inverse, strip, done), at = done * size;
        struct mmi__strip_words part = {mmi__inverse_channel(inverse, strip->channel, done), plain, strip->source + at,
                                        strip->target + at, NULL};
        some = plain > 0 ? mmi__scan_shift(inverse, &part) : 0;
        if (some > 0)
            continue;
        size_t most = plain > 0 ? plain : strip->count - done;
        some = part.count = most < lanes ? most : lanes;
        part.words = plain > 0 ? NULL : strip->words + at;
        fine = part.words ? restore_words(inverse, &part) : restore_plain(inverse, &part);
    }
    return fine;
}
