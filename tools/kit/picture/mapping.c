/* SPDX-License-Identifier: MIT */
/* mapping: see mapping.h. */
#include "kit/picture/mapping.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void mapping_write(const struct mapping *mapping, char text[MAPPING_TEXT])
{
    mmi_type type = mapping->type;
    bool plain =
        !mapping->scaled && (type.kind == MMI_U8 || type.kind == MMI_U16) && mmi_type_size(type) * 8 == mapping->depth;
    text[0] = '\0';
    if (mapping->scaled)
        snprintf(text, MAPPING_TEXT, "type=%s depth=%u low=%.17g high=%.17g", mmi_type_name(type), mapping->depth,
                 mapping->low, mapping->high);
    else if (!plain || (type.kind == MMI_U16 && type.big_endian))
        snprintf(text, MAPPING_TEXT, "type=%s depth=%u", mmi_type_name(type), mapping->depth);
}

bool mapping_read(const char *text, unsigned depth, struct mapping *mapping_ret)
{
    char type[16];
    struct mapping mapping = {0};
    int used = 0;
    int found = sscanf(text, "type=%15s depth=%u%n", type, &mapping.depth, &used);
    if (found != 2 || !mmi_type_parse(type, &mapping.type) || mapping.depth != depth)
        return false;
    if (text[used] != '\0') {
        char rest;
        found = sscanf(text + used, " low=%lg high=%lg%c", &mapping.low, &mapping.high, &rest);
        if (found != 2 || !isfinite(mapping.low) || !isfinite(mapping.high) || !(mapping.low < mapping.high))
            return false;
        mapping.scaled = true;
    } else if (mapping_needs_range(mapping.type)) {
        return false;
    }
    *mapping_ret = mapping;
    return true;
}

bool mapping_needs_range(mmi_type type)
{
    return mmi_type_size(type) > 2 || mmi_type_is_float(type);
}

/* The bit that is turned so that the lowest sample is 0. */
static unsigned sign_of(mmi_kind kind)
{
    return kind == MMI_I8 ? 0x80 : kind == MMI_I16 ? 0x8000 : 0;
}

static void scale_to_picture(const struct mapping *mapping, const unsigned char *samples, unsigned char *picture,
                             size_t count)
{
    size_t size = mmi_type_size(mapping->type);
    double most = mapping->depth == 8 ? 255 : 65535, half = mapping->high / 2 - mapping->low / 2;
    for (size_t i = 0; i < count; i++) {
        /* Halves: the distance of two doubles may be more than one. */
        double distance = mmi_sample_get(mapping->type, samples + i * size) / 2 - mapping->low / 2;
        double value = floor(distance / half * most + 0.5);
        /* What is no number is black. */
        unsigned whole = value > most ? (unsigned)most : value > 0 ? (unsigned)value : 0;
        if (mapping->depth == 16)
            picture[2 * i] = (unsigned char)(whole >> 8);
        picture[mapping->depth == 16 ? 2 * i + 1 : i] = (unsigned char)whole;
    }
}

void mapping_to_picture(const struct mapping *mapping, const unsigned char *samples, unsigned char *picture,
                        size_t count)
{
    size_t size = mmi_type_size(mapping->type);
    unsigned sign = sign_of(mapping->type.kind);
    assert(mapping->depth == 8 || mapping->depth == 16);
    assert(mapping->scaled ? mapping->low < mapping->high : !mapping_needs_range(mapping->type));
    if (mapping->scaled) {
        scale_to_picture(mapping, samples, picture, count);
        return;
    }
    size_t upper = mapping->type.big_endian ? 0 : 1;
    for (size_t i = 0; i < count; i++) {
        unsigned high = size == 1 ? samples[i] ^ sign : samples[2 * i + upper] ^ sign >> 8;
        if (mapping->depth == 8) {
            picture[i] = (unsigned char)high;
            continue;
        }
        /* One byte in a picture of 16 bits: twice, so that white is white. */
        picture[2 * i] = (unsigned char)high;
        picture[2 * i + 1] = size == 1 ? (unsigned char)high : samples[2 * i + 1 - upper];
    }
}

void mapping_turn(const struct mapping *mapping, const unsigned char *sample, unsigned char *picture)
{
    if (mmi_type_is_float(mapping->type) && isnan(mmi_sample_get(mapping->type, sample)))
        return;
    for (unsigned i = 0; i < mapping->depth / 8; i++)
        picture[i] = (unsigned char)~picture[i];
}

void mapping_from_picture(const struct mapping *mapping, const unsigned char *picture, unsigned char *samples,
                          size_t count)
{
    size_t size = mmi_type_size(mapping->type);
    unsigned sign = sign_of(mapping->type.kind);
    double most = mapping->depth == 8 ? 255 : 65535;
    assert(mapping->depth == 8 || mapping->depth == 16);
    assert(mapping->scaled ? mapping->low < mapping->high : !mapping_needs_range(mapping->type));
    for (size_t i = 0; i < count; i++) {
        unsigned whole = mapping->depth == 8 ? picture[i] : (unsigned)picture[2 * i] << 8 | picture[2 * i + 1];
        double value = whole;
        if (mapping->scaled) {
            value = mapping->low + whole / most * (mapping->high - mapping->low);
            mmi_sample_set(mapping->type, samples + i * size, mmi_type_round(mapping->type, value));
            continue;
        }
        if (size == 1 && mapping->depth == 16)
            whole >>= 8;
        if (size == 2 && mapping->depth == 8)
            whole <<= 8;
        whole ^= sign;
        if (size == 1) {
            samples[i] = (unsigned char)whole;
            continue;
        }
        samples[2 * i + (mapping->type.big_endian ? 0 : 1)] = (unsigned char)(whole >> 8);
        samples[2 * i + (mapping->type.big_endian ? 1 : 0)] = (unsigned char)whole;
    }
}
