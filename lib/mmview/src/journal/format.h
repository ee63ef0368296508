/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_JOURNAL_FORMAT_H
#define MMVIEW_JOURNAL_FORMAT_H

/*
 * format: what the bytes of a journal file mean, and whether they are what was written. No input or output here.
 *
 *     0            header     one page: whose journal this is
 *     4096         stashes    header.stashes of header.stash_size bytes: what is changing now, and its old bytes
 *     behind them  entries    one per walk, each longer by its stretches: what is done
 *
 * Everything in a journal is under a checksum, also what changes: a word that is stored alone carries its own.
 * docs/journal.md has the protocol.
 */

#include <mmview/base.h>

#define MMV__JOURNAL_VERSION 1
#define MMV__JOURNAL_PAGE 4096
#define MMV__STRETCH (2 * MMV_MIB) /* of file bytes, the grid of stretches; 8 bytes of journal each */
#define MMV__JOURNAL_GRANULE 8192  /* bytes of a granule, or one larger record; stays in the first-level cache */
#define MMV__OPERATION_KEPT 2048

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
    char boot[40];
    char operation[MMV__OPERATION_KEPT]; /* the beginning of it, ended by a zero */
    uint64_t check;                      /* of all above */
    uint64_t walks;                      /* a word: number of entries */
    uint64_t finished;                   /* a word: MMV__RUN_FINISHED or MMV__RUN_SPOILED */
    uint64_t kept;                       /* a word: MMV__RUN_KEPT; a program that ignores it finds an unfinished run */
} mmv__journal_header;

/*
 * FINISHED: everything is done, and only the file's removal was left. SPOILED: the device failed, and nobody knows what
 * is done. KEPT: everything is done, but the other parts of the job are not.
 */
enum { MMV__RUN_FINISHED = 1, MMV__RUN_SPOILED = 2, MMV__RUN_KEPT = 3 };

/* Followed by the path, padded to 8 bytes, and one word per stretch: 0, or mmv__done_word(). */
typedef struct mmv__journal_entry {
    uint64_t size;                              /* bytes to the next entry */
    uint64_t device, inode, birth, length;      /* of the file; birth 0 = not known. The device is only reported */
    uint64_t offset, bytes, stride, record;     /* of the walk */
    uint64_t stretch_bytes, stretches, granule; /* granule: records */
    uint64_t path_length;
    uint64_t check; /* of all above and the path */
} mmv__journal_entry;

/*
 * In a page of its own, followed by the old records, packed. So the records of a range that begins a page lie as far
 * into a page here as in the file. Copies between addresses that differ by a few cache lines modulo 4096 take three
 * times as long, because the processor takes loads for reads of what was just stored.
 */
typedef struct mmv__journal_stash {
    uint64_t state;     /* a word: mmv__stash_state. 0 = free */
    uint64_t walk;      /* number of the entry */
    uint64_t stretch;   /* that is being worked on; the first of them in a group */
    uint64_t stretches; /* power: how many */
    uint64_t bytes;     /* power: of old records */
    uint64_t sequence;  /* power: grows with each use */
    uint64_t old;       /* checksum of the old records */
    uint64_t fresh[2];  /* of the last granule that was done, by turn */
    uint64_t check;     /* power: of walk .. old */
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
uint64_t mmv__walks_key(uint64_t run);
uint64_t mmv__finished_key(uint64_t run);
uint64_t mmv__kept_key(uint64_t run);
uint64_t mmv__done_key(uint64_t run, uint64_t walk, uint64_t stretch);
uint64_t mmv__stash_key(uint64_t run, uint64_t stash, uint64_t walk, uint64_t stretch);
uint64_t mmv__armed_key(uint64_t run, uint64_t stash, uint64_t sequence);

uint64_t mmv__stash_word(uint64_t key, mmv__stash_state state);
bool mmv__stash_read(uint64_t key, uint64_t word, mmv__stash_state *state_ret);

/* A done stretch's word holds a checksum of its last granule, to notice a file that was put back meanwhile. */
uint64_t mmv__done_word(uint64_t key, uint64_t checksum);
bool mmv__done_agrees(uint64_t key, uint64_t word, uint64_t checksum);

void mmv__header_seal(mmv__journal_header *header);
/* Whether it looks like a journal at all, damaged or not. */
bool mmv__header_is_ours(const mmv__journal_header *header);
/* NULL = good, else what is wrong with it. 'size' is the file's. */
const char *mmv__header_fault(const mmv__journal_header *header, uint64_t size);
uint64_t mmv__header_stash_at(const mmv__journal_header *header, uint64_t stash);
uint64_t mmv__header_entries_at(const mmv__journal_header *header);

/* 'path' is path_length bytes; 'walk' the entry's number. */
uint64_t mmv__entry_check(const mmv__journal_entry *entry, const char *path, uint64_t run, uint64_t walk);
/* Whether the fixed part can be right at all, so that the rest may be read: before the checksum is known. */
bool mmv__entry_fits(const mmv__journal_entry *entry, uint64_t room);
uint64_t mmv__entry_words_at(const mmv__journal_entry *entry); /* bytes from the entry's start */

uint64_t mmv__group_check(const mmv__journal_stash *stash, uint64_t run, uint64_t number);

/* Geometry: a record is in the stretch in which its first byte lies; stretches end on multiples of stretch_bytes in the
 * file. */
uint64_t mmv__entry_records(const mmv__journal_entry *entry);
uint64_t mmv__stretch_of(const mmv__journal_entry *entry, uint64_t record);
uint64_t mmv__stretch_first(const mmv__journal_entry *entry, uint64_t stretch); /* stretch == stretches: all records */
void mmv__entry_shape(mmv__journal_entry *entry); /* fill in stretch_bytes, stretches, granule from the walk's */

#endif
