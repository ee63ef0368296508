/* SPDX-License-Identifier: MIT */
/*
 * resume.c - a walk that an interrupted run has begun: compared with the file, then gone on with.
 *
 * Invariants:
 * 1. What the journal says is compared with the file before anything is touched. No assert: mmv__journal_go_on() is
 *    this order.
 * 2. Only the last entry may have stretches that are not done, and only its records may be in stashes. No assert: a
 *    file says what it likes, and take_up() refuses the rest.
 */

#include "journal/journal.h"

#include "os/file.h"
#include "os/name.h"

#include <stdlib.h>
#include <string.h>

/* A file record at the cursor: the walk is over that file, or refused. */
static mmv_status take_file(const mmv__job *job, const mmv__identity *file, const mmv__record *record, const char *path)
{
    struct mmv_journal *journal = mmv__journal_of(job);
    mmv__log *log = &journal->log;
    log->file = record->file;
    log->file_number = log->next;
    log->file_at = log->at;
    char *now = NULL;
    mmv_status status = mmv__compare_file(job, file, path);
    if (status == MMV_OK)
        status = mmv__map_path(job->what.in, mmv__journal_of(job)->near, &now);
    if (status == MMV_OK && strcmp(now, path) != 0)
        status = mmv__journal_renamed(journal, job->what.in);
    free(now);
    if (status)
        return status;
    /* Only reported: a device may have another number after it was mounted again. */
    log->file.device = file->facts.device;
    log->next++;
    log->at += record->head.size;
    return MMV_OK;
}

static mmv_status read_record(const struct mmv_journal *journal, mmv__record *record, char **bytes_ret)
{
    const mmv__reader reader = mmv__reader_of(journal);
    return mmv__log_read(&reader, journal->log.next, journal->log.at, record, bytes_ret);
}

/* The record that an earlier run has left for this walk. */
static mmv_status resume(const mmv__job *job, const mmv__identity *file)
{
    char *bytes = NULL;
    mmv__record record;
    struct mmv_journal *journal = mmv__journal_of(job);
    mmv_status status = read_record(journal, &record, &bytes);
    if (status == MMV_OK && record.head.kind == MMV__RECORD_FILE) {
        status = take_file(job, file, &record, bytes);
        free(bytes);
        bytes = NULL;
        if (status == MMV_OK)
            status = read_record(journal, &record, &bytes);
    } else if (status == MMV_OK && !mmv__is_latest_file(journal, file)) {
        status = mmv__journal_fault(journal, "the walks come in another order than in the interrupted run");
    }
    free(bytes);
    if (status == MMV_OK && record.head.kind != MMV__RECORD_ENTRY)
        status = mmv__journal_damaged(journal);
    if (status == MMV_OK)
        status = mmv__compare_extent(job, &record.entry, &journal->walk.entry);
    if (status == MMV_OK)
        journal->walk.entry = record.entry;
    return status;
}

/* Everything is compared, and nothing touched. *last_ret: this is the walk that was under way. */
static mmv_status take_up(const mmv__job *job, const mmv__identity *file, bool *last_ret)
{
    struct mmv_journal *journal = mmv__journal_of(job);
    bool is_power = journal->header.mode == MMV_JOURNAL_POWER;
    mmv_status status = resume(job, file);
    if (status == MMV_OK)
        status = mmv__journal_begin_walk(journal);
    if (status == MMV_OK)
        status = mmv__log_is_last(journal, last_ret);
    if (status == MMV_OK)
        status = mmv__done_load(job);
    /* Invariant 2. */
    if (status == MMV_OK && !*last_ret && journal->walk.left > 0)
        return mmv__journal_damaged(journal);
    if (status || !*last_ret)
        return status;
    return is_power ? mmv__groups_check(job) : mmv__stashes_check(job);
}

static mmv_status recover(const mmv__job *job)
{
    bool is_power = mmv__journal_of(job)->header.mode == MMV_JOURNAL_POWER;
    return is_power ? mmv__groups_recover(job) : mmv__stashes_recover(job);
}

/* An interrupted run goes on with a file that has another identity: from here on it is this one's. */
static mmv_status adopt(const mmv__job *job, const mmv__identity *file)
{
    struct mmv_journal *journal = mmv__journal_of(job);
    const mmv__reader reader = mmv__reader_of(journal);
    mmv__record record;
    char *path;
    if (mmv__is_latest_file(journal, file) && journal->log.file.instance == file->instance)
        return MMV_OK;
    mmv_status status = mmv__log_read(&reader, journal->log.file_number, journal->log.file_at, &record, &path);
    if (status)
        return status;
    mmv__file_record now = mmv__file_record_of(file, strlen(path));
    status = mmv__log_rewrite_file(journal, &now, path);
    free(path);
    if (status)
        return status;
    mmv__renamed_adopt(journal);
    /* Killed here, the run's other files still are what was copied after its last change. */
    mmv__os_set_modified(journal->descriptor, journal->log.modified);
    return mmv__journal_mark(job, file);
}

/* power: what a process that was killed has left may be in the page cache only. mark() has synced the file. */
static mmv_status sync_found(const struct mmv_journal *journal)
{
    if (journal->header.mode != MMV_JOURNAL_POWER)
        return MMV_OK;
    int error = mmv__os_sync(journal->descriptor);
    if (error == 0)
        error = mmv__os_sync_directory(journal->path);
    return error ? mmv__journal_error(journal, error, "sync") : MMV_OK;
}

mmv_status mmv__journal_go_on(const mmv__job *job, const mmv__identity *file)
{
    struct mmv_journal *journal = mmv__journal_of(job);
    bool last = false;
    mmv_status status = take_up(job, file, &last);
    if (status == MMV_OK && journal->options.adopt)
        status = adopt(job, file);
    if (status || !last) {
        mmv__log_drop_notes(journal);
        return status;
    }
    /* The walk that was under way: its mark may not be there yet, when the run was killed at its very beginning. */
    status = mmv__journal_mark(job, file);
    if (status == MMV_OK)
        status = mmv__log_flush_notes(journal);
    if (status == MMV_OK)
        status = sync_found(journal);
    return status ? status : recover(job);
}
