/* SPDX-License-Identifier: MIT */
/*
 * test_exit.c - the exit of a process that has or had children: what it gives up, and what it leaves to them; and one
 * that has no descriptor left.
 */

#include "check.h"

#include "os/name.h"
#include "peers.h"
#include "scratch.h"

#include <sys/resource.h>
#include <unistd.h>

static bool see(const char *file, void *user)
{
    const char **wanted = user;
    if (strstr(file, *wanted))
        *wanted = "";
    return **wanted != '\0';
}

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
static mmv_map *opened;
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_exit_without_a_descriptor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
