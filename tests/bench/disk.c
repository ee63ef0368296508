/* SPDX-License-Identifier: MIT */
/* disk.c - see disk.h. Asks the system itself: place.c, which knows the same, is one of those to be tested. */

#include "disk.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/vfs.h>

#include <linux/magic.h>

#include "scratch.h"

#define FUSE_MAGIC 0x65735546u /* statfs(2); the rest is in linux/magic.h */
#define CIFS_MAGIC 0xff534d42u

static uint32_t kind_of(const char *path)
{
    struct statfs facts;
    return path && statfs(path, &facts) == 0 ? (uint32_t)facts.f_type : 0;
}

static bool is_disk(const char *path)
{
    static const uint32_t others[] = {0,          TMPFS_MAGIC,      RAMFS_MAGIC, NFS_SUPER_MAGIC, SMB_SUPER_MAGIC,
                                      CIFS_MAGIC, SMB2_SUPER_MAGIC, FUSE_MAGIC,  V9FS_MAGIC};
    uint32_t kind = kind_of(path);
    for (unsigned i = 0; i < sizeof others / sizeof *others; i++)
        if (kind == others[i])
            return false;
    return true;
}

bool scratch_on_disk(void)
{
    const char *const places[] = {getenv("TMPDIR"), "/tmp", "/var/tmp", "."};
    for (unsigned i = 0; i < sizeof places / sizeof *places; i++)
        if (is_disk(places[i]) && scratch_use(places[i]))
            return true;
    fprintf(stderr, "SKIPPED: $TMPDIR, /tmp, /var/tmp and the build folder are no local disk that can be written\n");
    return false;
}

bool scratch_in_memory(void)
{
    if (kind_of("/dev/shm") == TMPFS_MAGIC && scratch_use("/dev/shm"))
        return true;
    fprintf(stderr, "SKIPPED: /dev/shm is no tmpfs that can be written\n");
    return false;
}
