/* SPDX-License-Identifier: MIT */
#ifndef TESTS_NAIVE_H
#define TESTS_NAIVE_H

/* naive: adjustments once more, by other means than the library's, and the comparison of all three. */

#include <mmimage/mmimage.h>

/* naive_check() - adjust image[0..bytes) by every way there is and fail the test where bytes or tallies differ. */
void naive_check(const mmi_image *image, const mmi_adjust_options *options, const unsigned char *data, size_t bytes);

/* naive_spans() - fail the test unless mmi_image_spans() means exactly the bytes of the region. */
void naive_spans(const mmi_image *image, const mmi_region *region, const bool *channels, uint64_t bytes);

/* naive_place() - byte of sample (x, y, channel) of an image of known width. */
uint64_t naive_place(const mmi_image *image, uint64_t x, uint64_t y, uint64_t channel);

/* Numbers that are the same in every run of a test. */
struct dice {
    uint64_t state;
};

uint64_t dice_roll(struct dice *dice);                  /* all 64 bits */
uint64_t dice_below(struct dice *dice, uint64_t sides); /* 0 .. sides - 1 */

/* Samples of a type; integers often lie at the ends of it. */
void dice_samples(struct dice *dice, mmi_type type, unsigned char *data, size_t samples);

#endif
