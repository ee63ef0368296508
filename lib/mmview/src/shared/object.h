/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_OBJECT_H
#define MMVIEW_OBJECT_H

/* What mutexes, events, semaphores and channels have in common: memory behind a header, found by a name. */

#include "map/guard.h"
#include "shared/names.h"
#include "os/sync.h"

#include <mmview/sync.h>

#define MMV__SPINS 400 /* looks before sleeping, some ten microseconds: a sleep and a wake cost as much */

typedef struct mmv__object {
    mmv__name *name;
    mmv__header *header; /* where the object is mapped */
    size_t size;
    mmv__watch *watch;
} mmv__object;

/* How an object that did not exist begins: in its own memory, which is zeros but for the header. Returns an errno. */
typedef int mmv__object_fn(mmv__header *header, const void *user);

/*
 * The memory in which a new object has begun, when its maker goes on with it before others can find the object. 'drop'
 * takes back what was done in it, when it was made in vain.
 */
typedef struct mmv__begun {
    mmv__header *header; /* NULL = none */
    size_t size;
    void (*drop)(mmv__header *header);
} mmv__begun;

/* What a kind of object is: 'size' bytes for a new one; an existing one must have 'least'. */
typedef struct mmv__object_kind {
    mmv_shared_kind kind;
    size_t size, least;
    mmv__object_fn *begin;
    const void *user;  /* for begin */
    mmv__begun *begun; /* where the memory is kept in which it begins; NULL = it is mapped anew */
} mmv__object_kind;

mmv_status mmv__object_open(const char *name, const mmv__object_kind *what, const mmv_shared_options *options,
                            mmv__object *object_ret);
void mmv__object_close(mmv__object *object);

/* MMV_ETRUNC when the guard had to repair the object: what was read in it was zeros. */
mmv_status mmv__object_check(const mmv__object *object, const char *operation);

/* A status about the object. */
mmv_status mmv__object_fail(const mmv__object *object, mmv_status status, int os_error, const char *operation);

static inline double mmv__seconds(uint32_t wait_ms)
{
    return wait_ms == MMV_FOREVER ? -1.0 : wait_ms * 1e-3;
}

/*
 * Wait until 'ready' is true, which it never is while 'word' is 0. 'waiters' counts the sleepers, for those who change
 * 'word'. A waker wakes all sleepers: a single one could die before it looks. False = the time is up, or the object
 * became shorter, which mmv__object_check() tells.
 */
typedef struct mmv__awaited {
    _Atomic uint32_t *word, *waiters;
    bool (*ready)(void *user);
    void *user;
} mmv__awaited;
bool mmv__await(const mmv__object *object, const mmv__awaited *awaited, double seconds);

/* After a change of 'word'. */
static inline void mmv__awaken(_Atomic uint32_t *word, _Atomic uint32_t *waiters)
{
    if (atomic_load(waiters) != 0)
        mmv__os_wake_word(word);
}

#endif
