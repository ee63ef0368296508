/* SPDX-License-Identifier: MIT */
/*
 * map.c - open files, their capacity, and how long they stay open.
 *
 * Invariants:
 * 1. The descriptor is open while references > 0; every user of the descriptor holds a reference. The struct is there
 *    while holds > 0; the references have one together.
 * 2. capacity never exceeds the length of a regular file at the moment it was looked at, and INT64_MAX.
 * 3. A call that fails leaves the file as long as it was, and removes it when it had created it. No assert: the tests
 *    make each call fail and look at the file.
 */

#include "base/error.h"
#include "map/lock.h"
#include "map/map.h"
#include "map/written.h"
#include "os/file.h"
#include "os/machine.h"
#include "os/name.h"
#include "os/sync.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

mmv_map *mmv__map_keep(mmv_map *map)
{
    unsigned before = atomic_fetch_add_explicit(&map->references, 1, memory_order_relaxed);
    /* Invariant 1. */
    assert(before > 0);
    (void)before;
    return map;
}

void mmv__map_hold(mmv_map *map)
{
    unsigned before = atomic_fetch_add_explicit(&map->holds, 1, memory_order_relaxed);
    assert(before > 0);
    (void)before;
}

void mmv__map_let_go(mmv_map *map)
{
    unsigned before = atomic_fetch_sub_explicit(&map->holds, 1, memory_order_acq_rel);
    assert(before > 0);
    if (before != 1)
        return;
    mmv__mutex_destroy(&map->growing);
    free(map);
}

void mmv__map_forget(mmv_map *map)
{
    unsigned before = atomic_fetch_sub_explicit(&map->references, 1, memory_order_acq_rel);
    assert(before > 0);
    if (before != 1)
        return;
    if (map->is_writer)
        mmv__written_end(map);
    if (map->own)
        mmv__os_close(map->descriptor);
    if (map->release.call)
        map->release.call(map->release.owned);
    mmv__map_let_go(map);
}

static mmv_status fail(const mmv_map *map, int os_error, const char *operation)
{
    return mmv__fail_path(os_error, operation, map->path);
}

/*
 * Invariant 3: the blocks come first and the length last, so a full disk leaves at most blocks behind the end, which
 * are given back. Another process may have made the file longer meanwhile: never set a length below the current one.
 */
static mmv_status lengthen(mmv_map *map, uint64_t from, uint64_t to)
{
    mmv__os_facts facts;
    int error = mmv__os_allocate(map->descriptor, from, to - from);
    int other = mmv__os_get_facts(map->descriptor, &facts);
    if (error && error != EOPNOTSUPP && error != ENOSYS) {
        if (other == 0 && facts.size == from)
            mmv__os_resize(map->descriptor, from);
        return fail(map, error, "allocate");
    }
    if (other)
        return fail(map, other, "stat");
    error = facts.size < to ? mmv__os_resize(map->descriptor, to) : 0;
    return error ? fail(map, error, "resize") : MMV_OK;
}

static mmv_status settle_capacity(mmv_map *map, const mmv__os_facts *facts, uint64_t wanted)
{
    uint64_t capacity = wanted ? wanted : facts->size;
    if (facts->kind == MMV__CHARACTER_DEVICE && wanted == 0)
        return mmv_error_set_parameter(MMV_EINVAL, "open", "capacity");
    if (capacity > INT64_MAX || capacity < facts->size)
        return mmv_error_set_parameter(MMV_ERANGE, "open", "capacity");
    if (capacity > facts->size && facts->kind != MMV__CHARACTER_DEVICE) {
        if (!mmv__is_shared(map->access) || facts->kind != MMV__FILE)
            return mmv_error_set_parameter(MMV_EINVAL, "open", "capacity");
        mmv_status status = lengthen(map, facts->size, capacity);
        if (status)
            return status;
    }
    /* Invariant 2. */
    assert(capacity <= INT64_MAX);
    atomic_store(&map->capacity, capacity);
    return MMV_OK;
}

static mmv_status take_facts(mmv_map *map, uint64_t capacity)
{
    mmv__os_facts facts;
    int error = mmv__os_get_facts(map->descriptor, &facts);
    if (error)
        return fail(map, error, "stat");
    if (facts.kind == MMV__OTHER)
        return fail(map, EISDIR, "open");
    map->kind = facts.kind;
    map->device = facts.device;
    map->inode = facts.inode;
    map->is_writer = mmv__is_shared(map->access);
    if (map->is_writer)
        mmv__written_begin(map);
    return settle_capacity(map, &facts, capacity);
}

/* An empty map object for 'path'; from here on mmv__map_forget() cleans up. */
static mmv_map *create_map(const char *path, mmv_access access, int descriptor, bool own)
{
    size_t length = strlen(path) + 1;
    mmv_map *map = malloc(sizeof *map + length);
    if (!map)
        return NULL;
    memset(map, 0, sizeof *map);
    mmv__mutex_init(&map->growing);
    atomic_init(&map->references, 1);
    atomic_init(&map->holds, 1);
    atomic_init(&map->capacity, 0);
    map->access = access;
    map->descriptor = descriptor;
    map->own = own;
    memcpy(map->path, path, length);
    return map;
}

mmv_status mmv_map_open(const char *path, mmv_access access, mmv_map **map_ret)
{
    return mmv_map_open_with(path, access, &(mmv_map_options){.mode = MMV_OPEN_EXISTING}, map_ret);
}

/* ---- who else has it open --------------------------------------------------------------------------------------- */

static mmv_status set_sharing(const mmv_map *map, mmv_sharing sharing)
{
    const char *name;
    if (mmv__os_is_remote(map->descriptor, &name))
        return mmv__fail_detail(MMV_ENOTSUP, "share", map->path, "lies on a network file system");
    int error = mmv__os_share(map->descriptor, sharing);
    if (error == EAGAIN)
        return mmv__fail_detail(MMV_EBUSY, "share", map->path,
                                sharing == MMV_SHARING_NONE ? "another program has it open"
                                                            : "another program has it open, and shares it with nobody");
    if (error == ENOTSUP)
        return mmv__fail_detail(MMV_ENOTSUP, "share", map->path, "open files cannot be locked as a whole here");
    return error ? fail(map, error, "share") : MMV_OK;
}

mmv_status mmv_map_set_sharing(mmv_map *map, mmv_sharing sharing)
{
    if ((unsigned)sharing > MMV_SHARING_NONE)
        return mmv_error_set_parameter(MMV_EINVAL, "share", "sharing");
    return set_sharing(map, sharing);
}

/* ---- opening ---------------------------------------------------------------------------------------------------- */

static mmv_status check_open(const char *path, mmv_access access, const mmv_map_options *options)
{
    if (!path || !*path)
        return mmv_error_set_parameter(MMV_EINVAL, "open", "path");
    if (MMV__CHECK_RESERVED(options, "open") != MMV_OK)
        return MMV_EINVAL;
    if (!mmv__is_map_access(access))
        return mmv_error_set_parameter(MMV_EINVAL, "open", "access");
    if ((unsigned)options->mode > MMV_CREATE_NEW || (options->mode != MMV_OPEN_EXISTING && !mmv__is_shared(access)))
        return mmv_error_set_parameter(MMV_EINVAL, "open", "mode");
    if (options->sharing > MMV_SHARING_NONE)
        return mmv_error_set_parameter(MMV_EINVAL, "open", "sharing");
    return MMV_OK;
}

/* What is emptied is emptied when nobody is in the way. */
static mmv_status agree(const mmv_map *map, const mmv_map_options *options)
{
    if (options->sharing == MMV_SHARING_UNASKED)
        return MMV_OK;
    mmv_status status = set_sharing(map, (mmv_sharing)options->sharing);
    if (status || options->mode != MMV_CREATE)
        return status;
    int error = mmv__os_resize(map->descriptor, 0);
    return error ? fail(map, error, "resize") : MMV_OK;
}

static mmv_status open_with(const char *path, mmv_access access, const mmv_map_options *options, mmv_map **map_ret)
{
    int descriptor;
    bool created;
    bool empties_later = options->mode == MMV_CREATE && options->sharing != MMV_SHARING_UNASKED;
    const mmv__os_creation how = {empties_later ? MMV_OPEN_OR_CREATE : options->mode, options->permissions,
                                  options->no_follow};
    int error = mmv__os_open(path, access, &how, &descriptor, &created);
    if (error)
        return mmv__fail_path(error, "open", path);

    mmv_map *map = create_map(path, access, descriptor, true);
    mmv_status status = map ? agree(map, options) : mmv__fail_path(ENOMEM, "open", path);
    if (status == MMV_OK)
        status = take_facts(map, options->capacity);
    if (status == MMV_OK) {
        *map_ret = map;
        if (options->created_ret)
            *options->created_ret = created;
        return MMV_OK;
    }
    /* Who is in the way of a new file has found it since, and keeps it: then the caller has made a file. */
    bool stays = created && status == MMV_EBUSY;
    if (options->created_ret)
        *options->created_ret = stays;
    if (created && !stays)
        mmv__os_remove(path);
    if (map)
        mmv__map_forget(map);
    else
        mmv__os_close(descriptor);
    return status;
}

mmv_status mmv_map_open_with(const char *path, mmv_access access, const mmv_map_options *options, mmv_map **map_ret)
{
    *map_ret = NULL;
    mmv_status status = check_open(path, access, options);
    if (options->created_ret)
        *options->created_ret = false;
    return status ? status : open_with(path, access, options, map_ret);
}

mmv_status mmv__map_adopt(const mmv__map_source *source, mmv_map **map_ret)
{
    mmv_map *map = create_map(source->path, source->access, source->descriptor, source->own);
    if (!map) {
        if (source->own)
            mmv__os_close(source->descriptor);
        return mmv__fail_path(ENOMEM, "open", source->path);
    }
    mmv_status status = take_facts(map, source->capacity);
    if (status)
        mmv__map_forget(map);
    else
        *map_ret = map;
    return status;
}

static mmv_status check_descriptor(int descriptor, mmv_access access)
{
    if (descriptor < 0)
        return mmv_error_set_parameter(MMV_EINVAL, "open", "descriptor");
    if (!mmv__is_map_access(access))
        return mmv_error_set_parameter(MMV_EINVAL, "open", "access");
    return mmv__os_may(descriptor, access) ? MMV_OK : mmv__fail(EACCES, "open");
}

mmv_status mmv_map_from_descriptor(int descriptor, bool own, mmv_access access, uint64_t capacity, mmv_map **map_ret)
{
    mmv_status status = check_descriptor(descriptor, access);
    *map_ret = NULL;
    if (status == MMV_OK)
        return mmv__map_adopt(&(mmv__map_source){"", access, descriptor, own, capacity}, map_ret);
    if (own && descriptor >= 0)
        mmv__os_close(descriptor);
    return status;
}

mmv_status mmv_map_from_duplicate(int descriptor, mmv_access access, uint64_t capacity, mmv_map **map_ret)
{
    int own = -1;
    *map_ret = NULL;
    mmv_status status = check_descriptor(descriptor, access);
    if (status)
        return status;
    int error = mmv__os_duplicate(descriptor, &own);
    return error ? mmv__fail(error, "open") : mmv_map_from_descriptor(own, true, access, capacity, map_ret);
}

static mmv_status grow_to(mmv_map *map, uint64_t capacity)
{
    mmv__os_facts facts;
    int error = mmv__os_get_facts(map->descriptor, &facts);
    if (error)
        return fail(map, error, "stat");
    /* Somebody else may have made it longer already. */
    mmv_status status = capacity > facts.size ? lengthen(map, facts.size, capacity) : MMV_OK;
    if (status == MMV_OK && capacity > atomic_load(&map->capacity))
        atomic_store(&map->capacity, capacity);
    return status;
}

mmv_status mmv_map_grow(mmv_map *map, uint64_t capacity)
{
    uint64_t present = atomic_load(&map->capacity);
    if (capacity < present || capacity > INT64_MAX)
        return mmv_error_set_parameter(MMV_ERANGE, "grow", "capacity");
    if (!mmv__is_shared(map->access) || map->kind != MMV__FILE)
        return fail(map, EACCES, "grow");
    mmv__lock(&map->growing);
    mmv_status status = grow_to(map, capacity);
    mmv__unlock(&map->growing);
    return status;
}

/* First nothing new reaches behind the new end, then there is nothing. */
static mmv_status set_length(mmv_map *map, uint64_t length, const char *operation)
{
    uint64_t before = atomic_load(&map->capacity);
    atomic_store(&map->capacity, mmv_min(before, length));
    int error = mmv__os_resize(map->descriptor, length);
    atomic_store(&map->capacity, error ? before : length);
    return error ? fail(map, error, operation) : MMV_OK;
}

mmv_status mmv__map_set_length(mmv_map *map, uint64_t length, const char *operation)
{
    mmv__lock(&map->growing);
    mmv_status status = set_length(map, length, operation);
    mmv__unlock(&map->growing);
    return status;
}

/* A shorter file would become longer. And who has locked bytes counts on them. */
static mmv_status check_shrink(mmv_map *map, uint64_t capacity)
{
    mmv_status status = mmv__map_check_length(map, capacity, "shrink");
    mmv_range gone = {capacity, MMV__LOCK_BYTES - mmv_min(capacity, MMV__LOCK_BYTES)};
    if (status || gone.length == 0 || !mmv__os_is_locked(map->descriptor, gone.offset, gone.length))
        return status;
    return mmv__fail_locked(map->descriptor, true, gone, map->path);
}

mmv_status mmv_map_shrink(mmv_map *map, uint64_t capacity)
{
    if (!mmv__is_shared(map->access) || map->kind != MMV__FILE)
        return fail(map, EACCES, "shrink");
    mmv__lock(&map->growing);
    bool fits = capacity <= atomic_load(&map->capacity);
    mmv_status status = fits ? check_shrink(map, capacity) : mmv_error_set_parameter(MMV_ERANGE, "shrink", "capacity");
    if (status == MMV_OK)
        status = set_length(map, capacity, "shrink");
    mmv__unlock(&map->growing);
    return status;
}

mmv_status mmv_map_refresh(mmv_map *map)
{
    mmv__os_facts facts;
    int error = mmv__os_get_facts(map->descriptor, &facts);
    if (error)
        return fail(map, error, "stat");
    if (map->kind != MMV__CHARACTER_DEVICE)
        atomic_store(&map->capacity, mmv_min(facts.size, INT64_MAX));
    return MMV_OK;
}

mmv_status mmv_map_sync(mmv_map *map)
{
    int error = mmv__os_sync(map->descriptor);
    return error ? fail(map, error, "sync") : MMV_OK;
}

mmv_status mmv_map_lock(mmv_map *map, uint64_t offset, uint64_t length, unsigned wait_ms)
{
    if (length == MMV_EMPTY && offset < MMV__LOCK_BYTES)
        return MMV_OK;
    if (offset >= MMV__LOCK_BYTES || !mmv_range_fits(offset, length, MMV__LOCK_BYTES))
        return mmv_error_set_parameter(MMV_ERANGE, "lock", offset >= MMV__LOCK_BYTES ? "offset" : "length");
    mmv_range bytes = {offset, length ? length : MMV__LOCK_BYTES - offset};
    int error = mmv__lock_within(map->descriptor, mmv__is_shared(map->access), bytes, wait_ms);
    if (error == EAGAIN)
        return mmv__fail_locked(map->descriptor, mmv__is_shared(map->access), bytes, map->path);
    if (error)
        return mmv__fail_at(error == EINVAL || error == ENOLCK ? MMV_ENOTSUP : mmv__status_of(error), error, "lock",
                            map, offset);
    return MMV_OK;
}

bool mmv_map_is_locked(const mmv_map *map, uint64_t offset, uint64_t length)
{
    if (length == MMV_EMPTY || offset >= MMV__LOCK_BYTES)
        return false;
    uint64_t most = MMV__LOCK_BYTES - offset;
    return mmv__lock_is_exclusive(map->descriptor, (mmv_range){offset, length ? mmv_min(length, most) : most});
}

uint64_t mmv_map_capacity(const mmv_map *map)
{
    return atomic_load(&map->capacity);
}

mmv_access mmv_map_access(const mmv_map *map)
{
    return map->access;
}

int mmv_map_descriptor(const mmv_map *map)
{
    return map->descriptor;
}

const char *mmv_map_path(const mmv_map *map)
{
    return map->path;
}

bool mmv_map_same_file(const mmv_map *a, const mmv_map *b)
{
    return a->device == b->device && a->inode == b->inode;
}

void mmv_map_close(mmv_map **map)
{
    if (*map)
        mmv__map_forget(*map);
    *map = NULL;
}

mmv_status mmv__map_check_length(mmv_map *map, uint64_t end, const char *operation)
{
    mmv__os_facts facts;
    /* A device does not shrink. */
    if (map->kind != MMV__FILE)
        return MMV_OK;
    int error = mmv__os_get_facts(map->descriptor, &facts);
    if (error)
        return fail(map, error, "stat");
    if (facts.size < end)
        return mmv__fail_at(MMV_ETRUNC, 0, operation, map, facts.size);
    return MMV_OK;
}

mmv_status mmv__map_diagnose(mmv_map *map, uint64_t offset, bool writing, const char *operation)
{
    char byte;
    size_t done;
    size_t page = mmv__os_page_size();
    uint64_t start = mmv_round_down(offset, page);
    mmv_status status = mmv__map_check_length(map, offset + 1, operation);
    if (status)
        return status;
    int error = writing ? mmv__os_allocate(map->descriptor, start, page) : 0;
    if (mmv__is_out_of_blocks(error))
        return mmv__fail_at(MMV_ENOSPC, error, operation, map, offset);
    error = mmv__os_read(map->descriptor, &byte, 1, offset, &done);
    return mmv__fail_at(MMV_EIO, error ? error : EIO, operation, map, offset);
}

bool mmv_map_is_remote(const mmv_map *map)
{
    const char *name;
    return mmv__os_is_remote(map->descriptor, &name);
}
