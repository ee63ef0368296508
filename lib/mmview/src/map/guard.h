/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_GUARD_INTERNAL_H
#define MMVIEW_GUARD_INTERNAL_H

/* The table of watched mappings, for the library's own files. */

#include <mmview/guard.h>

typedef struct mmv__watch mmv__watch;

/* Watch memory [address, address + size). NULL when the guard is off or there is no memory: then nothing is watched. */
mmv__watch *mmv__guard_watch(void *address, size_t size);

/* Whether an access in the watched memory was caught; *at_ret is the lowest caught byte, counted from the address. */
bool mmv__guard_caught(const mmv__watch *watch, size_t *at_ret);

/* The same mapping has become longer. What was caught in it stays caught. NULL is fine. */
void mmv__guard_extend(mmv__watch *watch, size_t size);

/* End it; NULL is fine. */
void mmv__guard_unwatch(mmv__watch *watch);

#endif
