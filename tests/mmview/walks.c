/* SPDX-License-Identifier: MIT */
/* walks.c - see walks.h. What runs in the engine's threads counts what is wrong and asserts nothing. */

#include "walks.h"

struct walk_file walk_file;

int walk_file_begin(size_t size)
{
    walk_file.bytes = malloc(size);
    if (!walk_file.bytes)
        return -1;
    fill(walk_file.bytes, size, 1);
    snprintf(walk_file.path, sizeof walk_file.path, "%s", scratch("file"));
    snprintf(walk_file.out, sizeof walk_file.out, "%s", scratch("out"));
    file_put(walk_file.path, walk_file.bytes, size);
    return 0;
}

int walk_file_end(void **state)
{
    (void)state;
    free(walk_file.bytes);
    return 0;
}

uint64_t layout_length(const layout *shape)
{
    uint64_t stride = shape->stride ? shape->stride : shape->record;
    return shape->records ? (shape->records - 1) * stride + shape->record : 0;
}

size_t layout_out_record(const layout *shape)
{
    return shape->out_record ? shape->out_record : shape->record;
}

layout layout_filling(size_t size, size_t record, uint64_t offset, uint64_t stride)
{
    layout shape = {.record = record, .offset = offset, .stride = stride};
    uint64_t step = stride ? stride : record;
    if (size - offset >= record)
        shape.records = (size - offset - record) / step + 1;
    return shape;
}

static unsigned char mark(uint64_t record, size_t byte)
{
    return (unsigned char)(record * 31 + (record >> 8) * 17 + byte * 7 + 1);
}

/* ---- in place --------------------------------------------------------------------------------------------------- */

static void check_chunk(const mmv_chunk *chunk, ledger *book)
{
    const layout *shape = &book->shape;
    uint64_t stride = shape->stride ? shape->stride : shape->record;
    bool good = chunk->count > 0 && chunk->index + chunk->count <= shape->records && chunk->file_stride == stride &&
                chunk->offset == shape->offset + chunk->index * stride;
    if (!good)
        atomic_fetch_add(&book->wrong, 1);
    atomic_fetch_add(&book->records, chunk->count);
}

mmv_status add_in_place(const mmv_chunk *chunk, void *user)
{
    ledger *book = user;
    unsigned char *data = chunk->data;
    check_chunk(chunk, book);
    if (chunk->data != chunk->source || chunk->before || chunk->after)
        atomic_fetch_add(&book->wrong, 1);
    for (size_t i = 0; i < chunk->count; i++, data += chunk->stride)
        for (size_t j = 0; j < book->shape.record; j++)
            data[j] = (unsigned char)(data[j] + mark(chunk->index + i, j));
    return MMV_OK;
}

void add_in_memory(unsigned char *file, const layout *shape)
{
    uint64_t stride = shape->stride ? shape->stride : shape->record;
    for (uint64_t i = 0; i < shape->records; i++)
        for (size_t j = 0; j < shape->record; j++)
            file[shape->offset + i * stride + j] = (unsigned char)(file[shape->offset + i * stride + j] + mark(i, j));
}

mmv_status compare_only(const mmv_chunk *chunk, void *user)
{
    ledger *book = user;
    const unsigned char *data = chunk->data;
    static unsigned char *_Atomic cache;
    static _Atomic size_t cached;
    uint64_t end = book->shape.offset + layout_length(&book->shape);
    check_chunk(chunk, book);
    /* Filled once: fill() cannot begin in the middle. The first walk of a test is asked for with one thread. */
    if (atomic_load(&cached) < end) {
        unsigned char *bytes = malloc((size_t)end);
        fill(bytes, (size_t)end, 1);
        free(atomic_exchange(&cache, bytes));
        atomic_store(&cached, (size_t)end);
    }
    const unsigned char *wanted = atomic_load(&cache) + chunk->offset;
    for (size_t i = 0; i < chunk->count; i++)
        if (memcmp(data + i * chunk->stride, wanted + i * chunk->file_stride, book->shape.record) != 0)
            atomic_fetch_add(&book->wrong, 1);
    return MMV_OK;
}

mmv_status count_only(const mmv_chunk *chunk, void *user)
{
    check_chunk(chunk, user);
    return MMV_OK;
}

/* ---- into another map or a stream ------------------------------------------------------------------------------- */

/* Byte j of an output record: its mark, and the bytes at j % record of all source records within the halo. */
static unsigned char blended(const unsigned char *source, const layout *shape, uint64_t record, size_t j, size_t before,
                             size_t after)
{
    unsigned char sum = mark(record, j);
    const unsigned char *byte = source - before * shape->record + j % shape->record;
    for (size_t k = 0; k < before + 1 + after; k++, byte += shape->record)
        sum = (unsigned char)(sum * 3 + *byte);
    return sum;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void check_halo(const mmv_chunk *chunk, ledger *book)
{
    const layout *shape = &book->shape;
    uint64_t behind = shape->records - chunk->index - chunk->count;
    if (chunk->before != least(shape->halo, chunk->index) || chunk->after != least(shape->halo, behind) ||
        chunk->stride != layout_out_record(shape))
        atomic_fetch_add(&book->wrong, 1);
}

mmv_status blend_to(const mmv_chunk *chunk, void *user)
{
    ledger *book = user;
    const layout *shape = &book->shape;
    unsigned char *out = chunk->data;
    check_chunk(chunk, book);
    check_halo(chunk, book);
    for (size_t i = 0; i < chunk->count; i++, out += chunk->stride) {
        const unsigned char *source = (const unsigned char *)chunk->source + i * shape->record;
        size_t before = (size_t)least(shape->halo, chunk->before + i);
        size_t after = (size_t)least(shape->halo, chunk->count - 1 - i + chunk->after);
        for (size_t j = 0; j < layout_out_record(shape); j++)
            out[j] = blended(source, shape, chunk->index + i, j, before, after);
    }
    return MMV_OK;
}

void blend_in_memory(const unsigned char *in, unsigned char *out, const layout *shape)
{
    size_t size = layout_out_record(shape);
    for (uint64_t i = 0; i < shape->records; i++) {
        size_t before = (size_t)least(shape->halo, i);
        size_t after = (size_t)least(shape->halo, shape->records - 1 - i);
        for (size_t j = 0; j < size; j++)
            out[shape->out_offset + i * size + j] =
                blended(in + shape->offset + i * shape->record, shape, i, j, before, after);
    }
}

mmv_status generate(const mmv_chunk *chunk, void *user)
{
    ledger *book = user;
    const layout *shape = &book->shape;
    unsigned char *out = chunk->data;
    uint64_t offset = shape->out_offset + chunk->index * layout_out_record(shape);
    if (chunk->source || chunk->offset != offset || chunk->index + chunk->count > shape->records)
        atomic_fetch_add(&book->wrong, 1);
    atomic_fetch_add(&book->records, chunk->count);
    for (size_t i = 0; i < chunk->count; i++, out += chunk->stride)
        for (size_t j = 0; j < layout_out_record(shape); j++)
            out[j] = mark(chunk->index + i, j);
    return MMV_OK;
}

void generate_in_memory(unsigned char *out, const layout *shape)
{
    size_t size = layout_out_record(shape);
    for (uint64_t i = 0; i < shape->records; i++)
        for (size_t j = 0; j < size; j++)
            out[shape->out_offset + i * size + j] = mark(i, j);
}

/* ---- running ---------------------------------------------------------------------------------------------------- */

bool tick_in_book(uint64_t done, void *user)
{
    ledger *book = user;
    if (done < atomic_load(&book->last))
        atomic_fetch_add(&book->backwards, 1);
    atomic_store(&book->last, done);
    return book->stop_at == 0 || done < book->stop_at;
}

mmv_walk_options options_for(const layout *shape, mmv_walk_stats *stats_ret)
{
    return (mmv_walk_options){
        .record_size = shape->record,
        .offset = shape->offset,
        .length = layout_length(shape),
        .stride = shape->stride,
        .halo = shape->halo,
        .out_record_size = shape->out_record,
        .out_offset = shape->out_offset,
        .stats = stats_ret,
    };
}

mmv_map *open_map(const char *path, mmv_access access)
{
    mmv_map *map = NULL;
    assert_ok(mmv_map_open(path, access, &map));
    return map;
}

static void add_how(mmv_walk_options *options, const mmv_walk_options *how, ledger *book)
{
    options->io = how->io;
    options->threads = how->threads;
    options->window = how->window;
    options->max_mapped = how->max_mapped;
    options->max_maps = how->max_maps;
    options->tick = tick_in_book;
    options->tick_user = book;
}

static void say(const layout *shape, const mmv_walk_options *how, const mmv_walk_stats *stats)
{
    print_error("record %zu offset %llu stride %llu records %llu out %zu at %llu halo %u; %s, %u threads, window %llu, "
                "max_mapped %llu, max_maps %u; went %s: %s\n",
                shape->record, (unsigned long long)shape->offset, (unsigned long long)shape->stride,
                (unsigned long long)shape->records, shape->out_record, (unsigned long long)shape->out_offset,
                shape->halo, mmv_io_name(how->io), how->threads, (unsigned long long)how->window,
                (unsigned long long)how->max_mapped, how->max_maps, mmv_io_name(stats->io), stats->reason);
}

static bool stats_are_right(const layout *shape, const mmv_walk_options *how, const mmv_walk_stats *stats,
                            const ledger *book)
{
    uint64_t bytes = shape->records * shape->record;
    return atomic_load(&book->wrong) == 0 && atomic_load(&book->records) == shape->records &&
           atomic_load(&book->backwards) == 0 && atomic_load(&book->last) == bytes && stats->bytes == bytes &&
           stats->records == shape->records && stats->prefix == layout_length(shape) &&
           stats->bytes_mapped + stats->bytes_buffered + stats->bytes_direct == bytes &&
           (how->max_mapped == 0 || stats->peak_mapped <= how->max_mapped) &&
           (how->threads == 0 || stats->threads <= how->threads);
}

static void judge(bool same, const layout *shape, const mmv_walk_options *how, const mmv_walk_stats *stats,
                  const ledger *book)
{
    if (same && stats_are_right(shape, how, stats, book))
        return;
    say(shape, how, stats);
    assert_int_equal(atomic_load(&book->wrong), 0);
    assert_int_equal(atomic_load(&book->records), shape->records);
    assert_true(same);
    assert_true(stats_are_right(shape, how, stats, book));
}

void check_in_place(const char *path, const unsigned char *original, size_t size, const layout *shape,
                    const mmv_walk_options *how)
{
    mmv_walk_stats stats;
    ledger book = {.shape = *shape};
    mmv_walk_options options = options_for(shape, &stats);
    unsigned char *wanted = malloc(size);
    memcpy(wanted, original, size);
    add_in_memory(wanted, shape);
    add_how(&options, how, &book);
    mmv_map *map = open_map(path, MMV_READ_WRITE);
    mmv_status status = mmv_walk(map, &options, add_in_place, &book);
    if (status)
        say(shape, how, &stats);
    assert_ok(status);
    mmv_map_close(&map);
    bool same = file_is(path, wanted, size);
    free(wanted);
    judge(same, shape, how, &stats, &book);
    file_put_at(path, original, size, 0);
}

void check_to(const char *in_path, const unsigned char *in, const char *out_path, size_t out_size, const layout *shape,
              const mmv_walk_options *how)
{
    mmv_walk_stats stats;
    ledger book = {.shape = *shape};
    mmv_walk_options options = options_for(shape, &stats);
    unsigned char *wanted = malloc(out_size);
    fill(wanted, out_size, 9);
    file_put(out_path, wanted, out_size);
    if (in)
        blend_in_memory(in, wanted, shape);
    else
        generate_in_memory(wanted, shape);
    add_how(&options, how, &book);
    mmv_map *from = in ? open_map(in_path, MMV_READ) : NULL;
    mmv_map *to = open_map(out_path, MMV_READ_WRITE);
    mmv_status status = mmv_walk_to(from, to, &options, in ? blend_to : generate, &book);
    if (status)
        say(shape, how, &stats);
    assert_ok(status);
    mmv_map_close(&from);
    mmv_map_close(&to);
    bool same = file_is(out_path, wanted, out_size);
    free(wanted);
    judge(same, shape, how, &stats, &book);
}
