/* SPDX-License-Identifier: MIT */
/*
 * rest: see rest.h. The options that do the rest of a stopped run replace those of the same name in its command line:
 *
 *     bip, no --roi       --offset=where it stopped --length=what is left
 *     bip or bil rows     --roi=the rows that are left
 *     pieces              there are none: where a run stopped is a byte of the file, and no row
 *     some channels       --channels=those of this span --roi=their rows that are left, then --channels=the later ones
 */
#include "mmbright/run/rest.h"

#include <inttypes.h>
#include <stdio.h>

#include "mmbright/plan/describe.h"
#include "mmbright/plan/spans.h"

/* Where byte 'place' of the image lies: its channel (0 when rows hold all of them) and row. False: inside of a row. */
static bool find_row(const struct bright_plan *plan, uint64_t place, bool whole_rows, uint32_t *channel_ret,
                     uint64_t *row_ret)
{
    const mmi_image *image = &plan->image;
    uint64_t line = image->width * mmi_type_size(image->type);
    uint64_t start = plan->region.x * mmi_type_size(image->type);
    uint64_t lines;
    if (line == 0)
        return false;
    if (image->layout == MMI_BIP) {
        line *= image->samples;
        start *= image->samples;
    }
    /* A run that ended with the last row of a plane stands at the first byte of the next. */
    if (place % line != 0 && place % line != start)
        return false;
    lines = place / line;
    *channel_ret = 0;
    *row_ret = lines;
    if (image->layout == MMI_BSQ) {
        *channel_ret = (uint32_t)(lines / image->height);
        *row_ret = lines % image->height;
    } else if (image->layout == MMI_BIL) {
        *channel_ret = (uint32_t)(lines % image->samples);
        *row_ret = lines / image->samples;
        return !whole_rows || *channel_ret == 0;
    }
    return true;
}

static uint64_t image_rows(const struct bright_plan *plan)
{
    uint64_t row = plan->input.units.row;
    return plan->image.height ? plan->image.height : plan->range.length / row;
}

static mmi_region whole_region(const struct bright_plan *plan)
{
    if (plan->command->where.has_region)
        return plan->region;
    return (mmi_region){0, 0, plan->image.width, image_rows(plan)};
}

static void print_region(const mmi_region *region, uint64_t row)
{
    fprintf(stderr, " --roi=%" PRIu64 ",%" PRIu64 ",%" PRIu64 "x%" PRIu64, region->x, row, region->width,
            region->y + region->height - row);
}

static bool has_any(const struct bright_plan *plan, uint32_t first)
{
    for (uint32_t c = first; c < plan->image.samples; c++) {
        if (plan->meaning.channels[c])
            return true;
    }
    return false;
}

/* How many channels the records of a span hold one beside the other: neighbours in bil are walked together. */
static uint32_t channels_together(const struct bright_plan *plan, const mmi_span *span)
{
    const mmi_image *image = &plan->image;
    uint64_t line = image->width * mmi_type_size(image->type);
    if (image->layout == MMI_BIP)
        return image->samples;
    if (image->layout == MMI_BSQ || span->record < line)
        return 1;
    return (uint32_t)(span->record / line);
}

static void print_rest(const struct bright_plan *plan, const mmi_span *span, uint64_t position)
{
    uint32_t samples = plan->image.samples;
    uint32_t together = channels_together(plan, span);
    mmi_region region = whole_region(plan);
    uint32_t channel;
    uint64_t row;
    if (!find_row(plan, position - plan->range.offset, together == samples, &channel, &row)) {
        fprintf(stderr, "%s: it stopped inside of a row; no options describe the rest\n", plan->console->tool);
        return;
    }
    fprintf(stderr, "%s: the rest: the same command with", plan->console->tool);
    if (together < samples) {
        fprintf(stderr, " --channels=");
        describe_channels(stderr, plan, channel, channel + together);
    }
    print_region(&region, row);
    if (together < samples && has_any(plan, channel + together)) {
        fprintf(stderr, ", then with --channels=");
        describe_channels(stderr, plan, channel + together, samples);
    }
    fprintf(stderr, "\n");
}

/* The first byte that is still to be changed. */
static uint64_t stop_position(const mmi_span *span, uint64_t done)
{
    return span->offset + done / span->record * span->stride;
}

void rest_describe(const struct bright_plan *plan, const struct stop *stop, const char *why)
{
    const struct console *console = plan->console;
    uint64_t done = stop->done;
    size_t index = stop->span;
    while (index < plan->spans.count && done >= spans_bytes(&plan->spans.list[index])) {
        done = 0;
        index++;
    }
    if (index == plan->spans.count) {
        console_error(console, plan->input.path, "%s: the whole range is changed", why);
        return;
    }
    const mmi_span *next = &plan->spans.list[index];
    uint64_t position = stop_position(next, done);
    if (!stop->exact) {
        console_error(console, plan->input.path,
                      "%s: the range is changed up to byte %" PRIu64 "; some of it behind that may be changed, too",
                      why, position);
        return;
    }
    if (index == 0 && done == 0) {
        console_error(console, plan->input.path, "%s: nothing is changed", why);
        return;
    }
    console_error(console, plan->input.path,
                  "%s: the range is changed up to byte %" PRIu64 ", and nothing from there on", why, position);
    if (plan->pieces)
        fprintf(stderr, "%s: no options describe the rest of an image in pieces\n", console->tool);
    else if (plan->image.width == 0)
        fprintf(stderr, "%s: the rest: the same command with --offset=%" PRIu64 " --length=%" PRIu64 "\n",
                console->tool, position - plan->input.offset, mmv_range_end(plan->share.range) - position);
    else
        print_rest(plan, next, position);
}
