/* SPDX-License-Identifier: MIT */
/*
 * place: making the folder, finding those that were left behind, and what kind of file system it is on.
 *
 * 1. A folder is removed only by the program that has its lock: its own, or one whose owner is gone. flock(2) says so,
 *    at the time; an assert could only ask it again.
 */
#include "mmbench/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "kit/cli/sizes.h"

#define PREFIX "mmbench."
#define LOCK "lock"

static bool failed(struct place *place, const char *what, const char *path)
{
    snprintf(place->why, sizeof place->why, "%s: %s: %s", path, what, strerror(errno));
    return false;
}

/* The files first: a fixture has no folders in it but its "files". */
static void remove_tree(int parent, const char *name)
{
    int directory = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *list = directory < 0 ? NULL : fdopendir(directory);
    struct dirent *entry;
    while (list && (entry = readdir(list)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (unlinkat(directory, entry->d_name, 0) != 0 && (errno == EISDIR || errno == EPERM))
            remove_tree(directory, entry->d_name);
    }
    if (list)
        closedir(list);
    unlinkat(parent, name, AT_REMOVEDIR);
}

/* A folder whose lock can be had belongs to nobody. */
static bool is_stale(int parent, const char *name)
{
    char path[NAME_MAX + sizeof LOCK + 2];
    if (strncmp(name, PREFIX, strlen(PREFIX)) != 0)
        return false;
    snprintf(path, sizeof path, "%s/" LOCK, name);
    int lock = openat(parent, path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    bool stale = lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0;
    if (lock >= 0)
        close(lock);
    return stale;
}

static void remove_stale(const char *directory)
{
    DIR *list = opendir(directory);
    struct dirent *entry;
    while (list && (entry = readdir(list)) != NULL)
        if (is_stale(dirfd(list), entry->d_name))
            remove_tree(dirfd(list), entry->d_name);
    if (list)
        closedir(list);
}

bool place_make(struct place *place)
{
    char path[PATH_MAX];
    if (place->path[0])
        return true;
    remove_stale(place->directory);
    if (snprintf(path, sizeof path, "%s/" PREFIX "XXXXXX", place->directory) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return failed(place, "cannot make a folder here", place->directory);
    }
    if (!mkdtemp(path))
        return failed(place, "cannot make a folder here", place->directory);
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    place->lock = directory < 0 ? -1 : openat(directory, LOCK, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (directory >= 0)
        close(directory);
    strcpy(place->path, path);
    if (place->lock < 0 || flock(place->lock, LOCK_EX | LOCK_NB) != 0) {
        failed(place, "cannot lock the folder of the fixtures", path);
        place_remove(place);
        return false;
    }
    return true;
}

bool place_has_room(struct place *place, uint64_t bytes)
{
    struct statvfs facts;
    char wanted[SIZES_TEXT], there[SIZES_TEXT];
    if (statvfs(place->directory, &facts) != 0)
        return failed(place, "cannot find out how much room there is", place->directory);
    uint64_t room = (uint64_t)facts.f_bavail * facts.f_frsize;
    if (bytes + bytes / 20 <= room)
        return true;
    snprintf(place->why, sizeof place->why, "%s: no space for a fixture of %s, %s are free", place->directory,
             sizes_text(bytes, wanted), sizes_text(room, there));
    return false;
}

void place_remove(struct place *place)
{
    /* First: NFS and FUSE keep an open file in its folder under another name. */
    if (place->lock >= 0)
        close(place->lock);
    if (place->path[0])
        remove_tree(AT_FDCWD, place->path);
    place->path[0] = '\0';
    place->lock = -1;
}

/* ---- facts ------------------------------------------------------------------------------------------------------ */

static const struct kind {
    uint32_t magic; /* statfs(2) */
    const char *name;
    bool in_memory, remote;
} kinds[] = {
    {0xef53, "ext4", false, false},     {0x58465342, "xfs", false, false},  {0x9123683e, "btrfs", false, false},
    {0x01021994, "tmpfs", true, false}, {0x858458f6, "ramfs", true, false}, {0x794c7630, "overlayfs", false, false},
    {0xf2f52010, "f2fs", false, false}, {0x2fc12fc1, "zfs", false, false},  {0x6969, "nfs", false, true},
    {0xff534d42, "cifs", false, true},  {0xfe534d42, "smb2", false, true},  {0x65735546, "fuse", false, true},
    {0x01021997, "9p", false, true},    {0x00c36400, "ceph", false, true},  {0x0bd00bd0, "lustre", false, true},
};

static long readahead_of(dev_t device)
{
    static const char *const forms[] = {"/sys/dev/block/%u:%u/queue/read_ahead_kb",
                                        "/sys/dev/block/%u:%u/../queue/read_ahead_kb"};
    long kib = -1;
    for (unsigned i = 0; i < 2 && kib < 0; i++) {
        char path[80];
        snprintf(path, sizeof path, forms[i], major(device), minor(device));
        FILE *file = fopen(path, "re");
        if (!file)
            continue;
        if (fscanf(file, "%ld", &kib) != 1)
            kib = -1;
        fclose(file);
    }
    return kib;
}

bool place_facts(const char *path, struct place_facts *facts_ret)
{
    struct statfs system;
    struct stat facts;
    if (statfs(path, &system) != 0 || stat(path, &facts) != 0)
        return false;
    uint32_t magic = (uint32_t)system.f_type;
    *facts_ret = (struct place_facts){.readahead_kib = readahead_of(facts.st_dev),
                                      .free_bytes = (uint64_t)system.f_bavail * (uint64_t)system.f_bsize};
    snprintf(facts_ret->system, sizeof facts_ret->system, "0x%" PRIx32, magic);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (kinds[i].magic != magic)
            continue;
        snprintf(facts_ret->system, sizeof facts_ret->system, "%s", kinds[i].name);
        facts_ret->in_memory = kinds[i].in_memory;
        facts_ret->remote = kinds[i].remote;
    }
    return true;
}
