/* SPDX-License-Identifier: MIT */
/*
 * info.c - a journal for people: what is in it, and how to be rid of it.
 *
 * Invariant: inspecting changes nothing, and what is damaged is said, not guessed.
 */

#include "journal/journal.h"
#include "map/lock.h"
#include "os/file.h"
#include "os/machine.h"
#include "os/name.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct info {
    mmv_journal_info shown; /* first: what the caller has */
    mmv__journal_header header;
};

/* ---- reading ---------------------------------------------------------------------------------------------------- */

/* An open journal. Its entries are read one by one, and its stashes are skipped. */
struct reader {
    const char *path;
    int descriptor;
    uint64_t size;
};

static mmv_status open_reader(const char *path, mmv_access access, struct reader *reader)
{
    bool created;
    mmv__os_facts facts;
    int error = mmv__os_open(path, access, &(mmv__os_creation){0}, &reader->descriptor, &created);
    if (error)
        return mmv__fail_path(error, "open", path);
    reader->path = path;
    error = mmv__os_get_facts(reader->descriptor, &facts);
    if (error || facts.kind != MMV__FILE) {
        mmv__os_close(reader->descriptor);
        return mmv__fail_path(error ? error : EISDIR, "open", path);
    }
    reader->size = facts.size;
    return MMV_OK;
}

static mmv_status read_at(const struct reader *reader, void *data, uint64_t size, uint64_t at)
{
    size_t done;
    int error = mmv__os_read(reader->descriptor, data, (size_t)size, at, &done);
    if (error)
        return mmv__fail_path(error, "read", reader->path);
    return done == size ? MMV_OK : mmv__fail_journal(reader->path, "it is cut off");
}

static mmv_status read_header(const struct reader *reader, mmv__journal_header *header)
{
    if (reader->size < sizeof *header)
        return mmv__fail_journal(reader->path, "it is cut off");
    mmv_status status = read_at(reader, header, sizeof *header, 0);
    const char *fault = status ? NULL : mmv__header_fault(header, reader->size);
    header->operation[sizeof header->operation - 1] = '\0';
    return fault ? mmv__fail_journal(reader->path, fault) : status;
}

/* Bytes in stretches whose word is there. */
static mmv_status count_done(const struct reader *reader, const struct info *info, const mmv__journal_entry *entry,
                             uint64_t at, uint64_t *done_ret)
{
    /* The entries before it are shown already. */
    uint64_t number = info->shown.count;
    uint64_t bytes = entry->size - mmv__entry_words_at(entry);
    uint64_t *words = malloc((size_t)bytes + 1);
    uint32_t value;
    *done_ret = 0;
    if (!words)
        return mmv__fail_path(ENOMEM, "read", reader->path);
    mmv_status status = read_at(reader, words, bytes, at + mmv__entry_words_at(entry));
    for (uint64_t stretch = 0; stretch < bytes / 8 && status == MMV_OK; stretch++)
        if (mmv__word_read(mmv__done_key(info->header.run, number, stretch), words[stretch], &value))
            *done_ret += (mmv__stretch_first(entry, stretch + 1) - mmv__stretch_first(entry, stretch)) * entry->record;
    free(words);
    return status;
}

static mmv_status read_entry(const struct reader *reader, struct info *info, uint64_t *at)
{
    mmv__journal_entry entry;
    mmv_status status = *at + sizeof entry > reader->size ? mmv__fail_journal(reader->path, "it is cut off")
                                                          : read_at(reader, &entry, sizeof entry, *at);
    if (status)
        return status;
    size_t number = info->shown.count;
    char *path = mmv__entry_fits(&entry, reader->size - *at) ? calloc(1, (size_t)entry.path_length + 1) : NULL;
    if (!path)
        return mmv__fail_journal(reader->path, "one of its entries is damaged or cut off");
    status = read_at(reader, path, entry.path_length, *at + sizeof entry);
    if (status == MMV_OK && mmv__entry_check(&entry, path, info->header.run, number) != entry.check)
        status = mmv__fail_journal(reader->path, "one of its entries is damaged or cut off");
    uint64_t done = 0;
    if (status == MMV_OK)
        status = count_done(reader, info, &entry, *at, &done);
    if (status) {
        free(path);
        return status;
    }
    info->shown.entries[number] = (mmv_journal_entry){.path = path,
                                                      .device = entry.device,
                                                      .inode = entry.inode,
                                                      .size = entry.length,
                                                      .offset = entry.offset,
                                                      .length = entry.bytes,
                                                      .bytes = mmv__entry_records(&entry) * entry.record,
                                                      .done = done};
    info->shown.count++;
    *at += entry.size;
    return MMV_OK;
}

static bool is_word(uint64_t key, uint64_t word, uint32_t wanted)
{
    uint32_t value;
    return word != 0 && mmv__word_read(key, word, &value) && value == wanted;
}

static mmv_status read_all(const struct reader *reader, struct info *info)
{
    uint32_t walks;
    char boot[sizeof info->header.boot];
    mmv_status status = read_header(reader, &info->header);
    if (status)
        return status;
    if (!mmv__word_read(mmv__walks_key(info->header.run), info->header.walks, &walks) ||
        walks > reader->size / sizeof(mmv__journal_entry))
        return mmv__fail_journal(reader->path, "the count of its entries is damaged");
    mmv__os_boot(boot, sizeof boot);
    info->shown.mode = (mmv_journal_mode)info->header.mode;
    info->shown.operation = info->header.operation;
    info->shown.begun = info->header.begun;
    info->shown.files = info->header.files;
    info->shown.this_boot = strncmp(boot, info->header.boot, sizeof boot) == 0;
    info->shown.busy = mmv__os_is_locked(reader->descriptor, 0, 0);
    info->shown.finished = is_word(mmv__finished_key(info->header.run), info->header.finished, MMV__RUN_FINISHED);
    /* A repetition whose sync failed has spoiled a kept run, which is kept no more. */
    info->shown.kept = is_word(mmv__kept_key(info->header.run), info->header.kept, MMV__RUN_KEPT) &&
                       (info->header.finished == 0 || info->shown.finished);
    info->shown.entries = calloc((size_t)walks + 1, sizeof *info->shown.entries);
    if (!info->shown.entries)
        return mmv__fail_path(ENOMEM, "read", reader->path);
    uint64_t at = mmv__header_entries_at(&info->header);
    for (uint32_t i = 0; i < walks && status == MMV_OK; i++)
        status = read_entry(reader, info, &at);
    return status;
}

mmv_status mmv_journal_inspect(const char *path, mmv_journal_info **info_ret)
{
    struct reader reader;
    *info_ret = NULL;
    mmv_status status = open_reader(path, MMV_READ, &reader);
    if (status)
        return status;
    struct info *info = calloc(1, sizeof *info);
    char *name = malloc(strlen(path) + 1);
    if (info && name) {
        info->shown.path = strcpy(name, path);
        *info_ret = &info->shown;
        status = read_all(&reader, info);
    } else {
        free(info);
        free(name);
        status = mmv__fail_path(ENOMEM, "read", path);
    }
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
    for (size_t i = 0; i < info->count; i++)
        free((char *)info->entries[i].path);
    free(info->entries);
    free((char *)info->path);
    free(info);
}

/* ---- discarding ------------------------------------------------------------------------------------------------- */

/* A file that has another name by now is not found. Its mark stays then, and is refused as orphaned. */
static void unmark_file(const mmv_journal_entry *file, uint64_t run)
{
    int descriptor;
    bool created;
    mmv__os_facts facts;
    if (mmv__os_open(file->path, MMV_READ, &(mmv__os_creation){0}, &descriptor, &created) != 0)
        return;
    if (mmv__os_get_facts(descriptor, &facts) == 0 && facts.inode == file->inode)
        mmv__journal_drop_marks(descriptor, run);
    mmv__os_close(descriptor);
}

/* What can be read of a damaged journal still says whose marks they are. */
static mmv_status unmark_all(const struct reader *reader)
{
    struct info info = {0};
    mmv_status status = read_all(reader, &info);
    mmv_status wrong = status == MMV_EJOURNAL && !mmv__header_is_ours(&info.header) ? MMV_EKIND : MMV_OK;
    for (size_t i = 0; i < info.shown.count; i++) {
        unmark_file(&info.shown.entries[i], info.header.run);
        free((char *)info.shown.entries[i].path);
    }
    free(info.shown.entries);
    return wrong ? mmv__fail_path_at(MMV_EKIND, 0, "discard", reader->path, 0) : MMV_OK;
}

mmv_status mmv_journal_discard(const char *path)
{
    struct reader reader;
    mmv_status status = open_reader(path, MMV_READ_WRITE, &reader);
    if (status)
        return status;
    int error = mmv__journal_lock(reader.descriptor, 0);
    if (error == EAGAIN)
        status = mmv__fail_locked(reader.descriptor, true, (mmv_range){0, 0}, path);
    else if (error)
        status = mmv__fail_path_at(mmv__status_of(error), error, "lock", path, 0);
    if (status == MMV_OK)
        status = unmark_all(&reader);
    if (status == MMV_OK) {
        error = mmv__os_remove(path);
        status = error ? mmv__fail_path(error, "remove", path) : MMV_OK;
    }
    mmv__os_close(reader.descriptor);
    return status;
}
