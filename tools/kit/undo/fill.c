/* SPDX-License-Identifier: MIT */
/* fill: see fill.h. No invariants of its own: what sums are of is recipe and FILE alone. */
#include "kit/undo/fill.h"

#include <errno.h>
#include <stdlib.h>

#include <mmview/range.h>

#include "kit/undo/compare.h"

/* So many are a frame: of 2 GiB, or 768 KiB of memory. */
#define SUMS_AT_ONCE 32768

struct filling {
    const struct fill_work *work;
    struct sum_list there, missing;
};

static int collect(const struct store_frame *frame, uint64_t offset, const unsigned char *bytes, void *user)
{
    struct filling *filling = user;
    (void)offset;
    if (frame->kind != STORE_SUMS)
        return 0;
    return sums_take(&filling->there, filling->work->recipe, frame, bytes) ? 0 : EILSEQ;
}

static int store_missing(struct filling *filling)
{
    const struct fill_work *work = filling->work;
    const struct compare_work all = {work->descriptor, work->recipe, &filling->missing, work->threads};
    int error = filling->missing.count > 0 ? compare_fill(&all, &filling->missing) : 0;
    if (error == 0)
        error = sums_store(work->store, &filling->missing);
    filling->missing.count = 0;
    return error;
}

static int see_gap(uint32_t span, uint64_t first, uint64_t count, void *user)
{
    struct filling *filling = user;
    uint32_t most = sums_most(&filling->work->recipe->spans[span]);
    int error = 0;
    while (count > 0 && error == 0) {
        struct store_sum sum = {.first = first, .span = span, .count = (uint32_t)mmv_min(count, most)};
        first += sum.count;
        count -= sum.count;
        error = sums_add(&filling->missing, &sum) ? 0 : ENOMEM;
        if (error == 0 && filling->missing.count >= SUMS_AT_ONCE)
            error = store_missing(filling);
    }
    return error;
}

int fill_sums(const struct fill_work *work)
{
    struct filling filling = {.work = work};
    int error = store_each(work->store, collect, &filling);
    if (error == 0)
        error = sums_gaps(&filling.there, work->recipe, see_gap, &filling);
    if (error == 0)
        error = store_missing(&filling);
    free(filling.there.list);
    free(filling.missing.list);
    return error;
}
