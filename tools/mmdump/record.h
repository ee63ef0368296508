/* SPDX-License-Identifier: MIT */
#ifndef MMDUMP_RECORD_H
#define MMDUMP_RECORD_H

/* record: what the bytes of one record mean, field by field. */

#include <stdio.h>

#include <mmimage/image.h>

#include "kit/cli/console.h"
#include "kit/image/values.h"

#define RECORD_FIELDS 4096
#define RECORD_NAME 72

struct record_field {
    char name[RECORD_NAME];
    mmi_type type;
    uint32_t offset; /* in the record */
};

struct record {
    struct record_field *fields; /* [RECORD_FIELDS] */
    size_t count;
    size_t size; /* bytes, with its gaps */
};

/*
 * record_parse() - "i16 red, i16 green, u8 flags[4]", see kit/image/fields.h; an array's elements are called name0,
 * name1 ... Bytes of text and truth values are numbers. Says what is wrong and returns false.
 */
bool record_parse(struct record *record, const struct console *console, const char *text);

/*
 * record_of_pixel() - the samples of a pixel, named by rgba when there are at most four, else c0, c1 ... False: no
 * memory.
 */
bool record_of_pixel(struct record *record, mmi_type type, uint32_t samples);

/* record_choose() - of a pixel only the samples that channels[0..samples) says are shown; its size stays. */
void record_choose(struct record *record, const bool *channels);

/* record_value() - one field as text: integers whole, floats with as many digits as tell them apart. */
#define RECORD_VALUE VALUES_TEXT
void record_value(const struct record_field *field, const unsigned char *bytes, char text[RECORD_VALUE]);

void record_drop(struct record *record);

#endif
