/* SPDX-License-Identifier: MIT */
/*
 * stash.c - the journal that survives the end of the process: a few granules at a time.
 *
 *     save       the old records go into the stash
 *     arm        one store: granules [g, g + n) of stretch s are in the stash
 *                ... the records change ...
 *     commit     one store: g + n granules of stretch s are done
 *     at last    the stretch's word in the entry, then the stash is free
 *
 * Invariants:
 * 1. A record changes only while its granule is armed, and the stash then holds it as it was.
 * 2. The stash changes only while it is not armed, except for its word.
 * 3. A stretch is in one stash at most; a stretch that is neither in a stash nor done is as it was. No assert: the
 * other stashes belong to other threads.
 *
 * 4. A store may be lost: a file system that copies on write may be full. No record changes before its stash was seen
 *    to have taken what was saved, and the word that arms it. Nothing is saved over a stash before it was seen to have
 *    taken the word that ends the arming. No assert: save, arm and commit return what look_at_stashes() saw.
 *
 * A process that is killed stops between two of its stores, and all before are in the page cache: compiler fences are
 * all the order that this needs. The word is stored in one piece on every machine this runs on.
 *
 * Where the file system does not map, the stashes are memory of this process, and each store is followed by a pwrite(2)
 * of its bytes: put(). The calls are in the order of the stores, so a process that is killed leaves the same.
 */

#include "journal/journal.h"

#include "os/machine.h"
#include "os/memory.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

_Static_assert(offsetof(mmv__journal_stash, kept_file) ==
                   offsetof(mmv__journal_stash, kept) + sizeof((mmv__journal_stash *)0)->kept,
               "they are stored together");
_Static_assert(offsetof(mmv__journal_stash, changed) ==
                   offsetof(mmv__journal_stash, fresh) + sizeof((mmv__journal_stash *)0)->fresh,
               "what a commit stores lies together");

static mmv__journal_stash *stash_at(const struct mmv_journal *journal, uint64_t number)
{
    return (mmv__journal_stash *)(void *)(journal->stashes.data + (size_t)(number * journal->header.stash_size));
}

static void *room_of(mmv__journal_stash *stash)
{
    return (char *)stash + MMV__JOURNAL_PAGE;
}

/* What was stored there reaches the file: a mapping is the file. */
static mmv_status put(const struct mmv_journal *journal, const void *stored, size_t size)
{
    if (journal->stashes.mapped)
        return MMV_OK;
    uint64_t at = MMV__JOURNAL_PAGE + (uint64_t)((const char *)stored - journal->stashes.data);
    int error = mmv__os_write(journal->descriptor, stored, size, at);
    return error ? mmv__fail_path_at(mmv__status_of(error), error, "save", journal->path, at) : MMV_OK;
}

static mmv_status set_word(const struct mmv_journal *journal, mmv__journal_stash *stash, uint64_t word)
{
    atomic_signal_fence(memory_order_seq_cst);
    __atomic_store_n(&stash->state, word, __ATOMIC_RELAXED);
    atomic_signal_fence(memory_order_seq_cst);
    return put(journal, &stash->state, sizeof stash->state);
}

static mmv_status set_state(const struct mmv_journal *journal, mmv__lane *lane, mmv__stash_state state)
{
    lane->state = state;
    return set_word(journal, lane->stash, mmv__stash_word(lane->key, state));
}

/* ---- the stashes in memory --------------------------------------------------------------------------------------- */

static size_t lanes_size(const struct mmv_journal *journal)
{
    return journal->header.stashes * sizeof *journal->lanes;
}

static size_t stashes_size(const struct mmv_journal *journal)
{
    return (size_t)(journal->header.stashes * journal->header.stash_size);
}

static int map_stashes(struct mmv_journal *journal)
{
    void *address;
    size_t size = stashes_size(journal);
    /* With larger pages, as on Windows and on some 64-bit ARM, the stashes do not begin one. */
    if (MMV__JOURNAL_PAGE % mmv__os_page_size() != 0)
        return ENOTSUP;
    int error = mmv__os_reserve(size, &address);
    if (error)
        return error;
    error = mmv__os_map_at(address, size, MMV_READ_WRITE, journal->descriptor, MMV__JOURNAL_PAGE);
    if (error) {
        mmv__os_unmap(address, size);
        return error;
    }
    /* Most of a stash is never touched: reading ahead in it cost more than working on 8 MiB. */
    mmv__os_advise(address, size, MMV_ADVISE_RANDOM);
    journal->stashes.data = address;
    journal->stashes.mapped = true;
    journal->stashes.watch = mmv__guard_watch(address, size);
    return 0;
}

/* What a stash says, and the records behind it unless it is free: the rest of its memory is never touched. */
static int load_stash(const struct mmv_journal *journal, uint64_t number)
{
    size_t done, size = sizeof(mmv__journal_stash);
    uint64_t at = mmv__header_stash_at(&journal->header, number);
    mmv__journal_stash *stash = stash_at(journal, number);
    int error = mmv__os_read(journal->descriptor, stash, size, at, &done);
    if (error || done < size)
        return error ? error : EIO;
    if (stash->state == 0)
        return 0;
    size = (size_t)journal->header.room;
    error = mmv__os_read(journal->descriptor, room_of(stash), size, at + MMV__JOURNAL_PAGE, &done);
    return error || done == size ? error : EIO;
}

static mmv_status load_stashes(struct mmv_journal *journal)
{
    void *memory;
    int error = mmv__os_memory(stashes_size(journal), &memory);
    if (error)
        return mmv__journal_error(journal, error, "memory");
    journal->stashes.data = memory;
    for (uint64_t i = 0; i < journal->header.stashes && error == 0; i++)
        error = load_stash(journal, i);
    return error ? mmv__journal_error(journal, error, "read") : MMV_OK;
}

mmv_status mmv__stashes_open(struct mmv_journal *journal)
{
    void *lanes;
    int error = mmv__os_memory(lanes_size(journal), &lanes);
    if (error)
        return mmv__journal_error(journal, error, "memory");
    journal->lanes = lanes;
    return map_stashes(journal) == 0 ? MMV_OK : load_stashes(journal);
}

void mmv__stashes_close(struct mmv_journal *journal)
{
    mmv__guard_unwatch(journal->stashes.watch);
    if (journal->stashes.mapped)
        mmv__os_unmap(journal->stashes.data, stashes_size(journal));
    else if (journal->stashes.data)
        mmv__os_memory_free(journal->stashes.data, stashes_size(journal));
    if (journal->lanes)
        mmv__os_memory_free(journal->lanes, lanes_size(journal));
    journal->stashes = (mmv__stashes){0};
    journal->lanes = NULL;
}

/* ---- a lane's stash --------------------------------------------------------------------------------------------- */

static const struct mmv_journal *asked(const mmv__saver *saver)
{
    return (const struct mmv_journal *)(const void *)saver;
}

static mmv__lane *begin_lane(struct mmv_journal *journal, uint64_t number)
{
    assert(number < journal->header.stashes);
    journal->lanes[number] = (mmv__lane){.number = number, .stash = stash_at(journal, number)};
    return &journal->lanes[number];
}

void mmv__lane_reset(struct mmv_journal *journal)
{
    for (uint64_t i = 0; i < journal->header.stashes; i++)
        begin_lane(journal, i);
}

static void set_stretch(const struct mmv_journal *journal, mmv__lane *lane, uint64_t stretch)
{
    const mmv__journal_walk *walk = &journal->walk;
    lane->stretch = stretch;
    lane->first = mmv__stretch_first(&walk->entry, stretch);
    lane->count = mmv__stretch_first(&walk->entry, stretch + 1) - lane->first;
    lane->key = mmv__stash_key(journal->header.run, lane->number, walk->number, stretch);
}

static mmv_status take_stretch(const struct mmv_journal *journal, mmv__lane *lane, uint64_t stretch)
{
    mmv__journal_stash *stash = lane->stash;
    mmv_status status = set_word(journal, stash, 0);
    set_stretch(journal, lane, stretch);
    stash->walk = journal->walk.number;
    stash->stretch = stretch;
    if (status == MMV_OK)
        status = put(journal, stash, sizeof *stash);
    return status ? status : set_state(journal, lane, (mmv__stash_state){.kind = MMV__STASH_WORKING});
}

uint64_t mmv__lane_records(const mmv__saver *saver, uint64_t first, uint64_t most)
{
    const struct mmv_journal *journal = asked(saver);
    const mmv__journal_entry *entry = &journal->walk.entry;
    uint64_t end = mmv__stretch_first(entry, mmv__stretch_of(entry, first) + 1);
    uint64_t fit = mmv_min(most, journal->header.room / entry->record);
    return mmv_min(end - first, mmv_max(entry->granule, mmv_round_down(fit, entry->granule)));
}

uint64_t mmv__lane_granule(const mmv__saver *saver, unsigned number, uint64_t first)
{
    const struct mmv_journal *journal = asked(saver);
    const mmv__lane *lane = &journal->lanes[number];
    /* Nearly always the next granule of the stretch in hand: no division then. */
    if (first - lane->first < lane->count)
        return mmv_min(journal->walk.entry.granule, lane->first + lane->count - first);
    return mmv__lane_records(saver, first, 1);
}

uint64_t mmv__lane_border(const mmv__saver *saver, uint64_t first, uint64_t about)
{
    const mmv__journal_entry *entry = &asked(saver)->walk.entry;
    uint64_t stretch = mmv__stretch_of(entry, first + about);
    uint64_t start = mmv__stretch_first(entry, stretch);
    uint64_t border = start + mmv_round_down(first + about - start, entry->granule);
    if (border > first)
        return border - first;
    return mmv_min(first + entry->granule, mmv__stretch_first(entry, stretch + 1)) - first;
}

/*
 * Invariant 4. A store that the file system did not take went to the guard's page. Which of the stashes it was does not
 * matter: the walk ends.
 */
static mmv_status look_at_stashes(const struct mmv_journal *journal)
{
    size_t at;
    if (!mmv__guard_caught(journal->stashes.watch, &at))
        return MMV_OK;
    mmv__os_facts facts;
    if (mmv__os_get_facts(journal->descriptor, &facts) == 0 && facts.size < mmv__header_log_at(&journal->header))
        return mmv__journal_fault(journal, "it became shorter while it was in use");
    int error = mmv__os_is_full(journal->descriptor) ? ENOSPC : EIO;
    return mmv__fail_path_at(mmv__status_of(error), error, "save", journal->path, MMV__JOURNAL_PAGE + at);
}

/* Old records go into the stash, packed. */
static void save(mmv__lane *lane, const mmv__records *old, size_t record)
{
    char *room = room_of(lane->stash);
    if (old->stride == record) {
        lane->stash->old = mmv__copy_sum(room, old->data, (size_t)old->count * record);
        return;
    }
    for (size_t i = 0; i < old->count; i++)
        memcpy(room + i * record, (const char *)old->data + i * old->stride, record);
    lane->stash->old = mmv__sum(room, (size_t)old->count * record);
}

mmv_status mmv__lane_save(mmv__saver *saver, unsigned number, const mmv__records *old)
{
    struct mmv_journal *journal = mmv__journal_from(saver);
    mmv__lane *lane = &journal->lanes[number];
    const mmv__journal_entry *entry = &journal->walk.entry;
    size_t record = (size_t)entry->record;
    mmv_status status = MMV_OK;
    /* Invariant 2; and what is saved fits the stash. */
    assert(lane->state.kind != MMV__STASH_ARMED && old->count > 0 && old->count * record <= journal->header.room);
    if (old->first - lane->first >= lane->count)
        status = take_stretch(journal, lane, mmv__stretch_of(entry, old->first));
    if (status)
        return status;
    /* Granules are done in order: nothing of the stretch is left out. */
    assert(old->first == lane->first + lane->state.granule * entry->granule);
    lane->armed_first = old->first;
    lane->armed_count = old->count;
    save(lane, old, record);
    status = put(journal, room_of(lane->stash), (size_t)old->count * record);
    if (status == MMV_OK)
        status = put(journal, &lane->stash->old, sizeof lane->stash->old);
    return status ? status : look_at_stashes(journal);
}

mmv_status mmv__lane_arm(mmv__saver *saver, unsigned number)
{
    struct mmv_journal *journal = mmv__journal_from(saver);
    mmv__lane *lane = &journal->lanes[number];
    uint64_t granule = journal->walk.entry.granule;
    mmv__stash_state state = lane->state;
    assert(state.kind == MMV__STASH_WORKING && lane->armed_count > 0);
    state.kind = MMV__STASH_ARMED;
    state.count = (unsigned)((lane->armed_count + granule - 1) / granule);
    mmv_status status = set_state(journal, lane, state);
    return status ? status : look_at_stashes(journal);
}

/* Before the records count as changed. */
static mmv_status note_kept(const struct mmv_journal *journal, mmv__journal_stash *stash)
{
    mmv__stash_keep(journal, stash);
    return put(journal, &stash->kept, sizeof stash->kept + sizeof stash->kept_file);
}

mmv_status mmv__lane_commit(mmv__saver *saver, unsigned number, const mmv__records *fresh)
{
    struct mmv_journal *journal = mmv__journal_from(saver);
    mmv__lane *lane = &journal->lanes[number];
    const mmv__journal_entry *entry = &journal->walk.entry;
    /* Invariant 1: what changed was armed. */
    assert(lane->state.kind == MMV__STASH_ARMED);
    assert(fresh->first == lane->armed_first && fresh->count == lane->armed_count);
    uint64_t before = mmv_round_down(lane->armed_count - 1, entry->granule);
    const char *last = (const char *)fresh->data + (size_t)before * fresh->stride;
    uint64_t checksum = mmv__journal_checksum(entry, last, fresh->stride, lane->armed_count - before);
    mmv__stash_state state = lane->state;
    mmv_status status = look_at_stashes(journal);
    if (status)
        return status;
    state.kind = MMV__STASH_WORKING;
    state.turn ^= 1;
    state.granule += state.count;
    state.count = 0;
    lane->stash->fresh[state.turn] = checksum;
    lane->stash->changed = mmv__os_now();
    status = put(journal, lane->stash->fresh, sizeof lane->stash->fresh + sizeof lane->stash->changed);
    if (status == MMV_OK && journal->options.kept)
        status = note_kept(journal, lane->stash);
    if (status == MMV_OK)
        status = set_state(journal, lane, state);
    /* Or the file says that these records are armed, and the next ones are saved over them. */
    if (status == MMV_OK)
        status = look_at_stashes(journal);
    if (status || lane->armed_first + lane->armed_count < lane->first + lane->count)
        return status;
    status = mmv__journal_set_done(journal, lane->stretch, checksum);
    if (status == MMV_OK)
        status = set_word(journal, lane->stash, 0);
    if (status == MMV_OK) {
        lane->state = (mmv__stash_state){.kind = MMV__STASH_FREE};
        lane->count = 0;
    }
    return status;
}

/* ---- recovery --------------------------------------------------------------------------------------------------- */

/* The records that an armed stash holds. */
static void armed_records(const mmv__lane *lane, uint64_t granule, uint64_t *first_ret, uint64_t *count_ret)
{
    *first_ret = lane->first + lane->state.granule * granule;
    *count_ret = mmv_min(lane->state.count * granule, lane->first + lane->count - *first_ret);
}

/* Set up the lane of a stash's number with what an earlier process left in the stash; count 0 = nothing. */
static mmv_status read_stash(struct mmv_journal *journal, uint64_t number, mmv__lane **lane_ret)
{
    const mmv__journal_walk *walk = &journal->walk;
    mmv__lane *lane = *lane_ret = begin_lane(journal, number);
    mmv__journal_stash *stash = lane->stash;
    if (stash->state == 0)
        return MMV_OK;
    if (stash->walk != walk->number || stash->stretch >= walk->entry.stretches)
        return mmv__journal_fault(journal, "one of its stashes is damaged");
    set_stretch(journal, lane, stash->stretch);
    uint64_t granules = mmv__stretch_granules(&walk->entry, stash->stretch);
    if (!mmv__stash_read(lane->key, stash->state, &lane->state) ||
        lane->state.granule + (uint64_t)lane->state.count > granules)
        return mmv__journal_fault(journal, "one of its stashes is damaged");
    return MMV_OK;
}

static mmv_status check_last(const mmv__job *job, const mmv__lane *lane)
{
    const mmv__journal_entry *entry = &mmv__journal_of(job)->walk.entry;
    if (lane->state.granule == 0)
        return MMV_OK;
    uint64_t first = lane->first + (lane->state.granule - 1) * entry->granule;
    return mmv__compare_records(job, first, mmv_min(entry->granule, lane->first + lane->count - first),
                                lane->stash->fresh[lane->state.turn], 0);
}

static mmv_status check_stash(const mmv__job *job, uint64_t number)
{
    mmv__lane *lane;
    uint64_t first, count;
    struct mmv_journal *journal = mmv__journal_of(job);
    const mmv__journal_entry *entry = &journal->walk.entry;
    mmv_status status = read_stash(journal, number, &lane);
    if (status || lane->count == 0 || mmv__journal_is_done(journal, lane->stretch))
        return status;
    if (lane->state.kind == MMV__STASH_ARMED) {
        armed_records(lane, entry->granule, &first, &count);
        if (count * entry->record > journal->header.room ||
            mmv__sum(room_of(lane->stash), (size_t)(count * entry->record)) != lane->stash->old)
            return mmv__journal_fault(journal, "the records that it saved are damaged");
        status = mmv__compare_half(job, first, count, room_of(lane->stash));
    }
    return status ? status : check_last(job, lane);
}

/*
 * What is half changed is made anew from what was saved, and stays armed meanwhile: whatever happens, there is
 * something to compare the file with.
 */
static mmv_status redo(mmv__worker *worker, mmv__lane *lane)
{
    const mmv__job *job = worker->job;
    armed_records(lane, mmv__journal_of(job)->walk.entry.granule, &lane->armed_first, &lane->armed_count);
    size_t size = (size_t)(lane->armed_count * job->what.record);
    mmv_status status = mmv__need(&worker->output, &worker->output_size, size);
    const mmv__records records = {lane->armed_first, lane->armed_count, worker->output, job->what.record};
    if (status)
        return status;
    memcpy(worker->output, room_of(lane->stash), size);
    status = mmv__call(worker, &records, worker->output);
    if (status == MMV_OK)
        status = mmv__records_write(job, records.first, records.count, records.data);
    return status ? status : mmv__lane_commit(job->what.saver, (unsigned)lane->number, &records);
}

/* The stretch was changed to its end, but nobody wrote that down. */
static mmv_status write_down(struct mmv_journal *journal, mmv__lane *lane)
{
    mmv_status status = mmv__journal_set_done(journal, lane->stretch, lane->stash->fresh[lane->state.turn]);
    return status ? status : set_word(journal, lane->stash, 0);
}

/* What is half changed first, then the rest of the stretch in the stash that it is in. */
static mmv_status finish_stretch(mmv__worker *worker)
{
    mmv__lane *lane;
    const mmv__job *job = worker->job;
    struct mmv_journal *journal = mmv__journal_of(job);
    const mmv__journal_entry *entry = &journal->walk.entry;
    mmv_status status = read_stash(journal, mmv__lane_number(worker, 0), &lane);
    if (status || lane->count == 0)
        return status;
    if (mmv__journal_is_done(journal, lane->stretch))
        return set_word(journal, lane->stash, 0);
    if (lane->state.kind == MMV__STASH_ARMED)
        status = redo(worker, lane);
    /* That was all of it. */
    if (status || lane->count == 0)
        return status;
    uint64_t done = lane->state.granule * entry->granule;
    if (done >= lane->count)
        return write_down(journal, lane);
    journal->walk.resumed += done * entry->record;
    mmv__unit rest = {.first = lane->first + done, .count = lane->count - done, .io = MMV_IO_BUFFERED};
    return mmv__run_buffered(worker, &rest);
}

/* Every stash is looked at before anything is touched: a journal that is refused has changed nothing. */
mmv_status mmv__stashes_check(const mmv__job *job)
{
    uint64_t stashes = mmv__journal_of(job)->header.stashes;
    mmv_status status = MMV_OK;
    for (uint64_t i = 0; i < stashes && status == MMV_OK; i++)
        status = check_stash(job, i);
    return status;
}

uint64_t mmv__stashes_changed(const struct mmv_journal *journal)
{
    uint64_t latest = 0;
    for (uint64_t i = 0; journal->stashes.data && i < journal->header.stashes; i++)
        latest = mmv_max(latest, stash_at(journal, i)->changed);
    return latest;
}

/*
 * What a stash holds is finished in the lane of its number, by the first worker: a walk may have fewer threads than the
 * run before it.
 */
mmv_status mmv__stashes_recover(const mmv__job *job)
{
    mmv__job finishing = *job;
    mmv__worker worker = {.job = &finishing};
    uint64_t stashes = mmv__journal_of(job)->header.stashes;
    mmv_status status = MMV_OK;
    finishing.how.saves = true;
    finishing.how.lanes = 1;
    for (; worker.first_lane < stashes && status == MMV_OK; worker.first_lane++)
        status = finish_stretch(&worker);
    mmv__os_memory_free(worker.buffer, worker.buffer_size);
    mmv__os_memory_free(worker.output, worker.output_size);
    return status;
}
