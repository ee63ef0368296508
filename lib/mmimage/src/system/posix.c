/* SPDX-License-Identifier: MIT */
/* posix: see system.h. */

#include "system/system.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

void *mmi__aligned(size_t alignment, size_t size)
{
    return aligned_alloc(alignment, size);
}

void mmi__aligned_free(void *memory)
{
    free(memory);
}

bool mmi__ends_folder(char letter)
{
    return letter == '/';
}

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
