/* SPDX-License-Identifier: MIT */
#ifndef MMDIFF_SECOND_H
#define MMDIFF_SECOND_H

/*
 * second: the options that are of B alone: --type-b and so on. What is not said of B is said of both, and an option
 * that B has one of its own for is of A alone.
 */

#include "kit/job/settings.h"

/* As they were typed; starts as second_settings(). */
struct second_settings {
    struct pixel_settings pixels;
    struct where_settings where; /* of it offset and length */
    struct no_data_settings no_data;
    bool format_given;
};

extern const struct option_group second_group; /* of struct second_settings */

struct second_settings second_settings(void);

/* second_has_pixels() - whether any of those was typed that are about pixels. */
bool second_has_pixels(const struct second_settings *second);

/* second_pixels(), second_range(), second_no_data() - those of B, from its own and those of both. */
struct pixel_settings second_pixels(const struct second_settings *second, const struct pixel_settings *both);
struct range_settings second_range(const struct second_settings *second, const struct range_settings *both);
struct no_data_settings second_no_data(const struct second_settings *second, const struct no_data_settings *both);

/* second_first() - of the options of both those that are of A alone. */
struct pixel_settings second_first(const struct second_settings *second, const struct pixel_settings *both);

#endif
