/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_FORMATS_PARTS_H
#define MMIMAGE_FORMATS_PARTS_H

/* parts: which of several images in one file is meant, and what is said of the others. */

#include "formats/header.h"

/* What was asked for: a number from 1, or 0 for a name. */
typedef struct mmi__part {
    uint64_t number;
    bool is_all; /* "all", which is no name */
} mmi__part;

/* mmi__wanted_part() - what header->part says; the first when it is NULL. */
mmi__part mmi__wanted_part(const mmi__header *header);

/* mmi__refuse_part() - there is no such part: MMV_ENOENT. 'noun' is what the format has several of, "images". */
mmv_status mmi__refuse_part(mmi__header *header, uint64_t parts, const char *noun);

/* mmi__refuse_all() - the parts cannot be worked on as one: MMV_ENOTSUP, with the reason. */
mmv_status mmi__refuse_all(mmi__header *header, uint64_t parts, const char *reason);

/*
 * mmi__use_part() - put into the container which part it is, with a note when the file has others and none was chosen.
 * Shape:   'noun' in the singular, "image".
 */
void mmi__use_part(mmi__header *header, uint64_t part, uint64_t parts, const char *noun);

/*
 * mmi__add_part() - "all": part 'number' to the image that *all is to be; header->container is the first part, and says
 * what the others must be. The first call makes *all.
 * mmi__end_parts() - all 'parts' were added: they are the image, one below the other. It takes 'all' over.
 */
mmv_status mmi__add_part(mmi__header *header, const mmi_container *part, uint64_t number, const char *noun,
                         mmi_pieces **all);
mmv_status mmi__end_parts(mmi__header *header, uint64_t parts, mmi_pieces *all);

/* mmi__note_behind() - that the last of several parts ends at byte 'end', and nothing behind it could be read. */
void mmi__note_behind(mmi__header *header, uint64_t end, const char *noun);

/*
 * mmi__read_part - describes the part that begins at byte 'begin' in header->container.
 * Shape:   *next_ret = where another one begins, 0 when the file has no more. It is asked for parts that are not
 *          wanted, too: their notes are not kept.
 */
typedef mmv_status mmi__read_part(mmi__header *header, uint64_t begin, uint64_t *next_ret);

/*
 * mmi__read_sequence() - read the wanted one of parts that lie one behind the other.
 * Shape:   what comes behind a part that is not understood is not looked at. More than 10,000 are not counted.
 */
mmv_status mmi__read_sequence(mmi__header *header, mmi__read_part *read, const char *noun);

#endif
