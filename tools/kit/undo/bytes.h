/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_UNDO_BYTES_H
#define TOOLS_UNDO_BYTES_H

/*
 * bytes: the words of records of which nothing is known but how long they are: each byte as it was XOR as it is. Those
 * of records that have changed are kept, and of these the bytes that have changed in any of them.
 *
 *     which records | which of their bytes | these bytes of these records
 *
 *     WORDS_ROWS      record by record: fields that are alike as a whole, as text
 *     WORDS_COLUMNS   the first such byte of all records, then the next one: the upper bytes of numbers are alike
 *
 * Which ones is said in turns: so many not, so many, so many not, until there are no more.
 */

#include "kit/undo/words.h"

/*
 * bytes_pack() - as words_pack(), of words that are a record each. *changed_ret records have changed; of 0 there is a
 * result, too, which says that. False when there is no memory.
 */
bool bytes_pack(struct words_packer *packer, const struct words *words, size_t *changed_ret,
                struct words_packed *packed_ret);

/* bytes_xor() - the words of records, from what they were and what they are. */
void bytes_xor(unsigned char *words, const unsigned char *one, const unsigned char *other, size_t count);

/* bytes_changed() - after bytes_pack(): 1 for each record that has changed, 0 for another one. */
static inline const unsigned char *bytes_changed(const struct words_packer *packer)
{
    return packer->flags.bytes;
}

/* bytes_take() - words_unpack() of what is not compressed. */
bool bytes_take(const struct words_packed *plain, const struct words *words);

#endif
