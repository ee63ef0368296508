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

#endif
