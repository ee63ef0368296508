/* SPDX-License-Identifier: MIT */
/*
 * plan: from settings and a file to ranges, passes (passes.c) and a prepared adjustment.
 *
 * 1. Nothing is changed, created or locked here; every way out is an exit status whose reason was printed.
 * 2. What the command line alone can get wrong was caught by settings.c; what depends on the file is caught here.
 */
#include "mmbright/plan/plan.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/cli/sizes.h"
#include "kit/os/terminal.h"
#include "mmbright/plan/apart.h"
#include "mmbright/plan/journal.h"
#include "mmbright/command/operation.h"
#include "mmbright/plan/passes.h"

static int open_input(struct bright_plan *plan)
{
    struct bright_settings *own = &plan->own;
    int result = image_file_open(&plan->input, plan->console, plan->file, &own->pixels,
                                 own->in_place ? MMV_READ_WRITE : MMV_READ);
    if (result != TOOL_DONE)
        return result;
    plan->file = plan->input.path;
    plan->map = plan->input.map;
    plan->size = plan->input.size;
    own->pixels = plan->input.pixels;
    own->units = plan->input.units;
    own->scaled = plan->input.container.slope != 1 || plan->input.container.intercept != 0;
    return settings_resolve(own, plan->console);
}

/* Offsets that people type and read count from the image's first byte. */
static uint64_t image_offset(const struct bright_plan *plan)
{
    return plan->range.offset - plan->input.offset;
}

static int resolve_range(struct bright_plan *plan)
{
    const struct bright_settings *settings = plan->settings;
    return image_file_range(&plan->input, plan->console, &settings->range,
                            (mmv_range){settings->offset, settings->length}, &plan->range);
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
                             " bytes; --length=%" PRIu64 " or --length=%" PRIu64 " would be",
                             plan->file, length, image_offset(plan), name, unit, length - rest, above);
    if (length == rest)
        return console_usage(plan->console,
                             "%s: %" PRIu64 " bytes from offset %" PRIu64 " are less than one of the %s of %" PRIu64
                             " bytes",
                             plan->file, length, image_offset(plan), name, unit);
    return console_usage(plan->console,
                         "%s: %" PRIu64 " bytes from offset %" PRIu64 " are not whole %s of %" PRIu64
                         " bytes; --length=%" PRIu64 " would be",
                         plan->file, length, image_offset(plan), name, unit, length - rest);
}

/* bsq needs to know where each plane ends. */
static int find_height(struct bright_plan *plan)
{
    mmi_image *image = &plan->image;
    uint64_t row = plan->settings->units.row;
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
                             plan->file, image->width, image->height, plan->range.length, image_offset(plan));
    if (plan->settings->has_region)
        plan->range.length = bytes;
    else if (bytes != plan->range.length)
        return console_usage(plan->console,
                             "%s: a bsq image of %" PRIu64 "x%" PRIu64 " pixels has %" PRIu64
                             " bytes, the range %" PRIu64 "; --length=%" PRIu64 " would be right",
                             plan->file, image->width, image->height, bytes, plan->range.length, bytes);
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
                             plan->file, plan->input.length - image_offset(plan), image_offset(plan), image->width,
                             plan->settings->units.row);
    return console_usage(plan->console,
                         "--roi=%" PRIu64 ",%" PRIu64 ",%" PRIu64 "x%" PRIu64
                         ": reaches outside of the image of %" PRIu64 "x%" PRIu64 " pixels",
                         region->x, region->y, region->width, region->height, image->width, image->height);
}

/* Width and height that are given and contradict the file are a mistake, also when nothing depends on them. */
static int check_size(const struct bright_plan *plan)
{
    const struct pixel_settings *pixels = &plan->settings->pixels;
    uint64_t bytes;
    if (pixels->width == 0 || pixels->height == 0 || plan->settings->length != 0 || !image_file_is_raw(&plan->input))
        return TOOL_DONE;
    if (mmv_product(plan->settings->units.row, pixels->height, &bytes) && bytes == plan->range.length)
        return TOOL_DONE;
    return console_usage(plan->console,
                         "%s: %" PRIu64 " bytes from offset %" PRIu64 " are not an image of %" PRIu64 "x%" PRIu64
                         " pixels",
                         plan->file, plan->range.length, image_offset(plan), pixels->width, pixels->height);
}

static int fit_image(struct bright_plan *plan)
{
    const struct bright_settings *settings = plan->settings;
    const struct pixel_settings *pixels = &settings->pixels;
    plan->image = (mmi_image){.type = pixels->type,
                              .samples = pixels->samples,
                              .width = pixels->width,
                              .height = pixels->height,
                              .layout = pixels->layout};
    if (settings->has_region) {
        int result = find_height(plan);
        plan->region = settings->region;
        plan->pixels = settings->region.width * settings->region.height;
        return result != TOOL_DONE ? result : check_region(plan);
    }
    plan->pixels = plan->range.length / settings->units.pixel;
    if (pixels->layout == MMI_BSQ)
        return find_height(plan);
    plan->image.height = 0;
    int result = check_size(plan);
    if (result != TOOL_DONE)
        return result;
    if (pixels->layout == MMI_BIL)
        return check_whole(plan, settings->units.row, "rows");
    plan->image.width = 0;
    return check_whole(plan, settings->units.pixel, "pixels");
}

/* A value that the header's scale makes one that stored samples can take. */
static int scale_value(const struct bright_plan *plan, const char *option, double value, bool is_offset,
                       double *stored_ret)
{
    const mmi_container *container = &plan->input.container;
    double stored = (is_offset ? value : value - container->intercept) / container->slope;
    *stored_ret = stored;
    if (mmi_type_is_float(plan->image.type) || !isfinite(stored) || stored == trunc(stored))
        return TOOL_DONE;
    return console_usage(
        plan->console,
        "%s: --%s=%g: a stored sample means %g x sample %+g, and cannot change by that exactly; --format=raw "
        "works on stored samples",
        plan->file, option, value, container->slope, container->intercept);
}

/* What the header says that samples mean, the options mean: amounts and ends become those of stored samples. */
static int scale_amounts(struct bright_plan *plan, mmi_adjust_options *options)
{
    const struct bright_settings *settings = plan->settings;
    const mmi_container *container = &plan->input.container;
    mmi_type type = plan->image.type;
    int result = TOOL_DONE;
    size_t count = settings->add.count;
    options->add = settings->add.values;
    options->add_count = count;
    options->clamp = settings->clamp;
    options->low = settings->low;
    options->high = settings->high;
    if (!image_file_is_raw(&plan->input) && !settings->clamp && container->high < mmi_type_maximum(type)) {
        options->clamp = true;
        options->low = container->low;
        options->high = container->high;
    }
    if (container->slope == 1 && container->intercept == 0)
        return TOOL_DONE;
    if (container->slope < 0)
        return console_usage(plan->console,
                             "%s: the header's scale of %g is negative; --format=raw works on stored samples",
                             plan->file, container->slope);
    options->add = plan->amounts = calloc(count + 1, sizeof *plan->amounts);
    if (!plan->amounts)
        return console_error(plan->console, plan->file, "not enough memory");
    for (size_t i = 0; i < count && result == TOOL_DONE; i++)
        result = scale_value(plan, "add", settings->add.values[i], true, &plan->amounts[i]);
    if (result == TOOL_DONE && settings->clamp)
        result = scale_value(plan, "clamp", settings->low, false, &options->low);
    if (result == TOOL_DONE && settings->clamp)
        result = scale_value(plan, "clamp", settings->high, false, &options->high);
    options->bias = container->intercept / container->slope;
    if (settings->gain.count == 0)
        options->bias = 0;
    if (result == TOOL_DONE && options->bias != 0 && (mmi_type_is_float(type) || options->bias != trunc(options->bias)))
        return console_usage(plan->console,
                             "%s: --gain: a stored sample means %g x sample %+g, which it cannot multiply exactly; "
                             "--format=raw works on stored samples",
                             plan->file, container->slope, container->intercept);
    return result;
}

static int prepare_adjust(struct bright_plan *plan)
{
    const struct bright_settings *settings = plan->settings;
    mmi_adjust_options options = {.gain = settings->gain.values,
                                  .gain_count = settings->gain.count,
                                  .channels = settings->channels,
                                  .region = plan->region};
    int result = scale_amounts(plan, &options);
    if (result != TOOL_DONE)
        return result;
    mmv_status status = mmi_adjust_create(&plan->image, &options, &plan->adjust);
    if (status == MMV_OK)
        return TOOL_DONE;
    if (status == MMV_EINVAL || status == MMV_ERANGE) {
        const char *parameter = mmv_last_error()->parameter;
        return console_usage(plan->console, "--%s: does not fit samples of type %s", parameter ? parameter : "add",
                             mmi_type_name(plan->image.type));
    }
    return console_failure(plan->console, plan->file);
}

int plan_in_parts(const struct bright_plan *plan)
{
    if (!plan->input.header[0])
        return TOOL_DONE;
    return console_usage(
        plan->console,
        "%s: a copy that is written in parts does not have headers that lie apart; -i on a copy works on both",
        plan->input.header);
}

/* What all shards write to; whether OUT may be replaced is asked in the end. */
static int open_parts(struct bright_plan *plan)
{
    const struct bright_settings *settings = plan->settings;
    const struct output_wish wish = {settings->output, plan->file, &plan->input.info, true};
    int result = plan_in_parts(plan);
    if (result == TOOL_DONE)
        result = output_plan(&plan->output, plan->console, &wish);
    plan->operation = operation_text(settings, false);
    if (result == TOOL_DONE && plan->operation == NULL)
        return console_error(plan->console, plan->file, "not enough memory");
    const struct parts_work work = {.source = &plan->input.info,
                                    .count = settings->range.shard.count,
                                    .operation = plan->operation,
                                    .preparation = "mmshard prepare FILE OUT"};
    return result != TOOL_DONE ? result : parts_open(&plan->parts, plan->console, plan->output.path, &work);
}

static int check_output(struct bright_plan *plan)
{
    const struct bright_settings *settings = plan->settings;
    struct output_wish wish = {settings->output, plan->file, &plan->input.info, settings->force};
    struct file_facts target;
    if (settings->in_place)
        return TOOL_DONE;
    if (settings->range.shard.count)
        return open_parts(plan);
    if (!settings_to_stdout(settings) && plan->input.header[0]) {
        char samples[PATH_MAX];
        int result = apart_plan(plan, samples);
        wish.path = samples;
        return result != TOOL_DONE ? result : output_plan(&plan->output, plan->console, &wish);
    }
    if (!settings_to_stdout(settings))
        return output_plan(&plan->output, plan->console, &wish);
    if (!file_can_write(FILE_STDOUT) || file_look(FILE_STDOUT, &target) != 0)
        return console_error(plan->console, NULL, "stdout is closed");
    if (target.kind == FILE_REGULAR && file_is_same(&target, &plan->input.info))
        return console_usage(plan->console, "stdout is the input itself; use -i to change a file in place");
    if (terminal_is(FILE_STDOUT) && !settings->force && !settings->dry_run)
        return console_usage(plan->console, "stdout is a terminal; -f writes the image there nevertheless");
    return TOOL_DONE;
}

/* An unfinished run's bytes are a mixture. With a journal the library looks: it may be this very run. */
static int check_unfinished(struct bright_plan *plan)
{
    const struct bright_settings *settings = plan->settings;
    const mmv_range *range = &plan->part;
    if (settings->in_place && settings->journal != MMV_JOURNAL_OFF)
        return TOOL_DONE;
    uint64_t offset = settings->in_place ? range->offset : 0;
    uint64_t length = settings->in_place ? range->length : plan->size;
    if (length == 0 || mmv_journal_check(plan->map, offset, length, plan->neighbours) == MMV_OK)
        return TOOL_DONE;
    if (mmv_last_error()->status == MMV_EJOURNAL)
        return journal_refuse(plan->console);
    return console_failure(plan->console, plan->file);
}

int plan_make(struct bright_plan *plan, const struct bright_settings *settings, const char *file,
              const struct console *console, mmv_journals **neighbours)
{
    static int (*const steps[])(struct bright_plan *) = {open_input,     resolve_range, fit_image,        check_output,
                                                         prepare_adjust, passes_make,   check_unfinished, preview_plan};
    *plan = (struct bright_plan){.own = *settings,
                                 .console = console,
                                 .file = file,
                                 .neighbours = neighbours,
                                 .output = OUTPUT_NONE,
                                 .parts = PARTS_NONE,
                                 .apart = HEADER_FILE_NONE,
                                 .preview = PREVIEW_NONE};
    plan->settings = &plan->own;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        int result = steps[i](plan);
        if (result != TOOL_DONE)
            return result;
        /* An empty image has no passes, and is nothing to adjust. */
        if (steps[i] == check_output && plan->range.length == 0) {
            plan->has_head = plan->has_tail = passes_are_outmost(plan, false);
            return TOOL_DONE;
        }
    }
    return TOOL_DONE;
}

void plan_drop(struct bright_plan *plan)
{
    output_discard(&plan->output);
    parts_close(&plan->parts);
    free(plan->operation);
    header_file_discard(&plan->apart);
    preview_drop(&plan->preview);
    mmi_adjust_destroy(&plan->adjust);
    free(plan->amounts);
    image_file_close(&plan->input);
    plan->map = NULL;
    free(plan->passes);
    plan->passes = NULL;
    plan->pass_count = 0;
}

uint64_t plan_work(const struct bright_plan *plan)
{
    uint64_t bytes = 0;
    if (!plan->settings->in_place)
        return plan->settings->range.shard.count ? plan->part.length : plan->size;
    for (size_t i = 0; i < plan->pass_count; i++)
        bytes += passes_bytes(&plan->passes[i]);
    return bytes;
}
