/* SPDX-License-Identifier: MIT */
/* test_identify.c - what a FILE is: each of the answers, with its reason, and which of two answers counts. */

#include "check.h"

#include "asking.h"
#include "scratch.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENVI                                                                                                           \
    "ENVI\nsamples = 4\nlines = 3\nbands = 1\ndata type = 2\ninterleave = bsq\nbyte order = 1\nheader offset = 8\n"

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
    check_answer(ask_auto("a.raw"), IDENTITY_OTHER, "a.raw", "it is gzip; unpack it with gunzip; --format=raw takes");
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
        cmocka_unit_test(test_two_headers),
        cmocka_unit_test(test_a_header_is_no_samples),
        cmocka_unit_test(test_what_is_something_else),
        cmocka_unit_test(test_a_header_outweighs_a_signature),
        cmocka_unit_test(test_names_of_containers),
        cmocka_unit_test(test_a_format_that_was_asked_for),
        cmocka_unit_test(test_a_header_that_is_a_dead_link),
        cmocka_unit_test(test_descriptions_beside),
        cmocka_unit_test(test_names_that_tell_of_samples),
        cmocka_unit_test(test_advice_names_the_samples),
    };
    return chdir(scratch("")) != 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
