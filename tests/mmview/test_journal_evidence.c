/* SPDX-License-Identifier: MIT */
/*
 * test_journal_evidence.c - whether a file is still what an interrupted run has left: other bytes in the same file, the
 * same bytes in another file, and page caches that may be gone.
 *
 * What is refused stays as it is, byte by byte.
 */

#include "faults.h"
#include "runs.h"

#include "journal/format.h"
#include "os/file.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define SIZE ((size_t)(4 * MMV_MIB + 40000))
#define SMALL ((size_t)65536)
#define GRANULE ((size_t)8192)

static const struct run usual = {.size = SIZE, .record = 8, .threads = 1, .io = MMV_IO_MMAP, .mode = MMV_JOURNAL_KILL};
static const struct run small = {
    .size = SMALL, .record = 1024, .threads = 1, .io = MMV_IO_MMAP, .mode = MMV_JOURNAL_KILL};
static unsigned char kept[RUN_LARGEST], other[RUN_LARGEST], wanted[RUN_LARGEST];
static char text[512];

/* The process ends before the n-th of these calls. */
static atomic_long calls_left;

static void die_in_time(void)
{
    if (atomic_fetch_sub(&calls_left, 1) == 1)
        kill(getpid(), SIGKILL);
}

static int killed_at(const struct run *run, const char *file, const char *path, long number)
{
    atomic_store(&calls_left, number);
    int status = run_child(run, file, path, 0, text, sizeof text);
    atomic_store(&calls_left, -1);
    return status;
}

static void finish(const struct run *run, const char *file, const char *path)
{
    if (run_child(run, file, path, 0, text, sizeof text) != MMV_OK)
        fail_msg("the right run: %s", text);
    run_check(run, file, path);
}

static void refused(const struct run *run, const char *file, const char *path, const char *words)
{
    file_get(file, wanted, run->size, 0);
    int status = run_child(run, file, path, 0, text, sizeof text);
    if (status != MMV_EJOURNAL || !strstr(text, words))
        fail_msg("not refused for \"%s\", but: %d %s", words, status, text);
    assert_true(run_is(file, wanted, run->size));
    assert_true(file_exists(path));
}

static void interrupt(const struct run *run, const char *file, const char *path, long steps)
{
    unlink(path);
    run_prepare(run, file);
    assert_int_equal(run_child(run, file, path, steps, text, sizeof text), RUN_KILLED);
    file_get(file, kept, run->size, 0);
}

/* ---- other bytes in the same file ------------------------------------------------------------------------------- */

/* Another image lies over the file: it is refused, or not one byte of the first image was armed or done. */
static bool try_another_image(const struct run *run, const char *file, const char *path)
{
    file_get(file, kept, run->size, 0);
    file_put_at(file, other, run->size, 0);
    int status = run_child(run, file, path, 0, text, sizeof text);
    if (status == MMV_OK) {
        assert_true(memcmp(kept, run_before, run->size) == 0);
        assert_true(run_is(file, wanted, run->size));
        assert_false(file_exists(path));
        return false;
    }
    assert_int_equal(status, MMV_EJOURNAL);
    assert_non_null(strstr(text, "changed or put back since"));
    assert_true(run_is(file, other, run->size));
    file_put_at(file, kept, run->size, 0);
    finish(run, file, path);
    return true;
}

static void test_another_image(void **state)
{
    const char *file = scratch("file"), *path = scratch("journal");
    const fault_call calls[] = {FAULT_WRITE, FAULT_QUEUE_BEGIN, FAULT_SYNC_DATA};
    (void)state;
    for (int io = MMV_IO_MMAP; io <= MMV_IO_DIRECT; io++)
        for (mmv_journal_mode mode = MMV_JOURNAL_KILL; mode <= MMV_JOURNAL_POWER; mode++) {
            struct run run = small;
            unsigned refusals = 0, number = 0;
            run.io = (mmv_io)io;
            run.mode = mode;
            run_prepare(&run, file);
            fill(other, SMALL, 99);
            for (size_t i = 0; i < COUNT(calls); i++)
                fault_hook(calls[i], die_in_time);
            for (int status = RUN_KILLED; status == RUN_KILLED;) {
                run_prepare(&run, file);
                for (size_t i = 0; i < SMALL; i++)
                    wanted[i] = (unsigned char)(other[i] + run_after[i] - run_before[i]);
                status = killed_at(&run, file, path, ++number);
                if (status == RUN_KILLED && file_exists(path))
                    refusals += try_another_image(&run, file, path);
            }
            if (refusals == 0 || number < 4)
                fail_msg("io %s, mode %d: %u refusals of %u", mmv_io_name(run.io), (int)mode, refusals, number);
            /* And within the change of the first records, where the file itself is being changed. */
            for (long steps = 1; run.io == MMV_IO_MMAP && steps <= 20; steps++) {
                interrupt(&run, file, path, steps);
                assert_true(try_another_image(&run, file, path));
            }
            fault_reset();
        }
}

/* What is half changed may be any mixture of old and new: nobody knows in which order stores reach the file. */
static void test_each_byte_old_or_new(void **state)
{
    const char *file = scratch("file"), *path = scratch("journal");
    (void)state;
    for (mmv_journal_mode mode = MMV_JOURNAL_KILL; mode <= MMV_JOURNAL_POWER; mode++) {
        struct run run = small;
        run.mode = mode;
        for (unsigned mixture = 0; mixture < 8; mixture++) {
            unsigned char choice[GRANULE];
            interrupt(&run, file, path, 5);
            fill(choice, sizeof choice, mixture);
            for (size_t i = 0; i < GRANULE; i++)
                choice[i] = choice[i] >> mixture & 1 ? run_before[i] : run_after[i];
            file_put_at(file, choice, GRANULE, 0);
            finish(&run, file, path);
        }
        const size_t places[] = {0, 1, 1023, 1024, 4095, 4096, GRANULE - 1};
        for (size_t i = 0; i < COUNT(places); i++) {
            char words[64];
            size_t at = places[i];
            interrupt(&run, file, path, 5);
            unsigned char neither = (unsigned char)(run_before[at] ^ 1);
            if (neither == run_after[at])
                neither ^= 2;
            file_put_at(file, &neither, 1, at);
            snprintf(words, sizeof words, "at byte %zu ", at);
            refused(&run, file, path, words);
            /* A change that never makes the same of the same cannot be compared. */
            if (i % 2) {
                run.varies = true;
                finish(&run, file, path);
                run.varies = false;
            } else {
                file_put_at(file, kept, SMALL, 0);
                finish(&run, file, path);
            }
        }
    }
}

/* A run that is done, but was not told, and a backup over all or some of the file. */
static void test_put_back_after_the_end(void **state)
{
    const char *file = scratch("file"), *path = scratch("journal");
    const struct {
        size_t offset, length;
    } backups[] = {{0, SIZE}, {0, SIZE / 2}, {SIZE / 2, SIZE - SIZE / 2}, {2 * MMV_MIB - GRANULE, GRANULE}};
    (void)state;
    for (mmv_journal_mode mode = MMV_JOURNAL_KILL; mode <= MMV_JOURNAL_POWER; mode++)
        for (size_t i = 0; i < COUNT(backups); i++) {
            struct run run = usual;
            run.mode = mode;
            run_prepare(&run, file);
            fault_hook(FAULT_REMOVE, die_in_time);
            assert_int_equal(killed_at(&run, file, path, 1), RUN_KILLED);
            fault_reset();
            assert_true(run_is(file, run_after, SIZE));
            file_put_at(file, run_before + backups[i].offset, backups[i].length, backups[i].offset);
            refused(&run, file, path, "changed or put back since");
            file_put_at(file, run_after, SIZE, 0);
            finish(&run, file, path);
        }
}

/* Killed when all was done but the removal of the journal. After another start of the system the same command is a new
 * run. */
static void test_done_before_another_start_of_the_system(void **state)
{
    const char *file = scratch("file"), *path = scratch("journal");
    struct run run = usual;
    (void)state;
    if (MMV_POSIX_ONLY)
        skip_because("POSIX cannot tell one start of the system from another");
    run_prepare(&run, file);
    fault_hook(FAULT_REMOVE, die_in_time);
    assert_int_equal(killed_at(&run, file, path, 1), RUN_KILLED);
    fault_reset();
    assert_true(run_is(file, run_after, SIZE));
    assert_true(file_exists(path));
    file_put_at(file, run_before, SIZE, 0);
    fault_boot("another one");
    assert_int_equal(run_child(&run, file, path, 0, text, sizeof text), MMV_OK);
    run_check(&run, file, path);
}

/* ---- trials ----------------------------------------------------------------------------------------------------- */

static unsigned trials;
static const char *trial_file, *trial_path;

/* What is a trial must not be taken for a change: counters of the caller would run twice. */
static mmv_status see_trials(const mmv_chunk *chunk, void *user)
{
    struct run run = small;
    trials += chunk->is_trial;
    (void)user;
    return run_change(chunk, &run);
}

static mmv_status walk_with_trials(void *user)
{
    const mmv_journal_options options = {.mode = MMV_JOURNAL_KILL, .operation = "change", .bytes = SMALL};
    mmv_walk_options how = {.record_size = 1024, .threads = 1, .io = MMV_IO_MMAP};
    mmv_map *map;
    run_set_steps(0);
    mmv_status status = mmv_map_open(trial_file, MMV_READ_WRITE, &map);
    if (status == MMV_OK)
        status = mmv_journal_open(trial_path, &options, &how.journal);
    if (status == MMV_OK)
        status = mmv_walk(map, &how, see_trials, NULL);
    if (status == MMV_OK)
        status = mmv_journal_end(how.journal, MMV_JOURNAL_FINISHED);
    mmv_journal_close(&how.journal);
    mmv_map_close(&map);
    if (status == MMV_OK && (trials > 0) != *(const bool *)user)
        return MMV_EKIND;
    return status;
}

static void test_trials_are_told(void **state)
{
    bool are_wanted = false;
    (void)state;
    trial_file = scratch("file");
    trial_path = scratch("journal");
    run_prepare(&small, trial_file);
    assert_int_equal(run_in_child(walk_with_trials, RUN_GIVE(are_wanted), text, sizeof text), MMV_OK);
    run_check(&small, trial_file, trial_path);
    interrupt(&small, trial_file, trial_path, 4);
    are_wanted = true;
    if (run_in_child(walk_with_trials, RUN_GIVE(are_wanted), text, sizeof text) != MMV_OK)
        fail_msg("%s", text);
    run_check(&small, trial_file, trial_path);
}

/* ---- the same bytes in another file ----------------------------------------------------------------------------- */

static void copy_to(const char *from, const char *to, size_t size)
{
    static unsigned char bytes[RUN_LARGEST];
    char mark[4096];
    file_get(from, bytes, size, 0);
    unlink(to);
    file_put(to, bytes, size);
    ssize_t length = getxattr(from, "user.mmview.journal", mark, sizeof mark);
    if (length > 0)
        assert_int_equal(setxattr(to, "user.mmview.journal", mark, (size_t)length, 0), 0);
}

/* Clocks of file systems go by ticks: what comes after this is younger than what was there before. */
static void wait_a_tick(void)
{
    usleep(20000);
}

static void test_adoption(void **state)
{
    const char *file = scratch("file"), *copy = scratch("copy"), *path = scratch("journal");
    (void)state;
    for (mmv_journal_mode mode = MMV_JOURNAL_KILL; mode <= MMV_JOURNAL_POWER; mode++) {
        struct run run = usual, adopting = usual;
        const long again = 800; /* behind the trials, which are steps, too, and before the end */
        run.mode = adopting.mode = mode;
        adopting.adopt = true;
        interrupt(&run, file, path, 1200);
        wait_a_tick();
        copy_to(file, copy, SIZE);
        refused(&run, copy, path, "the inode");
        refused(&adopting, copy, path, "is still there, and is to be finished");
        assert_true(run_is(file, kept, SIZE));
        unlink(file);
        refused(&run, copy, path, "the inode");
        /* Not what the run made of it. */
        file_put_at(copy, run_before, 2 * MMV_MIB, 0);
        refused(&adopting, copy, path, "changed or put back since");
        file_put_at(copy, kept, SIZE, 0);
        /* Killed again, it goes on without being adopted: it is the run's file now. */
        assert_int_equal(run_child(&adopting, copy, path, again, text, sizeof text), RUN_KILLED);
        finish(&run, copy, path);
        /* Moved again. */
        interrupt(&run, file, path, 1200);
        wait_a_tick();
        copy_to(file, copy, SIZE);
        unlink(file);
        finish(&adopting, copy, path);
        unlink(copy);
    }
}

/* When a file was changed last, as a copy takes it along. */
static void take_time(const char *from, const char *to)
{
    mmv__os_facts facts;
    int source = open(from, O_RDONLY | O_CLOEXEC), copy = open(to, O_RDWR | O_CLOEXEC);
    assert_int_equal(mmv__os_get_facts(source, &facts), 0);
    assert_int_equal(mmv__os_set_modified(copy, facts.modified), 0);
    close(source);
    close(copy);
}

/* A whole folder is moved to another file system, the journal with it. */
static void test_adoption_of_a_folder(void **state)
{
    const char *file = scratch("old/file"), *path = scratch("old/journal");
    const char *copy = scratch("new/file"), *copied = scratch("new/journal");
    struct run adopting = usual;
    (void)state;
    adopting.adopt = true;
    mkdir(scratch("old"), 0700);
    mkdir(scratch("new"), 0700);
    interrupt(&usual, file, path, 1200);
    wait_a_tick();
    copy_to(file, copy, SIZE);
    copy_to(path, copied, (size_t)file_length(path));
    take_time(path, copied);
    unlink(file);
    unlink(path);
    finish(&adopting, copy, copied);
}

static void test_a_copy_made_meanwhile(void **state)
{
    const char *file = scratch("file"), *copy = scratch("copy"), *path = scratch("journal");
    struct run adopting = usual;
    (void)state;
    adopting.adopt = true;
    run_prepare(&usual, file);
    copy_to(file, copy, SIZE);
    wait_a_tick();
    interrupt(&usual, file, path, 1200);
    /* All that the run has made is in the copy: only the time at which it was begun tells. */
    file_put_at(copy, kept, SIZE, 0);
    unlink(file);
    refused(&adopting, copy, path, "begun while the interrupted run was still at work");
    unlink(path);
    unlink(copy);
}

/* ---- page caches ------------------------------------------------------------------------------------------------ */

static void test_mounted_again(void **state)
{
    const char *file = scratch("file"), *path = scratch("journal");
    struct run run = usual, adopting = usual;
    (void)state;
    if (MMV_POSIX_ONLY)
        skip_because("POSIX cannot tell one mount from another: all runs are of mode power");
    adopting.adopt = true;
    /* Of a mount that surely was another one nothing may be believed. */
    fault_instance(FAULT_INSTANCE_SURE);
    interrupt(&run, file, path, 1200);
    fault_reset();
    refused(&run, file, path, "was mounted again since");
    refused(&adopting, file, path, "was mounted again since");
    fault_instance(FAULT_INSTANCE_SURE);
    finish(&run, file, path);
    /* Where the number may also be another one for other reasons, somebody may say so. */
    fault_instance(FAULT_INSTANCE_MOUNT);
    interrupt(&run, file, path, 1200);
    fault_reset();
    refused(&run, file, path, "was mounted again since");
    finish(&adopting, file, path);
    /* Mode power needs no page cache. */
    run.mode = MMV_JOURNAL_POWER;
    fault_instance(FAULT_INSTANCE_SURE);
    interrupt(&run, file, path, 1200);
    fault_reset();
    finish(&run, file, path);
}

/* The journal's file system is the same, and the file's is another: a record with another number in it, well sealed. */
static void test_the_file_was_mounted_again(void **state)
{
    const char *file = scratch("file"), *path = scratch("journal");
    static mmv__journal_header header;
    char name[4096] = "";
    mmv__record record = {.file = {.length = 0}};
    (void)state;
    if (MMV_POSIX_ONLY)
        skip_because("POSIX cannot tell one mount from another: all runs are of mode power");
    interrupt(&usual, file, path, 1200);
    file_get(path, &header, sizeof header, 0);
    uint64_t at = mmv__header_log_at(&header);
    file_get(path, &record.file, sizeof record.file, at);
    assert_int_equal(record.head.kind, MMV__RECORD_FILE);
    assert_true(record.head.length < sizeof name);
    file_get(path, name, record.head.length, at + sizeof record.file);
    assert_true(mmv__record_check(&record, name, header.run, 0) == record.head.check);
    record.file.instance ^= 1;
    record.head.check = mmv__record_check(&record, name, header.run, 0);
    file_put_at(path, &record.file, sizeof record.file, at);
    refused(&usual, file, path, "was mounted again since");
    record.file.instance ^= 1;
    record.head.check = mmv__record_check(&record, name, header.run, 0);
    file_put_at(path, &record.file, sizeof record.file, at);
    finish(&usual, file, path);
}

static void test_no_instance_becomes_power(void **state)
{
    const char *file = scratch("file"), *path = scratch("journal");
    mmv_journal_info *info;
    (void)state;
    fault_instance(FAULT_INSTANCE_NONE);
    interrupt(&usual, file, path, 1200);
    assert_ok(mmv_journal_inspect(path, &info));
    assert_int_equal(info->mode, MMV_JOURNAL_POWER);
    mmv_journal_info_free(&info);
    finish(&usual, file, path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_another_image, fault_end),
        cmocka_unit_test_teardown(test_each_byte_old_or_new, fault_end),
        cmocka_unit_test_teardown(test_put_back_after_the_end, fault_end),
        cmocka_unit_test_teardown(test_done_before_another_start_of_the_system, fault_end),
        cmocka_unit_test_teardown(test_trials_are_told, fault_end),
        cmocka_unit_test_teardown(test_adoption, fault_end),
        cmocka_unit_test_teardown(test_adoption_of_a_folder, fault_end),
        cmocka_unit_test_teardown(test_a_copy_made_meanwhile, fault_end),
        cmocka_unit_test_teardown(test_mounted_again, fault_end),
        cmocka_unit_test_teardown(test_the_file_was_mounted_again, fault_end),
        cmocka_unit_test_teardown(test_no_instance_becomes_power, fault_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
