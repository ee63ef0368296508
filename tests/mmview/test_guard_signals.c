/* SPDX-License-Identifier: MIT */
/* test_guard_signals.c - SIGBUS that is not of the library's mappings is left to everybody else's handlers. */

#include "check.h"

#include "scratch.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <unistd.h>

/* A page of a mapping made by hand, whose file is gone: touching it is SIGBUS. */
static volatile char *foreign_bad_page(void)
{
    const char *path = scratch("foreign");
    file_make(path, 8192, 1);
    int descriptor = open(path, O_RDWR);
    char *data = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    assert_true(data != MAP_FAILED);
    close(descriptor);
    file_cut(path, 0);
    return data;
}

/* ---- other people's signals ------------------------------------------------------------------------------------- */

static sigjmp_buf back;
static volatile sig_atomic_t seen;
static void *volatile seen_address;

static void jump_back(int number, siginfo_t *info, void *context)
{
    (void)number, (void)context;
    seen++;
    seen_address = info->si_addr;
    siglongjmp(back, 1);
}

static void jump_back_plainly(int number)
{
    (void)number;
    seen++;
    siglongjmp(back, 1);
}

static void check_reaches_previous(const struct sigaction *action)
{
    struct sigaction before;
    volatile char *bad = foreign_bad_page();
    assert_int_equal(sigaction(SIGBUS, action, &before), 0);
    assert_ok(mmv_guard_enable());
    seen = 0;
    for (volatile int i = 0; i < 3; i++)
        if (sigsetjmp(back, 1) == 0)
            bad[i] = 1;
    mmv_guard_disable();
    struct sigaction restored;
    assert_int_equal(sigaction(SIGBUS, &before, &restored), 0);
    assert_int_equal(seen, 3);
    /* The handler that was there before is there again. */
    assert_true(restored.sa_flags & SA_SIGINFO ? restored.sa_sigaction == action->sa_sigaction
                                               : restored.sa_handler == action->sa_handler);
    munmap((void *)bad, 8192);
}

static void test_a_fault_elsewhere_reaches_the_previous_handler(void **state)
{
    (void)state;
    struct sigaction action = {.sa_sigaction = jump_back, .sa_flags = SA_SIGINFO};
    check_reaches_previous(&action);
    assert_non_null(seen_address);
    action = (struct sigaction){.sa_handler = jump_back_plainly};
    check_reaches_previous(&action);
}

/* In a child, without cmocka's handlers and the sanitizers': how does a touch of 'bad' end it? */
static int ending_of_a_touch(volatile char *bad, void (*disposition)(int), bool guarded)
{
    pid_t child = fork();
    if (child == 0) {
        signal(SIGBUS, disposition);
        if (guarded && mmv_guard_enable() != MMV_OK)
            _exit(3);
        *bad = 1;
        _exit(4);
    }
    int ending = 0;
    assert_true(child > 0 && waitpid(child, &ending, 0) == child);
    return ending;
}

static void check_killed(int ending)
{
    assert_true(WIFSIGNALED(ending));
    assert_int_equal(WTERMSIG(ending), SIGBUS);
}

static void test_a_fault_elsewhere_kills_as_before(void **state)
{
    (void)state;
    volatile char *bad = foreign_bad_page();
    check_killed(ending_of_a_touch(bad, SIG_DFL, false));
    check_killed(ending_of_a_touch(bad, SIG_DFL, true));
    check_killed(ending_of_a_touch(bad, SIG_IGN, true));
    munmap((void *)bad, 8192);
}

/* A signal sent by kill(2) is no fault: the previous disposition decides about it as well. */
static void test_a_sent_signal_is_not_swallowed(void **state)
{
    struct sigaction before;
    (void)state;
    struct sigaction action = {.sa_handler = jump_back_plainly};
    assert_int_equal(sigaction(SIGBUS, &action, &before), 0);
    assert_ok(mmv_guard_enable());
    seen = 0;
    if (sigsetjmp(back, 1) == 0)
        raise(SIGBUS);
    assert_int_equal(seen, 1);
    mmv_guard_disable();
    sigaction(SIGBUS, &before, NULL);
}

/* ---- nesting ---------------------------------------------------------------------------------------------------- */

static void (*present_handler(void))(int, siginfo_t *, void *)
{
    struct sigaction action;
    sigaction(SIGBUS, NULL, &action);
    return action.sa_sigaction;
}

static void test_enable_and_disable_nest(void **state)
{
    (void)state;
    void (*before)(int, siginfo_t *, void *) = present_handler();
    mmv_guard_disable();
    assert_true(present_handler() == before);
    assert_ok(mmv_guard_enable());
    void (*ours)(int, siginfo_t *, void *) = present_handler();
    assert_true(ours != before);
    assert_ok(mmv_guard_enable());
    mmv_guard_disable();
    assert_true(present_handler() == ours);
    mmv_guard_disable();
    assert_true(present_handler() == before);
    mmv_guard_disable();
    assert_true(present_handler() == before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_fault_elsewhere_reaches_the_previous_handler),
        cmocka_unit_test(test_a_fault_elsewhere_kills_as_before),
        cmocka_unit_test(test_a_sent_signal_is_not_swallowed),
        cmocka_unit_test(test_enable_and_disable_nest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
