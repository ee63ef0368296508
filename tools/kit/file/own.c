/* SPDX-License-Identifier: MIT */
/* own: see own.h. */
#include "kit/file/own.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/cli/json.h"
#include "kit/cli/text.h"
#include "kit/os/file.h"
#include "kit/os/path.h"

#define NAMED_MAX 10 /* of what was left out, without -v */

static const struct {
    const char *word, *what;
} kinds[] = {
    /* Gone since it was left out. */
    [OWN_NOT] = {"other", "a file of mmview's own"},
    [OWN_JOURNAL] = {"journal", "the journal of a run"},
    [OWN_JOB] = {"job", "the record of a job of several runs"},
    [OWN_MARK] = {"mark", "a mark of a file that a run has not finished"},
    [OWN_PARTS] = {"parts", "of a new file that is written in parts"},
    [OWN_TEMPORARY] = {"temporary", "a file that a run has not finished writing"},
    [OWN_OTHER] = {"other", "a file of mmview's own"},
};

/* ---- what it is -------------------------------------------------------------------------------------------------- */

static bool begins_parts(int descriptor)
{
    char start[sizeof OWN_PARTS_BEGINNING];
    size_t done;
    return file_read_at(descriptor, start, sizeof start, 0, &done) == 0 && done == sizeof start &&
           memcmp(start, OWN_PARTS_BEGINNING, sizeof start) == 0;
}

/* OUT.parts was prepared to its end, or a part of it is there: 'folder' has a plan. */
static bool has_plan(const char *folder)
{
    char path[PATH_MAX];
    int descriptor;
    int length = snprintf(path, sizeof path, "%s/plan", folder);
    if (length < 0 || (size_t)length >= sizeof path || file_open(path, FILE_READ, false, &descriptor) != 0)
        return false;
    bool begins = begins_parts(descriptor);
    file_close(descriptor);
    return begins;
}

/* What output.c and parts.c make while work on a file lasts, and what becomes a journal. */
static bool is_temporary(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot > name + 1 && strlen(dot + 1) == 16 && strspn(dot + 1, "0123456789abcdef") == 16 &&
           (name[0] == '.' || strstr(name, ".mmj."));
}

static enum own kind_by_name(const char *path)
{
    char folder[PATH_MAX];
    const char *name = path_base(path);
    if (is_temporary(name))
        return OWN_TEMPORARY;
    bool is_so_called = strcmp(name, "data") == 0 || strcmp(name, "header") == 0;
    if (!is_so_called || strlen(path) >= sizeof folder)
        return OWN_NOT;
    path_folder(path, folder);
    return has_plan(folder) ? OWN_PARTS : OWN_NOT;
}

enum own own_kind(const mmv_map *map, const char *path)
{
    switch (mmv_map_own_kind(map)) {
    case MMV_OWN_NOT:
        return kind_by_name(path);
    case MMV_OWN_JOURNAL:
        return OWN_JOURNAL;
    case MMV_OWN_JOB:
        return OWN_JOB;
    case MMV_OWN_MARK:
        return OWN_MARK;
    default:
        return begins_parts(mmv_map_descriptor(map)) ? OWN_PARTS : OWN_OTHER;
    }
}

enum own own_kind_at(const char *path)
{
    mmv_map *map;
    mmv_status status = mmv_map_open(path, MMV_READ, &map);
    if (status == MMV_EKIND)
        return has_plan(path) ? OWN_PARTS : OWN_NOT;
    enum own kind = status == MMV_OK ? own_kind(map, path) : OWN_NOT;
    mmv_map_close(&map);
    return kind;
}

/* ---- what is said of it ------------------------------------------------------------------------------------------ */

int own_refuse(const struct console *console, const char *path, enum own kind)
{
    char *quoted = kind == OWN_JOURNAL ? text_shell(path) : NULL;
    if (quoted)
        console_error(
            console, path,
            "is the journal of a run, no image; this says of which files: mmbright --status --journal-file=%s", quoted);
    else if (kind == OWN_PARTS)
        console_error(console, path, "is of a new file that is written in parts; mmshard finish gives that its name");
    else if (kind == OWN_TEMPORARY)
        console_error(console, path,
                      "is what a run has not finished writing; when no process works on it any more, remove it");
    else
        console_error(console, path, "is %s, no image; it goes when the run or job is finished", kinds[kind].what);
    free(quoted);
    return TOOL_USAGE;
}

/* What a killed run has not finished writing is nobody's loss, and of OUT.parts each part is made anew. */
int own_protect(const struct console *console, const char *path)
{
    enum own kind = own_kind_at(path);
    if (kind == OWN_NOT || kind == OWN_TEMPORARY || kind == OWN_PARTS)
        return TOOL_DONE;
    return console_usage(console, "%s: is %s, which may not be overwritten", path, kinds[kind].what);
}

size_t own_set_aside(char **names, size_t count)
{
    char **aside = count > 1 ? calloc(count, sizeof *aside) : NULL;
    size_t kept = 0, left = 0;
    /* Without memory for the list each of them is refused when its turn comes. */
    if (!aside)
        return count;
    for (size_t i = 0; i < count; i++) {
        if (own_kind_at(names[i]) == OWN_NOT)
            names[kept++] = names[i];
        else
            aside[left++] = names[i];
    }
    memcpy(names + kept, aside, left * sizeof *aside);
    free(aside);
    return kept;
}

int own_refuse_all(const struct console *console, size_t count)
{
    return console_usage(console, "none of the %zu files is an image: they are mmview's own", count);
}

void own_tell(const struct console *console, char *const *names, size_t count, size_t total)
{
    size_t named = console->verbose || count <= NAMED_MAX ? count : NAMED_MAX;
    if (count == 0)
        return;
    for (size_t i = 0; i < named; i++)
        console_warning(console, names[i], "left out: it is %s", kinds[own_kind_at(names[i])].what);
    console_warning(console, NULL, "%zu of %zu files left out: they are mmview's own", count, total);
}

void own_tell_json(FILE *out, const struct console *console, const char *name, bool has_status)
{
    struct json json;
    json_begin(&json, out);
    json_count(&json, "schema", 1);
    json_text(&json, "tool", console->tool);
    json_text(&json, "version", MMV_VERSION);
    json_text(&json, "file", name);
    json_text(&json, "left_out", kinds[own_kind_at(name)].word);
    if (has_status)
        json_count(&json, "status", TOOL_DONE);
    json_end(&json);
}
