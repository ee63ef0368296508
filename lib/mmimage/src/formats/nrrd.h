/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_FORMATS_NRRD_H
#define MMIMAGE_FORMATS_NRRD_H

/* nrrd: what nrrd.c has read of a header, for nrrd_files.c. */

#include "formats/lines.h"

#define NRRD_AXES_MAX 16

enum {
    NRRD_DIMENSION,
    NRRD_SIZES,
    NRRD_TYPE,
    NRRD_ENCODING,
    NRRD_ENDIAN,
    NRRD_AXIS_KINDS,
    NRRD_LINE_SKIP,
    NRRD_BYTE_SKIP,
    NRRD_DATA_FILE,
    NRRD_MINIMUM,
    NRRD_MAXIMUM,
    NRRD_KEYS
};

struct mmi__nrrd {
    mmi__field fields[NRRD_KEYS];
    uint64_t dimension, sizes[NRRD_AXES_MAX];
    uint64_t end; /* of the header, where samples in the same file begin */
    bool has_end; /* the empty line was there */
    bool is_list; /* "data file" is the last field, and names follow it */
    mmi__text *text;
};

/* mmi__nrrd_files() - the names that follow "LIST", or those of a pattern, become the files of the container. */
mmv_status mmi__nrrd_files(mmi__header *header, const struct mmi__nrrd *nrrd);

#endif
