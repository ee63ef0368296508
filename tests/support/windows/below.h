/* SPDX-License-Identifier: MIT */
#ifndef TESTS_WINDOWS_BELOW_H
#define TESTS_WINDOWS_BELOW_H

/* below: what the system below Wine does, a Unix, and Windows does not. On a real Windows all of it is false. */

#include <stdbool.h>
#include <stddef.h>

/* A path that is there, as programs of the system below know it. */
bool below_path(const char *path, char *below, size_t size);

/* Have its shell do 'what' with a path that is there, "truncate -s 0" or so, and wait until that is done. */
bool below_do(const char *what, const char *path);

#endif
