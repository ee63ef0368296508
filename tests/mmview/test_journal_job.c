/* SPDX-License-Identifier: MIT */
/*
 * test_journal_job.c - runs that are parts of one job: each byte is changed once, in whatever order they come, however
 * often they are killed and repeated, until all have said that they are done.
 */

#include "faults.h"
#include "runs.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE ((size_t)65536)
#define PARTS 3

static const mmv_range ranges[PARTS] = {{0, 24576}, {24576, 24576}, {49152, 16384}};
static const unsigned char orders[][PARTS] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
static mmv_journal_job jobs[PARTS];
static char text[512];

static struct run part(unsigned number)
{
    jobs[number] = (mmv_journal_job){0, SIZE, SIZE, ranges[number].length};
    return (struct run){.size = SIZE,
                        .record = 1024,
                        .threads = 1,
                        .io = MMV_IO_MMAP,
                        .mode = MMV_JOURNAL_KILL,
                        .offset = ranges[number].offset,
                        .length = ranges[number].length,
                        .job = &jobs[number]};
}

static void prepare(const char *file)
{
    const struct run whole = {.size = SIZE, .record = 1024};
    run_prepare(&whole, file);
}

static int repeat(unsigned number, const char *file, const char *path)
{
    struct run run = part(number);
    return run_child(&run, file, path, 0, text, sizeof text);
}

static void run_part(unsigned number, const char *file, const char *path)
{
    if (repeat(number, file, path) != MMV_OK)
        fail_msg("part %u: %s", number, text);
}

/* Whether anything of the library's own lies in the folder. */
static unsigned left_behind(void)
{
    static char place[512];
    unsigned count = 0;
    /* Paths of scratch() are good for a while only. */
    if (!place[0])
        snprintf(place, sizeof place, "%s", scratch("."));
    DIR *folder = opendir(place);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        count += strncmp(entry->d_name, "job", 3) == 0 || strstr(entry->d_name, ".mmj.") != NULL;
    closedir(folder);
    return count;
}

static void over(const char *file)
{
    static unsigned char now[SIZE];
    file_get(file, now, SIZE, 0);
    for (size_t i = 0; i < SIZE; i++)
        if (now[i] != run_after[i])
            fail_msg("byte %zu is %u, was %u, should be %u", i, now[i], run_before[i], run_after[i]);
    assert_false(run_is_marked(file));
    assert_int_equal(left_behind(), 0);
}

/* Exactly these parts are changed. */
static void changed(const char *file, unsigned mask)
{
    static unsigned char wanted[SIZE];
    memcpy(wanted, run_before, SIZE);
    for (unsigned i = 0; i < PARTS; i++)
        if (mask >> i & 1)
            memcpy(wanted + ranges[i].offset, run_after + ranges[i].offset, ranges[i].length);
    assert_true(run_is(file, wanted, SIZE));
}

/* ---- orders ----------------------------------------------------------------------------------------------------- */

static void test_all_orders(void **state)
{
    const char *file = scratch("file"), *path = scratch("job");
    (void)state;
    for (size_t order = 0; order < COUNT(orders); order++) {
        unsigned done = 0;
        prepare(file);
        for (unsigned i = 0; i < PARTS; i++) {
            run_part(orders[order][i], file, path);
            done |= 1u << orders[order][i];
            changed(file, done);
            if (i + 1 == PARTS)
                break;
            mmv_journal_info *info;
            assert_int_equal(left_behind(), 1);
            assert_true(run_is_marked(file));
            assert_ok(mmv_journal_inspect(path, &info));
            assert_true(info->is_job && !info->busy && !info->spoiled && info->this_boot);
            assert_int_equal(info->parts, i + 1);
            assert_int_equal(info->ended, i + 1);
            assert_int_equal(info->total, SIZE);
            mmv_journal_info_free(&info);
            /* Repeated, it changes nothing. */
            run_part(orders[order][i], file, path);
            changed(file, done);
        }
        over(file);
    }
}

/* ---- kills and failures ----------------------------------------------------------------------------------------- */

static atomic_long calls_left;

static void die_in_time(void)
{
    if (atomic_fetch_sub(&calls_left, 1) == 1)
        kill(getpid(), SIGKILL);
}

static const fault_call calls[] = {
    FAULT_WRITE,   FAULT_RESIZE, FAULT_ALLOCATE, FAULT_NOTE_SET, FAULT_NOTE_REMOVE, FAULT_REMOVE,        FAULT_LOCK,
    FAULT_PUBLISH, FAULT_OPEN,   FAULT_READ,     FAULT_SYNC,     FAULT_SYNC_DATA,   FAULT_CREATE_HIDDEN,
};

static void hook_all(void (*hook)(void))
{
    for (size_t i = 0; i < COUNT(calls); i++)
        fault_hook(calls[i], hook);
}

/* The second of an order is killed before its n-th call; then the job goes on as 'again' says. False: it was not. */
static bool try_kill(const unsigned char *order, unsigned victim, long number, bool from_the_start)
{
    const char *file = scratch("file"), *path = scratch("job");
    prepare(file);
    for (unsigned i = 0; i < victim; i++)
        run_part(order[i], file, path);
    atomic_store(&calls_left, number);
    hook_all(die_in_time);
    int status = repeat(order[victim], file, path);
    atomic_store(&calls_left, -1);
    fault_reset();
    if (status != RUN_KILLED && status != MMV_OK)
        fail_msg("part %u: %s", order[victim], text);
    bool is_over = status == MMV_OK && victim + 1 == PARTS;
    for (unsigned i = from_the_start ? 0 : victim + (status == MMV_OK); i < PARTS && !is_over; i++)
        run_part(order[i], file, path);
    over(file);
    return status == RUN_KILLED;
}

static void test_killed_at_every_call(void **state)
{
    (void)state;
    for (unsigned victim = 0; victim < PARTS; victim++)
        for (int again = 0; again < 2; again++) {
            long number = 1;
            /* Each order, one after the other: all of them together for each number only in a campaign. */
            for (bool killed = true; killed; number++) {
                killed = false;
                for (size_t order = 0; order < COUNT(orders); order++)
                    if (is_campaign() || order == (size_t)number % COUNT(orders))
                        killed |= try_kill(orders[order], victim, number, again);
            }
            assert_true(number > 15);
        }
}

/* Twice in a row, and within the change of records. */
static void test_killed_again_and_again(void **state)
{
    const char *file = scratch("file"), *path = scratch("job");
    (void)state;
    for (size_t order = 0; order < COUNT(orders); order++) {
        prepare(file);
        for (unsigned i = 0; i < PARTS; i++) {
            struct run run = part(orders[order][i]);
            for (long steps = 3; steps < 30; steps += 5)
                assert_int_equal(run_child(&run, file, path, steps, text, sizeof text), RUN_KILLED);
        }
        /* None has ended; then each ends. */
        for (unsigned i = PARTS; i-- > 0;)
            run_part(orders[order][i], file, path);
        over(file);
    }
}

static bool try_failure(fault_call call, unsigned victim, unsigned number, bool tries_twice)
{
    struct run run = part(victim);
    const char *file = scratch("file"), *path = scratch("job");
    prepare(file);
    for (unsigned i = 0; i < victim; i++)
        run_part(i, file, path);
    /* The child's own counts begin with it. */
    fault_at(call, number, EIO);
    run.tries_twice = tries_twice;
    int status = run_child(&run, file, path, 0, text, sizeof text);
    fault_reset();
    bool is_over = status == MMV_OK && victim + 1 == PARTS;
    for (unsigned i = victim + (status == MMV_OK); i < PARTS && !is_over; i++)
        run_part(i, file, path);
    over(file);
    return status != MMV_OK;
}

static void try_failures(unsigned victim, bool tries_twice)
{
    for (size_t i = 0; i < COUNT(calls); i++) {
        unsigned successes = 0;
        /* Some calls may fail without harm, and are followed by others that may not. */
        for (unsigned number = 1; successes < 6 && number < 40; number++)
            successes += !try_failure(calls[i], victim, number, tries_twice);
    }
}

static void test_failures(void **state)
{
    (void)state;
    for (unsigned victim = 0; victim < PARTS; victim += PARTS - 1)
        try_failures(victim, false);
}

/* The same, but the process walks once more, under the journal that it has. */
static void test_failures_and_a_second_try(void **state)
{
    (void)state;
    for (unsigned victim = 0; victim < PARTS; victim += PARTS - 1)
        try_failures(victim, true);
}

/* ---- at the same time ------------------------------------------------------------------------------------------- */

static void test_parts_at_once(void **state)
{
    const char *file = scratch("file"), *path = scratch("job");
    unsigned rounds = is_campaign() ? 3000 : CHECK_SANITIZED ? 15 : 60;
    (void)state;
    for (unsigned round = 0; round < rounds; round++) {
        bool ended[PARTS] = {false};
        prepare(file);
        for (unsigned attempt = 0; !ended[0] || !ended[1] || !ended[2]; attempt++) {
            pid_t children[PARTS];
            assert_true(attempt < 20);
            for (unsigned i = 0; i < PARTS; i++) {
                struct run run = part(i);
                if (ended[i])
                    continue;
                children[i] = fork();
                if (children[i] == 0)
                    _exit(run_here(&run, file, path, attempt < 2 ? (long)((round + i * 7 + attempt) % 40) : 0));
            }
            for (unsigned i = 0; i < PARTS; i++) {
                int result;
                if (ended[i])
                    continue;
                assert_int_equal(waitpid(children[i], &result, 0), children[i]);
                ended[i] = WIFEXITED(result) && WEXITSTATUS(result) == MMV_OK;
                if (!ended[i] && !WIFSIGNALED(result))
                    fail_msg("part %u of round %u: %s", i, round, mmv_status_text((mmv_status)WEXITSTATUS(result)));
            }
        }
        over(file);
    }
}

/* ---- what does not belong to it --------------------------------------------------------------------------------- */

static void refused(const struct run *run, const char *file, const char *path, const char *words)
{
    static unsigned char then[SIZE];
    file_get(file, then, SIZE, 0);
    int status = run_child(run, file, path, 0, text, sizeof text);
    if (status != MMV_EJOURNAL || !strstr(text, words))
        fail_msg("not refused for \"%s\", but: %d %s", words, status, text);
    assert_true(run_is(file, then, SIZE));
    assert_true(file_exists(path));
}

static void test_parts_of_something_else(void **state)
{
    const char *file = scratch("file"), *path = scratch("job"), *other = scratch("other");
    (void)state;
    prepare(other);
    for (int begun = 0; begun < 2; begun++) {
        mmv_journal_job job = {0, SIZE, SIZE, 0};
        struct run run = part(0);
        prepare(file);
        if (begun)
            assert_int_equal(run_child(&run, file, path, 5, text, sizeof text), RUN_KILLED);
        else
            run_part(0, file, path);
        run = part(1);
        run.operation = "change it otherwise";
        refused(&run, file, path, "the operation differs");
        run = part(1);
        refused(&run, other, path, "the file is not the one");
        run.job = &job;
        job = (mmv_journal_job){0, SIZE, SIZE / 2, run.length};
        refused(&run, file, path, "another range or shape");
        job = (mmv_journal_job){0, SIZE - 1024, SIZE, run.length};
        refused(&run, file, path, "another range or shape");
        /* One of another number of parts, over bytes of this one. */
        run.offset = ranges[0].length - 1024;
        job = (mmv_journal_job){0, SIZE, SIZE, run.length};
        refused(&run, file, path, "another range or shape");
        run = part(0);
        run.job = &job;
        job.units = run.length - 1;
        refused(&run, file, path, "of another shape");
        /* A run that is no part of it. */
        run = part(1);
        run.job = NULL;
        run.length = 0;
        run.offset = 0;
        assert_int_equal(run_child(&run, file, scratch("another"), 0, text, sizeof text), MMV_EJOURNAL);
        assert_false(file_exists(scratch("another")));
        if (!MMV_POSIX_ONLY) {
            run = part(1);
            fault_boot("another one");
            refused(&run, file, path, "the system was started again");
            fault_reset();
        }
        for (unsigned i = begun ? 0 : 1; i < PARTS; i++)
            run_part(i, file, path);
        over(file);
    }
}

/* The journals of parts that were told are gone; what they have made of the file is still compared. */
static void test_put_back_after_it_was_told(void **state)
{
    const char *file = scratch("file"), *path = scratch("job");
    (void)state;
    for (unsigned which = 0; which < 2; which++) {
        struct run run = part(which);
        prepare(file);
        run_part(0, file, path);
        run_part(1, file, path);
        file_put_at(file, run_before + run.offset, run.length, run.offset);
        refused(&run, file, path, "changed or put back since");
        file_put_at(file, run_after + run.offset, run.length, run.offset);
        run_part(which, file, path);
        run_part(2, file, path);
        over(file);
    }
}

/* ---- giving up -------------------------------------------------------------------------------------------------- */

static int gate[2], here[2];

static mmv_status wait_at_the_gate(void)
{
    char byte = 1;
    return write(here[1], &byte, 1) == 1 && read(gate[0], &byte, 1) >= 0 ? MMV_OK : MMV_ESYSTEM;
}

static void test_discard(void **state)
{
    const char *file = scratch("file"), *path = scratch("job");
    static unsigned char then[SIZE];
    struct run run = part(1);
    char byte;
    int result;
    (void)state;
    if (MMV_POSIX_ONLY)
        skip_because("POSIX has no locks that are kept as long as a descriptor");
    prepare(file);
    run_part(0, file, path);
    run.pause = wait_at_the_gate;
    assert_true(pipe(gate) == 0 && pipe(here) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(gate[1]);
        _exit((int)run_here(&run, file, path, 0));
    }
    assert_int_equal(read(here[0], &byte, 1), 1);
    mmv_journal_info *info;
    assert_ok(mmv_journal_inspect(path, &info));
    assert_true(info->busy);
    mmv_journal_info_free(&info);
    assert_status(mmv_journal_discard(path), MMV_EBUSY);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &result, 0), pid);
    for (int i = 0; i < 2; i++)
        close(gate[i]), close(here[i]);
    /* It was not given up by that, and now it is. */
    assert_int_equal(left_behind(), 2);
    run = part(1);
    assert_int_equal(run_child(&run, file, path, 9, text, sizeof text), RUN_KILLED);
    file_get(file, then, SIZE, 0);
    assert_ok(mmv_journal_discard(path));
    assert_true(run_is(file, then, SIZE));
    assert_false(run_is_marked(file));
    assert_int_equal(left_behind(), 0);
}

/* Given up halfway: no part begins anew. */
static void test_discard_is_killed(void **state)
{
    const char *file = scratch("file"), *path = scratch("job");
    const fault_call steps[] = {FAULT_REMOVE, FAULT_NOTE_REMOVE};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct run run = part(1);
        prepare(file);
        run_part(0, file, path);
        assert_int_equal(run_child(&run, file, path, 9, text, sizeof text), RUN_KILLED);
        /* Before the part's journal, the mark, the record. */
        fault_at(steps[i == 1], i == 2 ? 2 : 1, EIO);
        assert_status(mmv_journal_discard(path), MMV_EIO);
        fault_reset();
        for (unsigned number = 0; number < PARTS; number++) {
            run = part(number);
            refused(&run, file, path, "was given up");
        }
        mmv_journal_info *info;
        assert_ok(mmv_journal_inspect(path, &info));
        assert_true(info->spoiled);
        mmv_journal_info_free(&info);
        assert_ok(mmv_journal_discard(path));
        assert_false(run_is_marked(file));
        assert_int_equal(left_behind(), 0);
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
    prepare(file);
    char *path = record_of(file);
    run_part(0, file, path);
    struct run run = part(1);
    assert_int_equal(run_child(&run, file, path, 5, text, sizeof text), RUN_KILLED);
    if (!run_is_marked(file)) {
        assert_ok(mmv_journal_discard(path));
        free(path);
        skip_because("this file system has no user attributes");
    }
    assert_int_equal(rename(file, renamed), 0);
    char *found = record_of(renamed);
    assert_string_equal(found, path);
    for (unsigned i = 1; i < PARTS; i++)
        run_part(i, renamed, found);
    over(renamed);
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
    prepare(file);
    run_part(0, file, path);
    struct run run = part(1);
    /* Within the second granule, of eight records. */
    assert_int_equal(run_child(&run, file, path, 20, text, sizeof text), RUN_KILLED);
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
    run_part(1, file, path);
    run_part(2, file, path);
    over(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_all_orders, fault_end),
        cmocka_unit_test_teardown(test_killed_at_every_call, fault_end),
        cmocka_unit_test_teardown(test_killed_again_and_again, fault_end),
        cmocka_unit_test_teardown(test_failures, fault_end),
        cmocka_unit_test_teardown(test_failures_and_a_second_try, fault_end),
        cmocka_unit_test_teardown(test_parts_at_once, fault_end),
        cmocka_unit_test_teardown(test_parts_of_something_else, fault_end),
        cmocka_unit_test_teardown(test_put_back_after_it_was_told, fault_end),
        cmocka_unit_test_teardown(test_discard, fault_end),
        cmocka_unit_test_teardown(test_discard_is_killed, fault_end),
        cmocka_unit_test_teardown(test_a_renamed_file, fault_end),
        cmocka_unit_test_teardown(test_extents, fault_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
