/* SPDX-License-Identifier: MIT */
/*
 * arena.c - see arena.h for the drawing.
 *
 * Invariants:
 * 1. Every address in [base, base + slots * slot) is either PROT_NONE or inside a placed window.
 *    No assert: only the system knows; mmv__arena_place() asserts that windows stay inside.
 * 2. base is a multiple of the congruence (the reservation has some more before it, given back at once), and so is
 *    slot.
 */

#include "lease/arena.h"
#include "os/machine.h"
#include "os/memory.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/* The least power of two that holds the window, 2 MiB at most. */
static uint64_t congruence_of(uint64_t window)
{
    uint64_t unit = mmv__os_page_size();
    while (unit < window && unit < MMV__CONGRUENCE)
        unit *= 2;
    return unit;
}

uint64_t mmv__arena_slot(uint64_t window)
{
    uint64_t unit = congruence_of(window);
    uint64_t rounded = mmv_round_up(window, unit);
    return rounded > UINT64_MAX - unit ? rounded : rounded + unit;
}

/* How far into a slot a window starts whose first file byte is 'offset'. */
static size_t lead(const mmv__arena *arena, uint64_t offset)
{
    return (size_t)(offset % arena->congruence);
}

/* Invariant 2: reserve more, then give back what lies before and behind the aligned part. */
static int reserve_aligned(size_t size, size_t unit, char **base_ret)
{
    void *address;
    int error = mmv__os_reserve(size + unit, &address);
    if (error)
        return error;
    char *start = address;
    size_t before = (unit - (uintptr_t)start % unit) % unit;
    if (before)
        mmv__os_unmap(start, before);
    mmv__os_unmap(start + before + size, unit - before);
    *base_ret = start + before;
    return 0;
}

int mmv__arena_create(size_t window, unsigned slots, mmv__arena *arena_ret)
{
    uint64_t unit = congruence_of(window);
    uint64_t slot = mmv__arena_slot(window);
    uint64_t size;
    if (!mmv_product(slot, slots, &size) || size > SIZE_MAX - unit)
        return ENOMEM;
    bool *taken = calloc(slots, sizeof *taken);
    if (!taken)
        return ENOMEM;
    char *base;
    int error = reserve_aligned((size_t)size, (size_t)unit, &base);
    if (error) {
        free(taken);
        return error;
    }
    /* Invariant 2. */
    assert((uintptr_t)base % unit == 0 && slot % unit == 0);
    *arena_ret = (mmv__arena){base, (size_t)slot, (size_t)unit, slots, taken};
    return 0;
}

void mmv__arena_destroy(mmv__arena *arena)
{
    if (arena->base)
        mmv__os_unmap(arena->base, arena->slot * arena->slots);
    free(arena->taken);
    *arena = (mmv__arena){0};
}

void mmv__arena_release(mmv__arena *arena)
{
    unsigned first = 0;
    for (unsigned i = 0; i <= arena->slots; i++) {
        if (i < arena->slots && !arena->taken[i])
            continue;
        if (i > first)
            mmv__os_unmap(arena->base + first * arena->slot, (i - first) * arena->slot);
        first = i + 1;
    }
    free(arena->taken);
    *arena = (mmv__arena){0};
}

bool mmv__arena_take(mmv__arena *arena, uint64_t offset, size_t size, unsigned *first_ret, unsigned *count_ret)
{
    uint64_t count = (lead(arena, offset) + (uint64_t)size + arena->slot - 1) / arena->slot;
    unsigned free_run = 0;
    for (unsigned i = 0; i < arena->slots && count <= arena->slots; i++) {
        free_run = arena->taken[i] ? 0 : free_run + 1;
        if (free_run < count)
            continue;
        *first_ret = i + 1 - free_run;
        *count_ret = free_run;
        for (unsigned j = *first_ret; j <= i; j++)
            arena->taken[j] = true;
        return true;
    }
    return false;
}

void mmv__arena_give(mmv__arena *arena, unsigned first, unsigned count)
{
    for (unsigned i = first; i < first + count; i++) {
        assert(arena->taken[i]);
        arena->taken[i] = false;
    }
}

int mmv__arena_place(const mmv__arena *arena, unsigned first, const mmv_map *map, mmv_range pages, char **data_ret)
{
    char *data = arena->base + (size_t)first * arena->slot + lead(arena, pages.offset);
    assert(data + pages.length <= arena->base + arena->slot * arena->slots);
    int error = mmv__os_map_at(data, (size_t)pages.length, map->access, map->descriptor, pages.offset);
    if (error == 0)
        *data_ret = data;
    return error;
}

void mmv__arena_vacate(char *data, size_t size)
{
    mmv__os_vacate(data, size);
}
