/* SPDX-License-Identifier: MIT */
/* test_sandbox.c - what a call in the sandbox can still reach, and that the rest of the process reaches all. */

#include "check.h"

#include "kit/os/sandbox.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

static bool no_landlock;

long __real_syscall(long number, ...);
long __wrap_syscall(long number, void *a, size_t b, unsigned c);

long __wrap_syscall(long number, void *a, size_t b, unsigned c)
{
    if (!no_landlock)
        return __real_syscall(number, a, b, c);
    errno = ENOSYS;
    return -1;
}

struct attempt {
    const char *path, *fresh;
    int open; /* a descriptor from before */
    int opened, made, listed, nested;
    char byte;
    bool read;
};

static void *try_nested(void *user)
{
    struct attempt *attempt = user;
    int descriptor = open(attempt->path, O_RDONLY);
    attempt->nested = descriptor >= 0 ? 0 : errno;
    if (descriptor >= 0)
        close(descriptor);
    return NULL;
}

static int try_all(void *user)
{
    struct attempt *attempt = user;
    pthread_t thread;
    int descriptor = open(attempt->path, O_RDONLY);
    attempt->opened = descriptor >= 0 ? 0 : errno;
    if (descriptor >= 0)
        close(descriptor);
    descriptor = open(attempt->fresh, O_WRONLY | O_CREAT | O_EXCL, 0600);
    attempt->made = descriptor >= 0 ? 0 : errno;
    if (descriptor >= 0)
        close(descriptor);
    attempt->listed = unlink(attempt->path) == 0 ? 0 : errno;
    attempt->read = pread(attempt->open, &attempt->byte, 1, 0) == 1;
    if (pthread_create(&thread, NULL, try_nested, attempt) == 0)
        pthread_join(thread, NULL);
    return 42;
}

static struct attempt attempt_in_sandbox(bool *closed_ret)
{
    file_put(scratch("there"), "x", 1);
    unlink(scratch("fresh"));
    struct attempt attempt = {.path = strdup(scratch("there")), .fresh = strdup(scratch("fresh"))};
    attempt.open = open(attempt.path, O_RDONLY);
    assert_true(attempt.open >= 0);
    assert_int_equal(sandbox_call(try_all, &attempt, closed_ret), 42);
    close(attempt.open);
    free((char *)(uintptr_t)attempt.path);
    free((char *)(uintptr_t)attempt.fresh);
    return attempt;
}

static void test_no_file_can_be_opened(void **state)
{
    bool closed;
    (void)state;
    struct attempt attempt = attempt_in_sandbox(&closed);
    if (!closed)
        skip_because("this kernel has no Landlock");
    assert_int_equal(attempt.opened, EACCES);
    assert_int_equal(attempt.made, EACCES);
    assert_int_equal(attempt.listed, EACCES);
    assert_int_equal(attempt.nested, EACCES);
    /* What was open can be read. */
    assert_true(attempt.read && attempt.byte == 'x');
    /* The rest of the process is as it was. */
    assert_true(file_exists(scratch("there")) && !file_exists(scratch("fresh")));
    file_put(scratch("fresh"), "y", 1);
    assert_true(file_is(scratch("fresh"), "y", 1));
}

static void test_without_landlock_it_is_called_all_the_same(void **state)
{
    bool closed = true;
    (void)state;
    no_landlock = true;
    struct attempt attempt = attempt_in_sandbox(&closed);
    no_landlock = false;
    assert_false(closed);
    assert_true(attempt.opened == 0 && attempt.made == 0 && attempt.read);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_file_can_be_opened),
        cmocka_unit_test(test_without_landlock_it_is_called_all_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
