/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_JOURNAL_INTERNAL_H
#define MMVIEW_JOURNAL_INTERNAL_H

/*
 * The inside of a journal.
 *
 *     journal.c     the run: its file, from open to finish
 *     log.c         which files and extents, one record after the other
 *     entry.c       one walk of it: its entry, the mark of its file, its begin and end
 *     resume.c      a walk that an interrupted run has begun, gone on with
 *     done.c        which stretches of the walk are done
 *     records.c     records of the walk's file, and what they are checked by
 *     evidence.c    whether the file is still what an interrupted run left
 *     stash.c       kill: a few granules at a time, saved, changed, done
 *     group.c       power: many stretches at a time, saved and synced, changed and synced, done
 *     job.c         many runs that are one job: over when all of them are
 *     job_record.c  its record as a file; job_files.c: the files of a job over several
 *     names.c       what journals are called
 *     marks.c       what says on a file that a run has not finished it; pointers.c: what says so beside the file
 *     unmark.c      that comes off all files of a run
 *     find.c        other runs' journals
 *     file.c        files of the library's own appear complete, with rights that fit; believe.c: which are believed
 *     info.c        for people: what is in a journal; discard.c: how to be rid of it
 *     format.c      what the bytes mean
 */

#include "map/guard.h"
#include "journal/format.h"
#include "base/checksum.h"
#include "map/map.h"
#include "os/file.h"
#include "os/sync.h"
#include "walk/job.h"
#include "walk/saver.h"

#include <mmview/journal.h>

/* Who a file is, and what may be done to it. */
typedef struct mmv__identity {
    mmv__os_facts facts;
    uint64_t birth;         /* 0 = not known */
    mmv__instance instance; /* 0 = not known */
    uint64_t volume;
    bool has_more_rights; /* than its permissions say, see mmv__os_has_more_rights() */
} mmv__identity;

/* Bytes of a file that are at hand. */
typedef struct mmv__read_ahead {
    uint64_t at;
    size_t length;
    char bytes[16384];
} mmv__read_ahead;

/* An open journal, or the record of a job, as readers see it. */
typedef struct mmv__reader {
    const char *path;
    int descriptor;
    uint64_t size;
    mmv__journal_header header;
    mmv__read_ahead *ahead; /* NULL = none */
} mmv__reader;

/* A cursor that goes from record to record, and the end, where more are appended. */
typedef struct mmv__log {
    uint64_t count;        /* records that count */
    uint64_t end;          /* file offset behind the last of them; 0 = not known yet */
    uint64_t room_end;     /* behind the end the file is zeros up to there; 0 = not known */
    uint64_t next;         /* number of the record at the cursor; while a walk is under way that of its entry */
    uint64_t at;           /* file offset of it */
    mmv__file_record file; /* the latest at or before the cursor; head.size 0 = none yet */
    uint64_t file_number, file_at;
    uint64_t modified; /* the journal's file, when it was found */
} mmv__log;

/* The walk that is under way. */
typedef struct mmv__journal_walk {
    mmv__journal_entry entry;
    uint64_t number;     /* of its entry in the log */
    uint64_t words_at;   /* file offset of the stretches' words */
    unsigned char *done; /* a bit per stretch */
    uint64_t left;       /* stretches that are not done */
    uint64_t resumed;    /* bytes that an earlier run did */
    const mmv__job *job; /* while it is under way */
} mmv__journal_walk;

/* kill: header.stashes of header.stash_size bytes. */
typedef struct mmv__stashes {
    char *data;        /* NULL = none */
    bool mapped;       /* false: memory that the file is a copy of */
    mmv__watch *watch; /* of the mapping; NULL = the guard is off */
} mmv__stashes;

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

/* The files of a job over several. */
typedef struct mmv__job_table {
    uint64_t count;              /* 0 = the job is over one file */
    mmv_journal_job_file *asked; /* as mmv_journal_job_files() said */
    mmv__job_file *lines;        /* as the record has them; NULL = not read yet */
    uint64_t bytes;              /* of 'lines' and the paths behind them */
    uint64_t latest, device;     /* the file that was walked last: its number, from 1; 0 = none */
    bool needs_power;            /* a file is where only this mode will do */
} mmv__job_table;

/* The job that a run is a part of. descriptor -1 = none. */
typedef struct mmv__job_part {
    mmv_journal_job job; /* as the options said: options.job points here */
    char *path;
    int descriptor;
    mmv__job_header header;
    uint64_t number; /* of this part's entry */
    mmv__part_entry entry;
    uint32_t state;
    uint64_t sum; /* of some of what the part's walks have made of the file */
    mmv__job_table table;
} mmv__job_part;

/* The file that was begun last. */
typedef struct mmv__latest {
    mmv_map *map;       /* it bears this run's mark; NULL = none */
    mmv_range range;    /* what the mark says */
    mmv__identity like; /* who may write to it may write to the journal */
} mmv__latest;

/* A note that waits for the entry which it belongs to. */
typedef struct mmv__pending_note mmv__pending_note;

/* A file that another process of the run knew by another name. */
typedef struct mmv__renamed mmv__renamed;

struct mmv_journal {
    mmv__saver saver; /* first: the handle is the walk's saver */
    char *path;       /* absolute */
    char *operation;
    mmv_journal_options options;
    int descriptor; /* -1 = there is no file yet */
    mmv__journal_header header;
    mmv__log log;
    mmv__job_part part;
    mmv__pending_note *notes;
    uint64_t sequence; /* power: of the stash that was used last */
    mmv__stashes stashes;
    mmv__lane *lanes;     /* kill: header.stashes of them */
    mmv__syncer *syncers; /* power: one for each worker, header.stashes / 2 of them */
    bool is_own;          /* this process has made the journal */
    mmv__latest latest;
    mmv__renamed *renamed;   /* files that are not called any more what the log says */
    mmv_journal_cache *near; /* journals beside the latest file */
    mmv__mutex lock;         /* around 'walk.done', 'walk.left', 'sequence', the end of the log */
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
mmv_status mmv__journal_create(struct mmv_journal *journal, const mmv__job *job, const mmv__identity *file);
/* The file is of a run that is over: do the rest of its end. */
mmv_status mmv__journal_start_anew(struct mmv_journal *journal);
/* Nothing was changed yet: as if it had never been made. 'map': the file that may bear its mark. */
void mmv__journal_abandon(struct mmv_journal *journal, const mmv_map *map);
int mmv__journal_lock(int descriptor, unsigned wait_ms);
/* Whether 'path' still is the file of the descriptor. */
bool mmv__is_named(int descriptor, const char *path);
/* What a text differs from another in, with a word of what stands before it. */
mmv_status mmv__compare_operation(const char *path, const char *then, uint64_t then_hash, const char *now);
/* kill: whether page cache and file systems are still those of then; instances 0 = not known. NULL, or what is wrong.
 */
const char *mmv__compare_start(const char *boot, mmv__instance then, mmv__instance now);

/* log.c */
mmv_status mmv__log_read(const mmv__reader *reader, uint64_t number, uint64_t at, mmv__record *record,
                         char **bytes_ret);
/* Each record that counts, in order, until 'see' is no longer MMV_OK. 'bytes': path or note, ended by a zero. */
typedef mmv_status mmv__log_fn(uint64_t number, uint64_t at, const mmv__record *record, const char *bytes, void *user);
mmv_status mmv__log_each(const mmv__reader *reader, mmv__log_fn *see, void *user);
/* Move the cursor over notes, to the next file or entry. */
mmv_status mmv__log_skip_notes(struct mmv_journal *journal);
/* Whether no file or entry follows the entry at the cursor, which is walk.entry. */
mmv_status mmv__log_is_last(const struct mmv_journal *journal, bool *last_ret);
/*
 * Append an entry, behind the record of its file unless 'file' is NULL: then it is of the latest. Both count then, and
 * the cursor is at the entry.
 */
mmv_status mmv__log_append(struct mmv_journal *journal, const mmv__file_record *file, const char *path);
/* What a file is called now: an interrupted run goes on with another. */
mmv_status mmv__log_rewrite_file(struct mmv_journal *journal, const mmv__file_record *file, const char *path);
mmv_status mmv__log_flush_notes(struct mmv_journal *journal); /* those that waited for their file */
void mmv__log_drop_notes(struct mmv_journal *journal);        /* an earlier process has written these */
void mmv__log_free_notes(struct mmv_journal *journal);        /* of all files */
mmv__reader mmv__reader_of(const struct mmv_journal *journal);

/* entry.c: the saver's calls, see walk/saver.h. Those of stash.c follow below. */
mmv_status mmv__journal_begin(mmv__saver *saver, const mmv__job *job, mmv__saver_terms *terms_ret);
mmv_status mmv__journal_run(mmv__saver *saver, mmv__worker *worker, const mmv__unit *unit);
void mmv__journal_leave(mmv__saver *saver, const mmv__worker *worker);
mmv_status mmv__journal_end(mmv__saver *saver, mmv_status status);
mmv_status mmv__journal_damaged(const struct mmv_journal *journal);
/* Whether the walk goes on with the file of the one before it. */
bool mmv__is_latest_file(const struct mmv_journal *journal, const mmv__identity *file);
/* The entry at the cursor is walk.entry, and no stretch of it is done. */
mmv_status mmv__journal_begin_walk(struct mmv_journal *journal);
mmv_status mmv__journal_mark(const mmv__job *job, const mmv__identity *file);

/* resume.c: the walk is that of the entry at the cursor, or is refused. */
mmv_status mmv__journal_go_on(const mmv__job *job, const mmv__identity *file);

/* done.c */
bool mmv__journal_is_done(struct mmv_journal *journal, uint64_t stretch);
mmv_status mmv__journal_set_done(struct mmv_journal *journal, uint64_t stretch, uint64_t checksum);
mmv_status mmv__done_none(struct mmv_journal *journal); /* but for stretches without records */
mmv_status mmv__done_all(struct mmv_journal *journal);
mmv_status mmv__done_load(const mmv__job *job); /* as the journal has it; compared with the file */

/* records.c */
/* What a granule is checked by when it is done; records lie 'stride' bytes apart in memory. */
uint64_t mmv__journal_checksum(const mmv__journal_entry *entry, const void *data, size_t stride, uint64_t count);
/* Records of a walk's file, packed, in and out: used by recovery only. */
mmv_status mmv__records_read(const mmv__job *job, uint64_t first, uint64_t count, void *data);
mmv_status mmv__records_write(const mmv__job *job, uint64_t first, uint64_t count, const void *data);

/* evidence.c */
int mmv__identify(int descriptor, mmv__identity *identity_ret);
/* Whether it is the file of a record: by its numbers, not by what is in it. */
int mmv__recognise(int descriptor, const mmv__file_record *file, bool *is_it_ret);
mmv__file_record mmv__file_record_of(const mmv__identity *file, size_t path_length);
/* The file of the log's latest record, against the one that is walked now. */
mmv_status mmv__compare_file(const mmv__job *job, const mmv__identity *now, const char *path);
mmv_status mmv__compare_extent(const mmv__job *job, const mmv__journal_entry *then, const mmv__journal_entry *now);
/* Of done stretches, a few thousand at most unless every one is wanted, the last granule. */
mmv_status mmv__compare_done(const mmv__job *job, uint64_t stretch, uint64_t word);
/*
 * Whether records are what 'checksum' says, else MMV_EJOURNAL. With a key, 'checksum' is the word of a stretch that is
 * done.
 */
mmv_status mmv__compare_records(const mmv__job *job, uint64_t first, uint64_t count, uint64_t checksum,
                                uint64_t word_key);
/* Whether each byte of the records is what was saved, or what the change makes of that. 'saved': packed. */
mmv_status mmv__compare_half(const mmv__job *job, uint64_t first, uint64_t count, const char *saved);

/*
 * stash.c: records are whole granules of one stretch, after those that are done; the last granule of a stretch may be
 * short.
 */
mmv_status mmv__lane_save(mmv__saver *saver, unsigned number, const mmv__records *old);
mmv_status mmv__lane_arm(mmv__saver *saver, unsigned number);
mmv_status mmv__lane_commit(mmv__saver *saver, unsigned number, const mmv__records *fresh);
uint64_t mmv__lane_records(const mmv__saver *saver, uint64_t first, uint64_t most);
uint64_t mmv__lane_granule(const mmv__saver *saver, unsigned number, uint64_t first);
uint64_t mmv__lane_border(const mmv__saver *saver, uint64_t first, uint64_t about);
void mmv__lane_reset(struct mmv_journal *journal);    /* no lane works on anything */
mmv_status mmv__stashes_check(const mmv__job *job);   /* touches nothing */
mmv_status mmv__stashes_recover(const mmv__job *job); /* after that */
/* What the options' kept() says, into a stash: before its records count as changed. */
void mmv__stash_keep(const struct mmv_journal *journal, mmv__journal_stash *stash);
uint64_t mmv__stashes_changed(const struct mmv_journal *journal); /* when a record was last changed; 0 = not known */
mmv_status mmv__stashes_open(struct mmv_journal *journal); /* mapped, or read where the file system does not map */
void mmv__stashes_close(struct mmv_journal *journal);

/* group.c */
mmv_status mmv__group_run(mmv__worker *worker, const mmv__unit *unit);
mmv_status mmv__groups_check(const mmv__job *job);
mmv_status mmv__groups_recover(const mmv__job *job);
void mmv__group_leave(struct mmv_journal *journal, const mmv__worker *worker); /* close what it syncs through */

/* job.c: of a run without a job all but the first do nothing. */
mmv_status mmv__part_begin(struct mmv_journal *journal, const mmv__job *job, const mmv__identity *file);
bool mmv__part_is_done(const struct mmv_journal *journal);
mmv_status mmv__part_done(struct mmv_journal *journal);  /* the part's word, before its journal goes */
mmv_status mmv__part_leave(struct mmv_journal *journal); /* after that: told, or the last */
void mmv__part_close(struct mmv_journal *journal);
mmv_status mmv__part_fault(const struct mmv_journal *journal, const char *detail);

mmv_status mmv__job_take_turn(const struct mmv_journal *journal);

static inline bool mmv__job_is_over_several(const struct mmv_journal *journal)
{
    return journal->part.table.count > 0;
}

/* job_record.c */
/* Open the record, or make it; this part's turn then. */
mmv_status mmv__job_find_record(struct mmv_journal *journal, const mmv__job *job, const mmv__identity *file);
/* What it says of the operation and its range, and of which files, is what this part is about to do. */
mmv_status mmv__job_read_record(struct mmv_journal *journal, const mmv__identity *file);
mmv_status mmv__job_believe(const struct mmv_journal *journal, const mmv__identity *file);
/* The file of a walk, against what the record has of it. */
mmv_status mmv__job_compare_file(const struct mmv_journal *journal, const mmv__file_record *then,
                                 const mmv__identity *now);
void mmv__job_close_record(mmv__job_part *part);

/* job_files.c */
/* What the files are now, for a new record. */
mmv_status mmv__job_table_make(struct mmv_journal *journal);
/* 'header' has the table's length; *lines_ret is for free(3). */
mmv_status mmv__job_table_read(const mmv__reader *reader, const mmv__job_header *header, mmv__job_file **lines_ret);
const char *mmv__job_path(const mmv__job_file *lines, uint64_t number);
bool mmv__job_is_latest(const mmv__job_table *table, const mmv__identity *file);
/* The line of a file that is walked, which must be at its place in the list. */
mmv_status mmv__job_find(struct mmv_journal *journal, const mmv_map *map, const mmv__identity *file,
                         const mmv__job_file **line_ret);
mmv_status mmv__job_mark(struct mmv_journal *journal, const mmv_map *map, const mmv__identity *file,
                         const mmv__job_file *line);
/* All files; a file that bears it keeps it. In mode power they are on the device then. */
mmv_status mmv__job_mark_all(struct mmv_journal *journal);
/* Those that this part changes are there, before it changes the first. */
mmv_status mmv__job_look(struct mmv_journal *journal);
/* The first file's last: it leads to the record until the end. */
mmv_status mmv__job_unmark_all(struct mmv_journal *journal);
/* The same without a handle, of one file or of several. */
mmv_status mmv__job_unmark_record(const mmv__reader *reader, mmv__job_header *header);
void mmv__job_table_free(mmv__job_table *table);

/* names.c: all for free(3) */
mmv_status mmv__journal_absolute(const char *path, char **absolute_ret);
/* FILE.mmj.OFFSET-LENGTH and what follows; of a long FILE the front. NULL = no memory. */
char *mmv__journal_name_of(const char *real, mmv_range range, const char *suffix);
/* Whether 'name' is one of 'last', in the same directory; 'job': of a job's record. */
bool mmv__journal_name_is(const char *name, const char *last, mmv_range *range_ret, bool *job_ret);
char *mmv__part_name(const char *job, mmv_range range); /* of the journal of a part, beside its job's record */
bool mmv__journal_name_range(const char *name, mmv_range *range_ret, bool *job_ret); /* of any file's */
bool mmv__take_range(const char *text, char end, mmv_range *range_ret, const char **rest_ret);
bool mmv__ranges_meet(mmv_range a, mmv_range b);
bool mmv__is_too_long(const char *path); /* for the system: only a relative one may do */
size_t mmv__front_of(const char *path);  /* where the last part begins */
/* What a file is by its beginning, as much as it has or a header, and by its name when bytes of it were lost. */
mmv__own_file mmv__kind_of(const char *path, const void *start, size_t length);

/* marks.c */
typedef struct mmv__mark {
    uint64_t run, inode, birth, volume;
    mmv_range range;
    uint64_t who;     /* short: of the file, instead of its numbers */
    char *path;       /* of the journal or the job's record; "" = short */
    bool is_short;    /* the journal is the one of this run in the file's folder */
    bool is_foreign;  /* it names another file: this is a copy of that */
    bool is_readable; /* false: another version wrote it, and nothing else is known */
} mmv__mark;
typedef bool mmv__mark_fn(const char *name, const mmv__mark *mark, void *user);
int mmv__marks_each(int descriptor, mmv__mark_fn *see, void *user);
/* How a mark is made out: for whom. */
typedef struct mmv__marking {
    uint64_t run;
    const char *journal; /* its path */
    mmv_range range;
    bool beside; /* the journal is in the file's folder, and another file of the run leads to it by its path */
} mmv__marking;
mmv_status mmv__mark_file(const mmv_map *map, const mmv__identity *file, const mmv__marking *marking);
/*
 * All marks of a run on a file that name this very file, and foreign ones of it when 'foreign'; or pointers beside it.
 * An errno.
 */
int mmv__unmark_map(const mmv_map *map, uint64_t run, bool foreign);
/* Which marks of a file are taken off. */
typedef struct mmv__dropping {
    uint64_t run;
    const mmv__os_facts *journal; /* long ones that lead to this; NULL = wherever they lead */
    const char *usual;            /* the path that these name as a rule; NULL = not known */
    bool keep_short;              /* short ones stay */
} mmv__dropping;
/* Those of the file at 'path', if it still is the one with this inode and birth. An errno. */
int mmv__marks_drop_at(const char *path, const mmv__file_record *file, const mmv__dropping *dropping);
/* Those of an open file that lead to this journal by its path, whatever run they name. An errno. */
int mmv__marks_drop_to(int descriptor, const mmv__reader *journal);
/*
 * Those of the file that a journal's header names: it is marked before there is a record of it. An errno. 'later': the
 * path whose pointers will be looked for in any case; "" = none. A folder of many files is slow to list.
 */
int mmv__marks_drop_first(const mmv__reader *reader, const mmv__os_facts *journal, const char *later);

/* unmark.c */
/*
 * Those of all files in a journal, and the pointers beside them; the first file's last. 'given_up': the run is not
 * over, and short marks stay where another journal of the run is beside the file. 'later': see mmv__marks_drop_first().
 */
mmv_status mmv__unmark_files(const mmv__reader *reader, bool given_up, const char *later);
mmv_status mmv__unmark_all(struct mmv_journal *journal); /* and those of the file that is open */
/* A file of an interrupted run has another name by now. */
mmv_status mmv__journal_renamed(struct mmv_journal *journal, const mmv_map *map);
void mmv__renamed_adopt(struct mmv_journal *journal); /* the latest is another file, too */
void mmv__renamed_free(struct mmv_journal *journal);

/* pointers.c */
/* One beside the file, unless the journal has that name itself. An errno. */
int mmv__pointer_set(const char *real, const mmv__identity *file, const mmv__marking *marking);
/* A pointer beside a file: the path of its journal, for free(3), or NULL when it is none. */
char *mmv__pointer_read(const char *path, mmv__pointer *pointer_ret);
/* Those of a run beside a file; with 'journal' only those that lead to it. */
void mmv__pointers_drop(const char *real, uint64_t run, const mmv__os_facts *journal);
/* Whether a mark's path leads to this journal, or to none any more; NULL = any. */
bool mmv__leads_to(const char *path, const mmv__os_facts *journal);

/* near.c */
/* What a file of the library's own begins with. */
typedef union mmv__start {
    char magic[8];
    mmv__journal_header journal;
    mmv__job_header job;
} mmv__start;
int mmv__start_read(const char *path, mmv__start *start, mmv__own_file *kind_ret); /* an errno */
/* Whose a journal or a job's record is. */
struct mmv__subject {
    mmv__file_record file; /* the first of the run; inode 0 = not known */
    uint64_t job;          /* that it is a part of; 0 = none */
    uint64_t run;          /* its own; 0 = not known */
};

/* What lies in one directory. */
struct mmv_journal_cache {
    char *given;                   /* as the maps' paths had it, the slash included */
    char *directory;               /* the real one, ended by a slash */
    char **names;                  /* ended by NULL; NULL = none */
    struct mmv__subject *subjects; /* of each name */
    bool is_second;                /* read once more, since something was missing */
};
/* 'given': a file's path; 'real': the same without links. */
mmv_status mmv__near_look(mmv_journal_cache **known, const char *given, const char *real);
char *mmv__near_path(const mmv_journal_cache *known, size_t index); /* for free(3); NULL = no memory */
int mmv__near_real(const mmv_journal_cache *known, const char *path, char **real_ret);
/* The journal of a run in the folder of a file, for free(3); NULL = there is none. */
char *mmv__near_journal(mmv_journal_cache **known, const char *given, const char *real, uint64_t run);
/* Whether another journal of the same run lies in the folder of a file: a copy of this one, or what it is a copy of. */
bool mmv__near_has_other(mmv_journal_cache **known, const char *real, const mmv__reader *journal);

/* find.c */
/* Without links, for free(3); "" = it has none. 'known': what was asked last; NULL = nothing. */
mmv_status mmv__map_path(const mmv_map *map, const mmv_journal_cache *known, char **path_ret);
mmv_status mmv__journal_others(struct mmv_journal *journal, const mmv_map *map, mmv_range range);

/* What a path leads to. */
typedef enum mmv__trace { MMV__TRACE_NONE, MMV__TRACE_FINISHED, MMV__TRACE_UNFINISHED } mmv__trace;
/* Whether there is a journal, or a job's record, of this run; run 0 = any. */
mmv__trace mmv__trace_of(const char *path, uint64_t run);

/* file.c: a file that appears complete under its name, with the rights of 'like' but for those that it does not need.
 */
typedef int mmv__fill_fn(int descriptor, void *user); /* an errno */
int mmv__own_create(const char *path, const mmv__identity *like, mmv__fill_fn *fill_in, void *user,
                    int *descriptor_ret);
int mmv__own_protect(int descriptor, const mmv__identity *like, bool narrow);

/* believe.c: NULL, or why a file of the library's own is not believed for this file. */
const char *mmv__doubt(int descriptor, const mmv__identity *file);

/* info.c */
mmv_status mmv__reader_open(const char *path, mmv_access access, mmv__reader *reader);
mmv_status mmv__reader_header(mmv__reader *reader);
mmv__own_file mmv__reader_kind(const mmv__reader *reader);
/* The record of a job: its header, and each part. */
typedef mmv_status mmv__part_fn(const mmv__part_entry *entry, uint32_t state, void *user);
mmv_status mmv__job_each(const mmv__reader *reader, mmv__job_header *header, mmv__part_fn *see, void *user);

#endif
