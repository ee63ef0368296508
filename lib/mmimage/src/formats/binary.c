/* SPDX-License-Identifier: MIT */
/*
 * binary: the formats whose header is a short block of numbers: farbfeld, libvips' .v, NIfTI and MRC.
 *
 *     farbfeld   "farbfeld" width height            u32 big-endian; RGBA, u16 big-endian, from byte 16
 *     .v         magic width height bands . format  u32 in the order that the magic tells; from byte 64
 *     NIfTI-1    348 ... dim[8] at 40 ... "n+1"     i16; samples from vox_offset, a float
 *     NIfTI-2    540 "n+2" ... dim[8] at 16         i64; samples from vox_offset at 168
 *     MRC        nx ny nz mode ... "MAP " at 208    i32; samples behind 1024 bytes and the extended header
 *
 * Sources: https://tools.suckless.org/farbfeld/, libvips' vips.c, https://nifti.nimh.nih.gov/, and
 * https://www.ccpem.ac.uk/mrc_format/mrc2014.php
 */

#include "formats/header.h"

#include <string.h>

/* ---- farbfeld ---------------------------------------------------------------------------------------------------- */

mmv_status mmi__read_farbfeld(mmi__header *header)
{
    unsigned char bytes[16];
    mmv_status status = mmi__fetch(header, 0, bytes, sizeof bytes);
    if (status)
        return status;
    mmi_image image = {.type = {MMI_U16, true},
                       .samples = 4,
                       .width = mmi__bits(bytes + 8, 4, true),
                       .height = mmi__bits(bytes + 12, 4, true)};
    return mmi__describe(header, image, 1, sizeof bytes);
}

/* ---- libvips ----------------------------------------------------------------------------------------------------- */

mmv_status mmi__read_vips(mmi__header *header)
{
    static const mmi_kind formats[] = {MMI_U8,  MMI_I8,  MMI_U16,   MMI_I16, MMI_U32,
                                       MMI_I32, MMI_F32, MMI_KINDS, MMI_F64, MMI_KINDS};
    unsigned char bytes[64];
    mmv_status status = mmi__fetch(header, 0, bytes, sizeof bytes);
    if (status)
        return status;
    bool big = mmi__bits(bytes, 4, true) == 0x08f2a6b6;
    uint64_t format = mmi__bits(bytes + 20, 4, big);
    if (mmi__bits(bytes + 24, 4, big) != 0)
        return mmi__refuse(header->container, MMV_ENOTSUP, "coding",
                           "its pixels are packed; write it with vips rad2float "
                           "or vips LabQ2Lab first");
    if (format >= sizeof formats / sizeof *formats || formats[format] == MMI_KINDS)
        return mmi__refuse(header->container, MMV_ENOTSUP, "format", "%llu: %s", (unsigned long long)format,
                           format == 7 || format == 9 ? "complex samples cannot be worked on" : "is not known");
    uint64_t samples = mmi__bits(bytes + 12, 4, big);
    mmi_image image = {.type = {formats[format], big && formats[format] > MMI_I8},
                       .samples = (uint32_t)mmv_min(samples, UINT32_MAX),
                       .width = mmi__bits(bytes + 4, 4, big),
                       .height = mmi__bits(bytes + 8, 4, big)};
    return mmi__describe(header, image, 1, sizeof bytes);
}

/* ---- NIfTI ------------------------------------------------------------------------------------------------------- */

struct nifti {
    bool big, second; /* NIfTI-2 */
    uint64_t dimensions[8];
    uint64_t type, bits;
    double slope, intercept, offset;
};

static mmv_status take_nifti_1(mmi__header *header, const unsigned char *bytes, struct nifti *nifti)
{
    for (int i = 0; i < 8; i++) {
        int64_t value = mmi__signed(bytes + 40 + 2 * i, 2, nifti->big);
        nifti->dimensions[i] = value < 0 ? 0 : (uint64_t)value;
    }
    nifti->type = mmi__bits(bytes + 70, 2, nifti->big);
    nifti->bits = mmi__bits(bytes + 72, 2, nifti->big);
    nifti->offset = mmi__f32(bytes + 108, nifti->big);
    nifti->slope = mmi__f32(bytes + 112, nifti->big);
    nifti->intercept = mmi__f32(bytes + 116, nifti->big);
    const mmi_type type = {MMI_F32, nifti->big};
    if (mmi__f32(bytes + 124, nifti->big) != 0 || mmi__f32(bytes + 128, nifti->big) != 0) {
        mmi__add_stale(header->container, "cal_max", mmi__stale_number(MMI_STALE_MAX, type, 124));
        mmi__add_stale(header->container, "cal_min", mmi__stale_number(MMI_STALE_MIN, type, 128));
    }
    return MMV_OK;
}

static double f64_at(const unsigned char *bytes, bool big)
{
    return mmi_sample_get((mmi_type){MMI_F64, big}, bytes);
}

static mmv_status take_nifti_2(mmi__header *header, struct nifti *nifti)
{
    unsigned char bytes[540];
    mmv_status status = mmi__fetch(header, 0, bytes, sizeof bytes);
    if (status)
        return status;
    for (int i = 0; i < 8; i++) {
        int64_t value = mmi__signed(bytes + 16 + 8 * i, 8, nifti->big);
        nifti->dimensions[i] = value < 0 ? 0 : (uint64_t)value;
    }
    nifti->type = mmi__bits(bytes + 12, 2, nifti->big);
    nifti->bits = mmi__bits(bytes + 14, 2, nifti->big);
    nifti->offset = (double)mmi__signed(bytes + 168, 8, nifti->big);
    nifti->slope = f64_at(bytes + 176, nifti->big);
    nifti->intercept = f64_at(bytes + 184, nifti->big);
    if (f64_at(bytes + 192, nifti->big) != 0 || f64_at(bytes + 200, nifti->big) != 0) {
        const mmi_type type = {MMI_F64, nifti->big};
        mmi__add_stale(header->container, "cal_max", mmi__stale_number(MMI_STALE_MAX, type, 192));
        mmi__add_stale(header->container, "cal_min", mmi__stale_number(MMI_STALE_MIN, type, 200));
    }
    return MMV_OK;
}

static bool nifti_type(const struct nifti *nifti, mmi_image *image)
{
    static const struct {
        uint64_t code;
        unsigned bits;
        bool is_signed, is_float;
        uint32_t samples;
    } types[] = {{2, 8, false, false, 1},    {4, 16, true, false, 1},     {8, 32, true, false, 1},
                 {16, 32, true, true, 1},    {64, 64, true, true, 1},     {128, 8, false, false, 3},
                 {256, 8, true, false, 1},   {512, 16, false, false, 1},  {768, 32, false, false, 1},
                 {1024, 64, true, false, 1}, {1280, 64, false, false, 1}, {2304, 8, false, false, 4}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (types[i].code != nifti->type ||
            !mmi__kind_of(types[i].bits, types[i].is_signed, types[i].is_float, &image->type.kind))
            continue;
        image->type.big_endian = nifti->big && types[i].bits > 8;
        image->samples = types[i].samples;
        return true;
    }
    return false;
}

static mmv_status use_nifti(mmi__header *header, const struct nifti *nifti, bool apart)
{
    mmi_container *container = header->container;
    mmi_image image = {.layout = MMI_BIP};
    uint64_t frames = 1;
    uint64_t dimensions = nifti->dimensions[0];
    if (dimensions < 1 || dimensions > 7)
        return mmi__refuse(container, MMV_EINVAL, "dim[0]", "%llu is not within 1 and 7",
                           (unsigned long long)dimensions);
    if (!nifti_type(nifti, &image))
        return mmi__refuse(container, MMV_ENOTSUP, "datatype",
                           "%llu: complex, wide or packed samples cannot be worked on",
                           (unsigned long long)nifti->type);
    if (nifti->bits != mmi_type_size(image.type) * image.samples * 8)
        return mmi__refuse(container, MMV_EINVAL, "bitpix", "%llu bits do not go with datatype %llu",
                           (unsigned long long)nifti->bits, (unsigned long long)nifti->type);
    image.width = nifti->dimensions[1];
    image.height = dimensions > 1 ? nifti->dimensions[2] : 1;
    for (uint64_t i = 3; i <= dimensions; i++)
        if (nifti->dimensions[i] == 0 || !mmv_product(frames, nifti->dimensions[i], &frames))
            return mmi__refuse(container, MMV_EINVAL, "dim", "the image is empty, or fits no file");
    if (!mmv_product(image.height, frames, &image.height))
        return mmi__refuse(container, MMV_EINVAL, "dim", "the image fits no file");
    uint64_t least = apart ? 0 : nifti->second ? 544 : 352;
    /* Written as a float: whole, and exact below 2^53 at the most. */
    if (!(nifti->offset >= 0 && nifti->offset < 9007199254740992.0) || (double)(uint64_t)nifti->offset != nifti->offset)
        return mmi__refuse(container, MMV_EINVAL, "vox_offset", "%g is no place for samples", nifti->offset);
    if (nifti->offset < (double)least) {
        mmv_status status = mmi__describe(header, image, frames, least);
        return status ? status
                      : mmi__refuse(container, MMV_EINVAL, "vox_offset",
                                    "byte %g lies in the header of %llu bytes: programs do not agree what that means",
                                    nifti->offset, (unsigned long long)least);
    }
    /* A slope of 0 means: not scaled. Neither 0, infinity nor NaN scale anything. */
    if (nifti->slope != 0 && nifti->slope - nifti->slope == 0 && nifti->intercept - nifti->intercept == 0) {
        container->slope = nifti->slope;
        container->intercept = nifti->intercept;
    }
    return mmi__describe(header, image, frames, (uint64_t)nifti->offset);
}

/* In which order the first number is the size of the header. */
static bool take_size(const unsigned char *bytes, struct nifti *nifti)
{
    for (int big = 0; big < 2; big++) {
        uint64_t size = mmi__bits(bytes, 4, big);
        nifti->big = big;
        nifti->second = size == 540;
        if (size == 348 || size == 540)
            return true;
    }
    return false;
}

mmv_status mmi__read_nifti(mmi__header *header)
{
    unsigned char bytes[348];
    struct nifti nifti = {0};
    mmi_container *container = header->container;
    mmv_status status = mmi__fetch(header, 0, bytes, sizeof bytes);
    if (status)
        return status;
    if (!take_size(bytes, &nifti))
        return mmi__refuse(container, MMV_EINVAL, "sizeof_hdr", "%llu is neither 348 nor 540",
                           (unsigned long long)mmi__bits(bytes, 4, nifti.big));
    const unsigned char *magic = nifti.second ? bytes + 4 : bytes + 344;
    bool attached = memcmp(magic, nifti.second ? "n+2" : "n+1", 4) == 0;
    if (!attached && memcmp(magic, nifti.second ? "ni2" : "ni1", 4) != 0)
        return mmi__refuse(container, MMV_EINVAL, "magic", "it is none of NIfTI's");
    status = nifti.second ? take_nifti_2(header, &nifti) : take_nifti_1(header, bytes, &nifti);
    if (!attached) {
        container->place = MMI_SAMPLES_ENDING;
        strcpy(container->name, ".img");
    }
    return status ? status : use_nifti(header, &nifti, !attached);
}

/* ---- MRC --------------------------------------------------------------------------------------------------------- */

struct mrc {
    bool big;
    int64_t size[3], mode, extended;
    uint64_t length; /* of the file, header and all; 0 = these numbers are no image's */
};

static bool mrc_kind(int64_t mode, mmi_kind *kind)
{
    static const struct {
        int64_t mode;
        unsigned bits;
        bool is_signed, is_float;
    } modes[] = {
        {0, 8, true, false}, {1, 16, true, false}, {2, 32, true, true}, {6, 16, false, false}, {12, 16, true, true}};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (modes[i].mode == mode)
            return mmi__kind_of(modes[i].bits, modes[i].is_signed, modes[i].is_float, kind);
    return false;
}

/* The header's numbers in one of the orders. */
static struct mrc take_mrc(const unsigned char *bytes, bool big)
{
    struct mrc mrc = {.big = big, .mode = mmi__signed(bytes + 12, 4, big), .extended = mmi__signed(bytes + 92, 4, big)};
    mmi_kind kind;
    uint64_t bytes_all = 1;
    bool fits = mrc_kind(mrc.mode, &kind) && mrc.extended >= 0;
    for (int i = 0; i < 3; i++) {
        mrc.size[i] = mmi__signed(bytes + 4 * i, 4, big);
        fits = fits && mrc.size[i] > 0 && mmv_product(bytes_all, (uint64_t)mrc.size[i], &bytes_all);
    }
    if (fits && mmv_product(bytes_all, mmi_type_size((mmi_type){kind, big}), &bytes_all) &&
        mmv_sum(bytes_all, 1024 + (uint64_t)mrc.extended, &bytes_all))
        mrc.length = bytes_all;
    return mrc;
}

/*
 * The order of the bytes: the machine stamp's, 0x44 0x44 or 0x44 0x41 for the low byte first and 0x11 0x11 for the high
 * one. Programs left it empty, too, or copied another's: the order in which the file has just the right length is then
 * taken. Without "MAP " nothing else says what the file is.
 */
static mmv_status find_mrc(mmi__header *header, const unsigned char *bytes, struct mrc *mrc)
{
    mmi_container *container = header->container;
    uint64_t size = header->source->size;
    bool is_little = bytes[212] == 0x44 && (bytes[213] == 0x44 || bytes[213] == 0x41);
    bool is_big = bytes[212] == 0x11 && bytes[213] == 0x11;
    bool has_map = memcmp(bytes + 208, "MAP ", 4) == 0;
    struct mrc other = take_mrc(bytes, !is_big);
    *mrc = take_mrc(bytes, is_big);
    if (has_map && (is_little || is_big) && mrc->length > 0)
        return MMV_OK;
    if (mrc->length != size && other.length == size)
        *mrc = other;
    if (mrc->length == size) {
        mmi__note(container, MMI_NOTE_ASSUMED, "%s: %s byte first is taken, as the file's length is then right",
                  has_map ? "the machine stamp does not go with the sizes" : "the mark MAP is missing",
                  mrc->big ? "the high" : "the low");
        return MMV_OK;
    }
    if (!has_map)
        return mmi__refuse(container, MMV_EINVAL, "map",
                           "the mark is missing, and the file has not the length that "
                           "its header speaks of");
    if (is_little || is_big)
        return MMV_OK;
    return mmi__refuse(container, MMV_EINVAL, "machst",
                       "%02x %02x is no machine stamp, and the file has not the length that its header speaks of",
                       bytes[212], bytes[213]);
}

static void take_mrc_stale(mmi_container *container, const unsigned char *bytes, bool big)
{
    static const char *const names[] = {"dmin", "dmax", "dmean"};
    static const mmi_stale_kind kinds[] = {MMI_STALE_MIN, MMI_STALE_MAX, MMI_STALE_MEAN};
    const mmi_type type = {MMI_F32, big};
    /* dmax below dmin: not known; the same for a negative rms. */
    if (mmi__f32(bytes + 80, big) >= mmi__f32(bytes + 76, big))
        for (unsigned i = 0; i < 3; i++)
            mmi__add_stale(container, names[i], mmi__stale_number(kinds[i], type, 76 + 4 * i));
    if (mmi__f32(bytes + 216, big) >= 0)
        mmi__add_stale(container, "rms", mmi__stale_number(MMI_STALE_RMS, type, 216));
}

mmv_status mmi__read_mrc(mmi__header *header)
{
    mmi_container *container = header->container;
    unsigned char bytes[1024];
    struct mrc mrc;
    mmi_kind kind;
    mmv_status status = mmi__fetch(header, 0, bytes, sizeof bytes);
    if (!status)
        status = find_mrc(header, bytes, &mrc);
    if (status)
        return status;
    if (mrc.size[0] < 1 || mrc.size[1] < 1 || mrc.size[2] < 1 || mrc.extended < 0)
        return mmi__refuse(container, MMV_EINVAL, "nx, ny, nz, nsymbt", "none may be negative, nor a size 0");
    if (!mrc_kind(mrc.mode, &kind))
        return mmi__refuse(container, MMV_ENOTSUP, "mode", "%lld: %s", (long long)mrc.mode,
                           mrc.mode == 3 || mrc.mode == 4 ? "complex samples cannot be worked on"
                                                          : "samples of this type cannot be worked on");
    /* IMOD's stamp, and its flag for signed bytes. Source: https://bio3d.colorado.edu/imod/doc/mrc_format.txt */
    if (mrc.mode == 0 && mmi__bits(bytes + 152, 4, mrc.big) == 1146047817 &&
        !(mmi__bits(bytes + 156, 4, mrc.big) & 1)) {
        kind = MMI_U8;
        mmi__note(container, MMI_NOTE_ASSUMED, "mode 0: bytes without a sign, as IMOD's stamp says");
    }
    take_mrc_stale(container, bytes, mrc.big);
    mmi_image image = {.type = {kind, mrc.big && mrc.mode != 0},
                       .samples = 1,
                       .width = (uint64_t)mrc.size[0],
                       .height = (uint64_t)mrc.size[1] * (uint64_t)mrc.size[2]};
    return mmi__describe(header, image, (uint64_t)mrc.size[2], 1024 + (uint64_t)mrc.extended);
}
