/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_NO_DATA_H
#define TOOLS_NO_DATA_H

/* no_data: which stored samples of a file stand for nothing: what --nodata says, or else its header. */

#include "kit/image/image_file.h"

struct no_data {
    double values[MMI_NO_DATA_VALUES]; /* values[0..count): those that samples of the file can be */
    size_t count;
    bool is_headers; /* the header's, not the option's */
    mmi_no_data set; /* the same, for comparing */
};

/*
 * no_data_find() - of an open file. What its samples cannot be is a note, or with the option, where no double is what
 * was typed, a usage error. Returns an exit status.
 */
int no_data_find(struct no_data *no_data, const struct no_data_settings *asked, const struct console *console,
                 struct image_file *file);

/* no_data_is_any() - whether there are such samples. */
static inline bool no_data_is_any(const struct no_data *no_data)
{
    return no_data->count > 0;
}

/* no_data_text() - the values, with commas between them. */
#define NO_DATA_TEXT 96
const char *no_data_text(const struct no_data *no_data, char text[NO_DATA_TEXT]);

#endif
