/* SPDX-License-Identifier: MIT */
/*
 * test_exit.c - the exit of a process that has or had children: what it gives up, and what it leaves to them; and one
 * that has no descriptor left.
 */

#include "check.h"

#include "faults.h"
#include "os/name.h"
#include "peers.h"
#include "scratch.h"
#include "shared/names.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static bool see(const char *file, void *user)
{
    const char **wanted = user;
    if (strstr(file, *wanted))
        *wanted = "";
    return **wanted != '\0';
}

extern char **environ;

/* Whether there is a file or a label of the name. */
static bool is_left(const char *name)
{
    char path[64];
    const char *wanted = name;
    for (unsigned hidden = 0; hidden < 2 && *wanted; hidden++) {
        snprintf(path, sizeof path, "%s%s", mmv__os_shared_directory(), hidden ? ".mmv." : "mmv.");
        mmv__os_list(path, see, &wanted);
    }
    return *wanted == '\0';
}

/* What is never closed is static: it is no leak. */
static mmv_map *opened, *more;
static mmv_view viewed;

static int open_one(const char *name, mmv_access access)
{
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    options.limits = access == MMV_READ;
    return mmv_map_open_named(name, access, &options, &opened) != MMV_OK ||
           mmv_view_open(opened, 0, 0, &viewed) != MMV_OK;
}

/* ---- no descriptor ---------------------------------------------------------------------------------------------- */

static int exit_without_a_descriptor(mmv_access access, const char *name, unsigned permissions)
{
    int failed = open_one(name, access);
    if (permissions)
        failed += mmv_map_set_permissions(opened, permissions) != MMV_OK;
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_NOFILE, &none);
    exit(failed);
}

static int exit_with_one_for_reading(const char *name)
{
    return exit_without_a_descriptor(MMV_READ, name, 0);
}

static int exit_with_one_for_stores(const char *name)
{
    return exit_without_a_descriptor(MMV_READ_WRITE, name, 0);
}

static int exit_with_one_that_became_for_reading(const char *name)
{
    return exit_without_a_descriptor(MMV_READ_WRITE, name, 0444);
}

static void test_an_exit_without_a_descriptor(void **state)
{
    (void)state;
    peers_need_locks();
    if (CHECK_SANITIZED)
        skip_because("a sanitizer opens files at the exit");
    const char *name = peers_name("none-left");
    assert_int_equal(in_child(exit_with_one_for_stores, name), 0);
    assert_false(is_left(name));
    assert_int_equal(in_child(exit_with_one_for_reading, name), 0);
    assert_false(is_left(name));
    assert_int_equal(in_child(exit_with_one_that_became_for_reading, name), 0);
    assert_false(is_left(name));
}

/* ---- children that were forked ----------------------------------------------------------------------------------- */

static int lives[2], tells[2];

/* Its output is what it reads. */
static void run_cat(void)
{
    close(lives[1]);
    dup2(lives[0], 0);
    dup2(tells[1], 1);
    execlp("cat", "cat", (char *)NULL);
    _exit(127);
}

static int run_a_program_and_exit(const char *name)
{
    int begun[2];
    char byte;
    int failed = open_one(name, MMV_READ_WRITE) || pipe2(begun, O_CLOEXEC) != 0;
    pid_t child = fork();
    if (child == 0)
        run_cat();
    close(begun[1]);
    failed += child < 0 || read(begun[0], &byte, 1) != 0;
    exit(failed);
}

/* It has nothing of its parent's files any more. */
static void test_a_child_that_runs_another_program(void **state)
{
    char byte = 0;
    (void)state;
    peers_need_locks();
    const char *name = peers_name("program");
    assert_int_equal(pipe(lives), 0);
    assert_int_equal(pipe(tells), 0);
    assert_int_equal(in_child(run_a_program_and_exit, name), 0);
    bool is_there = is_left(name);
    /* The program is still there. */
    assert_int_equal(write(lives[1], "x", 1), 1);
    assert_int_equal(read(tells[0], &byte, 1), 1);
    assert_int_equal(byte, 'x');
    close(lives[1]);
    close(lives[0]);
    close(tells[1]);
    close(tells[0]);
    assert_false(is_there);
}

static int have_had_children(const char *name)
{
    int status;
    int failed = open_one(name, MMV_READ);
    for (unsigned i = 0; i < 3; i++) {
        pid_t child = fork();
        if (child == 0)
            exit(0);
        failed += waitpid(child, &status, 0) != child || status != 0;
    }
    exit(failed);
}

static void test_children_that_have_ended(void **state)
{
    (void)state;
    peers_need_locks();
    const char *name = peers_name("ended");
    assert_int_equal(in_child(have_had_children, name), 0);
    assert_false(is_left(name));
}

static fault_call refused;

static unsigned count_descriptors(void)
{
    unsigned count = 0;
    for (int i = 0; i < 256; i++)
        count += fcntl(i, F_GETFD) >= 0;
    return count;
}

static int fork_without_a_lifeline(const char *name)
{
    int failed = open_one(name, MMV_READ_WRITE);
    unsigned before = count_descriptors();
    fault_at(refused, 1, ENOMEM);
    if (fork() == 0) {
        close(lives[1]);
        _exit(read(lives[0], &before, 1) != 0);
    }
    failed += fault_count(refused) == 0;
    fault_reset();
    failed += count_descriptors() != before;
    exit(failed);
}

/* Nobody knows then whether the child has the name still: it is left to that, and to the next sweep. */
static void test_a_fork_when_there_is_no_memory(void **state)
{
    const fault_call calls[] = {FAULT_CREATE_MEMORY, FAULT_LOCK, FAULT_MAP};
    (void)state;
    peers_need_locks();
    const char *name = peers_name("refused");
    for (size_t i = 0; i < COUNT(calls); i++) {
        char byte;
        refused = calls[i];
        assert_int_equal(pipe(lives), 0);
        assert_int_equal(pipe(tells), 0);
        assert_int_equal(in_child(fork_without_a_lifeline, name), 0);
        bool is_there = is_left(name);
        close(lives[1]);
        close(lives[0]);
        close(tells[1]);
        assert_int_equal(read(tells[0], &byte, 1), 0);
        close(tells[0]);
        assert_true(is_there);
        mmv_shared_sweep();
        assert_false(is_left(name));
    }
}

/* As daemons do. What it has of the name is its view. */
static void close_all_and_stay(void)
{
    pid_t own = getpid();
    (void)!write(tells[1], &own, sizeof own);
    for (int i = 0; i < 256; i++)
        close(i);
    while (viewed.length)
        pause();
}

static int leave_a_daemon(const char *name)
{
    int failed = open_one(name, MMV_READ_WRITE);
    /* One that ends, and one that goes on. */
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    waitpid(child, NULL, 0);
    if (fork() == 0)
        close_all_and_stay();
    exit(failed);
}

static void test_a_child_that_has_closed_its_descriptors(void **state)
{
    pid_t child;
    (void)state;
    peers_need_locks();
    const char *name = peers_name("closed");
    assert_int_equal(pipe(tells), 0);
    assert_int_equal(in_child(leave_a_daemon, name), 0);
    assert_int_equal(read(tells[0], &child, sizeof child), sizeof child);
    mmv_shared_sweep();
    bool is_there = is_left(name);
    kill(child, SIGKILL);
    close(tells[0]);
    close(tells[1]);
    for (unsigned tried = 0; tried < 2000 && is_left(name); tried++) {
        usleep(1000);
        mmv_shared_sweep();
    }
    assert_true(is_there);
    assert_false(is_left(name));
}

static int descriptor, removals, taken;

/* As the child does, which has the same open file. */
static void remove_as_the_child(void)
{
    removals++;
    taken += mmv__os_lock(descriptor, true, MMV__REMOVAL, 1) == 0;
}

static int close_after_a_fork(mmv_access access, const char *name)
{
    if (open_one(name, access))
        return 1;
    descriptor = mmv_map_descriptor(opened);
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    waitpid(child, NULL, 0);
    fault_hook(FAULT_REMOVE, remove_as_the_child);
    mmv_view_close(&viewed);
    mmv_map_close(&opened);
    fault_reset();
    return removals == 0 || taken != 0;
}

static int close_one_for_stores(const char *name)
{
    return close_after_a_fork(MMV_READ_WRITE, name);
}

/* Of two that remove a name at once one could take away what a third has made. */
static void test_parent_and_child_do_not_remove_at_once(void **state)
{
    (void)state;
    peers_need_locks();
    const char *name = peers_name("at-once");
    assert_int_equal(in_child(close_one_for_stores, name), 0);
    assert_false(is_left(name));
}

/* ---- children that were made otherwise --------------------------------------------------------------------------- */

static int go_on(const char *name)
{
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    int failed = !peers_exists(name);
    failed += mmv_map_open_named(peers_of(name, "more"), MMV_READ_WRITE, &options, &more) != MMV_OK;
    mmv_map_close(&more);
    mmv_view_close(&viewed);
    mmv_map_close(&opened);
    return failed;
}

static int have_a_child_in_its_memory(const char *name)
{
    if (open_one(name, MMV_READ_WRITE))
        return 9;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    pid_t child = vfork();
#pragma GCC diagnostic pop
    if (child == 0)
        exit(0);
    return waitpid(child, NULL, 0) == child ? go_on(name) : 8;
}

static void test_the_exit_of_a_child_that_shares_the_memory(void **state)
{
    (void)state;
    peers_need_locks();
    if (CHECK_SANITIZED)
        skip_because("a sanitizer looks at the memory at the exit");
    const char *name = peers_name("vfork");
    assert_int_equal(in_child(have_a_child_in_its_memory, name), 0);
    assert_false(is_left(name));
}

static int start_nothing(const char *name)
{
    pid_t child;
    char *words[] = {(char *)"none", NULL};
    if (open_one(name, MMV_READ_WRITE))
        return 9;
    int error = posix_spawn(&child, scratch("no such program"), NULL, NULL, words, environ);
    if (error == 0)
        waitpid(child, NULL, 0);
    if (!peers_exists(name))
        return 8;
    exit(error != 0 && error != ENOENT);
}

static void test_a_program_that_cannot_be_started(void **state)
{
    (void)state;
    peers_need_locks();
    const char *name = peers_name("spawn");
    assert_int_equal(in_child(start_nothing, name), 0);
    assert_false(is_left(name));
}

#if defined(SYS_clone) && !defined(__s390x__)
/* Nobody hears of it, as of _Fork(3). */
static int have_a_child_that_nobody_counts(const char *name)
{
    if (open_one(name, MMV_READ_WRITE))
        return 9;
    pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0)
        exit(0);
    return waitpid(child, NULL, 0) == child ? go_on(name) : 8;
}

static void test_the_exit_of_a_child_that_nobody_counts(void **state)
{
    (void)state;
    peers_need_locks();
    const char *name = peers_name("clone");
    assert_int_equal(in_child(have_a_child_that_nobody_counts, name), 0);
    assert_false(is_left(name));
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_exit_without_a_descriptor),
        cmocka_unit_test(test_a_child_that_runs_another_program),
        cmocka_unit_test(test_children_that_have_ended),
        cmocka_unit_test(test_a_fork_when_there_is_no_memory),
        cmocka_unit_test(test_a_child_that_has_closed_its_descriptors),
        cmocka_unit_test(test_parent_and_child_do_not_remove_at_once),
        cmocka_unit_test(test_the_exit_of_a_child_that_shares_the_memory),
        cmocka_unit_test(test_a_program_that_cannot_be_started),
#if defined(SYS_clone) && !defined(__s390x__)
        cmocka_unit_test(test_the_exit_of_a_child_that_nobody_counts),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
