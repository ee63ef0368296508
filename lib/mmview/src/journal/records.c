/* SPDX-License-Identifier: MIT */
/*
 * records.c - records of the file that is walked: packed in memory, and what they are checked by.
 */

#include "journal/journal.h"
#include "base/checksum.h"
#include "os/file.h"

/*
 * Of records with gaps between them a few are taken, one by one: the checksum must not depend on their distance in
 * memory.
 */
uint64_t mmv__journal_checksum(const mmv__journal_entry *entry, const void *data, size_t stride, uint64_t count)
{
    size_t record = (size_t)entry->record;
    if (entry->stride == entry->record)
        return mmv__sample(data, (size_t)count * record);
    uint64_t step = mmv_max(1, 256 / entry->record);
    uint64_t checksum = 0;
    for (uint64_t i = 0; i < count; i += step)
        checksum =
            checksum * UINT64_C(0x9e3779b97f4a7c15) + mmv__sample((const char *)data + (size_t)i * stride, record);
    return checksum;
}

mmv_status mmv__records_read(const mmv__job *job, uint64_t first, uint64_t count, void *data)
{
    size_t got, size = mmv__is_dense(job) ? (size_t)count * job->what.record : job->what.record;
    uint64_t pieces = mmv__is_dense(job) ? 1 : count;
    for (uint64_t i = 0; i < pieces; i++) {
        uint64_t at = mmv__at(job, first + i);
        int error = mmv__os_read(job->what.in->descriptor, (char *)data + (size_t)i * size, size, at, &got);
        if (error || got < size)
            return mmv__fail_at(error ? mmv__status_of(error) : MMV_ETRUNC, error, "read", job->what.in, at + got);
    }
    return MMV_OK;
}

mmv_status mmv__records_write(const mmv__job *job, uint64_t first, uint64_t count, const void *data)
{
    size_t size = mmv__is_dense(job) ? (size_t)count * job->what.record : job->what.record;
    uint64_t pieces = mmv__is_dense(job) ? 1 : count;
    for (uint64_t i = 0; i < pieces; i++) {
        uint64_t at = mmv__at(job, first + i);
        int error = mmv__os_write(job->what.in->descriptor, (const char *)data + (size_t)i * size, size, at);
        if (error)
            return mmv__fail_at(mmv__status_of(error), error, "write", job->what.in, at);
    }
    return MMV_OK;
}
