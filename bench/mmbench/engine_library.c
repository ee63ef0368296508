/* SPDX-License-Identifier: MIT */
/*
 * engine_library: mmview itself, as a user of its headers would call it.
 *
 *     walk-*    one mmv_walk() over the file
 *     window    a cursor per thread on a shared pool: acquire, work, release
 *     view      mmv_view_open() and mmv_view_close() for every single record
 */
#include "mmbench/engine.h"

#include <stdio.h>
#include <string.h>

#include <mmview/mmview.h>

static bool failed(struct pass *pass)
{
    char text[sizeof pass->why];
    mmv_error_format(mmv_last_error(), text, sizeof text);
    return pass_fail(pass, text, 0);
}

/* As mmbright does; it also lets a walk populate less (spacing.h). */
bool library_prepare(struct pass *pass)
{
    return mmv_guard_enable() == MMV_OK || failed(pass);
}

static mmv_status on_chunk(const mmv_chunk *chunk, void *user)
{
    pass_piece(user, chunk->thread, chunk->offset, chunk->source, chunk->data, chunk->count * 8);
    return MMV_OK;
}

static mmv_status open_output(const struct pass *pass, mmv_map **map_ret)
{
    const mmv_map_options options = {.mode = MMV_CREATE_NEW, .capacity = pass->size, .permissions = 0600};
    return mmv_map_open_with(pass->output, MMV_READ_WRITE, &options, map_ret);
}

static bool walk(struct pass *pass, mmv_io io)
{
    mmv_map *in = NULL, *out = NULL;
    mmv_walk_stats stats = {0};
    const mmv_walk_options options = {.record_size = 8,
                                      .length = pass->size,
                                      .io = io,
                                      .threads = pass->threads,
                                      .window = pass->window,
                                      .stats = &stats};
    mmv_status status = mmv_map_open(pass->input, pass_stores(pass) ? MMV_READ_WRITE : MMV_READ, &in);
    if (status == MMV_OK && pass->work == WORK_INTO)
        status = open_output(pass, &out);
    if (status == MMV_OK)
        status = out ? mmv_walk_to(in, out, &options, on_chunk, pass) : mmv_walk(in, &options, on_chunk, pass);
    if (status)
        failed(pass);
    mmv_map_close(&out);
    mmv_map_close(&in);
    pass->peak_mapped = stats.peak_mapped;
    pass->past_cache = stats.io == MMV_IO_DIRECT;
    if (io == MMV_IO_AUTO)
        snprintf(pass->note, sizeof pass->note, "%s: %s", mmv_io_name(stats.io), stats.reason);
    else if (status == MMV_OK && stats.io != io)
        pass_fail(pass, stats.reason[0] ? stats.reason : "the library took another way", 0);
    return !pass->failed;
}

bool auto_pass(struct pass *pass)
{
    return walk(pass, MMV_IO_AUTO);
}

bool window_pass(struct pass *pass)
{
    return walk(pass, MMV_IO_MMAP);
}

bool buffered_pass(struct pass *pass)
{
    return walk(pass, MMV_IO_BUFFERED);
}

bool unbuffered_pass(struct pass *pass)
{
    return walk(pass, MMV_IO_DIRECT);
}

/* ---- random access ---------------------------------------------------------------------------------------------- */

struct leases {
    mmv_map *map;
    mmv_pool *pool;
};

static void lease_records(struct pass *pass, unsigned thread)
{
    const struct leases *leases = pass->engine;
    mmv_cursor cursor;
    uint64_t first, end;
    size_t left;
    pass_share(pass, thread, &first, &end);
    if (mmv_cursor_open(leases->pool, leases->map, &cursor) != MMV_OK) {
        failed(pass);
        return;
    }
    for (uint64_t i = first; i < end; i++) {
        void *record = mmv_acquire(&cursor, pass_position(pass, i), pass->record, &left);
        if (!record) {
            failed(pass);
            break;
        }
        pass_record(pass, thread, record);
        if (mmv_release(&cursor) != MMV_OK)
            failed(pass);
    }
    mmv_cursor_close(&cursor);
}

bool window_random(struct pass *pass)
{
    struct leases leases = {NULL, NULL};
    mmv_pool_stats stats = {0};
    pass->engine = &leases;
    mmv_status status = mmv_map_open(pass->input, pass_stores(pass) ? MMV_READ_WRITE : MMV_READ, &leases.map);
    if (status == MMV_OK)
        status = mmv_pool_create(&(mmv_pool_options){.window = pass->window}, &leases.pool);
    if (status == MMV_OK) {
        pass_team(pass, lease_records);
        mmv_pool_get_stats(leases.pool, &stats);
    } else {
        failed(pass);
    }
    mmv_pool_destroy(&leases.pool);
    mmv_map_close(&leases.map);
    pass->peak_mapped = stats.peak_mapped;
    return !pass->failed;
}

static void view_records(struct pass *pass, unsigned thread)
{
    const struct leases *leases = pass->engine;
    uint64_t first, end;
    pass_share(pass, thread, &first, &end);
    for (uint64_t i = first; i < end; i++) {
        mmv_view view;
        if (mmv_view_open(leases->map, pass_position(pass, i), pass->record, &view) != MMV_OK) {
            failed(pass);
            break;
        }
        pass_mapped(pass, (int64_t)pass->record);
        pass_record(pass, thread, view.data);
        mmv_view_close(&view);
        pass_mapped(pass, -(int64_t)pass->record);
    }
}

bool view_random(struct pass *pass)
{
    struct leases leases = {NULL, NULL};
    pass->engine = &leases;
    if (mmv_map_open(pass->input, pass_stores(pass) ? MMV_READ_WRITE : MMV_READ, &leases.map) != MMV_OK)
        return failed(pass);
    pass_team(pass, view_records);
    mmv_map_close(&leases.map);
    return !pass->failed;
}
