/* SPDX-License-Identifier: MIT */
/*
 * parts_folder: see parts_folder.h.
 *
 * 1. A mark is written under another name and renamed: who sees it sees all of it, and its part was written before.
 * 2. Everything in the folder is opened through its descriptor, and no link is followed there.
 * 3. The folder is this user's, root's or FILE's owner's, and nobody else may write in it who may not write FILE; its
 *    data has one name. So nobody can have prepared for others what they would write to or believe:
 *    parts_check_folder(), parts_open_data().
 *
 * 1 and 3 are promises to other processes and cannot be asserted in this one.
 */
#include "kit/job/parts_folder.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/cli/sizes.h"
#include "kit/file/own.h"
#include "kit/os/folder.h"
#include "kit/os/machine.h"
#include "kit/os/path.h"

#define BEGINNING sizeof OWN_PARTS_BEGINNING
#define TEXT_MAX ((size_t)1 << 20) /* of a plan or a mark: what a command line can hold of code, and more */

/* 0, or what went wrong, as an exit status. */
int parts_result(const struct parts *parts, const struct console *console, const char *what, int error)
{
    return error == 0 ? TOOL_DONE : console_error(console, parts->path, "%s: %s", what, strerror(error));
}

int parts_set_path(struct parts *parts, const struct console *console, const char *out)
{
    int length = snprintf(parts->path, sizeof parts->path, "%s.parts", out);
    if (length >= 0 && (size_t)length < sizeof parts->path && strlen(path_base(out)) + strlen(".parts") <= NAME_MAX)
        return TOOL_DONE;
    return console_usage(console, "%s: the name is too long for a folder %s.parts beside it", out, path_base(out));
}

/* ---- small files in it ------------------------------------------------------------------------------------------ */

static int write_file(int descriptor, const char *text, bool sync)
{
    int error = file_write(descriptor, OWN_PARTS_BEGINNING, BEGINNING);
    if (error == 0)
        error = file_write(descriptor, text, strlen(text));
    if (error == 0 && sync)
        error = file_sync(descriptor);
    int closing = file_close(descriptor);
    return error == 0 ? closing : error;
}

/* Whole or not at all. Returns 0 or an errno value. */
int parts_put(const struct parts *parts, const char *name, const char *text, bool sync)
{
    char temporary[NAME_MAX + 1];
    int descriptor;
    assert(parts->folder >= 0 && strchr(name, '/') == NULL); /* 2 */
    /* Unlike a process' number, no other machine has it. */
    snprintf(temporary, sizeof temporary, ".%s.%016" PRIx64, name, machine_random());
    int error = folder_create_file(parts->folder, temporary, 0644, &descriptor);
    if (error != 0)
        return error;
    error = write_file(descriptor, text, sync);
    if (error == 0)
        error = folder_replace(parts->folder, temporary, name); /* 1 */
    if (error != 0)
        folder_remove_file(parts->folder, temporary);
    else if (sync)
        error = folder_sync(parts->folder);
    return error;
}

/* The caller frees *text_ret. Returns 0 or an errno value. */
int parts_get(const struct parts *parts, const char *name, char **text_ret)
{
    int descriptor;
    assert(parts->folder >= 0 && strchr(name, '/') == NULL); /* 2 */
    int error = folder_open_file(parts->folder, name, FILE_READ, &descriptor);
    if (error != 0)
        return error;
    struct file_facts facts;
    char *text = malloc(TEXT_MAX + 1);
    size_t length = 0;
    if (file_look(descriptor, &facts) != 0 || facts.kind != FILE_REGULAR)
        error = EINVAL;
    else
        error = text ? file_read(descriptor, text, TEXT_MAX, &length) : ENOMEM;
    file_close(descriptor);
    if (error != 0) {
        free(text);
        return error;
    }
    text[length] = '\0';
    /* What begins otherwise is nobody's plan or mark, and not what anybody looks for. */
    if (length >= BEGINNING && memcmp(text, OWN_PARTS_BEGINNING, BEGINNING) == 0)
        memmove(text, text + BEGINNING, length - BEGINNING + 1);
    *text_ret = text;
    return 0;
}

/* ---- marks ------------------------------------------------------------------------------------------------------ */

void parts_mark_name(char name[PARTS_MARK_NAME], uint64_t index, uint64_t count)
{
    snprintf(name, PARTS_MARK_NAME, "%" PRIu64 "-of-%" PRIu64, index + 1, count);
}

static bool mark_parse(const char *name, uint64_t *index_ret, uint64_t *count_ret)
{
    const char *text = name;
    if (!sizes_take_digits(&text, '-', index_ret) || strncmp(text, "of-", 3) != 0)
        return false;
    text += 3;
    if (!sizes_take_digits(&text, '\0', count_ret) || *index_ret == 0 || *index_ret > *count_ret)
        return false;
    --*index_ret;
    return true;
}

struct marks {
    parts_mark_fn *fn;
    void *user;
    int result; /* the latest answer of 'fn' */
};

static bool see_mark(void *user, const char *name)
{
    struct marks *marks = user;
    uint64_t index, count;
    if (mark_parse(name, &index, &count))
        marks->result = marks->fn(marks->user, index, count, name);
    return marks->result == TOOL_DONE;
}

/* Every mark in the folder, until 'fn' returns something else than TOOL_DONE. */
int parts_each_mark(const struct parts *parts, const struct console *console, parts_mark_fn *fn, void *user)
{
    struct marks marks = {fn, user, TOOL_DONE};
    int error = folder_list(parts->folder, see_mark, &marks);
    return error == 0 ? marks.result : parts_result(parts, console, "cannot read it", error);
}

bool parts_says(const struct parts *parts, const char *name, const char *operation)
{
    char *text = NULL;
    bool equal = parts_get(parts, name, &text) == 0 && strcmp(text, operation) == 0;
    free(text);
    return equal;
}

/* ---- its ends --------------------------------------------------------------------------------------------------- */

int parts_look_for(const struct parts *parts, const char *name)
{
    struct file_facts facts;
    return folder_look(parts->folder, name, false, &facts);
}

bool parts_are_joined(const struct parts *parts)
{
    char *text = NULL;
    size_t end = strlen(PARTS_JOINED);
    bool are = parts_get(parts, PARTS_PLAN, &text) == 0 && strlen(text) > end &&
               strcmp(text + strlen(text) - end, PARTS_JOINED) == 0;
    free(text);
    return are;
}

/* From a text, up to the byte that ends it; beside OUT.parts. */
static bool take_beside(const struct parts *parts, const char **text, char path[PATH_MAX])
{
    const char *name = *text, *end = strchr(name, '/');
    int folder = (int)(path_base(parts->path) - parts->path);
    if (!end || end == name || end - name > NAME_MAX)
        return false;
    int length = snprintf(path, PATH_MAX, "%.*s%.*s", folder, parts->path, (int)(end - name), name);
    *text = end + 1;
    return length > 0 && length < PATH_MAX;
}

bool parts_names(const struct parts *parts, struct parts_names *names_ret)
{
    char *text = NULL;
    const char *at = parts_get(parts, PARTS_PLAN, &text) == 0 ? strstr(text, "\n" PARTS_NAMES) : NULL;
    if (at)
        at += strlen("\n" PARTS_NAMES);
    bool are_two = at && take_beside(parts, &at, names_ret->samples) && take_beside(parts, &at, names_ret->header);
    free(text);
    return are_two;
}

/* The data has its name already: whoever gave it was interrupted before the rest. */
bool parts_is_finished(const struct parts *parts)
{
    return parts_look_for(parts, PARTS_PLAN) == 0 && parts_look_for(parts, PARTS_DATA) == ENOENT;
}

/* The first that cannot be removed, as an errno value. */
struct removal {
    const struct parts *parts;
    int error;
};

static bool remove_but_plan(void *user, const char *name)
{
    struct removal *removal = user;
    int error = strcmp(name, PARTS_PLAN) == 0 ? 0 : folder_remove_file(removal->parts->folder, name);
    if (removal->error == 0 && error != ENOENT)
        removal->error = error;
    return true;
}

/* What the folder holds goes, and the folder; the plan last, which tells that it is all over. */
int parts_remove(struct parts *parts, const struct console *console)
{
    struct removal removal = {parts, 0};
    int error = folder_list(parts->folder, remove_but_plan, &removal);
    if (error == 0)
        error = removal.error;
    if (error != 0)
        return parts_result(parts, console, "cannot remove it", error);
    folder_remove_file(parts->folder, PARTS_PLAN);
    return parts_result(parts, console, "cannot remove it", folder_remove(parts->path));
}

/* ---- opening ---------------------------------------------------------------------------------------------------- */

/* In a folder of everybody's a name says nothing of who made it. */
static bool is_in_shared_folder(const struct parts *parts)
{
    char above[PATH_MAX];
    struct file_facts facts;
    path_folder(parts->path, above);
    return file_look_at(above, true, &facts) != 0 || facts.sticky || (facts.permissions & 002);
}

/* 3; without 'source' FILE is not known, and the folder above has to do. */
int parts_check_folder(const struct parts *parts, const struct console *console, const struct file_facts *source)
{
    struct file_facts facts;
    int error = file_look(parts->folder, &facts);
    if (error != 0)
        return parts_result(parts, console, "cannot look at it", error);
    bool known = file_is_own(&facts) || (source ? facts.owner == source->owner : !is_in_shared_folder(parts));
    unsigned writers = facts.permissions & (source ? 022 & ~source->permissions : 002);
    if (known && writers == 0)
        return TOOL_DONE;
    return console_error(console, parts->path, "%s; use another OUT, or remove it",
                         known ? "others may write in it who may not write FILE" : "belongs to another user");
}

/* Its last part may be no link: 2. */
int parts_open_folder(struct parts *parts, const struct console *console, const struct file_facts *source)
{
    int error = folder_open(parts->path, false, &parts->folder);
    return error != 0 ? parts_result(parts, console, "cannot open it", error)
                      : parts_check_folder(parts, console, source);
}

/* A second name would be of a file that is no part of this work: 3. */
int parts_open_own(const struct parts *parts, const struct console *console, const char *name, enum file_access access,
                   int *descriptor_ret)
{
    struct file_facts folder, data;
    int error = folder_open_file(parts->folder, name, access, descriptor_ret);
    if (error != 0)
        return parts_result(parts, console, "cannot open its data", error);
    error = file_look(parts->folder, &folder);
    if (error == 0)
        error = file_look(*descriptor_ret, &data);
    if (error == 0 && data.kind == FILE_REGULAR && data.links == 1 &&
        (data.owner == folder.owner || file_is_own(&data)))
        return TOOL_DONE;
    file_close(*descriptor_ret);
    *descriptor_ret = -1;
    if (error != 0)
        return parts_result(parts, console, "cannot open its data", error);
    return console_error(console, parts->path, "its data is no file of its own");
}

int parts_open_data(const struct parts *parts, const struct console *console, int *descriptor_ret)
{
    return parts_open_own(parts, console, PARTS_DATA, FILE_READ_WRITE, descriptor_ret);
}
