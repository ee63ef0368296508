/* SPDX-License-Identifier: MIT */
/*
 * tiff_others: see tiff_others.h.
 *
 * Of samples that are not compressed a strip takes what its rows need, if more is written: many programs get the length
 * wrong, and no file is to be refused for that.
 */

#include "formats/tiff_others.h"

/* What is known of a directory's strips or tiles. */
struct cells {
    const mmi__tiff_entry *offsets, *lengths;
    uint64_t rows, height, per_plane; /* rows of one, and of the image; how many there are in a plane */
    uint64_t row;                     /* bytes of a row; 0 = not known */
    bool is_tiled;
};

static mmv_status read_number(mmi__tiff *tiff, const mmi__tiff_directory *directory, uint16_t tag, uint64_t otherwise,
                              uint64_t *number_ret)
{
    return mmi__tiff_number(tiff, directory, (mmi__tiff_tag){tag, ""}, otherwise, number_ret);
}

/* Rows of so many pixels; of compressed ones nobody knows. */
static mmv_status find_row(mmi__tiff *tiff, const mmi__tiff_directory *directory, uint64_t width, struct cells *cells)
{
    uint64_t compression = 1, samples = 1, planar = 1, bits = 1, count;
    mmv_status status = read_number(tiff, directory, 259, 1, &compression);
    if (status == MMV_OK)
        status = read_number(tiff, directory, 277, 1, &samples);
    if (status == MMV_OK)
        status = read_number(tiff, directory, 284, 1, &planar);
    if (status == MMV_OK)
        status = mmi__tiff_per_sample(tiff, directory, (mmi__tiff_tag){258, ""}, samples, &bits);
    if (status == MMV_OK && compression == 1 && mmv_product(width, planar == 2 ? 1 : samples, &count) &&
        mmv_product(count, bits, &count))
        cells->row = count / 8 + (count % 8 > 0);
    return status;
}

static mmv_status find_rows(mmi__tiff *tiff, const mmi__tiff_directory *directory, struct cells *cells)
{
    uint64_t width = 0;
    mmv_status status = read_number(tiff, directory, 257, 0, &cells->height);
    if (status == MMV_OK)
        status = read_number(tiff, directory, cells->is_tiled ? 322 : 256, 0, &width);
    if (status == MMV_OK)
        status = read_number(tiff, directory, cells->is_tiled ? 323 : 278, cells->height, &cells->rows);
    if (status == MMV_OK)
        status = find_row(tiff, directory, width, cells);
    if (!cells->is_tiled)
        cells->rows = mmv_min(cells->rows, cells->height);
    if (status == MMV_OK && cells->rows > 0)
        cells->per_plane = (cells->height + cells->rows - 1) / cells->rows;
    return status;
}

/* False: it has none that can be read. */
static bool find_cells(mmi__tiff *tiff, const mmi__tiff_directory *directory, struct cells *cells)
{
    *cells = (struct cells){.is_tiled = mmi__tiff_find(directory, 322) != NULL};
    cells->offsets = cells->is_tiled ? mmi__tiff_find(directory, 324) : NULL;
    cells->lengths = cells->is_tiled ? mmi__tiff_find(directory, 325) : NULL;
    if (!cells->offsets)
        cells->offsets = mmi__tiff_find(directory, 273);
    if (!cells->lengths)
        cells->lengths = mmi__tiff_find(directory, 279);
    if (!cells->offsets || cells->offsets->type == 0)
        return false;
    if (cells->lengths && (cells->lengths->type == 0 || cells->lengths->count < cells->offsets->count))
        cells->lengths = NULL;
    if (find_rows(tiff, directory, cells) != MMV_OK || cells->per_plane == 0)
        cells->row = 0;
    return true;
}

/* What its rows need; UINT64_MAX = nobody knows. */
static uint64_t needed(const struct cells *cells, uint64_t number)
{
    uint64_t rows = cells->rows, bytes;
    if (cells->row == 0)
        return UINT64_MAX;
    if (!cells->is_tiled)
        rows = mmv_min(rows, cells->height - number % cells->per_plane * cells->rows);
    return mmv_product(rows, cells->row, &bytes) ? bytes : UINT64_MAX;
}

static mmv_status take_cells(mmi__tiff *tiff, const struct cells *cells, mmv_range hull, const char *what,
                             uint64_t *left_ret)
{
    mmi__tiff_numbers offsets, lengths;
    mmv_status status = MMV_OK;
    if (!mmi__tiff_numbers_begin(tiff, cells->offsets, &offsets) ||
        (cells->lengths && !mmi__tiff_numbers_begin(tiff, cells->lengths, &lengths)))
        return MMV_OK;
    for (uint64_t i = 0; i<cells->offsets->count && * left_ret> 0 && status == MMV_OK; i++, --*left_ret) {
        uint64_t offset = 0, length = UINT64_MAX;
        status = mmi__tiff_next(&offsets, &offset);
        if (status == MMV_OK && cells->lengths)
            status = mmi__tiff_next(&lengths, &length);
        length = mmv_min(length, needed(cells, i));
        bool is_there = offset > 0 && length < UINT64_MAX && mmv_range_fits(offset, length, UINT64_MAX);
        if (status == MMV_OK && is_there && offset < mmv_range_end(hull) && offset + length > hull.offset)
            status = mmi__tiff_take(tiff, (mmv_range){offset, length}, what);
    }
    return status;
}

mmv_status mmi__tiff_take_others(mmi__tiff *tiff, uint64_t offset, mmv_range hull, const char *what, uint64_t *left_ret)
{
    mmi__tiff_directory directory = MMI__TIFF_NONE;
    struct cells cells;
    mmv_status status = mmi__tiff_load(tiff, offset, &directory);
    if (status == MMV_OK && find_cells(tiff, &directory, &cells))
        status = take_cells(tiff, &cells, hull, what, left_ret);
    mmi__tiff_drop(&directory);
    /* What was wrong with it is no fault of the page that is worked on. */
    if (tiff->header->container->problem[0]) {
        tiff->header->container->problem[0] = '\0';
        return MMV_OK;
    }
    return status;
}
