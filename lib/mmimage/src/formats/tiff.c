/* SPDX-License-Identifier: MIT */
/*
 * tiff: the first image of a TIFF or BigTIFF file, when its strips lie one behind the other and are not compressed.
 * libtiff reads the directory, through the caller's function; without libtiff such files are refused. It is loaded
 * when the first TIFF comes: with the dozen libraries of compressors behind it, linking it would double the time in
 * which a tool starts.
 *
 * Source: TIFF 6.0, https://libtiff.gitlab.io/libtiff/
 *
 * ImageJ writes stacks beyond 4 GiB with one directory, and says "images=N" in its description: then they are frames.
 */

#include "formats/header.h"

#ifndef MMI_HAVE_TIFF

bool mmi__load_tiff(void)
{
    return false;
}

mmv_status mmi__read_tiff(mmi__header *header)
{
    return mmi__refuse(header->container, MMV_ENOTSUP, "format",
                       "this build is without libtiff; build it with libtiff-dev, or use "
                       "--format=raw with --offset");
}

#else

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tiffio.h>

#include "system/system.h"

/* ---- libtiff ----------------------------------------------------------------------------------------------------- */

/* Every function of it that is used here. */
/* clang-format off */
#define FUNCTIONS(X) \
    X(TIFFClose) \
    X(TIFFGetField) \
    X(TIFFGetFieldDefaulted) \
    X(TIFFIsBigEndian) \
    X(TIFFIsTiled) \
    X(TIFFLastDirectory) \
    X(TIFFNumberOfStrips) \
    X(TIFFOpenOptionsAlloc) \
    X(TIFFOpenOptionsFree) \
    X(TIFFOpenOptionsSetErrorHandlerExtR) \
    X(TIFFOpenOptionsSetWarningHandlerExtR) \
    X(TIFFClientOpenExt)
/* clang-format on */

/* Written once, by mmi__library_load(); constant from then on. */
#define POINTER(name) __typeof__(&name) name##_;
static struct {
    FUNCTIONS(POINTER)
} lib;
static mmi__library_state lib_state;

bool mmi__load_tiff(void)
{
#define SYMBOL(name) {#name, &lib.name##_},
    static const mmi__symbol symbols[] = {FUNCTIONS(SYMBOL)};
    return mmi__library_load(MMI_TIFF_SONAME, symbols, sizeof symbols / sizeof *symbols, &lib_state);
}

#define TIFFClose lib.TIFFClose_
#define TIFFGetField lib.TIFFGetField_
#define TIFFGetFieldDefaulted lib.TIFFGetFieldDefaulted_
#define TIFFIsBigEndian lib.TIFFIsBigEndian_
#define TIFFIsTiled lib.TIFFIsTiled_
#define TIFFLastDirectory lib.TIFFLastDirectory_
#define TIFFNumberOfStrips lib.TIFFNumberOfStrips_
#define TIFFOpenOptionsAlloc lib.TIFFOpenOptionsAlloc_
#define TIFFOpenOptionsFree lib.TIFFOpenOptionsFree_
#define TIFFOpenOptionsSetErrorHandlerExtR lib.TIFFOpenOptionsSetErrorHandlerExtR_
#define TIFFOpenOptionsSetWarningHandlerExtR lib.TIFFOpenOptionsSetWarningHandlerExtR_
#define TIFFClientOpenExt lib.TIFFClientOpenExt_

/* ---- its file is the caller's function --------------------------------------------------------------------------- */

/* libtiff reads like a file; what is left of its own complaints is the first. */
struct stream {
    mmi__header *header;
    uint64_t at;
    mmv_status status; /* of the caller's function */
    char complaint[160];
};

static tmsize_t read_stream(thandle_t handle, void *bytes, tmsize_t length)
{
    struct stream *stream = handle;
    const mmi_source *source = stream->header->source;
    if (length < 0 || stream->at >= source->size)
        return 0;
    size_t part = (size_t)mmv_min((uint64_t)length, source->size - stream->at);
    mmv_status status = source->read(source->user, stream->at, bytes, part);
    if (status) {
        stream->status = status;
        return -1;
    }
    stream->at += part;
    return (tmsize_t)part;
}

static tmsize_t write_stream(thandle_t handle, void *bytes, tmsize_t length)
{
    (void)handle;
    (void)bytes;
    (void)length;
    return -1;
}

static toff_t seek_stream(thandle_t handle, toff_t offset, int whence)
{
    struct stream *stream = handle;
    uint64_t base = whence == SEEK_CUR ? stream->at : whence == SEEK_END ? stream->header->source->size : 0;
    stream->at = base + offset;
    return stream->at;
}

static int close_stream(thandle_t handle)
{
    (void)handle;
    return 0;
}

static toff_t size_stream(thandle_t handle)
{
    return ((struct stream *)handle)->header->source->size;
}

static int complain(TIFF *tiff, void *user, const char *module, const char *format, va_list arguments)
{
    struct stream *stream = user;
    (void)tiff;
    (void)module;
    if (!stream->complaint[0])
        vsnprintf(stream->complaint, sizeof stream->complaint, format, arguments);
    return 1;
}

static int ignore(TIFF *tiff, void *user, const char *module, const char *format, va_list arguments)
{
    (void)tiff;
    (void)user;
    (void)module;
    (void)format;
    (void)arguments;
    return 1;
}

static TIFF *open_tiff(struct stream *stream)
{
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (!options)
        return NULL;
    TIFFOpenOptionsSetErrorHandlerExtR(options, complain, stream);
    TIFFOpenOptionsSetWarningHandlerExtR(options, ignore, NULL);
    TIFF *tiff = TIFFClientOpenExt("header", "rm", stream, read_stream, write_stream, seek_stream, close_stream,
                                   size_stream, NULL, NULL, options);
    TIFFOpenOptionsFree(options);
    return tiff;
}

/* ---- the directory ----------------------------------------------------------------------------------------------- */

static mmv_status check_kind(mmi__header *header, TIFF *tiff, mmi_image *image)
{
    mmi_container *container = header->container;
    uint16_t compression, bits, format, photometric = 0, predictor = 1, order = FILLORDER_MSB2LSB;
    uint32_t subfile = 0;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &compression);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &bits);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &format);
    TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric);
    if (compression != COMPRESSION_NONE)
        return mmi__refuse(container, MMV_ENOTSUP, "Compression",
                           "%u: its samples are compressed; unpack them with tiffcp -c "
                           "none",
                           compression);
    if (TIFFGetField(tiff, TIFFTAG_PREDICTOR, &predictor) && predictor != 1)
        return mmi__refuse(container, MMV_ENOTSUP, "Predictor", "%u: its samples are differences", predictor);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_FILLORDER, &order);
    if (order != FILLORDER_MSB2LSB)
        return mmi__refuse(container, MMV_ENOTSUP, "FillOrder", "%u: the bits of its bytes are reversed", order);
    if (TIFFGetField(tiff, TIFFTAG_SUBFILETYPE, &subfile) && (subfile & FILETYPE_REDUCEDIMAGE))
        return mmi__refuse(container, MMV_ENOTSUP, "NewSubfileType",
                           "its first image is a preview of another one, as in a camera's raw "
                           "files");
    if (TIFFIsTiled(tiff))
        return mmi__refuse(container, MMV_ENOTSUP, "TileOffsets",
                           "its samples lie in tiles; rewrite it with tiffcp -s");
    if (photometric == PHOTOMETRIC_PALETTE)
        return mmi__refuse(container, MMV_ENOTSUP, "PhotometricInterpretation", "its samples are numbers of colours");
    if (photometric == PHOTOMETRIC_YCBCR)
        return mmi__refuse(container, MMV_ENOTSUP, "PhotometricInterpretation",
                           "YCbCr cannot be worked on; write it as RGB");
    if (format < SAMPLEFORMAT_UINT || format > SAMPLEFORMAT_VOID ||
        !mmi__kind_of(bits, format == SAMPLEFORMAT_INT, format == SAMPLEFORMAT_IEEEFP, &image->type.kind))
        return mmi__refuse(container, MMV_ENOTSUP, "BitsPerSample", "%u bits of format %u cannot be worked on", bits,
                           format);
    image->type.big_endian = bits > 8 && TIFFIsBigEndian(tiff);
    return MMV_OK;
}

/*
 * Strip after strip without gaps: the samples are one piece of the file. What a strip holds follows from its rows, not
 * from the length that is written for it.
 */
static mmv_status check_strips(mmi__header *header, TIFF *tiff, const mmi_image *image, uint64_t *offset_ret)
{
    mmi_container *container = header->container;
    uint32_t count = TIFFNumberOfStrips(tiff), rows = 0;
    uint64_t *offsets, *lengths, at = 0;
    uint64_t planes = image->layout == MMI_BSQ ? image->samples : 1;
    uint64_t row = image->width * mmi_type_size(image->type) * (image->samples / planes);
    if (count == 0 || !TIFFGetField(tiff, TIFFTAG_STRIPOFFSETS, &offsets) || !offsets ||
        !TIFFGetField(tiff, TIFFTAG_STRIPBYTECOUNTS, &lengths) || !lengths)
        return mmi__refuse(container, MMV_EINVAL, "StripOffsets", "is missing, or cannot be read");
    TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &rows);
    uint64_t per_strip = rows == 0 || rows > image->height ? image->height : rows;
    uint64_t per_plane = (image->height - 1) / per_strip + 1;
    if (per_plane * planes != count)
        return mmi__refuse(container, MMV_EINVAL, "RowsPerStrip", "%u strips do not make the image", count);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t first = i % per_plane * per_strip;
        uint64_t length = mmv_min(per_strip, image->height - first) * row;
        if (offsets[i] - offsets[0] != at)
            return mmi__refuse(container, MMV_ENOTSUP, "StripOffsets",
                               "strip %u does not follow the one before it closely; rewrite "
                               "the file with tiffcp",
                               i);
        if (count > 1 && lengths[i] < length)
            return mmi__refuse(container, MMV_EINVAL, "StripByteCounts", "strip %u has %llu bytes, its rows need %llu",
                               i, (unsigned long long)lengths[i], (unsigned long long)length);
        at += length;
    }
    *offset_ret = offsets[0];
    return MMV_OK;
}

/* ImageJ's number of images, if they are all there. */
static uint64_t count_frames(mmi__header *header, TIFF *tiff, uint64_t offset, uint64_t bytes)
{
    char *text = NULL;
    uint64_t count, length;
    if (!TIFFLastDirectory(tiff) || !TIFFGetField(tiff, TIFFTAG_IMAGEDESCRIPTION, &text) || !text ||
        strncmp(text, "ImageJ=", 7) != 0)
        return 1;
    const char *images = strstr(text, "\nimages=");
    if (!images)
        return 1;
    images += 8;
    if (!mmi__take_count(&images, &count) || count == 0 || !mmv_product(bytes, count, &length) ||
        !mmv_range_fits(offset, length, header->source->size))
        return 1;
    return count;
}

/* ---- values of its tags ------------------------------------------------------------------------------------------ */

/*
 * Where the values of a tag lie libtiff does not tell. What it has read is looked at once more here, as far as it is
 * needed.
 */
struct directory {
    mmi__header *header;
    bool big_endian, is_big; /* BigTIFF */
};

static bool number_at(const struct directory *directory, uint64_t offset, unsigned size, uint64_t *number_ret)
{
    const mmi_source *source = directory->header->source;
    unsigned char bytes[8];
    if (!mmv_range_fits(offset, size, source->size) || source->read(source->user, offset, bytes, size) != MMV_OK)
        return false;
    *number_ret = mmi__bits(bytes, size, directory->big_endian);
    return true;
}

/* TIFF 6.0, section 2: the types of fields; MMI_KINDS = no number that samples could be. */
static mmi_kind kind_of_field(uint64_t type)
{
    static const mmi_kind kinds[] = {[1] = MMI_U8,  [3] = MMI_U16, [4] = MMI_U32,  [6] = MMI_I8,
                                     [8] = MMI_I16, [9] = MMI_I32, [11] = MMI_F32, [12] = MMI_F64};
    static const bool known[] = {
        [1] = true, [3] = true, [4] = true, [6] = true, [8] = true, [9] = true, [11] = true, [12] = true};
    return type < sizeof known / sizeof *known && known[type] ? kinds[type] : MMI_KINDS;
}

/*
 * The values of one entry of the directory: in it when they fit there, else where it says. Where libtiff keeps one for
 * all channels it refuses files in which they differ.
 */
static void note_entry(const struct directory *directory, uint64_t at, const char *name, mmi_stale_kind kind, bool each)
{
    mmi_container *container = directory->header->container;
    unsigned word = directory->is_big ? 8 : 4;
    uint64_t field = 0, count = 0, place = at + 4 + word;
    bool fine = number_at(directory, at + 2, 2, &field) && number_at(directory, at + 4, word, &count);
    mmi_type type = {kind_of_field(field), directory->big_endian};
    if (!fine || type.kind == MMI_KINDS || count == 0 || count > MMI_SAMPLES_MAX) {
        mmi__add_stale(container, name, (mmi_stale){.kind = kind, .form = MMI_STALE_APART});
        return;
    }
    if (count * mmi_type_size(type) > word)
        fine = number_at(directory, place, word, &place);
    if (fine && mmv_range_fits(place, count * mmi_type_size(type), directory->header->source->size))
        mmi__add_stale(container, name,
                       (mmi_stale){.kind = kind,
                                   .form = MMI_STALE_NUMBER,
                                   .offset = place,
                                   .type = type,
                                   .count = (uint32_t)count,
                                   .each = each});
    else
        mmi__add_stale(container, name, (mmi_stale){.kind = kind, .form = MMI_STALE_APART});
}

static void note_stale(mmi__header *header, TIFF *tiff)
{
    static const struct {
        uint32_t tag;
        const char *name;
        mmi_stale_kind kind;
        bool each;
    } tags[] = {{TIFFTAG_SMINSAMPLEVALUE, "SMinSampleValue", MMI_STALE_MIN, true},
                {TIFFTAG_SMAXSAMPLEVALUE, "SMaxSampleValue", MMI_STALE_MAX, true},
                {TIFFTAG_MINSAMPLEVALUE, "MinSampleValue", MMI_STALE_MIN, false},
                {TIFFTAG_MAXSAMPLEVALUE, "MaxSampleValue", MMI_STALE_MAX, false}};
    struct directory directory = {header, TIFFIsBigEndian(tiff), false};
    uint64_t version = 0, at = 0, count = 0, tag;
    bool fine = number_at(&directory, 2, 2, &version);
    directory.is_big = version == 43;
    unsigned word = directory.is_big ? 8 : 4, head = directory.is_big ? 8 : 2;
    fine = fine && number_at(&directory, word, word, &at) && number_at(&directory, at, head, &count);
    for (uint64_t i = 0; i < count && i <= UINT16_MAX && fine; i++) {
        uint64_t entry = at + head + i * (4 + 2 * word);
        fine = number_at(&directory, entry, 2, &tag);
        for (size_t k = 0; k < sizeof tags / sizeof *tags && fine; k++)
            if (tags[k].tag == tag)
                note_entry(&directory, entry, tags[k].name, tags[k].kind, tags[k].each);
    }
}

static mmv_status use_directory(mmi__header *header, TIFF *tiff)
{
    mmi_container *container = header->container;
    mmi_image image = {.layout = MMI_BIP};
    uint32_t width = 0, height = 0;
    uint16_t samples, planar;
    uint64_t offset = 0, bytes;
    mmv_status status = check_kind(header, tiff, &image);
    if (status)
        return status;
    TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
    TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &samples);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &planar);
    image.width = width;
    image.height = height;
    image.samples = samples;
    if (planar == PLANARCONFIG_SEPARATE && samples > 1)
        image.layout = MMI_BSQ;
    status = mmi__describe(header, image, 1, 0);
    if (status)
        return status;
    bytes = container->length;
    status = check_strips(header, tiff, &image, &offset);
    if (status)
        return status;
    uint64_t frames = image.layout == MMI_BIP ? count_frames(header, tiff, offset, bytes) : 1;
    image.height *= frames;
    note_stale(header, tiff);
    return mmi__describe(header, image, frames, offset);
}

mmv_status mmi__read_tiff(mmi__header *header)
{
    struct stream stream = {.header = header};
    if (!mmi__load_tiff())
        return mmi__refuse(header->container, MMV_ENOTSUP, "format",
                           "%s cannot be loaded; install libtiff, or use --format=raw with "
                           "--offset",
                           MMI_TIFF_SONAME);
    TIFF *tiff = open_tiff(&stream);
    mmv_status status = tiff ? use_directory(header, tiff) : MMV_OK;
    if (!tiff)
        status = mmi__refuse(header->container, MMV_EINVAL, "directory", "%s",
                             stream.complaint[0] ? stream.complaint : "libtiff cannot read it");
    if (tiff)
        TIFFClose(tiff);
    if (stream.status) {
        header->container->problem[0] = '\0';
        return stream.status;
    }
    return status;
}

#endif
