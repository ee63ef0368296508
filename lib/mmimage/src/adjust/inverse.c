/* SPDX-License-Identifier: MIT */
/*
 * inverse: see mmimage/inverse.h. Batches are cut into strips as the adjustment cuts them.
 *
 * 1. Channels with the same rule share a map, and only chosen ones have one that is looked at: share_map() compares.
 *    No assert: map_of says so.
 */

#include "adjust/inverse.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/range.h>

#define OPERATION "inverse"

void mmi__inverse_apply(const mmi_adjust *adjust, size_t channel, const void *source, void *target)
{
    mmi_tally ignored = {0};
    bool is_spared = mmi__no_data_is_any(&adjust->no_data) && mmi_no_data_at(&adjust->no_data, source);
    if (adjust->rules[channel].chosen && !is_spared)
        mmi__apply(adjust, channel, source, target, &ignored);
    else
        memmove(target, source, mmi_type_size(adjust->image.type));
}

/* ---- maps -------------------------------------------------------------------------------------------------------- */

static bool are_same(const struct mmi__rule *a, const struct mmi__rule *b)
{
    if (!a->chosen || !b->chosen)
        return a->chosen == b->chosen;
    return a->gain == b->gain && a->amount == b->amount && a->low == b->low && a->high == b->high;
}

/* Which channels begin a map; firsts[0..count). Too many: MMI__MAPS + 1. */
static size_t find_firsts(mmi_inverse *inverse, size_t firsts[MMI__MAPS])
{
    const mmi_adjust *adjust = inverse->adjust;
    size_t count = 0;
    for (size_t channel = 0; channel < adjust->image.samples; channel++) {
        size_t i = 0;
        while (i < count && !are_same(&adjust->rules[firsts[i]], &adjust->rules[channel]))
            i++;
        if (i == MMI__MAPS)
            return MMI__MAPS + 1;
        if (i == count)
            firsts[count++] = channel;
        inverse->map_of[channel] = (uint8_t)i;
    }
    return count;
}

static bool create_maps(mmi_inverse *inverse)
{
    size_t firsts[MMI__MAPS];
    if (inverse->size > 2)
        return true;
    inverse->map_of = calloc(inverse->adjust->image.samples, sizeof *inverse->map_of);
    if (!inverse->map_of)
        return false;
    size_t count = find_firsts(inverse, firsts);
    if (count > MMI__MAPS)
        return true;
    inverse->values = (size_t)1 << (8 * inverse->size);
    inverse->maps = calloc(count, sizeof *inverse->maps);
    bool fine = inverse->maps != NULL;
    for (; fine && inverse->map_count < count; inverse->map_count++)
        fine = mmi__map_create(inverse, firsts[inverse->map_count], &inverse->maps[inverse->map_count]);
    return fine && mmi__scan_create(inverse);
}

mmv_status mmi_inverse_create(const mmi_adjust *adjust, mmi_inverse **inverse_ret)
{
    assert(adjust && inverse_ret);
    mmi_inverse *inverse = calloc(1, sizeof *inverse);
    if (!inverse)
        return mmv_error_set(MMV_ENOMEM, 0, OPERATION);
    inverse->adjust = adjust;
    inverse->lines = mmi__lines_of(adjust);
    inverse->size = mmi_type_size(adjust->image.type);
    inverse->is_swapped = !mmi_type_is_native(adjust->image.type);
    if (!create_maps(inverse)) {
        mmi_inverse_destroy(&inverse);
        return mmv_error_set(MMV_ENOMEM, 0, OPERATION);
    }
    *inverse_ret = inverse;
    return MMV_OK;
}

void mmi_inverse_destroy(mmi_inverse **inverse)
{
    if (!inverse || !*inverse)
        return;
    for (size_t i = 0; i < (*inverse)->map_count; i++)
        mmi__map_drop(&(*inverse)->maps[i]);
    mmi__scan_drop(&(*inverse)->scan);
    free((*inverse)->maps);
    free((*inverse)->map_of);
    free(*inverse);
    *inverse = NULL;
}

/* ---- batches ----------------------------------------------------------------------------------------------------- */

/* Words of a batch as they come: zeros are stored when it is known that there are others. */
struct writing {
    unsigned char *words; /* the batch's */
    size_t clean;         /* bytes of it that are stored */
    size_t kept;
};

static void zero_to(struct writing *writing, size_t end)
{
    memset(writing->words + writing->clean, 0, end - writing->clean);
    writing->clean = end;
}

/* Samples that are looked up together where some of them lose something. */
#define FEW 32

/* Small samples of a block some of which lose something. 'at' is its byte of the batch, as in keep_strip(). */
static void keep_block(const mmi_inverse *inverse, const struct mmi__strip_words *block, size_t at,
                       struct writing *writing)
{
    size_t size = inverse->size;
    for (size_t done = 0, some; done < block->count; done += some) {
        some = (size_t)mmv_min(block->count - done, FEW);
        const struct mmi__strip_words few = {mmi__inverse_channel(inverse, block->channel, done), some,
                                             block->source + done * size, NULL, writing->words + at + done * size};
        if (mmi__scan_clean(inverse, few.channel, few.source, some) == some)
            continue;
        zero_to(writing, at + done * size);
        writing->kept += mmi__map_keep(inverse, &few);
        writing->clean = at + (done + some) * size;
    }
}

/* Of a strip that begins at byte 'at' of the batch: what loses nothing is not looked at twice. */
static void keep_strip(const mmi_inverse *inverse, const struct mmi__strip_words *strip, size_t at,
                       struct writing *writing)
{
    size_t size = inverse->size, done = 0;
    while (done < strip->count) {
        struct mmi__strip_words rest = {mmi__inverse_channel(inverse, strip->channel, done), strip->count - done,
                                        strip->source + done * size, NULL, NULL};
        size_t clean = mmi__scan_clean(inverse, rest.channel, rest.source, rest.count);
        done += clean;
        if (clean == rest.count)
            break;
        rest.channel = mmi__inverse_channel(inverse, rest.channel, clean);
        rest.source += clean * size;
        rest.count = (size_t)mmv_min(rest.count - clean, inverse->scan.lanes);
        keep_block(inverse, &rest, at + done * size, writing);
        done += rest.count;
    }
}

static void guess_strip(const mmi_inverse *inverse, const struct mmi__strip_words *strip, size_t at,
                        struct writing *writing)
{
    const struct mmi__strip_words guessed = {strip->channel, strip->count, strip->source, NULL, writing->words + at};
    zero_to(writing, at);
    writing->kept += mmi__guess_keep(inverse, &guessed);
    writing->clean = at + strip->count * inverse->size;
}

size_t mmi_inverse_keep(const mmi_inverse *inverse, const mmi_batch *batch)
{
    size_t size = inverse->size, count = batch->length / size, at = 0;
    uint64_t sample = batch->offset / size;
    const unsigned char *from = batch->source;
    struct writing writing = {batch->target, 0, 0};
    assert(batch->offset % size == 0 && batch->length % size == 0 && from != batch->target);
    while (count > 0) {
        struct mmi__strip_of strip = mmi__lines_next(inverse->adjust, &inverse->lines, sample, count);
        const struct mmi__strip_words part = {strip.channel, strip.count, from + at, NULL, NULL};
        if (strip.is_meant && inverse->values)
            keep_strip(inverse, &part, at, &writing);
        else if (strip.is_meant)
            guess_strip(inverse, &part, at, &writing);
        at += strip.count * size;
        sample += strip.count;
        count -= strip.count;
    }
    if (writing.kept > 0)
        zero_to(&writing, batch->length);
    return writing.kept;
}

bool mmi_inverse_restore(const mmi_inverse *inverse, const mmi_batch *batch, const void *words)
{
    size_t size = inverse->size, count = batch->length / size;
    uint64_t sample = batch->offset / size;
    const unsigned char *from = batch->source, *word = words;
    unsigned char *to = batch->target;
    bool fine = true;
    assert(batch->offset % size == 0 && batch->length % size == 0);
    while (count > 0 && fine) {
        struct mmi__strip_of strip = mmi__lines_next(inverse->adjust, &inverse->lines, sample, count);
        size_t bytes = strip.count * size;
        const struct mmi__strip_words part = {strip.channel, strip.count, from, to, (unsigned char *)(uintptr_t)word};
        if (strip.is_meant)
            fine = inverse->values ? mmi__map_restore(inverse, &part) : mmi__guess_restore(inverse, &part);
        else /* It has not changed: a word would be a lie. */
            fine = mmi__are_zero(word, bytes);
        if (!strip.is_meant && from != to)
            memcpy(to, from, bytes);
        from += bytes;
        to += bytes;
        word = word ? word + bytes : NULL;
        sample += strip.count;
        count -= strip.count;
    }
    return fine;
}
