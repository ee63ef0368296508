/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_JOURNAL_H
#define MMVIEW_JOURNAL_H

/*
 * journal: a walk in place that can be killed at any moment and is finished by running it again, each record changed
 * exactly once.
 *
 *     mmv_journal *journal;
 *     mmv_journal_options how = { .mode = MMV_JOURNAL_KILL, .operation = "brighten add=10", .files = 1 };
 *     mmv_journal_open(path, &how, &journal);               a new run, or the one that was interrupted
 *     mmv_walk(map, &(mmv_walk_options){ .record_size = 8, .journal = journal }, brighten, &amount);
 *     mmv_journal_end(journal, MMV_JOURNAL_FINISHED);       all walks are done: the file goes
 *     mmv_journal_close(&journal);                          without the line above: to be gone on with
 *
 * A run is one or more walks in place, over one or more files, in an order that is the same every time. Before a walk
 * changes records it saves them in the journal; when the run is repeated, what was half done is restored and done
 * again, and what was done is skipped. Which backend, window and number of threads a walk uses may differ from run to
 * run.
 */

#include <mmview/map.h>

MMV_BEGIN_DECLS

typedef struct mmv_journal mmv_journal;

typedef enum mmv_journal_mode {
    MMV_JOURNAL_OFF = 0, /* no journal: a repeated run changes again what was done */
    MMV_JOURNAL_KILL,    /* survives the end of the process, however it comes. Not the end of the system */
    MMV_JOURNAL_POWER,   /* survives the loss of power, too; everything is written twice, and waited for */
} mmv_journal_mode;

/* Zero bytes mean the defaults, but for the operation. */
typedef struct mmv_journal_options {
    mmv_journal_mode mode; /* of a new journal: KILL or POWER. On network file systems KILL becomes POWER */
    const char *operation; /* what fn does with which parameters: a resumed run must say the same. Not NULL */
    uint64_t files;        /* how many files the run changes, when known: a resumed run must have as many */
    uint64_t bytes;        /* most that one walk changes, when known: a small run gets a small journal */
    unsigned threads;      /* most that a walk of this run will use; 0 = mmv_default_threads() */
    unsigned wait_ms;      /* how long to wait for another run on the same journal or bytes; 0 = not at all */
    uint64_t reserved_[4]; /* zero: room for fields of later versions */
} mmv_journal_options;

/*
 * mmv_journal_open() - begin a run, or go on with the interrupted one whose journal is at 'path'.
 * Shape:   a new journal's file appears with the first walk, complete, with space for its stashes already taken.
 * Owner:   the caller, until mmv_journal_close(), which is right at any time and in any state.
 * Threads: one walk at a time per journal; the walk's own threads are as many as it wants. A child made by fork(2) may
 *          only close it: walks with it and mmv_journal_end() are MMV_EINVAL(journal) there.
 * Errors:  MMV_EINVAL(path|mode|operation), MMV_EBUSY when another process works with the journal, MMV_EJOURNAL when
 *          the journal is damaged, of another operation, or of a system start that is over (mmv_error.detail says what
 *          differs), MMV_EACCES, MMV_ENOMEM, MMV_EIO.
 */
MMV_API mmv_status mmv_journal_open(const char *path, const mmv_journal_options *options, mmv_journal **journal_ret);

/* How a run ends. One that is closed without an end is unfinished, and goes on when it is repeated. */
typedef enum mmv_journal_ending {
    MMV_JOURNAL_FINISHED = 0, /* all walks are done: marks come off the files, and the journal's file goes */
    MMV_JOURNAL_KEPT,         /* all walks are done, but the run is a part of a job: the file stays, and the same run
                                 again changes nothing. See mmv_journal_job_end() */
    MMV_JOURNAL_SPOILED,      /* mmv_map_sync() of a file failed: nobody knows what of it reached the device. The file
                                 stays and refuses from now on, because a second sync could succeed although data is
                                 lost; mmv_journal_discard() is left */
} mmv_journal_ending;

/*
 * mmv_journal_end() - say how a run ended. The handle stays to be closed.
 * Shape:   after MMV_JOURNAL_FINISHED the run is over. The removal of the file is the last step. Killed before that
 *          step and repeated, the run is found to be done. Repeated after that step, it is a new run, and changes
 *          everything again. So whatever else can fail or take time comes before this call.
 * Errors:  MMV_EINVAL(how); MMV_EJOURNAL when walks that the journal knows were not repeated, or MMV_EIO: the run is
 *          unfinished then.
 */
MMV_API mmv_status mmv_journal_end(mmv_journal *journal, mmv_journal_ending how);

/* The runs that are one job, each with the journal of its own part. */
typedef struct mmv_journal_job {
    const mmv_map *map;       /* the file that all parts change */
    const char *const *paths; /* of the parts' journals, in any order: paths[0..count) */
    size_t count;
    size_t own; /* paths[own] is that of the part that just ended */
} mmv_journal_job;

/*
 * mmv_journal_job_end() - finish the runs of all parts, if each was kept.
 * Shape:   *done_ret is false when a part is not done yet, or a process works with its journal: the part that is done
 *          last finishes all. When several parts call at once, at least one call succeeds, if each part has closed its
 *          own journal before. An interrupted call is finished by running the same part again: the part's own journal
 *          goes last. Call this, like mmv_journal_end(), after whatever else can fail: another part may be the last
 *          meanwhile, and take this part's journal away.
 * Errors:  MMV_EJOURNAL when a journal is damaged, MMV_EACCES, MMV_ENOMEM, MMV_EIO; runs that are finished stay so.
 */
MMV_API mmv_status mmv_journal_job_end(const mmv_journal_job *job, bool *done_ret);

/* mmv_journal_close() - give the handle up and keep the file, for the same run later. A NULL *journal is fine. */
MMV_API void mmv_journal_close(mmv_journal **journal);

/*
 * mmv_journal_name() - where the journal of a run lies by default: FILE.mmj.OFFSET-LENGTH beside the first file,
 * symbolic links resolved. When an interrupted run left a mark on the file, the path in the mark is taken instead.
 * Owner:   *path_ret is the caller's, for free(3).
 * Errors:  MMV_ENOMEM, MMV_ENOENT.
 */
MMV_API mmv_status mmv_journal_name(const mmv_map *map, uint64_t offset, uint64_t length, char **path_ret);

/* What a file is that the library keeps beside those that people work on. */
typedef enum mmv_own_kind {
    MMV_OWN_NOT = 0, /* it is none */
    MMV_OWN_JOURNAL, /* of a run */
    MMV_OWN_JOB,     /* the record of a job of several runs */
    MMV_OWN_MARK,    /* what says of a file that a run has not finished it */
    MMV_OWN_OTHER,   /* any other: of its tools, or of a later version */
} mmv_own_kind;

/*
 * mmv_map_own_kind() - whether a file is one of the library's own. Ask before a file from a list is changed or read as
 * data: a pattern of the shell also finds the journal of a run that was interrupted.
 * Shape:   by its first 8 bytes: "mmv", four small letters, and a zero. What cannot be read is MMV_OWN_NOT.
 * Threads: any.
 */
MMV_API mmv_own_kind mmv_map_own_kind(const mmv_map *map);

/*
 * mmv_journal_check() - whether bytes of a file belong to an unfinished run. Ask before bytes are read that must be
 * complete, or are changed without a journal.
 * Shape:   looks at the marks on the file, and at journals beside it that have its name. mmv_journal_find() gives the
 *          path of the first of them, NULL when there is none.
 * Units:   bytes; a length of MMV_EMPTY belongs to no run.
 * Owner:   *path_ret is the caller's, for free(3). So is *cache, for mmv_journal_cache_free(): it remembers what lies
 *          in the directory, for the next file there; begin with NULL. A NULL 'cache' looks anew each time.
 * Errors:  MMV_EJOURNAL from mmv_journal_check() when there is one; MMV_ENOMEM.
 */
typedef struct mmv_journal_cache mmv_journal_cache;
MMV_API mmv_status mmv_journal_check(const mmv_map *map, uint64_t offset, uint64_t length, mmv_journal_cache **cache);
MMV_API mmv_status mmv_journal_find(const mmv_map *map, uint64_t offset, uint64_t length, char **path_ret);
MMV_API void mmv_journal_cache_free(mmv_journal_cache **cache);

/* What a journal knows of one walk. */
typedef struct mmv_journal_entry {
    const char *path; /* as the walk's map was opened */
    uint64_t device, inode, size;
    uint64_t offset, length; /* of the walk */
    uint64_t bytes;          /* that it changes: the records, without what lies between them */
    uint64_t done;           /* of these, in finished stretches */
} mmv_journal_entry;

typedef struct mmv_journal_info {
    const char *path;
    mmv_journal_mode mode;
    const char *operation;
    uint64_t begun; /* seconds since 1970 */
    uint64_t files; /* as the options said; 0 = not known */
    bool this_boot; /* the system was not started again since */
    bool busy;      /* a process works with it now */
    bool kept;      /* it is done, and waits for the other parts of its job */
    bool finished;  /* it is over: only the file is left */
    size_t count;   /* walks begun so far: entries[0..count) */
    mmv_journal_entry *entries;
} mmv_journal_info;

/*
 * mmv_journal_inspect() - read a journal without touching anything.
 * Owner:   the caller, until mmv_journal_info_free().
 * Errors:  MMV_ENOENT, MMV_EJOURNAL when it is damaged, MMV_ENOMEM, MMV_EIO.
 */
MMV_API mmv_status mmv_journal_inspect(const char *path, mmv_journal_info **info_ret);
MMV_API void mmv_journal_info_free(mmv_journal_info **info);

/*
 * mmv_journal_discard() - give up what a journal protects: remove it and the marks of its files. The files stay as
 * they are, perhaps a mixture of old and new. Works on a damaged journal, too.
 * Errors:  MMV_EBUSY when a process works with it, MMV_ENOENT, MMV_EACCES, MMV_EKIND when it is no journal, MMV_EIO.
 */
MMV_API mmv_status mmv_journal_discard(const char *path);

/*
 * mmv_journal_unmark() - take the marks of all runs off a file whose journals are gone.
 * Errors:  MMV_EACCES, MMV_EIO.
 */
MMV_API mmv_status mmv_journal_unmark(const mmv_map *map);

/* mmv_journal_mode_name() - "off", "kill" or "power". */
MMV_API const char *mmv_journal_mode_name(mmv_journal_mode mode);

MMV_END_DECLS

#endif
