/* SPDX-License-Identifier: MIT */
/* group: a folder below /sys/fs/cgroup, of whichever version is mounted with a memory controller. */
#include "mmbench/group.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BASE_V1 "/sys/fs/cgroup/memory"
#define BASE_V2 "/sys/fs/cgroup"

static bool put(const char *directory, const char *file, const char *text)
{
    char path[PATH_MAX + 32];
    snprintf(path, sizeof path, "%s/%s", directory, file);
    int out = open(path, O_WRONLY | O_CLOEXEC);
    bool good = out >= 0 && write(out, text, strlen(text)) == (ssize_t)strlen(text);
    int error = errno;
    if (out >= 0)
        close(out);
    errno = error;
    return good;
}

/* The number behind 'key', or the first one when key is "". */
static uint64_t get(const char *directory, const char *file, const char *key)
{
    char path[PATH_MAX + 32], line[128];
    uint64_t value = 0;
    snprintf(path, sizeof path, "%s/%s", directory, file);
    FILE *in = fopen(path, "re");
    while (in && fgets(line, sizeof line, in))
        if (strncmp(line, key, strlen(key)) == 0) {
            value = strtoull(line + strlen(key), NULL, 10);
            break;
        }
    if (in)
        fclose(in);
    return value;
}

static bool create_below(struct group *group, const char *base, bool unified, uint64_t limit)
{
    char text[32];
    snprintf(group->path, sizeof group->path, "%s/mmbench.%ld", base, (long)getpid());
    group->unified = unified;
    /* Only possible where no process stands in 'base' itself, or in the root group; harmless when it is on already. */
    if (unified)
        put(base, "cgroup.subtree_control", "+memory");
    snprintf(text, sizeof text, "%" PRIu64, limit);
    rmdir(group->path); /* left by a program that was killed and had this number */
    if (mkdir(group->path, 0755) == 0 && put(group->path, unified ? "memory.max" : "memory.limit_in_bytes", text))
        return true;
    int error = errno;
    group_remove(group);
    errno = error;
    return false;
}

bool group_make(struct group *group, uint64_t limit, char *why, size_t why_size)
{
    bool first = access(BASE_V1 "/memory.limit_in_bytes", F_OK) == 0 || access(BASE_V1 "/tasks", F_OK) == 0;
    if (first ? create_below(group, BASE_V1, false, limit) : create_below(group, BASE_V2, true, limit))
        return true;
    snprintf(why, why_size, "cannot make a memory cgroup below %s: %s%s", first ? BASE_V1 : BASE_V2, strerror(errno),
             geteuid() == 0 ? "" : " (needs root)");
    return false;
}

bool group_join(const struct group *group)
{
    return put(group->path, "cgroup.procs", "0");
}

uint64_t group_reclaimed(const struct group *group)
{
    return group->unified ? get(group->path, "memory.events", "max ") : get(group->path, "memory.failcnt", "");
}

void group_remove(struct group *group)
{
    /* The last member may still be on its way out. */
    for (int attempt = 0; group->path[0] && attempt < 100 && rmdir(group->path) != 0 && errno == EBUSY; attempt++)
        usleep(10000);
    group->path[0] = '\0';
}
