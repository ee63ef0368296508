/* SPDX-License-Identifier: MIT */
/*
 * group.c - the journal that survives a loss of power: many stretches at a time, each phase on the device before the
 * next.
 *
 *     stash 0  |save n  |sync|          | change n | sync FILE |done n|              |save n+2|sync| ...
 *     stash 1                                                          |save n+1|sync|   change n+1 ...
 *
 * Invariants:
 * 1. A record changes only when it is in a stash, whose checksums are right, on the device.
 * 2. A stretch's word is written only when its records are on the device. No assert for 1 to 3: what is on a device
 *    cannot be asked; tests/fault takes the power away.
 * 3. A stash is used again only when the words of the stretches in it are on the device: a worker uses two by turns,
 *    and the sync of the one takes the words of the other along.
 * 4. Each worker syncs through descriptors of its own: an error of the device is reported once per open file, and the
 *    worker whose records were lost must be the one that hears of it.
 * 5. What is armed was synced. So a stash that is not whole is torn when it is not armed, and damaged when it is. No
 *    assert: check_stash() tells the two apart.
 */

#include "journal/journal.h"

#include "os/file.h"
#include "os/memory.h"
#include "os/sync.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- saved records, piece by piece ------------------------------------------------------------------------------ */

static uint64_t piece_records(const mmv__journal_entry *entry)
{
    return mmv_max(1, MMV_MIB / entry->record);
}

static uint64_t room_at(const struct mmv_journal *journal, uint64_t number)
{
    return mmv__header_stash_at(&journal->header, number) + MMV__JOURNAL_PAGE;
}

/* The records of stretches [stretch, stretch + stretches), as record numbers. */
static void records_of(const mmv__journal_entry *entry, const mmv__journal_stash *stash, uint64_t *first_ret,
                       uint64_t *end_ret)
{
    *first_ret = mmv__stretch_first(entry, stash->stretch);
    *end_ret = mmv__stretch_first(entry, stash->stretch + stash->stretches);
}

static mmv_status write_journal(const struct mmv_journal *journal, const void *data, size_t size, uint64_t at)
{
    int error = mmv__os_write(journal->descriptor, data, size, at);
    return error ? mmv__journal_error(journal, error, "write") : MMV_OK;
}

static mmv_status sync_journal(const struct mmv_journal *journal, int descriptor)
{
    int error = mmv__os_sync_data(descriptor);
    return error ? mmv__journal_error(journal, error, "sync") : MMV_OK;
}

static mmv_status sync_file(const mmv__job *job, int descriptor)
{
    int error = mmv__os_sync_data(descriptor);
    return error ? mmv__fail_path(error, "sync", job->what.in->path) : MMV_OK;
}

/* Before anything is written: errors are reported from the moment a file is opened. */
static mmv_status open_own(const mmv__worker *worker, mmv__syncer *syncer)
{
    const mmv__job *job = worker->job;
    struct mmv_journal *journal = mmv__journal_of(job);
    if (syncer->file)
        return MMV_OK;
    int error = mmv__os_reopen(job->what.in->descriptor, MMV_READ_WRITE, &syncer->file);
    if (error == 0)
        error = mmv__os_reopen(journal->descriptor, MMV_READ_WRITE, &syncer->journal);
    if (error == 0)
        return MMV_OK;
    /* A sandbox without /proc. One worker needs no descriptor of its own. */
    mmv__group_leave(journal, worker);
    if (job->how.threads > 1)
        return mmv__fail_path(error, "open", job->what.in->path);
    /* Invariant 4. */
    assert(job->how.threads == 1 && worker->index == 0);
    syncer->file = job->what.in->descriptor;
    syncer->journal = journal->descriptor;
    return MMV_OK;
}

static void close_own(int *descriptor, int shared)
{
    if (*descriptor > 0 && *descriptor != shared)
        mmv__os_close(*descriptor);
    *descriptor = 0;
}

void mmv__group_leave(struct mmv_journal *journal, const mmv__worker *worker)
{
    mmv__syncer *syncer = &journal->syncers[worker->index];
    close_own(&syncer->file, worker->job->what.in->descriptor);
    close_own(&syncer->journal, journal->descriptor);
}

/* FILE -> stash. The checksum of each piece is the seed for the next piece's. */
static mmv_status save(mmv__worker *worker, mmv__journal_stash *stash, uint64_t number)
{
    const mmv__job *job = worker->job;
    struct mmv_journal *journal = mmv__journal_of(job);
    const mmv__journal_entry *entry = &journal->walk.entry;
    uint64_t first, end;
    uint64_t piece = piece_records(entry);
    mmv_status status = mmv__need(&worker->output, &worker->output_size, (size_t)(piece * entry->record));
    records_of(entry, stash, &first, &end);
    for (; first < end && status == MMV_OK; first += piece) {
        uint64_t count = mmv_min(piece, end - first);
        size_t size = (size_t)(count * entry->record);
        status = mmv__records_read(job, first, count, worker->output);
        if (status == MMV_OK)
            status = write_journal(journal, worker->output, size, room_at(journal, number) + stash->bytes);
        stash->old = mmv__hash(worker->output, size, stash->old);
        stash->bytes += size;
    }
    return status;
}

/* ---- a group ---------------------------------------------------------------------------------------------------- */

static uint64_t next_sequence(struct mmv_journal *journal)
{
    mmv__lock(&journal->lock);
    uint64_t sequence = ++journal->sequence;
    mmv__unlock(&journal->lock);
    return sequence;
}

static mmv_status arm(mmv__worker *worker, mmv__journal_stash *stash, uint64_t number)
{
    struct mmv_journal *journal = mmv__journal_of(worker->job);
    int synced = journal->syncers[worker->index].journal;
    uint64_t at = mmv__header_stash_at(&journal->header, number);
    mmv_status status = save(worker, stash, number);
    /* Of the groups before this one, which the device has. */
    mmv__stash_keep(journal, stash);
    stash->check = mmv__group_check(stash, journal->header.run, number);
    if (status == MMV_OK)
        status = write_journal(journal, stash, sizeof *stash, at);
    if (status == MMV_OK)
        status = sync_journal(journal, synced);
    uint64_t word = mmv__word(mmv__armed_key(journal->header.run, number, stash->sequence), MMV__STASH_ARMED);
    return status ? status : write_journal(journal, &word, sizeof word, at);
}

/* What the stretches' last granules are now goes into their words. */
static mmv_status set_done(mmv__worker *worker, const mmv__journal_stash *stash)
{
    const mmv__job *job = worker->job;
    const mmv__journal_entry *entry = &mmv__journal_of(job)->walk.entry;
    mmv_status status = mmv__need(&worker->output, &worker->output_size, (size_t)(entry->granule * entry->record));
    for (uint64_t stretch = stash->stretch; stretch < stash->stretch + stash->stretches && status == MMV_OK;
         stretch++) {
        uint64_t first = mmv__stretch_first(entry, stretch);
        uint64_t end = mmv__stretch_first(entry, stretch + 1);
        if (first == end || mmv__journal_is_done(mmv__journal_of(job), stretch))
            continue;
        first += mmv_round_down(end - first - 1, entry->granule);
        status = mmv__records_read(job, first, end - first, worker->output);
        if (status == MMV_OK)
            status =
                mmv__journal_set_done(mmv__journal_of(job), stretch,
                                      mmv__journal_checksum(entry, worker->output, (size_t)entry->record, end - first));
    }
    return status;
}

/* What the function has stored elsewhere. */
static mmv_status settle(const mmv__job *job)
{
    const mmv_journal_options *options = &mmv__journal_of(job)->options;
    return options->settle ? options->settle(options->settle_user) : MMV_OK;
}

/* Before the group's records count as changed: its stash is not armed for others until then. */
static mmv_status note_kept(const struct mmv_journal *journal, uint64_t number, int synced)
{
    mmv__journal_stash stash;
    uint64_t at = mmv__header_stash_at(&journal->header, number) + offsetof(mmv__journal_stash, kept);
    if (!journal->options.kept)
        return MMV_OK;
    mmv__stash_keep(journal, &stash);
    mmv_status status = write_journal(journal, &stash.kept, sizeof stash.kept + sizeof stash.kept_file, at);
    return status ? status : sync_journal(journal, synced);
}

static mmv_status run_group(mmv__worker *worker, const mmv__unit *part, mmv__journal_stash *stash)
{
    mmv__syncer *syncer = &mmv__journal_of(worker->job)->syncers[worker->index];
    uint64_t number = 2 * (uint64_t)worker->index + (syncer->turn ^= 1);
    mmv_status status = open_own(worker, syncer);
    if (status == MMV_OK)
        status = arm(worker, stash, number);
    if (status == MMV_OK)
        status = mmv__run_unit(worker, part);
    if (status == MMV_OK)
        status = sync_file(worker->job, syncer->file);
    if (status == MMV_OK)
        status = settle(worker->job);
    if (status == MMV_OK)
        status = note_kept(mmv__journal_of(worker->job), number, syncer->journal);
    return status ? status : set_done(worker, stash);
}

mmv_status mmv__group_run(mmv__worker *worker, const mmv__unit *unit)
{
    struct mmv_journal *journal = mmv__journal_of(worker->job);
    const mmv__journal_entry *entry = &journal->walk.entry;
    uint64_t end = unit->first + unit->count;
    mmv_status status = MMV_OK;
    for (uint64_t first = unit->first, next; first < end && status == MMV_OK; first = next) {
        uint64_t number = mmv__stretch_of(entry, first);
        mmv__journal_stash stash = {
            .walk = journal->walk.number, .stretch = number, .sequence = next_sequence(journal)};
        next = first;
        do {
            next = mmv_min(end, mmv__stretch_first(entry, number + ++stash.stretches));
        } while (next < end && (mmv__stretch_first(entry, number + stash.stretches + 1) - first) * entry->record <=
                                   journal->header.room);
        mmv__unit part = mmv__part(unit, first, next - first);
        status = run_group(worker, &part, &stash);
    }
    return status;
}

/* ---- recovery --------------------------------------------------------------------------------------------------- */

static mmv_status damaged(const struct mmv_journal *journal)
{
    return mmv__journal_fault(journal, "one of its stashes is damaged");
}

static mmv_status read_stash(const struct mmv_journal *journal, uint64_t number, mmv__journal_stash *stash,
                             bool *used_ret)
{
    static const mmv__journal_stash unused;
    size_t done;
    const mmv__journal_walk *walk = &journal->walk;
    int error =
        mmv__os_read(journal->descriptor, stash, sizeof *stash, mmv__header_stash_at(&journal->header, number), &done);
    if (error || done < sizeof *stash)
        return mmv__journal_error(journal, error ? error : EIO, "read");
    /* What was kept is left behind: see clear_stashes(). */
    *used_ret = memcmp(stash, &unused, offsetof(mmv__journal_stash, kept)) != 0;
    if (!*used_ret)
        return MMV_OK;
    if (stash->check != mmv__group_check(stash, journal->header.run, number) || stash->walk > walk->number)
        return damaged(journal);
    /* A stash of an earlier walk is over: the walk after that one began with a sync of all its words. */
    *used_ret = stash->walk == walk->number;
    if (*used_ret && (stash->bytes > journal->header.room ||
                      !mmv_range_fits(stash->stretch, stash->stretches, walk->entry.stretches)))
        return damaged(journal);
    return MMV_OK;
}

static bool any_left(struct mmv_journal *journal, const mmv__journal_stash *stash)
{
    for (uint64_t stretch = stash->stretch; stretch < stash->stretch + stash->stretches; stretch++)
        if (!mmv__journal_is_done(journal, stretch))
            return true;
    return false;
}

/* What is done with a run of records that a stash holds. */
typedef mmv_status piece_fn(const mmv__job *job, uint64_t first, uint64_t count, const void *data);

static mmv_status compare_piece(const mmv__job *job, uint64_t first, uint64_t count, const void *data)
{
    return mmv__compare_half(job, first, count, data);
}

/* A piece may reach over several stretches; those that are done are left alone. */
static mmv_status each_undone(const mmv__job *job, uint64_t first, uint64_t count, const char *data, piece_fn *fn)
{
    struct mmv_journal *journal = mmv__journal_of(job);
    const mmv__journal_entry *entry = &journal->walk.entry;
    uint64_t end = first + count;
    mmv_status status = MMV_OK;
    for (uint64_t at = first, next; at < end && status == MMV_OK; at = next) {
        uint64_t stretch = mmv__stretch_of(entry, at);
        next = mmv_min(end, mmv__stretch_first(entry, stretch + 1));
        if (!mmv__journal_is_done(journal, stretch))
            status = fn(job, at, next - at, data + (size_t)((at - first) * entry->record));
    }
    return status;
}

/* Every piece of a stash: into the checksum, and to 'fn' where its stretch is not done; NULL = only the checksum. */
static mmv_status each_piece(const mmv__job *job, const mmv__journal_stash *stash, uint64_t number, piece_fn *fn,
                             uint64_t *hash_ret)
{
    struct mmv_journal *journal = mmv__journal_of(job);
    const mmv__journal_entry *entry = &journal->walk.entry;
    uint64_t piece = piece_records(entry), at = 0, first, end;
    mmv_status status = MMV_OK;
    char *data = malloc((size_t)(piece * entry->record));
    if (!data)
        return mmv__journal_error(journal, ENOMEM, "memory");
    *hash_ret = 0;
    records_of(entry, stash, &first, &end);
    for (; first < end && status == MMV_OK; first += piece) {
        uint64_t count = mmv_min(piece, end - first);
        size_t done, size = (size_t)(count * entry->record);
        int error = mmv__os_read(journal->descriptor, data, size, room_at(journal, number) + at, &done);
        if (error || done < size)
            status = mmv__journal_error(journal, error ? error : EIO, "read");
        else if (fn)
            status = each_undone(job, first, count, data, fn);
        *hash_ret = mmv__hash(data, size, *hash_ret);
        at += size;
    }
    free(data);
    return status;
}

/* *whole_ret: the stash holds records that have to be done again. */
static mmv_status check_stash(const mmv__job *job, uint64_t number, mmv__journal_stash *stash, bool *whole_ret)
{
    struct mmv_journal *journal = mmv__journal_of(job);
    uint64_t hash = 0;
    uint32_t value;
    *whole_ret = false;
    bool used;
    mmv_status status = read_stash(journal, number, stash, &used);
    if (status || !used)
        return status;
    journal->sequence = mmv_max(journal->sequence, stash->sequence);
    if (!any_left(journal, stash))
        return MMV_OK;
    bool armed = mmv__word_read(mmv__armed_key(journal->header.run, number, stash->sequence), stash->state, &value);
    if (!armed && stash->state != 0)
        return damaged(journal);
    status = each_piece(job, stash, number, NULL, &hash);
    if (status)
        return status;
    *whole_ret = hash == stash->old;
    return armed && !*whole_ret ? mmv__journal_fault(journal, "the records that it saved are damaged") : MMV_OK;
}

/* What was done again is on the device now. A stash that is used again must not seem to hold what it held. */
/* What was kept stays: whoever goes on after this needs it. */
static mmv_status clear_stashes(const struct mmv_journal *journal)
{
    static const mmv__journal_stash unused;
    mmv_status status = MMV_OK;
    for (uint64_t i = 0; i < journal->header.stashes && status == MMV_OK; i++)
        status = write_journal(journal, &unused, offsetof(mmv__journal_stash, kept),
                               mmv__header_stash_at(&journal->header, i));
    return status ? status : sync_journal(journal, journal->descriptor);
}

/* A stash that is whole was perhaps armed: the word may have been lost, and the change not. */
mmv_status mmv__groups_check(const mmv__job *job)
{
    mmv__journal_stash stash;
    mmv_status status = MMV_OK;
    uint64_t hash, stashes = mmv__journal_of(job)->header.stashes;
    bool whole;
    for (uint64_t i = 0; i < stashes && status == MMV_OK; i++) {
        status = check_stash(job, i, &stash, &whole);
        if (status == MMV_OK && whole)
            status = each_piece(job, &stash, i, compare_piece, &hash);
    }
    return status;
}

/* Made anew from what was saved, which stays in the stash meanwhile. */
static mmv_status redo_piece(const mmv__job *job, uint64_t first, uint64_t count, const void *data)
{
    mmv__worker worker = {.job = job};
    size_t size = (size_t)(count * job->what.record);
    if (mmv__need(&worker.buffer, &worker.buffer_size, size) != MMV_OK)
        return mmv__journal_error(mmv__journal_of(job), ENOMEM, "memory");
    char *fresh = worker.buffer;
    memcpy(fresh, data, size);
    mmv_status status = mmv__call(&worker, &(mmv__records){first, count, fresh, job->what.record}, fresh);
    if (status == MMV_OK)
        status = mmv__records_write(job, first, count, fresh);
    mmv__os_memory_free(worker.buffer, worker.buffer_size);
    return status;
}

static mmv_status redo_stash(mmv__worker *worker, const mmv__journal_stash *stash, uint64_t number)
{
    const mmv__job *job = worker->job;
    uint64_t hash;
    mmv_status status = each_piece(job, stash, number, redo_piece, &hash);
    /* Invariant 2. */
    if (status == MMV_OK)
        status = sync_file(job, job->what.in->descriptor);
    if (status == MMV_OK)
        status = settle(job);
    if (status == MMV_OK)
        status = note_kept(mmv__journal_of(job), number, mmv__journal_of(job)->descriptor);
    return status ? status : set_done(worker, stash);
}

mmv_status mmv__groups_recover(const mmv__job *job)
{
    struct mmv_journal *journal = mmv__journal_of(job);
    mmv__worker worker = {.job = job};
    mmv__journal_stash stash;
    mmv_status status = MMV_OK;
    bool whole;
    for (uint64_t i = 0; i < journal->header.stashes && status == MMV_OK; i++) {
        status = check_stash(job, i, &stash, &whole);
        if (status == MMV_OK && whole)
            status = redo_stash(&worker, &stash, i);
    }
    mmv__os_memory_free(worker.output, worker.output_size);
    return status ? status : clear_stashes(journal);
}
