/* SPDX-License-Identifier: MIT */
/*
 * test_model.c - operations at random on one file by every way there is: walks of each backend, with and without a
 * journal, views, leases, plain reads and writes, other lengths. After each the file must be what an array in memory
 * has become.
 *
 * MMV_MODEL_SEED repeats a run; MMV_CAMPAIGN makes a million operations of it.
 */

#include "runs.h"

#include <fcntl.h>
#include <unistd.h>

enum { LARGEST = 300000, AMOUNT_STEP = 37 };

static unsigned char model[LARGEST], other[LARGEST], seen[LARGEST];
static size_t size; /* of file and model */
static mmv_map *map, *read_only;
static mmv_pool *pool;
static mmv_cursor cursor, reader;
static char path[512], other_path[512], journal_path[512];
static uint64_t dice_state, operation;
static unsigned char amount;

/* ---- dice ------------------------------------------------------------------------------------------------------- */

static uint64_t dice(uint64_t sides)
{
    dice_state ^= dice_state << 13;
    dice_state ^= dice_state >> 7;
    dice_state ^= dice_state << 17;
    return sides ? dice_state % sides : 0;
}

/* A range inside of the file, often small, often at an end, sometimes on pages. */
static void random_range(size_t *offset_ret, size_t *length_ret)
{
    size_t offset = dice(4) == 0 ? 0 : (size_t)dice(size);
    size_t most = size - offset;
    size_t length = dice(3) == 0 ? most : 1 + (size_t)dice(dice(2) ? mmv_min(most, 5000) : most);
    if (dice(4) == 0 && offset >= 4096)
        offset -= offset % 4096;
    *offset_ret = offset;
    *length_ret = mmv_min(length, size - offset);
}

static mmv_walk_options random_how(void)
{
    static const uint64_t windows[] = {0, 4096, 65536, MMV_MIB};
    return (mmv_walk_options){
        .io = (mmv_io)dice(4), .threads = (unsigned)(1 + dice(4)), .window = windows[dice(COUNT(windows))]};
}

/* ---- operations ------------------------------------------------------------------------------------------------- */

static mmv_status add(const mmv_chunk *chunk, void *user)
{
    const size_t record = *(size_t *)user;
    for (size_t i = 0; i < chunk->count; i++)
        for (size_t k = 0; k < record; k++)
            ((unsigned char *)chunk->data)[i * chunk->stride + k] += amount;
    return MMV_OK;
}

static mmv_status add_to(const mmv_chunk *chunk, void *user)
{
    const size_t record = *(size_t *)user;
    for (size_t i = 0; i < chunk->count * record; i++)
        ((unsigned char *)chunk->data)[i] = (unsigned char)(((const unsigned char *)chunk->source)[i] + amount);
    return MMV_OK;
}

/* Records from 'offset' on, as many as fit, in range and model. */
static void walk_in_place(bool journalled)
{
    size_t offset, length, record = 1 + (size_t)dice(dice(2) ? 16 : 9000);
    random_range(&offset, &length);
    size_t stride = record + (dice(3) == 0 ? (size_t)dice(5000) : 0);
    if (length < record)
        return;
    length = (length - record) / stride * stride + record;
    mmv_walk_options how = random_how();
    how.record_size = record;
    how.stride = stride;
    how.offset = offset;
    how.length = length;
    if (journalled) {
        mmv_journal_options options = {.mode = dice(20) ? MMV_JOURNAL_KILL : MMV_JOURNAL_POWER,
                                       .operation = "add",
                                       .bytes = dice(2) ? length : 0,
                                       .threads = how.threads};
        assert_ok(mmv_journal_open(journal_path, &options, &how.journal));
    }
    mmv_journal *journal = how.journal;
    assert_ok(mmv_walk(map, &how, add, &record));
    if (journal)
        assert_ok(mmv_journal_end(journal, MMV_JOURNAL_FINISHED));
    mmv_journal_close(&journal);
    for (size_t at = offset; at + record <= offset + length; at += stride)
        for (size_t k = 0; k < record; k++)
            model[at + k] += amount;
}

/* Into the other file, at another place. */
static void walk_to(void)
{
    mmv_map *out;
    size_t offset, length, record = 1 + (size_t)dice(dice(2) ? 16 : 9000);
    random_range(&offset, &length);
    length -= length % record;
    if (length == 0)
        return;
    mmv_walk_options how = random_how();
    how.record_size = record;
    how.offset = offset;
    how.length = length;
    how.out_offset = dice(LARGEST - length + 1);
    assert_ok(mmv_map_open(other_path, MMV_READ_WRITE, &out));
    assert_ok(mmv_walk_to(map, out, &how, add_to, &record));
    mmv_map_close(&out);
    for (size_t i = 0; i < length; i++)
        other[how.out_offset + i] = (unsigned char)(model[offset + i] + amount);
    if (dice(8) == 0 && !file_is(other_path, other, LARGEST))
        fail_msg("operation %llu: the other file is wrong", (unsigned long long)operation);
}

/* A stretch of memory that is the file's: it must be as the model is, and is changed. */
static void change(unsigned char *data, size_t offset, size_t length)
{
    if (memcmp(data, model + offset, length) != 0)
        fail_msg("operation %llu: bytes from %zu on are not as written", (unsigned long long)operation, offset);
    for (size_t i = 0; i < length; i += 1 + (size_t)dice(3)) {
        data[i] += amount;
        model[offset + i] = data[i];
    }
}

static void lease(void)
{
    size_t offset, length, left;
    random_range(&offset, &length);
    for (size_t end = offset + length; offset < end; offset += length) {
        unsigned char *data = mmv_acquire(&cursor, offset, 1, &left);
        assert_non_null(data);
        length = (size_t)mmv_min(end - offset, left);
        change(data, offset, length);
    }
    if (dice(2))
        assert_ok(mmv_release(&cursor));
}

static void look_through(void)
{
    mmv_view view;
    size_t offset, length;
    random_range(&offset, &length);
    assert_ok(mmv_view_open(map, offset, length, &view));
    change(view.data, offset, length);
    if (dice(8) == 0)
        assert_ok(mmv_view_flush(&view, dice(length), 0, dice(8) ? MMV_FLUSH_START : MMV_FLUSH_DURABLE));
    assert_ok(mmv_view_check(&view));
    mmv_view_close(&view);
}

static void plainly(void)
{
    size_t offset, length;
    random_range(&offset, &length);
    file_get(path, seen, length, offset);
    change(seen, offset, length);
    file_put_at(path, seen, length, offset);
}

/* Longer or shorter, by the map or behind its back. */
static void other_length(void)
{
    size_t wanted = 1 + (size_t)dice(LARGEST - 1);
    assert_ok(mmv_release(&cursor));
    if (wanted >= size && dice(2)) {
        assert_ok(mmv_map_grow(map, wanted));
    } else {
        file_cut(path, wanted);
        assert_ok(mmv_map_refresh(map));
    }
    if (wanted > size)
        memset(model + size, 0, wanted - size);
    size = wanted;
    assert_int_equal(mmv_map_capacity(map), size);
}

/* By a map that only reads, while none that writes is open: the windows are read, and those of earlier times are not
   taken for the file's present bytes. */
static void lease_read_only(void)
{
    size_t left;
    mmv_cursor_close(&cursor);
    mmv_map_close(&map);
    if (!read_only) {
        assert_ok(mmv_map_open(path, MMV_READ, &read_only));
        assert_ok(mmv_cursor_open(pool, read_only, &reader));
    }
    assert_ok(mmv_map_refresh(read_only));
    for (unsigned i = 0; i < 5; i++) {
        size_t offset = (size_t)dice(size), length = 1 + (size_t)dice(mmv_min(size - offset, 9000));
        const unsigned char *data = mmv_acquire(&reader, offset, length, &left);
        assert_non_null(data);
        if (left > size - offset || memcmp(data, model + offset, left) != 0)
            fail_msg("operation %llu: a read-only lease is wrong", (unsigned long long)operation);
        assert_ok(mmv_release(&reader));
    }
    if (dice(4) == 0) {
        mmv_cursor_close(&reader);
        mmv_map_close(&read_only);
    }
    assert_ok(mmv_map_open(path, MMV_READ_WRITE, &map));
    assert_ok(mmv_cursor_open(pool, map, &cursor));
}

static void reopen(void)
{
    mmv_cursor_close(&cursor);
    mmv_map_close(&map);
    assert_ok(mmv_map_open(path, MMV_READ_WRITE, &map));
    assert_ok(mmv_cursor_open(pool, map, &cursor));
}

static void operate(void)
{
    amount = (unsigned char)(operation * AMOUNT_STEP + 1);
    switch (dice(17)) {
    case 0:
    case 1:
    case 2:
        walk_in_place(false);
        break;
    case 3:
        /* Locks and marks stay with the map. */
        walk_in_place(true);
        break;
    case 4:
    case 5:
        walk_to();
        break;
    case 6:
    case 7:
    case 8:
        lease();
        break;
    case 9:
    case 10:
    case 11:
        look_through();
        break;
    case 12:
    case 13:
        plainly();
        break;
    case 14:
        other_length();
        break;
    case 15:
        lease_read_only();
        break;
    default:
        if (dice(8) == 0)
            reopen();
    }
}

static void test_whatever_is_done(void **state)
{
    const char *seed = getenv("MMV_MODEL_SEED");
    uint64_t operations = is_campaign() ? 1000000 : CHECK_SANITIZED ? 1500 : 6000;
    (void)state;
    dice_state = seed ? strtoull(seed, NULL, 10) : (uint64_t)getpid() * UINT64_C(0x9e3779b97f4a7c15) | 1;
    print_message("MMV_MODEL_SEED=%llu, %llu operations\n", (unsigned long long)dice_state,
                  (unsigned long long)operations);
    snprintf(path, sizeof path, "%s", scratch("file"));
    snprintf(other_path, sizeof other_path, "%s", scratch("other"));
    snprintf(journal_path, sizeof journal_path, "%s", scratch("journal"));
    size = LARGEST / 2;
    fill(model, size, 3);
    fill(other, LARGEST, 4);
    file_put(path, model, size);
    file_put(other_path, other, LARGEST);
    assert_ok(mmv_guard_enable());
    assert_ok(mmv_pool_create(&(mmv_pool_options){.max_mapped = 4 * MMV_MIB, .window = 65536}, &pool));
    assert_ok(mmv_map_open(path, MMV_READ_WRITE, &map));
    assert_ok(mmv_cursor_open(pool, map, &cursor));
    for (operation = 0; operation < operations; operation++) {
        operate();
        if (operation % 16 == 0 && !file_is(path, model, size))
            fail_msg("operation %llu: the file is wrong", (unsigned long long)operation);
    }
    assert_true(file_is(path, model, size) && file_is(other_path, other, LARGEST));
    mmv_cursor_close(&reader);
    mmv_map_close(&read_only);
    mmv_cursor_close(&cursor);
    mmv_map_close(&map);
    mmv_pool_destroy(&pool);
    mmv_guard_disable();
    assert_false(file_exists(journal_path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_whatever_is_done)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
