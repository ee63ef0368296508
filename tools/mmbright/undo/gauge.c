/* SPDX-License-Identifier: MIT */
/* gauge: see gauge.h. Records are cut as the journal's granules are, and packed as a run would pack them. */
#include "mmbright/undo/gauge.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <mmimage/inverse.h>
#include <mmview/range.h>

#include "kit/undo/meant.h"
#include "kit/undo/room.h"
#include "kit/undo/store.h"
#include "kit/undo/words.h"
#include "mmbright/undo/recipe_plan.h"

#define GRANULE 8192

struct seat {
    unsigned char *words;
    size_t room;
    struct words_packer packer;
};

struct gauge {
    struct recipe recipe;
    mmi_inverse *inverse;
    struct seat *seats;
    unsigned threads;
    _Atomic uint64_t bytes;
};

struct gauge *gauge_create(const struct bright_plan *plan, unsigned threads)
{
    struct gauge *gauge = calloc(1, sizeof *gauge);
    if (!gauge)
        return NULL;
    gauge->threads = threads;
    gauge->seats = calloc(threads, sizeof *gauge->seats);
    if (recipe_plan(plan, &gauge->recipe) && gauge->seats &&
        mmi_inverse_create(plan->adjust, &gauge->inverse) == MMV_OK)
        return gauge;
    gauge_destroy(gauge);
    return NULL;
}

void gauge_destroy(struct gauge *gauge)
{
    if (!gauge)
        return;
    for (unsigned i = 0; gauge->seats && i < gauge->threads; i++) {
        free(gauge->seats[i].words);
        words_drop(&gauge->seats[i].packer);
    }
    mmi_inverse_destroy(&gauge->inverse);
    recipe_plan_drop(&gauge->recipe);
    free(gauge->seats);
    free(gauge);
}

static mmv_status add_granule(struct gauge *gauge, struct seat *seat, const struct meant_records *granule)
{
    size_t size = mmi_type_size(gauge->recipe.image.type), length = granule->count * granule->record;
    struct words_packed packed;
    if (!room_take(&seat->words, &seat->room, length))
        return mmv_error_set(MMV_ENOMEM, ENOMEM, "count");
    atomic_fetch_add(&gauge->bytes, sizeof(struct store_sum));
    size_t kept = meant_keep(&gauge->recipe, gauge->inverse, granule, seat->words);
    if (kept == 0)
        return MMV_OK;
    if (!words_pack(&seat->packer, &(struct words){seat->words, length / size, size}, kept, &packed))
        return mmv_error_set(MMV_ENOMEM, ENOMEM, "count");
    atomic_fetch_add(&gauge->bytes, sizeof(struct store_frame) + packed.length);
    return MMV_OK;
}

mmv_status gauge_chunk(struct gauge *gauge, const mmv_chunk *chunk, size_t record)
{
    struct seat *seat = &gauge->seats[chunk->thread];
    bool is_gapless = chunk->file_stride == record && chunk->stride == record;
    size_t most = is_gapless ? (size_t)mmv_max(1, GRANULE / record) : 1;
    mmv_status status = MMV_OK;
    assert(chunk->thread < gauge->threads);
    for (size_t i = 0, some; i < chunk->count && status == MMV_OK; i += some) {
        some = (size_t)mmv_min(most, chunk->count - i);
        const struct meant_records granule = {(const char *)chunk->source + i * chunk->stride,
                                              chunk->offset + i * chunk->file_stride,
                                              record,
                                              chunk->stride,
                                              chunk->file_stride,
                                              some};
        status = add_granule(gauge, seat, &granule);
    }
    return status;
}

uint64_t gauge_bytes(const struct gauge *gauge)
{
    return sizeof(struct store_header) + gauge->recipe.piece_count * sizeof(struct recipe_piece) +
           atomic_load(&gauge->bytes);
}
