/* SPDX-License-Identifier: MIT */
/* settings: mmdiff's own options. */
#include "mmdiff/settings.h"

#include <math.h>
#include <string.h>

#include "kit/cli/sizes.h"
#include "kit/cli/threads.h"
#include "mmdiff/places.h"

enum { TOLERANCE, PLACES, HISTOGRAM, PICTURE, FORCE, ANY_TYPE, RECORD };

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct option_entry entries[] = {
    {0, "tolerance", "T", TOLERANCE, "samples that differ by at most T are equal",
     "T is a number from 0 on. Samples whose difference is no number still differ: NaN and a number, or no data in "
     "one of the files."},
    {0, "places", "N", PLACES, "show the first N differences (default 10)", NULL},
    {0, "histogram", NULL, HISTOGRAM, "count the differences of each size",
     "There is a bin for each power of two. --json always has the histogram."},
    {0, "picture", "FILE.png", PICTURE, "draw where they differ",
     "The picture has at most 1024 pixels a side; larger images are drawn smaller. A pixel is black where all samples "
     "that it stands for are equal. The more of them differ, the brighter it is. The images must have a width."},
    {'f', "force", NULL, FORCE, "replace an existing FILE.png", NULL},
    {0, "any-type", NULL, ANY_TYPE, "another type of samples is no difference",
     "Samples of different types are compared by their values in any case. With this option the files count as equal "
     "when all values are equal."},
    {0, "record", "FIELDS", RECORD, "compare records: 'u64 id, f64 value'",
     "Fields lie one behind the other; their types are those of --type, and bool, char and gap[N], as in mmrec(1). "
     "Each "
     "field has its figures, of all elements if it is an array. Text is equal up to its first NUL; gaps are not "
     "compared."},
};

/* All digits: exact beyond 2^53, too. */
static bool take_digits(const char *argument, uint64_t *value_ret)
{
    return argument[strspn(argument, "0123456789")] == '\0' && sizes_parse(argument, NULL, value_ret) == SIZE_OK;
}

static bool take_tolerance(const struct console *console, const char *argument, struct tolerance *tolerance)
{
    const char *end = argument;
    if (!sizes_take_real(argument, &end, &tolerance->real) || *end != '\0' || !(tolerance->real >= 0)) {
        console_usage(console, "--tolerance=%s: must be a number from 0 on", argument);
        return false;
    }
    if (!take_digits(argument, &tolerance->whole))
        tolerance->whole = tolerance->real < 0x1p64 ? (uint64_t)tolerance->real : UINT64_MAX;
    return true;
}

static bool handle(int id, const char *argument, void *user, const struct console *console)
{
    struct diff_settings *settings = user;
    switch (id) {
    case TOLERANCE:
        return take_tolerance(console, argument, &settings->tolerance);
    case PLACES:
        return sizes_take_count(console, "places", argument, (struct size_limits){0, PLACES_MAX}, &settings->places);
    case HISTOGRAM:
        settings->histogram = true;
        return true;
    case PICTURE:
        settings->picture = argument;
        return true;
    case FORCE:
        settings->force = true;
        return true;
    case ANY_TYPE:
        settings->any_type = true;
        return true;
    default:
        settings->record = argument;
        return true;
    }
}

static const struct option_group group = {"What", entries, COUNT(entries), handle, NULL};

/* Which options go together. */
static int check(const struct diff_settings *settings, const struct console *console)
{
    const struct where_settings *where = &settings->where;
    if (settings->record && (where->has_region || where->channels || settings->pixels.row_bytes))
        return console_usage(console, "--record has no pixels: --roi, --channels and --row-bytes do not go with it");
    if (settings->record && settings->no_data.given)
        return console_usage(console, "--record has no pixels: --nodata does not go with it");
    if (settings->record && second_has_pixels(&settings->second))
        return console_usage(console, "--record has no pixels: of B it takes --offset-b, --length-b and --format-b");
    if (settings->record && settings->picture)
        return console_usage(console, "--record has no pixels: there is nothing to draw for --picture");
    if (settings->picture && console->quiet)
        return console_usage(console, "-q stops at the first difference: --picture needs all of them");
    if (strcmp(settings->a, "-") == 0 && strcmp(settings->b, "-") == 0)
        return console_usage(console, "both files cannot be stdin");
    return TOOL_DONE;
}

/* Two files share the options: a header of one may say otherwise. */
static void complete_second(struct diff_settings *settings)
{
    const struct second_settings *second = &settings->second;
    settings->pixels.of_two = true;
    settings->pixels_b = second_pixels(second, &settings->pixels);
    settings->range_b = second_range(second, &settings->where.range);
    settings->no_data_b = second_no_data(second, &settings->no_data);
}

int settings_parse(struct diff_settings *settings, struct console *console, int argc, char **argv)
{
    int operand;
    struct where_options where = {&settings->where, &settings->pixels};
    *settings = (struct diff_settings){.places = 10, .pixels = settings_pixels(), .report.console = console};
    settings->second = second_settings();
    const struct option_section sections[] = {
        {&group, settings},
        {&where_group, &where},
        {&pixels_group, &settings->pixels},
        {&no_data_group, &settings->no_data},
        {&second_group, &settings->second},
        {&how_group, &settings->how},
        {&report_group, &settings->report},
        {&options_help_group, NULL},
    };
    const struct option_table table = {
        .usage = "[OPTION]... A B",
        .purpose = "Compare the samples of two images, or the fields of two files of records.",
        .examples = {"mmdiff --tolerance=1 --picture=where.png before.npy after.pam",
                     "mmdiff --record='u64 id, f64 value' old.bin new.bin"},
        .sections = sections,
        .count = COUNT(sections),
    };
    int result = options_parse(&table, console, argc, argv, &operand);
    if (result != OPTIONS_GO)
        return result;
    if (argc - operand != 2)
        return console_usage(console, "two files are compared, %d given", argc - operand);
    settings->a = argv[operand];
    settings->b = argv[operand + 1];
    if (check(settings, console) != TOOL_DONE || shards_resolve(&settings->where.range.shard, console) != TOOL_DONE)
        return TOOL_USAGE;
    if (settings->how.threads == 0)
        settings->how.threads = threads_default();
    complete_second(settings);
    return OPTIONS_GO;
}
