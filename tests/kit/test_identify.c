/* SPDX-License-Identifier: MIT */
/* test_identify.c - what a FILE is: each of the answers, with its reason, and which of two answers counts. */

#include "check.h"

#include "kit/image/identify.h"
#include "scratch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void put_text(const char *name, const char *text)
{
    file_put(name, text, strlen(text));
}

/* The answer for a file; the caller's until the next one. */
static const struct identified *ask(const char *name, const struct pixel_settings *asked)
{
    static struct identified identified;
    struct identify_request request = {.path = name, .asked = asked};
    notes_drop(&identified.notes);
    mmi_container_free(&identified.container);
    assert_int_equal(file_open(name, FILE_READ, true, &request.descriptor), 0);
    assert_int_equal(file_look(request.descriptor, &request.info), 0);
    unsigned before = open_descriptors();
    identify(&request, &identified);
    assert_int_equal(open_descriptors(), before);
    file_close(request.descriptor);
    return &identified;
}

static const struct identified *ask_auto(const char *name)
{
    static struct pixel_settings asked;
    asked = settings_pixels();
    return ask(name, &asked);
}

static void check_answer(const struct identified *found, enum identified_as is, const char *about, const char *why)
{
    if (found->is != is || (about && strcmp(found->about, about) != 0) || (why && !strstr(found->why, why)))
        fail_msg("%d, '%s', '%s' instead of %d, '%s', '%s'", found->is, found->about, found->why, is,
                 about ? about : "", why ? why : "");
}

/* Bytes that no mark, no text and no name tells of. */
static void put_samples(const char *name, size_t size)
{
    file_make(name, size, 7);
    file_put_at(name, "\x01\x80\x02\x81", size < 4 ? size : 4, 0);
}

#define ENVI                                                                                                           \
    "ENVI\nsamples = 4\nlines = 3\nbands = 1\ndata type = 2\ninterleave = bsq\nbyte order = 1\nheader offset = 8\n"
#define ESRI "nrows 3\nncols 4\nnbands 1\nnbits 16\nbyteorder I\nlayout bil\npixeltype signedint\n"

static void test_raw_is_the_last_answer(void **state)
{
    (void)state;
    put_samples("plain.raw", 800);
    check_answer(ask_auto("plain.raw"), IDENTITY_RAW, NULL, NULL);
    struct pixel_settings asked = settings_pixels();
    asked.format = MMI_RAW;
    put_text("said.npy", "\x93NUMPY");
    check_answer(ask("said.npy", &asked), IDENTITY_RAW_SAID, NULL, NULL);
}

static void test_a_header_beside_in_any_spelling(void **state)
{
    static const char *const names[] = {"scan.hdr", "scan.HDR", "scan.Hdr", "scan.hDR", "scan.img.hdr", "scan.img.HDR"};
    (void)state;
    put_samples("scan.img", 32);
    for (size_t i = 0; i < COUNT(names); i++) {
        put_text(names[i], "\xef\xbb\xbf" ENVI);
        const struct identified *found = ask_auto("scan.img");
        check_answer(found, IDENTITY_CONTAINER, NULL, NULL);
        assert_string_equal(found->header, names[i]);
        assert_true(found->container.offset == 8 && found->container.image.type.big_endian);
        unlink(names[i]);
    }
}

static void test_a_header_beside_that_is_not_understood(void **state)
{
    static const struct {
        const char *name, *text, *why;
        size_t length;
    } rows[] = {
        {"scan.hdr", "nrows 3\nncols 4\nnbits 7\n", "ehdr header: nbits", 0},
        {"scan.hdr", "ENVI\nsamples = x\n", "envi header: samples", 0},
        {"scan.hdr", "just some words\n", "ehdr header: ", 0},
        {"scan.hdr",
         "\xff\xfe"
         "E\0N\0V\0I\0\n\0s\0a\0m\0p\0l\0e\0s\0",
         "UTF-16", 26},
        {"scan.mhd", "NDims = 2\nDimSize = 4 3\nElementType = MET_OTHER\nElementDataFile = scan.img\n",
         "mhd header: ", 0},
        {"scan.nhdr", "NRRD0004\ntype: block\ndimension: 1\nsizes: 4\nencoding: raw\ndata file: scan.img\n",
         "nrrd header: ", 0},
        {"scan.hdr", "", "ehdr header: ", 0},
    };
    (void)state;
    put_samples("scan.img", 32);
    for (size_t i = 0; i < COUNT(rows); i++) {
        file_put(rows[i].name, rows[i].text, rows[i].length ? rows[i].length : strlen(rows[i].text));
        const struct identified *found = ask_auto("scan.img");
        check_answer(found, IDENTITY_HEADER, rows[i].name, rows[i].why);
        assert_non_null(strstr(found->why, "lies beside scan.img, and is not understood"));
        /* Nothing may overwrite it. */
        assert_string_equal(found->header, rows[i].name);
        assert_true(found->header_info.inode != 0);
        unlink(rows[i].name);
    }
}

static void test_headers_of_other_files_are_none(void **state)
{
    (void)state;
    put_samples("scan.raw", 32);
    put_samples("other.raw", 32);
    put_text("scan.mhd", "NDims = 2\nDimSize = 4 4\nElementType = MET_SHORT\nElementDataFile = other.raw\n");
    check_answer(ask_auto("scan.raw"), IDENTITY_RAW, NULL, NULL);
    put_text("scan.mhd", "NDims = 2\nDimSize = 4 4\nElementType = MET_SHORT\nElementDataFile = scan.raw\n");
    const struct identified *found = ask_auto("scan.raw");
    check_answer(found, IDENTITY_CONTAINER, NULL, NULL);
    assert_int_equal(found->container.format, MMI_METAIMAGE);
    unlink("scan.mhd");
    /* What has this name, and is a picture or a folder. */
    file_put("scan.hdr", "#?RADIANCE\n", 11);
    check_answer(ask_auto("scan.raw"), IDENTITY_RAW, NULL, NULL);
    unlink("scan.hdr");
    mkdir("scan.hdr", 0700);
    check_answer(ask_auto("scan.raw"), IDENTITY_RAW, NULL, NULL);
    rmdir("scan.hdr");
    unlink("scan.raw");
}

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

static void test_two_headers(void **state)
{
    (void)state;
    put_samples("two.img", 32);
    put_text("two.img.hdr", ENVI);
    put_text("two.hdr", ENVI);
    const struct identified *found = ask_auto("two.img");
    check_answer(found, IDENTITY_CONTAINER, NULL, NULL);
    assert_string_equal(found->header, "two.img.hdr");
    assert_int_equal(found->notes.count, 1);
    assert_string_equal(found->notes.list[0].text, "header two.img.hdr is taken; two.hdr says the same");
    put_text("two.hdr", ESRI);
    check_answer(ask_auto("two.img"), IDENTITY_HEADER, "two.img.hdr", "but two.hdr says ehdr, 4 x 3");
    put_text("two.hdr", "words\n");
    check_answer(ask_auto("two.img"), IDENTITY_HEADER, "two.hdr", "is not understood");
    unlink("two.hdr");
    unlink("two.img.hdr");
}

/* A header given as FILE is one, or nothing to work on. */
static void test_a_header_is_no_samples(void **state)
{
    (void)state;
    put_text("dem.hdr", ESRI);
    const struct identified *found = ask_auto("dem.hdr");
    check_answer(found, IDENTITY_CONTAINER, NULL, NULL);
    assert_int_equal(found->container.format, MMI_EHDR);
    assert_int_equal(found->container.place, MMI_SAMPLES_SIDECAR);
    put_text("dem.hdr", "some words\nof no header\n");
    check_answer(ask_auto("dem.hdr"), IDENTITY_UNUSABLE, "dem.hdr", "ehdr header: ");
    put_text("vol.mhd", "Remark = no key that is known\n");
    check_answer(ask_auto("vol.mhd"), IDENTITY_UNUSABLE, "vol.mhd", "mhd header: ");
    /* Text under another name is text. */
    unlink("dem.hdr");
    put_text("dem.txt", ESRI);
    check_answer(ask_auto("dem.txt"), IDENTITY_OTHER, "dem.txt", "it is text");
}

static void test_what_is_something_else(void **state)
{
    struct pixel_settings asked = settings_pixels();
    (void)state;
    file_put("a.raw", "\x1f\x8b\x08\x08\0\0\0\0\x02\x03", 10);
    check_answer(ask_auto("a.raw"), IDENTITY_OTHER, "a.raw", "it is gzip; unpack it with gunzip; --format=raw changes");
    /* A type says what samples are, not that these are some. */
    asked.type_given = true;
    check_answer(ask("a.raw", &asked), IDENTITY_OTHER, "a.raw", "it is gzip");
    asked.format = MMI_NPY;
    check_answer(ask("a.raw", &asked), IDENTITY_UNUSABLE, "a.raw", "it is gzip");
}

/* Samples may begin like anything: a header that is right about all of FILE outweighs it. */
static void test_a_header_outweighs_a_signature(void **state)
{
    (void)state;
    put_samples("like.img", 24);
    file_put_at("like.img", "\x89PNG", 4, 0);
    check_answer(ask_auto("like.img"), IDENTITY_OTHER, NULL, "it is PNG");
    put_text("like.hdr", ESRI);
    check_answer(ask_auto("like.img"), IDENTITY_CONTAINER, NULL, NULL);
    put_samples("like.img", 30);
    file_put_at("like.img", "\x89PNG", 4, 0);
    check_answer(ask_auto("like.img"), IDENTITY_OTHER, NULL, "it is PNG");
    unlink("like.hdr");
}

static void test_names_of_containers(void **state)
{
    static const char *const names[] = {"a.npy", "a.MRC", "a.nii", "a.fits", "a.map", "a.st", "a.v", "a.pgm", "a.tif"};
    struct pixel_settings asked = settings_pixels();
    (void)state;
    asked.type_given = true;
    for (size_t i = 0; i < COUNT(names); i++) {
        put_samples(names[i], 64);
        check_answer(ask_auto(names[i]), IDENTITY_UNUSABLE, names[i], "its name ends as those of ");
        check_answer(ask(names[i], &asked), IDENTITY_RAW, NULL, NULL);
    }
}

static void test_a_format_that_was_asked_for(void **state)
{
    struct pixel_settings asked = settings_pixels();
    (void)state;
    put_samples("one.img", 32);
    asked.format = MMI_ENVI;
    check_answer(ask("one.img", &asked), IDENTITY_UNUSABLE, "one.img", "no envi header lies beside it");
    put_text("one.hdr", ESRI);
    check_answer(ask("one.img", &asked), IDENTITY_UNUSABLE, "one.img", "no envi header lies beside it");
    put_text("one.img.hdr", ENVI);
    check_answer(ask("one.img", &asked), IDENTITY_CONTAINER, NULL, NULL);
    asked.format = MMI_MRC;
    check_answer(ask("one.img", &asked), IDENTITY_UNUSABLE, "one.img", "mrc header");
    unlink("one.hdr");
    unlink("one.img.hdr");
}

/* Left of a header that was there: its samples are no raw ones of the default type. */
static void test_a_header_that_is_a_dead_link(void **state)
{
    (void)state;
    put_samples("dead.img", 32);
    assert_int_equal(symlink("nowhere", "dead.hdr"), 0);
    check_answer(ask_auto("dead.img"), IDENTITY_HEADER, "dead.hdr", "No such file");
    unlink("dead.hdr");
    check_answer(ask_auto("dead.img"), IDENTITY_RAW, NULL, NULL);
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

/* What no reader reads may say what the samples are: they are not taken for others. */
static void test_descriptions_beside(void **state)
{
    static const struct {
        const char *file, *beside, *text, *why;
    } rows[] = {{"d1.raw", "d1.vrt", "<VRTDataset><SourceFilename>d1.raw</SourceFilename></VRTDataset>", "VRT of GDAL"},
                {"d2.raw", "d2.raw.vrt", "<VRTDataset><SourceFilename>D2.RAW</SourceFilename></VRTDataset>", "VRT"},
                {"d3.img", "d3.lbl", "PDS_VERSION_ID = PDS3\n^IMAGE = \"D3.IMG\"\n", "PDS label"},
                {"d4.img", "d4.xml", "<file_name>d4.img</file_name>", "XML label"},
                {"d5.int", "d5.int.rsc", "WIDTH 4\nFILE_LENGTH 3\n", "ROI_PAC"},
                {"d6.ap.bin", "d6.ap.meta", "nSavedChans=3\n", "SpikeGLX"},
                {"d7.sigmf-data", "d7.sigmf-meta", "{\"global\":{\"core:datatype\":\"ci16_le\"}}", "SigMF"}};
    struct pixel_settings asked = settings_pixels();
    (void)state;
    asked.type_given = true;
    for (size_t i = 0; i < COUNT(rows); i++) {
        put_samples(rows[i].file, 32);
        put_text(rows[i].beside, rows[i].text);
        const struct identified *found = ask_auto(rows[i].file);
        check_answer(found, IDENTITY_HEADER, rows[i].beside, rows[i].why);
        assert_string_equal(found->header, rows[i].beside);
        check_answer(ask(rows[i].file, &asked), IDENTITY_RAW, NULL, NULL);
        put_text(rows[i].beside, "of another file");
        check_answer(ask_auto(rows[i].file), IDENTITY_RAW, NULL, NULL);
        unlink(rows[i].beside);
    }
}

static void test_names_that_tell_of_samples(void **state)
{
    struct pixel_settings asked = settings_pixels();
    (void)state;
    put_samples("N46E012.hgt", 2 * 11 * 11);
    check_answer(ask_auto("N46E012.hgt"), IDENTITY_UNUSABLE, "N46E012.hgt",
                 "--type=i16be --samples=1 --width=11 --nodata=-32768");
    asked.type_given = true;
    check_answer(ask("N46E012.hgt", &asked), IDENTITY_RAW, NULL, NULL);
    put_samples("other.hgt", 2 * 11 * 10);
    check_answer(ask_auto("other.hgt"), IDENTITY_RAW, NULL, NULL);
    put_samples("shot.SGY", 64);
    check_answer(ask_auto("shot.SGY"), IDENTITY_UNUSABLE, "shot.SGY", "SEG-Y");
}

/* What is advised for a header that is refused means its samples alone. */
static void test_advice_names_the_samples(void **state)
{
    (void)state;
    char text[200] = "";
    mmi_container container = {
        .image = {.type = {MMI_I16, false}, .samples = 2, .width = 5, .height = 2}, .offset = 100, .length = 40};
    assert_true(identify_payload(&container, 130, text, sizeof text));
    assert_string_equal(text, "--format=raw --offset=100 --length=28 --type=i16le --samples=2");
    /* The place is wrong, the length may be right. */
    assert_false(identify_payload(&container, 90, text, sizeof text));
    container.format = MMI_MRC;
    container.offset = 2000;
    assert_true(identify_payload(&container, 1064, text, sizeof text));
    assert_string_equal(text, "--format=raw --offset=1024 --length=40 --type=i16le --samples=2");
    container.offset = 100;
    assert_false(identify_payload(&container, 103, text, sizeof text));
    container.length = 0;
    assert_false(identify_payload(&container, 1000, text, sizeof text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_raw_is_the_last_answer),
        cmocka_unit_test(test_a_header_beside_in_any_spelling),
        cmocka_unit_test(test_a_header_beside_that_is_not_understood),
        cmocka_unit_test(test_headers_of_other_files_are_none),
        cmocka_unit_test(test_a_header_of_another_name),
        cmocka_unit_test(test_a_header_of_a_link),
        cmocka_unit_test(test_a_header_in_the_folder_above),
        cmocka_unit_test(test_a_file_of_a_list),
        cmocka_unit_test(test_many_files_with_a_header_of_another_name),
        cmocka_unit_test(test_two_headers),
        cmocka_unit_test(test_a_header_is_no_samples),
        cmocka_unit_test(test_what_is_something_else),
        cmocka_unit_test(test_a_header_outweighs_a_signature),
        cmocka_unit_test(test_names_of_containers),
        cmocka_unit_test(test_a_format_that_was_asked_for),
        cmocka_unit_test(test_a_header_that_is_a_dead_link),
        cmocka_unit_test(test_a_header_that_nearly_names_it),
        cmocka_unit_test(test_descriptions_beside),
        cmocka_unit_test(test_names_that_tell_of_samples),
        cmocka_unit_test(test_advice_names_the_samples),
    };
    return chdir(scratch("")) != 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
