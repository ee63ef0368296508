/* SPDX-License-Identifier: MIT */
/* fuzz_sizes.c - any text as a size: compared with arithmetic of 128 bits, and read back from what it came to. */

#include "fuzz.h"

#include "kit/cli/sizes.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

typedef unsigned __int128 wide;

/* What the whole text is worth, far from any border of 64 bits; false when it is no number with a unit. */
static bool evaluate(const char *text, const struct size_units *units, wide *value_ret)
{
    static const struct {
        const char *name;
        unsigned base, exponent;
    } known[] = {
        {"", 1, 0},       {"K", 1024, 1},   {"M", 1024, 2},   {"G", 1024, 3},   {"T", 1024, 4},   {"P", 1024, 5},
        {"E", 1024, 6},   {"KiB", 1024, 1}, {"MiB", 1024, 2}, {"GiB", 1024, 3}, {"TiB", 1024, 4}, {"PiB", 1024, 5},
        {"EiB", 1024, 6}, {"k", 1024, 1},   {"kB", 1000, 1},  {"KB", 1000, 1},  {"MB", 1000, 2},  {"GB", 1000, 3},
        {"TB", 1000, 4},  {"PB", 1000, 5},  {"EB", 1000, 6},
    };
    const wide huge = (wide)1 << 66;
    const char *digits = "0123456789abcdef";
    wide value = 0;
    unsigned base = text[0] == '0' && (text[1] | 32) == 'x' ? 16 : 10;
    const char *p = base == 16 ? text + 2 : text, *begin = p;
    for (const char *digit;
         *p && (digit = strchr(digits, *p >= 'A' && *p <= 'F' ? *p | 32 : *p)) && digit < digits + base; p++)
        value = value > huge ? value : value * base + (unsigned)(digit - digits);
    wide unit = 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(p, known[i].name) == 0)
            for (unsigned e = (unit = 1, known[i].exponent); e > 0; e--)
                unit *= known[i].base;
    if (units && strcmp(p, "px") == 0)
        unit = units->pixel;
    if (units && (strcmp(p, "row") == 0 || strcmp(p, "rows") == 0))
        unit = units->row;
    *value_ret = value > huge ? huge : value * unit;
    return p > begin && unit > 0;
}

static void check_text(const char *text, const struct size_units *units)
{
    uint64_t value = 1, again = 0;
    wide wanted;
    char plain[32], shown[SIZES_TEXT];
    enum size_result result = sizes_parse(text, units, &value);
    bool valid = evaluate(text, units, &wanted);
    MUST(valid == (result == SIZE_OK || result == SIZE_TOO_LARGE));
    if (!valid)
        return;
    MUST((result == SIZE_OK) == (wanted <= UINT64_MAX));
    if (result != SIZE_OK)
        return;
    MUST(value == (uint64_t)wanted);
    snprintf(plain, sizeof plain, "%" PRIu64, value);
    MUST(sizes_parse(plain, NULL, &again) == SIZE_OK && again == value);
    MUST(strlen(sizes_text(value, shown)) < SIZES_TEXT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct size_units units = {8, 4096}, no_row = {8, 0};
    const char *end;
    double real;
    if (size > 200)
        return -1;
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    check_text(text, NULL);
    check_text(text, &units);
    check_text(text, &no_row);
    if (sizes_take_real(text, &end, &real))
        MUST(isfinite(real) && end > text && end <= text + size);
    free(text);
    return 0;
}
