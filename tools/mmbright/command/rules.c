/* SPDX-License-Identifier: MIT */
/*
 * rules: see rules.h. Of several things that are wrong the first in this order is told:
 *
 *     what to do: -i, -o, --status, --discard-journal, --undo  ->  to the samples  ->  stdout  ->  journal  ->  shards
 *     ->  preview, journal file
 */
#include "mmbright/command/rules.h"

#include <assert.h>
#include <string.h>

static const char *wrong_task(const struct command *command, const struct typed *typed)
{
    if (typed->in_place && command->target.output)
        return "-i and -o exclude each other";
    if (typed->status && typed->discard)
        return "--status and --discard-journal exclude each other";
    if (typed->undo && (typed->status || typed->discard || typed->in_place || command->target.output))
        return "--undo changes FILE itself, and goes with none of -i, -o, --status and --discard-journal";
    if (!typed->undo && !typed->status && !typed->discard && !typed->in_place && !command->target.output)
        return "say where the result goes: -i changes FILE in place, -o OUT writes a new file";
    return NULL;
}

/* What is done to samples cannot always be undone: nobody gets a change that he did not name. */
static const char *wrong_change(const struct change_settings *change)
{
    if (change->add.count > 0 || change->gain.count > 0 || change->clamp)
        return NULL;
    return "say how the samples change: --add=N adds, --gain=F multiplies, --clamp=LO,HI limits";
}

static const char *wrong_for_task_on_journal(const struct command *command)
{
    const struct range_settings *range = &command->where.range;
    if (range->shard.count || range->offset || range->length)
        return "--status and --discard-journal are of FILE, or of one journal with --journal-file: they take no range";
    return NULL;
}

/* What the run was is in the undo file: nobody says it again. */
static bool says_what(const struct command *command)
{
    const struct pixel_settings plain = settings_pixels(), *pixels = &command->pixels;
    const struct where_settings *where = &command->where;
    bool says_pixels = pixels->type_given || pixels->layout_given || pixels->samples_given || pixels->width ||
                       pixels->height || pixels->format != plain.format || pixels->part || pixels->row_bytes ||
                       pixels->allow_outside;
    bool says_where = where->range.offset || where->range.length || where->range.shard.count || where->has_region ||
                      where->channels || command->no_data.given;
    const struct change_settings *change = &command->change;
    return says_pixels || says_where || change->add.count > 0 || change->gain.count > 0 || change->clamp ||
           change->as_stored || command->limit.text;
}

static const char *wrong_for_undo(const struct command *command)
{
    if (command->undo.keep)
        return "--keep-undo is for -i: what --undo takes back is gone then";
    if (says_what(command))
        return "--undo takes back what the run was: it takes no options about samples, ranges and changes";
    if (command->files.count > 1 || command->files.from || command->retry || command->report_path ||
        command->all_or_nothing)
        return "--undo is of one FILE at a time, without --files-from, --report, --retry and --all-or-nothing";
    if (command->safety.journal == MMV_JOURNAL_OFF)
        return "--undo needs a journal: --journal=kill or power";
    if (command->safety.verify || command->safety.adopt || command->target.fix_stats || command->preview ||
        command->count || command->target.force)
        return "--undo goes with none of --verify, --adopt, --fix-stats, --preview, --count and -f";
    return NULL;
}

static const char *wrong_for_keeping(const struct command *command)
{
    if (command->target.kind != TARGET_IN_PLACE)
        return "--keep-undo is for -i: with -o FILE stays as it is";
    if (command->safety.journal == MMV_JOURNAL_OFF)
        return "--keep-undo needs a journal: --journal=kill or power";
    if (command->files.count > 1 && command->undo.path)
        return "--keep-undo=PATH is of one FILE: without PATH each FILE has an undo file beside it";
    if (command->target.fix_stats)
        return "--keep-undo does not keep a header: leave --fix-stats out, and give it after --undo if at all";
    if (command->safety.adopt)
        return "--keep-undo and --adopt exclude each other: the undo file is of the file that was there";
    return NULL;
}

static enum target find_target(const struct command *command)
{
    if (!command->target.output)
        return TARGET_IN_PLACE;
    if (strcmp(command->target.output, "-") == 0)
        return TARGET_STDOUT;
    return command_is_divided(command) ? TARGET_PART : TARGET_FILE;
}

static const char *wrong_for_stdout(const struct command *command)
{
    if (command->report.json)
        return "-o - and --json both want stdout";
    if (command->target.fix_stats)
        return "--fix-stats cannot correct what went to stdout";
    if (command->safety.verify)
        return "--verify cannot read back what went to stdout";
    if (command->files.count > 1)
        return "only one FILE can go to stdout";
    return NULL;
}

static const char *wrong_for_share(const struct command *command)
{
    if (command->target.kind == TARGET_STDOUT)
        return "--shard with -o needs a file that all parts can write to";
    if (command->target.kind == TARGET_PART && command->preview)
        return "--preview is of the whole of OUT, which 'mmshard finish' makes";
    if (command->files.count > 1)
        return "--shard divides one FILE";
    if (command->target.fix_stats)
        return "--fix-stats needs all parts: -i --add=0 --fix-stats after the last of them does it";
    if (command->safety.journal_file)
        return "--shard has a journal for each part, beside FILE";
    if (command->undo.keep && command->undo.path)
        return "--keep-undo=PATH is of one process: without PATH each part has one beside FILE";
    if (command->safety.adopt)
        return "--adopt is for a FILE that is changed as a whole; --discard-journal tells which parts are done";
    return NULL;
}

static const char *wrong_for_change(const struct command *command, bool wants_journal)
{
    const struct safety_settings *safety = &command->safety;
    const char *wrong = command->target.kind == TARGET_STDOUT ? wrong_for_stdout(command) : NULL;
    if (wrong)
        return wrong;
    if (command->target.kind != TARGET_IN_PLACE && wants_journal)
        return "a journal is for -i: with -o FILE stays as it is";
    if (command_is_divided(command))
        wrong = wrong_for_share(command);
    if (wrong)
        return wrong;
    if (command->undo.keep)
        wrong = wrong_for_keeping(command);
    if (wrong)
        return wrong;
    if (command->preview && command->files.count > 1)
        return "--preview is of one FILE";
    if (command->count && !command->dry_run)
        return "--count goes with --dry-run: a run says by itself how many samples saturated";
    if (safety->journal_file && safety->journal == MMV_JOURNAL_OFF)
        return "--journal=off and --journal-file exclude each other";
    if (safety->adopt && (command->target.kind != TARGET_IN_PLACE || safety->journal == MMV_JOURNAL_OFF))
        return "--adopt goes with -i and a journal: it finishes an unfinished run";
    return NULL;
}

const char *rules_settle(struct command *command, const struct typed *typed)
{
    struct safety_settings *safety = &command->safety;
    bool wants_journal = safety->journal_file || (typed->journal && safety->journal != MMV_JOURNAL_OFF);
    const char *wrong = wrong_task(command, typed);
    if (wrong)
        return wrong;
    command->task = typed->status ? TASK_SHOW_JOURNAL : typed->discard ? TASK_DISCARD_JOURNAL : TASK_CHANGE;
    if (typed->undo) {
        command->task = TASK_UNDO;
        return wrong_for_undo(command);
    }
    if (command->task != TASK_CHANGE)
        return wrong_for_task_on_journal(command);
    command->target.kind = find_target(command);
    wrong = wrong_change(&command->change);
    if (!wrong)
        wrong = wrong_for_change(command, wants_journal);
    if (command->target.kind != TARGET_IN_PLACE)
        safety->journal = MMV_JOURNAL_OFF;
    return wrong;
}

const char *rules_divided(struct command *command)
{
    assert(command->task == TASK_CHANGE && command_is_divided(command));
    command->target.kind = find_target(command);
    const char *wrong = wrong_for_share(command);
    return !wrong && command->preview ? "--preview is of the whole image" : wrong;
}
