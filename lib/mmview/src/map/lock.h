/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_LOCK_INTERNAL_H
#define MMVIEW_LOCK_INTERNAL_H

/*
 * lock: which bytes of a file are locked for what, and how long a lock is waited for.
 *
 *     0 ............... MMV__LOCK_BYTES    the file's own bytes: mmv_map_lock(), and walks with a journal
 *     MMV__LOCK_NAME .. + 3                objects with a name, see shared/names.h: their users, and their removal
 *     MMV__LOCK_MIRROR .................   the file's bytes once more, for descriptors that go past the page cache: the
 *                                          map's own lock on the bytes would exclude them
 *
 * No file is so long that the last two meet its bytes. One file in /dev/shm may be walked with a journal and have a
 * name at the same time, so the three never meet each other either.
 */

#include <mmview/range.h>
#include <mmview/status.h>

#define MMV__LOCK_BYTES (UINT64_C(1) << 62)
#define MMV__LOCK_NAME MMV__LOCK_BYTES
#define MMV__LOCK_MIRROR (MMV__LOCK_BYTES + 64 * MMV_KIB)

/* Lock 'bytes', length 0 = to the end of the file. An errno; EAGAIN = held by others for 'wait_ms' and longer. */
int mmv__lock_within(int descriptor, bool exclusive, mmv_range bytes, unsigned wait_ms);

/*
 * Sets and returns MMV_EBUSY for a lock on 'bytes' that was not to be had, at their offset: the detail says who has
 * one, as far as the system tells.
 */
mmv_status mmv__fail_locked(int descriptor, bool exclusive, mmv_range bytes, const char *path);

/* The same for their mirror. */
mmv_status mmv__fail_mirror_locked(int descriptor, mmv_range bytes, const char *path);

/* Wait until nobody holds the mirror of 'bytes', without taking it. The errors are the same. */
int mmv__lock_mirror_free(int descriptor, mmv_range bytes, unsigned wait_ms);

/* Whether somebody may be changing 'bytes': they are locked exclusively, or their mirror is. */
bool mmv__lock_is_exclusive(int descriptor, mmv_range bytes);

/* Lock the mirror. It tells no error: on a file system without locks the lock of the bytes has failed before. */
void mmv__lock_mirror(int descriptor, mmv_range bytes);

#endif
