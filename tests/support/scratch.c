/* SPDX-License-Identifier: MIT */
/* scratch.c - see scratch.h. Only the process that made a directory removes it, not a child that inherited the list. */

#include "scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATHS 32
#define DIRECTORIES 16

static char directories[DIRECTORIES][256];
static unsigned made;
static pid_t owner;

static void die(const char *what, const char *path)
{
    fprintf(stderr, "%s: %s: %s\n", path, what, strerror(errno));
    exit(2);
}

static int remove_one(const char *path, const struct stat *facts, int kind, struct FTW *where)
{
    (void)facts, (void)kind, (void)where;
    return remove(path);
}

/* LLVM's OpenMP gives each process a name in memory, and only a process that ends by itself takes it back. */
static void sweep_openmp(void)
{
    DIR *memory = opendir("/dev/shm");
    const struct dirent *entry;
    while (memory && (entry = readdir(memory))) {
        unsigned user;
        int process;
        if (sscanf(entry->d_name, "__KMP_REGISTERED_LIB_%d_%u", &process, &user) == 2 && user == getuid() &&
            process > 0 && kill(process, 0) != 0 && errno == ESRCH)
            unlinkat(dirfd(memory), entry->d_name, 0);
    }
    if (memory)
        closedir(memory);
}

static void clean(void)
{
    if (getpid() != owner)
        return;
    sweep_openmp();
    for (unsigned i = 0; i < made; i++)
        nftw(directories[i], remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

bool scratch_use(const char *base)
{
    const char *place = base ? base : getenv("TMPDIR");
    if (made == DIRECTORIES)
        die("too many scratch directories", "scratch");
    snprintf(directories[made], sizeof directories[made], "%s/mmv-test-XXXXXX", place && *place ? place : "/tmp");
    if (!mkdtemp(directories[made]))
        return false;
    if (made++ == 0) {
        owner = getpid();
        atexit(clean);
    }
    return true;
}

const char *scratch(const char *name)
{
    static char paths[PATHS][512];
    static unsigned next;
    if (made == 0 && !scratch_use(NULL))
        die("cannot make a directory", "scratch");
    char *path = paths[next++ % PATHS];
    snprintf(path, sizeof paths[0], "%s/%s", directories[made - 1], name);
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
        die("open", path);
    return descriptor;
}

static void put(int descriptor, const char *path, const void *data, size_t size, uint64_t offset)
{
    for (size_t done = 0; done < size;) {
        ssize_t some = pwrite(descriptor, (const char *)data + done, size - done, (off_t)(offset + done));
        if (some <= 0)
            die("write", path);
        done += (size_t)some;
    }
    close(descriptor);
}

void file_put(const char *path, const void *data, size_t size)
{
    put(open_or_die(path, O_WRONLY | O_CREAT | O_TRUNC), path, data, size, 0);
}

void file_put_at(const char *path, const void *data, size_t size, uint64_t offset)
{
    put(open_or_die(path, O_WRONLY), path, data, size, offset);
}

void file_make(const char *path, size_t size, uint64_t seed)
{
    char *data = malloc(size + 1);
    if (!data)
        die("malloc", path);
    fill(data, size, seed);
    file_put(path, data, size);
    free(data);
}

void file_sparse(const char *path, uint64_t size)
{
    int descriptor = open_or_die(path, O_WRONLY | O_CREAT | O_TRUNC);
    if (ftruncate(descriptor, (off_t)size) != 0)
        die("truncate", path);
    close(descriptor);
}

void file_cut(const char *path, uint64_t size)
{
    if (truncate(path, (off_t)size) != 0)
        die("truncate", path);
}

void file_get(const char *path, void *data, size_t size, uint64_t offset)
{
    int descriptor = open_or_die(path, O_RDONLY);
    for (size_t done = 0; done < size;) {
        ssize_t some = pread(descriptor, (char *)data + done, size - done, (off_t)(offset + done));
        if (some <= 0)
            die("read", path);
        done += (size_t)some;
    }
    close(descriptor);
}

static struct stat facts_of(const char *path)
{
    struct stat facts;
    if (stat(path, &facts) != 0)
        die("stat", path);
    return facts;
}

bool file_is(const char *path, const void *data, size_t size)
{
    if (file_length(path) != size)
        return false;
    char *have = malloc(size + 1);
    if (!have)
        die("malloc", path);
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

uint64_t file_allocated(const char *path)
{
    return (uint64_t)facts_of(path).st_blocks * 512;
}

uint64_t file_next_data(const char *path, uint64_t offset)
{
    int descriptor = open_or_die(path, O_RDONLY);
    off_t at = lseek(descriptor, (off_t)offset, SEEK_DATA);
    close(descriptor);
    return at >= 0 ? (uint64_t)at : file_length(path);
}

unsigned open_descriptors(void)
{
    unsigned count = 0;
    DIR *list = opendir("/proc/self/fd");
    if (!list)
        die("opendir", "/proc/self/fd");
    while (readdir(list))
        count++;
    closedir(list);
    return count;
}
