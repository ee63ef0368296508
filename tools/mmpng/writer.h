/* SPDX-License-Identifier: MIT */
#ifndef MMPNG_WRITER_H
#define MMPNG_WRITER_H

/*
 * writer: libpng with bands that are compressed already: the head, one IDAT chunk for each band, the end.
 *
 * One thread at a time: libpng's jump buffer belongs to whoever calls.
 */

#include <stdio.h>

#include <png.h>

#include "mmpng/band.h"
#include "mmpng/drawing.h"

struct writer {
    const struct drawing *drawing;
    FILE *stream;
    png_structp png;
    png_infop info;
    uint32_t adler;      /* of the bands so far */
    int file_error;      /* errno of the stream */
    char complaint[160]; /* libpng's */
};

/* writer_open() - for a file that is open. False = no memory. writer_close() in any case, after writer_open() only. */
bool writer_open(struct writer *writer, const struct drawing *drawing, int descriptor);
void writer_close(struct writer *writer);

/* writer_put() - the next band, in order of their numbers; the picture is complete behind the last. False: it failed.
 */
bool writer_put(struct writer *writer, const struct band *band, uint64_t number);

/* writer_flush() - the file has all of it. */
bool writer_flush(struct writer *writer);

/* writer_complaint() - why it failed. */
const char *writer_complaint(const struct writer *writer);

#endif
