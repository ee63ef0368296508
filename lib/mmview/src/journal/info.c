/* SPDX-License-Identifier: MIT */
/*
 * info.c - a journal, or the record of a job, for people: what it is, and what it has made of each file.
 *
 * Invariant: inspecting changes nothing, and what is damaged is said, not guessed. No assert: files are opened for
 * reading.
 */

#include "journal/journal.h"
#include "os/machine.h"
#include "os/name.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---------------------------------------------------------------------------------------------------- */

mmv_status mmv__reader_open(const char *path, mmv_access access, mmv__reader *reader)
{
    bool created;
    mmv__os_facts facts;
    *reader = (mmv__reader){.path = path, .descriptor = -1};
    int error = mmv__os_open(path, access, &(mmv__os_creation){.no_follow = true}, &reader->descriptor, &created);
    if (error)
        return mmv__fail_path(error, "open", path);
    error = mmv__os_get_facts(reader->descriptor, &facts);
    if (error || facts.kind != MMV__FILE) {
        mmv__os_close(reader->descriptor);
        return mmv__fail_path(error ? error : EISDIR, "open", path);
    }
    reader->size = facts.size;
    return MMV_OK;
}

static mmv_status read_at(const mmv__reader *reader, void *data, size_t size, uint64_t at)
{
    size_t done;
    int error = mmv__os_read(reader->descriptor, data, size, at, &done);
    if (error)
        return mmv__fail_path(error, "read", reader->path);
    return done == size ? MMV_OK : mmv__fail_journal(reader->path, "it is cut off");
}

mmv_status mmv__reader_header(mmv__reader *reader)
{
    mmv__journal_header *header = &reader->header;
    if (reader->size < sizeof *header)
        return mmv__fail_journal(reader->path, "it is cut off");
    mmv_status status = read_at(reader, header, sizeof *header, 0);
    const char *fault = status ? NULL : mmv__header_fault(header, reader->size);
    header->operation[sizeof header->operation - 1] = '\0';
    return fault ? mmv__fail_journal(reader->path, fault) : status;
}

mmv__own_file mmv__reader_kind(const mmv__reader *reader)
{
    mmv__start start;
    size_t length = (size_t)mmv_min(reader->size, sizeof start);
    if (read_at(reader, &start, length, 0) != MMV_OK)
        return MMV__NOT_OURS;
    return mmv__kind_of(reader->path, &start, length);
}

/* ---- what is done of an entry ----------------------------------------------------------------------------------- */

/* Words of an entry, some at a time. */
struct words {
    const mmv__reader *reader;
    const mmv__journal_entry *entry;
    uint64_t number, at;
    uint64_t from, count;
    uint64_t some[512];
};

static mmv_status is_done(struct words *words, uint64_t stretch, bool *done_ret)
{
    uint32_t value;
    if (stretch - words->from >= words->count) {
        words->from = stretch;
        words->count = mmv_min(sizeof words->some / sizeof words->some[0], words->entry->stretches - stretch);
        mmv_status status = read_at(words->reader, words->some, (size_t)words->count * sizeof words->some[0],
                                    words->at + mmv__entry_words_at(words->entry) + stretch * sizeof words->some[0]);
        if (status)
            return status;
    }
    *done_ret = mmv__word_read(mmv__done_key(words->reader->header.run, words->number, stretch),
                               words->some[stretch - words->from], &value);
    return MMV_OK;
}

/* What the stashes say of one stretch: records [0, done) of it are changed, and [done, done + half) perhaps. */
struct progress {
    uint64_t done, half;
};

static struct progress of_stash(const mmv__reader *reader, const mmv__journal_entry *entry, uint64_t number,
                                uint64_t stretch, uint64_t stash)
{
    mmv__journal_stash head;
    mmv__stash_state state;
    uint64_t first = mmv__stretch_first(entry, stretch), count = mmv__stretch_first(entry, stretch + 1) - first;
    if (read_at(reader, &head, sizeof head, mmv__header_stash_at(&reader->header, stash)) != MMV_OK ||
        head.walk != number)
        return (struct progress){0, 0};
    if (reader->header.mode == MMV_JOURNAL_POWER) {
        bool inside = head.stretches > 0 && stretch - head.stretch < head.stretches &&
                      head.check == mmv__group_check(&head, reader->header.run, stash);
        return (struct progress){0, inside ? count : 0};
    }
    if (head.stretch != stretch ||
        !mmv__stash_read(mmv__stash_key(reader->header.run, stash, number, stretch), head.state, &state))
        return (struct progress){0, 0};
    uint64_t done = mmv_min(count, state.granule * entry->granule);
    return (struct progress){done, mmv_min(count - done, state.count * entry->granule)};
}

static struct progress of_stashes(const mmv__reader *reader, const mmv__journal_entry *entry, uint64_t number,
                                  uint64_t stretch)
{
    struct progress progress = {0, 0};
    for (uint64_t stash = 0; stash < reader->header.stashes && progress.done + progress.half == 0; stash++)
        progress = of_stash(reader, entry, number, stretch, stash);
    return progress;
}

/* ---- extents ---------------------------------------------------------------------------------------------------- */

/* Extents of one state are told of as one. */
struct telling {
    const mmv__reader *reader;
    mmv_journal_extent_fn *see;
    void *user;
    char *path;
    mmv_journal_extent pending; /* length 0 = none */
    uint64_t walks, bytes, done;
};

static void flush_extent(struct telling *telling)
{
    if (telling->pending.length > 0 && telling->see)
        telling->see(&telling->pending, telling->user);
    telling->pending.length = 0;
}

/* From one byte of the file to another. */
static void tell(struct telling *telling, uint64_t from, uint64_t to, mmv_journal_state state)
{
    mmv_journal_extent *pending = &telling->pending;
    if (from == to)
        return;
    if (pending->length > 0 && pending->state == state && pending->offset + pending->length == from) {
        pending->length += to - from;
        return;
    }
    flush_extent(telling);
    *pending = (mmv_journal_extent){telling->path, from, to - from, state};
}

/* Where a record begins in the file; behind the last one where that ends. */
static uint64_t place_of(const mmv__journal_entry *entry, uint64_t record)
{
    return record < mmv__entry_records(entry) ? entry->offset + record * entry->stride : entry->offset + entry->bytes;
}

static mmv_status tell_stretch(struct telling *telling, struct words *words, uint64_t stretch)
{
    const mmv__journal_entry *entry = words->entry;
    uint64_t first = mmv__stretch_first(entry, stretch), end = mmv__stretch_first(entry, stretch + 1);
    bool whole = false;
    mmv_status status = is_done(words, stretch, &whole);
    if (status || first == end)
        return status;
    struct progress progress = {end - first, 0};
    if (!whole)
        progress = of_stashes(words->reader, entry, words->number, stretch);
    uint64_t done = first + progress.done, half = done + progress.half;
    telling->done += progress.done * entry->record;
    tell(telling, place_of(entry, first), place_of(entry, done), MMV_JOURNAL_DONE);
    tell(telling, place_of(entry, done), place_of(entry, half), MMV_JOURNAL_HALF);
    tell(telling, place_of(entry, half), place_of(entry, end), MMV_JOURNAL_UNTOUCHED);
    return MMV_OK;
}

static mmv_status tell_record(uint64_t number, uint64_t at, const mmv__record *record, const char *bytes, void *user)
{
    struct telling *telling = user;
    const mmv__journal_entry *entry = &record->entry;
    mmv_status status = MMV_OK;
    if (record->head.kind == MMV__RECORD_FILE) {
        flush_extent(telling);
        free(telling->path);
        telling->path = malloc((size_t)record->head.length + 1);
        return telling->path ? (strcpy(telling->path, bytes), MMV_OK) : mmv__fail(ENOMEM, "read");
    }
    if (record->head.kind != MMV__RECORD_ENTRY)
        return MMV_OK;
    struct words words = {.reader = telling->reader, .entry = entry, .number = number, .at = at};
    telling->walks++;
    telling->bytes += mmv__entry_records(entry) * entry->record;
    for (uint64_t stretch = 0; stretch < entry->stretches && status == MMV_OK; stretch++)
        status = tell_stretch(telling, &words, stretch);
    flush_extent(telling);
    return status;
}

static mmv_status tell_journal(struct telling *telling, mmv__reader *reader)
{
    mmv_status status = mmv__reader_header(reader);
    telling->reader = reader;
    if (status == MMV_OK)
        status = mmv__log_each(reader, tell_record, telling);
    free(telling->path);
    telling->path = NULL;
    return status;
}

/* ---- the parts of a job ----------------------------------------------------------------------------------------- */

mmv_status mmv__job_each(const mmv__reader *reader, mmv__job_header *header, mmv__part_fn *see, void *user)
{
    mmv__part_entry entry;
    uint32_t state;
    mmv_status status = reader->size < sizeof *header ? mmv__fail_journal(reader->path, "it is cut off")
                                                      : read_at(reader, header, sizeof *header, 0);
    const char *fault = status ? NULL : mmv__job_fault(header, reader->size);
    header->operation[sizeof header->operation - 1] = '\0';
    header->path[sizeof header->path - 1] = '\0';
    if (fault)
        status = mmv__fail_journal(reader->path, fault);
    for (uint64_t number = 0; status == MMV_OK; number++) {
        uint64_t at = mmv__job_entries_at(header) + number * sizeof entry;
        if (at + sizeof entry > reader->size)
            break;
        status = read_at(reader, &entry, sizeof entry, at);
        if (status || entry.state == 0)
            break;
        if (entry.check != mmv__part_check(&entry, header->run, number) ||
            !mmv__word_read(mmv__part_key(header->run, number), entry.state, &state))
            return mmv__fail_journal(reader->path, "one of its entries is damaged");
        status = see(&entry, state, user);
    }
    return status;
}

struct job_telling {
    struct telling telling;
    const mmv__reader *reader;
    mmv__job_header *header;
};

/* Of each file what of it lies in the part's range. */
static mmv_status tell_listed(struct job_telling *job, mmv_range part, mmv_journal_state state)
{
    mmv__job_file *lines;
    mmv_status status = mmv__job_table_read(job->reader, job->header, &lines);
    for (uint64_t i = 0; status == MMV_OK && i < job->header->list.files; i++) {
        const mmv__job_file *line = &lines[i];
        mmv_range own = mmv_range_clip(part, (mmv_range){line->at, line->bytes});
        job->telling.path = (char *)lines + line->path_at;
        if (own.length != MMV_EMPTY)
            tell(&job->telling, line->offset + (own.offset - line->at), line->offset + (mmv_range_end(own) - line->at),
                 state);
        flush_extent(&job->telling);
        job->telling.path = NULL;
    }
    free(lines);
    return status;
}

static mmv_status tell_whole(struct job_telling *job, mmv_range part, mmv_journal_state state)
{
    if (job->header->list.files > 0)
        return tell_listed(job, part, state);
    job->telling.path = job->header->path;
    tell(&job->telling, part.offset, mmv_range_end(part), state);
    flush_extent(&job->telling);
    job->telling.path = NULL;
    return MMV_OK;
}

/* A part that is done has no journal any more; one that has none yet has changed nothing. */
static mmv_status tell_part(const mmv__part_entry *entry, uint32_t state, void *user)
{
    struct job_telling *job = user;
    mmv__reader reader;
    char *path = mmv__part_name(job->reader->path, (mmv_range){entry->offset, entry->bytes});
    if (!path)
        return mmv__fail_path(ENOMEM, "read", job->reader->path);
    mmv_status status = mmv__reader_open(path, MMV_READ, &reader);
    if (status == MMV_OK) {
        status = tell_journal(&job->telling, &reader);
        mmv__os_close(reader.descriptor);
    } else if (status == MMV_ENOENT) {
        status = tell_whole(job, (mmv_range){entry->offset, entry->bytes},
                            state == MMV__PART_BEGUN ? MMV_JOURNAL_UNTOUCHED : MMV_JOURNAL_DONE);
    }
    free(path);
    return status;
}

mmv_status mmv_journal_extents(const char *path, mmv_journal_extent_fn *see, void *user)
{
    mmv__reader reader;
    mmv__job_header header;
    struct job_telling job = {.telling = {.see = see, .user = user}, .reader = &reader, .header = &header};
    mmv_status status = mmv__reader_open(path, MMV_READ, &reader);
    if (status)
        return status;
    mmv__own_file kind = mmv__reader_kind(&reader);
    if (kind == MMV__A_JOB)
        status = mmv__job_each(&reader, &header, tell_part, &job);
    else if (kind != MMV__A_LOST)
        status = tell_journal(&job.telling, &reader);
    mmv__os_close(reader.descriptor);
    return status;
}

/* ---- info ------------------------------------------------------------------------------------------------------- */

struct info {
    mmv_journal_info shown; /* first: what the caller has */
    mmv__job_header job;
    char operation[MMV__OPERATION_KEPT];
};

static uint32_t word_of(uint64_t key, uint64_t word)
{
    uint32_t value;
    return word != 0 && mmv__word_read(key, word, &value) ? value : 0;
}

static mmv_status read_journal(mmv__reader *reader, struct info *info)
{
    struct telling telling = {.see = NULL};
    const mmv__journal_header *header = &reader->header;
    mmv_journal_info *shown = &info->shown;
    mmv_status status = tell_journal(&telling, reader);
    if (status)
        return status;
    memcpy(info->operation, header->operation, sizeof info->operation);
    shown->mode = (mmv_journal_mode)header->mode;
    shown->run = header->run;
    shown->begun = header->begun;
    shown->files = header->files;
    shown->this_boot = !mmv__compare_start(header->boot, header->instance, mmv__os_instance(reader->descriptor));
    shown->busy = mmv__os_is_locked(reader->descriptor, 0, 0);
    uint32_t how = word_of(mmv__finished_key(header->run), header->finished);
    shown->finished = how == MMV__RUN_FINISHED;
    shown->spoiled = header->finished && !shown->finished;
    shown->walks = telling.walks;
    shown->bytes = telling.bytes;
    shown->done = telling.done;
    return MMV_OK;
}

static mmv_status count_part(const mmv__part_entry *entry, uint32_t state, void *user)
{
    mmv_journal_info *shown = user;
    shown->parts++;
    shown->ended += state != MMV__PART_BEGUN;
    shown->units += entry->units;
    return MMV_OK;
}

static mmv_status read_job(const mmv__reader *reader, struct info *info)
{
    mmv_journal_info *shown = &info->shown;
    const mmv__job_header *header = &info->job;
    mmv_status status = mmv__job_each(reader, &info->job, count_part, shown);
    if (status)
        return status;
    memcpy(info->operation, header->operation, sizeof info->operation);
    shown->is_job = true;
    shown->mode = (mmv_journal_mode)header->mode;
    shown->run = header->run;
    shown->begun = header->begun;
    shown->total = header->total;
    shown->files = header->list.files;
    shown->this_boot = !mmv__compare_start(header->boot, header->instance, mmv__os_instance(reader->descriptor));
    shown->busy = mmv__os_is_locked(reader->descriptor, 0, 0);
    shown->spoiled = header->given_up != 0;
    return MMV_OK;
}

static mmv_status read_info(mmv__reader *reader, struct info *info, const char *path)
{
    char *name = malloc(strlen(path) + 1);
    if (!name)
        return mmv__fail_path(ENOMEM, "read", path);
    info->shown.path = strcpy(name, path);
    info->shown.operation = info->operation;
    mmv__own_file kind = mmv__reader_kind(reader);
    if (kind == MMV__A_LOST) {
        info->shown.lost = true;
        info->shown.busy = mmv__os_is_locked(reader->descriptor, 0, 0);
        return MMV_OK;
    }
    return kind == MMV__A_JOB ? read_job(reader, info) : read_journal(reader, info);
}

mmv_status mmv_journal_inspect(const char *path, mmv_journal_info **info_ret)
{
    mmv__reader reader;
    *info_ret = NULL;
    mmv_status status = mmv__reader_open(path, MMV_READ, &reader);
    if (status)
        return status;
    struct info *info = calloc(1, sizeof *info);
    *info_ret = info ? &info->shown : NULL;
    status = info ? read_info(&reader, info, path) : mmv__fail_path(ENOMEM, "read", path);
    mmv__os_close(reader.descriptor);
    if (status)
        mmv_journal_info_free(info_ret);
    return status;
}

void mmv_journal_info_free(mmv_journal_info **info_ret)
{
    mmv_journal_info *info = *info_ret;
    *info_ret = NULL;
    if (!info)
        return;
    free((char *)info->path);
    free(info);
}
