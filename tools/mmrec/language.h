/* SPDX-License-Identifier: MIT */
#ifndef MMREC_LANGUAGE_H
#define MMREC_LANGUAGE_H

/*
 * language: what the user's code finds there besides C and the fields, as C. Words beginning with mmrec_ are ours.
 *
 * A change of what code means is a new version: interrupted runs of another version are refused.
 */

#define LANGUAGE_VERSION 1

/* Texts behind each other; NULL ends the list. */
extern const char *const language_common[];

/* language_shifted - also for fields with the highest bit turned over, see struct field: get_u16o, get_u16xo. */
extern const char *const language_shifted[];

/* language_divide - also for code that may divide: a division by zero leaves the function, and other overflows wrap. */
extern const char *const language_divide[];

/* language_reduce - for --reduce: one value more in what is known of others, struct figure_state of figures.h. */
extern const char *const language_reduce[];

/* language_group - for --by: the figures of the group that has a key, struct groups of groups.h. */
extern const char *const language_group[];

/* language_show - for --print: a value as a struct cell of columns.h, and rows of them as in code.h. */
extern const char *const language_show[];

#endif
