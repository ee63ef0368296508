/* SPDX-License-Identifier: MIT */
/*
 * unmappable: a folder again under another place, as a FUSE file system whose files the kernel does not cache, so that
 * it does not map them: mmap(2) with MAP_SHARED is ENODEV.
 *
 *     unmappable FOLDER PLACE [FUSE-OPTION...]
 *
 * Names are those of FOLDER, and so is all else. There are no files without a name (O_TMPFILE), and nothing is watched:
 * who works in FOLDER at the same time sees and makes changes.
 */
#define FUSE_USE_VERSION 31
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

static int folder;

static int result(int value)
{
    return value < 0 ? -errno : value;
}

/* Names come with a slash in front. */
static const char *name(const char *path)
{
    return path[1] ? path + 1 : ".";
}

static void *begin(struct fuse_conn_info *connection, struct fuse_config *config)
{
    (void)connection;
    config->use_ino = 1;
    config->direct_io = 1;
    config->hard_remove = 1;
    config->nullpath_ok = 0;
    config->entry_timeout = config->attr_timeout = config->negative_timeout = 0;
    return NULL;
}

static int look(const char *path, struct stat *facts, struct fuse_file_info *file)
{
    return result(file ? fstat((int)file->fh, facts) : fstatat(folder, name(path), facts, AT_SYMLINK_NOFOLLOW));
}

static int list(const char *path, void *buffer, fuse_fill_dir_t fill, off_t offset, struct fuse_file_info *file,
                enum fuse_readdir_flags flags)
{
    (void)offset, (void)file, (void)flags;
    int descriptor = openat(folder, name(path), O_RDONLY | O_DIRECTORY);
    DIR *stream = descriptor < 0 ? NULL : fdopendir(descriptor);
    if (!stream)
        return -errno;
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;)
        fill(buffer, entry->d_name, NULL, 0, 0);
    closedir(stream);
    return 0;
}

static int keep(int descriptor, struct fuse_file_info *file)
{
    file->fh = (uint64_t)descriptor;
    return descriptor < 0 ? -errno : 0;
}

static int make(const char *path, mode_t mode, struct fuse_file_info *file)
{
    return keep(openat(folder, name(path), file->flags | O_CREAT, mode), file);
}

static int get(const char *path, struct fuse_file_info *file)
{
    return keep(openat(folder, name(path), file->flags & ~O_DIRECT), file);
}

static int let_go(const char *path, struct fuse_file_info *file)
{
    (void)path;
    return result(close((int)file->fh));
}

static int load(const char *path, char *data, size_t size, off_t offset, struct fuse_file_info *file)
{
    (void)path;
    return result((int)pread((int)file->fh, data, size, offset));
}

static int store(const char *path, const char *data, size_t size, off_t offset, struct fuse_file_info *file)
{
    (void)path;
    return result((int)pwrite((int)file->fh, data, size, offset));
}

static int resize(const char *path, off_t size, struct fuse_file_info *file)
{
    if (file)
        return result(ftruncate((int)file->fh, size));
    int descriptor = openat(folder, name(path), O_WRONLY);
    int done = result(descriptor < 0 ? -1 : ftruncate(descriptor, size));
    if (descriptor >= 0)
        close(descriptor);
    return done;
}

static int reserve(const char *path, int mode, off_t offset, off_t length, struct fuse_file_info *file)
{
    (void)path;
    return result(fallocate((int)file->fh, mode, offset, length));
}

static int settle(const char *path, int data_only, struct fuse_file_info *file)
{
    (void)path;
    return result(data_only ? fdatasync((int)file->fh) : fsync((int)file->fh));
}

static int drop(const char *path)
{
    return result(unlinkat(folder, name(path), 0));
}

static int rename_to(const char *from, const char *to, unsigned flags)
{
    return result(renameat2(folder, name(from), folder, name(to), flags));
}

static int link_to(const char *from, const char *to)
{
    return result(linkat(folder, name(from), folder, name(to), 0));
}

static int make_folder(const char *path, mode_t mode)
{
    return result(mkdirat(folder, name(path), mode));
}

static int drop_folder(const char *path)
{
    return result(unlinkat(folder, name(path), AT_REMOVEDIR));
}

static int set_rights(const char *path, mode_t mode, struct fuse_file_info *file)
{
    return result(file ? fchmod((int)file->fh, mode) : fchmodat(folder, name(path), mode, 0));
}

static int set_owner(const char *path, uid_t user, gid_t group, struct fuse_file_info *file)
{
    return result(file ? fchown((int)file->fh, user, group)
                       : fchownat(folder, name(path), user, group, AT_SYMLINK_NOFOLLOW));
}

static int set_times(const char *path, const struct timespec times[2], struct fuse_file_info *file)
{
    return result(file ? futimens((int)file->fh, times) : utimensat(folder, name(path), times, AT_SYMLINK_NOFOLLOW));
}

static int look_at_space(const char *path, struct statvfs *space)
{
    (void)path;
    return result(fstatvfs(folder, space));
}

static const struct fuse_operations operations = {
    .init = begin,
    .getattr = look,
    .readdir = list,
    .create = make,
    .open = get,
    .release = let_go,
    .read = load,
    .write = store,
    .truncate = resize,
    .fallocate = reserve,
    .fsync = settle,
    .unlink = drop,
    .rename = rename_to,
    .link = link_to,
    .mkdir = make_folder,
    .rmdir = drop_folder,
    .chmod = set_rights,
    .chown = set_owner,
    .utimens = set_times,
    .statfs = look_at_space,
};

int main(int count, char **words)
{
    folder = count > 2 ? open(words[1], O_RDONLY | O_DIRECTORY) : -1;
    if (folder < 0) {
        fprintf(stderr, "usage: unmappable FOLDER PLACE [FUSE-OPTION...]\n");
        return 2;
    }
    words[1] = words[0];
    return fuse_main(count - 1, words + 1, &operations, NULL);
}
