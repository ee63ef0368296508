/* SPDX-License-Identifier: MIT */
/* place: see place.h. */
#include "place.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

static char folder[200];

/* A folder in it has files, and no more folders. */
static void empty(const char *path)
{
    char name[PATH_MAX];
    DIR *list = opendir(path);
    if (!list)
        return;
    for (struct dirent *entry; (entry = readdir(list));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (unlink(name) != 0) {
            empty(name);
            rmdir(name);
        }
    }
    closedir(list);
}

static void drop(void)
{
    place_clear();
    rmdir(folder);
}

void place_open(void)
{
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/mmview-fuzz.XXXXXX", base ? base : "/tmp");
    MUST(mkdtemp(folder) != NULL);
    atexit(drop);
}

void place_clear(void)
{
    MUST(folder[0]);
    empty(folder);
}

const char *place_path(const char *name)
{
    static char paths[8][512];
    static unsigned turn;
    char *path = paths[turn++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

void place_put(const char *name, const void *bytes, size_t size)
{
    int descriptor = open(place_path(name), O_WRONLY | O_CREAT, 0600);
    MUST(descriptor >= 0 && pwrite(descriptor, bytes, size, 0) == (ssize_t)size);
    MUST(ftruncate(descriptor, (off_t)size) == 0);
    close(descriptor);
}

size_t place_get(const char *name, void *bytes, size_t room)
{
    int descriptor = open(place_path(name), O_RDONLY);
    MUST(descriptor >= 0);
    ssize_t size = pread(descriptor, bytes, room, 0);
    MUST(size >= 0);
    close(descriptor);
    return (size_t)size;
}
