/* SPDX-License-Identifier: MIT */
/*
 * believe.c - which files of the library's own are believed.
 *
 * What is in a journal is written into the file. So nobody may be able to make one who could not write to the file
 * himself: not in a folder where everybody may make files, either. The open file is judged, never its name or its
 * folder.
 */

#include "journal/journal.h"

#include "os/sync.h"

#include <stddef.h>

enum { WRITE_GROUP = 020, WRITE_OTHERS = 02, ROOT = 0 };

const char *mmv__doubt(int descriptor, const mmv__identity *file)
{
    mmv__os_facts own;
    if (mmv__os_get_facts(descriptor, &own) != 0)
        return "it cannot be looked at";
    if (own.kind != MMV__FILE)
        return "it is not a regular file";
    if (own.user != mmv__os_user() && own.user != ROOT && own.user != file->facts.user)
        return "it is not believed: it belongs neither to you, nor to root, nor to the owner of the file";
    bool others = own.permissions & WRITE_OTHERS && !(file->facts.permissions & WRITE_OTHERS);
    bool group =
        own.permissions & WRITE_GROUP && (!(file->facts.permissions & WRITE_GROUP) || own.group != file->facts.group ||
                                          file->has_more_rights || mmv__os_has_more_rights(descriptor));
    return others || group ? "it is not believed: somebody may write to it who may not write to the file" : NULL;
}
