/* SPDX-License-Identifier: MIT */
/*
 * tiff_directory: see tiff_directory.h.
 *
 * Source: TIFF 6.0, section 2; BigTIFF, https://www.awaresystems.be/imaging/tiff/bigtiff.html
 *
 * 1. An entry of which the type is not known, or not all values lie in the file, has type 0: it is there, but nobody
 *    reads its values. So the bytes that values take are those of the file. That is kept against strangers' bytes, by
 *    checks and not by asserts.
 * 2. Of entries with one tag the first counts, as for libtiff. No assert: it is the order of one loop.
 */

#include "formats/tiff_directory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define OPERATION "read header"

/* As many as a directory can have. */
#define ENTRIES_MAX 65535

/* Of all directories together: those of 65536 pages, and a bound for lists that lead in and out of each other. */
#define ENTRIES_OF_ALL (UINT64_C(1) << 22)

/* ---- what is taken ----------------------------------------------------------------------------------------------- */

static int by_offset(const void *a, const void *b)
{
    uint64_t left = ((const struct mmi__taken_bytes *)a)->range.offset,
             right = ((const struct mmi__taken_bytes *)b)->range.offset;
    return left < right ? -1 : left > right;
}

static void settle(struct mmi__taken *taken)
{
    size_t kept = 0;
    if (taken->count > 1)
        qsort(taken->list, taken->count, sizeof *taken->list, by_offset);
    for (size_t i = 0; i < taken->count; i++) {
        struct mmi__taken_bytes *last = kept ? &taken->list[kept - 1] : NULL, *next = &taken->list[i];
        if (last && next->range.offset < mmv_range_end(last->range))
            last->range.length = mmv_max(mmv_range_end(last->range), mmv_range_end(next->range)) - last->range.offset;
        else
            taken->list[kept++] = *next;
    }
    taken->count = kept;
}

/* Directories may share what they lead to, so their number says nothing of how much that is. */
static bool make_room(struct mmi__taken *taken)
{
    settle(taken);
    if (taken->count < taken->room / 2)
        return true;
    size_t room = taken->room ? 2 * taken->room : 64;
    struct mmi__taken_bytes *list = realloc(taken->list, room * sizeof *list);
    if (!list)
        return false;
    taken->list = list;
    taken->room = room;
    return true;
}

static mmv_status add_taken(struct mmi__taken *taken, mmv_range range, const char *what)
{
    struct mmi__taken_bytes *last = taken->count ? &taken->list[taken->count - 1] : NULL;
    /* Strips one behind the other are one range. */
    if (last && last->what == what && mmv_range_end(last->range) == range.offset) {
        last->range.length += range.length;
        return MMV_OK;
    }
    if (taken->count == taken->room && !make_room(taken))
        return mmv_error_set(MMV_ENOMEM, 0, OPERATION);
    taken->list[taken->count++] = (struct mmi__taken_bytes){range, what};
    return MMV_OK;
}

static mmv_status take(mmi__tiff *tiff, mmv_range range, const char *what)
{
    /* Directories that are read once more have been taken already. */
    return range.length == 0 || tiff->is_settled ? MMV_OK : add_taken(&tiff->taken, range, what);
}

mmv_status mmi__tiff_take(mmi__tiff *tiff, mmv_range range, const char *what)
{
    assert(tiff->is_settled);
    return range.length == 0 ? MMV_OK : add_taken(&tiff->others, range, what);
}

void mmi__tiff_settle(mmi__tiff *tiff)
{
    settle(&tiff->taken);
    settle(&tiff->others);
    tiff->is_settled = true;
}

static const char *find_taken(const struct mmi__taken *taken, mmv_range range)
{
    size_t low = 0, high = taken->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (mmv_range_end(taken->list[middle].range) > range.offset)
            high = middle;
        else
            low = middle + 1;
    }
    return low < taken->count && taken->list[low].range.offset < mmv_range_end(range) ? taken->list[low].what : NULL;
}

const char *mmi__tiff_taken(const mmi__tiff *tiff, mmv_range range)
{
    const char *what = find_taken(&tiff->taken, range);
    return what ? what : find_taken(&tiff->others, range);
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

mmv_status mmi__tiff_begin(mmi__tiff *tiff, mmi__header *header)
{
    unsigned char start[16];
    *tiff = (mmi__tiff){.header = header};
    mmv_status status = mmi__fetch(header, 0, start, 8);
    if (status)
        return status;
    tiff->big_endian = start[0] == 'M';
    tiff->is_big = mmi__bits(start + 2, 2, tiff->big_endian) == 43;
    if (tiff->is_big)
        status = mmi__fetch(header, 8, start + 8, 8);
    if (status)
        return status;
    if (tiff->is_big && (mmi__bits(start + 4, 2, tiff->big_endian) != 8 || start[6] || start[7]))
        return mmi__refuse(header->container, MMV_EINVAL, "header", "its offsets do not have 8 bytes");
    tiff->first = tiff->is_big ? mmi__bits(start + 8, 8, tiff->big_endian) : mmi__bits(start + 4, 4, tiff->big_endian);
    return take(tiff, (mmv_range){0, tiff->is_big ? 16 : 8}, "the file's header");
}

void mmi__tiff_end(mmi__tiff *tiff)
{
    free(tiff->taken.list);
    free(tiff->others.list);
    tiff->taken = tiff->others = (struct mmi__taken){NULL, 0, 0};
}

/* ---- directories ------------------------------------------------------------------------------------------------- */

/* Bytes of a value by its type; 0 = not known. */
static unsigned size_of(uint16_t type)
{
    static const unsigned char sizes[] = {
        [1] = 1, [2] = 1,  [3] = 2,  [4] = 4,  [5] = 8,  [6] = 1,  [7] = 1,  [8] = 2,
        [9] = 4, [10] = 8, [11] = 4, [12] = 8, [13] = 4, [16] = 8, [17] = 8, [18] = 8};
    return type < sizeof sizes ? sizes[type] : 0;
}

static bool is_whole(uint16_t type)
{
    return type == 1 || type == 3 || type == 4 || type == 13 || type == 16 || type == 18;
}

mmi_kind mmi__tiff_kind(const mmi__tiff_entry *entry)
{
    static const mmi_kind kinds[] = {[1] = MMI_U8,  [3] = MMI_U16,  [4] = MMI_U32,  [6] = MMI_I8,   [8] = MMI_I16,
                                     [9] = MMI_I32, [11] = MMI_F32, [12] = MMI_F64, [16] = MMI_U64, [17] = MMI_I64};
    static const bool known[] = {[1] = true, [3] = true,  [4] = true,  [6] = true,  [8] = true,
                                 [9] = true, [11] = true, [12] = true, [16] = true, [17] = true};
    return entry->type < sizeof known / sizeof *known && known[entry->type] ? kinds[entry->type] : MMI_KINDS;
}

/* 1. */
static void parse_entry(const mmi__tiff *tiff, const unsigned char *bytes, uint64_t at, mmi__tiff_entry *entry)
{
    unsigned word = tiff->is_big ? 8 : 4;
    entry->tag = (uint16_t)mmi__bits(bytes, 2, tiff->big_endian);
    entry->type = (uint16_t)mmi__bits(bytes + 2, 2, tiff->big_endian);
    entry->count = mmi__bits(bytes + 4, word, tiff->big_endian);
    unsigned size = size_of(entry->type);
    bool fine = size > 0 && entry->count > 0 && mmv_product(entry->count, size, &entry->bytes);
    if (fine)
        entry->place = entry->bytes <= word ? at + 4 + word : mmi__bits(bytes + 4 + word, word, tiff->big_endian);
    if (!fine || !mmv_range_fits(entry->place, entry->bytes, tiff->header->source->size))
        *entry = (mmi__tiff_entry){.tag = entry->tag};
}

static mmv_status parse_all(mmi__tiff *tiff, const unsigned char *bytes, size_t count, mmi__tiff_directory *directory)
{
    unsigned head = tiff->is_big ? 8 : 2, size = tiff->is_big ? 20 : 12;
    mmv_status status = MMV_OK;
    for (size_t i = 0; i < count && status == MMV_OK; i++) {
        uint64_t at = directory->offset + head + i * size;
        mmi__tiff_entry *entry = &directory->entries[directory->count++];
        parse_entry(tiff, bytes + i * size, at, entry);
        if (entry->bytes > (tiff->is_big ? 8 : 4))
            status = take(tiff, (mmv_range){entry->place, entry->bytes}, "values of a directory's entry");
    }
    directory->next = mmi__bits(bytes + count * size, tiff->is_big ? 8 : 4, tiff->big_endian);
    return status;
}

mmv_status mmi__tiff_load(mmi__tiff *tiff, uint64_t offset, mmi__tiff_directory *directory)
{
    unsigned head = tiff->is_big ? 8 : 2, size = tiff->is_big ? 20 : 12, word = tiff->is_big ? 8 : 4;
    unsigned char start[8];
    mmi__tiff_drop(directory);
    directory->offset = offset;
    if (!mmv_range_fits(offset, head, tiff->header->source->size))
        return mmi__refuse(tiff->header->container, MMV_ETRUNC, "directory",
                           "it lies at byte %llu, the file has %llu bytes", (unsigned long long)offset,
                           (unsigned long long)tiff->header->source->size);
    mmv_status status = mmi__fetch(tiff->header, offset, start, head);
    if (status)
        return status;
    uint64_t count = mmi__bits(start, head, tiff->big_endian);
    if (count == 0 || count > ENTRIES_MAX)
        return mmi__refuse(tiff->header->container, MMV_EINVAL, "directory", "the one at byte %llu has %llu entries",
                           (unsigned long long)offset, (unsigned long long)count);
    tiff->entries += count;
    if (!tiff->is_settled && tiff->entries > ENTRIES_OF_ALL)
        return mmi__refuse(tiff->header->container, MMV_ENOTSUP, "directory",
                           "all directories together have more than %llu entries", (unsigned long long)ENTRIES_OF_ALL);
    size_t length = (size_t)count * size + word;
    if (!mmv_range_fits(offset + head, length, tiff->header->source->size))
        return mmi__refuse(tiff->header->container, MMV_ETRUNC, "directory",
                           "the one at byte %llu ends behind the file", (unsigned long long)offset);
    unsigned char *bytes = malloc(length);
    directory->entries = calloc((size_t)count, sizeof *directory->entries);
    if (!bytes || !directory->entries)
        status = mmv_error_set(MMV_ENOMEM, 0, OPERATION);
    if (status == MMV_OK)
        status = mmi__fetch(tiff->header, offset + head, bytes, length);
    if (status == MMV_OK)
        status = take(tiff, (mmv_range){offset, head + length}, "a directory");
    if (status == MMV_OK)
        status = parse_all(tiff, bytes, (size_t)count, directory);
    free(bytes);
    return status;
}

void mmi__tiff_drop(mmi__tiff_directory *directory)
{
    free(directory->entries);
    *directory = MMI__TIFF_NONE;
}

const mmi__tiff_entry *mmi__tiff_find(const mmi__tiff_directory *directory, uint16_t tag)
{
    for (size_t i = 0; i < directory->count; i++)
        if (directory->entries[i].tag == tag)
            return &directory->entries[i];
    return NULL;
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

bool mmi__tiff_numbers_begin(mmi__tiff *tiff, const mmi__tiff_entry *entry, mmi__tiff_numbers *numbers_ret)
{
    numbers_ret->tiff = tiff;
    numbers_ret->entry = entry;
    numbers_ret->next = numbers_ret->loaded = 0;
    return is_whole(entry->type);
}

mmv_status mmi__tiff_next(mmi__tiff_numbers *numbers, uint64_t *number_ret)
{
    const mmi__tiff_entry *entry = numbers->entry;
    unsigned size = size_of(entry->type);
    uint64_t room = sizeof numbers->bytes / size;
    assert(numbers->next < entry->count);
    if (numbers->next == numbers->loaded) {
        size_t part = (size_t)mmv_min(room, entry->count - numbers->next);
        mmv_status status =
            mmi__fetch(numbers->tiff->header, entry->place + numbers->next * size, numbers->bytes, part * size);
        if (status)
            return status;
        numbers->loaded += part;
    }
    /* Each load begins at a multiple of the room. */
    *number_ret = mmi__bits(numbers->bytes + numbers->next % room * size, size, numbers->tiff->big_endian);
    numbers->next++;
    return MMV_OK;
}

mmv_status mmi__tiff_number(mmi__tiff *tiff, const mmi__tiff_directory *directory, mmi__tiff_tag tag,
                            uint64_t otherwise, uint64_t *number_ret)
{
    const mmi__tiff_entry *entry = mmi__tiff_find(directory, tag.number);
    mmi__tiff_numbers numbers;
    *number_ret = otherwise;
    if (!entry)
        return MMV_OK;
    if (entry->count != 1 || !mmi__tiff_numbers_begin(tiff, entry, &numbers))
        return mmi__refuse(tiff->header->container, MMV_EINVAL, tag.name, "is not one whole number");
    return mmi__tiff_next(&numbers, number_ret);
}

mmv_status mmi__tiff_per_sample(mmi__tiff *tiff, const mmi__tiff_directory *directory, mmi__tiff_tag tag,
                                uint64_t samples, uint64_t *number_ret)
{
    const mmi__tiff_entry *entry = mmi__tiff_find(directory, tag.number);
    mmi__tiff_numbers numbers;
    uint64_t number = 0;
    *number_ret = 1;
    if (!entry)
        return MMV_OK;
    if (entry->count > UINT16_MAX || (entry->count > 1 && entry->count < samples) ||
        !mmi__tiff_numbers_begin(tiff, entry, &numbers))
        return mmi__refuse(tiff->header->container, MMV_EINVAL, tag.name, "is not a whole number for each sample");
    mmv_status status = mmi__tiff_next(&numbers, number_ret);
    for (uint64_t i = 1; i < entry->count && status == MMV_OK; i++) {
        status = mmi__tiff_next(&numbers, &number);
        if (status == MMV_OK && number != *number_ret)
            return mmi__refuse(tiff->header->container, MMV_ENOTSUP, tag.name,
                               "is not the same for all samples: %llu and %llu", (unsigned long long)*number_ret,
                               (unsigned long long)number);
    }
    return status;
}

mmv_status mmi__tiff_text(mmi__tiff *tiff, const mmi__tiff_directory *directory, uint16_t tag, char *text, size_t size)
{
    const mmi__tiff_entry *entry = mmi__tiff_find(directory, tag);
    text[0] = '\0';
    if (!entry || entry->type != 2)
        return MMV_OK;
    size_t length = (size_t)mmv_min(entry->bytes, size - 1);
    mmv_status status = mmi__fetch(tiff->header, entry->place, text, length);
    text[status ? 0 : length] = '\0';
    return status;
}
