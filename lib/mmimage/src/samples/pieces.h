/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_SRC_PIECES_H
#define MMIMAGE_SRC_PIECES_H

/*
 * pieces: how a reader makes a list of pieces.
 *
 *     mmi__pieces_begin() -> mmi__pieces_add() for each frame, which the reader fills -> mmi__pieces_end()
 */

#include <mmimage/pieces.h>

/* How a frame is cut. */
typedef struct mmi__cut {
    uint64_t width, height; /* of a piece, in pixels; a width of the frame's = strips */
    uint64_t stride; /* bytes from row to row of a piece; 0 = as wide as the rows are. The last has none behind */
    bool is_padded;  /* pieces at the right and lower edge are in the file as large as the others */
} mmi__cut;

/* mmi__cut_count() - how many pieces a frame has. False when there are too many, or the cut makes no sense. */
bool mmi__cut_count(const mmi_image *frame, const mmi__cut *cut, uint64_t *count_ret);

/*
 * mmi__pieces_begin() - for frames like this one, whose width and height are known.
 * Owner:   the caller, for mmi_pieces_destroy(). NULL when there is no memory.
 */
mmi_pieces *mmi__pieces_begin(const mmi_image *frame);

/*
 * mmi__pieces_add() - one more frame, cut like this.
 * Shape:   *offsets_ret[0..count) is to be filled: where each piece lies; good until the next call.
 * Errors:  MMV_ENOMEM, MMV_EINVAL(pieces) when there are too many.
 */
mmv_status mmi__pieces_add(mmi_pieces *pieces, const mmi__cut *cut, uint64_t **offsets_ret);

/* mmi__planes() - how many planes an image has that lie one behind the other. */
static inline uint32_t mmi__planes(const mmi_image *image)
{
    return image->layout == MMI_BSQ ? image->samples : 1;
}

/*
 * mmi__pieces_split() - the samples lie in so many files, each with 'slab' bytes of them from byte 'base' on: the
 * offsets are those as if these lay one behind the other. Before mmi__pieces_end(), whose 'size' is that of all slabs.
 * mmi__pieces_rebase() - in one of the files they begin elsewhere.
 */
mmv_status mmi__pieces_split(mmi_pieces *pieces, uint64_t slab, uint32_t files, uint64_t base);
uint64_t mmi__pieces_slab(const mmi_pieces *pieces);
void mmi__pieces_rebase(mmi_pieces *pieces, uint32_t file, uint64_t base);

/*
 * mmi__pieces_add_frame() - one more frame, whose rows follow each other closely from 'offset' on (not bil).
 * Errors:  those of mmi__pieces_add().
 */
mmv_status mmi__pieces_add_frame(mmi_pieces *pieces, const mmi_image *frame, uint64_t offset);

/*
 * mmi__pieces_of_slabs() - an image that was cut into equal slabs, one a file, from byte 'base' of each on.
 * Errors:  MMV_EINVAL(slab): a slab has no whole rows (of bil lines of a channel); MMV_EINVAL(pieces): too many;
 *          MMV_ENOMEM. *pieces_ret is untouched then.
 */
mmv_status mmi__pieces_of_slabs(const mmi_image *image, uint32_t files, uint64_t base, mmi_pieces **pieces_ret);

/* What is wrong with a list. */
typedef struct mmi__pieces_fault {
    uint64_t number, other; /* the piece, and the one that it shares bytes with; equal = it is not all in the file */
} mmi__pieces_fault;

/*
 * mmi__pieces_end() - all frames are there: look whether each piece lies in the file, and shares no byte with another.
 * Errors:  MMV_ETRUNC, MMV_EINVAL: *fault_ret tells which; MMV_ERANGE(pieces) when all rows are too many; MMV_ENOMEM.
 */
mmv_status mmi__pieces_end(mmi_pieces *pieces, uint64_t size, mmi__pieces_fault *fault_ret);

/*
 * mmi__pieces_are_one() - whether the samples lie in the file as they do in a raw image: then there is no need for a
 * list. *offset_ret is where they begin. After mmi__pieces_end().
 */
bool mmi__pieces_are_one(const mmi_pieces *pieces, uint64_t *offset_ret);

#endif
