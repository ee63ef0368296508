/* SPDX-License-Identifier: MIT */
/*
 * test_journal_short.c - short marks: on which files of a run they are, what they lead to wherever files, folders and
 * journals are moved, and that no way leads to a lock for good or to a byte that is changed twice.
 */

#include "faults.h"
#include "os/linux/statx.h"
#include "several.h"

#include <fcntl.h>
#include <unistd.h>

static char mark[8192]; /* as read last */

static const char *mark_of(const char *file)
{
    ssize_t length = getxattr(file, NAME, mark, sizeof mark - 1);
    mark[length > 0 ? length : 0] = '\0';
    return mark;
}

static bool is_short(const char *file)
{
    return strncmp(mark_of(file), "mmv3 ", 5) == 0;
}

/* Three files in a folder, the second of them half changed. */
static struct several begin_in(const char *folder, const char *names[FILES])
{
    char path[128];
    struct several several = prepare(MMV_JOURNAL_KILL);
    need_marks();
    mkdir(scratch(folder), 0700);
    mkdir(scratch("other"), 0700);
    for (int i = 0; i < FILES; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        several.files[i] = scratch(path);
        run_prepare(&usual, several.files[i]);
    }
    snprintf(path, sizeof path, "%s/%s.mmj.0-65536", folder, names[0]);
    several.path = scratch(path);
    unlink(several.path);
    assert_int_equal(several_child(&several, STEPS + 37), RUN_KILLED);
    assert_true(is_short(several.files[1]));
    return several;
}

static struct several begin(void)
{
    const char *names[FILES] = {"first", "second", "third"};
    return begin_in("here", names);
}

static void leads_to(const char *file, mmv_journal_kind kind, const char *path)
{
    mmv_journal_found found = found_at(file, 0, SIZE);
    assert_int_equal(found.kind, kind);
    assert_string_equal(found.path, path);
    free(found.path);
}

static void leads_nowhere(const char *file)
{
    leads_to(file, MMV_JOURNAL_ORPHAN, "");
    refused_elsewhere(file, "its journal is gone, or lies in the folder where the file was before");
}

static void move(const char **file, const char *to)
{
    assert_int_equal(rename(*file, scratch(to)), 0);
    *file = scratch(to);
}

/* Changed by nobody while marks come and go. */
static unsigned char then[SIZE];

static void keep(const char *file)
{
    file_get(file, then, SIZE, 0);
}

/* ---- which files ------------------------------------------------------------------------------------------------ */

static void test_which_files(void **state)
{
    (void)state;
    struct several several = begin();
    assert_int_equal(strncmp(mark_of(several.files[0]), "mmv2 ", 5), 0);
    assert_non_null(strstr(mark, several.path));
    /* An inode of ext4 has some hundred bytes for all attributes. */
    assert_true(is_short(several.files[1]) && strlen(mark) < 64);
    assert_false(run_is_marked(several.files[2]));
    leads_to(several.files[1], MMV_JOURNAL_RUN, several.path);
    refused_elsewhere(several.files[1], "belongs to an unfinished run");
    finish(&several);
    /* A journal in another folder, or one that its name does not give away. */
    const char *const paths[] = {"other/first.mmj.0-65536", "here/journal", "here/first.mmj.elsewhere"};
    for (size_t i = 0; i < COUNT(paths); i++) {
        several.path = scratch(paths[i]);
        for (int j = 0; j < FILES; j++)
            run_prepare(&usual, several.files[j]);
        assert_int_equal(several_child(&several, STEPS + 37), RUN_KILLED);
        assert_false(is_short(several.files[1]));
        leads_to(several.files[1], MMV_JOURNAL_RUN, several.path);
        finish(&several);
    }
}

/* ---- files that are moved --------------------------------------------------------------------------------------- */

static void test_the_second_moved_alone(void **state)
{
    (void)state;
    for (int way = 0; way < 4; way++) {
        struct several several = begin();
        keep(several.files[1]);
        move(&several.files[1], "other/second");
        leads_nowhere(several.files[1]);
        leads_to(several.files[0], MMV_JOURNAL_RUN, several.path);
        if (way == 1) /* back again */
            move(&several.files[1], "here/renamed");
        if (way == 1)
            leads_to(several.files[1], MMV_JOURNAL_RUN, several.path);
        if (way >= 2)
            unmark(several.files[1]);
        if (way == 3) { /* given up for good: the run over the others does not end as if it were done */
            file_put(several.files[1], run_before, SIZE);
            assert_int_equal(several_child(&several, 0), MMV_EJOURNAL);
            assert_true(run_is(several.files[1], run_before, SIZE));
            assert_ok(mmv_journal_discard(several.path));
            for (int i = 0; i < FILES; i++)
                assert_false(run_is_marked(several.files[i]));
            continue;
        }
        if (way >= 2)
            assert_true(run_is(several.files[1], then, SIZE));
        /* The same command, killed once more on the way: now its mark says where the journal is. */
        assert_int_equal(several_child(&several, 60), RUN_KILLED);
        leads_to(several.files[1], MMV_JOURNAL_RUN, several.path);
        finish(&several);
    }
}

static void test_the_second_moved_to_another_file_system(void **state)
{
    (void)state;
    struct several several = begin();
    const char *moved = scratch("other/second");
    usleep(20000);
    copy_with_marks(several.files[1], moved);
    unlink(several.files[1]);
    several.files[1] = moved;
    keep(moved);
    leads_to(moved, MMV_JOURNAL_FOREIGN, "");
    refused_elsewhere(moved, "is a copy of a file");
    assert_int_equal(several_child(&several, 0), MMV_EJOURNAL);
    assert_true(run_is(moved, then, SIZE));
    several.adopt = true;
    finish(&several);
}

static void test_the_first_moved_away(void **state)
{
    (void)state;
    struct several several = begin();
    move(&several.files[0], "other/first");
    for (int i = 0; i < 2; i++)
        leads_to(several.files[i], MMV_JOURNAL_RUN, several.path);
    finish(&several);
    /* And its journal with it. */
    several = begin();
    move(&several.files[0], "other/first");
    move(&several.path, "other/first.mmj.0-65536");
    leads_nowhere(several.files[1]);
    finish(&several);
    /* Given up there, the run's other files are free, too. */
    several = begin();
    move(&several.files[0], "other/first");
    move(&several.path, "other/first.mmj.0-65536");
    assert_ok(mmv_journal_discard(several.path));
    assert_int_equal(kind_of(several.files[1]), MMV_JOURNAL_NONE);
}

static void test_hard_links(void **state)
{
    (void)state;
    for (int way = 0; way < 2; way++) {
        struct several several = begin();
        const char *other = scratch("other/link");
        unlink(other);
        assert_int_equal(link(several.files[1], other), 0);
        leads_nowhere(other);
        leads_to(several.files[1], MMV_JOURNAL_RUN, several.path);
        if (way == 1) {
            unmark(other);
            assert_int_equal(kind_of(several.files[1]), MMV_JOURNAL_NONE);
        }
        finish(&several);
        assert_false(run_is_marked(other));
    }
}

/* ---- folders ---------------------------------------------------------------------------------------------------- */

static void test_the_folder_renamed(void **state)
{
    (void)state;
    for (int way = 0; way < 2; way++) {
        struct several several = begin();
        assert_int_equal(rename(scratch("here"), scratch("there")), 0);
        several.files[0] = scratch("there/first");
        several.files[1] = scratch("there/second");
        several.files[2] = scratch("there/third");
        several.path = scratch("there/first.mmj.0-65536");
        leads_to(several.files[1], MMV_JOURNAL_RUN, several.path);
        refused_elsewhere(several.files[1], "belongs to an unfinished run");
        if (way == 0)
            finish(&several);
        else {
            assert_ok(mmv_journal_discard(several.path));
            /* The journal knows the old names only. */
            leads_nowhere(several.files[1]);
            unmark(several.files[1]);
            assert_int_equal(kind_of(several.files[1]), MMV_JOURNAL_NONE);
        }
        assert_int_equal(rename(scratch("there"), scratch("here")), 0);
    }
}

static void test_the_folder_copied(void **state)
{
    (void)state;
    const char *const names[] = {"first", "second", "third"};
    for (int renamed = 0; renamed < 2; renamed++) {
        struct several several = begin();
        int home = open(".", O_RDONLY | O_DIRECTORY);
        char path[64];
        mkdir(scratch("copied"), 0700);
        usleep(20000);
        for (int i = 0; i < FILES; i++) {
            snprintf(path, sizeof path, "copied/%s", names[i]);
            copy_with_marks(several.files[i], scratch(path));
        }
        copy_with_marks(several.path, scratch(renamed ? "copied/x.mmj.0-65536" : "copied/first.mmj.0-65536"));
        keep(scratch("copied/second"));
        assert_int_equal(kind_of(scratch("copied/second")), MMV_JOURNAL_FOREIGN);
        refused_elsewhere(scratch("copied/second"), "is a copy of a file");
        assert_int_equal(chdir(scratch("copied")), 0);
        assert_ok(mmv_journal_discard(renamed ? "x.mmj.0-65536" : "first.mmj.0-65536"));
        assert_int_equal(fchdir(home), 0);
        close(home);
        for (int i = 0; i < 2; i++) {
            snprintf(path, sizeof path, "copied/%s", names[i]);
            leads_to(several.files[i], MMV_JOURNAL_RUN, several.path);
            assert_int_equal(kind_of(scratch(path)), MMV_JOURNAL_FOREIGN);
            unmark(scratch(path));
            assert_int_equal(kind_of(scratch(path)), MMV_JOURNAL_NONE);
            leads_to(several.files[i], MMV_JOURNAL_RUN, several.path);
        }
        assert_true(run_is(scratch("copied/second"), then, SIZE));
        finish(&several);
    }
}

/* ---- journals --------------------------------------------------------------------------------------------------- */

static void test_the_journal_copied_beside(void **state)
{
    (void)state;
    struct several several = begin();
    const char *copy = scratch("here/kept.mmj.0-65536");
    copy_with_marks(several.path, copy);
    assert_ok(mmv_journal_discard(copy));
    for (int i = 0; i < 2; i++)
        leads_to(several.files[i], MMV_JOURNAL_RUN, several.path);
    finish(&several);
    /* The other way round the copy is what the marks lead to. */
    several = begin();
    copy_with_marks(several.path, copy);
    assert_ok(mmv_journal_discard(several.path));
    leads_to(several.files[1], MMV_JOURNAL_RUN, copy);
    assert_ok(mmv_journal_discard(copy));
    for (int i = 0; i < FILES; i++)
        assert_false(run_is_marked(several.files[i]));
    /* A run that is over leaves no mark, whatever copies there are. */
    several = begin();
    copy_with_marks(several.path, copy);
    assert_int_equal(several_child(&several, 0), MMV_OK);
    for (int i = 0; i < FILES; i++)
        assert_false(run_is_marked(several.files[i]));
    unlink(copy);
}

static void test_the_journal_removed(void **state)
{
    (void)state;
    struct several several = begin();
    keep(several.files[1]);
    unlink(several.path);
    leads_nowhere(several.files[1]);
    unmark(several.files[1]);
    assert_int_equal(kind_of(several.files[1]), MMV_JOURNAL_NONE);
    assert_true(run_is(several.files[1], then, SIZE));
    assert_int_equal(kind_of(several.files[0]), MMV_JOURNAL_ORPHAN);
    /* Nobody knows whose it is when its beginning is damaged. */
    several = begin();
    file_put_at(several.path, then, 64, 0);
    leads_nowhere(several.files[1]);
}

static void test_two_runs_in_one_folder(void **state)
{
    (void)state;
    const char *names[FILES] = {"fourth", "fifth", "sixth"};
    for (int way = 0; way < 2; way++) {
        struct several one = begin(), two = begin_in("here", names);
        leads_to(one.files[1], MMV_JOURNAL_RUN, one.path);
        leads_to(two.files[1], MMV_JOURNAL_RUN, two.path);
        if (way == 0)
            finish(&one);
        else
            assert_ok(mmv_journal_discard(one.path));
        assert_int_equal(kind_of(one.files[1]), MMV_JOURNAL_NONE);
        leads_to(two.files[1], MMV_JOURNAL_RUN, two.path);
        finish(&two);
    }
}

/* Whoever looks at many files has read the folder before the journal was there. */
static void test_a_journal_since(void **state)
{
    (void)state;
    mmv_journal_cache *known = NULL;
    mmv_map *map;
    struct several several = begin();
    finish(&several);
    assert_ok(mmv_map_open(several.files[2], MMV_READ, &map));
    assert_ok(mmv_journal_check(map, 0, SIZE, &known));
    mmv_map_close(&map);
    several = begin();
    assert_ok(mmv_map_open(several.files[1], MMV_READ, &map));
    assert_status(mmv_journal_check(map, 0, SIZE, &known), MMV_EJOURNAL);
    assert_string_equal(mmv_last_error()->file, several.path);
    mmv_map_close(&map);
    mmv_journal_cache_free(&known);
    finish(&several);
}

/* ---- what a mark says ------------------------------------------------------------------------------------------- */

/* As the version before made it: it said everything on each file. */
static void write_long(const struct several *several, int which)
{
    char line[8192];
    unsigned long long run, inode, birth, volume;
    struct statx own;
    assert_int_equal(sscanf(mark_of(several->files[0]), "mmv2 %llx %llu %llu %llu", &run, &inode, &birth, &volume), 4);
    assert_int_equal(statx(AT_FDCWD, several->files[which], 0, STATX_INO | STATX_BTIME, &own), 0);
    birth = (unsigned long long)own.stx_btime.tv_sec * 1000000000 + own.stx_btime.tv_nsec;
    snprintf(line, sizeof line, "mmv2 %016llx %llu %llu %llu 0-%zu %s", run, (unsigned long long)own.stx_ino, birth,
             volume, SIZE, several->path);
    assert_int_equal(setxattr(several->files[which], NAME, line, strlen(line), 0), 0);
}

static void test_a_run_of_the_version_before(void **state)
{
    (void)state;
    for (int way = 0; way < 3; way++) {
        struct several several = begin();
        write_long(&several, 1);
        leads_to(several.files[1], MMV_JOURNAL_RUN, several.path);
        if (way == 1) { /* gone on with: both kinds side by side */
            assert_int_equal(several_child(&several, STEPS), RUN_KILLED);
            assert_true(is_short(several.files[2]));
            write_long(&several, 1);
            for (int i = 0; i < FILES; i++)
                leads_to(several.files[i], MMV_JOURNAL_RUN, several.path);
        }
        if (way < 2)
            finish(&several);
        else
            assert_ok(mmv_journal_discard(several.path));
        for (int i = 0; i < FILES; i++)
            assert_false(run_is_marked(several.files[i]));
    }
}

/* For another file, or of another run, it says that this is a copy: each of its parts counts. */
static void test_whose_it_is(void **state)
{
    (void)state;
    struct several several = begin();
    char text_of_second[128];
    snprintf(text_of_second, sizeof text_of_second, "%.127s", mark_of(several.files[1]));
    assert_int_equal(setxattr(several.files[2], NAME, text_of_second, strlen(text_of_second), 0), 0);
    leads_to(several.files[2], MMV_JOURNAL_FOREIGN, several.path);
    refused_elsewhere(several.files[2], "is a copy of a file");
    unmark(several.files[2]);
    leads_to(several.files[1], MMV_JOURNAL_RUN, several.path);
    for (size_t at = 5; at < 5 + 16 + 1 + 16; at++) {
        char other[128];
        memcpy(other, text_of_second, sizeof other);
        if (other[at] == ' ')
            continue;
        other[at] = other[at] == '0' ? '1' : '0';
        assert_int_equal(setxattr(several.files[1], NAME, other, strlen(other), 0), 0);
        assert_int_equal(kind_of(several.files[1]), MMV_JOURNAL_FOREIGN);
    }
    /* What no version has written refuses all others. */
    const char *const bad[] = {"mmv3 ", "mmv3 1", "mmv3 1 2", "mmv3 1 2 3", "mmv3 1 2 0-65536 x", "mmv3 x 2 0-65536"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(setxattr(several.files[1], NAME, bad[i], strlen(bad[i]), 0), 0);
        assert_int_equal(kind_of(several.files[1]), MMV_JOURNAL_ORPHAN);
    }
    assert_int_equal(setxattr(several.files[1], NAME, text_of_second, strlen(text_of_second), 0), 0);
    finish(&several);
}

/* ---- long names ------------------------------------------------------------------------------------------------- */

static void test_long_names(void **state)
{
    (void)state;
    static char names[FILES][300];
    struct several several = prepare(MMV_JOURNAL_KILL);
    mmv_map *map;
    char *path;
    need_marks();
    for (int i = 0; i < FILES; i++) {
        memset(names[i], 'n', 249);
        names[i][248] = (char)('0' + i);
        names[i][249] = '\0';
        several.files[i] = scratch(names[i]);
        run_prepare(&usual, several.files[i]);
    }
    assert_ok(mmv_map_open(several.files[0], MMV_READ, &map));
    assert_ok(mmv_journal_name(map, 0, 0, 0, &path));
    mmv_map_close(&map);
    several.path = path;
    assert_int_equal(several_child(&several, STEPS + 37), RUN_KILLED);
    assert_true(is_short(several.files[1]));
    leads_to(several.files[1], MMV_JOURNAL_RUN, path);
    move(&several.files[1], "other/second");
    leads_nowhere(several.files[1]);
    finish(&several);
    free(path);
}

static int beside(void **state)
{
    (void)state;
    several_beside = true;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_which_files),
        cmocka_unit_test(test_the_second_moved_alone),
        cmocka_unit_test(test_the_second_moved_to_another_file_system),
        cmocka_unit_test(test_the_first_moved_away),
        cmocka_unit_test(test_hard_links),
        cmocka_unit_test(test_the_folder_renamed),
        cmocka_unit_test(test_the_folder_copied),
        cmocka_unit_test(test_the_journal_copied_beside),
        cmocka_unit_test(test_the_journal_removed),
        cmocka_unit_test(test_two_runs_in_one_folder),
        cmocka_unit_test(test_a_journal_since),
        cmocka_unit_test(test_a_run_of_the_version_before),
        cmocka_unit_test(test_whose_it_is),
        cmocka_unit_test(test_long_names),
    };
    return cmocka_run_group_tests(tests, beside, NULL);
}
