/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_UNDO_WORDS_H
#define TOOLS_UNDO_WORDS_H

/*
 * words: the words of mmi_inverse_keep() as few bytes, and back.
 *
 *     few of them are not 0    a list: how many zeros are in front, the word, both in bytes of 7 bits, again and again
 *     many                     planes: the lowest byte of all words, the next byte of all words, ...
 *
 * Either is compressed where that makes it shorter.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum words_form { WORDS_LIST = 1, WORDS_PLANES = 2, WORDS_SQUEEZED = 16 };

/* So many bytes of words are taken at once, at most. */
#define WORDS_MAX ((size_t)1 << 26)

/* 'count' words of 'size' bytes each: 1, 2, 4 or 8. */
struct words {
    unsigned char *bytes;
    size_t count, size;
};

/* A thread's. Starts as zero bytes. */
struct words_packer {
    unsigned char *plain, *packed;
    size_t plain_room, packed_room;
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

/* words_unpack() - into words->bytes, whose count and size are those of then. False when the bytes are none of it. */
bool words_unpack(const struct words_packed *packed, struct words *words);

#endif
