/* SPDX-License-Identifier: MIT */
/* scratch.c - see scratch.h; scratch_place.h has what each system does in its own way. */

#include "scratch.h"

#include "scratch_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATHS 32

void scratch_die(const char *what, const char *path)
{
    fprintf(stderr, "%s: %s: %s\n", path, what, strerror(errno));
    exit(2);
}

const char *scratch(const char *name)
{
    static char paths[PATHS][512];
    static unsigned next;
    if (!*scratch_place() && !scratch_use(NULL))
        scratch_die("cannot make a directory", "scratch");
    char *path = paths[next++ % PATHS];
    snprintf(path, sizeof paths[0], "%s/%s", scratch_place(), name);
    return path;
}

void fill(void *data, size_t size, uint64_t seed)
{
    uint64_t state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    unsigned char *bytes = data;
    for (size_t i = 0; i < size; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes[i] = (unsigned char)(state >> 24);
    }
}

static int open_or_die(const char *path, int flags)
{
    int descriptor = open(path, flags | O_CLOEXEC, 0666);
    if (descriptor < 0)
        scratch_die("open", path);
    return descriptor;
}

static void put(int descriptor, const char *path, const void *data, size_t size, uint64_t offset)
{
    for (size_t done = 0; done < size;) {
        ssize_t some = pwrite(descriptor, (const char *)data + done, size - done, (off_t)(offset + done));
        if (some <= 0)
            scratch_die("write", path);
        done += (size_t)some;
    }
    close(descriptor);
}

/* Emptied when it is there. A system that lets nobody empty a file that is mapped may let file_cut(). */
static int open_empty(const char *path)
{
    int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor >= 0 || !file_exists(path))
        return descriptor >= 0 ? descriptor : open_or_die(path, O_WRONLY | O_CREAT | O_TRUNC);
    file_cut(path, 0);
    return open_or_die(path, O_WRONLY);
}

void file_put(const char *path, const void *data, size_t size)
{
    put(open_empty(path), path, data, size, 0);
}

void file_put_at(const char *path, const void *data, size_t size, uint64_t offset)
{
    put(open_or_die(path, O_WRONLY), path, data, size, offset);
}

void file_make(const char *path, size_t size, uint64_t seed)
{
    char *data = malloc(size + 1);
    if (!data)
        scratch_die("malloc", path);
    fill(data, size, seed);
    file_put(path, data, size);
    free(data);
}

void file_sparse(const char *path, uint64_t size)
{
    int descriptor = open_or_die(path, O_WRONLY | O_CREAT | O_TRUNC);
    if (ftruncate(descriptor, (off_t)size) != 0)
        scratch_die("truncate", path);
    close(descriptor);
}

void file_get(const char *path, void *data, size_t size, uint64_t offset)
{
    int descriptor = open_or_die(path, O_RDONLY);
    for (size_t done = 0; done < size;) {
        ssize_t some = pread(descriptor, (char *)data + done, size - done, (off_t)(offset + done));
        if (some <= 0)
            scratch_die("read", path);
        done += (size_t)some;
    }
    close(descriptor);
}

static struct stat facts_of(const char *path)
{
    struct stat facts;
    if (stat(path, &facts) != 0)
        scratch_die("stat", path);
    return facts;
}

bool file_is(const char *path, const void *data, size_t size)
{
    if (file_length(path) != size)
        return false;
    char *have = malloc(size + 1);
    if (!have)
        scratch_die("malloc", path);
    file_get(path, have, size, 0);
    bool same = memcmp(have, data, size) == 0;
    free(have);
    return same;
}

bool file_exists(const char *path)
{
    struct stat facts;
    return lstat(path, &facts) == 0;
}

uint64_t file_length(const char *path)
{
    return (uint64_t)facts_of(path).st_size;
}
