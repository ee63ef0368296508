/* SPDX-License-Identifier: MIT */
/*
 * model.h - the journal's protocol as states and steps, small enough to try every order of them.
 *
 *     run.c       a run over one or two files: finding, comparing, adopting, ending; -o
 *     change.c    the change itself, in modes kill and power
 *     evidence.c  whether FILE is what a journal says
 *     job.c       the parts of a job
 *     discard.c   --discard-journal
 *     world.c     what users and systems do: kill, rename, copy, restore, remove, mount, power cut
 *     check.c     what must hold, and nothing else; it knows no journal
 *     explore.c   breadth first through all states; the way to a bad one is printed
 *     configs.c   which commands and events are tried together
 *     main.c      options, tables, and each rule broken to see that somebody notices
 *
 * A step is one system call or one store that others can see: a process may be killed before and after each. A state
 * has nothing but bytes, so that equal states are equal memory. Whatever is on a file system lies in struct world, a
 * byte for each thing that is written by itself: a power cut keeps or loses each byte that was not synced.
 */
#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stdint.h>

enum {
    NAMES = 3,                    /* of images: f, g, h */
    IMAGES = 3,                   /* inodes; one is never another's number and birth again */
    GRANULES = 4,                 /* of a file, or of both files of a run together */
    JOURNALS = 4,                 /* inodes of journals */
    PARTS = 3,                    /* of a job, at most */
    JOBS = 2,                     /* records of jobs */
    PATHS = NAMES + JOBS * PARTS, /* a journal beside each name; behind them those of parts, beside a job's record */
    STASHES = 2,                  /* mode kill uses one */
    SLOTS = 2 * PARTS + 1,        /* commands; one process each at a time */
    STRANGER = SLOTS - 1,         /* somebody whom nobody expected: check.c has him try a command alone */
    NONE = 0                      /* names, paths: what they lead to, plus one */
};

/*
 * What a granule holds: how often command a changed it, how often b and a stranger's c did, and whether
 * a change was stopped half way.
 */
enum { ONE_A = 1, ONE_B = 4, HALF = 16, ONE_C = 32 };

struct image {
    uint8_t now[GRANULES];
    uint8_t mark[2]; /* of a run, of a job: packed by mark_of() */
};

enum { OPEN_END, FINISHED, GIVEN_UP }; /* how a journal or a job ended */
enum { FREE, WORKING, ARMED };         /* a stash */
enum { ABSENT, BEGUN, DONE, TOLD };    /* an entry of a job */
enum { IS_DONE = 0x80 };               /* a stretch's word, and a stash of mode power that holds something */

struct journal {
    uint8_t run; /* its random number; 0: nothing written here yet */
    uint8_t command;
    uint8_t instance; /* of the file system when it was made */
    uint8_t end;
    uint8_t records;
    uint8_t record[2];      /* FILE: packed by record_of() */
    uint8_t done[GRANULES]; /* mode power: with the sum, one word */
    uint8_t sum[GRANULES];  /* mode kill: of changed granules; part of the words of stretch and stash */
    uint8_t stash[STASHES];
    uint8_t saved[STASHES];
    uint8_t where[STASHES]; /* mode power: the stretch */
    uint8_t check[STASHES]; /* mode power: sum of both */
};

struct job {
    uint8_t run;
    uint8_t command;
    uint8_t instance;
    uint8_t image;  /* FILE's identity */
    uint8_t second; /* of a job over two files: that of the other, plus one */
    uint8_t marked; /* of such a job: both files bear the mark */
    uint8_t end;
    uint8_t entry[PARTS]; /* state, and the sum of what the part changed: one word */
};

struct world {
    uint8_t name[NAMES];
    uint8_t path[PATHS];
    uint8_t job_path[JOBS];
    struct image image[IMAGES];
    struct journal journal[JOURNALS];
    struct job job[JOBS];
};

struct process {
    uint8_t step; /* IDLE: not running */
    uint8_t started;
    uint8_t told; /* it said 0 */
    uint8_t adopt;
    uint8_t name;
    uint8_t image[2];
    uint8_t locked;  /* the bytes of so many files */
    uint8_t journal; /* plus one */
    uint8_t path;
    uint8_t journal_locked;
    uint8_t job; /* plus one */
    uint8_t job_path;
    uint8_t job_locked;
    uint8_t present; /* a part: nobody may give its job up */
    uint8_t file;
    uint8_t at;   /* granule */
    uint8_t turn; /* stash of mode power */
};

struct state {
    struct world now;
    struct world disk; /* as it would be after a power cut, where power can be cut */
    struct process process[SLOTS];
    uint8_t owed[IMAGES][GRANULES]; /* what each granule must hold by the commands that said 0 */
    uint8_t instance;
    uint8_t cuts;
    uint8_t copying; /* a copy under way: 1 + granules copied; from, to */
    uint8_t copy_from, copy_to;
    uint8_t given_up; /* inodes, as bits, that a user named to --discard-journal */
    uint8_t bad;      /* index of what went wrong */
};

/* What a user wants done once. */
enum kind { NO_COMMAND, CHANGE, READ, DISCARD, PART };

struct command {
    enum kind kind;
    uint8_t op;    /* ONE_A, ONE_B */
    uint8_t files; /* 1 or 2, in names that follow each other */
    uint8_t part;
    uint8_t first, count; /* granules */
    uint8_t after;        /* commands, as bits, that must have said 0 before */
    uint8_t path;         /* journal's name: name + path */
    uint8_t name;         /* where nothing is renamed */
};

enum event {
    KILL = 1,
    RENAME = 2,
    COPY_ALL = 4,     /* cp -a */
    COPY_BYTES = 8,   /* cp */
    COPY_FOLDER = 16, /* cp -a of file and journal */
    REMOVE = 32,
    RESTORE = 64,       /* of an old copy, in place */
    RESTORE_PART = 128, /* the same, stopped on its way */
    SLOWLY = 256,       /* copies take time: others go on meanwhile */
    FULL = 512,         /* stores into a journal may fail */
    MOUNT = 1024,       /* the file system ends and comes back, the system stays */
    CUT = 2048,         /* the same for mode power */
    ADOPT = 4096,
    COPY_BACK = 8192, /* of a copy, in place */
    ONE_WAY = 16384   /* names change from f to g only */
};

struct config {
    const char *name;
    const char *what;
    unsigned events;
    bool power;
    bool quick;
    uint8_t files;    /* that exist at first */
    uint8_t granules; /* of a file */
    uint8_t stretch;  /* granules of a stretch */
    uint8_t parts;
    uint8_t cuts;
    uint8_t together; /* processes at once, at most */
    uint8_t names;    /* that there may be; 0: all */
    uint8_t images;   /* the same, inodes */
    bool away;        /* the second file is in another folder than the journal, for all but the run's own command */
    bool loose;       /* a command may need a discard where others were let in between the removal of marks */
    bool kept;        /* only a discard of FILE itself may end that its command can be repeated until 0 */
    bool listed;      /* the job is over two files, f and g; each part has bytes of one */
    bool hidden;      /* nothing leads to the journal once its mark is off: the gap begins there */
    struct command command[SLOTS - 1];
};

/* Rules that can be broken: name, the configuration that notices, and what is done instead. */
#define RULES(X)                                                                                                       \
    X(ARM_FIRST, "arm-before-save", "two", "a stash is armed before the old bytes are in it")                          \
    X(NO_LOOK, "no-look-after-save", "two", "nobody looks whether the stash took the old bytes")                       \
    X(DONE_EARLY, "done-before-change", "two", "a stash says done before the change")                                  \
    X(FREE_EARLY, "free-before-done", "two", "a stash is given up before its stretch's word")                          \
    X(MARK_LATE, "mark-after-change", "rename-2", "the mark is set after the first change")                            \
    X(RECORD_LATE, "record-after-change", "two", "a record is counted after the first change")                         \
    X(TURN, "marks-off-at-turn", "files", "a file's mark goes when its turn ends, not with the run")                   \
    X(REMOVE_EARLY, "remove-before-output", "two", "the journal is removed before reports and outputs are written")    \
    X(NO_FINISHED, "marks-before-finished", "rename-2", "marks go before the word finished")                           \
    X(NO_COMPARE, "restore-without-compare", "restore", "FILE is not compared before it is restored")                  \
    X(LAST_ONLY, "sum-of-last-granule", "restore", "a word has the sum of its stretch's last granule only")            \
    X(FINISHED_BLIND, "finished-without-compare", "restore", "a finished journal says 0 without a look at FILE")       \
    X(FINISHED_VOID, "finished-for-anybody", "two", "another command finishes the rest of a finished run")             \
    X(FOREIGN, "foreign-mark-believed", "back", "a copy's mark is believed")                                           \
    X(IDENTITY, "identity-ignored", "folder", "a journal's FILE may be another file")                                  \
    X(UNLOCKED, "journal-not-locked", "two",                                                                           \
      "a journal is used without its lock, and FILE without a lock on its bytes")                                      \
    X(LINK_FIRST, "link-before-lock", "discard",                                                                       \
      "a journal has its name before it is locked, and discard locks no bytes")                                        \
    X(NO_STILL, "no-second-look", "discard", "nobody looks whether a journal that was locked still has its name")      \
    X(DISCARD_ALL, "discard-takes-all", "copy-discard", "discard of a copy discards the original's run")               \
    X(DISCARD_BESIDE, "discard-beside", "folder",                                                                      \
      "discard takes the marks of a journal that is beside FILE, but another's")                                       \
    X(DISARMED, "disarm-after-restore", "back", "a stash is disarmed between restore and change")                      \
    X(DISCARD_QUIET, "discard-without-word", "job-discard", "discard stores no word before it removes")                \
    X(ANY_MOUNT, "kill-after-mount", "mount", "mode kill believes its journal after a mount")                          \
    X(DONE_UNSYNCED, "done-before-sync", "power", "power: a stretch is done before FILE is synced")                    \
    X(SAVE_UNSYNCED, "arm-before-sync", "power", "power: FILE is changed before the stash is synced")                  \
    X(ONE_STASH, "one-stash", "power", "power: one stash is used again at once")                                       \
    X(TAKEUP_UNSYNCED, "takeup-unsynced", "power",                                                                     \
      "power: a stash is used again before words seen by a repetition are synced")                                     \
    X(ARMED_ONLY, "restore-armed-only", "power", "power: only what a word calls armed is restored")                    \
    X(END_UNSYNCED, "removal-unsynced", "power", "power: 0 is said before the journal's removal is synced")            \
    X(MARK_UNSYNCED, "mark-unsynced", "power-rename", "power: FILE is changed before its mark is synced")              \
    X(TOLD_EARLY, "told-before-removal", "job", "a part says TOLD before its own journal is gone and its work done")   \
    X(UNTOLD, "last-waits-for-done", "job", "the last part waits for DONE, not for TOLD")                              \
    X(JOB_UNLOCKED, "job-not-locked", "job", "parts end without the job's lock")                                       \
    X(PART_BLIND, "part-without-compare", "job-restore", "a part that is done does not look at FILE")                  \
    X(PART_UNDONE, "part-journal-first", "job", "a part's journal goes before its word DONE")                          \
    X(PART_UNSYNCED, "part-done-unsynced", "job-power", "power: a part's journal goes before DONE is synced")          \
    X(TOLD_UNSYNCED, "told-unsynced", "job-power", "power: a part says 0 before TOLD is synced")                       \
    X(RECORD_FIRST, "record-before-marks", "job-files", "a job's record goes before the marks of its files")           \
    X(NOT_PRESENT, "discard-beside-parts", "job-files-discard", "a job is given up while parts are at work")           \
    X(ANY_MARK, "any-job-mark", "job-move", "a part goes on under another job's mark")                                 \
    X(PART_NAME, "part-journal-by-file", "job-move", "a part's journal is named after FILE's name of today")           \
    X(MUTUAL, "look-again-when-resumed", "job-other", "a run with a record looks for others and refuses")              \
    X(GAP, "gap", "two", "no rule: a kill after the removal, before the exit; it cannot be closed")

enum rule {
#define X(symbol, name, where, what) symbol,
    RULES(X)
#undef X
        RULE_COUNT
};

extern const struct config configs[];
extern const int config_count;
extern const struct config *config;
extern bool broken[RULE_COUNT];

typedef void emit_fn(const struct state *child, int actor, const char *what);

/* Steps of processes, in the order in which they mostly come. */
#define STEPS(X)                                                                                                       \
    X(IDLE, "ends")                                                                                                    \
    X(OPEN_FILE, "opens FILE")                                                                                         \
    X(LOCK_FILE, "locks the bytes of FILE")                                                                            \
    X(LOOK, "looks at marks and names")                                                                                \
    X(LOCK_JOURNAL, "locks the journal that is there")                                                                 \
    X(STILL, "looks whether the journal still has its name")                                                           \
    X(COMPARE, "compares the journal and FILE")                                                                        \
    X(CREATE, "creates a journal")                                                                                     \
    X(CREATE_LOCK, "locks the journal that it created")                                                                \
    X(CREATE_SYNC, "syncs the journal's name")                                                                         \
    X(MARK, "marks FILE")                                                                                              \
    X(MARK_SYNC, "syncs the mark")                                                                                     \
    X(RECORD, "writes FILE's record")                                                                                  \
    X(COUNT, "counts the record")                                                                                      \
    X(ADOPT_MARK, "marks the copy as its own")                                                                         \
    X(ADOPT_RECORD, "rewrites the record to the copy")                                                                 \
    X(RESTORE_OLD, "restores a granule")                                                                               \
    X(DISARM, "stores WORKING after the restore")                                                                      \
    X(RESTORE_SYNC, "syncs what it restored")                                                                          \
    X(TAKEUP_SYNC, "syncs the journal that it took up")                                                                \
    X(NEXT, "chooses what comes next")                                                                                 \
    X(TAKE, "takes a stretch into the stash")                                                                          \
    X(SAVE, "saves a granule")                                                                                         \
    X(SAVE_SYNC, "syncs the stash")                                                                                    \
    X(ARM, "stores ARMED")                                                                                             \
    X(CHANGE_HALF, "changes half of a granule")                                                                        \
    X(CHANGE_REST, "changes the rest of a granule")                                                                    \
    X(CHANGE_SYNC, "syncs FILE")                                                                                       \
    X(COMMIT, "stores WORKING")                                                                                        \
    X(STRETCH_DONE, "writes a stretch's word")                                                                         \
    X(STASH_FREE, "frees the stash")                                                                                   \
    X(OUTPUT, "writes reports and outputs")                                                                            \
    X(FINISH, "stores FINISHED")                                                                                       \
    X(MARK_OFF, "takes a mark off")                                                                                    \
    X(UNLINK, "removes the journal")                                                                                   \
    X(UNLINK_SYNC, "syncs the removal")                                                                                \
    X(SAY_0, "says 0")                                                                                                 \
    X(READ_FIRST, "reads the first half of FILE")                                                                      \
    X(READ_REST, "reads the rest of FILE")                                                                             \
    X(DISCARD_LOOK, "discard: looks at marks and names")                                                               \
    X(DISCARD_LOCK, "discard: locks the journal")                                                                      \
    X(DISCARD_STILL, "discard: looks whether the journal still has its name")                                          \
    X(DISCARD_WORD, "discard: stores GIVEN UP")                                                                        \
    X(DISCARD_MARK, "discard: takes a mark off")                                                                       \
    X(DISCARD_UNLINK, "discard: removes the journal")                                                                  \
    X(DISCARD_ONE, "discard: takes this file's mark off")                                                              \
    X(DISCARD_JOB_LOCK, "discard: locks the job")                                                                      \
    X(DISCARD_JOB_STILL, "discard: looks whether the job still has its name")                                          \
    X(DISCARD_JOB_WORD, "discard: stores GIVEN UP in the job")                                                         \
    X(DISCARD_JOB_MARK, "discard: takes the job's mark off")                                                           \
    X(DISCARD_PART, "discard: removes a part's journal")                                                               \
    X(DISCARD_JOB_UNLINK, "discard: removes the job's record")                                                         \
    X(JOB_LOOK, "part: looks for its job")                                                                             \
    X(JOB_CREATE, "part: creates the job's record")                                                                    \
    X(JOB_SYNC, "part: syncs the name of the job's record")                                                            \
    X(JOB_LOCK, "part: locks the job")                                                                                 \
    X(JOB_STILL, "part: looks whether the job still has its name")                                                     \
    X(JOB_COMPARE, "part: compares the job")                                                                           \
    X(JOB_MARK, "part: marks FILE with the job")                                                                       \
    X(JOB_MARK_SYNC, "part: syncs the mark")                                                                           \
    X(JOB_MARKED, "part: stores that all files are marked")                                                            \
    X(JOB_MARKED_SYNC, "part: syncs that word")                                                                        \
    X(JOB_ENTRY, "part: reads its entry, stores BEGUN")                                                                \
    X(JOB_ENTRY_SYNC, "part: syncs BEGUN")                                                                             \
    X(JOB_RELEASE, "part: lets the job go")                                                                            \
    X(PART_JOURNAL, "part: opens or creates its journal")                                                              \
    X(PART_COMPARE, "part: compares its journal and FILE")                                                             \
    X(PART_DONE, "part: stores DONE")                                                                                  \
    X(PART_DONE_SYNC, "part: syncs DONE")                                                                              \
    X(PART_UNLINK, "part: removes its journal")                                                                        \
    X(PART_EARLY, "part: stores TOLD early")                                                                           \
    X(ASK_LOCK, "part: locks the job at its end")                                                                      \
    X(ASK, "part: asks whether it is the last")                                                                        \
    X(PART_TOLD, "part: stores TOLD")                                                                                  \
    X(PART_TOLD_SYNC, "part: syncs TOLD")                                                                              \
    X(JOB_MARK_OFF, "part: takes the job's mark off")                                                                  \
    X(JOB_UNLINK, "part: removes the job's record")                                                                    \
    X(JOB_UNLINK_SYNC, "part: syncs the removal")

enum step {
#define X(symbol, what) symbol,
    STEPS(X)
#undef X
        STEP_COUNT
};

/* run.c, job.c: one step of a process; 'choice' 1: what may fail fails. False: it waits, or there is no such choice. */
bool process_step(struct state *s, int me, int choice);
void run_step(struct state *s, int me, int choice);
void discard_step(struct state *s, int me);
bool job_step(struct state *s, int me);
void process_start(struct state *s, int me, uint8_t name, bool adopt);
void process_end(struct process *p);

/* world.c */
struct state first_state(void);
void expand(const struct state *s, emit_fn *emit);
void collect(struct state *s);

/* check.c */
enum { BAD_NONE, BAD_TWICE, BAD_ZERO, BAD_READ, BAD_STUCK, BAD_HANG };
const char *bad_name(uint8_t bad);
void check_change(struct state *s, int me, uint8_t image, uint8_t at);
void check_told(struct state *s, int me);
void check_read(struct state *s, uint8_t image);
void check_quiet(struct state *s);

/* explore.c */
struct figures {
    unsigned long states, transitions;
    unsigned depth;
    bool violated;
    bool complete;
};
struct figures explore(unsigned long most, bool trace);

#endif
