/* SPDX-License-Identifier: MIT */
/*
 * compare: see compare.h.
 *
 *     block       some 65,536 pixels, of all channels or of one
 *     portion     a page of it: equal bytes end here                    take_portion()
 *     run         samples of one column of a portion                    take_run()
 *     strip       so many of them as values, side by side               take_strip()
 */
#include "mmdiff/compare.h"

#include <stdlib.h>
#include <string.h>

#include <mmview/range.h>

#define PORTION ((size_t)4096) /* bytes: what memcmp() is good at, and little enough to look at again */
#define STRIP ((size_t)512)    /* values */

struct comparer_strip {
    uint64_t a[STRIP], b[STRIP];
};

/* A block of both files. */
struct both {
    const block_place *place;
    const unsigned char *a, *b;
    size_t a_stride, b_stride; /* bytes from one pixel or record to the next */
    bool same_form;            /* equal bytes are equal samples */
};

/* Samples of one column: of records one behind the other, or elements of one record. */
struct run {
    uint32_t column;
    bool of_elements;
    uint64_t record; /* of the block: the first one */
    uint32_t element;
    size_t count;
    struct gap_samples a, b;
};

bool comparer_make(struct comparer *comparer, const struct comparison *of, size_t places, const mmi_region *region)
{
    *comparer = (struct comparer){.of = of};
    comparer->tallies = calloc(of->columns->count, sizeof *comparer->tallies);
    comparer->strip = malloc(sizeof *comparer->strip);
    return comparer->tallies && comparer->strip && places_make(&comparer->places, places) &&
           (!region || picture_make(&comparer->picture, region));
}

void comparer_drop(struct comparer *comparer)
{
    free(comparer->tallies);
    free(comparer->strip);
    places_drop(&comparer->places);
    picture_drop(&comparer->picture);
    *comparer = (struct comparer){0};
}

/* ---- what differs ------------------------------------------------------------------------------------------------ */

/* The number of a pixel of the block, from the first that is compared on: as if the image began there. */
static uint64_t pixel_of(const struct comparison *of, const block_place *place, uint64_t record)
{
    const mmi_region *rows = &place->rows;
    uint64_t at = place->from + record;
    if (of->width == 0)
        return at;
    return (rows->y + at / rows->width) * of->width + rows->x + at % rows->width;
}

/* Without its samples. */
static struct place place_of(const struct comparer *comparer, const struct both *both, const struct run *run,
                             size_t index)
{
    const struct comparison *of = comparer->of;
    uint64_t pixel = pixel_of(of, both->place, run->record + (run->of_elements ? 0 : index));
    return (struct place){.pixel = of->skipped + pixel,
                          .column = run->column,
                          .element = run->element + (run->of_elements ? (uint32_t)index : 0)};
}

static void keep_place(struct comparer *comparer, const struct both *both, const struct run *run, size_t index)
{
    const struct comparison *of = comparer->of;
    const struct column *column = &of->columns->list[run->column];
    struct place place = place_of(comparer, both, run, index);
    comparer->found = true;
    if (comparer->picture.counts)
        picture_mark(&comparer->picture, place.pixel % of->width, place.pixel / of->width);
    if (!places_want(&comparer->places, &place))
        return;
    column_text(column, COLUMN_A, run->a.data + index * run->a.stride, place.a);
    column_text(column, COLUMN_B, run->b.data + index * run->b.stride, place.b);
    places_add(&comparer->places, &place);
}

/* A sample of both files that stands for nothing in one of them: *gap_ret is the difference, if it counts at all. */
static bool is_no_data(struct comparer *comparer, const struct run *run, size_t index, struct gap *gap_ret)
{
    const struct comparison *of = comparer->of;
    if (!of->a_no_data)
        return false;
    bool a = mmi_no_data_at(of->a_no_data, run->a.data + index * run->a.stride);
    bool b = mmi_no_data_at(of->b_no_data, run->b.data + index * run->b.stride);
    if (a && b) {
        comparer->tallies[run->column].no_data++;
        comparer->tallies[run->column].compared--;
    }
    *gap_ret = (struct gap){.kind = a == b ? GAP_NONE : GAP_UNKNOWN};
    return a || b;
}

/* ---- runs -------------------------------------------------------------------------------------------------------- */

/* Samples that may stand for nothing are looked at one by one. */
static void take_with_no_data(struct comparer *comparer, const struct both *both, const struct run *run)
{
    const struct comparison *of = comparer->of;
    const struct gap_rule *rule = &of->columns->list[run->column].rule;
    for (size_t i = 0; i < run->count; i++) {
        struct gap gap;
        if (!is_no_data(comparer, run, i, &gap))
            gap = gap_of(rule, comparer->strip->a[i], comparer->strip->b[i]);
        if (tally_add(&comparer->tallies[run->column], &gap, &of->tolerance))
            keep_place(comparer, both, run, i);
    }
}

/* Whether anybody wants to know where in the run they are: its places come one behind the other. */
static bool wants_places(const struct comparer *comparer, const struct both *both, const struct run *run)
{
    const struct place first = place_of(comparer, both, run, 0);
    return comparer->picture.counts || places_want(&comparer->places, &first);
}

static void keep_places(struct comparer *comparer, const struct both *both, const struct run *run)
{
    const struct comparison *of = comparer->of;
    const struct gap_rule *rule = &of->columns->list[run->column].rule;
    for (size_t i = 0; i < run->count; i++) {
        const struct gap gap = gap_of(rule, comparer->strip->a[i], comparer->strip->b[i]);
        if (!gap_is_within(&gap, &of->tolerance))
            keep_place(comparer, both, run, i);
    }
}

static void take_strip(struct comparer *comparer, const struct both *both, const struct run *run)
{
    const struct comparison *of = comparer->of;
    const struct column *column = &of->columns->list[run->column];
    struct comparer_strip *strip = comparer->strip;
    column_load(column, COLUMN_A, run->a, strip->a, run->count);
    column_load(column, COLUMN_B, run->b, strip->b, run->count);
    if (of->a_no_data) {
        take_with_no_data(comparer, both, run);
        return;
    }
    const struct tally_strip values = {strip->a, strip->b, run->count};
    if (tally_add_strip(&comparer->tallies[run->column], &column->rule, &values, &of->tolerance) == 0)
        return;
    comparer->found = true;
    if (wants_places(comparer, both, run))
        keep_places(comparer, both, run);
}

static void take_text(struct comparer *comparer, const struct both *both, const struct run *run)
{
    const struct column *column = &comparer->of->columns->list[run->column];
    for (size_t i = 0; i < run->count; i++) {
        const struct gap gap =
            column_text_gap(column, run->a.data + i * run->a.stride, run->b.data + i * run->b.stride);
        if (tally_add(&comparer->tallies[run->column], &gap, &comparer->of->tolerance))
            keep_place(comparer, both, run, i);
    }
}

static void take_run(struct comparer *comparer, const struct both *both, struct run run)
{
    size_t left = run.count;
    bool is_text = comparer->of->columns->list[run.column].kind == FIELD_TEXT;
    while (left > 0) {
        run.count = left < STRIP ? left : STRIP;
        if (is_text)
            take_text(comparer, both, &run);
        else
            take_strip(comparer, both, &run);
        left -= run.count;
        run.a.data += run.count * run.a.stride;
        run.b.data += run.count * run.b.stride;
        run.record += run.of_elements ? 0 : run.count;
        run.element += run.of_elements ? (uint32_t)run.count : 0;
    }
}

/* Records [first, first + count) of the block. 'is_alone': they are samples of this column alone. */
static void take_column(struct comparer *comparer, const struct both *both, uint32_t number, bool is_alone,
                        mmv_range records)
{
    const struct column *column = &comparer->of->columns->list[number];
    size_t first = (size_t)records.offset, count = (size_t)records.length;
    struct run run = {.column = number,
                      .record = first,
                      .count = count,
                      .a = {both->a + first * both->a_stride + (is_alone ? 0 : column->a_offset), both->a_stride},
                      .b = {both->b + first * both->b_stride + (is_alone ? 0 : column->b_offset), both->b_stride}};
    if (column->elements == 1) {
        take_run(comparer, both, run);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct run elements = {number, true, first + i, 0, column->elements, run.a, run.b};
        elements.a.data += i * both->a_stride;
        elements.b.data += i * both->b_stride;
        elements.a.stride = column->a_element;
        elements.b.stride = column->b_element;
        take_run(comparer, both, elements);
    }
}

/* ---- blocks ------------------------------------------------------------------------------------------------------ */

static bool has_same_form(const struct comparison *of, uint32_t first, uint32_t end)
{
    bool same = of->a_record == of->b_record && !of->a_no_data;
    for (uint32_t i = first; i < end && same; i++) {
        const struct column *column = &of->columns->list[i];
        same = column->a_offset == column->b_offset && column->rule.a.kind == column->rule.b.kind &&
               (column->a_element == 1 || column->rule.a.big_endian == column->rule.b.big_endian);
    }
    return same;
}

static void take_portion(struct comparer *comparer, const struct both *both, const mmi_block *block, mmv_range records)
{
    const struct comparison *of = comparer->of;
    bool is_alone = block->channel != MMI_ALL_CHANNELS;
    size_t first = (size_t)records.offset, bytes = (size_t)records.length * both->a_stride;
    if (both->same_form && memcmp(both->a + first * both->a_stride, both->b + first * both->b_stride, bytes) == 0)
        return;
    if (is_alone) {
        take_column(comparer, both, block->channel, true, records);
        return;
    }
    for (uint32_t i = 0; i < of->columns->count; i++)
        if (of->shown[i])
            take_column(comparer, both, i, false, records);
}

void comparer_take(struct comparer *comparer, const mmi_block *block, const block_place *place,
                   const unsigned char *b_data)
{
    const struct comparison *of = comparer->of;
    bool is_alone = block->channel != MMI_ALL_CHANNELS;
    uint32_t from = is_alone ? block->channel : 0, end = is_alone ? from + 1 : (uint32_t)of->columns->count;
    if (is_alone && !of->shown[from])
        return;
    const struct both both = {.place = place,
                              .a = block->data,
                              .b = b_data,
                              .a_stride = is_alone ? of->columns->list[from].a_element : of->a_record,
                              .b_stride = is_alone ? of->columns->list[from].b_element : of->b_record,
                              .same_form = has_same_form(of, from, end)};
    for (uint32_t i = from; i < end; i++)
        comparer->tallies[i].compared += of->shown[i] ? block->count * of->columns->list[i].elements : 0;
    size_t each = mmv_max(1, PORTION / both.a_stride);
    for (size_t first = 0; first < block->count && !(of->first_only && comparer->found); first += each)
        take_portion(comparer, &both, block, (mmv_range){first, mmv_min(each, block->count - first)});
}

void comparer_merge(struct comparer *comparer, struct comparer *more)
{
    for (size_t i = 0; i < comparer->of->columns->count; i++)
        tally_merge(&comparer->tallies[i], &more->tallies[i]);
    for (size_t i = 0; i < more->places.count; i++)
        places_add(&comparer->places, &more->places.list[i]);
    /* Without memory for it the other has none. */
    if (comparer->picture.counts && more->picture.counts)
        picture_merge(&comparer->picture, &more->picture);
    comparer->found = comparer->found || more->found;
}
