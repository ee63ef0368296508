/* SPDX-License-Identifier: MIT */
#ifndef MMI_FORMATS_CLUES_H
#define MMI_FORMATS_CLUES_H

/*
 * clues: what a file's first bytes tell of it.
 *
 *     marks.c        a container that has a reader
 *     signatures.c   a file of another kind, which is never raw samples
 *     plain_text.c   text
 *
 * Bytes are compared, nothing is believed: whoever is found here is read, or refused, by somebody else.
 */

#include <mmimage/container.h>

/* The first bytes of a file: bytes[0..length), MMI__START of them or, of a shorter file, all. */
typedef struct mmi__start {
    const unsigned char *bytes;
    size_t length;
    uint64_t size; /* of the whole file */
} mmi__start;

/* HDF5's place behind a block of 4 KiB is among them. */
#define MMI__START 4160

/* The container whose mark is there, or MMI_RAW. */
mmi_format mmi__marked_format(const mmi__start *start);

/* A kind of file. */
typedef struct mmi__signature {
    uint64_t at; /* where its bytes are */
    unsigned length;
    const char *bytes;
    const char *mask; /* the bits that count; NULL = all */
    bool (*check)(const mmi__start *start);
    const char *name;
    const char *remedy;
} mmi__signature;

/* The remedies of rows that are text, and of UTF-16: who has one of these may be a header without a mark. */
extern const char mmi__text_remedy[], mmi__wide_remedy[];

/* mmi__signature_at() - the rows of the table by number; NULL behind the last. */
const mmi__signature *mmi__signature_at(size_t index);

/* mmi__find_signature() - the first row that the bytes have; NULL = none. Rows behind them are not looked at. */
const mmi__signature *mmi__find_signature(const mmi__start *start);

/* Whether it is plainly text: name and remedy of a row. */
const mmi__signature *mmi__find_text(const mmi__start *start);

#endif
