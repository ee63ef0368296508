/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_JOURNAL_H
#define MMVIEW_JOURNAL_H

/*
 * journal: make walks in place that can be killed at any moment.
 * Running such a walk again finishes it, and changes each record exactly once.
 *
 *     mmv_journal *journal;
 *     mmv_journal_options how = { .mode = MMV_JOURNAL_KILL, .operation = "brighten add=10", .files = 1 };
 *     mmv_journal_open(path, &how, &journal);               a new run, or the one that was interrupted
 *     mmv_walk(map, &(mmv_walk_options){ .record_size = 8, .journal = journal }, brighten, &amount);
 *     mmv_journal_end(journal, MMV_JOURNAL_FINISHED);       all walks are done: the journal is removed
 *     mmv_journal_close(&journal);                          without mmv_journal_end() the run can be repeated
 *
 * A run is one or more walks in place, over one or more files, in an order that is the same every time. Before a walk
 * changes records it saves them in the journal. When the run is repeated, records that were half done are made again
 * from these copies, and records that were done are skipped. The repeated run may use another backend, another window
 * and another number of threads. As long as a run is unfinished, each file that its walks have begun to change has a
 * *mark*: the mark says where the journal is. When a file cannot have a mark, its journal lies beside it, or a small
 * file beside it leads to the journal.
 */

#include <mmview/map.h>

MMV_BEGIN_DECLS

typedef struct mmv_journal mmv_journal;

typedef enum mmv_journal_mode {
    MMV_JOURNAL_OFF = 0, /* no journal: a repeated run changes all records again, also those that were done */
    MMV_JOURNAL_KILL,    /* the run survives any end of the process, but no crash or restart of the system */
    MMV_JOURNAL_POWER,   /* the run survives a loss of power, too; all is written twice and synced */
} mmv_journal_mode;

/* Zero bytes mean the defaults, except for the operation, which is required. */
typedef struct mmv_journal_options {
    mmv_journal_mode mode; /* of a new journal: KILL or POWER. On network file systems KILL becomes POWER */
    const char *operation; /* names the walks' fn and its parameters: a resumed run must have the same text. Not NULL */
    uint64_t files;        /* how many files the run changes, when known: a resumed run must have as many */
    uint64_t bytes;        /* most bytes that one walk changes, when known: a small run gets a small journal */
    unsigned threads;      /* most threads that a walk of this run will use; 0 = mmv_default_threads() */
    unsigned wait_ms;      /* how long to wait for another run on the same journal or bytes; 0 = do not wait */
    uint64_t offset;       /* first byte that the run changes in its first file, as in mmv_journal_name() */
    uint64_t length; /* bytes from offset on; 0 = the range of the first walk. When the file was renamed, its journal is
                        found by this range */
    const struct mmv_journal_job *job; /* the job that this run is a part of; NULL = none */
    bool adopt;  /* go on with a copy of the interrupted run's file. The original file must be gone, and the copy must
                    be as the run left the original */
    bool varies; /* fn may give different results for the same records in a repeated run. A run that goes on compares
                    half-done records with what fn makes of their old bytes, so that a change by another program is
                    noticed. With 'varies' it does not compare them */
    /*
     * fn may keep what is needed to undo its changes in a store of its own, such as another file. In mode POWER the
     * library calls settle before records count as changed. When settle returns, all that fn has put into the store
     * must be on the device. NULL = nothing to do
     */
    mmv_status (*settle)(void *settle_user);
    void *settle_user; /* handed to settle and to kept */
    /*
     * For an fn that has a store: kept returns how much is in the store, as a number that never falls. In mode POWER
     * only what is on the device counts. Before records count as changed, the library calls kept and puts the number
     * into the journal. See mmv_journal_kept(). NULL = no number
     */
    uint64_t (*kept)(void *settle_user);
    uint64_t reserved_[1]; /* zero: room for fields of later versions */
} mmv_journal_options;

/*
 * A job of several runs, which are its parts. Each run changes a part of the job's file or files, in a process of its
 * own and with a journal of its own. The job has a record: a file that lists the parts, and says which are done. The
 * record exists until all parts are done. Until then a part that is done changes nothing when it is repeated. For a
 * part, 'path' of mmv_journal_open() is the path of the job's record, which is the same for all parts. The options'
 * offset and length are those of this part.
 */
typedef struct mmv_journal_job {
    uint64_t offset, length; /* the range of all parts together */
    uint64_t total;          /* how much all parts change together, in any unit */
    uint64_t units;          /* how much this part changes, in the same unit */
} mmv_journal_job;

/* One file of a job over several files. */
typedef struct mmv_journal_job_file {
    const char *path;
    uint64_t offset, length; /* the bytes of this file that parts change, from the first to the last */
    uint64_t at;             /* where these bytes begin when the bytes of all files are counted as one row */
} mmv_journal_job_file;

/*
 * mmv_journal_open() - begin a run, or go on with the interrupted one whose journal is at 'path'.
 * Shape:   the file of a new journal appears with the first walk. The file is complete then, and has the space for
 *          saved records.
 * Owner:   the caller, until mmv_journal_close(), which may be called at any time and in any state.
 * Threads: one walk at a time per journal, with any number of threads. A child made by fork(2) may only close the
 *          journal. In the child mmv_journal_end(), and walks with the journal, return MMV_EINVAL(journal).
 * Errors:  MMV_EINVAL(path|mode|operation). MMV_EBUSY when another process works with the journal. MMV_EJOURNAL when
 *          the journal is damaged, of another operation, or from before a restart of the system: mmv_error.detail says
 *          what differs. MMV_EACCES, MMV_ENOMEM, MMV_EIO.
 */
MMV_API mmv_status mmv_journal_open(const char *path, const mmv_journal_options *options, mmv_journal **journal_ret);

/*
 * mmv_journal_job_files() - say that the job of a run has several files. Call this before the run's first walk, with
 * the same list for each part.
 * Shape:   the bytes of all files count as one row: file after file, without overlaps. The ranges of the job and of its
 *          parts are places in this row. The first part marks all files before it changes anything. The last part that
 *          ends removes these marks. Each walk must be over a marked file. In the list of this part that file must have
 *          the same place as in the list of the part that marked it. Otherwise the walk returns MMV_EJOURNAL.
 * Units:   bytes; a length of 0 is refused.
 * Owner:   the list is copied. The paths must lead to the files from this process's working directory, until the job
 *          ends.
 * Errors:  MMV_EINVAL(journal) for a run without a job, or after its first walk, MMV_EINVAL(files), MMV_ENOMEM.
 */
MMV_API mmv_status mmv_journal_job_files(mmv_journal *journal, const mmv_journal_job_file *files, uint64_t count);

/* How a run ends. A run that is closed without mmv_journal_end() is unfinished, and goes on when it is repeated. */
typedef enum mmv_journal_ending {
    MMV_JOURNAL_FINISHED = 0, /* all walks are done: the journal is removed, and so are the marks on the files */
    MMV_JOURNAL_SPOILED, /* mmv_map_sync() of a file failed: nobody knows which bytes reached the device. A second sync
                            could succeed although data is lost. So the journal stays, and no run can go on with it.
                            Only mmv_journal_discard() is left */
} mmv_journal_ending;

/*
 * mmv_journal_end() - say how a run ended. The handle must still be closed.
 * Shape:   after MMV_JOURNAL_FINISHED the run is over. The last step of the call removes the journal. A run that is
 *          killed before that step, and then repeated, finds that all is done. A run that is killed after that step,
 *          and then repeated, is a new run: it changes everything again. So do all that can fail or take time before
 *          this call. After the call do nothing but end the process. In a part of a job the call says that this part is
 *          done. The last part also ends the job: its call finds that the calls of all other parts have succeeded.
 * Errors:  MMV_EINVAL(how). MMV_EJOURNAL when the run went on after an interruption, and has left out a walk that the
 *          interrupted run had begun. MMV_EBUSY when other parts of the job kept its record busy. MMV_EIO. After an
 *          error the run is unfinished.
 */
MMV_API mmv_status mmv_journal_end(mmv_journal *journal, mmv_journal_ending how);

/* mmv_journal_close() - give the handle up and keep the file, so that the run can go on later. NULL is fine. */
MMV_API void mmv_journal_close(mmv_journal **journal);

/*
 * mmv_journal_name() - where the journal of a run lies by default: FILE.mmj.OFFSET-LENGTH beside the first file, with
 * symbolic links resolved. When an interrupted run left a mark on the file, the path is the one in the mark.
 * Shape:   with MMV_JOURNAL_OF_JOB the path is that of the record of a job over these bytes. With MMV_JOURNAL_ADOPTED a
 *          mark that was made for another file counts as well. This file is then a copy of the other: see
 *          mmv_journal_options.adopt.
 * Units:   bytes; length 0 = to the end.
 * Owner:   *path_ret is the caller's, for free(3).
 * Errors:  MMV_ENOMEM, MMV_ENOENT.
 */
enum { MMV_JOURNAL_OF_JOB = 1, MMV_JOURNAL_ADOPTED = 2 };
MMV_API mmv_status mmv_journal_name(const mmv_map *map, uint64_t offset, uint64_t length, unsigned what,
                                    char **path_ret);

/*
 * mmv_journal_note() - store a note in the journal: some bytes about a file of the run, for the process that goes on
 * with the run.
 * Shape:   a note that is given before the file's first walk is written when that walk begins. 'tag' is any number of
 *          the caller's. In mode POWER each write waits for the device.
 * Threads: any, also within a walk.
 * Errors:  MMV_ENOMEM, MMV_ENOSPC, MMV_EIO.
 */
MMV_API mmv_status mmv_journal_note(mmv_journal *journal, const mmv_map *map, uint32_t tag, const void *bytes,
                                    size_t length);

/*
 * mmv_journal_notes() - call 'see' for the notes about a file, the oldest first, until 'see' returns another status
 * than MMV_OK. MMV_ESTOPPED ends the list without a failure. Call this before the file's first walk, or after it and
 * before the first walk of the next file.
 */
typedef mmv_status mmv_journal_note_fn(uint32_t tag, const void *bytes, size_t length, void *user);
MMV_API mmv_status mmv_journal_notes(mmv_journal *journal, const mmv_map *map, mmv_journal_note_fn *see, void *user);

/*
 * mmv_journal_kept() - the highest number that the options' kept() has returned for the file that an interrupted run
 * was changing. The process that goes on with the run compares it with fn's store. If the store has less, it is not the
 * store that the run left. The journal has one number, for the latest file: 0 = kept() was never called for this file,
 * or the number is another file's. For files that are done, keep the number in a note. Call this before the file's
 * first walk.
 * Errors:  MMV_EJOURNAL when the journal is damaged, MMV_ENOMEM, MMV_EIO.
 */
MMV_API mmv_status mmv_journal_kept(mmv_journal *journal, const mmv_map *map, uint64_t *kept_ret);

/* The kinds of files that the library makes for its own use. */
typedef enum mmv_own_kind {
    MMV_OWN_NOT = 0, /* not a file of the library's own */
    MMV_OWN_JOURNAL, /* the journal of a run */
    MMV_OWN_JOB,     /* the record of a job of several runs */
    MMV_OWN_MARK,    /* a mark that is a file of its own: a run has not finished changing the file beside it */
    MMV_OWN_OTHER,   /* any other file of the library, of its tools, or of a later version */
} mmv_own_kind;

/*
 * mmv_map_own_kind() - whether a file is one of the library's own. Ask before you change or read a file whose name
 * comes from a list or a shell pattern: it may be the journal of an interrupted run.
 * Shape:   the first 8 bytes decide: "mmv", four lowercase letters, and a NUL. A file that cannot be read is
 *          MMV_OWN_NOT.
 * Threads: any.
 */
MMV_API mmv_own_kind mmv_map_own_kind(const mmv_map *map);

/*
 * mmv_journal_check() - whether bytes of a file belong to an unfinished run. Ask before you read bytes that must be
 * complete, or change bytes without a journal.
 * Shape:   mmv_journal_check() and mmv_journal_find() look at the marks on the file, and at journals beside it whose
 *          names begin with its name. mmv_journal_find() describes the first mark or journal that it finds; the kind is
 *          MMV_JOURNAL_NONE when there is none.
 * Units:   bytes; a range of the length MMV_EMPTY belongs to no run.
 * Owner:   found_ret->path is the caller's, for free(3); "" = the mark does not say where the journal is. *cache is the
 *          caller's, too, for mmv_journal_cache_free(). The cache remembers the directory for the next file there;
 *          begin with *cache = NULL. With a NULL 'cache' each call reads the directory again.
 * Errors:  MMV_EJOURNAL from mmv_journal_check() when bytes belong to such a run; MMV_ENOMEM.
 */
typedef enum mmv_journal_kind {
    MMV_JOURNAL_NONE = 0,
    MMV_JOURNAL_RUN,     /* a run, or a job of several, that is not finished: its journal is at 'path' */
    MMV_JOURNAL_ORPHAN,  /* a mark whose journal is gone, or is elsewhere: nobody knows which bytes are changed */
    MMV_JOURNAL_FOREIGN, /* a mark of another file: this is a copy of a file that was changed in part */
} mmv_journal_kind;

typedef struct mmv_journal_found {
    mmv_journal_kind kind;
    char *path;
    uint64_t run; /* the run that made the mark; 0 = there is no mark that can be read */
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
    uint64_t run;   /* a random number that identifies the run; all parts of a job share one */
    uint64_t begun; /* seconds since 1970 */
    uint64_t files; /* number of files: of the run, as its options said, or of its job; 0 = not known */
    bool this_boot; /* since 'begun' the system was not restarted, and the journal's file system not mounted again */
    bool busy;      /* a process works with the journal now */
    bool finished;  /* the run is over, but its journal was not removed */
    bool spoiled;   /* the device failed, or a job was given up: nobody can go on with the run */
    bool is_job;    /* this is the record of a job. The next four fields have values only for jobs */
    uint64_t parts; /* parts that were begun */
    uint64_t ended; /* parts that are done */
    uint64_t total; /* units that all parts change */
    uint64_t units; /* units of the parts that were begun */
    uint64_t walks; /* of a journal: walks that were begun so far */
    uint64_t bytes; /* bytes that these walks change */
    uint64_t done;  /* bytes of these walks that are done */
    bool lost; /* the system crashed or lost power, and the journal's bytes were lost: nothing else is known, not even
                  what was done to a file */
} mmv_journal_info;

/*
 * mmv_journal_inspect() - read a journal, or the record of a job, and change nothing.
 * Owner:   the caller, until mmv_journal_info_free().
 * Errors:  MMV_ENOENT, MMV_EJOURNAL when it is damaged, MMV_ENOMEM, MMV_EIO.
 */
MMV_API mmv_status mmv_journal_inspect(const char *path, mmv_journal_info **info_ret);
MMV_API void mmv_journal_info_free(mmv_journal_info **info);

/* The state in which an interrupted run has left some bytes of a file. */
typedef enum mmv_journal_state {
    MMV_JOURNAL_UNTOUCHED = 0,
    MMV_JOURNAL_HALF, /* nobody knows which of the bytes are changed; the journal has the old bytes */
    MMV_JOURNAL_DONE,
} mmv_journal_state;

typedef struct mmv_journal_extent {
    const char *path; /* absolute path of the file at that time */
    uint64_t offset, length;
    mmv_journal_state state;
} mmv_journal_extent;
typedef void mmv_journal_extent_fn(const mmv_journal_extent *extent, void *user);

/*
 * mmv_journal_extents() - call 'see' for each extent of the files of a run, or of all parts of a job, in the order of
 * the walks. Neighbouring bytes of one state are one extent.
 * Errors:  as mmv_journal_inspect().
 */
MMV_API mmv_status mmv_journal_extents(const char *path, mmv_journal_extent_fn *see, void *user);

/*
 * mmv_journal_discard() - give up an interrupted run or job: remove the journal, or the record of the job, and the
 * marks on its files. The files stay as they are, perhaps a mixture of old and new bytes. A damaged journal can be
 * discarded, too.
 * Shape:   when a crash of the system has lost a journal's bytes, the call recognises the journal by its name,
 *          FILE.mmj.OFFSET-LENGTH. Of such a run it removes the mark of FILE, and no other marks. A file of such a name
 *          stays when it is not empty and does not begin with zeros: a crash leaves no journal like that. The journal
 *          of a part is refused while the record of its job is there, since without its journal the part would begin
 *          anew, and change bytes twice. Discard the record of the job instead: that gives up all parts.
 * Errors:  MMV_EBUSY when a process works with the journal, MMV_ENOENT, MMV_EACCES, MMV_EIO. MMV_EKIND when the file is
 *          no journal. MMV_EJOURNAL when the journal's bytes were lost, and another user may have made the file.
 *          MMV_EJOURNAL also for a part whose job has its record beside the journal.
 */
MMV_API mmv_status mmv_journal_discard(const char *path);

/*
 * mmv_journal_unmark() - remove from this file the mark that mmv_journal_find() has found, and nothing else. Use this
 * call for marks of every kind but MMV_JOURNAL_RUN.
 * Errors:  MMV_EACCES, MMV_EIO.
 */
MMV_API mmv_status mmv_journal_unmark(const mmv_map *map, const mmv_journal_found *found);

/* mmv_journal_mode_name() - "off", "kill" or "power". */
MMV_API const char *mmv_journal_mode_name(mmv_journal_mode mode);

MMV_END_DECLS

#endif
