/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_SHARED_H
#define MMVIEW_SHARED_H

/*
 * shared: maps without a file on a disk, for one process or for all that know their name.
 *
 * A named map is a file in memory: /dev/shm/mmv.NAME, exactly as long as its capacity and without a header. So any
 * program can map it by that path (mmv_map_path() tells). It is gone when its last user closes it or dies, however that
 * happens, unless it was made to persist. Users are maps of this library; other programs that map the path are not
 * seen. A label beside it, .mmv.NAME.INODE, says that it is a map. Any other file that is called mmv.NAME, a copy of a
 * map among them, is MMV_EKIND, and is neither listed nor removed.
 *
 * A process that ends without closing closes all the same: its exit gives its names up. But what it had open when it
 * was forked stays while a child has it, which is until the child ends or begins another program, as of exec(3). At the
 * exit that is known where the system has memory without names (memfd_create(2)); else such names stay. However a child
 * was made, its exit takes nothing from its parent: fork(2), vfork(2), posix_spawn(3), clone(2). A child that
 * pthread_atfork(3) does not see, as of _Fork(3) and clone(2), has no use of its own: its parent's exit removes what
 * both have open.
 *
 * The next call of the same user, in any process, removes what killed processes and such children left. These calls
 * open or look at a name of this header, sync.h or channel.h; calls on files, views and memory without a name do not
 * sweep. A process looks at once, and then at most once a second;
 * where that takes long it looks less often, and at some thousand files at a time. Objects that persist stay, and so do
 * other users' objects and files that are no object. When the exit has begun the process' other threads open no name
 * any more: MMV_ECLOSED.
 *
 * "The same user" is the effective user at the time of each call. A program that changes it, as one with the bit
 * set-user-ID does, gives up at its exit only what belongs to who it is then. The rest is swept by its owner's next
 * call. In a user name space (user_namespaces(7)) all users that it has no number for have one, and so may this user.
 * The library asks the system then whose a file is. Two others cannot be told from each other. The same /dev/shm seen
 * from another name space of processes is no hindrance: who uses what is known by locks, and not by numbers of
 * processes.
 *
 * Any text is a name; it is bytes, and no encoding is asked for. Local\NAME is NAME, as on Windows, and so is
 * Local\Local\NAME; Global\NAME is another name. In the path '/', '%', bytes below 0x20 and 0x7f are %XX, two
 * hexadecimal digits in capitals, and so is the first '.' of ".mmj.": journals are called so. Where that has more than
 * 200 bytes the path has %~ and 32 hexadecimal digits instead. These are XXH3 sums of the name with the seeds 0 and 1.
 * Then every object has a label, and it keeps the name.
 *
 * On Windows a name is the system's own: NAME or Local\NAME in the session, Global\NAME in all. Any program finds it
 * that opens a section, a mutex, an event or a semaphore of that name. It is gone with its last user: persist is
 * MMV_ENOTSUP, and so is mmv_shared_remove(). A map cannot grow. mmv_shared_list() shows the names of all programs. A
 * name has at most MMV_NAME_MAX bytes there, no backslash but that of the prefix, and no byte 0x01.
 *
 * One name is one thing: a map, a name for a file's map, or an object of sync.h or channel.h. Names belong to the user
 * who made them, mode 0600 unless asked otherwise. Of an object that is no map, and that its owner may not write, the
 * mode lets the owner write while the name is about to be removed. Who is killed within that leaves it so. A name that
 * belongs to somebody else is MMV_EACCES unless any_owner says that this is meant. A child that was forked shares its
 * parent's use, and both end when the first of them closes.
 */

#include <mmview/map.h>

MMV_BEGIN_DECLS

#define MMV_NAME_MAX 200       /* bytes of a name that are shown in mmv_shared_info.name */
#define MMV_NAME_LONGEST 32767 /* bytes of a name at most; it must have one */

typedef enum mmv_shared_kind {
    MMV_SHARED_MAP = 0,
    MMV_SHARED_FILE, /* a name for the map of a file */
    MMV_SHARED_MUTEX,
    MMV_SHARED_EVENT,
    MMV_SHARED_SEMAPHORE,
    MMV_SHARED_CHANNEL,
    MMV_SHARED_UNKNOWN, /* may not be read by us */
} mmv_shared_kind;

/* Zero bytes mean the defaults. */
typedef struct mmv_shared_options {
    mmv_open_mode mode;   /* MMV_OPEN_EXISTING, MMV_OPEN_OR_CREATE or MMV_CREATE_NEW */
    uint64_t capacity;    /* bytes of a new map, 1 to 2^62; an existing one has its own, and this is ignored */
    unsigned permissions; /* mode bits of a new object, not narrowed by the umask, the owner's right to read among them;
                             0 = 0600 */
    bool persist;         /* a new object stays until mmv_shared_remove() or the end of the system */
    bool delay_allocation; /* pages of a new map come when they are touched: no memory left is a signal then, see
                              guard.h */
    bool any_owner;        /* take it also when it belongs to another user */
    bool *created_ret;     /* when not NULL: whether this call made it; false when it fails */
    uint64_t limits;       /* 1: nobody may open a new map for more than this call asks for: a map that is made for
                              reading, or copy-on-write, is never written. Of maps only */
    uint64_t reserved_[3]; /* zero: room for fields of later versions */
} mmv_shared_options;

/*
 * mmv_map_create_unnamed() - zeroed memory as a map, for this process, its children and whom it sends the descriptor
 * to.
 * Shape:   options may be NULL; only delay_allocation counts. The map never becomes shorter, whoever has the
 *          descriptor, where mmv_map_is_sealed() says so.
 * Units:   capacity in bytes, 1 to INT64_MAX.
 * Owner:   the caller, until mmv_map_close().
 * Errors:  MMV_EINVAL(access), MMV_ERANGE(capacity), MMV_ENOSPC, MMV_ENOMEM.
 * Source:  memfd_create(2); where there is none, a file in memory that has lost its name.
 */
MMV_API mmv_status mmv_map_create_unnamed(uint64_t capacity, mmv_access access, const mmv_shared_options *options,
                                          mmv_map **map_ret);

/*
 * mmv_map_open_named() - open or create a map by its name, as options->mode says.
 * Shape:   a new one is zeroed, with real memory behind all of it unless allocation is delayed. Where the name was
 *          given to a file by mmv_map_share(), this is a map of that file. One that exists may also be opened with
 *          MMV_NO_VIEWS, or with MMV_WRITE. The latter gives views with MMV_WRITE alone, and needs the right to read as
 *          well. Nothing is made with these: MMV_EINVAL(access).
 * Owner:   the caller, until mmv_map_close() and the last view and lease; then the name goes, if nobody else has it.
 * Threads: any number, in any number of processes, at once.
 * Errors:  MMV_EINVAL(name|access|mode), MMV_ERANGE(capacity), MMV_ENOENT, MMV_EEXIST. MMV_EACCES (mode bits, or
 *          another user's, or left behind by one), MMV_EKIND (the name is a mutex, say, or some file). MMV_EVERSION,
 *          MMV_ENOSPC. MMV_ENOTSUP: a system without locks of open files has only names that persist.
 * Source:  shm_overview(7), fcntl(2) open file description locks.
 */
MMV_API mmv_status mmv_map_open_named(const char *name, mmv_access access, const mmv_shared_options *options,
                                      mmv_map **map_ret);

/*
 * mmv_map_share() - give the map of a file a name, under which others open it while this map lives.
 * Shape:   options->mode is taken for MMV_CREATE_NEW, and nobody but the owner may write the name. Others find the
 *          file by its path and need the right to open it. Of a map from a descriptor that is the path by which the
 *          system knows the file now.
 * Errors:  MMV_EINVAL(name|map): the map has a name, or its file has no path; MMV_EEXIST; and as above.
 */
MMV_API mmv_status mmv_map_share(mmv_map *map, const char *name, const mmv_shared_options *options);

/*
 * mmv_map_open_and_share() - open or create a file and give its map a name, unless that is taken.
 * Shape:   options may be NULL. A name that is taken is found before the file is touched, and so is one that cannot be
 *          looked at. When it is taken at the last moment, a file that this call has created stays:
 *          others may have it open. options->created_ret tells. What MMV_CREATE has emptied stays empty.
 * Owner:   the caller, until mmv_map_close().
 * Errors:  those of mmv_map_open_with() and mmv_map_share(); *map_ret is NULL then.
 */
MMV_API mmv_status mmv_map_open_and_share(const char *path, mmv_access access, const mmv_map_options *options,
                                          const char *name, mmv_map **map_ret);

/*
 * mmv_map_get_permissions() - mode bits and owner of a map's file or memory; any of the three may be NULL.
 * Errors:  MMV_ESYSTEM.
 */
MMV_API mmv_status mmv_map_get_permissions(const mmv_map *map, unsigned *permissions_ret, uint32_t *user_ret,
                                           uint32_t *group_ret);

/*
 * mmv_map_set_permissions() - change the mode bits of a map's file or memory, 0 to 0777.
 * Shape:   the label of a named map is read by others as long as they may open the map. So take this call, and not
 *          chmod(1): who may open the file and not its label finds MMV_EKIND.
 * Errors:  MMV_EINVAL(permissions), also when the owner of a name would lose the right to read; MMV_EACCES.
 */
MMV_API mmv_status mmv_map_set_permissions(mmv_map *map, unsigned permissions);

/*
 * mmv_map_set_owner() - give a map's file or memory to a user and a group; UINT32_MAX = as it is.
 * Owner:   the name of a named map goes along with it: who had it may use the map still, but neither remove nor sweep
 *          its name. The name of a file's map stays with its owner.
 * Errors:  MMV_EACCES; the owner is who it was then.
 * Source:  fchown(2).
 */
MMV_API mmv_status mmv_map_set_owner(mmv_map *map, uint32_t user, uint32_t group);

/* mmv_map_set_inheritable() - whether programs that this process starts have the descriptor; not so at first. */
MMV_API mmv_status mmv_map_set_inheritable(mmv_map *map, bool inheritable);

/*
 * mmv_map_is_sealed() - whether the system keeps everybody from making the map's memory shorter. Ask that of a
 * descriptor that you were sent.
 */
MMV_API bool mmv_map_is_sealed(const mmv_map *map);

typedef struct mmv_shared_info {
    char name[MMV_NAME_MAX + 1]; /* of a longer one the beginning */
    mmv_shared_kind kind;
    uint64_t capacity;  /* bytes of the object; of the file for MMV_SHARED_FILE */
    uint64_t allocated; /* bytes of memory that it takes now */
    uint32_t user, group;
    unsigned permissions;
    bool persists;
    bool in_use;           /* somebody has it open now */
    const char *full_name; /* in mmv_shared_list(): all of the name, until fn returns. Else NULL */
#if UINTPTR_MAX == UINT32_MAX
    uint32_t full_name_rest_;
#endif
    uint64_t reserved_[3]; /* room for figures of later versions */
} mmv_shared_info;

/* Return false to see no more. */
typedef bool mmv_shared_fn(const mmv_shared_info *info, void *user);

/*
 * mmv_shared_list() - every name of this user, and those of others that may be looked at; what is stale is removed.
 * Errors:  MMV_EACCES, MMV_ESYSTEM.
 */
MMV_API mmv_status mmv_shared_list(mmv_shared_fn *fn, void *user);

/*
 * mmv_shared_sweep() - remove what users of this user's names have left that were killed, now.
 * Threads: any.
 */
MMV_API void mmv_shared_sweep(void);

/* mmv_shared_stat() - the facts about one name. Errors: MMV_EINVAL(name), MMV_ENOENT, MMV_EACCES. */
MMV_API mmv_status mmv_shared_stat(const char *name, mmv_shared_info *info_ret);

/*
 * mmv_shared_remove() - take a name away, also one that persists or is in use; those who have the object open keep it.
 * Shape:   others who may open the object can lock it against this call. They are waited for a fifth of a second.
 * Errors:  MMV_EINVAL(name), MMV_ENOENT, MMV_EACCES, MMV_EKIND: a file that is none of ours.
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
