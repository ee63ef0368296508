/* SPDX-License-Identifier: MIT */
/* label.c - see label.h, which has the invariants. */

#include "shared/label.h"

#include "base/file_names.h"
#include "map/lock.h"
#include "os/machine.h"
#include "os/name.h"
#include "os/sync.h"

#include <mmview/shared.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_PATH 320 /* the folder, a prefix, the longest name and 16 digits */
#define PRIVATE 0600u
#define PUBLIC 0644u
#define OTHERS 066u /* bits of an object that let others open it */

static const char magic[8] = {'\x89', 'm', 'm', 'v', 'm', 'a', 'p', '\n'};

struct label {
    char magic[8];
    uint64_t inode;
    uint64_t birth; /* 0 = not known */
};

/* The last part of a path. */
static const char *last_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void label_path(const char *path, uint64_t inode, char label[LABEL_PATH])
{
    const char *last = last_of(path);
    snprintf(label, LABEL_PATH, "%.*s.%s.%016" PRIx64, (int)(last - path), path, last, inode);
}

/* Invariant 4. */
static unsigned mode_for(unsigned permissions)
{
    return permissions & OTHERS ? PUBLIC : PRIVATE;
}

/* A label that is to be. */
struct making {
    char name[LABEL_PATH];
    struct label label;
    const char *kept; /* behind it; NULL = nothing */
    unsigned permissions;
};

/* Locked, so that it is not tidied away before its map has the name. */
static int fill_label(int descriptor, const struct making *making)
{
    const struct label *label = &making->label;
    const char *kept = making->kept;
    int error = mmv__os_lock(descriptor, true, 0, 0);
    if (error == 0 || error == EOPNOTSUPP)
        error = mmv__os_write(descriptor, label, sizeof *label, 0);
    if (error == 0 && kept)
        error = mmv__os_write(descriptor, kept, strlen(kept), sizeof *label);
    /* Not narrowed by the umask: others ask, too. */
    return error ? error : mmv__os_set_permissions(descriptor, making->permissions);
}

/* 'named': without /proc a file that has no name cannot be given one, so it has another one from the start. */
static int make_label(const struct making *making, bool named, int *label_ret)
{
    char *temporary;
    int error = mmv__os_create_hidden(making->name, named, label_ret, &temporary);
    if (error)
        return error;
    error = fill_label(*label_ret, making);
    if (error == 0)
        error = mmv__os_publish(*label_ret, temporary, making->name);
    else if (temporary)
        mmv__os_remove(temporary);
    free(temporary);
    if (error)
        mmv__os_close(*label_ret);
    return error;
}

int mmv__label_make(const char *path, int descriptor, const char *kept, int *label_ret)
{
    struct making making = {.kept = kept};
    mmv__os_facts facts;
    int error = mmv__os_get_facts(descriptor, &facts);
    if (error)
        return error;
    making.label = (struct label){.inode = facts.inode, .birth = mmv__os_birth(descriptor)};
    memcpy(making.label.magic, magic, sizeof magic);
    making.permissions = mode_for(facts.permissions);
    label_path(path, facts.inode, making.name);
    error = make_label(&making, false, label_ret);
    return error == ENOENT ? make_label(&making, true, label_ret) : error;
}

static bool read_label(int descriptor, struct label *label_ret)
{
    size_t done = 0;
    return mmv__os_read(descriptor, label_ret, sizeof *label_ret, 0, &done) == 0 && done == sizeof *label_ret &&
           memcmp(label_ret->magic, magic, sizeof magic) == 0;
}

/* Invariants 1 and 2. */
static bool is_label(int label, int descriptor, const mmv__os_facts *facts)
{
    struct label read;
    mmv__os_facts own;
    if (mmv__os_get_facts(label, &own) != 0 || own.kind != MMV__FILE || own.links != 1 || (own.permissions & 022u) ||
        (own.user != facts->user && own.user != 0))
        return false;
    return read_label(label, &read) && read.inode == facts->inode && read.birth == mmv__os_birth(descriptor);
}

int mmv__label_open(const char *path, int descriptor, const mmv__os_facts *facts, bool writing, int *label_ret)
{
    char name[LABEL_PATH];
    label_path(path, facts->inode, name);
    int error = mmv__os_open_shared(name, writing, label_ret);
    if (error || is_label(*label_ret, descriptor, facts))
        return error;
    mmv__os_close(*label_ret);
    return ENOENT;
}

/* For mmv__os_close(); -1 = there is none. */
static int open_label(const char *path, int descriptor, const mmv__os_facts *facts)
{
    int label;
    return mmv__label_open(path, descriptor, facts, false, &label) == 0 ? label : -1;
}

bool mmv__label_is_there(const char *path, int descriptor, const mmv__os_facts *facts)
{
    int label = open_label(path, descriptor, facts);
    if (label >= 0)
        mmv__os_close(label);
    return label >= 0;
}

bool mmv__label_is_locked(const char *path, int descriptor, const mmv__os_facts *facts, uint64_t byte)
{
    int label = open_label(path, descriptor, facts);
    bool is_locked = label < 0 || mmv__os_is_locked_exclusively(label, byte, 1);
    if (label >= 0)
        mmv__os_close(label);
    return is_locked;
}

int mmv__label_show(const char *path, int descriptor, const mmv__os_facts *facts, unsigned permissions)
{
    int label;
    int error = mmv__label_open(path, descriptor, facts, false, &label);
    if (error)
        return error == ENOENT ? 0 : error;
    error = mmv__os_set_permissions(label, mode_for(permissions));
    mmv__os_close(label);
    return error;
}

static char *read_kept(int label)
{
    size_t length = 0;
    char *name = malloc(MMV_NAME_LONGEST + 2);
    if (!name)
        return NULL;
    if (mmv__os_read(label, name, MMV_NAME_LONGEST + 1, sizeof(struct label), &length) == 0 && length > 0 &&
        length <= MMV_NAME_LONGEST) {
        name[length] = '\0';
        return name;
    }
    free(name);
    return NULL;
}

char *mmv__label_name(const char *path, int descriptor, const mmv__os_facts *facts)
{
    int label = open_label(path, descriptor, facts);
    char *name = label >= 0 ? read_kept(label) : NULL;
    if (label >= 0)
        mmv__os_close(label);
    return name;
}

void mmv__label_remove(const char *path, uint64_t inode)
{
    char name[LABEL_PATH];
    label_path(path, inode, name);
    mmv__os_remove(name);
}

/* ---- tidying ---------------------------------------------------------------------------------------------------- */

/* The map's path and its inode, from its label's name. */
static bool take_apart(const char *file, char path[LABEL_PATH], uint64_t *inode_ret)
{
    size_t length = strlen(file);
    char *end;
    if (length < 1 + strlen(MMV__OBJECT_PREFIX) + 17 || file[length - 17] != '.')
        return false;
    *inode_ret = strtoull(file + length - 16, &end, 16);
    snprintf(path, LABEL_PATH, "%s%.*s", mmv__os_shared_directory(), (int)(length - 18), file + 1);
    return *end == '\0';
}

static bool is_map_gone(const char *path, uint64_t inode)
{
    int descriptor;
    mmv__os_facts facts;
    int error = mmv__os_open_shared(path, false, &descriptor);
    if (error)
        return error == ENOENT;
    bool is_gone = mmv__os_get_facts(descriptor, &facts) == 0 && facts.inode != inode;
    mmv__os_close(descriptor);
    return is_gone;
}

/*
 * Nobody is just making its map: he has it locked. One that others may read is complete, and may have a reader's lock,
 * which keeps nobody out: its maker's is one for writing.
 */
static bool has_no_maker(int label, const mmv__os_facts *facts)
{
    if (mmv__os_lock(label, true, 0, 0) == 0)
        return true;
    return (facts->permissions & OTHERS) && !mmv__os_is_locked_exclusively(label, 0, 0);
}

/* A file of somebody else's can have such a name, too: one that is to be the result mmv.NAME is called like this. */
static void tidy(const char *name, const char *path, uint64_t inode)
{
    int label;
    struct label read;
    mmv__os_facts facts;
    if (mmv__os_open_shared(name, true, &label) != 0)
        return;
    if (mmv__os_get_facts(label, &facts) == 0 && facts.kind == MMV__FILE && facts.user == mmv__os_user() &&
        read_label(label, &read) && has_no_maker(label, &facts) && is_map_gone(path, inode))
        mmv__os_remove(name);
    mmv__os_close(label);
}

bool mmv__label_tidy(const char *file, void *user)
{
    char path[LABEL_PATH], name[LABEL_PATH];
    uint64_t inode;
    (void)user;
    if (strlen(file) >= LABEL_PATH - 64 || !take_apart(file, path, &inode))
        return true;
    snprintf(name, sizeof name, "%s%s", mmv__os_shared_directory(), file);
    if (mmv__os_is_own(name) && is_map_gone(path, inode))
        tidy(name, path, inode);
    return true;
}

void mmv__labels_tidy(void)
{
    char path[64];
    snprintf(path, sizeof path, "%s." MMV__OBJECT_PREFIX, mmv__os_shared_directory());
    mmv__os_list(path, mmv__label_tidy, NULL);
}
