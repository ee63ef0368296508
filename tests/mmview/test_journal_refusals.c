/* SPDX-License-Identifier: MIT */
/*
 * test_journal_refusals.c - what an interrupted run is compared with, and what else could change a file twice.
 *
 * A refused run must leave file and journal as they are, so that the right one can still finish.
 */

#include "faults.h"
#include "runs.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define SIZE ((size_t)(4 * MMV_MIB + 40000))

static const struct run usual = {.size = SIZE, .record = 8, .threads = 2, .io = MMV_IO_MMAP, .mode = MMV_JOURNAL_KILL};
#define JOURNAL_MOST ((size_t)64 * MMV_MIB)

static unsigned char kept[RUN_LARGEST];
static unsigned char *journal_then, *journal_now; /* JOURNAL_MOST bytes, which no child is to get */
static char text[512];

/* Where a run's journal is looked for: by the mark, or beside the file. For free(3). */
static char *place_of(const char *file)
{
    mmv_map *map;
    char *path;
    assert_ok(mmv_map_open(file, MMV_READ, &map));
    assert_ok(mmv_journal_name(map, 0, SIZE, 0, &path));
    mmv_map_close(&map);
    return path;
}

static void interrupt(const struct run *run, const char *file, const char *path)
{
    run_prepare(run, file);
    assert_int_equal(run_child(run, file, path, 1200, text, sizeof text), RUN_KILLED);
    assert_true(file_exists(path));
    file_get(file, kept, run->size, 0);
}

static void finish(const struct run *run, const char *file, const char *path)
{
    if (run_child(run, file, path, 0, text, sizeof text) != MMV_OK)
        fail_msg("the right run: %s", text);
    run_check(run, file, path);
}

/* 'run' on 'file' is refused with 'words', and nothing is touched. */
static void refused(const struct run *run, const char *file, const char *path, const char *words)
{
    size_t size = (size_t)file_length(path);
    assert_true(size <= JOURNAL_MOST);
    file_get(path, journal_then, size, 0);
    int status = run_child(run, file, path, 0, text, sizeof text);
    if (status != MMV_EJOURNAL || !strstr(text, words))
        fail_msg("not refused for \"%s\", but: %d %s", words, status, text);
    assert_int_equal(file_length(path), size);
    file_get(path, journal_now, size, 0);
    assert_memory_equal(journal_then, journal_now, size);
}

static void test_what_differs(void **state)
{
    const char *file = scratch("file"), *path = scratch("journal");
    struct run other;
    (void)state;
    for (mmv_journal_mode mode = MMV_JOURNAL_KILL; mode <= MMV_JOURNAL_POWER; mode++) {
        struct run run = usual;
        run.mode = mode;
        interrupt(&run, file, path);
        other = run;
        other.operation = "change it otherwise";
        refused(&other, file, path, "the operation differs");
        other = run;
        other.offset = 8;
        refused(&other, file, path, "the offset of the range was 0 and is 8");
        other = run;
        other.length = SIZE - 8;
        refused(&other, file, path, "the length of the range");
        other = run;
        other.record = 4;
        refused(&other, file, path, "distance of records was 8 and is 4");
        other = run;
        other.stride = 16;
        other.length = SIZE - 8;
        refused(&other, file, path, "the length of the range");
        file_put(scratch("other"), run_before, SIZE);
        refused(&run, scratch("other"), path, "the inode");
        unlink(scratch("other"));
        assert_true(run_is(file, kept, SIZE));
        finish(&run, file, path);
    }
    /* Where a restart cannot be noticed, all are of mode power. */
    if (MMV_POSIX_ONLY)
        return;
    struct run run = usual;
    interrupt(&run, file, path);
    other = run;
    other.mode = MMV_JOURNAL_POWER;
    refused(&other, file, path, "the mode differs");
    finish(&run, file, path);
}

static void test_another_start_of_the_system(void **state)
{
    const char *file = scratch("file"), *path = scratch("journal");
    struct run run = usual;
    (void)state;
    if (MMV_POSIX_ONLY)
        skip_because("POSIX cannot tell one start of the system from another");
    interrupt(&run, file, path);
    fault_boot("another one");
    refused(&run, file, path, "the system was started again");
    fault_reset();
    finish(&run, file, path);
    run.mode = MMV_JOURNAL_POWER;
    interrupt(&run, file, path);
    fault_boot("another one");
    finish(&run, file, path);
    /* Where nobody can tell, and where others see the file, kill is not enough. */
    for (int remote = 0; remote < 2; remote++) {
        mmv_journal_info *info;
        fault_boot(remote ? "same" : "");
        fault_remote(remote ? "NFS" : NULL);
        run.mode = MMV_JOURNAL_KILL;
        interrupt(&run, file, path);
        assert_ok(mmv_journal_inspect(path, &info));
        assert_int_equal(info->mode, MMV_JOURNAL_POWER);
        mmv_journal_info_free(&info);
        finish(&run, file, path);
        fault_reset();
    }
}

/* A backup over the file: where it is done, it is not what the run made of it. */
static void test_a_backup_put_back(void **state)
{
    const char *file = scratch("file"), *path = scratch("journal");
    (void)state;
    for (long steps = 1; steps < 1800; steps += 97) {
        struct run run = usual;
        run.threads = 1 + (unsigned)steps % 2;
        run_prepare(&run, file);
        assert_int_equal(run_child(&run, file, path, steps, text, sizeof text), RUN_KILLED);
        file_get(file, kept, SIZE, 0);
        file_put_at(file, run_before, SIZE, 0);
        /* Killed in the first granule, nothing was done, and the backup is as good as the file. */
        int status = run_child(&run, file, path, 0, text, sizeof text);
        if (status == MMV_OK) {
            run_check(&run, file, path);
            continue;
        }
        assert_int_equal(status, MMV_EJOURNAL);
        assert_non_null(strstr(text, "changed or put back since"));
        assert_true(run_is(file, run_before, SIZE));
        file_put_at(file, kept, SIZE, 0);
        finish(&run, file, path);
    }
}

static void test_names_and_marks(void **state)
{
    struct run run = usual;
    const char *file = scratch("file"), *renamed = scratch("renamed"), *linked = scratch("linked");
    mmv_map *map;
    (void)state;
    run_prepare(&run, file);
    char *path = place_of(file);
    assert_non_null(strstr(path, "file.mmj.0-"));
    interrupt(&run, file, path);
    if (getxattr(file, "user.mmview.journal", text, sizeof text) < 0) {
        /* A later file may get this one's inode, and would be taken for it. */
        unlink(path);
        skip_because("this file system has no user attributes");
    }
    /* By any name it belongs to the run, and the run finds its journal. */
    assert_int_equal(rename(file, renamed), 0);
    assert_int_equal(link(renamed, linked), 0);
    assert_int_equal(symlink(linked, scratch("symbolic")), 0);
    const char *const names[] = {renamed, linked, scratch("symbolic")};
    for (size_t i = 0; i < COUNT(names); i++) {
        char *found = place_of(names[i]);
        assert_string_equal(found, path);
        free(found);
        assert_ok(mmv_map_open(names[i], MMV_READ, &map));
        assert_status(mmv_journal_check(map, 0, SIZE, NULL), MMV_EJOURNAL);
        assert_status(mmv_journal_check(map, SIZE - 1, 1, NULL), MMV_EJOURNAL);
        mmv_journal_found what;
        assert_ok(mmv_journal_find(map, 0, 1, &what));
        assert_int_equal(what.kind, MMV_JOURNAL_RUN);
        assert_string_equal(what.path, path);
        free(what.path);
        mmv_map_close(&map);
        /* Another run with a journal of its own is refused, too. */
        assert_int_equal(run_child(&run, names[i], scratch("another"), 0, text, sizeof text), MMV_EJOURNAL);
        assert_non_null(strstr(text, "belongs to an unfinished run"));
        assert_false(file_exists(scratch("another")));
    }
    finish(&run, linked, path);
    unlink(linked);
    unlink(scratch("symbolic"));
    /* The journal is gone, the mark is not: nobody knows what the file is. */
    interrupt(&run, file, path);
    unlink(path);
    assert_int_equal(run_child(&run, file, path, 0, text, sizeof text), MMV_EJOURNAL);
    assert_non_null(strstr(text, "its journal is gone"));
    assert_ok(mmv_map_open(file, MMV_READ, &map));
    mmv_journal_found orphan;
    assert_ok(mmv_journal_find(map, 0, SIZE, &orphan));
    assert_int_equal(orphan.kind, MMV_JOURNAL_ORPHAN);
    assert_ok(mmv_journal_unmark(map, &orphan));
    free(orphan.path);
    assert_ok(mmv_journal_check(map, 0, SIZE, NULL));
    mmv_map_close(&map);
    unlink(renamed);
    free(path);
}

/* Of several marks one cannot be taken off: that is told, also when the others can. */
static void test_a_mark_that_stays_is_told(void **state)
{
    struct run run = usual;
    const char *file = scratch("file");
    mmv_map *map;
    (void)state;
    run_prepare(&run, file);
    char *path = place_of(file);
    interrupt(&run, file, path);
    ssize_t length = getxattr(file, "user.mmview.journal", text, sizeof text);
    unlink(path);
    free(path);
    if (length < 0)
        skip_because("this file system has no user attributes");
    assert_int_equal(setxattr(file, "user.mmview.journal.2", text, (size_t)length, 0), 0);
    assert_ok(mmv_map_open(file, MMV_READ, &map));
    mmv_journal_found found;
    assert_ok(mmv_journal_find(map, 0, SIZE, &found));
    fault_at(FAULT_NOTE_REMOVE, 1, EIO);
    assert_status(mmv_journal_unmark(map, &found), MMV_EIO);
    fault_reset();
    assert_status(mmv_journal_check(map, 0, SIZE, NULL), MMV_EJOURNAL);
    assert_ok(mmv_journal_unmark(map, &found));
    free(found.path);
    assert_ok(mmv_journal_check(map, 0, SIZE, NULL));
    mmv_map_close(&map);
}

/* Without marks the name beside the file has to do. */
static void test_without_marks(void **state)
{
    struct run run = usual;
    const char *file = scratch("file");
    mmv_map *map;
    mmv_journal_cache *known = NULL;
    (void)state;
    fault_at(FAULT_NOTE_SET, 0, ENOTSUP);
    fault_at(FAULT_NOTES, 0, ENOTSUP);
    run_prepare(&run, file);
    char *path = place_of(file);
    interrupt(&run, file, path);
    assert_ok(mmv_map_open(file, MMV_READ, &map));
    assert_status(mmv_journal_check(map, 0, SIZE, &known), MMV_EJOURNAL);
    assert_status(mmv_journal_check(map, 17, 1, &known), MMV_EJOURNAL);
    mmv_journal_cache_free(&known);
    mmv_map_close(&map);
    finish(&run, file, path);
    fault_reset();
    free(path);
}

/* ---- two at once ------------------------------------------------------------------------------------------------ */

static int gate[2], here[2];

/* In the child, which has both ends of both: the parent's closing of the gate must be the last. */
static mmv_status wait_at_the_gate(void)
{
    char byte = 1;
    if (gate[1] >= 0)
        close(gate[1]);
    gate[1] = -1;
    if (write(here[1], &byte, 1) != 1 || read(gate[0], &byte, 1) < 0)
        return MMV_ESYSTEM;
    return MMV_OK;
}

static void test_two_at_once(void **state)
{
    const char *file = scratch("file"), *path = scratch("journal"), *second = scratch("second");
    struct run first = usual, other = usual;
    char byte;
    (void)state;
    if (!run_has_locks())
        skip_because("POSIX has no locks that are kept as long as a descriptor");
    run_prepare(&usual, file);
    first.pause = wait_at_the_gate;
    first.length = 2 * MMV_MIB;
    first.threads = 1;
    other.wait_ms = 100;
    other.length = 2 * MMV_MIB;
    assert_int_equal(pipe(gate), 0);
    assert_int_equal(pipe(here), 0);
    pid_t child = run_start(&first, file, path, 0);
    /* The child alone has this end now: when it dies early, the read ends. */
    close(here[1]);
    assert_int_equal(read(here[0], &byte, 1), 1);
    /* The same run, and another one over the same bytes. */
    assert_int_equal(run_child(&other, file, path, 0, text, sizeof text), MMV_EBUSY);
    assert_int_equal(run_child(&other, file, second, 0, text, sizeof text), MMV_EBUSY);
    assert_false(file_exists(second));
    assert_status(mmv_journal_discard(path), MMV_EBUSY);
    mmv_journal_info *info;
    assert_ok(mmv_journal_inspect(path, &info));
    assert_true(info->busy);
    mmv_journal_info_free(&info);
    /* Beside it, over other bytes. */
    other.offset = 2 * MMV_MIB;
    other.length = 0;
    if (run_child(&other, file, second, 0, text, sizeof text) != MMV_OK)
        fail_msg("side by side: %s", text);
    close(gate[1]);
    close(gate[0]);
    assert_int_equal(run_wait(child), MMV_OK);
    close(here[0]);
    run_check(&usual, file, path);
}

static void test_inspect_and_discard(void **state)
{
    const char *file = scratch("file"), *path = scratch("journal");
    mmv_journal_info *info;
    (void)state;
    interrupt(&usual, file, path);
    assert_ok(mmv_journal_inspect(path, &info));
    assert_string_equal(info->operation, "change");
    assert_string_equal(info->path, path);
    assert_int_equal(info->mode, MMV_POSIX_ONLY ? MMV_JOURNAL_POWER : MMV_JOURNAL_KILL);
    assert_true(info->this_boot && !info->busy && info->begun > 1600000000);
    assert_int_equal(info->walks, 1);
    assert_int_equal(info->bytes, SIZE);
    assert_true(info->done < SIZE);
    mmv_journal_info_free(&info);
    assert_true(run_is(file, kept, SIZE));
    assert_ok(mmv_journal_discard(path));
    assert_false(file_exists(path));
    assert_true(run_is(file, kept, SIZE));
    assert_true(getxattr(file, "user.mmview.journal", text, sizeof text) < 0);
    assert_status(mmv_journal_discard(path), MMV_ENOENT);
    assert_status(mmv_journal_inspect(path, &info), MMV_ENOENT);
    /* Something else is not thrown away. */
    assert_status(mmv_journal_discard(file), MMV_EKIND);
    assert_status(mmv_journal_inspect(file, &info), MMV_EJOURNAL);
    assert_true(file_exists(file));
}

/* The device failed behind the walk: nobody may be told that all is well. */
static void test_spoiled(void **state)
{
    const char *file = scratch("file"), *path = scratch("journal");
    struct run run = usual;
    const mmv_journal_options options = {.mode = MMV_JOURNAL_KILL, .operation = "change", .bytes = SIZE, .threads = 2};
    mmv_map *map;
    mmv_journal *journal;
    (void)state;
    interrupt(&run, file, path);
    assert_ok(mmv_journal_open(path, &options, &journal));
    mmv_journal_end(journal, MMV_JOURNAL_SPOILED);
    mmv_journal_close(&journal);
    refused(&run, file, path, "the device failed");
    assert_ok(mmv_map_open(file, MMV_READ, &map));
    /* It lies elsewhere: only the mark can tell. */
    if (!MMV_POSIX_ONLY)
        assert_status(mmv_journal_check(map, 0, SIZE, NULL), MMV_EJOURNAL);
    mmv_map_close(&map);
    assert_ok(mmv_journal_discard(path));
    run_prepare(&run, file);
    finish(&run, file, path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_differs),
        cmocka_unit_test_teardown(test_another_start_of_the_system, fault_end),
        cmocka_unit_test(test_a_backup_put_back),
        cmocka_unit_test(test_names_and_marks),
        cmocka_unit_test_teardown(test_a_mark_that_stays_is_told, fault_end),
        cmocka_unit_test_teardown(test_without_marks, fault_end),
        cmocka_unit_test(test_two_at_once),
        cmocka_unit_test(test_inspect_and_discard),
        cmocka_unit_test(test_spoiled),
    };
    journal_then = malloc(JOURNAL_MOST);
    journal_now = malloc(JOURNAL_MOST);
    if (!journal_then || !journal_now || !scratch_use(NULL))
        return SKIP_WHOLE_TEST;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(journal_then);
    free(journal_now);
    return failed;
}
