/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_NAMES_H
#define MMVIEW_NAMES_H

/*
 * names: objects that processes find by a name, and that are gone when the last of them is.
 *
 * Where the system has such objects itself, kernel_names.c has the functions below, and os/object.h the rest. Elsewhere
 * names.c makes them of files:
 *
 *     /dev/shm/mmv.NAME      the object: a file in memory, owned by its maker, mode 0600 unless asked otherwise
 *
 * spelling.h says which part of a path stands for which name.
 *
 * A map is just its bytes, and has a label beside it (label.h). Every other object has mode bit 02000, which only its
 * owner can give, and begins with a header that says what it is, and of which inode. So one name is one thing, what
 * others write into a map is never taken for a header, and a file that only is called like an object is left alone.
 *
 * Who uses an object holds a read lock on its byte 2^62, on the descriptor that the object was opened with. The system
 * ends these locks with the process, however that ends, so:
 *
 * 1. An object that nobody locks is stale: whoever meets it removes its name. An object that persists has mode bit
 *    01000, and is never stale.
 * 2. A stale name is removed only under the write lock on that byte. Every name is removed only under the write lock on
 *    byte MMV__REMOVAL, while the file has the name. A map that its owner may not write is locked on MMV__REMOVAL of
 *    its label; then whether others use it is only looked at, and who comes looks at that lock after his own.
 * 3. A new object gets its name when it is complete and locked: nobody can take it for stale or see half of it.
 * 4. A process that has the read lock looks whether the file still has its name; if not, it begins again.
 * 5. Nothing that belongs to another user is opened, unless that is asked for; no link is followed.
 * 6. What has neither label nor header is not ours: it is not opened, listed or removed, and its name is taken.
 *
 * No asserts: all six are about files that other processes change at any moment, also between a look and an assert.
 */

#include "map/lock.h"
#include "os/object.h"
#include "os/sync.h"

#include <mmview/shared.h>

#define MMV__LIFE MMV__LOCK_NAME      /* the byte that users of an object lock */
#define MMV__RECEIVER (MMV__LIFE + 1) /* of a channel: locked by its receiver */
#define MMV__SENDERS (MMV__LIFE + 2)  /* of a channel: its senders share this lock */
#define MMV__REMOVAL (MMV__LIFE + 3)  /* locked while the name is taken away */
#define MMV__OBJECT_VERSION 2u

/* What stands at the start of every object that is not a plain map. */
typedef struct mmv__header {
    char magic[8];
    uint32_t version;
    uint32_t kind; /* mmv_shared_kind */
    uint32_t word; /* bits of a pointer in the processes that use it; 0 = does not matter */
    uint32_t flags;
    uint64_t size;          /* bytes of the whole object */
    uint64_t device, inode; /* MMV_SHARED_FILE: of the file, whose path follows behind the header */
    uint64_t space;         /* in which numbers of processes mean the same, see mmv__os_process_space(); 0 = any */
    uint64_t own;           /* inode of the object itself: a copy of an object is none */
} mmv__header;

typedef struct mmv__name {
    int descriptor;
    int rest;                /* of kernel_names.c: a second object that goes with it; -1 = none */
    int label;               /* of names.c: of a map that nobody may write, to be locked; -1 = not open */
    const char *whole;       /* of names.c: the name, where that is known before it is looked for, else NULL */
    struct mmv__name *next;  /* of leave.c: */
    struct mmv__name **link; /* what leads here in its list; NULL = it is in none */
    unsigned process;        /* that has opened it, see mmv__os_process() */
    unsigned forks;          /* mmv__os_forks() at that time */
    char path[];
} mmv__name;

/* What is to be opened, and what is made when it is not there. */
typedef struct mmv__wish {
    const char *operation;
    const char *name;
    mmv_shared_kind kind;
    const mmv_shared_options *options;
    bool writing;                                              /* for stores, else a read-only descriptor will do */
    uint64_t size;                                             /* bytes of a new object */
    int (*fill)(int descriptor, const struct mmv__wish *wish); /* what a new object holds; an errno. NULL = zeros */
    const void *user;                                          /* for fill */
    const mmv__object_make *make;                              /* of the kernel's own, but for a map's; NULL = none */
} mmv__wish;

/* What every call that opens begins with, and what one that fails ends with. */
static inline void mmv__not_created(const mmv_shared_options *options)
{
    if (options && options->created_ret)
        *options->created_ret = false;
}

/*
 * Open or make. *name_ret is for mmv__name_leave(). *kind_ret is the object's kind: also MMV_SHARED_FILE where a map
 * was asked for.
 */
mmv_status mmv__name_open(const mmv__wish *wish, mmv__name **name_ret, mmv_shared_kind *kind_ret, bool *created_ret);

/* Change mode or owner of what a name stands for; UINT32_MAX = as it is. An errno. */
int mmv__name_set_permissions(mmv__name *name, unsigned permissions);
int mmv__name_set_owner(const mmv__name *name, uint32_t user, uint32_t group);

/* Whether the machine has not so much memory. */
bool mmv__memory_is_too_much(uint64_t size);

/* Make an empty file in memory 'size' bytes long, with the memory behind it unless that is to come later. An errno. */
int mmv__memory_fill(int descriptor, uint64_t size, bool later);

/* Give the share up; the last one out takes the name along. NULL is fine. */
void mmv__name_leave(mmv__name *name);

/* The same as far as others see it, at the end of the process: nothing is freed. */
void mmv__name_let_go(mmv__name *name);

/* Remove what users of this user's names have left that were killed; the second one: at most once a second. */
void mmv__names_sweep(void);
void mmv__names_sweep_sometimes(void);

/* The map of the file that a name of the kind MMV_SHARED_FILE stands for, when it still is that file. */
mmv_status mmv__name_open_file(const mmv__name *name, mmv_access access, mmv_map **map_ret);

/* Give the map of the file at a path without links a name. */
mmv_status mmv__name_share_file(const mmv_map *map, const char *path, const char *name,
                                const mmv_shared_options *options, mmv__name **name_ret);

/* ---- what is asked for: asked.c --------------------------------------------------------------------------------- */

/* The header that an object of this kind begins with, and whether bytes begin as one does. */
mmv__header mmv__header_of(mmv_shared_kind kind, uint64_t size);
bool mmv__header_begins(const void *bytes);

bool mmv__is_object_name(const char *name); /* spelling.c, kernel_names.c */

/* Whether another user's object has the name, also one that is left over and that only he can remove. */
bool mmv__name_is_anothers(const char *name);
bool mmv__is_object_mode(unsigned permissions);

/* Whether a wish can be had at all; the second one: whether what is not there could be made. */
mmv_status mmv__wish_check(const mmv__wish *wish);
mmv_status mmv__wish_check_new(const mmv__wish *wish);

/* Whether a new map is never to be written, because it is made for reading. */
bool mmv__wish_limits(const mmv__wish *wish);

/* Whether what a name stands for is what is wanted, by its header; that of a map is of zeros but for its kind. */
mmv_status mmv__header_check(const mmv__header *header, const mmv__wish *wish, const char *path, uint64_t size,
                             mmv_shared_kind *kind_ret);

/* The name stands for something of another kind. */
mmv_status mmv__fail_kind(const mmv__wish *wish, const char *path, mmv_shared_kind kind);

/* A name that cannot be joined is taken all the same. */
mmv_status mmv__as_taken(mmv_status status, const mmv__wish *wish, const char *path);

#endif
