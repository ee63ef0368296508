/* SPDX-License-Identifier: MIT */
/*
 * done.c - which stretches of the walk are done: a word each in the journal, a bit each in memory.
 *
 * Invariant: a stretch's word is written once, after its last record has changed, and never before the stretch's
 * granules are committed.
 */

#include "journal/journal.h"

#include "os/file.h"
#include "os/sync.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

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
    /* The invariant: once. */
    assert(!bit_of(walk, stretch));
    set_bit(walk, stretch);
    mmv__unlock(&journal->lock);
    return MMV_OK;
}

mmv_status mmv__done_none(struct mmv_journal *journal)
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

mmv_status mmv__done_load(const mmv__job *job)
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

mmv_status mmv__done_all(struct mmv_journal *journal)
{
    mmv__journal_walk *walk = &journal->walk;
    mmv_status status = mmv__done_none(journal);
    for (uint64_t stretch = 0; stretch < walk->entry.stretches && status == MMV_OK; stretch++)
        set_bit(walk, stretch);
    walk->resumed = mmv__entry_records(&walk->entry) * walk->entry.record;
    return status;
}
