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

#include "kit/undo/bytes.h"
#include "kit/undo/number.h"
#include "kit/undo/room.h"
#include "kit/undo/squeeze.h"

/* A list is chosen when at most one word of so many is not 0. */
#define SPARSE 12

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

/* Bytes that are looked at together: nearly all are zeros. */
#define LINE 512

/* Each byte is as the one before it, and the first is 0: memcmp(3) is as fast as the processor can. */
static bool is_zero(const unsigned char *line)
{
    return line[0] == 0 && memcmp(line, line + 1, LINE - 1) == 0;
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
        length += number_put(to + length, zeros);
        length += number_put(to + length, word);
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

bool words_room(struct words_room *room, size_t length)
{
    return room_take(&room->bytes, &room->size, length);
}

bool words_squeeze(struct words_packer *packer, struct words_room *room, struct words_packed *packed)
{
    if (packed->plain < WORDS_SQUEEZE_FROM)
        return true;
    size_t most = squeeze_room(packed->plain);
    if (!words_room(room, most))
        return false;
    size_t length = squeeze(&packer->squeezer, room->bytes, most, packed->bytes, packed->plain);
    if (length == 0 || length >= packed->plain)
        return true;
    packed->form |= WORDS_SQUEEZED;
    packed->bytes = room->bytes;
    packed->length = length;
    return true;
}

bool words_pack(struct words_packer *packer, const struct words *words, size_t kept, struct words_packed *packed_ret)
{
    bool is_list = kept <= words->count / SPARSE;
    size_t room = is_list ? kept * 2 * NUMBER_MAX : words->count * words->size;
    assert(kept > 0 && kept <= words->count && words->count * words->size <= WORDS_MAX);
    if (!words_room(&packer->plain, room))
        return false;
    unsigned char *plain = packer->plain.bytes;
    size_t length = room;
    if (is_list)
        length = put_list(plain, words);
    else
        put_planes(plain, words);
    *packed_ret = (struct words_packed){is_list ? WORDS_LIST : WORDS_PLANES, plain, length, length};
    return words_squeeze(packer, &packer->packed, packed_ret);
}

void words_drop(struct words_packer *packer)
{
    struct words_room *rooms[] = {&packer->plain, &packer->packed, &packer->flags, &packer->turned, &packer->other};
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++)
        free(rooms[i]->bytes);
    squeeze_drop(&packer->squeezer);
    *packer = (struct words_packer){.turn = 0};
}

static bool take_list(const struct words_packed *plain, const struct words *words)
{
    const unsigned char *from = plain->bytes, *end = from + plain->length;
    size_t at = 0;
    if (words->size > sizeof(uint64_t))
        return false;
    memset(words->bytes, 0, words->count * words->size);
    while (from < end) {
        uint64_t zeros, word;
        if (!number_take(&from, end, &zeros) || !number_take(&from, end, &word) || zeros >= words->count - at)
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
    switch (plain->form) {
    case WORDS_LIST:
        return take_list(plain, words);
    case WORDS_PLANES:
        return take_planes(plain, words);
    case WORDS_ROWS:
    case WORDS_COLUMNS:
        return bytes_take(plain, words);
    default:
        return false;
    }
}

bool words_unpack(const struct words_packed *packed, struct words *words)
{
    if (!(packed->form & WORDS_SQUEEZED))
        return packed->length == packed->plain && take_plain(packed, words);
    /* What a frame says of itself is believed only as far as there can be such words. */
    if (packed->plain > words->count * (words->size + 2 * NUMBER_MAX) + words->size + 2)
        return false;
    unsigned char *bytes = malloc(packed->plain + 1);
    const struct words_packed plain = {packed->form & ~(unsigned)WORDS_SQUEEZED, bytes, packed->plain, packed->plain};
    bool fine = bytes && squeeze_undo(bytes, packed->plain, packed->bytes, packed->length) && take_plain(&plain, words);
    free(bytes);
    return fine;
}
