/* SPDX-License-Identifier: MIT */
/*
 * mmrec: C over the fields of records.
 *
 *     command     command.c     the command line; rules.c which options go together, kit/image/fields.c takes --record
 *                               apart
 *     words       words.c       the user's code, looked at before a compiler sees it
 *     code        code.c        that code as a C file, with language.c in front; code_fold.c has what --reduce adds
 *     compiler    compiler.c    the system's compiler makes a shared object of it
 *     cache       cache.c       where such objects are kept
 *     program     program.c     these three together: functions
 *     table       table.c       a file that names its fields itself: table_npy.c, table_fits.c, table_las.c;
 *                               table_struct.c a struct of C
 *     subject     subject.c     FILE, and what its walks share
 *     operation   operation.c   what a run does, in words that journals and parts compare
 *     change      change.c      -i: in place, with a journal; what kit/undo has to know of it
 *     many        many.c        the same of several FILEs, as one run; or a new file of each
 *     filter      filter.c      -o: into a new file, or a part of one
 *     verifying   verifying.c   --verify
 *     reduce      reduce.c      --reduce, with figures.c; with --by also groups.c; reduced.c prints
 *     partial     partial.c     what a shard knows, as a file; join: all of these
 *     print       print.c       --print, with columns.c
 *     find        find.c        --find
 *     describe    describe.c    -n
 */
#include <stdlib.h>

#include <mmview/guard.h>

#include "kit/file/output.h"
#include "kit/file/own.h"
#include "kit/os/signals.h"
#include "mmrec/change.h"
#include "mmrec/filter.h"
#include "mmrec/find.h"
#include "mmrec/join.h"
#include "mmrec/many.h"
#include "mmrec/print.h"
#include "mmrec/reduce.h"

/* What was said has to be where it belongs before the run may be over. */
static int close_stdout(const struct console *console)
{
    int status = console_flush(console);
    return status == TOOL_DONE ? output_finish_stdout(console, false) : status;
}

/* The journal goes last, and the process at once with it: see change_finish(). */
static int finish(const struct change *change, const struct console *console, int status)
{
    int closing = close_stdout(console);
    if (closing != TOOL_DONE)
        return closing;
    signals_block();
    int end = change_finish(change);
    _Exit(end == TOOL_DONE ? status : end);
}

/*
 * Of several processes the first compiles, and says what is wrong with the code. The others find in the cache what it
 * has made.
 */
static int make_program(struct program *program, const struct command *command)
{
    struct ranks *ranks = command->asked.ranks;
    bool is_first = ranks_first(ranks);
    int status = ranks_agree(ranks, is_first ? program_make(program, command->console, &command->code) : TOOL_DONE);
    if (status == TOOL_DONE && !is_first)
        status = program_make(program, command->console, &command->code);
    return ranks_agree(ranks, status);
}

/* Whether a signal has asked for the end, of any of the processes: they part here. */
static bool part(struct command *command)
{
    bool is_stopped = ranks_any(command->asked.ranks, signals_stop() != 0);
    ranks_leave(&command->asked.ranks);
    return is_stopped;
}

static int work_on_several(struct command *command, bool *is_stopped_ret)
{
    struct program program = {0};
    struct change change = {0};
    bool is_over = false;
    int status = make_program(&program, command);
    if (status == TOOL_DONE)
        status = many_do(&change, command, &program, &is_over);
    *is_stopped_ret = part(command);
    if (is_over && change.journal) {
        status = finish(&change, command->console, status);
        change_explain_rest(&change);
    }
    change_leave(&change);
    return status;
}

static int do_one(struct change *change, struct subject *subject)
{
    const struct questions *asks = &subject->command->asks;
    if (asks->reduce)
        return reduce_do(subject);
    if (asks->print)
        return print_do(subject);
    if (asks->find)
        return find_do(subject);
    return subject->command->in_place ? change_do(change, subject) : filter_do(subject);
}

static int work(struct command *command, bool *is_stopped_ret)
{
    struct program program = {0};
    struct subject subject;
    struct change change = {0};
    int status = subject_open_for_all(&subject, command, &program, 0);
    if (status == TOOL_DONE)
        notes_say(&subject.notes, command->console, subject.file);
    if (status == TOOL_DONE)
        status = make_program(&program, command);
    if (status == TOOL_DONE)
        status = do_one(&change, &subject);
    *is_stopped_ret = part(command);
    if (status == TOOL_DONE && change.journal)
        status = finish(&change, command->console, status);
    if (status != TOOL_DONE)
        change_explain_rest(&change);
    change_leave(&change);
    subject_close(&subject);
    return status;
}

/* The command line as main() has it: all processes of a job must have been given the same. */
struct arguments {
    int count;
    char **list;
};

static int join(struct command *command, const struct arguments *arguments, bool *is_idle_ret)
{
    struct shard_settings share = *command_shard(command);
    int status = ranks_join(&command->asked.ranks, command->console, &share, arguments->count, arguments->list);
    if (status == TOOL_DONE && command->asked.ranks)
        status = command_divide(command, &share, is_idle_ret);
    /* Where one does all of it, it is alone. */
    if (status != TOOL_DONE || command_shard(command)->count == 0)
        ranks_leave(&command->asked.ranks);
    return status;
}

/* Which FILEs were none. */
static void tell_left_out(const struct command *command)
{
    const struct file_list *files = &command->files;
    char *const *names = files->names + files->count;
    if (files->left_out == 0 || !ranks_first(command->asked.ranks))
        return;
    own_tell(command->console, names, files->left_out, files->count + files->left_out);
    for (size_t i = 0; command->report.json && i < files->left_out; i++)
        own_tell_json(stdout, command->console, names[i], false);
}

static int do_command(struct command *command, bool *is_stopped_ret)
{
    int status = TOOL_DONE;
    signals_install(true);
    mmv_guard_enable();
    if (command->safety.undo.take_back)
        return change_undo(command);
    tell_left_out(command);
    if (!command->origin.is_raw && !command->asks.joins)
        status = subject_take_fields(command);
    status = ranks_agree_first(command->asked.ranks, command->console, status == OPTIONS_GO ? TOOL_DONE : status);
    if (status != TOOL_DONE)
        return status;
    if (command->asks.joins)
        return join_do(command);
    bool is_run = command_writes(command) && (command->files.count > 1 || command->lines.report);
    return is_run ? work_on_several(command, is_stopped_ret) : work(command, is_stopped_ret);
}

/* A run in place that a signal has stopped goes on with the same command; others end by the signal. */
static int end_status(const struct command *command, int status, bool is_stopped)
{
    if (status == TOOL_DONE || !is_stopped)
        return status;
    if (status != TOOL_USAGE && command_is_journalled(command))
        return TOOL_RESUMABLE;
    return signals_stop() ? signals_raise(signals_stop()) : status;
}

int main(int argc, char **argv)
{
    struct console console = {.tool = "mmrec"};
    struct command command;
    bool is_idle = false, is_stopped = false;
    console_secure();
    ranks_hush(&console);
    int status = command_parse(&command, &console, argc, argv);
    if (status == OPTIONS_GO) {
        status = join(&command, &(struct arguments){argc, argv}, &is_idle);
        if (status == TOOL_DONE && !is_idle)
            status = do_command(&command, &is_stopped);
    }
    ranks_leave(&command.asked.ranks);
    command_drop(&command);
    return end_status(&command, status, is_stopped || signals_stop());
}
