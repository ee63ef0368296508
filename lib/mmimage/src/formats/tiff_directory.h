/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_FORMATS_TIFF_DIRECTORY_H
#define MMIMAGE_FORMATS_TIFF_DIRECTORY_H

/*
 * tiff_directory: the directories of a TIFF or BigTIFF file, and the bytes that they take: no sample may lie there.
 *
 *     | II*. first | ... samples, values of entries ... | entries | next -> the next directory, or 0
 */

#include "formats/header.h"

/* What an entry says: its values lie in the entry itself when they fit there. */
typedef struct mmi__tiff_entry {
    uint16_t tag, type; /* type 0: what it says makes no sense */
    uint64_t count;     /* values */
    uint64_t place;     /* of the first value in the file */
    uint64_t bytes;     /* of all of them */
} mmi__tiff_entry;

typedef struct mmi__tiff_directory {
    uint64_t offset, next;
    mmi__tiff_entry *entries;
    size_t count;
} mmi__tiff_directory;

#define MMI__TIFF_NONE ((mmi__tiff_directory){0})

/* The file, and what is known of it so far. */
typedef struct mmi__tiff {
    mmi__header *header;
    bool big_endian, is_big; /* BigTIFF */
    uint64_t first;          /* where its first directory lies */
    struct mmi__taken {      /* bytes; in the end sorted, without overlap */
        struct mmi__taken_bytes {
            mmv_range range;
            const char *what;
        } * list;
        size_t count, room;
    } taken, others;  /* by the header and directories; by samples that are not worked on */
    uint64_t entries; /* of all directories so far */
    bool is_settled;
} mmi__tiff;

/* mmi__tiff_begin() - the file's first bytes. mmi__tiff_end() - in any case. */
mmv_status mmi__tiff_begin(mmi__tiff *tiff, mmi__header *header);
void mmi__tiff_end(mmi__tiff *tiff);

/*
 * mmi__tiff_load() - a directory; its bytes and those of its values are taken then.
 * Owner:   the caller, for mmi__tiff_drop(); what the struct has is dropped first.
 */
mmv_status mmi__tiff_load(mmi__tiff *tiff, uint64_t offset, mmi__tiff_directory *directory);
void mmi__tiff_drop(mmi__tiff_directory *directory);

/* mmi__tiff_find() - the first entry with this tag; NULL when there is none. */
const mmi__tiff_entry *mmi__tiff_find(const mmi__tiff_directory *directory, uint16_t tag);

/* mmi__tiff_kind() - the samples that values of an entry's type are; MMI_KINDS = none. */
mmi_kind mmi__tiff_kind(const mmi__tiff_entry *entry);

/* A tag, and how messages call it. */
typedef struct mmi__tiff_tag {
    uint16_t number;
    const char *name;
} mmi__tiff_tag;

/*
 * mmi__tiff_number() - a tag that has one whole number; 'otherwise' when the tag is not there.
 * mmi__tiff_per_sample() - one that has the same number for each of 'samples', or one for all; 1 when it is not there.
 * mmi__tiff_text() - the first bytes of a text, ended by a NUL; "" when it is not there.
 * Errors:  MMV_EINVAL, said with the tag's name; what the caller's function returned.
 */
mmv_status mmi__tiff_number(mmi__tiff *tiff, const mmi__tiff_directory *directory, mmi__tiff_tag tag,
                            uint64_t otherwise, uint64_t *number_ret);
mmv_status mmi__tiff_per_sample(mmi__tiff *tiff, const mmi__tiff_directory *directory, mmi__tiff_tag tag,
                                uint64_t samples, uint64_t *number_ret);
mmv_status mmi__tiff_text(mmi__tiff *tiff, const mmi__tiff_directory *directory, uint16_t tag, char *text, size_t size);

/* The values of an entry, one after the other: bounded memory, however many there are. */
typedef struct mmi__tiff_numbers {
    mmi__tiff *tiff;
    const mmi__tiff_entry *entry;
    uint64_t next, loaded; /* values */
    unsigned char bytes[4096];
} mmi__tiff_numbers;

/* mmi__tiff_numbers_begin() - false when they are no whole numbers. mmi__tiff_next() - the next one, which is there. */
bool mmi__tiff_numbers_begin(mmi__tiff *tiff, const mmi__tiff_entry *entry, mmi__tiff_numbers *numbers_ret);
mmv_status mmi__tiff_next(mmi__tiff_numbers *numbers, uint64_t *number_ret);

/*
 * mmi__tiff_settle() - all directories are loaded. From then on mmi__tiff_taken() says what these bytes are, NULL =
 * nothing that is known. mmi__tiff_take() - these are something else, too; then it is settled again.
 */
void mmi__tiff_settle(mmi__tiff *tiff);
mmv_status mmi__tiff_take(mmi__tiff *tiff, mmv_range range, const char *what);
const char *mmi__tiff_taken(const mmi__tiff *tiff, mmv_range range);

#endif
