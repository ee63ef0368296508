/* SPDX-License-Identifier: MIT */
/*
 * linux/file.c - blocks, locks, direct I/O and the nature of file systems.
 *
 * Sources: fallocate(2), statx(2) STATX_DIOALIGN, fcntl(2) F_OFD_SETLK, sync_file_range(2), statfs(2). Constants that
 * the C library may be too old for are defined here from the kernel's uapi headers.
 */

#include "os/file.h"
#include "os/linux/mounts.h"
#include "os/linux/statx.h"
#include "os/unix/retry.h"

#include <mmview/range.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

int mmv__os_allocate(int descriptor, uint64_t offset, uint64_t length)
{
    int result;
    if (!mmv_range_fits(offset, length, INT64_MAX))
        return EFBIG;
    do
        result = fallocate(descriptor, FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)length);
    while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : errno;
}

static struct flock lock_of(short type, uint64_t offset, uint64_t length)
{
    struct flock lock;
    memset(&lock, 0, sizeof lock);
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = (off_t)offset;
    lock.l_len = (off_t)length;
    return lock;
}

int mmv__os_lock(int descriptor, bool exclusive, uint64_t offset, uint64_t length)
{
    struct flock lock = lock_of(exclusive ? F_WRLCK : F_RDLCK, offset, length);
    if (fcntl(descriptor, F_OFD_SETLK, &lock) == 0)
        return 0;
    return errno == EACCES ? EAGAIN : errno;
}

int mmv__os_unlock(int descriptor, uint64_t offset, uint64_t length)
{
    struct flock lock = lock_of(F_UNLCK, offset, length);
    return fcntl(descriptor, F_OFD_SETLK, &lock) == 0 ? 0 : errno;
}

/* Whether another's lock would keep one of this type away. */
static bool keeps_away(int descriptor, short type, uint64_t offset, uint64_t length)
{
    struct flock lock = lock_of(type, offset, length);
    return fcntl(descriptor, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

bool mmv__os_is_locked(int descriptor, uint64_t offset, uint64_t length)
{
    return keeps_away(descriptor, F_WRLCK, offset, length);
}

bool mmv__os_is_locked_exclusively(int descriptor, uint64_t offset, uint64_t length)
{
    return keeps_away(descriptor, F_RDLCK, offset, length);
}

uint64_t mmv__os_birth(int descriptor)
{
    struct statx facts;
    if (statx(descriptor, "", AT_EMPTY_PATH, STATX_BTIME, &facts) != 0 || !(facts.stx_mask & STATX_BTIME))
        return 0;
    return (uint64_t)facts.stx_btime.tv_sec * 1000000000u + facts.stx_btime.tv_nsec;
}

/* Magic numbers from statfs(2). */
#define TMPFS 0x01021994
#define FUSE 0x65735546
static const struct known_system {
    uint32_t magic;
    const char *name;
    bool remote;
} known_systems[] = {
    {0x6969, "NFS", true},        {0xff534d42, "CIFS", true}, {0xfe534d42, "SMB2", true},   {0x517b, "SMB", true},
    {FUSE, "FUSE", false},        {0x01021997, "9p", true},   {0x5346414f, "AFS", true},    {0x00c36400, "Ceph", true},
    {0x0bd00bd0, "Lustre", true}, {0x47504653, "GPFS", true}, {0x19830326, "BeeGFS", true}, {0x2fc12fc1, "ZFS", false},
};

/*
 * Programs behind FUSE that several machines use at a time, by the type of the mount. Those not named here are taken
 * for this machine's own. Locks of the first two are the servers' (Gluster's posix translator, ceph-fuse); the others'
 * programs leave locks to this machine's kernel. Source: docs/cluster.md.
 */
static const struct served_system {
    const char *type, *name;
    bool locks;
} served_systems[] = {
    {"fuse.glusterfs", "GlusterFS", true},  {"fuse.ceph-fuse", "Ceph", true},
    {"fuse.sshfs", "sshfs", false},         {"fuse.rclone", "rclone", false},
    {"fuse.s3fs", "s3fs", false},           {"fuse.gcsfuse", "gcsfuse", false},
    {"fuse.goofys", "goofys", false},       {"fuse.mountpoint-s3", "mountpoint-s3", false},
    {"fuse.blobfuse2", "blobfuse2", false}, {"fuse.davfs", "davfs2", false},
    {"fuse.curlftpfs", "curlftpfs", false},
};

/* Options that keep locks on this machine: nfs(5), mount.cifs(8), mount.lustre(8). */
static const struct lone_option {
    const char *type, *option, *name;
} lone_options[] = {
    {"nfs", "nolock", "NFS with nolock"},
    {"nfs", "local_lock=all", "NFS with local_lock=all"},
    {"nfs", "local_lock=posix", "NFS with local_lock=posix"},
    {"nfs4", "local_lock=all", "NFS with local_lock=all"},
    {"nfs4", "local_lock=posix", "NFS with local_lock=posix"},
    {"cifs", "nobrl", "CIFS with nobrl"},
    {"smb3", "nobrl", "SMB with nobrl"},
    {"lustre", "localflock", "Lustre with localflock"},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct known_system *system_of(int descriptor)
{
    struct statfs facts;
    if (fstatfs(descriptor, &facts) != 0)
        return NULL;
    for (size_t i = 0; i < COUNT(known_systems); i++)
        if ((uint32_t)facts.f_type == known_systems[i].magic)
            return &known_systems[i];
    return NULL;
}

static const struct served_system *served_by(const mmv__mount *mount)
{
    for (size_t i = 0; i < COUNT(served_systems); i++)
        if (strcmp(mount->type, served_systems[i].type) == 0)
            return &served_systems[i];
    return NULL;
}

bool mmv__os_notes_stores(int descriptor)
{
    struct statfs facts;
    return fstatfs(descriptor, &facts) != 0 || (uint32_t)facts.f_type != TMPFS;
}

bool mmv__os_maps_badly(int descriptor, const char **name_ret)
{
    const struct known_system *system = system_of(descriptor);
    if (system)
        *name_ret = system->name;
    return system != NULL;
}

bool mmv__os_is_remote(int descriptor, const char **name_ret)
{
    mmv__mount mount;
    const struct known_system *system = system_of(descriptor);
    const struct served_system *served =
        system && system->magic == FUSE && mmv__mount_of(descriptor, &mount) ? served_by(&mount) : NULL;
    if (!system || (!system->remote && !served))
        return false;
    *name_ret = served ? served->name : system->name;
    return true;
}

const char *mmv__mount_locks_alone(const mmv__mount *mount)
{
    const struct served_system *served = served_by(mount);
    if (served)
        return served->locks ? NULL : served->name;
    for (size_t i = 0; i < COUNT(lone_options); i++)
        if (strcmp(mount->type, lone_options[i].type) == 0 && mmv__mount_has(mount, lone_options[i].option))
            return lone_options[i].name;
    return NULL;
}

bool mmv__os_locks_alone(int descriptor, const char **name_ret)
{
    mmv__mount mount;
    const struct known_system *system = system_of(descriptor);
    bool is_asked = system && (system->remote || system->magic == FUSE);
    const char *name = is_asked && mmv__mount_of(descriptor, &mount) ? mmv__mount_locks_alone(&mount) : NULL;
    if (name)
        *name_ret = name;
    return name != NULL;
}

/* FUSE believes sizes for a second and pages for as long as the file looks the same. */
void mmv__os_forget(int descriptor, uint64_t offset, uint64_t length)
{
    struct statx facts;
    (void)!statx(descriptor, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC, STATX_SIZE, &facts);
    (void)posix_fadvise(descriptor, (off_t)offset, (off_t)length, POSIX_FADV_DONTNEED);
}

/* What the file demands of direct I/O: statx(2) knows since 6.1; before, a page is always enough. 0 = it cannot. */
static size_t direct_block(int descriptor)
{
#ifdef STATX_DIOALIGN
    struct statx facts;
    if (statx(descriptor, "", AT_EMPTY_PATH, STATX_DIOALIGN, &facts) == 0 && facts.stx_mask & STATX_DIOALIGN)
        return facts.stx_dio_mem_align > facts.stx_dio_offset_align ? facts.stx_dio_mem_align
                                                                    : facts.stx_dio_offset_align;
#else
    (void)descriptor;
#endif
    return (size_t)sysconf(_SC_PAGESIZE);
}

int mmv__os_open_direct(int descriptor, mmv_access access, int *descriptor_ret, size_t *block_ret)
{
    char path[40];
    size_t block = direct_block(descriptor);
    if (block == 0)
        return EOPNOTSUPP;
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    int flags = O_DIRECT | O_CLOEXEC | ((access & 3u) == MMV_READ_WRITE ? O_RDWR : O_RDONLY);
    int direct = open_retrying(path, flags, 0);
    if (direct < 0)
        return errno == EINVAL ? EOPNOTSUPP : errno;
    *descriptor_ret = direct;
    /* Whole pages keep direct and buffered parts of a file out of each other's page cache pages. */
    *block_ret = (size_t)mmv_max(block, (uint64_t)sysconf(_SC_PAGESIZE));
    return 0;
}

int mmv__os_discard(int descriptor, uint64_t offset, uint64_t length)
{
    int result;
    do
        result = fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)length);
    while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : errno == EOPNOTSUPP || errno == ENOSYS ? ENOTSUP : errno;
}

int mmv__os_flush_start(int descriptor, uint64_t offset, uint64_t length, bool wait)
{
    unsigned how = SYNC_FILE_RANGE_WRITE | (wait ? SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WAIT_AFTER : 0u);
    if (sync_file_range(descriptor, (off_t)offset, (off_t)length, how) == 0)
        return 0;
    return errno == EINVAL || errno == ESPIPE || errno == ENOSYS ? 0 : errno;
}
