/* SPDX-License-Identifier: MIT */
/* test_semaphore.c - semaphores between processes. */

#include "check.h"

#include "peers.h"

#include <mmview/guard.h>
#include <mmview/sync.h>

#include <unistd.h>

static void test_a_semaphore_counts(void **state)
{
    mmv_semaphore *semaphore;
    uint32_t before;
    (void)state;
    const char *name = peers_name("semaphore");
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    assert_bad(mmv_semaphore_open(name, 1, 0, &options, &semaphore), MMV_ERANGE, "most");
    assert_bad(mmv_semaphore_open(name, 4, 3, &options, &semaphore), MMV_ERANGE, "count");
    assert_ok(mmv_semaphore_open(name, 2, 3, &options, &semaphore));
    assert_ok(mmv_semaphore_acquire(semaphore, 0));
    assert_ok(mmv_semaphore_acquire(semaphore, MMV_FOREVER));
    assert_status(mmv_semaphore_acquire(semaphore, 0), MMV_ETIMEOUT);
    assert_status(mmv_semaphore_acquire(semaphore, 10), MMV_ETIMEOUT);
    assert_ok(mmv_semaphore_release(semaphore, 3, &before));
    assert_int_equal(before, 0);
    assert_bad(mmv_semaphore_release(semaphore, 1, &before), MMV_ERANGE, "count");
    assert_bad(mmv_semaphore_release(semaphore, UINT32_MAX, NULL), MMV_ERANGE, "count");
    for (unsigned i = 0; i < 3; i++)
        assert_ok(mmv_semaphore_acquire(semaphore, 0));
    assert_status(mmv_semaphore_acquire(semaphore, 0), MMV_ETIMEOUT);
    mmv_semaphore_close(&semaphore);
    mmv_semaphore_close(&semaphore);
    peers_tidy(name);
}

static int pass_many(const char *name)
{
    mmv_semaphore *semaphore;
    if (mmv_semaphore_open(name, 0, 0, NULL, &semaphore) != MMV_OK)
        return 1;
    for (unsigned i = 0; i < 1000; i++)
        if (mmv_semaphore_acquire(semaphore, 60000) != MMV_OK || mmv_semaphore_release(semaphore, 1, NULL) != MMV_OK)
            return 2;
    return 0;
}

static void test_many_pass_a_semaphore(void **state)
{
    mmv_semaphore *semaphore;
    pid_t children[4];
    (void)state;
    const char *name = peers_name("many");
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    assert_ok(mmv_semaphore_open(name, 0, 2, &options, &semaphore));
    for (size_t i = 0; i < COUNT(children); i++)
        children[i] = start_child(pass_many, name);
    usleep(10000);
    assert_ok(mmv_semaphore_release(semaphore, 2, NULL));
    for (size_t i = 0; i < COUNT(children); i++)
        assert_int_equal(child_wait(children[i]), 0);
    assert_ok(mmv_semaphore_acquire(semaphore, 0));
    assert_ok(mmv_semaphore_acquire(semaphore, 0));
    mmv_semaphore_close(&semaphore);
    peers_tidy(name);
}

/* A peer takes the memory away: a status, with the guard on. */
static void test_a_semaphore_that_becomes_shorter(void **state)
{
    mmv_semaphore *semaphore;
    (void)state;
    assert_ok(mmv_guard_enable());
    const char *name = peers_name("shorter");
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    assert_ok(mmv_semaphore_open(name, 1, 1, &options, &semaphore));
    assert_int_equal(truncate(peers_path(name), 0), 0);
    assert_status(mmv_semaphore_acquire(semaphore, 0), MMV_ETRUNC);
    mmv_semaphore_close(&semaphore);
    unlink(peers_path(name)); /* without its header nobody knows it for an object */
    peers_tidy(name);
    mmv_guard_disable();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_semaphore_counts),
        cmocka_unit_test(test_many_pass_a_semaphore),
        cmocka_unit_test(test_a_semaphore_that_becomes_shorter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
