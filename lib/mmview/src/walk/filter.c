/* SPDX-License-Identifier: MIT */
/*
 * filter.c - a walk whose output is shorter than its input: a walk to a stream, but the stream is a file.
 *
 *     units    |   0   |   1   |   2   |   3   |      computed in memory, by any worker
 *     kept     |000    |11     |22222  |333    |
 *     output   |000|11|22222|333                      each learns its place in turn, and all write side by side
 *
 * Invariant: up to offset + written, or placed when all could be written, the output has what was kept of the units
 *            before the first that failed. So cut there, it is the filter of the walk's prefix.
 */

#include "walk/job.h"

#include "base/error.h"
#include "map/map.h"

#include <assert.h>
#include <errno.h>

mmv_status mmv__filter_plan(const mmv__job *job)
{
    uint64_t bytes;
    const mmv__filter *filter = job->what.filter;
    if (mmv_map_same_file(job->what.in, filter->out))
        return mmv_error_set_parameter(MMV_EINVAL, "walk", "out");
    if (!mmv__is_shared(filter->out->access))
        return mmv__fail_path(EACCES, "walk", mmv_map_path(filter->out));
    if (filter->offset > mmv_map_capacity(filter->out) ||
        !mmv_product(job->what.records, job->what.out_record, &bytes) ||
        !mmv_range_fits(filter->offset, bytes, INT64_MAX))
        return mmv_error_set_parameter(MMV_ERANGE, "walk", "out_offset");
    return MMV_OK;
}

/* The output ends behind what counts of it. The walk's own error is told before that of cutting. */
static mmv_status end(const mmv__filter *filter, mmv_status status, uint64_t *bytes_ret)
{
    *bytes_ret = mmv_min(filter->written, filter->placed);
    assert(*bytes_ret <= filter->placed);
    mmv_error told = *mmv_last_error();
    if (filter->out->kind != MMV__FILE)
        return status;
    mmv_status cut = mmv__map_set_length(filter->out, filter->offset + *bytes_ret, "filter");
    if (status)
        mmv__error_restore(&told);
    return status ? status : cut;
}

mmv_status mmv_walk_filter(mmv_map *in, mmv_map *out, const mmv_walk_options *options, mmv_filter_fn *fn, void *user)
{
    mmv__filter filter = {.fn = fn, .out = out, .offset = options ? options->out_offset : 0, .written = UINT64_MAX};
    uint64_t bytes = 0;
    if (!in || !out || !fn)
        return mmv_error_set_parameter(MMV_EINVAL, "walk", !in ? "in" : !out ? "out" : "fn");
    const mmv__request what = {.in = in, .stream = out->descriptor, .filter = &filter, .user = user};
    mmv_status status = mmv__walk_run(&what, options);
    if (filter.begun)
        status = end(&filter, status, &bytes);
    if (options && options->stats)
        options->stats->out_bytes = bytes;
    return status;
}
