/* SPDX-License-Identifier: MIT */
/*
 * linux/holder.c - which process has a lock.
 *
 * The system says which lock is in the way, but of open file descriptions' locks not whose it is: several processes may
 * have the description. So the descriptors of all processes that may be looked at are gone through:
 *
 *     /proc/PID/fdinfo/FD    lock:   1: OFDLCK  ADVISORY  WRITE -1 fe:00:11659893 0 99        inode, first and last
 * byte /proc/PID/fd/FD        the file: its device tells it from another one with the same inode number /proc/PID/comm
 * the command
 *
 * Sources: fcntl(2) F_OFD_GETLK, proc(5).
 */

#include "os/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The lock that is looked for. */
struct wanted {
    struct stat file;
    uint64_t first, last; /* UINT64_MAX = to the end, wherever that moves */
    bool writes;
};

/* One line of fdinfo. */
static bool is_lock(const struct wanted *wanted, const char *line)
{
    char kind[16], way[16], end[24];
    uint64_t inode, first;
    if (sscanf(line, "lock: %*d: %15s %*s %15s %*d %*x:%*x:%" SCNu64 " %" SCNu64 " %23s", kind, way, &inode, &first,
               end) != 5)
        return false;
    uint64_t last = strcmp(end, "EOF") == 0 ? UINT64_MAX : strtoull(end, NULL, 10);
    return strcmp(kind, "FLOCK") != 0 && (strcmp(way, "WRITE") == 0) == wanted->writes &&
           inode == (uint64_t)wanted->file.st_ino && first == wanted->first && last == wanted->last;
}

static bool has_lock(const struct wanted *wanted, const char *process, const char *number)
{
    char path[64], line[200];
    bool found = false;
    snprintf(path, sizeof path, "/proc/%.20s/fdinfo/%.20s", process, number);
    FILE *facts = fopen(path, "re");
    while (facts && !found && fgets(line, sizeof line, facts))
        found = is_lock(wanted, line);
    if (facts)
        fclose(facts);
    return found;
}

/* Asked last: a file system that does not answer is looked at only when the number of the inode is right. */
static bool is_file(const struct wanted *wanted, const char *process, const char *number)
{
    char path[64];
    struct stat facts;
    snprintf(path, sizeof path, "/proc/%.20s/fd/%.20s", process, number);
    return stat(path, &facts) == 0 && facts.st_dev == wanted->file.st_dev && facts.st_ino == wanted->file.st_ino;
}

static bool is_number(const char *name)
{
    return name[0] != '\0' && strspn(name, "0123456789") == strlen(name);
}

static bool holds(const struct wanted *wanted, const char *process)
{
    char path[40];
    struct dirent *entry;
    bool found = false;
    snprintf(path, sizeof path, "/proc/%.20s/fdinfo", process);
    DIR *descriptors = opendir(path);
    while (descriptors && !found && (entry = readdir(descriptors))) {
        found = is_number(entry->d_name) && has_lock(wanted, process, entry->d_name) &&
                is_file(wanted, process, entry->d_name);
    }
    if (descriptors)
        closedir(descriptors);
    return found;
}

/* The process' own descriptors, too: two maps of one file exclude each other. */
static uint32_t find_process(const struct wanted *wanted)
{
    struct dirent *entry;
    uint32_t found = 0;
    DIR *processes = opendir("/proc");
    while (processes && found == 0 && (entry = readdir(processes)))
        if (is_number(entry->d_name) && holds(wanted, entry->d_name))
            found = (uint32_t)strtoul(entry->d_name, NULL, 10);
    if (processes)
        closedir(processes);
    return found;
}

static void name_command(mmv__os_holder *holder)
{
    char path[40];
    snprintf(path, sizeof path, "/proc/%" PRIu32 "/comm", holder->process);
    FILE *command = fopen(path, "re");
    if (!command)
        return;
    if (fgets(holder->command, sizeof holder->command, command))
        holder->command[strcspn(holder->command, "\n")] = '\0';
    fclose(command);
}

bool mmv__os_lock_holder(int descriptor, bool exclusive, uint64_t offset, uint64_t length, mmv__os_holder *holder_ret)
{
    struct flock lock;
    struct wanted wanted;
    memset(&lock, 0, sizeof lock);
    lock.l_type = exclusive ? F_WRLCK : F_RDLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = (off_t)offset;
    lock.l_len = (off_t)length;
    if (fcntl(descriptor, F_OFD_GETLK, &lock) != 0 || lock.l_type == F_UNLCK || fstat(descriptor, &wanted.file) != 0)
        return false;
    wanted.first = (uint64_t)lock.l_start;
    wanted.last = lock.l_len == 0 ? UINT64_MAX : (uint64_t)lock.l_start + (uint64_t)lock.l_len - 1;
    wanted.writes = lock.l_type == F_WRLCK;
    *holder_ret = (mmv__os_holder){.writes = wanted.writes};
    /* A lock of the process itself, lockf(3): the system knows whose it is. 0 or -1: from another container. */
    holder_ret->process = lock.l_pid > 0 ? (uint32_t)lock.l_pid : find_process(&wanted);
    if (holder_ret->process)
        name_command(holder_ret);
    return true;
}
