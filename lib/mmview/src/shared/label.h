/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_LABEL_H
#define MMVIEW_LABEL_H

/*
 * label: the sign that the bytes of a name in shared memory are a map of this library's, and the whole name where that
 * is too long for a file's.
 *
 *     /dev/shm/mmv.PART                  the map: bytes of its users, and nothing else; or another object
 *     /dev/shm/.mmv.PART.INODE           its label: what it belongs to; and the name, where PART is a sum (spelling.h)
 *
 * Anybody may call a file mmv.SOMETHING: a result of a tool, an undo journal, a copy of a map. What is opened, listed
 * and above all removed as a map has a label, so that such a file never is.
 *
 * 1. A label names the inode, and when it was made, as far as the system tells: a copy of a map, or a new file under
 * its name, has none.
 * 2. A label is believed when its owner is that of the map, or root, and when nobody else may write it.
 * 3. A label is made before its map gets the name, and removed after it. What is left between the two belongs to
 * nobody, and goes when names are listed. It is complete before it has its name, so that a file which only is called
 * like one stays.
 *
 * 4. Who may not open the object may not read its label, either: a lock for reading would keep its owner from removing
 * the name. Who may open the object can keep the name as well by using it.
 *
 * No asserts: all four are about files that other processes change.
 */

#include "os/file.h"

/*
 * Make the label of the file that is about to get 'path', and that has its mode. An errno. 'kept' is a name that stays
 * in it; NULL = none. *label_ret is for mmv__os_close(), when it has.
 */
int mmv__label_make(const char *path, int descriptor, const char *kept, int *label_ret);

/* Whether the open file that has these facts, and this path, has a label. */
bool mmv__label_is_there(const char *path, int descriptor, const mmv__os_facts *facts);

/*
 * Its label, for mmv__os_close(). A byte far behind its end stands for a lock of a map which who may only read cannot
 * lock for writing. An errno; ENOENT = it has none.
 */
int mmv__label_open(const char *path, int descriptor, const mmv__os_facts *facts, bool writing, int *label_ret);

/* Invariant 4, for a mode that the object has from now on. An errno; without a label there is nothing to do. */
int mmv__label_show(const char *path, int descriptor, const mmv__os_facts *facts, unsigned permissions);

/* Or is gone. A lock for reading, which anybody can have, does not count. */
bool mmv__label_is_locked(const char *path, int descriptor, const mmv__os_facts *facts, uint64_t byte);

/* The name that is kept in it, for free(3); NULL = no label, or none in it. */
char *mmv__label_name(const char *path, int descriptor, const mmv__os_facts *facts);

/* The file has lost its name. */
void mmv__label_remove(const char *path, uint64_t inode);

/* Remove the labels of this user that are of no map any more; the second one: that in one file, see mmv__os_list(). */
void mmv__labels_tidy(void);
bool mmv__label_tidy(const char *file, void *user);

#endif
