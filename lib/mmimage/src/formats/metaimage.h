/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_FORMATS_METAIMAGE_H
#define MMIMAGE_FORMATS_METAIMAGE_H

/* metaimage: what metaimage.c has read of a header, for metaimage_files.c. */

#include "formats/lines.h"

#define META_DIMENSIONS_MAX 10

enum {
    META_NDIMS,
    META_DIM_SIZE,
    META_TYPE,
    META_CHANNELS,
    META_ORDER,
    META_ELEMENT_ORDER,
    META_COMPRESSED,
    META_BINARY,
    META_HEADER_SIZE,
    META_SLOPE,
    META_INTERCEPT,
    META_ELEMENT_MIN,
    META_ELEMENT_MAX,
    META_DATA_FILE,
    META_KEYS
};

struct mmi__metaimage {
    mmi__field fields[META_KEYS];
    uint64_t dimensions, sizes[META_DIMENSIONS_MAX];
    uint64_t end; /* of the header: where samples in the same file begin */
    mmi__text *text;
    bool *more; /* the text must be longer, see mmi__read_text */
};

/*
 * mmi__metaimage_list() - the names that follow "LIST" become the files of the container.
 * mmi__metaimage_pattern() - those of a pattern do.
 */
mmv_status mmi__metaimage_list(mmi__header *header, const struct mmi__metaimage *meta);
mmv_status mmi__metaimage_pattern(mmi__header *header, const struct mmi__metaimage *meta);

#endif
