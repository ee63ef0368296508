/* SPDX-License-Identifier: MIT */
/*
 * job.c - many runs that are one job: parts of one file, each with a journal of its own, and one record of them all.
 *
 *     begin    the part has an entry in the record: BEGUN, or what it was when it was killed
 *     done     its word says DONE                 repeated from here on, it changes nothing
 *     remove   its journal
 *     told     its word says TOLD                 nothing is left but the end of the process, with the status 0
 *         or   all others are told, and all units are there: the mark comes off the file, and the record goes
 *
 * Invariants:
 * 1. A part's journal goes after its word says DONE. No assert: mmv_journal_end() is this order.
 * 2. The record goes when each other part is TOLD: nobody who was not told success will be repeated without it. The
 * part that takes it away is not TOLD itself, so that it does the same again when it is killed before it is done.
 * 3. Entries are read and written under the lock 'turn', by one process at a time, and only while the record has its
 *    name. No assert: nobody can ask for a lock of its own.
 * 4. Each process holds the lock 'presence' while it may change the file: nobody gives the job up meanwhile. No assert:
 *    as for 3.
 * 5. Before a part says DONE, and before it is TOLD, its entry is in the record: where another's stands, it is added
 *    again. No assert: only the file system knows why.
 */

#include "journal/journal.h"
#include "map/lock.h"

#include "base/file_names.h"
#include "os/machine.h"
#include "os/name.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_MS 10000       /* a judgement: for parts that begin or end at the same time */
#define WAIT_MS_PER_FILE 20 /* the same: one of them may have to mark each file, and to wait for the device */
static const mmv_range turn = {0, 1}, presence = {1, 1};

static mmv_status fault(const struct mmv_journal *journal, const char *detail)
{
    return mmv__fail_journal(journal->part.path, detail);
}

mmv_status mmv__part_fault(const struct mmv_journal *journal, const char *detail)
{
    return fault(journal, detail);
}

static mmv_status failed(const struct mmv_journal *journal, int error, const char *operation)
{
    return mmv__fail_path(error, operation, journal->part.path);
}

static uint64_t entry_at(const struct mmv_journal *journal, uint64_t number)
{
    return mmv__job_entries_at(&journal->part.header) + number * sizeof(mmv__part_entry);
}

/* ---- locks ------------------------------------------------------------------------------------------------------ */

static bool is_without_locks(int error)
{
    return error == EINVAL || error == ENOLCK || error == EOPNOTSUPP || error == ENOSYS;
}

static int lock_bytes(const struct mmv_journal *journal, bool exclusive, mmv_range bytes)
{
    uint64_t wait = WAIT_MS + journal->part.table.count * WAIT_MS_PER_FILE;
    int error = mmv__lock_within(journal->part.descriptor, exclusive, bytes, (unsigned)mmv_min(wait, UINT32_MAX / 2));
    /* A file system without locks: there the user must not start two parts at once. Over a network: see check_locks().
     */
    return is_without_locks(error) ? 0 : error;
}

mmv_status mmv__job_take_turn(const struct mmv_journal *journal)
{
    const char *system;
    int error = lock_bytes(journal, true, turn);
    if (error == EAGAIN)
        return mmv__fail_locked(journal->part.descriptor, true, turn, journal->part.path);
    /* Entries of other machines' parts that were read too early would be missed, and written over. */
    if (error == 0 && mmv__os_is_remote(journal->part.descriptor, &system)) {
        /* By its name: a client of GlusterFS then asks all servers which of them has missed stores. */
        (void)mmv__is_named(journal->part.descriptor, journal->part.path);
        mmv__os_forget(journal->part.descriptor, 0, 0);
    }
    return error ? failed(journal, error, "lock") : MMV_OK;
}

static void leave_turn(const struct mmv_journal *journal)
{
    mmv__os_unlock(journal->part.descriptor, turn.offset, turn.length);
}

/* ---- entries ---------------------------------------------------------------------------------------------------- */

static mmv_status read_entry(const struct mmv_journal *journal, uint64_t number, mmv__part_entry *entry,
                             uint32_t *state_ret)
{
    size_t done;
    uint64_t run = journal->part.header.run;
    int error = mmv__os_read(journal->part.descriptor, entry, sizeof *entry, entry_at(journal, number), &done);
    *state_ret = 0;
    if (error)
        return failed(journal, error, "read");
    /* Behind the last one; or a part that was killed here, and has changed nothing. */
    if (done < sizeof *entry || entry->state == 0)
        return MMV_OK;
    if (mmv__part_check(entry, run, number) != entry->check ||
        !mmv__word_read(mmv__part_key(run, number), entry->state, state_ret))
        return fault(journal, "one of its entries is damaged");
    return MMV_OK;
}

static mmv_status write_bytes(const struct mmv_journal *journal, const void *bytes, size_t size, uint64_t at)
{
    int error = mmv__os_write(journal->part.descriptor, bytes, size, at);
    if (error == 0 && journal->part.header.mode == MMV_JOURNAL_POWER)
        error = mmv__os_sync_data(journal->part.descriptor);
    return error ? failed(journal, error, "write") : MMV_OK;
}

/* The word, and the sum that belongs to it, in one piece. */
static mmv_status set_state(struct mmv_journal *journal, uint32_t state)
{
    mmv__job_part *part = &journal->part;
    size_t at = offsetof(mmv__part_entry, state);
    part->entry.state = mmv__word(mmv__part_key(part->header.run, part->number), state);
    mmv_status status =
        write_bytes(journal, (const char *)&part->entry + at,
                    offsetof(mmv__part_entry, sum) + sizeof part->entry.sum - at, entry_at(journal, part->number) + at);
    if (status == MMV_OK)
        part->state = state;
    return status;
}

/* *found_ret: the part has an entry in the record. Otherwise its number is now that of the first free place. */
static mmv_status find_entry(struct mmv_journal *journal, bool *found_ret)
{
    mmv__job_part *part = &journal->part;
    const mmv_journal_options *options = &journal->options;
    mmv__part_entry entry;
    *found_ret = false;
    for (part->number = 0;; part->number++) {
        mmv_status status = read_entry(journal, part->number, &entry, &part->state);
        if (status || part->state == 0)
            return status;
        const mmv_range there = {entry.offset, entry.bytes}, own = {options->offset, options->length};
        if (!mmv__ranges_meet(there, own))
            continue;
        if (there.offset != own.offset || there.length != own.length)
            return fault(journal, "the job's parts are of another range or shape");
        part->entry = entry;
        *found_ret = true;
        return entry.units == options->job->units ? MMV_OK : fault(journal, "the job's parts are of another shape");
    }
}

/* Behind the others, with this state at once. The entry is complete before its word makes it count. */
static mmv_status add_entry(struct mmv_journal *journal, uint32_t state)
{
    mmv__job_part *part = &journal->part;
    const mmv_journal_options *options = &journal->options;
    part->entry = (mmv__part_entry){options->offset, options->length, options->job->units, .state = 0};
    part->entry.check = mmv__part_check(&part->entry, part->header.run, part->number);
    mmv_status status = write_bytes(journal, &part->entry, sizeof part->entry, entry_at(journal, part->number));
    part->entry.sum = part->sum;
    return status ? status : set_state(journal, state);
}

/*
 * Whether another part has written its own entry in this one's place. A client of a file system whose servers were
 * parted from each other may miss an entry for a while, though it has the lock.
 */
static mmv_status is_entry_lost(const struct mmv_journal *journal, bool *lost_ret)
{
    mmv__part_entry there;
    uint32_t state;
    mmv_status status = read_entry(journal, journal->part.number, &there, &state);
    *lost_ret = status == MMV_OK && (state == 0 || there.check != journal->part.entry.check);
    return status;
}

/* ---- a part ----------------------------------------------------------------------------------------------------- */

/* Of a job over one file. power: what a process that was killed has left may be in the page cache only. */
static mmv_status mark(struct mmv_journal *journal, const mmv__job *job, const mmv__identity *file)
{
    const mmv_journal_job *whole = journal->options.job;
    const mmv__job_file line = {.offset = whole->offset, .bytes = whole->length};
    mmv_status status = mmv__job_compare_file(journal, &journal->part.header.file, file);
    if (status == MMV_OK)
        status = mmv__job_mark(journal, job->what.in, file, &line);
    if (status == MMV_OK && !journal->latest.map)
        journal->latest.map = mmv__map_keep(job->what.in);
    return status;
}

/* Of a job over several, the one that is walked. */
static mmv_status mark_listed(struct mmv_journal *journal, const mmv__job *job, const mmv__identity *file)
{
    const mmv__job_file *line;
    if (mmv__job_is_latest(&journal->part.table, file))
        return MMV_OK;
    mmv_status status = mmv__job_believe(journal, file);
    if (status == MMV_OK)
        status = mmv__job_find(journal, job->what.in, file, &line);
    if (status == MMV_OK)
        status = mmv__job_compare_file(journal, &line->file, file);
    return status ? status : mmv__job_mark(journal, job->what.in, file, line);
}

/* All files, when no part before this one has come so far. */
static mmv_status mark_all(struct mmv_journal *journal)
{
    mmv__job_header *header = &journal->part.header;
    uint64_t key = mmv__marked_key(header->run);
    uint32_t value;
    if (header->list.marked && mmv__word_read(key, header->list.marked, &value))
        return MMV_OK;
    mmv_status status = mmv__job_mark_all(journal);
    header->list.marked = mmv__word(key, 1);
    return status ? status
                  : write_bytes(journal, &header->list.marked, sizeof header->list.marked,
                                offsetof(mmv__job_header, list.marked));
}

/* power: the record may be in the page cache only. The marks are not. */
static mmv_status sync_found(const struct mmv_journal *journal)
{
    if (journal->part.header.mode != MMV_JOURNAL_POWER)
        return MMV_OK;
    int error = mmv__os_sync(journal->part.descriptor);
    if (error == 0)
        error = mmv__os_sync_directory(journal->part.path);
    return error ? failed(journal, error, "sync") : MMV_OK;
}

/* The bytes that are looked for in other runs' marks: all that the part has, or of several files the walk's. */
static mmv_range own_bytes(const struct mmv_journal *journal, const mmv__job *job)
{
    return mmv__job_is_over_several(journal) ? (mmv_range){job->what.offset, job->what.length}
                                             : (mmv_range){journal->options.offset, journal->options.length};
}

/* Parts on several machines take turns by locks: where these are not the server's, two of them would write one entry.
 */
static mmv_status check_locks(const struct mmv_journal *journal, const mmv_map *map)
{
    char detail[sizeof mmv_last_error()->detail];
    const char *name, *lone = NULL, *path = journal->part.path;
    int record = journal->part.descriptor;
    if (mmv__os_locks_alone(map->descriptor, &name)) {
        lone = name;
        path = map->path;
    } else if (mmv__os_locks_alone(record, &name) || (mmv__os_is_remote(record, &name) && /* in turn already */
                                                      is_without_locks(mmv__os_lock(record, true, turn.offset, 1)))) {
        lone = name;
    }
    if (!lone)
        return MMV_OK;
    snprintf(detail, sizeof detail,
             "parts of a job need locks that all machines see, and here (%s) there are none. Run one process without "
             "--shard, or use a file system whose server keeps the locks",
             lone);
    return mmv__fail_detail(MMV_ENOTSUP, "lock", path, detail);
}

static mmv_status join(struct mmv_journal *journal, const mmv__job *job, const mmv__identity *file)
{
    bool is_list = mmv__job_is_over_several(journal);
    mmv_status status = check_locks(journal, job->what.in);
    if (status == MMV_OK)
        status = mmv__job_read_record(journal, file);
    if (status == MMV_OK && journal->descriptor >= 0 && journal->header.job != journal->part.header.run)
        status = mmv__journal_fault(journal, "it is of another job");
    /* Invariant 4. */
    if (status == MMV_OK && lock_bytes(journal, false, presence) != 0)
        status = mmv__fail_path_at(MMV_EBUSY, 0, "lock", journal->part.path, 0);
    if (status == MMV_OK && is_list)
        status = mmv__job_look(journal);
    if (status == MMV_OK && is_list)
        status = mark_all(journal);
    if (status == MMV_OK)
        status = is_list ? mark_listed(journal, job, file) : mark(journal, job, file);
    /* Others that have the same bytes in hand see this mark, or this part sees theirs. */
    if (status == MMV_OK && journal->descriptor < 0)
        status = mmv__journal_others(journal, job->what.in, own_bytes(journal, job));
    if (status == MMV_OK)
        status = sync_found(journal);
    bool is_there = false;
    if (status == MMV_OK)
        status = find_entry(journal, &is_there);
    return status || is_there ? status : add_entry(journal, MMV__PART_BEGUN);
}

/* Nobody has begun a part: a record that refused its first one is not left behind. */
static void abandon(struct mmv_journal *journal)
{
    mmv__part_entry entry;
    uint32_t state;
    mmv__job_header *header = &journal->part.header;
    const mmv__reader reader = {.path = journal->part.path, .descriptor = journal->part.descriptor};
    /* Of one that is damaged nobody knows where its entries are. */
    if (header->run == 0 || mmv__job_fault(header, UINT64_MAX) != NULL ||
        read_entry(journal, 0, &entry, &state) != MMV_OK || state != 0)
        return;
    /* Also the marks of an earlier process, which was killed before the first entry. */
    mmv_status status =
        journal->part.table.lines ? mmv__job_unmark_all(journal) : mmv__job_unmark_record(&reader, header);
    if (journal->latest.map)
        mmv__unmark_map(journal->latest.map, header->run, false);
    if (status == MMV_OK)
        mmv__os_remove(journal->part.path);
}

mmv_status mmv__part_begin(struct mmv_journal *journal, const mmv__job *job, const mmv__identity *file)
{
    if (!journal->options.job)
        return MMV_OK;
    /* What this machine has read ahead for another part may have been changed by that part elsewhere since. */
    const char *system;
    if (mmv__os_is_remote(job->what.in->descriptor, &system))
        mmv__os_forget(job->what.in->descriptor, job->what.offset, job->what.length);
    if (journal->part.descriptor >= 0)
        return mmv__job_is_over_several(journal) ? mark_listed(journal, job, file) : MMV_OK;
    mmv_status status = mmv__job_find_record(journal, job, file);
    if (status) {
        mmv__job_close_record(&journal->part);
        return status;
    }
    status = join(journal, job, file);
    if (status) {
        mmv_error why = *mmv_last_error();
        abandon(journal);
        mmv__error_restore(&why);
    }
    leave_turn(journal);
    if (status)
        mmv__job_close_record(&journal->part);
    return status;
}

bool mmv__part_is_done(const struct mmv_journal *journal)
{
    return journal->part.descriptor >= 0 && journal->part.state >= MMV__PART_DONE && journal->descriptor < 0;
}

/*
 * The turn is taken. An entry that is lost comes back as DONE at once: as BEGUN, without a journal, it would let the
 * part begin anew when it is killed in between. 'again': the word is there already, if the entry is.
 */
static mmv_status say_done(struct mmv_journal *journal, bool again)
{
    bool is_there = true, is_lost;
    mmv_status status = is_entry_lost(journal, &is_lost);
    if (status == MMV_OK && is_lost)
        status = find_entry(journal, &is_there);
    if (status || (again && !is_lost))
        return status;
    journal->part.entry.sum = journal->part.sum;
    return is_there ? set_state(journal, MMV__PART_DONE) : add_entry(journal, MMV__PART_DONE);
}

/*
 * A repeated part whose journal is gone has only this sum to tell whether the file still is what the part has made of
 * it.
 */
mmv_status mmv__part_done(struct mmv_journal *journal)
{
    mmv__job_part *part = &journal->part;
    if (part->descriptor < 0)
        return MMV_OK;
    if (part->state >= MMV__PART_DONE && part->entry.sum != part->sum)
        return fault(journal, "the file was changed or put back since: it is not what this part of the job made of it");
    if (part->state >= MMV__PART_DONE)
        return MMV_OK;
    mmv_status status = mmv__job_take_turn(journal);
    if (status)
        return status;
    status = say_done(journal, false);
    leave_turn(journal);
    return status;
}

/* Whether all other parts are told, and all units there. */
static mmv_status is_last(const struct mmv_journal *journal, bool *last_ret)
{
    const mmv__job_part *part = &journal->part;
    uint64_t units = 0;
    uint32_t state = MMV__PART_TOLD;
    mmv__part_entry entry;
    mmv_status status = MMV_OK;
    *last_ret = true;
    for (uint64_t number = 0; status == MMV_OK && state != 0; number++) {
        status = read_entry(journal, number, &entry, &state);
        if (status || state == 0)
            break;
        units += entry.units;
        *last_ret &= number == part->number || state == MMV__PART_TOLD;
    }
    *last_ret = *last_ret && units == part->header.total;
    return status;
}

static mmv_status unmark(const mmv_map *map, const struct mmv_journal *journal)
{
    assert(map);
    int error = mmv__unmark_map(map, journal->part.header.run, false);
    if (error == 0 && journal->part.header.mode == MMV_JOURNAL_POWER)
        error = mmv__os_sync(map->descriptor);
    return error ? mmv__fail_path(error, "unmark", map->path) : MMV_OK;
}

static mmv_status end_job(struct mmv_journal *journal)
{
    bool is_power = journal->part.header.mode == MMV_JOURNAL_POWER;
    /* Invariant 2. */
    assert(journal->part.state == MMV__PART_DONE);
    mmv_status status =
        mmv__job_is_over_several(journal) ? mmv__job_unmark_all(journal) : unmark(journal->latest.map, journal);
    if (status)
        return status;
    int error = mmv__os_remove(journal->part.path);
    if (error)
        return failed(journal, error, "remove");
    /* The job is over, whatever comes. */
    if (is_power)
        mmv__os_sync_directory(journal->part.path);
    return MMV_OK;
}

/* The turn is held until the process ends, or the journal is closed. */
mmv_status mmv__part_leave(struct mmv_journal *journal)
{
    bool last = false;
    if (journal->part.descriptor < 0 || journal->part.state == MMV__PART_TOLD)
        return MMV_OK;
    mmv_status status = mmv__job_take_turn(journal);
    if (status == MMV_OK)
        status = say_done(journal, true);
    if (status == MMV_OK)
        status = is_last(journal, &last);
    if (status)
        return status;
    return last ? end_job(journal) : set_state(journal, MMV__PART_TOLD);
}

void mmv__part_close(struct mmv_journal *journal)
{
    mmv__job_close_record(&journal->part);
    mmv__job_table_free(&journal->part.table);
    free(journal->part.path);
    journal->part.path = NULL;
}
