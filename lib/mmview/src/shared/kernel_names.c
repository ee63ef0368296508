/* SPDX-License-Identifier: MIT */
/*
 * kernel_names.c - the functions of names.h where the system has objects with names itself, see os/object.h.
 *
 *     map                      a section of memory, and beside it NAME | rest, see below
 *     name of a file's map     a section of the file
 *     channel                  a section that begins with a header, and what kernel_meeting.c adds
 *     mutex, event, semaphore  the system's own
 *
 * Such names are those that any program uses: nothing is put in front of them, and whoever else opens NAME has the same
 * object. The system takes a name away with its last user, so none persists, and none can be removed.
 *
 * A section of memory has whole pages. How many bytes of the last one are not the map's is the count of a semaphore,
 * NAME | rest. It is there before its section, so that nobody sees the wrong size; of a section that another program
 * has made it is not there, and all of its pages are the map.
 *
 * 1. A channel is filled by who made it, under the lock of its name: nobody sees half of one. No assert: other
 *    processes hold that lock.
 */

#include "shared/kernel.h"

#include "base/error.h"
#include "map/map.h"
#include "os/file.h"
#include "os/machine.h"
#include "os/object.h"
#include "os/sync.h"

#include <mmview/range.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "\\BaseNamedObjects\\" /* what the system calls the place of such names */
#define TRIES 2000                    /* milliseconds that others may take to make or leave an object */
#define PAGE 4096                     /* of memory: what a section has whole ones of */
#define REST_MOST (MMV_NAME_MAX + 16)

/* ---- names ------------------------------------------------------------------------------------------------------ */

static mmv__name *create_name(const char *name)
{
    size_t size = sizeof FOLDER + strlen(name);
    mmv__name *created = malloc(sizeof *created + size);
    if (!created)
        return NULL;
    created->descriptor = created->rest = -1;
    snprintf(created->path, size, "%s%s", FOLDER, name);
    return created;
}

static void let_go(mmv__name *name)
{
    if (name->descriptor >= 0)
        mmv__os_close(name->descriptor);
    if (name->rest >= 0)
        mmv__os_close(name->rest);
    name->descriptor = name->rest = -1;
}

void mmv__name_leave(mmv__name *name)
{
    if (!name)
        return;
    let_go(name);
    free(name);
}

const char *mmv__name_text(const mmv__name *name)
{
    return name->path + strlen(FOLDER);
}

/* The system's own rules, and no part of a name that consists of several objects. */
bool mmv__is_object_name(const char *name)
{
    static const char *const fronts[] = {"Global\\", "Local\\"};
    for (size_t i = 0; name && i < sizeof fronts / sizeof fronts[0]; i++)
        if (strncmp(name, fronts[i], strlen(fronts[i])) == 0) {
            name += strlen(fronts[i]);
            break;
        }
    return name && *name && strlen(name) <= MMV_NAME_MAX && !strpbrk(name, "\\" MMV__NAME_PART);
}

/* Nothing is left over here: a name that is there is open. */
bool mmv__name_is_anothers(const char *name)
{
    (void)name;
    return false;
}

/* The system takes the names of those away who were killed. */
void mmv__names_sweep(void)
{
}

void mmv__names_sweep_sometimes(void)
{
}

/* ---- kinds ------------------------------------------------------------------------------------------------------ */

static mmv__object_sort sort_of(mmv_shared_kind kind)
{
    switch (kind) {
    case MMV_SHARED_MUTEX:
        return MMV__MUTEX;
    case MMV_SHARED_EVENT:
        return MMV__EVENT;
    case MMV_SHARED_SEMAPHORE:
        return MMV__SEMAPHORE;
    default:
        return MMV__SECTION;
    }
}

static mmv_shared_kind kind_of(mmv__object_sort sort)
{
    static const mmv_shared_kind kinds[] = {MMV_SHARED_MAP, MMV_SHARED_MUTEX, MMV_SHARED_EVENT, MMV_SHARED_SEMAPHORE,
                                            MMV_SHARED_UNKNOWN};
    return kinds[sort];
}

/* What a section begins with when it is a channel's; a map's has a kind alone. */
static int read_header(int descriptor, mmv__header *header_ret)
{
    size_t done;
    char *path;
    int error = mmv__os_section_file(descriptor, &path);
    mmv_shared_kind kind = path ? MMV_SHARED_FILE : MMV_SHARED_MAP;
    free(path);
    *header_ret = (mmv__header){.kind = (uint32_t)kind};
    if (error || kind == MMV_SHARED_FILE)
        return error;
    error = mmv__os_read(descriptor, header_ret, sizeof *header_ret, 0, &done);
    bool is_channel = error == 0 && done == sizeof *header_ret && mmv__header_begins(header_ret->magic) &&
                      header_ret->kind == MMV_SHARED_CHANNEL;
    if (!is_channel)
        *header_ret = (mmv__header){.kind = MMV_SHARED_MAP};
    return error;
}

static mmv_status check_section(const mmv__name *name, const mmv__wish *wish, mmv_shared_kind *kind_ret)
{
    mmv__header header;
    mmv__os_facts facts;
    int error = read_header(name->descriptor, &header);
    if (error == 0)
        error = mmv__os_get_facts(name->descriptor, &facts);
    if (error)
        return mmv__fail_path(error, wish->operation, name->path);
    /* A file's name has no header here, which would tell its version. */
    if (header.kind == MMV_SHARED_FILE) {
        *kind_ret = MMV_SHARED_FILE;
        return wish->kind == MMV_SHARED_CHANNEL ? mmv__fail_kind(wish, name->path, MMV_SHARED_FILE) : MMV_OK;
    }
    return mmv__header_check(&header, wish, name->path, facts.size, kind_ret);
}

/* ---- finding and making ----------------------------------------------------------------------------------------- */

static unsigned permissions_of(const mmv__wish *wish)
{
    return wish->options->permissions ? wish->options->permissions : 0600;
}

static void name_rest(const char *name, char text[REST_MOST])
{
    snprintf(text, REST_MOST, "%s" MMV__NAME_PART "rest", name);
}

/* What is not meant of a section's last page, where that is known. */
static void take_rest(mmv__name *name)
{
    char rest[REST_MOST];
    uint64_t size;
    uint32_t less;
    name_rest(mmv__name_text(name), rest);
    if (mmv__os_object_open(rest, MMV__SEMAPHORE, false, &name->rest) == 0 &&
        mmv__os_semaphore_release(name->rest, 0, &less) == 0 && less < PAGE &&
        mmv__os_section_size(name->descriptor, &size) == 0)
        mmv__os_section_limit(name->descriptor, mmv_round_up(size, PAGE) - less);
}

/* EEXIST: somebody is about to make the section, or has just left it. */
static int make_rest(mmv__name *name, const mmv__wish *wish, uint32_t less)
{
    char rest[REST_MOST];
    const mmv__object_make new = {.file = -1, .count = less, .most = PAGE, .permissions = permissions_of(wish)};
    name_rest(wish->name, rest);
    return mmv__os_object_make(rest, MMV__SEMAPHORE, &new, &name->rest);
}

static mmv_status fail_sort(const mmv__name *name, const mmv__wish *wish)
{
    mmv__object_sort sort;
    if (mmv__os_object_sort(wish->name, &sort) != 0)
        return mmv__fail_path(ENOENT, wish->operation, name->path);
    return mmv__fail_kind(wish, name->path, kind_of(sort));
}

static mmv_status join(mmv__name *name, const mmv__wish *wish, mmv_shared_kind *kind_ret)
{
    mmv__object_facts facts;
    mmv__object_sort sort = sort_of(wish->kind);
    int error = mmv__os_object_open(wish->name, sort, wish->writing, &name->descriptor);
    if (error == EBADF)
        return fail_sort(name, wish);
    if (error == 0)
        error = mmv__os_object_facts(name->descriptor, &facts);
    if (error)
        return mmv__fail_path(error, wish->operation, name->path);
    if (facts.user != mmv__os_user() && !wish->options->any_owner)
        return mmv__fail_detail(MMV_EACCES, wish->operation, name->path, "belongs to another user");
    *kind_ret = wish->kind;
    if (sort != MMV__SECTION)
        return MMV_OK;
    take_rest(name);
    return check_section(name, wish, kind_ret);
}

static int make(mmv__name *name, const mmv__wish *wish)
{
    mmv__object_make new = wish->make ? *wish->make : (mmv__object_make){.size = wish->size, .file = -1};
    new.permissions = permissions_of(wish);
    bool is_memory = sort_of(wish->kind) == MMV__SECTION && new.file < 0;
    new.reads_only = new.reads_only || mmv__wish_limits(wish);
    if (is_memory && mmv__memory_is_too_much(new.size))
        return ENOSPC;
    uint32_t less = is_memory ? (uint32_t)(mmv_round_up(new.size, PAGE) - new.size) : 0;
    int error = is_memory ? make_rest(name, wish, less) : 0;
    if (error == 0)
        error = mmv__os_object_make(wish->name, sort_of(wish->kind), &new, &name->descriptor);
    if (error == 0 && is_memory)
        mmv__os_section_limit(name->descriptor, new.size);
    return error;
}

static mmv_status open_or_make(mmv__name *name, const mmv__wish *wish, mmv_shared_kind *kind_ret, bool *created_ret)
{
    for (unsigned tried = 0; tried < TRIES; tried++) {
        mmv_status status = join(name, wish, kind_ret);
        *created_ret = false;
        if (status == MMV_OK && wish->options->mode == MMV_CREATE_NEW)
            return mmv__fail_path(EEXIST, wish->operation, name->path);
        if (status != MMV_ENOENT || wish->options->mode == MMV_OPEN_EXISTING)
            return status;
        int error = make(name, wish);
        *created_ret = error == 0;
        *kind_ret = wish->kind;
        if (error != EEXIST)
            return error ? mmv__fail_path(error, wish->operation, name->path) : MMV_OK;
        let_go(name);
        mmv__os_sleep_ms(tried > 2);
    }
    return mmv__fail_path(EEXIST, wish->operation, name->path);
}

/* Invariant 1. */
static mmv_status open_channel(mmv__name *name, const mmv__wish *wish, mmv_shared_kind *kind_ret, bool *created_ret)
{
    int door;
    int error = mmv__meeting_door(wish->name, permissions_of(wish), &door);
    if (error)
        return mmv__fail_path(error, wish->operation, name->path);
    error = mmv__os_object_wait(door, -1);
    mmv_status status = error && error != EOWNERDEAD ? mmv__fail_path(error, wish->operation, name->path)
                                                     : open_or_make(name, wish, kind_ret, created_ret);
    if (status == MMV_OK && *created_ret) {
        error = wish->fill(name->descriptor, wish);
        status = error ? mmv__fail_path(error, wish->operation, name->path) : MMV_OK;
    }
    mmv__os_mutex_release(door);
    mmv__os_close(door);
    return status;
}

static mmv_status check_wish(const mmv__wish *wish)
{
    mmv_status status = mmv__wish_check(wish);
    if (status || wish->options->mode == MMV_OPEN_EXISTING || !wish->options->persist)
        return status;
    return mmv__fail_detail(MMV_ENOTSUP, wish->operation, wish->name,
                            "no name lasts longer than its users on this system");
}

mmv_status mmv__name_open(const mmv__wish *wish, mmv__name **name_ret, mmv_shared_kind *kind_ret, bool *created_ret)
{
    *name_ret = NULL;
    *created_ret = false;
    mmv_status status = check_wish(wish);
    if (status)
        return status;
    mmv__name *name = create_name(wish->name);
    if (!name)
        return mmv__fail(ENOMEM, wish->operation);
    status = wish->kind == MMV_SHARED_CHANNEL ? open_channel(name, wish, kind_ret, created_ret)
                                              : open_or_make(name, wish, kind_ret, created_ret);
    status = mmv__as_taken(status, wish, name->path);
    if (status)
        mmv__name_leave(name);
    else
        *name_ret = name;
    return status;
}

mmv_status mmv__kernel_open(const char *name, mmv_shared_kind kind, const mmv__object_make *make,
                            const mmv_shared_options *options, mmv__name **name_ret)
{
    static const mmv_shared_options defaults = {0};
    const mmv_shared_options *chosen = options ? options : &defaults;
    bool created;
    const mmv__wish wish = {
        .operation = "open", .name = name, .kind = kind, .options = chosen, .size = 1, .make = make};
    mmv_status status = mmv__name_open(&wish, name_ret, &kind, &created);
    if (status == MMV_OK && chosen->created_ret)
        *chosen->created_ret = created;
    return status;
}

mmv_status mmv__name_fail(const mmv__name *name, mmv_status status, int os_error, const char *operation)
{
    if (status == MMV_OK)
        return mmv__fail_path(os_error, operation, name->path);
    return mmv__fail_detail(status, operation, name->path, mmv_status_text(status));
}

/* ---- names of files --------------------------------------------------------------------------------------------- */

/* Another user's name may lead only to that user's files: nobody can make us write to our own. */
static bool is_theirs(const mmv__name *name, const mmv_map *map)
{
    mmv__object_facts own;
    mmv__os_facts file;
    if (mmv__os_object_facts(name->descriptor, &own) != 0 || mmv__os_get_facts(map->descriptor, &file) != 0)
        return false;
    return own.user == mmv__os_user() || own.user == file.user;
}

/* As long as it has a section the system lets nobody take the file's name away, or replace the file. */
mmv_status mmv__name_open_file(const mmv__name *name, mmv_access access, mmv_map **map_ret)
{
    char *path;
    int error = mmv__os_section_file(name->descriptor, &path);
    if (error || !path)
        return mmv__fail_path(error ? error : ENOENT, "open", name->path);
    mmv_status status = mmv_map_open(path, mmv__of_system(access), map_ret);
    if (status == MMV_OK)
        (*map_ret)->access = access;
    if (status == MMV_OK && !is_theirs(name, *map_ret)) {
        mmv_map_close(map_ret);
        status = mmv__fail_detail(MMV_ENOENT, "open", path, "does not belong to whom the name belongs to");
    }
    free(path);
    return status;
}

mmv_status mmv__name_share_file(const mmv_map *map, const char *path, const char *name,
                                const mmv_shared_options *options, mmv__name **name_ret)
{
    mmv_shared_kind kind;
    bool created;
    const mmv__object_make new = {.file = map->descriptor, .reads_only = !mmv__is_shared(map->access)};
    (void)path;
    mmv__wish wish = {
        .operation = "share", .name = name, .kind = MMV_SHARED_FILE, .options = options, .size = 1, .make = &new};
    return mmv__name_open(&wish, name_ret, &kind, &created);
}

/* ---- looking at names ------------------------------------------------------------------------------------------- */

static int describe(int descriptor, mmv__object_sort sort, mmv_shared_info *info)
{
    mmv__object_facts object;
    mmv__os_facts facts;
    mmv__header header;
    int error = mmv__os_object_facts(descriptor, &object);
    if (error)
        return error;
    info->user = object.user;
    info->permissions = object.permissions;
    info->in_use = object.descriptors > 1;
    if (sort != MMV__SECTION)
        return 0;
    error = mmv__os_get_facts(descriptor, &facts);
    if (error == 0)
        error = read_header(descriptor, &header);
    info->capacity = info->allocated = error ? 0 : facts.size;
    info->kind = error ? MMV_SHARED_UNKNOWN : (mmv_shared_kind)header.kind;
    return error;
}

static mmv_status stat_name(mmv__name *name, mmv_shared_info *info)
{
    mmv__object_sort sort;
    *info = (mmv_shared_info){.kind = MMV_SHARED_UNKNOWN, .in_use = true};
    snprintf(info->name, sizeof info->name, "%s", mmv__name_text(name));
    int error = mmv__os_object_sort(info->name, &sort);
    if (error == 0 && sort != MMV__OTHER_OBJECT) {
        info->kind = kind_of(sort);
        error = mmv__os_object_open(info->name, sort, false, &name->descriptor);
        if (error == 0 && sort == MMV__SECTION)
            take_rest(name);
        if (error == 0)
            error = describe(name->descriptor, sort, info);
    }
    /* Only we have it: its last user left meanwhile. */
    if (error == 0 && !info->in_use)
        error = ENOENT;
    return error ? mmv__fail_path(error, "stat", name->path) : MMV_OK;
}

mmv_status mmv_shared_stat(const char *name, mmv_shared_info *info_ret)
{
    if (!mmv__is_object_name(name))
        return mmv_error_set_parameter(MMV_EINVAL, "stat", "name");
    mmv__name *whole = create_name(name);
    if (!whole)
        return mmv__fail(ENOMEM, "stat");
    mmv_status status = stat_name(whole, info_ret);
    mmv__name_leave(whole);
    return status;
}

struct listing {
    mmv_shared_fn *fn;
    void *user;
};

static bool see(const char *name, void *user)
{
    const struct listing *listing = user;
    mmv_shared_info info;
    /* What may not be looked at, what went away meanwhile, and parts of a channel are left out. */
    if (mmv_shared_stat(name, &info) != MMV_OK)
        return true;
    info.full_name = info.name;
    return listing->fn(&info, listing->user);
}

mmv_status mmv_shared_list(mmv_shared_fn *fn, void *user)
{
    struct listing listing = {fn, user};
    int error = mmv__os_object_list(see, &listing);
    return error ? mmv__fail_path(error, "list", FOLDER) : MMV_OK;
}

int mmv__name_set_permissions(mmv__name *name, unsigned permissions)
{
    return mmv__os_set_permissions(name->descriptor, permissions);
}

int mmv__name_set_owner(const mmv__name *name, uint32_t user, uint32_t group)
{
    return mmv__os_set_owner(name->descriptor, user, group);
}

/* ---- what only files can ---------------------------------------------------------------------------------------- */

static mmv_status refuse(const char *name, const char *operation, const char *why)
{
    mmv_shared_info info;
    mmv_status status = mmv_shared_stat(name, &info);
    return status ? status : mmv__fail_detail(MMV_ENOTSUP, operation, name, why);
}

mmv_status mmv_shared_remove(const char *name)
{
    return refuse(name, "remove", "the system takes a name away with its last user, and not before");
}

mmv_status mmv_shared_set_permissions(const char *name, unsigned permissions)
{
    if (!mmv__is_object_mode(permissions))
        return mmv_error_set_parameter(MMV_EINVAL, "chmod", "permissions");
    return refuse(name, "chmod", "only who made an object can change its rights on this system");
}
