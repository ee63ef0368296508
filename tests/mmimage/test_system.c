/* SPDX-License-Identifier: MIT */
/* test_system.c - a lock can be taken again, and destroyed twice. */

#include "support.h"

#include "system/system.h"

static void test_lock(void **state)
{
    mmi__lock *lock = mmi__lock_create();
    (void)state;
    assert_non_null(lock);
    for (int i = 0; i < 2; i++) {
        mmi__lock_take(lock);
        mmi__lock_give(lock);
    }
    mmi__lock_destroy(&lock);
    assert_null(lock);
    mmi__lock_destroy(&lock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
