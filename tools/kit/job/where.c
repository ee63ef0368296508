/* SPDX-License-Identifier: MIT */
/* where: see where.h. */
#include "kit/job/where.h"

#include <assert.h>
#include <string.h>

#include "kit/cli/sizes.h"
#include "kit/job/settings.h"

/* In the table's order: what a group leaves out stands at an end. */
enum { ROI, CHANNELS, OFFSET, LENGTH, PART, ROW_BYTES, SHARD, SHARD_INDEX, SHARD_COUNT, ENTRIES };

static const struct option_entry entries[ENTRIES] = {
    {0, "roi", "X,Y,WxH", ROI, "only this rectangle (needs a width)",
     "The image begins at --offset. When --length is given, the image has at most that length."},
    {'c', "channels", "LIST", CHANNELS, "only these: 0-based list, or letters of rgba",
     "The default is all channels, alpha too. In a picture the first of the list is red, the second green."},
    {0, "offset", "SIZE", OFFSET, "start here (default 0)",
     "A SIZE is decimal or 0x hex, alone or with a unit. K, M, G, T (or KiB, MiB, ...) are powers of 1024, kB, MB, "
     "GB, TB powers of 1000. Other units are px, a pixel, and rows, a row of --width pixels. When FILE has a header, "
     "SIZE counts from the first sample."},
    {0, "length", "SIZE", LENGTH, "this much (default or 0: to the end)", NULL},
    {0, "part", "PART", PART, "of several images: number, name, or all (default 1)",
     "The pages of a TIFF count from 1, without smaller copies and masks. all takes images of one size and type as "
     "one, the second below the first and so on."},
    {0, "row-bytes", "SIZE", ROW_BYTES, "from one row to the next (default: no gap)",
     "The distance from the start of one row to the start of the next, for raw images with other bytes at the end of "
     "each row. These bytes are no samples, and stay as they are. With bsq a row belongs to one channel. The last row "
     "may end with its last sample."},
    {0, "shard", "K/N", SHARD, "only the K-th of N parts, or auto",
     "The borders between the parts are multiples of 64 KiB of the file, as evenly spaced as possible. A record is in "
     "the part where its first byte lies. auto reads the scheduler's variables: a Slurm array, srun, Open MPI, MPICH, "
     "Kubernetes (with --shard-count), AWS Batch, GNU parallel (with --shard-count, or PARALLEL_TOTAL set)."},
    {0, "shard-index", "I", SHARD_INDEX, NULL, "The same with numbers from 0: part I of --shard-count parts."},
    {0, "shard-count", "N", SHARD_COUNT, NULL, "How many parts there are."},
};

/* Longer than any name that a header gives to a part. */
#define PART_LENGTH 80

static bool take_part(const char *argument, const struct console *console, struct pixel_settings *pixels)
{
    pixels->part = argument;
    if (argument[0] != '\0' && strlen(argument) < PART_LENGTH)
        return true;
    console_usage(console, "--part%s=%s: must be a number from 1, a name, or all",
                  second_suffix(pixels->second, SECOND_PART), argument);
    return false;
}

static bool take_row_bytes(const char *argument, const struct console *console, struct pixel_settings *pixels)
{
    const char *suffix = second_suffix(pixels->second, SECOND_ROW_BYTES);
    char option[SETTINGS_OPTION];
    if (!sizes_take(console, settings_option("row-bytes", suffix, option), argument, NULL, &pixels->row_bytes))
        return false;
    if (pixels->row_bytes > 0)
        return true;
    console_usage(console, "--row-bytes%s=%s: a row has at least one byte", suffix, argument);
    return false;
}

static bool keep(const char *argument, const char **text)
{
    *text = argument;
    return true;
}

static bool handle(int id, const char *argument, void *user, const struct console *console)
{
    const struct where_options *options = user;
    struct where_settings *where = options->where;
    switch (id) {
    case ROI:
        where->has_region = where_take_region(console, argument, &where->region);
        return where->has_region;
    case CHANNELS:
        return keep(argument, &where->channels);
    case OFFSET:
        return keep(argument, &where->range.offset);
    case LENGTH:
        return keep(argument, &where->range.length);
    case PART:
        return take_part(argument, console, options->pixels);
    case ROW_BYTES:
        return take_row_bytes(argument, console, options->pixels);
    case SHARD:
        return keep(argument, &where->range.shard.text);
    case SHARD_INDEX:
        return keep(argument, &where->range.shard.index_text);
    default:
        assert(id == SHARD_COUNT);
        return keep(argument, &where->range.shard.count_text);
    }
}

const struct option_group where_group = {"Where", entries, ENTRIES, handle, NULL};
const struct option_group where_alone_group = {"Where", entries, SHARD, handle, NULL};
const struct option_group where_shard_group = {"Where", entries + SHARD, ENTRIES - SHARD, handle, NULL};
const struct option_group where_bytes_group = {"Where", entries + OFFSET, ENTRIES - OFFSET, handle, NULL};

bool where_take_region(const struct console *console, const char *argument, mmi_region *region_ret)
{
    const char *p = argument;
    if (!sizes_take_digits(&p, ',', &region_ret->x) || !sizes_take_digits(&p, ',', &region_ret->y) ||
        !sizes_take_digits(&p, 'x', &region_ret->width) || !sizes_take_digits(&p, '\0', &region_ret->height)) {
        console_usage(console, "--roi=%s: must be X,Y,WxH in pixels", argument);
        return false;
    }
    if (region_ret->width > 0 && region_ret->height > 0)
        return true;
    console_usage(console, "--roi=%s: the rectangle is empty", argument);
    return false;
}

/* ---- channels ---------------------------------------------------------------------------------------------------- */

/* One more, if it is not there yet. */
static void add_channel(uint32_t *list, uint32_t *count, uint32_t channel)
{
    for (uint32_t i = 0; i < *count; i++)
        if (list[i] == channel)
            return;
    list[(*count)++] = channel;
}

/* Letters of rgba, or numbers; 0 when it is neither, or a channel that the pixels do not have. */
static uint32_t parse_channels(const char *text, uint32_t samples, uint32_t *list)
{
    static const char letters[] = "rgba";
    uint32_t count = 0;
    if (*text >= '0' && *text <= '9') {
        uint64_t channel;
        for (const char *p = text;;) {
            if (!sizes_take_digits(&p, strchr(p, ',') ? ',' : '\0', &channel) || channel >= samples)
                return 0;
            add_channel(list, &count, (uint32_t)channel);
            if (*p == '\0')
                return p[-1] != ',' ? count : 0;
        }
    }
    for (const char *p = text; *p; p++) {
        const char *letter = strchr(letters, *p);
        if (letter == NULL || letter - letters >= (ptrdiff_t)samples)
            return 0;
        add_channel(list, &count, (uint32_t)(letter - letters));
    }
    return count;
}

uint32_t where_list_channels(const struct console *console, const char *list, uint32_t samples, uint32_t *list_ret)
{
    for (uint32_t i = 0; list == NULL && i < samples; i++)
        list_ret[i] = i;
    uint32_t count = list == NULL ? samples : parse_channels(list, samples, list_ret);
    if (count == 0)
        console_usage(console,
                      "--channels=%s: must be numbers from 0 to %u with commas between them, or letters of %.*s", list,
                      samples - 1, (int)(samples < 4 ? samples : 4), "rgba");
    return count;
}

bool where_take_channels(const struct console *console, const char *list, uint32_t samples, bool *channels)
{
    uint32_t named[MMI_SAMPLES_MAX];
    assert(samples >= 1 && samples <= MMI_SAMPLES_MAX);
    uint32_t count = where_list_channels(console, list, samples, named);
    memset(channels, false, samples);
    for (uint32_t i = 0; i < count; i++)
        channels[named[i]] = true;
    return count > 0;
}
