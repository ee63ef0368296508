/* SPDX-License-Identifier: MIT */
#ifndef MMPNG_READER_H
#define MMPNG_READER_H

/*
 * reader: libpng with a stranger's file: the head first, whose limits the caller checks, then the rows.
 *
 *     reader_open()     opens the file
 *     reader_look()     in the sandbox: what the head says
 *     reader_rows()     in the sandbox: row after row
 *     reader_close()    in any case
 */

#include <stdio.h>

#include <png.h>

#include "kit/cli/console.h"
#include "kit/os/file.h"
#include "kit/picture/mapping.h"

struct reader {
    FILE *stream;
    struct file_facts info; /* of the file */
    png_structp png;
    png_infop head;
    char complaint[160]; /* libpng's */
    int file_error;      /* errno of the stream */
    uint64_t width, height;
    uint32_t samples; /* per pixel */
    struct mapping mapping;
    bool interlaced;
};

/* reader_open() - returns an exit status; what is wrong was said. */
int reader_open(struct reader *reader, const struct console *console, const char *path);
void reader_close(struct reader *reader);

/* reader_look() - width, height, samples, mapping and interlaced. False: reader_complaint(). */
bool reader_look(struct reader *reader);

/* Pixels of one row, as libpng gives them. An interlaced picture comes as seven smaller ones. */
struct reader_row {
    uint64_t y, x;  /* where in the picture the first of them belongs */
    uint64_t step;  /* from one to the next */
    uint64_t count; /* pixels */
    const unsigned char *pixels;
};

/* Takes a row. False ends the reading. */
typedef bool reader_row_fn(void *user, const struct reader_row *row);

/*
 * reader_rows() - hand over all rows.
 * Shape:   'room' is for one row of reader_row_bytes(). False: reader_complaint(); true as well when 'fn' ended it.
 */
bool reader_rows(struct reader *reader, unsigned char *room, reader_row_fn *fn, void *user);

/* reader_row_bytes() - of a row without interlacing; for a width that was checked. */
size_t reader_row_bytes(const struct reader *reader);

/* reader_complaint() - what is wrong with the file. */
const char *reader_complaint(const struct reader *reader);

#endif
