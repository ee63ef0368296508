/* SPDX-License-Identifier: MIT */
/*
 * tiff: the pages of a TIFF or BigTIFF file whose samples are not compressed.
 *
 *     tiff_directory.c   what directories say, and which bytes they take
 *     tiff_samples.c     strips and tiles: where the samples of a page lie
 *     tiff_says.c        what else a page says: statistics, values for no data, stacks with one directory
 *     this file          which directories are pages, which of them is wanted, and what its samples are
 *
 * No library is asked: what can be worked on where it lies is a small part of TIFF, and all else is refused by its
 * name.
 *
 * Source: TIFF 6.0
 */

#include "formats/tiff_others.h"
#include "formats/tiff_says.h"
#include "formats/tiff_samples.h"

#include <stdlib.h>
#include <string.h>

/* Pages that are counted when one of the first is wanted: more are looked at only to find the one that is. */
#define PAGES_COUNTED 1000
#define PAGES_MAX 65536

/* ---- what the samples of a page are ------------------------------------------------------------------------------ */

static bool has_place_on_earth(const mmi__tiff_directory *directory)
{
    /* GeoKeyDirectory, ModelPixelScale, ModelTiepoint, ModelTransformation */
    return mmi__tiff_find(directory, 34735) || mmi__tiff_find(directory, 33550) || mmi__tiff_find(directory, 33922) ||
           mmi__tiff_find(directory, 34264);
}

/* A command that keeps what the file says of its image. */
static const char *way_out(const mmi__tiff_directory *directory)
{
    return has_place_on_earth(directory) ? "gdal_translate -co COMPRESS=NONE IN OUT" : "tiffcp -c none IN OUT";
}

static mmv_status check_coding(mmi__tiff *tiff, const mmi__tiff_directory *directory)
{
    mmi_container *container = tiff->header->container;
    uint64_t compression = 1, predictor = 1, order = 1, depth = 1;
    mmv_status status = mmi__tiff_number(tiff, directory, (mmi__tiff_tag){259, "Compression"}, 1, &compression);
    if (!status && compression != 1)
        return mmi__refuse(container, MMV_ENOTSUP, "Compression",
                           "%llu: its samples are compressed; unpack them with %s", (unsigned long long)compression,
                           way_out(directory));
    if (!status)
        status = mmi__tiff_number(tiff, directory, (mmi__tiff_tag){317, "Predictor"}, 1, &predictor);
    if (!status && predictor != 1)
        return mmi__refuse(container, MMV_ENOTSUP, "Predictor", "%llu: its samples are differences; %s rewrites them",
                           (unsigned long long)predictor, way_out(directory));
    if (!status)
        status = mmi__tiff_number(tiff, directory, (mmi__tiff_tag){266, "FillOrder"}, 1, &order);
    if (!status && order != 1)
        return mmi__refuse(container, MMV_ENOTSUP, "FillOrder",
                           "%llu: the bits of its bytes are reversed; tiffcp -f msb2lsb IN OUT turns them",
                           (unsigned long long)order);
    if (!status)
        status = mmi__tiff_number(tiff, directory, (mmi__tiff_tag){32997, "ImageDepth"}, 1, &depth);
    if (!status && depth != 1)
        return mmi__refuse(container, MMV_ENOTSUP, "ImageDepth", "%llu: volumes in one page cannot be worked on",
                           (unsigned long long)depth);
    return status;
}

static mmv_status read_meaning(mmi__tiff *tiff, const mmi__tiff_directory *directory)
{
    mmi_container *container = tiff->header->container;
    uint64_t photometric;
    mmv_status status =
        mmi__tiff_number(tiff, directory, (mmi__tiff_tag){262, "PhotometricInterpretation"}, 1, &photometric);
    if (status)
        return status;
    switch (photometric) {
    case 0:
        container->meaning = MMI_MEANS_DARK;
        return MMV_OK;
    case 3:
        return mmi__refuse(container, MMV_ENOTSUP, "PhotometricInterpretation",
                           "its samples are numbers of colours; "
                           "pal2rgb IN OUT writes the colours");
    case 5:
        container->meaning = MMI_MEANS_INK;
        return MMV_OK;
    case 6:
        return mmi__refuse(container, MMV_ENOTSUP, "PhotometricInterpretation",
                           "YCbCr cannot be worked on; write it as RGB");
    case 8:
    case 9:
    case 10:
        container->meaning = MMI_MEANS_LAB;
        return MMV_OK;
    default:
        return MMV_OK;
    }
}

static mmv_status read_type(mmi__tiff *tiff, const mmi__tiff_directory *directory, uint32_t samples, mmi_type *type)
{
    mmi_container *container = tiff->header->container;
    uint64_t bits, format;
    mmv_status status = mmi__tiff_per_sample(tiff, directory, (mmi__tiff_tag){258, "BitsPerSample"}, samples, &bits);
    if (!status)
        status = mmi__tiff_per_sample(tiff, directory, (mmi__tiff_tag){339, "SampleFormat"}, samples, &format);
    if (status)
        return status;
    if (format == 5 || format == 6)
        return mmi__refuse(container, MMV_ENOTSUP, "SampleFormat", "complex numbers cannot be worked on");
    if (bits < 16 && bits != 8 && bits > 0 && format != 3)
        return mmi__refuse(
            container, MMV_ENOTSUP, "BitsPerSample",
            "%llu: its samples are packed into bits; gdal_translate -ot UInt16 -co NBITS=16 IN OUT unpacks "
            "them",
            (unsigned long long)bits);
    if (format < 1 || format > 4 || bits > 64 || !mmi__kind_of((unsigned)bits, format == 2, format == 3, &type->kind))
        return mmi__refuse(container, MMV_ENOTSUP, "BitsPerSample", "%llu bits of format %llu cannot be worked on",
                           (unsigned long long)bits, (unsigned long long)format);
    type->big_endian = bits > 8 && tiff->big_endian;
    return MMV_OK;
}

static mmv_status read_image(mmi__tiff *tiff, const mmi__tiff_directory *directory, mmi_image *image_ret)
{
    mmi_container *container = tiff->header->container;
    uint64_t samples = 1, planar = 1;
    mmi_image image = {.layout = MMI_BIP};
    mmv_status status = mmi__tiff_number(tiff, directory, (mmi__tiff_tag){256, "ImageWidth"}, 0, &image.width);
    if (!status)
        status = mmi__tiff_number(tiff, directory, (mmi__tiff_tag){257, "ImageLength"}, 0, &image.height);
    if (!status)
        status = mmi__tiff_number(tiff, directory, (mmi__tiff_tag){277, "SamplesPerPixel"}, 1, &samples);
    if (!status && (samples == 0 || samples > MMI_SAMPLES_MAX))
        return mmi__refuse(container, MMV_ENOTSUP, "SamplesPerPixel", "%llu; 1 to %d can be worked on",
                           (unsigned long long)samples, MMI_SAMPLES_MAX);
    if (!status)
        status = mmi__tiff_number(tiff, directory, (mmi__tiff_tag){284, "PlanarConfiguration"}, 1, &planar);
    if (!status && planar != 1 && planar != 2)
        return mmi__refuse(container, MMV_EINVAL, "PlanarConfiguration", "%llu is neither 1 nor 2",
                           (unsigned long long)planar);
    image.samples = (uint32_t)samples;
    if (planar == 2 && samples > 1)
        image.layout = MMI_BSQ;
    if (!status)
        status = read_type(tiff, directory, image.samples, &image.type);
    *image_ret = image;
    return status;
}

static mmv_status read_page(mmi__tiff *tiff, const mmi__tiff_directory *directory, mmi_image *image_ret)
{
    mmv_status status = check_coding(tiff, directory);
    if (!status)
        status = read_meaning(tiff, directory);
    if (!status)
        status = read_image(tiff, directory, image_ret);
    /* Its size is checked, too. */
    return status ? status : mmi__describe(tiff->header, *image_ret, 1, 0);
}

/* ---- which directories are pages --------------------------------------------------------------------------------- */

struct book {
    uint64_t *pages; /* where the directories of pages lie, as far as they were looked at */
    size_t count, room;
    uint64_t *others; /* and those of smaller copies, masks, and what is below pages */
    size_t others_count, others_room;
    uint64_t overviews; /* smaller copies */
    uint64_t images;    /* images below pages that are no smaller copies */
    uint64_t below;     /* directories below others that were looked at */
    bool is_all;        /* there are no more */
    bool is_circle;
};

/* NewSubfileType, or the old SubfileType. */
static mmv_status kind_of_directory(mmi__tiff *tiff, const mmi__tiff_directory *directory, bool *is_reduced,
                                    bool *is_mask)
{
    uint64_t kind = 0, old = 0;
    mmv_status status = mmi__tiff_number(tiff, directory, (mmi__tiff_tag){254, "NewSubfileType"}, 0, &kind);
    if (!status)
        status = mmi__tiff_number(tiff, directory, (mmi__tiff_tag){255, "SubfileType"}, 0, &old);
    *is_reduced = (kind & 1) != 0 || old == 2;
    *is_mask = (kind & 4) != 0;
    return status;
}

static mmv_status add_offset(uint64_t **list, size_t *count, size_t *room, uint64_t offset)
{
    if (*count == *room) {
        size_t larger = *room ? 2 * *room : 16;
        uint64_t *offsets = realloc(*list, larger * sizeof *offsets);
        if (!offsets)
            return mmv_error_set(MMV_ENOMEM, 0, "read header");
        *list = offsets;
        *room = larger;
    }
    (*list)[(*count)++] = offset;
    return MMV_OK;
}

static mmv_status add_page(struct book *book, uint64_t offset)
{
    return add_offset(&book->pages, &book->count, &book->room, offset);
}

static mmv_status add_other(struct book *book, uint64_t offset)
{
    return add_offset(&book->others, &book->others_count, &book->others_room, offset);
}

/* Directories below one: smaller copies, and those of a camera. They take bytes, too; what they are does not matter. */
static mmv_status look_below(mmi__tiff *tiff, const mmi__tiff_directory *directory, struct book *book)
{
    static const uint16_t tags[] = {330, 34665, 34853, 40965};
    mmi__tiff_directory below = MMI__TIFF_NONE;
    mmv_status status = MMV_OK;
    for (size_t i = 0; i < sizeof tags / sizeof *tags && status == MMV_OK; i++) {
        const mmi__tiff_entry *entry = mmi__tiff_find(directory, tags[i]);
        mmi__tiff_numbers numbers;
        if (!entry || entry->count > PAGES_COUNTED || !mmi__tiff_numbers_begin(tiff, entry, &numbers))
            continue;
        for (uint64_t k = 0; k < entry->count && status == MMV_OK && book->below < PAGES_COUNTED; k++, book->below++) {
            uint64_t offset = 0;
            bool is_reduced = false, is_mask = false;
            status = mmi__tiff_next(&numbers, &offset);
            if (status || offset == 0 || mmi__tiff_load(tiff, offset, &below) != MMV_OK)
                continue;
            bool is_known = kind_of_directory(tiff, &below, &is_reduced, &is_mask) == MMV_OK;
            book->overviews += is_known && is_reduced;
            book->images += is_known && !is_reduced && !is_mask && mmi__tiff_find(&below, 256) != NULL;
            status = add_other(book, offset);
        }
    }
    mmi__tiff_drop(&below);
    /* One that cannot be read has no bytes that are known. */
    if (status == MMV_OK)
        tiff->header->container->problem[0] = '\0';
    return status;
}

static mmv_status add_directory(mmi__tiff *tiff, const mmi__tiff_directory *directory, struct book *book)
{
    bool is_reduced, is_mask;
    mmv_status status = kind_of_directory(tiff, directory, &is_reduced, &is_mask);
    if (!status && is_reduced && book->count == 0)
        return mmi__refuse(tiff->header->container, MMV_ENOTSUP, "NewSubfileType",
                           "its first image is a preview of another one, as in a camera's raw files; dcraw_emu -4 -T "
                           "writes the picture");
    if (!status)
        status = look_below(tiff, directory, book);
    if (status)
        return status;
    book->overviews += is_reduced;
    return is_reduced || is_mask ? add_other(book, directory->offset) : add_page(book, directory->offset);
}

/* From directory to directory, until 'most' pages are found. A list that bites its own tail ends there (Brent). */
static mmv_status find_pages(mmi__tiff *tiff, size_t most, struct book *book)
{
    mmi__tiff_directory directory = MMI__TIFF_NONE;
    uint64_t at = tiff->first, earlier = 0, steps = 0, turn = 1;
    mmv_status status = MMV_OK;
    while (at != 0 && book->count < most && status == MMV_OK) {
        /* The first one must be in order; behind it the list may end in nowhere. */
        status = mmi__tiff_load(tiff, at, &directory);
        if (status && book->count > 0 && tiff->header->container->problem[0]) {
            mmi__note(tiff->header->container, MMI_NOTE_ASSUMED, "the list of pages ends behind page %zu: %s",
                      book->count, tiff->header->container->problem);
            tiff->header->container->problem[0] = '\0';
            status = MMV_OK;
            break;
        }
        if (status == MMV_OK)
            status = add_directory(tiff, &directory, book);
        if (++steps == turn) {
            earlier = at;
            turn *= 2;
            steps = 0;
        }
        at = directory.next;
        book->is_circle = at != 0 && at == earlier;
        if (book->is_circle)
            break;
    }
    book->is_all = at == 0 || (status == MMV_OK && book->count < most && !book->is_circle);
    mmi__tiff_drop(&directory);
    return status;
}

/* Which pages are wanted. */
struct choice {
    size_t first, count;
};

static mmv_status choose(mmi__tiff *tiff, const struct book *book, struct choice *choice_ret)
{
    mmi_container *container = tiff->header->container;
    const char *part = tiff->header->part, *end = part;
    uint64_t number = 1;
    if (book->count == 0)
        return mmi__refuse(container, MMV_EINVAL, "directory", "the file has no page");
    if (part && strcmp(part, "all") == 0) {
        if (!book->is_all)
            return mmi__refuse(container, MMV_ENOTSUP, "part", "%s",
                               book->is_circle ? "the list of pages is a circle" : "there are too many pages");
        *choice_ret = (struct choice){0, book->count};
        return MMV_OK;
    }
    bool is_number = !part || (mmi__take_count(&end, &number) && *end == '\0');
    if (!is_number || number == 0 || number > book->count || (book->is_circle && number > 1))
        return mmi__refuse(container, MMV_ENOENT, "part", "there is no page \"%.40s\": the file has %zu", part,
                           book->is_circle ? (size_t)1 : book->count);
    *choice_ret = (struct choice){(size_t)number - 1, 1};
    return MMV_OK;
}

static void note_parts(mmi_container *container, const struct book *book, const struct choice *choice, bool asked)
{
    if (book->is_circle)
        mmi__note(container, MMI_NOTE_PARTS, "the list of its pages is a circle: page 1 is taken");
    else if (!book->is_all && !asked)
        mmi__note(container, MMI_NOTE_PARTS, "page 1 of more than %zu is taken; --part=N or --part=all takes others",
                  book->count);
    else if (book->count > 1 && choice->count == 1 && !asked)
        mmi__note(container, MMI_NOTE_PARTS, "page 1 of %zu is taken; --part=N or --part=all takes others",
                  book->count);
    if (book->images > 0)
        mmi__note(container, MMI_NOTE_PARTS, "%llu more %s below the pages (SubIFDs), and %s left alone",
                  (unsigned long long)book->images, book->images == 1 ? "image lies" : "images lie",
                  book->images == 1 ? "is" : "are");
    if (book->overviews > 0)
        mmi__note(container, MMI_NOTE_STALE, "%llu %s as they are: make them anew with gdaladdo",
                  (unsigned long long)book->overviews, book->overviews == 1 ? "overview stays" : "overviews stay");
}

/* ---- the samples of the pages ------------------------------------------------------------------------------------ */

static bool is_like(const mmi_image *a, const mmi_image *b)
{
    return a->type.kind == b->type.kind && a->type.big_endian == b->type.big_endian && a->samples == b->samples &&
           a->width == b->width && a->height == b->height && a->layout == b->layout;
}

static int by_offset(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

/* A page may be listed below another one, too. */
static void forget_chosen(struct book *book, const struct choice *choice)
{
    if (book->others_count == 0)
        return;
    qsort(book->others, book->others_count, sizeof *book->others, by_offset);
    for (size_t i = 0; i < choice->count; i++) {
        const uint64_t *page = &book->pages[choice->first + i];
        uint64_t *other = bsearch(page, book->others, book->others_count, sizeof *book->others, by_offset);
        size_t at = other ? (size_t)(other - book->others) : book->others_count;
        if (other)
            memmove(other, other + 1, (--book->others_count - at) * sizeof *other);
    }
}

/* In a circle a page comes more than once. */
static bool is_chosen(const struct book *book, const struct choice *choice, size_t number)
{
    return (number >= choice->first && number < choice->first + choice->count) ||
           book->pages[number] == book->pages[choice->first];
}

/* Bytes that are samples of something else, too, would change there as well. */
static mmv_status take_others(mmi__tiff *tiff, struct book *book, const struct choice *choice, mmv_range hull)
{
    static const char page[] = "samples of another page, which would change, too; tiffcp IN OUT gives each its own";
    static const char other[] = "samples of a smaller copy, a mask or an image below, which would change, too";
    uint64_t left = MMI__TIFF_OTHERS_MAX;
    mmv_status status = MMV_OK;
    forget_chosen(book, choice);
    for (size_t i = 0; i < book->count && status == MMV_OK && left > 0; i++)
        if (!is_chosen(book, choice, i))
            status = mmi__tiff_take_others(tiff, book->pages[i], hull, page, &left);
    for (size_t i = 0; i < book->others_count && status == MMV_OK && left > 0; i++)
        status = mmi__tiff_take_others(tiff, book->others[i], hull, other, &left);
    if (status == MMV_OK && left == 0)
        mmi__note(tiff->header->container, MMI_NOTE_PARTS,
                  "whether other pages share its samples is not known: there are more than %llu strips and tiles",
                  (unsigned long long)MMI__TIFF_OTHERS_MAX);
    mmi__tiff_settle(tiff);
    return status;
}

static mmv_status read_chosen(mmi__tiff *tiff, struct book *book, const struct choice *choice,
                              mmi__tiff_samples *samples)
{
    mmi_container *container = tiff->header->container;
    mmi__tiff_directory directory = MMI__TIFF_NONE;
    mmi_image first = {0}, image;
    mmi_meaning meaning = MMI_MEANS_LIGHT;
    uint64_t frames = 1;
    mmv_status status = MMV_OK;
    for (size_t i = 0; i < choice->count && status == MMV_OK; i++) {
        container->meaning = MMI_MEANS_LIGHT;
        status = mmi__tiff_load(tiff, book->pages[choice->first + i], &directory);
        if (status == MMV_OK)
            status = read_page(tiff, &directory, &image);
        if (status == MMV_OK && i > 0 && (!is_like(&first, &image) || meaning != container->meaning))
            status = mmi__refuse(container, MMV_ENOTSUP, "part",
                                 "page %zu is not like page 1; --part=N takes one page alone", i + 1);
        if (status == MMV_OK)
            status = mmi__tiff_add_samples(samples, tiff, &directory, &image, choice->first + i + 1);
        first = image;
        meaning = container->meaning;
        if (status == MMV_OK && i == 0)
            status = mmi__tiff_says(tiff, &directory);
    }
    if (status == MMV_OK)
        status = take_others(tiff, book, choice, samples->hull);
    if (status == MMV_OK)
        status = mmi__tiff_end_samples(samples, tiff);
    if (status == MMV_OK && book->is_all && book->count == 1 && !container->pieces && first.layout == MMI_BIP)
        status = mmi__tiff_count_frames(tiff, &directory, &frames);
    if (status == MMV_OK && frames > 1) {
        first.height *= frames;
        status = mmi__describe(tiff->header, first, frames, container->offset);
    }
    mmi__tiff_drop(&directory);
    return status;
}

static mmv_status read_book(mmi__tiff *tiff, struct book *book)
{
    mmi_container *container = tiff->header->container;
    struct choice choice = {0, 0};
    mmi__tiff_samples samples = {0};
    bool is_asked = tiff->header->part != NULL;
    mmv_status status = find_pages(tiff, is_asked ? PAGES_MAX : PAGES_COUNTED, book);
    if (status == MMV_OK)
        status = choose(tiff, book, &choice);
    if (status != MMV_OK)
        return status;
    mmi__tiff_settle(tiff);
    status = read_chosen(tiff, book, &choice, &samples);
    mmi__tiff_drop_samples(&samples);
    if (status != MMV_OK)
        return status;
    note_parts(container, book, &choice, is_asked);
    container->parts = book->is_all ? book->count : 0;
    container->part = choice.count == 1 ? choice.first + 1 : 0;
    return MMV_OK;
}

mmv_status mmi__read_tiff(mmi__header *header)
{
    mmi__tiff tiff;
    struct book book = {0};
    mmv_status status = mmi__tiff_begin(&tiff, header);
    if (status == MMV_OK)
        status = read_book(&tiff, &book);
    free(book.pages);
    free(book.others);
    mmi__tiff_end(&tiff);
    return status;
}
