/* SPDX-License-Identifier: MIT */
/* meaning: see meaning.h. */
#include "mmbright/command/meaning.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include <mmview/range.h>

#include "kit/image/values.h"

static bool check_list(const struct value_list *list, const struct console *console, const char *option,
                       uint32_t samples)
{
    if (list->count <= 1 || list->count == samples)
        return true;
    console_usage(console, "--%s: %zu values for pixels of %u samples; give one, or one per channel", option,
                  list->count, samples);
    return false;
}

static bool check_amounts(const struct change_settings *change, const struct console *console,
                          const struct image_file *file)
{
    mmi_type type = file->pixels.type;
    /* With a header's scale other amounts than whole numbers may do, and whole ones may not: the plan looks. */
    bool scaled = file->container.slope != 1 || file->container.intercept != 0;
    if (!check_list(&change->add, console, "add", file->pixels.samples) ||
        !check_list(&change->gain, console, "gain", file->pixels.samples))
        return false;
    for (size_t i = 0; i < change->add.count; i++) {
        if (scaled || mmi_type_is_float(type) || change->add.values[i] == floor(change->add.values[i]))
            continue;
        console_usage(console, "--add=%g: samples of type %s need a whole number", change->add.values[i],
                      mmi_type_name(type));
        return false;
    }
    return true;
}

/* Ends that no double is would be others than those that were typed. */
static bool check_ends(const struct change_settings *change, const struct console *console, mmi_type type)
{
    if (!change->clamp || (values_are_exact(type, change->low) && values_are_exact(type, change->high)))
        return true;
    console_usage(console, "--clamp: for samples of type %s the ends are within +-2^53, or those of the type",
                  mmi_type_name(type));
    return false;
}

static bool check_geometry(const struct command *command, const struct console *console,
                           const struct pixel_settings *pixels)
{
    if (command->where.has_region && pixels->width == 0) {
        console_usage(console, "--roi needs --width");
        return false;
    }
    if (pixels->layout != MMI_BIP && pixels->width == 0) {
        console_usage(console, "--layout=%s needs --width", mmi_layout_name(pixels->layout));
        return false;
    }
    return true;
}

static bool find_range(struct meaning *meaning, const struct range_settings *range, const struct console *console,
                       const struct size_units *units)
{
    uint64_t end;
    if (range->offset && !sizes_take(console, "offset", range->offset, units, &meaning->range.offset))
        return false;
    if (range->length && !sizes_take(console, "length", range->length, units, &meaning->range.length))
        return false;
    if (mmv_sum(meaning->range.offset, meaning->range.length, &end))
        return true;
    console_usage(console, "--offset=%s --length=%s: the end does not fit 64 bits", range->offset, range->length);
    return false;
}

int meaning_find(struct meaning *meaning, const struct command *command, const struct console *console,
                 const struct image_file *file)
{
    assert(file->pixels.samples >= 1 && file->pixels.samples <= MMI_SAMPLES_MAX);
    *meaning = (struct meaning){0};
    bool fine = check_geometry(command, console, &file->pixels) &&
                where_take_channels(console, command->where.channels, file->pixels.samples, meaning->channels) &&
                check_amounts(&command->change, console, file) &&
                check_ends(&command->change, console, file->pixels.type) &&
                find_range(meaning, &command->where.range, console, &file->units);
    return fine ? TOOL_DONE : TOOL_USAGE;
}
