/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_MAP_INTERNAL_H
#define MMVIEW_MAP_INTERNAL_H

/* The inside of a map, for the library's own files. */

#include "base/access.h"
#include "base/error.h"
#include "os/file.h"
#include "os/sync.h"

#include <mmview/map.h>
#include <mmview/range.h>

#include <stdatomic.h>

/* What the kernel can map with one entry: a PMD on x86-64 and, with 4 KiB pages, arm64. */
#define MMV__CONGRUENCE (2 * MMV_MIB)

/* What goes with the last reference besides the descriptor: the share in a name of shared/, say. */
typedef struct mmv__release {
    void (*call)(void *owned); /* NULL = nothing */
    void *owned;
} mmv__release;

struct mmv_map {
    atomic_uint references; /* the handle, each view, each cursor */
    atomic_uint holds;      /* who may still read these fields: all references together, and each retired view */
    _Atomic uint64_t capacity;
    mmv_access access;
    mmv__os_kind kind;
    uint64_t device, inode;
    int descriptor;
    bool own;
    bool is_writer; /* mmv__written_begin() was called */
    mmv__release release;
    mmv__mutex growing; /* one thread at a time looks at the length and changes it */
    char path[];        /* "" for a map from a descriptor */
};

/* What a map of an open descriptor is made of. */
typedef struct mmv__map_source {
    const char *path; /* "" = none */
    mmv_access access;
    int descriptor;
    bool own;          /* the descriptor is closed with the map, also when the map cannot be made */
    uint64_t capacity; /* 0 = the file's length */
} mmv__map_source;

mmv_status mmv__map_adopt(const mmv__map_source *source, mmv_map **map_ret);

/* Make the file of a map that is open for writing so long, and no longer, and have that as its capacity. */
mmv_status mmv__map_set_length(mmv_map *map, uint64_t length, const char *operation);

mmv_map *mmv__map_keep(mmv_map *map); /* one reference more */
void mmv__map_forget(mmv_map *map);   /* one less; the last closes the file */

/* Keep the struct, and nothing that it stands for: path and access can be read, the descriptor may be closed. */
void mmv__map_hold(mmv_map *map);
void mmv__map_let_go(mmv_map *map);

/* Something failed at a byte of a map; os_error may be 0. */
static inline mmv_status mmv__fail_at(mmv_status status, int os_error, const char *operation, const mmv_map *map,
                                      uint64_t offset)
{
    return mmv__fail_path_at(status, os_error, operation, map->path, offset);
}

/*
 * Why a mapped byte could not be reached: called after EFAULT from populating, or after the guard caught an access.
 * Sets and returns MMV_ETRUNC, MMV_ENOSPC or MMV_EIO at the offset.
 */
mmv_status mmv__map_diagnose(mmv_map *map, uint64_t offset, bool writing, const char *operation);

/* Whether the file still has bytes [0, end): MMV_OK, also for what is no regular file, or MMV_ETRUNC at its end. */
mmv_status mmv__map_check_length(mmv_map *map, uint64_t end, const char *operation);

#endif
