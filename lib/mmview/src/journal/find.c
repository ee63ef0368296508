/* SPDX-License-Identifier: MIT */
/*
 * find.c - where a file's journals are, and whether its bytes belong to a run that is not finished.
 *
 * Marks on the file tell, and names beside it: those of journals, of jobs' records, and of pointers to journals that
 * lie elsewhere. What they lead to is looked at. A run that is finished and was killed before it could say so counts as
 * not finished, as long as the system was not started again: its command was told nothing, and will be repeated.
 */

#include "journal/journal.h"

#include "base/file_names.h"
#include "os/machine.h"
#include "os/name.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static mmv_status find_renamed(const mmv_map *map, mmv_range wanted, mmv__own_file kind, char **path_ret);

/* ---- what a path leads to --------------------------------------------------------------------------------------- */

/* kill: nothing was synced, so the removal of a finished journal may have been lost with the system. */
static bool is_over(const mmv__journal_header *header)
{
    char boot[MMV__BOOT_KEPT];
    mmv__os_boot(boot, sizeof boot);
    return header->finished && header->mode == MMV_JOURNAL_KILL && strncmp(boot, header->boot, sizeof boot) != 0;
}

static mmv__trace trace_journal(const mmv__journal_header *header, uint64_t run)
{
    uint32_t how;
    /* What cannot be read may be anything. */
    if (mmv__header_fault(header, UINT64_MAX) != NULL)
        return MMV__TRACE_UNFINISHED;
    if (run != 0 && header->run != run)
        return MMV__TRACE_NONE;
    bool finished = header->finished && mmv__word_read(mmv__finished_key(header->run), header->finished, &how) &&
                    how == MMV__RUN_FINISHED;
    return finished && is_over(header) ? MMV__TRACE_FINISHED : MMV__TRACE_UNFINISHED;
}

mmv__trace mmv__trace_of(const char *path, uint64_t run)
{
    mmv__start start;
    mmv__own_file kind;
    int error = mmv__start_read(path, &start, &kind);
    if (error)
        return error == ENOENT || error == ENOTDIR || error == ELOOP ? MMV__TRACE_NONE : MMV__TRACE_UNFINISHED;
    switch (kind) {
    case MMV__A_JOURNAL:
        return trace_journal(&start.journal, run);
    case MMV__A_JOB:
        return run != 0 && mmv__job_fault(&start.job, UINT64_MAX) == NULL && start.job.run != run
                   ? MMV__TRACE_NONE
                   : MMV__TRACE_UNFINISHED;
    case MMV__A_POINTER:
        return MMV__TRACE_NONE;
    case MMV__A_LOST:
        return MMV__TRACE_UNFINISHED;
    default:
        /* A name of ours: perhaps a journal whose beginning is damaged. With a run it is something else by now. */
        return run != 0 ? MMV__TRACE_NONE : MMV__TRACE_UNFINISHED;
    }
}

/* A mark's path; where it is only a name, it is one beside the file. For free(3). */
static char *path_of_mark(const mmv__mark *mark, const mmv_map *map)
{
    size_t front = mmv__os_is_absolute(mark->path) ? 0 : mmv__front_of(map->path);
    size_t size = front + strlen(mark->path) + 1;
    char *path = malloc(size);
    if (path)
        snprintf(path, size, "%.*s%s", (int)front, map->path, mark->path);
    return path;
}

/* ---- a run's own journal ---------------------------------------------------------------------------------------- */

struct own {
    const mmv_map *map;
    mmv_range range;
    mmv__own_file kind;
    bool foreign; /* the mark of another file will do */
    char *path;
    int error; /* why it is not known; 0 = it is */
};

static mmv__own_file kind_at(const char *path)
{
    mmv__reader reader;
    if (mmv__reader_open(path, MMV_READ, &reader) != MMV_OK)
        return MMV__NOT_OURS;
    mmv__own_file kind = mmv__reader_kind(&reader);
    mmv__os_close(reader.descriptor);
    return kind;
}

static bool is_own(const char *name, const mmv__mark *mark, void *user)
{
    struct own *own = user;
    (void)name;
    /* A run's first file bears a long one. */
    if (!mark->is_readable || mark->is_short || (mark->is_foreign && !own->foreign) ||
        mark->range.offset != own->range.offset || mark->range.length != own->range.length)
        return true;
    char *path = path_of_mark(mark, own->map);
    if (!path)
        own->error = ENOMEM;
    bool found = path && mmv__trace_of(path, mark->run) != MMV__TRACE_NONE && kind_at(path) == own->kind;
    if (found)
        own->path = path;
    else
        free(path);
    return !found;
}

/* The path without links; one that is too long for the system as it was given. */
static mmv_status real_name(const mmv_map *map, char **real_ret)
{
    int error = mmv__os_real_path(map->path, real_ret);
    if (error == ENAMETOOLONG) {
        *real_ret = malloc(strlen(map->path) + 1);
        if (*real_ret)
            strcpy(*real_ret, map->path);
        error = *real_ret ? 0 : ENOMEM;
    }
    return error ? mmv__fail_path(error, "journal", map->path) : MMV_OK;
}

mmv_status mmv__map_path(const mmv_map *map, const mmv_journal_cache *known, char **path_ret)
{
    if (map->path[0] != '\0' && mmv__near_real(known, map->path, path_ret) == 0)
        return MMV_OK;
    if (map->path[0] != '\0')
        return real_name(map, path_ret);
    *path_ret = calloc(1, 1);
    return *path_ret ? MMV_OK : mmv__fail(ENOMEM, "journal");
}

mmv_status mmv_journal_name(const mmv_map *map, uint64_t offset, uint64_t length, unsigned what, char **path_ret)
{
    uint64_t end = mmv_map_capacity(map);
    struct own own = {
        .map = map,
        .range = {offset, length == MMV_EMPTY ? 0 : length},
        .kind = what & MMV_JOURNAL_OF_JOB ? MMV__A_JOB : MMV__A_JOURNAL,
        .foreign = (what & MMV_JOURNAL_ADOPTED) != 0,
    };
    char *real;
    *path_ret = NULL;
    if (length == 0 && offset < end)
        own.range.length = end - offset;
    int unread = mmv__marks_each(map->descriptor, is_own, &own);
    if (unread || (own.error && !own.path))
        return mmv__fail_path(unread ? unread : own.error, "read marks", map->path);
    if (own.path) {
        *path_ret = own.path;
        return MMV_OK;
    }
    const char *suffix = own.kind == MMV__A_JOB ? MMV__JOB_SUFFIX : "";
    mmv_status status = real_name(map, &real);
    if (status)
        return status;
    *path_ret = mmv__journal_name_of(real, own.range, suffix);
    free(real);
    if (*path_ret && mmv__is_too_long(*path_ret)) {
        free(*path_ret);
        *path_ret = mmv__journal_name_of(map->path, own.range, suffix);
    }
    if (!*path_ret)
        return mmv__fail_path(ENOMEM, "journal", map->path);
    if (mmv__trace_of(*path_ret, 0) == MMV__TRACE_NONE)
        status = find_renamed(map, own.range, own.kind, path_ret);
    if (status) {
        free(*path_ret);
        *path_ret = NULL;
    }
    return status;
}

/* ---- other runs ------------------------------------------------------------------------------------------------- */

struct search {
    const mmv_map *map;
    mmv_journal_cache **known;
    mmv_range range;
    uint64_t runs[2];    /* whose marks are no others; 0 = none */
    const char *mine[2]; /* which journals are no others; NULL = none */
    bool adopts;         /* the run goes on with copies of its files */
    mmv__identity own;   /* who the file is, once there are names to look at */
    mmv_status status;
    mmv_journal_found found;
};

/* Why a file is refused. 'path': of the journal; "" = nobody knows where it is. */
static const char *reason(const char *path, mmv_journal_kind kind, bool is_short)
{
    if (kind == MMV_JOURNAL_FOREIGN)
        return "is a copy of a file that an unfinished run has changed in part";
    if (kind == MMV_JOURNAL_ORPHAN && is_short)
        return "belongs to an unfinished run; its journal is gone, or lies in the folder where the file was before";
    if (kind == MMV_JOURNAL_ORPHAN)
        return "belongs to an unfinished run, and its journal is gone";
    if (kind_at(path) == MMV__A_LOST)
        return "belongs to a run whose journal was lost with the machine: nothing is known about what was done";
    return "belongs to an unfinished run";
}

/* The text says which file; the error names the journal. */
static void refuse_for(struct search *search, const char *path, mmv_journal_kind kind, bool is_short)
{
    char text[256];
    snprintf(text, sizeof text, "%.140s %s", search->map->path, reason(path, kind, is_short));
    search->found.kind = kind;
    search->found.path = malloc(strlen(path) + 1);
    if (search->found.path)
        strcpy(search->found.path, path);
    search->status = mmv__fail_journal(path[0] ? path : search->map->path, text);
}

static void refuse(struct search *search, const char *path, mmv_journal_kind kind)
{
    refuse_for(search, path, kind, false);
}

/* Of what leads to this path, for this run. */
static mmv_journal_kind kind_by_trace(const char *path, uint64_t run)
{
    switch (mmv__trace_of(path, run)) {
    case MMV__TRACE_UNFINISHED:
        return MMV_JOURNAL_RUN;
    case MMV__TRACE_NONE:
        return MMV_JOURNAL_ORPHAN;
    default:
        return MMV_JOURNAL_NONE;
    }
}

static mmv_journal_kind kind_of(const mmv__mark *mark, const char *path)
{
    if (mark->is_foreign)
        return MMV_JOURNAL_FOREIGN;
    if (!mark->is_readable || path[0] == '\0')
        return MMV_JOURNAL_ORPHAN;
    return kind_by_trace(path, mark->run);
}

static bool is_mine(const struct search *search, uint64_t run)
{
    return run != 0 && (run == search->runs[0] || run == search->runs[1]);
}

/* The journal of a short mark's run in the folder of the file, for free(3); "" = there is none. */
static char *path_of_run(const struct search *search, uint64_t run)
{
    char *real = NULL, *path = NULL;
    const mmv_map *map = search->map;
    if (map->path[0] != '\0' && mmv__near_real(*search->known, map->path, &real) == 0)
        path = mmv__near_journal(search->known, map->path, real, run);
    free(real);
    return path ? path : calloc(1, 1);
}

static bool refuse_mark(const char *name, const mmv__mark *mark, void *user)
{
    struct search *search = user;
    (void)name;
    /* A copy of one of the run's own files, put in the place of another, is no file of the run. */
    bool is_ours = is_mine(search, mark->run) && (!mark->is_foreign || search->adopts);
    if (is_ours || !mmv__ranges_meet(mark->range, search->range))
        return true;
    char *path = mark->is_short ? path_of_run(search, mark->run) : path_of_mark(mark, search->map);
    mmv_journal_kind kind = path ? kind_of(mark, path) : MMV_JOURNAL_RUN;
    if (kind != MMV_JOURNAL_NONE) {
        refuse_for(search, path ? path : mark->path, kind, mark->is_short);
        search->found.run = mark->run;
        search->found.offset = mark->range.offset;
        search->found.length = mark->range.length;
    }
    free(path);
    return kind == MMV_JOURNAL_NONE;
}

static mmv_journal_kind kind_of_pointer(const struct search *search, const mmv__pointer *pointer, const char *journal)
{
    mmv__identity own;
    if (mmv__identify(search->map->descriptor, &own) == 0 &&
        (own.facts.inode != pointer->inode || own.birth != pointer->birth))
        return MMV_JOURNAL_FOREIGN;
    return kind_by_trace(journal, pointer->run);
}

/* A pointer leads elsewhere. */
static void refuse_pointer(struct search *search, const char *path, mmv_range range)
{
    mmv__pointer pointer;
    char *journal = mmv__pointer_read(path, &pointer);
    if (!journal || is_mine(search, pointer.run)) {
        free(journal);
        return;
    }
    mmv_journal_kind kind = kind_of_pointer(search, &pointer, journal);
    if (kind != MMV_JOURNAL_NONE) {
        refuse(search, journal, kind);
        search->found.run = pointer.run;
        search->found.offset = range.offset;
        search->found.length = range.length;
    }
    free(journal);
}

static void refuse_named(struct search *search, const char *path, mmv_range range)
{
    for (size_t i = 0; i < 2; i++)
        if (search->mine[i] && strcmp(path, search->mine[i]) == 0)
            return;
    refuse_pointer(search, path, range);
    if (search->status == MMV_OK && mmv__trace_of(path, 0) == MMV__TRACE_UNFINISHED)
        refuse(search, path, MMV_JOURNAL_RUN);
}

/* Whether a name in the directory is of a journal of this file, by what it is called or by whose it is. */
static bool is_of(const struct search *search, const mmv_journal_cache *known, size_t index, const char *last,
                  mmv_range *range_ret)
{
    bool job;
    const mmv__file_record *file = &known->subjects[index].file;
    if (mmv__journal_name_is(known->names[index], last, range_ret, &job))
        return true;
    return file->inode != 0 && file->inode == search->own.facts.inode && file->birth == search->own.birth &&
           file->volume == search->own.volume && mmv__journal_name_range(known->names[index], range_ret, &job);
}

static void refuse_near(struct search *search, const mmv_journal_cache *known, const char *real)
{
    const char *last = real + mmv__front_of(real);
    if (known->names && mmv__identify(search->map->descriptor, &search->own) != 0)
        search->own = (mmv__identity){.birth = 0};
    for (size_t i = 0; known->names && known->names[i] && search->status == MMV_OK; i++) {
        mmv_range range;
        /* The parts of one job know of each other by its record. */
        if (!is_of(search, known, i, last, &range) || !mmv__ranges_meet(range, search->range) ||
            is_mine(search, known->subjects[i].job))
            continue;
        char *path = mmv__near_path(known, i);
        if (path)
            refuse_named(search, path, range);
        else
            search->status = mmv__fail_path(ENOMEM, "journal", real);
        free(path);
    }
}

/* The journal that a file had beside it under its old name: only at the very end of a run has it no mark any more. */
static mmv_status find_renamed(const mmv_map *map, mmv_range wanted, mmv__own_file kind, char **path_ret)
{
    mmv_journal_cache *near = NULL;
    struct search search = {.map = map};
    mmv_status status = mmv__near_look(&near, map->path, *path_ret);
    if (status == MMV_OK && near->names && mmv__identify(map->descriptor, &search.own) == 0)
        for (size_t i = 0; near->names[i]; i++) {
            mmv_range range;
            if (!is_of(&search, near, i, "", &range) || range.offset != wanted.offset || range.length != wanted.length)
                continue;
            char *path = mmv__near_path(near, i);
            if (!path)
                status = mmv__fail_path(ENOMEM, "journal", map->path);
            if (path && kind_at(path) == kind) {
                free(*path_ret);
                *path_ret = path;
                break;
            }
            free(path);
        }
    mmv_journal_cache_free(&near);
    return status;
}

static mmv_status find(struct search *search, mmv_journal_cache **known)
{
    char *real = NULL;
    const mmv_map *map = search->map;
    search->known = known;
    int unread = map->kind == MMV__FILE ? mmv__marks_each(map->descriptor, refuse_mark, search) : 0;
    if (unread && search->status == MMV_OK)
        return mmv__fail_path(unread, "read marks", map->path);
    if (search->status || map->path[0] == '\0')
        return search->status;
    int error = mmv__near_real(*known, map->path, &real);
    if (error == ENAMETOOLONG)
        error = real_name(map, &real) == MMV_OK ? 0 : ENOMEM;
    /* Renamed or removed since it was opened: nobody finds it by that name any more. */
    if (error)
        return error == ENOENT ? MMV_OK : mmv__fail_path(error, "journal", map->path);
    mmv_status status = mmv__near_look(known, map->path, real);
    if (status == MMV_OK)
        refuse_near(search, *known, real);
    free(real);
    return status ? status : search->status;
}

mmv_status mmv__journal_others(struct mmv_journal *journal, const mmv_map *map, mmv_range range)
{
    struct search search = {
        .map = map,
        .range = range,
        .runs = {journal->descriptor >= 0 ? journal->header.run : 0,
                 journal->part.descriptor >= 0 ? journal->part.header.run : 0},
        .mine = {journal->path, journal->part.path},
        .adopts = journal->options.adopt,
    };
    mmv_status status = find(&search, &journal->near);
    free(search.found.path);
    return status;
}

static mmv_status search_for(const mmv_map *map, mmv_range range, mmv_journal_cache **known, struct search *search)
{
    mmv_journal_cache *own = NULL;
    *search = (struct search){.map = map, .range = range};
    if (range.length == MMV_EMPTY)
        return MMV_OK;
    mmv_status status = find(search, known ? known : &own);
    mmv_journal_cache_free(&own);
    return status;
}

mmv_status mmv_journal_check(const mmv_map *map, uint64_t offset, uint64_t length, mmv_journal_cache **known)
{
    struct search search;
    mmv_status status = search_for(map, (mmv_range){offset, length}, known, &search);
    free(search.found.path);
    return status;
}

mmv_status mmv_journal_find(const mmv_map *map, uint64_t offset, uint64_t length, mmv_journal_found *found_ret)
{
    struct search search;
    mmv_status status = search_for(map, (mmv_range){offset, length}, NULL, &search);
    *found_ret = search.found;
    return status == MMV_EJOURNAL && search.found.kind != MMV_JOURNAL_NONE ? MMV_OK : status;
}

mmv_status mmv_journal_unmark(const mmv_map *map, const mmv_journal_found *found)
{
    int error = mmv__unmark_map(map, found->run, true);
    return error ? mmv__fail_path(error, "unmark", map->path) : MMV_OK;
}
