/* SPDX-License-Identifier: MIT */
/* count: see count.h. */
#include "mmrec/count.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kit/undo/bytes_gauge.h"

struct counting {
    struct subject *subject;
    struct bytes_gauge *gauges; /* a thread's each */
};

/* Records of a chunk, from one on. */
struct counted_part {
    size_t from, count;
};

static mmv_status count_granule(struct subject *subject, struct bytes_gauge *gauge, const mmv_chunk *chunk,
                                struct counted_part part)
{
    uint64_t fault;
    const void *records = (const char *)chunk->source + part.from * gauge->record;
    void *copy = bytes_gauge_copy(gauge);
    memcpy(copy, records, part.count * gauge->record);
    if (subject->program->run(copy, part.count, subject->first + chunk->index + part.from, &fault) != 0)
        return subject_fail(subject, fault);
    return bytes_gauge_add(gauge, records, part.count) ? MMV_OK : mmv_error_set(MMV_ENOMEM, ENOMEM, "count");
}

static mmv_status count_chunk(const mmv_chunk *chunk, void *user)
{
    const struct counting *counting = user;
    struct bytes_gauge *gauge = &counting->gauges[chunk->thread];
    size_t most = bytes_gauge_most(gauge);
    mmv_status status = MMV_OK;
    for (size_t i = 0; i < chunk->count && status == MMV_OK && !chunk->is_trial; i += most) {
        const struct counted_part part = {i, (size_t)mmv_min(most, chunk->count - i)};
        status = count_granule(counting->subject, gauge, chunk, part);
    }
    return status;
}

/* Through a map that cannot write. */
static int walk(struct counting *counting)
{
    struct subject *subject = counting->subject;
    mmv_map *map = NULL;
    mmv_walk_stats stats = {0};
    mmv_walk_options options = subject_options(subject, &stats);
    mmv_status status = mmv_map_from_descriptor(mmv_map_descriptor(subject->map), false, MMV_READ, 0, &map);
    if (status == MMV_OK)
        status = mmv_walk(map, &options, count_chunk, counting);
    mmv_map_close(&map);
    progress_next(&subject->progress, stats.bytes);
    return subject_explain(subject, status);
}

int count_changes(struct subject *subject, struct counted *counted_ret)
{
    unsigned threads = settings_walk(&subject->command->how).threads;
    struct counting counting = {subject, calloc(threads, sizeof *counting.gauges)};
    bool fine = counting.gauges != NULL;
    for (unsigned i = 0; i < threads && fine; i++)
        fine = bytes_gauge_begin(&counting.gauges[i], subject->command->fields.size);
    int result = fine ? walk(&counting) : console_error(subject->console, subject->file, "not enough memory");
    *counted_ret = (struct counted){.undo_bytes = bytes_gauge_begun()};
    for (unsigned i = 0; counting.gauges && i < threads; i++) {
        counted_ret->records += counting.gauges[i].changed;
        counted_ret->undo_bytes += counting.gauges[i].bytes;
        bytes_gauge_drop(&counting.gauges[i]);
    }
    free(counting.gauges);
    return result;
}
