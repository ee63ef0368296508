/* SPDX-License-Identifier: MIT */
/* image_options: what the options say of an image, beside what its header says. */
#include "kit/image/image_file.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

/* An option, and whether it is that of a second file. */
struct asked_option {
    const char *name, *suffix;
};

static struct asked_option option_of(const struct pixel_settings *asked, const char *name, enum second_option option)
{
    return (struct asked_option){name, second_suffix(asked->second, option)};
}

static int contradict(const struct console *console, struct asked_option option, const char *given, const char *header)
{
    return console_usage(console, "--%s%s=%s: the header says %s", option.name, option.suffix, given, header);
}

static int check_number(const struct console *console, struct asked_option option, uint64_t given, uint64_t header)
{
    char a[24], b[24];
    if (given == 0 || given == header)
        return TOOL_DONE;
    snprintf(a, sizeof a, "%" PRIu64, given);
    snprintf(b, sizeof b, "%" PRIu64, header);
    return contradict(console, option, a, b);
}

/* Options that say something else than the header are a mistake. */
int image_file_agree(const struct image_file *file, const struct console *console, const struct pixel_settings *asked)
{
    const mmi_image *image = &file->container.image;
    int result =
        check_number(console, option_of(asked, "samples", SECOND_SAMPLES), asked->samples_given, image->samples);
    if (result == TOOL_DONE)
        result = check_number(console, option_of(asked, "width", SECOND_WIDTH), asked->width, image->width);
    if (result == TOOL_DONE)
        result = check_number(console, option_of(asked, "height", SECOND_HEIGHT), asked->height, image->height);
    if (result != TOOL_DONE)
        return result;
    if (asked->type_given && (asked->type.kind != image->type.kind ||
                              (mmi_type_size(image->type) > 1 && asked->type.big_endian != image->type.big_endian)))
        return contradict(console, option_of(asked, "type", SECOND_TYPE), mmi_type_name(asked->type),
                          mmi_type_name(image->type));
    if (asked->layout_given && asked->layout != image->layout && image->samples > 1)
        return contradict(console, option_of(asked, "layout", SECOND_LAYOUT), mmi_layout_name(asked->layout),
                          mmi_layout_name(image->layout));
    return TOOL_DONE;
}

int image_file_count_units(struct image_file *file, const struct console *console)
{
    const struct pixel_settings *pixels = &file->pixels;
    file->units = (struct size_units){.pixel = mmi_type_size(pixels->type) * pixels->samples};
    if (mmv_product(file->units.pixel, pixels->width, &file->units.row))
        return TOOL_DONE;
    return console_usage(console, "--width%s=%" PRIu64 ": a row would not fit 64 bits",
                         second_suffix(pixels->second, SECOND_WIDTH), pixels->width);
}

int image_file_describe(struct image_file *file, const struct console *console, const struct pixel_settings *pixels)
{
    assert(image_file_is_raw(file));
    file->pixels = *pixels;
    return image_file_count_units(file, console);
}
