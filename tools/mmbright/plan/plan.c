/* SPDX-License-Identifier: MIT */
/*
 * plan: from a command and a file to ranges (geometry.c), what happens to samples (amounts.c), walks (spans.c) and
 * where the result goes (destination.c).
 *
 * 1. Nothing is changed, created or locked here; every way out is an exit status whose reason was printed. No assert
 *    can see that: tests/tools/plan.bash and files.bash look at the files.
 * 2. What the command line alone can get wrong was caught when it was parsed (rules.c); what depends on the file is
 *    caught here. That says who checks what, and is no state to assert.
 * 3. The range lies in the input's image, and every span in the range: assert_spans().
 */
#include "mmbright/plan/plan.h"

#include <assert.h>
#include <stdlib.h>

#include "mmbright/plan/amounts.h"
#include "mmbright/plan/destination.h"
#include "mmbright/plan/geometry.h"
#include "mmbright/plan/spans.h"
#include "mmbright/plan/turns.h"
#include "mmbright/plan/unfinished.h"

/* Invariant 3. */
static void assert_spans(const struct bright_plan *plan)
{
    assert(mmv_range_fits(plan->range.offset, plan->range.length,
                          plan->pieces ? plan->input.size : plan->input.offset + plan->input.length));
    assert(plan->range.offset >= plan->input.offset);
    for (size_t i = 0; i < plan->spans.count; i++) {
        const mmi_span *span = &plan->spans.list[i];
        assert(span->record > 0 && span->stride >= span->record && span->count > 0);
        assert(span->offset >= plan->range.offset && spans_end(span) <= mmv_range_end(plan->range));
        (void)span;
    }
}

/* Also of a FILE that cannot be used. False = not enough memory. */
static bool add_inputs(struct bright_plan *plan)
{
    const char *list = plan->command->files.from;
    bool is_alone = plan->command->files.count == 1;
    return image_file_add_inputs(&plan->input, &plan->own) && (!list || !is_alone || inputs_add_path(&plan->own, list));
}

/* What several files cannot have: a copy of them is two. */
static int check_files(const struct bright_plan *plan)
{
    const struct command *command = plan->command;
    if (command->target.kind == TARGET_STDOUT)
        return image_file_refuse_pieces(&plan->input, plan->console, "stdout");
    if (command->target.kind == TARGET_FILE && command->target.fix_stats)
        return console_usage(
            plan->console,
            "%s: --fix-stats is not for a copy of several files: -i --add=0 --fix-stats does it to the "
            "copy",
            plan->input.header);
    return TOOL_DONE;
}

/* What the header says of samples without data is said again, with their number, when the work is done. */
static void forget_no_data(struct bright_plan *plan)
{
    const mmi_container *container = &plan->input.container;
    unsigned told = 0;
    for (unsigned i = 0; i < container->note_count; i++)
        told += container->notes[i].kind == MMI_NOTE_NO_DATA;
    /* Another note of this kind is of a value that no sample can have. */
    if (!plan->command->dry_run && plan->no_data.is_headers && told == plan->no_data.count)
        notes_forget(&plan->input.notes, MMI_NOTE_NO_DATA);
}

static int make_steps(struct bright_plan *plan, const struct plan_request *request)
{
    const struct command *command = request->command;
    bool in_place = command->target.kind == TARGET_IN_PLACE;
    int result =
        image_file_open(&plan->input, plan->console,
                        &(struct image_request){request->file, &command->pixels, in_place ? MMV_READ_WRITE : MMV_READ,
                                                request->beside, request->look});
    if (!add_inputs(plan))
        return console_error(plan->console, request->file, "not enough memory");
    if (result == TOOL_DONE && plan->input.is_spooled && (command->files.count > 1 || command_is_divided(command)))
        result =
            console_usage(plan->console, "%s: can be read only once: give it alone, and to one process", request->file);
    if (result == TOOL_DONE && turns_are(plan))
        result = check_files(plan);
    if (result == TOOL_DONE)
        result = image_file_lay_rows(&plan->input, plan->console, &command->where.range, false, &plan->are_rows);
    if (result == TOOL_DONE)
        result = meaning_find(&plan->meaning, command, plan->console, &plan->input);
    if (result == TOOL_DONE)
        result = no_data_find(&plan->no_data, &command->no_data, plan->console, &plan->input);
    if (result == TOOL_DONE) {
        forget_no_data(plan);
        result = geometry_plan(plan);
    }
    if (result == TOOL_DONE)
        result = destination_plan(plan);
    if (result != TOOL_DONE)
        return result;
    /* An empty image has no spans, and is nothing to adjust. */
    if (plan->range.length == 0) {
        spans_plan_empty(plan);
        return TOOL_DONE;
    }
    result = amounts_plan(plan);
    if (result == TOOL_DONE && turns_are(plan))
        return turns_plan(plan);
    if (result == TOOL_DONE)
        result = spans_plan(plan);
    return result == TOOL_DONE && !unfinished_is_asked_later(plan) ? unfinished_check(plan, request->neighbours)
                                                                   : result;
}

int plan_make(struct bright_plan *plan, struct destination *to, const struct plan_request *request)
{
    *to = DESTINATION_NONE;
    *plan = (struct bright_plan){
        .command = request->command, .console = request->console, .to = to, .neighbours = request->neighbours};
    plan->inputs = request->inputs ? request->inputs : &plan->own;
    assert(plan->command->task == TASK_CHANGE);
    int result = make_steps(plan, request);
    if (result == TOOL_DONE)
        assert_spans(plan);
    return result;
}

void plan_drop(struct bright_plan *plan)
{
    destination_drop(plan->to);
    mmi_adjust_destroy(&plan->adjust);
    free(plan->amounts);
    turns_drop(plan);
    image_file_close(&plan->input);
    inputs_drop(&plan->own);
    free(plan->spans.list);
    free(plan->runs.list);
    plan->amounts = NULL;
    plan->runs = plan->spans = (struct spans){NULL, 0};
}

uint64_t plan_work(const struct bright_plan *plan)
{
    switch (plan->command->target.kind) {
    case TARGET_PART:
        return turns_written(plan).length;
    case TARGET_FILE:
    case TARGET_STDOUT:
        return files_copy_bytes(&plan->input);
    default:
        return turns_bytes(plan);
    }
}
