/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_COMMAND_H
#define MMBRIGHT_COMMAND_H

/*
 * command: the command line of mmbright as values, checked as far as that goes without looking at what is in a file;
 * but of several FILEs those that are the tools' own (kit/file/own.h) are none of them. What depends
 * on the pixels of a file stays text: see meaning.h.
 *
 * A command is made by command_parse(), may be divided by command_divide(), and is constant from then on.
 */

#include <mmview/journal.h>

#include "kit/cli/sizes.h"
#include "kit/job/settings.h"
#include "kit/file/file_list.h"

enum task { TASK_CHANGE = 0, TASK_SHOW_JOURNAL, TASK_DISCARD_JOURNAL, TASK_UNDO };

/* Where the result goes. */
enum target {
    TARGET_IN_PLACE = 0, /* FILE itself changes; with shards, of it this process' share */
    TARGET_FILE,         /* a new file */
    TARGET_STDOUT,
    TARGET_PART, /* this process' share of a new file that several processes write */
};

struct value_list {
    double *values; /* of the command, until command_drop() */
    size_t count;
};

/* What happens to the samples. */
struct change_settings {
    struct value_list add, gain;
    bool clamp;
    double low, high; /* with clamp */
    bool as_stored;   /* also where the samples are no light, or more of it is darker */
};

/* How many of them may saturate: share / whole of those that the change reaches. */
struct limit_settings {
    const char *text; /* as typed; NULL = any number */
    double share, whole;
};

struct target_settings {
    enum target kind;
    const char *output; /* NULL in place, and only then; "-" = stdout, and only then */
    bool force;
    bool fix_stats; /* of a header */
};

/* What a run survives, and how it makes sure of its result. */
struct safety_settings {
    mmv_journal_mode journal; /* OFF unless in place */
    const char *journal_file; /* NULL = beside the first FILE */
    bool adopt;               /* go on with a copy of the file that an interrupted run worked on */
    bool sync, verify;
};

/* What makes a run in place one that can be taken back, or takes one back. */
struct undo_settings {
    bool keep;
    const char *path; /* of the undo file, to be made or to be used; NULL = beside FILE */
};

struct command {
    enum task task;
    bool dry_run;
    bool count; /* with dry_run: what would saturate */
    struct change_settings change;
    struct limit_settings limit;
    struct where_settings where;  /* which samples it happens to */
    struct pixel_settings pixels; /* as typed: a header may say more */
    struct no_data_settings no_data;
    struct how_settings how; /* its threads are at least 1 */
    uint64_t row_limit;      /* bytes: longer rows are walked pixel by pixel */
    struct target_settings target;
    struct safety_settings safety;
    struct undo_settings undo;
    struct report_settings report;
    bool all_or_nothing;     /* nothing is done when one FILE cannot be used */
    const char *report_path; /* NULL = not wanted */
    const char *retry;       /* an earlier report: what failed there are the FILEs; NULL = none */
    const char *preview;     /* PNG; NULL = not wanted */
    struct file_list files;  /* at least one, but for a journal that is named */
};

/*
 * command_parse() - the whole command line. Returns OPTIONS_GO when 'command' is filled in and consistent, but for what
 * depends on the pixels of a file; otherwise see options_parse(). command_drop() in any case.
 */
int command_parse(struct command *command, struct console *console, int argc, char **argv);

/*
 * command_divide() - make this the share of one of several processes. Returns an exit status; what does not go with
 * that was said.
 */
int command_divide(struct command *command, const struct console *console, const struct shard_settings *share);

/* command_undivided() - the same for the whole work, as if this process were alone. Its lists are those of 'command'.
 */
struct command command_undivided(const struct command *command);

/* command_is_divided() - whether this process has a share of the work, not all of it. */
bool command_is_divided(const struct command *command);

void command_drop(struct command *command);

#endif
