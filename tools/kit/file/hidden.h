/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_HIDDEN_H
#define TOOLS_HIDDEN_H

/*
 * hidden: names of files that stand beside a file while work on it lasts. They fit where the file's own name fits: of a
 * long one only the front is kept, cut between two characters of UTF-8.
 */

#include <limits.h>

#define HIDDEN_NAME (NAME_MAX + 1)

/* hidden_random() - .NAME.0123456789abcdef, which nothing else has. */
void hidden_random(const char *name, char hidden[HIDDEN_NAME]);

/* hidden_fixed() - .NAME.ENDING, the same each time; a long NAME is told from others by a sum of all of it. */
void hidden_fixed(const char *name, const char *ending, char hidden[HIDDEN_NAME]);

#endif
