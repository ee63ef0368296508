/* SPDX-License-Identifier: MIT */
/*
 * test_journal_pointers.c - what stands beside a file that can have no marks, also of files with the longest names.
 */

#include "faults.h"
#include "several.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- no marks at all -------------------------------------------------------------------------------------------- */

static void forbid_marks(void)
{
    fault_at(FAULT_NOTE_SET, 0, ENOTSUP);
    fault_at(FAULT_NOTES, 0, ENOTSUP);
}

static void pointer_name(const char *file, size_t size, char name[512])
{
    snprintf(name, 512, "%s.mmj.0-%zu", file, size);
}

static void test_pointers(void **state)
{
    (void)state;
    static char name[512]; /* a child has no stack of its parent's */
    for (int small = 0; small < 2; small++)
        for (int beside = 0; beside < 2; beside++) {
            struct several several = prepare(MMV_JOURNAL_KILL);
            size_t size = small ? 1024 : SIZE;
            for (int i = 0; i < FILES; i++)
                file_cut(several.files[i], size);
            pointer_name(several.files[0], size, name);
            if (beside)
                several.path = name;
            forbid_marks();
            assert_int_equal(several_child(&several, 2 * (long)size / 512 + 1), RUN_KILLED);
            for (int i = 0; i < FILES; i++) {
                char other[512];
                mmv_map *map;
                pointer_name(several.files[i], size, other);
                assert_true(file_exists(other));
                mmv_journal_found found = found_at(several.files[i], 0, size);
                assert_int_equal(found.kind, MMV_JOURNAL_RUN);
                assert_string_equal(found.path, several.path);
                free(found.path);
                assert_ok(mmv_map_open(other, MMV_READ, &map));
                assert_int_equal(mmv_map_own_kind(map), i == 0 && beside ? MMV_OWN_JOURNAL : MMV_OWN_MARK);
                mmv_map_close(&map);
                struct run run = usual;
                run.size = size;
                assert_int_equal(run_child(&run, several.files[i], scratch("another"), 0, text, sizeof text),
                                 MMV_EJOURNAL);
                assert_false(file_exists(scratch("another")));
            }
            if (several_child(&several, 0) != MMV_OK)
                fail_msg("the right run: %s", text);
            for (int i = 0; i < FILES; i++) {
                char other[512];
                pointer_name(several.files[i], size, other);
                assert_false(file_exists(other));
                assert_true(run_is(several.files[i], run_after, size));
            }
            assert_false(file_exists(several.path));
            fault_reset();
        }
}

/* Its journal gone, and copied to another folder. */
static void test_pointers_lead_nowhere(void **state)
{
    (void)state;
    char name[512], copied[512];
    const char *copy = scratch("copies/second");
    struct several several = prepare(MMV_JOURNAL_KILL);
    forbid_marks();
    assert_int_equal(several_child(&several, STEPS + 37), RUN_KILLED);
    mkdir(scratch("copies"), 0700);
    pointer_name(several.files[1], SIZE, name);
    pointer_name(copy, SIZE, copied);
    copy_with_marks(several.files[1], copy);
    copy_with_marks(name, copied);
    /* Whoever gives the copy up must not be led to the run. */
    assert_int_equal(kind_of(copy), MMV_JOURNAL_FOREIGN);
    refused_elsewhere(copy, "is a copy of a file");
    unmark(copy);
    assert_false(file_exists(copied));
    assert_int_equal(kind_of(copy), MMV_JOURNAL_NONE);
    assert_int_equal(kind_of(several.files[1]), MMV_JOURNAL_RUN);
    finish(&several);
    several = prepare(MMV_JOURNAL_KILL);
    assert_int_equal(several_child(&several, 37), RUN_KILLED);
    unlink(several.path);
    assert_int_equal(kind_of(several.files[0]), MMV_JOURNAL_ORPHAN);
    unmark(several.files[0]);
    assert_int_equal(kind_of(several.files[0]), MMV_JOURNAL_NONE);
    pointer_name(several.files[0], SIZE, name);
    assert_false(file_exists(name));
    fault_reset();
}

static bool see_own(const char *folder)
{
    bool seen = false;
    DIR *stream = opendir(folder);
    assert_non_null(stream);
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;)
        seen |= strncmp(entry->d_name, "first.mmj.", 10) == 0;
    closedir(stream);
    return seen;
}

/* Whatever ranges they had while they were needed, and also when the run was refused before it began. */
static void test_pointers_go(void **state)
{
    (void)state;
    mmv_range pieces[] = {{16384, 8192}, {40960, 8192}, {0, 8192}, {0, 0}};
    prepare(MMV_JOURNAL_KILL);
    forbid_marks();
    run_set_steps(2 * 16 + 5);
    assert_int_equal(run_in_child(several_walk_pieces, RUN_GIVE(pieces), text, sizeof text), RUN_KILLED);
    assert_true(see_own(scratch(".")));
    run_set_steps(0);
    assert_int_equal(run_in_child(several_walk_pieces, RUN_GIVE(pieces), text, sizeof text), MMV_OK);
    assert_false(see_own(scratch(".")));
    struct several several = prepare(MMV_JOURNAL_KILL);
    fault_at(FAULT_ALLOCATE, 2, ENOSPC);
    assert_int_equal(several_child(&several, 0), MMV_ENOSPC);
    assert_false(see_own(scratch(".")));
    assert_false(file_exists(several.path));
}

/* Once more to find a name for a journal: where a file cannot be without one until it is complete. */
#ifdef O_TMPFILE
#define LISTS 2
#else
#define LISTS 3
#endif

/* A folder of many files is slow to list: once for what lies in it when a run begins, and once for its pointers. */
static void test_the_folder_is_listed_twice(void **state)
{
    const char *file = scratch("file"), *path = scratch("journal");
    struct run run = usual;
    (void)state;
    run_prepare(&run, file);
    assert_ok(run_here(&run, file, path, 0));
    assert_int_equal(fault_count(FAULT_LIST), LISTS);
    run_check(&run, file, path);
}

/* ---- long names ------------------------------------------------------------------------------------------------- */

static void test_longest_names(void **state)
{
    (void)state;
    char names[2][256];
    const char *files[2];
    for (int i = 0; i < 2; i++) {
        memset(names[i], 'n', 255);
        names[i][255] = '\0';
        names[i][254] = (char)('0' + i);
        files[i] = scratch(names[i]);
    }
    for (int marks = 0; marks < 2; marks++) {
        if (!marks)
            forbid_marks();
        for (int i = 0; i < 2; i++)
            run_prepare(&usual, files[i]);
        char *path = place_of(files[0]), *other = place_of(files[1]);
        assert_string_not_equal(path, other);
        assert_true(strlen(strrchr(path, '/')) <= 256);
        assert_int_equal(run_child(&usual, files[0], path, 37, text, sizeof text), RUN_KILLED);
        assert_int_equal(kind_of(files[0]), MMV_JOURNAL_RUN);
        assert_int_equal(kind_of(files[1]), MMV_JOURNAL_NONE);
        assert_int_equal(run_child(&usual, files[1], other, 0, text, sizeof text), MMV_OK);
        run_check(&usual, files[1], other);
        assert_int_equal(run_child(&usual, files[0], path, 0, text, sizeof text), MMV_OK);
        run_check(&usual, files[0], path);
        free(path);
        free(other);
        fault_reset();
    }
}

/* In a folder whose path is about as long as a path can be, and in one that only relative paths reach. */
static void test_deepest_folder(void **state)
{
    (void)state;
    char step[201], deepest[256] = "";
    int home = open(".", O_RDONLY | O_DIRECTORY), depth = 0;
    memset(step, 'd', 200);
    step[200] = '\0';
    assert_int_equal(chdir(scratch(".")), 0);
    size_t length = strlen(scratch(".")) - 1;
    for (; length + 201 < 4080; length += 201, depth++)
        assert_true(mkdir(step, 0700) == 0 && chdir(step) == 0);
    if (4080 - length > 1) {
        memset(deepest, 'e', 4080 - length - 1);
        assert_true(mkdir(deepest, 0700) == 0 && chdir(deepest) == 0);
    }
    for (int beyond = 0; beyond < 2; beyond++) {
        if (beyond)
            assert_true(mkdir(step, 0700) == 0 && chdir(step) == 0);
        run_prepare(&usual, "file");
        char *path = place_of("file");
        if (run_child(&usual, "file", path, 37, text, sizeof text) != RUN_KILLED)
            fail_msg("not killed, but: %s", text);
        mmv_journal_found found = found_at("file", 0, SIZE);
        assert_int_equal(found.kind, MMV_JOURNAL_RUN);
        free(found.path);
        assert_int_equal(run_child(&usual, "file", path, 0, text, sizeof text), MMV_OK);
        run_check(&usual, "file", path);
        free(path);
        unlink("file");
    }
    assert_true(chdir("..") == 0 && rmdir(step) == 0);
    if (deepest[0])
        assert_true(chdir("..") == 0 && rmdir(deepest) == 0);
    for (; depth > 0; depth--)
        assert_true(chdir("..") == 0 && rmdir(step) == 0);
    assert_int_equal(fchdir(home), 0);
    close(home);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_pointers, fault_end),
        cmocka_unit_test_teardown(test_pointers_lead_nowhere, fault_end),
        cmocka_unit_test_teardown(test_pointers_go, fault_end),
        cmocka_unit_test_teardown(test_the_folder_is_listed_twice, fault_end),
        cmocka_unit_test_teardown(test_longest_names, fault_end),
        cmocka_unit_test_teardown(test_deepest_folder, fault_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
