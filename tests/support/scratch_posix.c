/* SPDX-License-Identifier: MIT */
/* scratch_posix.c - see scratch.h. Only the process that made a directory removes it, not a child that inherited the
   list. */

#include "scratch.h"
#include "scratch_place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIRECTORIES 16

static char directories[DIRECTORIES][256];
static unsigned made;
static pid_t owner;

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
        scratch_die("too many scratch directories", "scratch");
    snprintf(directories[made], sizeof directories[made], "%s/mmv-test-XXXXXX", place && *place ? place : "/tmp");
    if (!mkdtemp(directories[made]))
        return false;
    if (made++ == 0) {
        owner = getpid();
        atexit(clean);
    }
    return true;
}

const char *scratch_place(void)
{
    return made ? directories[made - 1] : "";
}

void file_cut(const char *path, uint64_t size)
{
    if (truncate(path, (off_t)size) != 0)
        scratch_die("truncate", path);
}

uint64_t file_allocated(const char *path)
{
    struct stat facts;
    if (stat(path, &facts) != 0)
        scratch_die("stat", path);
    return (uint64_t)facts.st_blocks * 512;
}

uint64_t file_next_data(const char *path, uint64_t offset)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    off_t at = lseek(descriptor, (off_t)offset, SEEK_DATA);
    close(descriptor);
    return at >= 0 ? (uint64_t)at : file_length(path);
}

unsigned open_descriptors(void)
{
    unsigned count = 0;
    DIR *list = opendir("/proc/self/fd");
    if (!list)
        scratch_die("opendir", "/proc/self/fd");
    while (readdir(list))
        count++;
    closedir(list);
    return count;
}

size_t system_page(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}
