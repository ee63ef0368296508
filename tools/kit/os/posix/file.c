/* SPDX-License-Identifier: MIT */
/* file: see kit/os/file.h. */
#include "kit/os/file.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kit/os/posix/descriptors.h"
#include "kit/os/process.h"

struct file_facts facts_of(const struct stat *info)
{
    return (struct file_facts){
        .kind = S_ISREG(info->st_mode)    ? FILE_REGULAR
                : S_ISDIR(info->st_mode)  ? FILE_FOLDER
                : S_ISLNK(info->st_mode)  ? FILE_LINK
                : S_ISFIFO(info->st_mode) ? FILE_FIFO
                : S_ISBLK(info->st_mode)  ? FILE_BLOCKS
                : S_ISCHR(info->st_mode)  ? FILE_CHARACTERS
                                          : FILE_OTHER,
        .size = (uint64_t)info->st_size,
        .device = (uint64_t)info->st_dev,
        .inode = (uint64_t)info->st_ino,
        .modified = (int64_t)info->st_mtim.tv_sec,
        .modified_ns = (uint32_t)info->st_mtim.tv_nsec,
        .changed = (int64_t)info->st_ctim.tv_sec,
        .changed_ns = (uint32_t)info->st_ctim.tv_nsec,
        .permissions = (unsigned)info->st_mode & 0777,
        .sticky = (info->st_mode & S_ISVTX) != 0,
        .links = (uint64_t)info->st_nlink,
        .owner = (uint32_t)info->st_uid,
    };
}

int open_at(int folder, const char *name, int flags, unsigned permissions, int *descriptor_ret)
{
    int descriptor;
    do
        descriptor = openat(folder, name, flags | O_CLOEXEC, permissions);
    while (descriptor < 0 && errno == EINTR);
    if (descriptor < 0)
        return errno;
    *descriptor_ret = descriptor;
    return 0;
}

int access_flags(enum file_access access)
{
    static const int flags[] = {O_RDONLY, O_WRONLY, O_RDWR};
    return flags[access] | O_NONBLOCK;
}

int file_look(int descriptor, struct file_facts *facts_ret)
{
    struct stat info;
    if (fstat(descriptor, &info) != 0)
        return errno;
    *facts_ret = facts_of(&info);
    return 0;
}

int file_look_at(const char *path, bool follow, struct file_facts *facts_ret)
{
    struct stat info;
    if (fstatat(AT_FDCWD, path, &info, follow ? 0 : AT_SYMLINK_NOFOLLOW) != 0)
        return errno;
    *facts_ret = facts_of(&info);
    return 0;
}

bool file_is_same(const struct file_facts *a, const struct file_facts *b)
{
    return a->device == b->device && a->inode == b->inode;
}

int file_open(const char *path, enum file_access access, bool follow, int *descriptor_ret)
{
    return open_at(AT_FDCWD, path, access_flags(access) | (follow ? 0 : O_NOFOLLOW), 0, descriptor_ret);
}

int file_close(int descriptor)
{
    assert(descriptor >= 0);
    return close(descriptor) == 0 ? 0 : errno;
}

/* At most so many bytes are transferred by one call; what is more would be an error on some systems. */
static size_t one_call(size_t length)
{
    return length < SSIZE_MAX / 2 ? length : SSIZE_MAX / 2;
}

int file_read_some(int descriptor, void *data, size_t length, size_t *done_ret)
{
    ssize_t got = read(descriptor, data, one_call(length));
    if (got < 0)
        return errno == EINTR || errno == EWOULDBLOCK ? EAGAIN : errno;
    *done_ret = (size_t)got;
    return 0;
}

bool file_wait(int descriptor, int milliseconds)
{
    struct pollfd wanted = {.fd = descriptor, .events = POLLIN};
    return poll(&wanted, 1, milliseconds) > 0;
}

bool file_is_alone(int descriptor)
{
    char byte;
    int flags = fcntl(descriptor, F_GETFL);
    /* With a writer it would be EAGAIN. */
    return flags >= 0 && (flags & O_NONBLOCK) && read(descriptor, &byte, 0) == 0 && read(descriptor, &byte, 1) == 0;
}

int file_temporary(int *descriptor_ret)
{
    char folder[PATH_MAX], path[PATH_MAX + 16];
    if (!process_temporary(folder))
        return ENAMETOOLONG;
    snprintf(path, sizeof path, "%s/mmview.XXXXXX", folder);
    int descriptor = mkstemp(path);
    if (descriptor < 0)
        return errno;
    fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    unlink(path);
    *descriptor_ret = descriptor;
    return 0;
}

int file_again(int descriptor, int *descriptor_ret)
{
    *descriptor_ret = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    return *descriptor_ret < 0 ? errno : 0;
}

int file_read(int descriptor, void *data, size_t length, size_t *done_ret)
{
    size_t done = 0;
    while (done < length) {
        ssize_t got = read(descriptor, (char *)data + done, one_call(length - done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno;
        if (got == 0)
            break;
        done += (size_t)got;
    }
    *done_ret = done;
    return 0;
}

int file_read_at(int descriptor, void *data, size_t length, uint64_t offset, size_t *done_ret)
{
    size_t done = 0;
    while (done < length) {
        ssize_t got = pread(descriptor, (char *)data + done, one_call(length - done), (off_t)(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno;
        if (got == 0)
            break;
        done += (size_t)got;
    }
    *done_ret = done;
    return 0;
}

int file_write(int descriptor, const void *data, size_t length)
{
    for (size_t done = 0; done < length;) {
        ssize_t put = write(descriptor, (const char *)data + done, one_call(length - done));
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return put == 0 ? ENOSPC : errno;
        done += (size_t)put;
    }
    return 0;
}

int file_write_at(int descriptor, const void *data, size_t length, uint64_t offset)
{
    for (size_t done = 0; done < length;) {
        ssize_t put = pwrite(descriptor, (const char *)data + done, one_call(length - done), (off_t)(offset + done));
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return put == 0 ? ENOSPC : errno;
        done += (size_t)put;
    }
    return 0;
}

int file_sync(int descriptor)
{
    int result;
    do
        result = fsync(descriptor);
    while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : errno;
}

void file_forget(int descriptor)
{
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
}

static mode_t umask_of_process;

static void ask_umask(void)
{
    umask_of_process = umask(077);
    umask(umask_of_process);
}

/* It can be asked for only by changing it, which two threads may not do at once. */
mode_t file_umask(void)
{
    static pthread_once_t asked = PTHREAD_ONCE_INIT;
    pthread_once(&asked, ask_umask);
    return umask_of_process;
}

int file_try_lock(int descriptor)
{
#ifdef LOCK_EX
    int result;
    do
        result = flock(descriptor, LOCK_EX | LOCK_NB);
    while (result != 0 && errno == EINTR);
    if (result == 0 || errno == EWOULDBLOCK)
        return result == 0 ? 0 : EAGAIN;
#else
    (void)descriptor;
#endif
    return ENOTSUP;
}

/* A line of fdinfo: "lock:   1: FLOCK  ADVISORY  WRITE 1234 fe:00:11659893 0 EOF", see proc_pid_fdinfo(5). */
static bool has_whole_lock(const char *number)
{
    char path[64], line[200];
    bool found = false;
    snprintf(path, sizeof path, "/proc/self/fdinfo/%.20s", number);
    FILE *facts = fopen(path, "re");
    while (facts && !found && fgets(line, sizeof line, facts))
        found = strncmp(line, "lock:", 5) == 0 && strstr(line, " FLOCK ") && strstr(line, " WRITE ");
    if (facts)
        fclose(facts);
    return found;
}

bool file_is_locked_by_us(int descriptor)
{
    struct file_facts file, other;
    bool found = false;
    DIR *numbers = file_look(descriptor, &file) == 0 ? opendir("/proc/self/fd") : NULL;
    for (const struct dirent *entry; numbers && !found && (entry = readdir(numbers));) {
        int number = atoi(entry->d_name);
        found = number != descriptor && entry->d_name[0] != '.' && file_look(number, &other) == 0 &&
                file_is_same(&file, &other) && has_whole_lock(entry->d_name);
    }
    if (numbers)
        closedir(numbers);
    return found;
}

bool file_is_own(const struct file_facts *file)
{
    return file->owner == 0 || file->owner == (uint32_t)geteuid();
}

bool file_can_write(int descriptor)
{
    int flags = fcntl(descriptor, F_GETFL);
    return flags != -1 && (flags & O_ACCMODE) != O_RDONLY;
}

int file_stream(int descriptor, const char *mode, FILE **stream_ret)
{
    int own = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    FILE *stream = own >= 0 ? fdopen(own, mode) : NULL;
    if (stream) {
        *stream_ret = stream;
        return 0;
    }
    int error = errno;
    if (own >= 0)
        close(own);
    return error;
}

FILE *file_open_stream(const char *path, const char *mode)
{
    return fopen(path, mode);
}

bool file_is_full(int error)
{
    return error == ENOSPC || error == EDQUOT;
}

void file_keep_standard(void)
{
    /* The wrong way round, so that using stdin or stdout is still the error that the parent made it. */
    static const int modes[] = {O_WRONLY, O_RDONLY, O_RDWR};
    for (int descriptor = FILE_STDIN; descriptor <= FILE_STDERR; descriptor++)
        if (fcntl(descriptor, F_GETFD) == -1)
            open("/dev/null", modes[descriptor]);
}
