/* SPDX-License-Identifier: MIT */
/*
 * linux/instance.c - which superblock a file lies on, and since when it is mounted.
 *
 * ext4, XFS and others have a folder under /sys/fs for each file system that is mounted, made when it is mounted: its
 * inode number is another one after the next mount, and the same through every bind mount. Btrfs has one, too, by its
 * UUID; a snapshot is told from its origin by the number of the subvolume. Block devices count the media that they had
 * (diskseq). Elsewhere the number of the mount has to do, which the kernel gives once.
 *
 * Sources: statx(2) STATX_MNT_ID_UNIQUE (Linux 6.8), sysfs(5), Documentation/ABI/testing/sysfs-block (diskseq),
 * linux/btrfs.h. Constants that the C library may be too old for are defined here from the kernel's uapi headers.
 */

#include "base/checksum.h"
#include "os/file.h"
#include "os/linux/statx.h"

#include <linux/btrfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <fcntl.h>

#define UNIQUE_MOUNT 0x4000u
#define BTRFS 0x9123683Eu
#define FIRST_OBJECT 256u /* BTRFS_FIRST_FREE_OBJECTID */

/* Magic numbers from statfs(2). */
static const struct kept_in_memory {
    uint32_t magic;
} in_memory[] = {{0x01021994} /* tmpfs */, {0x858458f6} /* ramfs */, {0x958458f6} /* hugetlbfs */};

static const struct listed_system {
    uint32_t magic;
    const char *folder;
} listed[] = {{0xEF53, "ext4"}, {0x58465342, "xfs"}, {0xF2F52010, "f2fs"}, {0x3434, "nilfs2"}};

/* Two bits say how sure it is, the rest what it is. */
static mmv__instance instance_of(uint64_t sure, uint64_t a, uint64_t b)
{
    const uint64_t parts[] = {a, b};
    return sure << 62 | mmv__hash(parts, sizeof parts, sure) >> 2;
}

static mmv__instance by_folder(const char *type, const char *name, uint64_t part)
{
    char path[320];
    struct stat facts;
    snprintf(path, sizeof path, "/sys/fs/%s/%s", type, name);
    return stat(path, &facts) == 0 ? instance_of(MMV__INSTANCE_SURE, facts.st_ino, part) : 0;
}

/* The device's name, as its folder is called. */
static mmv__instance by_device(const char *type, dev_t device)
{
    char path[64], target[256];
    snprintf(path, sizeof path, "/sys/dev/block/%u:%u", major(device), minor(device));
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (length <= 0)
        return 0;
    target[length] = '\0';
    const char *slash = strrchr(target, '/');
    return by_folder(type, slash ? slash + 1 : target, 0);
}

uint64_t mmv__os_volume(int descriptor)
{
    struct statfs system;
    struct btrfs_ioctl_ino_lookup_args volume;
    if (fstatfs(descriptor, &system) != 0 || (uint32_t)system.f_type != BTRFS)
        return 0;
    memset(&volume, 0, sizeof volume);
    volume.objectid = FIRST_OBJECT;
    return ioctl(descriptor, BTRFS_IOC_INO_LOOKUP, &volume) == 0 ? volume.treeid : 0;
}

static mmv__instance of_btrfs(int descriptor)
{
    struct btrfs_ioctl_fs_info_args system = {0};
    uint64_t volume = mmv__os_volume(descriptor);
    char name[40];
    const unsigned char *id = (const unsigned char *)system.fsid;
    if (volume == 0 || ioctl(descriptor, BTRFS_IOC_FS_INFO, &system) != 0)
        return 0;
    size_t at = 0;
    for (size_t i = 0; i < 16; i++)
        at += (size_t)snprintf(name + at, sizeof name - at, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
                               id[i]);
    return by_folder("btrfs", name, volume);
}

static mmv__instance of_block_device(dev_t device)
{
    char path[64];
    unsigned long long number = 0;
    snprintf(path, sizeof path, "/sys/dev/block/%u:%u/diskseq", major(device), minor(device));
    FILE *file = fopen(path, "re");
    bool known = file && fscanf(file, "%llu", &number) == 1;
    if (file)
        fclose(file);
    return known ? instance_of(MMV__INSTANCE_SURE, number, device) : 0;
}

static mmv__instance by_type(int descriptor, uint32_t magic, dev_t device)
{
    for (size_t i = 0; i < sizeof in_memory / sizeof in_memory[0]; i++)
        if (magic == in_memory[i].magic)
            return instance_of(MMV__INSTANCE_SURE, device, 0);
    for (size_t i = 0; i < sizeof listed / sizeof listed[0]; i++)
        if (magic == listed[i].magic)
            return by_device(listed[i].folder, device);
    return magic == BTRFS ? of_btrfs(descriptor) : 0;
}

static mmv__instance by_mount(int descriptor)
{
    struct statx facts;
    memset(&facts, 0, sizeof facts);
    if (statx(descriptor, "", AT_EMPTY_PATH, UNIQUE_MOUNT, &facts) != 0 || !(facts.stx_mask & UNIQUE_MOUNT))
        return 0;
    /* stx_mnt_id: the C library's struct may be older than the field. */
    uint64_t number;
    memcpy(&number, (const char *)&facts + 0x90, sizeof number);
    return instance_of(MMV__INSTANCE_MOUNT, number, 0);
}

mmv__instance mmv__os_instance(int descriptor)
{
    struct stat facts;
    struct statfs system;
    if (fstat(descriptor, &facts) != 0 || fstatfs(descriptor, &system) != 0)
        return 0;
    if (S_ISBLK(facts.st_mode))
        return of_block_device(facts.st_rdev);
    mmv__instance instance = by_type(descriptor, (uint32_t)system.f_type, facts.st_dev);
    return instance ? instance : by_mount(descriptor);
}
