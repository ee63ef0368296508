/* SPDX-License-Identifier: MIT */
/* win32: see system.h. */

#include "system/system.h"

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <malloc.h>
#include <stdlib.h>
#include <windows.h>

void *mmi__aligned(size_t alignment, size_t size)
{
    return _aligned_malloc(size, alignment);
}

void mmi__aligned_free(void *memory)
{
    _aligned_free(memory);
}

bool mmi__ends_folder(char letter)
{
    return letter == '/' || letter == '\\' || letter == ':';
}

struct mmi__lock {
    SRWLOCK lock;
};

mmi__lock *mmi__lock_create(void)
{
    mmi__lock *lock = malloc(sizeof *lock);
    if (lock)
        InitializeSRWLock(&lock->lock);
    return lock;
}

void mmi__lock_destroy(mmi__lock **lock)
{
    free(*lock);
    *lock = NULL;
}

void mmi__lock_take(mmi__lock *lock)
{
    AcquireSRWLockExclusive(&lock->lock);
}

void mmi__lock_give(mmi__lock *lock)
{
    ReleaseSRWLockExclusive(&lock->lock);
}
