/* SPDX-License-Identifier: MIT */
/*
 * files: all FILEs are planned once before the first is touched (precheck.c), so that all that cannot be used are known
 * in time; each is planned again when its turn comes, so that a run over ten thousand has only a few of them open.
 *
 *     thread A   |plan 0|plan 2|plan 5| ...   |file 0|file 3|==file 4==|file 5|
 *     thread B   |plan 1|plan 3|plan 4| ...   |file 1|file 2|==========|file 6|      file 4 is large: shared by all
 *
 * 1. Reports are in the order of the FILEs: whoever has worked on one tells of it when its turn comes (crowd.c
 *    asserts that). Where nothing is to be told a turn is just what only one may do at a time.
 * 2. A large FILE is worked on by itself, by all threads, when those before it are done: its round is that FILE
 *    alone, see assert_round().
 * 3. A journal has its FILEs one after the other: they are planned ahead, and what touches them or the journal is done
 *    in order: run_rounds() asserts that. Behind one that was changed in part, or stopped, nothing is touched.
 */
#include "mmbright/many/files.h"

#include <assert.h>
#include <stdlib.h>

#include <mmview/range.h>

#include "kit/os/signals.h"
#include "mmbright/many/members.h"
#include "mmbright/many/one_file.h"
#include "mmbright/many/precheck.h"
#include "mmbright/many/shares.h"
#include "mmbright/run/journal.h"
#include "mmbright/run/limit.h"
#include "mmbright/run/tell.h"
#include "mmbright/undo/undo.h"
#include "kit/undo/keep.h"
#include "kit/undo/squeeze.h"

/* A FILE and who works on it. 'console' is the run's, and keeps what fails. */
struct turn {
    const struct console *console;
    struct crowd_seat *seat;
    struct member *member;
    struct files *files;
    size_t index;
};

static void wait_for_turn(const struct turn *turn)
{
    crowd_turn(turn->seat, turn->index);
}

/* Invariant 3: whether FILE is left out, because the run has ended while it was planned. */
static bool is_over(const struct turn *turn)
{
    return run_is_journalled(turn->files->run) && !crowd_turn(turn->seat, turn->index);
}

static int begin_journal(struct bright_run *run, const struct bright_plan *plan)
{
    bool is_empty_part = command_is_divided(run->command) && plan->spans.count == 0;
    if (!run->journal && run_is_journalled(run) && !is_empty_part)
        return journal_begin(run, plan);
    return TOOL_DONE;
}

/* A small FILE is worked on at once, by this thread; a large one when it is its turn. */
static int work_on_planned(const struct turn *turn, struct one_file *file)
{
    const struct files *files = turn->files;
    struct bright_run *run = files->run;
    if (files->large && !run_is_journalled(run) && !files->large[turn->index])
        file->work.threads = 1;
    else
        wait_for_turn(turn);
    int result = ranks_agree(run->ranks, begin_journal(run, &file->plan));
    if (result == TOOL_DONE)
        result = work_do(&file->work, turn->member->outcome);
    wait_for_turn(turn);
    if (result == TOOL_DONE)
        result = tell_done(&file->work);
    return ranks_agree(run->ranks, result);
}

/* All ranks plan the same, or none goes on. */
static int plan_for_all(const struct turn *turn, struct one_file *file)
{
    struct bright_run *run = turn->files->run;
    int result = one_file_plan(file, run, turn->console, turn->index, &turn->member->neighbours);
    result = ranks_agree_first(run->ranks, turn->console, result);
    if (result != TOOL_DONE)
        return result;
    /* Of several files each rank has another in hand. */
    const struct image_file *input = &file->plan.input;
    uint64_t size = input->files.count ? input->files.list[0].info.size : input->size;
    return ranks_same_file(run->ranks, turn->console, run->command->files.names[turn->index], size);
}

static int plan_and_work(const struct turn *turn, struct one_file *file, char *made)
{
    struct files *files = turn->files;
    struct bright_run *run = files->run;
    int result = plan_for_all(turn, file);
    if (is_over(turn))
        return TOOL_DONE;
    /* Of several FILEs all were counted before the first: see check_limits(). */
    if (result == TOOL_DONE && run->command->files.count == 1 && !run->command->dry_run)
        result = limit_check(&file->work, turn->member->outcome);
    if (result == TOOL_DONE) {
        undo_note_earlier(&file->plan);
        tell_notes(&file->work);
        result = work_on_planned(turn, file);
    } else if (made)
        parts_abandon(made);
    if (result != TOOL_DONE && run->ranks)
        files->stopped = ranks_any(run->ranks, signals_stop() != 0);
    if (result == TOOL_DONE && shares_are_parts(run))
        result = shares_finish(run, file);
    return result;
}

static int work_on(const struct turn *turn, struct failure *failure)
{
    struct one_file file;
    struct files *files = turn->files;
    struct bright_run *run = files->run;
    char *made = NULL;
    int result = shares_are_parts(run) ? shares_prepare(turn->member, &made) : TOOL_DONE;
    if (result != TOOL_DONE) {
        free(made);
        return result;
    }
    result = plan_and_work(turn, &file, made);
    free(made);
    wait_for_turn(turn);
    files->changed += file.work.changed;
    failure->touched = file.work.touched;
    failure->changed = file.work.changed;
    /* The next FILE has an undo file of its own. */
    keep_drop(&run->keep);
    one_file_drop(&file);
    return result;
}

static bool take_file(struct crowd_seat *seat, size_t index)
{
    struct member *member = seat->own;
    struct files *files = member->files;
    struct ranks *ranks = files->run->ranks;
    struct console_fault fault = {"", 0};
    struct console console = *files->run->console;
    console.fault = &fault;
    const struct turn turn = {&console, seat, member, files, index};
    struct failure failure = {.fault = &fault};
    bool failed_before = failures_has(&files->failures, index);
    /* A signal reaches one rank before another: all leave FILE out, or none. */
    bool stopped = ranks_any(ranks, signals_stop() != 0);
    int result = failed_before || stopped ? TOOL_DONE : work_on(&turn, &failure);
    failure.status = result;
    wait_for_turn(&turn);
    if (is_over(&turn))
        return false;
    files->begun += !stopped;
    files->stopped = files->stopped || (stopped && ranks);
    files->done += !failed_before && !stopped && result == TOOL_DONE;
    if (result != TOOL_DONE && !signals_stop())
        failures_note(&files->failures, index, &failure);
    failures_worsen(&files->failures, result);
    /* What is half changed the same command must find as it was left: its journal has no room for more. */
    return !signals_stop() && (result == TOOL_DONE || !failure.touched || !run_is_journalled(files->run));
}

/* One thread where all is done in an order, as many as the budget has windows for otherwise. */
static size_t crowd_of(const struct bright_run *run)
{
    const struct how_settings *how = &run->command->how;
    uint64_t budget = how->max_mapped ? how->max_mapped : mmv_default_max_mapped();
    bool alone = run->command->dry_run || run->ranks;
    return alone ? 1 : (size_t)mmv_max(1, mmv_min(how->threads, budget / FILES_SMALL));
}

/* Invariant 2. */
static void assert_round(const struct files *files, const struct crowd_round *round)
{
    assert(round->begin < round->end && round->end <= files->run->command->files.count);
    for (size_t i = round->begin; i < round->end; i++)
        assert(!files->large[i] || round->end == round->begin + 1);
    (void)files;
}

/* Small FILEs by a crowd, and each large one by itself: the threads that share it are those of this thread. */
static void run_rounds(struct files *files, const struct members *members)
{
    const struct bright_run *run = files->run;
    struct crowd_round round = {.ordered = tell_is_wanted(run) || run_is_journalled(run), .work = take_file};
    size_t count = run->command->files.count, threads = mmv_min(crowd_of(run), members->count);
    bool go_on = true;
    assert(threads == 1 || round.ordered || !run_is_journalled(run));
    for (; round.begin < count && go_on; round.begin = round.end) {
        round.end = threads > 1 ? round.begin + 1 : count;
        while (round.end < count && !files->large[round.begin] && !files->large[round.end])
            round.end++;
        if (threads > 1)
            assert_round(files, &round);
        go_on = crowd_run(&round, members->own, threads);
    }
}

/* The exit status. run->journal stays open when there is nothing left to do but to finish it. */
static int end_status(struct files *files)
{
    struct bright_run *run = files->run;
    struct failures *failures = &files->failures;
    size_t count = run->command->files.count;
    bool journalled = run_is_journalled(run);
    /* Whatever was done before, this is no success. */
    if (failures->worst == TOOL_DONE && files->begun < count)
        failures->worst = journalled ? TOOL_RESUMABLE : TOOL_FAILED;
    /* A usage error says that nothing was touched. What was changed and could not be told of is not done. */
    bool was_touched = files->done > 0 || files->changed > 0 || failures->count > failures->untouched;
    if (was_touched && failures->worst == TOOL_USAGE)
        failures->worst = TOOL_FAILED;
    bool all_well = failures->count == failures->untouched && files->changed + failures->count == count;
    run->is_over = all_well && !files->left_out && !files->stopped && !signals_stop() &&
                   (failures->count == 0 || !run->journal || journal_is_done(run));
    failures_list(failures, files->done + failures->changed, run->is_over || !journalled);
    if (journalled && files->stopped)
        failures->worst = TOOL_RESUMABLE;
    if (run->journal == NULL || run->is_over)
        return failures->worst;
    /* What is left is to verify, to report, and to end: the journal says so when the command is repeated. */
    if (files->changed == count)
        console_error(run->console, NULL,
                      "everything is changed; the same command again changes nothing, does the rest and ends");
    return signals_stop() ? TOOL_RESUMABLE : failures->worst;
}

/* Whether no FILE has more samples that would saturate than --max-saturated allows: else none is changed. */
static bool check_limits(struct files *files, struct member *member)
{
    struct bright_run *run = files->run;
    const struct command *command = run->command;
    bool fine = true;
    for (size_t i = 0; command->limit.text && !command->dry_run && i < command->files.count; i++) {
        struct one_file file;
        if (failures_has(&files->failures, i))
            continue;
        struct console_fault fault = {"", 0};
        struct console console = *run->console;
        console.fault = &fault;
        int result = one_file_plan(&file, run, &console, i, &member->neighbours);
        if (result == TOOL_DONE)
            result = limit_check(&file.work, member->outcome);
        one_file_drop(&file);
        if (result != TOOL_DONE && !signals_stop())
            failures_note(&files->failures, i, &(struct failure){.status = result, .fault = &fault});
        failures_worsen(&files->failures, result);
        fine = fine && result == TOOL_DONE;
    }
    return fine;
}

int files_run(struct bright_run *run)
{
    struct files files = {.run = run};
    struct members members;
    struct notes_sum notes;
    struct beside_names beside;
    bool is_one = run->command->files.count == 1;
    notes_sum_begin(&notes);
    run->notes = is_one ? NULL : &notes;
    beside_begin(&beside);
    run->beside = is_one ? NULL : &beside;
    /* Without memory for them each FILE is looked at anew. */
    run->looks = is_one ? NULL : calloc(run->command->files.count, sizeof *run->looks);
    /* Before there are threads, each of which asks whether it is there. */
    if (run->command->undo.keep)
        squeeze_can();
    bool fine = failures_begin(&files.failures, run);
    if (!members_make(&members, &files) || !fine)
        failures_worsen(&files.failures, console_error(run->console, NULL, "not enough memory"));
    else if (is_one || (precheck_all(&files, &members) && check_limits(&files, &members.list[0])))
        run_rounds(&files, &members);
    members_drop(&members);
    if (ranks_first(run->ranks))
        notes_sum_say(&notes, run->console);
    run->notes = NULL;
    notes_sum_end(&notes);
    run->beside = NULL;
    beside_end(&beside);
    free(run->looks);
    run->looks = NULL;
    int status = end_status(&files);
    failures_drop(&files.failures);
    inputs_drop(&run->inputs);
    free(files.large);
    return status;
}
