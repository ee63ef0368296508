/* SPDX-License-Identifier: MIT */
/*
 * output: a file without a name until it is finished.
 *
 *     can O_TMPFILE    nameless ----- linkat ------------> OUT                 nothing of that name there
 *                      nameless -- linkat --> .OUT.random -- rename --> OUT    -f and there is one
 *     cannot           .OUT.random -- rename, never replacing without -f --> OUT
 *
 * 1. Without -f no step can replace a file, also not one that appeared after output_plan().
 * 2. Whoever opens OUT sees the old file or the whole new one. No assert: it is what link(2) and rename(2) promise.
 * 3. A name that exists stands in 'temporary', and output_discard() removes it; a nameless file goes with its
 *    descriptor. No assert: the folder would have to be asked.
 * 4. OUT is resolved once: everything after output_plan() goes through the folder's descriptor. No assert: no function
 *    below gets the path.
 */
#include "kit/file/output.h"

#include <mmview/publish.h>

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kit/file/astray.h"
#include "kit/file/own.h"
#include "kit/file/pair.h"
#include "kit/os/path.h"
#include "kit/os/rights.h"

#define TRIES 100

/* 0, or what went wrong, as an exit status. */
static int result_of(const struct output *output, const struct console *console, const char *what, int error)
{
    return error == 0 ? TOOL_DONE : console_error(console, output->path, "%s: %s", what, strerror(error));
}

static bool is_folder(const char *path)
{
    struct file_facts facts;
    /* Not followed: a link is the file that -f replaces; with a slash behind it the system follows it. */
    return file_look_at(path, false, &facts) == 0 && facts.kind == FILE_FOLDER;
}

/* The name of the new file: OUT, or OUT/input when OUT is a folder. */
static int resolve_path(struct output *output, const struct console *console, const struct output_wish *wish)
{
    int length;
    const char *path = wish->path, *input = wish->input;
    if (path[0] == '\0')
        return console_usage(console, "--output: the name is empty");
    if (!is_folder(path))
        length = snprintf(output->path, sizeof output->path, "%s", path);
    else if (input == NULL)
        return console_usage(console, "%s: is a directory", path);
    else
        length = snprintf(output->path, sizeof output->path, "%s%s%s", path,
                          path_separates(path[strlen(path) - 1]) ? "" : "/", path_base(input));
    if (length < 0 || (size_t)length >= sizeof output->path)
        return console_usage(console, "%s: the name is too long", path);
    output->name = path_base(output->path);
    return TOOL_DONE;
}

static int open_folder(struct output *output, const struct console *console)
{
    char parent[PATH_MAX];
    if (astray_is(output->path))
        return console_error(console, output->path, "another user's link is on the way to it");
    size_t length = (size_t)(output->name - output->path);
    memcpy(parent, output->path, length);
    parent[length] = '\0';
    return result_of(output, console, "cannot open its directory",
                     folder_open(length ? parent : ".", true, &output->folder));
}

static int check_inputs(const struct output *output, const struct console *console, const struct output_wish *wish)
{
    if (wish->source && file_is_same(&output->before, wish->source))
        return console_usage(console, "%s: is the input itself; use -i to change a file in place", output->path);
    if (inputs_have(wish->inputs, &output->before))
        return console_usage(console, "%s: is an input of this run, which may not be overwritten", output->path);
    return TOOL_DONE;
}

/* What already has the name. */
static int check_existing(struct output *output, const struct console *console, const struct output_wish *wish)
{
    struct file_facts there;
    int error = folder_look(output->folder, output->name, false, &there);
    if (error != 0)
        return error == ENOENT ? TOOL_DONE : result_of(output, console, "cannot look at it", error);
    output->was_there = folder_look(output->folder, output->name, true, &output->before) == 0;
    int result = output->was_there ? check_inputs(output, console, wish) : TOOL_DONE;
    if (result != TOOL_DONE)
        return result;
    if (there.kind == FILE_FOLDER)
        return console_usage(console, "%s: is a directory", output->path);
    if (there.kind != FILE_REGULAR && there.kind != FILE_LINK)
        return console_usage(console, "%s: is not a regular file; write to it with -o -", output->path);
    if (!output->force)
        return console_usage(console, "%s: exists already; -f replaces it", output->path);
    return own_protect(console, output->path);
}

int output_plan(struct output *output, const struct console *console, const struct output_wish *wish)
{
    assert(output->folder < 0 && output->descriptor < 0);
    output->force = wish->force;
    int result = resolve_path(output, console, wish);
    if (result != TOOL_DONE)
        return result;
    if (output->name[0] == '\0')
        return console_usage(console, "%s: is not a directory", output->path);
    const char *refusal = path_refusal(output->name);
    if (refusal)
        return console_usage(console, "%s: %s", output->path, refusal);
    result = open_folder(output, console);
    if (result == TOOL_DONE)
        result = pair_settle(console, output->folder, output->name, output->path);
    return result != TOOL_DONE ? result : check_existing(output, console, wish);
}

static int create_named(struct output *output)
{
    char name[HIDDEN_NAME];
    int error = EEXIST;
    for (unsigned attempt = 0; attempt < TRIES && error == EEXIST; attempt++) {
        hidden_random(output->name, name);
        error = folder_create_file(output->folder, name, 0600, &output->descriptor);
    }
    if (error == 0)
        memcpy(output->temporary, name, sizeof name);
    return error;
}

int output_create(struct output *output, const struct console *console)
{
    assert(output->folder >= 0 && output->descriptor < 0 && output->temporary[0] == '\0');
    if (folder_create_nameless(output->folder, &output->descriptor) == 0)
        return TOOL_DONE;
    return result_of(output, console, "cannot create it", create_named(output));
}

/* What the library says of a name as an errno value. */
static int error_of(mmv_status status)
{
    return status == MMV_OK ? 0 : mmv_last_error()->os_error;
}

int output_hide(struct output *output, const char *name)
{
    assert(output->descriptor >= 0 && strlen(name) < OUTPUT_TEMPORARY);
    if (output->temporary[0] != '\0')
        return 0;
    int error = error_of(mmv_publish_nameless(output->folder, output->descriptor, name));
    if (error == 0)
        strcpy(output->temporary, name);
    return error;
}

static int replace(struct output *output)
{
    assert(output->force && output->temporary[0] != '\0'); /* 1 */
    int error = folder_replace(output->folder, output->temporary, output->name);
    if (error == 0)
        output->temporary[0] = '\0';
    return error;
}

static int publish_nameless(struct output *output)
{
    char name[HIDDEN_NAME];
    int error = error_of(mmv_publish_nameless(output->folder, output->descriptor, output->name));
    if (error != EEXIST || !output->force)
        return error;
    for (unsigned attempt = 0; attempt < TRIES && error == EEXIST; attempt++) {
        hidden_random(output->name, name);
        error = output_hide(output, name);
    }
    return error == 0 ? replace(output) : error;
}

static int publish_named(struct output *output)
{
    if (output->force)
        return replace(output);
    int error = error_of(mmv_publish_hidden(output->folder, output->temporary, output->name));
    if (error == 0)
        output->temporary[0] = '\0';
    return error;
}

static int give_name(struct output *output, const struct console *console)
{
    int error = output->temporary[0] != '\0' ? publish_named(output) : publish_nameless(output);
    if (error == EEXIST)
        return console_error(console, output->path, "appeared meanwhile and is left alone");
    return result_of(output, console, "cannot give it its name", error);
}

static int close_file(struct output *output, const struct console *console)
{
    int descriptor = output->descriptor;
    output->descriptor = -1;
    return result_of(output, console, "cannot close it", file_close(descriptor));
}

/* Notes first: who may not write to a file may not note anything on it. */
static int set_rights(struct output *output, const struct output_rights *rights)
{
    switch (rights->kind) {
    case OUTPUT_COPY:
        rights_copy_notes(rights->model, output->descriptor);
        return rights_copy(rights->model, output->descriptor);
    case OUTPUT_DERIVED:
        return rights_narrow(rights->model, output->descriptor, 0666);
    case OUTPUT_KNOWN:
        return rights_set(output->descriptor, rights->permissions);
    default:
        return rights_add(output->descriptor, 0666);
    }
}

int output_complete(struct output *output, const struct console *console, const struct output_rights *rights, bool sync)
{
    assert(output->folder >= 0 && output->descriptor >= 0);
    int result = result_of(output, console, "cannot set its permissions", set_rights(output, rights));
    if (result == TOOL_DONE && sync)
        result = result_of(output, console, "cannot write it to the device", file_sync(output->descriptor));
    return result;
}

int output_publish(struct output *output, const struct console *console, const struct output_rights *rights, bool sync)
{
    int result = output_complete(output, console, rights, sync);
    if (result == TOOL_DONE)
        result = give_name(output, console);
    if (result == TOOL_DONE && sync)
        result = result_of(output, console, "cannot write its name to the device", folder_sync(output->folder));
    return result == TOOL_DONE ? close_file(output, console) : result;
}

void output_discard(struct output *output)
{
    if (output->temporary[0] != '\0')
        folder_remove_file(output->folder, output->temporary);
    output->temporary[0] = '\0';
    if (output->descriptor >= 0)
        file_close(output->descriptor);
    if (output->folder >= 0)
        file_close(output->folder);
    output->descriptor = output->folder = -1;
}

int output_finish_stdout(const struct console *console, bool sync)
{
    int error = sync ? file_sync(FILE_STDOUT) : 0;
    /* A pipe, or a device that knows nothing of that. */
    if (error != 0 && error != EINVAL && error != EROFS)
        return console_error(console, "stdout", "cannot write it to the device: %s", strerror(error));
    error = file_close(FILE_STDOUT);
    return error == 0 ? TOOL_DONE : console_error(console, "stdout", "cannot close it: %s", strerror(error));
}
