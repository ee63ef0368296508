/* SPDX-License-Identifier: MIT */
/*
 * parts: see parts.h. The folder is parts_folder, finishing is parts_finish.c.
 *
 * 1. The plan is written last: a folder without it was not prepared to its end.
 * 2. A part's mark is written after the part.
 *
 * These are promises to other processes and cannot be asserted in this one: the order of calls keeps them.
 */
#include "kit/job/parts_folder.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/map.h>

#include "kit/os/folder.h"
#include "kit/os/rights.h"

#define PLAN_FORM "mmview parts 1\nsize %" PRIu64 "\nmodified %" PRId64 ".%09" PRIu32 "\nmode %o\ninode %" PRIu64 "\n"
#define PLAN_TEXT (256 + PARTS_ORIGIN + 2 * (NAME_MAX + 1))

/* ---- preparing -------------------------------------------------------------------------------------------------- */

/* What is prepared for: all that a process which writes a part must know the same of. */
struct wanted {
    const struct file_facts *source;
    bool is_joined;
    const struct parts_apart *apart;
};

/* Names end with a byte that none of them has. */
static void plan_text(const struct wanted *wanted, char text[PLAN_TEXT])
{
    const struct file_facts *source = wanted->source;
    const struct parts_apart *apart = wanted->apart;
    int length = snprintf(text, PLAN_TEXT, PLAN_FORM "%s", source->size, source->modified, source->modified_ns,
                          source->permissions, source->inode,
                          wanted->is_joined ? PARTS_JOINED
                          : apart           ? apart->origin
                                            : "");
    if (apart)
        length +=
            snprintf(text + length, PLAN_TEXT - (size_t)length, PARTS_NAMES "%s/%s/\n", apart->samples, apart->header);
    assert(length > 0 && length < PLAN_TEXT && !(apart && wanted->is_joined));
    (void)length;
}

static int make_data(struct parts *parts, const struct console *console, uint64_t size)
{
    mmv_map *map = NULL;
    int result = parts_result(parts, console, "cannot make its data",
                              folder_create_file(parts->folder, PARTS_DATA, 0600, &parts->data));
    if (result != TOOL_DONE)
        return result;
    if (size > 0 && mmv_map_from_descriptor(parts->data, false, MMV_READ_WRITE, size, &map) != MMV_OK)
        return console_failure(console, parts->path);
    mmv_map_close(&map);
    return TOOL_DONE;
}

static int check_plan(const struct parts *parts, const struct console *console, const struct wanted *wanted)
{
    char wanted_text[PLAN_TEXT];
    char *text = NULL;
    int error = parts_get(parts, PARTS_PLAN, &text);
    if (error != 0)
        return parts_result(parts, console, "was not prepared to its end", error); /* 1 */
    plan_text(wanted, wanted_text);
    bool equal = strcmp(text, wanted_text) == 0;
    free(text);
    return equal ? TOOL_DONE
                 : console_error(console, parts->path, "was prepared for another file, or FILE was changed since");
}

static int stop_at_mark(void *user, uint64_t index, uint64_t count, const char *name)
{
    (void)user, (void)index, (void)count, (void)name;
    return TOOL_FAILED;
}

/* Whoever prepared it was interrupted: no part can be in it. */
static bool is_half_prepared(const struct parts *parts, const struct console *console)
{
    return parts_look_for(parts, PARTS_PLAN) == ENOENT &&
           parts_each_mark(parts, console, stop_at_mark, NULL) == TOOL_DONE;
}

/* What may be done with the new file; the group of its data becomes FILE's. */
static int put_rights(struct parts *parts, const struct console *console, const struct parts_source *source)
{
    char text[16];
    unsigned permissions = source->rights.permissions;
    int error = source->rights.kind == OUTPUT_KNOWN ? 0 : rights_plain(source->rights.model, parts->data, &permissions);
    assert(source->rights.kind == OUTPUT_KNOWN || source->rights.kind == OUTPUT_COPY);
    if (error == 0) {
        /* What is made of FILE is data, whatever FILE is. */
        snprintf(text, sizeof text, PARTS_RIGHTS_FORM, source->is_joined ? permissions & 0666 : permissions);
        error = parts_put(parts, PARTS_RIGHTS, text, true);
    }
    return parts_result(parts, console, "cannot note its permissions", error);
}

/* It is whole before the plan is written, and stays as it is. */
static int put_header(const struct parts *parts, const struct console *console, const struct parts_apart *apart)
{
    int descriptor;
    int error = folder_create_file(parts->folder, PARTS_HEADER, 0600, &descriptor);
    if (error != 0)
        return parts_result(parts, console, "cannot make its header", error);
    error = file_write(descriptor, apart->bytes, apart->length);
    /* Notes first: who may not write to a file may not note anything on it. */
    if (error == 0)
        rights_copy_notes(apart->model, descriptor);
    if (error == 0)
        error = rights_copy(apart->model, descriptor);
    if (error == 0)
        error = file_sync(descriptor);
    int closing = file_close(descriptor);
    return parts_result(parts, console, "cannot write its header", error == 0 ? closing : error);
}

static struct wanted wanted_of(const struct parts_source *source)
{
    return (struct wanted){source->info, source->is_joined, source->apart};
}

/* One that is there already: 'made' stays false when it is gone on with. */
static int reuse_folder(struct parts *parts, const struct console *console, const struct parts_source *source,
                        bool *made_ret)
{
    const struct wanted wanted = wanted_of(source);
    int result = parts_open_folder(parts, console, source->info);
    if (result != TOOL_DONE)
        return result;
    if (!parts_is_finished(parts) && !is_half_prepared(parts, console)) {
        result = check_plan(parts, console, &wanted);
    } else {
        result = parts_remove(parts, console);
        /* A folder that somebody has open may keep its name. */
        parts_close(parts);
        if (result == TOOL_DONE)
            result = parts_result(parts, console, "cannot make it", folder_make(parts->path, 0700));
        *made_ret = result == TOOL_DONE;
    }
    parts_close(parts);
    return result;
}

static int fill_folder(struct parts *parts, const struct console *console, const struct parts_source *source)
{
    char text[PLAN_TEXT];
    const struct wanted wanted = wanted_of(source);
    int result = parts_open_folder(parts, console, source->info);
    if (result != TOOL_DONE)
        return result;
    result = make_data(parts, console, source->size);
    if (result == TOOL_DONE)
        result = put_rights(parts, console, source);
    if (result == TOOL_DONE && source->apart)
        result = put_header(parts, console, source->apart);
    plan_text(&wanted, text);
    if (result == TOOL_DONE)
        result =
            parts_result(parts, console, "cannot write its plan", parts_put(parts, PARTS_PLAN, text, true)); /* 1 */
    if (result != TOOL_DONE)
        parts_remove(parts, console);
    parts_close(parts);
    return result;
}

/* What OUT means; whether it may be replaced is asked when it would be. */
static int find_path(struct parts *parts, const struct console *console, const struct output_wish *wish)
{
    struct output output = OUTPUT_NONE;
    int result = output_plan(&output, console, wish);
    if (result == TOOL_DONE)
        result = parts_set_path(parts, console, output.path);
    output_discard(&output);
    return result;
}

int parts_prepare(const struct console *console, const char *out, const struct parts_source *source, bool *made_ret)
{
    struct parts parts = PARTS_NONE;
    const struct output_wish wish = {.path = out, .input = source->name, .source = source->info, .force = true};
    int result = find_path(&parts, console, &wish);
    if (result != TOOL_DONE)
        return result;
    int error = folder_make(parts.path, 0700);
    bool is_new = error == 0;
    if (!is_new && error != EEXIST)
        return parts_result(&parts, console, "cannot make it", error);
    if (!is_new && !made_ret)
        return console_usage(console, "%s: is there already: finish it, or remove it", parts.path);
    if (!is_new)
        result = reuse_folder(&parts, console, source, &is_new);
    if (result == TOOL_DONE && is_new)
        result = fill_folder(&parts, console, source);
    if (made_ret)
        *made_ret = is_new && result == TOOL_DONE;
    return result;
}

void parts_abandon(const char *out)
{
    struct parts parts = PARTS_NONE;
    const struct console mute = {.tool = "", .mute = true};
    if (parts_set_path(&parts, &mute, out) != TOOL_DONE)
        return;
    if (parts_open_folder(&parts, &mute, NULL) == TOOL_DONE)
        parts_remove(&parts, &mute);
    parts_close(&parts);
}

/* ---- a part ----------------------------------------------------------------------------------------------------- */

/* What the other parts must agree with. */
struct kin {
    const struct parts *parts;
    const struct console *console;
    const struct parts_work *work;
};

static int check_kin(void *user, uint64_t index, uint64_t count, const char *name)
{
    const struct kin *kin = user;
    if (count != kin->work->count)
        return console_usage(kin->console,
                             "%s: part %" PRIu64 " of %" PRIu64 " is there: these cannot be %" PRIu64 " parts",
                             kin->parts->path, index + 1, count, kin->work->count);
    if (parts_says(kin->parts, name, kin->work->operation))
        return TOOL_DONE;
    return console_usage(kin->console,
                         "%s: part %" PRIu64 " was made by another command; to begin again remove the folder",
                         kin->parts->path, index + 1);
}

static int check_kind(const struct parts *parts, const struct console *console, const struct parts_work *work)
{
    if (parts_look_for(parts, PARTS_PLAN) != 0 || parts_are_joined(parts) == work->is_joined)
        return TOOL_DONE;
    return console_usage(console, "%s: was prepared %s --join; remove it, and '%s' makes the right one", parts->path,
                         work->is_joined ? "without" : "with", work->preparation);
}

int parts_open(struct parts *parts, const struct console *console, const char *out, const struct parts_work *work)
{
    const struct kin kin = {parts, console, work};
    const struct wanted wanted = {work->source, work->is_joined, work->apart};
    int result = parts_set_path(parts, console, out);
    if (result != TOOL_DONE)
        return result;
    int error = folder_open(parts->path, false, &parts->folder);
    if (error == ENOENT)
        return console_usage(console, "%s: is not there; '%s' makes it", parts->path, work->preparation);
    result = parts_result(parts, console, "cannot open it", error);
    if (result == TOOL_DONE)
        result = parts_check_folder(parts, console, work->source);
    if (result == TOOL_DONE)
        result = check_kind(parts, console, work);
    if (result == TOOL_DONE)
        result = check_plan(parts, console, &wanted);
    if (result == TOOL_DONE)
        result = parts_each_mark(parts, console, check_kin, (void *)&kin);
    if (result != TOOL_DONE)
        return result;
    return parts_open_data(parts, console, &parts->data);
}

int parts_done(const struct parts *parts, const struct console *console, const struct parts_work *work, bool sync)
{
    const struct kin kin = {parts, console, work};
    char name[PARTS_MARK_NAME];
    assert(parts->data >= 0 && work->index < work->count);
    /* Another command may have come meanwhile: then its parts and this one are no whole. */
    if (parts_each_mark(parts, console, check_kin, (void *)&kin) != TOOL_DONE)
        return TOOL_FAILED;
    parts_mark_name(name, work->index, work->count);
    return parts_result(parts, console, "cannot note that a part is done",
                        parts_put(parts, name, work->operation, sync));
}

void parts_close(struct parts *parts)
{
    if (parts->data >= 0)
        file_close(parts->data);
    if (parts->folder >= 0)
        file_close(parts->folder);
    parts->data = parts->folder = -1;
}
