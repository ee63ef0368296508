/* SPDX-License-Identifier: MIT */
/*
 * unmark.c - the marks come off all files of a run, under the names that they have by now.
 */

#include "journal/journal.h"

#include "os/file.h"
#include "os/name.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- the files of the log --------------------------------------------------------------------------------------- */

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

/* A damaged log ends it where the damage is. The first file leads to the journal, and does so to the end. */
mmv_status mmv__unmark_files(const mmv__reader *reader, bool given_up, const char *later)
{
    struct unmarking unmarking = {.reader = reader, .given_up = given_up};
    int error = mmv__os_get_facts(reader->descriptor, &unmarking.journal);
    mmv_status status = error ? mmv__fail_path(error, "stat", reader->path) : MMV_OK;
    if (status == MMV_OK)
        status = mmv__log_each(reader, unmark_record, &unmarking);
    if (status == MMV_OK && unmarking.first_path)
        unmark_one(&unmarking, &unmarking.first, unmarking.first_path);
    error = status == MMV_OK && !unmarking.error ? mmv__marks_drop_first(reader, &unmarking.journal, later) : 0;
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

/* ---- both ------------------------------------------------------------------------------------------------------- */

mmv_status mmv__unmark_all(struct mmv_journal *journal)
{
    mmv__reader reader = mmv__reader_of(journal);
    const mmv_map *latest = journal->latest.map;
    char *real = NULL;
    reader.header.records = mmv__word(mmv__records_key(reader.header.run), (uint32_t)journal->log.count);
    mmv_status status = unmark_renamed(journal, false);
    bool has_name = latest && latest->path[0] && mmv__os_real_path(latest->path, &real) == 0;
    if (status == MMV_OK)
        status = mmv__unmark_files(&reader, false, has_name ? real : "");
    free(real);
    if (status == MMV_OK)
        status = unmark_renamed(journal, true);
    if (status || !latest)
        return status;
    /* Renamed while the run was at it: this handle finds it all the same. */
    int error = mmv__unmark_map(latest, journal->header.run, true);
    return error ? mmv__fail_path(error, "unmark", latest->path) : MMV_OK;
}
