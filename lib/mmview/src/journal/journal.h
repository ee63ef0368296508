/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_JOURNAL_INTERNAL_H
#define MMVIEW_JOURNAL_INTERNAL_H

/*
 * The inside of a journal.
 *
 *     journal.c          the run: its file, from open to finish
 *     entry.c     one walk of it: its entry, marks, which units are done, what was left half done
 *     slot.c     kill: a few granules at a time, saved, changed, done
 *     group.c    power: many units at a time, saved and synced, changed and synced, done
 *     parts.c    many runs that are one job: all are finished, or none
 *     find.c     names, marks, other runs' journals
 *     info.c     for people: inspect and discard
 *     format.c   bytes
 */

#include "map/guard.h"
#include "journal/format.h"
#include "base/checksum.h"
#include "map/map.h"
#include "os/sync.h"

#include <mmview/journal.h>

struct mmv__job;
struct mmv__worker;
struct mmv__unit;

/* The walk that is under way. */
typedef struct mmv__journal_walk {
    mmv__journal_entry entry;
    uint64_t number;
    uint64_t words_at;   /* file offset of the units' words */
    unsigned char *done; /* a bit per unit */
    uint64_t left;       /* units that are not done */
    uint64_t resumed;    /* bytes that an earlier run did */
    unsigned per_worker; /* slots of each worker */
} mmv__journal_walk;

struct mmv_journal {
    char *path; /* absolute */
    char *operation;
    mmv_journal_options options;
    int descriptor; /* -1 = there is no file yet */
    mmv__journal_header header;
    uint64_t walks;    /* entries in the file */
    uint64_t next;     /* number of the walk that comes next */
    uint64_t at;       /* file offset of its entry */
    uint64_t room_end; /* behind the entry the file is zeros up to there; 0 = not known */
    uint64_t sequence; /* power: of the slot that was used last */
    char *slots;       /* kill: mapped, header.slots of header.slot_size bytes */
    mmv__watch *watch;
    mmv_map *marked;    /* the file that bears this run's mark, or NULL */
    mmv_journals *near; /* journals beside the latest file */
    mmv__mutex lock;    /* around 'walk.done', 'walk.left' */
    mmv__journal_walk walk;
};

/* A slot in a worker's hands, kill mode. */
typedef struct mmv__undo {
    struct mmv_journal *journal;
    mmv__journal_slot *slot; /* NULL = none */
    uint64_t number;
    uint64_t unit, first, count; /* what it works on; records. count 0 = nothing */
    uint64_t key;
    mmv__slot_state state;
    uint64_t armed_first, armed_count; /* records that are saved */
} mmv__undo;

/* journal.c */
mmv_status mmv__journal_fault(const struct mmv_journal *journal, const char *detail);
mmv_status mmv__journal_error(const struct mmv_journal *journal, int error, const char *operation);
mmv_status mmv__journal_create(struct mmv_journal *journal, const struct mmv__job *job);
mmv_status mmv__journal_start_anew(struct mmv_journal *journal); /* the file is of a run that is over: remove it */
int mmv__journal_lock(int descriptor, unsigned wait_ms);
int mmv__journal_write_end(int descriptor, const mmv__journal_header *header, uint32_t how);
mmv_status mmv__journal_set_walks(struct mmv_journal *journal, uint64_t walks);
mmv_status mmv__journal_unmark(struct mmv_journal *journal);

/* entry.c: around a planned walk. begin may make job->threads less. */
mmv_status mmv__journal_begin(struct mmv__job *job);
mmv_status mmv__journal_end(struct mmv__job *job, mmv_status status);
bool mmv__journal_is_done(struct mmv_journal *journal, uint64_t unit);
mmv_status mmv__journal_set_done(struct mmv_journal *journal, uint64_t unit, uint64_t checksum);
/* The walk's unit without what is done already. */
mmv_status mmv__journal_run(struct mmv__worker *worker, const struct mmv__unit *unit);
/* What a granule is checked by when it is done; records lie 'stride' bytes apart in memory. */
uint64_t mmv__journal_checksum(const mmv__journal_entry *entry, const void *data, size_t stride, uint64_t count);
/* Whether records are what a checksum says; with a key it is a done unit's word. MMV_EJOURNAL when not. */
mmv_status mmv__journal_compare(const struct mmv__job *job, uint64_t first, uint64_t count, uint64_t checksum,
                                uint64_t word_key);
uint64_t mmv__unit_granules(const mmv__journal_entry *entry, uint64_t unit);

/*
 * slot.c: records [first, first + count) are whole granules of one unit, after those that are done. save, then
 * arm; then they may change; then commit. The last granule of a unit may be short. 'fresh' is what became of 'old'.
 */
void mmv__undo_begin(mmv__undo *undo, struct mmv_journal *journal, uint64_t number);
void mmv__undo_save(mmv__undo *undo, uint64_t first, uint64_t count, const void *old, size_t stride);
void mmv__undo_arm(mmv__undo *undo);
mmv_status mmv__undo_commit(mmv__undo *undo, const void *fresh, size_t stride);
/* How many records from 'first' on can be saved at once, at most 'most' of them or one granule. */
uint64_t mmv__undo_records(const struct mmv_journal *journal, uint64_t first, uint64_t most);
uint64_t mmv__undo_granule(const mmv__undo *undo, uint64_t first); /* one granule, or what the unit has left */
/* The number of records from 'first' to a border of granules, 'about' or a little less; at least a granule. */
uint64_t mmv__undo_border(const struct mmv_journal *journal, uint64_t first, uint64_t about);
mmv_status mmv__slots_recover(struct mmv__job *job);
mmv_status mmv__slots_map(struct mmv_journal *journal);

/* group.c */
mmv_status mmv__group_run(struct mmv__worker *worker, const struct mmv__unit *unit);
mmv_status mmv__groups_recover(struct mmv__job *job);
void mmv__group_end(struct mmv__worker *worker); /* close what the worker syncs through */

/* Records of a walk's file, packed, in and out: used by recovery only. */
mmv_status mmv__records_read(const struct mmv__job *job, uint64_t first, uint64_t count, void *data);
mmv_status mmv__records_write(const struct mmv__job *job, uint64_t first, uint64_t count, const void *data);

/* find.c */
mmv_status mmv__journal_others(struct mmv_journal *journal, const mmv_map *map, uint64_t offset, uint64_t length);
mmv_status mmv__journal_mark(struct mmv_journal *journal, mmv_map *map, uint64_t offset, uint64_t length);
mmv_status mmv__journal_absolute(const char *path, char **absolute_ret);
int mmv__journal_drop_marks(int descriptor, uint64_t run);

#endif
