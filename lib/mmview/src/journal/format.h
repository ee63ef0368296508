/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_JOURNAL_FORMAT_H
#define MMVIEW_JOURNAL_FORMAT_H

/*
 * format: what the bytes of a journal file mean, and whether they are what was written. No input or output here.
 *
 *     0             header     one page: whose journal this is
 *     4096          stashes    header.stashes of header.stash_size bytes: what is changing now, and its old bytes
 *     behind them   log        records, as many as a word of the header counts:
 *                                  file     which file the entries behind it are of
 *                                  entry    one walk over that file, and what of it is done: a word per stretch
 *                                  note     bytes of whoever runs the walks, about the file before it
 *
 * So a run is a list of files and extents, as long as it likes: nobody needs more than one record of it in memory.
 * Everything in a journal is under a checksum, also what changes: a word that is stored alone carries its own.
 *
 *     FILE.mmj.OFFSET-LENGTH.job    the parts of one job: a header of its own, and an entry per part
 *     FILE.mmj.OFFSET-LENGTH        not a journal but a pointer to one, beside a file that can bear no mark
 *
 * docs/journal.md has the protocol.
 */

#include <mmview/base.h>

#define MMV__JOURNAL_VERSION 2
#define MMV__JOB_LIST_VERSION 3 /* of the record of a job over several files */
#define MMV__JOB_TABLE_MAX (256 * MMV_MIB)
#define MMV__JOURNAL_PAGE 4096
#define MMV__SECTOR 512            /* what a device writes or does not */
#define MMV__STRETCH (2 * MMV_MIB) /* of file bytes, the grid of stretches; 8 bytes of journal each */
#define MMV__JOURNAL_GRANULE 8192  /* bytes of a granule, or one larger record; stays in the first-level cache */
#define MMV__OPERATION_KEPT 2048
#define MMV__BOOT_KEPT 40
#define MMV__PATH_KEPT 1024 /* longer ones are not kept */

/* ---- the log ---------------------------------------------------------------------------------------------------- */

enum { MMV__RECORD_FILE = 1, MMV__RECORD_ENTRY, MMV__RECORD_NOTE };

/* Records begin at multiples of this, so that what is rewritten of one lies in one sector. */
#define MMV__RECORD_GRID 128

typedef struct mmv__record_head {
    uint64_t size;  /* bytes to the next record */
    uint64_t check; /* of the head behind it, and of what follows the head but for words */
    uint32_t kind;
    uint32_t tag;    /* of a note: its writer's */
    uint64_t length; /* of the path, or of the note's bytes */
} mmv__record_head;

/* Followed by the path, absolute. */
typedef struct mmv__file_record {
    mmv__record_head head;
    uint64_t device, inode, birth, instance, length; /* birth, instance 0 = not known. The device is only reported */
    uint64_t volume;                                 /* where the file system has several, see mmv__os_volume() */
} mmv__file_record;

/* On the disk as in memory, in the byte order of the machine that wrote it. */
typedef struct mmv__journal_header {
    char magic[8];
    uint32_t order; /* MMV__JOURNAL_ORDER */
    uint32_t version;
    uint32_t mode;
    uint32_t stashes;
    uint64_t run;        /* random, so that no two journals' words are alike */
    uint64_t room;       /* bytes of records that fit a stash */
    uint64_t stash_size; /* of the file */
    uint64_t files;      /* 0 = not known */
    uint64_t begun;      /* seconds since 1970 */
    uint64_t operation_hash;
    uint64_t instance; /* of the file system that the journal lies on, see mmv__os_instance() */
    uint64_t job;      /* run number of the job that this is a part of; 0 = none */
    char boot[MMV__BOOT_KEPT];
    char operation[MMV__OPERATION_KEPT]; /* the beginning of it, ended by a zero */
    mmv__file_record file;               /* the run's first, without a head: marked before there is a record of it */
    char first[MMV__PATH_KEPT];          /* its path */
    uint64_t check;                      /* of all above */
    uint64_t records;                    /* a word: how many records of the log count */
    uint64_t finished;                   /* a word: MMV__RUN_FINISHED or MMV__RUN_SPOILED */
} mmv__journal_header;

/*
 * FINISHED: everything is done, and only marks and the file's removal were left. SPOILED: the device failed, and nobody
 * knows what is done.
 */
enum { MMV__RUN_FINISHED = 1, MMV__RUN_SPOILED = 2 };

/* Followed by one word per stretch: 0, or mmv__done_word(). */
typedef struct mmv__journal_entry {
    mmv__record_head head;
    uint64_t offset, bytes, stride, record;     /* of the walk */
    uint64_t stretch_bytes, stretches, granule; /* granule: records */
} mmv__journal_entry;

/* Followed by its bytes. */
typedef struct mmv__note_record {
    mmv__record_head head;
} mmv__note_record;

/* A record's fixed part, whatever it is. */
typedef union mmv__record {
    mmv__record_head head;
    mmv__file_record file;
    mmv__journal_entry entry;
    mmv__note_record note;
} mmv__record;

/* ---- the parts of a job ----------------------------------------------------------------------------------------- */

/* The files of a job over several: their table lies behind the header's page, and the parts' entries behind the table.
 */
typedef struct mmv__job_list {
    uint64_t files, bytes; /* of the table */
    uint64_t table;        /* its checksum */
    uint64_t check;        /* of all above */
    uint64_t marked;       /* a word: each file bears the mark */
} mmv__job_list;

/* A line of the table; behind the last line the paths, each ended by a zero. */
typedef struct mmv__job_file {
    mmv__file_record file;  /* without a head */
    uint64_t offset, bytes; /* what of it all parts change */
    uint64_t at;            /* where that begins in the ranges of the parts */
    uint64_t path_at;       /* from the start of the table */
} mmv__job_file;

typedef struct mmv__job_header {
    char magic[8];
    uint32_t order;
    uint32_t version;
    uint64_t mode;
    uint64_t run;
    uint64_t total; /* units that all parts change together */
    uint64_t begun;
    uint64_t operation_hash;
    uint64_t instance;         /* of the file system that this record lies on */
    uint64_t offset, bytes;    /* the range of all parts */
    mmv__file_record file;     /* without a head */
    char path[MMV__PATH_KEPT]; /* of the file; "" = longer than that */
    char boot[MMV__BOOT_KEPT];
    char operation[MMV__OPERATION_KEPT];
    uint64_t check;     /* of all above */
    uint64_t given_up;  /* not 0: nobody goes on */
    mmv__job_list list; /* all zeros in the record of a job over one file */
} mmv__job_header;

/* From mmv__job_entries_at() on, one per part that was begun. */
typedef struct mmv__part_entry {
    uint64_t offset, bytes; /* the part's range */
    uint64_t units;         /* that it changes */
    uint64_t check;         /* of all above */
    uint64_t state;         /* a word */
    uint64_t sum;           /* of some of what it made of the file, once it is done */
    uint64_t spare[2];
} mmv__part_entry;

/* What a part's word says. TOLD: its process has nothing left to do but to end with the status 0. */
enum { MMV__PART_BEGUN = 1, MMV__PART_DONE, MMV__PART_TOLD };

/* ---- pointers --------------------------------------------------------------------------------------------------- */

/* Followed by the path of the journal. */
typedef struct mmv__pointer {
    char magic[8];
    uint32_t order;
    uint32_t version;
    uint64_t run, inode, birth, length; /* length: of the path */
    uint64_t check;                     /* of all above and the path */
} mmv__pointer;

/* ---- stashes ---------------------------------------------------------------------------------------------------- */

/*
 * In a page of its own, followed by the old records, packed. So the records of a range that begins a page lie as far
 * into a page here as in the file. Copies between addresses that differ by a few cache lines modulo 4096 take three
 * times as long, because the processor takes loads for reads of what was just stored.
 */
typedef struct mmv__journal_stash {
    uint64_t state;     /* a word: mmv__stash_state. 0 = free */
    uint64_t walk;      /* number of the entry in the log */
    uint64_t stretch;   /* that is being worked on; the first of them in a group */
    uint64_t stretches; /* power: how many */
    uint64_t bytes;     /* power: of old records */
    uint64_t sequence;  /* power: grows with each use */
    uint64_t old;       /* checksum of the old records */
    uint64_t fresh[2];  /* of the last granule that was done, by turn */
    uint64_t changed;   /* kill: when that was, in nanoseconds since 1970 */
    uint64_t check;     /* power: of walk .. old */
    uint64_t kept;      /* what the options' kept() has said last, or 0 */
    uint64_t kept_file; /* number of the record of the file that it was said of */
} mmv__journal_stash;

#define MMV__JOURNAL_ORDER 0x01020304u

/* What a stash's word says; with ARMED granules [granule, granule + count) are in the stash as they were. */
enum { MMV__STASH_FREE, MMV__STASH_WORKING, MMV__STASH_ARMED };
typedef struct mmv__stash_state {
    unsigned kind;
    unsigned turn;    /* 0 or 1: which of 'fresh' belongs to granule - 1 */
    unsigned granule; /* granules of the stretch that are done */
    unsigned count;
} mmv__stash_state;
#define MMV__GRANULES_MAX 0x3fff

/* Words: 32 bits and a check of them under a key. mmv__word_read() is false when the check fails. */
uint64_t mmv__word(uint64_t key, uint32_t value);
bool mmv__word_read(uint64_t key, uint64_t word, uint32_t *value_ret);

/* Keys: what a word is about. */
uint64_t mmv__records_key(uint64_t run);
uint64_t mmv__finished_key(uint64_t run);
uint64_t mmv__done_key(uint64_t run, uint64_t walk, uint64_t stretch);
uint64_t mmv__stash_key(uint64_t run, uint64_t stash, uint64_t walk, uint64_t stretch);
uint64_t mmv__armed_key(uint64_t run, uint64_t stash, uint64_t sequence);
uint64_t mmv__part_key(uint64_t run, uint64_t part);
uint64_t mmv__marked_key(uint64_t run);

uint64_t mmv__stash_word(uint64_t key, mmv__stash_state state);
bool mmv__stash_read(uint64_t key, uint64_t word, mmv__stash_state *state_ret);

/* A done stretch's word holds a checksum of its last granule, to notice a file that was put back meanwhile. */
uint64_t mmv__done_word(uint64_t key, uint64_t checksum);
bool mmv__done_agrees(uint64_t key, uint64_t word, uint64_t checksum);

/* What a file is by its first 8 bytes. */
typedef enum mmv__own_file {
    MMV__NOT_OURS,
    MMV__A_JOURNAL,
    MMV__A_JOB,
    MMV__A_POINTER,
    MMV__A_LOST, /* a journal, a job's record or a pointer whose bytes were lost with the machine */
} mmv__own_file;
mmv__own_file mmv__own_file_of(const char magic[8]);
/*
 * The same of a file that begins with 'length' bytes, as many as it has or those of a header; 'named': it is called
 * what only files of the library's own are.
 */
mmv__own_file mmv__own_file_from(const void *start, size_t length, bool named);
extern const char mmv__lost_text[]; /* what there is to say of MMV__A_LOST */

void mmv__header_seal(mmv__journal_header *header);
/* NULL = good, else what is wrong with it. 'size' is the file's. */
const char *mmv__header_fault(const mmv__journal_header *header, uint64_t size);
uint64_t mmv__header_stash_at(const mmv__journal_header *header, uint64_t stash);
uint64_t mmv__header_log_at(const mmv__journal_header *header);

/* 'table': of header.list; NULL = one file. */
void mmv__job_seal(mmv__job_header *header, const void *table);
/* Whether a table is the one that was sealed, and each line of it in order. */
bool mmv__job_table_fits(const mmv__job_header *header, const void *table);
uint64_t mmv__job_entries_at(const mmv__job_header *header);
const char *mmv__job_fault(const mmv__job_header *header, uint64_t size);
uint64_t mmv__part_check(const mmv__part_entry *entry, uint64_t run, uint64_t part);

uint64_t mmv__pointer_check(const mmv__pointer *pointer, const char *path);
void mmv__pointer_seal(mmv__pointer *pointer, const char *path);
bool mmv__pointer_fits(const mmv__pointer *pointer, uint64_t size);

/*
 * The check of a record whose fixed part is 'record' and whose text or bytes are 'bytes'. 'number': its place in the
 * log.
 */
uint64_t mmv__record_check(const mmv__record *record, const void *bytes, uint64_t run, uint64_t number);
/* Bytes of the fixed part; 0 = there is no such kind. */
size_t mmv__record_fixed(uint32_t kind);
/* Whether it is one, and what it says of lengths holds within 'room' bytes: nothing that follows from it wraps. */
bool mmv__record_fits(const mmv__record *record, uint64_t room);
/* Set head.size, of a record whose kind, length and stretches are known. */
void mmv__record_size(mmv__record *record);
/* Where an entry's words are, counted from its start. */
uint64_t mmv__entry_words_at(const mmv__journal_entry *entry);

/* Fill in stretches and granules of an entry whose walk is known. */
void mmv__entry_shape(mmv__journal_entry *entry);

/* Power: what a stash says but for its word and the checksums of the records. 'number': of the stash. */
uint64_t mmv__group_check(const mmv__journal_stash *stash, uint64_t run, uint64_t number);

/* Geometry, all in records of the walk. A stretch may have no record at all when records are longer than stretches. */
uint64_t mmv__entry_records(const mmv__journal_entry *entry);
uint64_t mmv__stretch_of(const mmv__journal_entry *entry, uint64_t record);
uint64_t mmv__stretch_first(const mmv__journal_entry *entry, uint64_t stretch);
uint64_t mmv__stretch_granules(const mmv__journal_entry *entry, uint64_t stretch);

#endif
