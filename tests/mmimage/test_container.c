/* SPDX-License-Identifier: MIT */
/*
 * test_container.c - headers of all formats: small files that other programs have made (tests/fuzz/corpus/header), cut
 * at every length, with every byte changed, and numbers that lie.
 */

#include "support.h"

#include "check.h"

#include <mmimage/container.h>
#include <mmview/range.h>

#include <stdio.h>

#define FILE_MAX 16384

struct memory {
    unsigned char bytes[FILE_MAX];
    uint64_t size;
    uint64_t broken; /* reading from here on fails; 0 = nowhere */
};

static mmv_status read_memory(void *user, uint64_t offset, void *bytes, size_t length)
{
    const struct memory *memory = user;
    assert_true(mmv_range_fits(offset, length, memory->size));
    if (memory->broken && offset + length > memory->broken)
        return mmv_error_set(MMV_EIO, 5, "read");
    memcpy(bytes, memory->bytes + offset, length);
    return MMV_OK;
}

/* What a container has of memory lives until the next one is taken. */
static mmv_status take_part(struct memory *memory, const mmi_wish *wish, mmi_container *container)
{
    static mmi_pieces *kept;
    const mmi_source source = {read_memory, memory, memory->size};
    mmi_pieces_destroy(&kept);
    mmv_status status = mmi_container_read(&source, wish, container);
    kept = container->pieces;
    return status;
}

static mmv_status take(struct memory *memory, mmi_format wanted, uint32_t samples, mmi_container *container)
{
    return take_part(memory, &(mmi_wish){.format = wanted, .samples = samples}, container);
}

static void load(const char *name, struct memory *memory)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%s", TEST_HEADERS, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    memory->size = fread(memory->bytes, 1, sizeof memory->bytes, file);
    memory->broken = 0;
    fclose(file);
}

/* ---- what they say ----------------------------------------------------------------------------------------------- */

static const struct known {
    const char *file;
    mmi_format format;
    const char *type;
    uint32_t samples;
    uint64_t width, height, frames, offset;
    mmi_layout layout;
    mmi_samples_place place;
    const char *name;
} known[] = {
    {"array.npy", MMI_NPY, "i16le", 2, 4, 3, 1, 128, MMI_BIP, MMI_SAMPLES_HERE, ""},
    {"big.npy", MMI_NPY, "f32be", 2, 4, 3, 1, 128, MMI_BIP, MMI_SAMPLES_HERE, ""},
    {"record.npy", MMI_NPY, "u16le", 3, 3, 2, 1, 128, MMI_BIP, MMI_SAMPLES_HERE, ""},
    {"image.pam", MMI_PAM, "u8", 2, 4, 3, 1, 83, MMI_BIP, MMI_SAMPLES_HERE, ""},
    {"image.ppm", MMI_PNM, "u16be", 3, 2, 2, 1, 16, MMI_BIP, MMI_SAMPLES_HERE, ""},
    {"image.ff", MMI_FARBFELD, "u16be", 4, 2, 3, 1, 16, MMI_BIP, MMI_SAMPLES_HERE, ""},
    {"envi.hdr", MMI_ENVI, "i16le", 2, 4, 3, 1, 0, MMI_BIL, MMI_SAMPLES_SIDECAR, ""},
    {"image.mha", MMI_METAIMAGE, "i16le", 1, 4, 6, 2, 108, MMI_BIP, MMI_SAMPLES_HERE, ""},
    {"image.mhd", MMI_METAIMAGE, "f32be", 2, 4, 3, 1, 0, MMI_BIP, MMI_SAMPLES_NAMED, "image.raw"},
    {"image.nrrd", MMI_NRRD, "i16be", 2, 4, 3, 1, 133, MMI_BIP, MMI_SAMPLES_HERE, ""},
    {"image.nhdr", MMI_NRRD, "u8", 1, 4, 3, 1, 7, MMI_BIP, MMI_SAMPLES_NAMED, "sub/image.raw"},
    {"image.v", MMI_VIPS, "i16le", 2, 4, 3, 1, 64, MMI_BIP, MMI_SAMPLES_HERE, ""},
    {"strips.tif", MMI_TIFF, "i16le", 2, 4, 3, 1, 158, MMI_BIP, MMI_SAMPLES_HERE, ""},
    {"planes.tif", MMI_TIFF, "i16be", 2, 4, 3, 1, 288, MMI_BSQ, MMI_SAMPLES_HERE, ""},
    {"cube.fits", MMI_FITS, "i16be", 2, 4, 3, 1, 2880, MMI_BSQ, MMI_SAMPLES_HERE, ""},
    {"extension.fits", MMI_FITS, "i16be", 1, 4, 3, 1, 5760, MMI_BIP, MMI_SAMPLES_HERE, ""},
    {"image.nii", MMI_NIFTI, "i16le", 1, 3, 8, 2, 352, MMI_BIP, MMI_SAMPLES_HERE, ""},
    {"second.nii", MMI_NIFTI, "f32le", 1, 3, 8, 2, 544, MMI_BIP, MMI_SAMPLES_HERE, ""},
    {"pair.hdr", MMI_NIFTI, "u16le", 1, 3, 8, 2, 0, MMI_BIP, MMI_SAMPLES_ENDING, ".img"},
    {"image.mrc", MMI_MRC, "f32le", 1, 2, 12, 3, 1024, MMI_BIP, MMI_SAMPLES_HERE, ""},
};

static void test_what_other_programs_write(void **state)
{
    static struct memory memory;
    mmi_container container;
    (void)state;
    for (size_t i = 0; i < COUNT(known); i++) {
        const struct known *row = &known[i];
        load(row->file, &memory);
        mmv_status status = take(&memory, MMI_AUTO, 0, &container);
        if (status)
            fail_msg("%s: %s", row->file, container.problem);
        assert_int_equal(container.format, row->format);
        assert_string_equal(mmi_type_name(container.image.type), row->type);
        assert_int_equal(container.image.samples, row->samples);
        assert_true(container.image.width == row->width && container.image.height == row->height);
        assert_true(container.frames == row->frames);
        assert_true(container.offset == row->offset);
        assert_int_equal(container.image.layout, row->layout);
        assert_int_equal(container.place, row->place);
        assert_string_equal(container.name, row->name);
        assert_int_equal(take(&memory, row->format, 0, &container), MMV_OK);
    }
}

static void test_what_goes_with_the_samples(void **state)
{
    static struct memory memory;
    mmi_container container;
    (void)state;
    load("cube.fits", &memory);
    assert_int_equal(take(&memory, MMI_AUTO, 0, &container), MMV_OK);
    assert_true(container.slope == 1 && container.intercept == 32768);
    load("extension.fits", &memory);
    assert_int_equal(take(&memory, MMI_AUTO, 0, &container), MMV_OK);
    assert_true(container.slope == 0.5 && container.intercept == 0);
    assert_int_equal(container.stale_count, 4);
    assert_string_equal(container.stale[0].name, "DATAMIN");
    assert_memory_equal(memory.bytes + container.stale[0].offset - 10, "DATAMIN =", 9);
    load("image.ppm", &memory);
    assert_int_equal(take(&memory, MMI_AUTO, 0, &container), MMV_OK);
    assert_true(container.high == 1000);
    load("image.mrc", &memory);
    assert_int_equal(take(&memory, MMI_AUTO, 0, &container), MMV_OK);
    assert_int_equal(container.stale_count, 4);
    load("image.mhd", &memory);
    assert_int_equal(take(&memory, MMI_AUTO, 0, &container), MMV_OK);
    assert_true(container.from_end);
    assert_int_equal(mmi_container_fit(&container, 95), MMV_ETRUNC);
    assert_int_equal(mmi_container_fit(&container, 100), MMV_OK);
    assert_true(container.offset == 4);
    assert_memory_equal(memory.bytes + container.name_at, container.name, strlen(container.name));
    load("image.nhdr", &memory);
    assert_int_equal(take(&memory, MMI_AUTO, 0, &container), MMV_OK);
    assert_int_equal(mmi_container_fit(&container, 18), MMV_ETRUNC);
    assert_int_equal(mmi_container_fit(&container, 19), MMV_OK);
    assert_memory_equal(memory.bytes + container.name_at, container.name, strlen(container.name));
    load("ehdr.hdr", &memory);
    /* It has no mark: it is text until its words are asked. */
    assert_int_equal(take(&memory, MMI_AUTO, 0, &container), MMV_ENOTSUP);
    assert_int_equal(take(&memory, MMI_EHDR, 0, &container), MMV_OK);
    assert_true(container.image.samples == 2 && container.image.layout == MMI_BIL);
}

#define TEXT(text) text, sizeof(text) - 1

/* No name has a second meaning. */
static void test_names_of_samples(void **state)
{
    static const char *const names[] = {"*", "*.img", "image.raw"};
    static struct memory memory;
    mmi_container container;
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        memory = (struct memory){0};
        memory.size =
            (uint64_t)snprintf((char *)memory.bytes, sizeof memory.bytes,
                               "NDims = 1\nDimSize = 4\nElementType = MET_SHORT\nElementDataFile = %s\n", names[i]);
        assert_int_equal(take(&memory, MMI_METAIMAGE, 0, &container), MMV_OK);
        assert_int_equal(container.place, MMI_SAMPLES_NAMED);
        assert_string_equal(container.name, names[i]);
    }
    memory.size = (uint64_t)snprintf((char *)memory.bytes, sizeof memory.bytes,
                                     "NDims = 1\nDimSize = 4\nElementType = MET_SHORT\nElementDataFile = %0300d\n", 0);
    assert_int_equal(take(&memory, MMI_METAIMAGE, 0, &container), MMV_EINVAL);
    assert_non_null(strstr(container.problem, "too long"));
}

/* ---- what is refused --------------------------------------------------------------------------------------------- */

static const struct {
    const char *text;
    size_t length;
    mmi_format wanted;
    mmv_status status;
    const char *problem;
} refused[] = {
    {TEXT("P6 4 4 70000\n"), MMI_AUTO, MMV_EINVAL, "maxval"},
    {TEXT("P6 4 4"), MMI_AUTO, MMV_ETRUNC, "maxval"},
    {TEXT("P5 99999999999999999999 4 255\n"), MMI_AUTO, MMV_EINVAL, "width"},
    {TEXT("P6 4294967296 4294967296 255\n"), MMI_AUTO, MMV_EINVAL, "fit any file"},
    {TEXT("P6 65536 65536 255\nabc"), MMI_AUTO, MMV_ETRUNC, "12884901888 bytes of samples"},
    {TEXT("P7\nWIDTH 2147483647\nHEIGHT 2147483647\nDEPTH 4\nMAXVAL 255\nENDHDR\n"), MMI_AUTO, MMV_EINVAL, "size"},
    {TEXT("P7\nWIDTH 4\nHEIGHT 4\nDEPTH 5000\nMAXVAL 255\nENDHDR\n"), MMI_AUTO, MMV_ENOTSUP, "depth"},
    {TEXT("P7\nWIDTH 4\nHEIGHT 4\nMAXVAL 255\nENDHDR\n"), MMI_AUTO, MMV_EINVAL, "DEPTH"},
    {TEXT("ENVI\nsamples = 4\nlines = 0\ndata type = 2\n"), MMI_AUTO, MMV_EINVAL, "lines"},
    {TEXT("ENVI\nsamples = 4\nlines = 4\ndata type = 6\n"), MMI_AUTO, MMV_ENOTSUP, "data type"},
    {TEXT("ENVI\nsamples = 4\nlines = 4\nbands = 1\ndata type = 2\ninterleave = tile\n"), MMI_AUTO, MMV_EINVAL,
     "interleave"},
    {TEXT("ENVI\nsamples = 4\nlines = 4\ndata type = 2\nfile compression = 1\n"), MMI_AUTO, MMV_ENOTSUP, "compressed"},
    {TEXT("NROWS 4\nNCOLS 4\nNBITS 16\nBYTEORDER I\nPIXELTYPE SIGNEDINT\nTOTALROWBYTES 9\n"), MMI_EHDR, MMV_ENOTSUP,
     "totalrowbytes"},
    {TEXT("NROWS 4\nNCOLS 4\n"), MMI_EHDR, MMV_ENOTSUP, "nbits"},
    {TEXT("NROWS 4\nNCOLS 4\nNBITS 16\nPIXELTYPE SIGNEDINT\n"), MMI_EHDR, MMV_ENOTSUP, "byteorder"},
    {TEXT("NROWS 4\nNCOLS 4\nNBITS 16\nBYTEORDER M\n"), MMI_EHDR, MMV_ENOTSUP, "pixeltype"},
    {TEXT("NROWS 4\nNCOLS 4\nNBITS 16\nPIXELTYPE SIGNED\n"), MMI_EHDR, MMV_EINVAL, "pixeltype"},
    {TEXT("ENVI\nsamples = 4\nlines = 4\ndata type = 2\nband names = {a\nbyte order = 1\n"), MMI_AUTO, MMV_EINVAL,
     "brace"},
    {TEXT("ENVI META FILE\nFile : a.img\nBands: 1\nDims: 1-4,1-6\n"), MMI_AUTO, MMV_ENOTSUP,
     "META FILE: it puts bands"},
    {TEXT("NDims = 2\nDimSize = 4 4\nElementType = MET_UCHAR\nHeaderSize = 30\nElementDataFile = LOCAL\n"), MMI_AUTO,
     MMV_EINVAL, "HeaderSize"},
    {TEXT("NDims = 2\nDimSize = 4 4\nElementType = MET_UCHAR\nCompressedData = T\nElementDataFile = LOCAL\n"), MMI_AUTO,
     MMV_ENOTSUP, "CompressedData"},
    {TEXT("NDims = 1\nDimSize = 1\nElementType = MET_CHAR\nBinaryDataByteOrderMSB = yes\nElementDataFile = a\n"),
     MMI_AUTO, MMV_EINVAL, "neither True nor False"},
    {TEXT("\xff\xd8\xff\xe1\x12\x34"
          "Exif"),
     MMI_AUTO, MMV_ENOTSUP, "JPEG"},
    {TEXT("NROWS 4\nNCOLS 4\nNBITS 12\nBYTEORDER I\nPIXELTYPE SIGNEDINT\n"), MMI_EHDR, MMV_ENOTSUP, "nbits"},
    {TEXT("NDims = 2\nDimSize = 4 4\nElementType = MET_SHORT\nCompressedData = True\nElementDataFile = LOCAL\n"),
     MMI_AUTO, MMV_ENOTSUP, "CompressedData"},
    {TEXT("NDims = 2\nDimSize = 4\nElementType = MET_SHORT\nElementDataFile = LOCAL\n"), MMI_AUTO, MMV_EINVAL,
     "DimSize"},
    {TEXT("NDims = 2\nDimSize = 4 4\nElementType = MET_SHORT\nElementDataFile = a%d.raw 1 3\n"), MMI_AUTO, MMV_ENOTSUP,
     "behind it nothing"},
    {TEXT("NRRD0004\ntype: short\ndimension: 2\nsizes: 4 4\nencoding: gzip\nendian: little\n\n"), MMI_AUTO, MMV_ENOTSUP,
     "encoding"},
    {TEXT("NRRD0004\ntype: short\ndimension: 2\nsizes: 4 4\nencoding: raw\n\n"), MMI_AUTO, MMV_EINVAL, "endian"},
    {TEXT("NRRD0004\ntype: block\ndimension: 2\nsizes: 4 4\nencoding: raw\n\n"), MMI_AUTO, MMV_ENOTSUP, "type"},
    {TEXT("\x89PNG\r\n\x1a\n"), MMI_AUTO, MMV_ENOTSUP, "PNG"},
    {TEXT("\x1f\x8b\x08\0"), MMI_AUTO, MMV_ENOTSUP, "gunzip"},
    {TEXT("just some samples"), MMI_NPY, MMV_EKIND, "npy"},
    {TEXT("just some samples"), MMI_TIFF, MMV_EKIND, "tiff"},
    {TEXT("\x93NUMPY\x01\0\xff\xff{"), MMI_AUTO, MMV_ETRUNC, "header length"},
    {TEXT("\x93NUMPY\x02\0\xff\xff\xff\xff{"), MMI_AUTO, MMV_ENOTSUP, "header length"},
    {TEXT("\x93NUMPY\x09\0\x01\0{"), MMI_AUTO, MMV_ENOTSUP, "version"},
    {TEXT("\x93NUMPY\x01\0\x05\0{'a':"), MMI_AUTO, MMV_EINVAL, "a"},
};

static void test_what_is_refused(void **state)
{
    static struct memory memory;
    mmi_container container;
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        memory = (struct memory){.size = refused[i].length};
        memcpy(memory.bytes, refused[i].text, refused[i].length);
        mmv_status status = take(&memory, refused[i].wanted, 0, &container);
        if (status != refused[i].status || !strstr(container.problem, refused[i].problem))
            fail_msg("row %zu: %s, \"%s\"", i, mmv_status_text(status), container.problem);
    }
}

/* Lines that end in two characters, and braces that mean nothing. */
static void test_where_samples_begin(void **state)
{
    static const struct {
        const char *text;
    } rows[] = {
        {"NDims = 2\r\nDimSize = 2 2\r\nElementType = MET_UCHAR\r\nElementDataFile = LOCAL\r\nabcd"},
        {"NDims = 2\nDimSize = 2 2\nElementType = MET_UCHAR\nElementDataFile = LOCAL\nabcd"},
        {"NRRD0004\ntype: uchar\ndimension: 2\nsizes: 2 2\ncontent: {draft\nbyte skip: 3\nencoding: raw\n\n123abcd"},
        {"NRRD0004\r\ntype: uchar\r\ndimension: 2\r\nsizes: 2 2\r\nencoding: raw\r\n\r\nabcd"},
    };
    static struct memory memory;
    mmi_container container;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        memory = (struct memory){.size = strlen(rows[i].text)};
        memcpy(memory.bytes, rows[i].text, strlen(rows[i].text));
        if (take(&memory, MMI_AUTO, 0, &container) != MMV_OK)
            fail_msg("row %zu: %s", i, container.problem);
        assert_memory_equal(memory.bytes + container.offset, "abcd", 4);
    }
    /* MetaIO reads the first letter. */
    static const char big[] =
        "NDims = 1\nDimSize = 2\nElementType = MET_SHORT\nBinaryDataByteOrderMSB = T\nElementDataFile = LOCAL\nabcd";
    memory = (struct memory){.size = sizeof big - 1};
    memcpy(memory.bytes, big, sizeof big - 1);
    assert_int_equal(take(&memory, MMI_AUTO, 0, &container), MMV_OK);
    assert_true(container.image.type.big_endian);
    /* IMOD's unsigned bytes. */
    load("image.mrc", &memory);
    memset(memory.bytes + 12, 0, 4);
    assert_int_equal(take(&memory, MMI_AUTO, 0, &container), MMV_OK);
    assert_int_equal(container.image.type.kind, MMI_I8);
    memcpy(memory.bytes + 152, "IMOD", 4);
    memset(memory.bytes + 156, 0, 4);
    assert_int_equal(take(&memory, MMI_AUTO, 0, &container), MMV_OK);
    assert_int_equal(container.image.type.kind, MMI_U8);
}

/* The dimensions of fixed headers, all bits set. */
static void test_dimension_bombs(void **state)
{
    static const struct {
        const char *file;
        size_t at, length;
    } bombs[] = {{"image.ff", 8, 8},   {"image.v", 4, 8},     {"image.nii", 42, 6},  {"second.nii", 24, 16},
                 {"image.mrc", 0, 12}, {"cube.fits", 80, 80}, {"image.nii", 108, 4}, {"image.mrc", 92, 4}};
    static struct memory memory;
    mmi_container container;
    (void)state;
    for (size_t i = 0; i < COUNT(bombs); i++)
        for (int value = 0x7e; value <= 0xff; value += 0x81) {
            load(bombs[i].file, &memory);
            memset(memory.bytes + bombs[i].at, value, bombs[i].length);
            mmv_status status = take(&memory, MMI_AUTO, 0, &container);
            assert_true(status == MMV_EINVAL || status == MMV_ETRUNC || status == MMV_ENOTSUP);
            assert_true(container.problem[0]);
        }
}

/* ---- damage ------------------------------------------------------------------------------------------------------ */

/* Whatever the bytes are: refused with a reason, or an image that lies in the file. */
static void check_sane(struct memory *memory, mmi_format wanted)
{
    mmi_container container;
    uint64_t bytes;
    mmv_status status = take(memory, wanted, 0, &container);
    if (status) {
        assert_true(container.problem[0]);
        return;
    }
    if (container.format == MMI_RAW)
        return;
    assert_int_equal(mmi_image_check(&container.image, NULL), MMV_OK);
    assert_true(mmi_image_bytes(&container.image, &bytes) && bytes == container.length && bytes > 0);
    assert_true(container.frames > 0 && container.image.height % container.frames == 0);
    if (container.place == MMI_SAMPLES_HERE)
        assert_true(mmv_range_fits(container.offset, container.length, memory->size));
    for (unsigned i = 0; i < container.stale_count; i++)
        if (container.stale[i].form != MMI_STALE_APART)
            assert_true(mmv_range_fits(container.stale[i].offset, container.stale[i].length, memory->size));
}

static void test_every_length(void **state)
{
    static struct memory memory;
    (void)state;
    for (size_t i = 0; i < COUNT(known); i++) {
        load(known[i].file, &memory);
        bool is_apart = known[i].place != MMI_SAMPLES_HERE;
        uint64_t whole = memory.size;
        for (uint64_t size = 0; size < whole; size++) {
            mmi_container container;
            memory.size = size;
            check_sane(&memory, MMI_AUTO);
            check_sane(&memory, known[i].format);
            /* Of what has its samples in it, nothing shorter than their end may pass. */
            if (!is_apart && take(&memory, known[i].format, 0, &container) == MMV_OK)
                assert_true(size >= container.offset + container.length);
        }
    }
}

static void test_every_byte_changed(void **state)
{
    static const unsigned char values[] = {0x00, 0x01, 0x7f, 0x80, 0xff, '9', '-', ' ', '\n', '{'};
    static struct memory memory;
    (void)state;
    for (size_t i = 0; i < COUNT(known); i++) {
        load(known[i].file, &memory);
        size_t end = memory.size < 6000 ? (size_t)memory.size : 6000;
        for (size_t at = 0; at < end; at++) {
            unsigned char before = memory.bytes[at];
            for (size_t v = 0; v < COUNT(values); v++) {
                memory.bytes[at] = values[v];
                check_sane(&memory, MMI_AUTO);
            }
            memory.bytes[at] = before;
        }
    }
}

static void test_what_cannot_be_read(void **state)
{
    static struct memory memory;
    mmi_container container;
    (void)state;
    for (size_t i = 0; i < COUNT(known); i++) {
        load(known[i].file, &memory);
        memory.broken = 1;
        assert_int_equal(take(&memory, MMI_AUTO, 0, &container), MMV_EIO);
        memory.broken = 544;
        mmv_status status = take(&memory, MMI_AUTO, 0, &container);
        assert_true(status == MMV_OK || status == MMV_EIO);
    }
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static void check_written(mmi_format format, const mmi_image *image)
{
    static struct memory memory;
    mmi_container container;
    mmi_written_header header = {.bytes = (char *)memory.bytes, .size = FILE_MAX};
    uint64_t bytes;
    mmv_status status = mmi_container_write(format, image, "data.raw", &header);
    size_t length = header.length;
    if (status) {
        assert_true(header.problem[0]);
        return;
    }
    assert_true(mmi_image_bytes(image, &bytes));
    /* Short of room it says how much it needs, and stays in it. */
    char small[8];
    memset(small, 'x', sizeof small);
    header = (mmi_written_header){.bytes = small, .size = 5};
    assert_int_equal(mmi_container_write(format, image, "data.raw", &header), MMV_OK);
    assert_true(header.length == length && small[5] == 'x');
    memory.size = length + bytes;
    memory.broken = 0;
    if (take(&memory, MMI_AUTO, image->samples, &container) != MMV_OK)
        fail_msg("%s: %s", mmi_format_name(format), container.problem);
    assert_int_equal(container.format, format);
    assert_true(container.image.width * container.image.height * container.image.samples ==
                image->width * image->height * image->samples);
    assert_int_equal(container.image.type.kind, image->type.kind);
    if (image->layout == MMI_BIP && image->samples > 1)
        assert_true(container.image.width == image->width && container.image.samples == image->samples);
    if (container.place == MMI_SAMPLES_HERE)
        assert_true(container.offset == length);
}

static void test_headers_that_are_written(void **state)
{
    static const mmi_format formats[] = {MMI_NPY, MMI_PAM, MMI_PNM, MMI_FARBFELD, MMI_ENVI, MMI_METAIMAGE};
    unsigned accepted = 0;
    (void)state;
    for (size_t f = 0; f < COUNT(formats); f++)
        for (int kind = 0; kind < MMI_KINDS; kind++)
            for (unsigned i = 0; i < 2u * 3 * 5; i++) {
                mmi_image image = {.type = {(mmi_kind)kind, i % 2 && kind > MMI_I8},
                                   .samples = 1 + i % 5,
                                   .width = 7,
                                   .height = 5,
                                   .layout = (mmi_layout)(i % 3)};
                char bytes[1024];
                mmi_written_header header = {.bytes = bytes, .size = sizeof bytes};
                accepted += mmi_container_write(formats[f], &image, "d", &header) == MMV_OK;
                check_written(formats[f], &image);
            }
    assert_true(accepted > 300);
    mmi_written_header header = {.bytes = NULL, .size = 0};
    mmi_image image = {.samples = 1, .width = 1, .height = 1};
    assert_int_equal(mmi_container_write(MMI_TIFF, &image, "", &header), MMV_ENOTSUP);
    assert_string_equal(header.problem, "tiff has no writer; these have: npy pam pnm farbfeld envi mhd");
}

static void test_pieces_of_tiff(void **state)
{
    static const struct {
        const char *file, *type;
        uint32_t samples;
        uint64_t width, height, pieces;
        mmi_layout layout;
    } rows[] = {{"tiles.tif", "u16le", 1, 20, 17, 4, MMI_BIP},
                {"tiles_big.tif", "u8", 3, 20, 17, 12, MMI_BSQ},
                {"shuffled.tif", "i16be", 3, 7, 33, 11, MMI_BIP}};
    static struct memory memory;
    mmi_container container;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        load(rows[i].file, &memory);
        mmv_status status = take(&memory, MMI_AUTO, 0, &container);
        if (status)
            fail_msg("%s: %s", rows[i].file, container.problem);
        assert_string_equal(mmi_type_name(container.image.type), rows[i].type);
        assert_true(container.image.samples == rows[i].samples && container.image.layout == rows[i].layout);
        assert_true(container.image.width == rows[i].width && container.image.height == rows[i].height);
        assert_non_null(container.pieces);
        assert_int_equal(mmi_pieces_count(container.pieces), rows[i].pieces);
        assert_int_equal(container.offset, mmi_pieces_reach(container.pieces, 0).offset);
        assert_int_equal(container.note_count, 0);
    }
}

static void test_pages_of_tiff(void **state)
{
    static struct memory memory;
    mmi_container container;
    (void)state;
    load("pages.tif", &memory);
    assert_int_equal(take(&memory, MMI_AUTO, 0, &container), MMV_OK);
    assert_true(container.part == 1 && container.parts == 3 && container.image.height == 5);
    assert_true(container.note_count == 1 && container.notes[0].kind == MMI_NOTE_PARTS);
    assert_string_equal(container.notes[0].text, "page 1 of 3 is taken; --part=N or --part=all takes others");
    uint64_t first = container.offset;
    assert_int_equal(take_part(&memory, &(mmi_wish){.part = "3"}, &container), MMV_OK);
    assert_true(container.part == 3 && container.note_count == 0 && container.offset > first);
    assert_int_equal(take_part(&memory, &(mmi_wish){.part = "all"}, &container), MMV_OK);
    assert_true(container.frames == 3 && container.image.height == 15 && container.note_count == 0);
    static const char *const wrong[] = {"4", "0", "last", "1x", ""};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        assert_int_equal(take_part(&memory, &(mmi_wish){.part = wrong[i]}, &container), MMV_ENOENT);
        assert_true(strncmp(container.problem, "part: ", 6) == 0);
    }
    /* The third page's link leads back to the first: what is behind page 1 cannot be counted. */
    size_t end = memory.size - 4;
    while (end > 0 && memcmp(memory.bytes + end, "\0\0\0\0", 4) != 0)
        end--;
    memcpy(memory.bytes + end, memory.bytes + 4, 4);
    assert_int_equal(take(&memory, MMI_AUTO, 0, &container), MMV_OK);
    assert_string_equal(container.notes[0].text, "the list of its pages is a circle: page 1 is taken");
    assert_int_equal(take_part(&memory, &(mmi_wish){.part = "2"}, &container), MMV_ENOENT);
    assert_int_equal(take_part(&memory, &(mmi_wish){.part = "all"}, &container), MMV_ENOTSUP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_other_programs_write),
        cmocka_unit_test(test_what_goes_with_the_samples),
        cmocka_unit_test(test_names_of_samples),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_where_samples_begin),
        cmocka_unit_test(test_dimension_bombs),
        cmocka_unit_test(test_every_length),
        cmocka_unit_test(test_every_byte_changed),
        cmocka_unit_test(test_what_cannot_be_read),
        cmocka_unit_test(test_headers_that_are_written),
        cmocka_unit_test(test_pieces_of_tiff),
        cmocka_unit_test(test_pages_of_tiff),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
