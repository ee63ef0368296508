/* SPDX-License-Identifier: MIT */
/*
 * keep.c - records of a walk that outlive it, since something still looks at them.
 *
 *     mmv__call() -> the function -> mmv_walk_keep()     the worker's buffers and its slot become those of an mmv_kept
 *          ...       the function fails, and so the walk: the worker needs them no more
 *     mmv_kept_free()                                     they go
 *
 * Invariants:
 * 1. A thread is in the calls that 'innermost' leads to, the latest one first: a function may walk, too.
 * 2. Who keeps has failed: a worker never goes on with memory that it has given away.
 *    No assert: mmv__call() makes an error of the status.
 * 3. What is kept is in nobody else's list: neither a buffer nor a slot is freed twice.
 */

#include "walk/job.h"

#include "os/memory.h"

#include <assert.h>
#include <stdlib.h>

static _Thread_local mmv__calling *innermost;

void mmv__calling_begin(mmv__calling *call)
{
    call->outer = innermost;
    innermost = call;
}

void mmv__calling_end(const mmv__calling *call)
{
    /* Invariant 1. */
    assert(innermost == call);
    innermost = call->outer;
}

void mmv__keep_buffer(mmv__calling *call, char **buffer, size_t *size)
{
    const char *data = call->chunk->data, *source = call->chunk->source;
    bool has_data = data >= *buffer && data < *buffer + *size;
    bool has_source = source >= *buffer && source < *buffer + *size;
    if (!*buffer || !(has_data || has_source))
        return;
    if (call->kept) {
        /* The data and the source are in one buffer each. */
        assert(call->kept->buffers < MMV__KEPT_BUFFERS);
        call->kept->buffer[call->kept->buffers] = *buffer;
        call->kept->size[call->kept->buffers++] = *size;
    }
    /* Invariant 3. */
    *buffer = NULL;
    *size = 0;
}

mmv_kept *mmv_walk_keep(void)
{
    mmv__calling *call = innermost;
    assert(call);
    if (call->keeps)
        return call->kept;
    call->keeps = true;
    call->kept = calloc(1, sizeof *call->kept);
    mmv__keep_buffer(call, &call->worker->buffer, &call->worker->buffer_size);
    mmv__keep_buffer(call, &call->worker->output, &call->worker->output_size);
    mmv__direct_keep(call);
    mmv__mapped_keep(call);
    return call->kept;
}

void mmv_kept_free(mmv_kept *kept)
{
    if (!kept)
        return;
    for (unsigned i = 0; i < kept->buffers; i++)
        mmv__os_memory_free(kept->buffer[i], kept->size[i]);
    if (kept->slot) {
        mmv__arena_vacate(kept->placed, kept->placed_size);
        mmv__os_unmap(kept->slot, kept->slot_size);
    }
    free(kept);
}
