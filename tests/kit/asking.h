/* SPDX-License-Identifier: MIT */
#ifndef TESTS_ASKING_H
#define TESTS_ASKING_H

/* asking: what a FILE is, asked of identify(), and files to ask for. */

#include "kit/image/identify.h"

#include <stddef.h>

/* A header of 4 x 3 samples in big-endian 16 bits, for whatever file has its name. */
#define ESRI "nrows 3\nncols 4\nnbands 1\nnbits 16\nbyteorder I\nlayout bil\npixeltype signedint\n"

/* A file with this text. */
void put_text(const char *name, const char *text);

/* A file of bytes that no mark, no text and no name tells of. */
void put_samples(const char *name, size_t size);

/* The answer for a file; good until the next one. The second one asks without an option. */
const struct identified *ask(const char *name, const struct pixel_settings *asked);
const struct identified *ask_auto(const char *name);

/* The test ends unless the answer is this one. 'about' and a part of 'why' may be NULL: any. */
void check_answer(const struct identified *found, enum identified_as is, const char *about, const char *why);

#endif
