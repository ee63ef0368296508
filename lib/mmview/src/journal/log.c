/* SPDX-License-Identifier: MIT */
/*
 * log.c - which files and extents a run changes, one record after the other.
 *
 *     file | entry  words ... | note | entry  words ... | file | entry  words ... | zeros
 *                                                                                  room for records that follow
 *
 * Invariants:
 * 1. A record is complete before it is counted, and counted before a record of its walk changes. No assert: it is the
 *    order of append().
 * 2. Behind the last record that counts there may be anything: what a killed run had begun to write. It is cut off
 *    before the next record is written there. No assert: make_room() does it whenever the end is new.
 * 3. No more than one record is in memory, however many there are. No assert: test_journal_log.c counts a million.
 */

#include "journal/journal.h"

#include "os/sync.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static mmv_status damaged(const mmv__reader *reader)
{
    return mmv__fail_journal(reader->path, "one of its entries is damaged or cut off");
}

/* Whoever reads record after record has some of what follows at hand. */
static int read_some(const mmv__reader *reader, void *data, size_t size, uint64_t at, size_t *done_ret)
{
    mmv__read_ahead *ahead = reader->ahead;
    if (!ahead || size > sizeof ahead->bytes)
        return mmv__os_read(reader->descriptor, data, size, at, done_ret);
    if (at < ahead->at || at - ahead->at > ahead->length || size > ahead->length - (size_t)(at - ahead->at)) {
        ahead->at = at;
        int error = mmv__os_read(reader->descriptor, ahead->bytes, sizeof ahead->bytes, at, &ahead->length);
        if (error)
            return error;
    }
    *done_ret = (size_t)mmv_min(size, ahead->length - (size_t)(at - ahead->at));
    memcpy(data, ahead->bytes + (size_t)(at - ahead->at), *done_ret);
    return 0;
}

static mmv_status read_bytes(const mmv__reader *reader, void *data, size_t size, uint64_t at)
{
    size_t done;
    int error = read_some(reader, data, size, at, &done);
    if (error)
        return mmv__fail_path(error, "read", reader->path);
    return done == size ? MMV_OK : damaged(reader);
}

/* A record's fixed part; the longest is asked for first, and there may be less behind the last one. */
static mmv_status read_fixed(const mmv__reader *reader, uint64_t at, mmv__record *record)
{
    size_t done = 0;
    memset(record, 0, sizeof *record);
    int error = at < reader->size ? read_some(reader, record, sizeof *record, at, &done) : 0;
    if (error)
        return mmv__fail_path(error, "read", reader->path);
    if (done < sizeof record->head || done < mmv__record_fixed(record->head.kind) ||
        !mmv__record_fits(record, reader->size - at))
        return damaged(reader);
    return MMV_OK;
}

mmv_status mmv__log_read(const mmv__reader *reader, uint64_t number, uint64_t at, mmv__record *record, char **bytes_ret)
{
    *bytes_ret = NULL;
    mmv_status status = read_fixed(reader, at, record);
    if (status)
        return status;
    size_t length = (size_t)record->head.length;
    char *bytes = calloc(1, length + 1);
    if (!bytes)
        return mmv__fail_path(ENOMEM, "read", reader->path);
    status = read_bytes(reader, bytes, length, at + mmv__record_fixed(record->head.kind));
    if (status == MMV_OK && mmv__record_check(record, bytes, reader->header.run, number) != record->head.check)
        status = damaged(reader);
    if (status)
        free(bytes);
    else
        *bytes_ret = bytes;
    return status;
}

static mmv_status count_of(const mmv__reader *reader, uint64_t *count_ret)
{
    uint32_t count;
    if (!mmv__word_read(mmv__records_key(reader->header.run), reader->header.records, &count))
        return mmv__fail_journal(reader->path, "the count of its entries is damaged");
    *count_ret = count;
    return MMV_OK;
}

/* Records from the cursor's on; MMV_ESTOPPED of 'see' ends it early, and is no failure. */
static mmv_status each_from(const mmv__reader *reader, const mmv__log *cursor, mmv__log_fn *see, void *user)
{
    mmv__record record;
    char *bytes;
    uint64_t at = cursor->at;
    mmv_status status = MMV_OK;
    for (uint64_t number = cursor->next; number < cursor->count && status == MMV_OK; number++) {
        status = mmv__log_read(reader, number, at, &record, &bytes);
        if (status == MMV_OK)
            status = see(number, at, &record, bytes, user);
        free(bytes);
        at += record.head.size;
    }
    return status == MMV_ESTOPPED ? MMV_OK : status;
}

mmv_status mmv__log_each(const mmv__reader *reader, mmv__log_fn *see, void *user)
{
    mmv__log start = {.at = mmv__header_log_at(&reader->header)};
    mmv__read_ahead ahead = {.length = 0};
    mmv__reader buffered = *reader;
    buffered.ahead = &ahead;
    mmv_status status = count_of(reader, &start.count);
    return status ? status : each_from(&buffered, &start, see, user);
}

mmv__reader mmv__reader_of(const struct mmv_journal *journal)
{
    mmv__os_facts facts = {0};
    mmv__os_get_facts(journal->descriptor, &facts);
    return (mmv__reader){
        .path = journal->path, .descriptor = journal->descriptor, .size = facts.size, .header = journal->header};
}

/* The first record from a cursor on that is no note; its kind 0: there is none. */
static mmv_status pass_notes(const struct mmv_journal *journal, mmv__log *cursor, mmv__record *record)
{
    const mmv__reader reader = mmv__reader_of(journal);
    mmv_status status = MMV_OK;
    record->head.kind = 0;
    while (cursor->next < cursor->count && status == MMV_OK) {
        status = read_fixed(&reader, cursor->at, record);
        if (status || record->head.kind != MMV__RECORD_NOTE)
            return status;
        record->head.kind = 0;
        cursor->next++;
        cursor->at += record->head.size;
    }
    return status;
}

mmv_status mmv__log_skip_notes(struct mmv_journal *journal)
{
    mmv__record record;
    if (journal->log.next == journal->log.count)
        return MMV_OK;
    return pass_notes(journal, &journal->log, &record);
}

mmv_status mmv__log_is_last(const struct mmv_journal *journal, bool *last_ret)
{
    mmv__log cursor = journal->log;
    mmv__record record = {.entry = journal->walk.entry};
    cursor.next++;
    cursor.at += record.head.size;
    mmv_status status = pass_notes(journal, &cursor, &record);
    *last_ret = record.head.kind == 0;
    return status;
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

/* A run over many files makes so much room for records at a time. Making room costs more than writing one. */
#define ROOM (64 * MMV_KIB)

/* Where the records end; not far from the cursor, since only what is walked last is followed by new ones. */
static mmv_status find_end(struct mmv_journal *journal)
{
    mmv__log *log = &journal->log;
    const mmv__reader reader = mmv__reader_of(journal);
    mmv__record record;
    mmv_status status = MMV_OK;
    uint64_t at = log->at;
    if (log->end)
        return MMV_OK;
    for (uint64_t number = log->next; number < log->count && status == MMV_OK; number++) {
        status = read_fixed(&reader, at, &record);
        at += record.head.size;
    }
    log->end = status ? 0 : at;
    return status;
}

/* Zero bytes for what comes next, and for some that follow. Invariant 2. */
static int make_room(struct mmv_journal *journal, uint64_t size)
{
    mmv__log *log = &journal->log;
    uint64_t room = journal->options.files > 1 ? mmv_max(size, ROOM) : size;
    int error = mmv__os_resize(journal->descriptor, log->end);
    if (error == 0)
        error = mmv__os_allocate(journal->descriptor, log->end, room);
    if (error == EOPNOTSUPP || error == ENOSYS)
        error = 0;
    if (error == 0)
        error = mmv__os_resize(journal->descriptor, log->end + room);
    if (error == 0)
        log->room_end = log->end + room;
    return error;
}

static int count_records(struct mmv_journal *journal, uint64_t count)
{
    /* A word has room for 32 bits. */
    if (count > UINT32_MAX)
        return EFBIG;
    uint64_t word = mmv__word(mmv__records_key(journal->header.run), (uint32_t)count);
    return mmv__os_write(journal->descriptor, &word, sizeof word, offsetof(mmv__journal_header, records));
}

/* Records that are written and counted together, each with its path or bytes. */
struct batch {
    struct item {
        mmv__record record;
        const void *bytes;
    } items[2];
    unsigned count;
};

/* Bytes of a record but for its words, which stay the zeros that make_room() has left. */
static size_t size_of(const struct item *item)
{
    return mmv__record_fixed(item->record.head.kind) + (size_t)item->record.head.length;
}

static void put_item(const struct item *item, char *to)
{
    size_t fixed = mmv__record_fixed(item->record.head.kind);
    memcpy(to, &item->record, fixed);
    if (item->record.head.length > 0)
        memcpy(to + fixed, item->bytes, (size_t)item->record.head.length);
}

/* In one piece: an entry, which may be followed by words, is the last. */
static int write_batch(const struct mmv_journal *journal, const struct batch *batch)
{
    const struct item *last = &batch->items[batch->count - 1];
    size_t before = batch->count > 1 ? (size_t)batch->items[0].record.head.size : 0, size = before + size_of(last);
    char *buffer = calloc(1, size);
    if (!buffer)
        return ENOMEM;
    if (before)
        put_item(&batch->items[0], buffer);
    put_item(last, buffer + before);
    int error = mmv__os_write(journal->descriptor, buffer, size, journal->log.end);
    free(buffer);
    return error;
}

static int write_items(struct mmv_journal *journal, struct batch *batch, uint64_t *size_ret)
{
    mmv__log *log = &journal->log;
    uint64_t size = 0;
    for (unsigned i = 0; i < batch->count; i++) {
        struct item *item = &batch->items[i];
        mmv__record_size(&item->record);
        item->record.head.check = mmv__record_check(&item->record, item->bytes, journal->header.run, log->count + i);
        size += item->record.head.size;
    }
    int error = log->end + size > log->room_end ? make_room(journal, size) : 0;
    *size_ret = size;
    return error ? error : write_batch(journal, batch);
}

/* Invariant 1. */
static mmv_status append(struct mmv_journal *journal, struct batch *batch)
{
    mmv__log *log = &journal->log;
    uint64_t size;
    mmv_status status = find_end(journal);
    if (status)
        return status;
    int error = write_items(journal, batch, &size);
    if (error == 0 && journal->header.mode == MMV_JOURNAL_POWER)
        error = mmv__os_sync_data(journal->descriptor);
    if (error == 0)
        error = count_records(journal, log->count + batch->count);
    if (error)
        return mmv__journal_error(journal, error, "write");
    log->count += batch->count;
    log->end += size;
    return MMV_OK;
}

/* ---- notes ------------------------------------------------------------------------------------------------------ */

struct mmv__pending_note {
    mmv__pending_note *next;
    uint64_t inode, device; /* of its file */
    uint32_t tag;
    size_t length;
    char bytes[];
};

static bool is_latest(const struct mmv_journal *journal, uint64_t inode, uint64_t device)
{
    const mmv__file_record *file = &journal->log.file;
    return file->head.size > 0 && file->inode == inode && file->device == device;
}

static mmv_status append_note(struct mmv_journal *journal, uint32_t tag, const void *bytes, size_t length)
{
    struct batch batch = {.count = 1, .items[0].bytes = bytes};
    batch.items[0].record.head = (mmv__record_head){.kind = MMV__RECORD_NOTE, .tag = tag, .length = length};
    return append(journal, &batch);
}

/* The notes about the latest file leave the list, and are written when 'keep'. Those about others wait for theirs. */
static mmv_status take_notes(struct mmv_journal *journal, bool keep)
{
    mmv__pending_note **link = &journal->notes, *note;
    mmv_status status = MMV_OK;
    while ((note = *link) != NULL && status == MMV_OK) {
        if (!is_latest(journal, note->inode, note->device)) {
            link = &note->next;
            continue;
        }
        if (keep)
            status = append_note(journal, note->tag, note->bytes, note->length);
        *link = note->next;
        free(note);
    }
    return status;
}

void mmv__log_drop_notes(struct mmv_journal *journal)
{
    take_notes(journal, false);
}

void mmv__log_free_notes(struct mmv_journal *journal)
{
    while (journal->notes) {
        mmv__pending_note *next = journal->notes->next;
        free(journal->notes);
        journal->notes = next;
    }
}

/* Kept until the entry is there that they are about. */
static mmv_status keep_note(struct mmv_journal *journal, const mmv_map *map, const mmv__note_record *head,
                            const void *bytes)
{
    size_t length = (size_t)head->head.length;
    mmv__pending_note **last = &journal->notes;
    mmv__pending_note *note = malloc(sizeof *note + length);
    if (!note)
        return mmv__journal_error(journal, ENOMEM, "note");
    *note = (mmv__pending_note){.inode = map->inode, .device = map->device, .tag = head->head.tag, .length = length};
    memcpy(note->bytes, bytes, length);
    while (*last)
        last = &(*last)->next;
    *last = note;
    return MMV_OK;
}

mmv_status mmv__log_flush_notes(struct mmv_journal *journal)
{
    mmv__lock(&journal->lock);
    mmv_status status = take_notes(journal, true);
    mmv__unlock(&journal->lock);
    return status;
}

/* A file that another one follows in the log was done by an earlier process, which has written its notes. */
static bool is_at_end(const struct mmv_journal *journal)
{
    mmv__log cursor = journal->log;
    mmv__record record = {.entry = journal->walk.entry};
    /* Within a walk the cursor is at its entry. */
    if (cursor.next < cursor.count && cursor.next == journal->walk.number) {
        cursor.next++;
        cursor.at += record.head.size;
    }
    return pass_notes(journal, &cursor, &record) == MMV_OK && record.head.kind == 0;
}

mmv_status mmv_journal_note(mmv_journal *journal, const mmv_map *map, uint32_t tag, const void *bytes, size_t length)
{
    mmv__lock(&journal->lock);
    const mmv__note_record note = {{.tag = tag, .length = length}};
    mmv_status status = MMV_OK;
    if (journal->descriptor < 0 || !is_latest(journal, map->inode, map->device))
        status = keep_note(journal, map, &note, bytes);
    else if (is_at_end(journal))
        status = append_note(journal, tag, bytes, length);
    mmv__unlock(&journal->lock);
    return status;
}

struct note_search {
    const mmv__identity *file;
    mmv_journal_note_fn *see;
    void *user;
    bool inside; /* the latest file of the log is the one that is wanted */
};

static mmv_status see_note(uint64_t number, uint64_t at, const mmv__record *record, const char *bytes, void *user)
{
    struct note_search *search = user;
    (void)number, (void)at;
    if (record->head.kind == MMV__RECORD_FILE && search->inside)
        return MMV_ESTOPPED;
    if (record->head.kind == MMV__RECORD_FILE)
        search->inside = record->file.inode == search->file->facts.inode && record->file.birth == search->file->birth;
    if (record->head.kind == MMV__RECORD_NOTE && search->inside)
        return search->see(record->head.tag, bytes, (size_t)record->head.length, search->user);
    return MMV_OK;
}

/* The latest file's notes are behind its record; those of a file that comes next behind the cursor. */
mmv_status mmv_journal_notes(mmv_journal *journal, const mmv_map *map, mmv_journal_note_fn *see, void *user)
{
    mmv__identity file;
    mmv__log cursor = journal->log;
    if (journal->descriptor < 0)
        return MMV_OK;
    int error = mmv__identify(map->descriptor, &file);
    if (error)
        return mmv__fail_path(error, "stat", map->path);
    if (cursor.file.head.size > 0) {
        cursor.next = cursor.file_number;
        cursor.at = cursor.file_at;
    }
    const mmv__reader reader = mmv__reader_of(journal);
    struct note_search search = {.file = &file, .see = see, .user = user};
    return each_from(&reader, &cursor, see_note, &search);
}

/* ---- entries ---------------------------------------------------------------------------------------------------- */

mmv_status mmv__log_append(struct mmv_journal *journal, const mmv__file_record *file, const char *path)
{
    mmv__log *log = &journal->log;
    struct batch batch = {.count = 0};
    assert(log->next == log->count && (file || log->file.head.size > 0));
    if (file) {
        batch.items[0] = (struct item){{.file = *file}, path};
        batch.count++;
    }
    struct item *entry = &batch.items[batch.count++];
    *entry = (struct item){{.entry = journal->walk.entry}, NULL};
    mmv_status status = append(journal, &batch);
    if (status)
        return status;
    if (file) {
        log->file = batch.items[0].record.file;
        log->file_number = log->next++;
        log->file_at = log->at;
        log->at += log->file.head.size;
    }
    journal->walk.entry = entry->record.entry;
    return MMV_OK;
}

/*
 * The fixed part lies in one sector, and is written in one piece. The path stays: it is only where the file is looked
 * for.
 */
mmv_status mmv__log_rewrite_file(struct mmv_journal *journal, const mmv__file_record *file, const char *path)
{
    mmv__log *log = &journal->log;
    mmv__record record = {.file = *file};
    record.head = log->file.head;
    record.head.check = mmv__record_check(&record, path, journal->header.run, log->file_number);
    int error = mmv__os_write(journal->descriptor, &record, sizeof record.file, log->file_at);
    if (error == 0 && journal->header.mode == MMV_JOURNAL_POWER)
        error = mmv__os_sync_data(journal->descriptor);
    if (error)
        return mmv__journal_error(journal, error, "write");
    log->file = record.file;
    return MMV_OK;
}
