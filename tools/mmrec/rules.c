/* SPDX-License-Identifier: MIT */
/* rules: see rules.h. */
#include "mmrec/rules.h"

#include <string.h>

#include "kit/os/file.h"
#include "kit/undo/squeeze.h"

bool rules_divide(const struct command *command)
{
    const struct shard_settings *shard = command_shard(command);
    return shard->text || shard->index_text || shard->count_text;
}

/* What the run was is in the undo file: nobody says it again. */
static bool says_what(const struct command *command)
{
    const struct origin *origin = &command->origin;
    const struct questions *asks = &command->asks;
    bool says_records = origin->is_raw || origin->structure || origin->part || origin->aligned || command->where;
    bool asks_them = asks->map || asks->reduce || asks->print || asks->find || asks->sorted || asks->by ||
                     asks->partial || asks->joins || asks->most_groups;
    return says_records || asks_them || command->asked.offset || command->asked.length || rules_divide(command);
}

static const char *refuse_undo(const struct command *command)
{
    if (command->safety.undo.keep)
        return "--keep-undo is for -i: what --undo takes back is gone then";
    if (command->in_place || command->output)
        return "--undo changes FILE itself, and goes with none of -i and -o";
    if (says_what(command))
        return "--undo takes back what the run was: it takes no options about records, ranges and changes";
    if (command->files.count > 1 || command->files.from || command->lines.retry || command->lines.report)
        return "--undo is of one FILE at a time, without CODE, --files-from, --report and --retry";
    if (command->safety.journal == MMV_JOURNAL_OFF)
        return "--undo needs a journal: --journal=kill or power";
    return command->safety.verify || command->force ? "--undo goes with none of --verify and -f" : NULL;
}

static const char *refuse_keeping(const struct command *command)
{
    if (!command->in_place)
        return "--keep-undo is for -i: what -o and others read stays as it is";
    if (command->safety.journal == MMV_JOURNAL_OFF)
        return "--keep-undo needs a journal: --journal=kill or power";
    if (command->files.count > 1 && command->safety.undo.path)
        return "--keep-undo=PATH is of one FILE: without PATH each FILE has an undo file beside it";
    if (rules_divide(command) && command->safety.undo.path)
        return "--keep-undo=PATH is of one process: without PATH each part has one beside FILE";
    return squeeze_can() ? NULL : "--keep-undo: zstd (libzstd) is not here, or was not there when this was built";
}

static const char *refuse_in_place(const struct command *command)
{
    if (command->output)
        return "-i changes FILE itself, and -o writes another one: say one of them";
    if (!command->change)
        return "-i needs two operands: CODE FILE";
    if (command->force)
        return "-f is for -o";
    if (command->safety.journal_file && command->safety.journal == MMV_JOURNAL_OFF)
        return "--journal-file goes with a journal";
    return NULL;
}

static const char *refuse_copy(const struct command *command)
{
    if (!command->output)
        return "say what to do: -i changes FILE, -o OUT writes what --where keeps, --reduce, --print and --find print";
    if (strcmp(command->output, "-") == 0)
        return "-o -: the result goes to a file that has a name";
    if (!command->where && !command->change && !command->asks.map)
        return "-o needs --where, --map, or CODE before FILE";
    if (command->safety.journal_given || command->safety.journal_file)
        return "--journal and --journal-file are for -i: -o leaves nothing half done";
    if (rules_divide(command) && command->force)
        return "-f is for mmshard finish, where OUT gets its name";
    struct file_facts facts;
    if (command->files.count > 1 && (file_look_at(command->output, true, &facts) != 0 || facts.kind != FILE_FOLDER))
        return "-o OUT of several FILEs is a directory that is there: the new files have their names in it";
    return NULL;
}

/* --reduce, --print and --find only read. */
static const char *refuse_parts(const struct command *command)
{
    if (command->asks.partial && command->asks.joins)
        return "--partial writes what --join takes in: say one of them";
    if (command->asks.partial && !rules_divide(command))
        return "--partial needs --shard";
    if (command->asks.partial && (command->report.json || command->output))
        return "--partial prints nothing: no --json, no --output";
    if (command->asks.joins && (command->asked.offset || command->asked.length))
        return "--join takes in what --offset and --length were when its parts were written";
    return NULL;
}

/* Rows are printed in their order by one thread, through windows; a search reads a few places. */
static const char *refuse_how(const struct command *command)
{
    const struct how_settings *how = &command->how;
    if (command->asks.print && (how->io != MMV_IO_AUTO || how->threads > 0))
        return "--print has one thread and one way: no --io, no --threads";
    if (command->asks.find && (how->io != MMV_IO_AUTO || how->threads > 0 || how->window > 0 || how->max_mapped > 0))
        return "--find reads a few places: no --io, no --threads, no --window, no --max-mapped";
    return NULL;
}

static const char *refuse_reading(const struct command *command)
{
    const char *wrong = refuse_parts(command);
    if (!wrong)
        wrong = refuse_how(command);
    if (wrong)
        return wrong;
    enum columns_form form;
    if ((command->asks.reduce != NULL) + (command->asks.find != NULL) + (command->asks.print != NULL) > 1)
        return "--reduce, --print and --find are different commands";
    bool prints = command->asks.print || command->asks.reduce;
    if (command->asks.print && command->report.json)
        return "--print has --output=json for objects: no --json";
    if (prints && command->output && !columns_form_parse(command->output, &form))
        return "--output: with --print and --reduce it must be table, csv or json";
    if (command->asks.reduce && command->output && command->report.json)
        return "--json is an object of its own: no --output";
    if (command->asks.find && (!command->asks.sorted || command->where))
        return command->where ? "--find takes no --where" : "--find searches what is sorted by its key: say --sorted";
    if (command->in_place || (command->output && !prints))
        return "--reduce, --print and --find change nothing: no -i, no -o";
    bool writes = command->asks.partial != NULL;
    if (((command->force || command->safety.sync) && !writes) || command->safety.journal_given ||
        command->safety.journal_file || command->safety.verify)
        return "-f, --sync, --verify, --journal and --journal-file are for what is written";
    return command->dry_run ? "-n is for what is written: --reduce, --print and --find only read" : NULL;
}

static const char *refuse_origin(const struct command *command)
{
    const struct origin *origin = &command->origin;
    if (origin->record && origin->include)
        return "--record and --include both say what a record is: say one of them";
    if (!origin->include != !origin->structure)
        return "--include=FILE.h and --struct=NAME go together";
    if (origin->is_raw && origin->part)
        return "--part is for files that name their fields: no --record, no --include";
    if (origin->aligned && !origin->record && !command->asks.map)
        return "--align goes with --record and --map";
    return NULL;
}

const char *rules_refuse(const struct command *command)
{
    const char *wrong = command->safety.undo.take_back ? refuse_undo(command) : refuse_origin(command);
    if (!wrong && command->safety.undo.keep)
        wrong = refuse_keeping(command);
    if (wrong || command->safety.undo.take_back)
        return wrong;
    if (command->dry_run && command->report.json)
        return "-n prints a plan for people: no --json";
    if (command->asks.count && !(command->dry_run && command->in_place))
        return "--count says what -i would change: it goes with -n and -i";
    if (command->asks.map && (command->in_place || !command->output || command->asks.print))
        return "--map makes other records: it goes with -o OUT";
    bool has_lines = command->lines.report || command->lines.retry;
    if (has_lines && (!command_writes(command) || (command->lines.report && command->dry_run)))
        return "--report and --retry are for -i and -o, and nothing is reported of -n";
    if ((command->asks.partial || command->asks.joins) && !command->asks.reduce)
        return "--partial and --join go with --reduce";
    if (rules_divide(command) && (command->asks.find || (command->asks.reduce && !command->asks.partial)))
        return command->asks.find ? "--find searches all of FILE: no --shard"
                                  : "--reduce of a shard needs --partial=OUT";
    if (command->asks.by && !command->asks.reduce)
        return "--by keeps figures apart: it goes with --reduce";
    if (command->asks.most_groups && !command->asks.by)
        return "--max-groups goes with --by";
    if (command->asks.reduce || command->asks.print || command->asks.find)
        return refuse_reading(command);
    if (command->asks.sorted)
        return "--sorted goes with --find";
    return command->in_place ? refuse_in_place(command) : refuse_copy(command);
}
