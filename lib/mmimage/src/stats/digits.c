/* SPDX-License-Identifier: MIT */
/*
 * digits: keys in the order of the samples, and how often each 16 bits of them are there. See stats.h.
 *
 * 1. A table's 'recent' counts 'pending' samples at most, and these are fewer than 2^32: no count overflows.
 * 2. Tables are sorted by channel, so that table c is channel c's where each channel has one.
 */

#include <mmimage/stats.h>

#include "samples/no_data.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define STRIP 16384u /* bytes: stay in the first-level cache while channel after channel is counted */

struct table {
    mmi_digit digit;
    uint64_t counts[MMI_DIGITS]; /* complete after settle() */
    uint64_t pending;            /* samples that are counted in 'recent' only */
    uint32_t recent[MMI_DIGITS]; /* half as large as the counts, hence more of it in the processor's cache */
};

struct mmi_digits {
    mmi_type type;
    uint32_t channels;
    mmi_no_data no_data; /* samples that are left out */
    size_t count;
    struct table tables[];
};

static_assert(sizeof(struct table) <= MMI_DIGITS_BYTES + 64, "what a table takes is what the header says");

/* ---- keys -------------------------------------------------------------------------------------------------------- */

unsigned mmi_key_bits(mmi_type type)
{
    return (unsigned)(8 * mmi_type_size(type));
}

static inline bool is_float(mmi_kind kind)
{
    return kind == MMI_F16 || kind == MMI_F32 || kind == MMI_F64;
}

static inline bool is_signed(mmi_kind kind)
{
    return kind == MMI_I8 || kind == MMI_I16 || kind == MMI_I32 || kind == MMI_I64;
}

/* The bit of the sign: turned for signed integers and positive floats; negative floats are turned as a whole. */
static inline uint64_t key_of(mmi_kind kind, uint64_t bits, unsigned width)
{
    uint64_t sign = (uint64_t)1 << (width - 1);
    if (is_float(kind))
        return bits & sign ? ~bits & (sign | (sign - 1)) : bits | sign;
    return is_signed(kind) ? bits ^ sign : bits;
}

uint64_t mmi_key_sample(mmi_type type, uint64_t key)
{
    uint64_t sign = (uint64_t)1 << (mmi_key_bits(type) - 1);
    if (is_float(type.kind))
        return key & sign ? key ^ sign : ~key & (sign | (sign - 1));
    /* Moved down: below the middle what is above the type's bits is all ones, as mmi_sample_bits() has it. */
    return is_signed(type.kind) ? key - sign : key;
}

double mmi_key_value(mmi_type type, uint64_t key)
{
    unsigned char stored[8];
    mmi_sample_set_bits(type, stored, mmi_key_sample(type, key));
    return mmi_sample_get(type, stored);
}

static inline uint64_t bits_at(const unsigned char *at, unsigned width, bool swapped)
{
    if (width == 8)
        return *at;
    if (width == 16) {
        uint16_t bits;
        memcpy(&bits, at, 2);
        return swapped ? __builtin_bswap16(bits) : bits;
    }
    if (width == 32) {
        uint32_t bits;
        memcpy(&bits, at, 4);
        return swapped ? __builtin_bswap32(bits) : bits;
    }
    uint64_t bits;
    memcpy(&bits, at, 8);
    return swapped ? __builtin_bswap64(bits) : bits;
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

mmv_status mmi_digits_create(mmi_type type, uint32_t channels, const mmi_digit *digits, size_t count,
                             mmi_digits **digits_ret)
{
    mmi_digits *created = NULL;
    if (count <= (SIZE_MAX - sizeof *created) / sizeof created->tables[0])
        created = calloc(1, sizeof *created + count * sizeof created->tables[0]);
    if (!created)
        return mmv_error_set(MMV_ENOMEM, 0, "count");
    created->type = type;
    created->channels = channels;
    created->count = count;
    for (size_t t = 0; t < count; t++) {
        assert(digits[t].channel < channels && (t == 0 || digits[t - 1].channel <= digits[t].channel)); /* 2. */
        created->tables[t].digit = digits[t];
    }
    *digits_ret = created;
    return MMV_OK;
}

mmv_status mmi_digits_set_no_data(mmi_digits *digits, const double *values, size_t count)
{
    mmi_no_data no_data;
    if (!mmi_no_data_make(digits->type, values, count, &no_data))
        return mmv_error_set_parameter(MMV_EINVAL, "count", "no_data");
    digits->no_data = no_data;
    return MMV_OK;
}

static void settle(struct table *table)
{
    if (table->pending == 0)
        return;
    for (size_t i = 0; i < MMI_DIGITS; i++) {
        table->counts[i] += table->recent[i];
        table->recent[i] = 0;
    }
    table->pending = 0;
}

uint64_t *mmi_digits_counts(mmi_digits *digits, size_t index)
{
    assert(index < digits->count);
    settle(&digits->tables[index]);
    return digits->tables[index].counts;
}

void mmi_digits_merge(mmi_digits *digits, mmi_digits *other)
{
    assert(digits != other && digits->count == other->count && digits->type.kind == other->type.kind);
    for (size_t t = 0; t < digits->count; t++) {
        uint64_t *counts = mmi_digits_counts(digits, t);
        const uint64_t *others = mmi_digits_counts(other, t);
        assert(digits->tables[t].digit.channel == other->tables[t].digit.channel);
        for (size_t i = 0; i < MMI_DIGITS; i++)
            counts[i] += others[i];
    }
}

void mmi_digits_destroy(mmi_digits **digits)
{
    free(*digits);
    *digits = NULL;
}

/* Before so many samples of a channel: no recent count may overflow. */
static void make_room(mmi_digits *digits, size_t samples)
{
    for (size_t t = 0; t < digits->count; t++) {
        if (digits->tables[t].pending + samples > UINT32_MAX)
            settle(&digits->tables[t]);
        digits->tables[t].pending += samples;
        assert(digits->tables[t].pending <= UINT32_MAX); /* 1. */
    }
}

/* ---- samples of up to 16 bits ------------------------------------------------------------------------------------ */

/* How samples lie, in constants wherever it is looked at. */
struct stored {
    mmi_kind kind;
    unsigned width; /* bits */
    bool swapped;
};

/* Pixels, or samples of one channel that lies apart. */
struct samples {
    const unsigned char *data;
    size_t pixels;
    uint32_t beside; /* channels, side by side */
};

static inline uint64_t key_at(const unsigned char *at, struct stored stored)
{
    return key_of(stored.kind, bits_at(at, stored.width, stored.swapped), stored.width);
}

/* One channel of a strip, 'stride' bytes from sample to sample. */
static inline void count_channel(uint32_t *recent, const unsigned char *at, size_t count, size_t stride,
                                 struct stored stored)
{
    /*
     * Four loads before four counts, since the compiler may not move a load over a store: a fifth faster (Zen 5,
     * 2026-11).
     */
    size_t i = 0;
    for (; i + 4 <= count; i += 4, at += 4 * stride) {
        uint64_t key0 = key_at(at, stored), key1 = key_at(at + stride, stored);
        uint64_t key2 = key_at(at + 2 * stride, stored), key3 = key_at(at + 3 * stride, stored);
        recent[key0]++;
        recent[key1]++;
        recent[key2]++;
        recent[key3]++;
    }
    for (; i < count; i++, at += stride)
        recent[key_at(at, stored)]++;
}

/* One value has one key, and all of it is counted, one channel after the other: tables[c] is of the c-th. */
static inline void add_narrow(const struct samples *samples, struct table *tables, struct stored stored)
{
    const unsigned char *data = samples->data;
    size_t size = stored.width / 8, stride = size * samples->beside;
    size_t strip = STRIP / stride ? STRIP / stride : 1; /* pixels that stay in the first-level cache */
    for (size_t pixels = samples->pixels; pixels > 0;) {
        size_t part = pixels < strip ? pixels : strip;
        /* The next strip, which the counting leaves memory the time to bring. */
        for (size_t ahead = 0; ahead < part * stride && part < pixels; ahead += 64)
            __builtin_prefetch(data + part * stride + ahead);
        for (uint32_t c = 0; c < samples->beside; c++)
            count_channel(tables[c].recent, data + c * size, part, stride, stored);
        data += part * stride;
        pixels -= part;
    }
}

/* A function for each kind and byte order, so that each is a loop without choices. */
static void add_narrow_kind(const struct samples *samples, struct table *tables, mmi_type type)
{
    bool swapped = !mmi_type_is_native(type);
    if (type.kind == MMI_U8)
        add_narrow(samples, tables, (struct stored){MMI_U8, 8, false});
    else if (type.kind == MMI_I8)
        add_narrow(samples, tables, (struct stored){MMI_I8, 8, false});
    else if (type.kind == MMI_U16 && !swapped)
        add_narrow(samples, tables, (struct stored){MMI_U16, 16, false});
    else if (type.kind == MMI_U16)
        add_narrow(samples, tables, (struct stored){MMI_U16, 16, true});
    else if (!swapped)
        add_narrow(samples, tables, (struct stored){MMI_I16, 16, false});
    else
        add_narrow(samples, tables, (struct stored){MMI_I16, 16, true});
}

/* Is each channel once in the tables, in order? */
static bool has_each_channel(const mmi_digits *digits)
{
    for (size_t t = 0; t < digits->count; t++)
        if (digits->tables[t].digit.channel != t)
            return false;
    return digits->count == digits->channels;
}

/* The tables of the block's channels, one for each; NULL when a channel has none, or several. */
static struct table *tables_for(mmi_digits *digits, uint32_t channel)
{
    if (digits->type.kind > MMI_I16 || !has_each_channel(digits))
        return NULL;
    return channel == MMI_ALL_CHANNELS ? digits->tables : &digits->tables[channel];
}

/* ---- any samples ------------------------------------------------------------------------------------------------- */

static bool is_nan(mmi_kind kind, uint64_t bits)
{
    if (kind == MMI_F16)
        return (bits & 0x7fff) > 0x7c00;
    if (kind == MMI_F32)
        return (bits & 0x7fffffff) > 0x7f800000;
    return kind == MMI_F64 && (bits & INT64_MAX) > UINT64_C(0x7ff0000000000000);
}

static void count_key(mmi_digits *digits, uint32_t channel, uint64_t key)
{
    for (size_t t = 0; t < digits->count; t++) {
        struct table *table = &digits->tables[t];
        unsigned shift = table->digit.shift;
        if (table->digit.channel == channel && (shift >= 48 || key >> shift >> 16 == table->digit.prefix))
            table->recent[key >> shift & 0xffff]++;
    }
}

static void add_wide(mmi_digits *digits, const struct samples *samples, uint32_t first)
{
    unsigned width = mmi_key_bits(digits->type);
    bool swapped = !mmi_type_is_native(digits->type);
    const unsigned char *at = samples->data;
    uint32_t c = 0;
    for (size_t i = samples->pixels * samples->beside; i > 0; i--, at += width / 8) {
        uint64_t bits = bits_at(at, width, swapped);
        if (!is_nan(digits->type.kind, bits))
            count_key(digits, first + c, key_of(digits->type.kind, bits, width));
        c = c + 1 < samples->beside ? c + 1 : 0;
    }
}

static void add_samples(mmi_digits *digits, const mmi_block *block)
{
    bool all = block->channel == MMI_ALL_CHANNELS;
    const struct samples samples = {block->data, block->count, all ? digits->channels : 1};
    struct table *tables = tables_for(digits, block->channel);
    make_room(digits, block->count);
    if (tables)
        add_narrow_kind(&samples, tables, digits->type);
    else
        add_wide(digits, &samples, all ? 0 : block->channel);
}

/* Channel by channel what is not left out, strip by strip. */
static void add_sieved(mmi_digits *digits, const mmi_block *block)
{
    bool all = block->channel == MMI_ALL_CHANNELS;
    size_t size = mmi_type_size(digits->type), channels = all ? digits->channels : 1, stride = size * channels;
    size_t most = STRIP / size;
    const unsigned char *data = block->data;
    unsigned char kept[STRIP];
    for (size_t left = block->count, part; left > 0; left -= part, data += part * stride) {
        part = left < most ? left : most;
        for (uint32_t c = 0; c < channels; c++) {
            size_t count = mmi__no_data_sieve(&digits->no_data, data + c * size, part, stride, kept);
            add_samples(digits, &(mmi_block){all ? c : block->channel, 0, kept, count});
        }
    }
}

void mmi_digits_add(mmi_digits *digits, const mmi_block *block)
{
    assert(block->channel == MMI_ALL_CHANNELS || block->channel < digits->channels);
    if (mmi__no_data_is_any(&digits->no_data))
        add_sieved(digits, block);
    else
        add_samples(digits, block);
}
