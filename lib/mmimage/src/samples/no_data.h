/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_SRC_NO_DATA_H
#define MMIMAGE_SRC_NO_DATA_H

/* no_data: what the library does with samples that stand for "nothing there". */

#include <mmimage/sample.h>

/* mmi__no_data_is_any() - whether a sample can match at all. */
static inline bool mmi__no_data_is_any(const mmi_no_data *no_data)
{
    return no_data->nan || no_data->count > 0;
}

/*
 * mmi__no_data_find() - which pattern the stored sample is: its index, 'count' for a NaN that has none, or -1 when it
 * is not one of them.
 */
int mmi__no_data_find(const mmi_no_data *no_data, const void *stored);

/* mmi__no_data_stored() - the bytes of a pattern. */
void mmi__no_data_stored(const mmi_no_data *no_data, size_t index, unsigned char *stored);

/* mmi__no_data_count() - how many of samples[0..count) are. */
size_t mmi__no_data_count(const mmi_no_data *no_data, const void *samples, size_t count);

/*
 * mmi__no_data_sieve() - the others, one behind the other.
 * Shape:   'count' samples, 'stride' bytes from one to the next; kept[0..count) has room for all. Returns how many
 *          there are.
 */
size_t mmi__no_data_sieve(const mmi_no_data *no_data, const unsigned char *samples, size_t count, size_t stride,
                          unsigned char *kept);

/* mmi__no_data_blank() - of floats: *target becomes the sample, or NaN for one that is. Returns whether it is one. */
bool mmi__no_data_blank(const mmi_no_data *no_data, const unsigned char *source, unsigned char *target);

#endif
