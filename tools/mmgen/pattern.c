/* SPDX-License-Identifier: MIT */
/*
 * pattern: samples from their place.
 *
 *     gradient   channel 0 grows to the right, 1 downwards, 2 along the diagonal, 3 to the left, 4 as 0, ...
 *     noise      splitmix64 of seed and sample number: no state, so every thread can begin anywhere
 *     checker    squares of 32 pixels at the two ends of the type
 *     constant   one value
 *     tile       the bytes of a file, over and over
 *
 * 1. Integer samples span their type, floating-point ones 0 to 1.
 * 2. Only additions, multiplications and divisions of doubles are used: the same bits on every IEEE 754 machine. No
 *    assert: tests/tools/gen.sums has the bits.
 */
#include "mmgen/pattern.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kit/cli/sizes.h"
#include "kit/os/file.h"

#define SQUARE 32
/* Tiles up to this size are kept in memory; the page cache holds larger ones well enough. */
#define TILE_MEMORY (size_t)(4 * 1024 * 1024)

bool pattern_parse(const char *text, struct pattern *pattern)
{
    static const char *const names[] = {"gradient", "noise", "checker"};
    const char *end;
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(text, names[i]) == 0) {
            pattern->kind = (enum pattern_kind)i;
            return true;
        }
    }
    if (strncmp(text, "tile:", 5) == 0 && text[5] != '\0') {
        pattern->kind = PATTERN_TILE;
        pattern->tile_path = text + 5;
        return true;
    }
    pattern->kind = PATTERN_CONSTANT;
    return strncmp(text, "constant:", 9) == 0 && sizes_take_real(text + 9, &end, &pattern->value) && *end == '\0';
}

/* All of it. Returns 0 or an errno value; a file that ends too early is ENODATA. */
static int read_all(int descriptor, char *data, size_t length, uint64_t offset)
{
    size_t done;
    int error = file_read_at(descriptor, data, length, offset, &done);
    return error == 0 && done < length ? ENODATA : error;
}

/* As many whole tiles as fit. Returns 0 or an errno value. */
static int load_tile(struct pattern *pattern)
{
    size_t size = (size_t)pattern->tile_size;
    pattern->tile_filled = TILE_MEMORY / size * size;
    pattern->tile_memory = malloc(pattern->tile_filled);
    int error = pattern->tile_memory ? read_all(pattern->tile, pattern->tile_memory, size, 0) : ENOMEM;
    for (size_t filled = size; error == 0 && filled < pattern->tile_filled; filled += size)
        memcpy(pattern->tile_memory + filled, pattern->tile_memory, size);
    return error;
}

int pattern_open(struct pattern *pattern)
{
    struct file_facts info;
    pattern->tile = -1;
    if (pattern->kind != PATTERN_TILE)
        return 0;
    int error = file_open(pattern->tile_path, FILE_READ, true, &pattern->tile);
    if (error == 0)
        error = file_look(pattern->tile, &info);
    if (error != 0)
        return error;
    if (info.kind != FILE_REGULAR)
        return info.kind == FILE_FOLDER ? EISDIR : EINVAL;
    pattern->tile_size = info.size;
    if (pattern->tile_size == 0)
        return ENODATA;
    return pattern->tile_size > TILE_MEMORY ? 0 : load_tile(pattern);
}

void pattern_close(struct pattern *pattern)
{
    free(pattern->tile_memory);
    pattern->tile_memory = NULL;
    if (pattern->tile >= 0)
        file_close(pattern->tile);
    pattern->tile = -1;
}

static mmv_status fill_tile(const struct pattern *pattern, char *data, size_t length, uint64_t place)
{
    uint64_t cycle = pattern->tile_memory ? pattern->tile_filled : pattern->tile_size;
    while (length > 0) {
        uint64_t from = place % cycle;
        size_t part = length < cycle - from ? length : (size_t)(cycle - from);
        int error = 0;
        if (pattern->tile_memory)
            memcpy(data, pattern->tile_memory + from, part);
        else
            error = read_all(pattern->tile, data, part, from);
        if (error != 0)
            return mmv_error_set(error == ENODATA ? MMV_ETRUNC : MMV_EIO, error, "read tile");
        data += part;
        place += part;
        length -= part;
    }
    return MMV_OK;
}

/* Steele, Lea, Flood: Fast splittable pseudorandom number generators (2014): state number 'index' of the stream 'seed'.
 */
static uint64_t splitmix(uint64_t seed, uint64_t index)
{
    uint64_t z = seed + (index + 1) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* What t in 0..1 stands for: the whole type, or 0..1. */
static double scale(mmi_type type, double t)
{
    assert(t >= 0 && t <= 1); /* 1 */
    if (mmi_type_is_float(type))
        return mmi_type_round(type, t);
    double low = mmi_type_minimum(type);
    return low + floor(t * (mmi_type_maximum(type) - low) + 0.5);
}

static double noise_real(mmi_type type, uint64_t bits)
{
    if (type.kind == MMI_F64)
        return (double)(bits >> 11) * 0x1p-53;
    return type.kind == MMI_F32 ? (double)(bits >> 40) * 0x1p-24 : (double)(bits >> 53) * 0x1p-11;
}

static void put_noise(const struct pattern *pattern, uint64_t index, char *data)
{
    mmi_type type = pattern->image.type;
    uint64_t bits = splitmix(pattern->seed, index);
    unsigned shift = 64 - 8 * (unsigned)mmi_type_size(type);
    if (mmi_type_is_float(type))
        mmi_sample_set(type, data, noise_real(type, bits));
    else /* so far above the lowest */
        mmi_sample_set_bits(type, data, (bits ^ (uint64_t)mmi_type_is_signed(type) << 63) >> shift);
}

static double along(uint64_t place, uint64_t count)
{
    return count > 1 ? (double)place / (double)(count - 1) : 0;
}

static double gradient(const struct pattern *pattern, uint64_t x, uint64_t y, uint32_t channel)
{
    double right = along(x, pattern->image.width);
    double down = along(y, pattern->image.height);
    switch (channel % 4) {
    case 0:
        return scale(pattern->image.type, right);
    case 1:
        return scale(pattern->image.type, down);
    case 2:
        return scale(pattern->image.type, (right + down) / 2);
    default:
        return scale(pattern->image.type, 1 - right);
    }
}

struct place {
    uint64_t pixel, x, y;
};

static double sample(const struct pattern *pattern, const struct place *place, uint32_t channel)
{
    switch (pattern->kind) {
    case PATTERN_GRADIENT:
        return gradient(pattern, place->x, place->y, channel);
    case PATTERN_CHECKER:
        return scale(pattern->image.type, (double)((place->x / SQUARE + place->y / SQUARE) % 2));
    default:
        return pattern->value;
    }
}

static void advance(struct place *place, uint64_t width)
{
    place->pixel++;
    if (++place->x < width)
        return;
    place->x = 0;
    place->y++;
}

mmv_status pattern_fill(const mmv_chunk *chunk, void *user)
{
    const struct pattern *pattern = user;
    uint64_t width = pattern->image.width;
    size_t size = mmi_type_size(pattern->image.type);
    size_t pixel = size * pattern->image.samples;
    char *data = chunk->data;
    if (pattern->kind == PATTERN_TILE)
        return fill_tile(pattern, data, chunk->count * pixel, chunk->index * pixel);
    struct place place = {chunk->index, chunk->index % width, chunk->index / width};
    for (size_t i = 0; i < chunk->count; i++, advance(&place, width)) {
        for (uint32_t c = 0; c < pattern->image.samples; c++, data += size)
            if (pattern->kind == PATTERN_NOISE)
                put_noise(pattern, place.pixel * pattern->image.samples + c, data);
            else
                mmi_sample_set(pattern->image.type, data, sample(pattern, &place, c));
    }
    return MMV_OK;
}
