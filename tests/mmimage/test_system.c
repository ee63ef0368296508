/* SPDX-License-Identifier: MIT */
/* test_system.c - libraries are loaded once, whole or not at all. */

#include "support.h"

#include "system/system.h"

#include <math.h>

typedef double function(double);

static void test_loaded_once(void **state)
{
    function *cosine = NULL, *nothing = NULL;
    const mmi__symbol symbols[] = {{"cos", &cosine}};
    const mmi__symbol missing[] = {{"cos", &cosine}, {"no_such_function", &nothing}};
    mmi__library_state library = MMI__LIBRARY_UNTRIED;
    (void)state;
    if (!mmi__library_load("libm.so.6", symbols, 1, &library)) {
        print_message("SKIPPED: there is no libm.so.6\n");
        return;
    }
    assert_int_equal(library, MMI__LIBRARY_LOADED);
    assert_true(cosine && cosine(0) == 1);
    cosine = NULL;
    assert_true(mmi__library_load("libm.so.6", symbols, 1, &library));
    assert_null(cosine);
    library = MMI__LIBRARY_UNTRIED;
    assert_false(mmi__library_load("libm.so.6", missing, 2, &library));
    assert_int_equal(library, MMI__LIBRARY_MISSING);
}

static void test_missing(void **state)
{
    mmi__library_state library = MMI__LIBRARY_UNTRIED;
    (void)state;
    assert_false(mmi__library_load("libmmview-no-such.so.0", NULL, 0, &library));
    assert_int_equal(library, MMI__LIBRARY_MISSING);
}

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
        cmocka_unit_test(test_loaded_once),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_lock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
