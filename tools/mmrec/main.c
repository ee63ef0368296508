/* SPDX-License-Identifier: MIT */
/*
 * mmrec: C over the fields of records.
 *
 *     command     command.c     the command line; kit/image/fields.c takes --record apart
 *     words       words.c       the user's code, looked at before a compiler sees it
 *     code        code.c        that code as a C file, with language.c in front; code_fold.c has what --reduce adds
 *     compiler    compiler.c    the system's compiler makes a shared object of it
 *     cache       cache.c       where such objects are kept
 *     program     program.c     these three together: functions
 *     table       table.c       a file that names its fields itself: table_npy.c, table_fits.c, table_las.c;
 *                               table_struct.c a struct of C
 *     subject     subject.c     FILE, and what its walks share
 *     operation   operation.c   what a run does, in words that journals and parts compare
 *     change      change.c      -i: in place, with a journal
 *     many        many.c        the same of several FILEs, as one run
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

static int work_on_several(const struct command *command)
{
    struct program program = {0};
    struct change change = {0};
    bool is_over = false;
    int status = program_make(&program, command->console, &command->code);
    if (status == TOOL_DONE)
        status = many_do(&change, command, &program, &is_over);
    if (is_over && change.journal) {
        status = finish(&change, command->console, status);
        change_explain_rest(&change);
    }
    change_leave(&change);
    return status;
}

static int work(const struct command *command)
{
    struct program program = {0};
    struct subject subject;
    struct change change = {0};
    int status = subject_open(&subject, command, &program, 0);
    if (status == TOOL_DONE)
        notes_say(&subject.notes, command->console, subject.file);
    if (status == TOOL_DONE)
        status = program_make(&program, command->console, &command->code);
    if (status == TOOL_DONE)
        status = command->asks.reduce  ? reduce_do(&subject)
                 : command->asks.print ? print_do(&subject)
                 : command->asks.find  ? find_do(&subject)
                 : command->in_place   ? change_do(&change, &subject)
                                       : filter_do(&subject);
    if (status == TOOL_DONE && change.journal)
        status = finish(&change, command->console, status);
    if (status != TOOL_DONE)
        change_explain_rest(&change);
    change_leave(&change);
    subject_close(&subject);
    return status;
}

int main(int argc, char **argv)
{
    struct console console = {.tool = "mmrec"};
    struct command command;
    console_secure();
    int status = command_parse(&command, &console, argc, argv);
    if (status == OPTIONS_GO) {
        signals_install(true);
        mmv_guard_enable();
        status = command.origin.is_raw || command.asks.joins ? OPTIONS_GO : subject_take_fields(&command);
    }
    if (status == OPTIONS_GO) {
        bool is_run = command.in_place && (command.files.count > 1 || command.files.report);
        status = command.asks.joins ? join_do(&command) : is_run ? work_on_several(&command) : work(&command);
    }
    command_drop(&command);
    bool resumes = command.in_place && !command.dry_run && command.safety.journal != MMV_JOURNAL_OFF;
    if (status != TOOL_DONE && status != TOOL_USAGE && signals_stop() && resumes)
        return TOOL_RESUMABLE;
    return status != TOOL_DONE && signals_stop() ? signals_raise(signals_stop()) : status;
}
