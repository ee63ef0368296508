/* SPDX-License-Identifier: MIT */
/* notes: see notes.h. */
#include "kit/image/notes.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add(struct notes *notes, mmi_note_kind kind, const char *text)
{
    for (size_t i = 0; i < notes->count; i++)
        if (strcmp(notes->list[i].text, text) == 0)
            return;
    struct note *list = realloc(notes->list, (notes->count + 1) * sizeof *list);
    if (!list)
        return;
    notes->list = list;
    list[notes->count].kind = kind;
    snprintf(list[notes->count].text, NOTE_TEXT, "%s", text);
    notes->count++;
}

void notes_add(struct notes *notes, mmi_note_kind kind, const char *text, ...)
{
    char line[NOTE_TEXT];
    va_list arguments;
    va_start(arguments, text);
    vsnprintf(line, sizeof line, text, arguments);
    va_end(arguments);
    add(notes, kind, line);
}

void notes_take(struct notes *notes, const mmi_container *container)
{
    for (unsigned i = 0; i < container->note_count; i++)
        add(notes, container->notes[i].kind, container->notes[i].text);
}

void notes_take_reading(struct notes *notes, const struct reading *reading)
{
    if (reading->note[0])
        add(notes, MMI_NOTE_UNFINISHED, reading->note);
}

void notes_forget(struct notes *notes, mmi_note_kind kind)
{
    size_t kept = 0;
    for (size_t i = 0; i < notes->count; i++)
        if (notes->list[i].kind != kind)
            notes->list[kept++] = notes->list[i];
    notes->count = kept;
}

void notes_say(struct notes *notes, const struct console *console, const char *file)
{
    for (; notes->said < notes->count; notes->said++)
        console_warning(console, file, "note: %s", notes->list[notes->said].text);
}

void notes_json(const struct notes *notes, struct json *json)
{
    const char *texts[64];
    size_t count = 0;
    for (; count < notes->count && count < sizeof texts / sizeof *texts; count++)
        texts[count] = notes->list[count].text;
    json_texts(json, "notes", texts, count);
}

void notes_drop(struct notes *notes)
{
    free(notes->list);
    *notes = (struct notes){0};
}

void notes_sum_begin(struct notes_sum *sum)
{
    *sum = (struct notes_sum){0};
    thread_lock_init(&sum->lock);
}

void notes_sum_add(struct notes_sum *sum, const struct notes *notes, const char *file)
{
    bool has[MMI_NOTE_KINDS] = {false};
    thread_lock_take(&sum->lock);
    for (size_t i = 0; i < notes->count; i++) {
        const struct note *note = &notes->list[i];
        if (has[note->kind])
            continue;
        has[note->kind] = true;
        if (sum->kinds[note->kind].files++ > 0)
            continue;
        sum->kinds[note->kind].file = strdup(file);
        strcpy(sum->kinds[note->kind].text, note->text);
    }
    thread_lock_leave(&sum->lock);
}

void notes_sum_say(const struct notes_sum *sum, const struct console *console)
{
    for (int kind = 0; kind < MMI_NOTE_KINDS; kind++) {
        uint64_t files = sum->kinds[kind].files;
        const char *file = sum->kinds[kind].file ? sum->kinds[kind].file : "?";
        if (files == 1)
            console_warning(console, file, "note: %s", sum->kinds[kind].text);
        else if (files > 1)
            console_warning(console, NULL, "note: %" PRIu64 " files: %s (the first: %s)", files, sum->kinds[kind].text,
                            file);
    }
}

void notes_sum_end(struct notes_sum *sum)
{
    for (int kind = 0; kind < MMI_NOTE_KINDS; kind++)
        free(sum->kinds[kind].file);
    thread_lock_drop(&sum->lock);
}
