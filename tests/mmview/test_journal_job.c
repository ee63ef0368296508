/* SPDX-License-Identifier: MIT */
/*
 * test_journal_job.c - runs that are parts of one job: each byte is changed once, in whatever order they come, however
 * often they are killed and repeated, until all have said that they are done.
 */

#include "faults.h"
#include "jobs.h"

#include "journal/format.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

static const unsigned char orders[][JOB_PARTS] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

/* ---- orders ----------------------------------------------------------------------------------------------------- */

static void test_all_orders(void **state)
{
    const char *file = scratch("file"), *path = scratch("job");
    (void)state;
    for (size_t order = 0; order < COUNT(orders); order++) {
        unsigned done = 0;
        job_prepare(file);
        for (unsigned i = 0; i < JOB_PARTS; i++) {
            job_run(orders[order][i], file, path);
            done |= 1u << orders[order][i];
            job_changed(file, done);
            if (i + 1 == JOB_PARTS)
                break;
            mmv_journal_info *info;
            assert_int_equal(job_left_behind(), 1);
            assert_true(run_is_claimed(file));
            assert_ok(mmv_journal_inspect(path, &info));
            assert_true(info->is_job && !info->busy && !info->spoiled && info->this_boot);
            assert_int_equal(info->parts, i + 1);
            assert_int_equal(info->ended, i + 1);
            assert_int_equal(info->total, JOB_SIZE);
            mmv_journal_info_free(&info);
            /* Repeated, it changes nothing. */
            job_run(orders[order][i], file, path);
            job_changed(file, done);
        }
        job_over(file);
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
    job_prepare(file);
    for (unsigned i = 0; i < victim; i++)
        job_run(order[i], file, path);
    atomic_store(&calls_left, number);
    hook_all(die_in_time);
    int status = job_repeat(order[victim], file, path);
    atomic_store(&calls_left, -1);
    fault_reset();
    if (status != RUN_KILLED && status != MMV_OK)
        fail_msg("part %u: %s", order[victim], job_text);
    bool is_over = status == MMV_OK && victim + 1 == JOB_PARTS;
    for (unsigned i = from_the_start ? 0 : victim + (status == MMV_OK); i < JOB_PARTS && !is_over; i++)
        job_run(order[i], file, path);
    job_over(file);
    return status == RUN_KILLED;
}

static void test_killed_at_every_call(void **state)
{
    (void)state;
    for (unsigned victim = 0; victim < JOB_PARTS; victim++)
        for (int again = 0; again < 2; again++) {
            long number = 1;
            /* Where processes are dear each part goes on in one of the two ways. */
            if (CHECK_COST > 1 && again != (int)victim % 2)
                continue;
            /* Each order, one after the other: all of them together for each number only in a campaign. */
            for (bool killed = true; killed; number = check_next((unsigned)number, false)) {
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
        job_prepare(file);
        for (unsigned i = 0; i < JOB_PARTS; i++) {
            struct run run = job_part(orders[order][i]);
            for (long steps = 3; steps<30; steps += CHECK_COST> 1 ? 12 : 5)
                assert_int_equal(run_child(&run, file, path, steps, job_text, sizeof job_text), RUN_KILLED);
        }
        /* None has ended; then each ends. */
        for (unsigned i = JOB_PARTS; i-- > 0;)
            job_run(orders[order][i], file, path);
        job_over(file);
    }
}

static bool try_failure(fault_call call, unsigned victim, unsigned number, bool tries_twice)
{
    struct run run = job_part(victim);
    const char *file = scratch("file"), *path = scratch("job");
    job_prepare(file);
    for (unsigned i = 0; i < victim; i++)
        job_run(i, file, path);
    /* The child's own counts begin with it. */
    fault_at(call, number, EIO);
    run.tries_twice = tries_twice;
    int status = run_child(&run, file, path, 0, job_text, sizeof job_text);
    fault_reset();
    bool is_over = status == MMV_OK && victim + 1 == JOB_PARTS;
    for (unsigned i = victim + (status == MMV_OK); i < JOB_PARTS && !is_over; i++)
        job_run(i, file, path);
    /* What stands beside a file that can have no marks is removed in passing: one that stays leads nowhere. */
    run_drop_pointers(file);
    job_over(file);
    return status != MMV_OK;
}

static void try_failures(unsigned victim, bool tries_twice)
{
    unsigned enough = tries_twice || CHECK_COST > 1 ? 2 : 6;
    for (size_t i = 0; i < COUNT(calls); i++) {
        unsigned successes = 0;
        /* Some calls may fail without harm, and are followed by others that may not. */
        for (unsigned number = 1; successes < enough && number < 40; number = check_next(number, false))
            successes += !try_failure(calls[i], victim, number, tries_twice);
    }
}

static void test_failures(void **state)
{
    (void)state;
    for (unsigned victim = 0; victim < JOB_PARTS; victim += JOB_PARTS - 1)
        try_failures(victim, false);
}

/* The same, but the process walks once more, under the journal that it has. */
static void test_failures_and_a_second_try(void **state)
{
    (void)state;
    for (unsigned victim = CHECK_COST > 1 ? JOB_PARTS - 1 : 0; victim < JOB_PARTS; victim += JOB_PARTS - 1)
        try_failures(victim, true);
}

/* ---- at the same time ------------------------------------------------------------------------------------------- */

static void test_parts_at_once(void **state)
{
    const char *file = scratch("file"), *path = scratch("job");
    unsigned rounds = is_campaign() ? 3000 : (CHECK_SANITIZED ? 15 : 60) / CHECK_COST;
    (void)state;
    for (unsigned round = 0; round < rounds; round++) {
        bool ended[JOB_PARTS] = {false};
        job_prepare(file);
        for (unsigned attempt = 0; !ended[0] || !ended[1] || !ended[2]; attempt++) {
            pid_t children[JOB_PARTS];
            assert_true(attempt < 20);
            for (unsigned i = 0; i < JOB_PARTS; i++) {
                struct run run = job_part(i);
                if (ended[i])
                    continue;
                children[i] = run_start(&run, file, path, attempt < 2 ? (long)((round + i * 7 + attempt) % 40) : 0);
            }
            for (unsigned i = 0; i < JOB_PARTS; i++) {
                if (ended[i])
                    continue;
                int result = run_wait(children[i]);
                ended[i] = result == MMV_OK;
                if (!ended[i] && result != RUN_KILLED)
                    fail_msg("part %u of round %u: %s", i, round, mmv_status_text((mmv_status)result));
            }
        }
        job_over(file);
    }
}

/* ---- an entry that is lost -------------------------------------------------------------------------------------- */

static const unsigned char *losing; /* a part whose entry gets lost, and those that run meanwhile: */
static unsigned losing_until = JOB_PARTS;

/* Another machine did not see the first one's entry for a while: the next part has put its own there. */
static void lose_entry(void)
{
    static const mmv__part_entry none;
    const unsigned char *order = losing;
    if (!order)
        return;
    losing = NULL;
    int record = open(scratch("job"), O_WRONLY | O_CLOEXEC);
    assert_true(record >= 0);
    assert_int_equal(pwrite(record, &none, sizeof none, MMV__JOURNAL_PAGE), sizeof none);
    close(record);
    for (unsigned i = 1; i < losing_until; i++)
        job_run(order[i], scratch("file"), scratch("job"));
}

static mmv_status lose_entry_in_a_walk(void)
{
    lose_entry();
    return MMV_OK;
}

/* While the part walks, or behind the word that it is done. */
static void try_lost(const unsigned char *order, bool late)
{
    const char *file = scratch("file"), *path = scratch("job");
    struct run run = job_part(order[0]);
    job_prepare(file);
    losing = order;
    if (late)
        fault_hook(FAULT_REMOVE, lose_entry);
    else
        run.pause = lose_entry_in_a_walk;
    assert_ok(run_here(&run, file, path, 0));
    assert_null(losing);
    fault_reset();
    job_over(file);
}

static void test_entry_lost(void **state)
{
    (void)state;
    for (size_t order = 0; order < COUNT(orders); order++) {
        try_lost(orders[order], false);
        try_lost(orders[order], true);
    }
}

/* From here on the process is killed before one of its writes. */
static void lose_entry_and_die(void)
{
    bool is_now = losing != NULL;
    lose_entry();
    if (is_now)
        fault_hook(FAULT_WRITE, die_in_time);
}

static mmv_status end_without_entry(void *user)
{
    const long *writes = user;
    struct run run = job_part(orders[0][0]);
    losing = orders[0];
    losing_until = JOB_PARTS - 1;
    atomic_store(&calls_left, *writes);
    fault_hook(FAULT_REMOVE, lose_entry_and_die);
    return run_here(&run, scratch("file"), scratch("job"), 0);
}

/*
 * Its entry is lost behind the word that it is done, and it is killed after it has put the entry back. That takes two
 * writes. Before them nothing in the world tells that the part is done.
 */
static void test_killed_without_entry(void **state)
{
    char text[300];
    int status = RUN_KILLED;
    long writes = 3;
    (void)state;
    for (; status == RUN_KILLED; writes++) {
        job_prepare(scratch("file"));
        status = run_in_child(end_without_entry, RUN_GIVE(writes), text, sizeof text);
        if (status != RUN_KILLED && status != MMV_OK)
            fail_msg("%s", text);
        if (status == RUN_KILLED)
            job_run(orders[0][0], scratch("file"), scratch("job"));
        job_run(orders[0][JOB_PARTS - 1], scratch("file"), scratch("job"));
        job_over(scratch("file"));
    }
    assert_true(writes > 4);
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
        cmocka_unit_test_teardown(test_entry_lost, fault_end),
        cmocka_unit_test_teardown(test_killed_without_entry, fault_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
