/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_SETTINGS_H
#define MMBRIGHT_SETTINGS_H

/* settings: the command line of mmbright as values, checked as far as that goes without looking at a file. */

#include <stdio.h>

#include <mmview/journal.h>

#include "mmbright/command/file_list.h"
#include "kit/job/settings.h"
#include "kit/cli/sizes.h"

struct value_list {
    double *values; /* of the settings of the command line, until settings_drop() */
    size_t count;
};

struct bright_settings {
    bool in_place;
    const char *output; /* NULL = not given; "-" = stdout */
    bool force;
    struct value_list add, gain;
    const char *channel_text; /* NULL = not given */
    bool channels[MMI_SAMPLES_MAX];
    bool has_region;
    mmi_region region;
    bool clamp;
    double low, high;
    bool sync, dry_run, verify;
    bool fix_stats;      /* of a header */
    const char *preview; /* PNG; NULL = not wanted */
    mmv_journal_mode journal;
    const char *journal_text; /* as given; NULL = not */
    const char *journal_file; /* NULL = beside the first FILE */
    const char *files_from;   /* NULL = not given */
    const char *report_path;  /* NULL = not wanted */
    FILE *report_file;        /* open while the run lasts */
    bool status, discard;     /* of a journal, instead of a run */
    struct range_settings range;
    struct how_settings how;
    struct pixel_settings pixels;
    struct report_settings report;
    struct size_units units; /* of the pixels */
    bool scaled;             /* a header says that samples mean something else than they store */
    uint64_t row_limit;      /* bytes: longer rows are walked pixel by pixel */
    uint64_t offset, length; /* made from range, in the image; length 0 = to the end */
    struct file_list list;   /* of the FILEs */
    char *const *files;
    size_t file_count;
};

/*
 * settings_parse() - the whole command line. Returns OPTIONS_GO when 'settings' is filled in and consistent, but for
 * what depends on the pixels of a file; otherwise see options_parse().
 */
int settings_parse(struct bright_settings *settings, struct console *console, int argc, char **argv);

/* settings_drop() - free what the lists hold. */
void settings_drop(struct bright_settings *settings);

/*
 * settings_divide() - make this the share of one of several processes. Returns an exit status; what does not go with
 * that was said.
 */
int settings_divide(struct bright_settings *settings, const struct console *console,
                    const struct shard_settings *share);

/*
 * settings_resolve() - what the command line means for the pixels of one file, which 'settings' have been given.
 * Returns an exit status; what is wrong was said.
 */
int settings_resolve(struct bright_settings *settings, const struct console *console);

/* settings_to_stdout() - whether the image goes to stdout. */
bool settings_to_stdout(const struct bright_settings *settings);

#endif
