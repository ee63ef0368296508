/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_PIECES_H
#define MMIMAGE_PIECES_H

/*
 * pieces: an image that lies in a file in many pieces, as tiles, strips or pages.
 * Each piece is a small image. The pieces may also lie in several files. Then each file has an equal share of the
 * image, and each piece lies within one file.
 *
 *     the image              the file
 *     +----+----+--+         | header | 1 | 4 |   | 0 | 2 | directory | 5 | 3 |
 *     | 0  | 1  | 2|.
 *     +----+----+--+.        Pieces are numbered in the order of the image: frame after frame, in a frame
 *     | 3  | 4  | 5|.        plane after plane (bsq), and there row after row. The padding of a piece lies
 *     +----+----+--+.        outside of the image, and has no samples.
 *      .............
 *
 * All pieces of a frame have the same width and height, except at the right and lower edge. So a piece takes only 8
 * bytes of memory, for its place in the file. It takes 4 more where the file has the pieces in another order than the
 * image. No two pieces share a byte.
 */

#include <mmimage/image.h>

MMV_BEGIN_DECLS

typedef struct mmi_pieces mmi_pieces;

/* The most pieces of an image. An image with more is refused: their places would fill the memory. */
#define MMI_PIECES_MAX (UINT64_C(1) << 24)

/* One piece, without its padding. A row begins every 'stride' bytes; the first bytes of a row are its samples. */
typedef struct mmi_piece {
    uint64_t offset, length; /* its bytes in the file, with its padding */
    uint64_t x, y;           /* place of its first pixel in the image */
    uint64_t width, height;  /* pixels of the piece that lie in the image */
    uint64_t stride;         /* bytes from row to row */
    uint32_t channel;        /* channel of its first sample */
    uint32_t samples;        /* samples per pixel: one of each channel, or 1 (bsq) */
    uint32_t file;           /* number of the file that has the piece, from 0 */
} mmi_piece;

/* mmi_pieces_count() - how many pieces there are, at least 1. */
MMV_API uint64_t mmi_pieces_count(const mmi_pieces *pieces);

/*
 * mmi_pieces_get() - the number-th piece in the order of the image. mmi_pieces_get_placed() - the rank-th piece in the
 * order of offsets in the file, file after file. Both count from 0.
 */
MMV_API mmi_piece mmi_pieces_get(const mmi_pieces *pieces, uint64_t number);
MMV_API mmi_piece mmi_pieces_get_placed(const mmi_pieces *pieces, uint64_t rank);

/* mmi_pieces_image() - the whole image, of which the pieces are parts. */
MMV_API const mmi_image *mmi_pieces_image(const mmi_pieces *pieces);

/* mmi_pieces_files() - in how many files the pieces lie, at least 1. */
MMV_API uint32_t mmi_pieces_files(const mmi_pieces *pieces);

/* mmi_pieces_ranks() - which ranks are in one file: offset = the first rank, length = the number of ranks. */
MMV_API mmv_range mmi_pieces_ranks(const mmi_pieces *pieces, uint32_t file);

/* mmi_pieces_reach() - the range of a file from the first byte that belongs to a piece to the last. */
MMV_API mmv_range mmi_pieces_reach(const mmi_pieces *pieces, uint32_t file);

/* mmi_pieces_find() - the number of the piece that has a sample of the image. */
MMV_API uint64_t mmi_pieces_find(const mmi_pieces *pieces, uint64_t x, uint64_t y, uint32_t channel);

/*
 * mmi_piece_meant() - the pixels of a piece that a selection contains, as a rectangle of the piece. False when it
 * contains no pixel of the piece.
 * Shape:   with bsq a piece has one channel; when the selection leaves this channel out, the answer is false. With
 *          other layouts the channels do not matter. The width and height of the region may be 0, as in mmi_selection.
 */
MMV_API bool mmi_piece_meant(const mmi_pieces *pieces, const mmi_piece *piece, const mmi_selection *selection,
                             mmi_region *meant_ret);

/*
 * mmi_scout - tells which bytes of a file are samples of a selection. A scout is for callers that go through the bytes
 * in the order of the file; they may begin at any byte.
 * Threads: one scout per thread; all may use one list of pieces. The struct may be copied.
 */
typedef struct mmi_scout {
    const mmi_pieces *pieces;
    mmi_selection selection; /* which samples are wanted; the array of channels stays the caller's */
    uint32_t file;           /* number of the file with the bytes: 0 at first; the caller may set another */
    uint64_t rank_;          /* the rank of the piece that was found last; not for the caller */
} mmi_scout;

/* Bytes that lie one behind the other. Either all of them belong to the selection (is_meant), or none. */
typedef struct mmi_stretch {
    uint64_t length;  /* bytes; UINT64_MAX behind the last piece */
    uint64_t place;   /* bytes from the start of the piece's row to the stretch; a row begins with the first channel */
    uint32_t channel; /* with bsq the piece's channel, otherwise 0 */
    bool is_meant;
} mmi_stretch;

/* mmi_scout_begin() - a scout for the first file. Region and channels may be 0 and NULL, as in mmi_selection. */
MMV_API mmi_scout mmi_scout_begin(const mmi_pieces *pieces, const mmi_selection *selection);

/* mmi_scout_look() - the stretch of bytes that begins at 'offset'. */
MMV_API mmi_stretch mmi_scout_look(mmi_scout *scout, uint64_t offset);

/*
 * mmi_pieces_of_rows() - make the pieces of an image whose rows have gaps between them. The first row begins at byte
 * 'offset' of a file of 'size' bytes. Each other row begins 'row_bytes' behind the start of the row before it. Bytes of
 * gaps are no samples. The gap behind the last row may be missing.
 * Shape:   a row is one row of pixels (bip), one line of each channel (bil), or one row of a channel (bsq). The planes
 *          of bsq lie one behind the other. With bil each piece is a row of one channel, as in a bsq image.
 * Owner:   the caller, for mmi_pieces_destroy().
 * Errors:  MMV_EINVAL(row_bytes) when a row of samples is longer than row_bytes, or when not all rows lie in the file.
 *          MMV_EINVAL(pieces) when there are too many lines (bil); MMV_EINVAL of mmi_image_check(); MMV_ENOMEM. After
 *          an error *pieces_ret is untouched.
 */
MMV_API mmv_status mmi_pieces_of_rows(const mmi_image *image, uint64_t offset, uint64_t row_bytes, uint64_t size,
                                      mmi_pieces **pieces_ret);

/* mmi_pieces_destroy() - free the pieces and set *pieces to NULL; a NULL *pieces is fine. */
MMV_API void mmi_pieces_destroy(mmi_pieces **pieces);

MMV_END_DECLS

#endif
