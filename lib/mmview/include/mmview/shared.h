/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_SHARED_H
#define MMVIEW_SHARED_H

/*
 * shared: maps without a file on a disk, for one process or for all that know their name.
 *
 * A named map is a file in memory, /dev/shm/mmv.NAME. The file is as long as the map's capacity and has no header. So
 * any program can map it by its path (mmv_map_path()). The map is gone when its last user closes it or dies in any way,
 * unless it was made to persist. Only maps of this library count as users; other programs that map the path do not. A
 * second file, the label .mmv.NAME.INODE (INODE is the inode number of the first), says that the first is a map. A file
 * called mmv.NAME that has no such label, such as a copy of a map, is no map. Calls that would open it return
 * MMV_EKIND, and the library neither lists nor removes it.
 *
 * A process that exits without closing its names gives them up all the same. But an object that the process had open
 * when it forked stays while a child has the object. A child has the object until the child ends, or begins another
 * program by exec(3). A parent can tell at its exit whether a child has an object only where the system has memory
 * without names (memfd_create(2)). Elsewhere the names of all objects that were open at a fork stay after the exit.
 *
 * The exit of a child takes nothing from its parent, whether fork(2), vfork(2), posix_spawn(3) or clone(2) made the
 * child. A child that is made without the handlers of pthread_atfork(3), as by _Fork(3) or clone(2), does not count as
 * a user. At its exit the parent removes objects even if such a child has them open.
 *
 * Killed processes leave objects behind, and so do children that outlive a parent whose objects they have. The library
 * removes (sweeps) these objects in the next call of the same user, in any process, that opens or looks at a name. Such
 * calls are in this header, in sync.h and in channel.h. Calls on files, views and memory without a name sweep nothing.
 * A process sweeps at its first such call, and then at most once a second. If a sweep takes long, the process sweeps
 * less often, and some thousand files at a time. A sweep leaves alone objects that persist, objects of other users, and
 * files that are no object.
 *
 * When the exit of a process has begun, its other threads cannot open a name: they get MMV_ECLOSED. The exit waits
 * about 100 ms for threads that are opening or closing a name. The objects of a slower thread may be left behind, and
 * are swept later.
 *
 * "The same user" is the effective user at the time of each call. A program may change its effective user, as
 * set-user-ID programs do. At its exit such a program gives up only objects of the user that is effective then. Its
 * objects of any other user stay until that user's next call sweeps them. In a user namespace (user_namespaces(7)) all
 * users without a number of their own share one number, and the effective user may be one of them. Then the library
 * asks the system whether a file belongs to the effective user. It cannot tell the other users of this number apart.
 *
 * The library sees by locks, and not by process IDs, whether an object is in use. So processes of several PID
 * namespaces may share one /dev/shm.
 *
 * A name is any string of bytes, in any encoding. Local\NAME is the same as NAME, as on Windows, and so is
 * Local\Local\NAME. Global\NAME is another name. The path has %XX, with two uppercase hexadecimal digits, instead of
 * '/', '%', the byte 0x7f and bytes below 0x20. It has %2E instead of the first '.' of ".mmj.", since ".mmj." is in the
 * names of journals. When the result has more than 200 bytes, the path has %~ and 32 hexadecimal digits instead. These
 * are the XXH3 hashes of the name with the seeds 0 and 1. Every object with such a hashed path has a label, which
 * stores the name.
 *
 * On Windows names are the system's own: NAME and Local\NAME are visible in one session, Global\NAME in all sessions.
 * Any program can open a section, a mutex, an event or a semaphore by such a name. An object is gone with its last
 * user: calls with persist, and mmv_shared_remove(), return MMV_ENOTSUP. A map cannot grow. mmv_shared_list() shows the
 * names of all programs. On Windows a name has at most MMV_NAME_MAX bytes, no backslash except that of the prefix, and
 * no byte 0x01.
 *
 * One name stands for one object: a map, a name for a file's map, or an object of sync.h or channel.h. An object
 * belongs to the user who made it, and has mode 0600 unless the options ask for another. The mode may forbid the owner
 * to write. To remove the name of such an object, unless it is a map, the library gives the owner the right to write
 * for a moment. A process that is killed in this moment leaves the changed mode. A call that opens another user's
 * object returns MMV_EACCES unless any_owner is set. A forked child shares its parent's use of an object. This use ends
 * when the first of the two closes the object.
 */

#include <mmview/map.h>

MMV_BEGIN_DECLS

#define MMV_NAME_MAX 200       /* bytes of a name that are shown in mmv_shared_info.name */
#define MMV_NAME_LONGEST 32767 /* most bytes of a name; the fewest are 1 */

typedef enum mmv_shared_kind {
    MMV_SHARED_MAP = 0,
    MMV_SHARED_FILE, /* a name for the map of a file */
    MMV_SHARED_MUTEX,
    MMV_SHARED_EVENT,
    MMV_SHARED_SEMAPHORE,
    MMV_SHARED_CHANNEL,
    MMV_SHARED_UNKNOWN, /* this process may not read the object */
} mmv_shared_kind;

/* Zero bytes mean the defaults. */
typedef struct mmv_shared_options {
    mmv_open_mode mode;    /* MMV_OPEN_EXISTING, MMV_OPEN_OR_CREATE or MMV_CREATE_NEW */
    uint64_t capacity;     /* bytes of a new map, 1 to 2^62; ignored when the map exists */
    unsigned permissions;  /* mode bits of a new object, not narrowed by the umask; the owner must have the right to
                              read; 0 = 0600 */
    bool persist;          /* a new object stays until mmv_shared_remove(), or until the system is shut down */
    bool delay_allocation; /* pages of a new map are allocated at the first touch; without free memory that raises a
                              signal, see guard.h */
    bool any_owner;        /* open the object also when it belongs to another user */
    bool *created_ret;     /* not NULL: gets whether this call created the object; false when the call fails */
    uint64_t limits; /* 1: nobody may ever open the new map with more access than this call asks for. So a map that is
                        created read-only or copy-on-write is never written. Maps only */
    uint64_t reserved_[3]; /* zero: room for fields of later versions */
} mmv_shared_options;

/*
 * mmv_map_create_unnamed() - zeroed memory as a map, for this process, its children, and processes that are sent the
 * descriptor.
 * Shape:   options may be NULL; only delay_allocation counts. When mmv_map_is_sealed() is true, nobody who has the
 *          descriptor can make the map shorter.
 * Units:   capacity in bytes, 1 to INT64_MAX.
 * Owner:   the caller, until mmv_map_close().
 * Errors:  MMV_EINVAL(access), MMV_ERANGE(capacity), MMV_ENOSPC, MMV_ENOMEM.
 * Source:  memfd_create(2); where there is none, an unlinked file in memory.
 */
MMV_API mmv_status mmv_map_create_unnamed(uint64_t capacity, mmv_access access, const mmv_shared_options *options,
                                          mmv_map **map_ret);

/*
 * mmv_map_open_named() - open or create a map by its name, as options->mode says.
 * Shape:   a new map is zeroed, and all its memory is allocated unless delay_allocation is set. When mmv_map_share()
 *          gave the name to a file, this call opens a map of that file. An existing map may also be opened with
 *          MMV_NO_VIEWS, or with MMV_WRITE, which is write-only: all its views then have MMV_WRITE, too. For both the
 *          caller needs the right to read the object. A call with MMV_NO_VIEWS or MMV_WRITE that would create a map
 *          returns MMV_EINVAL(access).
 * Owner:   the caller, until mmv_map_close(). When the last view and lease are gone, too, the name is removed if nobody
 *          else has it open.
 * Threads: any number, in any number of processes, at once.
 * Errors:  MMV_EINVAL(name|access|mode), MMV_ERANGE(capacity), MMV_ENOENT, MMV_EEXIST. MMV_EACCES when mode bits forbid
 *          the access, or another user owns the object or left it behind. MMV_EKIND when the name stands for another
 *          kind of object, or for a file that is no object. MMV_EVERSION, MMV_ENOSPC. MMV_ENOTSUP on a system without
 *          open file description locks, unless the name persists.
 * Source:  shm_overview(7), fcntl(2) open file description locks.
 */
MMV_API mmv_status mmv_map_open_named(const char *name, mmv_access access, const mmv_shared_options *options,
                                      mmv_map **map_ret);

/*
 * mmv_map_share() - give the map of a file a name, by which others can open the file while this map lives.
 * Shape:   the call always creates the name, whatever options->mode is. A small file stands for the name, and says
 *          where the map's file lies. Only the owner of the small file may write to it. Others open the map's file, by
 *          the path in the small file, and need the right to do so. When the map was made from a descriptor, the small
 *          file has the path by which the system knows the file at the time of this call.
 * Errors:  MMV_EINVAL(name), MMV_EINVAL(map) when the map has a name or its file has no path, MMV_EEXIST, and those of
 *          mmv_map_open_named().
 */
MMV_API mmv_status mmv_map_share(mmv_map *map, const char *name, const mmv_shared_options *options);

/*
 * mmv_map_open_and_share() - open or create a file and give its map a name, unless the name is taken.
 * Shape:   options may be NULL. If the name is taken, or cannot be looked at, the call fails before it touches the
 *          file. But somebody may take the name at the last moment. Then a file that this call has created stays, since
 *          others may have it open. options->created_ret tells whether there is such a file. A file that MMV_CREATE has
 *          emptied stays empty.
 * Owner:   the caller, until mmv_map_close().
 * Errors:  those of mmv_map_open_with() and mmv_map_share(); *map_ret is NULL then.
 */
MMV_API mmv_status mmv_map_open_and_share(const char *path, mmv_access access, const mmv_map_options *options,
                                          const char *name, mmv_map **map_ret);

/*
 * mmv_map_get_permissions() - mode bits and owner of a map's file or memory; any of the three pointers may be NULL.
 * Errors:  MMV_ESYSTEM.
 */
MMV_API mmv_status mmv_map_get_permissions(const mmv_map *map, unsigned *permissions_ret, uint32_t *user_ret,
                                           uint32_t *group_ret);

/*
 * mmv_map_set_permissions() - change the mode bits of a map's file or memory, 0 to 0777.
 * Shape:   for a named map the call also changes the mode of the label. Everybody who opens the map must be able to
 *          read its label. chmod(1) of the file leaves the label's mode as it was. A process that may open the file but
 *          not its label gets MMV_EKIND.
 * Errors:  MMV_EINVAL(permissions), also when the owner of a name would lose the right to read; MMV_EACCES.
 */
MMV_API mmv_status mmv_map_set_permissions(mmv_map *map, unsigned permissions);

/*
 * mmv_map_set_owner() - give a map's file or memory to a user and a group; UINT32_MAX = no change.
 * Owner:   the name of a named map belongs to the new owner, too. The old owner may go on using the map, but can
 *          neither remove nor sweep its name. A name that mmv_map_share() gave to a file's map keeps its owner.
 * Errors:  MMV_EACCES; the owner stays the same then.
 * Source:  fchown(2).
 */
MMV_API mmv_status mmv_map_set_owner(mmv_map *map, uint32_t user, uint32_t group);

/* mmv_map_set_inheritable() - set whether programs that this process starts inherit the descriptor; default: no. */
MMV_API mmv_status mmv_map_set_inheritable(mmv_map *map, bool inheritable);

/*
 * mmv_map_is_sealed() - whether the system keeps everybody from making the map's memory shorter. Ask this about a
 * descriptor that another process sent you.
 */
MMV_API bool mmv_map_is_sealed(const mmv_map *map);

typedef struct mmv_shared_info {
    char name[MMV_NAME_MAX + 1]; /* the beginning, when the name is longer */
    mmv_shared_kind kind;
    uint64_t capacity;  /* bytes of the object; of the file for MMV_SHARED_FILE */
    uint64_t allocated; /* bytes of memory that it takes now */
    uint32_t user, group;
    unsigned permissions;
    bool persists;
    bool in_use;           /* somebody has it open now */
    const char *full_name; /* in mmv_shared_list(): the whole name, valid until fn returns. Else NULL */
#if UINTPTR_MAX == UINT32_MAX
    uint32_t full_name_rest_;
#endif
    uint64_t reserved_[3]; /* room for figures of later versions */
} mmv_shared_info;

/* mmv_shared_list() calls this function once for each name. Return false to end the list. */
typedef bool mmv_shared_fn(const mmv_shared_info *info, void *user);

/*
 * mmv_shared_list() - call fn for every name of this user, and for other users' names that this user may look at. Names
 * that killed processes have left are removed.
 * Errors:  MMV_EACCES, MMV_ESYSTEM.
 */
MMV_API mmv_status mmv_shared_list(mmv_shared_fn *fn, void *user);

/*
 * mmv_shared_sweep() - remove now what killed processes have left under names of this user.
 * Threads: any.
 */
MMV_API void mmv_shared_sweep(void);

/* mmv_shared_stat() - the facts about one name. Errors: MMV_EINVAL(name), MMV_ENOENT, MMV_EACCES. */
MMV_API mmv_status mmv_shared_stat(const char *name, mmv_shared_info *info_ret);

/*
 * mmv_shared_remove() - remove a name, also one that persists or is in use; processes that have the object open keep
 * it.
 * Shape:   this call takes a lock, which other users who may open the object can hold, too. So the call waits for the
 *          lock for at most 0.2 s, and then removes the name all the same.
 * Errors:  MMV_EINVAL(name), MMV_ENOENT, MMV_EACCES, MMV_EKIND when the file is no object of this library.
 */
MMV_API mmv_status mmv_shared_remove(const char *name);

/*
 * mmv_shared_set_permissions() - change the mode bits of the object of this name.
 * Errors:  MMV_EINVAL(name|permissions), MMV_ENOENT, MMV_EACCES.
 */
MMV_API mmv_status mmv_shared_set_permissions(const char *name, unsigned permissions);

/* mmv_shared_kind_name() - one word: "map", "file", "mutex", ... */
MMV_API const char *mmv_shared_kind_name(mmv_shared_kind kind);

MMV_END_DECLS

#endif
