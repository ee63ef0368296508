/* SPDX-License-Identifier: MIT */
/*
 * preview: see preview.h.
 *
 *     before    read before the work begins
 *     after     computed from it; read back where the result is a file
 *
 * A run that goes on where another was stopped finds some pixels changed already: the picture on the left has them as
 * they were found.
 */
#include "mmbright/run/preview.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/range.h>

#include "kit/image/header_file.h"
#include "kit/picture/label.h"
#include "kit/picture/mapping.h"
#include "kit/picture/small_png.h"
#include "kit/os/path.h"
#include "mmbright/plan/change.h"
#include "mmbright/plan/destination.h"
#include "mmbright/plan/turns.h"
#include "mmbright/run/journal.h"

#define SIDE 512 /* pixels of each picture, at most, each way */
#define GAP 8    /* between them */
#define GAP_GRAY 0x80
#define INK 0xff
#define MARGIN 3       /* pixels around words */
#define LARGE_SIDE 240 /* pixels of a picture from which on words are twice as large */
#define BEFORE "before"

/* Windows are used once each: rows of a sheet are far apart. */
#define POOL_BYTES (16 * MMV_MIB)

static bool is_wanted(const struct bright_plan *plan)
{
    return plan->command->preview != NULL;
}

/* Rows were chosen: neither without --preview nor of an empty image. */
static bool is_planned(const struct preview *preview)
{
    return preview->rows.height > 0;
}

/* The rectangle that changes, or else the whole image. */
static int choose_rows(struct preview *preview, const struct bright_plan *plan)
{
    const struct where_settings *where = &plan->command->where;
    const struct pixel_settings *pixels = &plan->input.pixels;
    mmi_image image = {pixels->type, pixels->samples, pixels->width, pixels->height, pixels->layout};
    /* Where planes lie depends on the range. */
    bool of_range = !plan->pieces && (where->has_region || pixels->layout == MMI_BSQ);
    uint64_t offset = of_range ? plan->range.offset : plan->input.offset;
    if (pixels->width == 0)
        return console_usage(plan->console, "--preview needs --width: nothing says how long a row of %s is",
                             plan->input.path);
    uint64_t rows = (plan->input.length - (offset - plan->input.offset)) / plan->input.units.row;
    if (of_range)
        image.height = plan->image.height;
    else if (image.height == 0 || image.height > rows)
        image.height = rows;
    mmi_region region = where->has_region ? where->region : (mmi_region){0, 0, image.width, image.height};
    if (region.height == 0 || region.width == 0)
        return console_usage(plan->console, "%s: there is nothing to preview in an empty image", plan->input.path);
    uint64_t longer = mmv_max(region.width, region.height);
    preview->rows = rows_of(&image, offset, &region, (longer - 1) / SIDE + 1);
    preview->rows.pieces = plan->pieces;
    return TOOL_DONE;
}

static bool is_same(const struct output *a, const struct output *b)
{
    struct file_facts one, other;
    return a->folder >= 0 && b->folder >= 0 && strcmp(a->name, b->name) == 0 && file_look(a->folder, &one) == 0 &&
           file_look(b->folder, &other) == 0 && file_is_same(&one, &other);
}

int preview_plan(struct preview *preview, const struct bright_plan *plan)
{
    const char *path = plan->command->preview;
    const struct output_wish wish = {
        .path = path, .source = &plan->input.info, .inputs = plan->inputs, .force = plan->command->target.force};
    if (!is_wanted(plan) || plan->range.length == 0)
        return TOOL_DONE;
    if (!small_png_can())
        return console_error(plan->console, path, "cannot be drawn: libpng is not there (Debian: libpng16-16)");
    int result = choose_rows(preview, plan);
    if (result == TOOL_DONE)
        result = output_plan(&preview->output, plan->console, &wish);
    if (result == TOOL_DONE &&
        (is_same(&preview->output, &plan->to->output) || is_same(&preview->output, &plan->to->apart.output)))
        return console_usage(plan->console, "--preview=%s is the result itself", path);
    return result;
}

static size_t pixels_of(const struct rows *rows)
{
    return (size_t)(rows->width * rows->height);
}

static mmv_status open_cursor(struct files_cursor *cursor, mmv_pool *pool, const struct image_file *file, mmv_map *map)
{
    return file->files.count ? files_cursor_open(cursor, pool, file) : files_cursor_of(cursor, pool, map);
}

/* From 'map', or where the samples lie in several files, from these. */
static mmv_status read_pixels(const struct rows *rows, const struct image_file *file, mmv_map *map,
                              unsigned char *pixels)
{
    mmv_pool *pool = NULL;
    struct files_cursor cursor = {.status = MMV_OK};
    size_t row = (size_t)rows->width * mmi_image_pixel(&rows->image);
    mmv_status status = mmv_pool_create(&(mmv_pool_options){.max_mapped = POOL_BYTES}, &pool);
    if (status == MMV_OK)
        status = open_cursor(&cursor, pool, file, map);
    for (uint64_t y = 0; y < rows->height && status == MMV_OK; y++)
        status = rows_take(rows, &cursor, y, pixels + y * row);
    /* With the guard on, a file that became shorter gave zeros: the release tells. */
    if (status == MMV_OK)
        status = files_release(&cursor);
    files_cursor_close(&cursor);
    mmv_pool_destroy(&pool);
    return status;
}

/* Where a sample lies: in which file, and at which byte of it. */
struct spot {
    uint32_t file;
    uint64_t at;
};

/* One sample of the sheet, or one pixel: changed if it is one of those that change. */
static void change_sample(const struct bright_plan *plan, struct spot spot, const void *from, void *to, size_t bytes)
{
    const mmv_range *share = &plan->share.range;
    uint64_t at = spot.at;
    memcpy(to, from, bytes);
    if (plan->adjust && turns_are(plan)) {
        change_once_in(plan, spot.file, at, to, bytes);
        return;
    }
    if (plan->adjust && at >= share->offset && at - share->offset < share->length)
        change_once(plan, at, from, to, bytes);
}

static void compute_after(struct preview *preview, const struct bright_plan *plan)
{
    const struct rows *rows = &preview->rows;
    const mmi_image *image = &rows->image;
    bool together = image->layout == MMI_BIP;
    size_t bytes = together ? mmi_image_pixel(image) : mmi_type_size(image->type);
    uint32_t parts = together ? 1 : image->samples;
    size_t place = 0;
    for (uint64_t y = 0; y < rows->height; y++)
        for (uint64_t x = 0; x < rows->width; x++)
            for (uint32_t c = 0; c < parts; c++, place += bytes)
                change_sample(plan, (struct spot){rows_file_at(rows, x, y, c), rows_sample_at(rows, x, y, c)},
                              preview->before + place, preview->after + place, bytes);
}

struct earlier {
    unsigned char *before;
    size_t bytes;
    bool found;
};

static mmv_status take_earlier(uint32_t tag, const void *bytes, size_t length, void *user)
{
    struct earlier *earlier = user;
    if (tag != JOURNAL_NOTE_BEFORE || length != earlier->bytes)
        return MMV_OK;
    memcpy(earlier->before, bytes, length);
    earlier->found = true;
    return MMV_ESTOPPED;
}

static mmv_status read_before(struct preview *preview, const struct bright_plan *plan, mmv_journal *journal,
                              size_t bytes)
{
    mmv_map *map = plan->input.map;
    struct earlier earlier = {preview->before, bytes, false};
    mmv_status status = journal ? mmv_journal_notes(journal, map, take_earlier, &earlier) : MMV_OK;
    if (status != MMV_OK || earlier.found)
        return status;
    status = read_pixels(&preview->rows, &plan->input, map, preview->before);
    if (status != MMV_OK || !journal)
        return status;
    return mmv_journal_note(journal, map, JOURNAL_NOTE_BEFORE, preview->before, bytes);
}

int preview_take(struct preview *preview, const struct bright_plan *plan, mmv_journal *journal)
{
    if (!is_planned(preview))
        return TOOL_DONE;
    size_t bytes = pixels_of(&preview->rows) * mmi_image_pixel(&preview->rows.image);
    preview->before = malloc(bytes);
    preview->after = malloc(bytes);
    if (!preview->before || !preview->after)
        return console_error(plan->console, plan->command->preview, "not enough memory");
    if (read_before(preview, plan, journal, bytes) != MMV_OK)
        return console_failure(plan->console, plan->input.path);
    compute_after(preview, plan);
    return TOOL_DONE;
}

int preview_retake(struct preview *preview, const struct bright_plan *plan, mmv_map *map)
{
    if (!is_planned(preview))
        return TOOL_DONE;
    return read_pixels(&preview->rows, &plan->input, map, preview->after) == MMV_OK
               ? TOOL_DONE
               : console_failure(plan->console, plan->input.path);
}

/* ---- drawing ----------------------------------------------------------------------------------------------------- */

/* Gray, or red, green and blue; alpha and further channels are not drawn. */
static unsigned colours_of(const mmi_image *image)
{
    return image->samples >= 3 ? 3 : 1;
}

/* The smallest and the largest finite sample of what is drawn of both pictures. */
static void find_range(const struct preview *preview, const mmi_no_data *no_data, struct mapping *mapping)
{
    const mmi_image *image = &preview->rows.image;
    size_t count = pixels_of(&preview->rows), size = mmi_type_size(image->type);
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < 2 * count; i++) {
        const unsigned char *picture = i < count ? preview->before : preview->after;
        const unsigned char *pixel = picture + i % count * mmi_image_pixel(image);
        for (unsigned c = 0; c < colours_of(image); c++) {
            double value = mmi_sample_get(image->type, pixel + c * size);
            if (isfinite(value) && !mmi_no_data_at(no_data, pixel + c * size)) {
                low = fmin(low, value);
                high = fmax(high, value);
            }
        }
    }
    bool found = low <= high;
    mapping->low = found ? low : 0;
    mapping->high = found && low < high ? high : mapping->low + 1;
}

/* One pixel: where more is darker it is turned, and samples that stand for no data are black. */
static void draw_pixel(const struct bright_plan *plan, const struct mapping *mapping, const unsigned char *samples,
                       unsigned char *pixel, unsigned colours)
{
    bool is_dark = image_file_is_dark(&plan->input);
    size_t size = mmi_type_size(mapping->type);
    mapping_to_picture(mapping, samples, pixel, colours);
    for (unsigned c = 0; c < colours; c++) {
        if (is_dark)
            mapping_turn(mapping, samples + c * size, pixel + c);
        if (mmi_no_data_at(&plan->no_data.set, samples + c * size))
            pixel[c] = 0;
    }
}

/* A place on the sheet, and the bytes from row to row. */
struct place {
    unsigned char *at;
    size_t stride;
};

static void draw_picture(const struct preview *preview, const struct bright_plan *plan, const struct mapping *mapping,
                         const unsigned char *picture, struct place place)
{
    const mmi_image *image = &preview->rows.image;
    size_t pixel = mmi_image_pixel(image);
    unsigned colours = colours_of(image);
    for (uint64_t y = 0; y < preview->rows.height; y++)
        for (uint64_t x = 0; x < preview->rows.width; x++)
            draw_pixel(plan, mapping, picture + (y * preview->rows.width + x) * pixel,
                       place.at + y * place.stride + x * colours, colours);
}

/* What black and white stand for. */
static void say_range(const struct bright_plan *plan, const struct mapping *mapping, char *text, size_t size)
{
    const mmi_container *container = &plan->input.container;
    double low = mapping->low * container->slope + container->intercept;
    double high = mapping->high * container->slope + container->intercept;
    bool is_dark = image_file_is_dark(&plan->input);
    snprintf(text, size, "black %.10g, white %.10g", is_dark ? high : low, is_dark ? low : high);
}

/* Rows above and below the pictures for words; 0 where the words have no room. */
struct bands {
    unsigned scale;
    size_t above, below;
};

static struct bands choose_bands(const struct preview *preview, const char *range)
{
    size_t side = (size_t)preview->rows.width;
    struct bands bands = {.scale = side >= LARGE_SIDE ? 2 : 1};
    size_t band = LABEL_HEIGHT * bands.scale + (size_t)2 * MARGIN;
    if (side >= label_width(BEFORE, bands.scale) + (size_t)2 * MARGIN)
        bands.above = band;
    if (bands.above && 2 * side + GAP >= label_width(range, bands.scale) + (size_t)2 * MARGIN)
        bands.below = band;
    return bands;
}

/* The sheet in memory. */
struct sheet {
    unsigned char *pixels;
    size_t width, height;
    unsigned colours;
};

static void write_words(const struct sheet *sheet, struct bands bands, size_t column, size_t row, const char *text)
{
    size_t stride = sheet->width * sheet->colours;
    unsigned char *at = sheet->pixels + row * stride + column * sheet->colours;
    const struct label label = {at, stride, sheet->colours, bands.scale, INK};
    label_draw(&label, text);
}

static void draw_sheet(const struct preview *preview, const struct bright_plan *plan, const struct mapping *mapping,
                       const struct sheet *sheet, const char *range)
{
    struct bands bands = choose_bands(preview, range);
    size_t side = (size_t)preview->rows.width, stride = sheet->width * sheet->colours;
    unsigned char *left = sheet->pixels + bands.above * stride;
    unsigned char *right = left + (side + GAP) * sheet->colours;
    memset(sheet->pixels, GAP_GRAY, stride * sheet->height);
    draw_picture(preview, plan, mapping, preview->before, (struct place){left, stride});
    draw_picture(preview, plan, mapping, preview->after, (struct place){right, stride});
    if (bands.above) {
        write_words(sheet, bands, MARGIN, MARGIN, BEFORE);
        write_words(sheet, bands, side + GAP + MARGIN, MARGIN, "after");
    }
    if (bands.below)
        write_words(sheet, bands, MARGIN, sheet->height - bands.below + MARGIN, range);
}

static int write_sheet(struct preview *preview, const struct bright_plan *plan, const struct sheet *sheet,
                       const char *range)
{
    char title[128], comment[160];
    snprintf(title, sizeof title, "before | after: %.100s", path_base(plan->input.path));
    snprintf(comment, sizeof comment, "every %" PRIu64 ". pixel, %s", preview->rows.shrink, range);
    const struct small_png picture = {
        (uint32_t)sheet->width, (uint32_t)sheet->height, sheet->colours, sheet->pixels, title, comment};
    const struct output_rights rights = files_rights(&plan->input, OUTPUT_DERIVED);
    int result = output_create(&preview->output, plan->console);
    if (result == TOOL_DONE && !small_png_write(&picture, preview->output.descriptor))
        result = console_error(plan->console, preview->output.path, "cannot write it: %s", strerror(errno));
    if (result == TOOL_DONE)
        result = output_publish(&preview->output, plan->console, &rights, false);
    return result;
}

int preview_write(struct preview *preview, const struct bright_plan *plan)
{
    char range[128];
    if (!is_wanted(plan))
        return TOOL_DONE;
    if (!preview->before) {
        console_warning(plan->console, plan->command->preview, "not drawn: nothing was to be changed");
        return TOOL_DONE;
    }
    struct mapping mapping = {.type = preview->rows.image.type, .depth = 8, .scaled = true};
    find_range(preview, &plan->no_data.set, &mapping);
    say_range(plan, &mapping, range, sizeof range);
    struct bands bands = choose_bands(preview, range);
    struct sheet sheet = {.width = 2 * (size_t)preview->rows.width + GAP,
                          .height = (size_t)preview->rows.height + bands.above + bands.below,
                          .colours = colours_of(&preview->rows.image)};
    sheet.pixels = malloc(sheet.width * sheet.height * sheet.colours);
    if (!sheet.pixels)
        return console_error(plan->console, plan->command->preview, "not enough memory");
    draw_sheet(preview, plan, &mapping, &sheet, range);
    int result = write_sheet(preview, plan, &sheet, range);
    free(sheet.pixels);
    return result;
}

void preview_drop(struct preview *preview)
{
    free(preview->before);
    free(preview->after);
    output_discard(&preview->output);
    *preview = PREVIEW_NONE;
}
