/* SPDX-License-Identifier: MIT */
/* posix: see system.h. */

#include "system/system.h"

#include <assert.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct mmi__lock {
    pthread_mutex_t mutex;
};

mmi__lock *mmi__lock_create(void)
{
    mmi__lock *lock = malloc(sizeof *lock);
    if (lock && pthread_mutex_init(&lock->mutex, NULL) != 0) {
        free(lock);
        return NULL;
    }
    return lock;
}

void mmi__lock_destroy(mmi__lock **lock)
{
    if (*lock)
        pthread_mutex_destroy(&(*lock)->mutex);
    free(*lock);
    *lock = NULL;
}

/* Fails only for a mutex that is none, or that this thread has. */
void mmi__lock_take(mmi__lock *lock)
{
    int error = pthread_mutex_lock(&lock->mutex);
    assert(!error);
    (void)error;
}

void mmi__lock_give(mmi__lock *lock)
{
    int error = pthread_mutex_unlock(&lock->mutex);
    assert(!error);
    (void)error;
}

/* ---- libraries --------------------------------------------------------------------------------------------------- */

static bool find_symbol(void *library, const mmi__symbol *symbol)
{
    void *address = dlsym(library, symbol->name);
    /* POSIX: a function's address fits. */
    memcpy(symbol->pointer, &address, sizeof address);
    return address != NULL;
}

static bool load(const char *name, const mmi__symbol *symbols, size_t count)
{
    void *library = dlopen(name, RTLD_LAZY | RTLD_LOCAL);
    if (!library)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!find_symbol(library, &symbols[i]))
            return false;
    return true;
}

static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;

static void hold_loading(void)
{
    pthread_mutex_lock(&loading);
}

static void end_hold(void)
{
    pthread_mutex_unlock(&loading);
}

/* A child that was forked while another thread loads would wait for that thread, which it has not: the fork waits. */
__attribute__((constructor)) static void watch_forks(void)
{
    pthread_atfork(hold_loading, end_hold, end_hold);
}

bool mmi__library_load(const char *name, const mmi__symbol *symbols, size_t count, mmi__library_state *state)
{
    pthread_mutex_lock(&loading);
    if (*state == MMI__LIBRARY_UNTRIED)
        *state = load(name, symbols, count) ? MMI__LIBRARY_LOADED : MMI__LIBRARY_MISSING;
    bool loaded = *state == MMI__LIBRARY_LOADED;
    pthread_mutex_unlock(&loading);
    return loaded;
}
