/* SPDX-License-Identifier: MIT */
/*
 * file.c - files of the library's own: they appear complete under their name, and nobody may write to them who may not
 * write to the file that they are about.
 *
 * Invariants:
 * 1. A file is complete, locked and has its rights before it has its name. No assert: other processes see the name.
 * 2. Its rights are never more than those of the file beside which it lies: owner and group are that file's where this
 *    process may set them; where it may not, the group gets none. No assert: test_journal_trust.c asks the system.
 */

#include "journal/journal.h"

#include "os/sync.h"
#include "os/name.h"

#include <errno.h>
#include <stdlib.h>

enum { WRITE_GROUP = 020, WRITE_OTHERS = 02, OWNER = 0600, GROUP = 060, OTHERS = 06, ROOT = 0 };

/* What of the rights of 'like' the owner and the group of a file with 'own' facts can be given. */
static unsigned rights_of(const mmv__os_facts *own, const mmv__os_facts *like, bool has_more)
{
    unsigned rights = OWNER;
    if (like->permissions & WRITE_GROUP && own->group == like->group && !has_more)
        rights |= GROUP;
    if (like->permissions & WRITE_OTHERS)
        rights |= OTHERS;
    return rights;
}

/*
 * The owner: root hands a file over to the owner of 'like', so that he can go on without root. When the run comes to a
 * file of somebody else, root takes it back: 'narrow'.
 */
static int set_owner(int descriptor, const mmv__os_facts *own, const mmv__os_facts *like, bool narrow)
{
    if (mmv__os_user() != ROOT)
        return own->group == like->group ? 0 : mmv__os_set_owner(descriptor, UINT32_MAX, like->group);
    if (narrow && own->user != like->user)
        return mmv__os_set_owner(descriptor, ROOT, UINT32_MAX);
    return narrow ? 0 : mmv__os_set_owner(descriptor, like->user, like->group);
}

int mmv__own_protect(int descriptor, const mmv__identity *like, bool narrow)
{
    mmv__os_facts own;
    int error = mmv__os_get_facts(descriptor, &own);
    if (error)
        return error;
    /* Without the right to do so it stays this user's, and the group gets nothing. */
    set_owner(descriptor, &own, &like->facts, narrow);
    mmv__os_drop_more_rights(descriptor);
    error = mmv__os_get_facts(descriptor, &own);
    if (error)
        return error;
    unsigned rights = rights_of(&own, &like->facts, mmv__os_has_more_rights(descriptor) || like->has_more_rights);
    if (narrow)
        rights &= own.permissions;
    if (rights == (own.permissions & 0777))
        return 0;
    return own.user == mmv__os_user() || mmv__os_user() == ROOT ? mmv__os_set_permissions(descriptor, rights) : 0;
}

struct filling {
    const char *path;
    const mmv__identity *like;
    mmv__fill_fn *fill_in;
    void *user;
};

/* 'named': the file has a name from the start, because the system cannot give it one later. */
static int create(const struct filling *filling, bool named, int *descriptor_ret)
{
    int descriptor;
    char *temporary;
    *descriptor_ret = -1;
    int error = mmv__os_create_hidden(filling->path, named, &descriptor, &temporary);
    if (error)
        return error;
    error = mmv__own_protect(descriptor, filling->like, false);
    if (error == 0)
        error = filling->fill_in(descriptor, filling->user);
    if (error == 0)
        error = mmv__os_publish(descriptor, temporary, filling->path);
    else if (temporary)
        mmv__os_remove(temporary);
    free(temporary);
    if (error)
        mmv__os_close(descriptor);
    else
        *descriptor_ret = descriptor;
    return error;
}

int mmv__own_create(const char *path, const mmv__identity *like, mmv__fill_fn *fill_in, void *user, int *descriptor_ret)
{
    const struct filling filling = {path, like, fill_in, user};
    int error = create(&filling, false, descriptor_ret);
    /* No /proc, or a sandbox that forbids links from there. */
    if (error == ENOENT || error == EPERM || error == EOPNOTSUPP)
        error = create(&filling, true, descriptor_ret);
    return error;
}
