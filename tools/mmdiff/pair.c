/* SPDX-License-Identifier: MIT */
/*
 * pair: see pair.h.
 *
 *     pair_open    opens both; describe_raw: what the options leave open of a raw one
 *                  settle_stream: whether a pipe can be taken as it comes                          once.c
 *                  fit: which bytes of each are meant                                          pair_fit.c
 *                  match: which pixels both have, and what is different already                pair_fit.c
 */
#include "mmdiff/pair.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "mmdiff/once.h"
#include "mmdiff/pair_fit.h"

/* ---- what a raw file has ----------------------------------------------------------------------------------------- */

/* What nobody said is as in the other file. */
static struct pixel_settings complete(const struct pixel_settings *asked, const struct pixel_settings *other)
{
    struct pixel_settings pixels = *asked;
    /* Without le or be a type means this machine's order of bytes, here as in --type. */
    if (!asked->type_given)
        pixels.type = (mmi_type){other->type.kind, asked->type.big_endian};
    pixels.samples = asked->samples_given ? asked->samples_given : other->samples;
    pixels.layout = asked->layout_given ? asked->layout : other->layout;
    pixels.width = asked->width ? asked->width : other->width;
    /* Whole planes need a height; otherwise the file's length tells, and a shorter one is a difference. */
    if (pixels.layout == MMI_BSQ && pixels.height == 0)
        pixels.height = other->height;
    return pixels;
}

static int describe_raw(struct pair *pair, struct side *raw, const struct side *other)
{
    const struct pixel_settings *asked = raw->asked;
    const struct pixel_settings pixels = complete(asked, &other->file.pixels);
    bool is_assumed = !asked->type_given || !asked->samples_given;
    assert(asked->type_given || mmi_type_is_native(asked->type));
    notes_forget(&raw->file.notes, MMI_NOTE_RAW);
    if (is_assumed && raw->file.is == IDENTITY_RAW)
        notes_add(&raw->file.notes, MMI_NOTE_RAW, "raw, taken for %" PRIu32 " x %s as %s is", pixels.samples,
                  mmi_type_name(pixels.type), other->file.name);
    return image_file_describe(&raw->file, pair->console, &pixels);
}

/* One has a header: what is said of that one alone may not contradict it. */
static int describe_one(struct pair *pair, struct side *raw, struct side *other)
{
    const struct diff_settings *settings = pair->settings;
    const struct pixel_settings alone =
        other == &pair->a ? second_first(&settings->second, &settings->pixels) : settings->second.pixels;
    int result = image_file_agree(&other->file, pair->console, &alone);
    if (result != TOOL_DONE)
        return result;
    if (!(settings->pixels_b.second & SECOND_ROW_BYTES))
        other->file.pixels.row_bytes = 0;
    return describe_raw(pair, raw, other);
}

static int describe(struct pair *pair)
{
    bool a_raw = image_file_is_raw(&pair->a.file), b_raw = image_file_is_raw(&pair->b.file);
    if (pair->settings->record) {
        notes_forget(&pair->a.file.notes, MMI_NOTE_RAW);
        notes_forget(&pair->b.file.notes, MMI_NOTE_RAW);
        return TOOL_DONE;
    }
    if (a_raw && b_raw)
        return TOOL_DONE;
    if (!a_raw && !b_raw) {
        int result = image_file_agree(&pair->a.file, pair->console, pair->a.asked);
        return result == TOOL_DONE ? image_file_agree(&pair->b.file, pair->console, pair->b.asked) : result;
    }
    return a_raw ? describe_one(pair, &pair->a, &pair->b) : describe_one(pair, &pair->b, &pair->a);
}

/* ---- both -------------------------------------------------------------------------------------------------------- */

static bool is_same_file(const struct image_file *a, const struct image_file *b)
{
    bool has_header = a->header[0] != '\0';
    if (has_header != (b->header[0] != '\0') || a->is_spooled || b->is_spooled)
        return false;
    return file_is_same(&a->info, &b->info) && (!has_header || file_is_same(&a->header_info, &b->header_info));
}

static bool is_regular(const char *name)
{
    struct file_facts facts;
    return strcmp(name, "-") != 0 && file_look_at(name, true, &facts) == 0 && facts.kind == FILE_REGULAR;
}

/* More is known when both were opened. */
static bool is_enough(const struct image_file *file, const void *user)
{
    (void)file, (void)user;
    return true;
}

/* A pipe is taken as it comes when the other one is a file. */
static int open_side(struct pair *pair, struct side *side, const struct side *other)
{
    const struct pixel_settings *asked = side->asked;
    const struct image_request request = {.name = side->name, .asked = asked, .access = MMV_READ};
    if (other->file.stream || !(other->file.map || is_regular(other->name)))
        return image_file_open(&side->file, pair->console, &request);
    int result = image_file_open_once(&side->file, pair->console, &request, &(struct image_once){is_enough, NULL});
    pair->streamed = side->file.stream ? side : pair->streamed;
    return result;
}

static void begin_sides(struct pair *pair)
{
    const struct diff_settings *settings = pair->settings;
    pair->a.name = settings->a;
    pair->a.asked = &settings->pixels;
    pair->a.texts = &settings->where.range;
    pair->a.no_data_asked = &settings->no_data;
    pair->b.name = settings->b;
    pair->b.asked = &settings->pixels_b;
    pair->b.texts = &settings->range_b;
    pair->b.no_data_asked = &settings->no_data_b;
}

/* Once both are known: what one pass is not enough for is kept in a file, and described once more. */
static int settle_stream(struct pair *pair)
{
    struct side *side = pair->streamed;
    if (!side || once_is_enough(pair))
        return TOOL_DONE;
    const struct image_request request = {.name = side->name, .asked = side->asked, .access = MMV_READ};
    pair->streamed = NULL;
    int result = image_file_open_whole(&side->file, pair->console, &request);
    return result == TOOL_DONE ? describe(pair) : result;
}

/* The columns, and which of them are compared. */
static int make_columns(struct pair *pair)
{
    const struct diff_settings *settings = pair->settings;
    bool fine = settings->record
                    ? columns_of_record(&pair->columns, &pair->fields)
                    : columns_of_pixels(&pair->columns, pair->a.image.type, pair->b.image.type, pair->a.image.samples);
    pair->shown = fine ? calloc(pair->columns.count, sizeof *pair->shown) : NULL;
    if (!pair->shown)
        return console_error(pair->console, NULL, "not enough memory");
    for (size_t i = 0; i < pair->columns.count && settings->record; i++)
        pair->shown[i] = true;
    if (!settings->record &&
        !where_take_channels(pair->console, settings->where.channels, (uint32_t)pair->columns.count, pair->shown))
        return TOOL_USAGE;
    if (!settings->record)
        pair->pieces.channels = pair->shown;
    return TOOL_DONE;
}

static int find_no_data(struct pair *pair, struct side *side)
{
    return pair->settings->record ? TOOL_DONE
                                  : no_data_find(&side->no_data, side->no_data_asked, pair->console, &side->file);
}

/* The first file that cannot be used ends it; both are closed by pair_close(). */
int pair_open(struct pair *pair, const struct diff_settings *settings, const struct console *console)
{
    *pair = (struct pair){.settings = settings, .console = console, .is_comparable = true};
    const struct fields_wish wish = {"record", settings->record, false};
    if (settings->record && !fields_parse(&pair->fields, console, &wish))
        return TOOL_USAGE;
    begin_sides(pair);
    int result = open_side(pair, &pair->a, &pair->b);
    if (result == TOOL_DONE)
        result = open_side(pair, &pair->b, &pair->a);
    if (result == TOOL_DONE)
        result = describe(pair);
    if (result == TOOL_DONE)
        result = settle_stream(pair);
    if (result == TOOL_DONE)
        result = pair_fit(pair, &pair->a);
    if (result == TOOL_DONE)
        result = pair_fit(pair, &pair->b);
    if (result == TOOL_DONE)
        result = find_no_data(pair, &pair->a);
    if (result == TOOL_DONE)
        result = find_no_data(pair, &pair->b);
    if (result == TOOL_DONE)
        result = make_columns(pair);
    pair->is_same = result == TOOL_DONE && is_same_file(&pair->a.file, &pair->b.file);
    return result == TOOL_DONE ? pair_match(pair) : result;
}

void pair_close(struct pair *pair)
{
    image_file_close(&pair->a.file);
    image_file_close(&pair->b.file);
    fields_drop(&pair->fields);
    columns_drop(&pair->columns);
    free(pair->shown);
}
