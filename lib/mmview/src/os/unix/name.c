/* SPDX-License-Identifier: MIT */
/*
 * unix/name.c - paths, hidden files and directories, in the way that every Unix has them.
 */

#include "os/name.h"
#include "os/machine.h"
#include "os/unix/retry.h"
#include "os/file.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int mmv__os_remove(const char *path)
{
    return unlink(path) == 0 ? 0 : errno;
}

bool mmv__os_is_absolute(const char *path)
{
    return path[0] == '/';
}

size_t mmv__os_front_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash + 1 - path) : 0;
}

const char *mmv__os_shared_directory(void)
{
    struct stat facts;
    return stat("/dev/shm", &facts) == 0 && S_ISDIR(facts.st_mode) ? "/dev/shm/" : "/tmp/";
}

int mmv__os_open_shared(const char *path, bool writing, int *descriptor_ret)
{
    int flags = O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW | (writing ? O_RDWR : O_RDONLY);
    *descriptor_ret = open_retrying(path, flags, 0);
    return *descriptor_ret >= 0 ? 0 : errno;
}

int mmv__os_real_path(const char *path, char **real_ret)
{
    *real_ret = realpath(path, NULL);
    return *real_ret ? 0 : errno;
}

/* What /proc says can have got another name meanwhile, or none. */
int mmv__os_path_of(int descriptor, char **path_ret)
{
    char link[40], path[4097];
    struct stat open_file, named;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0 || fstat(descriptor, &open_file) != 0)
        return ENOENT;
    path[length] = '\0';
    if (path[0] != '/' || stat(path, &named) != 0 || named.st_dev != open_file.st_dev ||
        named.st_ino != open_file.st_ino)
        return ENOENT;
    *path_ret = malloc((size_t)length + 1);
    if (!*path_ret)
        return ENOMEM;
    memcpy(*path_ret, path, (size_t)length + 1);
    return 0;
}

int mmv__os_is_link(const char *path, bool *link_ret)
{
    char byte;
    *link_ret = readlink(path, &byte, 1) >= 0;
    return *link_ret || errno == EINVAL ? 0 : errno;
}

/* The directory of a path, for free(3); *last_ret is the path's last part. */
static char *directory_of(const char *path, const char **last_ret)
{
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) : 0;
    char *directory = malloc(length + 2);
    if (!directory)
        return NULL;
    *last_ret = slash ? slash + 1 : path;
    memcpy(directory, path, length);
    strcpy(directory + length, length ? "" : slash ? "/" : ".");
    return directory;
}

static int open_directory(const char *path, const char **last_ret, int *descriptor_ret)
{
    char *directory = directory_of(path, last_ret);
    if (!directory)
        return ENOMEM;
    *descriptor_ret = open_retrying(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    int error = *descriptor_ret < 0 ? errno : 0;
    free(directory);
    return error;
}

static int create_temporary(const char *beside, int *descriptor_ret, char **temporary_ret)
{
    size_t size = strlen(beside) + 24;
    char *name = malloc(size);
    uint64_t number;
    int error = name ? mmv__os_random(&number) : ENOMEM;
    if (error == 0) {
        snprintf(name, size, "%s.%016" PRIx64, beside, number);
        *descriptor_ret = open_retrying(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        error = *descriptor_ret < 0 ? errno : 0;
    }
    if (error)
        free(name);
    else
        *temporary_ret = name;
    return error;
}

static int create_nameless(const char *beside, int *descriptor_ret)
{
#ifdef O_TMPFILE
    const char *last;
    char *directory = directory_of(beside, &last);
    if (!directory)
        return ENOMEM;
    *descriptor_ret = open_retrying(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    int error = *descriptor_ret < 0 ? errno : 0;
    free(directory);
    return error;
#else
    (void)beside, (void)descriptor_ret;
    return EOPNOTSUPP;
#endif
}

int mmv__os_create_hidden(const char *beside, bool named, int *descriptor_ret, char **temporary_ret)
{
    int error = named ? EOPNOTSUPP : create_nameless(beside, descriptor_ret);
    *temporary_ret = NULL;
    if (error == EOPNOTSUPP || error == EISDIR || error == EINVAL)
        error = create_temporary(beside, descriptor_ret, temporary_ret);
    return error;
}

int mmv__os_name_file(int folder, int descriptor, const char *name)
{
    char own[40];
    snprintf(own, sizeof own, "/proc/self/fd/%d", descriptor);
    return linkat(AT_FDCWD, own, folder, name, AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
}

/* Where there are no hard links either: an empty file of our own holds the place. */
static int replace_placeholder(int folder, const char *hidden, const char *name)
{
    int placeholder = open_in_retrying(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (placeholder < 0)
        return errno;
    close(placeholder);
    if (renameat(folder, hidden, folder, name) == 0)
        return 0;
    int error = errno;
    unlinkat(folder, name, 0);
    return error;
}

int mmv__os_rename_hidden(int folder, const char *hidden, const char *name)
{
#ifdef RENAME_NOREPLACE
    if (renameat2(folder, hidden, folder, name, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno == EEXIST)
        return EEXIST;
#endif
    if (linkat(folder, hidden, folder, name, 0) != 0)
        return errno == EEXIST || errno == ENOENT ? errno : replace_placeholder(folder, hidden, name);
    unlinkat(folder, hidden, 0);
    return 0;
}

int mmv__os_publish(int descriptor, const char *temporary, const char *path)
{
    const char *last;
    int folder;
    int error = open_directory(path, &last, &folder);
    if (error)
        return error;
    if (!temporary)
        error = mmv__os_name_file(folder, descriptor, last);
    else
        error = mmv__os_rename_hidden(folder, strrchr(temporary, '/') ? strrchr(temporary, '/') + 1 : temporary, last);
    if (error && temporary)
        unlink(temporary);
    close(folder);
    return error;
}

int mmv__os_open_folder_of(const char *path, int *folder_ret, const char **last_ret)
{
    return open_directory(path, last_ret, folder_ret);
}

int mmv__os_look_in(int folder, const char *name, mmv__os_kind *kind_ret)
{
    struct stat facts;
    if (fstatat(folder, name, &facts, AT_SYMLINK_NOFOLLOW) != 0)
        return errno;
    *kind_ret = S_ISREG(facts.st_mode) || S_ISLNK(facts.st_mode) ? MMV__FILE : MMV__OTHER;
    return 0;
}

int mmv__os_create_in(int folder, const char *name, unsigned permissions, int *descriptor_ret)
{
    *descriptor_ret = open_in_retrying(folder, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, permissions);
    return *descriptor_ret < 0 ? errno : 0;
}

int mmv__os_create_nameless_in(int folder, unsigned permissions, int *descriptor_ret)
{
#ifdef O_TMPFILE
    char own[40];
    *descriptor_ret = open_in_retrying(folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, permissions);
    if (*descriptor_ret < 0)
        return errno == EISDIR || errno == EINVAL ? EOPNOTSUPP : errno;
    /* Its name comes by way of /proc. */
    snprintf(own, sizeof own, "/proc/self/fd/%d", *descriptor_ret);
    if (access(own, F_OK) == 0)
        return 0;
    close(*descriptor_ret);
#else
    (void)folder, (void)permissions;
#endif
    *descriptor_ret = -1;
    return EOPNOTSUPP;
}

int mmv__os_replace_in(int folder, const char *from, const char *to)
{
    return renameat(folder, from, folder, to) == 0 ? 0 : errno;
}

int mmv__os_remove_in(int folder, const char *name)
{
    return unlinkat(folder, name, 0) == 0 ? 0 : errno;
}

/* A file system that cannot sync directories has nothing to be synced there. */
int mmv__os_sync_folder(int folder)
{
    int error = mmv__os_sync(folder);
    return error == EINVAL ? 0 : error;
}

int mmv__os_sync_directory(const char *path)
{
    const char *last;
    int descriptor;
    int error = open_directory(path, &last, &descriptor);
    if (error)
        return error;
    error = mmv__os_sync_folder(descriptor);
    close(descriptor);
    return error;
}

mmv__instance mmv__os_instance_beside(const char *path)
{
    const char *last;
    int descriptor;
    if (open_directory(path, &last, &descriptor) != 0)
        return 0;
    mmv__instance instance = mmv__os_instance(descriptor);
    close(descriptor);
    return instance;
}

bool mmv__os_is_own(const char *path)
{
    struct stat facts;
    return lstat(path, &facts) == 0 && facts.st_uid == geteuid();
}

#define OVERFLOW 65534u /* user_namespaces(7), /proc/sys/kernel/overflowuid: all users without a number */

bool mmv__os_is_owned(int descriptor, uint32_t user)
{
    if (user != (uint32_t)geteuid())
        return false;
#ifdef O_NOATIME
    /* fcntl(2): only the owner may set this flag. */
    if (user == OVERFLOW) {
        int flags = fcntl(descriptor, F_GETFL);
        if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NOATIME) != 0)
            return false;
        fcntl(descriptor, F_SETFL, flags);
    }
#else
    (void)descriptor;
#endif
    return true;
}

int mmv__os_list(const char *path, bool (*see)(const char *name, void *user), void *user)
{
    const char *last = path;
    char *directory = directory_of(path, &last);
    DIR *stream = directory ? opendir(directory) : NULL;
    int error = stream ? 0 : directory ? errno : ENOMEM;
    size_t length = strlen(last);
    struct dirent *entry = NULL;
    /* Nothing but errno tells an error from the end. */
    while (stream && (errno = 0, entry = readdir(stream)))
        if (strncmp(entry->d_name, last, length) == 0 && !see(entry->d_name, user))
            break;
    if (stream && !entry)
        error = errno;
    if (stream)
        closedir(stream);
    free(directory);
    return error;
}
