/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_ARENA_H
#define MMVIEW_ARENA_H

/*
 * arena: one reservation of address space, cut into slots that windows are placed in.
 *
 *     | slot 0                | slot 1                | slot 2          ...      PROT_NONE where nothing is placed
 *     |..[window, 8 MiB     ].|[window            ]...|
 *        ^ address % 2 MiB == file offset % 2 MiB
 *
 * The address is congruent with the file offset modulo 2 MiB, because only then can the kernel map a large folio with
 * one entry; that is why a slot is 2 MiB larger than a window. Windows are placed over what was there and vacated to
 * PROT_NONE, never unmapped: no other mapping of the process can land in between, and a 32-bit address space cannot
 * fragment. A window larger than a slot takes several in a row.
 *
 * Threads: placing and vacating different slots may run in parallel; taking and giving slots back is the caller's to
 * lock.
 */

#include "map/map.h"

typedef struct mmv__arena {
    char *base;
    size_t slot;       /* bytes */
    size_t congruence; /* 2 MiB; less for windows that are smaller than that */
    unsigned slots;    /* how many */
    bool *taken;       /* taken[0..slots) */
} mmv__arena;

/* Bytes of address space that one slot for windows of 'window' bytes takes. */
uint64_t mmv__arena_slot(uint64_t window);

/* Room for 'slots' windows of 'window' bytes each. Errors: an errno value. */
int mmv__arena_create(size_t window, unsigned slots, mmv__arena *arena_ret);
void mmv__arena_destroy(mmv__arena *arena);

/* The same but for slots that are taken: their addresses are their takers' from now on, who unmap them. */
void mmv__arena_release(mmv__arena *arena);

/* Slots in a row for a window of 'size' bytes that starts at file byte 'offset'; false when there are none. */
bool mmv__arena_take(mmv__arena *arena, uint64_t offset, size_t size, unsigned *first_ret, unsigned *count_ret);
void mmv__arena_give(mmv__arena *arena, unsigned first, unsigned count);

/* Map whole pages of the file into slots from 'first', with the map's access. Errors: an errno value. */
int mmv__arena_place(const mmv__arena *arena, unsigned first, const mmv_map *map, mmv_range pages, char **data_ret);

/* Take a placed window away again. A failure leaves it mapped: harmless, the slot is placed over next time. */
void mmv__arena_vacate(char *data, size_t size);

#endif
