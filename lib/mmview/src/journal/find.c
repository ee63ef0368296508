/* SPDX-License-Identifier: MIT */
/*
 * find.c - where a file's journals are: marks on the file itself, and names beside it.
 *
 *     FILE.mmj.OFFSET-LENGTH           the journal of a run whose first file is FILE
 *     user.mmview.journal[.N]          on a file that a run has not finished: "RUN OFFSET-LENGTH PATH-OF-JOURNAL"
 *
 * The mark stays with the file under any name, the name beside it works where there are no marks. Both say which bytes:
 * several runs over disjoint ranges of one file do not disturb each other.
 */

#include "journal/journal.h"

#include "base/file_names.h"

#include "os/file.h"
#include "os/name.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARK "user.mmview.journal"
#define MARKS_MAX 64
#define TEXT_SIZE 4352 /* of a mark: a path and three numbers */

struct mark {
    uint64_t run, offset, length;
    char path[TEXT_SIZE];
};

/* ---- names ------------------------------------------------------------------------------------------------------ */

mmv_status mmv__journal_absolute(const char *path, char **absolute_ret)
{
    const char *slash = strrchr(path, '/');
    const char *last = slash ? slash + 1 : path;
    size_t length = slash ? (size_t)(slash - path) : 0;
    char *directory = malloc(length + 2);
    char *real = NULL;
    *absolute_ret = NULL;
    int error = directory ? 0 : ENOMEM;
    if (error == 0) {
        memcpy(directory, path, length);
        strcpy(directory + length, length ? "" : slash ? "/" : ".");
        error = mmv__os_real_path(directory, &real);
    }
    size_t size = real ? strlen(real) + strlen(last) + 2 : 0;
    char *absolute = real ? malloc(size) : NULL;
    if (absolute)
        snprintf(absolute, size, "%s/%s", strcmp(real, "/") == 0 ? "" : real, last);
    else if (error == 0)
        error = ENOMEM;
    free(directory);
    free(real);
    *absolute_ret = absolute;
    return error ? mmv__fail_path(error, "journal", path) : MMV_OK;
}

/* "OFFSET-LENGTH" and what must follow. */
static bool take_range(const char *text, char end, uint64_t *offset_ret, uint64_t *length_ret, const char **rest_ret)
{
    int used = 0;
    if (text[0] < '0' || text[0] > '9' || sscanf(text, "%" SCNu64 "-%" SCNu64 "%n", offset_ret, length_ret, &used) != 2)
        return false;
    *rest_ret = text + used;
    return used > 0 && text[used] == end;
}

static bool overlap(uint64_t a, uint64_t a_length, uint64_t b, uint64_t b_length)
{
    return a < b ? b - a < a_length : a - b < b_length;
}

/* ---- marks ------------------------------------------------------------------------------------------------------ */

/* ENODATA: it is gone, or not one of ours. */
static int read_mark(int descriptor, const char *name, struct mark *mark)
{
    char text[TEXT_SIZE];
    int used = 0;
    const char *rest;
    int error = mmv__os_note_get(descriptor, name, text, sizeof text);
    if (error)
        return error;
    if (sscanf(text, "%16" SCNx64 " %n", &mark->run, &used) != 1 || used == 0 ||
        !take_range(text + used, ' ', &mark->offset, &mark->length, &rest))
        return ENODATA;
    snprintf(mark->path, sizeof mark->path, "%s", rest + 1);
    return 0;
}

/*
 * Calls 'see' for each mark of a file until 'see' is false. Returns 0, or why the marks cannot all be read. A file
 * system without marks is 0, too.
 */
static int each_mark(int descriptor, bool (*see)(const char *name, const struct mark *mark, void *user), void *user)
{
    char names[4096];
    struct mark mark;
    size_t length;
    int error = mmv__os_notes(descriptor, names, sizeof names, &length);
    for (size_t at = 0; error == 0 && at < length; at += strlen(names + at) + 1) {
        if (strncmp(names + at, MARK, strlen(MARK)) != 0)
            continue;
        int unread = read_mark(descriptor, names + at, &mark);
        if (unread == 0 && !see(names + at, &mark, user))
            break;
        error = unread == ENODATA ? 0 : unread;
    }
    return error == ENOTSUP || error == EOPNOTSUPP || error == ENOSYS ? 0 : error;
}

static bool exists(const char *path)
{
    int descriptor;
    bool created;
    int error = mmv__os_open(path, MMV_READ, &(mmv__os_creation){0}, &descriptor, &created);
    if (error == 0)
        mmv__os_close(descriptor);
    return error != ENOENT && error != ENOTDIR;
}

/* A run that finished, and was killed before it removed its journal. Its marks are off already. */
static bool is_finished(const char *path)
{
    mmv__journal_header header;
    uint32_t how;
    size_t done = 0;
    int descriptor;
    bool created;
    if (mmv__os_open(path, MMV_READ, &(mmv__os_creation){0}, &descriptor, &created) != 0)
        return false;
    int error = mmv__os_read(descriptor, &header, sizeof header, 0, &done);
    mmv__os_close(descriptor);
    return error == 0 && done == sizeof header && header.finished && mmv__header_fault(&header, UINT64_MAX) == NULL &&
           mmv__word_read(mmv__finished_key(header.run), header.finished, &how) && how == MMV__RUN_FINISHED;
}

mmv_status mmv__journal_mark(struct mmv_journal *journal, mmv_map *map, uint64_t offset, uint64_t length)
{
    char text[TEXT_SIZE], name[48];
    struct mark mark;
    if (journal->marked || map->kind != MMV__FILE || journal->walk.entry.length <= MMV__JOURNAL_GRANULE)
        return MMV_OK;
    snprintf(text, sizeof text, "%016" PRIx64 " %" PRIu64 "-%" PRIu64 " %s", journal->header.run, offset, length,
             journal->path);
    int error = EEXIST;
    for (unsigned i = 1; i <= MARKS_MAX && error == EEXIST; i++) {
        snprintf(name, sizeof name, i == 1 ? MARK : MARK ".%u", i);
        error = mmv__os_note_set(map->descriptor, name, text);
        if (error == EEXIST && read_mark(map->descriptor, name, &mark) == 0 && mark.run == journal->header.run)
            error = 0;
    }
    /*
     * On a file system without marks, or without room for one, the journal's own name has to do. The map is kept all
     * the same: an interrupted run may have left a mark where this one could not, and the end looks for it.
     */
    journal->marked = mmv__map_keep(map);
    return error == EIO ? mmv__fail_path(error, "mark", map->path) : MMV_OK;
}

struct drop {
    uint64_t run;
    int descriptor;
    int error;
};

static bool drop_mark(const char *name, const struct mark *mark, void *user)
{
    struct drop *drop = user;
    if (drop->run != 0 && mark->run != drop->run)
        return true;
    int error = mmv__os_note_remove(drop->descriptor, name);
    /* One that stays is told of, whatever becomes of the others. */
    if (drop->error == 0)
        drop->error = error;
    return true;
}

int mmv__journal_drop_marks(int descriptor, uint64_t run)
{
    struct drop drop = {run, descriptor, 0};
    int error = each_mark(descriptor, drop_mark, &drop);
    return error ? error : drop.error;
}

mmv_status mmv_journal_unmark(const mmv_map *map)
{
    int error = mmv__journal_drop_marks(map->descriptor, 0);
    return error ? mmv__fail_path(error, "unmark", map->path) : MMV_OK;
}

struct own {
    uint64_t offset, length;
    char path[TEXT_SIZE];
    bool found;
};

static bool is_own(const char *name, const struct mark *mark, void *user)
{
    struct own *own = user;
    (void)name;
    own->found = mark->offset == own->offset && mark->length == own->length && exists(mark->path);
    if (own->found)
        memcpy(own->path, mark->path, sizeof own->path);
    return !own->found;
}

mmv_status mmv_journal_name(const mmv_map *map, uint64_t offset, uint64_t length, char **path_ret)
{
    length = length == MMV_EMPTY ? 0 : length;
    struct own own = {.offset = offset, .length = length};
    char *real = NULL;
    *path_ret = NULL;
    int unread = each_mark(map->descriptor, is_own, &own);
    if (unread)
        return mmv__fail_path(unread, "read marks", map->path);
    if (own.found) {
        *path_ret = malloc(strlen(own.path) + 1);
        if (*path_ret)
            strcpy(*path_ret, own.path);
        return *path_ret ? MMV_OK : mmv__fail_path(ENOMEM, "journal", map->path);
    }
    int error = mmv__os_real_path(map->path, &real);
    size_t size = real ? strlen(real) + sizeof MMV__JOURNAL_MARK + 48 : 0;
    *path_ret = real ? malloc(size) : NULL;
    if (*path_ret)
        snprintf(*path_ret, size, "%s" MMV__JOURNAL_MARK "%" PRIu64 "-%" PRIu64, real, offset, length);
    free(real);
    return *path_ret ? MMV_OK : mmv__fail_path(error ? error : ENOMEM, "journal", map->path);
}

/* ---- other runs ------------------------------------------------------------------------------------------------- */

struct search {
    const mmv_map *map;
    uint64_t offset, length;
    uint64_t run;     /* whose marks are no others; 0 = none */
    const char *mine; /* whose journal is no other; NULL = none */
    mmv_status status;
    char *path; /* of what was found */
};

/* 'text' says which file; the error names the journal. */
static void refuse(struct search *search, const char *path, const char *text)
{
    search->path = malloc(strlen(path) + 1);
    if (search->path)
        strcpy(search->path, path);
    search->status = mmv__fail_journal(path, text);
}

static bool refuse_mark(const char *name, const struct mark *mark, void *user)
{
    struct search *search = user;
    char text[256];
    (void)name;
    if ((search->run && mark->run == search->run) ||
        !overlap(mark->offset, mark->length, search->offset, search->length))
        return true;
    snprintf(text, sizeof text, "%.180s belongs to an unfinished run%s", search->map->path,
             exists(mark->path) ? "" : ", and its journal is gone");
    refuse(search, mark->path, text);
    return false;
}

/* What lies in one directory. */
struct mmv_journal_cache {
    char *given;     /* as the maps' paths had it, the slash included */
    char *directory; /* the real one, ended by a slash */
    char **names;    /* ended by NULL; NULL = none */
};

void mmv_journal_cache_free(mmv_journal_cache **known)
{
    mmv_journal_cache *journals = *known;
    *known = NULL;
    if (!journals)
        return;
    for (char **name = journals->names; name && *name; name++)
        free(*name);
    free(journals->names);
    free(journals->given);
    free(journals->directory);
    free(journals);
}

struct names {
    char **list;
    size_t count;
    bool full;
};

static bool keep_name(const char *name, void *user)
{
    struct names *names = user;
    if (!strstr(name, MMV__JOURNAL_MARK))
        return true;
    char **list = realloc(names->list, (names->count + 2) * sizeof *list);
    char *copy = malloc(strlen(name) + 1);
    if (list)
        names->list = list;
    if (!list || !copy) {
        free(copy);
        names->full = true;
        return false;
    }
    list[names->count++] = strcpy(copy, name);
    list[names->count] = NULL;
    return true;
}

static char *copy_front(const char *text, size_t length)
{
    char *copy = malloc(length + 1);
    if (copy) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}

/* Where the last part of a path begins. */
static size_t front_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash + 1 - path) : 0;
}

static bool is_front(const char *directory, const char *path, size_t length)
{
    return strncmp(directory, path, length) == 0 && directory[length] == '\0';
}

/* Read once per directory: a run over thousands of files stays linear. */
static mmv_status look_near(mmv_journal_cache **known, const char *given, const char *real)
{
    struct names names = {0};
    mmv_journal_cache *journals = *known;
    size_t length = front_of(real);
    if (journals && is_front(journals->directory, real, length))
        return MMV_OK;
    mmv_journal_cache_free(known);
    journals = calloc(1, sizeof *journals);
    if (!journals)
        return mmv__fail_path(ENOMEM, "journal", real);
    *known = journals;
    journals->given = copy_front(given, front_of(given));
    journals->directory = copy_front(real, length);
    if (!journals->given || !journals->directory) {
        mmv_journal_cache_free(known);
        return mmv__fail_path(ENOMEM, "journal", real);
    }
    /* A directory that may not be listed hides what is in it; marks remain. */
    mmv__os_list(journals->directory, keep_name, &names);
    journals->names = names.list;
    return names.full ? mmv__fail_path(ENOMEM, "journal", real) : MMV_OK;
}

/* Whether 'name' is a journal of 'last' over bytes of the search. */
static bool is_other(const struct search *search, const char *name, const char *last)
{
    uint64_t offset, length;
    const char *rest;
    size_t size = strlen(last);
    return strncmp(name, last, size) == 0 && strncmp(name + size, MMV__JOURNAL_MARK, strlen(MMV__JOURNAL_MARK)) == 0 &&
           take_range(name + size + strlen(MMV__JOURNAL_MARK), '\0', &offset, &length, &rest) &&
           overlap(offset, length, search->offset, search->length);
}

static void refuse_near(struct search *search, const mmv_journal_cache *known, const char *real, size_t directory)
{
    char path[TEXT_SIZE];
    char text[256];
    for (char **name = known->names; name && *name && search->status == MMV_OK; name++) {
        if (!is_other(search, *name, real + directory))
            continue;
        snprintf(path, sizeof path, "%.*s%s", (int)directory, real, *name);
        if ((search->mine && strcmp(path, search->mine) == 0) || !exists(path) || is_finished(path))
            continue;
        snprintf(text, sizeof text, "%.180s belongs to an unfinished run", search->map->path);
        refuse(search, path, text);
    }
}

/* The path without links. In the directory that was looked at last, only the file's own name can be a link. */
static int real_path(const mmv_journal_cache *known, const char *path, char **real_ret)
{
    size_t front = front_of(path);
    bool link = true;
    if (!known || !is_front(known->given, path, front))
        return mmv__os_real_path(path, real_ret);
    int error = mmv__os_is_link(path, &link);
    if (error || link)
        return error ? error : mmv__os_real_path(path, real_ret);
    size_t length = strlen(known->directory);
    *real_ret = malloc(length + strlen(path + front) + 1);
    if (!*real_ret)
        return ENOMEM;
    memcpy(*real_ret, known->directory, length);
    strcpy(*real_ret + length, path + front);
    return 0;
}

static mmv_status find(struct search *search, mmv_journal_cache **known)
{
    char *real = NULL;
    const mmv_map *map = search->map;
    int unread = map->kind == MMV__FILE ? each_mark(map->descriptor, refuse_mark, search) : 0;
    if (unread && search->status == MMV_OK)
        return mmv__fail_path(unread, "read marks", map->path);
    if (search->status || map->path[0] == '\0')
        return search->status;
    int error = real_path(*known, map->path, &real);
    /* Renamed or removed since it was opened: nobody finds it by that name any more. */
    if (error)
        return error == ENOENT ? MMV_OK : mmv__fail_path(error, "journal", map->path);
    mmv_status status = look_near(known, map->path, real);
    if (status == MMV_OK)
        refuse_near(search, *known, real, front_of(real));
    free(real);
    return status ? status : search->status;
}

mmv_status mmv__journal_others(struct mmv_journal *journal, const mmv_map *map, uint64_t offset, uint64_t length)
{
    struct search search = {
        .map = map,
        .offset = offset,
        .length = length,
        .run = journal->descriptor >= 0 ? journal->header.run : 0,
        .mine = journal->path,
    };
    mmv_status status = find(&search, &journal->near);
    free(search.path);
    return status;
}

mmv_status mmv_journal_check(const mmv_map *map, uint64_t offset, uint64_t length, mmv_journal_cache **known)
{
    mmv_journal_cache *own = NULL;
    struct search search = {.map = map, .offset = offset, .length = length};
    if (length == MMV_EMPTY)
        return MMV_OK;
    mmv_status status = find(&search, known ? known : &own);
    mmv_journal_cache_free(&own);
    free(search.path);
    return status;
}

mmv_status mmv_journal_find(const mmv_map *map, uint64_t offset, uint64_t length, char **path_ret)
{
    mmv_journal_cache *known = NULL;
    struct search search = {.map = map, .offset = offset, .length = length};
    *path_ret = NULL;
    if (length == MMV_EMPTY)
        return MMV_OK;
    mmv_status status = find(&search, &known);
    mmv_journal_cache_free(&known);
    *path_ret = search.path;
    return status == MMV_EJOURNAL && search.path ? MMV_OK : status;
}
