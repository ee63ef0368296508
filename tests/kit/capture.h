/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CAPTURE_H
#define TESTS_CAPTURE_H

/* capture: what a call writes to stdout or stderr, as text. */

#include <stdio.h>

/* capture_begin() - from here on what goes to the stream goes to a file; one stream at a time. */
void capture_begin(FILE *stream);

/* capture_end() - the stream is as it was. Returns what was written, until the next capture. */
const char *capture_end(void);

#endif
