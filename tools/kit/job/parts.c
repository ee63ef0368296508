/* SPDX-License-Identifier: MIT */
/*
 * parts: see parts.h.
 *
 * 1. A mark is written under another name and renamed: who sees it sees all of it, and its part was written before.
 * 2. The plan is written last: a folder without it was not prepared to its end.
 * 3. Only finishing gives OUT its name, and only one process does: the others find no data to rename.
 * 4. Everything in the folder is opened through its descriptor, and no link is followed there.
 * 5. The folder is this user's, root's or FILE's owner's, and nobody else may write in it who may not write FILE; its
 * data has one name. So nobody can have prepared for others what they would write to or believe: check_folder(),
 *    open_data().
 *
 * 1 to 3 and 5 are promises to other processes and cannot be asserted in this one: the order of calls keeps them, where
 * the numbers stand.
 */
#include "kit/job/parts.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/map.h>

#include "kit/cli/sizes.h"
#include "kit/file/output.h"
#include "kit/file/own.h"
#include "kit/os/folder.h"
#include "kit/os/machine.h"
#include "kit/os/path.h"
#include "kit/os/rights.h"

#define DATA "data"
#define PLAN "plan"
#define RIGHTS "rights"
#define RIGHTS_FORM "%o\n"
#define PLAN_FORM "mmview parts 1\nsize %" PRIu64 "\nmodified %" PRId64 ".%09" PRIu32 "\nmode %o\ninode %" PRIu64 "\n"
#define BEGINNING sizeof OWN_PARTS_BEGINNING
#define TEXT_MAX 65536 /* of a plan or a mark */
#define NAMED_MAX 8    /* missing parts that are named */

/* 0, or what went wrong, as an exit status. */
static int result_of(const struct parts *parts, const struct console *console, const char *what, int error)
{
    return error == 0 ? TOOL_DONE : console_error(console, parts->path, "%s: %s", what, strerror(error));
}

static int set_path(struct parts *parts, const struct console *console, const char *out)
{
    int length = snprintf(parts->path, sizeof parts->path, "%s.parts", out);
    if (length >= 0 && (size_t)length < sizeof parts->path && strlen(path_base(out)) + strlen(".parts") <= NAME_MAX)
        return TOOL_DONE;
    return console_usage(console, "%s: the name is too long for a folder %s.parts beside it", out, path_base(out));
}

/* ---- small files in the folder ----------------------------------------------------------------------------------- */

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
static int put_file(const struct parts *parts, const char *name, const char *text, bool sync)
{
    char temporary[NAME_MAX + 1];
    int descriptor;
    assert(parts->folder >= 0 && strchr(name, '/') == NULL); /* 4 */
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
static int get_file(const struct parts *parts, const char *name, char **text_ret)
{
    int descriptor;
    assert(parts->folder >= 0 && strchr(name, '/') == NULL); /* 4 */
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

/* ---- marks ------------------------------------------------------------------------------------------------------- */

#define MARK_NAME 64

static void mark_name(char name[MARK_NAME], uint64_t index, uint64_t count)
{
    snprintf(name, MARK_NAME, "%" PRIu64 "-of-%" PRIu64, index + 1, count);
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

typedef int mark_fn(void *user, uint64_t index, uint64_t count, const char *name);

struct marks {
    mark_fn *fn;
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
static int for_marks(const struct parts *parts, const struct console *console, mark_fn *fn, void *user)
{
    struct marks marks = {fn, user, TOOL_DONE};
    int error = folder_list(parts->folder, see_mark, &marks);
    return error == 0 ? marks.result : result_of(parts, console, "cannot read it", error);
}

static bool says(const struct parts *parts, const char *name, const char *operation)
{
    char *text = NULL;
    bool equal = get_file(parts, name, &text) == 0 && strcmp(text, operation) == 0;
    free(text);
    return equal;
}

/* ---- preparing --------------------------------------------------------------------------------------------------- */

static void plan_text(const struct file_facts *source, char text[256])
{
    snprintf(text, 256, PLAN_FORM, source->size, source->modified, source->modified_ns, source->permissions,
             source->inode);
}

static int make_data(struct parts *parts, const struct console *console, uint64_t size)
{
    mmv_map *map = NULL;
    int result =
        result_of(parts, console, "cannot make its data", folder_create_file(parts->folder, DATA, 0600, &parts->data));
    if (result != TOOL_DONE)
        return result;
    if (size > 0 && mmv_map_from_descriptor(parts->data, false, MMV_READ_WRITE, size, &map) != MMV_OK)
        return console_failure(console, parts->path);
    mmv_map_close(&map);
    return TOOL_DONE;
}

static int check_plan(const struct parts *parts, const struct console *console, const struct file_facts *source)
{
    char wanted[256];
    char *text = NULL;
    int error = get_file(parts, PLAN, &text);
    if (error != 0)
        return result_of(parts, console, "was not prepared to its end", error); /* 2 */
    plan_text(source, wanted);
    bool equal = strcmp(text, wanted) == 0;
    free(text);
    return equal ? TOOL_DONE
                 : console_error(console, parts->path, "was prepared for another file, or FILE was changed since");
}

static int look_for(const struct parts *parts, const char *name)
{
    struct file_facts facts;
    return folder_look(parts->folder, name, false, &facts);
}

/* The data has its name already: whoever gave it was interrupted before the rest. */
static bool is_finished(const struct parts *parts)
{
    return look_for(parts, PLAN) == 0 && look_for(parts, DATA) == ENOENT;
}

static int stop_at_mark(void *user, uint64_t index, uint64_t count, const char *name)
{
    (void)user, (void)index, (void)count, (void)name;
    return TOOL_FAILED;
}

/* Whoever prepared it was interrupted: no part can be in it. */
static bool is_half_prepared(const struct parts *parts, const struct console *console)
{
    return look_for(parts, PLAN) == ENOENT && for_marks(parts, console, stop_at_mark, NULL) == TOOL_DONE;
}

static bool remove_but_plan(void *user, const char *name)
{
    const struct parts *parts = user;
    if (strcmp(name, PLAN) != 0)
        folder_remove_file(parts->folder, name);
    return true;
}

/* What may be done with the new file; the group of its data becomes FILE's. */
static int put_rights(struct parts *parts, const struct console *console, int model)
{
    char text[16];
    unsigned permissions;
    int error = rights_plain(model, parts->data, &permissions);
    if (error == 0) {
        snprintf(text, sizeof text, RIGHTS_FORM, permissions);
        error = put_file(parts, RIGHTS, text, true);
    }
    return result_of(parts, console, "cannot note its permissions", error);
}

/* What the folder holds goes, and the folder; the plan last, which tells that it is all over. */
static int remove_folder(struct parts *parts, const struct console *console)
{
    folder_list(parts->folder, remove_but_plan, parts);
    folder_remove_file(parts->folder, PLAN);
    return result_of(parts, console, "cannot remove it", folder_remove(parts->path));
}

/* In a folder of everybody's a name says nothing of who made it. */
static bool is_in_shared_folder(const struct parts *parts)
{
    char above[PATH_MAX];
    struct file_facts facts;
    path_folder(parts->path, above);
    return file_look_at(above, true, &facts) != 0 || facts.sticky || (facts.permissions & 002);
}

/* 5; without 'source' FILE is not known, and the folder above has to do. */
static int check_folder(const struct parts *parts, const struct console *console, const struct file_facts *source)
{
    struct file_facts facts;
    int error = file_look(parts->folder, &facts);
    if (error != 0)
        return result_of(parts, console, "cannot look at it", error);
    bool known = file_is_own(&facts) || (source ? facts.owner == source->owner : !is_in_shared_folder(parts));
    unsigned writers = facts.permissions & (source ? 022 & ~source->permissions : 002);
    if (known && writers == 0)
        return TOOL_DONE;
    return console_error(console, parts->path, "%s; use another OUT, or remove it",
                         known ? "others may write in it who may not write FILE" : "belongs to another user");
}

/* Its last part may be no link: 4. */
static int open_folder(struct parts *parts, const struct console *console, const struct file_facts *source)
{
    int error = folder_open(parts->path, false, &parts->folder);
    return error != 0 ? result_of(parts, console, "cannot open it", error) : check_folder(parts, console, source);
}

/* A second name would be of a file that is no part of this work: 5. */
static int open_data(const struct parts *parts, const struct console *console, int *descriptor_ret)
{
    struct file_facts folder, data;
    int error = folder_open_file(parts->folder, DATA, FILE_READ_WRITE, descriptor_ret);
    if (error == 0)
        error = file_look(parts->folder, &folder);
    if (error == 0)
        error = file_look(*descriptor_ret, &data);
    if (error != 0)
        return result_of(parts, console, "cannot open its data", error);
    if (data.kind == FILE_REGULAR && data.links == 1 && (data.owner == folder.owner || file_is_own(&data)))
        return TOOL_DONE;
    return console_error(console, parts->path, "its data is no file of its own");
}

/* One that is there already: 'made' stays false when it is gone on with. */
static int reuse_folder(struct parts *parts, const struct console *console, const struct file_facts *source,
                        bool *made_ret)
{
    int result = open_folder(parts, console, source);
    if (result != TOOL_DONE)
        return result;
    if (!is_finished(parts) && !is_half_prepared(parts, console)) {
        result = check_plan(parts, console, source);
    } else {
        result = remove_folder(parts, console);
        if (result == TOOL_DONE)
            result = result_of(parts, console, "cannot make it", folder_make(parts->path, 0700));
        *made_ret = result == TOOL_DONE;
    }
    parts_close(parts);
    return result;
}

static int fill_folder(struct parts *parts, const struct console *console, const struct parts_source *source)
{
    char text[256];
    int result = open_folder(parts, console, source->info);
    if (result != TOOL_DONE)
        return result;
    result = make_data(parts, console, source->info->size);
    if (result == TOOL_DONE)
        result = put_rights(parts, console, source->descriptor);
    plan_text(source->info, text);
    if (result == TOOL_DONE)
        result = result_of(parts, console, "cannot write its plan", put_file(parts, PLAN, text, true)); /* 2 */
    if (result != TOOL_DONE)
        remove_folder(parts, console);
    parts_close(parts);
    return result;
}

/* What OUT means; whether it may be replaced is asked when it would be. */
static int find_path(struct parts *parts, const struct console *console, const struct output_wish *wish)
{
    struct output output = OUTPUT_NONE;
    int result = output_plan(&output, console, wish);
    if (result == TOOL_DONE)
        result = set_path(parts, console, output.path);
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
        return result_of(&parts, console, "cannot make it", error);
    if (!is_new && !made_ret)
        return console_usage(console, "%s: is there already: finish it, or remove it", parts.path);
    if (!is_new)
        result = reuse_folder(&parts, console, source->info, &is_new);
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
    if (set_path(&parts, &mute, out) != TOOL_DONE)
        return;
    if (open_folder(&parts, &mute, NULL) == TOOL_DONE)
        remove_folder(&parts, &mute);
    parts_close(&parts);
}

/* ---- a part ------------------------------------------------------------------------------------------------------ */

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
    if (says(kin->parts, name, kin->work->operation))
        return TOOL_DONE;
    return console_usage(kin->console,
                         "%s: part %" PRIu64 " was made by another command; to begin again remove the folder",
                         kin->parts->path, index + 1);
}

int parts_open(struct parts *parts, const struct console *console, const char *out, const struct parts_work *work)
{
    const struct kin kin = {parts, console, work};
    int result = set_path(parts, console, out);
    if (result != TOOL_DONE)
        return result;
    int error = folder_open(parts->path, false, &parts->folder);
    if (error == ENOENT)
        return console_usage(console, "%s: is not there; '%s' makes it", parts->path, work->preparation);
    result = result_of(parts, console, "cannot open it", error);
    if (result == TOOL_DONE)
        result = check_folder(parts, console, work->source);
    if (result == TOOL_DONE)
        result = check_plan(parts, console, work->source);
    if (result == TOOL_DONE)
        result = for_marks(parts, console, check_kin, (void *)&kin);
    if (result != TOOL_DONE)
        return result;
    return open_data(parts, console, &parts->data);
}

int parts_done(const struct parts *parts, const struct console *console, const struct parts_work *work, bool sync)
{
    const struct kin kin = {parts, console, work};
    char name[MARK_NAME];
    assert(parts->data >= 0 && work->index < work->count);
    /* Another command may have come meanwhile: then its parts and this one are no whole. */
    if (for_marks(parts, console, check_kin, (void *)&kin) != TOOL_DONE)
        return TOOL_FAILED;
    mark_name(name, work->index, work->count);
    return result_of(parts, console, "cannot note that a part is done", put_file(parts, name, work->operation, sync));
}

void parts_close(struct parts *parts)
{
    if (parts->data >= 0)
        file_close(parts->data);
    if (parts->folder >= 0)
        file_close(parts->folder);
    parts->data = parts->folder = -1;
}

/* ---- finishing --------------------------------------------------------------------------------------------------- */

struct census {
    const struct parts *parts;
    const struct console *console;
    uint64_t count; /* 0 = no part was seen */
    char *operation;
    uint64_t *seen; /* their numbers: as many as there are marks, however many parts were asked for */
    size_t seen_count, room;
};

static bool note_part(struct census *census, uint64_t index)
{
    if (census->seen_count == census->room) {
        size_t room = census->room ? census->room * 2 : 64;
        uint64_t *seen = room <= SIZE_MAX / sizeof *seen ? realloc(census->seen, room * sizeof *seen) : NULL;
        if (!seen)
            return false;
        census->seen = seen;
        census->room = room;
    }
    census->seen[census->seen_count++] = index;
    return true;
}

static int count_part(void *user, uint64_t index, uint64_t count, const char *name)
{
    struct census *census = user;
    if (census->count == 0) {
        census->count = count;
        int error = get_file(census->parts, name, &census->operation);
        if (error != 0)
            return result_of(census->parts, census->console, "cannot look at its parts", error);
    }
    if (count != census->count)
        return console_error(census->console, census->parts->path, "has parts of %" PRIu64 " and of %" PRIu64, count,
                             census->count);
    if (!says(census->parts, name, census->operation))
        return console_error(census->console, census->parts->path, "has parts that were made by different commands");
    if (!note_part(census, index))
        return result_of(census->parts, census->console, "cannot look at its parts", ENOMEM);
    return TOOL_DONE;
}

static int by_number(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

/* A folder may be listed with a name twice while others write to it. */
static void sort_seen(struct census *census)
{
    size_t kept = 0;
    qsort(census->seen, census->seen_count, sizeof *census->seen, by_number);
    for (size_t i = 0; i < census->seen_count; i++)
        if (i == 0 || census->seen[i] != census->seen[i - 1])
            census->seen[kept++] = census->seen[i];
    census->seen_count = kept;
}

/* The numbers of the first parts that are missing, as a text. */
static void name_missing(const struct census *census, char *text, size_t size)
{
    size_t length = 0, at = 0, named = 0;
    text[0] = '\0';
    for (uint64_t i = 0; i < census->count && named < NAMED_MAX; i++) {
        if (at < census->seen_count && census->seen[at] == i) {
            at++;
            continue;
        }
        length += (size_t)snprintf(text + length, size - length, " %" PRIu64, i + 1);
        named++;
    }
}

static int check_complete(struct census *census)
{
    char named[NAMED_MAX * 22 + 8];
    if (census->count == 0)
        return console_error(census->console, census->parts->path, "no part is done");
    sort_seen(census);
    uint64_t missing = census->count - census->seen_count;
    if (missing == 0)
        return TOOL_DONE;
    name_missing(census, named, sizeof named);
    return console_error(census->console, census->parts->path, "%" PRIu64 " of %" PRIu64 " parts are missing:%s%s",
                         missing, census->count, named, missing > NAMED_MAX ? " ..." : "");
}

static int check_parts(const struct parts *parts, const struct console *console)
{
    struct census census = {.parts = parts, .console = console};
    int result = for_marks(parts, console, count_part, &census);
    if (result == TOOL_DONE)
        result = check_complete(&census);
    free(census.operation);
    free(census.seen);
    return result;
}

static int take_permissions(const struct parts *parts, const struct console *console, unsigned *permissions_ret)
{
    char *text = NULL;
    bool fine = get_file(parts, RIGHTS, &text) == 0 && sscanf(text, RIGHTS_FORM, permissions_ret) == 1;
    free(text);
    return fine ? TOOL_DONE : console_error(console, parts->path, "does not say what its permissions are");
}

/* The data becomes the output that output_create() would have made. */
static int adopt(struct parts *parts, const struct console *console, struct output *output)
{
    int length = snprintf(output->temporary, sizeof output->temporary, "%s.parts/" DATA, output->name);
    if (length < 0 || (size_t)length >= sizeof output->temporary)
        return console_usage(console, "%s: the name is too long", output->path);
    return open_data(parts, console, &output->descriptor);
}

static int finish_folder(struct parts *parts, const struct console *console, struct output *output, bool sync)
{
    struct output_rights rights = {OUTPUT_KNOWN, -1, 0};
    int result = check_parts(parts, console);
    if (result == TOOL_DONE)
        result = take_permissions(parts, console, &rights.permissions);
    if (result == TOOL_DONE)
        result = adopt(parts, console, output);
    if (result == TOOL_DONE)
        result = output_publish(output, console, &rights, sync); /* 3 */
    if (result == TOOL_DONE)
        result = remove_folder(parts, console);
    return result;
}

int parts_finish(const struct console *console, const char *out, bool force, bool sync)
{
    struct parts parts = PARTS_NONE;
    struct output output = OUTPUT_NONE;
    const struct output_wish wish = {.path = out, .force = force};
    int result = set_path(&parts, console, out);
    if (result == TOOL_DONE)
        result = open_folder(&parts, console, NULL);
    if (result != TOOL_DONE) {
        parts_close(&parts);
        return result;
    }
    if (is_finished(&parts)) {
        result = remove_folder(&parts, console);
    } else {
        result = output_plan(&output, console, &wish);
        if (result == TOOL_DONE)
            result = finish_folder(&parts, console, &output, sync);
    }
    /* What was not published stays for the next try. */
    output.temporary[0] = '\0';
    output_discard(&output);
    parts_close(&parts);
    return result;
}
