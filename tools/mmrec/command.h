/* SPDX-License-Identifier: MIT */
#ifndef MMREC_COMMAND_H
#define MMREC_COMMAND_H

/* command: the command line of mmrec as values, checked as far as that goes without a look at FILE. */

#include <mmview/journal.h>
#include <mmview/range.h>

#include "kit/file/file_list.h"
#include "kit/image/notes.h"
#include "kit/job/ranks.h"
#include "kit/job/settings.h"
#include "mmrec/code.h"

/* What a run in place loses. */
struct undo_settings {
    bool keep, take_back; /* one of them, or none */
    const char *path;     /* of the undo file, to be made or to be used; NULL = beside FILE */
};

/* What a run in place survives, and whether there is a way back. */
struct safety {
    mmv_journal_mode journal;
    bool journal_given;
    const char *journal_file; /* NULL = beside FILE */
    bool sync;                /* the result is on the device before the end */
    bool verify;              /* and is read back */
    struct undo_settings undo;
};

/* What is asked of records that stay as they are. NULL = not given. */
struct questions {
    bool count; /* with dry_run: what would change */
    const char *map, *reduce, *print;
    char *find; /* of command_drop(): where the == was is a zero */
    bool sorted;
    const char *by;
    const char *partial;  /* where a shard's part of 'reduce' goes */
    bool joins;           /* FILEs are such parts */
    uint64_t most_groups; /* of 'by' */
};

/* Where the fields of a record come from; the texts as typed, NULL = not given. */
struct origin {
    const char *record;
    bool aligned;
    const char *include, *structure; /* a struct of a header file of C */
    struct native native;            /* the same, as far as the compiler was asked */
    struct notes notes;              /* about its fields; of command_drop() */
    const char *part;                /* which table of FILE, which names its fields itself */
    bool is_raw;                     /* it does not: FILE is records and nothing else */
};

/* Which bytes of FILE. */
struct asked {
    uint64_t offset, length;      /* a length of 0 = to the end */
    struct where_settings shares; /* of it the shard alone: see command_shard() */
    struct ranks *ranks;          /* the processes that do it together, each its shard; NULL = this one is alone */
};

/* Lines about FILEs; NULL = none. */
struct line_files {
    const char *report; /* they go there */
    const char *retry;  /* an earlier report: what failed there are the FILEs */
};

struct command {
    struct console *console;
    struct file_list files; /* at least one */
    struct line_files lines;
    struct origin origin;
    const char *where;
    const char *change;
    struct questions asks;
    bool in_place;
    const char *output; /* NULL: in place, or reduced */
    bool force;
    bool dry_run;
    struct asked asked;
    struct safety safety;
    struct how_settings how;
    struct report_settings report;
    struct fields fields; /* of command_drop() */
    struct fields made;   /* with asks.map */
    struct figures figures;
    struct columns columns;
    struct code code;
};

/* command_parse() - all of it. Returns OPTIONS_GO, or see options_parse(). command_drop() in any case. */
int command_parse(struct command *command, struct console *console, int argc, char **argv);

/*
 * command_take_code() - the texts as code over the fields. command_parse() has done it where there is --record; else
 * it is called once FILE has told the fields. Returns as that does.
 */
int command_take_code(struct command *command);
void command_drop(struct command *command);

/*
 * command_divide() - this process is one of several, which has this shard of the work.
 * Shape:   *is_idle_ret: another one does all of it. Returns an exit status; what is wrong was said.
 */
int command_divide(struct command *command, const struct shard_settings *share, bool *is_idle_ret);

/* command_shard() - which part of the records this process has; a count of 0 = all. */
static inline const struct shard_settings *command_shard(const struct command *command)
{
    return &command->asked.shares.range.shard;
}

/* command_writes() - whether something becomes of the records: in place, or in a new file. */
static inline bool command_writes(const struct command *command)
{
    return !command->asks.reduce && !command->asks.print && !command->asks.find;
}

/* command_is_journalled() - whether a run that is interrupted goes on with the same command. */
static inline bool command_is_journalled(const struct command *command)
{
    return (command->in_place || command->safety.undo.take_back) && !command->dry_run &&
           command->safety.journal != MMV_JOURNAL_OFF;
}

/* command_made_size() - bytes of a record of the result. */
static inline size_t command_made_size(const struct command *command)
{
    return command->code.made ? command->code.made->size : command->fields.size;
}

#endif
