/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_NAMING_H
#define TOOLS_NAMING_H

/* naming: whether a header, whatever its own name is, may name a FILE: what its text says, before it is taken apart. */

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * naming_text() - whether a line of MetaImage or NRRD names a file whose last part is 'base', whatever the case of the
 * letters, quoted or not: as the value of its field, in a list, or by a pattern. False alarms are for the header's
 * reader to find out.
 * Shape:   text[0..length); 'base' may have folders: as many parts of the name count.
 */
bool naming_text(const char *text, size_t length, const char *base);

/* naming_is_near() - whether a name is 'base' but for folders, of Windows too, quotes, and the case of letters. */
bool naming_is_near(const char *name, const char *base);

/* naming_find_near() - the first file of a folder that a name is near to; false = there is none. */
bool naming_find_near(const char *folder, const char *name, char found[NAME_MAX + 1]);

/*
 * naming_file() - the same of an open file of 'size' bytes, as far as its first MiB or its samples. What cannot be read
 * names nothing.
 */
bool naming_file(int descriptor, uint64_t size, const char *base);

#endif
