/* SPDX-License-Identifier: MIT */
/*
 * blocks_pieces: the blocks of an image that lies in pieces, by several threads.
 *
 *     piece      handed out in the order of the image, with the number of its first block       next_piece()
 *     block      so many of its pixels; rows with other bytes between them are put together     take_piece()
 *
 * 1. A block's number follows from the pieces before it, not from who takes it: so figures do not depend on threads,
 * nor on how many processes share the pieces. No assert: tests/tools/pieces.py compares figures of several threads.
 * 2. Threads touch what they share under the lock. No assert: a lock does not tell who holds it.
 */
#include "kit/image/blocks.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/range.h>
#include <mmview/window.h>

#include "kit/os/machine.h"
#include "kit/os/thread.h"

#define OPERATION "read pieces"

/* What the threads share. */
struct sharing {
    const struct blocks *blocks;
    mmv_pool *pool;
    thread_lock lock;
    uint64_t next, end, from, to; /* pieces: the next one; of all; of this process */
    uint64_t *numbers;            /* of the next block of each channel; one for all (bip) */
    uint64_t bytes;               /* that are done */
    unsigned started;             /* threads */
    bool is_over;
    mmv_status status; /* of the first that failed, and its error */
    mmv_error error;
};

/* A piece in hand. */
struct portion {
    mmi_piece piece;
    mmi_region meant;
    uint64_t number; /* of its first block */
};

/* A thread's own. */
struct place {
    struct sharing *sharing;
    unsigned thread;
    struct files_cursor cursor;
    unsigned char *buffer;
};

static size_t record_of(const struct sharing *sharing)
{
    return mmi_image_record(&sharing->blocks->image);
}

static void fail(struct sharing *sharing, mmv_status status)
{
    thread_lock_take(&sharing->lock);
    if (sharing->status == MMV_OK) {
        sharing->status = status;
        sharing->error = *mmv_last_error();
    }
    sharing->is_over = true;
    thread_lock_leave(&sharing->lock);
}

/* 1. Pieces of other processes count as well. */
static bool next_piece(struct sharing *sharing, struct portion *portion)
{
    const struct blocks *blocks = sharing->blocks;
    bool found = false;
    thread_lock_take(&sharing->lock);
    while (!found && !sharing->is_over && sharing->next < sharing->end) {
        uint64_t at = sharing->next++;
        portion->piece = mmi_pieces_get(blocks->pieces, at);
        if (!mmi_piece_meant(blocks->pieces, &portion->piece, &blocks->selection, &portion->meant))
            continue;
        uint64_t *number = &sharing->numbers[portion->piece.channel];
        uint64_t pixels = portion->meant.width * portion->meant.height;
        portion->number = *number;
        *number += (pixels - 1) / blocks_records(record_of(sharing)) + 1;
        found = at >= sharing->from && at < sharing->to;
    }
    thread_lock_leave(&sharing->lock);
    return found;
}

/* Pixels [from, from + count) of what is meant of a piece, row after row, as they lie together; NULL =
 * cursor.status. */
static const unsigned char *collect(struct place *place, const struct portion *portion, uint64_t from, uint64_t count)
{
    size_t record = record_of(place->sharing), left;
    const mmi_region *meant = &portion->meant;
    bool is_whole = meant->width * record == portion->piece.stride;
    unsigned char *to = place->buffer;
    mmv_cursor *cursor = files_turn(&place->cursor, portion->piece.file);
    if (!cursor)
        return NULL;
    while (count > 0) {
        uint64_t row = meant->y + from / meant->width, column = from % meant->width;
        uint64_t part = is_whole ? count : mmv_min(count, meant->width - column);
        uint64_t offset = portion->piece.offset + row * portion->piece.stride + (meant->x + column) * record;
        const unsigned char *data = mmv_acquire(cursor, offset, (size_t)(part * record), &left);
        place->cursor.status = cursor->status;
        if (!data || is_whole)
            return data;
        memcpy(to, data, (size_t)(part * record));
        to += part * record;
        from += part;
        count -= part;
    }
    return place->buffer;
}

static mmv_status take_piece(struct place *place, const struct portion *portion)
{
    const struct blocks *blocks = place->sharing->blocks;
    uint64_t pixels = portion->meant.width * portion->meant.height, most = blocks_records(record_of(place->sharing));
    uint32_t channel = blocks->image.layout == MMI_BSQ ? portion->piece.channel : MMI_ALL_CHANNELS;
    uint64_t number = portion->number;
    mmi_region rows = portion->meant;
    rows.x += portion->piece.x;
    rows.y += portion->piece.y;
    for (uint64_t from = 0; from < pixels; from += most) {
        uint64_t count = mmv_min(most, pixels - from);
        const unsigned char *data = collect(place, portion, from, count);
        if (!data)
            return place->cursor.status;
        const mmi_block block = {channel, number++, data, (size_t)count};
        const block_place where = {rows, from};
        mmv_status status = blocks_hand(blocks, place->thread, &block, &where);
        if (status != MMV_OK)
            return status;
    }
    /* With the guard on, a file that became shorter gave zeros: the release tells. */
    return files_release(&place->cursor);
}

static mmv_status count_done(struct sharing *sharing, const struct portion *portion)
{
    const mmv_walk_options *options = sharing->blocks->options;
    thread_lock_take(&sharing->lock);
    sharing->bytes += portion->meant.width * portion->meant.height * record_of(sharing);
    bool go_on = !options->tick || options->tick(sharing->bytes, options->tick_user);
    thread_lock_leave(&sharing->lock);
    return go_on ? MMV_OK : MMV_ESTOPPED;
}

static void take_pieces(void *user)
{
    struct place *place = user;
    struct portion portion;
    mmv_status status = MMV_OK;
    while (status == MMV_OK && next_piece(place->sharing, &portion)) {
        status = take_piece(place, &portion);
        if (status == MMV_OK)
            status = count_done(place->sharing, &portion);
    }
    if (status != MMV_OK)
        fail(place->sharing, status);
}

static mmv_status open_cursor(struct sharing *sharing, struct files_cursor *cursor)
{
    const struct blocks *blocks = sharing->blocks;
    return blocks->file && blocks->file->files.count ? files_cursor_open(cursor, sharing->pool, blocks->file)
                                                     : files_cursor_of(cursor, sharing->pool, blocks->map);
}

static mmv_status open_places(struct sharing *sharing, struct place *places, unsigned count)
{
    size_t record = record_of(sharing);
    mmv_status status = MMV_OK;
    for (unsigned i = 0; i < count && status == MMV_OK; i++) {
        places[i].sharing = sharing;
        places[i].thread = i;
        places[i].buffer = malloc((size_t)blocks_records(record) * record);
        status =
            places[i].buffer ? open_cursor(sharing, &places[i].cursor) : mmv_error_set(MMV_ENOMEM, ENOMEM, OPERATION);
    }
    return status;
}

static void run_places(struct sharing *sharing, struct place *places, struct thread *threads, unsigned count)
{
    while (sharing->started + 1 < count &&
           thread_start(&threads[sharing->started], take_pieces, &places[sharing->started + 1]))
        sharing->started++;
    take_pieces(&places[0]);
    for (unsigned i = 0; i < sharing->started; i++)
        thread_join(&threads[i]);
}

static mmv_status run(struct sharing *sharing, unsigned count)
{
    struct place *places = calloc(count, sizeof *places);
    struct thread *threads = calloc(count, sizeof *threads);
    mmv_status status =
        places && threads ? open_places(sharing, places, count) : mmv_error_set(MMV_ENOMEM, ENOMEM, OPERATION);
    if (status == MMV_OK)
        run_places(sharing, places, threads, count);
    for (unsigned i = 0; i < count && places; i++) {
        files_cursor_close(&places[i].cursor);
        free(places[i].buffer);
    }
    free(places);
    free(threads);
    if (status != MMV_OK || sharing->status == MMV_OK || sharing->status == MMV_ESTOPPED)
        return status != MMV_OK ? status : sharing->status;
    /* The error was another thread's. */
    return sharing->error.parameter
               ? mmv_error_set_parameter(sharing->status, sharing->error.operation, sharing->error.parameter)
               : mmv_error_set(sharing->status, sharing->error.os_error, sharing->error.operation);
}

static void tell(const struct sharing *sharing, double seconds)
{
    const struct blocks *blocks = sharing->blocks;
    mmv_pool_stats pool;
    mmv_pool_get_stats(sharing->pool, &pool);
    mmv_walk_stats stats = {.bytes = sharing->bytes,
                            .prefix = sharing->bytes,
                            .records = sharing->bytes / record_of(sharing),
                            .windows = pool.maps,
                            .threads = sharing->started + 1,
                            .io = MMV_IO_MMAP,
                            .reason = "pieces are read through windows",
                            .bytes_mapped = sharing->bytes,
                            .peak_mapped = pool.peak_mapped,
                            .seconds = seconds};
    if (blocks->walked)
        blocks->walked(blocks->user, &stats);
}

static mmv_status share_out(struct sharing *sharing)
{
    const struct blocks *blocks = sharing->blocks;
    const mmv_walk_options *options = blocks->options;
    const mmv_pool_options pool = {
        .max_mapped = options->max_mapped, .max_maps = options->max_maps, .window = options->window};
    uint64_t first = blocks->numbers.offset, count = blocks->numbers.length;
    double begin = machine_clock();
    assert(mmv_range_fits(first, count, mmi_pieces_count(blocks->pieces)));
    sharing->end = first + count;
    sharing->from = blocks->count ? first + blocks_first(count, blocks->index, blocks->count) : first;
    sharing->to = blocks->count ? first + blocks_first(count, blocks->index + 1, blocks->count) : first + count;
    sharing->next = first;
    mmv_status status = mmv_pool_create(&pool, &sharing->pool);
    if (status == MMV_OK)
        status = run(sharing, mmv_max(1, options->threads ? options->threads : mmv_default_threads()));
    if (status == MMV_OK || status == MMV_ESTOPPED)
        tell(sharing, machine_clock() - begin);
    mmv_pool_destroy(&sharing->pool);
    return status;
}

mmv_status blocks_walk_pieces(const struct blocks *blocks)
{
    const mmv_walk_options *options = blocks->options;
    struct sharing sharing = {.blocks = blocks};
    if (options->io != MMV_IO_AUTO && options->io != MMV_IO_MMAP)
        return mmv_error_set_parameter(MMV_EINVAL, OPERATION, "io");
    sharing.numbers = calloc(blocks->image.samples, sizeof *sharing.numbers);
    if (!sharing.numbers)
        return mmv_error_set(MMV_ENOMEM, ENOMEM, OPERATION);
    thread_lock_init(&sharing.lock);
    mmv_status status = share_out(&sharing);
    thread_lock_drop(&sharing.lock);
    free(sharing.numbers);
    return status;
}
