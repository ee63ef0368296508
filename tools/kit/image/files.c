/* SPDX-License-Identifier: MIT */
/*
 * files: see files.h.
 *
 * 1. A file that was looked at is never another one when it is opened: files_open() compares. Against strangers, by a
 *    check and not by an assert.
 * 2. A thread leases bytes of one file at a time: a pool gives nobody a second lease who could wait for himself.
 *    No assert: files_turn() releases the first.
 */
#include "kit/image/files.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/range.h>

#include "kit/file/own.h"
#include "kit/file/pair.h"
#include "kit/file/sharing.h"
#include "kit/image/image_file.h"
#include "kit/image/opener.h"
#include "kit/os/path.h"
#include "kit/os/rights.h"

#define OPERATION "open"

/* ---- finding ----------------------------------------------------------------------------------------------------- */

static int by_file(const void *a, const void *b)
{
    const struct listed_file *x = *(const struct listed_file *const *)a, *y = *(const struct listed_file *const *)b;
    if (x->info.device != y->info.device)
        return x->info.device < y->info.device ? -1 : 1;
    if (x->info.inode != y->info.inode)
        return x->info.inode < y->info.inode ? -1 : 1;
    return (x > y) - (x < y);
}

/* What is there twice would be changed twice. */
static int check_twice(const struct image_file *file, const struct console *console)
{
    const struct listed_files *files = &file->files;
    const struct listed_file **sorted = calloc(files->count, sizeof *sorted);
    int result = TOOL_DONE;
    if (!sorted)
        return console_error(console, file->header, "not enough memory");
    for (uint32_t i = 0; i < files->count; i++)
        sorted[i] = &files->list[i];
    qsort(sorted, files->count, sizeof *sorted, by_file);
    for (uint32_t i = 1; i < files->count && result == TOOL_DONE; i++)
        if (file_is_same(&sorted[i - 1]->info, &sorted[i]->info))
            result = console_error(console, file->header, "lists %s and %s, which are the same file",
                                   sorted[i - 1]->path, sorted[i]->path);
    free(sorted);
    return result;
}

static int check_file(struct image_file *file, const struct console *console, uint32_t number)
{
    const struct listed_file *one = &file->files.list[number];
    mmi_container *container = &file->container;
    if (file_is_same(&one->info, &file->header_info))
        return console_error(console, file->header, "names itself as its data file");
    if (one->info.kind != FILE_REGULAR)
        return console_error(console, one->path, "is not a regular file");
    enum own own = own_kind_at(one->path);
    if (own != OWN_NOT)
        return own_refuse(console, one->path, own);
    if (mmi_container_fit_file(container, number, one->info.size) != MMV_OK)
        return console_error(console, one->path, "%s header %s: %s", mmi_format_name(container->format), file->header,
                             container->problem);
    return TOOL_DONE;
}

static int find_one(struct image_file *file, const struct console *console, bool allow_outside, uint32_t number)
{
    struct named_file named;
    struct listed_file *one = &file->files.list[number];
    const char *name = mmi_files_name(file->container.files, number);
    int result = image_file_resolve(file, console, name, allow_outside, &named);
    if (result != TOOL_DONE)
        return result;
    one->info = named.info;
    one->path = strdup(named.path);
    if (!one->path)
        return console_error(console, file->header, "not enough memory");
    file->files.count = number + 1;
    result = pair_settle_path(console, named.path);
    return result == TOOL_DONE ? check_file(file, console, number) : result;
}

int files_find(struct image_file *file, const struct console *console, bool allow_outside)
{
    uint32_t count = mmi_files_count(file->container.files);
    int result = TOOL_DONE;
    assert(!file->files.list && count > 0);
    file->files.list = calloc(count, sizeof *file->files.list);
    if (!file->files.list)
        return console_error(console, file->header, "not enough memory");
    for (uint32_t i = 0; i < count && result == TOOL_DONE; i++)
        result = find_one(file, console, allow_outside, i);
    return result == TOOL_DONE ? check_twice(file, console) : result;
}

void files_drop(struct listed_files *files)
{
    for (uint32_t i = 0; i < files->count; i++)
        free(files->list[i].path);
    free(files->list);
    *files = (struct listed_files){NULL, 0};
}

const char *files_path(const struct image_file *file, uint32_t number)
{
    return file->files.count ? file->files.list[number].path : file->path;
}

mmv_status files_open(const struct listed_files *files, uint32_t number, mmv_access access, mmv_map **map_ret)
{
    const struct listed_file *one = &files->list[number];
    struct file_facts now;
    mmv_map *map = NULL;
    assert(number < files->count);
    mmv_status status = sharing_open(one->path, access, &map);
    if (status != MMV_OK)
        return status;
    if (file_look(mmv_map_descriptor(map), &now) != 0 || !file_is_same(&now, &one->info)) {
        mmv_map_close(&map);
        return mmv_error_set(MMV_EKIND, 0, OPERATION);
    }
    *map_ret = map;
    return MMV_OK;
}

/* All have equally much of the image. */
uint64_t files_shift(const struct image_file *file, uint32_t number)
{
    const mmi_pieces *pieces = file->container.pieces;
    if (file->files.count == 0)
        return 0;
    mmv_range first = mmi_pieces_reach(pieces, 0);
    return first.offset + number * first.length - mmi_pieces_reach(pieces, number).offset;
}

uint64_t files_copy_bytes(const struct image_file *file)
{
    uint32_t last = file->files.count - 1;
    return file->files.count == 0 ? file->size : file->files.list[last].info.size + files_shift(file, last);
}

/* As those of the file that is open. */
static bool has_same_rights(const struct image_file *file, uint32_t number)
{
    mmv_map *map = NULL;
    bool is_alike = files_open(&file->files, number, MMV_READ, &map) == MMV_OK &&
                    rights_are_alike(mmv_map_descriptor(map), mmv_map_descriptor(file->map));
    mmv_map_close(&map);
    return is_alike;
}

struct output_rights files_rights(const struct image_file *file, int kind)
{
    struct output_rights rights = {.kind = kind, .model = mmv_map_descriptor(file->map), .permissions = 0600};
    assert(kind == OUTPUT_COPY || kind == OUTPUT_DERIVED);
    for (uint32_t i = 0; i < file->files.count; i++) {
        rights.permissions &= file->files.list[i].info.permissions;
        if (rights.kind != OUTPUT_KNOWN && !has_same_rights(file, i))
            rights.kind = OUTPUT_KNOWN;
    }
    return rights;
}

/* ---- cursors ----------------------------------------------------------------------------------------------------- */

mmv_status files_cursor_of(struct files_cursor *cursor, mmv_pool *pool, mmv_map *map)
{
    *cursor = (struct files_cursor){.pool = pool, .map = map};
    return files_turn(cursor, 0) ? MMV_OK : cursor->status;
}

mmv_status files_cursor_open(struct files_cursor *cursor, mmv_pool *pool, const struct image_file *file)
{
    if (file->files.count == 0)
        return files_cursor_of(cursor, pool, file->map);
    *cursor = (struct files_cursor){.pool = pool, .files = &file->files};
    return MMV_OK;
}

static void close_slot(struct files_slot *slot)
{
    mmv_cursor_close(&slot->cursor);
    mmv_map_close(&slot->map);
    slot->is_open = false;
}

static mmv_cursor *take_slot(struct files_cursor *cursor, struct files_slot *slot, uint32_t number)
{
    close_slot(slot);
    if (cursor->map)
        cursor->status = MMV_OK;
    else if (cursor->opener)
        cursor->status = opener_open(cursor->opener, number, &slot->map);
    else
        cursor->status = files_open(cursor->files, number, MMV_READ, &slot->map);
    if (cursor->status == MMV_OK)
        cursor->status = mmv_cursor_open(cursor->pool, cursor->map ? cursor->map : slot->map, &slot->cursor);
    slot->number = number;
    slot->is_open = cursor->status == MMV_OK;
    cursor->leased = slot->is_open ? &slot->cursor : NULL;
    return cursor->leased;
}

mmv_cursor *files_turn(struct files_cursor *cursor, uint32_t number)
{
    struct files_slot *found = NULL;
    for (unsigned i = 0; i < FILES_OPEN && !found; i++)
        if (cursor->slots[i].is_open && cursor->slots[i].number == number)
            found = &cursor->slots[i];
    if (found && cursor->leased == &found->cursor)
        return cursor->leased;
    cursor->status = files_release(cursor); /* 2 */
    if (cursor->status != MMV_OK)
        return NULL;
    if (found) {
        cursor->leased = &found->cursor;
        return cursor->leased;
    }
    struct files_slot *slot = &cursor->slots[cursor->next];
    cursor->next = (cursor->next + 1) % FILES_OPEN;
    return take_slot(cursor, slot, number);
}

mmv_status files_release(struct files_cursor *cursor)
{
    return cursor->leased ? mmv_release(cursor->leased) : MMV_OK;
}

void files_cursor_close(struct files_cursor *cursor)
{
    for (unsigned i = 0; i < FILES_OPEN; i++)
        close_slot(&cursor->slots[i]);
    *cursor = (struct files_cursor){.status = MMV_OK};
}

/* ---- whether they stay as they are ------------------------------------------------------------------------------- */

static bool is_as_before(const struct listed_file *one, const struct file_facts *now)
{
    const struct file_facts *before = &one->info;
    return file_is_same(now, before) && now->size == before->size && now->modified == before->modified &&
           now->modified_ns == before->modified_ns && now->changed == before->changed &&
           now->changed_ns == before->changed_ns;
}

/* Who is at work on one of them, or has left it unfinished. */
static void look_at(struct reading *reading, const struct image_file *file, uint32_t number,
                    mmv_journal_cache **neighbours)
{
    struct reading one = *reading;
    mmv_map *map = NULL;
    bool is_there = files_open(&file->files, number, MMV_READ, &map) == MMV_OK;
    if (!is_there) {
        reading->was_changed = true;
        return;
    }
    one.map = map;
    one.neighbours = neighbours;
    one.range = mmi_pieces_reach(file->container.pieces, number);
    reading_begin(&one);
    reading->was_changed =
        reading->was_changed || one.was_changed || !is_as_before(&file->files.list[number], &one.before);
    if (one.is_unfinished && !reading->is_unfinished) {
        reading->is_unfinished = true;
        snprintf(reading->why, sizeof reading->why, "%s", one.why);
    }
    mmv_map_close(&map);
}

/* Their folder is listed once: to list it for each of thousands would take a minute. */
static void look_at_all(struct reading *reading, const struct image_file *file)
{
    mmv_journal_cache *neighbours = NULL;
    for (uint32_t i = 0; i < file->files.count; i++)
        look_at(reading, file, i, &neighbours);
    mmv_journal_cache_free(&neighbours);
}

void files_reading_begin(struct reading *reading, const struct image_file *file)
{
    if (file->files.count == 0) {
        reading_begin(reading);
        return;
    }
    reading->is_unfinished = reading->was_changed = false;
    look_at_all(reading, file);
}

bool files_reading_end(struct reading *reading, const struct image_file *file, const char *what)
{
    if (file->files.count == 0)
        return reading_end(reading, what);
    look_at_all(reading, file);
    return reading_note(reading, what);
}
