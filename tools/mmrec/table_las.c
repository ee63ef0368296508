/* SPDX-License-Identifier: MIT */
/*
 * table_las: points of LAS 1.0 to 1.4, formats 0 to 10, with their extra bytes.
 *
 *     header | variable length records, one of which may describe extra bytes | points
 *
 * Source: ASPRS, LAS Specification 1.4 R15. All numbers are little-endian. Bits of the formats' flag bytes have no
 * fields of their own: a field is whole bytes.
 */
#include "mmrec/table_reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define HEADER 375    /* bytes of the longest header, that of 1.4 */
#define SHORTEST 227  /* and of those before 1.3 */
#define VLR_HEAD 54   /* bytes before a variable length record's own */
#define VLR_MOST 1000 /* that are looked at */
#define EXTRA 192     /* bytes that describe one extra field */

struct las {
    struct table_reader *reader;
    unsigned char header[HEADER];
    uint64_t offset; /* in the record, of the next field */
};

static uint64_t bits(const struct las *las, size_t at, size_t size)
{
    return table_bits(las->header + at, size, false);
}

static double real(const struct las *las, size_t at)
{
    return mmi_sample_get((mmi_type){MMI_F64, false}, las->header + at);
}

static void add(struct las *las, const char *name, mmi_kind kind)
{
    const mmi_type type = {kind, false};
    const struct column column = {
        .name = name, .name_length = strlen(name), .type = type, .elements = 1, .offset = las->offset};
    table_add(las->reader, &column);
    las->offset += mmi_type_size(type);
}

/* ---- the formats ------------------------------------------------------------------------------------------------- */

struct item {
    const char *name;
    mmi_kind kind;
};

static const struct item begin[] = {{"X", MMI_I32}, {"Y", MMI_I32}, {"Z", MMI_I32}, {"intensity", MMI_U16}};
static const struct item first[] = {{"flags", MMI_U8},
                                    {"classification", MMI_U8},
                                    {"scan_angle_rank", MMI_I8},
                                    {"user_data", MMI_U8},
                                    {"point_source_id", MMI_U16}};
static const struct item second[] = {{"returns", MMI_U8},   {"flags", MMI_U8},       {"classification", MMI_U8},
                                     {"user_data", MMI_U8}, {"scan_angle", MMI_I16}, {"point_source_id", MMI_U16}};
static const struct item colour[] = {{"red", MMI_U16}, {"green", MMI_U16}, {"blue", MMI_U16}};
static const struct item wave[] = {{"wave_packet_index", MMI_U8},
                                   {"wave_packet_offset", MMI_U64},
                                   {"wave_packet_size", MMI_U32},
                                   {"return_point_location", MMI_F32},
                                   {"x_t", MMI_F32},
                                   {"y_t", MMI_F32},
                                   {"z_t", MMI_F32}};

static void add_all(struct las *las, const struct item *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add(las, items[i].name, items[i].kind);
}
#define ADD(las, items) add_all(las, items, sizeof items / sizeof *items)

static void add_format(struct las *las, unsigned format)
{
    ADD(las, begin);
    if (format < 6)
        ADD(las, first);
    else
        ADD(las, second);
    if (format != 0 && format != 2)
        add(las, "gps_time", MMI_F64);
    if (format == 2 || format == 3 || format == 5 || format == 7 || format == 8 || format == 10)
        ADD(las, colour);
    if (format == 8 || format == 10)
        add(las, "nir", MMI_U16);
    if (format == 4 || format == 5 || format == 9 || format == 10)
        ADD(las, wave);
}

/* ---- extra bytes ------------------------------------------------------------------------------------------------- */

static size_t length_of(const unsigned char *text, size_t most)
{
    size_t length = 0;
    while (length < most && text[length])
        length++;
    return length;
}

/* One description of the record "LASF_Spec", 4. False: there is none of this type. */
static bool add_extra(struct las *las, const unsigned char *bytes)
{
    static const mmi_kind kinds[] = {MMI_U8,  MMI_I8,  MMI_U16, MMI_I16, MMI_U32,
                                     MMI_I32, MMI_U64, MMI_I64, MMI_F32, MMI_F64};
    unsigned type = bytes[2], options = bytes[3];
    if (type > 30)
        return false;
    struct column column = {.name = (const char *)bytes + 4,
                            .name_length = length_of(bytes + 4, 32),
                            .elements = type == 0 ? options : (type - 1) / 10 + 1,
                            .is_array = type == 0 || type > 10,
                            .type = {type == 0 ? MMI_U8 : kinds[(type - 1) % 10], false},
                            .offset = las->offset};
    table_add(las->reader, &column);
    las->offset += column.elements * mmi_type_size(column.type);
    const mmi_type f64 = {MMI_F64, false};
    if (type > 0 && (options & 24))
        table_note(las->reader, &column, "stored numbers, which mean %.17g * stored + %.17g",
                   options & 8 ? mmi_sample_get(f64, bytes + 112) : 1,
                   options & 16 ? mmi_sample_get(f64, bytes + 136) : 0);
    return true;
}

static bool add_extras(struct las *las, uint64_t at, uint64_t length)
{
    unsigned char bytes[EXTRA];
    for (uint64_t i = 0; i + EXTRA <= length; i += EXTRA) {
        if (!table_fetch(las->reader, at + i, bytes, sizeof bytes))
            return false;
        if (!add_extra(las, bytes))
            return true; /* what lies behind it has no known place */
    }
    return true;
}

/* The variable length record that describes extra bytes, if there is one. */
static bool find_extras(struct las *las)
{
    unsigned char head[VLR_HEAD];
    uint64_t at = bits(las, 94, 2), count = mmv_min(bits(las, 100, 4), VLR_MOST), points = bits(las, 96, 4);
    for (uint64_t i = 0; i < count && at + VLR_HEAD <= points; i++) {
        if (!table_fetch(las->reader, at, head, sizeof head))
            return false;
        uint64_t length = table_bits(head + 20, 2, false);
        if (memcmp(head + 2, "LASF_Spec", 10) == 0 && table_bits(head + 18, 2, false) == 4)
            return add_extras(las, at + VLR_HEAD, length);
        at += VLR_HEAD + length;
    }
    return true;
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

static bool refuse_version(struct las *las)
{
    unsigned major = las->header[24], minor = las->header[25], format = las->header[104];
    if (major != 1 || minor > 4)
        return table_refuse(las->reader, "las header: version %u.%u; 1.0 to 1.4 are known", major, minor);
    if (format & 0xc0)
        return table_refuse(las->reader, "las header: its points are compressed (LAZ); unpack it with laszip or pdal");
    if (format > 10)
        return table_refuse(las->reader, "las header: point format %u; 0 to 10 are known", format);
    return true;
}

/* How many points: 1.4 has a longer number, the old one may be 0 then. */
static uint64_t count_points(const struct las *las)
{
    bool is_long = las->header[25] >= 4 && bits(las, 94, 2) >= HEADER && bits(las, 247, 8) > 0;
    return is_long ? bits(las, 247, 8) : bits(las, 107, 4);
}

static bool use_points(struct las *las)
{
    struct table_reader *reader = las->reader;
    uint64_t size = bits(las, 105, 2), header = bits(las, 94, 2), points = bits(las, 96, 4);
    if (header < SHORTEST || points < header)
        return table_refuse(reader, "las header: it has %" PRIu64 " bytes, and points begin at byte %" PRIu64, header,
                            points);
    add_format(las, las->header[104]);
    if (las->offset > size)
        return table_refuse(reader, "las header: points of format %u have %" PRIu64 " bytes, not %" PRIu64,
                            las->header[104], las->offset, size);
    if (las->offset < size && !find_extras(las))
        return false;
    if (las->offset > size)
        return table_refuse(reader, "las header: the extra bytes are longer than a point of %" PRIu64 " bytes", size);
    if (las->offset < size)
        notes_add(&reader->table->notes, MMI_NOTE_MEANING, "the last %" PRIu64 " bytes of a point have no description",
                  size - las->offset);
    notes_add(&reader->table->notes, MMI_NOTE_MEANING,
              "X, Y and Z are stored numbers: the place is %.17g * X + %.17g, %.17g * Y + %.17g, %.17g * Z + %.17g",
              real(las, 131), real(las, 155), real(las, 139), real(las, 163), real(las, 147), real(las, 171));
    snprintf(reader->table->stale, sizeof reader->table->stale,
             "the bounding box and the numbers of points by return are not changed");
    return table_place(reader, &(struct table_place){points, count_points(las), size});
}

bool table_read_las(struct table_reader *reader)
{
    struct las las = {.reader = reader};
    uint64_t length = mmv_min(HEADER, reader->source->size);
    if (reader->part && table_wanted(reader) != 1)
        return table_refuse(reader, "--part=%s: a LAS file has one table, 1", reader->part);
    if (length < SHORTEST)
        return table_refuse(reader, "las header: it ends behind the file's %" PRIu64 " bytes", length);
    return table_fetch(reader, 0, las.header, (size_t)length) && refuse_version(&las) && use_points(&las);
}
