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
    static const struct {
        mmi_kind kind;
        bool fits;
    } formats[] = {{MMI_U8, true},  {MMI_I8, true},  {MMI_U16, true}, {MMI_I16, true}, {MMI_U32, true},
                   {MMI_I32, true}, {MMI_F32, true}, {MMI_U8, false}, {MMI_F64, true}, {MMI_U8, false}};
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
    if (format >= sizeof formats / sizeof *formats || !formats[format].fits)
        return mmi__refuse(header->container, MMV_ENOTSUP, "format", "%llu: complex samples, or none that is known",
                           (unsigned long long)format);
    uint64_t samples = mmi__bits(bytes + 12, 4, big);
    mmi_image image = {.type = {formats[format].kind, big && formats[format].kind > MMI_I8},
                       .samples = (uint32_t)mmv_min(samples, UINT32_MAX),
                       .width = mmi__bits(bytes + 4, 4, big),
                       .height = mmi__bits(bytes + 8, 4, big)};
    return mmi__describe(header, image, 1, sizeof bytes);
}

/* ---- NIfTI ------------------------------------------------------------------------------------------------------- */

struct nifti {
    bool big, second; /* NIfTI-2 */
    uint64_t dimensions[8];
    uint64_t type;
    double slope, intercept, offset;
};

static mmv_status take_nifti_1(mmi__header *header, const unsigned char *bytes, struct nifti *nifti)
{
    for (int i = 0; i < 8; i++) {
        int64_t value = mmi__signed(bytes + 40 + 2 * i, 2, nifti->big);
        nifti->dimensions[i] = value < 0 ? 0 : (uint64_t)value;
    }
    nifti->type = mmi__bits(bytes + 70, 2, nifti->big);
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

static bool nifti_type(uint64_t code, bool big, mmi_image *image)
{
    static const struct {
        uint64_t code;
        mmi_kind kind;
        uint32_t samples;
    } types[] = {{2, MMI_U8, 1},    {4, MMI_I16, 1},    {8, MMI_I32, 1},    {16, MMI_F32, 1},
                 {64, MMI_F64, 1},  {128, MMI_U8, 3},   {256, MMI_I8, 1},   {512, MMI_U16, 1},
                 {768, MMI_U32, 1}, {1024, MMI_I64, 1}, {1280, MMI_U64, 1}, {2304, MMI_U8, 4}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (types[i].code != code)
            continue;
        image->type = (mmi_type){types[i].kind, big && types[i].kind > MMI_I8};
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
    if (!nifti_type(nifti->type, nifti->big, &image))
        return mmi__refuse(container, MMV_ENOTSUP, "datatype",
                           "%llu: complex, wide or packed samples cannot be worked on",
                           (unsigned long long)nifti->type);
    image.width = nifti->dimensions[1];
    image.height = dimensions > 1 ? nifti->dimensions[2] : 1;
    for (uint64_t i = 3; i <= dimensions; i++)
        if (nifti->dimensions[i] == 0 || !mmv_product(frames, nifti->dimensions[i], &frames))
            return mmi__refuse(container, MMV_EINVAL, "dim", "the image is empty, or fits no file");
    if (!mmv_product(image.height, frames, &image.height))
        return mmi__refuse(container, MMV_EINVAL, "dim", "the image fits no file");
    uint64_t least = apart ? 0 : nifti->second ? 544 : 352;
    /* Written as a float: whole, and exact below 2^53 at the most. */
    if (!(nifti->offset >= (double)least && nifti->offset < 9007199254740992.0) ||
        (double)(uint64_t)nifti->offset != nifti->offset)
        return mmi__refuse(container, MMV_EINVAL, "vox_offset", "%g is no place for samples", nifti->offset);
    /* A slope of 0 means: not scaled. Neither 0, infinity nor NaN scale anything. */
    if (nifti->slope != 0 && nifti->slope - nifti->slope == 0 && nifti->intercept - nifti->intercept == 0) {
        container->slope = nifti->slope;
        container->intercept = nifti->intercept;
    }
    return mmi__describe(header, image, frames, (uint64_t)nifti->offset);
}

mmv_status mmi__read_nifti(mmi__header *header)
{
    unsigned char bytes[348];
    struct nifti nifti = {0};
    mmv_status status = mmi__fetch(header, 0, bytes, sizeof bytes);
    if (status)
        return status;
    uint64_t size = mmi__bits(bytes, 4, false);
    nifti.big = size != 348 && size != 540;
    nifti.second = mmi__bits(bytes, 4, nifti.big) == 540;
    const unsigned char *magic = nifti.second ? bytes + 4 : bytes + 344;
    bool apart = magic[1] == 'i';
    status = nifti.second ? take_nifti_2(header, &nifti) : take_nifti_1(header, bytes, &nifti);
    if (apart) {
        header->container->place = MMI_SAMPLES_ENDING;
        strcpy(header->container->name, ".img");
    }
    return status ? status : use_nifti(header, &nifti, apart);
}

/* ---- MRC --------------------------------------------------------------------------------------------------------- */

mmv_status mmi__read_mrc(mmi__header *header)
{
    static const char *const names[] = {"dmin", "dmax", "dmean"};
    /* 3 and 4 are complex. */
    static const mmi_kind kinds[] = {MMI_I8,    MMI_I16,   MMI_F32,   MMI_KINDS, MMI_KINDS, MMI_KINDS, MMI_U16,
                                     MMI_KINDS, MMI_KINDS, MMI_KINDS, MMI_KINDS, MMI_KINDS, MMI_F16};
    static const mmi_stale_kind stale[] = {MMI_STALE_MIN, MMI_STALE_MAX, MMI_STALE_MEAN};
    mmi_container *container = header->container;
    unsigned char bytes[1024];
    mmv_status status = mmi__fetch(header, 0, bytes, sizeof bytes);
    if (status)
        return status;
    /* The machine stamp: 0x44 0x44 or 0x44 0x41 little-endian, 0x11 0x11 big-endian; programs left it empty, too. */
    bool big = bytes[212] == 0x11 || (bytes[212] != 0x44 && mmi__bits(bytes + 12, 4, false) > 255);
    uint64_t mode = mmi__bits(bytes + 12, 4, big);
    int64_t size[3], extended = mmi__signed(bytes + 92, 4, big);
    for (int i = 0; i < 3; i++)
        size[i] = mmi__signed(bytes + 4 * i, 4, big);
    if (size[0] < 1 || size[1] < 1 || size[2] < 1 || extended < 0)
        return mmi__refuse(container, MMV_EINVAL, "nx, ny, nz, nsymbt", "none may be negative, nor a size 0");
    if (mode == 3 || mode == 4)
        return mmi__refuse(container, MMV_ENOTSUP, "mode", "%llu: complex samples cannot be worked on",
                           (unsigned long long)mode);
    if (mode >= sizeof kinds / sizeof *kinds || kinds[mode] == MMI_KINDS)
        return mmi__refuse(container, MMV_ENOTSUP, "mode",
                           "%llu: only 0, 1, 2, 6 and 12 can be worked on where they lie", (unsigned long long)mode);
    mmi_kind kind = kinds[mode];
    /* IMOD's stamp, and its flag for signed bytes. Source: https://bio3d.colorado.edu/imod/doc/mrc_format.txt */
    if (mode == 0 && mmi__bits(bytes + 152, 4, big) == 1146047817 && !(mmi__bits(bytes + 156, 4, big) & 1))
        kind = MMI_U8;
    const mmi_type type = {MMI_F32, big};
    /* dmax below dmin: not known; the same for a negative rms. */
    if (mmi__f32(bytes + 80, big) >= mmi__f32(bytes + 76, big))
        for (unsigned i = 0; i < 3; i++)
            mmi__add_stale(container, names[i], mmi__stale_number(stale[i], type, 76 + 4 * i));
    if (mmi__f32(bytes + 216, big) >= 0)
        mmi__add_stale(container, "rms", mmi__stale_number(MMI_STALE_RMS, type, 216));
    mmi_image image = {.type = {kind, big && mode != 0},
                       .samples = 1,
                       .width = (uint64_t)size[0],
                       .height = (uint64_t)size[1] * (uint64_t)size[2]};
    return mmi__describe(header, image, (uint64_t)size[2], 1024 + (uint64_t)extended);
}
