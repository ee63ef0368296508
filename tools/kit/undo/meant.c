/* SPDX-License-Identifier: MIT */
/*
 * meant: see meant.h.
 *
 * 1. Parts are whole samples that lie in the records, in ascending order: recipe_read() has compared pieces with spans,
 *    and meant_next() asserts what it gives.
 */
#include "kit/undo/meant.h"

#include <assert.h>
#include <string.h>

/* Bytes from a place on that are alike. */
struct stretch {
    uint64_t length, place;
    bool is_meant;
};

/* The first piece that ends behind a byte; the count when there is none. */
static size_t piece_behind(const struct recipe *recipe, uint64_t offset)
{
    size_t low = 0, high = recipe->piece_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (recipe_span_end(&recipe->pieces[middle].bytes) > offset)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

struct meant meant_begin(const struct recipe *recipe, const struct meant_records *records)
{
    struct meant meant = {recipe, *records, 0, 0, piece_behind(recipe, records->offset)};
    /* Without gaps they are one. */
    if (records->stride == records->record && records->file_stride == records->record) {
        meant.records.record = records->record * records->count;
        meant.records.count = meant.records.record > 0;
    }
    return meant;
}

/* Of planes each channel's samples lie in its own; pixels begin with the first channel's. */
static uint64_t plane_of(const struct recipe *recipe, const struct recipe_piece *piece, uint64_t record)
{
    const mmi_image *image = &recipe->image;
    if (image->layout != MMI_BSQ)
        return 0;
    uint64_t channel = (piece->channel + record % image->samples * piece->step) % image->samples;
    return channel * recipe_plane(image);
}

static struct stretch look(struct meant *meant, uint64_t offset)
{
    const struct recipe *recipe = meant->recipe;
    if (recipe->piece_count == 0)
        return (struct stretch){UINT64_MAX, offset - recipe->offset, true};
    while (meant->piece < recipe->piece_count && recipe_span_end(&recipe->pieces[meant->piece].bytes) <= offset)
        meant->piece++;
    if (meant->piece == recipe->piece_count)
        return (struct stretch){.length = UINT64_MAX};
    const struct recipe_piece *piece = &recipe->pieces[meant->piece];
    const mmi_span *bytes = &piece->bytes;
    if (offset < bytes->offset)
        return (struct stretch){.length = bytes->offset - offset};
    uint64_t record = (offset - bytes->offset) / bytes->stride, column = (offset - bytes->offset) % bytes->stride;
    if (column >= bytes->record)
        return (struct stretch){.length = bytes->stride - column};
    return (struct stretch){bytes->record - column, plane_of(recipe, piece, record) + column, true};
}

bool meant_next(struct meant *meant, struct meant_part *part_ret)
{
    const struct meant_records *records = &meant->records;
    for (bool is_meant = false; meant->index < records->count; meant->index++, meant->done = 0)
        while (meant->done < records->record) {
            struct stretch stretch = look(meant, records->offset + meant->index * records->file_stride + meant->done);
            size_t length = (size_t)mmv_min(records->record - meant->done, stretch.length);
            *part_ret = (struct meant_part){stretch.place, meant->index * records->record + meant->done,
                                            meant->index * records->stride + meant->done, length};
            meant->done += length;
            is_meant = stretch.is_meant;
            assert(length > 0 && (!is_meant || length % mmi_type_size(meant->recipe->image.type) == 0)); /* 1. */
            if (is_meant)
                return true;
        }
    return false;
}

size_t meant_keep(const struct recipe *recipe, const mmi_inverse *inverse, const struct meant_records *records,
                  unsigned char *words)
{
    struct meant meant = meant_begin(recipe, records);
    struct meant_part part;
    size_t kept = 0, clean = 0;
    while (meant_next(&meant, &part)) {
        const mmi_batch batch = {part.place, (const char *)records->bytes + part.apart, words + part.at, part.length};
        size_t some = mmi_inverse_keep(inverse, &batch);
        if (some == 0)
            continue;
        /* What nobody has words of is zero: that is known to be needed only now. */
        memset(words + clean, 0, part.at - clean);
        clean = part.at + part.length;
        kept += some;
    }
    if (kept > 0)
        memset(words + clean, 0, records->count * records->record - clean);
    return kept;
}

bool meant_restore(const struct recipe *recipe, const mmi_inverse *inverse, const struct meant_records *records,
                   const struct meant_back *back)
{
    struct meant meant = meant_begin(recipe, records);
    struct meant_part part;
    bool fine = true;
    while (fine && meant_next(&meant, &part)) {
        const mmi_batch batch = {part.place, back->data + part.apart, back->old + part.at, part.length};
        fine = mmi_inverse_restore(inverse, &batch, back->words ? back->words + part.at : NULL);
    }
    meant = meant_begin(recipe, records);
    while (fine && meant_next(&meant, &part))
        memcpy(back->data + part.apart, back->old + part.at, part.length);
    return fine;
}
