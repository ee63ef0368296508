/* SPDX-License-Identifier: MIT */
/*
 * rights.c - mode and owner of what a name stands for, and of its label.
 *
 * Invariants:
 * 1. Who may open an object finds its label: what others gain the label gets first, and what they lose it loses last.
 * 2. The label of an object that root gives away has root's name or its owner's at each moment. Somebody else with that
 *    right leaves a moment without a label.
 *
 * No asserts: both are about files that other processes change.
 */

#include "shared/found.h"

#include "base/error.h"
#include "shared/label.h"

#include <errno.h>
#include <stdlib.h>

#define OTHERS 066u /* bits that let others open a file */

int mmv__name_set_permissions(mmv__name *name, unsigned permissions)
{
    mmv__os_facts facts;
    int error = mmv__os_get_facts(name->descriptor, &facts);
    unsigned mode = permissions | (facts.permissions & ~0777u);
    if (error == 0 && (permissions & OTHERS))
        error = mmv__label_show(name->path, name->descriptor, &facts, mode);
    if (error == 0)
        error = mmv__os_set_permissions(name->descriptor, mode);
    if (error)
        return error;
    facts.permissions = mode;
    mmv__found_keep_label(name, &facts);
    return permissions & OTHERS ? 0 : mmv__label_show(name->path, name->descriptor, &facts, mode);
}

mmv_status mmv_shared_set_permissions(const char *name, unsigned permissions)
{
    mmv__name *object;
    mmv__os_facts facts;
    if (!mmv__is_object_mode(permissions))
        return mmv_error_set_parameter(MMV_EINVAL, "chmod", "permissions");
    mmv_status status = mmv__found_named("chmod", name, &object);
    if (status)
        return status;
    mmv__names_sweep_sometimes();
    status = mmv__found_open(object, "chmod", false, &facts);
    if (status == MMV_OK)
        status = mmv__found_check(object, "chmod", &facts, false);
    if (status == MMV_OK) {
        int error = mmv__name_set_permissions(object, permissions);
        status = error ? mmv__fail_path(error, "chmod", object->path) : MMV_OK;
    }
    mmv__found_close(object);
    free(object);
    return status;
}

/* Root's label is believed for anybody's object, so the object goes first: invariant 2. */
int mmv__name_set_owner(const mmv__name *name, uint32_t user, uint32_t group)
{
    mmv__os_facts before;
    int label;
    int error = mmv__os_get_facts(name->descriptor, &before);
    if (error)
        return error;
    error = mmv__label_open(name->path, name->descriptor, &before, false, &label);
    if (error && error != ENOENT)
        return error;
    bool has_label = error == 0;
    error = mmv__os_set_owner(name->descriptor, user, group);
    if (error == 0 && has_label)
        error = mmv__os_set_owner(label, user, group);
    if (error)
        mmv__os_set_owner(name->descriptor, before.user, before.group);
    if (has_label)
        mmv__os_close(label);
    return error;
}
