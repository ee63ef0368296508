/* SPDX-License-Identifier: MIT */
/*
 * test_journal_kept.c - how far what a run stores elsewhere has come, as its journal tells whoever goes on: what was
 * reached when records counted as changed, whatever ended the process.
 */

#include "check.h"
#include "runs.h"

#include <mmview/range.h>

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define RECORD 64
#define BYTES (MMV_MIB)
#define EACH 100 /* what is stored elsewhere for each chunk */

/* Of the child, and seen by the parent. */
static struct seen {
    uint64_t stored, settled;
    uint64_t calls, kill_at; /* 0 = not */
    uint64_t committed;      /* what was stored before the chunk in hand */
    size_t file;             /* that is walked over */
} * seen;

struct plan {
    mmv_journal_mode mode;
    mmv_io io;
    bool asks;
    uint64_t walks[2]; /* over the first file and the second one, each over all of it */
};

static mmv_status change(const mmv_chunk *chunk, void *user)
{
    (void)user;
    if (chunk->is_trial)
        return MMV_OK;
    seen->committed = seen->stored;
    if (++seen->calls == seen->kill_at)
        raise(SIGKILL);
    seen->stored += EACH;
    for (size_t i = 0; i < chunk->count * RECORD; i++)
        ((unsigned char *)chunk->data)[i] ^= 255;
    return MMV_OK;
}

static mmv_status settle(void *user)
{
    assert_ptr_equal(user, seen);
    seen->settled = seen->stored;
    return MMV_OK;
}

static uint64_t stored(void *user)
{
    assert_ptr_equal(user, seen);
    return seen->stored;
}

static uint64_t settled(void *user)
{
    assert_ptr_equal(user, seen);
    return seen->settled;
}

static mmv_status open_journal(const struct plan *plan, mmv_journal **journal_ret)
{
    const mmv_journal_options options = {.mode = plan->mode,
                                         .operation = "kept",
                                         .files = 2,
                                         .threads = 1,
                                         .settle = settle,
                                         .settle_user = seen,
                                         .kept = !plan->asks                       ? NULL
                                                 : plan->mode == MMV_JOURNAL_POWER ? settled
                                                                                   : stored};
    return mmv_journal_open(scratch("journal"), &options, journal_ret);
}

static mmv_status follow(void *user)
{
    const struct plan *plan = user;
    const char *files[] = {scratch("first"), scratch("second")};
    mmv_journal *journal;
    mmv_status status = open_journal(plan, &journal);
    for (size_t i = 0; i < 2 && status == MMV_OK; i++) {
        mmv_map *map;
        status = mmv_map_open(files[i], MMV_READ_WRITE, &map);
        seen->stored = seen->settled = 0;
        seen->file = i;
        for (uint64_t walk = 0; walk < plan->walks[i] && status == MMV_OK; walk++) {
            const mmv_walk_options how = {.record_size = RECORD, .threads = 1, .io = plan->io, .journal = journal};
            status = mmv_walk(map, &how, change, NULL);
        }
        mmv_map_close(&map);
    }
    mmv_journal_close(&journal);
    return status;
}

static void prepare(void)
{
    /* Those of the last time are marked. */
    unlink(scratch("first"));
    unlink(scratch("second"));
    run_drop_pointers(scratch("first"));
    run_drop_pointers(scratch("second"));
    file_sparse(scratch("first"), BYTES);
    file_sparse(scratch("second"), BYTES);
    unlink(scratch("journal"));
    *seen = (struct seen){0};
}

static uint64_t kept(const struct plan *plan, const char *name)
{
    mmv_journal *journal;
    mmv_map *map;
    uint64_t value = 77;
    assert_int_equal(open_journal(plan, &journal), MMV_OK);
    assert_int_equal(mmv_map_open(scratch(name), MMV_READ_WRITE, &map), MMV_OK);
    assert_int_equal(mmv_journal_kept(journal, map, &value), MMV_OK);
    mmv_map_close(&map);
    mmv_journal_close(&journal);
    return value;
}

/* How often the function is called when nobody kills it. */
static uint64_t all_calls(const struct plan *plan)
{
    char text[512];
    prepare();
    assert_int_equal(run_in_child(follow, RUN_GIVE(*plan), text, sizeof text), MMV_OK);
    return seen->calls;
}

static void killed(const struct plan *plan, uint64_t at)
{
    char text[512];
    prepare();
    seen->kill_at = at;
    int ended = run_in_child(follow, RUN_GIVE(*plan), text, sizeof text);
    if (ended != RUN_KILLED)
        print_error("%s\n", text);
    assert_int_equal(ended, RUN_KILLED);
}

/* What was stored for all chunks but the one in hand; where several are saved together, but those. */
static void test_each_commit(void **unused)
{
    (void)unused;
    static const mmv_io ways[] = {MMV_IO_MMAP, MMV_IO_BUFFERED, MMV_IO_DIRECT};
    for (size_t i = 0; i < 3; i++) {
        const struct plan plan = {MMV_JOURNAL_KILL, ways[i], true, {1, 1}};
        const uint64_t together = ways[i] == MMV_IO_MMAP ? 1 : 32;
        uint64_t all = all_calls(&plan);
        for (uint64_t at = 1; at <= all; at += all / 12 + 1) {
            killed(&plan, at);
            uint64_t value = kept(&plan, seen->file == 0 ? "first" : "second");
            assert_in_range(value, seen->committed - mmv_min(seen->committed, (together - 1) * EACH), seen->committed);
            assert_true(value > 0 || seen->committed <= together * EACH);
            assert_true(seen->file == 1 || kept(&plan, "second") == 0);
        }
    }
}

/* Of the file in hand. */
static void test_each_file(void **unused)
{
    (void)unused;
    if (MMV_POSIX_ONLY)
        skip_because("POSIX has one mode, which saves all of such a file at once");
    const struct plan plan = {MMV_JOURNAL_KILL, MMV_IO_MMAP, true, {1, 1}};
    uint64_t each = all_calls(&plan) / 2;
    assert_true(each > 4);
    for (uint64_t more = 1; more < each; more += each / 3) {
        killed(&plan, each + more);
        assert_int_equal(kept(&plan, "second"), seen->committed);
        /* Its last one, until the second file has one. */
        assert_int_equal(kept(&plan, "first"), seen->committed ? 0 : each * EACH);
        assert_in_range(seen->committed, 0, each * EACH);
    }
}

/* Mode power: what is on the device, as far as a walk before this one has stored it. */
static void test_on_the_device(void **unused)
{
    (void)unused;
    const struct plan plan = {MMV_JOURNAL_POWER, MMV_IO_MMAP, true, {2, 0}};
    uint64_t each = all_calls(&plan) / 2;
    killed(&plan, 1);
    assert_int_equal(kept(&plan, "first"), 0);
    killed(&plan, each + 1);
    assert_int_equal(kept(&plan, "first"), each * EACH);
    /* Nothing is armed behind the last group; and what a process that goes on clears away leaves it there. */
    const struct plan first_half = {MMV_JOURNAL_POWER, MMV_IO_MMAP, true, {1, 0}};
    all_calls(&first_half);
    assert_int_equal(kept(&plan, "first"), each * EACH);
    killed(&plan, each + 1);
    char text[512];
    seen->kill_at = 0;
    assert_int_equal(run_in_child(follow, RUN_GIVE(first_half), text, sizeof text), MMV_OK);
    assert_int_equal(kept(&plan, "first"), each * EACH);
}

static void test_nobody_asks(void **unused)
{
    (void)unused;
    if (MMV_POSIX_ONLY)
        skip_because("POSIX has one mode, which saves all of such a file at once");
    const struct plan plan = {MMV_JOURNAL_KILL, MMV_IO_MMAP, false, {1, 1}};
    killed(&plan, 5);
    assert_true(seen->committed > 0);
    assert_int_equal(kept(&plan, "first"), 0);
    unlink(scratch("journal"));
    assert_int_equal(kept(&plan, "first"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_commit),
        cmocka_unit_test(test_each_file),
        cmocka_unit_test(test_on_the_device),
        cmocka_unit_test(test_nobody_asks),
    };
    seen = child_shared(sizeof *seen);
    if (!scratch_use(NULL) || !seen)
        return SKIP_WHOLE_TEST;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
