/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SCRATCH_PLACE_H
#define TESTS_SCRATCH_PLACE_H

/* scratch_place: what scratch.c asks of scratch_posix.c or windows/scratch.c, which have the rest of scratch.h. */

/* The present directory; "" = none yet. */
const char *scratch_place(void);

_Noreturn void scratch_die(const char *what, const char *path);

#endif
