/* SPDX-License-Identifier: MIT */
/*
 * test_journal_job_refusals.c - what is not of a job is refused; a job that is given up; one whose file is renamed; and
 * what is shown of one.
 */

#include "faults.h"
#include "jobs.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- what does not belong to it --------------------------------------------------------------------------------- */

static void refused(const struct run *run, const char *file, const char *path, const char *words)
{
    static unsigned char then[JOB_SIZE];
    file_get(file, then, JOB_SIZE, 0);
    int status = run_child(run, file, path, 0, job_text, sizeof job_text);
    if (status != MMV_EJOURNAL || !strstr(job_text, words))
        fail_msg("not refused for \"%s\", but: %d %s", words, status, job_text);
    assert_true(run_is(file, then, JOB_SIZE));
    assert_true(file_exists(path));
}

static void test_parts_of_something_else(void **state)
{
    const char *file = scratch("file"), *path = scratch("job"), *other = scratch("other");
    (void)state;
    job_prepare(other);
    for (int begun = 0; begun < 2; begun++) {
        mmv_journal_job job = {0, JOB_SIZE, JOB_SIZE, 0};
        struct run run = job_part(0);
        job_prepare(file);
        if (begun)
            assert_int_equal(run_child(&run, file, path, 5, job_text, sizeof job_text), RUN_KILLED);
        else
            job_run(0, file, path);
        run = job_part(1);
        run.operation = "change it otherwise";
        refused(&run, file, path, "the operation differs");
        run = job_part(1);
        refused(&run, other, path, "the file is not the one");
        run.job = &job;
        job = (mmv_journal_job){0, JOB_SIZE, JOB_SIZE / 2, run.length};
        refused(&run, file, path, "another range or shape");
        job = (mmv_journal_job){0, JOB_SIZE - 1024, JOB_SIZE, run.length};
        refused(&run, file, path, "another range or shape");
        /* One of another number of parts, over bytes of this one. */
        run.offset = job_ranges[0].length - 1024;
        job = (mmv_journal_job){0, JOB_SIZE, JOB_SIZE, run.length};
        refused(&run, file, path, "another range or shape");
        run = job_part(0);
        run.job = &job;
        job.units = run.length - 1;
        refused(&run, file, path, "of another shape");
        /* A run that is no part of it. */
        run = job_part(1);
        run.job = NULL;
        run.length = 0;
        run.offset = 0;
        assert_int_equal(run_child(&run, file, scratch("another"), 0, job_text, sizeof job_text), MMV_EJOURNAL);
        assert_false(file_exists(scratch("another")));
        if (!MMV_POSIX_ONLY) {
            run = job_part(1);
            fault_boot("another one");
            refused(&run, file, path, "the system was started again");
            fault_reset();
        }
        for (unsigned i = begun ? 0 : 1; i < JOB_PARTS; i++)
            job_run(i, file, path);
        job_over(file);
    }
}

/* The journals of parts that were told are gone; what they have made of the file is still compared. */
/* Nothing is changed, and no record left that others would stumble over. */
static void refused_without_locks(const char *file, const char *path, const char *words)
{
    static unsigned char then[JOB_SIZE];
    struct run run = job_part(0);
    file_get(file, then, JOB_SIZE, 0);
    assert_int_equal(run_child(&run, file, path, 0, job_text, sizeof job_text), MMV_ENOTSUP);
    if (!strstr(job_text, "need locks that all machines see") || !strstr(job_text, words))
        fail_msg("not refused for locks, but: %s", job_text);
    assert_true(run_is(file, then, JOB_SIZE));
    assert_int_equal(job_left_behind(), 0);
    fault_reset();
}

static void test_locks_that_others_do_not_see(void **state)
{
    const char *file = scratch("file"), *path = scratch("job");
    (void)state;
    job_prepare(file);
    fault_lone("sshfs");
    refused_without_locks(file, path, "(sshfs)");
    fault_remote("NFS");
    fault_at(FAULT_LOCK, 0, ENOLCK);
    refused_without_locks(file, path, "(NFS)");
    fault_remote("Lustre");
    fault_at(FAULT_LOCK, 0, ENOSYS);
    refused_without_locks(file, path, "(Lustre)");
    for (unsigned i = 0; i < JOB_PARTS; i++)
        job_run(i, file, path);
    job_over(file);
}

static void test_put_back_after_it_was_told(void **state)
{
    const char *file = scratch("file"), *path = scratch("job");
    (void)state;
    for (unsigned which = 0; which < 2; which++) {
        struct run run = job_part(which);
        job_prepare(file);
        job_run(0, file, path);
        job_run(1, file, path);
        file_put_at(file, run_before + run.offset, run.length, run.offset);
        refused(&run, file, path, "changed or put back since");
        file_put_at(file, run_after + run.offset, run.length, run.offset);
        job_run(which, file, path);
        job_run(2, file, path);
        job_over(file);
    }
}

/* ---- giving up -------------------------------------------------------------------------------------------------- */

static int gate[2], here[2];

/* In the child, which has both ends of both: the parent's closing of the gate must be the last. */
static mmv_status wait_at_the_gate(void)
{
    char byte = 1;
    if (gate[1] >= 0)
        close(gate[1]);
    gate[1] = -1;
    return write(here[1], &byte, 1) == 1 && read(gate[0], &byte, 1) >= 0 ? MMV_OK : MMV_ESYSTEM;
}

static void test_discard(void **state)
{
    const char *file = scratch("file"), *path = scratch("job");
    static unsigned char then[JOB_SIZE];
    struct run run = job_part(1);
    char byte;
    (void)state;
    if (!run_has_locks())
        skip_because("POSIX has no locks that are kept as long as a descriptor");
    job_prepare(file);
    job_run(0, file, path);
    run.pause = wait_at_the_gate;
    assert_true(pipe(gate) == 0 && pipe(here) == 0);
    pid_t child = run_start(&run, file, path, 0);
    assert_int_equal(read(here[0], &byte, 1), 1);
    mmv_journal_info *info;
    assert_ok(mmv_journal_inspect(path, &info));
    assert_true(info->busy);
    mmv_journal_info_free(&info);
    assert_status(mmv_journal_discard(path), MMV_EBUSY);
    kill(child, SIGKILL);
    assert_int_equal(run_wait(child), RUN_KILLED);
    for (int i = 0; i < 2; i++)
        close(gate[i]), close(here[i]);
    /* It was not given up by that, and now it is. */
    assert_int_equal(job_left_behind(), 2);
    run = job_part(1);
    assert_int_equal(run_child(&run, file, path, 9, job_text, sizeof job_text), RUN_KILLED);
    file_get(file, then, JOB_SIZE, 0);
    assert_ok(mmv_journal_discard(path));
    assert_true(run_is(file, then, JOB_SIZE));
    assert_false(run_is_marked(file));
    assert_int_equal(job_left_behind(), 0);
}

/* The record would still say that the part was begun, and the part would change its first bytes once more. */
static void test_a_part_is_not_given_up_alone(void **state)
{
    static const char *const names[] = {"job", "file.mmj.0-1000.job"};
    const char *file = scratch("file");
    struct run run = job_part(1);
    char part[PATH_MAX];
    unsigned char header[512];
    static const unsigned char damaged[64];
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        const char *path = scratch(names[i]);
        job_prepare(file);
        assert_int_equal(run_child(&run, file, path, 9, job_text, sizeof job_text), RUN_KILLED);
        snprintf(part, sizeof part, "%s.mmj.%" PRIu64 "-%" PRIu64, scratch(i ? "file" : names[i]), run.offset,
                 run.length);
        assert_true(file_exists(part));
        assert_status(mmv_journal_discard(part), MMV_EJOURNAL);
        assert_non_null(strstr(mmv_last_error()->detail, "give up the whole job"));
        assert_non_null(strstr(mmv_last_error()->detail, path));
        assert_true(file_exists(part));
        /* A record that cannot be read is there all the same. */
        for (unsigned n = 1; n < 12; n++) {
            fault_at(FAULT_READ, n, EIO);
            if (mmv_journal_discard(part) == MMV_OK)
                fail_msg("read %u of %u", n, fault_count(FAULT_READ));
            fault_reset();
            assert_true(file_exists(part));
        }
        /* Of one that is damaged nobody knows whose it is. */
        file_get(part, header, sizeof header, 0);
        file_put_at(part, damaged, sizeof damaged, 8);
        assert_status(mmv_journal_discard(part), MMV_EJOURNAL);
        assert_non_null(strstr(mmv_last_error()->detail, "first finish that job"));
        file_put_at(part, header, sizeof header, 0);
        /* Where the record is gone nothing else leads to the journal. */
        assert_int_equal(rename(path, scratch("away")), 0);
        assert_ok(mmv_journal_discard(part));
        assert_false(file_exists(part));
        assert_ok(mmv_journal_discard(scratch("away")));
    }
}

/* Given up halfway: no part begins anew. */
static void test_discard_is_killed(void **state)
{
    const char *file = scratch("file"), *path = scratch("job");
    const fault_call steps[] = {FAULT_REMOVE, FAULT_NOTE_REMOVE};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct run run = job_part(1);
        job_prepare(file);
        job_run(0, file, path);
        assert_int_equal(run_child(&run, file, path, 9, job_text, sizeof job_text), RUN_KILLED);
        /* Before the part's journal, the mark, the record. What stands for marks is removed in passing. */
        bool marked = run_is_marked(file);
        if (i == 1 && !marked) {
            assert_ok(mmv_journal_discard(path));
            continue;
        }
        fault_at(steps[i == 1], i == 2 ? 2 + !marked : 1, EIO);
        assert_status(mmv_journal_discard(path), MMV_EIO);
        fault_reset();
        for (unsigned number = 0; number < JOB_PARTS; number++) {
            run = job_part(number);
            refused(&run, file, path, "was given up");
        }
        mmv_journal_info *info;
        assert_ok(mmv_journal_inspect(path, &info));
        assert_true(info->spoiled);
        mmv_journal_info_free(&info);
        assert_ok(mmv_journal_discard(path));
        assert_false(run_is_marked(file));
        assert_int_equal(job_left_behind(), 0);
    }
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

static char *record_of(const char *file)
{
    mmv_map *map;
    char *path;
    assert_ok(mmv_map_open(file, MMV_READ, &map));
    assert_ok(mmv_journal_name(map, 0, 0, MMV_JOURNAL_OF_JOB, &path));
    mmv_map_close(&map);
    return path;
}

static void test_a_renamed_file(void **state)
{
    const char *file = scratch("file"), *renamed = scratch("renamed");
    (void)state;
    job_prepare(file);
    char *path = record_of(file);
    job_run(0, file, path);
    struct run run = job_part(1);
    assert_int_equal(run_child(&run, file, path, 5, job_text, sizeof job_text), RUN_KILLED);
    if (!run_is_marked(file)) {
        assert_ok(mmv_journal_discard(path));
        free(path);
        skip_because("this file system has no user attributes");
    }
    assert_int_equal(rename(file, renamed), 0);
    char *found = record_of(renamed);
    assert_string_equal(found, path);
    for (unsigned i = 1; i < JOB_PARTS; i++)
        job_run(i, renamed, found);
    job_over(renamed);
    unlink(renamed);
    free(found);
    free(path);
}

struct seen {
    unsigned count;
    mmv_journal_extent extents[16];
    char path[256];
};

static void see(const mmv_journal_extent *extent, void *user)
{
    struct seen *seen = user;
    assert_true(seen->count < COUNT(seen->extents));
    assert_non_null(extent->path);
    assert_string_equal(extent->path, seen->path);
    seen->extents[seen->count++] = *extent;
}

static void test_extents(void **state)
{
    const char *file = scratch("file"), *path = scratch("job");
    struct seen seen = {0};
    char *real = realpath(scratch("."), NULL);
    (void)state;
    snprintf(seen.path, sizeof seen.path, "%s/file", real);
    free(real);
    job_prepare(file);
    job_run(0, file, path);
    struct run run = job_part(1);
    /* Within the second granule, of eight records. */
    assert_int_equal(run_child(&run, file, path, 20, job_text, sizeof job_text), RUN_KILLED);
    assert_ok(mmv_journal_extents(path, see, &seen));
    const mmv_journal_extent wanted[] = {
        {NULL, 0, 24576, MMV_JOURNAL_DONE},
        {NULL, 24576, 8192, MMV_JOURNAL_DONE},
        {NULL, 32768, 8192, MMV_JOURNAL_HALF},
        {NULL, 40960, 8192, MMV_JOURNAL_UNTOUCHED},
    };
    if (!MMV_POSIX_ONLY)
        assert_int_equal(seen.count, COUNT(wanted));
    for (unsigned i = 0; i < seen.count && !MMV_POSIX_ONLY; i++) {
        assert_int_equal(seen.extents[i].offset, wanted[i].offset);
        assert_int_equal(seen.extents[i].length, wanted[i].length);
        assert_int_equal(seen.extents[i].state, wanted[i].state);
    }
    job_run(1, file, path);
    job_run(2, file, path);
    job_over(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_parts_of_something_else, fault_end),
        cmocka_unit_test_teardown(test_locks_that_others_do_not_see, fault_end),
        cmocka_unit_test_teardown(test_put_back_after_it_was_told, fault_end),
        cmocka_unit_test_teardown(test_discard, fault_end),
        cmocka_unit_test_teardown(test_a_part_is_not_given_up_alone, fault_end),
        cmocka_unit_test_teardown(test_discard_is_killed, fault_end),
        cmocka_unit_test_teardown(test_a_renamed_file, fault_end),
        cmocka_unit_test_teardown(test_extents, fault_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
