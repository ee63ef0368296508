/* SPDX-License-Identifier: MIT */
/*
 * test_journal_lost_stores.c - stores into a mapped stash that its file does not take, as on a full file system that
 * copies on write.
 *
 *     stash   |head: what is armed, sums|records ...|        each page of it may be the one that is lost
 *
 * A page of the stash is made one of an empty file in the middle of a walk: the next access to it faults, and the guard
 * puts zeros there.
 */

#include "runs.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE ((size_t)(2 * MMV_MIB))
#define PAGE 4096

static char journal[600];
static unsigned lost_page, lost_at, chunks;

/* Where the journal's stashes lie in this process: by number, since the journal had no name when it was mapped. */
static char *find_stashes(void)
{
    char line[1024];
    struct stat facts;
    char *found = NULL;
    FILE *maps = fopen("/proc/self/maps", "r");
    assert_non_null(maps);
    assert_int_equal(stat(journal, &facts), 0);
    while (!found && fgets(line, sizeof line, maps)) {
        void *start;
        unsigned long inode;
        assert_int_equal(sscanf(line, "%p-%*s %*s %*s %*s %lu", &start, &inode), 2);
        if (inode == (unsigned long)facts.st_ino)
            found = start;
    }
    fclose(maps);
    assert_non_null(found);
    return found;
}

static mmv_status lose_a_page(void)
{
    if (chunks++ != lost_at)
        return MMV_OK;
    char *stashes = find_stashes();
    int empty = memfd_create("empty", MFD_CLOEXEC);
    assert_true(empty >= 0);
    assert_ptr_not_equal(
        mmap(stashes + (size_t)lost_page * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, empty, 0),
        MAP_FAILED);
    return close(empty) == 0 ? MMV_OK : MMV_ESYSTEM;
}

/* Whatever was lost, the run ends with an error, and the same command with the right bytes. */
static void check_lost(mmv_io io)
{
    char text[512];
    const char *file = scratch("file");
    struct run run = {.size = SIZE, .record = 1024, .threads = 1, .io = io, .mode = MMV_JOURNAL_KILL, .window = 65536};
    chunks = 0;
    run_prepare(&run, file);
    run.pause = lose_a_page;
    int status = run_child(&run, file, journal, 0, text, sizeof text);
    if (status == MMV_OK)
        fail_msg("page %u lost at chunk %u was not noticed", lost_page, lost_at);
    assert_true(status == MMV_EIO || status == MMV_ENOSPC);
    run.pause = NULL;
    status = run_child(&run, file, journal, 0, text, sizeof text);
    if (status != MMV_OK)
        fail_msg("page %u, chunk %u: the run was not finished: %s", lost_page, lost_at, text);
    run_check(&run, file, journal);
}

static void test_each_page_is_lost(void **state)
{
    (void)state;
    snprintf(journal, sizeof journal, "%s", scratch("journal"));
    assert_ok(mmv_guard_enable());
    for (int io = MMV_IO_MMAP; io <= MMV_IO_BUFFERED; io++)
        for (lost_page = 0; lost_page < 3; lost_page++)
            for (lost_at = 0; lost_at < 5; lost_at++)
                check_lost((mmv_io)io);
    mmv_guard_disable();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_page_is_lost)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
