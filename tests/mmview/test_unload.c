/* SPDX-License-Identifier: MIT */
/*
 * test_unload.c - a program that loads the shared library, turns the guard on and closes the library: its own handler
 * of SIGBUS is called as before, and the library's is still there to call it.
 */

#include "check.h"
#include "scratch.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static sigjmp_buf back;

static void own_handler(int number)
{
    (void)number;
    siglongjmp(back, 1);
}

static volatile char *bad_page(void)
{
    file_make(scratch("gone"), 4096, 1);
    int descriptor = open(scratch("gone"), O_RDWR);
    volatile char *page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, descriptor, 0);
    assert_true((const volatile void *)page != MAP_FAILED);
    close(descriptor);
    file_cut(scratch("gone"), 0);
    return page;
}

static void enable_and_close(void)
{
    mmv_status (*enable)(void);
    void *library = dlopen(getenv("MMV_TEST_LIBRARY"), RTLD_NOW | RTLD_LOCAL);
    assert_non_null(library);
    void *address = dlsym(library, "mmv_guard_enable");
    memcpy(&enable, &address, sizeof enable);
    assert_int_equal(enable(), MMV_OK);
    assert_int_equal(dlclose(library), 0);
}

static bool own_handler_runs(void)
{
    volatile char *page = bad_page();
    if (sigsetjmp(back, 1) == 0) {
        char seen = page[0];
        (void)seen;
        return false;
    }
    return true;
}

static void test_the_own_handler_runs_after_dlclose(void **state)
{
    (void)state;
    signal(SIGBUS, own_handler);
    enable_and_close();
    assert_true(own_handler_runs());
    /* Loaded anew it is the same library. */
    enable_and_close();
    assert_true(own_handler_runs());
}

/* Nobody's handler: the process ends as if the library had never been there. */
static void test_without_a_handler_the_process_ends_by_sigbus(void **state)
{
    int ending;
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGBUS, SIG_DFL);
        void *library = dlopen(getenv("MMV_TEST_LIBRARY"), RTLD_NOW);
        _exit(library && dlclose(library) == 0 && bad_page()[0] ? 1 : 2);
    }
    assert_int_equal(waitpid(child, &ending, 0), child);
    assert_true(WIFSIGNALED(ending) && WTERMSIG(ending) == SIGBUS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_a_handler_the_process_ends_by_sigbus),
        cmocka_unit_test(test_the_own_handler_runs_after_dlclose),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
