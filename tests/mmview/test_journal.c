/* SPDX-License-Identifier: MIT */
/*
 * test_journal.c - walks with a journal: killed at every step, refused, taken up by another run.
 *
 * Each run is a process of its own, which kills itself at a given step; the parent runs it again until it comes to its
 * end, and then compares every byte. What is done to a byte depends on its place and cannot be done twice unnoticed.
 */

#include "faults.h"
#include "runs.h"

static const struct run shapes[] = {
    {.size = 3 * MMV_MIB + 4096 * 5, .record = 8, .threads = 2},
    {.size = 3 * MMV_MIB + 4096 * 5 + 123, .record = 1, .offset = 77, .length = 2 * MMV_MIB + 4096 + 17, .threads = 3},
    {.size = 2 * MMV_MIB, .record = 12, .stride = 40, .offset = 5, .length = 40 * 50000 + 12, .threads = 2},
    {.size = 3 * MMV_MIB, .record = 100000, .length = 3100000, .threads = 2},
    {.size = 2 * MMV_MIB + 600000, .record = 1300000, .length = 2600000, .threads = 2},
    {.size = 5000, .record = 1, .threads = 1},
    {.size = 3, .record = 3, .threads = 1},
};

static void sweep(struct run run, unsigned seed, unsigned kills)
{
    const char *file = scratch("file"), *path = scratch("journal");
    static const unsigned thread_counts[] = {1, 2, 5};
    static const uint64_t windows[] = {0, 65536, MMV_MIB};
    mmv_io io = run.io;
    char text[512];
    int status;
    run_prepare(&run, file);
    for (unsigned i = 0; i < kills; i++) {
        status = run_child(&run, file, path, 1 + (long)(rand_r(&seed) % (i % 3 ? 60 : 900)), text, sizeof text);
        if (status == MMV_OK)
            break;
        if (status != RUN_KILLED)
            fail_msg("run %u: io %s, %u threads, mode %d, record %zu: %s", i, mmv_io_name(run.io), run.threads,
                     (int)run.mode, run.record, text);
        /* The next one does it in another way. */
        run.threads = thread_counts[rand_r(&seed) % 3];
        run.window = windows[rand_r(&seed) % 3];
        if (i % 4 == 3)
            run.io = (mmv_io)(rand_r(&seed) % 4);
    }
    status = file_exists(path) ? run_child(&run, file, path, 0, text, sizeof text) : MMV_OK;
    if (status)
        fail_msg("the last run: %s", text);
    run.io = io;
    run_check(&run, file, path);
}

static void test_killed_again_and_again(void **state)
{
    unsigned rounds = is_campaign() ? 20 : 1;
    (void)state;
    for (mmv_journal_mode mode = MMV_JOURNAL_KILL; mode <= MMV_JOURNAL_POWER; mode++)
        for (int io = MMV_IO_MMAP; io <= MMV_IO_DIRECT; io++)
            for (size_t i = 0; i < COUNT(shapes); i++)
                for (unsigned round = 0; round < rounds; round++) {
                    struct run run = shapes[i];
                    run.io = (mmv_io)io;
                    run.mode = mode;
                    sweep(run, round * 1000 + (unsigned)i * 10 + (unsigned)io, 12);
                }
}

/* The stashes begin behind 4096 bytes: no page of such a system begins there. The file is whole ones. */
static void test_pages_of_64_kib(void **state)
{
    (void)state;
    fault_page_size(65536);
    for (int io = MMV_IO_MMAP; io <= MMV_IO_BUFFERED; io++) {
        struct run run = shapes[2];
        assert_int_equal(run.size % 65536, 0);
        run.io = (mmv_io)io;
        run.mode = MMV_JOURNAL_KILL;
        sweep(run, (unsigned)io, 6);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed_again_and_again),
        cmocka_unit_test_teardown(test_pages_of_64_kib, fault_end),
    };
    if (!scratch_use(NULL))
        return SKIP_WHOLE_TEST;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
