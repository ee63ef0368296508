/* SPDX-License-Identifier: MIT */
/*
 * names.c - how objects get their names, are found, and lose them; names.h has the invariants.
 *
 *     open    GETLK: nobody? --> stale: write lock, unlink, again        (1, 2)
 *             read lock; busy? --> somebody is just removing it: again
 *             no name any more? --> again                                (4)
 *     create  hidden file, filled, read lock, linkat(2)                  (3)
 *     leave   write lock; got it? --> nobody else is there: unlink       (2)
 *     sweep   all names of this user: GETLK: nobody? --> stale           (1, 2)
 */

#include "shared/names.h"

#include "base/error.h"
#include "base/file_names.h"
#include "shared/found.h"
#include "shared/label.h"
#include "shared/leave.h"
#include "shared/spelling.h"
#include "os/file.h"
#include "os/machine.h"
#include "os/name.h"
#include "os/sync.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADED 02000u
#define LABEL_TRIES 100 /* milliseconds that another one may take to remove a map that nobody may write */

/* ---- names and paths -------------------------------------------------------------------------------------------- */

/* With the path that a part makes, and a copy of the whole name, or NULL. NULL = no memory. */
mmv__name *mmv__found_create(const char *part, const char *whole)
{
    const char *directory = mmv__os_shared_directory();
    size_t size = strlen(directory) + strlen(MMV__OBJECT_PREFIX) + strlen(part) + 1;
    size_t more = whole ? strlen(whole) + 1 : 0;
    mmv__name *name = calloc(1, sizeof *name + size + more);
    if (!name)
        return NULL;
    name->descriptor = name->rest = name->label = -1;
    snprintf(name->path, size, "%s" MMV__OBJECT_PREFIX "%s", directory, part);
    if (whole)
        name->whole = strcpy(name->path + size, whole);
    return name;
}

mmv_status mmv__found_named(const char *operation, const char *text, mmv__name **name_ret)
{
    char part[MMV__PART_MOST + 1] = "";
    const char *whole = mmv__name_proper(text);
    if (!whole)
        return mmv_error_set_parameter(MMV_EINVAL, operation, "name");
    mmv__name_spell(whole, part);
    *name_ret = mmv__found_create(part, whole);
    return *name_ret ? MMV_OK : mmv__fail(ENOMEM, operation);
}

static const char *part_of(const mmv__name *name)
{
    return name->path + strlen(mmv__os_shared_directory()) + strlen(MMV__OBJECT_PREFIX);
}

void mmv__found_close(mmv__name *name)
{
    if (name->descriptor >= 0)
        mmv__os_close(name->descriptor);
    if (name->label >= 0)
        mmv__os_close(name->label);
    name->descriptor = name->label = -1;
}

/* ---- what an open object is ------------------------------------------------------------------------------------- */

mmv_status mmv__found_header(const mmv__name *name, const char *operation, const mmv__os_facts *facts,
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
    mmv_status status = mmv__found_header(name, wish->operation, facts, &header);
    return status ? status : mmv__header_check(&header, wish, name->path, facts->size, kind_ret);
}

/* The name of an open object, for free(3); NULL = none, or no memory. */
char *mmv__found_name(const mmv__name *name, const mmv__os_facts *facts)
{
    const char *part = part_of(name);
    char *kept = mmv__part_is_sum(part) ? mmv__label_name(name->path, name->descriptor, facts) : NULL;
    char *whole = mmv__part_read(part, kept);
    free(kept);
    return whole;
}

/* Where only the sum of a name is in the path, the label has the name: two may have one sum. */
static bool has_name(const mmv__name *name, const mmv__os_facts *facts)
{
    if (!mmv__part_is_sum(part_of(name)))
        return true;
    char *whole = mmv__found_name(name, facts);
    bool has = whole && (!name->whole || strcmp(whole, name->whole) == 0);
    free(whole);
    return has;
}

/*
 * What has a name like ours may be anything: a result, a journal, a copy. Ours has a header that names its own inode,
 * or a label.
 */
static bool is_object(const mmv__name *name, const mmv__os_facts *facts)
{
    mmv__header header;
    size_t done = 0;
    if (!has_name(name, facts))
        return false;
    if (!(facts->permissions & HEADED))
        return mmv__label_is_there(name->path, name->descriptor, facts);
    if (mmv__os_read(name->descriptor, &header, sizeof header, 0, &done) != 0 || done < sizeof header.magic ||
        !mmv__header_begins(header.magic))
        return false;
    /* One that somebody has made shorter is ours, and damaged. */
    return done < sizeof header || header.own == facts->inode;
}

/* MMV_ENOENT: it went away meanwhile. */
mmv_status mmv__found_check(const mmv__name *name, const char *operation, const mmv__os_facts *facts, bool any_owner)
{
    if (facts->kind != MMV__FILE)
        return mmv__fail_path(EISDIR, operation, name->path);
    if (facts->links > 1)
        return mmv__fail_detail(MMV_EACCES, operation, name->path, "has another name besides");
    if (!any_owner && !mmv__os_is_owned(name->descriptor, facts->user))
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

/*
 * A map that its owner may not write cannot be locked for writing by all who have it open, and its mode is a promise:
 * it does not change for a moment. What is locked is its label.
 */
static bool is_locked_by_label(const mmv__os_facts *facts)
{
    return !(facts->permissions & (HEADED | 0200u));
}

void mmv__found_keep_label(mmv__name *name, const mmv__os_facts *facts)
{
    int label;
    if (name->label < 0 && is_locked_by_label(facts) &&
        mmv__label_open(name->path, name->descriptor, facts, true, &label) == 0)
        name->label = label;
}

/* With a child that was forked meanwhile, which has the same open files: between the two their locks decide nothing. */
static bool is_in_common(const mmv__name *name)
{
    return name->process != 0 && (name->process != mmv__os_process() || name->forks != mmv__os_forks());
}

/* Of a map that has none the open file itself; *own_ret is for mmv__os_close(), -1 = none. An errno. */
static int removal_file(const mmv__name *name, int descriptor, const mmv__os_facts *facts, int *own_ret)
{
    int error = 0;
    *own_ret = -1;
    if (is_locked_by_label(facts)) {
        if (name->label < 0 || is_in_common(name))
            error = mmv__label_open(name->path, descriptor, facts, true, own_ret);
        if (error)
            *own_ret = -1;
        return name->label >= 0 ? 0 : error;
    }
    if (is_in_common(name) && mmv__os_reopen(descriptor, MMV_READ_WRITE, own_ret) != 0)
        *own_ret = -1;
    return 0;
}

/* Under the lock. */
static int unlink_locked(int descriptor, const char *path, bool only_stale)
{
    mmv__os_facts facts;
    int error = mmv__os_get_facts(descriptor, &facts);
    if (error == 0 && only_stale && mmv__os_is_locked(descriptor, MMV__LIFE, 1))
        error = EBUSY;
    if (error == 0)
        error = facts.links == 0 ? ENOENT : mmv__os_remove(path);
    if (error == 0)
        mmv__label_remove(path, facts.inode);
    return error;
}

static int unlink_object(const mmv__name *name, int descriptor, bool only_stale)
{
    mmv__os_facts facts;
    int own;
    int error = mmv__os_get_facts(descriptor, &facts);
    if (error == 0)
        error = removal_file(name, descriptor, &facts, &own);
    if (error)
        return error;
    int file = own >= 0 ? own : is_locked_by_label(&facts) ? name->label : descriptor;
    error = mmv__os_lock(file, true, MMV__REMOVAL, 1);
    if (error == 0 || error == EOPNOTSUPP) {
        error = unlink_locked(descriptor, name->path, only_stale);
        mmv__os_unlock(file, MMV__REMOVAL, 1);
    }
    if (own >= 0)
        mmv__os_close(own);
    return error;
}

/* Take the name away, if the file still has it: of two that do so at once, one could remove what a third has made. */
int mmv__found_unlink(const mmv__name *name, int descriptor)
{
    return unlink_object(name, descriptor, false);
}

int mmv__found_unlink_unlocked(const mmv__name *name)
{
    mmv__os_facts own, there;
    int now;
    int error = mmv__os_open_shared(name->path, false, &now);
    if (error)
        return error;
    error = mmv__os_get_facts(now, &there);
    mmv__os_close(now);
    if (error == 0)
        error = mmv__os_get_facts(name->descriptor, &own);
    if (error == 0 && there.inode != own.inode)
        error = ENOENT;
    return error ? error : unlink_locked(name->descriptor, name->path, false);
}

/*
 * A write lock needs a descriptor for writing. Of an object of ours that is read-only the mode changes for that moment:
 * it has no label, and its mode promises nothing, since all who use it store into it. The name's own descriptor stays:
 * others may be using it.
 */
int mmv__found_writable(const mmv__name *name, const mmv__os_facts *facts)
{
    int writable;
    if (is_locked_by_label(facts) || mmv__os_may(name->descriptor, MMV_READ_WRITE))
        return name->descriptor;
    if (mmv__os_reopen(name->descriptor, MMV_READ_WRITE, &writable) == 0)
        return writable;
    if (!(facts->permissions & HEADED) || mmv__os_set_permissions(name->descriptor, facts->permissions | 0600u) != 0)
        return name->descriptor;
    int error = mmv__os_reopen(name->descriptor, MMV_READ_WRITE, &writable);
    mmv__os_set_permissions(name->descriptor, facts->permissions);
    return error ? name->descriptor : writable;
}

/*
 * Who comes locks the object, and then looks whether the label is locked; who removes locks the label, and then looks
 * whether the object is: one of the two sees the other. Of two that remove at once the later one looks again, for the
 * earlier one may have seen his lock.
 */
static void remove_by_label(const mmv__name *name)
{
    int error = EAGAIN;
    for (unsigned tried = 0; tried < LABEL_TRIES && error == EAGAIN; tried++) {
        mmv__os_sleep_ms(tried > 0);
        error = unlink_object(name, name->descriptor, true);
    }
}

/* Under the write lock nobody else is there, and nobody comes. */
static void remove_by_lock(const mmv__name *name, const mmv__os_facts *facts)
{
    int descriptor = mmv__found_writable(name, facts);
    if (mmv__os_lock(descriptor, true, MMV__LIFE, 1) == 0) {
        mmv__found_unlink(name, descriptor);
        mmv__os_unlock(descriptor, MMV__LIFE, 1);
    }
    if (descriptor != name->descriptor)
        mmv__os_close(descriptor);
}

/*
 * Only what is ours: elsewhere we are not to clean up. The lock is given back here and not by closing: a child may have
 * the same open file.
 */
void mmv__found_remove_stale(const mmv__name *name)
{
    mmv__os_facts facts;
    if (mmv__os_get_facts(name->descriptor, &facts) != 0)
        return;
    /* Somebody else has removed it, who knows of no label. */
    if (facts.links == 0 && facts.user == mmv__os_user())
        mmv__label_remove(name->path, facts.inode);
    if (facts.links != 1 || (facts.permissions & MMV__PERSISTS) || facts.user != mmv__os_user())
        return;
    if (is_locked_by_label(&facts))
        remove_by_label(name);
    else
        remove_by_lock(name, &facts);
}

/*
 * Who is alone turns the read lock into the write lock, and there is no moment in which somebody could find the name
 * stale. Of two that leave at once each is kept out by the other's read lock: then the lock goes first.
 */
void mmv__name_let_go(mmv__name *name)
{
    if (mmv__os_lock(name->descriptor, true, MMV__LIFE, 1) != 0)
        mmv__os_unlock(name->descriptor, MMV__LIFE, 1);
    mmv__found_remove_stale(name);
    /* A child may have the same open file. */
    if (name->descriptor >= 0)
        mmv__os_unlock(name->descriptor, MMV__LIFE, 1);
}

void mmv__name_leave(mmv__name *name)
{
    if (!name)
        return;
    bool inside = mmv__leave_enter();
    mmv__leave_not(name);
    mmv__name_let_go(name);
    if (inside)
        mmv__leave_exit();
    mmv__found_close(name);
    free(name);
}

/* ---- finding ---------------------------------------------------------------------------------------------------- */

/* Read-write where that is allowed, whatever is wanted: the last one out must be able to lock for writing. */
mmv_status mmv__found_open(mmv__name *name, const char *operation, bool writing, mmv__os_facts *facts_ret)
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
        mmv__found_close(name);
        return mmv__fail_path(error, operation, name->path);
    }
    return MMV_OK;
}

bool mmv__found_is_stale(const mmv__name *name, const mmv__os_facts *facts)
{
    return !(facts->permissions & MMV__PERSISTS) && !mmv__os_is_locked(name->descriptor, MMV__LIFE, 1);
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
    bool is_going = facts.links == 0 || (is_locked_by_label(&facts) &&
                                         mmv__label_is_locked(name->path, name->descriptor, &facts, MMV__REMOVAL));
    return is_going ? MMV_EBUSY : MMV_OK;
}

static mmv_status join_once(mmv__name *name, const mmv__wish *wish)
{
    mmv__os_facts facts;
    mmv_status status = mmv__found_open(name, wish->operation, wish->writing, &facts);
    if (status)
        return status;
    if (facts.links == 0)
        return MMV_EBUSY;
    status = mmv__found_check(name, wish->operation, &facts, wish->options->any_owner);
    if (status)
        return status == MMV_ENOENT ? MMV_EBUSY : status;
    if (mmv__found_is_stale(name, &facts)) {
        mmv__found_remove_stale(name);
        if (mmv__os_is_owned(name->descriptor, facts.user))
            return MMV_EBUSY;
        if (wish->options->mode == MMV_OPEN_EXISTING)
            return mmv__fail_path(ENOENT, wish->operation, name->path);
        return mmv__fail_detail(MMV_EACCES, wish->operation, name->path, "was left behind by another user");
    }
    /* Root may write all the same. */
    bool is_limited = wish->kind == MMV_SHARED_MAP && !(facts.permissions & (0222u | HEADED));
    if (wish->writing && is_limited)
        return mmv__fail_path(EACCES, wish->operation, name->path);
    return settle(name, wish->operation);
}

static mmv_status join(mmv__name *name, const mmv__wish *wish)
{
    for (unsigned tried = 0; tried < MMV__NAME_TRIES; tried++) {
        mmv_status status = join_once(name, wish);
        if (status == MMV_OK)
            return MMV_OK;
        mmv__found_close(name);
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
    if (mmv__wish_limits(wish))
        permissions &= ~0222u;
    if (wish->kind != MMV_SHARED_MAP)
        permissions |= HEADED;
    int error = mmv__memory_fill(descriptor, wish->size, options->delay_allocation);
    if (error == 0 && wish->fill)
        error = wish->fill(descriptor, wish);
    if (error == 0 && wish->kind != MMV_SHARED_MAP)
        error = write_own_inode(descriptor);
    /* The lock before the mode: what is a complete object, and has a name already, is locked. */
    if (error == 0)
        error = mmv__os_lock(descriptor, false, MMV__LIFE, 1);
    if (error == EOPNOTSUPP && options->persist)
        error = 0;
    return error ? error : mmv__os_set_permissions(descriptor, permissions | (options->persist ? MMV__PERSISTS : 0));
}

/* What has to have a label: a map, and what has no room for its name in its path. */
static int make_label(const mmv__name *name, const mmv__wish *wish, int *label_ret)
{
    bool is_sum = mmv__part_is_sum(part_of(name));
    if (wish->kind != MMV_SHARED_MAP && !is_sum)
        return 0;
    return mmv__label_make(name->path, name->descriptor, is_sum ? name->whole : NULL, label_ret);
}

/* The label goes first: nobody can open a map that has none yet. */
static int publish(const mmv__name *name, const mmv__wish *wish, const char *temporary)
{
    mmv__os_facts facts;
    int label = -1;
    int error = make_label(name, wish, &label);
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
        mmv__found_close(name);
    return error == ENOENT && !named ? make_file(name, wish, true) : error;
}

static mmv_status open_or_make(mmv__name *name, const mmv__wish *wish, bool *created_ret)
{
    mmv_status status = MMV_OK;
    for (unsigned tried = 0; tried < MMV__NAME_TRIES; tried++) {
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

/* The name becomes the caller's, or is given up. */
static mmv_status open_name(mmv__name *name, const mmv__wish *wish, mmv_shared_kind *kind_ret, bool *created_ret)
{
    mmv__os_facts facts;
    mmv_status status = mmv__as_taken(open_or_make(name, wish, created_ret), wish, name->path);
    if (status == MMV_OK) {
        int error = mmv__os_get_facts(name->descriptor, &facts);
        status = error ? mmv__fail_path(error, wish->operation, name->path) : check_kind(name, wish, &facts, kind_ret);
    }
    if (status == MMV_OK) {
        mmv__found_keep_label(name, &facts);
        mmv__leave_at_exit(name);
        return MMV_OK;
    }
    if (name->descriptor >= 0)
        mmv__name_leave(name);
    else
        free(name);
    return status;
}

mmv_status mmv__name_open(const mmv__wish *wish, mmv__name **name_ret, mmv_shared_kind *kind_ret, bool *created_ret)
{
    mmv__name *name;
    *name_ret = NULL;
    mmv_status status = mmv__wish_check(wish);
    if (status == MMV_OK)
        status = mmv__found_named(wish->operation, wish->name, &name);
    if (status)
        return status;
    mmv__names_sweep_sometimes();
    if (!mmv__leave_enter()) {
        status = mmv__fail_detail(MMV_ECLOSED, wish->operation, name->path, "this process is at its end");
        free(name);
        return status;
    }
    status = open_name(name, wish, kind_ret, created_ret);
    mmv__leave_exit();
    if (status == MMV_OK)
        *name_ret = name;
    return status;
}
