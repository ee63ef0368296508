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
 *     table       table.c       a file that names its fields itself: table_npy.c, table_fits.c, table_las.c
 *     subject     subject.c     FILE, and what its walks share
 *     change      change.c      -i: in place, with a journal
 *     filter      filter.c      -o: into a new file
 *     reduce      reduce.c      --reduce, with figures.c; with --by also groups.c; reduced.c prints
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
#include "mmrec/print.h"
#include "mmrec/reduce.h"

/* What was said has to be where it belongs before the run may be over. */
static int close_stdout(const struct console *console)
{
    if (fflush(stdout) != 0)
        return console_error(console, NULL, "cannot write to stdout");
    return output_finish_stdout(console, false);
}

/* The journal goes last, and the process at once with it: see change_finish(). */
static int finish(const struct change *change, const struct console *console)
{
    int status = close_stdout(console);
    if (status != TOOL_DONE)
        return status;
    signals_block();
    _Exit(change_finish(change));
}

static int work(const struct command *command)
{
    struct program program = {0};
    struct subject subject;
    struct change change = {0};
    int status = subject_open(&subject, command, &program);
    if (status == TOOL_DONE)
        status = program_make(&program, command->console, &command->code);
    if (status == TOOL_DONE)
        status = command->asks.reduce  ? reduce_do(&subject)
                 : command->asks.print ? print_do(&subject)
                 : command->asks.find  ? find_do(&subject)
                 : command->in_place   ? change_do(&change, &subject)
                                       : filter_do(&subject);
    if (status == TOOL_DONE && change.journal)
        status = finish(&change, command->console);
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
        status = command.origin.record ? OPTIONS_GO : subject_take_fields(&command);
    }
    if (status == OPTIONS_GO)
        status = work(&command);
    command_drop(&command);
    return status != TOOL_DONE && signals_stop() ? signals_raise(signals_stop()) : status;
}
