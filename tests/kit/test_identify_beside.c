/* SPDX-License-Identifier: MIT */
/* test_identify_beside.c - headers of another name than FILE's that name FILE: alone, in a list, or nearly. */

#include "check.h"

#include "asking.h"
#include "scratch.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define META "NDims = 2\nDimSize = 4 3\nElementType = MET_SHORT\nElementDataFile = "
#define OTHER_META "NDims = 2\nDimSize = 3 4\nElementType = MET_SHORT\nElementDataFile = "
#define LISTED "NDims = 3\nDimSize = 4 3 2\nElementType = MET_SHORT\nElementDataFile = "
#define NRRD                                                                                                           \
    "NRRD0004\ntype: short\ndimension: 2\nsizes: 4 3\nkinds: domain domain\nencoding: raw\nendian: little\ndata "      \
    "file: "

/* Whatever it is called, a header that names FILE describes it. */
static void test_a_header_of_another_name(void **state)
{
    static const struct {
        const char *name, *text;
    } rows[] = {
        {"study.mhd", META "part.raw\n"},           {"study.mha", META "part.raw\n"},
        {"study.nhdr", NRRD "part.raw\n"},          {"Study.NRRD", NRRD "./part.raw\n"},
        {"study.mhd", META "folder/../part.raw\n"},
    };
    struct pixel_settings raw = settings_pixels();
    (void)state;
    mkdir("folder", 0700);
    put_samples("part.raw", 24);
    for (size_t i = 0; i < COUNT(rows); i++) {
        put_text(rows[i].name, rows[i].text);
        const struct identified *found = ask_auto("part.raw");
        check_answer(found, IDENTITY_CONTAINER, NULL, NULL);
        assert_string_equal(found->header, rows[i].name);
        raw.format = MMI_RAW;
        check_answer(ask("part.raw", &raw), IDENTITY_RAW_SAID, NULL, NULL);
        unlink(rows[i].name);
    }
    /* Samples too few, or none: as of a header beside. */
    put_text("study.mhd", META "part.raw\n");
    put_samples("part.raw", 23);
    check_answer(ask_auto("part.raw"), IDENTITY_UNUSABLE, "part.raw", "mhd header study.mhd: size");
    put_samples("part.raw", 24);
    /* A second one says the same, or not. */
    put_text("study.nhdr", NRRD "part.raw\n");
    const struct identified *found = ask_auto("part.raw");
    check_answer(found, IDENTITY_CONTAINER, NULL, NULL);
    assert_string_equal(found->notes.list[0].text, "header study.mhd is taken; study.nhdr says the same");
    put_text("study.nhdr", "NRRD0004\ntype: block\ndimension: 1\nsizes: 4\nencoding: raw\ndata file: part.raw\n");
    check_answer(ask_auto("part.raw"), IDENTITY_HEADER, "study.nhdr", "names part.raw, and is not understood");
    /* Its own header counts first. */
    put_text("part.hdr", ESRI);
    found = ask_auto("part.raw");
    check_answer(found, IDENTITY_CONTAINER, NULL, NULL);
    assert_string_equal(found->header, "part.hdr");
    unlink("part.hdr");
    unlink("study.nhdr");
    /* One of another name that says something else is told of. */
    put_text("part.mhd", OTHER_META "part.raw\n");
    found = ask_auto("part.raw");
    check_answer(found, IDENTITY_CONTAINER, NULL, NULL);
    assert_string_equal(found->header, "part.mhd");
    assert_non_null(strstr(found->notes.list[0].text, "header part.mhd is taken for its name; study.mhd names the"));
    put_text("part.mhd", META "part.raw\n");
    assert_null(strstr(ask_auto("part.raw")->notes.list[0].text, "names the file, too"));
    put_text("part.mhd", OTHER_META "part.raw\n");
    put_text("study.mhd", "ObjectType = nothing\nElementDataFile = part.raw\n");
    assert_null(strstr(ask_auto("part.raw")->notes.list[0].text, "names the file, too"));
    unlink("part.mhd");
    unlink("study.mhd");
    unlink("part.raw");
    rmdir("folder");
}

static void test_a_header_of_a_link(void **state)
{
    struct pixel_settings raw = settings_pixels();
    (void)state;
    raw.format = MMI_RAW;
    mkdir("folder", 0700);
    put_samples("part.raw", 24);
    assert_int_equal(symlink("part.raw", "link.raw"), 0);
    /* The name that a header has for it leads there; one that no header has does not. */
    put_text("study.mhd", META "link.raw\n");
    const struct identified *found = ask_auto("link.raw");
    check_answer(found, IDENTITY_CONTAINER, NULL, NULL);
    assert_string_equal(found->header, "study.mhd");
    check_answer(ask("link.raw", &raw), IDENTITY_RAW_SAID, NULL, NULL);
    /* In whichever folder it is. */
    put_text("study.mhd", META "part.raw\n");
    assert_int_equal(symlink("../part.raw", "folder/other.raw"), 0);
    check_answer(ask_auto("folder/other.raw"), IDENTITY_CONTAINER, NULL, NULL);
    unlink("folder/other.raw");
    unlink("study.mhd");
    unlink("link.raw");
    unlink("part.raw");
    rmdir("folder");
}

/* One folder up, as of data in folders of their own. */
static void test_a_header_in_the_folder_above(void **state)
{
    static const struct {
        const char *text;
        enum identified_as is;
        const char *why;
    } rows[] = {
        {META "sub/1.raw\n", IDENTITY_CONTAINER, NULL},
        {META "./sub/1.raw\n", IDENTITY_CONTAINER, NULL},
        /* What is not there may be any file: names like this one are many. */
        {META "1.raw\n", IDENTITY_RAW, NULL},
        {META "other/1.raw\n", IDENTITY_RAW, NULL},
        {META "sub/2.raw\n", IDENTITY_RAW, NULL},
        /* Also where the header is not understood. */
        {"NRRD0004\ntype: block\ndimension: 1\nsizes: 4\nencoding: raw\ndata file: 1.raw\n", IDENTITY_RAW, NULL},
        {"NRRD0004\ntype: block\ndimension: 1\nsizes: 4\nencoding: raw\ndata file: sub/1.raw\n", IDENTITY_HEADER,
         "is not understood"},
        {META "Sub\\1.raw\n", IDENTITY_HEADER, "which is not there"},
        {LISTED "LIST\nsub/1.raw\nsub/2.raw\n", IDENTITY_HEADER, "is file 1 of the 2"}};
    (void)state;
    assert_int_equal(mkdir("sub", 0700), 0);
    put_samples("sub/1.raw", 24);
    put_samples("sub/2.raw", 24);
    for (size_t i = 0; i < COUNT(rows); i++) {
        put_text("scan.mhd", rows[i].text);
        const struct identified *found = ask_auto("sub/1.raw");
        check_answer(found, rows[i].is, NULL, rows[i].why);
        assert_string_equal(found->header, rows[i].is == IDENTITY_RAW ? "" : "sub/../scan.mhd");
    }
    /* Where the folder is a link, above it as well as above what it leads to. */
    assert_int_equal(mkdir("far", 0700), 0);
    assert_int_equal(rename("sub", "far/sub"), 0);
    assert_int_equal(symlink("far/sub", "link"), 0);
    put_text("scan.mhd", META "link/1.raw\n");
    const struct identified *linked = ask_auto("link/1.raw");
    check_answer(linked, IDENTITY_CONTAINER, NULL, NULL);
    assert_string_equal(linked->header, "./scan.mhd");
    put_text("scan.mhd", META "nothing.raw\n");
    put_text("far/scan.mhd", META "sub/1.raw\n");
    check_answer(ask_auto("link/1.raw"), IDENTITY_CONTAINER, NULL, NULL);
    unlink("far/scan.mhd");
    unlink("link");
    assert_int_equal(rename("far/sub", "sub"), 0);
    rmdir("far");
    /* So many that not all are looked at. */
    for (int i = 0; i < 64; i++) {
        char name[32];
        snprintf(name, sizeof name, "other%d.mhd", i);
        put_text(name, META "nothing.raw\n");
    }
    const struct identified *found = ask_auto("sub/1.raw");
    check_answer(found, IDENTITY_RAW, NULL, NULL);
    assert_non_null(strstr(found->notes.list[0].text, "the folder above has more than 64 headers"));
    for (int i = 0; i < 64; i++) {
        char name[32];
        snprintf(name, sizeof name, "other%d.mhd", i);
        unlink(name);
    }
    unlink("scan.mhd");
    check_answer(ask_auto("sub/1.raw"), IDENTITY_RAW, NULL, NULL);
    unlink("sub/1.raw");
    unlink("sub/2.raw");
    rmdir("sub");
}

/* What a header lists is neither an image nor raw: nobody guesses. */
static void test_a_file_of_a_list(void **state)
{
    static const struct {
        const char *name, *text;
    } rows[] = {
        {"all.mhd", LISTED "LIST\nt1.raw\nt2.raw\n"},
        {"all.mhd", LISTED "t%d.raw 1 2 1\n"},
        /* Also of its own name. */
        {"t2.mhd", LISTED "LIST\nt1.raw\nt2.raw\n"},
        {"t2.mhd", LISTED "t%d.raw 1 2 1\n"},
        {"all.nhdr", "NRRD0004\ntype: short\ndimension: 3\nsizes: 4 3 2\nkinds: domain domain domain\nencoding: "
                     "raw\nendian: little\n"
                     "data file: LIST\nt1.raw\nt2.raw\n"},
    };
    struct pixel_settings asked = settings_pixels();
    (void)state;
    put_samples("t1.raw", 24);
    put_samples("t2.raw", 24);
    put_samples("t3.raw", 24);
    for (size_t i = 0; i < COUNT(rows); i++) {
        char way[200];
        put_text(rows[i].name, rows[i].text);
        const struct identified *found = ask_auto("t2.raw");
        snprintf(way, sizeof way,
                 "is file 2 of the 2 that have the image of header %s: give %s as FILE for the image, or --format=raw "
                 "--offset=0 --length=24 --type=i16le --samples=1 for this file alone",
                 rows[i].name, rows[i].name);
        check_answer(found, IDENTITY_HEADER, "t2.raw", way);
        assert_string_equal(found->header, rows[i].name);
        assert_true(found->header_info.inode != 0);
        check_answer(ask_auto("t3.raw"), IDENTITY_RAW, NULL, NULL);
        /* What samples are does not say that they are an image. */
        asked.type_given = true;
        asked.samples_given = 1;
        check_answer(ask("t2.raw", &asked), IDENTITY_HEADER, "t2.raw", NULL);
        unlink(rows[i].name);
    }
    /* One header has FILE alone, another one among others. */
    put_text("all.mhd", LISTED "LIST\nt1.raw\nt2.raw\n");
    put_text("all.nhdr", NRRD "t2.raw\n");
    asked = settings_pixels();
    check_answer(ask_auto("t2.raw"), IDENTITY_HEADER, "t2.raw", "is file 2 of the 2");
    unlink("all.mhd");
    check_answer(ask_auto("t2.raw"), IDENTITY_CONTAINER, NULL, NULL);
    unlink("all.nhdr");
    unlink("t1.raw");
    unlink("t2.raw");
    unlink("t3.raw");
}

/* Of many FILEs the folder is listed once; what is no file has no folder. */
static void test_many_files_with_a_header_of_another_name(void **state)
{
    static struct beside_names beside;
    struct pixel_settings asked = settings_pixels();
    struct identify_request request = {.asked = &asked, .beside = &beside};
    struct identified identified;
    char name[32];
    (void)state;
    put_text("all.mhd", LISTED "m%d.raw 1 2 1\n");
    beside_begin(&beside);
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "m%d.raw", i);
        put_samples(name, 24);
        request.path = name;
        assert_int_equal(file_open(name, FILE_READ, true, &request.descriptor), 0);
        assert_int_equal(file_look(request.descriptor, &request.info), 0);
        identify(&request, &identified);
        check_answer(&identified, i == 1 || i == 2 ? IDENTITY_HEADER : IDENTITY_RAW, NULL, NULL);
        notes_drop(&identified.notes);
        request.is_stream = true;
        identify(&request, &identified);
        check_answer(&identified, IDENTITY_RAW, NULL, NULL);
        notes_drop(&identified.notes);
        request.is_stream = false;
        file_close(request.descriptor);
        unlink(name);
    }
    beside_end(&beside);
    unlink("all.mhd");
}

/* Written on a system whose names are other ones. */
static void test_a_header_that_nearly_names_it(void **state)
{
    static const char *const names[] = {"NEAR.RAW", "\"near.raw\"", "C:\\data\\near.raw"};
    char text[200];
    (void)state;
    put_samples("near.raw", 32);
    for (size_t i = 0; i < COUNT(names); i++) {
        snprintf(text, sizeof text,
                 "ObjectType = Image\nNDims = 2\nDimSize = 4 4\nElementType = MET_SHORT\nElementDataFile = %s\n",
                 names[i]);
        put_text("scan.mhd", text);
        check_answer(ask_auto("near.raw"), IDENTITY_HEADER, "scan.mhd", "if near.raw is meant, correct the name");
    }
    /* What it names is there: it speaks of that. */
    snprintf(text, sizeof text,
             "ObjectType = Image\nNDims = 2\nDimSize = 4 4\nElementType = MET_SHORT\nElementDataFile = NEAR.raw\n");
    put_text("scan.mhd", text);
    put_samples("NEAR.raw", 32);
    check_answer(ask_auto("near.raw"), IDENTITY_RAW, NULL, NULL);
    unlink("scan.mhd");
    unlink("NEAR.raw");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_header_of_another_name),
        cmocka_unit_test(test_a_header_of_a_link),
        cmocka_unit_test(test_a_header_in_the_folder_above),
        cmocka_unit_test(test_a_file_of_a_list),
        cmocka_unit_test(test_many_files_with_a_header_of_another_name),
        cmocka_unit_test(test_a_header_that_nearly_names_it),
    };
    return chdir(scratch("")) != 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
