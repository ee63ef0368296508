/* SPDX-License-Identifier: MIT */
/*
 * kept.c - how far what a run stores elsewhere has come, as its stashes remember it.
 *
 * 1. What a stash says was said before records counted as changed, and never later: so a number that was reached is
 *    there, whatever ends the process. No assert: it is the order of mmv__lane_commit() and of the groups.
 */

#include "journal/journal.h"

#include "os/file.h"

void mmv__stash_keep(const struct mmv_journal *journal, mmv__journal_stash *stash)
{
    const mmv_journal_options *options = &journal->options;
    stash->kept = options->kept ? options->kept(options->settle_user) : 0;
    stash->kept_file = journal->log.file_number;
}

struct file_search {
    const mmv__identity *file;
    uint64_t number;
    bool found;
};

static mmv_status see_file(uint64_t number, uint64_t at, const mmv__record *record, const char *bytes, void *user)
{
    struct file_search *search = user;
    (void)at, (void)bytes;
    if (record->head.kind != MMV__RECORD_FILE || record->file.inode != search->file->facts.inode ||
        record->file.birth != search->file->birth)
        return MMV_OK;
    search->number = number;
    search->found = true;
    return MMV_ESTOPPED;
}

static int find_highest(const struct mmv_journal *journal, uint64_t file_number, uint64_t *kept_ret)
{
    mmv__journal_stash stash;
    int error = 0;
    for (uint64_t i = 0; i < journal->header.stashes && error == 0; i++) {
        size_t done;
        uint64_t at = mmv__header_stash_at(&journal->header, i);
        error = mmv__os_read(journal->descriptor, &stash, sizeof stash, at, &done);
        if (error == 0 && done == sizeof stash && stash.kept_file == file_number)
            *kept_ret = mmv_max(*kept_ret, stash.kept);
    }
    return error;
}

mmv_status mmv_journal_kept(mmv_journal *journal, const mmv_map *map, uint64_t *kept_ret)
{
    mmv__identity file;
    *kept_ret = 0;
    if (journal->descriptor < 0)
        return MMV_OK;
    int error = mmv__identify(map->descriptor, &file);
    if (error)
        return mmv__fail_path(error, "stat", map->path);
    struct file_search search = {.file = &file};
    const mmv__reader reader = mmv__reader_of(journal);
    mmv_status status = mmv__log_each(&reader, see_file, &search);
    if (status || !search.found)
        return status;
    error = find_highest(journal, search.number, kept_ret);
    return error ? mmv__journal_error(journal, error, "read") : MMV_OK;
}
