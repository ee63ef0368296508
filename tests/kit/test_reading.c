/* SPDX-License-Identifier: MIT */
/* test_reading.c - what a reader notices of those who change its bytes meanwhile, and whom it keeps away. */

#include "check.h"

#include "capture.h"
#include "kit/file/reading.h"
#include "scratch.h"

#include <mmview/walk.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct console console = {.tool = "test"};
static bool locks_are_known = true;
mmv_status __real_mmv_map_lock(mmv_map *map, uint64_t offset, uint64_t length, unsigned wait_ms);
mmv_status __wrap_mmv_map_lock(mmv_map *map, uint64_t offset, uint64_t length, unsigned wait_ms);

mmv_status __wrap_mmv_map_lock(mmv_map *map, uint64_t offset, uint64_t length, unsigned wait_ms)
{
    return locks_are_known ? __real_mmv_map_lock(map, offset, length, wait_ms)
                           : mmv_error_set(MMV_ENOTSUP, ENOLCK, "lock");
}

static mmv_map *open_image(mmv_access access)
{
    mmv_map *map;
    assert_ok(mmv_map_open("image", access, &map));
    return map;
}

/* Of bytes [1000, 2000) of a file whose times are long ago: what is changed now has other ones. */
static struct reading begin(void)
{
    const struct timespec long_ago[] = {{1000, 0}, {1000, 0}};
    file_make("image", 100000, 1);
    assert_int_equal(utimensat(AT_FDCWD, "image", long_ago, 0), 0);
    return (struct reading){.console = &console, .map = open_image(MMV_READ), .path = "image", .range = {1000, 1000}};
}

/* What is noticed at the end, which closes it. */
static const char *ended(struct reading *reading, bool noticed)
{
    bool is_mixture = reading_end(reading, "it");
    mmv_map_close(&reading->map);
    assert_int_equal(is_mixture, noticed);
    assert_int_equal(reading->note[0] != '\0', noticed);
    return reading->note;
}

#define CHANGED "was being changed meanwhile: it may be a mixture of old and new"

static void test_what_nobody_touches_is_silent(void **state)
{
    (void)state;
    struct reading reading = begin();
    reading_begin(&reading);
    ended(&reading, false);
}

static void test_bytes_that_change_show_in_the_times(void **state)
{
    (void)state;
    struct reading reading = begin();
    reading_begin(&reading);
    file_put_at("image", "x", 1, 1500);
    assert_string_equal(ended(&reading, true), CHANGED);
    reading = begin();
    reading_begin(&reading);
    file_cut("image", 50000);
    assert_string_equal(ended(&reading, true), CHANGED);
}

static void test_who_holds_the_bytes_is_seen_before_and_after(void **state)
{
    (void)state;
    struct reading reading = begin();
    mmv_map *writer = open_image(MMV_READ_WRITE);
    if (mmv_map_lock(writer, 1999, 10, 0) == MMV_ENOTSUP)
        skip_because("there are no locks");
    reading_begin(&reading);
    mmv_map_close(&writer);
    assert_string_equal(ended(&reading, true), CHANGED);
    reading = begin();
    reading_begin(&reading);
    writer = open_image(MMV_READ_WRITE);
    assert_ok(mmv_map_lock(writer, 0, 1001, 0));
    assert_string_equal(ended(&reading, true), CHANGED);
    mmv_map_close(&writer);
}

static void test_who_is_elsewhere_or_reads_is_not(void **state)
{
    (void)state;
    struct reading reading = begin();
    mmv_map *writer = open_image(MMV_READ_WRITE), *reader = open_image(MMV_READ);
    if (mmv_map_lock(writer, 2000, 1000, 0) == MMV_ENOTSUP)
        skip_because("there are no locks");
    assert_ok(mmv_map_lock(reader, 0, 2000, 0));
    reading_begin(&reading);
    ended(&reading, false);
    mmv_map_close(&writer);
    mmv_map_close(&reader);
}

static void test_a_copy_keeps_writers_away_and_waits_for_them(void **state)
{
    (void)state;
    struct reading reading = begin();
    mmv_map *writer = open_image(MMV_READ_WRITE);
    if (mmv_map_lock(writer, 1000, 1, 0) == MMV_ENOTSUP)
        skip_because("there are no locks");
    capture_begin(stderr);
    assert_int_equal(reading_hold(&reading, 30), TOOL_FAILED);
    assert_non_null(strstr(capture_end(), "test: image: another process is at work on this range"));
    mmv_map_close(&writer);
    assert_int_equal(reading_hold(&reading, 0), TOOL_DONE);
    writer = open_image(MMV_READ_WRITE);
    assert_status(mmv_map_lock(writer, 1999, 1, 0), MMV_EBUSY);
    assert_ok(mmv_map_lock(writer, 2000, 0, 0));
    ended(&reading, false);
    /* The map took the lock with it. */
    assert_ok(mmv_map_lock(writer, 1000, 1000, 0));
    mmv_map_close(&writer);
}

static void test_without_locks_a_copy_notices(void **state)
{
    (void)state;
    struct reading reading = begin();
    locks_are_known = false;
    assert_int_equal(reading_hold(&reading, 0), TOOL_DONE);
    locks_are_known = true;
    file_put_at("image", "x", 1, 1500);
    assert_string_equal(ended(&reading, true), CHANGED);
}

static mmv_status give_up(const mmv_chunk *chunk, void *user)
{
    (void)chunk, (void)user;
    return MMV_ESTOPPED;
}

static void test_an_unfinished_run_is_told_of(void **state)
{
    const mmv_journal_options how = {.mode = MMV_JOURNAL_KILL, .operation = "nothing", .files = 1};
    char *path;
    mmv_journal *journal;
    (void)state;
    struct reading reading = begin();
    mmv_map *writer = open_image(MMV_READ_WRITE);
    assert_ok(mmv_journal_name(writer, 0, 1500, 0, &path));
    assert_ok(mmv_journal_open(path, &how, &journal));
    const mmv_walk_options walk = {.record_size = 1, .length = 1500, .journal = journal};
    assert_status(mmv_walk(writer, &walk, give_up, NULL), MMV_ESTOPPED);
    mmv_journal_close(&journal);
    mmv_map_close(&writer);
    reading_begin(&reading);
    assert_true(reading.is_unfinished);
    assert_non_null(strstr(ended(&reading, true), "belongs to an unfinished run: it may be a mixture"));
    /* Of other bytes. */
    reading =
        (struct reading){.console = &console, .map = open_image(MMV_READ), .path = "image", .range = {1500, 1000}};
    reading_begin(&reading);
    ended(&reading, false);
    assert_ok(mmv_journal_discard(path));
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_nobody_touches_is_silent),
        cmocka_unit_test(test_bytes_that_change_show_in_the_times),
        cmocka_unit_test(test_who_holds_the_bytes_is_seen_before_and_after),
        cmocka_unit_test(test_who_is_elsewhere_or_reads_is_not),
        cmocka_unit_test(test_a_copy_keeps_writers_away_and_waits_for_them),
        cmocka_unit_test(test_without_locks_a_copy_notices),
        cmocka_unit_test(test_an_unfinished_run_is_told_of),
    };
    if (!scratch_use(NULL))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
