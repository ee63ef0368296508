/* SPDX-License-Identifier: MIT */
/*
 * shared.c - maps without a file on a disk, and names for those with one.
 *
 * Invariants:
 * 1. A map that came by a name has its share in the name in map->release, until its last view and lease are
 *    gone.
 * 2. For a named map the share's descriptor is the map's; for the name of a file's map they are two.
 */

#include "map/map.h"
#include "shared/names.h"
#include "os/file.h"
#include "os/name.h"
#include "os/sync.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PATH_MOST 4096

/* A map's share in its name ends with the map. */
static void leave_name(void *share)
{
    mmv__name_leave(share);
}

/* ---- without a name --------------------------------------------------------------------------------------------- */

/* A file in memory, with a name for a moment only. */
static int create_nameless(int *descriptor_ret)
{
    char path[64];
    char *temporary;
    strcpy(path, mmv__os_shared_directory());
    strcat(path, "mmv.unnamed");
    int error = mmv__os_create_hidden(path, false, descriptor_ret, &temporary);
    if (error == 0 && temporary)
        mmv__os_remove(temporary);
    if (error == 0)
        free(temporary);
    return error;
}

mmv_status mmv_map_create_unnamed(uint64_t capacity, mmv_access access, const mmv_shared_options *options,
                                  mmv_map **map_ret)
{
    int descriptor;
    *map_ret = NULL;
    if (!mmv__is_map_access(access))
        return mmv_error_set_parameter(MMV_EINVAL, "create", "access");
    if (capacity == 0 || capacity > INT64_MAX)
        return mmv_error_set_parameter(MMV_ERANGE, "create", "capacity");
    if (options && MMV__CHECK_RESERVED(options, "create") != MMV_OK)
        return MMV_EINVAL;
    int error = mmv__os_create_memory(&descriptor);
    if (error == ENOTSUP)
        error = create_nameless(&descriptor);
    if (error)
        return mmv__fail(error, "create");
    error = mmv__memory_fill(descriptor, capacity, options && options->delay_allocation);
    if (error) {
        mmv__os_close(descriptor);
        return mmv__fail(error, "create");
    }
    mmv__os_seal(descriptor);
    return mmv__map_adopt(&(mmv__map_source){"", access, descriptor, true, 0}, map_ret);
}

bool mmv_map_is_sealed(const mmv_map *map)
{
    return mmv__os_is_sealed(map->descriptor);
}

/* ---- by name ---------------------------------------------------------------------------------------------------- */

/* Another user's name may lead only to that user's files: nobody can make us write to our own. */
static bool is_theirs(const mmv__name *name, const mmv_map *map)
{
    mmv__os_facts own, file;
    if (mmv__os_get_facts(name->descriptor, &own) != 0 || mmv__os_get_facts(map->descriptor, &file) != 0)
        return false;
    return own.user == mmv__os_user() || own.user == file.user;
}

/* The file that a name was given to, when it still is that file. */
static mmv_status open_shared_file(const mmv__name *name, mmv_access access, mmv_map **map_ret)
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
    mmv_status status = mmv_map_open(path, access, map_ret);
    if (status)
        return status;
    const char *wrong = NULL;
    if ((*map_ret)->device != header.device || (*map_ret)->inode != header.inode)
        wrong = "another file is there than the one that got the name";
    else if (!is_theirs(name, *map_ret))
        wrong = "does not belong to whom the name belongs to";
    if (wrong)
        mmv_map_close(map_ret);
    return wrong ? mmv__fail_detail(MMV_ENOENT, "open", path, wrong) : MMV_OK;
}

mmv_status mmv_map_open_named(const char *name, mmv_access access, const mmv_shared_options *options, mmv_map **map_ret)
{
    static const mmv_shared_options defaults = {0};
    mmv__name *share;
    mmv_shared_kind kind;
    bool created = false;
    const mmv_shared_options *chosen = options ? options : &defaults;
    *map_ret = NULL;
    if (!mmv__is_map_access(access))
        return mmv_error_set_parameter(MMV_EINVAL, "open", "access");
    mmv__wish wish = {.operation = "open",
                      .name = name,
                      .kind = MMV_SHARED_MAP,
                      .options = chosen,
                      .writing = mmv__is_shared(access),
                      .size = chosen->capacity};
    mmv_status status = mmv__name_open(&wish, &share, &kind, &created);
    if (status)
        return status;
    if (chosen->created_ret)
        *chosen->created_ret = created;
    const mmv__map_source source = {.path = share->path, .access = access, .descriptor = share->descriptor};
    status = kind == MMV_SHARED_FILE ? open_shared_file(share, access, map_ret) : mmv__map_adopt(&source, map_ret);
    if (status) {
        mmv__name_leave(share);
        return status;
    }
    /* Invariants 1 and 2. */
    assert(!(*map_ret)->release.call);
    assert(((*map_ret)->descriptor == share->descriptor) == (kind == MMV_SHARED_MAP));
    (*map_ret)->release = (mmv__release){leave_name, share};
    return status;
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

mmv_status mmv_map_share(mmv_map *map, const char *name, const mmv_shared_options *options)
{
    mmv_shared_options chosen = options ? *options : (mmv_shared_options){0};
    mmv_shared_kind kind;
    mmv__name *share;
    bool created;
    char *real;
    if (map->release.call || map->path[0] == '\0' || map->kind != MMV__FILE)
        return mmv_error_set_parameter(MMV_EINVAL, "share", "map");
    int error = mmv__os_real_path(map->path, &real);
    if (error)
        return mmv__fail_path(error, "share", map->path);
    chosen.mode = MMV_CREATE_NEW;
    /* Whoever may write the object decides where the name leads. */
    chosen.permissions &= ~022u;
    struct target target = {map, real};
    mmv__wish wish = {.operation = "share",
                      .name = name,
                      .kind = MMV_SHARED_FILE,
                      .options = &chosen,
                      .size = sizeof(mmv__header) + strlen(real) + 1,
                      .fill = fill_file,
                      .user = &target};
    mmv_status status = strlen(real) < PATH_MOST ? mmv__name_open(&wish, &share, &kind, &created)
                                                 : mmv__fail_path(ENAMETOOLONG, "share", map->path);
    if (status == MMV_OK)
        map->release = (mmv__release){leave_name, share};
    free(real);
    return status;
}

/* ---- rights ----------------------------------------------------------------------------------------------------- */

mmv_status mmv_map_get_permissions(const mmv_map *map, unsigned *permissions_ret, uint32_t *user_ret,
                                   uint32_t *group_ret)
{
    mmv__os_facts facts;
    int error = mmv__os_get_facts(map->descriptor, &facts);
    if (error)
        return mmv__fail_path(error, "stat", map->path);
    if (permissions_ret)
        *permissions_ret = facts.permissions & 0777u;
    if (user_ret)
        *user_ret = facts.user;
    if (group_ret)
        *group_ret = facts.group;
    return MMV_OK;
}

mmv_status mmv_map_set_permissions(mmv_map *map, unsigned permissions)
{
    mmv__os_facts facts;
    if (permissions > 0777 || (map->release.call && !(permissions & 0400u)))
        return mmv_error_set_parameter(MMV_EINVAL, "chmod", "permissions");
    int error = mmv__os_get_facts(map->descriptor, &facts);
    if (error == 0)
        error = mmv__os_set_permissions(map->descriptor, permissions | (facts.permissions & ~0777u));
    return error ? mmv__fail_path(error, "chmod", map->path) : MMV_OK;
}

mmv_status mmv_map_set_owner(mmv_map *map, uint32_t user, uint32_t group)
{
    int error = mmv__os_set_owner(map->descriptor, user, group);
    return error ? mmv__fail_path(error, "chown", map->path) : MMV_OK;
}

mmv_status mmv_map_set_inheritable(mmv_map *map, bool inheritable)
{
    int error = mmv__os_set_inheritable(map->descriptor, inheritable);
    return error ? mmv__fail_path(error, "inherit", map->path) : MMV_OK;
}
