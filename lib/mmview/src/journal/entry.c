/* SPDX-License-Identifier: MIT */
/*
 * entry.c - one walk of a run: its entry, the mark of its file, its begin and end. The saver's calls, see walk/saver.h.
 *
 * Invariants:
 * 1. An entry is complete, and counted in the header, before a record of its walk changes.
 * 2. When the next entry is begun, all stretches of the one before are done.
 */

#include "journal/journal.h"
#include "map/lock.h"

#include "os/file.h"
#include "os/name.h"
#include "os/sync.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the entry -------------------------------------------------------------------------------------------------- */

mmv_status mmv__journal_damaged(const struct mmv_journal *journal)
{
    return mmv__journal_fault(journal, "one of its entries is damaged or cut off");
}

static void describe_walk(const mmv__job *job, mmv__journal_entry *entry)
{
    *entry = (mmv__journal_entry){
        .head.kind = MMV__RECORD_ENTRY,
        .offset = job->what.offset,
        .bytes = job->what.length,
        .stride = job->what.stride,
        .record = job->what.record,
    };
    mmv__entry_shape(entry);
}

bool mmv__is_latest_file(const struct mmv_journal *journal, const mmv__identity *file)
{
    const mmv__file_record *then = &journal->log.file;
    return then->head.size > 0 && then->inode == file->facts.inode && then->birth == file->birth &&
           then->device == file->facts.device;
}

/* Whether the same people may write to both. */
static bool is_as_open(const mmv__identity *a, const mmv__identity *b)
{
    return a->facts.user == b->facts.user && a->facts.group == b->facts.group &&
           a->facts.permissions == b->facts.permissions && a->has_more_rights == b->has_more_rights;
}

static mmv_status append(const mmv__job *job, const mmv__identity *file, const char *path)
{
    struct mmv_journal *journal = mmv__journal_of(job);
    if (mmv__is_latest_file(journal, file))
        return mmv__log_append(journal, NULL, NULL);
    /* What another file's owner may not write to, he may not write to in this way, either. */
    bool is_first = journal->log.file.head.size == 0;
    int error =
        is_first || is_as_open(&journal->latest.like, file) ? 0 : mmv__own_protect(journal->descriptor, file, true);
    if (error)
        return mmv__journal_error(journal, error, "protect");
    journal->latest.like = *file;
    const mmv__file_record record = mmv__file_record_of(file, strlen(path));
    return mmv__log_append(journal, &record, path);
}

/* ---- the mark --------------------------------------------------------------------------------------------------- */

static mmv_range range_of(const mmv__job *job)
{
    return (mmv_range){job->what.offset, job->what.length};
}

/* From the first byte of both to the last. */
static mmv_range hull(mmv_range a, mmv_range b)
{
    uint64_t start = mmv_min(a.offset, b.offset);
    return (mmv_range){start, mmv_max(mmv_range_end(a), mmv_range_end(b)) - start};
}

/* Of one file all walks together; of the run's first what the options say, so that its name leads to the journal. */
static mmv_range range_to_mark(const mmv__job *job, bool is_first)
{
    const struct mmv_journal *journal = mmv__journal_of(job);
    mmv_range range = range_of(job);
    if (journal->latest.map && mmv_map_same_file(journal->latest.map, job->what.in))
        range = hull(range, journal->latest.range);
    return is_first && journal->options.length > 0
               ? hull(range, (mmv_range){journal->options.offset, journal->options.length})
               : range;
}

/* Whether whoever looks for journals in the file's folder finds this one. */
static bool is_beside(const struct mmv_journal *journal, const char *path)
{
    mmv_range range;
    bool job;
    size_t front = mmv__front_of(path);
    return mmv__os_is_absolute(path) &&
           mmv__journal_name_range(journal->path + mmv__front_of(journal->path), &range, &job) &&
           mmv__front_of(journal->path) == front && memcmp(path, journal->path, front) == 0;
}

/* 'path': the file's. The run's first leads to the journal by its path, wherever it is moved; the others by the run. */
static mmv_status mark(const mmv__job *job, const mmv__identity *file, const char *path)
{
    struct mmv_journal *journal = mmv__journal_of(job);
    bool is_first =
        journal->log.file.head.size == 0 || (journal->log.file_number == 0 && mmv__is_latest_file(journal, file));
    bool is_known = journal->latest.map && mmv_map_same_file(journal->latest.map, job->what.in);
    mmv__marking marking = {journal->header.run, journal->path, range_to_mark(job, is_first),
                            !is_first && is_beside(journal, path)};
    /* A part's file bears the mark of its job. */
    if (journal->part.descriptor >= 0)
        return MMV_OK;
    if (is_known && marking.range.offset == journal->latest.range.offset &&
        marking.range.length == journal->latest.range.length)
        return MMV_OK;
    mmv_status status = mmv__mark_file(job->what.in, file, &marking);
    if (status)
        return status;
    if (journal->latest.map && !is_known)
        mmv__map_forget(journal->latest.map);
    if (!is_known)
        journal->latest.map = mmv__map_keep(job->what.in);
    journal->latest.range = marking.range;
    /* power: on the device before the first change, or a file that is renamed after the loss would bear none. */
    int error = journal->header.mode == MMV_JOURNAL_POWER ? mmv__os_sync(job->what.in->descriptor) : 0;
    return error ? mmv__fail_path(error, "sync", job->what.in->path) : MMV_OK;
}

mmv_status mmv__journal_mark(const mmv__job *job, const mmv__identity *file)
{
    char *path;
    mmv_status status = mmv__map_path(job->what.in, mmv__journal_of(job)->near, &path);
    if (status == MMV_OK)
        status = mark(job, file, path);
    free(path);
    return status;
}

/* ---- begin ------------------------------------------------------------------------------------------------------ */

mmv_status mmv__journal_begin_walk(struct mmv_journal *journal)
{
    mmv__journal_walk *walk = &journal->walk;
    if (journal->header.room < walk->entry.granule * walk->entry.record && journal->header.room < walk->entry.bytes)
        return mmv__journal_fault(journal, "its stashes are too small for these records");
    walk->number = journal->log.next;
    walk->words_at = journal->log.at + mmv__entry_words_at(&walk->entry);
    walk->resumed = 0;
    return mmv__done_none(journal);
}

static mmv_status start(const mmv__job *job, const mmv__identity *file)
{
    struct mmv_journal *journal = mmv__journal_of(job);
    describe_walk(job, &journal->walk.entry);
    /* kill: without knowing whether a page cache still is the one of then, only what survives its end will do. */
    if (journal->header.mode == MMV_JOURNAL_KILL && file->instance == 0)
        return mmv__journal_fault(journal,
                                  "the file lies on a file system of which nobody knows whether it was mounted "
                                  "again: this needs the mode power");
    char *path = NULL;
    mmv_status status = mmv__map_path(job->what.in, journal->near, &path);
    if (status == MMV_OK)
        status = mark(job, file, path);
    if (status == MMV_OK)
        status = append(job, file, path);
    free(path);
    if (status == MMV_OK)
        status = mmv__journal_begin_walk(journal);
    return status ? status : mmv__log_flush_notes(journal);
}

/*
 * Writes that a killed process had handed to the device still land. Until then their descriptor lives on, and so does
 * its lock. The descriptor for direct I/O is not the map's: a lock on the range itself would exclude the map's. So that
 * descriptor locks the range's mirror, which lies where no file reaches.
 */
static mmv_status lock(const mmv__job *job)
{
    unsigned wait = mmv__journal_of(job)->options.wait_ms;
    mmv_status status = mmv_map_lock(job->what.in, job->what.offset, job->what.length, wait);
    if (status && status != MMV_ENOTSUP)
        return status;
    const mmv_range range = {job->what.offset, job->what.length};
    if (mmv__lock_mirror_free(job->what.in->descriptor, range, wait) != 0)
        return mmv__fail_mirror_locked(job->what.in->descriptor, range, job->what.in->path);
    if (job->how.direct_in >= 0)
        mmv__lock_mirror(job->how.direct_in, range);
    return MMV_OK;
}

static mmv_status check_job(const mmv__job *job)
{
    if (job->what.in->kind != MMV__FILE && job->what.in->kind != MMV__BLOCK_DEVICE)
        return mmv_error_set_parameter(MMV_EINVAL, "walk", "journal");
    return MMV_OK;
}

static void set_terms(const struct mmv_journal *journal, const mmv__job *job, mmv__saver_terms *terms)
{
    const mmv__journal_header *header = &journal->header;
    bool power = header->mode == MMV_JOURNAL_POWER;
    unsigned workers = power ? (unsigned)mmv_max(1, header->stashes / 2) : header->stashes;
    terms->resumed = journal->walk.resumed;
    terms->threads = job->how.threads;
    terms->lanes = 1;
    /* Nothing was found or made: the walk ends before anybody works. */
    if (header->stashes == 0)
        return;
    terms->threads = (unsigned)mmv_min(job->how.threads, workers);
    terms->lanes = power ? 0 : (unsigned)mmv_min(MMV__LANES, header->stashes / terms->threads);
    terms->whole = header->room >= MMV__STRETCH + job->what.record;
}

static mmv_status begin_workers(struct mmv_journal *journal)
{
    if (journal->descriptor < 0)
        return MMV_OK;
    if (journal->header.mode == MMV_JOURNAL_KILL) {
        mmv__lane_reset(journal);
        return MMV_OK;
    }
    free(journal->syncers);
    journal->syncers = calloc(journal->header.stashes / 2 + 1, sizeof *journal->syncers);
    return journal->syncers ? MMV_OK : mmv__journal_error(journal, ENOMEM, "memory");
}

static mmv_status find_entry(const mmv__job *job, const mmv__identity *file)
{
    struct mmv_journal *journal = mmv__journal_of(job);
    mmv_status status = mmv__log_skip_notes(journal);
    if (status)
        return status;
    describe_walk(job, &journal->walk.entry);
    return journal->log.next < journal->log.count ? mmv__journal_go_on(job, file) : start(job, file);
}

static mmv_status believe(const struct mmv_journal *journal, const mmv__identity *file)
{
    const char *doubt = mmv__doubt(journal->descriptor, file);
    return doubt ? mmv__journal_fault(journal, doubt) : MMV_OK;
}

/* A walk that an interrupted run had begun: nobody else can have begun one over its bytes since. */
static bool is_known(const struct mmv_journal *journal)
{
    return journal->descriptor >= 0 && journal->log.next < journal->log.count;
}

/* On one file system, and in one volume of it, as all files of a run mostly are, the first was asked for the rest. */
static int identify(const struct mmv_journal *journal, const mmv_map *map, mmv__identity *file_ret)
{
    const mmv__identity *before = &journal->latest.like;
    if (!journal->latest.map || before->facts.device != map->device)
        return mmv__identify(map->descriptor, file_ret);
    *file_ret = (mmv__identity){.birth = mmv__os_birth(map->descriptor),
                                .instance = before->instance,
                                .volume = before->volume,
                                .has_more_rights = mmv__os_has_more_rights(map->descriptor)};
    return mmv__os_get_facts(map->descriptor, &file_ret->facts);
}

static mmv_status prepare(const mmv__job *job, mmv__identity *file)
{
    struct mmv_journal *journal = mmv__journal_of(job);
    mmv_status status = check_job(job);
    if (status == MMV_OK)
        status = lock(job);
    int error = status ? 0 : identify(mmv__journal_of(job), job->what.in, file);
    if (error)
        return mmv__fail_path(error, "stat", job->what.in->path);
    if (status == MMV_OK && journal->descriptor >= 0)
        status = mmv__log_skip_notes(journal);
    /*
     * What this process has made itself it believes. Of an earlier file it was believed, and of one that comes next it
     * says nothing yet: append() narrows its rights.
     */
    bool is_new = journal->is_own || (!is_known(journal) && journal->log.file.head.size > 0);
    if (status == MMV_OK && journal->descriptor >= 0 && !is_new)
        status = believe(journal, file);
    if (status == MMV_OK)
        status = mmv__part_begin(journal, job, file);
    if (status == MMV_OK && !is_known(journal) && !mmv__part_is_done(journal))
        status = mmv__journal_others(journal, job->what.in, range_of(job));
    if (status == MMV_OK && journal->descriptor < 0 && !mmv__part_is_done(journal))
        status = mmv__journal_create(journal, job, file);
    return status;
}

/* A part that is done, and whose journal is gone: nothing is left of the walk but to see whether it still is done. */
static mmv_status pass_over(struct mmv_journal *journal, const mmv__job *job)
{
    describe_walk(job, &journal->walk.entry);
    return mmv__done_all(journal);
}

mmv_status mmv__journal_begin(mmv__saver *saver, const mmv__job *job, mmv__saver_terms *terms_ret)
{
    struct mmv_journal *journal = mmv__journal_of(job);
    mmv__identity file;
    assert(saver == &journal->saver);
    (void)saver;
    mmv_status status = prepare(job, &file);
    if (status == MMV_OK)
        status = mmv__part_is_done(journal) ? pass_over(journal, job) : find_entry(job, &file);
    if (status == MMV_OK)
        status = begin_workers(journal);
    if (status)
        mmv__journal_abandon(journal, job->what.in);
    journal->walk.job = job;
    set_terms(journal, job, terms_ret);
    return status;
}

/* ---- end -------------------------------------------------------------------------------------------------------- */

void mmv__journal_leave(mmv__saver *saver, const mmv__worker *worker)
{
    struct mmv_journal *journal = mmv__journal_of(worker->job);
    assert(saver == &journal->saver);
    (void)saver;
    if (journal->header.mode == MMV_JOURNAL_POWER)
        mmv__group_leave(journal, worker);
}

/* Of the stretches of a part's walk some, the last among them: what its last granule is. */
#define SUMMED_MAX 64

static mmv_status sum_stretch(struct mmv_journal *journal, uint64_t stretch)
{
    const mmv__journal_entry *entry = &journal->walk.entry;
    uint64_t first = mmv__stretch_first(entry, stretch), end = mmv__stretch_first(entry, stretch + 1);
    if (first == end)
        return MMV_OK;
    first += mmv_round_down(end - first - 1, entry->granule);
    size_t size = (size_t)((end - first) * entry->record);
    char *data = malloc(size);
    if (!data)
        return mmv__journal_error(journal, ENOMEM, "memory");
    mmv_status status = mmv__records_read(journal->walk.job, first, end - first, data);
    if (status == MMV_OK)
        journal->part.sum = mmv__hash(data, size, journal->part.sum);
    free(data);
    return status;
}

static mmv_status sum_part(struct mmv_journal *journal)
{
    uint64_t stretches = journal->walk.entry.stretches, every = stretches / SUMMED_MAX + 1;
    mmv_status status = MMV_OK;
    if (journal->part.descriptor < 0)
        return MMV_OK;
    for (uint64_t stretch = 0; stretch < stretches && status == MMV_OK; stretch++)
        if (stretch % every == 0 || stretch + 1 == stretches)
            status = sum_stretch(journal, stretch);
    return status;
}

mmv_status mmv__journal_end(mmv__saver *saver, mmv_status status)
{
    struct mmv_journal *journal = mmv__journal_from(saver);
    if (status)
        return status;
    if (journal->walk.left > 0)
        return mmv__journal_fault(journal, "a stretch was left out");
    status = sum_part(journal);
    if (status)
        return status;
    /* Invariant 2. */
    assert(journal->walk.left == 0);
    journal->log.next++;
    journal->log.at += journal->walk.entry.head.size;
    return MMV_OK;
}

/* ---- a unit of the walk ----------------------------------------------------------------------------------------- */

static mmv_status run_part(mmv__worker *worker, const mmv__unit *unit, uint64_t first, uint64_t end)
{
    mmv__unit part = mmv__part(unit, first, end - first);
    return worker->job->how.saves ? mmv__run_unit(worker, &part) : mmv__group_run(worker, &part);
}

mmv_status mmv__journal_run(mmv__saver *saver, mmv__worker *worker, const mmv__unit *unit)
{
    struct mmv_journal *journal = mmv__journal_from(saver);
    const mmv__journal_entry *entry = &journal->walk.entry;
    /* Invariant 1. */
    assert(journal->walk.left == 0 ||
           (journal->log.next < journal->log.count && journal->walk.number == journal->log.next));
    uint64_t end = unit->first + unit->count;
    uint64_t start = unit->first;
    mmv_status status = MMV_OK;
    for (uint64_t first = start, next; first < end && status == MMV_OK; first = next) {
        uint64_t number = mmv__stretch_of(entry, first);
        next = mmv_min(end, mmv__stretch_first(entry, number + 1));
        bool done = mmv__journal_is_done(journal, number);
        if (done && first > start)
            status = run_part(worker, unit, start, first);
        if (done)
            start = next;
    }
    return status || start >= end ? status : run_part(worker, unit, start, end);
}
