/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_UNDO_WORDS_H
#define TOOLS_UNDO_WORDS_H

/*
 * words: the words of mmi_inverse_keep() as few bytes, and back.
 *
 *     few of them are not 0    a list: how many zeros are in front, the word, both in bytes of 7 bits, again and again
 *     many                     planes: the lowest byte of all words, the next byte of all words, ...
 *
 * Either is compressed where that makes it shorter. The words of records of which no sample is known are in bytes.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum words_form { WORDS_LIST = 1, WORDS_PLANES = 2, WORDS_ROWS = 3, WORDS_COLUMNS = 4, WORDS_SQUEEZED = 16 };

/* So many bytes of words are taken at once, at most. */
#define WORDS_MAX ((size_t)1 << 26)

/* Shorter ones stay as they are: zstd takes some microseconds for any, and these save little. */
#define WORDS_SQUEEZE_FROM 512

/* 'count' words of 'size' bytes each: 1, 2, 4 or 8; in bytes.h any. */
struct words {
    unsigned char *bytes;
    size_t count, size;
};

/* Memory that grows. */
struct words_room {
    unsigned char *bytes;
    size_t size;
};

/* A thread's. Starts as zero bytes. */
struct words_packer {
    struct words_room plain, packed;
    struct words_room flags, turned, other; /* of bytes.h */
    unsigned turn;                          /* the same: how often there were two ways */
    bool likes_rows;                        /* and which was shorter the last time that both were tried */
    void *squeezer;
};

/* What came of packing: the packer's until it is used again. */
struct words_packed {
    unsigned form; /* of enum words_form */
    const unsigned char *bytes;
    size_t length, plain; /* of them, and before they were compressed */
};

/* words_pack() - 'kept' of the words are not 0. False when there is no memory. words_drop() in the end. */
bool words_pack(struct words_packer *packer, const struct words *words, size_t kept, struct words_packed *packed_ret);
void words_drop(struct words_packer *packer);

/* words_room() - so many bytes; what was there may be lost. False = no memory. */
bool words_room(struct words_room *room, size_t length);

/* words_squeeze() - what was packed, compressed into a room where that is shorter. False = no memory. */
bool words_squeeze(struct words_packer *packer, struct words_room *room, struct words_packed *packed);

/* words_unpack() - into words->bytes, whose count and size are those of then. False when the bytes are none of it. */
bool words_unpack(const struct words_packed *packed, struct words *words);

#endif
