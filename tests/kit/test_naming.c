/* SPDX-License-Identifier: MIT */
/* test_naming.c - which lines of a header may name a file, and which do not. */

#include "check.h"
#include "scratch.h"

#include "kit/image/naming.h"
#include "kit/os/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void check_line(const char *line, const char *base, bool wanted)
{
    if (naming_text(line, strlen(line), base) != wanted)
        fail_msg("'%s' and '%s': not %d", line, base, wanted);
}

static void test_names(void **state)
{
    static const struct {
        const char *line, *base;
        bool wanted;
    } rows[] = {
        {"ElementDataFile = a.raw", "a.raw", true},
        {"elementdatafile:a.raw\r\n", "a.raw", true},
        {"data file: sub/a.raw", "a.raw", true},
        {"DataFile: ../../a.raw\nx", "a.raw", true},
        {"a.raw", "a.raw", true},
        {"first\n  sub/a name.raw \t\r\nlast", "a name.raw", true},
        {"x:y=z.raw", "x:y=z.raw", true},
        {"x: data file=a.raw", "a.raw", false},
        {"ElementDataFile = A.RAW", "a.raw", true},
        {"ElementDataFile = \"a.raw\"", "a.raw", true},
        {"ElementDataFile = C:\\data\\a.raw", "a.raw", true},
        {"data file: sub\\a.raw", "sub\\a.raw", true},
        {"ElementDataFile = \"a.raw\"", "\"a.raw\"", true},
        {"data file: ../sub/a.raw", "sub/a.raw", true},
        {"data file: .\\SUB\\a.raw", "sub/a.raw", true},
        {"data file: a.raw", "sub/a.raw", false},
        {"data file: other/a.raw", "sub/a.raw", false},
        {"ElementDataFile = ba.raw", "a.raw", false},
        {"ElementDataFile = a.raw.gz", "a.raw", false},
        {"Comment = a.raw", "a.raw", false},
        {"# a.raw", "a.raw", false},
        {"ElementDataFile = LIST", "a.raw", false},
        {"", "a.raw", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        check_line(rows[i].line, rows[i].base, rows[i].wanted);
}

static void test_patterns(void **state)
{
    static const struct {
        const char *line, *base;
        bool wanted;
    } rows[] = {
        {"ElementDataFile = s%03d.raw 1 9 1", "s004.raw", true},
        {"data file: sub/s%d.raw 1 9 1 3", "s12.raw", true},
        {"data file: sub/s%d.raw 1 9 1 3", "sub/s12.raw", true},
        {"data file: s%d.raw 1 9 1 3", "sub/s12.raw", false},
        {"ElementDataFile = s%3d.raw 1 9 1", "s  4.raw", true},
        {"ElementDataFile = s%d.raw -1 9 1", "s-1.raw", true},
        {"ElementDataFile = %d 1 9 1", "7", true},
        {"ElementDataFile = s2%d5.raw 1 9 1", "s2155.raw", true},
        {"ElementDataFile = a name %d.raw 1 9 1", "a name 4.raw", true},
        {"ElementDataFile = s%%%d.raw 1 9 1", "s%1.raw", true},
        {"ElementDataFile = s%03d.raw 1 9 1", "t004.raw", false},
        {"ElementDataFile = s%03d.raw 1 9 1", "s004.bin", false},
        {"ElementDataFile = s%03d.raw 1 9 1", "s004.ra", false},
        {"ElementDataFile = s%03d.raw 1 9 1", "s.raw", false},
        {"ElementDataFile = s%03d.raw 1 9 1", "s", false},
        {"ElementDataFile = s%s.raw 1 9 1", "s004.raw", false},
        {"ElementDataFile = s%", "s004.raw", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        check_line(rows[i].line, rows[i].base, rows[i].wanted);
}

/* A list may be long; behind a zero byte there are samples. */
static void test_files(void **state)
{
    enum { LINES = 3000 };
    const char *path = scratch("long.mhd");
    char *text = malloc(16 * LINES);
    size_t length = 0;
    int descriptor;
    (void)state;
    for (int i = 0; i < LINES; i++)
        length += (size_t)sprintf(text + length, "file%d.raw\n", i);
    file_put(path, text, length);
    assert_int_equal(file_open(path, FILE_READ, true, &descriptor), 0);
    assert_true(naming_file(descriptor, length, "file2999.raw"));
    assert_true(naming_file(descriptor, length, "file7.raw"));
    assert_false(naming_file(descriptor, length, "file3000.raw"));
    file_close(descriptor);
    text[20] = '\0';
    file_put(path, text, length);
    assert_int_equal(file_open(path, FILE_READ, true, &descriptor), 0);
    assert_true(naming_file(descriptor, length, "file0.raw"));
    assert_false(naming_file(descriptor, length, "file7.raw"));
    assert_false(naming_file(descriptor, length, "file2999.raw"));
    file_close(descriptor);
    free(text);
}

/* The file that a name may mean, where none has just this name. */
static void test_near_names(void **state)
{
    char found[NAME_MAX + 1];
    (void)state;
    file_put(scratch("Near.RAW"), "x", 1);
    assert_true(naming_find_near(scratch(""), "c:\\data\\near.raw", found));
    assert_string_equal(found, "Near.RAW");
    assert_true(naming_is_near(" \"near.raw\" ", "Near.RAW"));
    assert_false(naming_find_near(scratch(""), "far.raw", found));
    assert_false(naming_find_near("/no such folder", "near.raw", found));
}

/* As long as a header may be, and made so that who looks at each sign from the line's beginning takes minutes. */
static void test_a_long_line(void **state)
{
    enum { LONGEST = 1 << 20 };
    char *text = malloc(LONGEST);
    (void)state;
    assert_non_null(text);
    memset(text, ' ', LONGEST / 2);
    memset(text + LONGEST / 2, '=', LONGEST / 2);
    assert_false(naming_text(text, LONGEST, "a.raw"));
    memcpy(text + LONGEST - 6, "\na.raw", 6);
    assert_true(naming_text(text, LONGEST, "a.raw"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),      cmocka_unit_test(test_patterns),    cmocka_unit_test(test_files),
        cmocka_unit_test(test_near_names), cmocka_unit_test(test_a_long_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
