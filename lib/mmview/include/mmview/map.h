/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_MAP_H
#define MMVIEW_MAP_H

/*
 * map: something that can be viewed: a file, by path or by descriptor; or memory, see shared.h.
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
    uint64_t capacity;    /* bytes; 0 = the file's length. Larger grows the file to exactly this, with real blocks */
    unsigned permissions; /* mode bits of a new file, narrowed by the umask; 0 = 0666 */
    bool no_follow;       /* refuse a symbolic link as the last part of the path */
    bool *created_ret;    /* when not NULL: whether there is a file that this call made */
#if UINTPTR_MAX == UINT32_MAX
    uint32_t created_rest_; /* zero: a field takes a whole reserved word */
#endif
    uint64_t sharing; /* an mmv_sharing, see mmv_map_set_sharing(); nothing is changed when others are in the way */
    uint64_t reserved_[2]; /* zero: room for fields of later versions */
} mmv_map_options;

/*
 * mmv_map_open() - open an existing file.
 * Owner:   the caller, until mmv_map_close().
 * Errors:  MMV_EINVAL(path|access), MMV_ENOENT, MMV_EACCES, MMV_EKIND, MMV_ENOMEM, MMV_ESYSTEM; *map_ret is NULL
 *          then, so that mmv_map_close() is always right.
 * Source:  open(2) with O_NONBLOCK, so that a FIFO is refused instead of waited for.
 */
MMV_API mmv_status mmv_map_open(const char *path, mmv_access access, mmv_map **map_ret);

/*
 * mmv_map_open_with() - open or create a file, with a capacity.
 * Units:   capacity in bytes; a capacity below the file's length is MMV_ERANGE(capacity) (take a shorter view
 *          instead); one above it needs MMV_READ_WRITE, else MMV_EINVAL(capacity).
 * Owner:   the caller, until mmv_map_close(). A file that this call created is removed again when the call fails.
 * Errors:  as mmv_map_open(), and MMV_EINVAL(mode) when a read-only map would create, MMV_EEXIST, MMV_ENOSPC (the
 *          file has its old length then).
 * Source:  fallocate(2); where the file system has none, ftruncate(2): a full disk shows later then, see guard.h.
 */
MMV_API mmv_status mmv_map_open_with(const char *path, mmv_access access, const mmv_map_options *options,
                                     mmv_map **map_ret);

/*
 * mmv_map_from_descriptor() - view an open file.
 * Shape:   regular files, block devices and character devices; a character device has no length: give the capacity.
 * Owner:   with 'own' the map closes the descriptor, also when this call fails. Without it the caller does, any time
 *          after the last view and lease are gone.
 * Errors:  MMV_EINVAL(descriptor|access|capacity), MMV_EACCES when the descriptor was opened for less or to append,
 *          MMV_EKIND, MMV_ENOSPC.
 */
MMV_API mmv_status mmv_map_from_descriptor(int descriptor, bool own, mmv_access access, uint64_t capacity,
                                           mmv_map **map_ret);

/*
 * mmv_map_from_duplicate() - the same of a descriptor of its own, so that the caller may close his at any time.
 * Errors:  as mmv_map_from_descriptor().
 * Source:  fcntl(2), F_DUPFD_CLOEXEC: position, flags and locks of the open file stay common to both.
 */
MMV_API mmv_status mmv_map_from_duplicate(int descriptor, mmv_access access, uint64_t capacity, mmv_map **map_ret);

/*
 * mmv_map_set_sharing() - say who else may have the file open from now on.
 * Shape:   the latest call counts. On network file systems, where such a lock is one of bytes, nothing is asked:
 *          MMV_ENOTSUP.
 * Owner:   the agreement ends with the map, and with the process, however that ends; for a descriptor that is not the
 *          map's own with that. A child that was forked has a part in it, and so has who got the descriptor: it ends
 *          with the last of them. A later call of one of them counts for all.
 * Errors:  MMV_EINVAL(sharing). MMV_EBUSY when others are in the way: what was agreed on before is then given up.
 *          MMV_ENOTSUP where the system has no such locks, and on Windows, which asks when a file is opened.
 * Source:  flock(2), LOCK_SH and LOCK_EX with LOCK_NB.
 */
MMV_API mmv_status mmv_map_set_sharing(mmv_map *map, mmv_sharing sharing);

/*
 * mmv_map_grow() - make the file longer, with real blocks.
 * Shape:   existing views and leases stay where and as long as they are; new ones may reach to the new capacity.
 * Units:   capacity in bytes, not below the present one.
 * Threads: may run beside views, leases and walks of the same map.
 * Errors:  MMV_ERANGE(capacity), MMV_EACCES, MMV_ENOSPC (the file has its old length then), MMV_EIO.
 */
MMV_API mmv_status mmv_map_grow(mmv_map *map, uint64_t capacity);

/*
 * mmv_map_shrink() - make the file shorter.
 * Shape:   what lies behind the new end is gone, for everybody; when the file grows again it is zeros. New views,
 *          leases, walks and searches of this map reach to the new capacity. Views and leases that are open stay where
 *          they are. They may have bytes behind the new end. Those in its page read as zeros, and stores there reach no
 *          file. Farther ones are like those of a file that another process has cut. They are SIGBUS, or with the guard
 *          (guard.h) zeros, and MMV_ETRUNC from mmv_view_check() and mmv_release(). Walks and searches under way end
 *          with MMV_ETRUNC. Other maps of the file, here and in other processes, keep their capacity until
 *          mmv_map_refresh().
 * Units:   capacity in bytes, not above the present one. Bytes that others have added to the file meanwhile go, too.
 * Threads: may run beside views, leases and walks of the same map.
 * Errors:  MMV_ERANGE(capacity), MMV_EACCES for a map that is not read-write, a device and sealed memory. MMV_EBUSY
 *          when others have a lock (mmv_map_lock()) on bytes that would go. MMV_ETRUNC when the file is shorter than
 *          that already, MMV_EIO. The file and the capacity stay as they were then.
 * Source:  ftruncate(2), mmap(2) NOTES.
 */
MMV_API mmv_status mmv_map_shrink(mmv_map *map, uint64_t capacity);

/*
 * mmv_map_refresh() - look at the file's length again, when another process may have changed it.
 * Errors:  MMV_ESYSTEM; the capacity stays then.
 */
MMV_API mmv_status mmv_map_refresh(mmv_map *map);

/*
 * mmv_map_sync() - wait until everything written to the file, through views or otherwise, is on the device.
 * Errors:  MMV_EIO, MMV_ENOSPC. After an error nothing may be assumed of what was written before: a second call can
 *          succeed although data is lost.
 * Source:  fsync(2), NOTES.
 */
MMV_API mmv_status mmv_map_sync(mmv_map *map);

/*
 * mmv_map_lock() - keep other processes that ask for the same from bytes [offset, offset + length).
 * Shape:   advisory; exclusive on a read-write map, else shared. Length 0 = to the end, wherever that moves;
 *          MMV_EMPTY = nothing is locked.
 * Units:   wait_ms milliseconds are waited at most; 0 = not at all.
 * Owner:   the lock ends with the map, and with the process, however that ends. A child made by fork(2) has a part in
 *          it: parent and child do not keep each other out.
 * Errors:  MMV_EBUSY, with who has the lock in mmv_error.detail as far as the system tells; MMV_ENOTSUP (the file
 *          system has no locks), MMV_ERANGE(offset|length).
 * Source:  fcntl(2), open file description locks.
 */
MMV_API mmv_status mmv_map_lock(mmv_map *map, uint64_t offset, uint64_t length, unsigned wait_ms);

/*
 * mmv_map_is_locked() - whether somebody else has bytes [offset, offset + length) for himself, as who changes them has.
 * Shape:   exclusive locks of mmv_map_lock() and of walks with a journal; length 0 = to the end, wherever that moves.
 *          The answer is about this moment. A reader that must not meet a change takes a lock. A reader that only wants
 *          to notice one asks before and after.
 * Threads: any.
 * Source:  fcntl(2), F_OFD_GETLK. False where the file system has no locks.
 */
MMV_API bool mmv_map_is_locked(const mmv_map *map, uint64_t offset, uint64_t length);

/* Plain facts about an open map. The path is "" for a map from a descriptor; it dies with the map. */
MMV_API uint64_t mmv_map_capacity(const mmv_map *map);
MMV_API mmv_access mmv_map_access(const mmv_map *map);
MMV_API int mmv_map_descriptor(const mmv_map *map);
MMV_API const char *mmv_map_path(const mmv_map *map);

/* mmv_map_same_file() - whether two maps are the same file, by path, link or hard link. */
MMV_API bool mmv_map_same_file(const mmv_map *a, const mmv_map *b);

/* mmv_map_close() - give the handle up and set *map to NULL; a NULL *map is fine, so closing twice is harmless. */
MMV_API void mmv_map_close(mmv_map **map);

/*
 * mmv_map_is_remote() - whether other machines may work with the file, too: it lies on a network file system.
 * Threads: any.
 * Source:  statfs(2). False where the system does not say.
 */
MMV_API bool mmv_map_is_remote(const mmv_map *map);

MMV_END_DECLS

#endif
