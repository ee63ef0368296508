/* SPDX-License-Identifier: MIT */
#ifndef MMDIFF_COLUMN_H
#define MMDIFF_COLUMN_H

/* column: samples that have figures of their own: a channel of an image, or a field of records. */

#include "kit/image/fields.h"
#include "mmdiff/gap.h"

#define COLUMN_NAME FIELDS_NAME

struct column {
    char name[COLUMN_NAME];
    enum field_kind kind;
    struct gap_rule rule;
    uint32_t elements;           /* of an array; text is one, whatever its length */
    bool is_array;               /* its elements have numbers */
    size_t a_offset, b_offset;   /* in a pixel or record of A and B */
    size_t a_element, b_element; /* bytes; of text all of it */
};

struct columns {
    struct column *list; /* of columns_drop() */
    size_t count;
};

/*
 * columns_of_pixels() - the channels of two images with as many samples. columns_of_record() - fields, which are the
 * same in both files. False: no memory.
 */
bool columns_of_pixels(struct columns *columns, mmi_type a, mmi_type b, uint32_t samples);
bool columns_of_record(struct columns *columns, const struct fields *fields);

void columns_drop(struct columns *columns);

/* column_load() - elements of it as gap_load() has them, of A or of B; truth values are 0 or 1. */
enum column_side { COLUMN_A = 0, COLUMN_B };
void column_load(const struct column *column, enum column_side side, struct gap_samples samples, uint64_t *values,
                 size_t count);

/* column_text() - one element as people read it: numbers whole, text in quotes. */
#define COLUMN_TEXT 72
const char *column_text(const struct column *column, enum column_side side, const unsigned char *stored,
                        char text[COLUMN_TEXT]);

/* column_text_gap() - whether two texts differ: up to their first NUL. */
struct gap column_text_gap(const struct column *column, const unsigned char *a, const unsigned char *b);

#endif
