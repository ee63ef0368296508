/* SPDX-License-Identifier: MIT */
/*
 * linux/mounts.c - the type of a file system and its options, as /proc/self/mountinfo has them.
 *
 * statfs(2) says FUSE for everything that is served by a program, and does not say where locks are kept.
 *
 *     36 35 0:55 / /shared rw,relatime shared:7 - fuse.glusterfs node1:/shared rw,allow_other
 *           device                              type           source        options
 *
 * Source: proc(5). Spaces within a field are written \040, so fields are words.
 */

#include "os/linux/mounts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

bool mmv__mount_parse(const char *line, const char *device, mmv__mount *mount_ret)
{
    char found[32];
    const char *rest = strstr(line, " - ");
    *mount_ret = (mmv__mount){.type = "", .options = ""};
    return rest && sscanf(line, "%*d %*d %31s", found) == 1 && strcmp(found, device) == 0 &&
           sscanf(rest, " - %63s %*s %511s", mount_ret->type, mount_ret->options) >= 1;
}

bool mmv__mount_has(const mmv__mount *mount, const char *option)
{
    size_t length = strlen(option);
    for (const char *at = mount->options; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, option, length) == 0 && (at[length] == ',' || at[length] == '\0'))
            return true;
    }
    return false;
}

bool mmv__mount_of(int descriptor, mmv__mount *mount_ret)
{
    struct stat facts;
    char device[32];
    char *line = NULL;
    size_t size = 0;
    bool found = false;
    if (fstat(descriptor, &facts) != 0)
        return false;
    snprintf(device, sizeof device, "%u:%u", major(facts.st_dev), minor(facts.st_dev));
    FILE *mounts = fopen("/proc/self/mountinfo", "re");
    while (mounts && !found && getline(&line, &size, mounts) > 0)
        found = mmv__mount_parse(line, device, mount_ret);
    free(line);
    if (mounts)
        fclose(mounts);
    return found;
}
