/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_SMALL_PNG_H
#define TOOLS_SMALL_PNG_H

/*
 * small_png: a picture that is in memory, as a PNG. libpng is loaded when the first one is asked for: linked, it would
 * be in the way of every start of a tool that draws one now and then.
 */

#include <stdbool.h>
#include <stdint.h>

struct small_png {
    uint32_t width, height;
    unsigned samples;            /* 1 gray, 3 RGB; 8 bits each */
    const unsigned char *pixels; /* rows without gaps */
    const char *title, *comment; /* what it shows, in Latin-1 */
};

/* small_png_can() - whether there is a libpng to write with. */
bool small_png_can(void);

/* small_png_write() - into an open file, from its start. False when it could not be written; errno says why. */
bool small_png_write(const struct small_png *picture, int descriptor);

#endif
