/* SPDX-License-Identifier: MIT */
/*
 * look.c - names looked at, listed and removed, and swept up after those who were killed; names.h has the
 * invariants.
 */

#include "shared/found.h"

#include "base/error.h"
#include "base/file_names.h"
#include "shared/label.h"
#include "os/machine.h"
#include "os/name.h"
#include "os/sync.h"

#include <mmview/range.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE 200 /* milliseconds that a lock is waited for which anybody may have who reads the object */

/* ---- looking at names ------------------------------------------------------------------------------------------- */

static void describe(const mmv__name *name, const mmv__os_facts *facts, mmv_shared_info *info)
{
    mmv__header header;
    *info = (mmv_shared_info){
        .kind = MMV_SHARED_UNKNOWN,
        .capacity = facts->size,
        .allocated = facts->allocated,
        .user = facts->user,
        .group = facts->group,
        .permissions = facts->permissions & 0777u,
        .persists = facts->permissions & MMV__PERSISTS,
        .in_use = mmv__os_is_locked(name->descriptor, MMV__LIFE, 1),
    };
    if (mmv__found_header(name, "stat", facts, &header) == MMV_OK && header.kind < MMV_SHARED_UNKNOWN)
        info->kind = (mmv_shared_kind)header.kind;
}

/* MMV_ENOENT also for what was stale, and is gone now. *whole_ret, when not NULL, is for free(3). */
static mmv_status show_name(mmv__name *name, mmv_shared_info *info, char **whole_ret)
{
    mmv__os_facts facts;
    mmv_status status = mmv__found_open(name, "stat", false, &facts);
    if (status)
        return status;
    status = mmv__found_check(name, "stat", &facts, true);
    if (status == MMV_OK && mmv__found_is_stale(name, &facts)) {
        mmv__found_remove_stale(name);
        status = mmv__fail_path(ENOENT, "stat", name->path);
    }
    if (status == MMV_OK)
        describe(name, &facts, info);
    if (status == MMV_OK && whole_ret)
        *whole_ret = mmv__found_name(name, &facts);
    mmv__found_close(name);
    return status;
}

mmv_status mmv_shared_stat(const char *name, mmv_shared_info *info_ret)
{
    mmv__name *object;
    mmv_status status = mmv__found_named("stat", name, &object);
    if (status)
        return status;
    mmv__names_sweep_sometimes();
    status = show_name(object, info_ret, NULL);
    if (status == MMV_OK)
        snprintf(info_ret->name, sizeof info_ret->name, "%s", object->whole);
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
    char *whole = NULL;
    mmv__name *name = mmv__found_create(file + strlen(MMV__OBJECT_PREFIX), NULL);
    bool goes_on = true;
    /* What may not be looked at, or went away meanwhile, is left out; and so is what no name leads to. */
    if (name && show_name(name, &info, &whole) == MMV_OK && whole) {
        snprintf(info.name, sizeof info.name, "%s", whole);
        info.full_name = whole;
        goes_on = listing->fn(&info, listing->user);
    }
    free(whole);
    free(name);
    return goes_on;
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
    mmv_status status = mmv__found_check(name, "remove", facts, false);
    if (status)
        return status;
    if (mmv__found_is_stale(name, facts)) {
        mmv__found_remove_stale(name);
        return mmv__fail_path(ENOENT, "remove", name->path);
    }
    int descriptor = mmv__found_writable(name, facts);
    bool others_may = facts->permissions & 066u;
    unsigned tries = others_may ? PATIENCE : MMV__NAME_TRIES;
    for (unsigned tried = 0; tried < tries && error == EAGAIN; tried++) {
        error = mmv__found_unlink(name, descriptor);
        mmv__os_sleep_ms(error == EAGAIN);
    }
    if (error == EAGAIN && others_may)
        error = mmv__found_unlink_unlocked(name);
    if (descriptor != name->descriptor)
        mmv__os_close(descriptor);
    return error ? mmv__fail_path(error, "remove", name->path) : MMV_OK;
}

mmv_status mmv_shared_remove(const char *name)
{
    mmv__name *object;
    mmv__os_facts facts;
    mmv_status status = mmv__found_named("remove", name, &object);
    if (status)
        return status;
    mmv__names_sweep_sometimes();
    status = mmv__found_open(object, "remove", false, &facts);
    if (status == MMV_OK)
        status = remove_open(object, &facts);
    mmv__found_close(object);
    free(object);
    return status;
}

bool mmv__name_is_anothers(const char *name)
{
    mmv__name *found;
    mmv__os_facts facts;
    if (mmv__found_named("share", name, &found) != MMV_OK)
        return false;
    bool is_anothers = mmv__found_open(found, "share", false, &facts) == MMV_OK && facts.links > 0 &&
                       !mmv__os_is_owned(found->descriptor, facts.user);
    mmv__found_close(found);
    free(found);
    return is_anothers;
}

/* ---- sweeping --------------------------------------------------------------------------------------------------- */

#define SWEEP_PAUSE UINT64_C(1000000000) /* nanoseconds: a look at the folder costs as much as many openings */
/* The longest pause; and until then nobody else begins: a child may have been forked within a sweep. */
#define SWEEP_LONGEST UINT64_C(60000000000)
#define SWEEP_SHARE 50  /* a call that has swept pays for as many times what it took */
#define SWEEP_MOST 4000 /* files of each kind that one call looks at */

/* The lock is asked first: of most names somebody is alive. */
static bool sweep_one(const char *file, void *user)
{
    mmv__os_facts facts;
    mmv__name *name = mmv__found_create(file + strlen(MMV__OBJECT_PREFIX), NULL);
    uint64_t *removed = user;
    if (!name)
        return false;
    if (mmv__os_is_own(name->path) && mmv__found_open(name, "sweep", false, &facts) == MMV_OK &&
        facts.kind == MMV__FILE && facts.user == mmv__os_user() && mmv__found_is_stale(name, &facts) &&
        mmv__found_check(name, "sweep", &facts, false) == MMV_OK) {
        mmv__found_remove_stale(name);
        *removed += mmv__os_get_facts(name->descriptor, &facts) == 0 && facts.links == 0;
    }
    mmv__found_close(name);
    free(name);
    return true;
}

/* Files from the one on that is called 'first', counted from 0, and not those from 'end' on. */
struct part {
    uint64_t first, end, at, removed;
    bool (*see)(const char *file, void *user);
};

static bool see_part(const char *file, void *user)
{
    struct part *part = user;
    if (part->at >= part->end)
        return false;
    return part->at++ < part->first || part->see(file, &part->removed);
}

/* At most so many files; *first is where the next call goes on. */
static void sweep_part(const char *prefix, bool (*look)(const char *file, void *user), uint64_t most, uint64_t *first)
{
    char path[64];
    struct part part = {.first = *first, .end = *first + most, .see = look};
    snprintf(path, sizeof path, "%s%s", mmv__os_shared_directory(), prefix);
    mmv__os_list(path, see_part, &part);
    /* Those behind what was removed move to the front. */
    *first = part.at == part.end ? part.end - part.removed : 0;
}

/* What is met on the way is no failure of the caller's. */
static void sweep(uint64_t most, uint64_t firsts[2])
{
    mmv_error before = *mmv_last_error();
    sweep_part("." MMV__OBJECT_PREFIX, mmv__label_tidy, most, &firsts[0]);
    sweep_part(MMV__OBJECT_PREFIX, sweep_one, most, &firsts[1]);
    mmv__error_restore(&before);
}

void mmv__names_sweep(void)
{
    sweep(UINT32_MAX, (uint64_t[2]){0, 0});
}

void mmv__names_sweep_sometimes(void)
{
    /* A process has one such pause, however many threads; who sweeps has the places for himself. */
    static _Atomic uint64_t due;
    static _Atomic uint64_t places[2];
    uint64_t now = mmv__os_ticks();
    uint64_t seen = atomic_load(&due);
    if (now < seen || !atomic_compare_exchange_strong(&due, &seen, now + SWEEP_LONGEST))
        return;
    uint64_t firsts[2] = {atomic_load(&places[0]), atomic_load(&places[1])};
    sweep(SWEEP_MOST, firsts);
    atomic_store(&places[0], firsts[0]);
    atomic_store(&places[1], firsts[1]);
    uint64_t end = mmv__os_ticks();
    /* A process that was stopped meanwhile has not swept for so long. */
    uint64_t pause = mmv_min(SWEEP_SHARE * (end > now ? end - now : 0), SWEEP_LONGEST);
    atomic_store(&due, end + mmv_max(pause, SWEEP_PAUSE));
}
