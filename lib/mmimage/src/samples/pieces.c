/* SPDX-License-Identifier: MIT */
/*
 * pieces: see mmimage/pieces.h.
 *
 *     cuts       how frames are cut: one for all of them, or a new one from some frame on
 *     offsets    of each piece, in the order of the image
 *     order      the numbers of the pieces in the order of the file; NULL = the same
 *
 * 1. Pieces lie in the file, in the order of 'order', and no two share a byte: mmi__pieces_end() refuses others, which
 *    strangers' headers may ask for: no assert. So a search by halves finds the piece at a byte.
 * 2. What a piece's number means follows from the cuts alone, by division: nothing is kept of a piece but its offset.
 *    No assert: there is nothing that could differ.
 * 3. In several files offsets count as if what each file has of the image lay behind that of the file before: 'slab'
 *    bytes of each, from byte bases[file] of it on. No piece lies in two: mmi__pieces_end() asserts it.
 */

#include "samples/pieces.h"
#include "samples/region.h"

#include <mmview/range.h>

#include <assert.h>
#include <stdlib.h>

#define OPERATION "list pieces"

/* Frames that are cut alike, from 'frame' on. */
struct cut {
    mmi__cut cut;
    uint64_t frame, first;  /* of the frames, and of their pieces */
    uint64_t across, down;  /* pieces of a plane */
    uint64_t pieces;        /* of a frame */
    uint64_t stride, bytes; /* of a piece: from row to row, and of a whole one */
};

struct mmi_pieces {
    mmi_image frame, image;
    uint64_t frames;
    struct cut *cuts;
    size_t cut_count, cut_room;
    uint64_t *offsets;
    uint64_t count, room;
    uint32_t *order;
    uint64_t *bases; /* bases[0..files); NULL = all lies in one file, from its byte 0 on */
    uint64_t slab;
    uint32_t files;
};

/* ---- making one -------------------------------------------------------------------------------------------------- */

/* What lies together: a pixel, or a sample of one channel. */
static bool shape_cut(const mmi_image *frame, const mmi__cut *cut, struct cut *shape)
{
    uint64_t plane;
    if (cut->width == 0 || cut->height == 0 || frame->layout == MMI_BIL)
        return false;
    *shape = (struct cut){.cut = *cut};
    shape->across = (frame->width - 1) / cut->width + 1;
    shape->down = (frame->height - 1) / cut->height + 1;
    uint64_t row;
    if (!mmv_product(cut->width, mmi_image_record(frame), &row) || (cut->stride && cut->stride < row))
        return false;
    shape->stride = cut->stride ? cut->stride : row;
    return mmv_product(shape->across, shape->down, &plane) && mmv_product(plane, mmi__planes(frame), &shape->pieces) &&
           shape->pieces <= MMI_PIECES_MAX && mmv_product(cut->height, shape->stride, &shape->bytes);
}

bool mmi__cut_count(const mmi_image *frame, const mmi__cut *cut, uint64_t *count_ret)
{
    struct cut shape;
    if (!shape_cut(frame, cut, &shape))
        return false;
    *count_ret = shape.pieces;
    return true;
}

mmi_pieces *mmi__pieces_begin(const mmi_image *frame)
{
    mmi_pieces *pieces = calloc(1, sizeof *pieces);
    assert(mmi_image_check(frame, NULL) == MMV_OK && frame->width > 0 && frame->height > 0);
    if (pieces) {
        pieces->frame = *frame;
        pieces->files = 1;
    }
    return pieces;
}

mmv_status mmi__pieces_split(mmi_pieces *pieces, uint64_t slab, uint32_t files, uint64_t base)
{
    assert(slab > 0 && files > 0 && !pieces->bases);
    pieces->bases = calloc(files, sizeof *pieces->bases);
    if (!pieces->bases)
        return mmv_error_set(MMV_ENOMEM, 0, OPERATION);
    for (uint32_t i = 0; i < files; i++)
        pieces->bases[i] = base;
    pieces->slab = slab;
    pieces->files = files;
    return MMV_OK;
}

uint64_t mmi__pieces_slab(const mmi_pieces *pieces)
{
    return pieces->slab;
}

void mmi__pieces_rebase(mmi_pieces *pieces, uint32_t file, uint64_t base)
{
    assert(pieces->bases && file < pieces->files);
    pieces->bases[file] = base;
}

/* Room for 'more' elements behind 'count', twice as much each time. NULL when there is none. */
static void *make_room(void *list, uint64_t count, uint64_t more, uint64_t *room, size_t size)
{
    uint64_t wanted = count + more, bytes;
    if (wanted <= *room)
        return list;
    wanted = mmv_max(wanted, *room > MMI_PIECES_MAX ? *room : 2 * *room);
    if (!mmv_product(wanted, size, &bytes) || bytes > SIZE_MAX / 2)
        return NULL;
    void *larger = realloc(list, (size_t)bytes);
    if (larger)
        *room = wanted;
    return larger;
}

static bool is_same_cut(const mmi__cut *a, const mmi__cut *b)
{
    return a->width == b->width && a->height == b->height && a->is_padded == b->is_padded && a->stride == b->stride;
}

mmv_status mmi__pieces_add(mmi_pieces *pieces, const mmi__cut *cut, uint64_t **offsets_ret)
{
    struct cut shape;
    uint64_t room = pieces->cut_room;
    if (!shape_cut(&pieces->frame, cut, &shape) || shape.pieces > MMI_PIECES_MAX - pieces->count)
        return mmv_error_set_parameter(MMV_EINVAL, OPERATION, "pieces");
    shape.frame = pieces->frames;
    shape.first = pieces->count;
    uint64_t *offsets = make_room(pieces->offsets, pieces->count, shape.pieces, &pieces->room, sizeof *offsets);
    if (!offsets)
        return mmv_error_set(MMV_ENOMEM, 0, OPERATION);
    pieces->offsets = offsets;
    if (pieces->cut_count == 0 || !is_same_cut(&pieces->cuts[pieces->cut_count - 1].cut, cut)) {
        struct cut *cuts = make_room(pieces->cuts, pieces->cut_count, 1, &room, sizeof *cuts);
        if (!cuts)
            return mmv_error_set(MMV_ENOMEM, 0, OPERATION);
        pieces->cuts = cuts;
        pieces->cut_room = (size_t)room;
        pieces->cuts[pieces->cut_count++] = shape;
    }
    *offsets_ret = offsets + pieces->count;
    pieces->count += shape.pieces;
    pieces->frames++;
    return MMV_OK;
}

static bool is_ascending(const mmi_pieces *pieces)
{
    for (uint64_t i = 1; i < pieces->count; i++)
        if (pieces->offsets[i] < pieces->offsets[i - 1])
            return false;
    return true;
}

/* Runs [begin, middle) and [middle, end), each sorted, as one. */
static void merge_runs(const uint64_t *offsets, const uint32_t *from, uint32_t *to, const uint64_t bounds[3])
{
    uint64_t a = bounds[0], b = bounds[1];
    for (uint64_t i = bounds[0]; i < bounds[2]; i++) {
        bool first = b >= bounds[2] || (a < bounds[1] && offsets[from[a]] <= offsets[from[b]]);
        to[i] = from[first ? a++ : b++];
    }
}

/* Numbers sorted by offset: runs of twice the length each time. */
static bool sort(mmi_pieces *pieces)
{
    size_t count = (size_t)pieces->count;
    uint32_t *list = calloc(count, sizeof *list), *spare = calloc(count, sizeof *spare);
    bool fine = list && spare;
    for (size_t i = 0; fine && i < count; i++)
        list[i] = (uint32_t)i;
    for (uint64_t run = 1; fine && run < count; run *= 2) {
        for (uint64_t at = 0; at < count; at += 2 * run) {
            const uint64_t bounds[3] = {at, mmv_min(at + run, count), mmv_min(at + 2 * run, count)};
            merge_runs(pieces->offsets, list, spare, bounds);
        }
        uint32_t *other = list;
        list = spare;
        spare = other;
    }
    free(spare);
    pieces->order = fine ? list : NULL;
    if (!fine)
        free(list);
    return fine;
}

static uint64_t number_of(const mmi_pieces *pieces, uint64_t rank)
{
    return pieces->order ? pieces->order[rank] : rank;
}

mmv_status mmi__pieces_end(mmi_pieces *pieces, uint64_t size, mmi__pieces_fault *fault_ret)
{
    assert(pieces->count > 0 && !pieces->order);
    pieces->image = pieces->frame;
    if (!mmv_product(pieces->frame.height, pieces->frames, &pieces->image.height) ||
        mmi_image_check(&pieces->image, NULL) != MMV_OK)
        return mmv_error_set_parameter(MMV_ERANGE, OPERATION, "pieces");
    if (!is_ascending(pieces) && !sort(pieces))
        return mmv_error_set(MMV_ENOMEM, 0, OPERATION);
    uint64_t end = 0;
    for (uint64_t rank = 0; rank < pieces->count; rank++) {
        uint64_t number = number_of(pieces, rank);
        mmi_piece piece = mmi_pieces_get(pieces, number);
        *fault_ret = (mmi__pieces_fault){number, number};
        uint64_t offset = pieces->offsets[number];
        if (!mmv_range_fits(offset, piece.length, size))
            return MMV_ETRUNC;
        if (rank > 0 && offset < end) {
            fault_ret->other = number_of(pieces, rank - 1);
            return MMV_EINVAL;
        }
        end = offset + piece.length;
        assert(!pieces->bases || offset / pieces->slab == (end - 1) / pieces->slab); /* 3 */
    }
    return MMV_OK;
}

bool mmi__pieces_are_one(const mmi_pieces *pieces, uint64_t *offset_ret)
{
    uint64_t at = pieces->offsets[0];
    *offset_ret = at;
    /* Planes of several frames would have to be all of one channel, then all of the next. */
    if (mmi__planes(&pieces->frame) > 1 && pieces->frames > 1)
        return false;
    for (uint64_t number = 0; number < pieces->count; number++) {
        mmi_piece piece = mmi_pieces_get(pieces, number);
        if (piece.offset != at || piece.width != pieces->image.width ||
            piece.stride != piece.width * mmi_image_record(&pieces->frame))
            return false;
        at += piece.height * piece.stride;
    }
    return true;
}

void mmi_pieces_destroy(mmi_pieces **pieces)
{
    if (!pieces || !*pieces)
        return;
    free((*pieces)->cuts);
    free((*pieces)->offsets);
    free((*pieces)->order);
    free((*pieces)->bases);
    free(*pieces);
    *pieces = NULL;
}

/* ---- looking ----------------------------------------------------------------------------------------------------- */

uint64_t mmi_pieces_count(const mmi_pieces *pieces)
{
    return pieces->count;
}

const mmi_image *mmi_pieces_image(const mmi_pieces *pieces)
{
    return &pieces->image;
}

/* The last cut that begins at this piece or frame, or before it. */
static const struct cut *cut_at(const mmi_pieces *pieces, uint64_t value, bool is_frame)
{
    size_t low = 0, high = pieces->cut_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        uint64_t begin = is_frame ? pieces->cuts[middle].frame : pieces->cuts[middle].first;
        if (begin <= value)
            low = middle;
        else
            high = middle;
    }
    return &pieces->cuts[low];
}

mmi_piece mmi_pieces_get(const mmi_pieces *pieces, uint64_t number)
{
    assert(number < pieces->count);
    const struct cut *cut = cut_at(pieces, number, false);
    uint64_t within = number - cut->first, plane = cut->across * cut->down;
    uint64_t frame = cut->frame + within / cut->pieces, place = within % cut->pieces;
    uint64_t row = place % plane / cut->across * cut->cut.height, column = place % cut->across * cut->cut.width;
    bool is_planar = pieces->frame.layout == MMI_BSQ;
    mmi_piece piece = {.offset = pieces->offsets[number],
                       .length = cut->bytes,
                       .x = column,
                       .y = frame * pieces->frame.height + row,
                       .width = mmv_min(cut->cut.width, pieces->frame.width - column),
                       .height = mmv_min(cut->cut.height, pieces->frame.height - row),
                       .stride = cut->stride,
                       .channel = (uint32_t)(place / plane),
                       .samples = is_planar ? 1 : pieces->frame.samples};
    /* Only strips: their last one ends with the image, and with its last sample. */
    uint64_t bytes = piece.width * mmi_image_record(&pieces->frame);
    if (!cut->cut.is_padded) {
        piece.stride = cut->cut.stride ? cut->stride : bytes;
        piece.length = (piece.height - 1) * piece.stride + bytes;
    }
    if (pieces->bases) {
        piece.file = (uint32_t)(piece.offset / pieces->slab);
        piece.offset = pieces->bases[piece.file] + piece.offset % pieces->slab;
    }
    return piece;
}

mmi_piece mmi_pieces_get_placed(const mmi_pieces *pieces, uint64_t rank)
{
    return mmi_pieces_get(pieces, number_of(pieces, rank));
}

uint32_t mmi_pieces_files(const mmi_pieces *pieces)
{
    return pieces->files;
}

/* The first piece at this offset or behind it. */
static uint64_t rank_from(const mmi_pieces *pieces, uint64_t offset)
{
    uint64_t low = 0, high = pieces->count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (pieces->offsets[number_of(pieces, middle)] >= offset)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

mmv_range mmi_pieces_ranks(const mmi_pieces *pieces, uint32_t file)
{
    assert(file < pieces->files);
    if (!pieces->bases)
        return (mmv_range){0, pieces->count};
    uint64_t first = rank_from(pieces, file * pieces->slab);
    return (mmv_range){first, rank_from(pieces, (file + UINT64_C(1)) * pieces->slab) - first};
}

mmv_range mmi_pieces_reach(const mmi_pieces *pieces, uint32_t file)
{
    mmv_range ranks = mmi_pieces_ranks(pieces, file);
    mmi_piece first = mmi_pieces_get_placed(pieces, ranks.offset);
    mmi_piece last = mmi_pieces_get_placed(pieces, mmv_range_end(ranks) - 1);
    return (mmv_range){first.offset, last.offset + last.length - first.offset};
}

uint64_t mmi_pieces_find(const mmi_pieces *pieces, uint64_t x, uint64_t y, uint32_t channel)
{
    assert(x < pieces->image.width && y < pieces->image.height && channel < pieces->image.samples);
    uint64_t frame = y / pieces->frame.height, row = y % pieces->frame.height;
    const struct cut *cut = cut_at(pieces, frame, true);
    uint64_t plane = pieces->frame.layout == MMI_BSQ ? channel : 0;
    return cut->first + (frame - cut->frame) * cut->pieces + plane * cut->across * cut->down +
           row / cut->cut.height * cut->across + x / cut->cut.width;
}

/* Where two ranges of pixels meet, from the first one's start. False when they do not. */
static bool meet(mmv_range range, mmv_range other, uint64_t *from_ret, uint64_t *length_ret)
{
    uint64_t from = mmv_max(range.offset, other.offset), end = mmv_min(mmv_range_end(range), mmv_range_end(other));
    if (from >= end)
        return false;
    *from_ret = from - range.offset;
    *length_ret = end - from;
    return true;
}

bool mmi_piece_meant(const mmi_pieces *pieces, const mmi_piece *piece, const mmi_selection *selection,
                     mmi_region *meant_ret)
{
    mmi_region region = mmi__region_resolve(&pieces->image, &selection->region);
    bool is_planar = pieces->image.layout == MMI_BSQ;
    if (is_planar && selection->channels && !selection->channels[piece->channel])
        return false;
    return meet((mmv_range){piece->x, piece->width}, (mmv_range){region.x, region.width}, &meant_ret->x,
                &meant_ret->width) &&
           meet((mmv_range){piece->y, piece->height}, (mmv_range){region.y, region.height}, &meant_ret->y,
                &meant_ret->height);
}

/* ---- in the order of the file ------------------------------------------------------------------------------------ */

mmi_scout mmi_scout_begin(const mmi_pieces *pieces, const mmi_selection *selection)
{
    mmi_scout scout = {.pieces = pieces, .selection = *selection};
    scout.selection.region = mmi__region_resolve(&pieces->image, &selection->region);
    return scout;
}

/* Where a piece lies, as offsets count: see invariant 3. */
static uint64_t placed_at(const mmi_pieces *pieces, uint64_t rank)
{
    return pieces->offsets[number_of(pieces, rank)];
}

/* The first piece that ends behind a byte; the count when there is none. */
static uint64_t rank_behind(const mmi_pieces *pieces, uint64_t hint, uint64_t offset)
{
    uint64_t low = 0, high = pieces->count;
    /* Most often it is the one that was found last, or the next. */
    for (uint64_t near = hint; near < pieces->count && near < hint + 2; near++) {
        uint64_t begin = placed_at(pieces, near);
        if (offset < begin)
            break;
        if (offset - begin < mmi_pieces_get_placed(pieces, near).length)
            return near;
        low = near + 1;
    }
    if (low > hint && low < pieces->count && offset < placed_at(pieces, low))
        return low;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (placed_at(pieces, middle) + mmi_pieces_get_placed(pieces, middle).length > offset)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Of a piece of which 'meant' is meant, the bytes from 'place' on. */
static mmi_stretch look_into(const mmi_piece *piece, const mmi_region *meant, size_t record, uint64_t place)
{
    uint64_t row = place / piece->stride, column = place % piece->stride;
    uint64_t from = meant->x * record, to = from + meant->width * record, end = meant->y + meant->height;
    mmi_stretch stretch = {piece->length - place, column, piece->channel, false};
    if (row >= end || (row == end - 1 && column >= to))
        return stretch;
    if (row < meant->y) {
        stretch.length = meant->y * piece->stride + from - place;
    } else if (column < from) {
        stretch.length = from - column;
    } else if (column >= to) {
        stretch.length = piece->stride - column + from;
    } else {
        stretch.is_meant = true;
        stretch.length = to - from == piece->stride ? end * piece->stride - place : to - column;
    }
    return stretch;
}

/* A byte of the scout's file as offsets count; false when it is none of the image's, of which 'stretch' tells. */
static bool place_in_file(const mmi_scout *scout, uint64_t *offset, mmi_stretch *stretch)
{
    const mmi_pieces *pieces = scout->pieces;
    if (!pieces->bases)
        return true;
    uint64_t base = pieces->bases[scout->file];
    *stretch = (mmi_stretch){.length = *offset < base ? base - *offset : UINT64_MAX};
    if (*offset < base || *offset - base >= pieces->slab)
        return false;
    *offset = scout->file * pieces->slab + (*offset - base);
    return true;
}

mmi_stretch mmi_scout_look(mmi_scout *scout, uint64_t offset)
{
    const mmi_pieces *pieces = scout->pieces;
    mmi_region meant;
    mmi_stretch none;
    if (!place_in_file(scout, &offset, &none))
        return none;
    uint64_t rank = rank_behind(pieces, scout->rank_, offset);
    if (rank == pieces->count)
        return (mmi_stretch){.length = UINT64_MAX};
    scout->rank_ = rank;
    mmi_piece piece = mmi_pieces_get_placed(pieces, rank);
    uint64_t begin = placed_at(pieces, rank);
    if (offset < begin)
        return (mmi_stretch){.length = begin - offset};
    if (!mmi_piece_meant(pieces, &piece, &scout->selection, &meant))
        return (mmi_stretch){.length = piece.length - (offset - begin)};
    return look_into(&piece, &meant, mmi_image_record(&pieces->image), offset - begin);
}
