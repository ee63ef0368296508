/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_RANDOM_H
#define TOOLS_RANDOM_H

/* random: numbers for names that nobody else has, on this machine or on another. Not for secrets. */

#include <stdint.h>

uint64_t random_number(void);

#endif
