/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_IMAGE_H
#define MMIMAGE_IMAGE_H

/*
 * image: how the samples of a raw image lie in its bytes, and which samples a region has.
 *
 *     bip   RGBA RGBA RGBA ...               pixel after pixel
 *     bil   RRR... GGG... BBB... AAA...      the channels of one row, then the next row
 *     bsq   all rows of R, all rows of G ... plane after plane
 */

#include <mmimage/sample.h>
#include <mmview/range.h>

MMV_BEGIN_DECLS

typedef enum mmi_layout { MMI_BIP = 0, MMI_BIL, MMI_BSQ } mmi_layout;

/* The most samples per pixel. A pixel with that many samples, of any type, fits the kernels' blocks. */
#define MMI_SAMPLES_MAX 1024

typedef struct mmi_image {
    mmi_type type;
    uint32_t samples; /* per pixel, 1 .. MMI_SAMPLES_MAX */
    uint64_t width;   /* pixels per row; 0 = unknown: one endless row, which only bip allows */
    uint64_t height;  /* rows; 0 = unknown: as many as there are, which only bip and bil allow */
    mmi_layout layout;
} mmi_image;

/* A rectangle of pixels; a width or height of 0 = to the edge, so all zero = the whole image. */
typedef struct mmi_region {
    uint64_t x, y;
    uint64_t width, height;
} mmi_region;

/* Some samples of an image; all zero = every sample. */
typedef struct mmi_selection {
    mmi_region region;
    const bool *channels; /* channels[0..samples); NULL = all */
} mmi_selection;

/* 'count' records of 'record' bytes, 'stride' bytes from one to the next, the first at byte 'offset' of the image. */
typedef struct mmi_span {
    uint64_t offset;
    uint64_t record;
    uint64_t stride;
    uint64_t count;
} mmi_span;

/* mmi_layout_parse() - "bip", "bil" or "bsq"; false otherwise. mmi_layout_name() - the reverse. */
MMV_API bool mmi_layout_parse(const char *text, mmi_layout *layout_ret);
MMV_API const char *mmi_layout_name(mmi_layout layout);

/* mmi_image_pixel() - bytes of one pixel, all its samples together. */
MMV_API size_t mmi_image_pixel(const mmi_image *image);

/*
 * mmi_image_record() - bytes of the unit that must not be cut: a pixel where its samples lie together (bip), else a
 * sample. Walks over an image have records of this size, and shards end between such records.
 */
MMV_API size_t mmi_image_record(const mmi_image *image);

/* mmi_image_row() - bytes of one row of all channels; 0 = unknown width. False when they do not fit 64 bits. */
MMV_API bool mmi_image_row(const mmi_image *image, uint64_t *bytes_ret);

/* mmi_image_bytes() - bytes of the image; 0 = unknown width or height. False when they do not fit 64 bits. */
MMV_API bool mmi_image_bytes(const mmi_image *image, uint64_t *bytes_ret);

/*
 * mmi_image_check() - whether the description makes sense, and the region lies in it.
 * Shape:   region NULL = the whole image. A region that is not the whole image needs the image's width. With an unknown
 *          height the region's rows are not checked: only the caller knows how long the file is.
 * Errors:  MMV_EINVAL(samples|width|height|layout), also when the image's bytes do not fit 64 bits; MMV_ERANGE(region).
 */
MMV_API mmv_status mmi_image_check(const mmi_image *image, const mmi_region *region);

/*
 * mmi_image_spans() - where the bytes of a selection lie, in the order of the file.
 * Shape:   fills spans[0..capacity) and returns how many spans there are. For bip there is one span. For bil and bsq
 *          there is one, or one for each channel chosen. When the selection has no sample there is none. With bip a
 *          span has whole pixels, whatever the channels. Spans that touch are joined. A span without gaps has records
 *          of one pixel (bip) or one sample (bil, bsq), so that a walk can cut it anywhere. In a span with gaps a
 *          record is the bytes that lie together in a row.
 * Units:   bytes from the image's first byte. 'bytes' is the length of the image in the file, also when the height is
 *          unknown. Records that do not end within it are left out.
 * Errors:  none; image and region have passed mmi_image_check().
 */
MMV_API size_t mmi_image_spans(const mmi_image *image, const mmi_selection *selection, uint64_t bytes, mmi_span *spans,
                               size_t capacity);

MMV_END_DECLS

#endif
