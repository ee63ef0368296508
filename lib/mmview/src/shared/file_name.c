/* SPDX-License-Identifier: MIT */
/*
 * file_name.c - names for the maps of files: an object that holds the file's path, and which file lay there.
 */

#include "map/map.h"
#include "shared/names.h"
#include "os/file.h"
#include "os/name.h"

#include <errno.h>
#include <string.h>

#define PATH_MOST 4096

/* Another user's name may lead only to that user's files: nobody can make us write to our own. */
static bool is_theirs(const mmv__name *name, const mmv_map *map)
{
    mmv__os_facts own, file;
    if (mmv__os_get_facts(name->descriptor, &own) != 0 || mmv__os_get_facts(map->descriptor, &file) != 0)
        return false;
    if (mmv__os_is_owned(name->descriptor, own.user))
        return true;
    return own.user == file.user && !mmv__os_is_owned(map->descriptor, file.user);
}

/* The file that a name was given to, when it still is that file. */
mmv_status mmv__name_open_file(const mmv__name *name, mmv_access access, mmv_map **map_ret)
{
    mmv__header header;
    char path[PATH_MOST] = "";
    size_t done = 0;
    size_t length = 0;
    int error = mmv__os_read(name->descriptor, &header, sizeof header, 0, &done);
    if (error == 0)
        error = mmv__os_read(name->descriptor, path, sizeof path - 1, sizeof header, &length);
    if (error)
        return mmv__fail_path(error, "open", name->path);
    mmv_status status = mmv_map_open(path, mmv__of_system(access), map_ret);
    if (status)
        return status;
    (*map_ret)->access = access;
    const char *wrong = NULL;
    if ((*map_ret)->device != header.device || (*map_ret)->inode != header.inode)
        wrong = "another file is there than the one that got the name";
    else if (!is_theirs(name, *map_ret))
        wrong = "does not belong to whom the name belongs to";
    if (wrong)
        mmv_map_close(map_ret);
    return wrong ? mmv__fail_detail(MMV_ENOENT, "open", path, wrong) : MMV_OK;
}

struct target {
    const mmv_map *map;
    const char *path;
};

static int fill_file(int descriptor, const mmv__wish *wish)
{
    const struct target *target = wish->user;
    mmv__header header = mmv__header_of(MMV_SHARED_FILE, wish->size);
    header.device = target->map->device;
    header.inode = target->map->inode;
    int error = mmv__os_write(descriptor, &header, sizeof header, 0);
    return error ? error : mmv__os_write(descriptor, target->path, strlen(target->path), sizeof header);
}

mmv_status mmv__name_share_file(const mmv_map *map, const char *path, const char *name,
                                const mmv_shared_options *options, mmv__name **name_ret)
{
    mmv_shared_kind kind;
    bool created;
    struct target target = {map, path};
    mmv__wish wish = {.operation = "share",
                      .name = name,
                      .kind = MMV_SHARED_FILE,
                      .options = options,
                      .size = sizeof(mmv__header) + strlen(path) + 1,
                      .fill = fill_file,
                      .user = &target};
    if (strlen(path) >= PATH_MOST)
        return mmv__fail_path(ENAMETOOLONG, "share", map->path);
    return mmv__name_open(&wish, name_ret, &kind, &created);
}
