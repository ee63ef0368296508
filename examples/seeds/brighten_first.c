/* SPDX-License-Identifier: MIT */
/*
 * brighten_first.c - makes a part of a very large image brighter through one view, pixel by pixel, and lends the image by
 * name to brighten_second meanwhile. The first program that the documentation of memory-mapped files in .NET shows.
 *
 *     brighten_first [FILE [OFFSET [LENGTH]]]
 *
 * One thread and a checked access per pixel, as there; ../brighten.c does the same work on all processors.
 */

#include "seed.h"

struct colour {
    int16_t red, green, blue, alpha;
};

/* Stops at both ends of the range, also for a negative amount. */
static int16_t brighter(int16_t sample, int amount)
{
    int sum = sample + amount;
    return (int16_t)(sum > INT16_MAX ? INT16_MAX : sum < INT16_MIN ? INT16_MIN : sum);
}

static mmv_status brighten(const mmv_view *view, uint64_t length, int amount)
{
    struct colour colour;
    mmv_status status = MMV_OK;
    for (uint64_t at = 0; at < length && status == MMV_OK; at += sizeof colour) {
        status = mmv_view_read_struct(view, at, &colour, sizeof colour);
        if (status)
            break;
        colour = (struct colour){brighter(colour.red, amount), brighter(colour.green, amount),
                                 brighter(colour.blue, amount), brighter(colour.alpha, amount)};
        status = mmv_view_write_struct(view, at, &colour, sizeof colour);
    }
    /* With the guard on, a file that somebody cut short is an error here instead of a crash above. */
    return status ? status : mmv_view_check(view);
}

int main(int argc, char **argv)
{
    const char *file = argc > 1 ? argv[1] : "ExtremelyLargeImage.data";
    uint64_t offset = argc > 2 ? strtoull(argv[2], NULL, 0) : 256 * MMV_MIB;
    uint64_t length = argc > 3 ? strtoull(argv[3], NULL, 0) : 512 * MMV_MIB;
    mmv_map *image = NULL;
    mmv_view view = {0};

    mmv_guard_enable();
    mmv_status status = mmv_map_open(file, MMV_READ_WRITE, &image);
    if (!status)
        status = mmv_map_share(image, seed_name("ImgA").text, NULL);
    if (!status)
        status = mmv_view_open(image, offset, length, &view);
    if (!status) {
        printf("ImgA is %s; brightening %zu bytes by 10.\n", file, view.length);
        fflush(stdout);
        status = brighten(&view, view.length, 10);
    }
    mmv_view_close(&view);
    mmv_map_close(&image);
    return status ? seed_fail("brighten_first") : 0;
}
