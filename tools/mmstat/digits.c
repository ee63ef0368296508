/* SPDX-License-Identifier: MIT */
/* digits: see digits.h. */
#include "mmstat/digits.h"

#include <stdlib.h>

/* For the digits of all threads. */
#define MEMORY_MAX ((size_t)512 * MMV_MIB)

bool digits_are_narrow(const struct scan *scan)
{
    return mmi_key_bits(scan->result->image.type) <= 16;
}

size_t digits_that_fit(const struct scan *scan)
{
    return MEMORY_MAX / MMI_DIGITS_BYTES / scan->most_threads;
}

void digits_end(struct scan *scan)
{
    for (unsigned thread = 0; scan->digits && thread < scan->threads; thread++)
        mmi_digits_destroy(&scan->digits[thread]);
    free(scan->digits);
    scan->digits = NULL;
}

int digits_begin(struct scan *scan, const mmi_digit *digits, size_t count)
{
    digits_end(scan);
    if (count > MEMORY_MAX / MMI_DIGITS_BYTES / scan->threads)
        return console_error(scan->console, scan->file->path,
                             "%zu tables of 768 KiB are needed for each of %u threads; fewer --threads would do", count,
                             scan->threads);
    scan->digit_count = count;
    scan->digits = calloc(scan->threads, sizeof *scan->digits);
    bool fine = scan->digits != NULL;
    for (unsigned thread = 0; fine && thread < scan->threads; thread++)
        fine = mmi_digits_create(scan->result->image.type, scan->result->image.samples, digits, count,
                                 &scan->digits[thread]) == MMV_OK &&
               mmi_digits_set_no_data(scan->digits[thread], scan->result->no_data.values,
                                      scan->result->no_data.count) == MMV_OK;
    return fine ? TOOL_DONE : pass_no_memory(scan);
}

mmv_status digits_add(void *user, unsigned thread, const mmi_block *block)
{
    const struct scan *scan = user;
    mmi_digits_add(scan->digits[thread], block);
    return MMV_OK;
}

void digits_gather(struct scan *scan)
{
    for (unsigned thread = 1; thread < scan->threads; thread++)
        mmi_digits_merge(scan->digits[0], scan->digits[thread]);
    for (size_t i = 0; i < scan->digit_count; i++)
        ranks_sum(scan->ranks, mmi_digits_counts(scan->digits[0], i), MMI_DIGITS);
}

const uint64_t *digits_counts(const struct scan *scan, size_t index)
{
    return mmi_digits_counts(scan->digits[0], index);
}

uint64_t digits_find(const uint64_t *counts, uint64_t ordinal, uint64_t *below_ret)
{
    uint64_t below = 0, value = 0;
    while (value + 1 < MMI_DIGITS && below + counts[value] <= ordinal)
        below += counts[value++];
    *below_ret = below;
    return value;
}
