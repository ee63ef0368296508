/* SPDX-License-Identifier: MIT */
/*
 * marks.c - what says of a file that a run has not finished it.
 *
 *     user.mmview.journal[.N]       on the file: "mmv2 RUN INODE BIRTH SUBVOLUME OFFSET-LENGTH PATH-OF-JOURNAL"
 *                                   or, shorter, "mmv3 RUN WHO OFFSET-LENGTH"
 *     FILE.mmj.OFFSET-LENGTH        beside a file that can have no marks: a pointer to the journal
 *
 * A mark stays with the file under any name, and goes along when a program copies the file with its attributes. It
 * names the file that it was made for: on another one it is foreign, and says that this is a copy of a file which was
 * changed in part. Both kinds say which bytes: several runs over disjoint ranges of one file do not disturb each other.
 *
 * The short form is for the second and later files of a run whose journal lies in their folder: it fits into an inode
 * of ext4, where the long one takes a block of its own. It leads to any journal of its run in the folder of the file.
 * WHO is a hash of run, inode, birth and subvolume.
 *
 * Invariant: a file whose records are about to change bears a mark, or has a pointer or the journal itself beside it;
 * where none of these can be made the run is refused. No assert: mmv__mark_file() has no other way out.
 */

#include "journal/journal.h"

#include "base/file_names.h"

#include "os/name.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARK "user.mmview.journal"
#define MARKS_MAX 64
#define TEXT_SIZE 8192 /* of a mark: a path and five numbers */
#define LONG "mmv2 "
#define SHORT "mmv3 "

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static uint64_t who_is(uint64_t run, uint64_t inode, uint64_t birth, uint64_t volume)
{
    const uint64_t numbers[] = {run, inode, birth, volume};
    return mmv__hash(numbers, sizeof numbers, 0);
}

static bool parse_short(char *text, mmv__mark *mark)
{
    int used = 0;
    const char *rest;
    mark->is_short = sscanf(text, SHORT "%16" SCNx64 " %16" SCNx64 " %n", &mark->run, &mark->who, &used) == 2 &&
                     used > 0 && mmv__take_range(text + used, '\0', &mark->range, &rest);
    mark->path = text + strlen(text);
    return mark->is_short;
}

/* The numbers and the path of a mark's text; false when another version wrote it. */
static bool parse(char *text, mmv__mark *mark)
{
    int used = 0;
    const char *rest;
    if (strncmp(text, SHORT, strlen(SHORT)) == 0)
        return parse_short(text, mark);
    if (sscanf(text, LONG "%16" SCNx64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %n", &mark->run, &mark->inode,
               &mark->birth, &mark->volume, &used) != 4 ||
        used == 0 || !mmv__take_range(text + used, ' ', &mark->range, &rest))
        return false;
    mark->path = text + (rest + 1 - text);
    return true;
}

static bool is_mark(const char *name)
{
    size_t length = strlen(MARK);
    return strncmp(name, MARK, length) == 0 && (name[length] == '\0' || name[length] == '.');
}

/* ENODATA: it is gone. */
static int read_mark(int descriptor, const char *name, mmv__mark *mark, char text[TEXT_SIZE])
{
    int error = mmv__os_note_get(descriptor, name, text, TEXT_SIZE);
    *mark = (mmv__mark){.range = {0, UINT64_MAX}, .path = text};
    if (error == 0)
        mark->is_readable = parse(text, mark);
    if (!mark->is_readable)
        mark->path = text + strlen(text);
    return error;
}

static bool is_for(const mmv__mark *mark, uint64_t inode, uint64_t birth, uint64_t volume)
{
    if (mark->is_short)
        return mark->who == who_is(mark->run, inode, birth, volume);
    return mark->inode == inode && mark->birth == birth && mark->volume == volume;
}

static bool has_none(int error)
{
    return error == ENOTSUP || error == EOPNOTSUPP || error == ENOSYS;
}

/*
 * Calls 'see' for each mark of a file until 'see' is false. Returns 0, or why the marks cannot all be read. A file
 * system without marks is 0, too.
 */
int mmv__marks_each(int descriptor, mmv__mark_fn *see, void *user)
{
    char *names = NULL, text[TEXT_SIZE];
    mmv__mark mark;
    mmv__identity own;
    size_t length = 0;
    bool known = false;
    int error = mmv__os_notes(descriptor, &names, &length);
    for (size_t at = 0; error == 0 && at < length; at += strlen(names + at) + 1) {
        if (!is_mark(names + at))
            continue;
        if (!known)
            error = mmv__identify(descriptor, &own);
        known = true;
        int unread = error ? error : read_mark(descriptor, names + at, &mark, text);
        mark.is_foreign = mark.is_readable && !is_for(&mark, own.facts.inode, own.birth, own.volume);
        if (unread == 0 && !see(names + at, &mark, user))
            break;
        error = unread == ENODATA ? 0 : unread;
    }
    free(names);
    return has_none(error) ? 0 : error;
}

/* ---- making ----------------------------------------------------------------------------------------------------- */

static void write_out(const mmv__identity *file, const mmv__marking *marking, const char *path, char text[TEXT_SIZE])
{
    snprintf(text, TEXT_SIZE, LONG "%016" PRIx64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "-%" PRIu64 " %s",
             marking->run, (uint64_t)file->facts.inode, file->birth, file->volume, marking->range.offset,
             marking->range.length, path);
}

static void write_short(const mmv__identity *file, const mmv__marking *marking, char text[TEXT_SIZE])
{
    snprintf(text, TEXT_SIZE, SHORT "%016" PRIx64 " %016" PRIx64 " %" PRIu64 "-%" PRIu64, marking->run,
             who_is(marking->run, file->facts.inode, file->birth, file->volume), marking->range.offset,
             marking->range.length);
}

static int set_mark(int descriptor, const char *name, const char *text, uint64_t run)
{
    mmv__mark there;
    char old[TEXT_SIZE];
    int error = mmv__os_note_set(descriptor, name, text);
    if (error != EEXIST || read_mark(descriptor, name, &there, old) != 0 || !there.is_readable || there.run != run)
        return error;
    return strcmp(old, text) == 0 ? 0 : mmv__os_note_replace(descriptor, name, text);
}

/* EEXIST: all names are taken. */
static int set_first_free(int descriptor, const char *text, uint64_t run)
{
    char name[48];
    int error = EEXIST;
    for (unsigned i = 1; i <= MARKS_MAX && error == EEXIST; i++) {
        snprintf(name, sizeof name, i == 1 ? MARK : MARK ".%u", i);
        error = set_mark(descriptor, name, text, run);
    }
    return error;
}

/* ---- a file ----------------------------------------------------------------------------------------------------- */

static mmv_status no_room(const mmv_map *map, int error)
{
    if (error != ENOSPC && error != E2BIG && error != EEXIST && error != ERANGE)
        return mmv__fail_path(error, "mark", map->path);
    return mmv__fail_detail(MMV_ENOSPC, "mark", map->path,
                            "it has no room for the mark of another unfinished run: finish those that there are, or "
                            "give them up");
}

mmv_status mmv__mark_file(const mmv_map *map, const mmv__identity *file, const mmv__marking *marking)
{
    char text[TEXT_SIZE];
    char *real = NULL;
    assert(marking->run != 0 && marking->range.length > 0);
    if (map->kind != MMV__FILE)
        return MMV_OK;
    if (marking->beside)
        write_short(file, marking, text);
    else
        write_out(file, marking, marking->journal, text);
    int error = set_first_free(map->descriptor, text, marking->run);
    if (marking->beside && (error == ENOSPC || error == E2BIG || error == ERANGE))
        return no_room(map, error);
    if (error == ENOSPC || error == E2BIG || error == ERANGE) {
        /* The last part of the path leads to a journal beside the file. */
        write_out(file, marking, marking->journal + mmv__front_of(marking->journal), text);
        error = set_first_free(map->descriptor, text, marking->run);
    }
    if (!has_none(error) && error != EPERM)
        return error ? no_room(map, error) : MMV_OK;
    error = map->path[0] ? mmv__os_real_path(map->path, &real) : ENOENT;
    if (error == ENAMETOOLONG && (real = malloc(strlen(map->path) + 1)) != NULL) {
        strcpy(real, map->path);
        error = 0;
    }
    if (error == 0)
        error = mmv__pointer_set(real, file, marking);
    free(real);
    return error ? mmv__fail_path(error, "mark", map->path) : MMV_OK;
}

/* ---- taking off ------------------------------------------------------------------------------------------------- */

struct drop {
    uint64_t run;
    bool foreign;
    const mmv__os_facts *journal; /* a long mark that leads to another one stays; NULL = any */
    bool keep_short;              /* short ones stay: they lead to another one, too */
    int descriptor;
    int error;
    unsigned dropped;
};

static bool drop_mark(const char *name, const mmv__mark *mark, void *user)
{
    struct drop *drop = user;
    bool ours = mark->is_readable ? mark->run == drop->run && (drop->foreign || !mark->is_foreign) &&
                                        (mark->is_short ? !drop->keep_short : mmv__leads_to(mark->path, drop->journal))
                                  : drop->run == 0;
    if (!ours)
        return true;
    int error = mmv__os_note_remove(drop->descriptor, name);
    drop->dropped++;
    /* One that stays is told of, whatever becomes of the others. */
    if (drop->error == 0 && error != ENODATA)
        drop->error = error;
    return true;
}

/* Nearly always it is the first one, was made for this file, and leads to the journal by its path. */
static bool drop_usual(struct drop *drop, const mmv__file_record *file, const char *journal)
{
    char text[TEXT_SIZE];
    mmv__mark mark;
    if (read_mark(drop->descriptor, MARK, &mark, text) != 0 || !mark.is_readable || mark.run != drop->run ||
        !is_for(&mark, file->inode, file->birth, file->volume) ||
        !(mark.is_short ? !drop->keep_short : strcmp(mark.path, journal) == 0) ||
        mmv__os_note_remove(drop->descriptor, MARK) != 0)
        return false;
    drop->dropped++;
    return true;
}

static int drop_all(struct drop *drop)
{
    int error = mmv__marks_each(drop->descriptor, drop_mark, drop);
    return error ? error : drop->error;
}

struct leading {
    int descriptor, error;
    const mmv__reader *journal;
};

static bool drop_leading(const char *name, const mmv__mark *mark, void *user)
{
    struct leading *leading = user;
    const char *path = leading->journal->path;
    bool leads = mmv__os_is_absolute(mark->path) ? mmv__is_named(leading->journal->descriptor, mark->path)
                                                 : strcmp(mark->path, path + mmv__front_of(path)) == 0;
    if (!mark->is_readable || !leads)
        return true;
    int error = mmv__os_note_remove(leading->descriptor, name);
    if (leading->error == 0 && error != ENODATA)
        leading->error = error;
    return true;
}

int mmv__marks_drop_to(int descriptor, const mmv__reader *journal)
{
    struct leading leading = {.descriptor = descriptor, .journal = journal};
    int error = mmv__marks_each(descriptor, drop_leading, &leading);
    return error ? error : leading.error;
}

int mmv__unmark_map(const mmv_map *map, uint64_t run, bool foreign)
{
    char *real = NULL;
    struct drop drop = {.run = run, .foreign = foreign, .descriptor = map->descriptor};
    int error = drop_all(&drop);
    if (drop.dropped == 0 && run != 0 && map->path[0] && mmv__os_real_path(map->path, &real) == 0)
        mmv__pointers_drop(real, run, NULL);
    free(real);
    return error;
}

/* Where no mark was taken off there may be a pointer. */
int mmv__marks_drop_at(const char *path, const mmv__file_record *file, const mmv__dropping *dropping)
{
    struct drop drop = {
        .run = dropping->run, .foreign = true, .journal = dropping->journal, .keep_short = dropping->keep_short};
    bool created, is_it = false;
    int error = mmv__os_open(path, MMV_READ, &(mmv__os_creation){.no_follow = true}, &drop.descriptor, &created);
    if (error == 0) {
        error = mmv__recognise(drop.descriptor, file, &is_it);
        if (error == 0 && !is_it)
            error = ENOENT;
        if (error == 0 && !(dropping->usual && drop_usual(&drop, file, dropping->usual)))
            error = drop_all(&drop);
        mmv__os_close(drop.descriptor);
    }
    if (drop.dropped == 0)
        mmv__pointers_drop(path, dropping->run, dropping->journal);
    return error;
}

int mmv__marks_drop_first(const mmv__reader *reader, const mmv__os_facts *journal, const char *later)
{
    char path[MMV__PATH_KEPT];
    struct drop drop = {.run = reader->header.run, .journal = journal};
    bool created;
    memcpy(path, reader->header.first, sizeof path);
    path[sizeof path - 1] = '\0';
    int error = mmv__os_open(path, MMV_READ, &(mmv__os_creation){.no_follow = true}, &drop.descriptor, &created);
    if (error)
        return error;
    error = drop_all(&drop);
    mmv__os_close(drop.descriptor);
    if (drop.dropped == 0 && strcmp(path, later) != 0)
        mmv__pointers_drop(path, drop.run, journal);
    return error;
}
