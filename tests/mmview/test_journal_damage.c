/* SPDX-License-Identifier: MIT */
/*
 * test_journal_damage.c - journals that are not what was written, and runs that fail at each of their calls.
 *
 * The promise: refused with the file as it is, or finished with every byte changed once. Never anything else.
 */

#include "faults.h"
#include "runs.h"

#include <errno.h>
#include <unistd.h>

#define SIZE ((size_t)41000)

static const struct run small = {.size = SIZE, .record = 8, .threads = 1, .io = MMV_IO_MMAP, .mode = MMV_JOURNAL_KILL};
static unsigned char then[RUN_LARGEST], journal[4 * MMV_MIB];
static char text[512];

/* A file, and the journal of a run over it that was killed in its middle. Its length. */
static size_t interrupted(const struct run *run, const char *file, const char *path, long steps)
{
    run_prepare(run, file);
    assert_int_equal(run_child(run, file, path, steps, text, sizeof text), RUN_KILLED);
    file_get(file, then, run->size, 0);
    size_t size = (size_t)file_length(path);
    assert_true(size <= sizeof journal);
    file_get(path, journal, size, 0);
    return size;
}

/* The journal is damaged now: refused or finished. True when it was refused. */
static bool survives(const struct run *run, const char *file, const char *path, const char *what, size_t where)
{
    mmv_status status = run_here(run, file, path, 0);
    bool whole = run_is(file, run_after, run->size);
    if (status == MMV_OK && !whole)
        fail_msg("%s %zu: taken for good, and the file is wrong", what, where);
    if (status != MMV_OK && !run_is(file, then, run->size))
        fail_msg("%s %zu: refused, but the file was touched (%d)", what, where, (int)status);
    if (status != MMV_OK && status != MMV_EJOURNAL)
        fail_msg("%s %zu: status %d", what, where, (int)status);
    return status == MMV_EJOURNAL;
}

static void restore(const char *file, const char *path, size_t size)
{
    file_put_at(file, then, SIZE, 0);
    file_put(path, journal, size);
}

static size_t flip_step(mmv_journal_mode mode)
{
    if (is_campaign())
        return 1;
    /* Where processes are dear each run is of the mode power, too. */
    if (CHECK_COST > 1)
        return 183;
    /* Which waits for the device many times. */
    if (mode == MMV_JOURNAL_POWER)
        return 61;
    return CHECK_SANITIZED ? 151 : 11;
}

/* Each byte flipped, in one bit and in all. */
static void flip_all(const struct run *run, long steps)
{
    const char *file = scratch("file"), *path = scratch("journal");
    size_t refused = 0, trials = 0, size = interrupted(run, file, path, steps);
    size_t step = flip_step(run->mode);
    for (size_t at = 0; at < size; at += step) {
        /* What fills a page up is nothing but zeros, and read by nobody: some of it will do. */
        if (journal[at] == 0 && at % 7 != 0 && step == 1)
            continue;
        unsigned char bit = (unsigned char)(at % 2 ? 0xff : 1u << at % 8);
        restore(file, path, size);
        journal[at] ^= bit;
        file_put_at(path, journal + at, 1, at);
        journal[at] ^= bit;
        refused += survives(run, file, path, "byte", at);
        trials++;
    }
    print_message("%zu of %zu flips refused, the others made no difference\n", refused, trials);
    assert_true(refused > 10);
    unlink(path);
}

static void test_every_byte_flipped(void **state)
{
    struct run run = small;
    (void)state;
    flip_all(&run, 3);
    flip_all(&run, 10);
    run.io = MMV_IO_BUFFERED;
    flip_all(&run, 6);
    run.mode = MMV_JOURNAL_POWER;
    flip_all(&run, 6);
}

static void test_every_length(void **state)
{
    const char *file = scratch("file"), *path = scratch("journal");
    (void)state;
    for (mmv_journal_mode mode = MMV_JOURNAL_KILL; mode <= MMV_JOURNAL_POWER; mode++) {
        struct run run = small;
        run.mode = mode;
        size_t size = interrupted(&run, file, path, 7);
        for (size_t length = 0; length < size; length += is_campaign() ? 1 : CHECK_SANITIZED ? 397 : 47 * CHECK_COST) {
            restore(file, path, length);
            assert_true(survives(&run, file, path, "length", length));
        }
        unlink(path);
    }
}

/* ---- calls that fail ------------------------------------------------------------------------------------------- */

static const int plausible[] = {EIO, ENOSPC, EACCES, ENOMEM};

/* Once more as after a run that was killed. Where processes are dear the first one's bytes do, without its marks. */
static void interrupted_again(const struct run *run, const char *file, const char *path, size_t *size)
{
    if (CHECK_COST == 1 || *size == 0)
        *size = interrupted(run, file, path, 9);
    else
        restore(file, path, *size);
}

/*
 * The n-th call of each kind fails, n = 1, 2, 3 ..., in a run from the start or in one that takes up another. Whatever
 * came of it, a run without faults then ends well.
 */
static void fail_each(const struct run *run, bool resumed)
{
    const char *file = scratch("file"), *path = scratch("journal");
    unsigned failures = 0;
    size_t size = 0;
    for (unsigned call = 0; call < FAULT_CALLS; call++)
        for (unsigned n = 1; n < 200; n = check_next(n, false)) {
            if (resumed)
                interrupted_again(run, file, path, &size);
            else
                run_prepare(run, file);
            fault_at((fault_call)call, n, plausible[(call + n) % COUNT(plausible)]);
            mmv_status status = run_here(run, file, path, 0);
            unsigned calls = fault_count((fault_call)call);
            fault_reset();
            failures += status != MMV_OK;
            if (status == MMV_OK && !run_is(file, run_after, run->size))
                fail_msg("call %u, the %u. time: said to be done, and it is not", call, n);
            /*
             * Failed, and nothing was begun; or it has to be repeated. What failed behind the end has left a journal.
             */
            bool done = status != MMV_OK && run_is(file, run_after, run->size) && !file_exists(path);
            if (!done && (status != MMV_OK || file_exists(path))) {
                status = run_here(run, file, path, 0);
                if (status != MMV_OK) {
                    mmv_error_format(mmv_last_error(), text, sizeof text);
                    fail_msg("call %u, the %u. time: not to be repeated: %s", call, n, text);
                }
            }
            run_check(run, file, path);
            if (calls < n)
                break;
        }
    print_message("%u runs failed, all were finished\n", failures);
    assert_true(failures > 10);
}

static void test_each_call_fails(void **state)
{
    struct run run = small;
    unsigned descriptors = open_descriptors();
    (void)state;
    for (mmv_journal_mode mode = MMV_JOURNAL_KILL; mode <= MMV_JOURNAL_POWER; mode++)
        for (int io = MMV_IO_MMAP; io <= MMV_IO_DIRECT; io++) {
            run.mode = mode;
            run.io = (mmv_io)io;
            fail_each(&run, false);
            fail_each(&run, true);
        }
    assert_int_equal(open_descriptors(), descriptors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_byte_flipped),
        cmocka_unit_test(test_every_length),
        cmocka_unit_test(test_each_call_fails),
    };
    /* In memory: tens of thousands of runs would wait for a device. */
    if (!scratch_use(access("/dev/shm", W_OK) == 0 ? "/dev/shm" : NULL))
        return SKIP_WHOLE_TEST;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
