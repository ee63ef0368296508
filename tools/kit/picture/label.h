/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_LABEL_H
#define TOOLS_LABEL_H

/*
 * label: short words and numbers drawn into a picture in memory, in letters of 5 x 7 pixels with a column between them.
 *
 *     the letters of "before", "after", "black" and "white"; digits, point, comma, sign, space
 */

#include <stddef.h>

#define LABEL_HEIGHT 7 /* rows of a letter, times the scale */

struct label {
    unsigned char *at; /* the first sample of the upper left pixel */
    size_t stride;     /* samples from row to row */
    unsigned samples;  /* of a pixel: all get the same value */
    unsigned scale;    /* pixels of the picture that a letter's pixel is wide and high */
    unsigned char ink;
};

/* label_width() - columns that the text takes. */
size_t label_width(const char *text, unsigned scale);

/* label_draw() - the text. Its columns and LABEL_HEIGHT * scale rows must be there. Other letters stay empty. */
void label_draw(const struct label *label, const char *text);

#endif
