/* SPDX-License-Identifier: MIT */
/*
 * tiff_samples: see tiff_samples.h.
 *
 * 1. What a strip or tile holds follows from its rows and columns. The length that is written for it may be more, and
 *    of a single strip anything: too many programs have got that one wrong. No assert: strangers' bytes are checked.
 * 2. Strips one behind the other, in the order of the image, are one range: no list is made of them, however many there
 *    are. Otherwise each piece is compared with all that is known to be something else, and with all others. No assert,
 * for the same reason.
 */

#include "formats/tiff_samples.h"

#include <assert.h>

struct layout {
    mmi__cut cut;
    bool is_tiled;
    uint64_t count; /* of strips or tiles */
    const mmi__tiff_entry *offsets, *lengths;
    const char *name, *offsets_name, *lengths_name;
};

/* A page's tiles or strips, whose number must be right. */
static mmv_status read_layout(mmi__tiff *tiff, const mmi__tiff_directory *directory, const mmi_image *image,
                              struct layout *layout)
{
    mmi_container *container = tiff->header->container;
    uint64_t depth = 1, rows = 0;
    mmv_status status = MMV_OK;
    *layout = (struct layout){.is_tiled = mmi__tiff_find(directory, 322) || mmi__tiff_find(directory, 323)};
    layout->name = layout->is_tiled ? "tile" : "strip";
    layout->offsets_name = layout->is_tiled ? "TileOffsets" : "StripOffsets";
    layout->lengths_name = layout->is_tiled ? "TileByteCounts" : "StripByteCounts";
    layout->cut = (mmi__cut){.width = image->width, .height = image->height, .is_padded = layout->is_tiled};
    /* Some writers give tiles the tags of strips, and libtiff reads them. */
    layout->offsets = layout->is_tiled ? mmi__tiff_find(directory, 324) : NULL;
    layout->lengths = layout->is_tiled ? mmi__tiff_find(directory, 325) : NULL;
    if (!layout->offsets)
        layout->offsets = mmi__tiff_find(directory, 273);
    if (!layout->lengths)
        layout->lengths = mmi__tiff_find(directory, 279);
    if (layout->is_tiled) {
        status = mmi__tiff_number(tiff, directory, (mmi__tiff_tag){322, "TileWidth"}, 0, &layout->cut.width);
        if (!status)
            status = mmi__tiff_number(tiff, directory, (mmi__tiff_tag){323, "TileLength"}, 0, &layout->cut.height);
        if (!status)
            status = mmi__tiff_number(tiff, directory, (mmi__tiff_tag){32998, "TileDepth"}, 1, &depth);
        if (!status && (layout->cut.width == 0 || layout->cut.height == 0 || depth != 1))
            return mmi__refuse(container, MMV_EINVAL, "TileWidth", "tiles of %llu x %llu x %llu pixels are none",
                               (unsigned long long)layout->cut.width, (unsigned long long)layout->cut.height,
                               (unsigned long long)depth);
    } else {
        status = mmi__tiff_number(tiff, directory, (mmi__tiff_tag){278, "RowsPerStrip"}, 0, &rows);
        if (rows > 0 && rows < image->height)
            layout->cut.height = rows;
    }
    if (!status && (!layout->offsets || layout->offsets->type == 0))
        return mmi__refuse(container, MMV_EINVAL, layout->offsets_name, "is missing, or cannot be read");
    if (!status)
        layout->count = layout->offsets->count;
    return status;
}

/* How many there must be. */
static bool is_whole(const struct layout *layout, const mmi_image *image)
{
    uint64_t planes = image->layout == MMI_BSQ ? image->samples : 1, plane, count;
    return mmv_product((image->width - 1) / layout->cut.width + 1, (image->height - 1) / layout->cut.height + 1,
                       &plane) &&
           mmv_product(plane, planes, &count) && count == layout->count;
}

/* ---- as it is written -------------------------------------------------------------------------------------------- */

/* The strips of a page, one after the other. */
struct reader {
    mmi__tiff *tiff;
    const struct layout *layout;
    const mmi_image *image;
    uint64_t next, per_plane, row; /* the next strip's number; strips of a plane; bytes of a row */
    mmi__tiff_numbers offsets, lengths;
    mmv_range *hull;
};

/* libtiff refuses places of directories for those of samples. */
static bool is_number(const mmi__tiff_entry *entry)
{
    return entry->type != 13 && entry->type != 18;
}

static mmv_status begin_reader(struct reader *reader)
{
    mmi_container *container = reader->tiff->header->container;
    const struct layout *layout = reader->layout;
    const mmi_image *image = reader->image;
    reader->next = 0;
    reader->per_plane = layout->count / (image->layout == MMI_BSQ ? image->samples : 1);
    reader->row = layout->cut.width * mmi_image_record(image);
    if (!mmi__tiff_numbers_begin(reader->tiff, layout->offsets, &reader->offsets) || !is_number(layout->offsets))
        return mmi__refuse(container, MMV_EINVAL, layout->offsets_name, "are no whole numbers");
    if (layout->lengths && (!mmi__tiff_numbers_begin(reader->tiff, layout->lengths, &reader->lengths) ||
                            layout->lengths->count < layout->count))
        return mmi__refuse(container, MMV_EINVAL, layout->lengths_name, "does not have one for each %s", layout->name);
    return MMV_OK;
}

/* Rows that the image has of a strip: the last one is shorter. */
static uint64_t rows_of(const struct reader *reader, uint64_t number)
{
    uint64_t height = reader->layout->cut.height;
    return mmv_min(height, reader->image->height - number % reader->per_plane * height);
}

static void widen(mmv_range *hull, mmv_range piece)
{
    uint64_t end = hull->length ? mmv_max(mmv_range_end(*hull), mmv_range_end(piece)) : mmv_range_end(piece);
    hull->offset = hull->length ? mmv_min(hull->offset, piece.offset) : piece.offset;
    hull->length = end - hull->offset;
}

/* The next one's offset, and whether its length will do (1). */
static mmv_status next_offset(struct reader *reader, uint64_t *offset_ret)
{
    const struct layout *layout = reader->layout;
    mmi_container *container = reader->tiff->header->container;
    uint64_t number = reader->next++, length = 0;
    uint64_t rows = layout->is_tiled ? layout->cut.height : rows_of(reader, number), needed = rows * reader->row;
    mmv_status status = mmi__tiff_next(&reader->offsets, offset_ret);
    if (status == MMV_OK && layout->lengths)
        status = mmi__tiff_next(&reader->lengths, &length);
    if (status != MMV_OK)
        return status;
    if (*offset_ret == 0)
        return mmi__refuse(container, MMV_EINVAL, layout->offsets_name,
                           "%s %llu of %llu is not in the file; gdal_translate -co COMPRESS=NONE IN OUT writes it",
                           layout->name, (unsigned long long)number + 1, (unsigned long long)layout->count);
    if (layout->lengths && length < needed && (layout->count > 1 || layout->is_tiled))
        return mmi__refuse(container, MMV_EINVAL, layout->lengths_name, "%s %llu has %llu bytes, its rows need %llu",
                           layout->name, (unsigned long long)number + 1, (unsigned long long)length,
                           (unsigned long long)needed);
    /* One that is not in the file is refused when all are known. */
    if (mmv_range_fits(*offset_ret, needed, reader->tiff->header->source->size))
        widen(reader->hull, (mmv_range){*offset_ret, needed});
    return MMV_OK;
}

/* 2. Whether strips follow each other closely. */
static mmv_status find_range(struct reader *reader, bool *is_range_ret, mmv_range *range_ret)
{
    uint64_t offset = 0;
    mmv_status status = begin_reader(reader);
    *range_ret = (mmv_range){0, 0};
    *is_range_ret = reader->layout->cut.width == reader->image->width;
    for (uint64_t i = 0; i < reader->layout->count && status == MMV_OK && *is_range_ret; i++) {
        status = next_offset(reader, &offset);
        if (i == 0)
            range_ret->offset = offset;
        *is_range_ret = offset - range_ret->offset == range_ret->length;
        range_ret->length += rows_of(reader, i) * reader->row;
    }
    return status;
}

/* ---- pages ------------------------------------------------------------------------------------------------------- */

static mmv_status no_memory(mmi__tiff *tiff)
{
    tiff->header->container->problem[0] = '\0';
    return mmv_error_set(MMV_ENOMEM, 0, "read header");
}

static mmv_status add_pieces(mmi__tiff_samples *samples, struct reader *reader)
{
    mmi_container *container = reader->tiff->header->container;
    uint64_t *offsets = NULL;
    mmv_status status = mmi__pieces_add(samples->pieces, &reader->layout->cut, &offsets);
    if (status == MMV_EINVAL)
        return mmi__refuse(container, MMV_ENOTSUP, reader->layout->offsets_name,
                           "more than %llu pieces cannot be worked on", (unsigned long long)MMI_PIECES_MAX);
    if (status != MMV_OK)
        return no_memory(reader->tiff);
    status = begin_reader(reader);
    for (uint64_t i = 0; i < reader->layout->count && status == MMV_OK; i++)
        status = next_offset(reader, &offsets[i]);
    return status;
}

mmv_status mmi__tiff_add_samples(mmi__tiff_samples *samples, mmi__tiff *tiff, const mmi__tiff_directory *directory,
                                 const mmi_image *image, size_t number)
{
    struct layout layout;
    struct reader reader = {.tiff = tiff, .layout = &layout, .image = image, .hull = &samples->hull};
    bool is_range = false, is_first = samples->pages == 0;
    mmv_range range;
    mmv_status status = read_layout(tiff, directory, image, &layout);
    if (status == MMV_OK && !is_whole(&layout, image))
        status = mmi__refuse(tiff->header->container, MMV_EINVAL, layout.is_tiled ? "TileWidth" : "RowsPerStrip",
                             "%llu %ss do not make the image", (unsigned long long)layout.count, layout.name);
    if (status == MMV_OK && is_first)
        status = find_range(&reader, &is_range, &range);
    if (status != MMV_OK)
        return status;
    samples->pages++;
    if (is_first) {
        samples->image = *image;
        samples->page = number;
        samples->is_tiled = layout.is_tiled;
        samples->range = range;
        /* Should more pages come, their pieces are put behind these. */
        if (is_range && layout.count > MMI_PIECES_MAX)
            return MMV_OK;
        samples->pieces = mmi__pieces_begin(image);
        if (!samples->pieces)
            return no_memory(tiff);
    }
    if (!samples->pieces)
        return mmi__refuse(tiff->header->container, MMV_ENOTSUP, layout.offsets_name,
                           "more than %llu pieces cannot be worked on", (unsigned long long)MMI_PIECES_MAX);
    return add_pieces(samples, &reader);
}

/* Where a piece stands in its page, for people. */
static mmv_status refuse_piece(mmi__tiff_samples *samples, mmi__tiff *tiff, uint64_t number, const char *why,
                               const char *what)
{
    mmi_piece piece = mmi_pieces_get(samples->pieces, number);
    return mmi__refuse(tiff->header->container, MMV_EINVAL, samples->is_tiled ? "TileOffsets" : "StripOffsets",
                       "the %s at row %llu, column %llu lies at byte %llu%s%s", samples->is_tiled ? "tile" : "strip",
                       (unsigned long long)piece.y, (unsigned long long)piece.x, (unsigned long long)piece.offset, why,
                       what);
}

static mmv_status check_pieces(mmi__tiff_samples *samples, mmi__tiff *tiff)
{
    mmi__pieces_fault fault;
    mmv_status status = mmi__pieces_end(samples->pieces, tiff->header->source->size, &fault);
    if (status == MMV_ETRUNC) {
        refuse_piece(samples, tiff, fault.number, ", and ends behind the file", "");
        return mmv_error_set(MMV_ETRUNC, 0, "read header");
    }
    if (status == MMV_EINVAL)
        return refuse_piece(samples, tiff, fault.number, ", and shares bytes with another one", "");
    if (status != MMV_OK)
        return status == MMV_ENOMEM ? no_memory(tiff)
                                    : mmi__refuse(tiff->header->container, MMV_EINVAL, "part", "too many rows");
    for (uint64_t i = 0; i < mmi_pieces_count(samples->pieces); i++) {
        mmi_piece piece = mmi_pieces_get(samples->pieces, i);
        const char *what = mmi__tiff_taken(tiff, (mmv_range){piece.offset, piece.length});
        if (what)
            return refuse_piece(samples, tiff, i, ", in ", what);
    }
    return MMV_OK;
}

mmv_status mmi__tiff_end_samples(mmi__tiff_samples *samples, mmi__tiff *tiff)
{
    mmi_container *container = tiff->header->container;
    mmi_image image = samples->image;
    uint64_t offset = samples->range.offset;
    assert(samples->pages > 0);
    if (samples->pieces) {
        mmv_status status = check_pieces(samples, tiff);
        if (status != MMV_OK)
            return status;
        image = *mmi_pieces_image(samples->pieces);
        bool is_one = mmi__pieces_are_one(samples->pieces, &offset);
        if (!is_one)
            offset = mmi_pieces_reach(samples->pieces, 0).offset;
        if (!is_one) {
            container->pieces = samples->pieces;
            samples->pieces = NULL;
        }
        return mmi__describe(tiff->header, image, samples->pages, offset);
    }
    const char *what = mmi__tiff_taken(tiff, samples->range);
    if (what)
        return mmi__refuse(container, MMV_EINVAL, "StripOffsets", "its samples at byte %llu lie in %s",
                           (unsigned long long)offset, what);
    return mmi__describe(tiff->header, image, 1, offset);
}

void mmi__tiff_drop_samples(mmi__tiff_samples *samples)
{
    mmi_pieces_destroy(&samples->pieces);
}
