/* SPDX-License-Identifier: MIT */
#ifndef MMPNG_BAND_H
#define MMPNG_BAND_H

/*
 * band: some rows of a picture, filtered and compressed by themselves, to be joined with others in one stream.
 *
 *     zlib header | band 0 | band 1 | ... | last band | Adler-32        = the contents of the IDAT chunks
 *
 * All bands but the last end on a byte (Z_SYNC_FLUSH) and open no block of their own: decoders see one stream. A band
 * knows the row above it, which the filter needs, but not the text above: what that costs is below 1 % for bands of a
 * megabyte.
 *
 * Sources: PNG (ISO/IEC 15948) 9.2, RFC 1950, RFC 1951.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct band {
    unsigned char *out; /* compressed; band_compress() makes it as large as need be */
    size_t length, room;
    uint32_t adler; /* of the filtered rows */
    uint64_t plain; /* their bytes */
    unsigned char *filtered;
    size_t filtered_room;
};

/* Some rows of a picture. */
struct band_rows {
    const unsigned char *rows;  /* one behind the other */
    const unsigned char *above; /* the row before them; NULL at the top */
    size_t count;
    size_t row, pixel; /* bytes */
};

/* band_compress() - filter rows by Paeth and deflate them. Errors: false when there is no memory. */
bool band_compress(struct band *band, const struct band_rows *rows, int level, bool is_last);

void band_drop(struct band *band);

#endif
