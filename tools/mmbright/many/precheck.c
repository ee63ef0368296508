/* SPDX-License-Identifier: MIT */
/*
 * precheck: see precheck.h.
 *
 *     a crowd looks at all FILEs, mute -> those with a fault are planned once more, aloud, in their order -> duplicates
 */
#include "mmbright/many/precheck.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "kit/file/duplicates.h"
#include "mmbright/many/one_file.h"
#include "mmbright/plan/unfinished.h"
#include "mmbright/run/journal.h"

/* Behind a fault that ends it all, FILEs are not looked at. */
enum sight { SIGHT_NONE = 0, SIGHT_FINE, SIGHT_FAULT, SIGHT_LEFT_OUT, SIGHT_OF_OTHERS };

/* What one FILE reads, which of these are its samples' where there are several, and what its copy would replace. */
struct touched {
    struct inputs reads, listed, replaces;
};

struct precheck {
    struct files *files;
    struct identity *list; /* of all FILEs, and behind them of the headers apart that their copies have */
    struct touched *touched;
    enum sight *sights;
    bool *empty; /* FILEs of which nothing changes */
    bool *begun; /* FILEs that the interrupted run has begun with, if there is one that this run goes on with */
};

/* A thread's. */
struct viewer {
    struct precheck *precheck;
    struct member *member;
};

/* Of 'output' what has its name already. False = not enough memory. */
static bool add_replaced(struct inputs *replaces, const struct output *output)
{
    return !output->was_there || inputs_add(replaces, &output->before);
}

/* Also of a FILE that cannot be used: its bytes are nobody's to replace. */
static void note_read(struct touched *touched, struct one_file *file)
{
    touched->reads = file->plan.own;
    file->plan.own = (struct inputs){0};
}

/* What the plan would replace. False = not enough memory. */
static bool note_touched(struct touched *touched, struct one_file *file)
{
    return add_replaced(&touched->replaces, &file->to.output) &&
           add_replaced(&touched->replaces, &file->to.apart.output);
}

/* False = not enough memory. */
static bool note_listed(struct touched *touched, const struct image_file *input)
{
    bool fine = true;
    for (uint32_t i = 0; i < input->files.count && fine; i++)
        fine = inputs_add(&touched->listed, &input->files.list[i].info);
    return fine;
}

/* Says nothing: see tell_faults(). */
static bool look_at_file(struct crowd_seat *seat, size_t index)
{
    struct viewer *viewer = seat->own;
    struct precheck *precheck = viewer->precheck;
    struct files *files = precheck->files;
    struct identity *identity = &precheck->list[index];
    struct one_file file;
    enum journal_of whose = JOURNAL_OF_NOBODY;
    struct console mute = *files->run->console;
    mute.mute = true;
    int status = one_file_plan(&file, files->run, &mute, index, &viewer->member->neighbours);
    note_read(&precheck->touched[index], &file);
    const char *out = file.to.output.path;
    *identity = (struct identity){.index = index, .known = status == TOOL_DONE};
    if (identity->known) {
        identity->device = file.plan.input.info.device;
        identity->inode = file.plan.input.info.inode;
        identity->out = out[0] ? strdup(out) : NULL;
        /* Without memory for the name nobody could tell that two FILEs have one output. */
        identity->known = (!out[0] || identity->out) && note_touched(&precheck->touched[index], &file) &&
                          note_listed(&precheck->touched[index], &file.plan.input);
        files->large[index] = plan_work(&file.plan) > FILES_SMALL;
        whose = journal_look(files->run, &file.plan, &viewer->member->neighbours);
        precheck->begun[index] = whose == JOURNAL_OF_RUN;
        precheck->empty[index] = file.plan.spans.count == 0;
    }
    /* A header apart has a name of its own, which is no FILE. */
    struct identity *header = &precheck->list[index + precheck->files->run->command->files.count];
    *header = (struct identity){.index = index};
    if (identity->known && file.to.apart.bytes) {
        header->out = strdup(file.to.apart.header);
        identity->known = header->out != NULL;
    }
    /* Otherwise its turn finds out, and what can be done is done. */
    bool is_theirs = whose == JOURNAL_OF_OTHERS && files->run->command->all_or_nothing;
    precheck->sights[index] = !identity->known ? SIGHT_FAULT : is_theirs ? SIGHT_OF_OTHERS : SIGHT_FINE;
    status = is_theirs && status == TOOL_DONE ? TOOL_FAILED : status;
    one_file_drop(&file);
    /* Before a line goes to the report all FILEs must have been looked at: it may be one of them. */
    return files->run->report || !failures_end_all(&files->failures, status);
}

static void look_at_all(struct precheck *precheck, const struct members *members)
{
    struct viewer viewers[CROWD_MOST];
    void *own[CROWD_MOST];
    for (size_t i = 0; i < members->count; i++) {
        viewers[i] = (struct viewer){precheck, &members->list[i]};
        own[i] = &viewers[i];
    }
    const struct crowd_round round = {.end = precheck->files->run->command->files.count, .work = look_at_file};
    crowd_run(&round, own, members->count);
}

/*
 * FILEs have their places in a journal in the order of the run. One that an interrupted run has left out, and that
 * could be used now, has none: it waits for a command of its own. Or the FILEs stand in another order than in the
 * interrupted command, which may be repeated yet: so the journal stays, or that would change them again.
 */
static void leave_out(struct precheck *precheck)
{
    size_t end = precheck->files->run->command->files.count;
    while (end > 0 && !precheck->begun[end - 1])
        end--;
    for (size_t i = 0; i < end; i++)
        if (precheck->sights[i] == SIGHT_FINE && !precheck->begun[i] && !precheck->empty[i]) {
            precheck->sights[i] = SIGHT_LEFT_OUT;
            precheck->files->left_out = true;
        }
}

/* Planned once more, aloud. */
static int tell_fault(const struct precheck *precheck, struct member *member, const struct console *console, size_t i)
{
    struct bright_run *run = precheck->files->run;
    const char *name = run->command->files.names[i];
    if (precheck->sights[i] == SIGHT_LEFT_OUT)
        return console_error(
            console, name,
            "was not begun by the interrupted run that goes on now. Repeat that command with the FILEs in "
            "its order, or give its journal up with --discard-journal once all is done");
    struct one_file file;
    int status = one_file_plan(&file, run, console, i, &member->neighbours);
    if (status == TOOL_DONE && precheck->sights[i] == SIGHT_OF_OTHERS &&
        journal_look(run, &file.plan, &member->neighbours) == JOURNAL_OF_OTHERS)
        status = unfinished_explain(&file.plan);
    one_file_drop(&file);
    /* Mended meanwhile: then it was never looked at as the others were. */
    return status == TOOL_DONE ? console_error(console, name, "changed while it was looked at") : status;
}

/* Where none can be used a mistake in the command is said once, and not ten thousand times. */
static bool is_said(const struct precheck *precheck, int status)
{
    size_t count = precheck->files->run->command->files.count;
    for (size_t i = 0; i < count; i++)
        if (precheck->sights[i] == SIGHT_FINE)
            return false;
    return status == TOOL_USAGE;
}

static void tell_faults(const struct precheck *precheck, struct member *member)
{
    struct files *files = precheck->files;
    struct failures *failures = &files->failures;
    const struct file_list *list = &files->run->command->files;
    int status = TOOL_DONE;
    for (size_t i = 0; i < list->count && !failures_end_all(failures, status) && !is_said(precheck, status); i++) {
        struct console_fault fault = {"", 0};
        struct console console = *files->run->console;
        console.fault = &fault;
        if (precheck->sights[i] == SIGHT_FINE || precheck->sights[i] == SIGHT_NONE)
            continue;
        status = tell_fault(precheck, member, &console, i);
        failures_note(failures, i, &(struct failure){.status = status, .fault = &fault});
        failures_worsen(failures, status);
    }
}

static bool gather_inputs(struct precheck *precheck)
{
    struct bright_run *run = precheck->files->run;
    const char *list = run->command->files.from;
    bool fine = !list || inputs_add_path(&run->inputs, list);
    for (size_t i = 0; i < run->command->files.count && fine; i++)
        fine = inputs_add_all(&run->inputs, &precheck->touched[i].reads);
    inputs_sort(&run->inputs);
    return fine;
}

/* No FILE's copy may replace what another FILE is read from. */
static int check_replaced(struct precheck *precheck)
{
    const struct bright_run *run = precheck->files->run;
    if (!gather_inputs(precheck))
        return console_error(run->console, NULL, "not enough memory");
    for (size_t i = 0; i < run->command->files.count; i++)
        if (inputs_meet(&run->inputs, &precheck->touched[i].replaces))
            return console_usage(run->console, "%s: its copy would replace an input of this run",
                                 run->command->files.names[i]);
    return TOOL_DONE;
}

/* The files of a FILE whose samples lie in several: but for that in hand, which is there. False = not enough memory. */
static bool add_listed(struct precheck *precheck, size_t *count)
{
    size_t files = precheck->files->run->command->files.count, more = 0;
    for (size_t i = 0; i < files; i++)
        more += precheck->touched[i].listed.count;
    if (more == 0)
        return true;
    struct identity *list = realloc(precheck->list, (*count + more) * sizeof *list);
    if (!list)
        return false;
    precheck->list = list;
    for (size_t i = 0; i < files; i++) {
        const struct inputs *listed = &precheck->touched[i].listed;
        for (size_t k = 0; k < listed->count && list[i].known; k++) {
            struct identity one = {
                .index = i, .known = true, .device = listed->list[k].device, .inode = listed->list[k].inode};
            if (one.device != list[i].device || one.inode != list[i].inode)
                list[(*count)++] = one;
        }
    }
    return true;
}

static bool check_all(struct precheck *precheck, const struct members *members)
{
    struct files *files = precheck->files;
    struct failures *failures = &files->failures;
    const struct file_list *list = &files->run->command->files;
    if (!precheck->list || !precheck->sights || !precheck->touched || !precheck->begun || !precheck->empty ||
        !files->large) {
        failures_worsen(failures, console_error(files->run->console, NULL, "not enough memory"));
        return false;
    }
    look_at_all(precheck, members);
    leave_out(precheck);
    tell_faults(precheck, &members->list[0]);
    if (failures_end_all(failures, failures->worst) || is_said(precheck, failures->worst))
        return false;
    size_t count = 2 * list->count;
    int twice = add_listed(precheck, &count) ? duplicates_check(precheck->list, count, list->names, files->run->console)
                                             : console_error(files->run->console, NULL, "not enough memory");
    if (twice == TOOL_DONE)
        twice = check_replaced(precheck);
    failures_worsen(failures, twice);
    return twice == TOOL_DONE;
}

bool precheck_all(struct files *files, const struct members *members)
{
    size_t count = files->run->command->files.count;
    assert(count > 1 && members->count > 0 && members->count <= CROWD_MOST);
    struct precheck precheck = {.files = files,
                                .list = calloc(2 * count, sizeof *precheck.list),
                                .touched = calloc(count, sizeof *precheck.touched),
                                .sights = calloc(count, sizeof *precheck.sights),
                                .begun = calloc(count, sizeof *precheck.begun),
                                .empty = calloc(count, sizeof *precheck.empty)};
    files->large = calloc(count, sizeof *files->large);
    bool fine = check_all(&precheck, members);
    for (size_t i = 0; precheck.list && i < 2 * count; i++)
        free(precheck.list[i].out);
    for (size_t i = 0; precheck.touched && i < count; i++) {
        inputs_drop(&precheck.touched[i].reads);
        inputs_drop(&precheck.touched[i].listed);
        inputs_drop(&precheck.touched[i].replaces);
    }
    free(precheck.touched);
    free(precheck.list);
    free(precheck.sights);
    free(precheck.begun);
    free(precheck.empty);
    return fine;
}
