/* SPDX-License-Identifier: MIT */
/*
 * evidence.c - whether a file is still what an interrupted run has left.
 *
 *     the file       inode, birth, length, and the mount that holds its pages
 *     what is done   the last granule of each stretch, against the sum in the stretch's word
 *     half done      each byte, against what was saved, and what the change makes of that
 *
 * Nothing says what the rest was: no run has touched it, and whoever has changed it meanwhile will find his change
 * kept. Times are no evidence: stores into a mapping move them whenever the system likes.
 *
 * Invariant: nothing here writes to the file or the journal. No assert: no call below does.
 */

#include "journal/journal.h"

#include "os/memory.h"
#include "os/name.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMPARED_MAX 4096 /* done stretches of a resumed walk that are compared with the file */

/* ---- who it is -------------------------------------------------------------------------------------------------- */

int mmv__identify(int descriptor, mmv__identity *identity_ret)
{
    *identity_ret = (mmv__identity){.birth = mmv__os_birth(descriptor),
                                    .instance = mmv__os_instance(descriptor),
                                    .volume = mmv__os_volume(descriptor),
                                    .has_more_rights = mmv__os_has_more_rights(descriptor)};
    return mmv__os_get_facts(descriptor, &identity_ret->facts);
}

int mmv__recognise(int descriptor, const mmv__file_record *file, bool *is_it_ret)
{
    mmv__os_facts facts;
    int error = mmv__os_get_facts(descriptor, &facts);
    *is_it_ret = error == 0 && facts.inode == file->inode && mmv__os_birth(descriptor) == file->birth &&
                 (file->volume == 0 || mmv__os_volume(descriptor) == file->volume);
    return error;
}

mmv__file_record mmv__file_record_of(const mmv__identity *file, size_t path_length)
{
    return (mmv__file_record){
        .head = {.kind = MMV__RECORD_FILE, .length = path_length},
        .device = file->facts.device,
        .inode = file->facts.inode,
        .birth = file->birth,
        .instance = file->instance,
        .volume = file->volume,
        .length = file->facts.size,
    };
}

static bool is_still_at(const char *path, const mmv__file_record *then)
{
    mmv__identity there;
    int descriptor;
    bool created;
    if (mmv__os_open(path, MMV_READ, &(mmv__os_creation){0}, &descriptor, &created) != 0)
        return false;
    bool same =
        mmv__identify(descriptor, &there) == 0 && there.facts.inode == then->inode && there.birth == then->birth;
    mmv__os_close(descriptor);
    return same;
}

/*
 * Of several copies at most one may be finished as what the interrupted run began; and one that was made while the run
 * was under way has some stretches as they were before, and others as they were after.
 */
static mmv_status may_adopt(const mmv__job *job, const mmv__identity *now, const char *path)
{
    const struct mmv_journal *journal = mmv__journal_of(job);
    char text[256];
    if (now->birth != 0 && now->birth <= mmv_max(journal->log.modified, mmv__stashes_changed(journal)))
        return mmv__journal_fault(journal,
                                  "this copy was begun while the interrupted run was still at work on the file");
    if (!is_still_at(path, &journal->log.file))
        return MMV_OK;
    snprintf(text, sizeof text, "the file that the interrupted run worked on is still there, and is to be finished: %s",
             path);
    return mmv__journal_fault(journal, text);
}

static mmv_status another(const mmv__job *job, const char *path, const char *what, uint64_t then, uint64_t now)
{
    char text[512];
    snprintf(text, sizeof text,
             "%.100s is not what the interrupted run worked on there (%.100s): the %s was %" PRIu64 " and is %" PRIu64,
             job->what.in->path, path, what, then, now);
    return mmv__journal_fault(mmv__journal_of(job), text);
}

static mmv_status compare_identity(const mmv__job *job, const mmv__identity *now, const char *path)
{
    const struct mmv_journal *journal = mmv__journal_of(job);
    const mmv__file_record *then = &journal->log.file;
    if (then->inode == now->facts.inode && then->birth == now->birth && then->volume == now->volume)
        return MMV_OK;
    if (journal->options.adopt)
        return may_adopt(job, now, path);
    if (then->inode != now->facts.inode)
        return another(job, path, "inode", then->inode, now->facts.inode);
    return then->birth != now->birth ? another(job, path, "time of birth", then->birth, now->birth)
                                     : another(job, path, "subvolume", then->volume, now->volume);
}

static mmv_status compare_instance(const mmv__job *job, const mmv__identity *now)
{
    const struct mmv_journal *journal = mmv__journal_of(job);
    const mmv__file_record *then = &journal->log.file;
    bool is_other = then->inode != now->facts.inode || then->birth != now->birth;
    /* An adopted file has come here by being copied, and what was copied is compared. */
    if (journal->header.mode != MMV_JOURNAL_KILL || (journal->options.adopt && is_other))
        return MMV_OK;
    const char *fault = mmv__compare_start(NULL, then->instance, now->instance);
    if (!fault || (journal->options.adopt && then->instance >> 62 == MMV__INSTANCE_MOUNT))
        return MMV_OK;
    return mmv__journal_fault(journal, fault);
}

mmv_status mmv__compare_file(const mmv__job *job, const mmv__identity *now, const char *path)
{
    const mmv__file_record *then = &mmv__journal_of(job)->log.file;
    mmv_status status = compare_identity(job, now, path);
    if (status == MMV_OK && then->length != now->facts.size)
        status = another(job, path, "length", then->length, now->facts.size);
    return status ? status : compare_instance(job, now);
}

mmv_status mmv__compare_extent(const mmv__job *job, const mmv__journal_entry *then, const mmv__journal_entry *now)
{
    const struct {
        const char *what;
        uint64_t then, now;
    } pairs[] = {
        {"offset of the range", then->offset, now->offset},
        {"length of the range", then->bytes, now->bytes},
        {"distance of records", then->stride, now->stride},
        {"size of a record", then->record, now->record},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (pairs[i].then != pairs[i].now)
            return another(job, job->what.in->path, pairs[i].what, pairs[i].then, pairs[i].now);
    return MMV_OK;
}

/* ---- what is done ----------------------------------------------------------------------------------------------- */

static mmv_status changed(const mmv__job *job, uint64_t at)
{
    char text[256];
    snprintf(text, sizeof text,
             "%.150s was changed or put back since: it is not at byte %" PRIu64 " what the interrupted run made of it",
             job->what.in->path, at);
    return mmv__journal_fault(mmv__journal_of(job), text);
}

mmv_status mmv__compare_records(const mmv__job *job, uint64_t first, uint64_t count, uint64_t checksum,
                                uint64_t word_key)
{
    const mmv__journal_entry *entry = &mmv__journal_of(job)->walk.entry;
    size_t size = (size_t)(count * entry->record);
    char *data = malloc(size);
    if (!data)
        return mmv__fail_path(ENOMEM, "journal", job->what.in->path);
    mmv_status status = mmv__records_read(job, first, count, data);
    if (status == MMV_OK) {
        uint64_t now = mmv__journal_checksum(entry, data, (size_t)entry->record, count);
        bool same = word_key ? mmv__done_agrees(word_key, checksum, now) : now == checksum;
        status = same ? MMV_OK : changed(job, mmv__at(job, first));
    }
    free(data);
    return status;
}

mmv_status mmv__compare_done(const mmv__job *job, uint64_t stretch, uint64_t word)
{
    const struct mmv_journal *journal = mmv__journal_of(job);
    const mmv__journal_entry *entry = &journal->walk.entry;
    uint64_t every = journal->options.adopt ? 1 : entry->stretches / COMPARED_MAX + 1;
    uint64_t first = mmv__stretch_first(entry, stretch);
    uint64_t end = mmv__stretch_first(entry, stretch + 1);
    if (word == 0 || end == first || (stretch % every != 0 && stretch + 1 < entry->stretches))
        return MMV_OK;
    first += mmv_round_down(end - first - 1, entry->granule);
    return mmv__compare_records(job, first, end - first, word,
                                mmv__done_key(journal->header.run, journal->walk.number, stretch));
}

/* ---- what is half done ------------------------------------------------------------------------------------------ */

/* Room for some records twice: what the change makes of them, and what the file has. */
struct scratch {
    char *fresh, *now;
    size_t fresh_size;
};

/* What the change would make of the records. The function is told that these are not for the file. */
static mmv_status change_copy(const mmv__job *job, uint64_t first, uint64_t count, const char *saved,
                              struct scratch *scratch)
{
    char *fresh = scratch->fresh;
    mmv__worker worker = {.job = job, .is_trial = true, .buffer = fresh, .buffer_size = scratch->fresh_size};
    memcpy(fresh, saved, (size_t)(count * job->what.record));
    mmv_status status = mmv__call(&worker, &(mmv__records){first, count, fresh, job->what.record}, fresh);
    /* The function may have kept them. */
    scratch->fresh = worker.buffer;
    scratch->fresh_size = worker.buffer_size;
    return status;
}

/* The first byte that is neither; 'size' when there is none. */
static size_t first_other(const char *now, const char *saved, const char *fresh, size_t size)
{
    size_t at = 0;
    while (at < size && (now[at] == saved[at] || now[at] == fresh[at]))
        at++;
    return at;
}

static mmv_status compare_some(const mmv__job *job, uint64_t first, uint64_t count, const char *saved,
                               struct scratch *scratch)
{
    size_t size = (size_t)(count * job->what.record);
    mmv_status status = mmv__records_read(job, first, count, scratch->now);
    /* The usual case needs no function: nothing was changed yet, and nothing has to be right. */
    if (status || memcmp(scratch->now, saved, size) == 0)
        return status;
    if (mmv__journal_of(job)->options.varies)
        return MMV_OK;
    status = change_copy(job, first, count, saved, scratch);
    if (status)
        return status;
    size_t at = first_other(scratch->now, saved, scratch->fresh, size);
    if (at == size)
        return MMV_OK;
    return changed(job, mmv__at(job, first + at / job->what.record) + at % job->what.record);
}

mmv_status mmv__compare_half(const mmv__job *job, uint64_t first, uint64_t count, const char *saved)
{
    uint64_t some = mmv_min(count, mmv_max(1, MMV_MIB / job->what.record));
    size_t size = (size_t)(some * job->what.record);
    struct scratch scratch = {.now = malloc(size)};
    mmv_status status = mmv__need(&scratch.fresh, &scratch.fresh_size, size);
    if (status || !scratch.now)
        status = mmv__fail_path(ENOMEM, "journal", job->what.in->path);
    for (uint64_t done = 0; done < count && status == MMV_OK; done += some)
        status = compare_some(job, first + done, mmv_min(some, count - done), saved + (size_t)(done * job->what.record),
                              &scratch);
    mmv__os_memory_free(scratch.fresh, scratch.fresh_size);
    free(scratch.now);
    return status;
}
