/* SPDX-License-Identifier: MIT */
/*
 * unix/file.c - files, in the way that every Unix has them.
 *
 * Invariants:
 * 1. EINTR never leaves this file, except from close(2), where a retry could close somebody else's descriptor.
 * 2. Reads and writes go on until all is done, the file ends or an error comes; no single call is larger than 1 GiB
 *    (Linux stops at 2 GiB - 4 KiB, others refuse).
 * No asserts: each loop below is one of these rules.
 */

#include "os/file.h"
#include "os/unix/retry.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define LARGEST_CALL ((size_t)1 << 30)

int mmv__os_open(const char *path, mmv_access access, const mmv__os_creation *how, int *descriptor_ret,
                 bool *created_ret)
{
    /* O_NONBLOCK: a FIFO opens (or fails with ENXIO) at once, and is then refused by its kind. */
    int flags = O_CLOEXEC | O_NOCTTY | O_NONBLOCK | ((access & 3u) == MMV_READ_WRITE ? O_RDWR : O_RDONLY);
    mode_t permissions = how->permissions ? (mode_t)how->permissions : 0666;
    if (how->no_follow)
        flags |= O_NOFOLLOW;
    *created_ret = false;
    if (how->mode != MMV_OPEN_EXISTING) {
        *descriptor_ret = open_retrying(path, flags | O_CREAT | O_EXCL, permissions);
        *created_ret = *descriptor_ret >= 0;
        if (*descriptor_ret >= 0 || how->mode == MMV_CREATE_NEW || errno != EEXIST)
            return *descriptor_ret >= 0 ? 0 : errno;
    }
    if (how->mode == MMV_CREATE)
        flags |= O_TRUNC;
    *descriptor_ret = open_retrying(path, flags, 0);
    return *descriptor_ret >= 0 ? 0 : errno;
}

int mmv__os_close(int descriptor)
{
    return close(descriptor) == 0 || errno == EINTR ? 0 : errno;
}

static mmv__os_kind kind_of(mode_t mode)
{
    if (S_ISREG(mode))
        return MMV__FILE;
    if (S_ISBLK(mode))
        return MMV__BLOCK_DEVICE;
    return S_ISCHR(mode) ? MMV__CHARACTER_DEVICE : MMV__OTHER;
}

int mmv__os_get_facts(int descriptor, mmv__os_facts *facts_ret)
{
    struct stat facts;
    if (fstat(descriptor, &facts) != 0)
        return errno;
    off_t size = facts.st_size;
    if (S_ISBLK(facts.st_mode))
        size = lseek(descriptor, 0, SEEK_END);
    *facts_ret = (mmv__os_facts){
        .kind = kind_of(facts.st_mode),
        .size = size > 0 ? (uint64_t)size : 0,
        .allocated = (uint64_t)facts.st_blocks * 512,
        .device = (uint64_t)facts.st_dev,
        .inode = (uint64_t)facts.st_ino,
        .user = (uint32_t)facts.st_uid,
        .group = (uint32_t)facts.st_gid,
        .permissions = (unsigned)facts.st_mode & 03777u,
        .links = (uint64_t)facts.st_nlink,
        .modified = (uint64_t)facts.st_mtim.tv_sec * 1000000000u + (uint64_t)facts.st_mtim.tv_nsec,
    };
    return 0;
}

bool mmv__os_may(int descriptor, mmv_access access)
{
    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0)
        return false;
    int mode = flags & O_ACCMODE;
    /* pwrite(2), BUGS: with O_APPEND Linux writes at the end, whatever the offset. */
    return (access & 3u) == MMV_READ_WRITE ? mode == O_RDWR && !(flags & O_APPEND) : mode != O_WRONLY;
}

int mmv__os_resize(int descriptor, uint64_t size)
{
    int result;
    if (size > INT64_MAX)
        return EFBIG;
    do
        result = ftruncate(descriptor, (off_t)size);
    while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : errno;
}

int mmv__os_sync(int descriptor)
{
    int result;
    do
        result = fsync(descriptor);
    while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : errno;
}

int mmv__os_duplicate(int descriptor, int *descriptor_ret)
{
    *descriptor_ret = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    return *descriptor_ret >= 0 ? 0 : errno;
}

int mmv__os_share(int descriptor, mmv_sharing sharing)
{
    static const int how[] = {LOCK_UN, LOCK_SH | LOCK_NB, LOCK_EX | LOCK_NB};
    int result;
    do
        result = flock(descriptor, how[sharing]);
    while (result != 0 && errno == EINTR);
    if (result == 0)
        return 0;
    if (errno == EWOULDBLOCK)
        return EAGAIN;
    return errno == ENOLCK || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP ? ENOTSUP : errno;
}

int mmv__os_reopen(int descriptor, mmv_access access, int *descriptor_ret)
{
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    *descriptor_ret = open_retrying(path, O_CLOEXEC | ((access & 3u) == MMV_READ_WRITE ? O_RDWR : O_RDONLY), 0);
    return *descriptor_ret >= 0 ? 0 : errno;
}

int mmv__os_sync_data(int descriptor)
{
    int result;
    do
        result = fdatasync(descriptor);
    while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : errno;
}

int mmv__os_read(int descriptor, void *data, size_t length, uint64_t offset, size_t *done_ret)
{
    size_t done = 0;
    int error = 0;
    while (done < length) {
        size_t part = length - done < LARGEST_CALL ? length - done : LARGEST_CALL;
        ssize_t got = pread(descriptor, (char *)data + done, part, (off_t)(offset + done));
        if (got > 0)
            done += (size_t)got;
        else if (got == 0 || errno != EINTR) {
            error = got == 0 ? 0 : errno;
            break;
        }
    }
    *done_ret = done;
    return error;
}

int mmv__os_write(int descriptor, const void *data, size_t length, uint64_t offset)
{
    size_t done = 0;
    while (done < length) {
        size_t part = length - done < LARGEST_CALL ? length - done : LARGEST_CALL;
        ssize_t put = pwrite(descriptor, (const char *)data + done, part, (off_t)(offset + done));
        if (put > 0)
            done += (size_t)put;
        else if (put == 0 || errno != EINTR)
            return put == 0 ? EIO : errno;
    }
    return 0;
}

int mmv__os_write_stream(int descriptor, const void *data, size_t length)
{
    size_t done = 0;
    while (done < length) {
        size_t part = length - done < LARGEST_CALL ? length - done : LARGEST_CALL;
        ssize_t put = write(descriptor, (const char *)data + done, part);
        if (put > 0)
            done += (size_t)put;
        else if (put < 0 && errno == EAGAIN)
            poll(&(struct pollfd){.fd = descriptor, .events = POLLOUT}, 1, -1);
        else if (put == 0 || errno != EINTR)
            return put == 0 ? EIO : errno;
    }
    return 0;
}

int mmv__os_set_modified(int descriptor, uint64_t nanoseconds)
{
    const struct timespec times[2] = {
        {.tv_nsec = UTIME_OMIT},
        {.tv_sec = (time_t)(nanoseconds / 1000000000u), .tv_nsec = (long)(nanoseconds % 1000000000u)},
    };
    return futimens(descriptor, times) == 0 ? 0 : errno;
}

int mmv__os_set_permissions(int descriptor, unsigned permissions)
{
    return fchmod(descriptor, (mode_t)permissions) == 0 ? 0 : errno;
}

int mmv__os_set_owner(int descriptor, uint32_t user, uint32_t group)
{
    return fchown(descriptor, (uid_t)user, (gid_t)group) == 0 ? 0 : errno;
}

int mmv__os_set_inheritable(int descriptor, bool inheritable)
{
    return fcntl(descriptor, F_SETFD, inheritable ? 0 : FD_CLOEXEC) == 0 ? 0 : errno;
}

bool mmv__os_is_full(int descriptor)
{
    struct statvfs facts;
    struct stat file;
    if (fstatvfs(descriptor, &facts) == 0 && (uint64_t)facts.f_bavail * facts.f_frsize < 65536)
        return true;
    return fstat(descriptor, &file) == 0 && mmv__os_allocate(descriptor, (uint64_t)file.st_size, 4096) == ENOSPC;
}
