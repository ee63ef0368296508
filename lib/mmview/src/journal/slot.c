/* SPDX-License-Identifier: MIT */
/*
 * slot.c - the journal that survives the end of the process: a few granules at a time.
 *
 *     save       the old records go into the slot
 *     arm        one store: granules [g, g + n) of unit u are in the slot
 *                ... the records change ...
 *     commit     one store: g + n granules of unit u are done
 *     at last    the unit's word in the entry, then the slot is free
 *
 * Invariants:
 * 1. A record changes only while its granule is armed, and the slot then holds it as it was.
 * 2. The slot changes only while it is not armed, except for its word.
 * 3. A unit is in one slot at most; what is neither in a slot nor done is as it was.
 *
 * A process that is killed stops between two of its stores, and all before are in the page cache: compiler fences are
 * all the order that this needs. The word is stored in one piece on every machine this runs on.
 */

#include "journal/journal.h"

#include "os/memory.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

static mmv__journal_slot *slot_at(const struct mmv_journal *journal, uint64_t number)
{
    return (mmv__journal_slot *)(void *)(journal->slots + (size_t)(number * journal->header.slot_size));
}

static void *room_of(mmv__journal_slot *slot)
{
    return (char *)slot + MMV__JOURNAL_PAGE;
}

static void set_word(mmv__journal_slot *slot, uint64_t word)
{
    atomic_signal_fence(memory_order_seq_cst);
    __atomic_store_n(&slot->state, word, __ATOMIC_RELAXED);
    atomic_signal_fence(memory_order_seq_cst);
}

static void set_state(mmv__undo *undo, mmv__slot_state state)
{
    undo->state = state;
    set_word(undo->slot, mmv__slot_word(undo->key, state));
}

static size_t lanes_size(const struct mmv_journal *journal)
{
    return journal->header.slots * sizeof *journal->lanes;
}

mmv_status mmv__slots_map(struct mmv_journal *journal)
{
    void *address, *lanes;
    size_t size = (size_t)(journal->header.slots * journal->header.slot_size);
    int error = mmv__os_memory(lanes_size(journal), &lanes);
    if (error)
        return mmv__journal_error(journal, error, "memory");
    journal->lanes = lanes;
    error = mmv__os_reserve(size, &address);
    if (error)
        return mmv__journal_error(journal, error, "map");
    error = mmv__os_map_at(address, size, MMV_READ_WRITE, journal->descriptor, MMV__JOURNAL_PAGE);
    if (error) {
        mmv__os_unmap(address, size);
        return mmv__journal_error(journal, error, "map");
    }
    /* Most of a slot is never touched: reading ahead in it cost more than working on 8 MiB. */
    mmv__os_advise(address, size, MMV_ADVISE_RANDOM);
    journal->slots = address;
    journal->watch = mmv__guard_watch(address, size);
    return MMV_OK;
}

void mmv__slots_unmap(struct mmv_journal *journal)
{
    mmv__guard_unwatch(journal->watch);
    if (journal->slots)
        mmv__os_unmap(journal->slots, (size_t)(journal->header.slots * journal->header.slot_size));
    if (journal->lanes)
        mmv__os_memory_free(journal->lanes, lanes_size(journal));
    journal->watch = NULL;
    journal->slots = NULL;
    journal->lanes = NULL;
}

/* ---- a worker's slot -------------------------------------------------------------------------------------------- */

static struct mmv_journal *journal_of(mmv__saver *saver)
{
    return (struct mmv_journal *)(void *)saver;
}

static const struct mmv_journal *asked(const mmv__saver *saver)
{
    return (const struct mmv_journal *)(const void *)saver;
}

static mmv__undo *begin_lane(struct mmv_journal *journal, uint64_t number)
{
    assert(number < journal->header.slots);
    journal->lanes[number] = (mmv__undo){.number = number, .slot = slot_at(journal, number)};
    return &journal->lanes[number];
}

void mmv__undo_reset(struct mmv_journal *journal)
{
    for (uint64_t i = 0; i < journal->header.slots; i++)
        begin_lane(journal, i);
}

static void set_unit(const struct mmv_journal *journal, mmv__undo *undo, uint64_t unit)
{
    const mmv__journal_walk *walk = &journal->walk;
    undo->unit = unit;
    undo->first = mmv__unit_first(&walk->entry, unit);
    undo->count = mmv__unit_first(&walk->entry, unit + 1) - undo->first;
    undo->key = mmv__slot_key(journal->header.run, undo->number, walk->number, unit);
}

static void take_unit(const struct mmv_journal *journal, mmv__undo *undo, uint64_t unit)
{
    set_word(undo->slot, 0);
    set_unit(journal, undo, unit);
    undo->slot->walk = journal->walk.number;
    undo->slot->unit = unit;
    set_state(undo, (mmv__slot_state){.kind = MMV__SLOT_WORKING});
}

uint64_t mmv__undo_records(const mmv__saver *saver, uint64_t first, uint64_t most)
{
    const struct mmv_journal *journal = asked(saver);
    const mmv__journal_entry *entry = &journal->walk.entry;
    uint64_t end = mmv__unit_first(entry, mmv__unit_of(entry, first) + 1);
    uint64_t fit = mmv_min(most, journal->header.room / entry->record);
    return mmv_min(end - first, mmv_max(entry->granule, mmv_round_down(fit, entry->granule)));
}

uint64_t mmv__undo_granule(const mmv__saver *saver, unsigned lane, uint64_t first)
{
    const struct mmv_journal *journal = asked(saver);
    const mmv__undo *undo = &journal->lanes[lane];
    /* Nearly always the next granule of the unit in hand: no division then. */
    if (first - undo->first < undo->count)
        return mmv_min(journal->walk.entry.granule, undo->first + undo->count - first);
    return mmv__undo_records(saver, first, 1);
}

uint64_t mmv__undo_border(const mmv__saver *saver, uint64_t first, uint64_t about)
{
    const mmv__journal_entry *entry = &asked(saver)->walk.entry;
    uint64_t unit = mmv__unit_of(entry, first + about);
    uint64_t start = mmv__unit_first(entry, unit);
    uint64_t border = start + mmv_round_down(first + about - start, entry->granule);
    if (border > first)
        return border - first;
    return mmv_min(first + entry->granule, mmv__unit_first(entry, unit + 1)) - first;
}

void mmv__undo_save(mmv__saver *saver, unsigned lane, const mmv__records *old)
{
    struct mmv_journal *journal = journal_of(saver);
    mmv__undo *undo = &journal->lanes[lane];
    const mmv__journal_entry *entry = &journal->walk.entry;
    size_t record = (size_t)entry->record;
    char *room = room_of(undo->slot);
    /* Invariant 2; and what is saved fits the slot. */
    assert(undo->state.kind != MMV__SLOT_ARMED && old->count > 0 && old->count * record <= journal->header.room);
    if (old->first - undo->first >= undo->count)
        take_unit(journal, undo, mmv__unit_of(entry, old->first));
    /* Granules are done in order: nothing of the unit is left out. */
    assert(old->first == undo->first + undo->state.granule * entry->granule);
    undo->armed_first = old->first;
    undo->armed_count = old->count;
    if (old->stride == record) {
        undo->slot->old = mmv__copy_sum(room, old->data, (size_t)old->count * record);
        return;
    }
    for (size_t i = 0; i < old->count; i++)
        memcpy(room + i * record, (const char *)old->data + i * old->stride, record);
    undo->slot->old = mmv__sum(room, (size_t)old->count * record);
}

void mmv__undo_arm(mmv__saver *saver, unsigned lane)
{
    struct mmv_journal *journal = journal_of(saver);
    mmv__undo *undo = &journal->lanes[lane];
    uint64_t granule = journal->walk.entry.granule;
    mmv__slot_state state = undo->state;
    assert(state.kind == MMV__SLOT_WORKING && undo->armed_count > 0);
    state.kind = MMV__SLOT_ARMED;
    state.count = (unsigned)((undo->armed_count + granule - 1) / granule);
    set_state(undo, state);
}

mmv_status mmv__undo_commit(mmv__saver *saver, unsigned lane, const mmv__records *fresh)
{
    size_t at;
    struct mmv_journal *journal = journal_of(saver);
    mmv__undo *undo = &journal->lanes[lane];
    const mmv__journal_entry *entry = &journal->walk.entry;
    /* Invariant 1: what changed was armed. */
    assert(undo->state.kind == MMV__SLOT_ARMED);
    assert(fresh->first == undo->armed_first && fresh->count == undo->armed_count);
    uint64_t before = mmv_round_down(undo->armed_count - 1, entry->granule);
    const char *last = (const char *)fresh->data + (size_t)before * fresh->stride;
    uint64_t checksum = mmv__journal_checksum(entry, last, fresh->stride, undo->armed_count - before);
    mmv__slot_state state = undo->state;
    if (mmv__guard_caught(journal->watch, &at))
        return mmv__journal_fault(journal, "it became shorter or its disk failed while it was in use");
    state.kind = MMV__SLOT_WORKING;
    state.turn ^= 1;
    state.granule += state.count;
    state.count = 0;
    undo->slot->fresh[state.turn] = checksum;
    set_state(undo, state);
    if (undo->armed_first + undo->armed_count < undo->first + undo->count)
        return MMV_OK;
    mmv_status status = mmv__journal_set_done(journal, undo->unit, checksum);
    if (status == MMV_OK) {
        set_word(undo->slot, 0);
        undo->state = (mmv__slot_state){.kind = MMV__SLOT_FREE};
        undo->count = 0;
    }
    return status;
}

/* ---- recovery --------------------------------------------------------------------------------------------------- */

/* The records that a slot's state speaks of: those saved, and the granule that was done last. */
static void armed_records(const mmv__undo *undo, uint64_t granule, uint64_t *first_ret, uint64_t *count_ret)
{
    *first_ret = undo->first + undo->state.granule * granule;
    *count_ret = mmv_min(undo->state.count * granule, undo->first + undo->count - *first_ret);
}

/* What a slot of an earlier process holds, in the lane of its number. count 0 = nothing. */
static mmv_status read_slot(struct mmv_journal *journal, uint64_t number, mmv__undo **undo_ret)
{
    const mmv__journal_walk *walk = &journal->walk;
    mmv__undo *undo = *undo_ret = begin_lane(journal, number);
    mmv__journal_slot *slot = undo->slot;
    if (slot->state == 0)
        return MMV_OK;
    if (slot->walk != walk->number || slot->unit >= walk->entry.units)
        return mmv__journal_fault(journal, "one of its slots is damaged");
    set_unit(journal, undo, slot->unit);
    uint64_t granules = mmv__unit_granules(&walk->entry, slot->unit);
    if (!mmv__slot_read(undo->key, slot->state, &undo->state) ||
        undo->state.granule + (uint64_t)undo->state.count > granules)
        return mmv__journal_fault(journal, "one of its slots is damaged");
    return MMV_OK;
}

static mmv_status check_last(const mmv__job *job, const mmv__undo *undo)
{
    const mmv__journal_entry *entry = &mmv__journal_of(job)->walk.entry;
    if (undo->state.granule == 0)
        return MMV_OK;
    uint64_t first = undo->first + (undo->state.granule - 1) * entry->granule;
    return mmv__journal_compare(job, first, mmv_min(entry->granule, undo->first + undo->count - first),
                                undo->slot->fresh[undo->state.turn], 0);
}

static mmv_status check_slot(const mmv__job *job, uint64_t number)
{
    mmv__undo *undo;
    uint64_t first, count;
    struct mmv_journal *journal = mmv__journal_of(job);
    const mmv__journal_entry *entry = &journal->walk.entry;
    mmv_status status = read_slot(journal, number, &undo);
    if (status || undo->count == 0 || mmv__journal_is_done(journal, undo->unit))
        return status;
    if (undo->state.kind == MMV__SLOT_ARMED) {
        armed_records(undo, entry->granule, &first, &count);
        if (count * entry->record > journal->header.room ||
            mmv__sum(room_of(undo->slot), (size_t)(count * entry->record)) != undo->slot->old)
            return mmv__journal_fault(journal, "the records that it saved are damaged");
    }
    return check_last(job, undo);
}

static mmv_status restore(const mmv__job *job, mmv__undo *undo)
{
    uint64_t first, count;
    armed_records(undo, mmv__journal_of(job)->walk.entry.granule, &first, &count);
    mmv_status status = mmv__records_write(job, first, count, room_of(undo->slot));
    if (status)
        return status;
    mmv__slot_state state = undo->state;
    state.kind = MMV__SLOT_WORKING;
    state.count = 0;
    set_state(undo, state);
    return MMV_OK;
}

/* The unit was changed to its end, but nobody wrote that down. */
static mmv_status write_down(struct mmv_journal *journal, mmv__undo *undo)
{
    mmv_status status = mmv__journal_set_done(journal, undo->unit, undo->slot->fresh[undo->state.turn]);
    if (status == MMV_OK)
        set_word(undo->slot, 0);
    return status;
}

/* Restore what is half changed, then do the rest of the unit in the slot that it is in. */
static mmv_status finish_unit(mmv__worker *worker)
{
    mmv__undo *undo;
    const mmv__job *job = worker->job;
    struct mmv_journal *journal = mmv__journal_of(job);
    const mmv__journal_entry *entry = &journal->walk.entry;
    mmv_status status = read_slot(journal, mmv__lane(worker, 0), &undo);
    if (status || undo->count == 0)
        return status;
    if (mmv__journal_is_done(journal, undo->unit)) {
        set_word(undo->slot, 0);
        return MMV_OK;
    }
    if (undo->state.kind == MMV__SLOT_ARMED)
        status = restore(job, undo);
    uint64_t done = undo->state.granule * entry->granule;
    if (status || done >= undo->count)
        return status ? status : write_down(journal, undo);
    journal->walk.resumed += done * entry->record;
    mmv__unit rest = {.first = undo->first + done, .count = undo->count - done, .io = MMV_IO_BUFFERED};
    return mmv__run_buffered(worker, &rest);
}

/*
 * Every slot is looked at before anything is touched: a journal that is refused has changed nothing. What a slot holds
 * is finished in the lane of its number, by the first worker: a walk may have fewer threads than the run before it.
 */
mmv_status mmv__slots_recover(const mmv__job *job)
{
    mmv__job finishing = *job;
    mmv__worker worker = {.job = &finishing};
    uint64_t slots = mmv__journal_of(job)->header.slots;
    mmv_status status = MMV_OK;
    finishing.how.saves = true;
    finishing.how.lanes = 1;
    for (uint64_t i = 0; i < slots && status == MMV_OK; i++)
        status = check_slot(job, i);
    for (; worker.first_lane < slots && status == MMV_OK; worker.first_lane++)
        status = finish_unit(&worker);
    mmv__os_memory_free(worker.buffer, worker.buffer_size);
    return status;
}
