/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_WHERE_H
#define TOOLS_WHERE_H

/*
 * where: which bytes and samples of a FILE are meant. One table has the options of all tools that ask:
 *
 *     --roi --channels     which samples of the image            struct where_settings
 *     --offset --length    which bytes are the image             struct range_settings
 *     --part --row-bytes   which image, and how its rows lie     struct pixel_settings
 *     --shard ...          which part of that has this process   struct range_settings
 *
 * A tool that lacks some of them takes a group that is a stretch of the same table.
 */

#include <stdbool.h>
#include <stdint.h>

#include <mmimage/image.h>

#include "kit/cli/options.h"
#include "kit/job/shards.h"

struct pixel_settings;

/* Options that tools with two files have for the second one alone: messages call these --type-b and so on. */
enum second_option {
    SECOND_TYPE = 1,
    SECOND_SAMPLES = 2,
    SECOND_WIDTH = 4,
    SECOND_HEIGHT = 8,
    SECOND_LAYOUT = 16,
    SECOND_PART = 32,
    SECOND_ROW_BYTES = 64,
    SECOND_OFFSET = 128,
    SECOND_LENGTH = 256,
    SECOND_ALL = 511
};

/* second_suffix() - what stands behind an option's name: 'second' has the bits of those that are the second file's. */
static inline const char *second_suffix(unsigned second, enum second_option option)
{
    return second & option ? "-b" : "";
}

/* Kept as text: px and rows mean nothing before all options are known. NULL = not given. */
struct range_settings {
    const char *offset;
    const char *length;
    unsigned second;             /* bits of enum second_option: which of the two are the second file's */
    struct shard_settings shard; /* for shards_resolve() */
};

/* Zero bytes mean the whole image. */
struct where_settings {
    struct range_settings range;
    bool has_region;
    mmi_region region;
    const char *channels; /* as typed, for where_take_channels() or where_list_channels(); NULL = all */
};

/* What the groups' options fill in: their section's user. */
struct where_options {
    struct where_settings *where;
    struct pixel_settings *pixels; /* of it part and row_bytes */
};

extern const struct option_group where_group;
extern const struct option_group where_alone_group; /* no --shard: one process has all of it */
extern const struct option_group where_shard_group; /* --shard and its like alone */
extern const struct option_group where_bytes_group; /* neither --roi nor --channels: bytes, whatever they mean */

/* where_take_region() - X,Y,WxH of --roi; says what is wrong and returns false. */
bool where_take_region(const struct console *console, const char *argument, mmi_region *region_ret);

/*
 * where_list_channels() - LIST of --channels in the order in which it was typed, for pixels of 'samples' samples:
 * numbers from 0, or letters of rgba. A NULL list means all; of a channel that is named twice the first counts.
 * Shape:   list_ret[0 .. the result) of the at most 'samples' there is room for. Returns 0 when it is wrong, which was
 *          said.
 */
uint32_t where_list_channels(const struct console *console, const char *list, uint32_t samples, uint32_t *list_ret);

/* where_take_channels() - the same as channels[0 .. samples): whether each is meant. Returns false when it is wrong. */
bool where_take_channels(const struct console *console, const char *list, uint32_t samples, bool *channels);

#endif
