/* SPDX-License-Identifier: MIT */
/*
 * parts_finish: the parts that are there become OUT, see parts.h.
 *
 * Invariant: only finishing gives OUT its name, and only one process does: the others find no data to rename. It is a
 * promise to other processes and cannot be asserted in this one.
 */
#include "kit/job/parts_pieces.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/file/pair.h"
#include "kit/os/folder.h"
#include "kit/os/path.h"

#define NAMED_MAX 8 /* missing parts that are named */

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
        int error = parts_get(census->parts, name, &census->operation);
        if (error != 0)
            return parts_result(census->parts, census->console, "cannot look at its parts", error);
    }
    if (count != census->count)
        return console_error(census->console, census->parts->path, "has parts of %" PRIu64 " and of %" PRIu64, count,
                             census->count);
    if (!parts_says(census->parts, name, census->operation))
        return console_error(census->console, census->parts->path, "has parts that were made by different commands");
    if (!note_part(census, index))
        return parts_result(census->parts, census->console, "cannot look at its parts", ENOMEM);
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

static int take_parts(const struct parts *parts, const struct console *console)
{
    struct census census = {.parts = parts, .console = console};
    int result = parts_each_mark(parts, console, count_part, &census);
    if (result == TOOL_DONE)
        result = check_complete(&census);
    if (result == TOOL_DONE && parts_are_joined(parts))
        result = parts_join(parts, console, census.count, census.operation);
    free(census.operation);
    free(census.seen);
    return result;
}

static int take_permissions(const struct parts *parts, const struct console *console, unsigned *permissions_ret)
{
    char *text = NULL;
    bool fine = parts_get(parts, PARTS_RIGHTS, &text) == 0 && sscanf(text, PARTS_RIGHTS_FORM, permissions_ret) == 1 &&
                *permissions_ret <= 0777;
    free(text);
    return fine ? TOOL_DONE : console_error(console, parts->path, "does not say what its permissions are");
}

/* What is published. */
struct ending {
    struct parts_names names;
    bool is_apart; /* a header has its name together with the samples */
    struct output samples, header;
};

/* A file in the folder becomes the output that output_create() would have made. */
static int adopt(const struct parts *parts, const struct console *console, const char *name, struct output *output)
{
    enum file_access access = strcmp(name, PARTS_DATA) == 0 ? FILE_READ_WRITE : FILE_READ;
    int length = snprintf(output->temporary, sizeof output->temporary, "%s/%s", path_base(parts->path), name);
    if (length < 0 || (size_t)length >= sizeof output->temporary)
        return console_usage(console, "%s: the name is too long", output->path);
    return parts_open_own(parts, console, name, access, &output->descriptor);
}

static int publish(struct ending *ending, const struct console *console, const struct output_rights *rights, bool sync)
{
    if (!ending->is_apart)
        return output_publish(&ending->samples, console, rights, sync);
    /* The header was made with its own. */
    int result = output_complete(&ending->samples, console, rights, sync);
    return result == TOOL_DONE ? pair_publish(&ending->samples, &ending->header, console, sync) : result;
}

static int finish_folder(struct parts *parts, const struct console *console, struct ending *ending, bool sync)
{
    struct output_rights rights = {OUTPUT_KNOWN, -1, 0};
    int result = take_parts(parts, console);
    if (result == TOOL_DONE)
        result = take_permissions(parts, console, &rights.permissions);
    if (result == TOOL_DONE)
        result = adopt(parts, console, PARTS_DATA, &ending->samples);
    if (result == TOOL_DONE && ending->is_apart)
        result = adopt(parts, console, PARTS_HEADER, &ending->header);
    if (result == TOOL_DONE)
        result = publish(ending, console, &rights, sync);
    if (result == TOOL_DONE)
        result = parts_remove(parts, console);
    return result;
}

/* Of a pair that was half published the data is in the folder again then: only now the folder tells how far it came. */
static int settle(const struct parts_names *names, const struct console *console)
{
    char above[PATH_MAX];
    int folder;
    path_folder(names->samples, above);
    if (folder_open(above, true, &folder) != 0)
        return TOOL_DONE; /* output_plan() says so */
    int result = pair_settle(console, folder, path_base(names->samples), names->samples);
    if (result == TOOL_DONE)
        result = pair_settle(console, folder, path_base(names->header), names->header);
    file_close(folder);
    return result;
}

static int stop_at_mark(void *user, uint64_t index, uint64_t count, const char *name)
{
    (void)user, (void)index, (void)count, (void)name;
    return TOOL_FAILED;
}

/* Its plan is written last, and removed last: without plan and data it is from before all parts, or from behind. */
static int check_begun(const struct parts *parts, const struct console *console, const char *out)
{
    bool is_there = parts_look_for(parts, PARTS_PLAN) != ENOENT || parts_look_for(parts, PARTS_DATA) != ENOENT;
    if (is_there || parts_each_mark(parts, console, stop_at_mark, NULL) != TOOL_DONE)
        return TOOL_DONE;
    return console_error(console, parts->path,
                         "has neither a plan nor data: preparing it was interrupted, or %s was finished already; "
                         "look at that, and remove the folder",
                         out);
}

static int plan_ending(struct ending *ending, const struct console *console, const char *out, bool force)
{
    struct output_wish wish = {.path = ending->is_apart ? ending->names.samples : out, .force = force};
    int result = output_plan(&ending->samples, console, &wish);
    wish.path = ending->names.header;
    return result == TOOL_DONE && ending->is_apart ? output_plan(&ending->header, console, &wish) : result;
}

int parts_finish(const struct console *console, const char *out, bool force, bool sync)
{
    struct parts parts = PARTS_NONE;
    struct ending ending = {.samples = OUTPUT_NONE, .header = OUTPUT_NONE};
    int result = parts_set_path(&parts, console, out);
    if (result == TOOL_DONE)
        result = parts_open_folder(&parts, console, NULL);
    ending.is_apart = result == TOOL_DONE && parts_names(&parts, &ending.names);
    if (ending.is_apart)
        result = settle(&ending.names, console);
    if (result != TOOL_DONE) {
        parts_close(&parts);
        return result;
    }
    if (parts_is_finished(&parts)) {
        result = parts_remove(&parts, console);
    } else {
        result = check_begun(&parts, console, out);
        if (result == TOOL_DONE)
            result = plan_ending(&ending, console, out, force);
        if (result == TOOL_DONE)
            result = finish_folder(&parts, console, &ending, sync);
    }
    /* What was not published stays for the next try. */
    ending.samples.temporary[0] = ending.header.temporary[0] = '\0';
    output_discard(&ending.samples);
    output_discard(&ending.header);
    parts_close(&parts);
    return result;
}
