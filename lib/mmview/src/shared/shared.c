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
#include "os/machine.h"
#include "os/name.h"
#include "os/sync.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CERTAINLY_THERE (64 * MMV_MIB) /* the limits cost some file reads: not looked up for less */

/* A map's share in its name ends with the map. */
static void leave_name(void *share)
{
    mmv__name_leave(share);
}

/* ---- without a name --------------------------------------------------------------------------------------------- */

/* A system that is asked for more memory than it has does not refuse: it gives what it has, and kills a process. */
bool mmv__memory_is_too_much(uint64_t size)
{
    mmv__os_limits limits;
    if (size < CERTAINLY_THERE)
        return false;
    mmv__os_get_limits(&limits);
    return size > limits.memory_available;
}

int mmv__memory_fill(int descriptor, uint64_t size, bool later)
{
    if (!later && mmv__memory_is_too_much(size))
        return ENOSPC;
    int error = later ? 0 : mmv__os_allocate(descriptor, 0, size);
    return error == 0 || error == EOPNOTSUPP || error == ENOSYS ? mmv__os_resize(descriptor, size) : error;
}

/* A file in memory, with a name for a moment only. */
static int create_nameless(int *descriptor_ret)
{
    char path[64];
    char *temporary;
    const char *folder = mmv__os_shared_directory();
    if (!folder)
        return ENOTSUP;
    strcpy(path, folder);
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

/* What may not be made can be there. */
static mmv_status open_for_less(const char *name, mmv_access access, const mmv_shared_options *options,
                                mmv_map **map_ret)
{
    mmv_shared_options existing = *options;
    mmv_status status = MMV_ENOENT;
    existing.mode = MMV_OPEN_EXISTING;
    if (options->mode == MMV_OPEN_OR_CREATE)
        status = mmv_map_open_named(name, access, &existing, map_ret);
    return status == MMV_ENOENT ? mmv_error_set_parameter(MMV_EINVAL, "open", "access") : status;
}

mmv_status mmv_map_open_named(const char *name, mmv_access access, const mmv_shared_options *options, mmv_map **map_ret)
{
    static const mmv_shared_options defaults = {0};
    mmv__name *share;
    mmv_shared_kind kind;
    bool created = false;
    const mmv_shared_options *chosen = options ? options : &defaults;
    *map_ret = NULL;
    mmv__not_created(options);
    if (!mmv__is_map_access(access) && !mmv__is_less_access(access))
        return mmv_error_set_parameter(MMV_EINVAL, "open", "access");
    if (mmv__is_less_access(access) && chosen->mode != MMV_OPEN_EXISTING)
        return open_for_less(name, access, chosen, map_ret);
    mmv__wish wish = {.operation = "open",
                      .name = name,
                      .kind = MMV_SHARED_MAP,
                      .options = chosen,
                      .writing = mmv__is_shared(access),
                      .size = chosen->capacity};
    mmv_status status = mmv__name_open(&wish, &share, &kind, &created);
    if (status)
        return status;
    const mmv__map_source source = {.path = share->path, .access = access, .descriptor = share->descriptor};
    status = kind == MMV_SHARED_FILE ? mmv__name_open_file(share, access, map_ret) : mmv__map_adopt(&source, map_ret);
    if (status) {
        mmv__name_leave(share);
        return status;
    }
    /* Invariants 1 and 2. */
    assert(!(*map_ret)->release.call);
    assert(((*map_ret)->descriptor == share->descriptor) == (kind == MMV_SHARED_MAP));
    (*map_ret)->release = (mmv__release){leave_name, share};
    if (chosen->created_ret)
        *chosen->created_ret = created;
    return MMV_OK;
}

mmv_status mmv_map_share(mmv_map *map, const char *name, const mmv_shared_options *options)
{
    mmv_shared_options chosen = options ? *options : (mmv_shared_options){0};
    mmv__name *share;
    char *real;
    if (map->release.call || map->kind != MMV__FILE)
        return mmv_error_set_parameter(MMV_EINVAL, "share", "map");
    bool has_path = map->path[0] != '\0';
    int error = has_path ? mmv__os_real_path(map->path, &real) : mmv__os_path_of(map->descriptor, &real);
    if (error == ENOENT && !has_path)
        return mmv_error_set_parameter(MMV_EINVAL, "share", "map");
    if (error)
        return mmv__fail_path(error, "share", map->path);
    chosen.mode = MMV_CREATE_NEW;
    /* Whoever may write the object decides where the name leads. */
    chosen.permissions &= ~022u;
    mmv_status status = mmv__name_share_file(map, real, name, &chosen, &share);
    if (status == MMV_OK)
        map->release = (mmv__release){leave_name, share};
    free(real);
    return status;
}

/* Only what is not there is free. */
static mmv_status check_free(const char *name)
{
    mmv_shared_info info;
    mmv_error before = *mmv_last_error();
    mmv_status status = mmv_shared_stat(name, &info);
    if (status == MMV_OK || status == MMV_EACCES || status == MMV_EKIND)
        return mmv__fail_detail(MMV_EEXIST, "share", name, "the name is taken");
    if (status != MMV_ENOENT)
        return status;
    if (mmv__name_is_anothers(name))
        return mmv__fail_detail(MMV_EEXIST, "share", name, "the name is taken");
    mmv__error_restore(&before);
    return MMV_OK;
}

/* The name was taken at the last moment. The file stays: others may have found it, and who got the name does so. */
static mmv_status take_back(mmv_map **map, mmv_status status)
{
    mmv_error why = *mmv_last_error();
    mmv_map_close(map);
    mmv__error_restore(&why);
    return status;
}

mmv_status mmv_map_open_and_share(const char *path, mmv_access access, const mmv_map_options *options, const char *name,
                                  mmv_map **map_ret)
{
    static const mmv_map_options defaults = {.mode = MMV_OPEN_EXISTING};
    const mmv_map_options *chosen = options ? options : &defaults;
    *map_ret = NULL;
    if (chosen->created_ret)
        *chosen->created_ret = false;
    mmv_status status = check_free(name);
    if (status == MMV_OK)
        status = mmv_map_open_with(path, access, chosen, map_ret);
    if (status)
        return status;
    status = mmv_map_share(*map_ret, name, NULL);
    return status ? take_back(map_ret, status) : MMV_OK;
}

void mmv_shared_sweep(void)
{
    mmv__names_sweep();
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

/* NULL = none, or that of a file's map, which has an owner and a mode of its own. */
static mmv__name *own_name(const mmv_map *map)
{
    mmv__name *name = map->release.call == leave_name ? map->release.owned : NULL;
    return name && name->descriptor == map->descriptor ? name : NULL;
}

static int set_permissions(int descriptor, unsigned permissions)
{
    mmv__os_facts facts;
    int error = mmv__os_get_facts(descriptor, &facts);
    return error ? error : mmv__os_set_permissions(descriptor, permissions | (facts.permissions & ~0777u));
}

mmv_status mmv_map_set_permissions(mmv_map *map, unsigned permissions)
{
    mmv__name *name = own_name(map);
    if (permissions > 0777 || (map->release.call && !(permissions & 0400u)))
        return mmv_error_set_parameter(MMV_EINVAL, "chmod", "permissions");
    int error = name ? mmv__name_set_permissions(name, permissions) : set_permissions(map->descriptor, permissions);
    return error ? mmv__fail_path(error, "chmod", map->path) : MMV_OK;
}

mmv_status mmv_map_set_owner(mmv_map *map, uint32_t user, uint32_t group)
{
    const mmv__name *name = own_name(map);
    int error = name ? mmv__name_set_owner(name, user, group) : mmv__os_set_owner(map->descriptor, user, group);
    return error ? mmv__fail_path(error, "chown", map->path) : MMV_OK;
}

mmv_status mmv_map_set_inheritable(mmv_map *map, bool inheritable)
{
    int error = mmv__os_set_inheritable(map->descriptor, inheritable);
    return error ? mmv__fail_path(error, "inherit", map->path) : MMV_OK;
}
