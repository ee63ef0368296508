/* SPDX-License-Identifier: MIT */
/* names: see names.h. */
#include "kit/undo/names.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/os/folder.h"
#include "kit/os/path.h"

#define INFIX ".mmu."

bool undo_name(const char *file, uint64_t number, char path[PATH_MAX])
{
    char real[PATH_MAX];
    if (!path_real(file, real))
        return false;
    int length = snprintf(path, PATH_MAX, "%s" INFIX "%" PRIu64, real, number);
    return length > 0 && length < PATH_MAX && strlen(path_base(path)) <= NAME_MAX;
}

/* "NAME.mmu.12" is 12; 0 = it is no such name. */
static uint64_t number_of(const char *base, const char *name)
{
    size_t length = strlen(base);
    char *end;
    if (strncmp(name, base, length) != 0 || strncmp(name + length, INFIX, strlen(INFIX)) != 0)
        return 0;
    const char *digits = name + length + strlen(INFIX);
    if (digits[0] < '1' || digits[0] > '9' || strlen(digits) > 18)
        return 0;
    unsigned long long number = strtoull(digits, &end, 10);
    return *end == '\0' ? number : 0;
}

struct listing {
    const char *base;
    uint64_t limit, latest;
};

static bool see(void *user, const char *name)
{
    struct listing *listing = user;
    uint64_t number = number_of(listing->base, name);
    if (number < listing->limit && number > listing->latest)
        listing->latest = number;
    return true;
}

int undo_latest(const char *file, uint64_t *number_ret)
{
    return undo_before(file, UINT64_MAX, number_ret);
}

int undo_before(const char *file, uint64_t limit, uint64_t *number_ret)
{
    char real[PATH_MAX], path[PATH_MAX];
    int folder;
    *number_ret = 0;
    if (!path_real(file, real))
        return ENOENT;
    path_folder(real, path);
    struct listing listing = {path_base(real), limit, 0};
    int error = folder_open(path, true, &folder);
    if (error)
        return error;
    error = folder_list(folder, see, &listing);
    file_close(folder);
    *number_ret = listing.latest;
    return error;
}

uint64_t undo_number(const char *file, const char *path)
{
    char real[PATH_MAX], store[PATH_MAX], folder[PATH_MAX], beside[PATH_MAX];
    if (!path_real(file, real) || !path_real(path, store))
        return 0;
    path_folder(real, folder);
    path_folder(store, beside);
    return strcmp(folder, beside) == 0 ? number_of(path_base(real), path_base(store)) : 0;
}
