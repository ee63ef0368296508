/* SPDX-License-Identifier: MIT */
/* second: see second.h. The handlers are those of the options without -b, which are found by their names. */
#include "mmdiff/second.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { TYPE, SAMPLES, WIDTH, HEIGHT, FORMAT, LAYOUT, OFFSET, LENGTH, PART, ROW_BYTES, NO_DATA };

static const struct option_entry entries[] = {
    {0, "type-b", "TYPE", TYPE, "B's --type, when A has another type",
     "Each option with -b is for B alone. When it is given, the option of that name without -b is for A alone. "
     "Otherwise that option is for both files."},
    {0, "samples-b", "N", SAMPLES, NULL, "B's --samples."},
    {0, "width-b", "N", WIDTH, NULL, "B's --width."},
    {0, "height-b", "N", HEIGHT, NULL, "B's --height."},
    {0, "format-b", "FORMAT", FORMAT, NULL, "B's --format. The default is auto, also when --format says otherwise."},
    {0, "layout-b", "LAYOUT", LAYOUT, NULL, "B's --layout."},
    {0, "offset-b", "SIZE", OFFSET, "B's --offset; see the manual for others", "The units px and rows are those of B."},
    {0, "length-b", "SIZE", LENGTH, NULL, "B's --length."},
    {0, "part-b", "PART", PART, NULL, "B's --part."},
    {0, "row-bytes-b", "SIZE", ROW_BYTES, NULL, "B's --row-bytes."},
    {0, "nodata-b", "V[,V...]", NO_DATA, NULL, "B's --nodata."},
};

/* The option of this name without -b; NULL = the group has none. */
static const struct option_entry *find_twin(const struct option_group *twins, const char *name)
{
    size_t length = strlen(name) - strlen("-b");
    for (size_t i = 0; i < twins->count; i++)
        if (strlen(twins->entries[i].name) == length && memcmp(twins->entries[i].name, name, length) == 0)
            return &twins->entries[i];
    return NULL;
}

static bool handle(int id, const char *argument, void *user, const struct console *console)
{
    struct second_settings *second = user;
    struct where_options where = {&second->where, &second->pixels};
    const struct option_section twins[] = {
        {&pixels_group, &second->pixels}, {&where_group, &where}, {&no_data_group, &second->no_data}};
    second->format_given = second->format_given || id == FORMAT;
    for (size_t i = 0; i < COUNT(twins); i++) {
        const struct option_entry *twin = find_twin(twins[i].group, entries[id].name);
        if (twin)
            return twins[i].group->handle(twin->id, argument, twins[i].settings, console);
    }
    assert(!"each has a twin");
    return false;
}

const struct option_group second_group = {"The second file, B", entries, COUNT(entries), handle,
                                          settings_second_values};

struct second_settings second_settings(void)
{
    struct second_settings second = {.pixels = settings_pixels(), .no_data.is_second = true};
    second.pixels.second = SECOND_ALL;
    second.where.range.second = SECOND_OFFSET | SECOND_LENGTH;
    return second;
}

bool second_has_pixels(const struct second_settings *second)
{
    const struct pixel_settings *typed = &second->pixels;
    return typed->type_given || typed->samples_given || typed->width || typed->height || typed->layout_given ||
           typed->row_bytes || second->no_data.given;
}

/* Those of 'from' whose bits are in 'which' into 'to'. */
static void take(struct pixel_settings *to, const struct pixel_settings *from, unsigned which)
{
    if (which & SECOND_TYPE) {
        to->type = from->type;
        to->type_given = true;
    }
    if (which & SECOND_SAMPLES)
        to->samples = to->samples_given = from->samples_given;
    if (which & SECOND_WIDTH)
        to->width = from->width;
    if (which & SECOND_HEIGHT)
        to->height = from->height;
    if (which & SECOND_LAYOUT) {
        to->layout = from->layout;
        to->layout_given = true;
    }
    if (which & SECOND_PART)
        to->part = from->part;
    if (which & SECOND_ROW_BYTES)
        to->row_bytes = from->row_bytes;
}

static unsigned typed_of(const struct pixel_settings *pixels)
{
    return (pixels->type_given ? SECOND_TYPE : 0u) | (pixels->samples_given ? SECOND_SAMPLES : 0u) |
           (pixels->width ? SECOND_WIDTH : 0u) | (pixels->height ? SECOND_HEIGHT : 0u) |
           (pixels->layout_given ? SECOND_LAYOUT : 0u) | (pixels->part ? SECOND_PART : 0u) |
           (pixels->row_bytes ? SECOND_ROW_BYTES : 0u);
}

struct pixel_settings second_pixels(const struct second_settings *second, const struct pixel_settings *both)
{
    struct pixel_settings pixels = *both;
    pixels.second = typed_of(&second->pixels);
    take(&pixels, &second->pixels, pixels.second);
    if (second->format_given)
        pixels.format = second->pixels.format;
    return pixels;
}

struct range_settings second_range(const struct second_settings *second, const struct range_settings *both)
{
    const struct range_settings *typed = &second->where.range;
    struct range_settings range = *both;
    range.offset = typed->offset ? typed->offset : both->offset;
    range.length = typed->length ? typed->length : both->length;
    range.second = (typed->offset ? SECOND_OFFSET : 0u) | (typed->length ? SECOND_LENGTH : 0u);
    return range;
}

struct no_data_settings second_no_data(const struct second_settings *second, const struct no_data_settings *both)
{
    return second->no_data.given ? second->no_data : *both;
}

struct pixel_settings second_first(const struct second_settings *second, const struct pixel_settings *both)
{
    struct pixel_settings pixels = settings_pixels();
    take(&pixels, both, typed_of(&second->pixels) & typed_of(both));
    return pixels;
}
