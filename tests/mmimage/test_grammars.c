/* SPDX-License-Identifier: MIT */
/*
 * test_grammars.c - what each format's own grammar makes of a header: what it says, and what is refused because
 * programs take it differently. Most rows are what random headers found (tests/oracles/headers).
 */

#include "support.h"

#include "check.h"

#include <mmimage/container.h>
#include <mmview/range.h>

#include <math.h>
#include <stdio.h>

struct memory {
    unsigned char bytes[16384];
    uint64_t size;
};

static mmv_status read_memory(void *user, uint64_t offset, void *bytes, size_t length)
{
    const struct memory *memory = user;
    assert_true(mmv_range_fits(offset, length, memory->size));
    memcpy(bytes, memory->bytes + offset, length);
    return MMV_OK;
}

static struct memory memory;

static mmv_status take(mmi_format format, const char *part, uint32_t samples, mmi_container *container)
{
    const mmi_source source = {read_memory, &memory, memory.size};
    return mmi_container_read(&source, &(mmi_wish){.format = format, .part = part, .samples = samples}, container);
}

static void load(const char *name)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%s", TEST_HEADERS, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    memory.size = fread(memory.bytes, 1, sizeof memory.bytes, file);
    fclose(file);
}

static void hold(const char *text, size_t length)
{
    assert_true(length <= sizeof memory.bytes);
    memcpy(memory.bytes, text, length);
    memory.size = length;
}

#define TEXT(text) text, sizeof(text) - 1
#define ENVI "ENVI\nsamples = 3\nlines = 2\nbands = 1\ndata type = 2\n"
#define EHDR "NROWS 2\nNCOLS 3\nNBITS 16\nPIXELTYPE SIGNEDINT\nBYTEORDER M\n"
#define META "NDims = 2\nDimSize = 2 2\nElementType = MET_USHORT\n"
#define NRRD "NRRD0004\ntype: ushort\ndimension: 2\nsizes: 2 2\nencoding: raw\nendian: big\n"

/* ---- what is read ------------------------------------------------------------------------------------------------ */

static const struct {
    const char *text;
    size_t length;
    mmi_format format;
    const char *type;
    uint64_t width, height, offset;
    uint32_t samples;
    mmi_layout layout;
} read_rows[] = {
    /* A comment is one, whatever is in it; of a field that is said twice the last one counts. */
    {TEXT(ENVI "; old = {unknown\nheader offset = 16\nbyte order = 1\nband names = {a}\n"), MMI_ENVI, "i16be", 3, 2, 16,
     1, MMI_BSQ},
    {TEXT("\xef\xbb\xbf" ENVI "byte order = 1\nHeader Offset = 3\nheader offset = 4\n"), MMI_ENVI, "i16be", 3, 2, 4, 1,
     MMI_BSQ},
    {TEXT("ENVI \r\nsamples=3\r\nlines=2\r\nbands=2\r\ndata type=1\r\ninterleave = Bil\r\n\r\n"), MMI_ENVI, "u8", 3, 2,
     0, 2, MMI_BIL},
    {TEXT(ENVI "description = {\n samples = 9\n}\nbyte order = 0\nfile type = ENVI Standard\n"), MMI_ENVI, "i16le", 3,
     2, 0, 1, MMI_BSQ},
    /* Behind the first closing brace GDAL goes on: nothing there is a field. */
    {TEXT(ENVI "byte order = 0\nband names = {\na {x},\nb}\n"), MMI_ENVI, "i16le", 3, 2, 0, 1, MMI_BSQ},
    {TEXT("nrows\t2\nNCols   3\nNBITS 8\nLayout bip\nskipbytes 5\nnrows 2\n\0\0\0"), MMI_EHDR, "u8", 3, 2, 5, 1,
     MMI_BIP},
    {TEXT("ncols 3\nnrows 2\nxllcorner 0\nyllcorner 0\ncellsize 1\nbyteorder MSBFIRST\n"), MMI_EHDR, "f32be", 3, 2, 0,
     1, MMI_BIL},
    {TEXT("Comment\nObjectType = Image\nNDims : 2\n DimSize == 2 2\nElementType=MET_UCHAR\nElementDataFile = "
          "Local\n1234"),
     MMI_METAIMAGE, "u8", 2, 2, 90, 1, MMI_BIP},
    {TEXT(META "HeaderSize = 118\nElementByteOrderMSB = T\nElementDataFile = local\n....12345678"), MMI_METAIMAGE,
     "u16be", 2, 2, 90 + 20, 1, MMI_BIP},
    {TEXT(NRRD "key:=line skip: 7\n# type: float\nline skip: 1\nbyte skip: 1\n\nline\n.12345678"), MMI_NRRD, "u16be", 2,
     2, 137, 1, MMI_BIP},
    {TEXT("P5#comment\n2 2#\n255#x\nabcd"), MMI_PNM, "u8", 2, 2, 22, 1, MMI_BIP},
    {TEXT("P5\r\n2 2\r\n255\nabcd"), MMI_PNM, "u8", 2, 2, 13, 1, MMI_BIP},
    {TEXT("P5\n2 2\n255\r\nabc"), MMI_PNM, "u8", 2, 2, 11, 1, MMI_BIP},
};

static void test_what_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(read_rows); i++) {
        mmi_container container;
        hold(read_rows[i].text, read_rows[i].length);
        /* Where the samples begin in a MetaImage file is found by what they are. */
        uint64_t offset = read_rows[i].offset;
        mmv_status status = take(read_rows[i].format, NULL, 0, &container);
        if (status)
            fail_msg("row %zu: %s", i, container.problem);
        assert_string_equal(mmi_type_name(container.image.type), read_rows[i].type);
        assert_true(container.image.width == read_rows[i].width && container.image.height == read_rows[i].height);
        if (read_rows[i].format == MMI_METAIMAGE)
            offset = memory.size - container.length;
        if (container.offset != offset)
            fail_msg("row %zu: from byte %llu", i, (unsigned long long)container.offset);
        assert_int_equal(container.image.samples, read_rows[i].samples);
        assert_int_equal(container.image.layout, read_rows[i].layout);
    }
}

/* ---- several files ----------------------------------------------------------------------------------------------- */

static const struct {
    const char *text;
    size_t length;
    mmi_format format;
    uint32_t files;
    const char *first, *last;
    uint64_t offset;
} listed[] = {
    {TEXT(META "ElementDataFile = LIST\na\nb c \r\n"), MMI_METAIMAGE, 2, "a", "b c", 0},
    {TEXT(META "HeaderSize = 7\nElementDataFile = LIST 1\n../a\n/b\nmore\n"), MMI_METAIMAGE, 2, "../a", "/b", 7},
    {TEXT(META "ElementDataFile = LIST 9\na\nb\n"), MMI_METAIMAGE, 2, "a", "b", 0},
    {TEXT(META "ElementDataFile = a%02d.raw\n"), MMI_METAIMAGE, 2, "a01.raw", "a02.raw", 0},
    {TEXT(META "ElementDataFile = 100%%/a%d 9\n"), MMI_METAIMAGE, 2, "100%/a9", "100%/a10", 0},
    {TEXT(META "ElementDataFile = a b%3d.raw 1 5 4\n"), MMI_METAIMAGE, 2, "a b  1.raw", "a b  5.raw", 0},
    {TEXT(NRRD "byte skip: 3\ndata file: LIST\na\n./b b\n"), MMI_NRRD, 2, "a", "./b b", 3},
    {TEXT(NRRD "data file: LIST 2\n#a"), MMI_NRRD, 1, "#a", "#a", 0},
    {TEXT(NRRD "data file: a%03d.raw 3 -1 -4\n"), MMI_NRRD, 2, "a003.raw", "a-01.raw", 0},
    {TEXT(NRRD "data file: a%d 1 2 1 2\n"), MMI_NRRD, 2, "a1", "a2", 0},
};

static void test_several_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(listed); i++) {
        mmi_container container;
        hold(listed[i].text, listed[i].length);
        if (take(listed[i].format, NULL, 0, &container))
            fail_msg("row %zu: %s", i, container.problem);
        uint32_t files = mmi_files_count(container.files);
        assert_true(container.place == MMI_SAMPLES_LISTED && files == listed[i].files);
        assert_int_equal(mmi_pieces_files(container.pieces), files);
        assert_string_equal(mmi_files_name(container.files, 0), listed[i].first);
        assert_string_equal(mmi_files_name(container.files, files - 1), listed[i].last);
        const char *names = strstr(listed[i].text, "file: ") ? strstr(listed[i].text, "file: ") + 6
                                                             : strstr(listed[i].text, "DataFile = ") + 11;
        assert_true(container.name_at == (uint64_t)(names - listed[i].text));
        uint64_t slab = container.length / files, offset = listed[i].offset;
        assert_int_equal(mmi_container_fit_file(&container, 0, offset + slab), MMV_OK);
        assert_int_equal(mmi_pieces_reach(container.pieces, 0).offset, offset);
        assert_int_equal(mmi_pieces_reach(container.pieces, files - 1).length, slab);
        assert_int_equal(mmi_container_fit_file(&container, 0, offset + slab - 1), MMV_ETRUNC);
        mmi_container_free(&container);
        mmi_container_free(&container);
    }
}

/* A list that is longer than what is read of a header at first, and one of files that begin where they end. */
static void test_many_files(void **state)
{
    mmi_container container;
    size_t length = (size_t)sprintf((char *)memory.bytes, "NDims = 2\nDimSize = 2 1000\nElementType = MET_USHORT\n"
                                                          "HeaderSize = -1\nElementDataFile = LIST\n");
    (void)state;
    for (int i = 0; i < 1000; i++)
        length += (size_t)sprintf((char *)memory.bytes + length, "slice%04d\n", i);
    memory.size = length;
    assert_int_equal(take(MMI_METAIMAGE, NULL, 0, &container), MMV_OK);
    assert_string_equal(mmi_files_name(container.files, 999), "slice0999");
    for (uint32_t i = 0; i < 1000; i++)
        assert_int_equal(mmi_container_fit_file(&container, i, 4 + i), MMV_OK);
    assert_int_equal(mmi_pieces_reach(container.pieces, 700).offset, 700);
    mmi_container_free(&container);
}

/* ---- what is refused --------------------------------------------------------------------------------------------- */

static const struct {
    const char *text;
    size_t length;
    mmi_format format;
    const char *problem;
} refused[] = {
    {TEXT(ENVI "header_offset = 16\n"), MMI_ENVI, "do not agree whether \"header_offset\""},
    {TEXT(ENVI "byte order\t= 1\n"), MMI_ENVI, "do not agree whether \"byte order\""},
    {TEXT(ENVI " byte order = 1\n"), MMI_ENVI, "do not agree whether \"byte order\""},
    {TEXT(ENVI "x = {a} b\nbyte order = 1\nz = {}\n"), MMI_ENVI, "do not agree where the brace"},
    {TEXT(ENVI "x = a {b\nbyte order = 1\n}\n"), MMI_ENVI, "do not agree where this brace"},
    {TEXT(ENVI "file type = TIFF\n"), MMI_ENVI, "file type"},
    {TEXT("ENVI\nsamples = 3\nlines = 2\ndata type = 2\n"), MMI_ENVI, "bands: is missing"},
    {TEXT("ENVI\nsamples = 3\nlines = 2\nbands = 2\ndata type = 2\n"), MMI_ENVI, "interleave: is missing"},
    {TEXT("ENVI\nsamples = 3\0\nlines = 2\nbands = 1\ndata type = 2\n"), MMI_ENVI, "no text"},
    {TEXT(EHDR "nrows 3\n"), MMI_EHDR, "nrows: it is said twice"},
    {TEXT(EHDR "BANDGAPBYTES 4\n"), MMI_EHDR, "bandgapbytes"},
    {TEXT("NROWS 2\nNCOLS 3\nNBITS 32\nBYTEORDER I\nDATATYPE R32\n"), MMI_EHDR, "datatype"},
    {TEXT(META "elementnumberofchannels = 1\nElementDataFile = a\n"), MMI_METAIMAGE, "another spelling"},
    {TEXT("# comment\n" META "ElementDataFile = a\n"), MMI_METAIMAGE, "NDims: the line before has no value"},
    {TEXT("Comment\r\n\r\n" META "ElementDataFile = a\n"), MMI_METAIMAGE, "NDims: the line before has no value"},
    {TEXT(META "BinaryDataByteOrderMSB = T\nElementByteOrderMSB = F\nElementDataFile = a\n"), MMI_METAIMAGE,
     "the contrary"},
    {TEXT(META "HeaderSize = 20\nElementDataFile = LOCAL\n12345678"), MMI_METAIMAGE, "in the header itself"},
    {TEXT(NRRD "sizes: 2 2\n\n12345678"), MMI_NRRD, "sizes: it is said twice"},
    {TEXT(NRRD "line_skip: 2\n\n12345678"), MMI_NRRD, "is no field"},
    {TEXT(NRRD "data file: a\nline skip: 2\n"), MMI_NRRD, "line skip"},
    {TEXT(NRRD "data file: a%03d.raw 1 3 1\n"), MMI_NRRD, "names 3 files, and the sizes need 2"},
    {TEXT(NRRD "data file: a%03d.raw 1 2 0\n"), MMI_NRRD, "a step that is not 0"},
    {TEXT(NRRD "data file: a%03d.raw 2 1 1\n"), MMI_NRRD, "leads away"},
    {TEXT(NRRD "data file: a%03d.raw 1 2 1 3\n"), MMI_NRRD, "not within 1 and 2"},
    {TEXT(NRRD "data file: a%03d.raw 1 4 1 0\n"), MMI_NRRD, "not within 1 and 2"},
    {TEXT(NRRD "data file: LIST 1x\na\nb\n"), MMI_NRRD, "not a whole number"},
    {TEXT(NRRD "data file: LIST\na\nb\n\n"), MMI_NRRD, "names 3 files"},
    {TEXT(NRRD "data file: LIST\n"), MMI_NRRD, "no names follow"},
    {TEXT(NRRD "data file: LIST 2\na\nb\nc\n"), MMI_NRRD, "cannot share the 2"},
    {TEXT("NRRD0004\ntype: ushort\ndata file: LIST\na\nb\n"), MMI_NRRD, "is missing"},
    {TEXT("NRRD0004\ntype: ushort\nencoding: raw\nendian: big\ndata file: a%d 1 2 1\ndimension: 2\nsizes: 2 2\n"),
     MMI_NRRD, "stands before dimension"},
    {TEXT(META "ElementDataFile = LIST\na\n"), MMI_METAIMAGE, "1 names follow, and the sizes need 2"},
    {TEXT(META "ElementDataFile = LIST\na\nb"), MMI_METAIMAGE, "has no line end"},
    {TEXT(META "ElementDataFile = LIST\na\n\n"), MMI_METAIMAGE, "the name of file 2 is empty"},
    {TEXT(META "ElementDataFile = LIST 2\na\n"), MMI_METAIMAGE, "ITK reads nothing"},
    {TEXT(META "ElementDataFile = LIST x\na\nb\n"), MMI_METAIMAGE, "not a whole number"},
    {TEXT(META "ElementDataFile = LISTED.raw\na\nb\n"), MMI_METAIMAGE, "for a list"},
    {TEXT(META "ElementDataFile = LIST\na\nb\xc3\xa9\n"), MMI_METAIMAGE, "ITK cuts off"},
    {TEXT(META "ElementDataFile = a%d 1 2 -1\n"), MMI_METAIMAGE, "behind it nothing"},
    {TEXT(META "ElementDataFile = a%d 1 3 1\n"), MMI_METAIMAGE, "names 3 files, and the sizes need 2"},
    {TEXT(META "ElementDataFile = a%dx%d 1 2 1\n"), MMI_METAIMAGE, "is not a pattern with one %d"},
    {TEXT(META "ElementDataFile = a%x 1 2 1\n"), MMI_METAIMAGE, "behind it nothing"},
    {TEXT("P5\n2 2\n255\r\nabcd"), MMI_PNM, "two characters end its line"},
    {TEXT("P5\n2 2\n255xabcd"), MMI_PNM, "maxval"},
    {TEXT("P7\nWIDTH 2\nHEIGHT 1\nDEPTH 1\nMAXVAL 255\nwidth 3\nENDHDR\nab"), MMI_PAM, "no line that is known"},
};

static void test_what_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        mmi_container container;
        hold(refused[i].text, refused[i].length);
        if (take(refused[i].format, NULL, 0, &container) == MMV_OK || !strstr(container.problem, refused[i].problem))
            fail_msg("row %zu: \"%s\"", i, container.problem);
    }
}

/* ---- NumPy ------------------------------------------------------------------------------------------------------- */

static void hold_array(const char *dictionary)
{
    size_t length = strlen(dictionary);
    memset(&memory, 0, sizeof memory);
    memcpy(memory.bytes, "\x93NUMPY\x01", 7);
    memory.bytes[8] = (unsigned char)length;
    memcpy(memory.bytes + 10, dictionary, length);
    memory.size = 10 + length + 960;
}

static const struct {
    const char *dictionary;
    uint32_t expected; /* samples that the caller expects */
    const char *type;  /* NULL: refused */
    uint32_t samples;
    uint64_t width, height;
    mmi_layout layout;
} arrays[] = {
    {"{'descr': '<i2', 'fortran_order': False, 'shape': (3L, 4L), }", 0, "i16le", 1, 4, 3, MMI_BIP},
    {"{'descr': '<i2', 'fortran_order': True, 'shape': (5, 1), }", 0, "i16le", 1, 1, 5, MMI_BIP},
    {"{'descr': '<i2', 'fortran_order': True, 'shape': (1, 5, 1), }", 0, "i16le", 1, 5, 1, MMI_BIP},
    {"{'descr': '<i2', 'fortran_order': True, 'shape': (7,), }", 0, "i16le", 1, 7, 1, MMI_BIP},
    {"{'descr': '<i2', 'fortran_order': True, 'shape': (1, 7, 3), }", 0, "i16le", 3, 7, 1, MMI_BSQ},
    {"{'descr': '<i2', 'fortran_order': True, 'shape': (7, 3), }", 3, "i16le", 3, 7, 1, MMI_BSQ},
    {"{'descr': '|b1', 'fortran_order': False, 'shape': (2, 3), }", 0, "u8", 1, 3, 2, MMI_BIP},
    {"{'descr': [('a', '>f4', (2,)), ('b', '>f4')], 'fortran_order': False, 'shape': (2,), }", 0, "f32be", 3, 2, 1,
     MMI_BIP},
    {"{'descr': [(('Red', 'r'), '<i2'), ('g', '<i2')], 'fortran_order': False, 'shape': (2,), }", 0, "i16le", 2, 2, 1,
     MMI_BIP},
    {"{'descr': [(('Red', 'r', 'x'), '<i2')], 'fortran_order': False, 'shape': (2,), }", 0, NULL, 0, 0, 0, MMI_BIP},
    {"{'descr': '<i2', 'fortran_order': True, 'shape': (6, 6), }", 0, NULL, 0, 0, 0, MMI_BIP},
    {"{'descr': '<i2', 'fortran_order': False, 'shape': (np.int64(3), 4), }", 0, NULL, 0, 0, 0, MMI_BIP},
    {"{'descr': '<i2', 'fortran_order': False, 'shape': (3), }", 0, NULL, 0, 0, 0, MMI_BIP},
    {"{'descr': '<i2', 'fortran_order': False, 'shape': (3, 4), } x", 0, NULL, 0, 0, 0, MMI_BIP},
    {"{'descr': '<c8', 'fortran_order': False, 'shape': (3, 4), }", 0, NULL, 0, 0, 0, MMI_BIP},
};

static void test_arrays(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(arrays); i++) {
        mmi_container container;
        hold_array(arrays[i].dictionary);
        mmv_status status = take(MMI_AUTO, NULL, arrays[i].expected, &container);
        if ((status == MMV_OK) != (arrays[i].type != NULL))
            fail_msg("row %zu: \"%s\"", i, container.problem);
        if (status)
            continue;
        assert_string_equal(mmi_type_name(container.image.type), arrays[i].type);
        assert_int_equal(container.image.samples, arrays[i].samples);
        assert_true(container.image.width == arrays[i].width && container.image.height == arrays[i].height);
        assert_int_equal(container.image.layout, arrays[i].layout);
    }
    mmi_container container;
    hold_array("{'descr': '<i2', 'fortran_order': False, 'shape': (np.int64(3), 4), }");
    assert_int_equal(take(MMI_AUTO, NULL, 0, &container), MMV_EINVAL);
    assert_non_null(strstr(container.problem, "(np.int64(3), 4)"));
    /* The way out does not lead over the header. */
    hold_array("{'descr': '<i2', 'fortran_order': True, 'shape': (6, 6), }");
    assert_int_equal(take(MMI_AUTO, NULL, 0, &container), MMV_ENOTSUP);
    assert_non_null(strstr(container.problem, "--format=raw --offset=68 --type=i16le --samples=1"));
}

/* ---- parts and notes --------------------------------------------------------------------------------------------- */

static const mmi_note *find_note(const mmi_container *container, mmi_note_kind kind)
{
    for (unsigned i = 0; i < container->note_count; i++)
        if (container->notes[i].kind == kind)
            return &container->notes[i];
    return NULL;
}

static void check_part(const char *part, uint64_t number, uint64_t offset)
{
    mmi_container container;
    if (take(MMI_AUTO, part, 0, &container) != MMV_OK)
        fail_msg("%s: %s", part ? part : "none", container.problem);
    assert_true(container.part == number && container.parts == 2);
    assert_true(container.offset == offset);
    const mmi_note *note = find_note(&container, MMI_NOTE_PARTS);
    assert_true(part ? note == NULL : note != NULL && strstr(note->text, "1 of 2") != NULL);
}

static void test_parts(void **state)
{
    mmi_container container;
    (void)state;
    load("images.pgm");
    check_part(NULL, 1, 18);
    check_part("2", 2, 98);
    load("arrays.npy");
    check_part(NULL, 1, 128);
    check_part("2", 2, 270);
    load("parts.fits");
    check_part(NULL, 1, 5760);
    check_part("1", 1, 5760);
    check_part("2", 2, 11520);
    check_part("sci", 1, 5760);
    check_part("SCI,2", 2, 11520);
    static const char *const missing[] = {"3", "0", "ERR", "SCI,3", ""};
    for (size_t i = 0; i < COUNT(missing); i++) {
        assert_int_equal(take(MMI_AUTO, missing[i], 0, &container), MMV_ENOENT);
        assert_non_null(strstr(container.problem, "2 images"));
    }
    assert_int_equal(take(MMI_AUTO, "all", 0, &container), MMV_OK);
    assert_true(container.parts == 2 && container.part == 0 && container.part_name[0] == '\0');
    assert_true(mmi_pieces_get(container.pieces, 0).offset == 5760);
    assert_true(mmi_pieces_get(container.pieces, mmi_pieces_count(container.pieces) - 1).offset == 11520);
    mmi_container_free(&container);
    load("image.ppm");
    assert_int_equal(take(MMI_AUTO, "all", 0, &container), MMV_OK);
    assert_null(container.pieces);
    assert_int_equal(take(MMI_AUTO, "2", 0, &container), MMV_ENOENT);
}

/* Images of one kind are one, the others are not. */
static void test_all_parts(void **state)
{
    static const char *const wrong[] = {"P5 2 1 255\nabP5 1 2 255\ncd", "P5 2 1 255\nabP5 2 1 254\ncd",
                                        "P5 2 1 255\nabP6 2 1 255\ncdefgh"};
    mmi_container container;
    (void)state;
    hold(TEXT("P5 2 1 255\nabP5\n# longer\n2 1 255\ncdP5 2 1 255\nef"));
    assert_int_equal(take(MMI_AUTO, "all", 0, &container), MMV_OK);
    assert_true(container.parts == 3 && container.part == 0 && container.frames == 3 && container.note_count == 0);
    assert_true(container.image.width == 2 && container.image.height == 3 && container.length == 6);
    assert_int_equal(mmi_pieces_count(container.pieces), 3);
    for (uint64_t i = 0; i < 3; i++) {
        mmi_piece piece = mmi_pieces_get(container.pieces, i);
        assert_true(piece.y == i && piece.length == 2 && memory.bytes[piece.offset] == "ace"[i]);
    }
    mmi_container_free(&container);
    for (size_t i = 0; i < COUNT(wrong); i++) {
        hold(wrong[i], strlen(wrong[i]));
        assert_int_equal(take(MMI_AUTO, "all", 0, &container), MMV_ENOTSUP);
        assert_non_null(strstr(container.problem, "image 2 is not like image 1"));
        assert_null(container.pieces);
    }
}

/* Rounded, the sample beside it would be left alone and this one changed. */
static void test_no_data_that_no_double_holds(void **state)
{
    static const struct {
        const char *type, *value;
        bool is_exact;
    } rows[] = {
        {"14", "9007199254740993", false},       {"14", "9007199254740992", true},
        {"14", "-9223372036854775808", true},    {"14", "-9223372036854775807", false},
        {"14", "9007199254740991", true},        {"14", "9007199254740994.0", true},
        {"15", "18446744073709551615", false},   {"15", "18446744073709551615.0", false},
        {"15", "9223372036854775808 ", true},    {"4", "-3.4028234663852886e+38", true},
        {"5", "-1.7976931348623157e+308", true},
    };
    mmi_container container;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[200];
        int length = snprintf(text, sizeof text,
                              "ENVI\nsamples = 3\nlines = 2\nbands = 1\ndata type = %s\n"
                              "byte order = 1\ndata ignore value = %s\n",
                              rows[i].type, rows[i].value);
        hold(text, (size_t)length);
        assert_int_equal(take(MMI_ENVI, NULL, 0, &container), rows[i].is_exact ? MMV_OK : MMV_ENOTSUP);
        if (rows[i].is_exact)
            assert_int_equal(container.no_data_count, 1);
        else
            assert_non_null(
                strstr(container.problem, "data ignore value: the value that stands for no data is beyond 2^53"));
    }
}

static void test_no_data(void **state)
{
    mmi_container container;
    (void)state;
    hold(TEXT(ENVI "byte order = 1\ndata ignore value = -9.99e2\n"));
    assert_int_equal(take(MMI_ENVI, NULL, 0, &container), MMV_OK);
    assert_true(container.no_data_count == 1 && container.no_data[0] == -999);
    assert_non_null(find_note(&container, MMI_NOTE_NO_DATA));
    hold(TEXT(ENVI "byte order = 1\ndata ignore value = -99999\n"));
    assert_int_equal(take(MMI_ENVI, NULL, 0, &container), MMV_OK);
    assert_true(container.no_data_count == 0);
    assert_non_null(find_note(&container, MMI_NOTE_NO_DATA));
    hold(TEXT(EHDR "NODATA -9999\nNODATA_VALUE 7\n"));
    assert_int_equal(take(MMI_EHDR, NULL, 0, &container), MMV_OK);
    assert_true(container.no_data_count == 2 && container.no_data[0] == -9999 && container.no_data[1] == 7);
    load("cube.fits");
    unsigned char *end = memory.bytes;
    while (memcmp(end, "END ", 4) != 0)
        end += 80;
    memcpy(end, "BLANK   =               -32768", 30);
    memcpy(end + 80, "END", 3);
    assert_int_equal(take(MMI_AUTO, NULL, 0, &container), MMV_OK);
    assert_true(container.no_data_count == 1 && container.no_data[0] == -32768);
}

/* Programs wrote MET_LONG with 4 bytes, and with 8. */
static void test_doubtful_lengths(void **state)
{
    mmi_container container;
    (void)state;
    hold(TEXT("NDims = 2\nDimSize = 2 2\nElementType = MET_LONG\nElementDataFile = a.raw\n"));
    assert_int_equal(take(MMI_METAIMAGE, NULL, 0, &container), MMV_OK);
    assert_non_null(find_note(&container, MMI_NOTE_ASSUMED));
    assert_int_equal(mmi_container_fit(&container, 16), MMV_OK);
    assert_int_equal(mmi_container_fit(&container, 31), MMV_OK);
    assert_int_equal(mmi_container_fit(&container, 32), MMV_EINVAL);
}

/* A header may be long: the text that is read at first is not all of it. */
static void test_long_headers(void **state)
{
    mmi_container container;
    size_t length = 0;
    (void)state;
    length += (size_t)sprintf((char *)memory.bytes, "NDims = 2\nDimSize = 2 2\nElementType = MET_UCHAR\n");
    for (int i = 0; i < 400; i++)
        length += (size_t)sprintf((char *)memory.bytes + length, "Seq_Frame%04d = OK\n", i);
    length += (size_t)sprintf((char *)memory.bytes + length, "ElementDataFile = LOCAL\nabcd");
    memory.size = length;
    assert_int_equal(take(MMI_AUTO, NULL, 0, &container), MMV_OK);
    assert_true(container.offset == length - 4);
    memory.size = length - 40;
    assert_int_equal(take(MMI_AUTO, NULL, 0, &container), MMV_ETRUNC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_read),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_several_files),
        cmocka_unit_test(test_many_files),
        cmocka_unit_test(test_arrays),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_all_parts),
        cmocka_unit_test(test_no_data),
        cmocka_unit_test(test_no_data_that_no_double_holds),
        cmocka_unit_test(test_doubtful_lengths),
        cmocka_unit_test(test_long_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
