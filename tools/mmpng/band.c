/* SPDX-License-Identifier: MIT */
/* band: see band.h. */
#include "mmpng/band.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#define PAETH 4

static unsigned char predict(int left, int above, int corner)
{
    int estimate = left + above - corner;
    int a = abs(estimate - left), b = abs(estimate - above), c = abs(estimate - corner);
    return (unsigned char)(a <= b && a <= c ? left : b <= c ? above : corner);
}

/* Row and row above, to the filter's number and the differences. */
static void filter_row(const unsigned char *row, const unsigned char *above, size_t length, size_t pixel,
                       unsigned char *out)
{
    *out++ = PAETH;
    for (size_t i = 0; i < length; i++) {
        int left = i < pixel ? 0 : row[i - pixel];
        int corner = i < pixel || !above ? 0 : above[i - pixel];
        out[i] = (unsigned char)(row[i] - predict(left, above ? above[i] : 0, corner));
    }
}

static bool reserve(unsigned char **bytes, size_t *room, size_t wanted)
{
    if (*room >= wanted)
        return true;
    free(*bytes);
    *bytes = malloc(wanted);
    *room = *bytes ? wanted : 0;
    return *bytes != NULL;
}

static bool deflate_all(struct band *band, const unsigned char *bytes, size_t length, int level, bool is_last)
{
    z_stream stream = {0};
    /* Without zlib's own header: it belongs in front of the first band only. */
    if (deflateInit2(&stream, level, Z_DEFLATED, -MAX_WBITS, 8, Z_FILTERED) != Z_OK)
        return false;
    /* A flush adds an empty block. */
    size_t most = deflateBound(&stream, (uLong)length) + 16;
    bool fine = reserve(&band->out, &band->room, most);
    if (fine) {
        stream.next_in = (unsigned char *)(uintptr_t)bytes;
        stream.avail_in = (uInt)length;
        stream.next_out = band->out;
        stream.avail_out = (uInt)most;
        int result = deflate(&stream, is_last ? Z_FINISH : Z_SYNC_FLUSH);
        fine = (is_last ? result == Z_STREAM_END : result == Z_OK) && stream.avail_in == 0;
        band->length = most - stream.avail_out;
    }
    deflateEnd(&stream);
    return fine;
}

bool band_compress(struct band *band, const struct band_rows *rows, int level, bool is_last)
{
    size_t filtered = rows->row + 1, length = rows->count * filtered;
    const unsigned char *row = rows->rows, *above = rows->above;
    if (!reserve(&band->filtered, &band->filtered_room, length))
        return false;
    for (size_t i = 0; i < rows->count; i++, above = row, row += rows->row)
        filter_row(row, above, rows->row, rows->pixel, band->filtered + i * filtered);
    band->adler = (uint32_t)adler32_z(adler32_z(0, NULL, 0), band->filtered, length);
    band->plain = length;
    return deflate_all(band, band->filtered, length, level, is_last);
}

void band_drop(struct band *band)
{
    free(band->out);
    free(band->filtered);
    *band = (struct band){0};
}
