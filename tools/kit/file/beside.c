/* SPDX-License-Identifier: MIT */
/* beside: see beside.h. */
#include "kit/file/beside.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kit/os/folder.h"
#include "kit/os/path.h"

/* Results that go into the folder change it with each FILE: to list it each time would be slower than to look. */
#define LISTED_MOST 8

static bool is_looked_for(const char *name)
{
    static const char *const endings[] = {".hdr", ".mhd",  ".mha",        ".nhdr", ".nrrd",   ".xml",   ".vrt", ".lbl",
                                          ".rsc", ".meta", ".sigmf-meta", ".ovr",  ".aux",    ".rrd",   ".rde", ".stx",
                                          ".sta", ".enp",  ".md5",        ".sha1", ".sha256", ".sha512"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (path_has_ending(name, endings[i]))
            return true;
    return false;
}

static bool can_name_others(const char *name)
{
    static const char *const endings[] = {".mhd", ".mha", ".nhdr", ".nrrd"};
    const char *ending = path_ending(name);
    /* Most names of a large folder go no further. */
    if (ending[0] == '\0' || !strchr("mMnN", ending[1]))
        return false;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (path_has_ending(ending, endings[i]))
            return true;
    return false;
}

static void forget(struct beside_names *beside)
{
    for (size_t i = 0; i < beside->count; i++)
        free(beside->names[i]);
    free(beside->names);
    free(beside->naming);
    beside->names = beside->naming = NULL;
    beside->count = beside->room = beside->naming_count = 0;
    beside->is_known = beside->was_listed = false;
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

/*
 * The first 'length' characters, letters of ASCII of both cases being the same: so they are in some folders, and
 * elsewhere a name that is asked for in vain costs a look at it.
 */
static int compare(const char *a, const char *b, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        int x = tolower((unsigned char)a[i]), y = tolower((unsigned char)b[i]);
        if (x != y || x == 0)
            return x - y;
    }
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return compare(*(char *const *)a, *(char *const *)b, SIZE_MAX);
}

static int in_order(const void *a, const void *b)
{
    int folded = by_name(a, b);
    return folded ? folded : strcmp(*(char *const *)a, *(char *const *)b);
}

static bool find_naming(struct beside_names *beside)
{
    if (beside->count == 0)
        return true;
    beside->naming = calloc(beside->count, sizeof *beside->naming);
    for (size_t i = 0; i < beside->count && beside->naming; i++)
        if (can_name_others(beside->names[i]))
            beside->naming[beside->naming_count++] = beside->names[i];
    return beside->naming != NULL;
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
        qsort(beside->names, beside->count, sizeof *beside->names, in_order);
    beside->is_known = beside->is_known && find_naming(beside);
    beside->was_listed = beside->is_known;
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

/* The first of the sorted names that does not come before the first 'length' characters of 'name'. */
static size_t first_from(const struct beside_names *beside, const char *name, size_t length)
{
    size_t low = 0, high = beside->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(beside->names[middle], name, length) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool beside_may_have(struct beside_names *beside, const char *path)
{
    char folder[PATH_MAX];
    const char *name = path_base(path);
    const char *dot = strrchr(name, '.');
    size_t stem = dot ? (size_t)(dot - name) : strlen(name);
    if (!beside || strlen(path) >= PATH_MAX)
        return true;
    path_folder(path, folder);
    thread_lock_take(&beside->lock);
    bool is_known = beside->is_known && strcmp(folder, beside->folder) == 0;
    size_t first = is_known ? first_from(beside, name, stem) : 0;
    bool is_there = is_known && first < beside->count && compare(beside->names[first], name, stem) == 0;
    thread_lock_leave(&beside->lock);
    return !is_known || is_there;
}

/* ---- headers that may name other files --------------------------------------------------------------------------- */

static bool add_header(void *user, const char *name)
{
    struct beside_headers *headers = user;
    if (!can_name_others(name))
        return true;
    headers->is_many = headers->most > 0 && headers->count == headers->most;
    if (headers->is_many)
        return false;
    char **names = realloc(headers->names, (headers->count + 1) * sizeof *names);
    headers->is_short = !names;
    if (!names)
        return false;
    headers->names = names;
    names[headers->count] = strdup(name);
    headers->is_short = !names[headers->count];
    headers->count += !headers->is_short;
    return !headers->is_short;
}

/* From the list of the folder, which is made if there is none; false = it is of another one, or there is none. */
static bool take_listed(struct beside_names *beside, const char *folder, struct beside_headers *headers)
{
    thread_lock_take(&beside->lock);
    if (!beside->was_listed && strcmp(folder, beside->folder) == 0)
        list(beside);
    bool is_listed = beside->was_listed && strcmp(folder, beside->folder) == 0;
    for (size_t i = 0; is_listed && i < beside->naming_count && add_header(headers, beside->naming[i]); i++)
        ;
    thread_lock_leave(&beside->lock);
    return is_listed;
}

bool beside_headers(struct beside_names *beside, const char *path, struct beside_headers *headers)
{
    char folder[PATH_MAX];
    int descriptor;
    if (strlen(path) >= PATH_MAX)
        return true;
    path_folder(path, folder);
    if (beside && take_listed(beside, folder, headers))
        return !headers->is_short;
    /* A folder that may not be listed hides what is in it. */
    if (folder_open(folder, true, &descriptor) != 0)
        return true;
    folder_list(descriptor, add_header, headers);
    file_close(descriptor);
    if (headers->count > 0)
        qsort(headers->names, headers->count, sizeof *headers->names, in_order);
    return !headers->is_short;
}

void beside_headers_drop(struct beside_headers *headers)
{
    for (size_t i = 0; i < headers->count; i++)
        free(headers->names[i]);
    free(headers->names);
    *headers = (struct beside_headers){.count = 0};
}

void beside_begin(struct beside_names *beside)
{
    *beside = (struct beside_names){.above = calloc(1, sizeof *beside)};
    thread_lock_init(&beside->lock);
    if (beside->above)
        thread_lock_init(&beside->above->lock);
}

void beside_end(struct beside_names *beside)
{
    if (beside->above) {
        forget(beside->above);
        thread_lock_drop(&beside->above->lock);
        free(beside->above);
    }
    forget(beside);
    thread_lock_drop(&beside->lock);
}
