/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_SYSTEM_H
#define MMIMAGE_SYSTEM_H

/*
 * system: all that mmimage asks of the operating system. posix.c has it for Unixes; no other file of mmimage includes a
 * header that Windows lacks. "Win32:" names what a port would call.
 */

#include <stdbool.h>
#include <stddef.h>

/* A lock between the threads of a process. NULL = no memory; a NULL *lock is fine to destroy. Win32: SRWLOCK. */
typedef struct mmi__lock mmi__lock;
mmi__lock *mmi__lock_create(void);
void mmi__lock_destroy(mmi__lock **lock);
void mmi__lock_take(mmi__lock *lock);
void mmi__lock_give(mmi__lock *lock);

/* A function of a library, and the function pointer that is to point to it. */
typedef struct mmi__symbol {
    const char *name;
    void *pointer;
} mmi__symbol;

/* What became of a library; begins as zero. */
typedef enum mmi__library_state {
    MMI__LIBRARY_UNTRIED = 0,
    MMI__LIBRARY_LOADED,
    MMI__LIBRARY_MISSING
} mmi__library_state;

/*
 * mmi__library_load() - load a library when it is asked for the first time, and never again.
 * Shape:   true when it is there with all its symbols[0..count), whose pointers are set then. It stays loaded.
 * Threads: any; 'state' and the pointers are written under a lock that all calls take. Win32: LoadLibraryEx().
 */
bool mmi__library_load(const char *name, const mmi__symbol *symbols, size_t count, mmi__library_state *state);

#endif
