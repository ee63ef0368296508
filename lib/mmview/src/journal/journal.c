/* SPDX-License-Identifier: MIT */
/*
 * journal.c - the run: its file, from open to finish.
 *
 * Invariants:
 * 1. A journal's file appears under its name complete: header, stashes with their blocks, no entries. So a file of that
 *    name that is not in order is damaged, never half made. No assert: other processes see the name, and this one
 *    makes it last.
 * 2. Who works with a journal holds a lock on all of its file. It ends with the process. No assert: nobody can ask
 *    for a lock of its own.
 * 3. Marks go before the journal goes: what is left after a kill in between is a journal with everything done.
 * 4. Removing the file is the last step of a run: after it, the same command is a new run. No assert: the removal is
 *    the last call of finish().
 */

#include "journal/journal.h"
#include "map/lock.h"

#include "os/file.h"
#include "os/machine.h"
#include "os/memory.h"
#include "os/name.h"
#include "os/sync.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROUP_ROOM (16 * MMV_MIB)    /* what is synced at a time in power mode */
#define CACHED_SURELY (64 * MMV_MIB) /* a judgement: no machine that this runs on has less memory to spare */

mmv_status mmv__journal_fault(const struct mmv_journal *journal, const char *detail)
{
    return mmv__fail_journal(journal->path, detail);
}

mmv_status mmv__journal_error(const struct mmv_journal *journal, int error, const char *operation)
{
    return mmv__fail_path(error, operation, journal->path);
}

int mmv__journal_lock(int descriptor, unsigned wait_ms)
{
    int error = mmv__lock_within(descriptor, true, (mmv_range){0, 0}, wait_ms);
    /* A file system without locks: there the user must not start a second run. */
    return error == EINVAL || error == ENOLCK || error == EOPNOTSUPP ? 0 : error;
}

/* ---- open ------------------------------------------------------------------------------------------------------- */

static mmv_status differs(const struct mmv_journal *journal, const char *what, const char *then, const char *now)
{
    char text[256];
    snprintf(text, sizeof text, "%s differs: the interrupted run had %.80s, this one has %.80s", what, then, now);
    return mmv__journal_fault(journal, text);
}

static mmv_status compare_numbers(const struct mmv_journal *journal, const char *what, uint64_t then, uint64_t now)
{
    char texts[2][24];
    if (then == now)
        return MMV_OK;
    snprintf(texts[0], sizeof texts[0], "%llu", (unsigned long long)then);
    snprintf(texts[1], sizeof texts[1], "%llu", (unsigned long long)now);
    return differs(journal, what, texts[0], texts[1]);
}

/* Where the texts begin to differ, with a word of what stands before it. */
static const char *difference(const char *text, const char *other)
{
    size_t same = 0;
    while (text[same] && text[same] == other[same])
        same++;
    while (same > 0 && text[same - 1] != ' ')
        same--;
    return text + same;
}

static mmv_status compare_operation(const struct mmv_journal *journal)
{
    const mmv__journal_header *header = &journal->header;
    const char *now = journal->operation;
    if (header->operation_hash == mmv__hash(now, strlen(now), 0))
        return MMV_OK;
    return differs(journal, "the operation", difference(header->operation, now), difference(now, header->operation));
}

/* The page cache with the half-done changes in it is gone: nobody knows which of them reached the disk. */
static mmv_status compare_boot(const struct mmv_journal *journal)
{
    char boot[sizeof journal->header.boot];
    mmv__os_boot(boot, sizeof boot);
    if (journal->header.mode != MMV_JOURNAL_KILL || strcmp(boot, journal->header.boot) == 0)
        return MMV_OK;
    return mmv__journal_fault(journal,
                              "the system was started again since, and this journal (kill) does not survive that: "
                              "the file may be a mixture of old and new");
}

static mmv_status compare_run(const struct mmv_journal *journal)
{
    const mmv__journal_header *header = &journal->header;
    mmv_status status = compare_operation(journal);
    if (status == MMV_OK)
        status = compare_numbers(journal, "the number of files", header->files, journal->options.files);
    /* KILL may have become POWER where the file lies. */
    if (status == MMV_OK && header->mode < (uint32_t)journal->options.mode)
        status = differs(journal, "the mode", mmv_journal_mode_name((mmv_journal_mode)header->mode),
                         mmv_journal_mode_name(journal->options.mode));
    return status ? status : compare_boot(journal);
}

/*
 * Whether a run ended before the present start of the system: only the removal of its file was lost, and a new run
 * begins. Within one start of the system the run was killed before the removal, and the same command only has to repeat
 * that.
 */
static bool is_over(const struct mmv_journal *journal)
{
    char boot[sizeof journal->header.boot];
    mmv__os_boot(boot, sizeof boot);
    /* A kept run is a part of a job. It may be repeated at any time while the other parts' journals are taken away. */
    return journal->header.finished && !journal->header.kept && boot[0] != '\0' &&
           strcmp(boot, journal->header.boot) != 0;
}

mmv_status mmv__journal_start_anew(struct mmv_journal *journal)
{
    int error = mmv__os_remove(journal->path);
    mmv__stashes_unmap(journal);
    mmv__os_close(journal->descriptor);
    journal->descriptor = -1;
    journal->header = (mmv__journal_header){0};
    journal->walks = 0;
    return error ? mmv__journal_error(journal, error, "remove") : MMV_OK;
}

static mmv_status read_header(struct mmv_journal *journal)
{
    mmv__os_facts facts;
    size_t done = 0;
    mmv__journal_header *header = &journal->header;
    int error = mmv__os_get_facts(journal->descriptor, &facts);
    if (error == 0)
        error = mmv__os_read(journal->descriptor, header, sizeof *header, 0, &done);
    if (error)
        return mmv__journal_error(journal, error, "read");
    const char *fault = mmv__header_fault(header, done < sizeof *header ? 0 : facts.size);
    uint32_t walks, how = 0;
    if (!fault && !mmv__word_read(mmv__walks_key(header->run), header->walks, &walks))
        fault = "the count of its entries is damaged";
    if (!fault && header->finished && !mmv__word_read(mmv__finished_key(header->run), header->finished, &how))
        fault = "its end is damaged";
    if (!fault && how == MMV__RUN_SPOILED)
        fault = "the device failed to take what the run had changed: the file may be a mixture of old and new";
    if (fault)
        return mmv__journal_fault(journal, fault);
    header->operation[sizeof header->operation - 1] = '\0';
    header->boot[sizeof header->boot - 1] = '\0';
    journal->walks = walks;
    journal->at = mmv__header_entries_at(header);
    if (is_over(journal))
        return mmv__journal_start_anew(journal);
    mmv_status status = compare_run(journal);
    if (status == MMV_EJOURNAL && header->finished && !header->kept)
        return mmv__journal_start_anew(journal);
    return status || header->mode != MMV_JOURNAL_KILL ? status : mmv__stashes_map(journal);
}

/* The other run may have ended while we waited for its lock, and taken the file away. */
static bool is_still_there(const struct mmv_journal *journal)
{
    mmv__os_facts ours, named;
    int descriptor;
    bool created;
    if (mmv__os_open(journal->path, MMV_READ, &(mmv__os_creation){0}, &descriptor, &created) != 0)
        return false;
    bool same = mmv__os_get_facts(journal->descriptor, &ours) == 0 && mmv__os_get_facts(descriptor, &named) == 0 &&
                ours.device == named.device && ours.inode == named.inode;
    mmv__os_close(descriptor);
    return same;
}

static mmv_status open_existing(struct mmv_journal *journal)
{
    bool created;
    int error = mmv__os_open(journal->path, MMV_READ_WRITE, &(mmv__os_creation){.no_follow = true},
                             &journal->descriptor, &created);
    if (error) {
        journal->descriptor = -1;
        return error == ENOENT ? MMV_OK : mmv__journal_error(journal, error, "open");
    }
    error = mmv__journal_lock(journal->descriptor, journal->options.wait_ms);
    if (error == EAGAIN)
        return mmv__fail_locked(journal->descriptor, true, (mmv_range){0, 0}, journal->path);
    if (error)
        return mmv__fail_path_at(mmv__status_of(error), error, "lock", journal->path, 0);
    if (is_still_there(journal))
        return read_header(journal);
    mmv__os_close(journal->descriptor);
    journal->descriptor = -1;
    return MMV_OK;
}

static const mmv__saver_calls calls = {
    .begin = mmv__journal_begin,
    .run = mmv__journal_run,
    .leave = mmv__journal_leave,
    .end = mmv__journal_end,
    .save = mmv__lane_save,
    .arm = mmv__lane_arm,
    .commit = mmv__lane_commit,
    .records = mmv__lane_records,
    .granule = mmv__lane_granule,
    .border = mmv__lane_border,
};

static mmv_status fill_in(struct mmv_journal *journal, const char *path, const mmv_journal_options *options)
{
    char boot[sizeof journal->header.boot];
    size_t length = strlen(options->operation) + 1;
    journal->saver = (mmv__saver){&calls, MMV__STRETCH, mmv__os_process()};
    journal->options = *options;
    journal->descriptor = -1;
    journal->operation = malloc(length);
    if (!journal->operation)
        return mmv__fail_path(ENOMEM, "journal", path);
    memcpy(journal->operation, options->operation, length);
    /* Where a restart of the system cannot be noticed, only what survives one will do. */
    mmv__os_boot(boot, sizeof boot);
    if (boot[0] == '\0')
        journal->options.mode = MMV_JOURNAL_POWER;
    return mmv__journal_absolute(path, &journal->path);
}

mmv_status mmv_journal_open(const char *path, const mmv_journal_options *options, mmv_journal **journal_ret)
{
    *journal_ret = NULL;
    if (!path || !*path)
        return mmv_error_set_parameter(MMV_EINVAL, "journal", "path");
    if (options->mode != MMV_JOURNAL_KILL && options->mode != MMV_JOURNAL_POWER)
        return mmv_error_set_parameter(MMV_EINVAL, "journal", "mode");
    if (MMV__CHECK_RESERVED(options, "journal") != MMV_OK)
        return MMV_EINVAL;
    if (!options->operation)
        return mmv_error_set_parameter(MMV_EINVAL, "journal", "operation");
    mmv_journal *journal = calloc(1, sizeof *journal);
    if (!journal)
        return mmv__fail_path(ENOMEM, "journal", path);
    mmv__mutex_init(&journal->lock);
    mmv_status status = fill_in(journal, path, options);
    if (status == MMV_OK)
        status = open_existing(journal);
    if (status)
        mmv_journal_close(&journal);
    *journal_ret = journal;
    return status;
}

/* ---- create ----------------------------------------------------------------------------------------------------- */

/* Whether a walk of the run may go past the page cache; this is the run's first walk. */
static bool may_be_direct(const mmv__job *job, uint64_t most)
{
    mmv__os_limits limits;
    if (job->progress->chooser.io == MMV_IO_DIRECT)
        return true;
    if (most <= CACHED_SURELY)
        return false;
    mmv__os_get_limits(&limits);
    return most > limits.memory_available;
}

/*
 * Direct transfers save a whole stretch each, several at once; the others a piece per thread. Space costs: on tmpfs a
 * millisecond for each 4 MiB (2026-11).
 */
static void shape_stashes(struct mmv_journal *journal, const mmv__job *job)
{
    mmv__journal_header *header = &journal->header;
    bool power = header->mode == MMV_JOURNAL_POWER;
    unsigned threads = journal->options.threads ? journal->options.threads : mmv_default_threads();
    uint64_t most = journal->options.bytes ? mmv_max(journal->options.bytes, job->what.length) : UINT64_MAX / 2;
    bool direct = !power && may_be_direct(job, most);
    /* Records of other files of the run may be longer than those of the first. */
    bool whole = power || direct || job->what.record > MMV__PIECE / 32;
    uint64_t stretch = (whole ? MMV__STRETCH : MMV__PIECE) + mmv_round_up(job->what.record, MMV__JOURNAL_GRANULE);
    uint64_t room = mmv_min(most, power ? mmv_max(GROUP_ROOM, stretch) : stretch);
    /* A small run needs no more threads than it has stretches. */
    threads = (unsigned)mmv_min(mmv_max(threads, job->how.threads), most / MMV__STRETCH + 1);
    header->stashes = threads * (power ? 2 : direct ? MMV__LANES : 1);
    header->room = mmv_round_up(mmv_max(room, job->what.record), 8);
    header->stash_size = MMV__JOURNAL_PAGE + mmv_round_up(header->room, MMV__JOURNAL_PAGE);
}

static mmv_status fill_header(struct mmv_journal *journal, const mmv__job *job)
{
    const char *system;
    mmv__journal_header *header = &journal->header;
    bool remote = mmv__os_is_remote(job->what.in->descriptor, &system);
    *header = (mmv__journal_header){
        .mode = remote ? MMV_JOURNAL_POWER : journal->options.mode,
        .files = journal->options.files,
        .begun = mmv__os_time(),
        .operation_hash = mmv__hash(journal->operation, strlen(journal->operation), 0),
    };
    int error = mmv__os_random(&header->run);
    if (error)
        return mmv__journal_error(journal, error, "random");
    mmv__os_boot(header->boot, sizeof header->boot);
    snprintf(header->operation, sizeof header->operation, "%s", journal->operation);
    shape_stashes(journal, job);
    mmv__header_seal(header);
    header->walks = mmv__word(mmv__walks_key(header->run), 0);
    journal->at = mmv__header_entries_at(header);
    return MMV_OK;
}

/* Header and stashes, all with their blocks: a full disk shows here. */
static int write_new(struct mmv_journal *journal)
{
    uint64_t size = mmv__header_entries_at(&journal->header);
    int error = mmv__os_allocate(journal->descriptor, 0, size);
    if (error && error != EOPNOTSUPP && error != ENOSYS)
        return error;
    error = mmv__os_resize(journal->descriptor, size);
    if (error == 0)
        error = mmv__os_write(journal->descriptor, &journal->header, sizeof journal->header, 0);
    if (error == 0)
        error = mmv__journal_lock(journal->descriptor, 0);
    if (error == 0 && journal->header.mode == MMV_JOURNAL_POWER)
        error = mmv__os_sync(journal->descriptor);
    return error;
}

static int publish(struct mmv_journal *journal, const char *temporary)
{
    int error = mmv__os_publish(journal->descriptor, temporary, journal->path);
    if (error == 0 && journal->header.mode == MMV_JOURNAL_POWER)
        error = mmv__os_sync_directory(journal->path);
    return error;
}

/* 'named': the file has a name from the start, because the system cannot give it one later. */
static int make_file(struct mmv_journal *journal, bool named)
{
    char *temporary;
    int error = mmv__os_create_hidden(journal->path, named, &journal->descriptor, &temporary);
    if (error) {
        journal->descriptor = -1;
        return error;
    }
    error = write_new(journal);
    if (error == 0)
        error = publish(journal, temporary);
    else if (temporary)
        mmv__os_remove(temporary);
    free(temporary);
    if (error) {
        mmv__os_close(journal->descriptor);
        journal->descriptor = -1;
    }
    return error;
}

mmv_status mmv__journal_create(struct mmv_journal *journal, const mmv__job *job)
{
    mmv_status status = fill_header(journal, job);
    if (status)
        return status;
    int error = make_file(journal, false);
    /* No /proc, or a sandbox that forbids links from there. */
    if (error == ENOENT || error == EPERM || error == EOPNOTSUPP)
        error = make_file(journal, true);
    /* Somebody else was faster with the same run. */
    if (error == EEXIST)
        return mmv__fail_path_at(MMV_EBUSY, 0, "lock", journal->path, 0);
    if (error)
        return mmv__journal_error(journal, error, "create");
    return journal->header.mode == MMV_JOURNAL_KILL ? mmv__stashes_map(journal) : MMV_OK;
}

mmv_status mmv__journal_set_walks(struct mmv_journal *journal, uint64_t walks)
{
    uint64_t word = mmv__word(mmv__walks_key(journal->header.run), (uint32_t)walks);
    int error = mmv__os_write(journal->descriptor, &word, sizeof word, offsetof(mmv__journal_header, walks));
    if (error)
        return mmv__journal_error(journal, error, "write");
    journal->walks = walks;
    return MMV_OK;
}

/* ---- the end ---------------------------------------------------------------------------------------------------- */

/* All of this run's marks: where reading one failed, an earlier attempt may have made a second. */
mmv_status mmv__journal_unmark(struct mmv_journal *journal)
{
    mmv_map *map = journal->marked;
    if (!map)
        return MMV_OK;
    int error = mmv__journal_drop_marks(map->descriptor, journal->header.run);
    if (error)
        return mmv__fail_path(error, "unmark", map->path);
    journal->marked = NULL;
    mmv__map_forget(map);
    return MMV_OK;
}

void mmv_journal_close(mmv_journal **journal_ret)
{
    mmv_journal *journal = *journal_ret;
    *journal_ret = NULL;
    if (!journal)
        return;
    mmv__stashes_unmap(journal);
    if (journal->descriptor >= 0)
        mmv__os_close(journal->descriptor);
    if (journal->marked)
        mmv__map_forget(journal->marked);
    mmv_journal_cache_free(&journal->near);
    free(journal->walk.done);
    free(journal->syncers);
    free(journal->operation);
    free(journal->path);
    mmv__mutex_destroy(&journal->lock);
    free(journal);
}

/*
 * In power mode the word is on the device before the file is removed: a run whose removal is lost must not seem to be
 * unfinished.
 */
int mmv__journal_write_end(int descriptor, const mmv__journal_header *header, uint32_t how)
{
    bool kept = how == MMV__RUN_KEPT;
    uint64_t word = mmv__word(kept ? mmv__kept_key(header->run) : mmv__finished_key(header->run), how);
    int error = mmv__os_write(descriptor, &word, sizeof word,
                              kept ? offsetof(mmv__journal_header, kept) : offsetof(mmv__journal_header, finished));
    if (error == 0 && header->mode == MMV_JOURNAL_POWER)
        error = mmv__os_sync_data(descriptor);
    return error;
}

static mmv_status write_end(struct mmv_journal *journal, uint32_t how)
{
    int error = mmv__journal_write_end(journal->descriptor, &journal->header, how);
    return error ? mmv__journal_error(journal, error, "write") : MMV_OK;
}

/* Invariants 3 and 4. */
static mmv_status finish(struct mmv_journal *journal)
{
    mmv_status status = mmv__journal_unmark(journal);
    if (status == MMV_OK)
        status = write_end(journal, MMV__RUN_FINISHED);
    if (status)
        return status;
    /* Invariant 3. */
    assert(!journal->marked);
    int error = mmv__os_remove(journal->path);
    return error ? mmv__journal_error(journal, error, "remove") : MMV_OK;
}

mmv_status mmv_journal_end(mmv_journal *journal, mmv_journal_ending how)
{
    if ((unsigned)how > MMV_JOURNAL_SPOILED)
        return mmv_error_set_parameter(MMV_EINVAL, "journal", "how");
    if (journal->saver.process != mmv__os_process())
        return mmv_error_set_parameter(MMV_EINVAL, "journal", "journal");
    /* No walk has changed anything. */
    if (journal->descriptor < 0)
        return MMV_OK;
    if (how == MMV_JOURNAL_SPOILED)
        return write_end(journal, MMV__RUN_SPOILED);
    if (journal->next < journal->walks)
        return compare_numbers(journal, "the number of walks", journal->walks, journal->next);
    return how == MMV_JOURNAL_KEPT ? write_end(journal, MMV__RUN_KEPT) : finish(journal);
}

const char *mmv_journal_mode_name(mmv_journal_mode mode)
{
    static const char *const names[] = {"off", "kill", "power"};
    return (unsigned)mode < sizeof names / sizeof names[0] ? names[mode] : "unknown";
}
