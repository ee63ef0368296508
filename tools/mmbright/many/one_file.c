/* SPDX-License-Identifier: MIT */
/* one_file: see one_file.h. */
#include "mmbright/many/one_file.h"

#include <assert.h>

#include "mmbright/run/tell.h"
#include "mmbright/undo/undo.h"

static bool replaces_report(const struct one_file *file, const struct bright_run *run)
{
    const struct output *const outputs[] = {&file->to.output, &file->to.apart.output, &file->work.preview.output};
    bool found = false;
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++)
        found = found || (outputs[i]->was_there && tell_is_report_file(run, &outputs[i]->before));
    return found;
}

int one_file_plan(struct one_file *file, struct bright_run *run, const struct console *console, size_t index,
                  mmv_journal_cache **neighbours)
{
    const struct command *command = run->command;
    assert(index < command->files.count);
    const struct plan_request request = {command,
                                         console,
                                         command->files.names[index],
                                         neighbours,
                                         run->inputs.sorted ? &run->inputs : NULL,
                                         run->beside,
                                         run->looks ? &run->looks[index] : NULL};
    int result = plan_make(&file->plan, &file->to, &request);
    work_begin(&file->work, run, &file->plan);
    if (result == TOOL_DONE && command->undo.keep)
        result = undo_check(&file->plan);
    if (result == TOOL_DONE)
        result = preview_plan(&file->work.preview, &file->plan);
    if (result == TOOL_DONE && replaces_report(file, run)) {
        atomic_store(&run->report_is_input, true);
        return console_usage(console, "--report=%s is the result itself", command->report_path);
    }
    /* Also of a FILE that is refused, of which a line would be written to the report. */
    if (!tell_is_report(run, &file->plan.own))
        return result;
    atomic_store(&run->report_is_input, true);
    return console_usage(console, "--report=%s is one of the images, or the header of one", command->report_path);
}

void one_file_drop(struct one_file *file)
{
    work_drop(&file->work);
    plan_drop(&file->plan);
}
