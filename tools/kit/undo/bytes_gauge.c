/* SPDX-License-Identifier: MIT */
/*
 * bytes_gauge: see bytes_gauge.h. No invariants of its own: records are cut as the journal's granules are, and packed
 * as a run would pack them.
 */
#include "kit/undo/bytes_gauge.h"

#include <assert.h>
#include <stdlib.h>

#include <mmview/range.h>

#include "kit/undo/bytes.h"
#include "kit/undo/store.h"

#define GRANULE 8192

struct gauge_room {
    struct words_packer packer;
    unsigned char *words, *copy; /* of a granule */
};

size_t bytes_gauge_most(const struct bytes_gauge *gauge)
{
    return (size_t)mmv_max(1, GRANULE / gauge->record);
}

bool bytes_gauge_begin(struct bytes_gauge *gauge, size_t record)
{
    *gauge = (struct bytes_gauge){.record = record, .room = calloc(1, sizeof *gauge->room)};
    if (!gauge->room)
        return false;
    gauge->room->words = malloc(bytes_gauge_most(gauge) * record);
    gauge->room->copy = malloc(bytes_gauge_most(gauge) * record);
    return gauge->room->words && gauge->room->copy;
}

void bytes_gauge_drop(struct bytes_gauge *gauge)
{
    if (!gauge->room)
        return;
    words_drop(&gauge->room->packer);
    free(gauge->room->words);
    free(gauge->room->copy);
    free(gauge->room);
    gauge->room = NULL;
}

void *bytes_gauge_copy(const struct bytes_gauge *gauge)
{
    return gauge->room->copy;
}

bool bytes_gauge_add(struct bytes_gauge *gauge, const void *before, size_t count)
{
    struct gauge_room *room = gauge->room;
    const struct words words = {room->words, count, gauge->record};
    struct words_packed packed;
    size_t changed;
    assert(count > 0 && count <= bytes_gauge_most(gauge));
    bytes_xor(room->words, before, room->copy, count * gauge->record);
    if (!bytes_pack(&room->packer, &words, &changed, &packed))
        return false;
    gauge->changed += changed;
    gauge->bytes += sizeof(struct store_sum) + (changed > 0 ? sizeof(struct store_frame) + packed.length : 0);
    return true;
}

uint64_t bytes_gauge_begun(void)
{
    return sizeof(struct store_header);
}
