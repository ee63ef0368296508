/* SPDX-License-Identifier: MIT */
/*
 * parts.c - the journals of a job's parts, which stay until all parts are done.
 *
 *     look      every part has a kept journal that nobody works with     else another part will be the last
 *     end       each is marked as finished, one after the other          a part repeated from here on changes nothing,
 *     remove    each, its own last                                       and finds the others finished or gone
 *
 * Invariants:
 * 1. No journal is touched before all were seen to be kept, or one of them finished: then somebody had seen that.
 * 2. No journal is removed before all are marked as finished.
 * 3. The part that finishes the job has a journal until all others are gone. Killed and repeated without a journal, it
 *    would begin anew. The other parts' journals are gone from then on: so ending its part is the last that a part
 * does. No asserts: all three are about files of other processes, which mmv_journal_job_end() looks at in this order.
 */

#include "journal/journal.h"
#include "os/file.h"
#include "os/name.h"

#include <errno.h>

#define WAIT_MS 3000 /* for another part that does the same */

/* What is known of one part. A journal that is gone counts as finished, when another part's is finished. */
enum part { PART_UNDONE, PART_KEPT, PART_FINISHED, PART_GONE };

static mmv_status look_at(const char *path, enum part *part_ret)
{
    mmv_journal_info *info;
    mmv_status status = mmv_journal_inspect(path, &info);
    *part_ret = status == MMV_ENOENT ? PART_GONE : PART_UNDONE;
    if (status)
        return status == MMV_ENOENT ? MMV_OK : status;
    /* What a restart of the system left of a page cache is not known. */
    bool lasts = info->this_boot || info->mode == MMV_JOURNAL_POWER;
    if (info->finished)
        *part_ret = PART_FINISHED;
    else if (info->kept && !info->busy && lasts)
        *part_ret = PART_KEPT;
    mmv_journal_info_free(&info);
    return MMV_OK;
}

static mmv_status look_at_all(const char *const *paths, size_t count, bool *all_ret)
{
    bool gone = false, finished = false;
    *all_ret = false;
    for (size_t i = 0; i < count; i++) {
        enum part part;
        mmv_status status = look_at(paths[i], &part);
        if (status || part == PART_UNDONE)
            return status;
        gone |= part == PART_GONE;
        finished |= part == PART_FINISHED;
    }
    *all_ret = !gone || finished;
    return MMV_OK;
}

static int end_open(int descriptor, const mmv_map *map)
{
    mmv__journal_header header;
    size_t done;
    int error = mmv__journal_lock(descriptor, WAIT_MS);
    if (error == 0)
        error = mmv__os_read(descriptor, &header, sizeof header, 0, &done);
    if (error == 0 && done < sizeof header)
        error = EIO;
    if (error == 0)
        error = mmv__journal_drop_marks(map->descriptor, header.run);
    return error ? error : mmv__journal_write_end(descriptor, &header, MMV__RUN_FINISHED);
}

static mmv_status end_part(const char *path, const mmv_map *map)
{
    int descriptor;
    bool created;
    int error = mmv__os_open(path, MMV_READ_WRITE, &(mmv__os_creation){.no_follow = true}, &descriptor, &created);
    if (error == ENOENT)
        return MMV_OK;
    if (error == 0) {
        error = end_open(descriptor, map);
        mmv__os_close(descriptor);
    }
    return error ? mmv__fail_path(error, "finish", path) : MMV_OK;
}

static mmv_status take_away(const char *path)
{
    int error = mmv__os_remove(path);
    return error && error != ENOENT ? mmv__fail_path(error, "remove", path) : MMV_OK;
}

mmv_status mmv_journal_job_end(const mmv_journal_job *job, bool *done_ret)
{
    mmv_status status = look_at_all(job->paths, job->count, done_ret);
    for (size_t i = 0; i < job->count && *done_ret && status == MMV_OK; i++)
        status = end_part(job->paths[i], job->map);
    for (size_t i = 0; i < job->count && *done_ret && status == MMV_OK; i++)
        if (i != job->own)
            status = take_away(job->paths[i]);
    if (*done_ret && status == MMV_OK && job->own < job->count)
        status = take_away(job->paths[job->own]);
    *done_ret = *done_ret && status == MMV_OK;
    return status;
}
