/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_MAP_H
#define MMVIEW_MAP_H

/*
 * map: an open file, or memory (shared.h), whose bytes are used through views, leases and walks.
 *
 * Opening a map takes no address space and reads nothing; views, leases and walks do. A map stays alive until its
 * handle is closed *and* its last view and lease are gone, so these may be closed in any order.
 */

#include <mmview/access.h>
#include <mmview/status.h>

MMV_BEGIN_DECLS

typedef struct mmv_map mmv_map;

/* Zero bytes mean the defaults. */
typedef struct mmv_map_options {
    mmv_open_mode mode;   /* default: the file must exist */
    uint64_t capacity;    /* bytes; 0 = the file's length. The file grows to a larger capacity, with allocated blocks */
    unsigned permissions; /* mode bits of a new file, narrowed by the umask; 0 = 0666 */
    bool no_follow;       /* refuse a symbolic link as the last part of the path */
    bool *created_ret; /* when not NULL: set to true when this call created the file and the file still exists, else to
                          false */
#if UINTPTR_MAX == UINT32_MAX
    uint32_t created_rest_; /* zero: pads the pointer to 8 bytes */
#endif
    uint64_t sharing;      /* an mmv_sharing, see mmv_map_set_sharing(); after MMV_EBUSY the file is as before */
    uint64_t reserved_[2]; /* zero: room for fields of later versions */
} mmv_map_options;

/*
 * mmv_map_open() - open an existing file.
 * Owner:   the caller, until mmv_map_close().
 * Errors:  MMV_EINVAL(path|access), MMV_ENOENT, MMV_EACCES, MMV_EKIND, MMV_ENOMEM, MMV_ESYSTEM; *map_ret is NULL then,
 *          and may be closed all the same.
 * Source:  open(2) with O_NONBLOCK: opening a FIFO does not wait. The FIFO is then refused.
 */
MMV_API mmv_status mmv_map_open(const char *path, mmv_access access, mmv_map **map_ret);

/*
 * mmv_map_open_with() - open or create a file, with a capacity.
 * Units:   capacity in bytes. A capacity below the file's length is MMV_ERANGE(capacity): open a shorter view instead.
 *          A capacity above the file's length needs MMV_READ_WRITE, else it is MMV_EINVAL(capacity).
 * Owner:   the caller, until mmv_map_close(). A file that this call created is removed again when the call fails.
 * Errors:  as mmv_map_open(), MMV_EINVAL(mode) when a read-only map would create the file, MMV_EEXIST, and MMV_ENOSPC
 *          (the file keeps its old length).
 * Source:  fallocate(2), or ftruncate(2) where the file system cannot allocate blocks in advance. After ftruncate(2)
 *          only a later store finds that the disk is full, see guard.h.
 */
MMV_API mmv_status mmv_map_open_with(const char *path, mmv_access access, const mmv_map_options *options,
                                     mmv_map **map_ret);

/*
 * mmv_map_from_descriptor() - open a map of a file that has a descriptor already.
 * Shape:   the file may be a regular file, a block device or a character device. A character device has no length: give
 *          the capacity.
 * Owner:   with 'own' the map closes the descriptor, also when this call fails. Without 'own' the caller closes it, at
 *          any time after the last view and lease are gone.
 * Errors:  MMV_EINVAL(descriptor|access|capacity), MMV_EACCES when the descriptor was opened with less access or with
 *          O_APPEND, MMV_EKIND, MMV_ENOSPC.
 */
MMV_API mmv_status mmv_map_from_descriptor(int descriptor, bool own, mmv_access access, uint64_t capacity,
                                           mmv_map **map_ret);

/*
 * mmv_map_from_duplicate() - open a map of a file by a duplicate of its descriptor. The caller may close the original
 * at any time.
 * Errors:  as mmv_map_from_descriptor().
 * Source:  fcntl(2), F_DUPFD_CLOEXEC: both descriptors have the position, the flags and the locks of the open file in
 *          common.
 */
MMV_API mmv_status mmv_map_from_duplicate(int descriptor, mmv_access access, uint64_t capacity, mmv_map **map_ret);

/*
 * mmv_map_set_sharing() - say who else may have the file open from now on.
 * Shape:   the latest call counts. A network file system may carry out flock(2) as a lock on all bytes of the file,
 *          which would collide with mmv_map_lock(). So the call takes no lock there and returns MMV_ENOTSUP.
 * Owner:   the setting ends when the map is closed, or when the process ends in any way. When the map does not own its
 *          descriptor, the setting ends when that descriptor is closed. Forked children, and processes that were sent
 *          the descriptor, share the setting: it ends with the last of them. A later call by one of them counts for
 *          all.
 * Errors:  MMV_EINVAL(sharing). MMV_EBUSY when the settings of others are in the way; the map then loses its own
 *          earlier setting. MMV_ENOTSUP where the system has no such locks, and on Windows, where only opening a file
 *          can set this.
 * Source:  flock(2), LOCK_SH and LOCK_EX with LOCK_NB.
 */
MMV_API mmv_status mmv_map_set_sharing(mmv_map *map, mmv_sharing sharing);

/*
 * mmv_map_grow() - make the file longer, with allocated blocks.
 * Shape:   existing views and leases keep their place and length; new ones may reach to the new capacity.
 * Units:   capacity in bytes, not below the present one.
 * Threads: may run beside views, leases and walks of the same map.
 * Errors:  MMV_ERANGE(capacity), MMV_EACCES, MMV_ENOSPC (the file has its old length then), MMV_EIO.
 */
MMV_API mmv_status mmv_map_grow(mmv_map *map, uint64_t capacity);

/*
 * mmv_map_shrink() - make the file shorter.
 * Shape:   bytes behind the new end are gone, for everybody; they are zeros when the file grows again. New views,
 *          leases, walks and searches of this map reach to the new capacity. Open views and leases stay where they are,
 *          and may have bytes behind the new end. In the page of the new end such bytes read as zeros, and stores to
 *          them reach no file. An access beyond that page raises SIGBUS, as with a file that another process has made
 *          shorter. With the guard (guard.h) such an access finds zeros, and mmv_view_check() and mmv_release() return
 *          MMV_ETRUNC. Walks and searches under way end with MMV_ETRUNC. Other maps of the file, here and in other
 *          processes, keep their capacity until mmv_map_refresh().
 * Units:   capacity in bytes, not above the present one. Bytes that others have appended meanwhile are cut off, too.
 * Threads: may run beside views, leases and walks of the same map.
 * Errors:  MMV_ERANGE(capacity), MMV_EACCES for a map that is not read-write, for a device and for sealed memory.
 *          MMV_EBUSY when others have a lock (mmv_map_lock()) on bytes that would be cut off. MMV_ETRUNC when the file
 *          is already shorter than 'capacity', MMV_EIO. After an error the file and the capacity are as before.
 * Source:  ftruncate(2), mmap(2) NOTES.
 */
MMV_API mmv_status mmv_map_shrink(mmv_map *map, uint64_t capacity);

/*
 * mmv_map_refresh() - read the file's length again, after another process may have changed it.
 * Errors:  MMV_ESYSTEM; the capacity stays then.
 */
MMV_API mmv_status mmv_map_refresh(mmv_map *map);

/*
 * mmv_map_sync() - wait until everything written to the file, through views or otherwise, is on the device.
 * Errors:  MMV_EIO, MMV_ENOSPC. After an error assume nothing about bytes written before: a second call can succeed
 *          although data is lost.
 * Source:  fsync(2), NOTES.
 */
MMV_API mmv_status mmv_map_sync(mmv_map *map);

/*
 * mmv_map_lock() - lock bytes [offset, offset + length) against other processes that lock them, too.
 * Shape:   the lock is advisory. It is exclusive on a read-write map, else shared. Length 0 = to the end of the file,
 *          also when the end moves; MMV_EMPTY = no lock.
 * Units:   wait_ms is the longest wait in milliseconds; 0 = do not wait.
 * Owner:   the lock ends when the map is closed, or when the process ends in any way. A child made by fork(2) shares
 *          it: parent and child do not keep each other out.
 * Errors:  MMV_EBUSY; mmv_error.detail says who has the lock, as far as the system knows. MMV_ENOTSUP (the file system
 *          has no locks), MMV_ERANGE(offset|length).
 * Source:  fcntl(2), open file description locks.
 */
MMV_API mmv_status mmv_map_lock(mmv_map *map, uint64_t offset, uint64_t length, unsigned wait_ms);

/*
 * mmv_map_is_locked() - whether somebody else has an exclusive lock, as writers have, on bytes [offset, offset +
 * length).
 * Shape:   the call finds exclusive locks of mmv_map_lock() and of walks with a journal. Length 0 = to the end of the
 *          file, also when the end moves. The answer holds for this moment only. A reader that must not see a change
 *          takes a lock. A reader that only wants to notice a change asks before and after reading.
 * Threads: any.
 * Source:  fcntl(2), F_OFD_GETLK. False where the file system has no locks.
 */
MMV_API bool mmv_map_is_locked(const mmv_map *map, uint64_t offset, uint64_t length);

/* Plain facts about an open map. The path is "" for a map from a descriptor; the string lives as long as the map. */
MMV_API uint64_t mmv_map_capacity(const mmv_map *map);
MMV_API mmv_access mmv_map_access(const mmv_map *map);
MMV_API int mmv_map_descriptor(const mmv_map *map);
MMV_API const char *mmv_map_path(const mmv_map *map);

/* mmv_map_same_file() - whether two maps show the same file, also by symbolic or hard links. */
MMV_API bool mmv_map_same_file(const mmv_map *a, const mmv_map *b);

/* mmv_map_close() - give the handle up and set *map to NULL; a NULL *map is fine, so closing twice is harmless. */
MMV_API void mmv_map_close(mmv_map **map);

/*
 * mmv_map_is_remote() - whether the file lies on a network file system, so that other machines may use it, too.
 * Threads: any.
 * Source:  statfs(2). False where the system does not say.
 */
MMV_API bool mmv_map_is_remote(const mmv_map *map);

MMV_END_DECLS

#endif
