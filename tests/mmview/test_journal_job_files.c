/* SPDX-License-Identifier: MIT */
/*
 * test_journal_job_files.c - a job over several files: all of them are marked before the first change, and until the
 * last part ends; files that are not the list's are refused.
 */

#include "runs.h"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "journal/format.h"

#define SIZE ((uint64_t)65536)
#define FILES 3
#define PARTS 2

/* The second part begins within the second file. */
static const mmv_range ranges[PARTS] = {{0, SIZE + 4096}, {SIZE + 4096, 2 * SIZE - 4096}};
static char names[FILES][512], record[512];

static void prepare(void)
{
    static unsigned char zeros[SIZE];
    for (int i = 0; i < FILES; i++) {
        char name[16];
        snprintf(name, sizeof name, "f%d", i);
        snprintf(names[i], sizeof names[i], "%s", scratch(name));
        unlink(names[i]);
        run_drop_pointers(names[i]);
        file_put(names[i], zeros, SIZE);
    }
    snprintf(record, sizeof record, "%s", scratch("f0.mmj.0-65536.job"));
    unlink(record);
}

static mmv_status add_one(const mmv_chunk *chunk, void *user)
{
    (void)user;
    for (size_t i = 0; i < chunk->count; i++)
        ((unsigned char *)chunk->data)[i] = (unsigned char)(((const unsigned char *)chunk->source)[i] + 1);
    return MMV_OK;
}

static void list(mmv_journal_job_file files[FILES])
{
    for (unsigned i = 0; i < FILES; i++)
        files[i] = (mmv_journal_job_file){names[i], 0, SIZE, i * SIZE};
}

static mmv_status open_as(const char *operation, unsigned part, mmv_journal **journal_ret)
{
    const mmv_journal_job job = {0, FILES * SIZE, FILES * SIZE, ranges[part].length};
    const mmv_journal_options options = {.mode = MMV_JOURNAL_KILL,
                                         .operation = operation,
                                         .offset = ranges[part].offset,
                                         .length = ranges[part].length,
                                         .job = &job};
    return mmv_journal_open(record, &options, journal_ret);
}

static mmv_status open_part(unsigned part, mmv_journal **journal_ret)
{
    return open_as("add one", part, journal_ret);
}

static mmv_status walk(mmv_journal *journal, const char *name, mmv_range range)
{
    mmv_map *map = NULL;
    mmv_status status = mmv_map_open(name, MMV_READ_WRITE, &map);
    const mmv_walk_options options = {
        .record_size = 1, .offset = range.offset, .length = range.length, .threads = 1, .journal = journal};
    if (status == MMV_OK)
        status = mmv_walk(map, &options, add_one, NULL);
    mmv_map_close(&map);
    return status;
}

/* 'end': to the end, or only begun with. */
static mmv_status run_part(unsigned part, bool end)
{
    mmv_journal_job_file files[FILES];
    mmv_journal *journal = NULL;
    list(files);
    mmv_status status = open_part(part, &journal);
    if (status == MMV_OK)
        status = mmv_journal_job_files(journal, files, FILES);
    for (unsigned i = 0; i < FILES && status == MMV_OK; i++) {
        mmv_range own = mmv_range_clip(ranges[part], (mmv_range){i * SIZE, SIZE});
        if (own.length != MMV_EMPTY)
            status = walk(journal, names[i], (mmv_range){own.offset - i * SIZE, own.length});
    }
    if (status == MMV_OK && end)
        status = mmv_journal_end(journal, MMV_JOURNAL_FINISHED);
    mmv_journal_close(&journal);
    return status;
}

static unsigned marked(void)
{
    unsigned count = 0;
    for (int i = 0; i < FILES; i++)
        count += run_is_claimed(names[i]);
    return count;
}

static void is_changed(unsigned mask)
{
    static unsigned char now[SIZE];
    for (unsigned i = 0; i < FILES; i++) {
        file_get(names[i], now, SIZE, 0);
        for (uint64_t k = 0; k < SIZE; k++) {
            unsigned part = i * SIZE + k >= ranges[1].offset;
            if (now[k] != (mask >> part & 1))
                fail_msg("byte %u of file %u is %u, with the parts %u", (unsigned)k, i, now[k], mask);
        }
    }
}

static void test_arguments(void **state)
{
    mmv_journal_job_file files[FILES];
    mmv_journal *journal = NULL;
    const mmv_journal_options alone = {.mode = MMV_JOURNAL_KILL, .operation = "add one"};
    (void)state;
    prepare();
    list(files);
    assert_ok(mmv_journal_open(scratch("alone"), &alone, &journal));
    assert_int_equal(mmv_journal_job_files(journal, files, FILES), MMV_EINVAL);
    assert_string_equal(mmv_last_error()->parameter, "journal");
    mmv_journal_close(&journal);
    assert_ok(open_part(0, &journal));
    assert_int_equal(mmv_journal_job_files(journal, files, 0), MMV_EINVAL);
    files[1].at--;
    assert_int_equal(mmv_journal_job_files(journal, files, FILES), MMV_EINVAL);
    files[1].at++;
    files[2].length = 0;
    assert_int_equal(mmv_journal_job_files(journal, files, FILES), MMV_EINVAL);
    files[2].length = UINT64_MAX;
    assert_int_equal(mmv_journal_job_files(journal, files, FILES), MMV_EINVAL);
    assert_string_equal(mmv_last_error()->parameter, "files");
    list(files);
    assert_ok(mmv_journal_job_files(journal, files, FILES));
    assert_int_equal(mmv_journal_job_files(journal, files, FILES), MMV_EINVAL);
    mmv_journal_close(&journal);
}

static void test_all_are_marked(void **state)
{
    (void)state;
    for (unsigned first = 0; first < PARTS; first++) {
        prepare();
        assert_ok(run_part(first, true));
        is_changed(1u << first);
        assert_int_equal(marked(), FILES);
        assert_ok(run_part(first, true));
        is_changed(1u << first);
        assert_ok(run_part(!first, true));
        is_changed(3);
        assert_int_equal(marked(), 0);
        assert_int_not_equal(access(record, F_OK), 0);
    }
}

struct told {
    uint64_t done, other;
};

static void add_up(const mmv_journal_extent *extent, void *user)
{
    struct told *told = user;
    *(extent->state == MMV_JOURNAL_DONE ? &told->done : &told->other) += extent->length;
    assert_true(extent->offset + extent->length <= SIZE);
}

static void test_told(void **state)
{
    mmv_journal_info *info;
    struct told told = {0, 0};
    (void)state;
    prepare();
    assert_ok(run_part(1, true));
    assert_ok(mmv_journal_inspect(record, &info));
    assert_true(info->is_job && !info->lost);
    assert_int_equal(info->files, FILES);
    assert_int_equal(info->units, ranges[1].length);
    mmv_journal_info_free(&info);
    assert_ok(mmv_journal_extents(record, add_up, &told));
    assert_int_equal(told.done, ranges[1].length);
    assert_int_equal(told.other, 0);
}

static void test_discard(void **state)
{
    (void)state;
    prepare();
    assert_ok(run_part(0, true));
    assert_ok(run_part(1, false));
    assert_ok(mmv_journal_discard(record));
    assert_int_equal(marked(), 0);
    assert_int_not_equal(access(record, F_OK), 0);
    assert_int_not_equal(access(scratch("f0.mmj.69632-126976"), F_OK), 0);
}

/* A part that was killed between the marks: the word that says "marked" is not there. */
static void test_marks_that_are_missing(void **state)
{
    const uint64_t none = 0;
    (void)state;
    prepare();
    assert_ok(run_part(0, true));
    assert_int_equal(removexattr(names[2], "user.mmview.journal"), 0);
    int descriptor = open(record, O_RDWR);
    assert_int_equal(pwrite(descriptor, &none, sizeof none, offsetof(mmv__job_header, list.marked)), sizeof none);
    close(descriptor);
    /* The part that is done: it touches no other file, and marks it. */
    assert_ok(run_part(0, true));
    assert_int_equal(marked(), FILES);
    assert_ok(run_part(1, true));
    is_changed(3);
    assert_int_equal(marked(), 0);
}

static void test_other_files(void **state)
{
    char away[512];
    static unsigned char bytes[SIZE];
    (void)state;
    prepare();
    snprintf(away, sizeof away, "%s", scratch("away"));
    assert_ok(run_part(0, true));
    /* Two with each other's names. */
    rename(names[1], away);
    rename(names[2], names[1]);
    rename(away, names[2]);
    assert_int_equal(run_part(1, true), MMV_EJOURNAL);
    rename(names[1], away);
    rename(names[2], names[1]);
    rename(away, names[2]);
    is_changed(1);
    /* A copy of the last: nothing of the others changes, either. */
    rename(names[2], away);
    file_get(away, bytes, SIZE, 0);
    file_put(names[2], bytes, SIZE);
    assert_int_equal(run_part(1, true), MMV_EJOURNAL);
    is_changed(1);
    rename(away, names[2]);
    assert_ok(run_part(1, true));
    is_changed(3);
}

static void flip(int descriptor, uint64_t at)
{
    char byte;
    assert_int_equal(pread(descriptor, &byte, 1, (off_t)at), 1);
    byte ^= 64;
    assert_int_equal(pwrite(descriptor, &byte, 1, (off_t)at), 1);
}

static void damage(uint64_t at)
{
    prepare();
    assert_ok(run_part(0, true));
    int descriptor = open(record, O_RDWR);
    flip(descriptor, at);
    assert_int_equal(run_part(1, true), MMV_EJOURNAL);
    is_changed(1);
    flip(descriptor, at);
    close(descriptor);
    assert_ok(run_part(1, true));
    is_changed(3);
}

static void test_damage(void **state)
{
    uint64_t list = offsetof(mmv__job_header, list);
    (void)state;
    for (uint64_t at = list; at < list + offsetof(mmv__job_list, marked); at += 2)
        damage(at);
    for (uint64_t at = MMV__JOURNAL_PAGE; at < MMV__JOURNAL_PAGE + 400; at += 37)
        damage(at);
}

/* A part that was killed before it began, and another command after it: the marks do not stay without their record. */
static void test_never_begun(void **state)
{
    const mmv__part_entry none = {0};
    mmv_journal *journal = NULL;
    mmv_journal_job_file files[FILES];
    (void)state;
    prepare();
    assert_ok(run_part(0, false));
    unlink(scratch("f0.mmj.0-69632"));
    static unsigned char zeros[SIZE];
    for (int i = 0; i < FILES; i++)
        file_put_at(names[i], zeros, SIZE, 0);
    int descriptor = open(record, O_RDWR);
    /* Behind the table, which fits a page. */
    assert_int_equal(pwrite(descriptor, &none, sizeof none, 2 * MMV__JOURNAL_PAGE), sizeof none);
    close(descriptor);
    assert_int_equal(marked(), FILES);
    list(files);
    assert_ok(open_as("add two", 1, &journal));
    assert_ok(mmv_journal_job_files(journal, files, FILES));
    assert_int_equal(walk(journal, names[2], (mmv_range){0, SIZE}), MMV_EJOURNAL);
    mmv_journal_close(&journal);
    assert_int_equal(marked(), 0);
    assert_int_not_equal(access(record, F_OK), 0);
    assert_ok(run_part(0, true));
    assert_ok(run_part(1, true));
    is_changed(3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_all_are_marked),
        cmocka_unit_test(test_told),
        cmocka_unit_test(test_discard),
        cmocka_unit_test(test_marks_that_are_missing),
        cmocka_unit_test(test_other_files),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_never_begun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
