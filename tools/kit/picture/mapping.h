/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_MAPPING_H
#define TOOLS_MAPPING_H

/*
 * mapping: how samples become those of a picture, which are unsigned, high byte first, and back.
 *
 *     u8 u16         as they are
 *     i8 i16         moved by half their range
 *     with a range   LO..HI to 0..255 or 0..65535, rounded; what lies outside becomes the nearer end
 *     16 to 8 bits   the upper half
 */

#include <mmimage/sample.h>

/* The keyword of the picture's tEXt chunk that says it. */
#define MAPPING_KEY "mmview-samples"
#define MAPPING_TEXT 128

struct mapping {
    mmi_type type;  /* of the samples */
    unsigned depth; /* of the picture: 8 or 16 */
    bool scaled;
    double low, high;
};

/* mapping_needs_range() - whether samples of the type fit a picture only when they are scaled. */
bool mapping_needs_range(mmi_type type);

/* mapping_write() - as the text of the chunk; "" when the picture says everything by itself. */
void mapping_write(const struct mapping *mapping, char text[MAPPING_TEXT]);

/* mapping_read() - false when the text is none, or not for pictures of this depth. */
bool mapping_read(const char *text, unsigned depth, struct mapping *mapping_ret);

/* mapping_to_picture() - 'count' samples to as many of the picture. mapping_from_picture() - the reverse. */
void mapping_to_picture(const struct mapping *mapping, const unsigned char *samples, unsigned char *picture,
                        size_t count);
void mapping_from_picture(const struct mapping *mapping, const unsigned char *picture, unsigned char *samples,
                          size_t count);

/*
 * mapping_turn() - one sample of the picture, which was made of 'sample', as its opposite: black for white. What is no
 * number stays black.
 */
void mapping_turn(const struct mapping *mapping, const unsigned char *sample, unsigned char *picture);

#endif
