/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_NAMING_H
#define TOOLS_NAMING_H

/* naming: whether a header, whatever its own name is, may name a FILE: what its text says, before it is taken apart. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * naming_text() - whether a line of MetaImage or NRRD names a file whose last part is 'base': as the value of its
 * field, in a list, or by a pattern. False alarms are for the header's reader to find out.
 * Shape:   text[0..length).
 */
bool naming_text(const char *text, size_t length, const char *base);

/*
 * naming_file() - the same of an open file of 'size' bytes, as far as its first MiB or its samples. What cannot be read
 * names nothing.
 */
bool naming_file(int descriptor, uint64_t size, const char *base);

#endif
