/* SPDX-License-Identifier: MIT */
/*
 * guard.c - the table of watched mappings, and what happens on a bad access in one.
 *
 *     blocks -> [ entry entry ... 64 ] -> [ entry ... ] -> NULL        entries are reused, blocks stay for good
 *
 * The signal handler reads the table while other threads change it, so:
 * 1. A block, once linked, is never freed or unlinked. No assert: nothing here frees one.
 * 2. An entry is free when its size is 0. Its owner sets the address first and the size last; the handler reads the
 *    size first.
 * 3. Only the owner of an entry clears it, once no thread can touch the memory any more. So an address inside an entry
 *    that the handler has read belongs to the mapping that the entry was made for.
 * 4. The handler allocates nothing and takes no lock: it replaces one page, lowers one atomic number and raises
 *    another. No assert: repair() is all that it does.
 */

#include "base/error.h"
#include "map/guard.h"
#include "os/memory.h"
#include "os/sync.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

#define ENTRIES 64

struct mmv__watch {
    _Atomic uintptr_t size; /* invariant 2 */
    _Atomic uintptr_t address;
    _Atomic uintptr_t caught; /* lowest caught byte + 1, counted from address; 0 = none */
    atomic_bool taken;
};

struct block {
    struct mmv__watch entries[ENTRIES];
    struct block *_Atomic next;
};

static struct block first;
static atomic_uint enabled;
static _Atomic uintptr_t faults;           /* that were caught; raised after 'caught' of their entry */
static mmv__mutex gate = MMV__MUTEX_READY; /* around installing and removing the handler */

static void note(struct mmv__watch *watch, uintptr_t at)
{
    uintptr_t seen = atomic_load(&watch->caught);
    while ((seen == 0 || at + 1 < seen) && !atomic_compare_exchange_weak(&watch->caught, &seen, at + 1))
        ;
    atomic_fetch_add(&faults, 1);
}

/* Runs inside the signal handler. */
static bool repair(void *address)
{
    uintptr_t at = (uintptr_t)address;
    for (struct block *block = &first; block; block = atomic_load(&block->next))
        for (size_t i = 0; i < ENTRIES; i++) {
            struct mmv__watch *watch = &block->entries[i];
            uintptr_t size = atomic_load(&watch->size);
            uintptr_t start = atomic_load(&watch->address);
            /* Meanwhile the entry may have gone to another mapping, which is not ours. Or its mapping has grown. */
            if (at - start >= size || atomic_load(&watch->size) < size || atomic_load(&watch->address) != start)
                continue;
            if (!mmv__os_zero_page(address))
                return false;
            note(watch, at - start);
            return true;
        }
    return false;
}

mmv_status mmv_guard_enable(void)
{
    mmv__lock(&gate);
    int error = atomic_load(&enabled) == 0 ? mmv__os_catch_faults(repair) : 0;
    if (error == 0)
        atomic_fetch_add(&enabled, 1);
    mmv__unlock(&gate);
    return error ? mmv__fail(error, "guard") : MMV_OK;
}

void mmv_guard_disable(void)
{
    mmv__lock(&gate);
    if (atomic_load(&enabled) > 0 && atomic_fetch_sub(&enabled, 1) == 1)
        mmv__os_release_faults();
    mmv__unlock(&gate);
}

const volatile uintptr_t *mmv_guard_faults(void)
{
    static_assert(sizeof faults == sizeof(uintptr_t), "others read it as a plain number");
    return (const volatile uintptr_t *)&faults;
}

static struct mmv__watch *take_from(struct block *block)
{
    for (size_t i = 0; i < ENTRIES; i++) {
        bool taken = false;
        if (atomic_compare_exchange_strong(&block->entries[i].taken, &taken, true))
            return &block->entries[i];
    }
    return NULL;
}

static struct block *block_after(struct block *block)
{
    struct block *next = atomic_load(&block->next);
    if (next)
        return next;
    struct block *fresh = calloc(1, sizeof *fresh);
    if (!fresh)
        return NULL;
    if (atomic_compare_exchange_strong(&block->next, &next, fresh))
        return fresh;
    free(fresh);
    return next;
}

mmv__watch *mmv__guard_watch(void *address, size_t size)
{
    if (atomic_load(&enabled) == 0)
        return NULL;
    for (struct block *block = &first; block; block = block_after(block)) {
        struct mmv__watch *watch = take_from(block);
        if (!watch)
            continue;
        /* Invariant 2. */
        assert(atomic_load(&watch->size) == 0);
        atomic_store(&watch->caught, 0);
        atomic_store(&watch->address, (uintptr_t)address);
        atomic_store(&watch->size, size);
        return watch;
    }
    return NULL;
}

bool mmv__guard_caught(const mmv__watch *watch, size_t *at_ret)
{
    uintptr_t caught = watch ? atomic_load(&watch->caught) : 0;
    if (caught == 0)
        return false;
    *at_ret = caught - 1;
    return true;
}

void mmv__guard_extend(mmv__watch *watch, size_t size)
{
    if (watch)
        atomic_store(&watch->size, size);
}

void mmv__guard_unwatch(mmv__watch *watch)
{
    if (!watch)
        return;
    /* Invariant 3. */
    assert(atomic_load(&watch->taken));
    atomic_store(&watch->size, 0);
    atomic_store(&watch->taken, false);
}
