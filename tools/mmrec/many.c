/* SPDX-License-Identifier: MIT */
/*
 * many: see many.h.
 *
 *     in place     open the report -> look at all, and try -> none twice -> change one after the other
 *     new files    open the report -> look at all -> none twice, none over a FILE -> write one after the other
 *
 * Then those that failed are listed, and in place change_finish() comes.
 *
 * 1. The journal has the FILEs in their order. One that an interrupted run has left out stays left out, when FILEs
 *    behind it were begun. No assert: it is leave_out().
 * 2. Behind a FILE that was changed in part nothing is touched, if there is a journal: the same command must find what
 *    it left. No assert: it is the end of change_all()'s loop.
 */
#include "mmrec/many.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/cli/report.h"
#include "kit/cli/text.h"
#include "kit/file/append.h"
#include "kit/file/duplicates.h"
#include "kit/file/own.h"
#include "kit/file/retry.h"
#include "kit/os/signals.h"
#include "mmrec/filter.h"

/* A FILE. */
struct one {
    bool fine; /* it can be changed */
    bool failed;
    bool begun; /* by the interrupted run that this one goes on with */
    bool empty; /* it has no record */
    bool replaces;
    struct file_facts replaced; /* what its new file takes the name of */
};

struct many {
    struct change *change;
    const struct command *command;
    const struct program *program;
    struct one *list;
    struct identity *identities;
    size_t failed, untouched, changed;
    size_t whole;               /* FILEs of which all is changed, whatever came after */
    FILE *lines;                /* --report; NULL = none, or the first process writes them */
    struct inputs inputs;       /* all FILEs that are to be used */
    struct console_fault fault; /* of the FILE in hand: what was said first */
    bool resumes;               /* an interrupted run */
    bool left_out;              /* FILEs that could be used now: the journal must not end here */
    int worst;                  /* exit status */
};

/* What a later command may make of it. With a journal that is the journal's affair. */
static const char *how_changed(const struct many *many, bool touched)
{
    if (!touched)
        return "none";
    if (command_is_journalled(many->command))
        return "resumable";
    return many->change->changed ? "all" : "part";
}

static void note_failure(struct many *many, size_t file, int status, bool touched)
{
    const struct command *command = many->command;
    if (many->lines)
        report_failed(
            many->lines, command->console,
            &(struct report_failure){command->files.names[file], &many->fault, status, how_changed(many, touched)});
    many->list[file].fine = false;
    many->list[file].failed = true;
    many->failed++;
    many->untouched += !touched;
    many->worst = status > many->worst ? status : many->worst;
}

/* ---- before the first is changed --------------------------------------------------------------------------------- */

/* Nothing may be written to it then, not even that. */
static int check_report(const struct many *many)
{
    const struct file_list *files = &many->command->files;
    const char *path = many->command->lines.report;
    FILE *file = many->lines;
    struct file_facts report, facts;
    if (!file || file_look(fileno(file), &report) != 0)
        return TOOL_DONE;
    for (size_t i = 0; i < files->count; i++)
        if (file_look_at(files->names[i], true, &facts) == 0 && file_is_same(&report, &facts))
            return console_usage(many->command->console, "--report=%s is one of the FILEs", path);
    return TOOL_DONE;
}

/* Where the new file goes, whether one is there, and that a copy of another FILE does not get its name. */
static int look_at_output(struct many *many, size_t file, const struct subject *subject)
{
    struct output output = OUTPUT_NONE;
    struct one *one = &many->list[file];
    int result = filter_plan(subject, &output);
    one->replaces = result == TOOL_DONE && output.was_there;
    one->replaced = output.before;
    many->identities[file].out = result == TOOL_DONE ? strdup(output.path) : NULL;
    if (result == TOOL_DONE && !many->identities[file].out)
        result = console_error(subject->console, NULL, "not enough memory");
    output_discard(&output);
    return result;
}

static int identify(struct many *many, size_t file, const struct subject *subject)
{
    struct identity *identity = &many->identities[file];
    struct file_facts facts;
    if (file_look(mmv_map_descriptor(subject->map), &facts) != 0 || !inputs_add(&many->inputs, &facts))
        return console_error(subject->console, subject->file, "cannot look at it");
    identity->known = true;
    identity->device = facts.device;
    identity->inode = facts.inode;
    return TOOL_DONE;
}

static int look_at(struct many *many, size_t file, struct subject *subject)
{
    struct one *one = &many->list[file];
    int result = subject_open_for_all(subject, many->command, many->program, file);
    many->identities[file].index = file;
    if (result == TOOL_DONE)
        result = ranks_agree(many->command->asked.ranks, identify(many, file, subject));
    if (result != TOOL_DONE)
        return result;
    one->empty = subject->range.length == 0;
    /* A copy says them when it is made. */
    if (many->command->in_place || many->command->dry_run)
        notes_say(&subject->notes, subject->console, subject->file);
    if (!many->command->in_place)
        return look_at_output(many, file, subject);
    /* Parts know of each other by their job. */
    result = command_shard(many->command)->count ? TOOL_DONE : change_look(subject, &one->begun);
    many->resumes = many->resumes || one->begun;
    return result;
}

/* A signal reaches one of several processes before another: all go on, or none. */
static bool must_stop(const struct many *many)
{
    return ranks_any(many->command->asked.ranks, signals_stop() != 0);
}

static void look_at_all(struct many *many)
{
    for (size_t i = 0; i < many->command->files.count && !must_stop(many); i++) {
        struct subject subject;
        many->fault = (struct console_fault){"", 0};
        int result = ranks_agree(many->command->asked.ranks, look_at(many, i, &subject));
        subject_close(&subject);
        many->list[i].fine = result == TOOL_DONE;
        if (result != TOOL_DONE)
            note_failure(many, i, result, false);
    }
}

/* Invariant 1. */
static void leave_out(struct many *many)
{
    const struct command *command = many->command;
    size_t end = command->files.count;
    while (end > 0 && !many->list[end - 1].begun)
        end--;
    for (size_t i = 0; i < end; i++) {
        if (!many->list[i].fine || many->list[i].begun || many->list[i].empty)
            continue;
        many->left_out = true;
        many->fault = (struct console_fault){"", 0};
        int status = console_error(command->console, command->files.names[i],
                                   "was not begun by the interrupted run that goes on now. Repeat that command with "
                                   "the FILEs in its order");
        note_failure(many, i, status, false);
    }
}

/* An interrupted run has tried them: its records are no more what they were. */
static void try_all(struct many *many)
{
    /* Of a part it is known when its turn comes. */
    many->change->is_tried = command_shard(many->command)->count == 0;
    if (!many->command->in_place || many->command->dry_run)
        return;
    if (!many->change->is_tried || many->resumes || !many->program->divides)
        return;
    for (size_t i = 0; i < many->command->files.count; i++) {
        struct subject subject;
        if (!many->list[i].fine || signals_stop())
            continue;
        many->fault = (struct console_fault){"", 0};
        int result = subject_open(&subject, many->command, many->program, i);
        if (result == TOOL_DONE)
            result = change_try(&subject);
        subject_close(&subject);
        if (result != TOOL_DONE && !signals_stop())
            note_failure(many, i, result, false);
    }
}

/* ---- one after the other ----------------------------------------------------------------------------------------- */

/* Nothing that is written may be read by this run. */
static int check_outputs(struct many *many)
{
    const struct command *command = many->command;
    struct file_facts report;
    bool has_report = many->lines && file_look(fileno(many->lines), &report) == 0;
    inputs_sort(&many->inputs);
    for (size_t i = 0; i < command->files.count; i++) {
        const struct one *one = &many->list[i];
        if (one->replaces && inputs_have(&many->inputs, &one->replaced))
            return console_usage(command->console, "%s: its new file would replace an input of this run",
                                 command->files.names[i]);
        if (one->replaces && has_report && file_is_same(&report, &one->replaced))
            return console_usage(command->console, "%s: its new file would replace the report",
                                 command->files.names[i]);
    }
    return TOOL_DONE;
}

/* Whether to go on. */
static bool do_one(struct many *many, size_t file)
{
    struct change *change = many->change;
    struct subject subject;
    bool is_journalled = command_is_journalled(many->command);
    many->fault = (struct console_fault){"", 0};
    int result = subject_open_for_all(&subject, many->command, many->program, file);
    change->touched = change->changed = false;
    subject.lines = many->lines;
    if (result == TOOL_DONE)
        result = many->command->in_place ? change_do(change, &subject) : filter_do(&subject);
    many->changed += result == TOOL_DONE;
    many->whole += change->changed;
    if (result != TOOL_DONE && !signals_stop())
        note_failure(many, file, result, change->touched);
    subject_close(&subject);
    change->subject = NULL;
    return result == TOOL_DONE || !change->touched || !is_journalled;
}

static void do_all(struct many *many)
{
    bool goes_on = true;
    for (size_t i = 0; i < many->command->files.count && goes_on && !must_stop(many); i++)
        goes_on = !many->list[i].fine || do_one(many, i);
}

/* Among many lines the reasons are far above. */
static void list_failures(const struct many *many, bool is_over)
{
    const struct command *command = many->command;
    const struct retry_end end = {.count = command->files.count,
                                  .failed = many->failed,
                                  .done = many->changed,
                                  .what = command->dry_run    ? "would do"
                                          : command->in_place ? "are changed"
                                                              : "are written",
                                  .report = command->lines.report,
                                  .again = is_over && command->in_place && !command->dry_run};
    if (many->failed == 0 || !ranks_first(command->asked.ranks))
        return;
    retry_tell(command->console, &end);
    for (size_t i = 0; i < command->files.count; i++)
        if (many->list[i].failed)
            text_line(stderr, "  %s", command->files.names[i]);
}

static int end(struct many *many, bool *is_over_ret)
{
    const struct command *command = many->command;
    bool journalled = command_is_journalled(command);
    bool all_well = many->failed == many->untouched && many->changed + many->failed == command->files.count;
    assert(many->untouched <= many->failed && many->failed + many->changed <= command->files.count);
    *is_over_ret = all_well && !many->left_out && !signals_stop() &&
                   (many->failed == 0 || !many->change->journal || change_is_done(many->change));
    if (signals_stop() && many->worst == TOOL_DONE)
        many->worst = TOOL_FAILED;
    /* A usage error says that nothing was touched. */
    if (many->worst == TOOL_USAGE && many->changed > 0)
        many->worst = TOOL_FAILED;
    list_failures(many, *is_over_ret || !journalled);
    if (!*is_over_ret && many->whole == command->files.count)
        change_explain_rest(many->change);
    return many->worst;
}

static int close_report(struct many *many)
{
    FILE *report = many->lines;
    many->lines = NULL;
    /* A line that failed is gone: a second flush has nothing left to fail with. */
    bool failed = report && ferror(report);
    if (!report || (fclose(report) == 0 && !failed))
        return TOOL_DONE;
    return console_error(many->command->console, many->command->lines.report, "cannot write it");
}

static int run(struct many *many, bool *is_over_ret)
{
    const struct command *command = many->command;
    look_at_all(many);
    leave_out(many);
    int twice = duplicates_check(many->identities, command->files.count, command->files.names, command->console);
    if (twice == TOOL_DONE)
        twice = check_outputs(many);
    twice = ranks_agree(command->asked.ranks, twice);
    if (twice != TOOL_DONE)
        return twice;
    try_all(many);
    do_all(many);
    return end(many, is_over_ret);
}

int many_do(struct change *change, const struct command *command, const struct program *program, bool *is_over_ret)
{
    size_t count = command->files.count;
    struct many many = {.change = change,
                        .command = command,
                        .program = program,
                        .list = calloc(count, sizeof *many.list),
                        .identities = calloc(count, sizeof *many.identities)};
    *is_over_ret = false;
    int result = many.list && many.identities ? TOOL_DONE : console_error(command->console, NULL, "not enough memory");
    if (result == TOOL_DONE && command->lines.report && ranks_first(command->asked.ranks))
        result = append_open(command->console, command->lines.report, &many.lines);
    for (size_t i = 0; many.lines && i < command->files.left_out; i++)
        own_tell_json(many.lines, command->console, command->files.names[count + i], true);
    command->console->fault = &many.fault;
    if (result == TOOL_DONE)
        result = check_report(&many);
    result = ranks_agree(command->asked.ranks, result);
    if (result == TOOL_DONE)
        result = run(&many, is_over_ret);
    command->console->fault = NULL;
    if (close_report(&many) != TOOL_DONE) {
        *is_over_ret = false;
        result = TOOL_FAILED;
    }
    for (size_t i = 0; many.identities && i < count; i++)
        free(many.identities[i].out);
    inputs_drop(&many.inputs);
    free(many.list);
    free(many.identities);
    return result;
}
