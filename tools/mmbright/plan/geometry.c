/* SPDX-License-Identifier: MIT */
/*
 * geometry: see geometry.h.
 *
 *     FILE    | header | image ............................................ | what follows |
 *                      |-- --offset --|-- plan->range: --length, or all --|
 *
 *     pieces  | header | piece | other bytes | piece ... | what follows |
 *                      |-- plan->range ----------------- |
 *
 * Offsets that people type and read count from the image's first byte; plan->range counts from that of the file.
 */
#include "mmbright/plan/geometry.h"

#include <inttypes.h>

static uint64_t image_offset(const struct bright_plan *plan)
{
    return plan->range.offset - plan->input.offset;
}

static int find_range(struct bright_plan *plan)
{
    return image_file_range(&plan->input, plan->console, &plan->command->where.range, plan->meaning.range,
                            &plan->range);
}

/* Raw pixels of which nobody has said what they are. */
static const char *way_out(const struct bright_plan *plan)
{
    const struct pixel_settings *asked = &plan->command->pixels;
    bool is_said = asked->type_given && asked->samples_given > 0;
    return is_said || !image_file_is_raw(&plan->input) ? "" : "; --type and --samples say what a pixel is";
}

/* The range must be whole 'unit's; says which lengths would be. */
static int check_whole(const struct bright_plan *plan, uint64_t unit, const char *name)
{
    uint64_t length = plan->range.length;
    uint64_t rest = length % unit;
    uint64_t above = mmv_round_up(length, unit);
    if (rest == 0)
        return TOOL_DONE;
    if (mmv_range_fits(image_offset(plan), above, plan->input.length))
        return console_usage(plan->console,
                             "%s: %" PRIu64 " bytes from offset %" PRIu64 " are not whole %s of %" PRIu64
                             " bytes; --length=%" PRIu64 " or --length=%" PRIu64 " would be%s",
                             plan->input.path, length, image_offset(plan), name, unit, length - rest, above,
                             way_out(plan));
    if (length == rest)
        return console_usage(plan->console,
                             "%s: %" PRIu64 " bytes from offset %" PRIu64 " are less than one of the %s of %" PRIu64
                             " bytes%s",
                             plan->input.path, length, image_offset(plan), name, unit, way_out(plan));
    return console_usage(plan->console,
                         "%s: %" PRIu64 " bytes from offset %" PRIu64 " are not whole %s of %" PRIu64
                         " bytes; --length=%" PRIu64
                         " would be, if what is behind them is no sample; a header in front "
                         "is left out by --offset%s",
                         plan->input.path, length, image_offset(plan), name, unit, length - rest, way_out(plan));
}

/* bsq needs to know where each plane ends. */
static int find_height(struct bright_plan *plan)
{
    mmi_image *image = &plan->image;
    uint64_t row = plan->input.units.row;
    uint64_t bytes;
    if (image->height == 0) {
        if (image->layout == MMI_BSQ) {
            int result = check_whole(plan, row, "rows of all channels");
            if (result != TOOL_DONE)
                return result;
        }
        image->height = plan->range.length / row;
        plan->range.length = image->height * row;
        return TOOL_DONE;
    }
    if (!mmv_product(row, image->height, &bytes) || bytes > plan->range.length)
        return console_usage(plan->console,
                             "%s: %" PRIu64 "x%" PRIu64 " pixels do not fit the %" PRIu64 " bytes from offset %" PRIu64,
                             plan->input.path, image->width, image->height, plan->range.length, image_offset(plan));
    if (plan->command->where.has_region)
        plan->range.length = bytes;
    else if (bytes != plan->range.length)
        return console_usage(plan->console,
                             "%s: a bsq image of %" PRIu64 "x%" PRIu64 " pixels has %" PRIu64
                             " bytes, the range %" PRIu64 "; --length=%" PRIu64 " would be right",
                             plan->input.path, image->width, image->height, bytes, plan->range.length, bytes);
    return TOOL_DONE;
}

static int check_region(const struct bright_plan *plan)
{
    const mmi_region *region = &plan->region;
    const mmi_image *image = &plan->image;
    if (mmv_range_fits(region->x, region->width, image->width) &&
        mmv_range_fits(region->y, region->height, image->height))
        return TOOL_DONE;
    if (image->height == 0)
        return console_usage(plan->console,
                             "%s: %" PRIu64 " bytes from offset %" PRIu64 " are less than one row of --width=%" PRIu64
                             " (%" PRIu64 " bytes)",
                             plan->input.path, plan->input.length - image_offset(plan), image_offset(plan),
                             image->width, plan->input.units.row);
    return console_usage(plan->console,
                         "--roi=%" PRIu64 ",%" PRIu64 ",%" PRIu64 "x%" PRIu64
                         ": reaches outside of the image of %" PRIu64 "x%" PRIu64 " pixels",
                         region->x, region->y, region->width, region->height, image->width, image->height);
}

/* Width and height that are given and contradict the file are a mistake, also when nothing depends on them. */
static int check_size(const struct bright_plan *plan)
{
    const struct pixel_settings *pixels = &plan->input.pixels;
    uint64_t bytes;
    if (pixels->width == 0 || pixels->height == 0 || plan->meaning.range.length != 0 ||
        !image_file_is_raw(&plan->input))
        return TOOL_DONE;
    if (mmv_product(plan->input.units.row, pixels->height, &bytes) && bytes == plan->range.length)
        return TOOL_DONE;
    return console_usage(plan->console,
                         "%s: %" PRIu64 " bytes from offset %" PRIu64 " are not an image of %" PRIu64 "x%" PRIu64
                         " pixels",
                         plan->input.path, plan->range.length, image_offset(plan), pixels->width, pixels->height);
}

static int fit_image(struct bright_plan *plan)
{
    const struct where_settings *where = &plan->command->where;
    const struct pixel_settings *pixels = &plan->input.pixels;
    const struct size_units *units = &plan->input.units;
    plan->image = (mmi_image){.type = pixels->type,
                              .samples = pixels->samples,
                              .width = pixels->width,
                              .height = pixels->height,
                              .layout = pixels->layout};
    if (where->has_region) {
        int result = find_height(plan);
        plan->region = where->region;
        plan->pixels = where->region.width * where->region.height;
        return result != TOOL_DONE ? result : check_region(plan);
    }
    if (pixels->layout == MMI_BSQ) {
        plan->pixels = plan->range.length / units->pixel;
        return find_height(plan);
    }
    plan->image.height = 0;
    int result = check_size(plan);
    if (result != TOOL_DONE)
        return result;
    plan->range.length = image_file_covered(&plan->input, plan->range);
    plan->pixels = plan->range.length / units->pixel;
    if (pixels->layout == MMI_BIL)
        return check_whole(plan, units->row, "rows");
    plan->image.width = 0;
    return check_whole(plan, units->pixel, "pixels");
}

/* Of pieces all are meant, or those in a rectangle. */
static int fit_pieces(struct bright_plan *plan)
{
    const struct where_settings *where = &plan->command->where;
    const struct range_settings *range = &where->range;
    if (!plan->are_rows && (range->offset || range->length))
        return image_file_refuse_pieces(&plan->input, plan->console, range->offset ? "--offset" : "--length");
    plan->pieces = plan->input.container.pieces;
    plan->image = *mmi_pieces_image(plan->pieces);
    plan->range = mmi_pieces_reach(plan->pieces, plan->turns.file);
    plan->pixels = plan->image.width * plan->image.height;
    if (!where->has_region)
        return TOOL_DONE;
    plan->region = where->region;
    plan->pixels = where->region.width * where->region.height;
    return check_region(plan);
}

int geometry_plan(struct bright_plan *plan)
{
    if (plan->input.container.pieces)
        return fit_pieces(plan);
    int result = find_range(plan);
    const mmv_range bytes = plan->range;
    if (result == TOOL_DONE)
        result = fit_image(plan);
    if (result == TOOL_DONE)
        image_file_note_rest(&plan->input, &plan->command->where.range,
                             (struct image_use){bytes, plan->range.length, "row"});
    return result;
}
