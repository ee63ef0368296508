/* SPDX-License-Identifier: MIT */
/*
 * files_share: see files_share.h.
 *
 * All files have equally much of the image. A border inside of a file lies on a multiple of MMV_SHARD_BORDER of that
 * file, so that no two shards share a page; where a file begins, none is shared in any case. A copy is one file: its
 * borders lie on multiples there, wherever that is in the files.
 *
 *     a.raw     |in front|   samples   |     b.raw     |in front|   samples   |
 *     copy      |in front|   samples of a   |   of b   |
 *     borders             :         :         :
 */
#include "kit/image/files_share.h"

#include <assert.h>

#include <mmview/shard.h>

static bool is_before(struct files_place a, struct files_place b)
{
    return a.file != b.file ? a.file < b.file : a.offset < b.offset;
}

/* Bytes of the image in front of a border of a copy, which has the first file's front. */
static uint64_t round_in_copy(const mmi_pieces *pieces, uint64_t at)
{
    uint64_t front = mmi_pieces_reach(pieces, 0).offset;
    return mmv_max(front, mmv_round_down(front + at, MMV_SHARD_BORDER)) - front;
}

struct files_place files_border(const struct files_division *division, uint64_t index)
{
    const mmi_pieces *pieces = division->pieces;
    uint32_t files = mmi_pieces_files(pieces);
    uint64_t slab = mmi_pieces_reach(pieces, 0).length;
    assert(index <= division->count && division->count > 0 && slab > 0);
    uint64_t at = mmv_portion(slab * files, index, division->count);
    if (division->is_copy && index < division->count)
        at = round_in_copy(pieces, at);
    uint32_t file = (uint32_t)(at / slab);
    if (file >= files)
        return (struct files_place){files, 0};
    uint64_t start = mmi_pieces_reach(pieces, file).offset, place = start + at % slab;
    return (struct files_place){file,
                                division->is_copy ? place : mmv_max(start, mmv_round_down(place, MMV_SHARD_BORDER))};
}

uint64_t files_next_border(const struct files_division *division, uint64_t index)
{
    struct files_place here = files_border(division, index);
    uint64_t low = index, high = division->count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (is_before(here, files_border(division, middle)))
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static uint64_t clip(mmv_range reach, uint32_t file, struct files_place place)
{
    if (place.file != file)
        return place.file < file ? reach.offset : mmv_range_end(reach);
    return place.offset;
}

mmv_range files_share(const struct files_division *division, uint32_t file, uint64_t index)
{
    mmv_range reach = mmi_pieces_reach(division->pieces, file);
    uint64_t from = clip(reach, file, files_border(division, index));
    uint64_t end = clip(reach, file, files_border(division, index + 1));
    return (mmv_range){from, end - from};
}

uint64_t files_at(const mmi_pieces *pieces, struct files_place place)
{
    uint64_t slab = mmi_pieces_reach(pieces, 0).length;
    if (place.file >= mmi_pieces_files(pieces))
        return slab * mmi_pieces_files(pieces);
    return slab * place.file + (place.offset - mmi_pieces_reach(pieces, place.file).offset);
}
