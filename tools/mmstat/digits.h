/* SPDX-License-Identifier: MIT */
#ifndef MMSTAT_DIGITS_H
#define MMSTAT_DIGITS_H

/* digits: how often each value of some digits is there, counted by all threads and all ranks. See mmimage/stats.h. */

#include "mmstat/pass.h"

/* digits_are_narrow() - whether a sample has one digit only: types of up to 16 bits. */
bool digits_are_narrow(const struct scan *scan);

/* digits_that_fit() - how many can be counted at once. */
size_t digits_that_fit(const struct scan *scan);

/*
 * digits_begin() - count digits[0..count) from now on, in place of those before; sorted by channel. Returns an exit
 * status; what is wrong was said. digits_end() in any case.
 */
int digits_begin(struct scan *scan, const mmi_digit *digits, size_t count);
void digits_end(struct scan *scan);

/* digits_add() - a block_fn that counts. */
mmv_status digits_add(void *user, unsigned thread, const mmi_block *block);

/* digits_gather() - after a pass: what all threads of all ranks have counted, for digits_counts(). */
void digits_gather(struct scan *scan);
const uint64_t *digits_counts(const struct scan *scan, size_t index);

/*
 * digits_find() - the value of the digit that the sample with this ordinal has, among counts[0..MMI_DIGITS).
 * Shape:   *below_ret samples have a lower one.
 */
uint64_t digits_find(const uint64_t *counts, uint64_t ordinal, uint64_t *below_ret);

#endif
