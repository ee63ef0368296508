/* SPDX-License-Identifier: MIT */
/*
 * place: making the folder, finding those that were left behind, and what kind of volume it is on.
 *
 * 1. A folder is removed only by the program that has its lock: its own, or one whose owner is gone. No assert: it
 *    could only ask for the lock again.
 */
#include "mmbench/place.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/cli/sizes.h"
#include "kit/os/folder.h"
#include "kit/os/machine.h"
#include "kit/os/win32/win32.h"

#define PREFIX "mmbench."
#define LOCK "lock"

static bool failed(struct place *place, const char *what, const char *path, int error)
{
    snprintf(place->why, sizeof place->why, "%s: %s: %s", path, what, strerror(error));
    return false;
}

/* ---- folders ----------------------------------------------------------------------------------------------------- */

/* What is done with each name of a folder. */
struct visit {
    const char *path;
    int folder;
};

static bool remove_one(void *user, const char *name);

/* A fixture has no folders in it but its "files". */
static void remove_tree(const char *path)
{
    struct visit visit = {.path = path};
    if (folder_open(path, false, &visit.folder) != 0)
        return;
    folder_list(visit.folder, remove_one, &visit);
    file_close(visit.folder);
    folder_remove(path);
}

static bool remove_one(void *user, const char *name)
{
    const struct visit *visit = user;
    char path[PATH_MAX];
    struct file_facts facts;
    if (folder_look(visit->folder, name, false, &facts) != 0)
        return true;
    if (facts.kind != FILE_FOLDER)
        folder_remove_file(visit->folder, name);
    else if (snprintf(path, sizeof path, "%s/%s", visit->path, name) < (int)sizeof path)
        remove_tree(path);
    return true;
}

/* A folder whose lock can be had belongs to nobody. */
static bool remove_if_stale(void *user, const char *name)
{
    const struct visit *visit = user;
    char path[PATH_MAX];
    int folder, lock;
    if (strncmp(name, PREFIX, strlen(PREFIX)) != 0 ||
        snprintf(path, sizeof path, "%s/%s", visit->path, name) >= (int)sizeof path ||
        folder_open(path, false, &folder) != 0)
        return true;
    bool stale = folder_open_file(folder, LOCK, FILE_READ_WRITE, &lock) == 0;
    if (stale) {
        stale = file_try_lock(lock) == 0;
        file_close(lock);
    }
    file_close(folder);
    if (stale)
        remove_tree(path);
    return true;
}

static void remove_stale(const char *directory)
{
    struct visit visit = {.path = directory};
    if (folder_open(directory, true, &visit.folder) != 0)
        return;
    folder_list(visit.folder, remove_if_stale, &visit);
    file_close(visit.folder);
}

static int make_lock(const char *path, int *lock_ret)
{
    int folder;
    int error = folder_open(path, false, &folder);
    if (error != 0)
        return error;
    error = folder_create_file(folder, LOCK, 0600, lock_ret);
    file_close(folder);
    if (error != 0)
        *lock_ret = -1;
    return error == 0 ? file_try_lock(*lock_ret) : error;
}

bool place_make(struct place *place)
{
    char path[PATH_MAX];
    if (place->path[0])
        return true;
    remove_stale(place->directory);
    if (snprintf(path, sizeof path, "%s/" PREFIX "%06" PRIx64, place->directory, machine_random() & 0xffffff) >=
        (int)sizeof path)
        return failed(place, "cannot make a folder here", place->directory, ENAMETOOLONG);
    int error = folder_make(path, 0700);
    if (error != 0)
        return failed(place, "cannot make a folder here", place->directory, error);
    strcpy(place->path, path);
    if ((error = make_lock(path, &place->lock)) == 0)
        return true;
    failed(place, "cannot lock the folder of the fixtures", path, error);
    place_remove(place);
    return false;
}

void place_remove(struct place *place)
{
    /* First: a file that is open stays. */
    if (place->lock >= 0)
        file_close(place->lock);
    if (place->path[0])
        remove_tree(place->path);
    place->path[0] = '\0';
    place->lock = -1;
}

/* ---- facts ------------------------------------------------------------------------------------------------------- */

static int room_of(const char *path, uint64_t *bytes_ret)
{
    ULARGE_INTEGER bytes;
    wchar_t *wide;
    int error = win32_wide(path, &wide);
    if (error != 0)
        return error;
    /* Of a file it has no room to tell. */
    wchar_t *slash = wcsrchr(wide, L'\\');
    DWORD kind = GetFileAttributesW(wide);
    if (slash && kind != INVALID_FILE_ATTRIBUTES && !(kind & FILE_ATTRIBUTE_DIRECTORY))
        slash[1] = L'\0';
    error = GetDiskFreeSpaceExW(wide, &bytes, NULL, NULL) ? 0 : win32_last();
    free(wide);
    *bytes_ret = bytes.QuadPart;
    return error;
}

bool place_has_room(struct place *place, uint64_t bytes)
{
    uint64_t room;
    char wanted[SIZES_TEXT], there[SIZES_TEXT];
    int error = room_of(place->directory, &room);
    if (error != 0)
        return failed(place, "cannot find out how much room there is", place->directory, error);
    if (bytes + bytes / 20 <= room)
        return true;
    snprintf(place->why, sizeof place->why, "%s: no space for a fixture of %s, %s are free", place->directory,
             sizes_text(bytes, wanted), sizes_text(room, there));
    return false;
}

/* "NTFS", "exFAT"; "unknown" where the volume does not say. By a handle: of a name Wine asks the device. */
static void name_of(const wchar_t *wide, struct place_facts *facts)
{
    HANDLE handle;
    wchar_t volume[MAX_PATH], name[sizeof facts->system / 4];
    char *text = NULL;
    if (GetVolumePathNameW(wide, volume, MAX_PATH)) {
        facts->remote = GetDriveTypeW(volume) == DRIVE_REMOTE;
        facts->in_memory = GetDriveTypeW(volume) == DRIVE_RAMDISK;
    }
    if (win32_open(wide, FILE_READ_ATTRIBUTES, true, &handle) == 0) {
        if (GetVolumeInformationByHandleW(handle, NULL, 0, NULL, NULL, NULL, name, sizeof name / sizeof *name))
            text = win32_narrow_text(name);
        CloseHandle(handle);
    }
    snprintf(facts->system, sizeof facts->system, "%s", text && text[0] ? text : "unknown");
    free(text);
}

bool place_facts(const char *path, struct place_facts *facts_ret)
{
    wchar_t *wide;
    *facts_ret = (struct place_facts){.readahead_kib = -1};
    int error = room_of(path, &facts_ret->free_bytes);
    if (error == 0)
        error = win32_wide(path, &wide);
    if (error != 0) {
        errno = error;
        return false;
    }
    name_of(wide, facts_ret);
    free(wide);
    return true;
}
