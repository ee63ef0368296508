/* SPDX-License-Identifier: MIT */
/*
 * words: see words.h.
 *
 * 1. What is unpacked is stored to words[0..count) alone, whatever the bytes are: take_list() looks at each place
 *    before it stores there, and asserts it.
 */
#include "kit/undo/words.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "kit/undo/room.h"
#include "kit/undo/squeeze.h"

/* A list is chosen when at most one word of so many is not 0. */
#define SPARSE 12
/* Shorter ones stay as they are: zstd takes some microseconds for any, and these save little. */
#define SQUEEZE_FROM 512
/* Bytes that a number of 64 bits takes at most. */
#define NUMBER_MAX 10

static uint64_t get(const struct words *words, size_t at)
{
    uint64_t word = 0;
    for (size_t i = 0; i < words->size; i++)
        word |= (uint64_t)words->bytes[at * words->size + i] << (8 * i);
    return word;
}

static void set(const struct words *words, size_t at, uint64_t word)
{
    for (size_t i = 0; i < words->size; i++)
        words->bytes[at * words->size + i] = (unsigned char)(word >> (8 * i));
}

static size_t put_number(unsigned char *to, uint64_t number)
{
    size_t length = 0;
    for (; number >= 128; number >>= 7)
        to[length++] = (unsigned char)(number | 128);
    to[length++] = (unsigned char)number;
    return length;
}

/* Bytes that are looked at together: nearly all are zeros. */
#define LINE 128

static bool is_zero(const unsigned char *line)
{
    uint64_t any[4] = {0}, some[4];
    for (size_t i = 0; i < LINE; i += sizeof some) {
        memcpy(some, line + i, sizeof some);
        for (size_t k = 0; k < 4; k++)
            any[k] |= some[k];
    }
    return (any[0] | any[1] | any[2] | any[3]) == 0;
}

static size_t skip_zeros(const struct words *words, size_t at)
{
    size_t line = LINE / words->size, step = sizeof(uint64_t) / words->size, skipped = 0;
    while (at + skipped + line <= words->count && is_zero(words->bytes + (at + skipped) * words->size))
        skipped += line;
    for (uint64_t eight = 0; at + skipped + step <= words->count; skipped += step) {
        memcpy(&eight, words->bytes + (at + skipped) * words->size, sizeof eight);
        if (eight != 0)
            break;
    }
    return skipped;
}

static size_t put_list(unsigned char *to, const struct words *words)
{
    size_t length = 0, zeros = 0;
    for (size_t i = 0; i < words->count; i++, zeros++) {
        size_t skipped = skip_zeros(words, i);
        i += skipped;
        zeros += skipped;
        uint64_t word = i < words->count ? get(words, i) : 0;
        if (word == 0)
            continue;
        length += put_number(to + length, zeros);
        length += put_number(to + length, word);
        zeros = SIZE_MAX;
    }
    return length;
}

static void put_planes(unsigned char *to, const struct words *words)
{
    for (size_t plane = 0; plane < words->size; plane++, to += words->count)
        for (size_t i = 0; i < words->count; i++)
            to[i] = words->bytes[i * words->size + plane];
}

static bool squeeze_it(struct words_packer *packer, struct words_packed *packed)
{
    size_t room = squeeze_room(packed->plain);
    if (packed->plain < SQUEEZE_FROM)
        return true;
    if (!room_take(&packer->packed, &packer->packed_room, room))
        return false;
    size_t length = squeeze(&packer->squeezer, packer->packed, room, packed->bytes, packed->plain);
    if (length == 0 || length >= packed->plain)
        return true;
    packed->form |= WORDS_SQUEEZED;
    packed->bytes = packer->packed;
    packed->length = length;
    return true;
}

bool words_pack(struct words_packer *packer, const struct words *words, size_t kept, struct words_packed *packed_ret)
{
    bool is_list = kept <= words->count / SPARSE;
    size_t room = is_list ? kept * 2 * NUMBER_MAX : words->count * words->size;
    assert(kept > 0 && kept <= words->count && words->count * words->size <= WORDS_MAX);
    if (!room_take(&packer->plain, &packer->plain_room, room))
        return false;
    size_t length = room;
    if (is_list)
        length = put_list(packer->plain, words);
    else
        put_planes(packer->plain, words);
    *packed_ret = (struct words_packed){is_list ? WORDS_LIST : WORDS_PLANES, packer->plain, length, length};
    return squeeze_it(packer, packed_ret);
}

void words_drop(struct words_packer *packer)
{
    free(packer->plain);
    free(packer->packed);
    squeeze_drop(&packer->squeezer);
    *packer = (struct words_packer){0};
}

static bool take_number(const unsigned char **from, const unsigned char *end, uint64_t *number_ret)
{
    uint64_t number = 0;
    for (unsigned shift = 0; *from < end && shift < 64; shift += 7) {
        unsigned char byte = *(*from)++;
        number |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) {
            *number_ret = number;
            return true;
        }
    }
    return false;
}

static bool take_list(const struct words_packed *plain, const struct words *words)
{
    const unsigned char *from = plain->bytes, *end = from + plain->length;
    size_t at = 0;
    memset(words->bytes, 0, words->count * words->size);
    while (from < end) {
        uint64_t zeros, word;
        if (!take_number(&from, end, &zeros) || !take_number(&from, end, &word) || zeros >= words->count - at)
            return false;
        at += (size_t)zeros;
        assert(at < words->count); /* 1. */
        set(words, at++, word);
    }
    return true;
}

static bool take_planes(const struct words_packed *plain, const struct words *words)
{
    const unsigned char *from = plain->bytes;
    if (plain->length != words->count * words->size)
        return false;
    for (size_t plane = 0; plane < words->size; plane++, from += words->count)
        for (size_t i = 0; i < words->count; i++)
            words->bytes[i * words->size + plane] = from[i];
    return true;
}

static bool take_plain(const struct words_packed *plain, const struct words *words)
{
    if (plain->form == WORDS_LIST)
        return take_list(plain, words);
    return plain->form == WORDS_PLANES && take_planes(plain, words);
}

bool words_unpack(const struct words_packed *packed, struct words *words)
{
    if (!(packed->form & WORDS_SQUEEZED))
        return packed->length == packed->plain && take_plain(packed, words);
    /* What a frame says of itself is believed only as far as there can be such words. */
    if (packed->plain > words->count * 2 * NUMBER_MAX)
        return false;
    unsigned char *bytes = malloc(packed->plain + 1);
    const struct words_packed plain = {packed->form & ~(unsigned)WORDS_SQUEEZED, bytes, packed->plain, packed->plain};
    bool fine = bytes && squeeze_undo(bytes, packed->plain, packed->bytes, packed->length) && take_plain(&plain, words);
    free(bytes);
    return fine;
}
