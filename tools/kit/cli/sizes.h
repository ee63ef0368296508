/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_SIZES_H
#define TOOLS_SIZES_H

/* sizes: numbers as people type them, and as they like to read them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kit/cli/console.h"

/* What px and rows stand for, in bytes; 0 = not known. */
struct size_units {
    uint64_t pixel;
    uint64_t row;
};

enum size_result { SIZE_OK = 0, SIZE_BAD, SIZE_TOO_LARGE, SIZE_NO_PIXEL, SIZE_NO_ROW };

/*
 * sizes_parse() - decimal or 0x hex; K M G T P E or KiB ... (powers of 1024), kB MB ... (powers of 1000), px, rows.
 * Shape:   the whole text must be one number; NULL units = px and rows are unknown words.
 */
enum size_result sizes_parse(const char *text, const struct size_units *units, uint64_t *value_ret);

/* sizes_take() - sizes_parse() for an option's argument; says what is wrong and returns false. */
bool sizes_take(const struct console *console, const char *option, const char *text, const struct size_units *units,
                uint64_t *value_ret);

/* sizes_take_count() - a plain count within limits, no suffix; says what is wrong and returns false. */
struct size_limits {
    uint64_t low, high; /* both are allowed */
};
bool sizes_take_count(const struct console *console, const char *option, const char *text, struct size_limits limits,
                      uint64_t *value_ret);

/* sizes_take_real() - a finite number; *end_ret is the first character behind it. False when there is none. */
bool sizes_take_real(const char *text, const char **end_ret, double *value_ret);

/* sizes_take_digits() - a count at *text that 'end' follows; *text moves behind that. False when it is none. */
bool sizes_take_digits(const char **text, char end, uint64_t *value_ret);

/* sizes_text() - "512 MiB", "1.5 GiB", "137 bytes". */
#define SIZES_TEXT 32
const char *sizes_text(uint64_t bytes, char text[SIZES_TEXT]);

/* sizes_rate() - "11.2 GB/s". */
const char *sizes_rate(double bytes_per_second, char text[SIZES_TEXT]);

#endif
