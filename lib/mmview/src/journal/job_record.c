/* SPDX-License-Identifier: MIT */
/*
 * job_record.c - the record of a job as a file: found or made, read, and compared with what a part is about to do.
 *
 * Invariant: a record appears complete under its name; one that is not in order is damaged, never half made. No assert:
 * other processes see the name, and mmv__own_create() makes it last.
 */

#include "journal/journal.h"

#include "os/machine.h"
#include "os/name.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static mmv_status fault(const struct mmv_journal *journal, const char *detail)
{
    return mmv__part_fault(journal, detail);
}

static mmv_status failed(const struct mmv_journal *journal, int error, const char *operation)
{
    return mmv__fail_path(error, operation, journal->part.path);
}

/* ---- made ----------------------------------------------------------------------------------------------------- */

static int fill_record(int descriptor, void *user)
{
    const mmv__job_part *part = user;
    const mmv__job_header *header = &part->header;
    int error = mmv__os_write(descriptor, header, sizeof *header, 0);
    if (error == 0 && header->list.files > 0)
        error = mmv__os_write(descriptor, part->table.lines, (size_t)header->list.bytes, MMV__JOURNAL_PAGE);
    if (error == 0)
        error = mmv__os_resize(descriptor, mmv__job_entries_at(header));
    if (error == 0 && header->mode == MMV_JOURNAL_POWER)
        error = mmv__os_sync(descriptor);
    return error;
}

static void describe(const struct mmv_journal *journal, const mmv__identity *file, mmv__job_header *header)
{
    const mmv_journal_job *job = journal->options.job;
    *header = (mmv__job_header){
        .mode = journal->options.mode,
        .total = job->total,
        .begun = mmv__os_time(),
        .operation_hash = mmv__hash(journal->operation, strlen(journal->operation), 0),
        .offset = job->offset,
        .bytes = job->length,
        .file = mmv__file_record_of(file, 0),
    };
    mmv__os_boot(header->boot, sizeof header->boot);
    snprintf(header->operation, sizeof header->operation, "%s", journal->operation);
}

/* Whose the record is: the file's that is walked, or of several the first's. */
static mmv_status name_subject(struct mmv_journal *journal, const mmv__job *job, mmv__job_header *header)
{
    const mmv__job_table *table = &journal->part.table;
    char *path = NULL;
    mmv_status status = MMV_OK;
    if (mmv__job_is_over_several(journal)) {
        header->file = table->lines[0].file;
        header->list.files = table->count;
        header->list.bytes = table->bytes;
    } else {
        status = mmv__map_path(job->what.in, journal->near, &path);
    }
    const char *name = path ? path : status == MMV_OK ? mmv__job_path(table->lines, 0) : "";
    if (strlen(name) < sizeof header->path)
        strcpy(header->path, name);
    free(path);
    return status;
}

/* Where others see a file, or nobody knows whether its file system was mounted again. */
static bool needs_power(const struct mmv_journal *journal, const mmv__job *job, const mmv__identity *file)
{
    const char *system;
    if (mmv__job_is_over_several(journal))
        return journal->part.table.needs_power;
    return mmv__os_is_remote(job->what.in->descriptor, &system) || file->instance == 0;
}

/* EEXIST: another part was faster. */
static int create(struct mmv_journal *journal, const mmv__job *job, const mmv__identity *file)
{
    mmv__job_part *part = &journal->part;
    mmv__job_header *header = &part->header;
    mmv__identity like = *file;
    describe(journal, file, header);
    if (name_subject(journal, job, header) != MMV_OK)
        return ENOMEM;
    int error = mmv__os_random(&header->run);
    if (error)
        return error;
    header->instance = mmv__os_instance_beside(part->path);
    if (header->instance == 0 || needs_power(journal, job, file))
        header->mode = MMV_JOURNAL_POWER;
    /* Files may have several owners: the record is this user's alone. */
    if (mmv__job_is_over_several(journal)) {
        like.facts.user = mmv__os_user();
        like.facts.permissions = 0;
    }
    mmv__job_seal(header, part->table.lines);
    error = mmv__own_create(part->path, &like, fill_record, part, &part->descriptor);
    if (error == 0 && header->mode == MMV_JOURNAL_POWER)
        error = mmv__os_sync_directory(part->path);
    return error;
}

static int open_record(struct mmv_journal *journal)
{
    bool created;
    int error = mmv__os_open(journal->part.path, MMV_READ_WRITE, &(mmv__os_creation){.no_follow = true},
                             &journal->part.descriptor, &created);
    if (error)
        journal->part.descriptor = -1;
    return error;
}

void mmv__job_close_record(mmv__job_part *part)
{
    if (part->descriptor >= 0)
        mmv__os_close(part->descriptor);
    part->descriptor = -1;
}

/* In turn, and the record has its name: else it was taken away meanwhile, and *gone_ret is true. */
static mmv_status enter(struct mmv_journal *journal, bool *gone_ret)
{
    mmv_status status = mmv__job_take_turn(journal);
    *gone_ret = status == MMV_OK && !mmv__is_named(journal->part.descriptor, journal->part.path);
    if (*gone_ret)
        mmv__job_close_record(&journal->part);
    return status;
}

/* Open the record, or make it; this part's turn then. */
mmv_status mmv__job_find_record(struct mmv_journal *journal, const mmv__job *job, const mmv__identity *file)
{
    mmv_status status = MMV_OK;
    bool again = true;
    while (again && status == MMV_OK) {
        int error = open_record(journal);
        if (error == ENOENT && journal->descriptor >= 0)
            return mmv__journal_fault(journal, "the record of its job is gone: nobody knows which parts are done");
        if (error == ENOENT && mmv__job_is_over_several(journal))
            status = mmv__job_table_make(journal);
        if (status)
            return status;
        if (error == ENOENT)
            error = create(journal, job, file);
        if (error && error != EEXIST)
            return failed(journal, error, "open");
        again = error == EEXIST;
        if (!again)
            status = enter(journal, &again);
    }
    return status;
}

static mmv_status read_record(struct mmv_journal *journal)
{
    mmv__job_header *header = &journal->part.header;
    mmv__os_facts facts;
    size_t done = 0;
    int error = mmv__os_get_facts(journal->part.descriptor, &facts);
    if (error == 0)
        error = mmv__os_read(journal->part.descriptor, header, sizeof *header, 0, &done);
    if (error)
        return failed(journal, error, "read");
    const char *wrong = mmv__kind_of(journal->part.path, header, done) == MMV__A_LOST
                            ? mmv__lost_text
                            : mmv__job_fault(header, done < sizeof *header ? 0 : facts.size);
    if (!wrong && header->given_up)
        wrong = "the job was given up: what parts of it have changed stays";
    header->operation[sizeof header->operation - 1] = '\0';
    header->boot[sizeof header->boot - 1] = '\0';
    return wrong ? fault(journal, wrong) : MMV_OK;
}

static mmv_status differs(const struct mmv_journal *journal)
{
    return fault(journal, "the job's parts are of another range or shape");
}

/* The record's files are as many as this part's, in the same order, with the same bytes. */
static mmv_status read_table(struct mmv_journal *journal)
{
    mmv__job_table *table = &journal->part.table;
    const mmv__job_header *header = &journal->part.header;
    const mmv__reader reader = {.path = journal->part.path, .descriptor = journal->part.descriptor};
    if (header->list.files != table->count)
        return differs(journal);
    free(table->lines);
    table->lines = NULL;
    table->latest = 0;
    mmv_status status =
        mmv__job_is_over_several(journal) ? mmv__job_table_read(&reader, header, &table->lines) : MMV_OK;
    for (uint64_t i = 0; status == MMV_OK && i < table->count; i++) {
        const mmv__job_file *then = &table->lines[i];
        const mmv_journal_job_file *now = &table->asked[i];
        if (then->offset != now->offset || then->bytes != now->length || then->at != now->at)
            status = differs(journal);
    }
    return status;
}

static mmv_status compare_numbers(const struct mmv_journal *journal)
{
    const mmv__job_header *then = &journal->part.header;
    const mmv_journal_job *now = journal->options.job;
    if (then->offset != now->offset || then->bytes != now->length || then->total != now->total)
        return differs(journal);
    if (then->mode < (uint32_t)journal->options.mode)
        return fault(journal, "the mode differs: other parts of the job have begun with kill");
    if (then->mode != MMV_JOURNAL_KILL)
        return MMV_OK;
    const char *wrong = mmv__compare_start(then->boot, then->instance, mmv__os_instance(journal->part.descriptor));
    return wrong ? fault(journal, wrong) : MMV_OK;
}

mmv_status mmv__job_believe(const struct mmv_journal *journal, const mmv__identity *file)
{
    const char *doubt = mmv__doubt(journal->part.descriptor, file);
    return doubt ? fault(journal, doubt) : MMV_OK;
}

static mmv_status compare_record(struct mmv_journal *journal)
{
    mmv_status status = mmv__compare_operation(journal->part.path, journal->part.header.operation,
                                               journal->part.header.operation_hash, journal->operation);
    if (status == MMV_OK)
        status = compare_numbers(journal);
    return status ? status : read_table(journal);
}

/* The file of a walk, against what the record has of it. */
mmv_status mmv__job_compare_file(const struct mmv_journal *journal, const mmv__file_record *then,
                                 const mmv__identity *now)
{
    const mmv__job_header *header = &journal->part.header;
    if (then->inode != now->facts.inode || then->birth != now->birth || then->volume != now->volume ||
        then->length != now->facts.size)
        return fault(journal, "the file is not the one that the job's parts work on");
    const char *wrong =
        header->mode == MMV_JOURNAL_KILL ? mmv__compare_start(header->boot, then->instance, now->instance) : NULL;
    return wrong ? fault(journal, wrong) : MMV_OK;
}

mmv_status mmv__job_read_record(struct mmv_journal *journal, const mmv__identity *file)
{
    mmv_status status = read_record(journal);
    if (status == MMV_OK)
        status = mmv__job_believe(journal, file);
    return status ? status : compare_record(journal);
}
