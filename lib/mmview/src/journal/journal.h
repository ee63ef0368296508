/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_JOURNAL_INTERNAL_H
#define MMVIEW_JOURNAL_INTERNAL_H

/*
 * The inside of a journal.
 *
 *     journal.c     the run: its file, from open to finish
 *     entry.c       one walk of it: its entry, which stretches are done, what was left half done
 *     stash.c       kill: a few granules at a time, saved, changed, done
 *     group.c       power: many stretches at a time, saved and synced, changed and synced, done
 *     parts.c       many runs that are one job: all are finished, or none
 *     find.c        names, marks, other runs' journals
 *     info.c        for people: inspect and discard
 *     format.c      what the bytes mean
 */

#include "map/guard.h"
#include "journal/format.h"
#include "base/checksum.h"
#include "map/map.h"
#include "os/sync.h"
#include "walk/job.h"
#include "walk/saver.h"

#include <mmview/journal.h>

/* The walk that is under way. */
typedef struct mmv__journal_walk {
    mmv__journal_entry entry;
    uint64_t number;
    uint64_t words_at;   /* file offset of the stretches' words */
    unsigned char *done; /* a bit per stretch */
    uint64_t left;       /* stretches that are not done */
    uint64_t resumed;    /* bytes that an earlier run did */
} mmv__journal_walk;

/* kill: a stash in a lane's hands. On cache lines of its own, since each lane is another thread's. */
typedef struct mmv__lane {
    _Alignas(128) mmv__journal_stash *stash;
    uint64_t number;
    uint64_t stretch, first, count; /* the stretch that it works on, and its records; count 0 = none */
    uint64_t key;
    mmv__stash_state state;
    uint64_t armed_first, armed_count; /* records that are saved */
} mmv__lane;

/* power: what one worker syncs through, and which of its two stashes was used last. Descriptors: 0 = not yet. */
typedef struct mmv__syncer {
    int file, journal;
    unsigned turn;
} mmv__syncer;

struct mmv_journal {
    mmv__saver saver; /* first: the handle is the walk's saver */
    char *path;       /* absolute */
    char *operation;
    mmv_journal_options options;
    int descriptor; /* -1 = there is no file yet */
    mmv__journal_header header;
    uint64_t walks;    /* entries in the file */
    uint64_t next;     /* number of the walk that comes next */
    uint64_t at;       /* file offset of its entry */
    uint64_t room_end; /* behind the entry the file is zeros up to there; 0 = not known */
    uint64_t sequence; /* power: of the stash that was used last */
    char *stashes;     /* kill: mapped, header.stashes of header.stash_size bytes */
    mmv__watch *watch;
    mmv__lane *lanes;        /* kill: header.stashes of them */
    mmv__syncer *syncers;    /* power: one for each worker, header.stashes / 2 of them */
    mmv_map *marked;         /* the file that bears this run's mark, or NULL */
    mmv_journal_cache *near; /* journals beside the latest file */
    mmv__mutex lock;         /* around 'walk.done', 'walk.left', 'sequence' */
    mmv__journal_walk walk;
};

_Static_assert(offsetof(struct mmv_journal, saver) == 0, "a walk takes an mmv_journal for its saver");

static inline struct mmv_journal *mmv__journal_from(mmv__saver *saver)
{
    return (struct mmv_journal *)(void *)saver;
}

static inline struct mmv_journal *mmv__journal_of(const mmv__job *job)
{
    return mmv__journal_from(job->what.saver);
}

/* journal.c */
mmv_status mmv__journal_fault(const struct mmv_journal *journal, const char *detail);
mmv_status mmv__journal_error(const struct mmv_journal *journal, int error, const char *operation);
mmv_status mmv__journal_create(struct mmv_journal *journal, const mmv__job *job);
mmv_status mmv__journal_start_anew(struct mmv_journal *journal); /* the file is of a run that is over: remove it */
int mmv__journal_lock(int descriptor, unsigned wait_ms);
int mmv__journal_write_end(int descriptor, const mmv__journal_header *header, uint32_t how);
mmv_status mmv__journal_set_walks(struct mmv_journal *journal, uint64_t walks);
mmv_status mmv__journal_unmark(struct mmv_journal *journal);

/* entry.c: the saver's calls, see walk/saver.h. Those of stash.c follow below. */
mmv_status mmv__journal_begin(mmv__saver *saver, const mmv__job *job, mmv__saver_terms *terms_ret);
mmv_status mmv__journal_run(mmv__saver *saver, mmv__worker *worker, const mmv__unit *unit);
void mmv__journal_leave(mmv__saver *saver, const mmv__worker *worker);
mmv_status mmv__journal_end(mmv__saver *saver, mmv_status status);
bool mmv__journal_is_done(struct mmv_journal *journal, uint64_t stretch);
mmv_status mmv__journal_set_done(struct mmv_journal *journal, uint64_t stretch, uint64_t checksum);
/* What a granule is checked by when it is done; records lie 'stride' bytes apart in memory. */
uint64_t mmv__journal_checksum(const mmv__journal_entry *entry, const void *data, size_t stride, uint64_t count);
/*
 * Whether records are what 'checksum' says, else MMV_EJOURNAL. With a key, 'checksum' is the word of a stretch that is
 * done.
 */
mmv_status mmv__journal_compare(const mmv__job *job, uint64_t first, uint64_t count, uint64_t checksum,
                                uint64_t word_key);
uint64_t mmv__stretch_granules(const mmv__journal_entry *entry, uint64_t stretch);

/*
 * stash.c: records are whole granules of one stretch, after those that are done; the last granule of a stretch may be
 * short.
 */
void mmv__lane_save(mmv__saver *saver, unsigned number, const mmv__records *old);
void mmv__lane_arm(mmv__saver *saver, unsigned number);
mmv_status mmv__lane_commit(mmv__saver *saver, unsigned number, const mmv__records *fresh);
uint64_t mmv__lane_records(const mmv__saver *saver, uint64_t first, uint64_t most);
uint64_t mmv__lane_granule(const mmv__saver *saver, unsigned number, uint64_t first);
uint64_t mmv__lane_border(const mmv__saver *saver, uint64_t first, uint64_t about);
void mmv__lane_reset(struct mmv_journal *journal); /* no lane works on anything */
mmv_status mmv__stashes_recover(const mmv__job *job);
mmv_status mmv__stashes_map(struct mmv_journal *journal);
void mmv__stashes_unmap(struct mmv_journal *journal);

/* group.c */
mmv_status mmv__group_run(mmv__worker *worker, const mmv__unit *unit);
mmv_status mmv__groups_recover(const mmv__job *job);
void mmv__group_leave(struct mmv_journal *journal, const mmv__worker *worker); /* close what it syncs through */

/* Records of a walk's file, packed, in and out: used by recovery only. */
mmv_status mmv__records_read(const mmv__job *job, uint64_t first, uint64_t count, void *data);
mmv_status mmv__records_write(const mmv__job *job, uint64_t first, uint64_t count, const void *data);

/* find.c */
mmv_status mmv__journal_others(struct mmv_journal *journal, const mmv_map *map, uint64_t offset, uint64_t length);
mmv_status mmv__journal_mark(struct mmv_journal *journal, mmv_map *map, uint64_t offset, uint64_t length);
mmv_status mmv__journal_absolute(const char *path, char **absolute_ret);
int mmv__journal_drop_marks(int descriptor, uint64_t run);

#endif
