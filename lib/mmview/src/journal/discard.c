/* SPDX-License-Identifier: MIT */
/*
 * discard.c - giving a run up, or a job: its marks and its journals go, and the files stay as they are.
 *
 *     a run     lock the journal -> marks off all its files -> remove it
 *     a part    refused while the record of its job is there: the part would begin anew, and change bytes twice
 *     lost      lock -> is it believed? -> the marks of the file beside it that lead to it -> remove it
 *     a job     nobody at work -> "given up" in the record -> each part's journal -> the marks -> the record
 *
 * Invariant: a mark is only taken off where it leads to this very journal, so that a copy of a folder with a journal in
 * it can be cleaned up beside the original. No assert: mmv__unmark_files() asks the system.
 */

#include "journal/journal.h"
#include "map/lock.h"

#include "base/file_names.h"
#include "os/name.h"
#include "os/sync.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static mmv_status remove_path(const char *path)
{
    int error = mmv__os_remove(path);
    return error ? mmv__fail_path(error, "remove", path) : MMV_OK;
}

/* Locked, and it still has its name: else somebody has ended the run meanwhile. */
static mmv_status lock_journal(const mmv__reader *reader)
{
    int error = mmv__journal_lock(reader->descriptor, 0);
    if (error == EAGAIN)
        return mmv__fail_locked(reader->descriptor, true, (mmv_range){0, 0}, reader->path);
    if (error)
        return mmv__fail_path_at(mmv__status_of(error), error, "lock", reader->path, 0);
    return mmv__is_named(reader->descriptor, reader->path) ? MMV_OK : mmv__fail_path(ENOENT, "open", reader->path);
}

/* What can be read of a damaged journal still says whose marks they are. */
static mmv_status discard_run(mmv__reader *reader)
{
    mmv_status status = lock_journal(reader);
    if (status)
        return status;
    status = mmv__reader_header(reader);
    if (status == MMV_OK)
        status = mmv__unmark_files(reader, true, "");
    return status == MMV_OK || status == MMV_EJOURNAL ? remove_path(reader->path) : status;
}

/* ---- a journal whose bytes were lost ----------------------------------------------------------------------------- */

/* FILE of FILE.mmj.RANGE, for free(3). */
static char *file_of(const char *journal)
{
    const char *name = journal + mmv__front_of(journal), *mark = NULL;
    for (const char *next = strstr(name, MMV__JOURNAL_MARK); next; next = strstr(next + 1, MMV__JOURNAL_MARK))
        mark = next;
    size_t length = mark ? (size_t)(mark - journal) : 0;
    char *file = calloc(1, length + 1);
    return file ? memcpy(file, journal, length) : NULL;
}

/* Any file may be empty or begin with zeros: it goes when it is of somebody whose journal would have been believed. */
static mmv_status believe(const mmv__reader *reader, int file)
{
    mmv__identity like;
    mmv__os_facts own;
    int error = mmv__os_get_facts(reader->descriptor, &own);
    if (error == 0 && file >= 0)
        error = mmv__identify(file, &like);
    else if (error == 0)
        like = (mmv__identity){.facts = {.user = mmv__os_user(), .group = own.group, .permissions = own.permissions}};
    if (error)
        return mmv__fail_path(error, "stat", reader->path);
    const char *doubt = mmv__doubt(reader->descriptor, &like);
    return doubt ? mmv__fail_journal(reader->path, doubt) : MMV_OK;
}

static mmv_status discard_lost(const mmv__reader *reader)
{
    bool created;
    int descriptor = -1;
    char *file = file_of(reader->path);
    if (!file)
        return mmv__fail_path(ENOMEM, "discard", reader->path);
    if (mmv__os_open(file, MMV_READ, &(mmv__os_creation){.no_follow = true}, &descriptor, &created) != 0)
        descriptor = -1;
    mmv_status status = lock_journal(reader);
    if (status == MMV_OK)
        status = believe(reader, descriptor);
    int error = status == MMV_OK && descriptor >= 0 ? mmv__marks_drop_to(descriptor, reader) : 0;
    if (error)
        status = mmv__fail_path(error, "unmark", file);
    if (descriptor >= 0)
        mmv__os_close(descriptor);
    free(file);
    return status == MMV_OK ? remove_path(reader->path) : status;
}

/* A journal, whole or not. What else has its name is somebody's, and stays. */
static mmv_status discard_one(mmv__reader *reader, mmv__own_file kind)
{
    switch (kind) {
    case MMV__A_JOURNAL:
        return discard_run(reader);
    case MMV__A_LOST:
        return discard_lost(reader);
    default:
        return mmv__fail_detail(
            MMV_EKIND, "discard", reader->path,
            "it is no journal, and nobody here knows what it is: move it away, when it is nobody's");
    }
}

/* ---- the journal of a part, alone -------------------------------------------------------------------------------- */

/* The record of a job lies in the folder of its parts' journals. Their names begin as the record's does. */
struct search {
    const char *part; /* the path of a part's journal */
    uint64_t job;     /* the number of the job; 0 = the journal is damaged, and may be of any */
    char *record;     /* found there, or a file that may be it and cannot be read: for free(3) */
    int error;        /* why not */
};

/*
 * *is_ret: it is the record of the job. What may not be read, or is no file, is none: no part of this user's could have
 * used it.
 */
static int look_for_record(const char *path, uint64_t job, bool *is_ret)
{
    mmv__start start;
    mmv__own_file kind;
    int error = mmv__start_read(path, &start, &kind);
    *is_ret = error == 0 && kind == MMV__A_JOB && (job == 0 || start.job.run == job);
    return error == EIO || error == ENOMEM || error == EMFILE || error == ENFILE ? error : 0;
}

static bool see_name(const char *name, void *user)
{
    struct search *search = user;
    size_t front = mmv__front_of(search->part), size = front + strlen(name) + 1;
    char *path = malloc(size);
    bool is_record = false;
    search->error = path ? 0 : ENOMEM;
    if (!path)
        return false;
    snprintf(path, size, "%.*s%s", (int)front, search->part, name);
    search->error = look_for_record(path, search->job, &is_record);
    if (is_record || search->error) {
        search->record = path;
        return false;
    }
    free(path);
    return true;
}

static mmv_status find_record(struct search *search)
{
    char *stem = file_of(search->part);
    int error = stem ? mmv__os_list(stem, see_name, search) : ENOMEM;
    free(stem);
    error = search->error ? search->error : error;
    return error ? mmv__fail_path(error, "look for the job's record in", search->record ? search->record : search->part)
                 : MMV_OK;
}

/* The record would go on to say that the part was begun, and nothing that it has changed anything. */
static mmv_status refuse_part(mmv__reader *reader)
{
    mmv_status status = mmv__reader_header(reader);
    if (status != MMV_OK && status != MMV_EJOURNAL)
        return status;
    if (status == MMV_OK && reader->header.job == 0)
        return MMV_OK;
    struct search search = {.part = reader->path, .job = status == MMV_OK ? reader->header.job : 0};
    status = find_record(&search);
    if (status == MMV_OK && search.record) {
        char detail[sizeof mmv_last_error()->detail];
        snprintf(detail, sizeof detail,
                 search.job
                     ? "it is of a part of a job: give up the whole job, by its record %s"
                     : "it is damaged, and may be of a part of a job: first finish that job, or give up its record %s",
                 search.record);
        status = mmv__fail_detail(MMV_EJOURNAL, "discard", reader->path, detail);
    }
    free(search.record);
    return status;
}

/* ---- a job ------------------------------------------------------------------------------------------------------ */

static mmv_status discard_part(const mmv__part_entry *entry, uint32_t state, void *user)
{
    const mmv__reader *job = user;
    mmv__reader reader;
    (void)state;
    char *path = mmv__part_name(job->path, (mmv_range){entry->offset, entry->bytes});
    if (!path)
        return mmv__fail_path(ENOMEM, "discard", job->path);
    mmv_status status = mmv__reader_open(path, MMV_READ_WRITE, &reader);
    if (status == MMV_OK) {
        status = discard_one(&reader, mmv__reader_kind(&reader));
        mmv__os_close(reader.descriptor);
    }
    free(path);
    return status == MMV_ENOENT ? MMV_OK : status;
}

static mmv_status give_up(const mmv__reader *reader)
{
    const uint64_t word = 1;
    int error = mmv__os_write(reader->descriptor, &word, sizeof word, offsetof(mmv__job_header, given_up));
    if (error == 0)
        error = mmv__os_sync_data(reader->descriptor);
    return error ? mmv__fail_path(error, "write", reader->path) : MMV_OK;
}

static mmv_status discard_job(mmv__reader *reader)
{
    mmv__job_header header;
    mmv_status status = lock_journal(reader);
    if (status == MMV_OK)
        status = give_up(reader);
    if (status == MMV_OK)
        status = mmv__job_each(reader, &header, discard_part, reader);
    if (status == MMV_OK)
        status = mmv__job_unmark_record(reader, &header);
    return status == MMV_OK || status == MMV_EJOURNAL ? remove_path(reader->path) : status;
}

mmv_status mmv_journal_discard(const char *path)
{
    mmv__reader reader;
    mmv_status status = mmv__reader_open(path, MMV_READ_WRITE, &reader);
    if (status)
        return status;
    mmv__own_file kind = mmv__reader_kind(&reader);
    switch (kind) {
    case MMV__A_JOB:
        status = discard_job(&reader);
        break;
    case MMV__A_POINTER:
        status = remove_path(path);
        break;
    case MMV__A_JOURNAL:
        status = refuse_part(&reader);
        if (status == MMV_OK)
            status = discard_one(&reader, kind);
        break;
    default:
        status = discard_one(&reader, kind);
    }
    mmv__os_close(reader.descriptor);
    return status;
}
