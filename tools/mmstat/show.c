/* SPDX-License-Identifier: MIT */
/* show: see show.h. */
#include "mmstat/show.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/cli/text.h"
#include "kit/image/values.h"

#define BAR_WIDTH 50

static void print_head(const struct image_file *file, const struct stat_result *result)
{
    const mmi_image *image = &result->image;
    char size[64] = "";
    bool is_all = result->range.length == file->length || result->range.length == image->height * file->units.row;
    if (image->width && is_all)
        snprintf(size, sizeof size, " (%" PRIu64 " x %" PRIu64 ")", image->width, result->pixels / image->width);
    text_line(stdout, "%s: %" PRIu64 " pixels%s of %u x %s, %s, %s", file->name, result->pixels, size, image->samples,
              mmi_type_name(image->type), mmi_layout_name(image->layout), mmi_format_name(file->container.format));
}

/* A sample; what is none is NaN. */
static void print_value(const struct stat_result *result, int width, double value, uint64_t bits)
{
    char text[VALUES_TEXT];
    if (result->exact && !isnan(value))
        printf(" %*s", width, values_bits_text(result->image.type, bits, text));
    else
        printf(" %*.10g", width, value);
}

static void print_figures(const struct stat_settings *settings, const struct stat_result *result)
{
    bool is_float = mmi_type_is_float(result->image.type);
    printf("%7s %14s %14s %14s %16s %16s %12s %12s", "channel", "count", "min", "max", "mean", "sd",
           is_float ? "nan" : "lowest", is_float ? "infinite" : "highest");
    if (no_data_is_any(&result->no_data))
        printf(" %12s", "no data");
    for (size_t p = 0; p < settings->percentile_count; p++)
        printf(" %11.6g%%", settings->percentiles[p]);
    printf("\n");
    for (uint32_t c = 0; c < result->image.samples; c++) {
        const mmi_channel_stats *channel = &result->channels[c];
        if (!result->shown[c])
            continue;
        printf("%7" PRIu32 " %14" PRIu64, c, channel->count);
        print_value(result, 14, channel->min, channel->min_bits);
        print_value(result, 14, channel->max, channel->max_bits);
        printf(" %16.10g %16.10g %12" PRIu64 " %12" PRIu64, channel->mean, channel->sd,
               is_float ? channel->nan : channel->low, is_float ? channel->infinite : channel->high);
        if (no_data_is_any(&result->no_data))
            printf(" %12" PRIu64, channel->no_data);
        for (size_t p = 0; p < settings->percentile_count; p++)
            print_value(result, 12, result->percentiles[c * settings->percentile_count + p],
                        result->percentile_bits[c * settings->percentile_count + p]);
        printf("\n");
    }
}

/* A terminal that draws block characters, and a person who has not asked for plain text. */
static bool has_blocks(void)
{
    const char *terminal = getenv("TERM"), *plain = getenv("NO_COLOR");
    const char *locale = getenv("LC_ALL");
    if (!locale || !*locale)
        locale = getenv("LC_CTYPE");
    if (!locale || !*locale)
        locale = getenv("LANG");
    bool utf8 = locale && (strstr(locale, "UTF-8") || strstr(locale, "utf8"));
    return utf8 && terminal && strcmp(terminal, "dumb") != 0 && !(plain && *plain);
}

static void print_bar(double share, bool blocks)
{
    static const char *const eighths[] = {"", "\u258f", "\u258e", "\u258d", "\u258c", "\u258b", "\u258a", "\u2589"};
    unsigned parts = (unsigned)(share * BAR_WIDTH * 8 + 0.5);
    if (share > 0 && parts == 0)
        parts = 1;
    for (unsigned i = 0; i < parts / 8; i++)
        fputs(blocks ? "\u2588" : "#", stdout);
    if (blocks)
        fputs(eighths[parts % 8], stdout);
    else if (parts % 8)
        fputs(parts % 8 >= 4 ? "#" : ".", stdout);
}

static void print_bars(const struct stat_settings *settings, const struct stat_result *result)
{
    bool blocks = has_blocks();
    for (uint32_t c = 0; c < result->image.samples; c++) {
        const mmi_channel_stats *channel = &result->channels[c];
        const uint64_t *bins = result->bins + (size_t)c * result->bin_count;
        uint64_t most = 0;
        if (!result->shown[c])
            continue;
        for (unsigned i = 0; i < result->bin_count; i++)
            most = bins[i] > most ? bins[i] : most;
        printf("channel %" PRIu32 "%s\n", c, settings->log_scale ? ", logarithmic" : "");
        for (unsigned i = 0; i < result->bin_count && most > 0; i++) {
            /* Halves: see bins.c. */
            double from = 2 * (channel->min / 2 + (channel->max / 2 - channel->min / 2) * i / result->bin_count);
            double share =
                settings->log_scale ? log1p((double)bins[i]) / log1p((double)most) : (double)bins[i] / (double)most;
            printf("%14.8g %14" PRIu64 " ", from, bins[i]);
            print_bar(share, blocks);
            printf("\n");
        }
    }
}

int show_table(const struct stat_settings *settings, const struct console *console, const struct image_file *file,
               const struct stat_result *result)
{
    print_head(file, result);
    print_figures(settings, result);
    if (settings->bins)
        print_bars(settings, result);
    return console_flush(console);
}

/* One figure of all channels. */
/* Which channels the lists below are of. */
static void put_channels(struct json *json, const struct stat_result *result)
{
    uint64_t values[MMI_SAMPLES_MAX];
    size_t count = 0;
    for (uint32_t c = 0; c < result->image.samples; c++)
        if (result->shown[c])
            values[count++] = c;
    json_counts(json, "channels", values, count);
}

static void put_reals(struct json *json, const char *key, const struct stat_result *result, size_t place)
{
    double values[MMI_SAMPLES_MAX];
    size_t count = 0;
    for (uint32_t c = 0; c < result->image.samples; c++)
        if (result->shown[c])
            memcpy(&values[count++], (const char *)&result->channels[c] + place, sizeof *values);
    json_reals(json, key, values, count);
}

static void put_counts(struct json *json, const char *key, const struct stat_result *result, size_t place)
{
    uint64_t values[MMI_SAMPLES_MAX];
    size_t count = 0;
    for (uint32_t c = 0; c < result->image.samples; c++)
        if (result->shown[c])
            memcpy(&values[count++], (const char *)&result->channels[c] + place, sizeof *values);
    json_counts(json, key, values, count);
}

struct values {
    const double *reals;
    const uint64_t *bits;
    size_t count;
};

/* Samples; integers of 64 bits exactly, where there are any. */
static void put_values(struct json *json, const char *key, const struct stat_result *result,
                       const struct values *values)
{
    bool found = true;
    for (size_t i = 0; i < values->count; i++)
        found &= !isnan(values->reals[i]);
    if (result->exact && found && mmi_type_is_signed(result->image.type))
        json_integers(json, key, values->bits, values->count);
    else if (result->exact && found)
        json_counts(json, key, values->bits, values->count);
    else
        json_reals(json, key, values->reals, values->count);
}

static void put_ends(struct json *json, const char *key, const struct stat_result *result, size_t place,
                     size_t bits_place)
{
    double values[MMI_SAMPLES_MAX];
    uint64_t bits[MMI_SAMPLES_MAX];
    size_t count = 0;
    for (uint32_t c = 0; c < result->image.samples; c++) {
        if (!result->shown[c])
            continue;
        memcpy(&values[count], (const char *)&result->channels[c] + place, sizeof *values);
        memcpy(&bits[count++], (const char *)&result->channels[c] + bits_place, sizeof *bits);
    }
    put_values(json, key, result, &(struct values){values, bits, count});
}

int show_json(const struct stat_settings *settings, const struct console *console, const struct image_file *file,
              const struct stat_result *result)
{
    const struct report_subject subject = {file->path, result->range.offset - file->offset, result->range.length,
                                           result->pixels, NULL};
    struct json json;
    char key[48];
    report_json_begin(&json, console, &subject, &result->report);
    json_text(&json, "format", mmi_format_name(file->container.format));
    json_bool(&json, "changed_meanwhile", result->changed_meanwhile);
    notes_json(&file->notes, &json);
    json_text(&json, "type", mmi_type_name(result->image.type));
    json_count(&json, "samples", result->image.samples);
    put_channels(&json, result);
    put_counts(&json, "count", result, offsetof(mmi_channel_stats, count));
    put_ends(&json, "min", result, offsetof(mmi_channel_stats, min), offsetof(mmi_channel_stats, min_bits));
    put_ends(&json, "max", result, offsetof(mmi_channel_stats, max), offsetof(mmi_channel_stats, max_bits));
    put_reals(&json, "mean", result, offsetof(mmi_channel_stats, mean));
    put_reals(&json, "sd", result, offsetof(mmi_channel_stats, sd));
    put_counts(&json, "nan", result, offsetof(mmi_channel_stats, nan));
    put_counts(&json, "infinite", result, offsetof(mmi_channel_stats, infinite));
    put_counts(&json, "no_data", result, offsetof(mmi_channel_stats, no_data));
    json_reals(&json, "no_data_values", result->no_data.values, result->no_data.count);
    put_counts(&json, "saturated_low", result, offsetof(mmi_channel_stats, low));
    put_counts(&json, "saturated_high", result, offsetof(mmi_channel_stats, high));
    json_reals(&json, "percentiles", settings->percentiles, settings->percentile_count);
    for (uint32_t c = 0; c < result->image.samples && settings->percentile_count; c++) {
        if (!result->shown[c])
            continue;
        snprintf(key, sizeof key, "percentiles_%" PRIu32, c);
        put_values(&json, key, result,
                   &(struct values){result->percentiles + c * settings->percentile_count,
                                    result->percentile_bits + c * settings->percentile_count,
                                    settings->percentile_count});
    }
    for (uint32_t c = 0; c < result->image.samples && settings->bins; c++) {
        if (!result->shown[c])
            continue;
        snprintf(key, sizeof key, "histogram_%" PRIu32, c);
        json_counts(&json, key, result->bins + (size_t)c * result->bin_count, result->bin_count);
    }
    return report_json_end(&json, console);
}
