/* SPDX-License-Identifier: MIT */
/* folder: see kit/os/folder.h. */
#include "kit/os/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__linux__) && defined(__has_include)
#if __has_include(<linux/openat2.h>)
#include <linux/openat2.h>
#endif
#endif

#include "kit/os/posix/descriptors.h"

int folder_open(const char *path, bool follow, int *folder_ret)
{
    return open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | (follow ? 0 : O_NOFOLLOW), 0, folder_ret);
}

int folder_make(const char *path, unsigned permissions)
{
    return mkdir(path, (mode_t)permissions) == 0 ? 0 : errno;
}

int folder_remove(const char *path)
{
    return rmdir(path) == 0 ? 0 : errno;
}

int folder_list(int folder, folder_see_fn *see, void *user)
{
    int own;
    /* A descriptor of its own: reading moves it. */
    int error = open_at(folder, ".", O_RDONLY | O_DIRECTORY, 0, &own);
    if (error != 0)
        return error;
    DIR *stream = fdopendir(own);
    if (!stream) {
        error = errno;
        close(own);
        return error;
    }
    const struct dirent *entry;
    bool more = true;
    while (more && (errno = 0, entry = readdir(stream)))
        more = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 || see(user, entry->d_name);
    error = more ? errno : 0;
    closedir(stream);
    return error;
}

int folder_look(int folder, const char *name, bool follow, struct file_facts *facts_ret)
{
    struct stat info;
    if (fstatat(folder, name, &info, follow ? 0 : AT_SYMLINK_NOFOLLOW) != 0)
        return errno;
    *facts_ret = facts_of(&info);
    return 0;
}

int folder_open_file(int folder, const char *name, enum file_access access, int *descriptor_ret)
{
    return open_at(folder, name, access_flags(access) | O_NOFOLLOW, 0, descriptor_ret);
}

int folder_open_writing(int folder, const char *name, bool follow, bool wait, int *descriptor_ret)
{
    int flags = O_WRONLY | O_APPEND | O_NOCTTY | (follow ? 0 : O_NOFOLLOW) | (wait ? 0 : O_NONBLOCK);
    return open_at(folder, name, flags, 0, descriptor_ret);
}

int folder_create_file(int folder, const char *name, unsigned permissions, int *descriptor_ret)
{
    return open_at(folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, permissions, descriptor_ret);
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

static void descriptor_path(int descriptor, char path[64])
{
    snprintf(path, 64, "/proc/self/fd/%d", descriptor);
}

/* Linking a nameless file by way of /proc needs no privilege, but a mounted /proc. */
static bool can_be_named(int descriptor)
{
    char path[64];
    struct stat info;
    descriptor_path(descriptor, path);
    return stat(path, &info) == 0;
}

int folder_create_nameless(int folder, int *descriptor_ret)
{
#ifdef O_TMPFILE
    int descriptor;
    int error = open_at(folder, ".", O_TMPFILE | O_RDWR, 0600, &descriptor);
    if (error == 0 && can_be_named(descriptor)) {
        *descriptor_ret = descriptor;
        return 0;
    }
    if (error == 0)
        close(descriptor);
#else
    (void)folder, (void)descriptor_ret, (void)can_be_named;
#endif
    return ENOTSUP;
}

int folder_replace(int folder, const char *from, const char *to)
{
    return renameat(folder, from, folder, to) == 0 ? 0 : errno;
}

int folder_link(int folder, const char *from, const char *to)
{
    return linkat(folder, from, folder, to, 0) == 0 ? 0 : errno;
}

int folder_remove_file(int folder, const char *name)
{
    return unlinkat(folder, name, 0) == 0 ? 0 : errno;
}

int folder_sync(int folder)
{
    return file_sync(folder);
}

bool folder_leads_inside(const char *path, const char *name, struct file_facts *facts_ret)
{
    int folder, descriptor = -1;
    if (folder_open(path, true, &folder) != 0)
        return false;
    errno = ENOSYS;
#if defined(SYS_openat2) && defined(RESOLVE_BENEATH)
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    descriptor = (int)syscall(SYS_openat2, folder, name, &how, sizeof how);
#endif
    /* An older system: no link at all, and no way up. */
    if (descriptor < 0 && (errno == ENOSYS || errno == EPERM) && !strchr(name, '/') && strcmp(name, "..") != 0)
        descriptor = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    bool inside = descriptor >= 0 && file_look(descriptor, facts_ret) == 0;
    if (descriptor >= 0)
        close(descriptor);
    close(folder);
    return inside;
}
