/* SPDX-License-Identifier: MIT */
/* picture: see picture.h. */
#include "mmdiff/picture.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "kit/image/header_file.h"
#include "kit/os/path.h"
#include "kit/picture/small_png.h"

/* The darkest of what is not equal: one sample of a million must be seen. */
#define DARKEST 64

bool picture_make(struct picture *picture, const mmi_region *region)
{
    uint64_t longer = mmv_max(region->width, region->height);
    assert(region->width > 0 && region->height > 0);
    *picture = (struct picture){.region = *region, .shrink = (longer - 1) / PICTURE_SIDE + 1};
    picture->width = (uint32_t)((region->width - 1) / picture->shrink + 1);
    picture->height = (uint32_t)((region->height - 1) / picture->shrink + 1);
    picture->counts = calloc((size_t)picture->width * picture->height, sizeof *picture->counts);
    return picture->counts != NULL;
}

void picture_mark(struct picture *picture, uint64_t x, uint64_t y)
{
    uint64_t column = (x - picture->region.x) / picture->shrink, row = (y - picture->region.y) / picture->shrink;
    assert(column < picture->width && row < picture->height);
    picture->counts[row * picture->width + column]++;
}

void picture_merge(struct picture *picture, const struct picture *more)
{
    for (size_t i = 0; i < (size_t)picture->width * picture->height; i++)
        picture->counts[i] += more->counts[i];
}

/* Samples of a square: those at the edges may be cut. */
static uint64_t samples_of(const struct picture *picture, uint32_t column, uint32_t row, uint32_t channels)
{
    uint64_t width = mmv_min(picture->shrink, picture->region.width - column * picture->shrink);
    uint64_t height = mmv_min(picture->shrink, picture->region.height - row * picture->shrink);
    return width * height * channels;
}

static void draw(const struct picture *picture, uint32_t channels, unsigned char *pixels)
{
    for (uint32_t row = 0; row < picture->height; row++)
        for (uint32_t column = 0; column < picture->width; column++) {
            size_t at = (size_t)row * picture->width + column;
            double share = (double)picture->counts[at] / (double)samples_of(picture, column, row, channels);
            pixels[at] = picture->counts[at] ? (unsigned char)(DARKEST + share * (255 - DARKEST)) : 0;
        }
}

int picture_plan(struct output *output, const struct console *console, const struct picture_wish *wish)
{
    struct inputs inputs = {0};
    bool known = image_file_add_inputs(wish->a, &inputs) && image_file_add_inputs(wish->b, &inputs);
    const struct output_wish plan = {
        .path = wish->path, .source = &wish->a->info, .inputs = &inputs, .force = wish->force};
    int result = !small_png_can()
                     ? console_error(console, wish->path, "cannot be drawn: libpng is not there (Debian: libpng16-16)")
                 : known ? output_plan(output, console, &plan)
                         : console_error(console, wish->path, "not enough memory");
    inputs_drop(&inputs);
    return result;
}

int picture_write(const struct picture *picture, struct output *output, const struct console *console,
                  const struct picture_wish *wish)
{
    char title[256], comment[128];
    const struct output_rights rights = files_rights(wish->a, OUTPUT_DERIVED);
    unsigned char *pixels = malloc((size_t)picture->width * picture->height);
    int result = pixels ? output_create(output, console) : console_error(console, wish->path, "not enough memory");
    snprintf(title, sizeof title, "differences of %.100s and %.100s", path_base(wish->a->path),
             path_base(wish->b->path));
    snprintf(comment, sizeof comment, "a pixel is %" PRIu64 " x %" PRIu64 " pixels, black where they are equal",
             picture->shrink, picture->shrink);
    if (result == TOOL_DONE) {
        draw(picture, wish->channels, pixels);
        const struct small_png png = {picture->width, picture->height, 1, pixels, title, comment};
        if (!small_png_write(&png, output->descriptor))
            result = console_error(console, output->path, "cannot write it: %s", strerror(errno));
    }
    free(pixels);
    return result == TOOL_DONE ? output_publish(output, console, &rights, false) : result;
}

void picture_drop(struct picture *picture)
{
    free(picture->counts);
    *picture = (struct picture){0};
}
