/* SPDX-License-Identifier: MIT */
/*
 * units: see units.h.
 *
 * 1. Each unit is records of a span, and its words fit WORDS_MAX: see_words() looks before it adds one. No assert: the
 *    bytes are anybody's.
 * 2. Words of records may be there twice, after a kill. Those of samples are the same. Those of other records may
 *    differ, as another compiler may have made the code since: those that were written later count, however records
 *    are cut into frames. No assert: take_later() is all there is.
 */
#include "kit/undo/units.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/range.h>

#include "kit/undo/room.h"
#include "kit/undo/squeeze.h"

static int add(struct units *units, const struct unit *unit)
{
    if (units->count == units->room) {
        size_t room = units->room ? 2 * units->room : 256;
        struct unit *list = realloc(units->list, room * sizeof *list);
        if (!list)
            return ENOMEM;
        units->list = list;
        units->room = room;
    }
    units->list[units->count++] = *unit;
    return 0;
}

/* 1. */
static int see_words(struct units *units, const struct store_frame *frame, uint64_t offset)
{
    uint64_t bytes;
    if (frame->span >= units->recipe->span_count || frame->count == 0)
        return EILSEQ;
    const mmi_span *span = &units->recipe->spans[frame->span];
    if (!mmv_range_fits(frame->first, frame->count, span->count) || !mmv_product(frame->count, span->record, &bytes) ||
        bytes > WORDS_MAX)
        return EILSEQ;
    if ((frame->form & WORDS_SQUEEZED) && !squeeze_can())
        return ENOTSUP;
    return add(units, &(struct unit){frame->first, frame->count, 0, offset, (uint32_t)frame->span});
}

static int see(const struct store_frame *frame, uint64_t offset, const unsigned char *bytes, void *user)
{
    struct units *units = user;
    if (frame->kind == STORE_WORDS)
        return see_words(units, frame, offset);
    if (frame->kind == STORE_SUMS)
        return sums_take(&units->sums, units->recipe, frame, bytes) ? 0 : EILSEQ;
    return frame->kind == STORE_END || frame->kind == STORE_TAKEN_BACK ? 0 : EILSEQ;
}

static int by_place(const void *a, const void *b)
{
    const struct unit *left = a, *right = b;
    if (left->span != right->span)
        return left->span < right->span ? -1 : 1;
    if (left->first != right->first)
        return left->first < right->first ? -1 : 1;
    return left->offset < right->offset ? -1 : left->offset > right->offset;
}

int units_load(struct units *units, const struct store *store, const struct recipe *recipe)
{
    *units = (struct units){.store = store, .recipe = recipe};
    int error = store_each(store, see, units);
    if (error || units->count == 0)
        return error;
    qsort(units->list, units->count, sizeof *units->list, by_place);
    uint64_t end = 0;
    for (size_t i = 0; i < units->count; i++) {
        struct unit *unit = &units->list[i];
        bool is_next = i > 0 && units->list[i - 1].span == unit->span;
        units->overlap = units->overlap || (is_next && unit->first < end);
        end = mmv_max(is_next ? end : 0, unit->first + unit->count);
        unit->end = end;
    }
    return 0;
}

void units_drop(struct units *units)
{
    free(units->list);
    free(units->sums.list);
    units->list = NULL;
    units->sums = (struct sum_list){0};
}

/* The first unit that may have records from 'first' on: those before it end in front of them. */
static size_t find(const struct units *units, uint32_t span, uint64_t first)
{
    size_t low = 0, high = units->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct unit *unit = &units->list[middle];
        if (unit->span < span || (unit->span == span && unit->end <= first))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* What is asked for. */
struct taking {
    uint64_t first, end; /* records */
    unsigned char *words;
    size_t record;
};

static int read_unit(const struct units *units, struct unit_reader *reader, const struct unit *unit)
{
    size_t size = recipe_word(units->recipe, &units->recipe->spans[unit->span]);
    size_t bytes = (size_t)(unit->count * units->recipe->spans[unit->span].record);
    struct store_frame frame;
    unsigned char *packed;
    if (reader->unit == unit)
        return 0;
    reader->unit = NULL;
    if (!room_take(&reader->words.bytes, &reader->room, bytes))
        return ENOMEM;
    reader->words.count = bytes / size;
    reader->words.size = size;
    int error = store_read(units->store, unit->offset, &frame, &packed);
    if (error)
        return error;
    const struct words_packed from = {frame.form, packed, (size_t)frame.length, (size_t)frame.plain};
    bool fine = frame.first == unit->first && frame.count == unit->count && words_unpack(&from, &reader->words);
    free(packed);
    reader->unit = fine ? unit : NULL;
    return fine ? 0 : EILSEQ;
}

/* 2. Records [from, to) of a unit that was read, where those that are there were written before. */
static void take_later(const struct unit_reader *reader, const struct taking *taking, uint64_t from, uint64_t to)
{
    const struct unit *unit = reader->unit;
    for (uint64_t i = from; i < to; i++) {
        uint64_t *writer = &reader->writers[(size_t)(i - taking->first)];
        if (*writer > unit->offset)
            continue;
        *writer = unit->offset;
        memcpy(taking->words + (size_t)(i - taking->first) * taking->record,
               reader->words.bytes + (size_t)(i - unit->first) * taking->record, taking->record);
    }
}

static int begin_taking(const struct units *units, struct unit_reader *reader, const struct taking *taking,
                        size_t count)
{
    memset(taking->words, 0, count * taking->record);
    if (!units->overlap)
        return 0;
    if (reader->writer_room < count) {
        free(reader->writers);
        reader->writers = malloc(count * sizeof *reader->writers);
        reader->writer_room = reader->writers ? count : 0;
    }
    if (!reader->writers)
        return ENOMEM;
    memset(reader->writers, 0, count * sizeof *reader->writers);
    return 0;
}

static int take_unit(const struct units *units, struct unit_reader *reader, const struct unit *unit,
                     const struct taking *taking)
{
    uint64_t from = mmv_max(taking->first, unit->first), to = mmv_min(taking->end, unit->first + unit->count);
    int error = read_unit(units, reader, unit);
    if (error)
        return error;
    if (units->overlap)
        take_later(reader, taking, from, to);
    else
        memcpy(taking->words + (size_t)(from - taking->first) * taking->record,
               reader->words.bytes + (size_t)(from - unit->first) * taking->record,
               (size_t)(to - from) * taking->record);
    return 0;
}

int units_words(const struct units *units, struct unit_reader *reader, const struct unit_records *records,
                unsigned char *words, bool *any_ret)
{
    const struct taking taking = {records->first, records->first + records->count, words,
                                  (size_t)units->recipe->spans[records->span].record};
    int error = 0;
    *any_ret = false;
    for (size_t i = find(units, records->span, taking.first); i < units->count && error == 0; i++) {
        const struct unit *unit = &units->list[i];
        if (unit->span != records->span || unit->first >= taking.end)
            break;
        if (unit->first + unit->count <= taking.first)
            continue;
        if (!*any_ret)
            error = begin_taking(units, reader, &taking, (size_t)records->count);
        *any_ret = true;
        if (error == 0)
            error = take_unit(units, reader, unit, &taking);
    }
    return error;
}

void unit_reader_drop(struct unit_reader *reader)
{
    free(reader->words.bytes);
    free(reader->writers);
    *reader = (struct unit_reader){.room = 0};
}
