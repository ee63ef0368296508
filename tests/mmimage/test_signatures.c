/* SPDX-License-Identifier: MIT */
/*
 * test_signatures.c - what a file's bytes tell: marks of containers, files of other kinds, text, and samples that are
 * none of these.
 */

#include "check.h"

#include "formats/clues.h"

#include <mmview/range.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(text) text, sizeof(text) - 1

/* The bytes of a file: what is behind them, up to its size, are zeros. */
struct memory {
    unsigned char bytes[16384];
    uint64_t size;
    uint64_t deep; /* where the mark of HDF5 is; 0 = nowhere */
};

static mmv_status read_memory(void *user, uint64_t offset, void *bytes, size_t length)
{
    const struct memory *memory = user;
    assert_true(mmv_range_fits(offset, length, memory->size));
    memset(bytes, 0, length);
    if (offset < sizeof memory->bytes)
        memcpy(bytes, memory->bytes + offset, (size_t)mmv_min(length, sizeof memory->bytes - offset));
    if (memory->deep && offset == memory->deep)
        memcpy(bytes, "\x89HDF\r\n\x1a\n", mmv_min(length, 8));
    return MMV_OK;
}

static mmi_clue look(struct memory *memory)
{
    const mmi_source source = {read_memory, memory, memory->size};
    mmi_clue clue;
    assert_int_equal(mmi_container_look(&source, &clue), MMV_OK);
    assert_int_equal(clue.mark == MMI_MARK_FORMAT, clue.format != MMI_RAW);
    assert_int_equal(clue.mark == MMI_MARK_OTHER, clue.name != NULL && clue.remedy != NULL);
    return clue;
}

static mmi_clue look_at(const char *bytes, size_t length, uint64_t size)
{
    static struct memory memory;
    memset(&memory, 0, sizeof memory);
    assert_true(length <= sizeof memory.bytes && length <= size);
    memcpy(memory.bytes, bytes, length);
    memory.size = size;
    return look(&memory);
}

/* ---- containers -------------------------------------------------------------------------------------------------- */

static void test_marks(void **state)
{
    static const struct {
        const char *start;
        size_t length;
        mmi_format format;
    } rows[] = {{TEXT("farbfeld"), MMI_FARBFELD},
                {TEXT("P6 4 4 255\n"), MMI_PNM},
                {TEXT("P5#remark\n4 4\n255\n"), MMI_PNM},
                {TEXT("P5\n# one\n# two\n4 4\n255\n"), MMI_PNM},
                {TEXT("P5\r\n4 4\r\n255\n"), MMI_PNM},
                {TEXT("P7\nWIDTH 4\n"), MMI_PAM},
                {TEXT("P7\r\n# remark\r\nHEIGHT 4\r\n"), MMI_PAM},
                {TEXT("ENVI\nsamples = 4\n"), MMI_ENVI},
                {TEXT("ENVI\r\nsamples = 4\r\n"), MMI_ENVI},
                {TEXT("ENVI \nsamples = 4\n"), MMI_ENVI},
                {TEXT("envi\nsamples = 4\n"), MMI_ENVI},
                {TEXT("\xef\xbb\xbf"
                      "ENVI\nsamples = 4\n"),
                 MMI_ENVI},
                {TEXT("\n \n; remark\n  ENVI\nsamples = 4\n"), MMI_ENVI},
                {TEXT("NRRD0004\n"), MMI_NRRD},
                {TEXT("\xef\xbb\xbfNRRD0005\r\n"), MMI_NRRD},
                {TEXT("ObjectType = Image\n"), MMI_METAIMAGE},
                {TEXT("# remark\nobjecttype=Image\n"), MMI_METAIMAGE},
                {TEXT("\n\nNDims = 3\r\n"), MMI_METAIMAGE}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (look_at(rows[i].start, rows[i].length, rows[i].length).format != rows[i].format)
            fail_msg("row %zu: not %s", i, mmi_format_name(rows[i].format));
}

static void test_what_has_no_mark(void **state)
{
    static const struct {
        const char *start;
        size_t length;
    } rows[] = {{TEXT("")},           {TEXT("P5 and so on")}, {TEXT("P9 4 4 255")},  {TEXT("ENVISAT data")},
                {TEXT("P7 samples")}, {TEXT("NRRD")},         {TEXT("ObjectTypes")}, {TEXT("NDimsX = 3")}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(look_at(rows[i].start, rows[i].length, rows[i].length).mark, MMI_MARK_NONE);
}

static void put(struct memory *memory, size_t at, size_t size, uint64_t value, bool big)
{
    for (size_t i = 0; i < size; i++)
        memory->bytes[at + (big ? size - 1 - i : i)] = (unsigned char)(value >> 8 * i);
}

/* Without "MAP ": 5 x 4 x 3 samples of 2 bytes behind 1024 + 80 bytes, or not. */
static void test_mrc_without_a_mark(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        static struct memory memory;
        memset(&memory, 0, sizeof memory);
        const unsigned sizes[] = {5, 4, 3, 1};
        for (size_t i = 0; i < 4; i++)
            put(&memory, 4 * i, 4, sizes[i], big);
        put(&memory, 92, 4, 80, big);
        memory.size = 1024 + 80 + 5 * 4 * 3 * 2;
        assert_int_equal(look(&memory).format, MMI_MRC);
        memory.size++;
        assert_int_equal(look(&memory).format, MMI_RAW);
        memory.size -= 2;
        assert_int_equal(look(&memory).format, MMI_RAW);
    }
}

static void test_analyze_has_no_mark(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        static struct memory memory;
        memset(&memory, 0, sizeof memory);
        put(&memory, 0, 4, 348, big);
        put(&memory, 40, 2, 3, big);
        put(&memory, 42, 2, 4, big);
        put(&memory, 70, 2, 4, big);
        put(&memory, 72, 2, 16, big);
        memory.size = 348;
        assert_int_equal(look(&memory).format, MMI_ANALYZE);
        put(&memory, 72, 2, 8, big); /* bits that are not those of the type */
        assert_int_equal(look(&memory).format, MMI_RAW);
        put(&memory, 72, 2, 16, big);
        put(&memory, 40, 2, 9, big);
        assert_int_equal(look(&memory).format, MMI_RAW);
    }
}

/* ---- other kinds ------------------------------------------------------------------------------------------------- */

/* Each row's own bytes, also where the file ends right behind them. A check needs more: see the next test. */
static void test_every_row(void **state)
{
    const mmi__signature *row;
    size_t count = 0;
    (void)state;
    for (size_t i = 0; (row = mmi__signature_at(i)) != NULL; i++) {
        static struct memory memory;
        assert_true(row->length <= 32 && row->name[0] && row->remedy[0]);
        if (row->check)
            continue;
        assert_true(row->length >= 4);
        memset(&memory, 0, sizeof memory);
        memory.size = row->at + row->length;
        if (memory.size <= sizeof memory.bytes)
            memcpy(memory.bytes + row->at, row->bytes, row->length);
        else if (row->length == 8 && row->bytes[1] == 'H')
            memory.deep = row->at;
        else
            continue;
        for (int longer = 0; longer < 2; longer++, memory.size += 5000) {
            mmi_clue clue = look(&memory);
            if (clue.mark != MMI_MARK_OTHER || strcmp(clue.name, row->name) != 0)
                fail_msg("%s: %s", row->name, clue.name ? clue.name : "nothing");
        }
        count++;
    }
    assert_true(count > 150);
}

static const struct {
    const char *name, *start;
    size_t length;
    uint64_t size;
} others[] = {
    {"gzip",
     TEXT("\x1f\x8b\x08\x08\0\0\0\0\x02\x03"
          "a.raw"),
     100},
    {"gzip", TEXT("\x1f\x8b\x08\x10\0\0\0\0\0\xff"), 100},
    {"gzip", TEXT("\x1f\x8b\x08\0"), 4},
    {"compress", TEXT("\x1f\x9d\x90\x61\x02"), 100},
    {"lzma", TEXT("]\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff\0\x30"), 100},
    {"RIFF (WAV, AVI, WebP)", TEXT("RIFF\x24\0\0\0WAVEfmt "), 100},
    {"MP4, HEIF or CR3",
     TEXT("\0\0\0\x18"
          "ftypmp42"),
     100},
    {"BMP", TEXT("BM\x64\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0"), 90},
    {"BMP", TEXT("BM\x64\0\0\0\0\0\0\0\x36\0\0\0"), 100},
    {"PFM", TEXT("PF\n4 4\n-1.0\n"), 100},
    {"PFM", TEXT("Pf 4 4 1.0\n"), 100},
    {"SGI image", TEXT("\x01\xda\0\x02\0\x03\0\x04\0\x04\0\x03"), 1000},
    {"ICO", TEXT("\0\0\x01\0\x01\0\x10\x10\0\0\x01\0\x20\0\x68\x04\0\0\x16\0\0\0"), 2000},
    {"Windows program", TEXT("MZ"), 0},
    {"ELF",
     TEXT("\x7f"
          "ELF\x02\x01\x01"),
     100},
    {"GRIB", TEXT("GRIB\0\0\0\x02"), 100},
    {"GRIB", TEXT("GRIB\0\x12\x34\x01"), 100},
    {"cpio", TEXT("0707071234561234561006441234561234560000010000001234567012300000200000000100"), 200},
    {"Berkeley DB", TEXT("\0\0\0\0\0\0\0\0\0\0\0\0\x62\x31\x05\0\x09\0\0\0"), 100},
    {"ORC", TEXT("ORC\x0a\x10"), 100},
    {"QOI", TEXT("qoif\0\0\0\x04\0\0\0\x04\x03\0"), 100},
    {"Flash video", TEXT("FLV\x01\x05\0\0\0\x09"), 100},
    {"H.264", TEXT("\0\0\0\x01\x67\x64\0\x28"), 100},
    {"LHA", TEXT("\x1a\x33-lh5-"), 100},
    {"text", TEXT("x y z\n1 2 3\n4 5 6\n"), 18},
    {"text", TEXT("nrows 3\r\nncols 4\r\n"), 18},
    {"text", TEXT("\xef\xbb\xbfK\xc3\xa4se\nBrot\n"), 14},
    {"text", TEXT("\xc4pfel und \xd6l, K\xe4se, Brot\nfragen: wof\xfcr?\n"), 1},
    {"text", TEXT("\x1b[31mred\x1b[0m\nand so on\n"), 1},
    {"message catalog", TEXT("\xde\x12\x04\x95\0\0\0\0\x07\0\0\0"), 100},
    {"Python program", TEXT("\xcb\r\r\n\0\0\0\0"), 100},
    {"text", TEXT("{\"a\": [1, 2, 3], \"b\": \"c\"}"), 26},
    {"text in UTF-16",
     TEXT("\xff\xfe"
          "E\0N\0V\0I\0\n\0"),
     12},
    {"text in UTF-16", TEXT("\xfe\xff\0E\0N\0V\0I\0\n"), 12},
    {"script", TEXT("#!/bin/sh\n"), 10},
    {"XML", TEXT("<?xml version=\"1.0\"?><a/>"), 25},
};

static void test_rows_with_checks(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(others); i++) {
        uint64_t size = mmv_max(others[i].size, others[i].length);
        mmi_clue clue = look_at(others[i].start, others[i].length, size);
        if (others[i].size == 0) /* too few bytes: no mark */
            assert_int_equal(clue.mark, MMI_MARK_NONE);
        else if (clue.mark != MMI_MARK_OTHER || strcmp(clue.name, others[i].name) != 0)
            fail_msg("row %zu: %s instead of %s", i, clue.name ? clue.name : "nothing", others[i].name);
    }
}

/* Kinds whose fields have to fit each other: put together here. */
static void test_kinds_of_numbers(void **state)
{
    static struct memory memory;
    (void)state;
    memset(&memory, 0, sizeof memory);
    memory.size = 5000;
    memory.bytes[0] = 'M';
    memory.bytes[1] = 'Z';
    put(&memory, 60, 4, 128, false);
    memcpy(memory.bytes + 128, "PE\0\0", 4);
    assert_string_equal(look(&memory).name, "Windows program");
    memset(&memory, 0, sizeof memory);
    memory.size = 5000;
    memcpy(memory.bytes, "\x0a\x05\x01\x08", 4);
    put(&memory, 8, 2, 99, false);
    put(&memory, 10, 2, 49, false);
    memory.bytes[65] = 3;
    put(&memory, 66, 2, 100, false);
    assert_string_equal(look(&memory).name, "PCX");
    put(&memory, 66, 2, 98, false); /* a row that is too short */
    assert_int_equal(look(&memory).mark, MMI_MARK_NONE);
    memset(&memory, 0, sizeof memory);
    memory.size = 188 * 8;
    for (size_t i = 0; i < 8; i++)
        memcpy(memory.bytes + 188 * i, "\x47\x40\x11\x10", 4);
    assert_string_equal(look(&memory).name, "MPEG transport stream");
    for (size_t i = 0; i < 376; i++) /* floats that are all above 32768 */
        memcpy(memory.bytes + 4 * i, "\x47\x40\x11\x10", 4);
    assert_int_equal(look(&memory).mark, MMI_MARK_NONE);
    memset(memory.bytes, 0x47, sizeof memory.bytes); /* samples that are all alike */
    assert_int_equal(look(&memory).mark, MMI_MARK_NONE);
    memset(&memory, 0, sizeof memory);
    memory.size = 417 * 6;
    for (size_t i = 0; i < 6; i++)
        memcpy(memory.bytes + 417 * i, "\xff\xfb\x90\0", 4);
    assert_string_equal(look(&memory).name, "MP3");
    memset(&memory, 0, sizeof memory);
    memory.size = 100;
    put(&memory, 0, 4, 3, true);
    put(&memory, 4, 4, 84, true);
    put(&memory, 8, 4, 1, true);
    assert_string_equal(look(&memory).name, "Digital Micrograph (DM3)");
}

/* ---- samples ----------------------------------------------------------------------------------------------------- */

static void check_samples(const char *what, struct memory *memory)
{
    mmi_clue clue = look(memory);
    if (clue.mark != MMI_MARK_NONE)
        fail_msg("%s: taken for %s", what, clue.name ? clue.name : mmi_format_name(clue.format));
}

/* Numerical Recipes' generator. */
static uint32_t next(uint32_t *noise)
{
    *noise = *noise * 1664525 + 1013904223;
    return *noise >> 16;
}

/* Printable bytes alone are no text: masks, gradients, one pixel again and again, noise. */
static void test_samples_that_are_printable(void **state)
{
    static struct memory memory;
    const size_t size = sizeof memory.bytes;
    (void)state;
    memory.size = size;
    for (size_t i = 0; i < size; i++)
        memory.bytes[i] = i / 37 % 3 ? ' ' : '\n';
    check_samples("a mask of two values", &memory);
    for (size_t i = 0; i < size; i++)
        memory.bytes[i] = (unsigned char)(' ' + i / 100 % 95);
    check_samples("a gradient", &memory);
    for (size_t i = 0; i < size; i++)
        memory.bytes[i] = (unsigned char)"Red\nGrey"[i % 8];
    check_samples("a pixel again and again", &memory);
    uint32_t noise = 1;
    for (size_t i = 0; i < size; i++)
        memory.bytes[i] = (unsigned char)(' ' + next(&noise) % 95);
    check_samples("noise", &memory);
    for (size_t i = 0; i < size; i++)
        memory.bytes[i] = (unsigned char)(9 + next(&noise) % 90);
    check_samples("noise down to 9", &memory);
    for (size_t i = 0; i < size; i += 2)
        put(&memory, i, 2, 0xfffe + i / 2, false);
    check_samples("a gradient of 16 bits from -2 on", &memory);
}

/* XML without a declaration, and on one line, is no samples. */
static void test_xml_on_one_line(void **state)
{
    static const struct {
        const char *text;
        bool is_text;
    } rows[] = {{"<PAMDataset><Metadata/></PAMDataset>", true},
                {"<a b=\"1\"><c/>", true},
                {"<PAMDataset and no end of it, ever", false},
                {"<a><b/>\001\002", false},
                {"<1><2/></1>", false}};
    static struct memory memory;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        memory.size = strlen(rows[i].text);
        memcpy(memory.bytes, rows[i].text, (size_t)memory.size);
        mmi_clue clue = look(&memory);
        if ((clue.mark == MMI_MARK_OTHER) != rows[i].is_text)
            fail_msg("%s", rows[i].text);
    }
}

static mmv_status fail_behind(void *user, uint64_t offset, void *bytes, size_t length)
{
    const uint64_t *place = user;
    memset(bytes, 0, length);
    return offset >= *place ? mmv_error_set(MMV_EIO, 5, "read") : MMV_OK;
}

/* HDF5 behind a block of any power of two is looked for, each with a read of its own. */
static void test_deep_places(void **state)
{
    static struct memory memory;
    mmi_clue clue;
    uint64_t place = 0;
    (void)state;
    memset(&memory, 0, sizeof memory);
    memory.size = 3 * MMV_MIB;
    memory.deep = 512 << 11;
    assert_string_equal(look(&memory).name, "HDF5");
    memory.deep = 3000; /* no place for it */
    assert_int_equal(look(&memory).mark, MMI_MARK_NONE);
    const mmi_source source = {fail_behind, &place, MMV_MIB};
    assert_int_equal(mmi_container_look(&source, &clue), MMV_EIO);
    place = 65536;
    assert_int_equal(mmi_container_look(&source, &clue), MMV_EIO);
    place = MMV_MIB;
    assert_int_equal(mmi_container_look(&source, &clue), MMV_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_what_has_no_mark),
        cmocka_unit_test(test_mrc_without_a_mark),
        cmocka_unit_test(test_analyze_has_no_mark),
        cmocka_unit_test(test_every_row),
        cmocka_unit_test(test_rows_with_checks),
        cmocka_unit_test(test_kinds_of_numbers),
        cmocka_unit_test(test_samples_that_are_printable),
        cmocka_unit_test(test_xml_on_one_line),
        cmocka_unit_test(test_deep_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
