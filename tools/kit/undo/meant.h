/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_UNDO_MEANT_H
#define TOOLS_UNDO_MEANT_H

/*
 * meant: the samples that a recipe means among records of a span. Of pieces there are other bytes in a span, which are
 * neither kept, nor compared, nor restored.
 *
 *     span      |================================|
 *     pieces     |row|  |row|  |row|   |row|row|          padding, and what others have between tiles
 */

#include <mmimage/inverse.h>

#include "kit/undo/recipe.h"

/* Records of one span, in memory. */
struct meant_records {
    const void *bytes;
    uint64_t offset;       /* of the first one in FILE */
    size_t record, stride; /* bytes of one, and from one to the next in memory */
    uint64_t file_stride;  /* and in FILE */
    size_t count;
};

/* Samples that lie together. */
struct meant_part {
    uint64_t place; /* an mmi_batch's offset */
    size_t at;      /* of the records, if they lay close together */
    size_t apart;   /* in memory, from the first record on */
    size_t length;
};

struct meant {
    const struct recipe *recipe;
    struct meant_records records;
    size_t index, done; /* the record that is looked at, and bytes of it that were */
    size_t piece;       /* the first that may have bytes from there on */
};

/* meant_begin() - from the first record on. meant_next() - the next part, in the order of FILE; false = there is none.
 */
struct meant meant_begin(const struct recipe *recipe, const struct meant_records *records);
bool meant_next(struct meant *meant, struct meant_part *part_ret);

/*
 * meant_keep() - the words of records that are about to change, as mmi_inverse_keep() has them: those of other bytes
 * are 0. words[0..) has room for all records, one behind the other. Returns how many words are not 0; only then they
 * have a meaning.
 */
size_t meant_keep(const struct recipe *recipe, const mmi_inverse *inverse, const struct meant_records *records,
                  unsigned char *words);

/*
 * meant_restore() - data[0..), where the records are, becomes what it was; words as above, NULL = all are 0. 'old' has
 * room as the words do. False when not all of it can be: nothing is touched then.
 */
struct meant_back {
    char *data;
    unsigned char *old;
    const unsigned char *words;
};
bool meant_restore(const struct recipe *recipe, const mmi_inverse *inverse, const struct meant_records *records,
                   const struct meant_back *back);

#endif
