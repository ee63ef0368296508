/* SPDX-License-Identifier: MIT */
/*
 * mmbright: brighten a raw image of any size. Each folder may include what stands before it:
 *
 *     command/  what was asked; constant once it is parsed, and known to be one of several processes or not. Exit 2
 *               command      the options, and the values that they take
 *               rules        which options go together; what the result goes to
 *               meaning      what they mean for the pixels of one file
 *     plan/     what that is for one FILE; constant once it is made. Nothing is touched. Exit 1 or 2
 *               plan         the order of the next five
 *               geometry     which bytes are the image
 *               destination  where the result may go
 *               amounts      what happens to stored samples
 *               change       what becomes of bytes, in one range or in pieces
 *               spans        which bytes change, walk by walk, and which of them here; runs: those of pieces
 *               turns        samples in several files: which of these change, and which is in hand
 *               operation    the same in words that journals and parts compare
 *               describe     the same for people; --dry-run ends here
 *               unfinished   journals that other runs have left; --status, --discard-journal
 *     undo/     what a run loses, and the way back; kit/undo has the file
 *               recipe_plan  the recipe of a plan
 *               gauge        how much would be kept; --count
 *               undo         --keep-undo and --undo of a command
 *     run/      one FILE's plan carried out
 *               run          what lasts from the first FILE to the last
 *               work         the state of the work on one FILE, and its outcome
 *               walks        what its walks share
 *               limit        what would saturate; --max-saturated, --count
 *               in_place     one walk per span
 *               copy         into a new file, a part of one, or stdout
 *               journal      this run's own: what makes a run in place one that can be interrupted
 *               rest         what a run without a journal left undone
 *               stale        statistics in headers; sums: checksums in those of FITS
 *               preview      before and after, as a picture
 *               tell         --json, --report, the summary
 *     many/     FILE after FILE
 *               files        their order, and the end of the run
 *               crowd        threads that take turns
 *               members      what each of these has
 *               one_file     a FILE with its plan and its work
 *               precheck     all of them planned before the first is touched
 *               failures     which of them failed
 *               shares       what the processes of an MPI job do together
 */
#include <stdio.h>
#include <stdlib.h>

#include <mmview/guard.h>

#include "kit/file/output.h"
#include "kit/os/signals.h"
#include "mmbright/many/files.h"
#include "mmbright/plan/unfinished.h"
#include "mmbright/run/journal.h"
#include "mmbright/run/tell.h"
#include "kit/undo/keep.h"
#include "mmbright/undo/undo.h"

/*
 * What was said has to be where it belongs before the run may be over: a reader that went away, or a disk that is full,
 * is a failure, and the same command again says it once more.
 */
static int close_outputs(struct bright_run *run)
{
    int status = tell_close_report(run);
    if (console_flush(run->console) != TOOL_DONE)
        status = TOOL_FAILED;
    return status == TOOL_DONE ? output_finish_stdout(run->console, false) : status;
}

/* The journal goes last, and the process at once with it: see journal_finish(). */
static _Noreturn void finish(struct bright_run *run, int status)
{
    signals_block();
    int end = journal_finish(run);
    _Exit(end == TOOL_DONE ? status : end);
}

/* The command line as main() has it: all ranks must have been given the same. */
struct words {
    int count;
    char **list;
};

/*
 * With several processes that MPI knows of each gets a share. A plan is that of all, and is printed by one of them: the
 * others have nothing to do, and *is_idle_ret is true.
 */
static int join(struct bright_run *run, struct command *command, struct console *console, const struct words *words,
                bool *is_idle_ret)
{
    struct shard_settings share = command->where.range.shard;
    int status = ranks_join(&run->ranks, console, &share, words->count, words->list);
    if (status == TOOL_DONE && run->ranks && !command->dry_run)
        status = command_divide(command, console, &share);
    *is_idle_ret = run->ranks && command->dry_run && share.index > 0;
    if (status != TOOL_DONE || command->dry_run)
        ranks_leave(&run->ranks);
    return status;
}

static int do_run(struct bright_run *run)
{
    int status = ranks_agree(run->ranks, tell_open_report(run));
    /* A copy to stdout leaves nothing to clean up, and its reader may be slow: signals end it at once. */
    signals_install(run->command->target.kind != TARGET_STDOUT);
    mmv_guard_enable();
    if (status == TOOL_DONE) {
        tell_left_out(run);
        status = files_run(run);
    }
    ranks_leave(&run->ranks);
    /* Also when some FILEs could not be used: with the others nothing is left to be done. */
    bool is_over = run->journal && (status == TOOL_DONE || run->is_over);
    if (is_over && close_outputs(run) != TOOL_DONE) {
        status = TOOL_FAILED;
        is_over = false;
    }
    if (is_over)
        finish(run, status);
    journal_leave(run);
    keep_drop(&run->keep);
    bool stopped = status != TOOL_DONE && status != TOOL_RESUMABLE && signals_stop();
    return stopped ? signals_raise(signals_stop()) : status;
}

static int do_command(struct command *command, struct console *console, const struct words *words)
{
    struct bright_run run = {.command = command, .console = console};
    bool is_idle;
    if (command->task == TASK_UNDO)
        return console->hushed ? TOOL_DONE : undo_command(command, console);
    if (command->task != TASK_CHANGE)
        return console->hushed ? TOOL_DONE : unfinished_command(command, console);
    int status = join(&run, command, console, words, &is_idle);
    return status != TOOL_DONE || is_idle ? status : do_run(&run);
}

int main(int argc, char **argv)
{
    struct command command;
    struct console console = {.tool = "mmbright"};
    console_secure();
    ranks_hush(&console);
    int status = command_parse(&command, &console, argc, argv);
    if (status == OPTIONS_GO)
        status = do_command(&command, &console, &(struct words){argc, argv});
    command_drop(&command);
    return status;
}
