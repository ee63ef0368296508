/* SPDX-License-Identifier: MIT */
/*
 * chunk.c - what all backends share: buffers, the call of the caller's function, and the count of what went which way.
 *
 * Invariant: the function sees whole records of the range, at least one, with halos clipped by the ends of the range.
 */

#include "walk/job.h"

#include "base/error.h"
#include "os/machine.h"
#include "os/memory.h"

#include <string.h>

mmv_status mmv__need(char **buffer, size_t *have, size_t size)
{
    void *memory;
    if (*have >= size)
        return MMV_OK;
    mmv__os_memory_free(*buffer, *have);
    *buffer = NULL;
    *have = 0;
    size_t rounded = (size_t)mmv_round_up(size, mmv__os_page_size());
    int error = mmv__os_memory(rounded, &memory);
    if (error)
        return mmv__fail(error, "memory");
    *buffer = memory;
    *have = rounded;
    return MMV_OK;
}

/* A function may return a status without having said why: then the status is all there is to say. */
static mmv_status blame_function(const mmv__job *job, mmv_status status, uint64_t offset, bool said_why)
{
    mmv_error said = *mmv_last_error();
    mmv_map *map = job->what.in ? job->what.in : job->what.out;
    if (!said_why || said.status != status)
        said = (mmv_error){.status = status};
    if (!said.operation)
        said.operation = "function";
    if (map && !said.has_offset) {
        said.has_offset = true;
        said.offset = offset;
        said.file[0] = '\0';
    }
    mmv__fail_as(&said);
    if (map)
        mmv__error_in(mmv_map_path(map));
    return status;
}

/* Of a filter, how many records it kept. */
static mmv_status call_function(mmv__worker *worker, const mmv_chunk *chunk)
{
    size_t kept = 0;
    const mmv__request *what = &worker->job->what;
    if (!what->filter)
        return what->fn(chunk, what->user);
    mmv_status status = what->filter->fn(chunk, &kept, what->user);
    if (kept > chunk->count)
        return mmv_error_set_parameter(MMV_EINVAL, "filter", "kept");
    worker->kept += kept;
    return status;
}

mmv_status mmv__call(mmv__worker *worker, const mmv__records *records, const void *source)
{
    const mmv__job *job = worker->job;
    uint64_t first = records->first, count = records->count;
    worker->most = mmv_max(worker->most, count * job->what.record);
    mmv_chunk chunk = {
        .data = records->data,
        .source = source,
        .count = (size_t)count,
        .stride = records->stride,
        .file_stride = job->what.stride,
        .index = first,
        .offset = job->what.in ? mmv__at(job, first) : job->what.out_offset + first * job->what.out_record,
        .before = (size_t)mmv__before(job, first),
        .after = (size_t)mmv__after(job, first + count),
        .thread = worker->index,
        .is_trial = worker->is_trial,
    };
    if (!job->what.fn && !job->what.filter) {
        memcpy(records->data, source, (size_t)count * job->what.record);
        return MMV_OK;
    }
    unsigned failures = mmv__failures();
    mmv__calling call = {.worker = worker, .chunk = &chunk};
    mmv__calling_begin(&call);
    mmv_status status = call_function(worker, &chunk);
    mmv__calling_end(&call);
    /* The records are not the walk's any more. */
    if (call.keeps && status == MMV_OK)
        status = mmv_error_set(MMV_ESTOPPED, 0, "function");
    return status ? blame_function(job, status, chunk.offset, mmv__failures() != failures) : MMV_OK;
}

void mmv__count(mmv__worker *worker, mmv_io io, uint64_t records)
{
    worker->done[io] += records * worker->job->what.record;
}
