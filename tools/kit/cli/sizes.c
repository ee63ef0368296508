/* SPDX-License-Identifier: MIT */
/*
 * sizes: text to numbers and back.
 *
 * 1. No number wraps: digits and units go through the checked arithmetic of mmview/range.h.
 * 2. What is not wholly understood is an error that shows the text as it was typed.
 *
 * Neither can be asserted: a text may be anything, and the functions' results say so.
 */
#include "kit/cli/sizes.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/range.h>

static int digit_value(char c, int base)
{
    int value = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : 99;
    return value < base ? value : -1;
}

static enum size_result parse_digits(const char *text, const char **end_ret, uint64_t *value_ret)
{
    int base = text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 16 : 10;
    const char *p = base == 16 ? text + 2 : text;
    uint64_t value = 0;
    bool fits = true;
    if (digit_value(*p, base) < 0)
        return SIZE_BAD;
    for (int digit; (digit = digit_value(*p, base)) >= 0; p++)
        fits = fits && mmv_product(value, (uint64_t)base, &value) && mmv_sum(value, (uint64_t)digit, &value);
    *end_ret = p;
    *value_ret = value;
    return fits ? SIZE_OK : SIZE_TOO_LARGE;
}

static uint64_t power(uint64_t base, unsigned exponent)
{
    uint64_t value = 1;
    while (exponent-- > 0)
        value *= base;
    return value;
}

/* K, KiB, kB and so on; 0 when it is none of these. */
static uint64_t byte_unit(const char *suffix)
{
    static const char letters[] = "KMGTPE";
    const char *letter = suffix[0] == 'k' ? letters : strchr(letters, suffix[0]);
    if (suffix[0] == '\0' || letter == NULL)
        return 0;
    unsigned exponent = (unsigned)(letter - letters) + 1;
    if (strcmp(suffix + 1, "B") == 0)
        return power(1000, exponent);
    if (suffix[1] == '\0' || (strcmp(suffix + 1, "iB") == 0 && suffix[0] != 'k'))
        return power(1024, exponent);
    return 0;
}

enum size_result sizes_parse(const char *text, const struct size_units *units, uint64_t *value_ret)
{
    const char *suffix = text;
    uint64_t value = 0;
    uint64_t unit = 1;
    enum size_result result = parse_digits(text, &suffix, &value);
    if (result == SIZE_BAD)
        return SIZE_BAD;
    if (units && strcmp(suffix, "px") == 0)
        unit = units->pixel;
    else if (units && (strcmp(suffix, "rows") == 0 || strcmp(suffix, "row") == 0))
        unit = units->row;
    else if (suffix[0] != '\0' && (unit = byte_unit(suffix)) == 0)
        return SIZE_BAD;
    if (unit == 0)
        return suffix[0] == 'p' ? SIZE_NO_PIXEL : SIZE_NO_ROW;
    if (result != SIZE_OK || !mmv_product(value, unit, &value))
        return SIZE_TOO_LARGE;
    *value_ret = value;
    return SIZE_OK;
}

bool sizes_take(const struct console *console, const char *option, const char *text, const struct size_units *units,
                uint64_t *value_ret)
{
    switch (sizes_parse(text, units, value_ret)) {
    case SIZE_OK:
        return true;
    case SIZE_BAD:
        console_usage(console, "--%s=%s: not a size (such as 4096, 0x1000, 64K, 10MB%s)", option, text,
                      units ? ", 100px or 2rows" : "");
        return false;
    case SIZE_TOO_LARGE:
        console_usage(console, "--%s=%s: does not fit 64 bits", option, text);
        return false;
    case SIZE_NO_PIXEL:
        console_usage(console, "--%s=%s: the size of a pixel is not known here", option, text);
        return false;
    case SIZE_NO_ROW:
        console_usage(console, "--%s=%s: rows need --width", option, text);
        return false;
    }
    return false;
}

bool sizes_take_count(const struct console *console, const char *option, const char *text, struct size_limits limits,
                      uint64_t *value_ret)
{
    assert(limits.low <= limits.high);
    const char *end = text;
    uint64_t value = 0;
    enum size_result result = parse_digits(text, &end, &value);
    if (result == SIZE_BAD || *end != '\0') {
        console_usage(console, "--%s=%s: not a number", option, text);
        return false;
    }
    if (result == SIZE_TOO_LARGE || value < limits.low || value > limits.high) {
        console_usage(console, "--%s=%s: must be from %" PRIu64 " to %" PRIu64, option, text, limits.low, limits.high);
        return false;
    }
    *value_ret = value;
    return true;
}

bool sizes_take_real(const char *text, const char **end_ret, double *value_ret)
{
    char *end;
    if (isspace((unsigned char)text[0]))
        return false;
    double value = strtod(text, &end);
    if (end == text || !isfinite(value))
        return false;
    *end_ret = end;
    *value_ret = value;
    return true;
}

const char *sizes_text(uint64_t bytes, char text[SIZES_TEXT])
{
    static const char *const names[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    unsigned unit = 0;
    double value = (double)bytes;
    for (; value >= 1024 && unit + 1 < sizeof names / sizeof *names; unit++)
        value /= 1024;
    if (unit == 0)
        snprintf(text, SIZES_TEXT, "%" PRIu64 " byte%s", bytes, bytes == 1 ? "" : "s");
    else
        snprintf(text, SIZES_TEXT, value == floor(value) || value >= 100 ? "%.0f %s" : "%.1f %s", value, names[unit]);
    return text;
}

const char *sizes_rate(double bytes_per_second, char text[SIZES_TEXT])
{
    static const char *const names[] = {"B/s", "kB/s", "MB/s", "GB/s", "TB/s"};
    unsigned unit = 0;
    for (; bytes_per_second >= 1000 && unit + 1 < sizeof names / sizeof *names; unit++)
        bytes_per_second /= 1000;
    snprintf(text, SIZES_TEXT, bytes_per_second >= 100 ? "%.0f %s" : "%.1f %s", bytes_per_second, names[unit]);
    return text;
}

bool sizes_take_digits(const char **text, char end, uint64_t *value_ret)
{
    const char *p = *text;
    uint64_t value = 0;
    if (*p < '0' || *p > '9')
        return false;
    for (; *p >= '0' && *p <= '9'; p++) {
        if (!mmv_product(value, 10, &value) || !mmv_sum(value, (uint64_t)(*p - '0'), &value))
            return false;
    }
    if (*p != end)
        return false;
    *text = end ? p + 1 : p;
    *value_ret = value;
    return true;
}
