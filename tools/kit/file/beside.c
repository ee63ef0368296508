/* SPDX-License-Identifier: MIT */
/* beside: see beside.h. */
#include "kit/file/beside.h"

#include <stdlib.h>
#include <string.h>

#include "kit/os/folder.h"
#include "kit/os/path.h"

/* Results that go into the folder change it with each FILE: to list it each time would be slower than to look. */
#define LISTED_MOST 8

static bool is_looked_for(const char *name)
{
    static const char *const endings[] = {".hdr", ".mhd", ".nhdr", ".xml", ".ovr", ".aux", ".rrd", ".rde"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (path_has_ending(name, endings[i]))
            return true;
    return false;
}

static void forget(struct beside_names *beside)
{
    for (size_t i = 0; i < beside->count; i++)
        free(beside->names[i]);
    free(beside->names);
    beside->names = NULL;
    beside->count = beside->room = 0;
    beside->is_known = false;
}

static bool keep(void *user, const char *name)
{
    struct beside_names *beside = user;
    if (!is_looked_for(name))
        return true;
    if (beside->count == beside->room) {
        size_t room = beside->room ? 2 * beside->room : 64;
        char **names = realloc(beside->names, room * sizeof *names);
        beside->is_known = names != NULL;
        if (!names)
            return false;
        beside->names = names;
        beside->room = room;
    }
    beside->names[beside->count] = strdup(name);
    beside->is_known = beside->names[beside->count] != NULL;
    beside->count += beside->is_known;
    return beside->is_known;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Its facts are those of before: a name that appears meanwhile changes them. */
static void list(struct beside_names *beside)
{
    int folder;
    forget(beside);
    beside->listed++;
    if (folder_open(beside->folder, true, &folder) != 0)
        return;
    beside->is_known = true;
    if (file_look(folder, &beside->facts) != 0 || folder_list(folder, keep, beside) != 0)
        beside->is_known = false;
    file_close(folder);
    if (beside->is_known && beside->count > 0)
        qsort(beside->names, beside->count, sizeof *beside->names, by_name);
}

static bool is_unchanged(const struct beside_names *beside)
{
    struct file_facts now;
    return file_look_at(beside->folder, true, &now) == 0 && file_is_same(&now, &beside->facts) &&
           now.modified == beside->facts.modified && now.modified_ns == beside->facts.modified_ns;
}

static void enter(struct beside_names *beside, const char *folder)
{
    if (strcmp(folder, beside->folder) != 0) {
        forget(beside);
        beside->listed = 0;
        strcpy(beside->folder, folder);
        return;
    }
    if (beside->is_known && is_unchanged(beside))
        return;
    beside->is_known = false;
    if (beside->listed < LISTED_MOST)
        list(beside);
}

void beside_enter(struct beside_names *beside, const char *path)
{
    char folder[PATH_MAX];
    if (!beside || strlen(path) >= PATH_MAX)
        return;
    path_folder(path, folder);
    thread_lock_take(&beside->lock);
    enter(beside, folder);
    thread_lock_leave(&beside->lock);
}

bool beside_may_be(struct beside_names *beside, const char *path)
{
    char folder[PATH_MAX];
    const char *name = path_base(path);
    if (!beside || strlen(path) >= PATH_MAX || !is_looked_for(name))
        return true;
    path_folder(path, folder);
    thread_lock_take(&beside->lock);
    bool is_known = beside->is_known && strcmp(folder, beside->folder) == 0;
    bool is_there = is_known && beside->count > 0 &&
                    bsearch(&name, beside->names, beside->count, sizeof *beside->names, by_name) != NULL;
    thread_lock_leave(&beside->lock);
    return !is_known || is_there;
}

void beside_begin(struct beside_names *beside)
{
    *beside = (struct beside_names){.listed = 0};
    thread_lock_init(&beside->lock);
}

void beside_end(struct beside_names *beside)
{
    forget(beside);
    thread_lock_drop(&beside->lock);
}
