/* SPDX-License-Identifier: MIT */
#include "mmbright/command/operation.h"

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

static void add_channels(struct text *text, const struct bright_settings *settings)
{
    const char *before = " channels=";
    for (uint32_t c = 0; c < settings->pixels.samples; c++) {
        if (!settings->channels[c])
            continue;
        add(text, "%s%u", before, c);
        before = ",";
    }
}

char *operation_text(const struct bright_settings *settings, bool with_part)
{
    struct text text = {0};
    const struct pixel_settings *pixels = &settings->pixels;
    const mmi_region *region = &settings->region;
    add(&text, "brighten");
    add_list(&text, " gain=", &settings->gain);
    add_list(&text, " add=", &settings->add);
    if (settings->clamp)
        add(&text, " clamp=%.17g,%.17g", settings->low, settings->high);
    add_channels(&text, settings);
    if (settings->has_region)
        add(&text, " roi=%" PRIu64 ",%" PRIu64 ",%" PRIu64 "x%" PRIu64, region->x, region->y, region->width,
            region->height);
    add(&text, " type=%s samples=%u layout=%s", mmi_type_name(pixels->type), pixels->samples,
        mmi_layout_name(pixels->layout));
    add(&text, " width=%" PRIu64 " height=%" PRIu64 " offset=%" PRIu64 " length=%" PRIu64, pixels->width,
        pixels->height, settings->offset, settings->length);
    /* The parts of a job have journals of their own, which only together are over. */
    if (with_part && settings->range.shard.count)
        add(&text, " part=%" PRIu64 "/%" PRIu64, settings->range.shard.index + 1, settings->range.shard.count);
    if (text.full) {
        free(text.bytes);
        return NULL;
    }
    return text.bytes;
}
