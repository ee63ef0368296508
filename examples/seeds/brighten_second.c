/* SPDX-License-Identifier: MIT */
/*
 * brighten_second.c - works on the image that brighten_first has opened, knowing nothing of it but its name. The second
 * process of the same example in the documentation of .NET.
 *
 *     brighten_second
 *
 * The view begins in the middle of a page, and only a part of it is changed.
 */

#include "seed.h"

struct colour {
    int16_t red, green, blue, alpha;
};

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
    return status ? status : mmv_view_check(view);
}

int main(void)
{
    mmv_map *image = NULL;
    mmv_view view = {0};

    mmv_guard_enable();
    mmv_status status = mmv_map_open_named(seed_name("ImgA").text, MMV_READ_WRITE, NULL, &image);
    if (!status)
        status = mmv_view_open(image, 4000000, 2000000, &view);
    if (!status) {
        printf("ImgA is open; brightening 1500000 bytes by 20.\n");
        fflush(stdout);
        status = brighten(&view, 1500000, 20);
    }
    mmv_view_close(&view);
    mmv_map_close(&image);
    return status ? seed_fail("brighten_second") : 0;
}
