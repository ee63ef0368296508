/* SPDX-License-Identifier: MIT */
/*
 * describe: plans in words.
 *
 * The options that do the rest of a stopped run replace those of the same name in its command line:
 *
 *     bip, no --roi       --offset=where it stopped --length=what is left
 *     bip or bil rows     --roi=the rows that are left
 *     some channels       --channels=those of this pass --roi=their rows that are left, then --channels=the later ones
 */
#include "mmbright/plan/describe.h"
#include "mmbright/plan/passes.h"

#include <inttypes.h>
#include <stdio.h>

#include "kit/cli/sizes.h"
#include "kit/cli/threads.h"

static void print_list(const char *name, const struct value_list *list)
{
    printf(" %s", name);
    for (size_t i = 0; i < list->count; i++)
        printf("%s%.9g", i ? "," : " ", list->values[i]);
}

static bool all_channels(const struct bright_settings *settings)
{
    for (uint32_t c = 0; c < settings->pixels.samples; c++) {
        if (!settings->channels[c])
            return false;
    }
    return true;
}

/* The chosen ones of channels [first, end). */
static void print_channels(FILE *file, const struct bright_settings *settings, uint32_t first, uint32_t end)
{
    const char *comma = "";
    for (uint32_t c = first; c < end; c++) {
        if (!settings->channels[c])
            continue;
        fprintf(file, "%s%u", comma, c);
        comma = ",";
    }
}

static void print_change(const struct bright_settings *settings)
{
    printf("change:   ");
    if (settings->gain.count) {
        print_list("multiply by", &settings->gain);
        printf(",");
    }
    print_list("add", &settings->add);
    if (settings->clamp)
        printf(", limit to %.9g..%.9g", settings->low, settings->high);
    else if (!mmi_type_is_float(settings->pixels.type))
        printf(", limit to %.0f..%.0f", mmi_type_minimum(settings->pixels.type),
               mmi_type_maximum(settings->pixels.type));
    if (!all_channels(settings)) {
        printf(", channels ");
        print_channels(stdout, settings, 0, settings->pixels.samples);
    }
    printf("\n");
}

static void print_pixels(const struct bright_plan *plan)
{
    const mmi_image *image = &plan->image;
    printf("pixels:    %" PRIu64 " of %u x %s, %s", plan->pixels, image->samples, mmi_type_name(image->type),
           mmi_layout_name(image->layout));
    if (plan->settings->has_region)
        printf("; rectangle %" PRIu64 "x%" PRIu64 " at %" PRIu64 ",%" PRIu64 " of %" PRIu64 "x%" PRIu64,
               plan->region.width, plan->region.height, plan->region.x, plan->region.y, image->width, image->height);
    printf("\n");
}

static void print_target(const struct bright_plan *plan)
{
    const struct bright_settings *settings = plan->settings;
    if (settings->in_place && settings->journal == MMV_JOURNAL_OFF)
        printf("result:    in place, no journal: a rerun applies the change again\n");
    else if (settings->in_place)
        printf("result:    in place, journal %s\n", mmv_journal_mode_name(settings->journal));
    else if (settings_to_stdout(settings))
        printf("result:    to stdout, %" PRIu64 " bytes\n", plan->size);
    else if (settings->range.shard.count)
        printf("result:    part of new file %s, in %s\n", plan->output.path, plan->parts.path);
    else
        printf("result:    new file %s, %" PRIu64 " bytes%s\n", plan->output.path, plan->size,
               settings->force ? ", replacing one of that name" : "");
}

static void print_means(const struct bright_settings *settings)
{
    const struct how_settings *how = &settings->how;
    char window[SIZES_TEXT], budget[SIZES_TEXT];
    printf("how:       io %s, window %s, %u threads, at most %s mapped%s%s\n", mmv_io_name(how->io),
           how->window ? sizes_text(how->window, window) : "chosen by size",
           how->threads ? how->threads : threads_default(),
           sizes_text(how->max_mapped ? how->max_mapped : mmv_default_max_mapped(), budget),
           settings->verify ? ", verified" : "", settings->sync ? ", synced" : "");
}

void describe_plan(const struct bright_plan *plan)
{
    char length[SIZES_TEXT];
    printf("file:      %s, %" PRIu64 " bytes\n", plan->file, plan->size);
    printf("range:     offset %" PRIu64 ", length %" PRIu64 " (%s)\n", plan->part.offset - plan->input.offset,
           plan->part.length, sizes_text(plan->part.length, length));
    if (!image_file_is_raw(&plan->input))
        printf("format:    %s, samples from byte %" PRIu64 "%s%s\n", mmi_format_name(plan->input.container.format),
               plan->input.offset, plan->input.header[0] ? ", header " : "", plan->input.header);
    print_pixels(plan);
    print_change(plan->settings);
    print_target(plan);
    print_means(plan->settings);
}

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
    uint64_t row = plan->settings->units.row;
    return plan->image.height ? plan->image.height : plan->range.length / row;
}

static mmi_region whole_region(const struct bright_plan *plan)
{
    if (plan->settings->has_region)
        return plan->region;
    return (mmi_region){0, 0, plan->image.width, image_rows(plan)};
}

static void print_region(const mmi_region *region, uint64_t row)
{
    fprintf(stderr, " --roi=%" PRIu64 ",%" PRIu64 ",%" PRIu64 "x%" PRIu64, region->x, row, region->width,
            region->y + region->height - row);
}

static bool has_any(const struct bright_settings *settings, uint32_t first)
{
    for (uint32_t c = first; c < settings->pixels.samples; c++) {
        if (settings->channels[c])
            return true;
    }
    return false;
}

/* How many channels the records of a pass hold one beside the other: neighbours in bil are walked together. */
static uint32_t channels_together(const struct bright_plan *plan, const struct bright_pass *pass)
{
    const mmi_image *image = &plan->image;
    uint64_t line = image->width * mmi_type_size(image->type);
    if (image->layout == MMI_BIP)
        return image->samples;
    if (image->layout == MMI_BSQ || pass->record < line)
        return 1;
    return (uint32_t)(pass->record / line);
}

static void print_rest(const struct bright_plan *plan, const struct bright_pass *pass, uint64_t position)
{
    const struct bright_settings *settings = plan->settings;
    uint32_t samples = settings->pixels.samples;
    uint32_t together = channels_together(plan, pass);
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
        print_channels(stderr, settings, channel, channel + together);
    }
    print_region(&region, row);
    if (together < samples && has_any(settings, channel + together)) {
        fprintf(stderr, ", then with --channels=");
        print_channels(stderr, settings, channel + together, samples);
    }
    fprintf(stderr, "\n");
}

/* The first byte that is still to be changed. */
static uint64_t stop_position(const struct bright_pass *pass, uint64_t done)
{
    return pass->offset + done / pass->record * pass->stride;
}

void describe_rest(const struct bright_plan *plan, size_t pass, uint64_t done, bool exact, const char *why)
{
    const struct console *console = plan->console;
    while (pass < plan->pass_count && done >= passes_bytes(&plan->passes[pass])) {
        done = 0;
        pass++;
    }
    if (pass == plan->pass_count) {
        console_error(console, plan->file, "%s: the whole range is changed", why);
        return;
    }
    const struct bright_pass *next = &plan->passes[pass];
    uint64_t position = stop_position(next, done);
    if (!exact) {
        console_error(console, plan->file,
                      "%s: the range is changed up to byte %" PRIu64 "; some of it behind that may be changed, too",
                      why, position);
        return;
    }
    if (pass == 0 && done == 0) {
        console_error(console, plan->file, "%s: nothing is changed", why);
        return;
    }
    console_error(console, plan->file, "%s: the range is changed up to byte %" PRIu64 ", and nothing from there on",
                  why, position);
    if (plan->image.width == 0)
        fprintf(stderr, "%s: the rest: the same command with --offset=%" PRIu64 " --length=%" PRIu64 "\n",
                console->tool, position - plan->input.offset, mmv_range_end(plan->part) - position);
    else
        print_rest(plan, next, position);
}
