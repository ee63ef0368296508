/* SPDX-License-Identifier: MIT */
/* settings: mmstat's own options. */
#include "mmstat/settings.h"

#include "kit/cli/sizes.h"
#include "kit/cli/threads.h"
#include "kit/file/own.h"

enum { PERCENTILES, HISTOGRAM, LOG, PLOT, FORCE };

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct option_entry entries[] = {
    {0, "percentiles", "LIST", PERCENTILES, "exact ones, as 1,50,99",
     "Percentile P is the smallest sample for which at least P percent of all samples are not above it (nearest "
     "rank). Samples of up to 16 bits are counted in the same pass. Wider ones are read two or four times more."},
    {0, "histogram", "BINS", HISTOGRAM, "bars on the terminal",
     "Bins of equal width between the smallest and the largest sample. Samples of more than 16 bits are read once "
     "more."},
    {0, "log", NULL, LOG, "a logarithmic scale for bars and plot", NULL},
    {0, "plot", "FILE.png", PLOT, "draw the histograms (needs gnuplot)",
     "With 256 bins, unless --histogram says how many."},
    {'f', "force", NULL, FORCE, "replace an existing FILE.png", NULL},
};

static bool take_percentiles(const struct console *console, const char *argument, struct stat_settings *settings)
{
    const char *p = argument;
    settings->percentile_count = 0;
    for (;;) {
        double *value = &settings->percentiles[settings->percentile_count];
        if (settings->percentile_count == PERCENTILES_MAX || !sizes_take_real(p, &p, value) || *value < 0 ||
            *value > 100)
            break;
        settings->percentile_count++;
        if (*p == '\0')
            return true;
        if (*p++ != ',')
            break;
    }
    console_usage(console, "--percentiles=%s: must be at most %d numbers from 0 to 100", argument, PERCENTILES_MAX);
    return false;
}

static bool handle(int id, const char *argument, void *user, const struct console *console)
{
    struct stat_settings *settings = user;
    uint64_t bins;
    switch (id) {
    case PERCENTILES:
        return take_percentiles(console, argument, settings);
    case HISTOGRAM:
        if (!sizes_take_count(console, "histogram", argument, (struct size_limits){1, BINS_MAX}, &bins))
            return false;
        settings->bins = (unsigned)bins;
        return true;
    case LOG:
        settings->log_scale = true;
        return true;
    case PLOT:
        settings->plot = argument;
        return true;
    default:
        settings->force = true;
        return true;
    }
}

static const struct option_group group = {"What", entries, COUNT(entries), handle, NULL};

int settings_parse(struct stat_settings *settings, struct console *console, int argc, char **argv)
{
    int operand;
    struct where_options where = {&settings->where, &settings->pixels};
    *settings = (struct stat_settings){.pixels = settings_pixels(), .report.console = console};
    const struct option_section sections[] = {
        {&group, settings},
        {&where_group, &where},
        {&pixels_group, &settings->pixels},
        {&no_data_group, &settings->no_data},
        {&how_group, &settings->how},
        {&report_group, &settings->report},
        {&options_help_group, NULL},
    };
    const struct option_table table = {
        .usage = "[OPTION]... FILE...",
        .purpose = "Count, extremes, mean and deviation of each channel of an image.",
        .examples = {"mmstat --percentiles=1,50,99 photo.npy",
                     "mmstat -t u8 -s 3 --histogram=32 --plot=histogram.png Large.data"},
        .sections = sections,
        .count = COUNT(sections),
    };
    int result = options_parse(&table, console, argc, argv, &operand);
    if (result != OPTIONS_GO)
        return result;
    settings->files = argv + operand;
    settings->file_count = (size_t)(argc - operand);
    if (settings->file_count == 0)
        return console_usage(console, "no FILE given");
    settings->left_out = settings->file_count;
    settings->file_count = own_set_aside(settings->files, settings->file_count);
    settings->left_out -= settings->file_count;
    if (settings->file_count == 0)
        return own_refuse_all(console, settings->left_out);
    if (settings->log_scale && !settings->bins && !settings->plot)
        return console_usage(console, "--log needs --histogram or --plot");
    if (settings->plot && settings->file_count > 1)
        return console_usage(console, "--plot draws one FILE");
    if (shards_resolve(&settings->where.range.shard, console) != TOOL_DONE)
        return TOOL_USAGE;
    if (settings->how.threads == 0)
        settings->how.threads = threads_default();
    return OPTIONS_GO;
}
