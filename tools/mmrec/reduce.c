/* SPDX-License-Identifier: MIT */
/* reduce: see reduce.h. */
#include "mmrec/reduce.h"

#include <stdio.h>
#include <string.h>

#include <mmview/reduce.h>

#include "kit/cli/text.h"
#include "kit/os/signals.h"

static mmv_status fold(const mmv_chunk *block, void *partial, void *user)
{
    struct subject *subject = user;
    uint64_t fault;
    if (subject->program->fold(block->source, block->count, block->index, partial, &fault) != 0)
        return subject_fail(subject, fault);
    return MMV_OK;
}

static mmv_status merge(void *left, const void *right, void *user)
{
    const struct subject *subject = user;
    figures_merge(&subject->command->figures, left, right);
    return MMV_OK;
}

static int tell_json(struct subject *subject, const struct figure_state *states, bool changed)
{
    const struct command *command = subject->command;
    const struct report_subject what = {command->file, subject->range.offset, subject->range.length,
                                        subject->range.length / command->fields.size, NULL};
    char text[FIGURE_TEXT];
    struct json json;
    report_json_begin(&json, subject->console, &what, &subject->report);
    json_list(&json, "figures");
    for (size_t i = 0; i < command->figures.count; i++) {
        const struct figure *figure = &command->figures.list[i];
        figure_text(figure, &states[i], text);
        json_item(&json);
        json_text(&json, "figure", figure->label);
        /* Digits as they are: a reader may know longer integers than this program. */
        json_number(&json, "value", strchr(text, 'n') ? "null" : text);
        json_item_end(&json);
    }
    json_list_end(&json);
    json_bool(&json, "changed_meanwhile", changed);
    notes_json(&subject->notes, &json);
    return report_json_end(&json, subject->console);
}

static int tell(struct subject *subject, const struct figure_state *states, bool changed)
{
    const struct command *command = subject->command;
    char text[FIGURE_TEXT];
    int width = 0;
    report_explain(subject->console, command->file, &subject->report, command->how.max_mapped);
    if (command->report.json)
        return tell_json(subject, states, changed);
    for (size_t i = 0; i < command->figures.count; i++)
        width = (int)mmv_max((uint64_t)width, strlen(command->figures.list[i].label));
    for (size_t i = 0; i < command->figures.count; i++)
        text_line(stdout, "%-*s  %s", width, command->figures.list[i].label,
                  figure_text(&command->figures.list[i], &states[i], text));
    return fflush(stdout) == 0 ? TOOL_DONE : console_error(subject->console, NULL, "cannot write to stdout");
}

int reduce_do(struct subject *subject)
{
    const struct command *command = subject->command;
    struct figure_state states[FIGURES_MOST] = {{0}};
    mmv_walk_stats stats = {0};
    struct reading reading = {
        .console = subject->console, .map = subject->map, .path = command->file, .range = subject->range};
    const mmv_walk_options options = subject_options(subject, &stats);
    const mmv_reduction reduction = {
        .partial_size = command->figures.count * sizeof *states, .fold = fold, .merge = merge, .user = subject};
    reading_begin(&reading);
    progress_start(&subject->progress, subject->console, command->report.progress, command->file,
                   subject->range.length);
    mmv_status status = subject->range.length ? mmv_reduce(subject->map, &options, &reduction, states) : MMV_OK;
    int result = subject_explain(subject, status);
    if (result == TOOL_DONE && signals_stop())
        result = TOOL_FAILED;
    if (result != TOOL_DONE)
        return result;
    bool changed = reading_end(&reading, "the figures");
    notes_take_reading(&subject->notes, &reading);
    notes_say(&subject->notes, subject->console, command->file);
    report_add(&subject->report, &stats);
    return tell(subject, states, changed);
}
