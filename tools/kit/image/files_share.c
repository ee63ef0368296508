/* SPDX-License-Identifier: MIT */
/*
 * files_share: see files_share.h.
 *
 * All files have equally much of the image. A border inside of a file lies on a multiple of MMV_SHARD_BORDER of that
 * file, so that no two shards share a page; where a file begins, none is shared in any case.
 */
#include "kit/image/files_share.h"

#include <assert.h>

#include <mmview/shard.h>

static bool is_before(struct files_place a, struct files_place b)
{
    return a.file != b.file ? a.file < b.file : a.offset < b.offset;
}

struct files_place files_border(const mmi_pieces *pieces, uint64_t index, uint64_t count)
{
    uint32_t files = mmi_pieces_files(pieces);
    uint64_t slab = mmi_pieces_reach(pieces, 0).length;
    assert(index <= count && count > 0 && slab > 0);
    uint64_t at = mmv_portion(slab * files, index, count);
    uint32_t file = (uint32_t)(at / slab);
    if (file >= files)
        return (struct files_place){files, 0};
    uint64_t start = mmi_pieces_reach(pieces, file).offset;
    return (struct files_place){file, mmv_max(start, mmv_round_down(start + at % slab, MMV_SHARD_BORDER))};
}

uint64_t files_next_border(const mmi_pieces *pieces, uint64_t index, uint64_t count)
{
    struct files_place here = files_border(pieces, index, count);
    uint64_t low = index, high = count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (is_before(here, files_border(pieces, middle, count)))
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

mmv_range files_share(const mmi_pieces *pieces, uint32_t file, uint64_t index, uint64_t count)
{
    mmv_range reach = mmi_pieces_reach(pieces, file);
    uint64_t from = clip(reach, file, files_border(pieces, index, count));
    uint64_t end = clip(reach, file, files_border(pieces, index + 1, count));
    return (mmv_range){from, end - from};
}

uint64_t files_at(const mmi_pieces *pieces, struct files_place place)
{
    uint64_t slab = mmi_pieces_reach(pieces, 0).length;
    if (place.file >= mmi_pieces_files(pieces))
        return slab * mmi_pieces_files(pieces);
    return slab * place.file + (place.offset - mmi_pieces_reach(pieces, place.file).offset);
}
