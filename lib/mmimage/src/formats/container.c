/* SPDX-License-Identifier: MIT */
/*
 * container: which format a file is of, and what every reader's answer is checked for.
 *
 *     the first bytes -> a format -> its reader (formats/) -> does the file have the bytes that the header speaks of?
 *
 * Files of a kind that can never be worked on in place (PNG, JPEG, gzip, ...) are known, too: to take them for raw
 * samples would destroy them.
 */

#include <mmimage/container.h>

#include "formats/header.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    mmi__read_format *read;
} formats[MMI_FORMATS] = {
    [MMI_AUTO] = {"auto", NULL},
    [MMI_RAW] = {"raw", NULL},
    [MMI_NPY] = {"npy", mmi__read_npy},
    [MMI_PAM] = {"pam", mmi__read_pam},
    [MMI_PNM] = {"pnm", mmi__read_pnm},
    [MMI_FARBFELD] = {"farbfeld", mmi__read_farbfeld},
    [MMI_ENVI] = {"envi", mmi__read_envi},
    [MMI_EHDR] = {"ehdr", mmi__read_ehdr},
    [MMI_METAIMAGE] = {"mhd", mmi__read_metaimage},
    [MMI_NRRD] = {"nrrd", mmi__read_nrrd},
    [MMI_VIPS] = {"vips", mmi__read_vips},
    [MMI_TIFF] = {"tiff", mmi__read_tiff},
    [MMI_FITS] = {"fits", mmi__read_fits},
    [MMI_NIFTI] = {"nifti", mmi__read_nifti},
    [MMI_MRC] = {"mrc", mmi__read_mrc},
};

bool mmi_format_parse(const char *text, mmi_format *format_ret)
{
    for (int format = 0; format < MMI_FORMATS; format++) {
        if (strcmp(text, formats[format].name) != 0)
            continue;
        *format_ret = (mmi_format)format;
        return true;
    }
    return false;
}

const char *mmi_format_name(mmi_format format)
{
    return formats[format].name;
}

/* ---- the first bytes --------------------------------------------------------------------------------------------- */

/* Bytes that a file of a format has at one place. */
struct mark {
    size_t at, length;
    const char *bytes;
    mmi_format format;
};

static const struct mark marks[] = {
    {0, 6, "\x93NUMPY", MMI_NPY},         {0, 8, "farbfeld", MMI_FARBFELD},    {0, 4, "\x08\xf2\xa6\xb6", MMI_VIPS},
    {0, 4, "\xb6\xa6\xf2\x08", MMI_VIPS}, {0, 4, "II*\0", MMI_TIFF},           {0, 4, "MM\0*", MMI_TIFF},
    {0, 8, "II+\0\x08\0\0\0", MMI_TIFF},  {0, 8, "MM\0+\0\x08\0\0", MMI_TIFF}, {0, 9, "SIMPLE  =", MMI_FITS},
    {0, 7, "NRRD000", MMI_NRRD},          {0, 5, "ENVI\n", MMI_ENVI},          {0, 5, "ENVI\r", MMI_ENVI},
    {0, 10, "ObjectType", MMI_METAIMAGE}, {0, 5, "NDims", MMI_METAIMAGE},      {0, 3, "P7\n", MMI_PAM},
    {344, 4, "n+1\0", MMI_NIFTI},         {344, 4, "ni1\0", MMI_NIFTI},        {4, 8, "n+2\0\r\n\x1a\n", MMI_NIFTI},
    {4, 8, "ni2\0\r\n\x1a\n", MMI_NIFTI}, {208, 4, "MAP ", MMI_MRC},
};

/* Never raw samples, and never to be worked on where they lie. */
static const struct {
    size_t length;
    const char *bytes, *name, *advice;
} packed[] = {
    {8, "\x89PNG\r\n\x1a\n", "PNG", "mmpng import unpacks it"},
    {3, "\xff\xd8\xff", "JPEG", "unpack it with djpeg"},
    {12, "\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000", "unpack it with opj_decompress"},
    {4, "v/1\x01", "OpenEXR", "convert it first"},
    {4, "RIFF", "RIFF", "convert it first"},
    {8, "\x89HDF\r\n\x1a\n", "HDF5", "h5dump -b writes a data set raw"},
    {4, "\x1f\x8b\x08\0", "gzip", "unpack it with gunzip"},
    {4, "\x1f\x8b\x08\x08", "gzip", "unpack it with gunzip"},
    {6,
     "\xfd"
     "7zXZ\0",
     "xz", "unpack it with unxz"},
    {4, "(\xb5/\xfd", "zstd", "unpack it with unzstd"},
    {4, "PK\x03\x04", "zip", "unpack it with unzip; numpy.save writes .npy"},
};

static bool has(const unsigned char *start, size_t length, size_t at, const char *bytes, size_t count)
{
    return at + count <= length && memcmp(start + at, bytes, count) == 0;
}

/* "P5" and a blank: two letters alone are too few to tell an image from samples, hence a digit must come. */
static bool is_pnm(const unsigned char *start, size_t length)
{
    size_t i = 2;
    if (length < 4 || start[0] != 'P' || start[1] < '1' || start[1] > '6' || !strchr(" \t\r\n", start[2]) || !start[2])
        return false;
    while (i < length && start[i] && strchr(" \t\r\n", start[i]))
        i++;
    return i < length && (start[i] == '#' || (start[i] >= '0' && start[i] <= '9'));
}

static mmi_format marked_format(const unsigned char *start, size_t length)
{
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (has(start, length, marks[i].at, marks[i].bytes, marks[i].length))
            return marks[i].format;
    return is_pnm(start, length) ? MMI_PNM : MMI_RAW;
}

/* Its place in the table, or -1. */
static int packed_format(const unsigned char *start, size_t length)
{
    for (size_t i = 0; i < sizeof packed / sizeof *packed; i++)
        if (has(start, length, 0, packed[i].bytes, packed[i].length))
            return (int)i;
    return -1;
}

mmi_mark mmi_container_mark(const void *start, size_t length, mmi_format *format_ret)
{
    assert(start && format_ret);
    bool is_packed = packed_format(start, length) >= 0;
    *format_ret = is_packed ? MMI_RAW : marked_format(start, length);
    if (is_packed)
        return MMI_MARK_PACKED;
    return *format_ret == MMI_RAW ? MMI_MARK_NONE : MMI_MARK_FORMAT;
}

static mmv_status find_format(mmi__header *header, mmi_format *format_ret)
{
    unsigned char start[MMI_MARK_MAX];
    size_t length = (size_t)mmv_min(header->source->size, sizeof start);
    mmv_status status = mmi__fetch(header, 0, start, length);
    if (status)
        return status;
    int i = packed_format(start, length);
    *format_ret = marked_format(start, length);
    if (i < 0)
        return MMV_OK;
    return mmi__refuse(header->container, MMV_ENOTSUP, "format",
                       "it is %s, whose samples do not lie in the file as they are; %s, "
                       "or --format=raw takes its bytes for samples",
                       packed[i].name, packed[i].advice);
}

/* Whether the file can be of the format that was asked for: its reader need not look again. */
static bool could_be(mmi_format format, mmi_format found)
{
    /* These have no mark, or are found without one: old MRC files, and comments before MetaImage's first key. */
    if (format == MMI_EHDR || format == MMI_METAIMAGE || format == MMI_MRC)
        return found == MMI_RAW || found == format;
    return found == format;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

mmv_status mmi_container_fit(mmi_container *container, uint64_t size)
{
    if (container->length > size)
        return mmi__refuse(container, MMV_ETRUNC, "size",
                           "the header speaks of %llu bytes of samples, the file has %llu",
                           (unsigned long long)container->length, (unsigned long long)size);
    if (container->from_end)
        container->offset = size - container->length;
    if (!mmv_range_fits(container->offset, container->length, size))
        return mmi__refuse(container, MMV_ETRUNC, "size",
                           "the header speaks of %llu bytes of samples from byte %llu, the file has %llu",
                           (unsigned long long)container->length, (unsigned long long)container->offset,
                           (unsigned long long)size);
    return MMV_OK;
}

/* What no reader's answer may lack, see container.h. */
static bool is_sound(const mmi_container *container)
{
    uint64_t bytes;
    return mmi_image_check(&container->image, NULL) == MMV_OK && mmi_image_bytes(&container->image, &bytes) &&
           bytes == container->length && bytes > 0 && container->frames > 0 &&
           container->stale_count <= MMI_STALE_FIELDS &&
           (container->place == MMI_SAMPLES_NAMED) == (container->name_at > 0 && container->name[0] != '\0');
}

/* A part that no reader has chosen: the file has one, or the format's reader knows one. */
static mmv_status check_part(const mmi__header *header)
{
    mmi_container *container = header->container;
    if (!header->part || container->part != 0 || strcmp(header->part, "all") == 0 || strcmp(header->part, "1") == 0)
        return MMV_OK;
    return mmi__refuse(container, MMV_ENOENT, "part", "there is no part \"%.40s\": %s files have one", header->part,
                       mmi_format_name(container->format));
}

mmv_status mmi_container_read(const mmi_source *source, const mmi_wish *wish, mmi_container *container_ret)
{
    static const mmi_wish none;
    const mmi_wish *asked = wish ? wish : &none;
    mmi_format wanted = asked->format, found;
    mmi__header header = {source, asked->samples, asked->part, container_ret};
    *container_ret = (mmi_container){.format = MMI_RAW, .frames = 1, .slope = 1};
    if (wanted == MMI_RAW)
        return MMV_OK;
    mmv_status status = find_format(&header, &found);
    if (status || (wanted == MMI_AUTO && found == MMI_RAW))
        return status;
    if (wanted != MMI_AUTO && !could_be(wanted, found))
        return mmi__refuse(container_ret, MMV_EKIND, "format", "the file does not begin as %s does",
                           mmi_format_name(wanted));
    container_ret->format = wanted == MMI_AUTO ? found : wanted;
    status = formats[container_ret->format].read(&header);
    if (!status && container_ret->place == MMI_SAMPLES_HERE)
        status = mmi_container_fit(container_ret, source->size);
    if (!status)
        status = check_part(&header);
    if (status)
        mmi_container_free(container_ret);
    bool sound = status || is_sound(container_ret);
    assert(sound);
    (void)sound;
    return status;
}

void mmi_container_free(mmi_container *container)
{
    mmi_pieces_destroy(&container->pieces);
}

/* ---- pairs of files ---------------------------------------------------------------------------------------------- */

bool mmi_container_sidecar(const char *name, bool is_header, unsigned index, char *text, size_t size)
{
    static const char *const of_samples[] = {"+.hdr", ".hdr", "+.HDR", ".HDR"};
    static const char *const of_header[] = {"", ".img", ".dat", ".raw", ".bin", ".bil", ".bip", ".bsq", ".IMG", ".DAT"};
    size_t count = is_header ? sizeof of_header / sizeof *of_header : sizeof of_samples / sizeof *of_samples;
    if (index >= count)
        return false;
    const char *ending = is_header ? of_header[index] : of_samples[index];
    const char *slash = strrchr(name, '/');
    const char *dot = strrchr(slash ? slash : name, '.');
    bool append = ending[0] == '+';
    size_t stem = dot && !append && dot != name && dot[-1] != '/' ? (size_t)(dot - name) : strlen(name);
    int length = snprintf(text, size, "%.*s%s", (int)stem, name, ending + append);
    if (size > 0 && (length < 0 || (size_t)length >= size || strcmp(text, name) == 0))
        text[0] = '\0';
    return true;
}
