/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_NOTES_H
#define TOOLS_NOTES_H

/*
 * notes: what a tool has left out of a FILE, or taken for granted, and says of it.
 *
 *     one FILE     mmstat: scan.tif: note: page 1 of 3 is taken; --part=N or --part=all takes others
 *     many FILEs   mmbright: note: 812 files: raw, 4 x i16le; --type and --samples say otherwise (the first: a.raw)
 *     --json       "notes": ["page 1 of 3 is taken; ...", ...]
 *
 * A note never changes the exit status, and -q hides it.
 */

#include <mmimage/container.h>

#include "kit/cli/console.h"
#include "kit/cli/json.h"
#include "kit/file/reading.h"
#include "kit/os/thread.h"

#define NOTE_TEXT 400 /* bytes, with the NUL; of longer ones the end is left out */
struct note {
    mmi_note_kind kind;
    char text[NOTE_TEXT];
};

/* Of one FILE; zero bytes are none. Each text is there once. One thread at a time. */
struct notes {
    struct note *list;
    size_t count;
    size_t said; /* list[0..said) were said */
};

/* notes_add() - one more. Without memory for it the note is lost: nothing else would be right, the work is. */
PRINTF_FORMAT(3, 4) void notes_add(struct notes *notes, mmi_note_kind kind, const char *text, ...);

/* notes_take() - those of a header. notes_take_reading() - what was noticed while the file was read. */
void notes_take(struct notes *notes, const mmi_container *container);
void notes_take_reading(struct notes *notes, const struct reading *reading);

/* notes_forget() - those of a kind, which do not matter to this tool; before any was said. */
void notes_forget(struct notes *notes, mmi_note_kind kind);

/* notes_say() - each that was not said yet as a line about 'file', unless the tool is quiet. */
void notes_say(struct notes *notes, const struct console *console, const char *file);

/* notes_json() - the key "notes": the texts, or an empty list. */
void notes_json(const struct notes *notes, struct json *json);

void notes_drop(struct notes *notes);

/* Of many FILEs: of each kind how many have such a note, and the first of them. Any thread at once. */
struct notes_sum {
    thread_lock lock;
    struct {
        uint64_t files;
        char *file; /* the first one, and what it said */
        char text[NOTE_TEXT];
    } kinds[MMI_NOTE_KINDS];
};

void notes_sum_begin(struct notes_sum *sum);
void notes_sum_add(struct notes_sum *sum, const struct notes *notes, const char *file);

/* notes_sum_say() - a line for each kind that there is. */
void notes_sum_say(const struct notes_sum *sum, const struct console *console);
void notes_sum_end(struct notes_sum *sum);

#endif
