/* SPDX-License-Identifier: MIT */
/*
 * test_journal.c - walks with a journal: killed at every step, refused, taken up by another run.
 *
 * Each run is a process of its own, which kills itself at a given step; the parent runs it again until it comes to its
 * end, and then compares every byte. What is done to a byte depends on its place and cannot be done twice unnoticed.
 */

#include "check.h"
#include "faults.h"
#include "scratch.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define LARGEST (3 * MMV_MIB + 4096 * 5 + 123)

/* A run: what, and how. */
struct run {
    size_t size; /* of the file */
    size_t record;
    uint64_t stride, offset, length;
    mmv_io io;
    unsigned threads;
    uint64_t window;
    mmv_journal_mode mode;
    const char *operation;
};

static unsigned char before[LARGEST], after[LARGEST], now[LARGEST];

static unsigned char changed(unsigned char byte, uint64_t place)
{
    return (unsigned char)(byte + 1 + place % 251);
}

/* ---- in the child ----------------------------------------------------------------------------------------------- */

static atomic_long steps_left; /* the step that ends the process; below 0 = none */

static void step(void)
{
    if (atomic_fetch_sub(&steps_left, 1) == 1)
        kill(getpid(), SIGKILL);
}

/* Two steps in each record: before it, and with half of its bytes changed. */
static mmv_status change(const mmv_chunk *chunk, void *user)
{
    const struct run *run = user;
    for (size_t i = 0; i < chunk->count; i++) {
        unsigned char *record = (unsigned char *)chunk->data + i * chunk->stride;
        uint64_t at = chunk->offset + i * chunk->file_stride;
        bool counts = run->record > 64 || (chunk->index + i) % 509 == 0;
        if (counts)
            step();
        for (size_t k = 0; k < run->record; k++) {
            record[k] = changed(record[k], at + k);
            if (counts && k == run->record / 2)
                step();
        }
    }
    return MMV_OK;
}

static mmv_status walk_once(const struct run *run, const char *file, const char *path)
{
    mmv_map *map;
    mmv_journal *journal;
    mmv_walk_options how = {.record_size = run->record,
                            .stride = run->stride,
                            .offset = run->offset,
                            .length = run->length,
                            .io = run->io,
                            .threads = run->threads,
                            .window = run->window};
    mmv_journal_options options = {.mode = run->mode, .operation = run->operation ? run->operation : "change",
                                   .wait_ms = 10000};
    mmv_status status = mmv_map_open(file, MMV_READ_WRITE, &map);
    if (status)
        return status;
    status = mmv_journal_open(path, &options, &how.journal);
    journal = how.journal;
    if (status == MMV_OK)
        status = mmv_walk(map, &how, change, (void *)run);
    if (status == MMV_OK)
        status = mmv_journal_finish(journal);
    mmv_journal_close(&journal);
    mmv_map_close(&map);
    return status;
}

enum { KILLED = -1 };

/* The status of a run in a process of its own that ends at step 'when' (0 = never), or KILLED. */
static int child(const struct run *run, const char *file, const char *path, long when, char *text, size_t size)
{
    int ends[2], result;
    char said[512] = "";
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        atomic_store(&steps_left, when ? when : -1);
        mmv_status status = walk_once(run, file, path);
        mmv_error_format(mmv_last_error(), said, sizeof said);
        if (status && write(ends[1], said, strlen(said)) < 0)
            _exit(99);
        _exit((int)status);
    }
    close(ends[1]);
    ssize_t got = read(ends[0], said, sizeof said - 1);
    said[got > 0 ? got : 0] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(pid, &result, 0), pid);
    if (text)
        snprintf(text, size, "%s", said);
    if (WIFSIGNALED(result)) {
        assert_int_equal(WTERMSIG(result), SIGKILL);
        return KILLED;
    }
    return WEXITSTATUS(result);
}

/* ---- in the parent ---------------------------------------------------------------------------------------------- */

static uint64_t length_of(const struct run *run)
{
    return run->length ? run->length : run->size - run->offset;
}

static void prepare(const struct run *run, const char *file)
{
    uint64_t stride = run->stride ? run->stride : run->record;
    fill(before, run->size, 7);
    memcpy(after, before, run->size);
    for (uint64_t at = run->offset; at < run->offset + length_of(run); at += stride)
        for (uint64_t k = at; k < at + run->record; k++)
            after[k] = changed(before[k], k);
    file_put(file, before, run->size);
}

static void check_done(const struct run *run, const char *file, const char *path)
{
    file_get(file, now, run->size, 0);
    for (size_t i = 0; i < run->size; i++)
        if (now[i] != after[i])
            fail_msg("io %s, %u threads, record %zu, mode %d: byte %zu is %u, was %u, should be %u",
                     mmv_io_name(run->io), run->threads, run->record, (int)run->mode, i, now[i], before[i], after[i]);
    assert_int_equal(file_length(file), run->size);
    assert_false(file_exists(path));
}

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
    prepare(&run, file);
    for (unsigned i = 0; i < kills; i++) {
        status = child(&run, file, path, 1 + (long)(rand_r(&seed) % (i % 3 ? 60 : 900)), text, sizeof text);
        if (status == MMV_OK)
            break;
        if (status != KILLED)
            fail_msg("run %u: io %s, %u threads, mode %d, record %zu: %s", i, mmv_io_name(run.io), run.threads,
                     (int)run.mode, run.record, text);
        /* The next one does it in another way. */
        run.threads = thread_counts[rand_r(&seed) % 3];
        run.window = windows[rand_r(&seed) % 3];
        if (i % 4 == 3)
            run.io = (mmv_io)(rand_r(&seed) % 4);
    }
    status = file_exists(path) ? child(&run, file, path, 0, text, sizeof text) : MMV_OK;
    if (status)
        fail_msg("the last run: %s", text);
    run.io = io;
    check_done(&run, file, path);
}

static void test_killed_again_and_again(void **state)
{
    unsigned rounds = CHECK_SANITIZED ? 1 : 4;
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed_again_and_again),
    };
    if (!scratch_use(NULL))
        return SKIP_WHOLE_TEST;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
