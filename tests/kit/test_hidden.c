/* SPDX-License-Identifier: MIT */
/* test_hidden.c - names beside a file fit where its own name fits, and tell long names apart. */

#include "check.h"

#include "kit/file/hidden.h"

static char name[NAME_MAX + 1], hidden[HIDDEN_NAME], other[HIDDEN_NAME];

static void test_short_names_are_kept(void **state)
{
    (void)state;
    hidden_fixed("out.raw", "mmpair", hidden);
    assert_string_equal(hidden, ".out.raw.mmpair");
    hidden_random("out.raw", hidden);
    assert_int_equal(strlen(hidden), strlen(".out.raw.0123456789abcdef"));
    assert_memory_equal(hidden, ".out.raw.", 9);
    hidden_random("out.raw", other);
    assert_string_not_equal(hidden, other);
}

static void test_all_lengths_fit(void **state)
{
    (void)state;
    for (size_t length = 1; length <= NAME_MAX; length++) {
        memset(name, 'n', length);
        name[length] = '\0';
        hidden_random(name, hidden);
        assert_in_range(strlen(hidden), 1, NAME_MAX);
        hidden_fixed(name, "mmpair", hidden);
        assert_in_range(strlen(hidden), 1, NAME_MAX);
        assert_string_equal(hidden + strlen(hidden) - 7, ".mmpair");
        name[length - 1] = 'm';
        hidden_fixed(name, "mmpair", other);
        assert_string_not_equal(hidden, other);
    }
}

/* Bytes 10xxxxxx never stand behind a cut. */
static void check_cut(const char *made)
{
    const char *dot = strrchr(made, '.');
    while (dot > made && dot[-1] != '\xa4' && dot[-1] != 'x')
        dot--;
    assert_true(dot > made);
    for (const char *p = made; p < dot; p++)
        assert_true(*p != '\xc3' || p[1] == '\xa4');
}

static void test_characters_are_not_cut(void **state)
{
    (void)state;
    for (unsigned shift = 0; shift < 2; shift++) {
        memset(name, 'x', sizeof name);
        for (size_t i = shift; i + 1 < NAME_MAX; i += 2)
            memcpy(name + i, "\xc3\xa4", 2);
        name[NAME_MAX] = '\0';
        hidden_random(name, hidden);
        check_cut(hidden);
        hidden_fixed(name, "mmpair", hidden);
        check_cut(hidden);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_short_names_are_kept),
        cmocka_unit_test(test_all_lengths_fit),
        cmocka_unit_test(test_characters_are_not_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
