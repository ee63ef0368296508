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
 * 3. The word that says finished comes before marks are taken off, and these go before the journal goes: what is left
 *    after a kill in between is a journal with everything done, which the first file leads to until the end.
 * 4. Removing the file is the last step of a run: after it, the same command is a new run. In mode power the removal is
 *    on the device then. No assert: it is the last call of finish().
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

mmv_status mmv__compare_operation(const char *path, const char *then, uint64_t then_hash, const char *now)
{
    char text[256];
    if (then_hash == mmv__hash(now, strlen(now), 0))
        return MMV_OK;
    snprintf(text, sizeof text, "the operation differs: the interrupted run had %.80s, this one has %.80s",
             difference(then, now), difference(now, then));
    return mmv__fail_journal(path, text);
}

/*
 * kill: the page cache with the half-done changes in it may be gone, and nobody knows then which of them reached the
 * disk.
 */
const char *mmv__compare_start(const char *then_boot, mmv__instance then, mmv__instance now)
{
    char boot[MMV__BOOT_KEPT];
    mmv__os_boot(boot, sizeof boot);
    if (then_boot && strcmp(boot, then_boot) != 0)
        return "the system was started again since, and this journal (kill) does not survive that: the file may be a "
               "mixture of old and new";
    if (then == now)
        return NULL;
    return "its file system, or that of the file, was mounted again since, or this is a snapshot. This journal (kill) "
           "does not survive that: the file may be a mixture of old and new";
}

static mmv_status compare_start(const struct mmv_journal *journal)
{
    const mmv__journal_header *header = &journal->header;
    if (header->mode != MMV_JOURNAL_KILL)
        return MMV_OK;
    const char *fault = mmv__compare_start(header->boot, header->instance, mmv__os_instance(journal->descriptor));
    bool same_boot = !fault || mmv__compare_start(header->boot, 0, 0) == NULL;
    if (!fault || (same_boot && journal->options.adopt && header->instance >> 62 == MMV__INSTANCE_MOUNT))
        return MMV_OK;
    return mmv__journal_fault(journal, fault);
}

static mmv_status compare_run(const struct mmv_journal *journal)
{
    const mmv__journal_header *header = &journal->header;
    mmv_status status =
        mmv__compare_operation(journal->path, header->operation, header->operation_hash, journal->operation);
    if (status == MMV_OK)
        status = compare_numbers(journal, "the number of files", header->files, journal->options.files);
    /* KILL may have become POWER where the file lies. */
    if (status == MMV_OK && header->mode < (uint32_t)journal->options.mode)
        status = differs(journal, "the mode", mmv_journal_mode_name((mmv_journal_mode)header->mode),
                         mmv_journal_mode_name(journal->options.mode));
    return status ? status : compare_start(journal);
}

/*
 * kill: whether a run ended before the present start of the system. Nothing was synced then, so the removal of its file
 * may have been lost: a new run begins. Within one start of the system, and in mode power always, the run was killed
 * before the removal, and the same command only has to repeat that.
 */
static bool is_over(const struct mmv_journal *journal)
{
    const mmv__journal_header *header = &journal->header;
    return header->finished && header->mode == MMV_JOURNAL_KILL && mmv__compare_start(header->boot, 0, 0) != NULL;
}

static void forget_file(struct mmv_journal *journal)
{
    mmv__stashes_close(journal);
    mmv__os_close(journal->descriptor);
    journal->descriptor = -1;
    journal->header = (mmv__journal_header){0};
    journal->log = (mmv__log){0};
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
    const char *fault = mmv__kind_of(journal->path, header, done) == MMV__A_LOST
                            ? mmv__lost_text
                            : mmv__header_fault(header, done < sizeof *header ? 0 : facts.size);
    uint32_t count, how = 0;
    if (!fault && !mmv__word_read(mmv__records_key(header->run), header->records, &count))
        fault = "the count of its entries is damaged";
    if (!fault && header->finished && !mmv__word_read(mmv__finished_key(header->run), header->finished, &how))
        fault = "its end is damaged";
    if (!fault && how == MMV__RUN_SPOILED)
        fault = "the device failed to take what the run had changed: the file may be a mixture of old and new";
    if (fault)
        return mmv__journal_fault(journal, fault);
    header->operation[sizeof header->operation - 1] = '\0';
    header->boot[sizeof header->boot - 1] = '\0';
    journal->log = (mmv__log){.count = count, .at = mmv__header_log_at(header), .modified = facts.modified};
    if (is_over(journal))
        return mmv__journal_start_anew(journal);
    mmv_status status = compare_run(journal);
    return status || header->mode != MMV_JOURNAL_KILL ? status : mmv__stashes_open(journal);
}

bool mmv__is_named(int descriptor, const char *path)
{
    mmv__os_facts ours, named;
    int other;
    bool created;
    if (mmv__os_open(path, MMV_READ, &(mmv__os_creation){0}, &other, &created) != 0)
        return false;
    bool same = mmv__os_get_facts(descriptor, &ours) == 0 && mmv__os_get_facts(other, &named) == 0 &&
                ours.device == named.device && ours.inode == named.inode;
    mmv__os_close(other);
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
    /* The other run may have ended while we waited for its lock, and taken the file away. */
    if (mmv__is_named(journal->descriptor, journal->path))
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

/* The journal of a part lies beside the job's record, and is called after its range. */
static mmv_status set_paths(struct mmv_journal *journal, const char *path)
{
    char *absolute;
    mmv_status status = mmv__journal_absolute(path, &absolute);
    if (status || !journal->options.job) {
        journal->path = absolute;
        return status;
    }
    journal->part.path = absolute;
    journal->path = mmv__part_name(absolute, (mmv_range){journal->options.offset, journal->options.length});
    return journal->path ? MMV_OK : mmv__fail_path(ENOMEM, "journal", path);
}

static mmv_status fill_in(struct mmv_journal *journal, const char *path, const mmv_journal_options *options)
{
    char boot[sizeof journal->header.boot];
    size_t length = strlen(options->operation) + 1;
    journal->saver = (mmv__saver){&calls, MMV__STRETCH, mmv__os_process()};
    journal->options = *options;
    if (options->job) {
        journal->part.job = *options->job;
        journal->options.job = &journal->part.job;
    }
    journal->descriptor = journal->part.descriptor = -1;
    journal->operation = malloc(length);
    if (!journal->operation)
        return mmv__fail_path(ENOMEM, "journal", path);
    memcpy(journal->operation, options->operation, length);
    /* Where a restart of the system cannot be noticed, only what survives one will do. */
    mmv__os_boot(boot, sizeof boot);
    if (boot[0] == '\0')
        journal->options.mode = MMV_JOURNAL_POWER;
    return set_paths(journal, path);
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
    if (options->job && options->length == 0)
        return mmv_error_set_parameter(MMV_EINVAL, "journal", "length");
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

/*
 * Where others see the file, or nobody knows whether its file system was mounted again, only what survives the end of a
 * page cache will do.
 */
static uint32_t mode_for(const struct mmv_journal *journal, const mmv__job *job, const mmv__identity *file)
{
    const char *system;
    bool remote = mmv__os_is_remote(job->what.in->descriptor, &system);
    if (journal->part.descriptor >= 0)
        return (uint32_t)journal->part.header.mode;
    return remote || file->instance == 0 || mmv__os_instance_beside(journal->path) == 0 ? MMV_JOURNAL_POWER
                                                                                        : journal->options.mode;
}

static mmv_status fill_header(struct mmv_journal *journal, const mmv__job *job, const mmv__identity *file)
{
    mmv__journal_header *header = &journal->header;
    *header = (mmv__journal_header){
        .mode = mode_for(journal, job, file),
        .job = journal->part.descriptor >= 0 ? journal->part.header.run : 0,
        .files = journal->options.files,
        .begun = mmv__os_time(),
        .operation_hash = mmv__hash(journal->operation, strlen(journal->operation), 0),
    };
    char *path;
    mmv_status status = mmv__map_path(job->what.in, journal->near, &path);
    if (status)
        return status;
    if (strlen(path) < sizeof header->first)
        strcpy(header->first, path);
    free(path);
    header->file = mmv__file_record_of(file, 0);
    int error = mmv__os_random(&header->run);
    if (error)
        return mmv__journal_error(journal, error, "random");
    mmv__os_boot(header->boot, sizeof header->boot);
    snprintf(header->operation, sizeof header->operation, "%s", journal->operation);
    shape_stashes(journal, job);
    header->records = mmv__word(mmv__records_key(header->run), 0);
    journal->log = (mmv__log){.at = mmv__header_log_at(header)};
    journal->log.end = journal->log.at;
    return MMV_OK;
}

/* Header and stashes, all with their blocks: a full disk shows here. Locked before anybody can see it. */
static int write_new(int descriptor, void *user)
{
    struct mmv_journal *journal = user;
    uint64_t size = mmv__header_log_at(&journal->header);
    journal->header.instance = mmv__os_instance(descriptor);
    mmv__header_seal(&journal->header);
    int error = mmv__os_allocate(descriptor, 0, size);
    if (error && error != EOPNOTSUPP && error != ENOSYS)
        return error;
    error = mmv__os_resize(descriptor, size);
    if (error == 0)
        error = mmv__os_write(descriptor, &journal->header, sizeof journal->header, 0);
    if (error == 0)
        error = mmv__journal_lock(descriptor, 0);
    if (error == 0 && journal->header.mode == MMV_JOURNAL_POWER)
        error = mmv__os_sync(descriptor);
    return error;
}

mmv_status mmv__journal_create(struct mmv_journal *journal, const mmv__job *job, const mmv__identity *file)
{
    mmv_status status = fill_header(journal, job, file);
    if (status)
        return status;
    mmv__identity like = *file;
    /* Files of other owners may follow, and whoever has opened the journal meanwhile keeps it. */
    if (journal->options.files > 1) {
        like.facts.user = mmv__os_user();
        like.facts.permissions = 0;
    }
    int error = mmv__own_create(journal->path, &like, write_new, journal, &journal->descriptor);
    if (error == 0 && journal->header.mode == MMV_JOURNAL_POWER)
        error = mmv__os_sync_directory(journal->path);
    /* Somebody else was faster with the same run. */
    if (error == EEXIST)
        return mmv__fail_path_at(MMV_EBUSY, 0, "lock", journal->path, 0);
    if (error)
        return mmv__journal_error(journal, error, "create");
    journal->is_own = true;
    return journal->header.mode == MMV_JOURNAL_KILL ? mmv__stashes_open(journal) : MMV_OK;
}

/* A run that was refused before it changed anything leaves nothing that could refuse others. */
void mmv__journal_abandon(struct mmv_journal *journal, const mmv_map *map)
{
    mmv_error why = *mmv_last_error();
    if (journal->descriptor < 0 || journal->log.count > 0)
        return;
    /* Also the mark of an earlier process, which was killed before the first record. */
    if (journal->part.descriptor < 0)
        mmv__unmark_map(map, journal->header.run, false);
    mmv__os_remove(journal->path);
    forget_file(journal);
    mmv__error_restore(&why);
}

/* ---- the end ---------------------------------------------------------------------------------------------------- */

void mmv_journal_close(mmv_journal **journal_ret)
{
    mmv_journal *journal = *journal_ret;
    *journal_ret = NULL;
    if (!journal)
        return;
    mmv__stashes_close(journal);
    if (journal->descriptor >= 0)
        mmv__os_close(journal->descriptor);
    if (journal->latest.map)
        mmv__map_forget(journal->latest.map);
    mmv__part_close(journal);
    mmv__log_free_notes(journal);
    mmv__renamed_free(journal);
    mmv_journal_cache_free(&journal->near);
    free(journal->walk.done);
    free(journal->syncers);
    free(journal->operation);
    free(journal->path);
    mmv__mutex_destroy(&journal->lock);
    free(journal);
}

/* In power mode the word is on the device before anything that it says comes true. */
static mmv_status write_end(const struct mmv_journal *journal, uint32_t how)
{
    uint64_t word = mmv__word(mmv__finished_key(journal->header.run), how);
    int error = mmv__os_write(journal->descriptor, &word, sizeof word, offsetof(mmv__journal_header, finished));
    if (error == 0 && journal->header.mode == MMV_JOURNAL_POWER)
        error = mmv__os_sync_data(journal->descriptor);
    return error ? mmv__journal_error(journal, error, "write") : MMV_OK;
}

/*
 * Behind the removal the run is over, whatever comes: should the device not take it, a finished journal comes back, and
 * other runs refuse until it is given up.
 */
static mmv_status remove_file(const struct mmv_journal *journal)
{
    int error = mmv__os_remove(journal->path);
    if (error)
        return mmv__journal_error(journal, error, "remove");
    if (journal->header.mode == MMV_JOURNAL_POWER)
        mmv__os_sync_directory(journal->path);
    return MMV_OK;
}

/* Invariants 3 and 4. */
static mmv_status finish(struct mmv_journal *journal)
{
    mmv_status status = write_end(journal, MMV__RUN_FINISHED);
    if (status == MMV_OK)
        status = mmv__unmark_all(journal);
    if (status)
        return status;
    /* Invariant 3: everything was done, or said to be done before this process. */
    assert(journal->log.next == journal->log.count && journal->walk.left == 0);
    return remove_file(journal);
}

mmv_status mmv__journal_start_anew(struct mmv_journal *journal)
{
    mmv_status status = mmv__unmark_all(journal);
    if (status == MMV_OK)
        status = remove_file(journal);
    if (status == MMV_OK)
        forget_file(journal);
    return status;
}

static mmv_status finish_part(struct mmv_journal *journal)
{
    mmv_status status = mmv__part_done(journal);
    if (status == MMV_OK && journal->descriptor >= 0)
        status = remove_file(journal);
    return status ? status : mmv__part_leave(journal);
}

mmv_status mmv_journal_end(mmv_journal *journal, mmv_journal_ending how)
{
    if ((unsigned)how > MMV_JOURNAL_SPOILED)
        return mmv_error_set_parameter(MMV_EINVAL, "journal", "how");
    if (journal->saver.process != mmv__os_process())
        return mmv_error_set_parameter(MMV_EINVAL, "journal", "journal");
    if (how == MMV_JOURNAL_SPOILED)
        return journal->descriptor < 0 ? MMV_OK : write_end(journal, MMV__RUN_SPOILED);
    /* No walk has changed anything. */
    if (journal->descriptor < 0 && journal->part.descriptor < 0)
        return MMV_OK;
    mmv_status status = journal->descriptor >= 0 ? mmv__log_skip_notes(journal) : MMV_OK;
    if (status == MMV_OK && journal->descriptor >= 0 && journal->log.next < journal->log.count)
        status = compare_numbers(journal, "the number of records", journal->log.count, journal->log.next);
    if (status)
        return status;
    return journal->part.descriptor >= 0 ? finish_part(journal) : finish(journal);
}

const char *mmv_journal_mode_name(mmv_journal_mode mode)
{
    static const char *const names[] = {"off", "kill", "power"};
    return (unsigned)mode < sizeof names / sizeof names[0] ? names[mode] : "unknown";
}
