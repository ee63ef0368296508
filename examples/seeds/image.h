/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_H
#define IMAGE_H

/*
 * image.h - two processes make parts of one very large image brighter, pixel by pixel, each through a view of its own.
 * The first example in the documentation of memory-mapped files in .NET.
 *
 * One thread and a checked access per pixel, as there; ../brighten.c does the same work on all processors.
 */

#include "seed.h"

#define IMAGE_NAME "ImgA"

struct colour {
    int16_t red, green, blue, alpha;
};

/* Stops at both ends of the range, also for a negative amount. */
static inline int16_t image_brighter(int16_t sample, int amount)
{
    int sum = sample + amount;
    return (int16_t)(sum > INT16_MAX ? INT16_MAX : sum < INT16_MIN ? INT16_MIN : sum);
}

static inline mmv_status image_brighten(const mmv_view *view, uint64_t length, int amount)
{
    struct colour colour;
    for (uint64_t at = 0; at < length; at += sizeof colour) {
        mmv_status status = mmv_view_read_struct(view, at, &colour, sizeof colour);
        if (status)
            return status;
        colour = (struct colour){image_brighter(colour.red, amount), image_brighter(colour.green, amount),
                                 image_brighter(colour.blue, amount), image_brighter(colour.alpha, amount)};
        status = mmv_view_write_struct(view, at, &colour, sizeof colour);
        if (status)
            return status;
    }
    /* With the guard on, a file that somebody cut short is an error here instead of a crash above. */
    return mmv_view_check(view);
}

#endif
