/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_PIECES_H
#define MMIMAGE_PIECES_H

/*
 * pieces: an image whose samples lie in many places of a file, each of them a small image: a tile, a strip, a page. Or
 * in several files, each of which has equally much of it: then a piece lies in one of them.
 *
 *     the image              the file
 *     +----+----+--+         | header | 1 | 4 |   | 0 | 2 | directory | 5 | 3 |
 *     | 0  | 1  | 2|.
 *     +----+----+--+.        Pieces are numbered in the order of the image: frame after frame, in each plane after
 *     | 3  | 4  | 5|.        plane (bsq), in each row after row. What of a piece lies outside of the image, its
 * padding,
 *     +----+----+--+.        is no sample.
 *      .............
 *
 * Pieces of one frame are equal in width and height. So all that is kept of a piece is where it lies: 8 bytes, and 4
 * more where the file has them in another order. No two share a byte.
 */

#include <mmimage/image.h>

MMV_BEGIN_DECLS

typedef struct mmi_pieces mmi_pieces;

/* More pieces of one image are refused: their places would fill the memory. */
#define MMI_PIECES_MAX (UINT64_C(1) << 24)

/* One piece, without its padding. Rows have 'stride' bytes from one to the next, of which the first are samples. */
typedef struct mmi_piece {
    uint64_t offset, length; /* its bytes in the file, with its padding */
    uint64_t x, y;           /* of its first pixel in the image */
    uint64_t width, height;  /* pixels that the image has of it */
    uint64_t stride;         /* bytes from row to row */
    uint32_t channel;        /* of its first sample */
    uint32_t samples;        /* per pixel: of all channels, or 1 (bsq) */
    uint32_t file;           /* which has it, from 0 */
} mmi_piece;

/* mmi_pieces_count() - how many there are, at least 1. */
MMV_API uint64_t mmi_pieces_count(const mmi_pieces *pieces);

/*
 * mmi_pieces_get() - the number-th piece, in the order of the image. mmi_pieces_get_placed() - in that of the file, and
 * file after file.
 */
MMV_API mmi_piece mmi_pieces_get(const mmi_pieces *pieces, uint64_t number);
MMV_API mmi_piece mmi_pieces_get_placed(const mmi_pieces *pieces, uint64_t rank);

/* mmi_pieces_image() - the whole image. */
MMV_API const mmi_image *mmi_pieces_image(const mmi_pieces *pieces);

/* mmi_pieces_files() - in how many files they lie, at least 1. */
MMV_API uint32_t mmi_pieces_files(const mmi_pieces *pieces);

/* mmi_pieces_ranks() - which pieces, in the order of the files, lie in one of them: the first, and how many. */
MMV_API mmv_range mmi_pieces_ranks(const mmi_pieces *pieces, uint32_t file);

/* mmi_pieces_reach() - from the first byte of all pieces in a file to the last. */
MMV_API mmv_range mmi_pieces_reach(const mmi_pieces *pieces, uint32_t file);

/* mmi_pieces_find() - the number of the piece with a sample of the image. */
MMV_API uint64_t mmi_pieces_find(const mmi_pieces *pieces, uint64_t x, uint64_t y, uint32_t channel);

/*
 * mmi_piece_meant() - which pixels of a piece a selection means, as a rectangle of the piece. False when it means none.
 * Shape:   of bsq a piece has one channel, which the selection may leave out; otherwise the channels do not matter.
 *          The region's edges may be 0, as in mmi_selection.
 */
MMV_API bool mmi_piece_meant(const mmi_pieces *pieces, const mmi_piece *piece, const mmi_selection *selection,
                             mmi_region *meant_ret);

/*
 * mmi_scout - what the bytes of a file are, from any byte on: for whoever gets them in the order of the file.
 * Threads: a scout each, on one list of pieces. Copy the struct as you like.
 */
typedef struct mmi_scout {
    const mmi_pieces *pieces;
    mmi_selection selection; /* which samples are meant; the channels are the caller's */
    uint32_t file;           /* whose bytes they are: 0, or what the caller sets */
    uint64_t rank_;          /* not to be touched: of the piece that was found last */
} mmi_scout;

/* Bytes that lie one behind the other: samples that are meant, or none. */
typedef struct mmi_stretch {
    uint64_t length;  /* bytes; UINT64_MAX behind the last piece */
    uint64_t place;   /* bytes from its row's first to this one; rows of a piece begin with the first channel */
    uint32_t channel; /* of bsq the piece's, otherwise 0 */
    bool is_meant;
} mmi_stretch;

/* mmi_scout_begin() - for the first file. Region and channels may be those of mmi_selection. */
MMV_API mmi_scout mmi_scout_begin(const mmi_pieces *pieces, const mmi_selection *selection);

/* mmi_scout_look() - the bytes from 'offset' on, as far as they are alike. */
MMV_API mmi_stretch mmi_scout_look(mmi_scout *scout, uint64_t offset);

/*
 * mmi_pieces_of_rows() - an image whose rows do not lie close together. The first is at byte 'offset' of a file of
 * 'size' bytes, each 'row_bytes' behind the one before it. Bytes between them are no sample, and need not be there
 * behind the last row.
 * Shape:   a row is one of pixels (bip), one of lines of all channels (bil), or one of a channel (bsq). The planes of
 *          bsq lie one behind the other. The pieces of bil are those of a bsq image, a row of a channel each.
 * Owner:   the caller, for mmi_pieces_destroy().
 * Errors:  MMV_EINVAL(row_bytes): rows are longer, or not all in the file; MMV_EINVAL(pieces): too many lines (bil);
 *          MMV_EINVAL of mmi_image_check(); MMV_ENOMEM. *pieces_ret is untouched then.
 */
MMV_API mmv_status mmi_pieces_of_rows(const mmi_image *image, uint64_t offset, uint64_t row_bytes, uint64_t size,
                                      mmi_pieces **pieces_ret);

/* mmi_pieces_destroy() - *pieces becomes NULL; a NULL *pieces is fine. */
MMV_API void mmi_pieces_destroy(mmi_pieces **pieces);

MMV_END_DECLS

#endif
