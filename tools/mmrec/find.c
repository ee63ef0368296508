/* SPDX-License-Identifier: MIT */
/* find: see find.h. */
#include "mmrec/find.h"

#include <inttypes.h>
#include <stdio.h>

#include <mmview/search.h>

/* What a comparison is told. */
struct search {
    const struct program *program;
    bool is_upper; /* equal records come before: the bound is behind them */
};

static int compare(const void *record, const void *key, void *user)
{
    const struct search *search = user;
    (void)key;
    int order = search->program->compare(record);
    return order == 0 && search->is_upper ? -1 : order;
}

static mmv_status bound(const struct subject *subject, bool is_upper, uint64_t *index_ret)
{
    struct search search = {subject->program, is_upper};
    const mmv_search_options options = {.record_size = subject->command->fields.size,
                                        .offset = subject->range.offset,
                                        .length = subject->range.length ? subject->range.length : MMV_EMPTY,
                                        .compare = compare,
                                        .user = &search};
    return mmv_lower_bound(subject->map, &options, &search, index_ret);
}

static int tell(struct subject *subject, uint64_t first, uint64_t count, bool changed)
{
    const struct command *command = subject->command;
    uint64_t offset = subject->range.offset + first * command->fields.size;
    const struct report_subject what = {subject->file, subject->range.offset, subject->range.length,
                                        subject->range.length / command->fields.size, NULL};
    struct json json;
    if (!command->report.json) {
        printf("index   %" PRIu64 "\noffset  %" PRIu64 "\ncount   %" PRIu64 "\n", first, offset, count);
        return console_flush(subject->console);
    }
    report_json_begin(&json, subject->console, &what, &subject->report);
    json_count(&json, "found_index", first);
    json_count(&json, "found_offset", offset);
    json_count(&json, "found_records", count);
    json_bool(&json, "changed_meanwhile", changed);
    notes_json(&subject->notes, &json);
    return report_json_end(&json, subject->console);
}

int find_do(struct subject *subject)
{
    struct reading reading = {
        .console = subject->console, .map = subject->map, .path = subject->file, .range = subject->range};
    uint64_t first = 0, end = 0;
    reading_begin(&reading);
    mmv_status status = bound(subject, false, &first);
    if (status == MMV_OK)
        status = bound(subject, true, &end);
    if (status != MMV_OK)
        return console_failure(subject->console, subject->file);
    bool changed = reading_end(&reading, "what was found");
    notes_take_reading(&subject->notes, &reading);
    notes_say(&subject->notes, subject->console, subject->file);
    int result = tell(subject, first, end > first ? end - first : 0, changed);
    if (result == TOOL_DONE && end <= first)
        return console_error(subject->console, subject->file, "no record is found; it would be record %" PRIu64, first);
    return result;
}
