/* SPDX-License-Identifier: MIT */
/*
 * test_says.c - what headers say of their samples beyond type and place, which is a note or a refusal: a scale, the way
 * up, statistics, further images, a place inside the header.
 */

#include "support.h"

#include "check.h"

#include <mmimage/container.h>
#include <mmview/range.h>

#include <stdio.h>

struct memory {
    unsigned char bytes[16384];
    uint64_t size;
};

static struct memory memory;

static mmv_status read_memory(void *user, uint64_t offset, void *bytes, size_t length)
{
    const struct memory *from = user;
    assert_true(mmv_range_fits(offset, length, from->size));
    memcpy(bytes, from->bytes + offset, length);
    return MMV_OK;
}

static mmv_status take(mmi_format format, mmi_container *container)
{
    const mmi_source source = {read_memory, &memory, memory.size};
    return mmi_container_read(&source, &(mmi_wish){.format = format}, container);
}

static void hold(const char *text, size_t length)
{
    memset(&memory, 0, sizeof memory);
    memcpy(memory.bytes, text, length);
    memory.size = length;
}

#define TEXT(text) text, sizeof(text) - 1

static void put(size_t at, size_t size, uint64_t value)
{
    for (size_t i = 0; i < size; i++)
        memory.bytes[at + i] = (unsigned char)(value >> 8 * i);
}

static bool has_note(const mmi_container *container, mmi_note_kind kind, const char *text)
{
    for (unsigned i = 0; i < container->note_count; i++)
        if (container->notes[i].kind == kind && strstr(container->notes[i].text, text))
            return true;
    return false;
}

/* ---- TIFF -------------------------------------------------------------------------------------------------------- */

struct entry {
    unsigned tag, type;
    uint64_t count, value;
};

/* Samples from byte 8 on, three images of 4 x 3 x u16le; then texts; the directory at 1024; another one at 2048. */
enum { SAMPLES = 8, ONE = 24, TEXTS = 512, DIRECTORY = 1024, BELOW = 2048, END = 4096 };

static void put_directory(size_t at, const struct entry *more)
{
    struct entry entries[16] = {{256, 3, 1, 4},       {257, 3, 1, 3}, {258, 3, 1, 16}, {259, 3, 1, 1},  {262, 3, 1, 1},
                                {273, 4, 1, SAMPLES}, {277, 3, 1, 1}, {278, 3, 1, 3},  {279, 4, 1, ONE}};
    size_t count = 9;
    for (size_t i = 0; more && more[i].tag; i++) {
        size_t place = count++;
        for (; place > 0 && entries[place - 1].tag >= more[i].tag; place--)
            entries[place] = entries[place - 1];
        bool is_there = entries[place + 1].tag == more[i].tag && place + 1 < count;
        if (is_there)
            for (size_t k = place + 1; k + 1 < count; k++)
                entries[k] = entries[k + 1];
        count -= is_there;
        entries[place] = more[i];
    }
    put(at, 2, count);
    for (size_t i = 0; i < count; i++) {
        put(at + 2 + 12 * i, 2, entries[i].tag);
        put(at + 4 + 12 * i, 2, entries[i].type);
        put(at + 6 + 12 * i, 4, entries[i].count);
        put(at + 10 + 12 * i, 4, entries[i].value);
    }
}

static mmv_status take_tiff(const struct entry *more, const char *text, mmi_container *container)
{
    hold(TEXT("II*\0\0\x04\0\0"));
    memory.size = END;
    if (text)
        memcpy(memory.bytes + TEXTS, text, strlen(text) + 1);
    put_directory(DIRECTORY, more);
    put_directory(BELOW, (struct entry[]){{273, 4, 1, SAMPLES + 3 * ONE}, {0}});
    mmi_container_free(container);
    mmv_status status = take(MMI_AUTO, container);
    return status;
}

static void test_scale_and_statistics_of_gdal(void **state)
{
    static const char scaled[] = "<GDALMetadata>\n  <Item name=\"SCALE\" sample=\"0\" role=\"scale\">0.1</Item>\n";
    static const char known[] = "<GDALMetadata>\n  <Item name=\"STATISTICS_MAXIMUM\" sample=\"0\">11</Item>\n";
    static const char other[] = "<GDALMetadata>\n  <Item name=\"AREA\">x</Item>\n";
    mmi_container container = {0};
    (void)state;
    assert_int_equal(take_tiff((struct entry[]){{42112, 2, sizeof scaled, TEXTS}, {0}}, scaled, &container), MMV_OK);
    assert_true(has_note(&container, MMI_NOTE_MEANING, "GDAL_METADATA has a scale"));
    assert_int_equal(container.stale_count, 0);
    assert_int_equal(take_tiff((struct entry[]){{42112, 2, sizeof known, TEXTS}, {0}}, known, &container), MMV_OK);
    assert_int_equal(container.note_count, 0);
    assert_int_equal(container.stale_count, 1);
    assert_int_equal(container.stale[0].form, MMI_STALE_APART);
    assert_string_equal(container.stale[0].name, "GDAL_METADATA");
    assert_int_equal(take_tiff((struct entry[]){{42112, 2, sizeof other, TEXTS}, {0}}, other, &container), MMV_OK);
    assert_true(container.note_count == 0 && container.stale_count == 0);
}

static void test_the_way_up(void **state)
{
    mmi_container container = {0};
    (void)state;
    assert_int_equal(take_tiff((struct entry[]){{274, 3, 1, 6}, {0}}, NULL, &container), MMV_OK);
    assert_true(has_note(&container, MMI_NOTE_MEANING, "Orientation is 6"));
    assert_int_equal(take_tiff((struct entry[]){{274, 3, 1, 1}, {0}}, NULL, &container), MMV_OK);
    assert_int_equal(container.note_count, 0);
}

/* MetaMorph counts the planes of its one directory; what is not all there is one image. */
static void test_planes_of_metamorph(void **state)
{
    mmi_container container = {0};
    (void)state;
    assert_int_equal(take_tiff((struct entry[]){{33629, 5, 3, TEXTS}, {0}}, NULL, &container), MMV_OK);
    assert_true(container.frames == 3 && container.image.height == 9 && container.length == 3 * ONE);
    assert_int_equal(container.note_count, 0);
    assert_int_equal(take_tiff((struct entry[]){{33629, 5, 60, TEXTS}, {0}}, NULL, &container), MMV_OK);
    assert_true(container.frames == 1 && container.image.height == 3);
    assert_true(has_note(&container, MMI_NOTE_PARTS, "it says that it has 60 images, but not all of them are there"));
}

/* Page 1, and a directory that has bytes of it, too, or has not: the next page, or what 'kind' says. */
struct sharing {
    uint64_t offset, other_offset; /* of their strips */
    uint64_t other_length;
    unsigned compression, kind; /* of the other: NewSubfileType; BENEATH = it lies below page 1 */
    const char *problem;        /* NULL = they share nothing */
};

enum { BENEATH = 99 };

static mmv_status take_sharing(const struct sharing *sharing, mmi_container *container)
{
    bool is_below = sharing->kind == BENEATH;
    hold(TEXT("II*\0\0\x04\0\0"));
    memory.size = END;
    put_directory(DIRECTORY, (struct entry[]){{273, 4, 1, sharing->offset}, {is_below ? 330 : 0, 4, 1, BELOW}, {0}});
    put_directory(BELOW, (struct entry[]){{254, 4, 1, is_below ? 0 : sharing->kind},
                                          {259, 3, 1, sharing->compression},
                                          {273, 4, 1, sharing->other_offset},
                                          {279, 4, 1, sharing->other_length},
                                          {0}});
    if (!is_below)
        put(DIRECTORY + 2 + 12 * 9, 4, BELOW);
    mmi_container_free(container);
    return take(MMI_AUTO, container);
}

/* libtiff takes offsets of type 13 or 18 for directories alone. */
static void test_places_of_directories(void **state)
{
    mmi_container container = {0};
    (void)state;
    assert_int_equal(take_tiff((struct entry[]){{273, 13, 1, SAMPLES}, {0}}, NULL, &container), MMV_EINVAL);
    assert_string_equal(container.problem, "StripOffsets: are no whole numbers");
    assert_int_equal(take_tiff((struct entry[]){{273, 3, 1, SAMPLES}, {0}}, NULL, &container), MMV_OK);
}

/* What page 1 shares with a page that nobody asked for would change there, too. */
static void test_samples_of_other_pages(void **state)
{
    static const char page[] = "in samples of another page", copy[] = "in samples of a smaller copy";
    static const struct sharing rows[] = {
        {SAMPLES, SAMPLES, ONE, 1, 0, page},
        {SAMPLES, SAMPLES + ONE - 1, ONE, 1, 0, page},
        {SAMPLES, SAMPLES + ONE, ONE, 1, 0, NULL},
        {SAMPLES + ONE, SAMPLES, ONE, 1, 0, NULL},
        {SAMPLES + ONE, SAMPLES + 1, ONE, 1, 0, page},
        /* A length that is more than the rows need is an old mistake; of compressed rows nobody knows. */
        {SAMPLES + ONE, SAMPLES, 4 * ONE, 1, 0, NULL},
        {SAMPLES + ONE, SAMPLES, 4 * ONE, 5, 0, page},
        {SAMPLES + ONE, SAMPLES, ONE, 5, 0, NULL},
        {SAMPLES, 0, ONE, 1, 0, NULL},
        {SAMPLES, UINT32_MAX, ONE, 1, 0, NULL},
        {SAMPLES, SAMPLES, ONE, 1, 1, copy},
        {SAMPLES, SAMPLES, ONE, 1, 4, copy},
        {SAMPLES, SAMPLES, ONE, 1, BENEATH, copy},
        {SAMPLES, SAMPLES + ONE, ONE, 1, BENEATH, NULL},
    };
    mmi_container container = {0};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        mmv_status status = take_sharing(&rows[i], &container);
        if ((status == MMV_OK) != (rows[i].problem == NULL))
            fail_msg("row %zu: %s", i, container.problem);
        if (rows[i].problem)
            assert_non_null(strstr(container.problem, rows[i].problem));
        else
            assert_string_equal(container.problem, "");
    }
}

/* That is the page itself. */
static void test_a_page_below_itself(void **state)
{
    mmi_container container = {0};
    (void)state;
    assert_int_equal(take_tiff((struct entry[]){{330, 4, 1, DIRECTORY}, {0}}, NULL, &container), MMV_OK);
}

static void test_images_in_other_files(void **state)
{
    static const struct {
        const char *text;
        bool noted;
    } rows[] = {{"<?xml version=\"1.0\"?><OME><UUID FileName=\"a.tif\"/><UUID FileName=\"b.tif\"/></OME>", true},
                {"<OME><UUID FileName=\"a.tif\"/><UUID FileName=\"a.tif\"/><UUID FileName=\"a.tiff\"/></OME>", true},
                {"<OME><BinaryOnly MetadataFile=\"a.companion.ome\"/></OME>", true},
                {"<OME><UUID FileName=\"a.tif\"/><UUID FileName=\"a.tif\"/></OME>", false},
                {"<OME><UUID FileName=\"a.tif", false},
                {"<OME/>", false},
                {"FileName=\"a.tif\" FileName=\"b.tif\"", false}};
    mmi_container container = {0};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct entry entries[] = {{270, 2, strlen(rows[i].text) + 1, TEXTS}, {0}};
        assert_int_equal(take_tiff(entries, rows[i].text, &container), MMV_OK);
        if (has_note(&container, MMI_NOTE_PARTS, "OME-XML names other files") != rows[i].noted)
            fail_msg("row %zu", i);
    }
}

/* GDAL's own layout for files that are read over a network. */
static void test_copies_of_last_bytes(void **state)
{
    static const char ghost[] = "GDAL_STRUCTURAL_METADATA_SIZE=000140 bytes\nLAYOUT=IFDS_BEFORE_DATA\n"
                                "BLOCK_LEADER=SIZE_AS_UINT4\nBLOCK_TRAILER=LAST_4_BYTES_REPEATED\n";
    mmi_container container = {0};
    (void)state;
    for (int i = 0; i < 2; i++) {
        hold(TEXT("II*\0\0\x04\0\0"));
        memory.size = END;
        memcpy(memory.bytes + 8, ghost, i ? sizeof ghost - 30 : sizeof ghost);
        put_directory(DIRECTORY, (struct entry[]){{273, 4, 1, TEXTS}, {0}});
        mmi_container_free(&container);
        assert_int_equal(take(MMI_AUTO, &container), MMV_OK);
        assert_int_equal(has_note(&container, MMI_NOTE_STALE, "BLOCK_TRAILER"), i == 0);
    }
}

static void test_images_below_a_page(void **state)
{
    mmi_container container = {0};
    (void)state;
    assert_int_equal(take_tiff((struct entry[]){{330, 4, 1, BELOW}, {0}}, NULL, &container), MMV_OK);
    assert_true(has_note(&container, MMI_NOTE_PARTS, "1 more image lies below the pages (SubIFDs), and is left alone"));
}

/* The way out is a program that unpacks such samples. */
static void test_packed_bits(void **state)
{
    mmi_container container = {0};
    (void)state;
    assert_int_equal(take_tiff((struct entry[]){{258, 3, 1, 12}, {0}}, NULL, &container), MMV_ENOTSUP);
    assert_non_null(strstr(container.problem, "gdal_translate -ot UInt16 -co NBITS=16"));
    assert_int_equal(take_tiff((struct entry[]){{258, 3, 1, 24}, {0}}, NULL, &container), MMV_ENOTSUP);
    assert_non_null(strstr(container.problem, "24 bits of format 1"));
}

/* ---- others ------------------------------------------------------------------------------------------------------ */

static void test_fits_beside_the_standard(void **state)
{
    char cards[2881];
    mmi_container container;
    (void)state;
    for (int i = 0; i < 2; i++) {
        snprintf(cards, sizeof cards, "%-80s%-80s%-80s%-80s%-80s%-2480s",
                 i ? "SIMPLE  =                    F" : "SIMPLE  =                    T",
                 "BITPIX  =                    8", "NAXIS   =                    2", "NAXIS1  =                    2",
                 "NAXIS2  =                    2", "END");
        hold(cards, 2880);
        memory.size = 2884;
        assert_int_equal(take(MMI_AUTO, &container), i ? MMV_ENOTSUP : MMV_OK);
        assert_true(i == 0 || strncmp(container.problem, "SIMPLE: F", 9) == 0);
    }
}

/* Astropy reads keywords in lower case, and the last one of an axis counts to it. */
static void test_fits_axes_in_lower_case(void **state)
{
    static const char *const axes[] = {"naxis1  =                    3", "NAXIS1= 3", " NAXIS1 =                    3",
                                       "NAXIS1                        3"};
    char cards[2881];
    mmi_container container;
    (void)state;
    for (size_t i = 0; i < COUNT(axes); i++) {
        snprintf(cards, sizeof cards, "%-80s%-80s%-80s%-80s%-80s%-80s%-2400s", "SIMPLE  =                    T",
                 "BITPIX  =                    8", "NAXIS   =                    2", "NAXIS1  =                    2",
                 axes[i], "NAXIS2  =                    2", "END");
        hold(cards, 2880);
        memory.size = 2900;
        assert_int_equal(take(MMI_AUTO, &container), MMV_EINVAL);
        assert_true(strncmp(container.problem, "NAXIS: the card is not as the standard has it", 45) == 0);
    }
}

/* NiBabel takes such samples from byte 0 on, others from 348: the place that is likely is advised only. */
static void test_nifti_without_a_place(void **state)
{
    mmi_container container;
    (void)state;
    hold(TEXT("\x5c\x01"));
    static const unsigned numbers[] = {2, 2, 2, 1, 1, 1, 1, 1};
    for (size_t i = 0; i < COUNT(numbers); i++)
        put(40 + 2 * i, 2, numbers[i]);
    put(70, 2, 2);
    put(72, 2, 8);
    memcpy(memory.bytes + 344, "n+1", 4);
    memory.size = 356;
    assert_int_equal(take(MMI_AUTO, &container), MMV_EINVAL);
    assert_true(strncmp(container.problem, "vox_offset: byte 0 lies in the header of 352 bytes", 50) == 0);
    assert_true(container.offset == 352 && container.length == 4);
}

static void test_envi_reflectance(void **state)
{
#define ENVI "ENVI\nsamples = 3\nlines = 2\nbands = 1\ndata type = 2\nbyte order = 0\nreflectance scale factor = "
    mmi_container container;
    (void)state;
    hold(TEXT(ENVI "10000\n"));
    assert_int_equal(take(MMI_ENVI, &container), MMV_OK);
    assert_true(has_note(&container, MMI_NOTE_MEANING, "reflectance scale factor"));
    hold(TEXT(ENVI "1.0\n"));
    assert_int_equal(take(MMI_ENVI, &container), MMV_OK);
    assert_int_equal(container.note_count, 0);
}

/* GDAL would read the gaps as samples: the way out is an option. */
static void test_rows_with_gaps(void **state)
{
#define EHDR "NROWS 3\nNCOLS 4\nNBITS 16\nPIXELTYPE SIGNEDINT\nBYTEORDER M\nSKIPBYTES 6\nTOTALROWBYTES "
    mmi_container container;
    (void)state;
    hold(TEXT(EHDR "16\n"));
    assert_int_equal(take(MMI_EHDR, &container), MMV_ENOTSUP);
    assert_non_null(strstr(container.problem, "--format=raw --offset=6 --type=i16be --samples=1 --width=4 --height=3 "
                                              "--row-bytes=16"));
    hold(TEXT(EHDR "7\n"));
    assert_int_equal(take(MMI_EHDR, &container), MMV_ENOTSUP);
    assert_null(strstr(container.problem, "--row-bytes"));
    hold(TEXT(EHDR "32\nNBANDS 2\n"));
    assert_int_equal(take(MMI_EHDR, &container), MMV_ENOTSUP);
    assert_null(strstr(container.problem, "--row-bytes"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scale_and_statistics_of_gdal),
        cmocka_unit_test(test_the_way_up),
        cmocka_unit_test(test_planes_of_metamorph),
        cmocka_unit_test(test_samples_of_other_pages),
        cmocka_unit_test(test_places_of_directories),
        cmocka_unit_test(test_a_page_below_itself),
        cmocka_unit_test(test_images_in_other_files),
        cmocka_unit_test(test_copies_of_last_bytes),
        cmocka_unit_test(test_images_below_a_page),
        cmocka_unit_test(test_packed_bits),
        cmocka_unit_test(test_fits_beside_the_standard),
        cmocka_unit_test(test_fits_axes_in_lower_case),
        cmocka_unit_test(test_nifti_without_a_place),
        cmocka_unit_test(test_envi_reflectance),
        cmocka_unit_test(test_rows_with_gaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
