/* SPDX-License-Identifier: MIT */
/* reading: see reading.h. */
#include "kit/file/reading.h"

#include <assert.h>
#include <stdio.h>

static uint64_t length_of(const struct reading *reading)
{
    return reading->range.length ? reading->range.length : MMV_EMPTY;
}

/* The journal is asked for last: its error is the one that is said. */
static void look_for_writers(struct reading *reading)
{
    uint64_t offset = reading->range.offset, length = length_of(reading);
    reading->was_changed = reading->was_changed || mmv_map_is_locked(reading->map, offset, length);
    if (mmv_journal_check(reading->map, offset, length, reading->neighbours) != MMV_EJOURNAL)
        return;
    reading->is_unfinished = true;
    snprintf(reading->why, sizeof reading->why, "%s", mmv_last_error()->detail);
}

void reading_begin(struct reading *reading)
{
    assert(reading->console && reading->map && reading->path);
    reading->is_unfinished = false;
    reading->was_changed = file_look(mmv_map_descriptor(reading->map), &reading->before) != 0;
    look_for_writers(reading);
}

int reading_hold(struct reading *reading, unsigned wait_ms)
{
    uint64_t offset = reading->range.offset, length = length_of(reading);
    /* It is shared: the map cannot be written to. */
    assert(mmv_map_access(reading->map) == MMV_READ);
    mmv_status status = mmv_map_lock(reading->map, offset, length, 0);
    if (status == MMV_EBUSY) {
        status = mmv_map_lock(reading->map, offset, length, wait_ms);
        /* Whom it waited for has left a journal perhaps that was not there when the folder was read. */
        reading->neighbours = NULL;
    }
    if (status == MMV_EBUSY)
        return console_busy(reading->console, reading->path, "on this range");
    if (status == MMV_ENOTSUP)
        console_explain(reading->console, reading->path,
                        "this file system has no locks: nothing keeps away who would change it meanwhile");
    else if (status != MMV_OK)
        return console_failure(reading->console, reading->path);
    reading_begin(reading);
    return TOOL_DONE;
}

static bool is_as_before(const struct reading *reading)
{
    const struct file_facts *before = &reading->before;
    struct file_facts now;
    return file_look(mmv_map_descriptor(reading->map), &now) == 0 && now.size == before->size &&
           now.modified == before->modified && now.modified_ns == before->modified_ns &&
           now.changed == before->changed && now.changed_ns == before->changed_ns;
}

bool reading_end(struct reading *reading, const char *what)
{
    look_for_writers(reading);
    reading->was_changed = reading->was_changed || !is_as_before(reading);
    return reading_note(reading, what);
}

bool reading_note(struct reading *reading, const char *what)
{
    if (reading->was_changed)
        snprintf(reading->note, sizeof reading->note, "was being changed meanwhile: %s may be a mixture of old and new",
                 what);
    else if (reading->is_unfinished)
        snprintf(reading->note, sizeof reading->note, "%s: %s may be a mixture of old and new", reading->why, what);
    return reading->was_changed || reading->is_unfinished;
}
