/* SPDX-License-Identifier: MIT */
/*
 * change: see change.h.
 *
 *     one range   a batch lies where its bytes lie in the image
 *     pieces      a batch is a run of samples within a piece. Of its place only the channel matters: a pixel's first
 *                 sample begins a row (bip), or all of a piece is of one channel, and lies in its plane (bsq)
 *
 * 1. Samples that are not meant never reach the adjustment of pieces, which knows no region. No assert: it is one
 * branch.
 */
#include "mmbright/plan/change.h"

#include <assert.h>
#include <string.h>

#include <mmview/range.h>

/* Of the planes of pieces; longer than any piece, and of all channels not too long for 64 bits. */
#define PLANE_PIXELS (UINT64_C(1) << 50)

mmi_image change_image(const struct bright_plan *plan)
{
    mmi_image image = plan->image;
    if (!plan->pieces)
        return image;
    image.width = image.layout == MMI_BSQ ? PLANE_PIXELS : 0;
    image.height = image.layout == MMI_BSQ ? 1 : 0;
    return image;
}

mmi_scout change_scout(const struct bright_plan *plan)
{
    const mmi_selection selection = {plan->region, plan->meaning.channels};
    mmi_scout scout = plan->pieces ? mmi_scout_begin(plan->pieces, &selection) : (mmi_scout){0};
    scout.file = plan->turns.file;
    return scout;
}

/* Bytes of a piece, or of what lies between pieces. */
static void change_stretch(const struct change_work *work, const mmi_stretch *stretch, const char *source, char *target,
                           size_t length)
{
    const mmi_image *image = &work->plan->image;
    if (stretch->is_meant) {
        uint64_t plane = image->layout == MMI_BSQ ? PLANE_PIXELS * mmi_type_size(image->type) : 0;
        work->fn(work->user, &(mmi_batch){stretch->channel * plane + stretch->place, source, target, length});
    } else if (source != target) {
        memcpy(target, source, length);
    }
}

void change_bytes(const struct change_work *work, uint64_t offset, const void *source, void *target, uint64_t length)
{
    const char *from = source;
    char *to = target;
    if (!work->plan->pieces) {
        work->fn(work->user, &(mmi_batch){offset - work->plan->range.offset, source, target, (size_t)length});
        return;
    }
    assert(work->scout && work->scout->pieces == work->plan->pieces);
    while (length > 0) {
        mmi_stretch stretch = mmi_scout_look(work->scout, offset);
        size_t part = (size_t)mmv_min(length, stretch.length);
        change_stretch(work, &stretch, from, to, part);
        from += part;
        to += part;
        offset += part;
        length -= part;
    }
}

static void adjust_once(void *user, const mmi_batch *batch)
{
    mmi_adjust_run(user, batch, NULL);
}

void change_once(const struct bright_plan *plan, uint64_t offset, const void *source, void *target, uint64_t length)
{
    mmi_scout scout = change_scout(plan);
    const struct change_work work = {plan, &scout, adjust_once, plan->adjust};
    change_bytes(&work, offset, source, target, length);
}

void change_once_in(const struct bright_plan *plan, uint32_t file, uint64_t offset, void *bytes, uint64_t length)
{
    mmi_scout scout = change_scout(plan);
    const struct change_work work = {plan, &scout, adjust_once, plan->adjust};
    scout.file = file;
    change_bytes(&work, offset, bytes, bytes, length);
}
