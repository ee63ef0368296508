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

static bool failed(struct workload *load)
{
    char text[sizeof load->why];
    mmv_error_format(mmv_last_error(), text, sizeof text);
    return workload_fail(load, text, 0);
}

/* As mmbright does; it also lets a walk populate less (spacing.h). */
bool library_prepare(struct workload *load)
{
    return mmv_guard_enable() == MMV_OK || failed(load);
}

static mmv_status on_chunk(const mmv_chunk *chunk, void *user)
{
    workload_piece(user, chunk->thread, &(mmi_batch){chunk->offset, chunk->source, chunk->data, chunk->count * 8});
    return MMV_OK;
}

static mmv_status open_output(const struct workload *load, mmv_map **map_ret)
{
    const mmv_map_options options = {.mode = MMV_CREATE_NEW, .capacity = load->size, .permissions = 0600};
    return mmv_map_open_with(load->output, MMV_READ_WRITE, &options, map_ret);
}

static bool walk(struct workload *load, mmv_io io)
{
    mmv_map *in = NULL, *out = NULL;
    mmv_walk_stats stats = {0};
    const mmv_walk_options options = {.record_size = 8,
                                      .length = load->size,
                                      .io = io,
                                      .threads = load->threads,
                                      .window = load->window,
                                      .stats = &stats};
    mmv_status status = mmv_map_open(load->input, workload_stores(load) ? MMV_READ_WRITE : MMV_READ, &in);
    if (status == MMV_OK && load->work == WORK_INTO)
        status = open_output(load, &out);
    if (status == MMV_OK)
        status = out ? mmv_walk_to(in, out, &options, on_chunk, load) : mmv_walk(in, &options, on_chunk, load);
    if (status)
        failed(load);
    mmv_map_close(&out);
    mmv_map_close(&in);
    load->peak_mapped = stats.peak_mapped;
    load->past_cache = stats.io == MMV_IO_DIRECT;
    if (io == MMV_IO_AUTO)
        snprintf(load->note, sizeof load->note, "%s: %s", mmv_io_name(stats.io), stats.reason);
    else if (status == MMV_OK && stats.io != io)
        workload_fail(load, stats.reason[0] ? stats.reason : "the library took another way", 0);
    return !load->failed;
}

bool auto_pass(struct workload *load)
{
    return walk(load, MMV_IO_AUTO);
}

bool window_pass(struct workload *load)
{
    return walk(load, MMV_IO_MMAP);
}

bool buffered_pass(struct workload *load)
{
    return walk(load, MMV_IO_BUFFERED);
}

bool unbuffered_pass(struct workload *load)
{
    return walk(load, MMV_IO_DIRECT);
}

/* ---- random access ---------------------------------------------------------------------------------------------- */

struct leases {
    mmv_map *map;
    mmv_pool *pool;
};

static void lease_records(struct workload *load, unsigned thread)
{
    const struct leases *leases = load->engine;
    mmv_cursor cursor;
    uint64_t first, end;
    size_t left;
    workload_share(load, thread, &first, &end);
    if (mmv_cursor_open(leases->pool, leases->map, &cursor) != MMV_OK) {
        failed(load);
        return;
    }
    for (uint64_t i = first; i < end; i++) {
        void *record = mmv_acquire(&cursor, workload_position(load, i), load->record, &left);
        if (!record) {
            failed(load);
            break;
        }
        workload_record(load, thread, record);
        if (mmv_release(&cursor) != MMV_OK)
            failed(load);
    }
    mmv_cursor_close(&cursor);
}

bool window_random(struct workload *load)
{
    struct leases leases = {NULL, NULL};
    mmv_pool_stats stats = {0};
    load->engine = &leases;
    mmv_status status = mmv_map_open(load->input, workload_stores(load) ? MMV_READ_WRITE : MMV_READ, &leases.map);
    if (status == MMV_OK)
        status = mmv_pool_create(&(mmv_pool_options){.window = load->window}, &leases.pool);
    if (status == MMV_OK) {
        workload_team(load, lease_records);
        mmv_pool_get_stats(leases.pool, &stats);
    } else {
        failed(load);
    }
    mmv_pool_destroy(&leases.pool);
    mmv_map_close(&leases.map);
    load->peak_mapped = stats.peak_mapped;
    return !load->failed;
}

static void view_records(struct workload *load, unsigned thread)
{
    const struct leases *leases = load->engine;
    uint64_t first, end;
    workload_share(load, thread, &first, &end);
    for (uint64_t i = first; i < end; i++) {
        mmv_view view;
        if (mmv_view_open(leases->map, workload_position(load, i), load->record, &view) != MMV_OK) {
            failed(load);
            break;
        }
        workload_mapped(load, (int64_t)load->record);
        workload_record(load, thread, view.data);
        mmv_view_close(&view);
        workload_mapped(load, -(int64_t)load->record);
    }
}

bool view_random(struct workload *load)
{
    struct leases leases = {NULL, NULL};
    load->engine = &leases;
    if (mmv_map_open(load->input, workload_stores(load) ? MMV_READ_WRITE : MMV_READ, &leases.map) != MMV_OK)
        return failed(load);
    workload_team(load, view_records);
    mmv_map_close(&leases.map);
    return !load->failed;
}
