/* SPDX-License-Identifier: MIT */
/*
 * test_journal_lost.c - journals whose bytes were lost with the machine: the name is there, and the file is empty, cut
 * off, or begins with zeros. Nobody goes on, everybody is told, and --discard-journal's way out is open. What has such
 * a name and is something else is never removed.
 */

#include "runs.h"

#include <mmview/map.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define SIZE ((size_t)41000)
#define LARGEST (4 * MMV_MIB)

static const struct run usual = {.size = SIZE, .record = 8, .threads = 1, .io = MMV_IO_MMAP, .mode = MMV_JOURNAL_KILL};
static unsigned char then[RUN_LARGEST], whole[LARGEST];
static char text[512], path[4200];
static const char *file;
static size_t size;

/* What became of the journal: of its first 'length' bytes those before 'zeros' are zeros. */
struct beginning {
    const char *what;
    size_t length, zeros;
};

/* The name that a journal has beside the file. */
static void name_journal(unsigned what)
{
    mmv_map *map;
    char *name;
    assert_int_equal(mmv_map_open(file, MMV_READ, &map), MMV_OK);
    assert_int_equal(mmv_journal_name(map, 0, 0, what, &name), MMV_OK);
    snprintf(path, sizeof path, "%s", name);
    free(name);
    mmv_map_close(&map);
}

/* A run that was killed in its middle, and its journal under its usual name. */
static void interrupt(void)
{
    run_prepare(&usual, file);
    name_journal(0);
    assert_int_equal(run_child(&usual, file, path, 7, text, sizeof text), RUN_KILLED);
    file_get(file, then, SIZE, 0);
    size = (size_t)file_length(path);
    assert_in_range(size, 4097, sizeof whole);
    file_get(path, whole, size, 0);
}

static void lose(const struct beginning *beginning)
{
    size_t length = beginning->length < size ? beginning->length : size;
    size_t zeros = beginning->zeros < length ? beginning->zeros : length;
    unsigned char *bytes = malloc(length + 1);
    assert_non_null(bytes);
    memcpy(bytes, whole, length);
    memset(bytes, 0, zeros);
    file_put(path, bytes, length);
    free(bytes);
}

static mmv_journal_found find(void)
{
    mmv_map *map;
    mmv_journal_found found;
    assert_int_equal(mmv_map_open(file, MMV_READ, &map), MMV_OK);
    assert_int_equal(mmv_journal_find(map, 0, SIZE, &found), MMV_OK);
    mmv_map_close(&map);
    return found;
}

/* The same command, and any other that reads or changes the file. */
static void refuses(const char *what)
{
    mmv_map *map;
    mmv_status status = run_here(&usual, file, path, 0);
    if (status != MMV_EJOURNAL || !strstr(mmv_last_error()->detail, "lost with the machine"))
        fail_msg("%s: the same command: status %d, %s", what, (int)status, mmv_last_error()->detail);
    assert_int_equal(mmv_map_open(file, MMV_READ, &map), MMV_OK);
    status = mmv_journal_check(map, 0, SIZE, NULL);
    if (status != MMV_EJOURNAL || !strstr(mmv_last_error()->detail, "lost with the machine"))
        fail_msg("%s: others: status %d, %s", what, (int)status, mmv_last_error()->detail);
    mmv_map_close(&map);
    assert_true(run_is(file, then, SIZE));
}

static void count_extent(const mmv_journal_extent *extent, void *user)
{
    (void)extent;
    ++*(unsigned *)user;
}

static void tells(const char *what)
{
    unsigned extents = 0;
    mmv_journal_info *info = NULL;
    if (mmv_journal_inspect(path, &info) != MMV_OK || !info->lost || info->busy || info->bytes != 0)
        fail_msg("%s: it is not said to be lost", what);
    assert_string_equal(info->path, path);
    mmv_journal_info_free(&info);
    assert_int_equal(mmv_journal_extents(path, count_extent, &extents), MMV_OK);
    assert_int_equal(extents, 0);
    mmv_journal_found found = find();
    if (found.kind != MMV_JOURNAL_RUN || strcmp(found.path, path) != 0)
        fail_msg("%s: the file does not lead to it, but to kind %d", what, (int)found.kind);
    free(found.path);
}

static void is_discarded(const char *what)
{
    if (mmv_journal_discard(path) != MMV_OK)
        fail_msg("%s: not discarded: %s", what, mmv_last_error()->detail);
    mmv_journal_found found = find();
    if (found.kind != MMV_JOURNAL_NONE || file_exists(path) || run_is_marked(file))
        fail_msg("%s: discarded, and the file still is of a run of kind %d", what, (int)found.kind);
    assert_true(run_is(file, then, SIZE));
}

static void test_every_beginning(void **state)
{
    static const struct beginning beginnings[] = {
        {"no bytes", 0, 0},
        {"one byte", 1, 0},
        {"one zero", 1, 1},
        {"half a mark", 4, 0},
        {"a mark but its end", 7, 0},
        {"half a mark of zeros", 4, 4},
        {"a mark and no more", 8, 0},
        {"half a header", 1700, 0},
        {"half a header of zeros", 1700, 1700},
        {"a sector of zeros, then the header", LARGEST, 512},
        {"a block of zeros, then data", LARGEST, 4096},
        {"a header of zeros and no more", 4096, 4096},
        {"nothing but zeros", LARGEST, LARGEST},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(beginnings); i++) {
        interrupt();
        lose(&beginnings[i]);
        refuses(beginnings[i].what);
        tells(beginnings[i].what);
        is_discarded(beginnings[i].what);
        assert_int_equal(run_here(&usual, file, path, 0), MMV_OK);
    }
}

/* The mark may be lost as well, or the name only: a journal of that name is enough. */
static void test_without_a_mark(void **state)
{
    (void)state;
    run_prepare(&usual, file);
    file_get(file, then, SIZE, 0);
    name_journal(0);
    file_put(path, "", 0);
    refuses("no mark");
    tells("no mark");
    is_discarded("no mark");
}

/* The records of jobs have such names, too. */
static void test_job(void **state)
{
    char zeros[4096] = {0};
    (void)state;
    run_prepare(&usual, file);
    file_get(file, then, SIZE, 0);
    name_journal(MMV_JOURNAL_OF_JOB);
    assert_non_null(strstr(path, ".job"));
    file_put(path, zeros, sizeof zeros);
    tells("a job");
    const mmv_journal_job job = {0, SIZE, SIZE, 20480};
    struct run part = usual;
    part.length = 20480;
    part.job = &job;
    assert_int_equal(run_here(&part, file, path, 0), MMV_EJOURNAL);
    assert_non_null(strstr(mmv_last_error()->detail, "lost with the machine"));
    assert_true(run_is(file, then, SIZE));
    is_discarded("a job");
}

static void stays(const char *what, mmv_status wanted)
{
    size_t length = (size_t)file_length(path);
    mmv_status status = mmv_journal_discard(path);
    if (status != wanted || !file_exists(path) || (size_t)file_length(path) != length)
        fail_msg("%s: status %d, and it is %s", what, (int)status, file_exists(path) ? "there" : "gone");
}

/* Other bytes, or another name: it is somebody's. */
static void test_something_else(void **state)
{
    unsigned char bytes[8192] = {0};
    (void)state;
    run_prepare(&usual, file);
    name_journal(0);
    file_put(path, "x", 1);
    stays("one letter", MMV_EKIND);
    file_put(path, "mmvx", 4);
    stays("nearly a mark", MMV_EKIND);
    bytes[8] = 1;
    file_put(path, bytes, sizeof bytes);
    stays("a few zeros, then data", MMV_EKIND);
    bytes[8] = 0;
    bytes[511] = 1;
    file_put(path, bytes, sizeof bytes);
    stays("some zeros, then data", MMV_EKIND);
    unlink(path);
    memset(bytes, 0, sizeof bytes);
    snprintf(path, sizeof path, "%s.black", file);
    file_put(path, bytes, sizeof bytes);
    stays("zeros under another name", MMV_EKIND);
    file_put(path, "", 0);
    stays("nothing under another name", MMV_EKIND);
    unlink(path);
    snprintf(path, sizeof path, "%s.mmj.black", file);
    file_put(path, bytes, sizeof bytes);
    stays("zeros under nearly such a name", MMV_EKIND);
    unlink(path);
}

/* Whose journal would not have been believed, whose empty file is no lost journal. */
static void test_strangers(void **state)
{
    (void)state;
    if (getuid() != 0)
        skip_because("only root can give files away");
    run_prepare(&usual, file);
    name_journal(0);
    file_put(path, "", 0);
    assert_int_equal(chown(path, 12341, 12341), 0);
    stays("a stranger's", MMV_EJOURNAL);
    assert_int_equal(chown(path, 0, 0), 0);
    assert_int_equal(chmod(path, 0666), 0);
    stays("one that everybody may write to", MMV_EJOURNAL);
    /* It is the file's owner's. */
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(chown(path, 12341, 12341), 0);
    assert_int_equal(chown(file, 12341, 12341), 0);
    assert_int_equal(mmv_journal_discard(path), MMV_OK);
    assert_false(file_exists(path));
}

/* A mark on the same file that leads to another journal stays. */
static void test_other_marks_stay(void **state)
{
    char mark[8192];
    (void)state;
    interrupt();
    ssize_t length = getxattr(file, "user.mmview.journal", mark, sizeof mark - 1);
    if (length < 0)
        skip_because("this file system has no user attributes");
    const char *other = scratch("elsewhere");
    file_put(other, whole, size);
    mark[length] = '\0';
    char *slash = strchr(mark, '/');
    assert_non_null(slash);
    snprintf(slash, sizeof mark - (size_t)(slash - mark), "%s", other);
    assert_int_equal(setxattr(file, "user.mmview.journal", mark, strlen(mark), 0), 0);
    file_put(path, "", 0);
    assert_int_equal(mmv_journal_discard(path), MMV_OK);
    assert_false(file_exists(path));
    assert_true(run_is_marked(file));
    mmv_journal_found found = find();
    assert_int_equal(found.kind, MMV_JOURNAL_RUN);
    assert_string_equal(found.path, other);
    free(found.path);
    unlink(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_beginning),
        cmocka_unit_test(test_without_a_mark),
        cmocka_unit_test(test_job),
        cmocka_unit_test(test_something_else),
        cmocka_unit_test(test_strangers),
        cmocka_unit_test(test_other_marks_stay),
    };
    if (!scratch_use(NULL))
        return SKIP_WHOLE_TEST;
    file = scratch("file");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
