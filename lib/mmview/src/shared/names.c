/* SPDX-License-Identifier: MIT */
/*
 * names.c - how objects get their names, are found, and lose them; names.h has the invariants.
 *
 *     open    GETLK: nobody? --> stale: write lock, unlink, again        (1, 2)
 *             read lock; busy? --> somebody is just removing it: again
 *             no name any more? --> again                                (4)
 *     create  hidden file, filled, read lock, linkat(2)                  (3)
 *     leave   write lock; got it? --> nobody else is there: unlink       (2)
 */

#include "shared/names.h"

#include "base/error.h"
#include "base/file_names.h"
#include "shared/label.h"
#include "os/file.h"
#include "os/machine.h"
#include "os/name.h"
#include "os/sync.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PERSISTS 01000u
#define HEADED 02000u
#define TRIES 2000 /* milliseconds that others may take to remove a name, at most */

/* ---- names and paths -------------------------------------------------------------------------------------------- */

/* With room for the path in it. */
static mmv_status create_name(const char *operation, const char *name, mmv__name **name_ret)
{
    const char *directory = mmv__os_shared_directory();
    if (!mmv__is_object_name(name))
        return mmv_error_set_parameter(MMV_EINVAL, operation, "name");
    size_t size = strlen(directory) + strlen(MMV__OBJECT_PREFIX) + strlen(name) + 1;
    *name_ret = malloc(sizeof **name_ret + size);
    if (!*name_ret)
        return mmv__fail(ENOMEM, operation);
    (*name_ret)->descriptor = (*name_ret)->rest = -1;
    snprintf((*name_ret)->path, size, "%s" MMV__OBJECT_PREFIX "%s", directory, name);
    return MMV_OK;
}

static void discard(mmv__name *name)
{
    if (name->descriptor >= 0)
        mmv__os_close(name->descriptor);
    name->descriptor = -1;
}

/* ---- what an open object is ------------------------------------------------------------------------------------- */

static mmv_status read_header(const mmv__name *name, const char *operation, const mmv__os_facts *facts,
                              mmv__header *header_ret)
{
    size_t done = 0;
    *header_ret = (mmv__header){.kind = MMV_SHARED_MAP};
    if (!(facts->permissions & HEADED))
        return MMV_OK;
    int error = mmv__os_read(name->descriptor, header_ret, sizeof *header_ret, 0, &done);
    if (error)
        return mmv__fail_path(error, operation, name->path);
    if (done < sizeof *header_ret)
        return mmv__fail_path_at(MMV_ETRUNC, 0, operation, name->path, done);
    if (!mmv__header_begins(header_ret->magic))
        header_ret->kind = MMV_SHARED_UNKNOWN;
    return MMV_OK;
}

static mmv_status check_kind(const mmv__name *name, const mmv__wish *wish, const mmv__os_facts *facts,
                             mmv_shared_kind *kind_ret)
{
    mmv__header header;
    mmv_status status = read_header(name, wish->operation, facts, &header);
    return status ? status : mmv__header_check(&header, wish, name->path, facts->size, kind_ret);
}

/*
 * What has a name like ours may be anything: a result, a journal, a copy. Ours has a header that names its own inode,
 * or a label.
 */
static bool is_object(const mmv__name *name, const mmv__os_facts *facts)
{
    mmv__header header;
    size_t done = 0;
    if (!(facts->permissions & HEADED))
        return mmv__label_is_there(name->path, name->descriptor, facts);
    if (mmv__os_read(name->descriptor, &header, sizeof header, 0, &done) != 0 || done < sizeof header.magic ||
        !mmv__header_begins(header.magic))
        return false;
    /* One that somebody has made shorter is ours, and damaged. */
    return done < sizeof header || header.own == facts->inode;
}

/* MMV_ENOENT: it went away meanwhile. */
static mmv_status check_owner(const mmv__name *name, const char *operation, const mmv__os_facts *facts, bool any_owner)
{
    if (facts->kind != MMV__FILE)
        return mmv__fail_path(EISDIR, operation, name->path);
    if (facts->links > 1)
        return mmv__fail_detail(MMV_EACCES, operation, name->path, "has another name besides");
    if (facts->user != mmv__os_user() && !any_owner)
        return mmv__fail_detail(MMV_EACCES, operation, name->path, "belongs to another user");
    if (is_object(name, facts))
        return MMV_OK;
    /* A map that was removed meanwhile lost its name first, and then its label. */
    mmv__os_facts now;
    if (mmv__os_get_facts(name->descriptor, &now) == 0 && now.links == 0)
        return mmv__fail_path(ENOENT, operation, name->path);
    return mmv__fail_detail(MMV_EKIND, operation, name->path,
                            "is some other file, and not what this name stands for: take another name");
}

/* ---- removing --------------------------------------------------------------------------------------------------- */

/* Take the name away, if the file still has it: of two that do so at once, one could remove what a third has made. */
static int unlink_once(const mmv__name *name)
{
    mmv__os_facts facts;
    int error = mmv__os_lock(name->descriptor, true, MMV__REMOVAL, 1);
    if (error && error != EOPNOTSUPP)
        return error;
    error = mmv__os_get_facts(name->descriptor, &facts);
    if (error == 0)
        error = facts.links == 0 ? ENOENT : mmv__os_remove(name->path);
    if (error == 0)
        mmv__label_remove(name->path, facts.inode);
    mmv__os_unlock(name->descriptor, MMV__REMOVAL, 1);
    return error;
}

/* Opens a read-only object of ours for writing, which a write lock needs; its mode changes for that moment. */
static void make_writable(mmv__name *name, const mmv__os_facts *facts)
{
    int writable;
    if (mmv__os_set_permissions(name->descriptor, facts->permissions | 0600u) != 0)
        return;
    int error = mmv__os_reopen(name->descriptor, MMV_READ_WRITE, &writable);
    mmv__os_set_permissions(name->descriptor, facts->permissions);
    if (error)
        return;
    mmv__os_close(name->descriptor);
    name->descriptor = writable;
}

/*
 * Under the write lock nobody else is there, and nobody comes. Only what is ours: elsewhere we are not to clean up.
 * The lock is given back here and not by closing: a child may have the same open file.
 */
static void remove_alone(mmv__name *name)
{
    mmv__os_facts facts;
    if (mmv__os_get_facts(name->descriptor, &facts) != 0)
        return;
    /* Somebody else has removed it, who knows of no label. */
    if (facts.links == 0 && facts.user == mmv__os_user())
        mmv__label_remove(name->path, facts.inode);
    if (facts.links != 1 || (facts.permissions & PERSISTS) || facts.user != mmv__os_user())
        return;
    if (!mmv__os_may(name->descriptor, MMV_READ_WRITE))
        make_writable(name, &facts);
    if (mmv__os_lock(name->descriptor, true, MMV__LIFE, 1) != 0)
        return;
    unlink_once(name);
    mmv__os_unlock(name->descriptor, MMV__LIFE, 1);
}

void mmv__name_leave(mmv__name *name)
{
    if (!name)
        return;
    /* Unlocked first: of two that leave at once, each would otherwise be kept out by the other's read lock. */
    mmv__os_unlock(name->descriptor, MMV__LIFE, 1);
    remove_alone(name);
    discard(name);
    free(name);
}

/* ---- finding ---------------------------------------------------------------------------------------------------- */

/* Read-write where that is allowed, whatever is wanted: the last one out must be able to lock for writing. */
static mmv_status open_file(mmv__name *name, const char *operation, bool writing, mmv__os_facts *facts_ret)
{
    int error = mmv__os_open_shared(name->path, true, &name->descriptor);
    if (error == EACCES && !writing)
        error = mmv__os_open_shared(name->path, false, &name->descriptor);
    if (error == ELOOP)
        return mmv__fail_detail(MMV_EKIND, operation, name->path, "is a link");
    if (error)
        return mmv__fail_path(error, operation, name->path);
    error = mmv__os_get_facts(name->descriptor, facts_ret);
    if (error) {
        discard(name);
        return mmv__fail_path(error, operation, name->path);
    }
    return MMV_OK;
}

static bool is_stale(const mmv__name *name, const mmv__os_facts *facts)
{
    return !(facts->permissions & PERSISTS) && !mmv__os_is_locked(name->descriptor, MMV__LIFE, 1);
}

/* MMV_EBUSY: it went away, or is going: try again. */
static mmv_status settle(mmv__name *name, const char *operation)
{
    mmv__os_facts facts;
    int error = mmv__os_lock(name->descriptor, false, MMV__LIFE, 1);
    if (error == EAGAIN)
        return MMV_EBUSY;
    if (error == EOPNOTSUPP)
        return MMV_OK;
    if (error == 0)
        error = mmv__os_get_facts(name->descriptor, &facts);
    if (error)
        return mmv__fail_path(error, operation, name->path);
    return facts.links == 0 ? MMV_EBUSY : MMV_OK;
}

static mmv_status join_once(mmv__name *name, const mmv__wish *wish)
{
    mmv__os_facts facts;
    mmv_status status = open_file(name, wish->operation, wish->writing, &facts);
    if (status)
        return status;
    if (facts.links == 0)
        return MMV_EBUSY;
    status = check_owner(name, wish->operation, &facts, wish->options->any_owner);
    if (status)
        return status == MMV_ENOENT ? MMV_EBUSY : status;
    if (is_stale(name, &facts)) {
        remove_alone(name);
        if (facts.user == mmv__os_user())
            return MMV_EBUSY;
        if (wish->options->mode == MMV_OPEN_EXISTING)
            return mmv__fail_path(ENOENT, wish->operation, name->path);
        return mmv__fail_detail(MMV_EACCES, wish->operation, name->path, "was left behind by another user");
    }
    return settle(name, wish->operation);
}

static mmv_status join(mmv__name *name, const mmv__wish *wish)
{
    for (unsigned tried = 0; tried < TRIES; tried++) {
        mmv_status status = join_once(name, wish);
        if (status == MMV_OK)
            return MMV_OK;
        discard(name);
        if (status != MMV_EBUSY)
            return status;
        mmv__os_sleep_ms(tried > 0);
    }
    return mmv__fail_detail(MMV_EBUSY, wish->operation, name->path, "somebody is about to remove it");
}

/* ---- making ----------------------------------------------------------------------------------------------------- */

static int write_own_inode(int descriptor)
{
    mmv__os_facts facts;
    int error = mmv__os_get_facts(descriptor, &facts);
    return error ? error : mmv__os_write(descriptor, &facts.inode, sizeof facts.inode, offsetof(mmv__header, own));
}

static int fill_new(int descriptor, const mmv__wish *wish)
{
    const mmv_shared_options *options = wish->options;
    unsigned permissions = options->permissions ? options->permissions : 0600;
    if (wish->kind != MMV_SHARED_MAP)
        permissions |= HEADED;
    int error = mmv__memory_fill(descriptor, wish->size, options->delay_allocation);
    if (error == 0 && wish->fill)
        error = wish->fill(descriptor, wish);
    if (error == 0 && wish->kind != MMV_SHARED_MAP)
        error = write_own_inode(descriptor);
    if (error == 0)
        error = mmv__os_set_permissions(descriptor, permissions | (options->persist ? PERSISTS : 0));
    if (error == 0)
        error = mmv__os_lock(descriptor, false, MMV__LIFE, 1);
    return error == EOPNOTSUPP && options->persist ? 0 : error;
}

/* A map's label goes first: nobody can open a map that has none yet. */
static int publish(const mmv__name *name, const mmv__wish *wish, const char *temporary)
{
    mmv__os_facts facts;
    int label = -1;
    int error = wish->kind == MMV_SHARED_MAP ? mmv__label_make(name->path, name->descriptor, &label) : 0;
    if (error) {
        if (temporary)
            mmv__os_remove(temporary);
        return error == EEXIST ? EBUSY : error;
    }
    error = mmv__os_publish(name->descriptor, temporary, name->path);
    if (error && label >= 0 && mmv__os_get_facts(name->descriptor, &facts) == 0)
        mmv__label_remove(name->path, facts.inode);
    if (label >= 0)
        mmv__os_close(label);
    return error;
}

/* Without /proc a file that has no name cannot be given one: then it has one from the start. */
static int make_file(mmv__name *name, const mmv__wish *wish, bool named)
{
    char *temporary;
    int error = mmv__os_create_hidden(name->path, named, &name->descriptor, &temporary);
    if (error)
        return error;
    error = fill_new(name->descriptor, wish);
    if (error && temporary)
        mmv__os_remove(temporary);
    if (error == 0)
        error = publish(name, wish, temporary);
    free(temporary);
    if (error)
        discard(name);
    return error == ENOENT && !named ? make_file(name, wish, true) : error;
}

static mmv_status open_or_make(mmv__name *name, const mmv__wish *wish, bool *created_ret)
{
    mmv_status status = MMV_OK;
    for (unsigned tried = 0; tried < TRIES; tried++) {
        status = join(name, wish);
        *created_ret = false;
        if (status == MMV_OK && wish->options->mode == MMV_CREATE_NEW)
            return mmv__fail_path(EEXIST, wish->operation, name->path);
        if (status != MMV_ENOENT || wish->options->mode == MMV_OPEN_EXISTING)
            return status;
        int error = make_file(name, wish, false);
        *created_ret = error == 0;
        if (error != EEXIST)
            return error ? mmv__fail_path(error, wish->operation, name->path) : MMV_OK;
    }
    return mmv__fail_path(EEXIST, wish->operation, name->path);
}

mmv_status mmv__name_open(const mmv__wish *wish, mmv__name **name_ret, mmv_shared_kind *kind_ret, bool *created_ret)
{
    mmv__name *name;
    mmv__os_facts facts;
    *name_ret = NULL;
    mmv_status status = mmv__wish_check(wish);
    if (status == MMV_OK)
        status = create_name(wish->operation, wish->name, &name);
    if (status)
        return status;
    status = mmv__as_taken(open_or_make(name, wish, created_ret), wish, name->path);
    if (status == MMV_OK) {
        int error = mmv__os_get_facts(name->descriptor, &facts);
        status = error ? mmv__fail_path(error, wish->operation, name->path) : check_kind(name, wish, &facts, kind_ret);
    }
    if (status == MMV_OK) {
        *name_ret = name;
        return MMV_OK;
    }
    if (name->descriptor >= 0)
        mmv__name_leave(name);
    else
        free(name);
    return status;
}

/* ---- looking at names ------------------------------------------------------------------------------------------- */

static void describe(const mmv__name *name, const mmv__os_facts *facts, mmv_shared_info *info)
{
    mmv__header header;
    const char *directory = mmv__os_shared_directory();
    *info = (mmv_shared_info){
        .kind = MMV_SHARED_UNKNOWN,
        .capacity = facts->size,
        .allocated = facts->allocated,
        .user = facts->user,
        .group = facts->group,
        .permissions = facts->permissions & 0777u,
        .persists = facts->permissions & PERSISTS,
        .in_use = mmv__os_is_locked(name->descriptor, MMV__LIFE, 1),
    };
    snprintf(info->name, sizeof info->name, "%s", name->path + strlen(directory) + strlen(MMV__OBJECT_PREFIX));
    if (read_header(name, "stat", facts, &header) == MMV_OK && header.kind < MMV_SHARED_UNKNOWN)
        info->kind = (mmv_shared_kind)header.kind;
}

/* MMV_ENOENT also for what was stale, and is gone now. */
static mmv_status show_name(mmv__name *name, mmv_shared_info *info)
{
    mmv__os_facts facts;
    mmv_status status = open_file(name, "stat", false, &facts);
    if (status)
        return status;
    status = check_owner(name, "stat", &facts, true);
    if (status == MMV_OK && is_stale(name, &facts)) {
        remove_alone(name);
        status = mmv__fail_path(ENOENT, "stat", name->path);
    }
    if (status == MMV_OK)
        describe(name, &facts, info);
    discard(name);
    return status;
}

mmv_status mmv_shared_stat(const char *name, mmv_shared_info *info_ret)
{
    mmv__name *object;
    mmv_status status = create_name("stat", name, &object);
    if (status)
        return status;
    status = show_name(object, info_ret);
    free(object);
    return status;
}

struct listing {
    mmv_shared_fn *fn;
    void *user;
};

static bool see(const char *file, void *user)
{
    const struct listing *listing = user;
    mmv_shared_info info;
    /* What may not be looked at, or went away meanwhile, is left out. */
    if (mmv_shared_stat(file + strlen(MMV__OBJECT_PREFIX), &info) != MMV_OK)
        return true;
    return listing->fn(&info, listing->user);
}

mmv_status mmv_shared_list(mmv_shared_fn *fn, void *user)
{
    char path[64];
    struct listing listing = {fn, user};
    snprintf(path, sizeof path, "%s" MMV__OBJECT_PREFIX, mmv__os_shared_directory());
    mmv__labels_tidy();
    int error = mmv__os_list(path, see, &listing);
    return error ? mmv__fail_path(error, "list", path) : MMV_OK;
}

static mmv_status remove_open(mmv__name *name, const mmv__os_facts *facts)
{
    int error = EAGAIN;
    mmv_status status = check_owner(name, "remove", facts, false);
    if (status)
        return status;
    if (is_stale(name, facts)) {
        remove_alone(name);
        return mmv__fail_path(ENOENT, "remove", name->path);
    }
    if (!mmv__os_may(name->descriptor, MMV_READ_WRITE))
        make_writable(name, facts);
    for (unsigned tried = 0; tried < TRIES && error == EAGAIN; tried++) {
        error = unlink_once(name);
        mmv__os_sleep_ms(error == EAGAIN);
    }
    return error ? mmv__fail_path(error, "remove", name->path) : MMV_OK;
}

mmv_status mmv_shared_remove(const char *name)
{
    mmv__name *object;
    mmv__os_facts facts;
    mmv_status status = create_name("remove", name, &object);
    if (status)
        return status;
    status = open_file(object, "remove", false, &facts);
    if (status == MMV_OK)
        status = remove_open(object, &facts);
    discard(object);
    free(object);
    return status;
}

mmv_status mmv_shared_set_permissions(const char *name, unsigned permissions)
{
    mmv__name *object;
    mmv__os_facts facts;
    if (!mmv__is_object_mode(permissions))
        return mmv_error_set_parameter(MMV_EINVAL, "chmod", "permissions");
    mmv_status status = create_name("chmod", name, &object);
    if (status)
        return status;
    status = open_file(object, "chmod", false, &facts);
    if (status == MMV_OK)
        status = check_owner(object, "chmod", &facts, false);
    if (status == MMV_OK) {
        int error = mmv__os_set_permissions(object->descriptor, permissions | (facts.permissions & ~0777u));
        status = error ? mmv__fail_path(error, "chmod", object->path) : MMV_OK;
    }
    discard(object);
    free(object);
    return status;
}
