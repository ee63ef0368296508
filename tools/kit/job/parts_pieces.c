/* SPDX-License-Identifier: MIT */
/*
 * parts_pieces: see parts_pieces.h.
 *
 * Invariant: a file that has the name of a piece, or of the data, is whole. It is a promise to other processes and
 * cannot be asserted in this one: what is written has another name until its end.
 */
#include "kit/job/parts_pieces.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <mmview/map.h>
#include <mmview/range.h>
#include <mmview/walk.h>

#include "kit/cli/fnv.h"
#include "kit/os/folder.h"
#include "kit/os/machine.h"
#include "kit/os/rights.h"
#include "kit/os/signals.h"

/* Of two operations at once only one has the mark: the other one's piece must not stand for it. */
static void piece_name(char name[PARTS_PIECE_NAME], uint64_t index, uint64_t count, const char *operation)
{
    char mark[PARTS_MARK_NAME];
    parts_mark_name(mark, index, count);
    snprintf(name, PARTS_PIECE_NAME, "%s.%016" PRIx64 ".data", mark, fnv_add(FNV_BEGIN, operation, strlen(operation)));
}

/* ---- one piece --------------------------------------------------------------------------------------------------- */

int parts_piece_create(const struct parts *parts, const struct console *console, const struct parts_work *work,
                       struct parts_piece *piece)
{
    char mark[PARTS_MARK_NAME];
    assert(work->is_joined && parts->folder >= 0);
    parts_mark_name(mark, work->index, work->count);
    snprintf(piece->name, sizeof piece->name, ".%s.%016" PRIx64, mark, machine_random());
    int error = folder_create_file(parts->folder, piece->name, 0600, &piece->descriptor);
    if (error != 0)
        piece->name[0] = '\0';
    return parts_result(parts, console, "cannot make a part", error);
}

int parts_piece_name(const struct parts *parts, const struct console *console, const struct parts_work *work,
                     struct parts_piece *piece)
{
    char name[PARTS_PIECE_NAME];
    piece_name(name, work->index, work->count, work->operation);
    int error = folder_replace(parts->folder, piece->name, name);
    if (error == 0)
        piece->name[0] = '\0';
    return parts_result(parts, console, "cannot name a part", error);
}

void parts_piece_drop(const struct parts *parts, struct parts_piece *piece)
{
    if (piece->descriptor >= 0)
        file_close(piece->descriptor);
    if (piece->name[0])
        folder_remove_file(parts->folder, piece->name);
    *piece = PARTS_PIECE_NONE;
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

struct joining {
    const struct parts *parts;
    const struct console *console;
    uint64_t count;
    const char *operation;
    uint64_t length; /* bytes of the pieces so far */
    mmv_map *data;   /* NULL = they are only measured */
};

static bool tick(uint64_t done, void *user)
{
    (void)done, (void)user;
    return signals_stop() == 0;
}

static int copy_piece(struct joining *joining, int descriptor, uint64_t size)
{
    const mmv_walk_options options = {.record_size = 1, .out_offset = joining->length, .tick = tick};
    mmv_map *piece = NULL;
    mmv_status status = mmv_map_from_descriptor(descriptor, false, MMV_READ, 0, &piece);
    if (status == MMV_OK && mmv_map_capacity(piece) != size)
        status = mmv_error_set(MMV_ETRUNC, 0, "join");
    if (status == MMV_OK)
        status = mmv_walk_to(piece, joining->data, &options, NULL, NULL);
    mmv_map_close(&piece);
    if (status == MMV_ESTOPPED)
        return TOOL_FAILED;
    return status == MMV_OK ? TOOL_DONE : console_failure(joining->console, joining->parts->path);
}

static int take_piece(struct joining *joining, uint64_t index)
{
    char name[PARTS_PIECE_NAME];
    struct file_facts facts;
    int descriptor;
    piece_name(name, index, joining->count, joining->operation);
    int result = parts_open_own(joining->parts, joining->console, name, FILE_READ_WRITE, &descriptor);
    if (result != TOOL_DONE)
        return result;
    result = parts_result(joining->parts, joining->console, "cannot look at a part", file_look(descriptor, &facts));
    if (result == TOOL_DONE && joining->data && facts.size > 0)
        result = copy_piece(joining, descriptor, facts.size);
    file_close(descriptor);
    if (result == TOOL_DONE && !mmv_sum(joining->length, facts.size, &joining->length))
        return console_error(joining->console, joining->parts->path, "its parts are too long");
    return result;
}

static int take_all(struct joining *joining)
{
    int result = TOOL_DONE;
    joining->length = 0;
    for (uint64_t i = 0; i < joining->count && result == TOOL_DONE; i++)
        result = take_piece(joining, i);
    return result;
}

/* What the old data has of rights is the new one's. */
static int take_rights(const struct joining *joining, int descriptor)
{
    unsigned permissions;
    int old;
    int result = parts_open_data(joining->parts, joining->console, &old);
    if (result != TOOL_DONE)
        return result;
    int error = rights_plain(old, descriptor, &permissions);
    file_close(old);
    return parts_result(joining->parts, joining->console, "cannot take over its permissions", error);
}

static int fill(struct joining *joining, int descriptor)
{
    int result = take_rights(joining, descriptor);
    uint64_t length = joining->length;
    if (result != TOOL_DONE || length == 0)
        return result;
    if (mmv_map_from_descriptor(descriptor, false, MMV_READ_WRITE, length, &joining->data) != MMV_OK)
        return console_failure(joining->console, joining->parts->path);
    result = take_all(joining);
    mmv_map_close(&joining->data);
    if (result == TOOL_DONE && joining->length != length)
        return console_error(joining->console, joining->parts->path, "its parts changed while they were joined");
    return result;
}

int parts_join(const struct parts *parts, const struct console *console, uint64_t count, const char *operation)
{
    struct joining joining = {.parts = parts, .console = console, .count = count, .operation = operation};
    char name[PARTS_PIECE_NAME];
    int descriptor = -1;
    int result = take_all(&joining);
    if (result != TOOL_DONE)
        return result;
    snprintf(name, sizeof name, ".joined.%016" PRIx64, machine_random());
    result = parts_result(parts, console, "cannot make its data",
                          folder_create_file(parts->folder, name, 0600, &descriptor));
    if (result != TOOL_DONE)
        return result;
    result = fill(&joining, descriptor);
    file_close(descriptor);
    if (result == TOOL_DONE)
        result = parts_result(parts, console, "cannot name its data", folder_replace(parts->folder, name, PARTS_DATA));
    if (result != TOOL_DONE)
        folder_remove_file(parts->folder, name);
    return result;
}
