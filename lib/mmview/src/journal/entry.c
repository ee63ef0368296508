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
 * 4. Only the last entry may have stretches that are not done.
 */

#include "journal/journal.h"
#include "map/lock.h"

#include "os/file.h"
#include "os/sync.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMPARED_MAX 4096 /* done stretches of a resumed walk that are compared with the file */

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

uint64_t mmv__stretch_granules(const mmv__journal_entry *entry, uint64_t stretch)
{
    uint64_t records = mmv__stretch_first(entry, stretch + 1) - mmv__stretch_first(entry, stretch);
    return (records + entry->granule - 1) / entry->granule;
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

static mmv_status changed(const mmv__job *job, uint64_t record)
{
    char text[256];
    snprintf(text, sizeof text,
             "%.150s was changed or put back since: it is not at byte %llu what the interrupted run made of it",
             job->what.in->path, (unsigned long long)mmv__at(job, record));
    return mmv__journal_fault(mmv__journal_of(job), text);
}

mmv_status mmv__journal_compare(const mmv__job *job, uint64_t first, uint64_t count, uint64_t checksum,
                                uint64_t word_key)
{
    const mmv__journal_entry *entry = &mmv__journal_of(job)->walk.entry;
    size_t size = (size_t)(count * entry->record);
    char *data = malloc(size);
    if (!data)
        return mmv__fail_path(ENOMEM, "journal", job->what.in->path);
    mmv_status status = mmv__records_read(job, first, count, data);
    if (status == MMV_OK) {
        uint64_t now = mmv__journal_checksum(entry, data, (size_t)entry->record, count);
        bool same = word_key ? mmv__done_agrees(word_key, checksum, now) : now == checksum;
        status = same ? MMV_OK : changed(job, first);
    }
    free(data);
    return status;
}

/* ---- the entry -------------------------------------------------------------------------------------------------- */

static mmv_status describe_walk(const mmv__job *job, mmv__journal_entry *entry)
{
    mmv__os_facts facts;
    int error = mmv__os_get_facts(job->what.in->descriptor, &facts);
    if (error)
        return mmv__fail_path(error, "stat", job->what.in->path);
    *entry = (mmv__journal_entry){
        .device = facts.device,
        .inode = facts.inode,
        .birth = mmv__os_birth(job->what.in->descriptor),
        .length = facts.size,
        .offset = job->what.offset,
        .bytes = job->what.length,
        .stride = job->what.stride,
        .record = job->what.record,
        .path_length = strlen(job->what.in->path),
    };
    mmv__entry_shape(entry);
    entry->size = mmv__entry_words_at(entry) + entry->stretches * sizeof(uint64_t);
    return MMV_OK;
}

/* A run over many files makes so much room for entries at a time. Making room costs more than writing an entry. */
#define ROOM (64 * MMV_KIB)

/* Zero bytes for an entry, and for some that follow. */
static int make_room(struct mmv_journal *journal, uint64_t size)
{
    uint64_t room = journal->options.files > 1 ? mmv_max(size, ROOM) : size;
    /* A run that was killed here has left something behind the last entry that counts. */
    int error = mmv__os_resize(journal->descriptor, journal->at);
    if (error == 0)
        error = mmv__os_allocate(journal->descriptor, journal->at, room);
    if (error == EOPNOTSUPP || error == ENOSYS)
        error = 0;
    if (error == 0)
        error = mmv__os_resize(journal->descriptor, journal->at + room);
    if (error == 0)
        journal->room_end = journal->at + room;
    return error;
}

/* Entry, path and no words yet: what comes behind reads as zero bytes. */
static int write_entry(struct mmv_journal *journal, const mmv__journal_entry *entry, const char *path)
{
    size_t head = (size_t)mmv__entry_words_at(entry);
    char *bytes = calloc(1, head);
    if (!bytes)
        return ENOMEM;
    memcpy(bytes, entry, sizeof *entry);
    memcpy(bytes + sizeof *entry, path, (size_t)entry->path_length);
    int error = journal->at + entry->size > journal->room_end ? make_room(journal, entry->size) : 0;
    if (error == 0)
        error = mmv__os_write(journal->descriptor, bytes, head, journal->at);
    if (error == 0 && journal->header.mode == MMV_JOURNAL_POWER)
        error = mmv__os_sync_data(journal->descriptor);
    free(bytes);
    return error;
}

static mmv_status append(const mmv__job *job)
{
    struct mmv_journal *journal = mmv__journal_of(job);
    mmv__journal_entry *entry = &journal->walk.entry;
    const char *path = job->what.in->path;
    entry->check = mmv__entry_check(entry, path, journal->header.run, journal->next);
    int error = write_entry(journal, entry, path);
    if (error)
        return mmv__journal_error(journal, error, "write");
    return mmv__journal_set_walks(journal, journal->next + 1);
}

static mmv_status damaged(const struct mmv_journal *journal)
{
    return mmv__journal_fault(journal, "one of its entries is damaged or cut off");
}

/* The entry that is there, with its path for free(3). */
static mmv_status read_entry(const struct mmv_journal *journal, mmv__journal_entry *entry, char **path_ret)
{
    mmv__os_facts facts;
    size_t done = 0;
    int error = mmv__os_get_facts(journal->descriptor, &facts);
    if (error == 0)
        error = mmv__os_read(journal->descriptor, entry, sizeof *entry, journal->at, &done);
    if (error)
        return mmv__journal_error(journal, error, "read");
    if (done < sizeof *entry || !mmv__entry_fits(entry, facts.size - journal->at))
        return damaged(journal);
    char *path = calloc(1, (size_t)entry->path_length + 1);
    if (!path)
        return mmv__journal_error(journal, ENOMEM, "read");
    error = mmv__os_read(journal->descriptor, path, (size_t)entry->path_length, journal->at + sizeof *entry, &done);
    if (error || done < entry->path_length ||
        mmv__entry_check(entry, path, journal->header.run, journal->next) != entry->check) {
        free(path);
        return error ? mmv__journal_error(journal, error, "read") : damaged(journal);
    }
    *path_ret = path;
    return MMV_OK;
}

static mmv_status compare(const mmv__job *job, const mmv__journal_entry *then, const mmv__journal_entry *now,
                          const char *path)
{
    const struct {
        const char *what;
        uint64_t then, now;
    } pairs[] = {
        {"inode", then->inode, now->inode},
        {"time of birth", then->birth, now->birth},
        {"length", then->length, now->length},
        {"offset of the range", then->offset, now->offset},
        {"length of the range", then->bytes, now->bytes},
        {"distance of records", then->stride, now->stride},
        {"size of a record", then->record, now->record},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        char text[256];
        if (pairs[i].then == pairs[i].now)
            continue;
        snprintf(text, sizeof text,
                 "%.100s is not what the interrupted run worked on there (%.60s): the %s was %llu and is %llu",
                 job->what.in->path, path, pairs[i].what, (unsigned long long)pairs[i].then,
                 (unsigned long long)pairs[i].now);
        return mmv__journal_fault(mmv__journal_of(job), text);
    }
    return MMV_OK;
}

static mmv_status resume(const mmv__job *job)
{
    char *path = NULL;
    mmv__journal_entry then;
    struct mmv_journal *journal = mmv__journal_of(job);
    mmv_status status = read_entry(journal, &then, &path);
    if (status)
        return status;
    status = compare(job, &then, &journal->walk.entry, path);
    journal->walk.entry = then;
    free(path);
    return status;
}

/* ---- words ------------------------------------------------------------------------------------------------------ */

static mmv_status take_word(struct mmv_journal *journal, uint64_t stretch, uint64_t word)
{
    uint32_t value;
    if (word == 0)
        return MMV_OK;
    if (!mmv__word_read(mmv__done_key(journal->header.run, journal->walk.number, stretch), word, &value))
        return damaged(journal);
    set_bit(&journal->walk, stretch);
    journal->walk.resumed +=
        (mmv__stretch_first(&journal->walk.entry, stretch + 1) - mmv__stretch_first(&journal->walk.entry, stretch)) *
        journal->walk.entry.record;
    return MMV_OK;
}

/* Of a few thousand done stretches, the last among them, the file must hold what the run made of them. */
static mmv_status compare_done(const mmv__job *job, uint64_t stretch, uint64_t word)
{
    const struct mmv_journal *journal = mmv__journal_of(job);
    const mmv__journal_entry *entry = &journal->walk.entry;
    uint64_t every = entry->stretches / COMPARED_MAX + 1;
    uint64_t first = mmv__stretch_first(entry, stretch);
    uint64_t end = mmv__stretch_first(entry, stretch + 1);
    if (word == 0 || end == first || (stretch % every != 0 && stretch + 1 < entry->stretches))
        return MMV_OK;
    first += mmv_round_down(end - first - 1, entry->granule);
    return mmv__journal_compare(job, first, end - first, word,
                                mmv__done_key(journal->header.run, journal->walk.number, stretch));
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
            return error ? mmv__journal_error(journal, error, "read") : damaged(journal);
        for (size_t i = 0; i < some && status == MMV_OK; i++) {
            status = take_word(journal, stretch + i, words[i]);
            if (status == MMV_OK)
                status = compare_done(job, stretch + i, words[i]);
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
    /* Nothing was found or made: the walk ends before anybody works. */
    if (header->stashes == 0)
        return;
    terms->threads = (unsigned)mmv_min(job->how.threads, workers);
    terms->lanes = power ? 0 : (unsigned)mmv_min(MMV__LANES, header->stashes / terms->threads);
    terms->whole = header->room >= MMV__STRETCH + job->what.record;
}

static mmv_status begin_workers(struct mmv_journal *journal)
{
    if (journal->header.mode == MMV_JOURNAL_KILL) {
        mmv__lane_reset(journal);
        return MMV_OK;
    }
    free(journal->syncers);
    journal->syncers = calloc(journal->header.stashes / 2 + 1, sizeof *journal->syncers);
    return journal->syncers ? MMV_OK : mmv__journal_error(journal, ENOMEM, "memory");
}

static mmv_status find_entry(const mmv__job *job)
{
    struct mmv_journal *journal = mmv__journal_of(job);
    bool known = journal->next < journal->walks;
    mmv_status status = describe_walk(job, &journal->walk.entry);
    if (status)
        return status;
    status = known ? resume(job) : append(job);
    if (status == MMV_OK && journal->header.room < journal->walk.entry.granule * job->what.record &&
        journal->header.room < job->what.length)
        status = mmv__journal_fault(journal, "its stashes are too small for these records");
    if (status)
        return status;
    journal->walk.number = journal->next;
    journal->walk.words_at = journal->at + mmv__entry_words_at(&journal->walk.entry);
    journal->walk.resumed = 0;
    status = make_bits(journal);
    if (status == MMV_OK && known)
        status = load_words(job);
    if (status == MMV_OK && journal->next + 1 < journal->walks && journal->walk.left > 0)
        status = damaged(journal);
    return status;
}

static mmv_status recover(const mmv__job *job)
{
    struct mmv_journal *journal = mmv__journal_of(job);
    if (journal->next + 1 < journal->walks)
        return MMV_OK;
    return journal->header.mode == MMV_JOURNAL_POWER ? mmv__groups_recover(job) : mmv__stashes_recover(job);
}

/* The entry of a run that is over, and whose file is another one by now, makes room for a new run's. */
static mmv_status find_or_renew(const mmv__job *job, bool *fresh_ret)
{
    struct mmv_journal *journal = mmv__journal_of(job);
    *fresh_ret = journal->next == journal->walks;
    mmv_status status = find_entry(job);
    if (status != MMV_EJOURNAL || !journal->header.finished || journal->header.kept || journal->next != 0)
        return status;
    *fresh_ret = true;
    status = mmv__journal_start_anew(journal);
    if (status == MMV_OK)
        status = mmv__journal_create(journal, job);
    return status ? status : find_entry(job);
}

static mmv_status prepare(const mmv__job *job)
{
    struct mmv_journal *journal = mmv__journal_of(job);
    mmv_status status = check_job(job);
    if (status == MMV_OK)
        status = lock(job);
    if (status == MMV_OK && journal->marked && !mmv_map_same_file(journal->marked, job->what.in))
        status = mmv__journal_unmark(journal);
    if (status == MMV_OK)
        status = mmv__journal_others(journal, job->what.in, job->what.offset, job->what.length);
    if (status == MMV_OK && journal->descriptor < 0)
        status = mmv__journal_create(journal, job);
    return status;
}

mmv_status mmv__journal_begin(mmv__saver *saver, const mmv__job *job, mmv__saver_terms *terms_ret)
{
    struct mmv_journal *journal = mmv__journal_of(job);
    bool fresh = true;
    assert(saver == &journal->saver);
    (void)saver;
    mmv_status status = prepare(job);
    if (status == MMV_OK)
        status = find_or_renew(job, &fresh);
    /* The last walk is marked also when it is done: its mark may still be there, and comes off with this run's. */
    if (status == MMV_OK && journal->next + 1 >= journal->walks)
        status = mmv__journal_mark(journal, job->what.in, job->what.offset, job->what.length);
    if (status == MMV_OK && !fresh)
        status = recover(job);
    if (status == MMV_OK)
        status = begin_workers(journal);
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

mmv_status mmv__journal_end(mmv__saver *saver, mmv_status status)
{
    struct mmv_journal *journal = mmv__journal_from(saver);
    if (status)
        return status;
    if (journal->walk.left > 0)
        return mmv__journal_fault(journal, "a stretch was left out");
    /* Invariant 4. */
    assert(journal->walk.left == 0);
    journal->next++;
    journal->at += journal->walk.entry.size;
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
    assert(journal->next < journal->walks && journal->walk.number == journal->next);
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
