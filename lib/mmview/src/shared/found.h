/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_FOUND_H
#define MMVIEW_FOUND_H

/* found: what names.c and look.c have in common: a name on its way to an open object, and how a stale one goes. */

#include "shared/names.h"
#include "os/file.h"

#define MMV__PERSISTS 01000u
#define MMV__NAME_TRIES 2000 /* milliseconds that others may take to remove a name, at most */

/* A name without a descriptor, for free(3): of a part of a path, and perhaps of the name that it stands for; NULL. */
mmv__name *mmv__found_create(const char *part, const char *whole);
mmv_status mmv__found_named(const char *operation, const char *text, mmv__name **name_ret);

/* Read-write where that is allowed, whatever is wanted: the last one out must be able to lock for writing. */
mmv_status mmv__found_open(mmv__name *name, const char *operation, bool writing, mmv__os_facts *facts_ret);
void mmv__found_close(mmv__name *name);

/* Whether it is ours to use. MMV_ENOENT: it went away meanwhile. */
mmv_status mmv__found_check(const mmv__name *name, const char *operation, const mmv__os_facts *facts, bool any_owner);

mmv_status mmv__found_header(const mmv__name *name, const char *operation, const mmv__os_facts *facts,
                             mmv__header *header_ret);

/* The name of an open object, for free(3); NULL = none, or no memory. */
char *mmv__found_name(const mmv__name *name, const mmv__os_facts *facts);

bool mmv__found_is_stale(const mmv__name *name, const mmv__os_facts *facts);
void mmv__found_remove_stale(const mmv__name *name);

/*
 * A descriptor to lock: the name's own, or another one that is to be closed. The second one takes the name away; the
 * third one does when others keep the lock, who may open the object: of two at once it could take a newer one's.
 */
int mmv__found_writable(const mmv__name *name, const mmv__os_facts *facts);
int mmv__found_unlink(const mmv__name *name, int descriptor);
int mmv__found_unlink_unlocked(const mmv__name *name);

/* Keep the label of a map that nobody may write open: at the exit there may be no descriptor for it. */
void mmv__found_keep_label(mmv__name *name, const mmv__os_facts *facts);

#endif
