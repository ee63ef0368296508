/* SPDX-License-Identifier: MIT */
/*
 * entry.c - one walk of a run: its entry, what of it is done, what was left half done.
 *
 * Invariants:
 * 1. An entry is complete, and counted in the header, before a record of its walk changes.
 * 2. A stretch's word is written after its last record has changed, and never before the stretch's granules are
 *    committed.
 * 3. What the journal says is compared with the file before anything is touched. No assert: mmv__journal_begin() is
 *    this order.
 * 4. Only the last entry may have stretches that are not done, and only its records may be in stashes.
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

/* ---- what is done ----------------------------------------------------------------------------------------------- */

static bool bit_of(const mmv__journal_walk *walk, uint64_t stretch)
{
    return walk->done[stretch / 8] >> stretch % 8 & 1;
}

static void set_bit(mmv__journal_walk *walk, uint64_t stretch)
{
    if (!bit_of(walk, stretch))
        walk->left--;
    walk->done[stretch / 8] |= (unsigned char)(1u << stretch % 8);
}

bool mmv__journal_is_done(struct mmv_journal *journal, uint64_t stretch)
{
    mmv__lock(&journal->lock);
    bool done = bit_of(&journal->walk, stretch);
    mmv__unlock(&journal->lock);
    return done;
}

mmv_status mmv__journal_set_done(struct mmv_journal *journal, uint64_t stretch, uint64_t checksum)
{
    mmv__journal_walk *walk = &journal->walk;
    uint64_t word = mmv__done_word(mmv__done_key(journal->header.run, walk->number, stretch), checksum);
    int error = mmv__os_write(journal->descriptor, &word, sizeof word, walk->words_at + stretch * sizeof word);
    if (error)
        return mmv__journal_error(journal, error, "write");
    mmv__lock(&journal->lock);
    /* Invariant 2: once. */
    assert(!bit_of(walk, stretch));
    set_bit(walk, stretch);
    mmv__unlock(&journal->lock);
    return MMV_OK;
}

/*
 * Of records with gaps between them a few are taken, one by one: the checksum must not depend on their distance in
 * memory.
 */
uint64_t mmv__journal_checksum(const mmv__journal_entry *entry, const void *data, size_t stride, uint64_t count)
{
    size_t record = (size_t)entry->record;
    if (entry->stride == entry->record)
        return mmv__sample(data, (size_t)count * record);
    uint64_t step = mmv_max(1, 256 / entry->record);
    uint64_t checksum = 0;
    for (uint64_t i = 0; i < count; i += step)
        checksum =
            checksum * UINT64_C(0x9e3779b97f4a7c15) + mmv__sample((const char *)data + (size_t)i * stride, record);
    return checksum;
}

/* ---- records of the file, packed -------------------------------------------------------------------------------- */

mmv_status mmv__records_read(const mmv__job *job, uint64_t first, uint64_t count, void *data)
{
    size_t got, size = mmv__is_dense(job) ? (size_t)count * job->what.record : job->what.record;
    uint64_t pieces = mmv__is_dense(job) ? 1 : count;
    for (uint64_t i = 0; i < pieces; i++) {
        uint64_t at = mmv__at(job, first + i);
        int error = mmv__os_read(job->what.in->descriptor, (char *)data + (size_t)i * size, size, at, &got);
        if (error || got < size)
            return mmv__fail_at(error ? mmv__status_of(error) : MMV_ETRUNC, error, "read", job->what.in, at + got);
    }
    return MMV_OK;
}

mmv_status mmv__records_write(const mmv__job *job, uint64_t first, uint64_t count, const void *data)
{
    size_t size = mmv__is_dense(job) ? (size_t)count * job->what.record : job->what.record;
    uint64_t pieces = mmv__is_dense(job) ? 1 : count;
    for (uint64_t i = 0; i < pieces; i++) {
        uint64_t at = mmv__at(job, first + i);
        int error = mmv__os_write(job->what.in->descriptor, (const char *)data + (size_t)i * size, size, at);
        if (error)
            return mmv__fail_at(mmv__status_of(error), error, "write", job->what.in, at);
    }
    return MMV_OK;
}

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

/* Whether the walk goes on with the file of the one before it. */
static bool is_same_file(const struct mmv_journal *journal, const mmv__identity *file)
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
    if (is_same_file(journal, file))
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
    } else if (status == MMV_OK && !is_same_file(journal, file)) {
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

/* ---- words ------------------------------------------------------------------------------------------------------ */

static mmv_status take_word(struct mmv_journal *journal, uint64_t stretch, uint64_t word)
{
    uint32_t value;
    if (word == 0)
        return MMV_OK;
    if (!mmv__word_read(mmv__done_key(journal->header.run, journal->walk.number, stretch), word, &value))
        return mmv__journal_damaged(journal);
    set_bit(&journal->walk, stretch);
    journal->walk.resumed +=
        (mmv__stretch_first(&journal->walk.entry, stretch + 1) - mmv__stretch_first(&journal->walk.entry, stretch)) *
        journal->walk.entry.record;
    return MMV_OK;
}

static mmv_status load_words(const mmv__job *job)
{
    enum { AT_ONCE = 512 };
    uint64_t words[AT_ONCE];
    struct mmv_journal *journal = mmv__journal_of(job);
    mmv__journal_walk *walk = &journal->walk;
    mmv_status status = MMV_OK;
    for (uint64_t stretch = 0; stretch < walk->entry.stretches && status == MMV_OK; stretch += AT_ONCE) {
        size_t done, some = (size_t)mmv_min(AT_ONCE, walk->entry.stretches - stretch);
        int error = mmv__os_read(journal->descriptor, words, some * 8, walk->words_at + stretch * 8, &done);
        if (error || done < some * 8)
            return error ? mmv__journal_error(journal, error, "read") : mmv__journal_damaged(journal);
        for (size_t i = 0; i < some && status == MMV_OK; i++) {
            status = take_word(journal, stretch + i, words[i]);
            if (status == MMV_OK)
                status = mmv__compare_done(job, stretch + i, words[i]);
        }
    }
    return status;
}

static mmv_status make_bits(struct mmv_journal *journal)
{
    mmv__journal_walk *walk = &journal->walk;
    free(walk->done);
    walk->done = calloc(1, (size_t)(walk->entry.stretches / 8 + 1));
    if (!walk->done)
        return mmv__journal_error(journal, ENOMEM, "memory");
    walk->left = walk->entry.stretches;
    /* Inside of a huge record there are stretches without one. */
    for (uint64_t stretch = 0; walk->entry.record > walk->entry.stretch_bytes && stretch < walk->entry.stretches;
         stretch++)
        if (mmv__stretch_granules(&walk->entry, stretch) == 0)
            set_bit(walk, stretch);
    return MMV_OK;
}

/* ---- begin and end ---------------------------------------------------------------------------------------------- */

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

static mmv_status begin_walk(struct mmv_journal *journal)
{
    mmv__journal_walk *walk = &journal->walk;
    if (journal->header.room < walk->entry.granule * walk->entry.record && journal->header.room < walk->entry.bytes)
        return mmv__journal_fault(journal, "its stashes are too small for these records");
    walk->number = journal->log.next;
    walk->words_at = journal->log.at + mmv__entry_words_at(&walk->entry);
    walk->resumed = 0;
    return make_bits(journal);
}

/* Everything is compared, and nothing touched. *last_ret: this is the walk that was under way. */
static mmv_status take_up(const mmv__job *job, const mmv__identity *file, bool *last_ret)
{
    struct mmv_journal *journal = mmv__journal_of(job);
    bool is_power = journal->header.mode == MMV_JOURNAL_POWER;
    mmv_status status = resume(job, file);
    if (status == MMV_OK)
        status = begin_walk(journal);
    if (status == MMV_OK)
        status = mmv__log_is_last(journal, last_ret);
    if (status == MMV_OK)
        status = load_words(job);
    /* Invariant 4. */
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

static mmv_status mark(const mmv__job *job, const mmv__identity *file, const char *path);

static mmv_status mark_again(const mmv__job *job, const mmv__identity *file)
{
    char *path;
    mmv_status status = mmv__map_path(job->what.in, mmv__journal_of(job)->near, &path);
    if (status == MMV_OK)
        status = mark(job, file, path);
    free(path);
    return status;
}

/* An interrupted run goes on with a file that has another identity: from here on it is this one's. */
static mmv_status adopt(const mmv__job *job, const mmv__identity *file)
{
    struct mmv_journal *journal = mmv__journal_of(job);
    const mmv__reader reader = mmv__reader_of(journal);
    mmv__record record;
    char *path;
    if (is_same_file(journal, file) && journal->log.file.instance == file->instance)
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
    return mark_again(job, file);
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

static mmv_status go_on(const mmv__job *job, const mmv__identity *file)
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
    status = mark_again(job, file);
    if (status == MMV_OK)
        status = mmv__log_flush_notes(journal);
    if (status == MMV_OK)
        status = sync_found(journal);
    return status ? status : recover(job);
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
        status = begin_walk(journal);
    return status ? status : mmv__log_flush_notes(journal);
}

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
    return path[0] == '/' && mmv__journal_name_range(journal->path + mmv__front_of(journal->path), &range, &job) &&
           mmv__front_of(journal->path) == front && memcmp(path, journal->path, front) == 0;
}

/* 'path': the file's. The run's first leads to the journal by its path, wherever it is moved; the others by the run. */
static mmv_status mark(const mmv__job *job, const mmv__identity *file, const char *path)
{
    struct mmv_journal *journal = mmv__journal_of(job);
    bool is_first = journal->log.file.head.size == 0 || (journal->log.file_number == 0 && is_same_file(journal, file));
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

static mmv_status find_entry(const mmv__job *job, const mmv__identity *file)
{
    struct mmv_journal *journal = mmv__journal_of(job);
    mmv_status status = mmv__log_skip_notes(journal);
    if (status)
        return status;
    describe_walk(job, &journal->walk.entry);
    return journal->log.next < journal->log.count ? go_on(job, file) : start(job, file);
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
    mmv__journal_walk *walk = &journal->walk;
    describe_walk(job, &walk->entry);
    mmv_status status = make_bits(journal);
    for (uint64_t stretch = 0; stretch < walk->entry.stretches && status == MMV_OK; stretch++)
        set_bit(walk, stretch);
    walk->resumed = mmv__entry_records(&walk->entry) * walk->entry.record;
    return status;
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
    /* Invariant 4. */
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
