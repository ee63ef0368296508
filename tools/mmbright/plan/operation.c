/* SPDX-License-Identifier: MIT */
/* operation: see operation.h. What it says is compared, and stays as it is: journals and parts of older runs have it.
 */
#include "mmbright/plan/operation.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct text {
    char *bytes;
    size_t length, room;
    bool full;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *text, const char *format, ...)
{
    char piece[512];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(piece, sizeof piece, format, arguments);
    va_end(arguments);
    assert(length >= 0 && (size_t)length < sizeof piece);
    if (text->length + (size_t)length + 1 > text->room) {
        size_t room = 2 * (text->room + sizeof piece);
        char *bytes = realloc(text->bytes, room);
        text->full = text->full || bytes == NULL;
        if (bytes == NULL)
            return;
        text->bytes = bytes;
        text->room = room;
    }
    memcpy(text->bytes + text->length, piece, (size_t)length + 1);
    text->length += (size_t)length;
}

static void add_list(struct text *text, const char *name, const struct value_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        add(text, "%s%.17g", i ? "," : name, list->values[i]);
}

static void add_channels(struct text *text, const struct bright_plan *plan)
{
    const char *before = " channels=";
    for (uint32_t c = 0; c < plan->input.pixels.samples; c++) {
        if (!plan->meaning.channels[c])
            continue;
        add(text, "%s%u", before, c);
        before = ",";
    }
}

char *operation_text(const struct bright_plan *plan, bool with_shards)
{
    struct text text = {0};
    const struct change_settings *change = &plan->command->change;
    const struct where_settings *where = &plan->command->where;
    const struct pixel_settings *pixels = &plan->input.pixels;
    const mmi_region *region = &where->region;
    add(&text, "brighten");
    add_list(&text, " gain=", &change->gain);
    add_list(&text, " add=", &change->add);
    if (change->clamp)
        add(&text, " clamp=%.17g,%.17g", change->low, change->high);
    add_channels(&text, plan);
    for (size_t i = 0; i < plan->no_data.count; i++)
        add(&text, "%s%.17g", i ? "," : " nodata=", plan->no_data.values[i]);
    if (where->has_region)
        add(&text, " roi=%" PRIu64 ",%" PRIu64 ",%" PRIu64 "x%" PRIu64, region->x, region->y, region->width,
            region->height);
    add(&text, " type=%s samples=%u layout=%s", mmi_type_name(pixels->type), pixels->samples,
        mmi_layout_name(pixels->layout));
    add(&text, " width=%" PRIu64 " height=%" PRIu64 " offset=%" PRIu64 " length=%" PRIu64, pixels->width,
        pixels->height, plan->meaning.range.offset, plan->meaning.range.length);
    if (pixels->part)
        add(&text, " part=%s", pixels->part);
    if (pixels->row_bytes)
        add(&text, " row-bytes=%" PRIu64, pixels->row_bytes);
    /* The parts of a job are of one division. */
    if (with_shards && where->range.shard.count)
        add(&text, " parts=%" PRIu64, where->range.shard.count);
    if (text.full) {
        free(text.bytes);
        return NULL;
    }
    return text.bytes;
}
