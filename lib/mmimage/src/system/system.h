/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_SYSTEM_H
#define MMIMAGE_SYSTEM_H

/*
 * system: all that mmimage asks of the operating system. posix.c has it for Unixes, win32.c for Windows; no other file
 * of mmimage includes a header that Windows lacks. "Win32:" names what that calls.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Which printf() the attribute "format" means: on Windows there are two, and <stdio.h> says which is the C standard's.
 */
#ifdef __MINGW_PRINTF_FORMAT
#define MMI__PRINTF_FORMAT __MINGW_PRINTF_FORMAT
#else
#define MMI__PRINTF_FORMAT printf
#endif

/* Memory at a multiple of 'alignment', a power of two that divides 'size'; NULL = no memory. Win32: _aligned_malloc().
 */
void *mmi__aligned(size_t alignment, size_t size);
void mmi__aligned_free(void *memory);

/* Whether a letter of a path is behind a folder. Win32: '/', '\\', and the colon of a drive. */
bool mmi__ends_folder(char letter);

/* A lock between the threads of a process. NULL = no memory; a NULL *lock is fine to destroy. Win32: SRWLOCK. */
typedef struct mmi__lock mmi__lock;
mmi__lock *mmi__lock_create(void);
void mmi__lock_destroy(mmi__lock **lock);
void mmi__lock_take(mmi__lock *lock);
void mmi__lock_give(mmi__lock *lock);

#endif
