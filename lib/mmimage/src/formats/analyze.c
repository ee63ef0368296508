/* SPDX-License-Identifier: MIT */
/*
 * analyze: the header of an image of Analyze 7.5, which lies beside it with the ending .hdr. It has no mark, see
 * marks.c.
 *
 *     348 ... dim[8] at 40, datatype at 70, vox_offset at 108      i16, a float; the byte order is that of 348
 *
 * SPM wrote a scale where funused1 is. Source: Mayo Clinic, Analyze 7.5 file format (dbh.h)
 */

#include "formats/header.h"

#include <string.h>

static bool kind_of(uint64_t type, mmi_kind *kind_ret)
{
    static const struct {
        uint64_t code;
        mmi_kind kind;
    } types[] = {{2, MMI_U8}, {4, MMI_I16}, {8, MMI_I32}, {16, MMI_F32}, {64, MMI_F64}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        *kind_ret = types[i].kind;
        if (types[i].code == type)
            return true;
    }
    return false;
}

/* A dimension that is not given, or 0, is one of 1; 'count' of them are. */
static mmv_status take_sizes(mmi__header *header, const unsigned char *bytes, bool big, uint64_t *sizes)
{
    uint64_t count = mmi__bits(bytes + 40, 2, big);
    if (count < 1 || count > 7)
        return mmi__refuse(header->container, MMV_EINVAL, "dim[0]", "%llu is not within 1 and 7",
                           (unsigned long long)count);
    for (unsigned i = 0; i < 7; i++) {
        int64_t size = mmi__signed(bytes + 42 + 2 * i, 2, big);
        if (i < count && size < 0)
            return mmi__refuse(header->container, MMV_EINVAL, "dim", "%lld is no size", (long long)size);
        sizes[i] = i < count && size > 0 ? (uint64_t)size : 1;
    }
    return MMV_OK;
}

/* Neither 0, infinity nor NaN scale anything. */
static void take_scale(mmi_container *container, double slope)
{
    if (slope != 0 && slope - slope == 0)
        container->slope = slope;
}

mmv_status mmi__read_analyze(mmi__header *header)
{
    mmi_container *container = header->container;
    unsigned char bytes[348];
    uint64_t sizes[7], frames = 1, height;
    mmi_image image = {.samples = 1};
    mmv_status status = mmi__fetch(header, 0, bytes, sizeof bytes);
    if (status)
        return status;
    bool big = mmi__bits(bytes, 4, true) == sizeof bytes;
    if (!big && mmi__bits(bytes, 4, false) != sizeof bytes)
        return mmi__refuse(container, MMV_EINVAL, "sizeof_hdr", "neither byte order makes it 348");
    status = take_sizes(header, bytes, big, sizes);
    if (status)
        return status;
    uint64_t type = mmi__bits(bytes + 70, 2, big);
    if (!kind_of(type, &image.type.kind))
        return mmi__refuse(container, MMV_ENOTSUP, "datatype", "%llu: bits, complex or RGB samples cannot be worked on",
                           (unsigned long long)type);
    image.type.big_endian = big && image.type.kind != MMI_U8;
    for (unsigned i = 2; i < 7; i++)
        if (!mmv_product(frames, sizes[i], &frames))
            return mmi__refuse(container, MMV_EINVAL, "dim", "the image fits no file");
    if (!mmv_product(sizes[1], frames, &height))
        return mmi__refuse(container, MMV_EINVAL, "dim", "the image fits no file");
    image.width = sizes[0];
    image.height = height;
    double offset = mmi__f32(bytes + 108, big);
    if (!(offset >= 0 && offset < 9007199254740992.0) || (double)(uint64_t)offset != offset)
        return mmi__refuse(container, MMV_EINVAL, "vox_offset", "%g is no place for samples", offset);
    take_scale(container, mmi__f32(bytes + 112, big));
    container->place = MMI_SAMPLES_ENDING;
    strcpy(container->name, ".img");
    return mmi__describe(header, image, frames, (uint64_t)offset);
}
