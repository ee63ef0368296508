/* SPDX-License-Identifier: MIT */
#ifndef MMBENCH_UPDATES_H
#define MMBENCH_UPDATES_H

/* updates: what a fixture holds after random updates, which is not what content.h describes. */

#include "mmbench/trial.h"

/*
 * updates_check() - whether fixture->added runs of the same updates left what they must: every word of every record
 * that a run touches is larger by that many, and all words together by no more.
 */
bool updates_check(struct fixtures *fixtures, const struct trial *trial, const struct workload *load, bool *wrong_ret,
                   char *why, size_t why_size);

#endif
