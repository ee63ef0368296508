/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_TURNS_H
#define MMBRIGHT_TURNS_H

/*
 * turns: a FILE whose samples lie in several files, as its header lists them: which of these change, and whose turn it
 * is. One is open at a time; all that a plan says of a file, and of bytes in it, is of that one. To a copy, which is
 * one file, they all go, one after the other. A shard has those in which its share of the image lies; of a copy, one in
 * any case: in its last turn it notes that it is done.
 */

#include "mmbright/plan/plan.h"

/* turns_are() - whether FILE is such a one. */
static inline bool turns_are(const struct bright_plan *plan)
{
    return plan->input.files.count > 0;
}

/*
 * turns_plan() - plan->turns, in the order of the files, and the turn of the first. Each is opened once as it will be
 * when it changes, and no other run has left it unfinished. Returns an exit status; what is wrong was said.
 */
int turns_plan(struct bright_plan *plan);

/* turns_count() - how many there are; of any other FILE one. */
size_t turns_count(const struct bright_plan *plan);

/* turns_take() - the index-th file is the one in hand: it is opened. Returns an exit status; what is wrong was said. */
int turns_take(struct bright_plan *plan, size_t index);

/*
 * turns_at() - where what this process changes lies in the image, from the first byte to the last, as if what each file
 * has of it lay one behind the other: see files_at().
 */
mmv_range turns_at(const struct bright_plan *plan);

/* turns_bytes() - bytes that change in all of them; turns_largest() - from the first to the last in any of them. */
uint64_t turns_bytes(const struct bright_plan *plan);
uint64_t turns_largest(const struct bright_plan *plan);

/* turns_written() - what this process writes of a copy, but for what is around the image; of any FILE. */
mmv_range turns_written(const struct bright_plan *plan);

/* turns_shift() - by how much bytes of the file in hand lie further behind in a copy, modulo 2^64; in place 0. */
uint64_t turns_shift(const struct bright_plan *plan);

/* turns_changing() - of how many files something changes. */
size_t turns_changing(const struct bright_plan *plan);

void turns_drop(struct bright_plan *plan);

#endif
