/* SPDX-License-Identifier: MIT */
/*
 * test_lock.c - locks that are waited for, and what two users of one file in shared memory lock: a name's users, and
 * walks with a journal. Neither takes the other for one of its own.
 */

#include "check.h"

#include "map/lock.h"
#include "peers.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Another open file, so that its locks are somebody else's. */
static int open_file(const char *path)
{
    int descriptor = open(path, O_RDWR | O_CLOEXEC);
    assert_true(descriptor >= 0);
    return descriptor;
}

static void test_a_lock_is_waited_for_and_given_up(void **state)
{
    (void)state;
    peers_need_locks();
    file_make(scratch("file"), 4096, 1);
    int one = open_file(scratch("file")), two = open_file(scratch("file"));
    const mmv_range bytes = {10, 20};
    assert_int_equal(mmv__lock_within(one, true, bytes, 0), 0);
    assert_int_equal(mmv__lock_within(two, true, bytes, 50), EAGAIN);
    assert_int_equal(mmv__lock_within(two, false, (mmv_range){29, 1}, 0), EAGAIN);
    assert_int_equal(mmv__lock_within(two, true, (mmv_range){30, 1}, 0), 0);
    close(one);
    assert_int_equal(mmv__lock_within(two, true, bytes, 0), 0);
    close(two);
}

static void test_the_mirror_is_apart_from_the_bytes(void **state)
{
    (void)state;
    peers_need_locks();
    file_make(scratch("file"), 4096, 1);
    int one = open_file(scratch("file")), two = open_file(scratch("file"));
    const mmv_range all = {0, MMV__LOCK_BYTES};
    assert_int_equal(mmv__lock_within(one, true, all, 0), 0);
    assert_int_equal(mmv__lock_mirror_free(two, all, 0), 0);
    mmv__lock_mirror(two, (mmv_range){100, 1});
    assert_int_equal(mmv__lock_mirror_free(one, (mmv_range){0, 100}, 0), 0);
    assert_int_equal(mmv__lock_mirror_free(one, (mmv_range){0, 101}, 30), EAGAIN);
    /* Up to the last byte that can be locked at all. */
    const mmv_range last = {MMV__LOCK_BYTES - 1, 1};
    mmv__lock_mirror(two, last);
    assert_int_equal(mmv__lock_mirror_free(one, last, 0), EAGAIN);
    assert_int_equal(mmv__lock_mirror_free(one, all, 0), EAGAIN);
    close(one);
    close(two);
}

/* mmv_map_is_locked(): shared locks are those of readers, and change nothing. */
static void test_who_shares_a_lock_is_not_seen(void **state)
{
    mmv_map *reader, *writer, *other;
    (void)state;
    peers_need_locks();
    file_make(scratch("file"), 4096, 1);
    assert_ok(mmv_map_open(scratch("file"), MMV_READ, &reader));
    assert_ok(mmv_map_open(scratch("file"), MMV_READ_WRITE, &writer));
    assert_ok(mmv_map_open(scratch("file"), MMV_READ, &other));
    assert_false(mmv_map_is_locked(other, 0, 0));
    assert_ok(mmv_map_lock(reader, 0, 100, 0));
    assert_false(mmv_map_is_locked(other, 0, 0));
    assert_ok(mmv_map_lock(writer, 100, 10, 0));
    assert_true(mmv_map_is_locked(other, 0, 0));
    assert_true(mmv_map_is_locked(other, 109, UINT64_MAX - 1));
    assert_false(mmv_map_is_locked(other, 0, 100));
    assert_false(mmv_map_is_locked(other, 110, 0));
    assert_false(mmv_map_is_locked(other, 100, MMV_EMPTY));
    assert_false(mmv_map_is_locked(other, UINT64_MAX, 0));
    /* His own is no other's. */
    assert_false(mmv_map_is_locked(writer, 0, 0));
    mmv_map_close(&writer);
    assert_false(mmv_map_is_locked(other, 0, 0));
    /* Writes past the page cache outlive the lock of the bytes. */
    int direct = open_file(scratch("file"));
    mmv__lock_mirror(direct, (mmv_range){100, 10});
    assert_true(mmv_map_is_locked(other, 0, 0));
    assert_false(mmv_map_is_locked(other, 0, 100));
    close(direct);
    mmv_map_close(&reader);
    mmv_map_close(&other);
}

static mmv_status add_one(const mmv_chunk *chunk, void *user)
{
    unsigned char *byte = chunk->data;
    (void)user;
    for (size_t i = 0; i < chunk->count; i++)
        byte[i]++;
    return MMV_OK;
}

static mmv_status walk_with_journal(const char *path, mmv_io io)
{
    mmv_map *map;
    mmv_journal *journal;
    char *name;
    mmv_journal_options run = {.mode = MMV_JOURNAL_KILL, .operation = "add one", .files = 1};
    assert_ok(mmv_map_open(path, MMV_READ_WRITE, &map));
    assert_ok(mmv_journal_name(map, 0, 0, 0, &name));
    assert_ok(mmv_journal_open(name, &run, &journal));
    mmv_status status = mmv_walk(map, &(mmv_walk_options){.journal = journal, .io = io}, add_one, NULL);
    if (status == MMV_OK)
        status = mmv_journal_end(journal, MMV_JOURNAL_FINISHED);
    mmv_journal_close(&journal);
    mmv_map_close(&map);
    free(name);
    return status;
}

/* What a killed run had handed to the device may still land there: the next run changes nothing before. */
static void test_a_run_waits_for_the_writes_of_a_killed_one(void **state)
{
    (void)state;
    peers_need_locks();
    file_make(scratch("file"), 4096, 1);
    unsigned char before[4096];
    file_get(scratch("file"), before, sizeof before, 0);
    int writing = open_file(scratch("file"));
    mmv__lock_mirror(writing, (mmv_range){0, 4096});
    assert_status(walk_with_journal(scratch("file"), MMV_IO_AUTO), MMV_EBUSY);
    assert_string_equal(mmv_last_error()->operation, "lock");
    assert_true(file_is(scratch("file"), before, sizeof before));
    close(writing);
    assert_ok(walk_with_journal(scratch("file"), MMV_IO_AUTO));
}

/* Both at once on one file of the shared folder, in both orders. */
static void test_a_named_map_is_walked_with_a_journal(void **state)
{
    (void)state;
    peers_need_locks();
    const char *name = peers_name("walked");
    mmv_map *map = peers_map(name);
    for (int io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io++)
        assert_ok(walk_with_journal(peers_path(name), (mmv_io)io));
    mmv_view view;
    assert_ok(mmv_view_open(map, 0, 0, &view));
    for (size_t i = 0; i < view.length; i++)
        assert_int_equal(((unsigned char *)view.data)[i], MMV_IO_DIRECT + 1);
    mmv_view_close(&view);
    mmv_map_close(&map);
    peers_tidy(name);
}

static void test_a_name_is_opened_while_a_walk_has_its_range(void **state)
{
    (void)state;
    peers_need_locks();
    const char *name = peers_name("ranged");
    mmv_map *map = peers_map(name), *again;
    int walk = open_file(peers_path(name));
    mmv__lock_mirror(walk, (mmv_range){0, PEERS_SIZE});
    assert_int_equal(mmv__lock_within(walk, true, (mmv_range){0, PEERS_SIZE}, 0), 0);
    assert_ok(mmv_map_open_named(name, MMV_READ_WRITE, NULL, &again));
    mmv_map_close(&again);
    close(walk);
    mmv_map_close(&map);
    peers_tidy(name);
}

static bool count_all(const mmv_shared_info *info, void *user)
{
    (void)info;
    ++*(unsigned *)user;
    return true;
}

/* A journal beside a file in the shared folder is no object: whoever lists or removes names leaves it alone. */
static void test_a_journal_is_no_object(void **state)
{
    (void)state;
    unsigned count = 0;
    char journal[300], name[300];
    mmv_shared_info info;
    mmv_map *map;
    snprintf(name, sizeof name, "%s.mmj.0-%u", peers_name("beside"), PEERS_SIZE);
    snprintf(journal, sizeof journal, "%s.mmj.0-%u", peers_path(peers_name("beside")), PEERS_SIZE);
    file_make(journal, 4096, 1);
    assert_ok(mmv_shared_list(count_all, &count));
    assert_status(mmv_shared_stat(name, &info), MMV_ENOENT);
    assert_status(mmv_shared_remove(name), MMV_ENOENT);
    mmv_shared_sweep();
    /* A map of that name lies elsewhere. */
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    assert_ok(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map));
    assert_string_not_equal(mmv_map_path(map), journal);
    mmv_map_close(&map);
    peers_tidy(name);
    assert_int_equal(file_length(journal), 4096);
    assert_int_equal(unlink(journal), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_lock_is_waited_for_and_given_up),
        cmocka_unit_test(test_the_mirror_is_apart_from_the_bytes),
        cmocka_unit_test(test_who_shares_a_lock_is_not_seen),
        cmocka_unit_test(test_a_run_waits_for_the_writes_of_a_killed_one),
        cmocka_unit_test(test_a_named_map_is_walked_with_a_journal),
        cmocka_unit_test(test_a_name_is_opened_while_a_walk_has_its_range),
        cmocka_unit_test(test_a_journal_is_no_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
