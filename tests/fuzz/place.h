/* SPDX-License-Identifier: MIT */
#ifndef TESTS_PLACE_H
#define TESTS_PLACE_H

/* place: a folder of the target's own, below $TMPDIR, and the files in it. What fails there ends the target. */

#include <stddef.h>

/* place_open() - make the folder; it goes with all that is in it when the program ends. */
void place_open(void);

/* place_path() - of a name in it; a pointer that lives until the eighth call from here. */
const char *place_path(const char *name);

/* place_put() - a file of these bytes, of whatever was there. */
void place_put(const char *name, const void *bytes, size_t size);

/* place_get() - the first bytes of a file, 'room' at most. Returns how many there were. */
size_t place_get(const char *name, void *bytes, size_t room);

/* place_clear() - nothing is in the folder any more. */
void place_clear(void);

#endif
