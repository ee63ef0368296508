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
 * changes records it saves them in the journal. When the run is repeated, what was half done is made anew from that,
 * and what was done is skipped. Which backend, window and number of threads a walk uses may differ from run to run.
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
    uint64_t offset;       /* of the first file the bytes that the run changes, as in mmv_journal_name(), which finds */
    uint64_t length;       /* the journal by them when the file was renamed; 0 = those of the first walk */
    const struct mmv_journal_job *job; /* the run is one of several that are one job; NULL = it is not */
    bool adopt;  /* go on with a copy of the interrupted run's file. That file must be gone, and the copy must be
                    what the run made of it */
    bool varies; /* fn may make something else of the same records: what is half changed cannot be compared */
    /*
     * For a function that stores elsewhere what is about to be lost. In mode POWER it is called before records count as
     * changed: what the function has stored has to be on the device when it returns. NULL = nothing to do
     */
    mmv_status (*settle)(void *settle_user);
    void *settle_user; /* handed to settle and to kept */
    /*
     * For the same kind of function: how far what it stores elsewhere has come, as a number that grows. In mode POWER
     * how much of that is on the device. Each thread calls it each time that records count as changed. What it says is
     * in the journal when they do: see mmv_journal_kept(). NULL = nobody asks
     */
    uint64_t (*kept)(void *settle_user);
    uint64_t reserved_[1]; /* zero: room for fields of later versions */
} mmv_journal_options;

/*
 * The runs that are one job: parts of one file, each changed by a process of its own, with a journal of its own. A part
 * that is done stays known as done until all are: repeated before that, it changes nothing. 'path' of
 * mmv_journal_open() is then that of the job's record, the same for all parts; the options' offset and length are this
 * part's.
 */
typedef struct mmv_journal_job {
    uint64_t offset, length; /* of all parts together */
    uint64_t total;          /* how much all parts change together, in whatever unit */
    uint64_t units;          /* how much of that this part changes */
} mmv_journal_job;

/* A file of a job over several. */
typedef struct mmv_journal_job_file {
    const char *path;
    uint64_t offset, length; /* the bytes of it that parts change, from the first to the last */
    uint64_t at;             /* where the first of them lies in the ranges of the job and of its parts */
} mmv_journal_job_file;

/*
 * mmv_journal_open() - begin a run, or go on with the interrupted one whose journal is at 'path'.
 * Shape:   a new journal's file appears with the first walk, complete, with space for its stashes already taken.
 * Owner:   the caller, until mmv_journal_close(), which is right at any time and in any state.
 * Threads: one walk at a time per journal; the walk's own threads are as many as it wants. A child made by fork(2) may
 *          only close it: walks with it and mmv_journal_end() are MMV_EINVAL(journal) there.
 * Errors:  MMV_EINVAL(path|mode|operation). MMV_EBUSY when another process works with the journal. MMV_EJOURNAL when
 *          the journal is damaged, of another operation, or of a system start that is over: mmv_error.detail says what
 *          differs. MMV_EACCES, MMV_ENOMEM, MMV_EIO.
 */
MMV_API mmv_status mmv_journal_open(const char *path, const mmv_journal_options *options, mmv_journal **journal_ret);

/*
 * mmv_journal_job_files() - say that the job of a run is over several files. Before its first walk, with the same list
 * for each part.
 * Shape:   the ranges of the job and of its parts count as 'at' says: in the order of the files, which have no byte
 *          twice. All files bear the job's mark from before the first change until the last part ends, also those that
 *          no part has come to. A walk over a file that is not the one of then, or is not the one at its place in the
 *          list, is MMV_EJOURNAL.
 * Units:   bytes; no length is 0.
 * Owner:   the list is copied. Paths are as the process sees them, also when the job ends.
 * Errors:  MMV_EINVAL(journal) of a run without a job or after its first walk, MMV_EINVAL(files), MMV_ENOMEM.
 */
MMV_API mmv_status mmv_journal_job_files(mmv_journal *journal, const mmv_journal_job_file *files, uint64_t count);

/* How a run ends. One that is closed without an end is unfinished, and goes on when it is repeated. */
typedef enum mmv_journal_ending {
    MMV_JOURNAL_FINISHED = 0, /* all walks are done: marks come off the files, and the journal's file goes */
    MMV_JOURNAL_SPOILED,      /* mmv_map_sync() of a file failed: nobody knows what of it reached the device. The file
                                 stays and refuses from now on, because a second sync could succeed although data is
                                 lost; mmv_journal_discard() is left */
} mmv_journal_ending;

/*
 * mmv_journal_end() - say how a run ended. The handle stays to be closed.
 * Shape:   after MMV_JOURNAL_FINISHED the run is over. The removal of the file is the last step. Killed before that
 *          step and repeated, the run is found to be done. Repeated after that step, it is a new run, and changes
 *          everything again. So whatever else can fail or take time comes before this call, and nothing but the end of
 *          the process after it. A part of a job says that it is done. The part whose call finds that all others have
 *          returned from theirs ends the job.
 * Errors:  MMV_EINVAL(how); MMV_EJOURNAL when walks that the journal knows were not repeated; MMV_EBUSY when other
 *          parts of the job kept it busy; MMV_EIO. The run is unfinished then.
 */
MMV_API mmv_status mmv_journal_end(mmv_journal *journal, mmv_journal_ending how);

/* mmv_journal_close() - give the handle up and keep the file, for the same run later. A NULL *journal is fine. */
MMV_API void mmv_journal_close(mmv_journal **journal);

/*
 * mmv_journal_name() - where the journal of a run lies by default: FILE.mmj.OFFSET-LENGTH beside the first file,
 * symbolic links resolved. When an interrupted run left a mark on the file, the path in the mark is taken instead.
 * Shape:   MMV_JOURNAL_OF_JOB: the record of a job over these bytes. MMV_JOURNAL_ADOPTED: the path in a mark that was
 *          made for another file, of which this is a copy, is taken, too; see mmv_journal_options.adopt.
 * Units:   bytes; length 0 = to the end.
 * Owner:   *path_ret is the caller's, for free(3).
 * Errors:  MMV_ENOMEM, MMV_ENOENT.
 */
enum { MMV_JOURNAL_OF_JOB = 1, MMV_JOURNAL_ADOPTED = 2 };
MMV_API mmv_status mmv_journal_name(const mmv_map *map, uint64_t offset, uint64_t length, unsigned what,
                                    char **path_ret);

/*
 * mmv_journal_note() - keep some bytes in the journal, about a file of the run: for the process that goes on with it.
 * Shape:   what is given before the file's first walk is written when that begins. 'tag' is the caller's. In mode POWER
 *          each note is waited for.
 * Threads: any, also within a walk.
 * Errors:  MMV_ENOMEM, MMV_ENOSPC, MMV_EIO.
 */
MMV_API mmv_status mmv_journal_note(mmv_journal *journal, const mmv_map *map, uint32_t tag, const void *bytes,
                                    size_t length);

/*
 * mmv_journal_notes() - the notes about a file, the oldest first, until 'see' returns something else than MMV_OK;
 * MMV_ESTOPPED ends it without a failure. Ask before the file's first walk, or before the next file's.
 */
typedef mmv_status mmv_journal_note_fn(uint32_t tag, const void *bytes, size_t length, void *user);
MMV_API mmv_status mmv_journal_notes(mmv_journal *journal, const mmv_map *map, mmv_journal_note_fn *see, void *user);

/*
 * mmv_journal_kept() - the highest number that the options' kept() has said of the file that an interrupted run was at
 * work on. It is for the process that goes on with the run. The file that is stored elsewhere has to have come at least
 * as far, or it is not what the run has left. 0 = nothing was said, or of another file since; of those that are done a
 * note can say it. Ask before the file's first walk.
 * Errors:  MMV_EJOURNAL when the journal is damaged, MMV_ENOMEM, MMV_EIO.
 */
MMV_API mmv_status mmv_journal_kept(mmv_journal *journal, const mmv_map *map, uint64_t *kept_ret);

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
 * data. A pattern of the shell also finds the journal of a run that was interrupted.
 * Shape:   by its first 8 bytes: "mmv", four small letters, and a zero. A file that cannot be read is MMV_OWN_NOT.
 * Threads: any.
 */
MMV_API mmv_own_kind mmv_map_own_kind(const mmv_map *map);

/*
 * mmv_journal_check() - whether bytes of a file belong to an unfinished run. Ask before bytes are read that must be
 * complete, or are changed without a journal.
 * Shape:   looks at the marks on the file, and at journals beside it that have its name. mmv_journal_find() tells of
 *          the first that it finds; its kind is MMV_JOURNAL_NONE when there is none.
 * Units:   bytes; a length of MMV_EMPTY belongs to no run.
 * Owner:   found_ret->path is the caller's, for free(3); "" = the mark does not say where the journal is. So is
 *          *cache, for mmv_journal_cache_free(): it remembers what lies in the directory, for the next file there.
 *          Begin with NULL. A NULL 'cache' looks anew each time.
 * Errors:  MMV_EJOURNAL from mmv_journal_check() when there is one; MMV_ENOMEM.
 */
typedef enum mmv_journal_kind {
    MMV_JOURNAL_NONE = 0,
    MMV_JOURNAL_RUN,     /* a run, or a job of several, that is not finished: its journal is at 'path' */
    MMV_JOURNAL_ORPHAN,  /* a mark whose journal is gone, or is not where the mark leads: nobody knows what is done */
    MMV_JOURNAL_FOREIGN, /* a mark of another file: this is a copy of a file that was changed in part */
} mmv_journal_kind;

typedef struct mmv_journal_found {
    mmv_journal_kind kind;
    char *path;
    uint64_t run; /* whose mark it is; 0 = there is no mark that can be read */
    uint64_t offset, length;
} mmv_journal_found;

typedef struct mmv_journal_cache mmv_journal_cache;
MMV_API mmv_status mmv_journal_check(const mmv_map *map, uint64_t offset, uint64_t length, mmv_journal_cache **cache);
MMV_API mmv_status mmv_journal_find(const mmv_map *map, uint64_t offset, uint64_t length, mmv_journal_found *found_ret);
MMV_API void mmv_journal_cache_free(mmv_journal_cache **cache);

typedef struct mmv_journal_info {
    const char *path;
    mmv_journal_mode mode;
    const char *operation;
    uint64_t run;   /* a random number: of the run, or of the job that all its parts share */
    uint64_t begun; /* seconds since 1970 */
    uint64_t files; /* of a journal, as the options said; of a job over several; 0 = not known */
    bool this_boot; /* the system was not started again since, and what lies where the journal does not mounted again */
    bool busy;      /* a process works with it now */
    bool finished;  /* it is over: only the end of the process was left */
    bool spoiled;   /* the device failed, or a job was given up: nobody goes on with it */
    bool is_job;    /* the record of a job: */
    uint64_t parts; /* that were begun */
    uint64_t ended; /* of these, that are done */
    uint64_t total; /* units that all parts change */
    uint64_t units; /* of these in parts that were begun */
    uint64_t walks; /* of a journal: begun so far */
    uint64_t bytes; /* that these change */
    uint64_t done;  /* of these */
    bool lost;      /* its bytes were lost with the machine: nothing else is known, nor what was done to which file */
} mmv_journal_info;

/*
 * mmv_journal_inspect() - read a journal, or the record of a job, without touching anything.
 * Owner:   the caller, until mmv_journal_info_free().
 * Errors:  MMV_ENOENT, MMV_EJOURNAL when it is damaged, MMV_ENOMEM, MMV_EIO.
 */
MMV_API mmv_status mmv_journal_inspect(const char *path, mmv_journal_info **info_ret);
MMV_API void mmv_journal_info_free(mmv_journal_info **info);

/* What an interrupted run has made of some bytes of a file. */
typedef enum mmv_journal_state {
    MMV_JOURNAL_UNTOUCHED = 0,
    MMV_JOURNAL_HALF, /* nobody knows which of them are changed; the journal has them as they were */
    MMV_JOURNAL_DONE,
} mmv_journal_state;

typedef struct mmv_journal_extent {
    const char *path; /* of the file, absolute, as it was then */
    uint64_t offset, length;
    mmv_journal_state state;
} mmv_journal_extent;
typedef void mmv_journal_extent_fn(const mmv_journal_extent *extent, void *user);

/*
 * mmv_journal_extents() - what a run, or all parts of a job, have made of each file, from extent to extent in the order
 * of the walks. Neighbours of one state are one extent.
 * Errors:  as mmv_journal_inspect().
 */
MMV_API mmv_status mmv_journal_extents(const char *path, mmv_journal_extent_fn *see, void *user);

/*
 * mmv_journal_discard() - give up what a journal, or the record of a job, protects: remove it and the marks of its
 * files. The files stay as they are, perhaps a mixture of old and new. Works on a damaged journal, too.
 * Shape:   of one whose bytes were lost with the machine the name says that it is one, FILE.mmj.OFFSET-LENGTH, and only
 *          FILE loses its mark. What has such a name and other bytes stays.
 * Errors:  MMV_EBUSY when a process works with it, MMV_ENOENT, MMV_EACCES, MMV_EIO. MMV_EKIND when it is no journal,
 *          MMV_EJOURNAL when it was lost and somebody else may have made it.
 */
MMV_API mmv_status mmv_journal_discard(const char *path);

/*
 * mmv_journal_unmark() - take the mark that mmv_journal_find() has found off this file, and nothing else. For one that
 * is no MMV_JOURNAL_RUN.
 * Errors:  MMV_EACCES, MMV_EIO.
 */
MMV_API mmv_status mmv_journal_unmark(const mmv_map *map, const mmv_journal_found *found);

/* mmv_journal_mode_name() - "off", "kill" or "power". */
MMV_API const char *mmv_journal_mode_name(mmv_journal_mode mode);

MMV_END_DECLS

#endif
