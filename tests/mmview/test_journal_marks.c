/* SPDX-License-Identifier: MIT */
/*
 * test_journal_marks.c - what says of a file that a run has not finished it: on which files, how long, and for whom.
 */

#include "faults.h"
#include "several.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* The process ends before the n-th call. */
static atomic_long calls_left;

static void die_in_time(void)
{
    if (atomic_fetch_sub(&calls_left, 1) == 1)
        kill(getpid(), SIGKILL);
}

static int killed_at(struct several *several, fault_call call, long number)
{
    atomic_store(&calls_left, number);
    fault_hook(call, die_in_time);
    int status = several_child(several, 0);
    fault_reset();
    return status;
}

/* ---- marks stay until the end ----------------------------------------------------------------------------------- */

static void test_all_files_of_a_run(void **state)
{
    (void)state;
    for (mmv_journal_mode mode = MMV_JOURNAL_KILL; mode <= MMV_JOURNAL_POWER; mode++)
        for (int in = 0; in < FILES; in++) {
            struct several several = prepare(mode);
            need_marks();
            assert_int_equal(several_child(&several, in * STEPS + 37), RUN_KILLED);
            for (int i = 0; i < FILES; i++) {
                assert_int_equal(run_is_marked(several.files[i]), i <= in);
                mmv_journal_found found = found_at(several.files[i], SIZE - 1, 1);
                assert_int_equal(found.kind, i <= in ? MMV_JOURNAL_RUN : MMV_JOURNAL_NONE);
                if (i <= in)
                    assert_string_equal(found.path, several.path);
                free(found.path);
                if (i <= in)
                    refused_elsewhere(several.files[i], "belongs to an unfinished run");
            }
            /* Killed once more, a file later or at the very end of the last. */
            assert_int_equal(several_child(&several, STEPS - 20), RUN_KILLED);
            assert_int_equal(kind_of(several.files[0]), MMV_JOURNAL_RUN);
            finish(&several);
        }
}

/* Killed in its end, before each mark is off and before the journal goes: the same command only ends it. */
static void test_killed_in_the_end(void **state)
{
    (void)state;
    for (mmv_journal_mode mode = MMV_JOURNAL_KILL; mode <= MMV_JOURNAL_POWER; mode++)
        for (long number = 1; number <= FILES; number++) {
            struct several several = prepare(mode);
            need_marks();
            assert_int_equal(killed_at(&several, FAULT_NOTE_REMOVE, number), RUN_KILLED);
            assert_true(file_exists(several.path));
            /* The first file leads to the journal until the end. */
            assert_int_equal(kind_of(several.files[0]), MMV_JOURNAL_RUN);
            for (int i = 0; i < FILES; i++)
                assert_true(run_is(several.files[i], run_after, SIZE));
            /* Others must not end it: the one that ran it was told nothing. */
            refused_elsewhere(several.files[0], "belongs to an unfinished run");
            finish(&several);
        }
    struct several several = prepare(MMV_JOURNAL_KILL);
    assert_int_equal(killed_at(&several, FAULT_REMOVE, 1), RUN_KILLED);
    assert_true(file_exists(several.path));
    finish(&several);
}

/* Whatever their names are by then, no file of a run that is over bears its mark. */
static void test_renamed_files(void **state)
{
    (void)state;
    for (int which = 0; which < FILES; which++) {
        struct several several = prepare(MMV_JOURNAL_KILL);
        need_marks();
        assert_int_equal(several_child(&several, 2 * STEPS + 37), RUN_KILLED);
        assert_int_equal(rename(several.files[which], scratch("renamed")), 0);
        several.files[which] = scratch("renamed");
        assert_int_equal(kind_of(several.files[which]), MMV_JOURNAL_RUN);
        /* Also when the end itself is interrupted. */
        assert_int_equal(killed_at(&several, FAULT_NOTE_REMOVE, 2), RUN_KILLED);
        finish(&several);
        unlink(scratch("renamed"));
    }
}

/* ---- before the first record ------------------------------------------------------------------------------------ */

/* Killed between the mark and what the journal says of the file, then refused: nothing is left that refuses others. */
static void test_refused_before_the_first_record(void **state)
{
    (void)state;
    mmv_map *map;
    struct several several = prepare(MMV_JOURNAL_KILL);
    need_marks();
    /* The first time is for the stashes, the second for the log. */
    assert_int_equal(killed_at(&several, FAULT_RESIZE, 2), RUN_KILLED);
    assert_true(run_is_marked(several.files[0]) && file_exists(several.path));
    assert_true(run_is(several.files[0], run_before, SIZE));
    assert_int_equal(kind_of(several.files[0]), MMV_JOURNAL_RUN);
    assert_ok(mmv_map_open(several.files[0], MMV_READ_WRITE, &map));
    assert_ok(mmv_map_lock(map, 0, SIZE, 0));
    assert_int_equal(several_child(&several, 0), MMV_EBUSY);
    mmv_map_close(&map);
    assert_true(run_is_marked(several.files[0]) == file_exists(several.path));
    finish(&several);
    /* Another run has marked the file meanwhile: one of the two gives way. */
    several = prepare(MMV_JOURNAL_KILL);
    assert_int_equal(killed_at(&several, FAULT_RESIZE, 2), RUN_KILLED);
    assert_int_equal(setxattr(several.files[0], NAME ".2", "mmv9", 4, 0), 0);
    assert_int_equal(several_child(&several, 0), MMV_EJOURNAL);
    assert_int_equal(removexattr(several.files[0], NAME ".2"), 0);
    assert_int_equal(run_is_marked(several.files[0]), file_exists(several.path));
    finish(&several);
}

/* ---- whose mark it is ------------------------------------------------------------------------------------------- */

static void test_a_copy_is_foreign(void **state)
{
    (void)state;
    struct several several = prepare(MMV_JOURNAL_KILL);
    const char *copy = scratch("copy");
    mmv_map *map;
    need_marks();
    assert_int_equal(several_child(&several, STEPS + 37), RUN_KILLED);
    for (int i = 0; i < 2; i++) {
        static unsigned char then[SIZE];
        copy_with_marks(several.files[i], copy);
        file_get(copy, then, SIZE, 0);
        mmv_journal_found found = found_at(copy, 0, SIZE), own = found_at(several.files[i], 0, SIZE);
        assert_int_equal(found.kind, MMV_JOURNAL_FOREIGN);
        assert_int_equal(own.kind, MMV_JOURNAL_RUN);
        assert_true(found.run != 0 && found.run == own.run);
        assert_string_equal(found.path, own.path);
        free(found.path);
        free(own.path);
        refused_elsewhere(copy, "is a copy of a file that an unfinished run has changed in part");
        assert_ok(mmv_map_open(copy, MMV_READ, &map));
        char *place;
        assert_ok(mmv_journal_name(map, 0, 0, 0, &place));
        assert_string_not_equal(place, several.path);
        free(place);
        /* The first file alone says where the journal is; a run over the second alone is another one. */
        assert_ok(mmv_journal_name(map, 0, 0, MMV_JOURNAL_ADOPTED, &place));
        assert_int_equal(strcmp(place, several.path) == 0, i == 0 || !several_beside);
        free(place);
        mmv_map_close(&map);
        unmark(copy);
        assert_false(run_is_marked(copy));
        assert_int_equal(kind_of(copy), MMV_JOURNAL_NONE);
        assert_true(run_is(copy, then, SIZE));
        assert_int_equal(kind_of(several.files[i]), MMV_JOURNAL_RUN);
    }
    finish(&several);
}

/* In the place of a file that the run has not begun: its mark names the run, but it is as half changed as the first. */
static void test_a_copy_in_the_place_of_another(void **state)
{
    (void)state;
    struct several several = prepare(MMV_JOURNAL_KILL);
    static unsigned char then[SIZE], old[SIZE];
    need_marks();
    assert_int_equal(several_child(&several, STEPS / 2), RUN_KILLED);
    file_get(several.files[2], old, SIZE, 0);
    copy_with_marks(several.files[0], several.files[2]);
    file_get(several.files[2], then, SIZE, 0);
    assert_int_equal(several_child(&several, 0), MMV_EJOURNAL);
    assert_non_null(strstr(text, "is a copy of a file that an unfinished run has changed in part"));
    assert_true(run_is(several.files[2], then, SIZE));
    unmark(several.files[2]);
    file_put(several.files[2], old, SIZE);
    finish(&several);
}

/* All files of a run were moved to another file system: the first is done, the second half, the third as it was. */
static void test_adopted_files(void **state)
{
    (void)state;
    char names[FILES][16];
    for (long number = 0; number <= 3; number++) {
        struct several several = prepare(MMV_JOURNAL_KILL);
        need_marks();
        assert_int_equal(several_child(&several, STEPS + 37), RUN_KILLED);
        usleep(20000);
        for (int i = 0; i < FILES; i++) {
            snprintf(names[i], sizeof names[i], "copy%d", i);
            copy_with_marks(several.files[i], scratch(names[i]));
            unlink(several.files[i]);
            several.files[i] = scratch(names[i]);
        }
        assert_int_equal(several_child(&several, 0), MMV_EJOURNAL);
        several.adopt = true;
        /* Killed when it has adopted some: the others can still be. */
        if (number > 0)
            assert_int_equal(killed_at(&several, FAULT_NOTE_SET, number), RUN_KILLED);
        finish(&several);
        for (int i = 0; i < FILES; i++)
            unlink(several.files[i]);
    }
}

static void test_another_run_under_the_path(void **state)
{
    (void)state;
    struct several several = prepare(MMV_JOURNAL_KILL);
    const char *other = scratch("other");
    need_marks();
    assert_int_equal(several_child(&several, 37), RUN_KILLED);
    unlink(several.path);
    assert_int_equal(kind_of(several.files[0]), MMV_JOURNAL_ORPHAN);
    run_prepare(&usual, other);
    assert_int_equal(run_child(&usual, other, several.path, 37, text, sizeof text), RUN_KILLED);
    assert_int_equal(kind_of(other), MMV_JOURNAL_RUN);
    assert_int_equal(kind_of(several.files[0]), MMV_JOURNAL_ORPHAN);
    refused_elsewhere(several.files[0], "its journal is gone");
    /* Something that is no journal, or one with a damaged beginning of which nobody knows whose it is. */
    assert_ok(mmv_journal_discard(several.path));
    assert_int_equal(kind_of(other), MMV_JOURNAL_NONE);
    file_make(several.path, 10000, 3);
    assert_int_equal(kind_of(several.files[0]), MMV_JOURNAL_ORPHAN);
    unlink(several.path);
    unmark(several.files[0]);
    assert_int_equal(kind_of(several.files[0]), MMV_JOURNAL_NONE);
}

/* A copy of a whole folder can be cleaned up beside the original. */
static void test_a_copied_folder(void **state)
{
    (void)state;
    const char *file = scratch("folder/file"), *copy = scratch("copied/file");
    char beside[4096];
    mkdir(scratch("folder"), 0700);
    mkdir(scratch("copied"), 0700);
    prepare(MMV_JOURNAL_KILL);
    need_marks();
    run_prepare(&usual, file);
    char *path = place_of(file);
    assert_int_equal(run_child(&usual, file, path, 37, text, sizeof text), RUN_KILLED);
    snprintf(beside, sizeof beside, "%s/%s", scratch("copied"), strrchr(path, '/') + 1);
    copy_with_marks(file, copy);
    copy_with_marks(path, beside);
    assert_int_equal(kind_of(copy), MMV_JOURNAL_FOREIGN);
    assert_int_equal(run_child(&usual, copy, beside, 0, text, sizeof text), MMV_EJOURNAL);
    assert_ok(mmv_journal_discard(beside));
    assert_false(file_exists(beside));
    assert_int_equal(kind_of(copy), MMV_JOURNAL_FOREIGN);
    unmark(copy);
    assert_int_equal(kind_of(copy), MMV_JOURNAL_NONE);
    assert_true(file_exists(path));
    /* Also its mark, not only the journal beside it. */
    assert_true(run_is_marked(file));
    assert_int_equal(kind_of(file), MMV_JOURNAL_RUN);
    assert_int_equal(run_child(&usual, file, path, 0, text, sizeof text), MMV_OK);
    run_check(&usual, file, path);
    free(path);
}

/* ---- room ------------------------------------------------------------------------------------------------------- */

/* Names of more than 4096 bytes together, before the mark's: of the usual file systems tmpfs has the room. */
static void test_many_attributes(void **state)
{
    (void)state;
    char name[200];
    if (!scratch_use("/dev/shm"))
        skip_because("there is no tmpfs here");
    struct several several = prepare(MMV_JOURNAL_KILL);
    need_marks();
    for (int i = 0; i < 30; i++) {
        snprintf(name, sizeof name, "user.%0180d", i);
        if (setxattr(several.files[0], name, "", 0, 0) != 0)
            skip_because("this file system has no room for so many attributes");
    }
    assert_int_equal(several_child(&several, 37), RUN_KILLED);
    assert_int_equal(kind_of(several.files[0]), MMV_JOURNAL_RUN);
    refused_elsewhere(several.files[0], "belongs to an unfinished run");
    finish(&several);
}

static void test_no_room_for_a_mark(void **state)
{
    (void)state;
    const int errors[] = {ENOSPC, E2BIG, ERANGE, EIO};
    for (size_t i = 0; i < COUNT(errors); i++) {
        struct several several = prepare(MMV_JOURNAL_KILL);
        fault_at(FAULT_NOTE_SET, 0, errors[i]);
        int status = several_child(&several, 0);
        fault_reset();
        assert_int_equal(status, errors[i] == EIO ? MMV_EIO : MMV_ENOSPC);
        if (errors[i] != EIO)
            assert_non_null(strstr(text, "no room for the mark"));
        assert_true(run_is(several.files[0], run_before, SIZE));
        assert_false(file_exists(several.path));
        assert_false(run_is_marked(several.files[0]));
        finish(&several);
    }
    /* For the second file: the run stays, with what it has done. */
    struct several several = prepare(MMV_JOURNAL_KILL);
    need_marks();
    fault_at(FAULT_NOTE_SET, 2, EIO);
    assert_int_equal(several_child(&several, 0), MMV_EIO);
    fault_reset();
    assert_true(run_is(several.files[0], run_after, SIZE));
    assert_true(run_is(several.files[1], run_before, SIZE));
    assert_int_equal(kind_of(several.files[0]), MMV_JOURNAL_RUN);
    finish(&several);
    /* No room for the whole path: the name of a journal beside the file will do. */
    several = prepare(MMV_JOURNAL_KILL);
    fault_at(FAULT_NOTE_SET, 1, ENOSPC);
    assert_int_equal(several_child(&several, 37), RUN_KILLED);
    fault_reset();
    ssize_t length = getxattr(several.files[0], NAME, text, sizeof text - 1);
    assert_true(length > 0);
    text[length] = '\0';
    assert_null(strchr(text, '/'));
    assert_int_equal(kind_of(several.files[0]), MMV_JOURNAL_RUN);
    finish(&several);
}

/* ---- several walks over one file -------------------------------------------------------------------------------- */

static void test_marks_grow(void **state)
{
    (void)state;
    mmv_range pieces[] = {{16384, 8192}, {40960, 8192}, {0, 8192}, {0, 0}};
    const mmv_range marked[] = {{16384, 8192}, {16384, 32768}, {0, 49152}};
    struct several several = prepare(MMV_JOURNAL_KILL);
    need_marks();
    for (int in = 0; in < 3; in++) {
        run_set_steps(in * 16 + 5);
        assert_int_equal(run_in_child(several_walk_pieces, RUN_GIVE(pieces), text, sizeof text), RUN_KILLED);
        uint64_t start = marked[in].offset, end = start + marked[in].length;
        const struct {
            uint64_t offset, length;
            bool is_marked;
        } looks[] = {{0, start, false}, {start, 1, true}, {end - 1, 1, true}, {end, SIZE - end, false}};
        for (size_t i = 0; i < COUNT(looks); i++) {
            mmv_journal_found found =
                found_at(several.files[0], looks[i].offset, looks[i].length ? looks[i].length : MMV_EMPTY);
            assert_int_equal(found.kind != MMV_JOURNAL_NONE, looks[i].is_marked);
            free(found.path);
        }
        /* One mark, not one per walk. */
        assert_true(getxattr(several.files[0], NAME ".2", text, sizeof text) < 0);
        run_prepare(&usual, several.files[0]);
        assert_ok(mmv_journal_discard(several.path));
    }
    run_set_steps(0);
    assert_int_equal(run_in_child(several_walk_pieces, RUN_GIVE(pieces), text, sizeof text), MMV_OK);
    assert_false(run_is_marked(several.files[0]));
    for (int i = 0; i < 3; i++)
        memcpy(run_before + pieces[i].offset, run_after + pieces[i].offset, pieces[i].length);
    assert_true(run_is(several.files[0], run_before, SIZE));
}

static int beside(void **state)
{
    (void)state;
    several_beside = true;
    return 0;
}

static int reset(void **state)
{
    (void)state;
    several_beside = false;
    fault_reset();
    return 0;
}

/* With long marks only, and with short ones on all but the first file. */
#define BOTH(test)                                                                                                     \
    cmocka_unit_test_teardown(test, reset),                                                                            \
    {                                                                                                                  \
#test "_beside", test, beside, reset, NULL                                                                     \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(test_all_files_of_a_run),
        BOTH(test_killed_in_the_end),
        BOTH(test_renamed_files),
        BOTH(test_refused_before_the_first_record),
        BOTH(test_a_copy_is_foreign),
        BOTH(test_a_copy_in_the_place_of_another),
        BOTH(test_adopted_files),
        BOTH(test_another_run_under_the_path),
        cmocka_unit_test_teardown(test_a_copied_folder, reset),
        BOTH(test_no_room_for_a_mark),
        cmocka_unit_test_teardown(test_marks_grow, reset),
        cmocka_unit_test_teardown(test_many_attributes, reset), /* the last: elsewhere */
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
