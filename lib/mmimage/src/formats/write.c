/* SPDX-License-Identifier: MIT */
/* write: headers for new images, in the formats that programs read everywhere. */

#include "formats/header.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct writing {
    const mmi_image *image;
    const char *data;
    char *bytes;
    size_t size;
    mmi_written_header *header; /* for the problem */
};

/* The length, or -1 with the reason in the header's problem. */
typedef int write_fn(const struct writing *writing);

static int refuse(const struct writing *writing, const char *reason)
{
    snprintf(writing->header->problem, sizeof writing->header->problem, "%s", reason);
    return -1;
}

static bool is_dense_pixels(const mmi_image *image)
{
    return image->layout == MMI_BIP || image->samples == 1;
}

static int write_npy(const struct writing *writing)
{
    static const char *const codes[MMI_KINDS] = {"u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8", "u8", "i8", "f2"};
    const mmi_image *image = writing->image;
    char shape[96], text[256];
    uint64_t w = image->width, h = image->height;
    if (image->samples == 1)
        snprintf(shape, sizeof shape, "%" PRIu64 ", %" PRIu64, h, w);
    else if (image->layout == MMI_BIP)
        snprintf(shape, sizeof shape, "%" PRIu64 ", %" PRIu64 ", %" PRIu32, h, w, image->samples);
    else if (image->layout == MMI_BIL)
        snprintf(shape, sizeof shape, "%" PRIu64 ", %" PRIu32 ", %" PRIu64, h, image->samples, w);
    else
        snprintf(shape, sizeof shape, "%" PRIu32 ", %" PRIu64 ", %" PRIu64, image->samples, h, w);
    int length = snprintf(text, sizeof text, "{'descr': '%c%s', 'fortran_order': False, 'shape': (%s), }",
                          mmi_type_size(image->type) == 1 ? '|'
                          : image->type.big_endian        ? '>'
                                                          : '<',
                          codes[image->type.kind], shape);
    /* Blanks so that the samples begin at a multiple of 64. */
    size_t whole = (size_t)mmv_round_up(10 + (uint64_t)length + 1, 64);
    return snprintf(writing->bytes, writing->size, "\x93NUMPY\x01%c%c%c%-*s\n", 0, (int)((whole - 10) & 255),
                    (int)((whole - 10) >> 8), (int)whole - 11, text);
}

static bool is_unsigned_big(mmi_type type)
{
    return type.kind == MMI_U8 || (type.kind == MMI_U16 && type.big_endian);
}

static int write_pam(const struct writing *writing)
{
    static const char *const types[] = {"GRAYSCALE", "GRAYSCALE_ALPHA", "RGB", "RGB_ALPHA"};
    const mmi_image *image = writing->image;
    if (!is_dense_pixels(image) || !is_unsigned_big(image->type))
        return refuse(writing, "pam holds u8 or u16be samples, pixel by pixel");
    return snprintf(writing->bytes, writing->size,
                    "P7\nWIDTH %" PRIu64 "\nHEIGHT %" PRIu64 "\nDEPTH %" PRIu32 "\nMAXVAL %d\n%s%s%sENDHDR\n",
                    image->width, image->height, image->samples, image->type.kind == MMI_U8 ? 255 : 65535,
                    image->samples <= 4 ? "TUPLTYPE " : "", image->samples <= 4 ? types[image->samples - 1] : "",
                    image->samples <= 4 ? "\n" : "");
}

static int write_pnm(const struct writing *writing)
{
    const mmi_image *image = writing->image;
    if (!is_dense_pixels(image) || !is_unsigned_big(image->type) || (image->samples != 1 && image->samples != 3))
        return refuse(writing, "pnm holds u8 or u16be samples, 1 or 3 per pixel");
    return snprintf(writing->bytes, writing->size, "P%c\n%" PRIu64 " %" PRIu64 "\n%d\n",
                    image->samples == 3 ? '6' : '5', image->width, image->height,
                    image->type.kind == MMI_U8 ? 255 : 65535);
}

static int write_farbfeld(const struct writing *writing)
{
    const mmi_image *image = writing->image;
    if (image->layout != MMI_BIP || image->samples != 4 || image->type.kind != MMI_U16 || !image->type.big_endian)
        return refuse(writing, "farbfeld holds u16be samples, 4 per pixel");
    if (image->width > UINT32_MAX || image->height > UINT32_MAX)
        return refuse(writing, "farbfeld holds at most 2^32 - 1 pixels each way");
    unsigned char bytes[16] = "farbfeld";
    for (int i = 0; i < 4; i++) {
        bytes[8 + i] = (unsigned char)(image->width >> (24 - 8 * i));
        bytes[12 + i] = (unsigned char)(image->height >> (24 - 8 * i));
    }
    memcpy(writing->bytes, bytes, writing->size < sizeof bytes ? writing->size : sizeof bytes);
    return sizeof bytes;
}

static int write_envi(const struct writing *writing)
{
    static const int codes[MMI_KINDS] = {1, 0, 12, 2, 13, 3, 4, 5, 15, 14, 0};
    const mmi_image *image = writing->image;
    if (codes[image->type.kind] == 0)
        return refuse(writing, image->type.kind == MMI_I8 ? "ENVI has no signed bytes" : "ENVI has no f16");
    return snprintf(
        writing->bytes, writing->size,
        "ENVI\nsamples = %" PRIu64 "\nlines = %" PRIu64 "\nbands = %" PRIu32
        "\nheader offset = 0\nfile type = ENVI Standard\ndata type = %d\ninterleave = %s\nbyte order = %d\n",
        image->width, image->height, image->samples, codes[image->type.kind], mmi_layout_name(image->layout),
        image->type.big_endian);
}

static int write_metaimage(const struct writing *writing)
{
    static const char *const names[MMI_KINDS] = {"UCHAR", "CHAR",  "USHORT", "SHORT",      "UINT",
                                                 "INT",   "FLOAT", "DOUBLE", "ULONG_LONG", "LONG_LONG"};
    const mmi_image *image = writing->image;
    if (!names[image->type.kind])
        return refuse(writing, "MetaImage has no f16");
    if (!is_dense_pixels(image))
        return refuse(writing, "MetaImage holds samples pixel by pixel");
    return snprintf(
        writing->bytes, writing->size,
        "ObjectType = Image\nNDims = 2\nDimSize = %" PRIu64 " %" PRIu64
        "\nBinaryData = True\nBinaryDataByteOrderMSB = %s\nCompressedData = False\nElementNumberOfChannels = %" PRIu32
        "\nElementType = MET_%s\nElementDataFile = %s\n",
        image->width, image->height, image->type.big_endian ? "True" : "False", image->samples, names[image->type.kind],
        writing->data);
}

static const struct {
    mmi_format format;
    write_fn *write;
    const char *ending; /* of a file of its own; NULL = it stands in front of the samples */
} writers[] = {{MMI_NPY, write_npy, NULL},    {MMI_PAM, write_pam, NULL},
               {MMI_PNM, write_pnm, NULL},    {MMI_FARBFELD, write_farbfeld, NULL},
               {MMI_ENVI, write_envi, "hdr"}, {MMI_METAIMAGE, write_metaimage, "mhd"}};

bool mmi_format_is_apart(mmi_format format, const char **ending_ret)
{
    for (size_t i = 0; i < sizeof writers / sizeof *writers; i++)
        if (writers[i].format == format && writers[i].ending) {
            *ending_ret = writers[i].ending;
            return true;
        }
    return false;
}

/* Which formats there are to choose from is said, too. */
static void say_writers(mmi_format format, mmi_written_header *header)
{
    char *at = header->problem, *end = at + sizeof header->problem;
    at += snprintf(at, (size_t)(end - at), "%s has no writer; these have:", mmi_format_name(format));
    for (size_t i = 0; i < sizeof writers / sizeof *writers; i++)
        at += snprintf(at, (size_t)(end - at), " %s", mmi_format_name(writers[i].format));
    assert(at < end);
}

mmv_status mmi_container_write(mmi_format format, const mmi_image *image, const char *data, mmi_written_header *header)
{
    const struct writing writing = {image, data ? data : "", header->bytes, header->size, header};
    int length = -1;
    say_writers(format, header);
    for (size_t i = 0; i < sizeof writers / sizeof *writers; i++)
        if (writers[i].format == format)
            length = writers[i].write(&writing);
    if (length < 0)
        return mmv_error_set(MMV_ENOTSUP, 0, "write header");
    header->problem[0] = '\0';
    header->length = (size_t)length;
    return MMV_OK;
}
