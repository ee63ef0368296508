/* SPDX-License-Identifier: MIT */
/*
 * test_journal_full.c - a journal on a file system that copies on write, and is full: a store into a mapped stash fails
 * there, although its blocks were taken when the journal was made. Takes root, loop devices and btrfs.
 */

#include "runs.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE ((size_t)(2 * MMV_MIB))

static char mounted[512];
static int gate[2], here[2];

/* In a namespace of our own, so that the mount is gone with the process, however that ends. */
static bool mount_disk(void)
{
    char command[2048];
    snprintf(mounted, sizeof mounted, "%s", scratch("disk"));
    if (mkdir(mounted, 0777) != 0 || unshare(CLONE_NEWNS) != 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        return false;
    snprintf(command, sizeof command,
             "truncate -s 200M '%s' && mkfs.btrfs -q -M '%s' >/dev/null 2>&1 && mount -o loop '%s' '%s' 2>/dev/null",
             scratch("image"), scratch("image"), scratch("image"), mounted);
    return system(command) == 0;
}

static int unmount(void **state)
{
    (void)state;
    return umount2(mounted, MNT_DETACH);
}

/* The first chunk: its journal is there, and what it has is on the device, so that a store needs a new block. */
static mmv_status wait_at_the_gate(void)
{
    static bool waited;
    char byte = 1;
    if (waited)
        return MMV_OK;
    waited = true;
    return write(here[1], &byte, 1) == 1 && read(gate[0], &byte, 1) >= 0 ? MMV_OK : MMV_ESYSTEM;
}

static void fill_disk(void)
{
    char command[2048];
    snprintf(
        command, sizeof command,
        "cd '%s' && sync -f . && for s in 1M 4k 4k; do dd if=/dev/zero of=fill$((i+=1)) bs=$s 2>/dev/null; sync -f .; "
        "done; true",
        mounted);
    assert_int_equal(system(command), 0);
}

static void free_disk(void)
{
    char command[2048];
    snprintf(command, sizeof command, "rm -f '%s'/fill* && sync -f '%s'", mounted, mounted);
    assert_int_equal(system(command), 0);
}

static void test_a_stash_without_room(void **state)
{
    static char path[600], text[512];
    const char *file = scratch("file");
    (void)state;
    snprintf(path, sizeof path, "%s/journal", mounted);
    assert_ok(mmv_guard_enable());
    for (int io = MMV_IO_MMAP; io <= MMV_IO_DIRECT; io++) {
        struct run run = {
            .size = SIZE, .record = 1024, .threads = 1, .io = (mmv_io)io, .mode = MMV_JOURNAL_KILL, .window = 65536};
        char byte;
        int result;
        run_prepare(&run, file);
        assert_true(pipe(gate) == 0 && pipe(here) == 0);
        run.pause = wait_at_the_gate;
        pid_t pid = fork();
        if (pid == 0) {
            close(gate[1]);
            _exit((int)run_here(&run, file, path, 0));
        }
        assert_int_equal(read(here[0], &byte, 1), 1);
        fill_disk();
        close(gate[1]);
        assert_int_equal(waitpid(pid, &result, 0), pid);
        close(gate[0]), close(here[0]), close(here[1]);
        assert_true(WIFEXITED(result));
        assert_int_equal(WEXITSTATUS(result), MMV_ENOSPC);
        free_disk();
        run.pause = NULL;
        if (run_child(&run, file, path, 0, text, sizeof text) != MMV_OK)
            fail_msg("with room again: %s", text);
        run_check(&run, file, path);
    }
    mmv_guard_disable();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_stash_without_room)};
    if (geteuid() != 0 || !mount_disk()) {
        fprintf(stderr,
                "SKIPPED: cannot mount a btrfs on a loop device: that takes root, loop devices and mkfs.btrfs\n");
        return SKIP_WHOLE_TEST;
    }
    return cmocka_run_group_tests(tests, NULL, unmount);
}
