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

/* ---- pointers --------------------------------------------------------------------------------------------------- */

struct pointing {
    mmv__pointer pointer;
    const char *journal;
};

static int fill_pointer(int descriptor, void *user)
{
    struct pointing *pointing = user;
    int error = mmv__os_write(descriptor, &pointing->pointer, sizeof pointing->pointer, 0);
    if (error == 0)
        error =
            mmv__os_write(descriptor, pointing->journal, (size_t)pointing->pointer.length, sizeof pointing->pointer);
    return error;
}

/* A pointer beside the file, unless the journal has that name itself. */
static int set_pointer(const char *real, const mmv__identity *file, const mmv__marking *marking)
{
    char *name = mmv__journal_name_of(real, marking->range, "");
    char *job = mmv__journal_name_of(real, marking->range, MMV__JOB_SUFFIX);
    int error = name && job ? 0 : ENOMEM;
    struct pointing pointing = {
        .pointer = {.run = marking->run,
                    .inode = file->facts.inode,
                    .birth = file->birth,
                    .length = strlen(marking->journal)},
        .journal = marking->journal,
    };
    mmv__pointer_seal(&pointing.pointer, marking->journal);
    if (error == 0 && strcmp(name, marking->journal) != 0 && strcmp(job, marking->journal) != 0) {
        mmv__pointer old;
        int descriptor;
        error = mmv__own_create(name, file, fill_pointer, &pointing, &descriptor);
        if (error == 0)
            mmv__os_close(descriptor);
        char *there = error == EEXIST ? mmv__pointer_read(name, &old) : NULL;
        if (there && old.run == marking->run)
            error = 0;
        free(there);
    }
    free(name);
    free(job);
    return error;
}

char *mmv__pointer_read(const char *path, mmv__pointer *pointer_ret)
{
    mmv__pointer pointer;
    mmv__os_facts facts;
    int descriptor;
    bool created;
    size_t done = 0;
    *pointer_ret = (mmv__pointer){0};
    if (mmv__os_open(path, MMV_READ, &(mmv__os_creation){.no_follow = true}, &descriptor, &created) != 0)
        return NULL;
    bool fine = mmv__os_get_facts(descriptor, &facts) == 0 && facts.kind == MMV__FILE &&
                mmv__os_read(descriptor, &pointer, sizeof pointer, 0, &done) == 0 && done == sizeof pointer &&
                mmv__pointer_fits(&pointer, facts.size);
    char *text = fine ? calloc(1, (size_t)pointer.length + 1) : NULL;
    if (text && (mmv__os_read(descriptor, text, (size_t)pointer.length, sizeof pointer, &done) != 0 ||
                 done < pointer.length || mmv__pointer_check(&pointer, text) != pointer.check)) {
        free(text);
        text = NULL;
    }
    mmv__os_close(descriptor);
    if (text)
        *pointer_ret = pointer;
    return text;
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
        error = set_pointer(real, file, marking);
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

/* A mark may lead to where the journal was before its folder was renamed; a copy of a journal has marks of its own. */
static bool leads_to(const char *path, const mmv__os_facts *journal)
{
    mmv__os_facts there;
    int descriptor;
    bool created;
    if (!journal || path[0] != '/')
        return true;
    int error = mmv__os_open(path, MMV_READ, &(mmv__os_creation){.no_follow = true}, &descriptor, &created);
    if (error)
        return error == ENOENT || error == ENOTDIR;
    bool same =
        mmv__os_get_facts(descriptor, &there) == 0 && there.device == journal->device && there.inode == journal->inode;
    mmv__os_close(descriptor);
    return same;
}

static bool drop_mark(const char *name, const mmv__mark *mark, void *user)
{
    struct drop *drop = user;
    bool ours = mark->is_readable ? mark->run == drop->run && (drop->foreign || !mark->is_foreign) &&
                                        (mark->is_short ? !drop->keep_short : leads_to(mark->path, drop->journal))
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
    bool leads = mark->path[0] == '/' ? mmv__is_named(leading->journal->descriptor, mark->path)
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

struct beside {
    const char *real;
    uint64_t run;
    const mmv__os_facts *journal;
};

static bool drop_pointer(const char *name, void *user)
{
    const struct beside *beside = user;
    size_t front = mmv__front_of(beside->real), size = front + strlen(name) + 1;
    mmv__pointer pointer;
    mmv_range range;
    bool job;
    if (!mmv__journal_name_is(name, beside->real + front, &range, &job))
        return true;
    char *path = malloc(size);
    if (path)
        snprintf(path, size, "%.*s%s", (int)front, beside->real, name);
    char *there = path ? mmv__pointer_read(path, &pointer) : NULL;
    if (there && pointer.run == beside->run && leads_to(there, beside->journal))
        mmv__os_remove(path);
    free(there);
    free(path);
    return true;
}

void mmv__pointers_drop(const char *real, uint64_t run, const mmv__os_facts *journal)
{
    struct beside beside = {real, run, journal};
    size_t front = mmv__front_of(real);
    char *folder = malloc(front + 1);
    if (!folder)
        return;
    memcpy(folder, real, front);
    folder[front] = '\0';
    mmv__os_list(folder, drop_pointer, &beside);
    free(folder);
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

/* ---- all files of a run ----------------------------------------------------------------------------------------- */

struct unmarking {
    const mmv__reader *reader;
    mmv__os_facts journal;
    bool given_up;           /* the run is not over */
    mmv_journal_cache *near; /* then: what lies beside the latest file */
    mmv__file_record first;  /* the first file's record, whose turn comes last; head.size 0 = there is none */
    char *first_path;
    int error;
    char *failed; /* the file whose mark could not be taken off */
};

static char *copy_of(const char *text)
{
    char *copy = malloc(strlen(text) + 1);
    return copy ? strcpy(copy, text) : NULL;
}

static void unmark_one(struct unmarking *unmarking, const mmv__file_record *file, const char *path)
{
    const mmv__reader *reader = unmarking->reader;
    const mmv__dropping dropping = {
        .run = reader->header.run,
        .journal = &unmarking->journal,
        .usual = reader->path,
        .keep_short = unmarking->given_up && mmv__near_has_other(&unmarking->near, path, reader),
    };
    int error = mmv__marks_drop_at(path, file, &dropping);
    /* Renamed, removed or replaced since: its mark is not found by this name. */
    if (error == 0 || error == ENOENT || error == ENOTDIR || error == ELOOP || unmarking->error)
        return;
    unmarking->error = error;
    unmarking->failed = copy_of(path);
}

static mmv_status unmark_record(uint64_t number, uint64_t at, const mmv__record *record, const char *bytes, void *user)
{
    struct unmarking *unmarking = user;
    (void)at;
    if (record->head.kind != MMV__RECORD_FILE)
        return MMV_OK;
    if (number > 0) {
        unmark_one(unmarking, &record->file, bytes);
        return MMV_OK;
    }
    unmarking->first = record->file;
    unmarking->first_path = copy_of(bytes);
    return unmarking->first_path ? MMV_OK : mmv__fail(ENOMEM, "unmark");
}

/* The first file is marked before there is a record of it. */
static int drop_first(const mmv__reader *reader, const mmv__os_facts *journal)
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
    if (drop.dropped == 0)
        mmv__pointers_drop(path, drop.run, journal);
    return error;
}

/* A damaged log ends it where the damage is. The first file leads to the journal, and does so to the end. */
mmv_status mmv__unmark_files(const mmv__reader *reader, bool given_up)
{
    struct unmarking unmarking = {.reader = reader, .given_up = given_up};
    int error = mmv__os_get_facts(reader->descriptor, &unmarking.journal);
    mmv_status status = error ? mmv__fail_path(error, "stat", reader->path) : MMV_OK;
    if (status == MMV_OK)
        status = mmv__log_each(reader, unmark_record, &unmarking);
    if (status == MMV_OK && unmarking.first_path)
        unmark_one(&unmarking, &unmarking.first, unmarking.first_path);
    error = status == MMV_OK && !unmarking.error ? drop_first(reader, &unmarking.journal) : 0;
    if (error && error != ENOENT && error != ENOTDIR && error != ELOOP)
        status = mmv__fail_path(error, "unmark", reader->header.first);
    if (status == MMV_OK && unmarking.error)
        status = mmv__fail_path(unmarking.error, "unmark", unmarking.failed ? unmarking.failed : reader->path);
    mmv_journal_cache_free(&unmarking.near);
    free(unmarking.first_path);
    free(unmarking.failed);
    return status;
}

/* ---- files with other names ------------------------------------------------------------------------------------- */

struct mmv__renamed {
    mmv__renamed *next;
    mmv__file_record file;
    uint64_t number; /* of its record */
    char path[];
};

mmv_status mmv__journal_renamed(struct mmv_journal *journal, const mmv_map *map)
{
    char *path;
    mmv_status status = mmv__map_path(map, journal->near, &path);
    if (status)
        return status;
    mmv__renamed *renamed = malloc(sizeof *renamed + strlen(path) + 1);
    if (renamed) {
        *renamed = (mmv__renamed){journal->renamed, journal->log.file, journal->log.file_number};
        strcpy(renamed->path, path);
        journal->renamed = renamed;
    }
    free(path);
    return renamed ? MMV_OK : mmv__journal_error(journal, ENOMEM, "memory");
}

void mmv__renamed_adopt(struct mmv_journal *journal)
{
    if (journal->renamed && journal->renamed->number == journal->log.file_number)
        journal->renamed->file = journal->log.file;
}

void mmv__renamed_free(struct mmv_journal *journal)
{
    while (journal->renamed) {
        mmv__renamed *next = journal->renamed->next;
        free(journal->renamed);
        journal->renamed = next;
    }
}

static mmv_status unmark_renamed(const struct mmv_journal *journal, bool first)
{
    for (const mmv__renamed *renamed = journal->renamed; renamed; renamed = renamed->next) {
        int error = (renamed->number == 0) == first ? mmv__marks_drop_at(renamed->path, &renamed->file,
                                                                         &(mmv__dropping){.run = journal->header.run})
                                                    : 0;
        if (error && error != ENOENT && error != ENOTDIR && error != ELOOP)
            return mmv__fail_path(error, "unmark", renamed->path);
    }
    return MMV_OK;
}

mmv_status mmv__unmark_all(struct mmv_journal *journal)
{
    mmv__reader reader = mmv__reader_of(journal);
    reader.header.records = mmv__word(mmv__records_key(reader.header.run), (uint32_t)journal->log.count);
    mmv_status status = unmark_renamed(journal, false);
    if (status == MMV_OK)
        status = mmv__unmark_files(&reader, false);
    if (status == MMV_OK)
        status = unmark_renamed(journal, true);
    if (status || !journal->latest.map)
        return status;
    /* Renamed while the run was at it: this handle finds it all the same. */
    int error = mmv__unmark_map(journal->latest.map, journal->header.run, true);
    return error ? mmv__fail_path(error, "unmark", journal->latest.map->path) : MMV_OK;
}
