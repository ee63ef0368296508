/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_SETTINGS_H
#define TOOLS_SETTINGS_H

/*
 * settings: the options that several tools share, and what they fill in. Zero bytes are the defaults, but for pixels:
 * those start as settings_pixels(). Which samples of a FILE are meant is in where.h.
 */

#include <stdint.h>

#include <mmimage/container.h>
#include <mmview/walk.h>

#include "kit/cli/options.h"
#include "kit/cli/progress.h"
#include "kit/job/where.h"

/* All types, for messages. */
#define SETTINGS_TYPES "u8 i8 u16 i16 u32 i32 u64 i64 f16 f32 f64"

struct how_settings {
    mmv_io io;
    uint64_t window;     /* 0 = the library's choice */
    uint64_t max_mapped; /* 0 = the library's choice */
    unsigned threads;    /* 0 = threads_default() */
};

/* Starts as settings_pixels(). */
struct pixel_settings {
    mmi_type type;
    uint32_t samples;
    uint64_t width, height; /* 0 = not given */
    mmi_layout layout;
    mmi_format format;
    const char *part;   /* of a file with several images, as mmi_wish.part; NULL = not given. See where.h */
    uint64_t row_bytes; /* from one row to the next; 0 = no gap. See where.h */
    bool allow_outside; /* a header may name a file outside of its folder */
    bool type_given, layout_given;
    uint32_t samples_given; /* 0 = not */
    unsigned second;        /* bits of enum second_option: which of these are options of the second file */
    bool of_two; /* they may be those of another file: a header may say otherwise, until image_file_agree() is asked */
};

/* Which samples stand for nothing. */
struct no_data_settings {
    bool given;     /* these count, and no header's; none with a count of 0 */
    bool is_second; /* the option is that of the second file */
    double values[MMI_NO_DATA_VALUES];
    size_t count;
};

struct report_settings {
    struct console *console;
    enum progress_mode progress;
    bool json;
};

extern const struct option_group how_group;
extern const struct option_group share_group; /* the same for what reads rows through a pool: memory and threads */
extern const struct option_group pixels_group;
extern const struct option_group made_pixels_group; /* the same for what a tool makes: no layout but bip */
extern const struct option_group no_data_group;     /* of struct no_data_settings */
extern const struct option_group report_group;

/* What an option of the second file can be, as option_group.values: those of the options without -b. */
extern const struct option_values settings_second_values[];

/* settings_option() - the name of an option, with what second_suffix() puts behind it. */
#define SETTINGS_OPTION 24
const char *settings_option(const char *name, const char *suffix, char option[SETTINGS_OPTION]);

/* settings_pixels() - signed 16-bit RGBA in this machine's byte order. */
struct pixel_settings settings_pixels(void);

/* settings_walk() - 'how' as walk options. */
mmv_walk_options settings_walk(const struct how_settings *how);

/* settings_refused() - whether the library refused an argument that came from the command line; says which option. */
bool settings_refused(const struct console *console, const struct how_settings *how);

#endif
