/* SPDX-License-Identifier: MIT */
/* left_out.c - see left_out.h. */

#include "left_out.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Between spaces: left_out.cmake begins and ends the list with one. */
static bool is_left_out(const char *name)
{
    char word[200];
    const char *list = getenv("MMV_TEST_LEFT_OUT");
    snprintf(word, sizeof word, " %s ", name);
    return list && strstr(list, word);
}

/* Tests that skip themselves are counted (count.cmake). */
static unsigned skipped;

void __real__skip(const char *file, int line);
void __wrap__skip(const char *file, int line);

void __wrap__skip(const char *file, int line)
{
    skipped++;
    __real__skip(file, line);
}

void test_say_skipped(bool is_whole)
{
    const char *path = getenv("MMV_TEST_COUNTS");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (!file)
        return;
    if (is_whole)
        fprintf(file, "all\n");
    else
        fprintf(file, "%u\n", skipped);
    fclose(file);
}

int __real__cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests, size_t count,
                                   CMFixtureFunction setup, CMFixtureFunction teardown);
int __wrap__cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests, size_t count,
                                   CMFixtureFunction setup, CMFixtureFunction teardown);

int __wrap__cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests, size_t count,
                                   CMFixtureFunction setup, CMFixtureFunction teardown)
{
    static struct CMUnitTest kept[100];
    const char *lists = getenv("MMV_TEST_SAYS");
    size_t left = 0;
    if (count > sizeof kept / sizeof kept[0])
        abort();
    for (size_t i = 0; i < count; i++)
        if (is_left_out(tests[i].name))
            printf("LEFT OUT %s, see %s\n", tests[i].name, lists ? lists : "tests/left_out.cmake");
        else
            kept[left++] = tests[i];
    int failed = __real__cmocka_run_group_tests(name, kept, left, setup, teardown);
    test_say_skipped(false);
    return failed;
}
