/* SPDX-License-Identifier: MIT */
/* test_words.c - the user's code before a compiler sees it: what would reach beyond its place, and what it mentions. */

#include "check.h"

#include "capture.h"
#include "mmrec/words.h"

static const struct console console = {.tool = "test"};

static void check_fine(const char *text)
{
    if (!words_check(&(struct words){"CODE", text}, &console))
        fail_msg("refused: %s", text);
}

static void check_refused(const char *text, const char *said)
{
    capture_begin(stderr);
    bool fine = words_check(&(struct words){"CODE", text}, &console);
    const char *words = capture_end();
    if (fine)
        fail_msg("taken: %s", text);
    if (!strstr(words, said))
        fail_msg("'%s' instead of '%s'", words, said);
}

static void test_code_stays_in_its_place(void **state)
{
    (void)state;
    check_fine("a = b[c] + '\\'' + \"}\\\"{\"[0]; /* } */ { b(); } // )");
    check_fine("x = 1.5e+3f ? '{' : 0x1F;");
    check_fine("returned = goto_ + asm_");
    check_refused("}", "CODE:1:1: this bracket closes none");
    check_refused("{ ( }", "CODE:1:5: this bracket closes none");
    check_refused("a;\n\n  ((b)", "CODE:3:7: a bracket is not closed");
    check_refused("/* } ", "comment has no end");
    check_refused("'", "quote has no end");
    check_refused("\"\\", "backslash");
    check_refused("\"\\\"", "quote has no end");
    check_refused("// x\\", "continued");
    check_refused("// x\\ \t\n}", "continued");
    check_refused("'a\\\n'", "continued");
    check_refused("a\\u00e9", "backslash outside");
    check_refused("#line 1", "CODE:1:1: there can be no directive");
    check_refused("a <: 0 :>", "brackets are written");
    check_refused("return", "break");
    check_refused("goto a", "break");
    check_refused("__asm__(\"\")", "assembler");
    /* Their quotes and brackets match, but not for GNU C. */
    check_refused("x = R\"(\" ( )\"[0]; } int more(void) { /* \" */", "CODE:1:5: there can be no raw string");
    check_refused("u8R\"(a)\"", "raw string");
    check_refused("mmrec_to = 0", "taken");
    check_refused(" \n\t/**/ //", "no code");
    char deep[2048];
    memset(deep, '(', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    check_refused(deep, "too many brackets");
}

static void test_names_are_whole_words_of_code(void **state)
{
    const struct words words = {"CODE", "aa = 'b' + \"c\" + d1 /* e */ * 0xf; // g\nh.i"};
    (void)state;
    const char *there[] = {"aa", "d1", "h"}, *absent[] = {"a", "b", "c", "d", "e", "f", "xf", "g", "1", "i"};
    for (size_t i = 0; i < COUNT(there); i++)
        assert_true(words_mention(&words, there[i]));
    for (size_t i = 0; i < COUNT(absent); i++)
        assert_false(words_mention(&words, absent[i]));
}

/* A member is no variable of its name; what comes behind --> is. */
static void test_members_are_not_mentioned(void **state)
{
    (void)state;
    static const char *const members[] = {"r->x = 1", "r -> x", "r->/* as */x", "r.at.x", "n--->x", "(t){.x = 1}"};
    static const char *const variables[] = {"n-->x", "a > x", "1 - x > 2", "x.y", "x->y", "1.-x", "r->y + x"};
    for (size_t i = 0; i < COUNT(members); i++)
        assert_false(words_mention(&(struct words){"CODE", members[i]}, "x"));
    for (size_t i = 0; i < COUNT(variables); i++)
        assert_true(words_mention(&(struct words){"CODE", variables[i]}, "x"));
}

static void test_where_an_equality_is(void **state)
{
    const char *text = "f(a == b) + c[d == 1] <= 3 == -5 == 6";
    (void)state;
    assert_string_equal(words_equal(text), "== -5 == 6");
    assert_string_equal(words_equal("a==b"), "==b");
    assert_string_equal(words_equal("'==' == b"), "== b");
    assert_null(words_equal("a = b"));
    assert_null(words_equal("a <= b, a >= b, a != b, (a == b), \"a == b\" // =="));
}

static void test_where_texts_are_cut(void **state)
{
    (void)state;
    assert_string_equal(words_comma("f(a, b), c"), ", c");
    assert_string_equal(words_comma("a ',' /* , */ \",\""), "");
    assert_string_equal(words_end("(a (b)) + (c)"), " + (c)");
}

static void test_what_may_divide(void **state)
{
    (void)state;
    assert_true(words_divide(&(struct words){"CODE", "a / b"}));
    assert_true(words_divide(&(struct words){"CODE", "a %= b"}));
    assert_false(words_divide(&(struct words){"CODE", "a * b // a / b"}));
    assert_false(words_divide(&(struct words){"CODE", "c = '/' + \"%d\"[0] /* % */"}));
}

static void test_reserved_words(void **state)
{
    (void)state;
    const char *reserved[] = {"int", "index", "sat", "u8", "_a", "mmrec_a", "MMREC_A", "1a", "typeof", "bool"};
    const char *fine[] = {"id", "indexes", "integer", "NULL", "memcpy", "mmrec", "u9"};
    for (size_t i = 0; i < COUNT(reserved); i++)
        assert_true(words_are_reserved(reserved[i]));
    for (size_t i = 0; i < COUNT(fine); i++)
        assert_false(words_are_reserved(fine[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members_are_not_mentioned),
        cmocka_unit_test(test_code_stays_in_its_place),
        cmocka_unit_test(test_names_are_whole_words_of_code),
        cmocka_unit_test(test_where_an_equality_is),
        cmocka_unit_test(test_where_texts_are_cut),
        cmocka_unit_test(test_what_may_divide),
        cmocka_unit_test(test_reserved_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
