/* SPDX-License-Identifier: MIT */
/* sums: see sums.h. */
#include "kit/undo/sums.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <mmview/range.h>

#include "kit/os/file.h"
#include "kit/undo/sums_lines.h"

/* So much of FILE is read for a sum. */
#define READ_SIZE (64 * 1024)

bool sums_add(struct sum_list *sums, const struct store_sum *sum)
{
    if (sums->count == sums->room) {
        size_t room = sums->room ? 2 * sums->room : 64;
        struct store_sum *list = realloc(sums->list, room * sizeof *list);
        if (!list)
            return false;
        sums->list = list;
        sums->room = room;
    }
    sums->list[sums->count++] = *sum;
    return true;
}

static bool fits(const struct recipe *recipe, const struct store_sum *sum)
{
    return sum->span < recipe->span_count && sum->count > 0 &&
           mmv_range_fits(sum->first, sum->count, recipe->spans[sum->span].count);
}

bool sums_take(struct sum_list *sums, const struct recipe *recipe, const struct store_frame *frame,
               const unsigned char *bytes)
{
    bool fine = frame->length % sizeof(struct store_sum) == 0;
    if (frame->form == SUMS_ANEW)
        sums->count = 0;
    for (uint64_t at = 0; fine && at < frame->length; at += sizeof(struct store_sum)) {
        struct store_sum sum;
        memcpy(&sum, bytes + at, sizeof sum);
        fine = fits(recipe, &sum) && sums_add(sums, &sum);
    }
    return fine;
}

int sums_store(struct store *store, const struct sum_list *sums)
{
    struct store_frame frame = {.kind = STORE_SUMS, .length = sums->count * sizeof *sums->list};
    frame.plain = frame.length;
    return sums->count > 0 ? store_append(store, &frame, sums->list) : 0;
}

/* ---- the hash ---------------------------------------------------------------------------------------------------- */

/*
 * The sums of sums_lines.h. They need not withstand anybody who makes up bytes on purpose, and take a fraction of the
 * time of XXH3, which hashes what comes out. 'tail' are bytes that are no whole line yet.
 */
struct hashing {
    struct sums_lanes lanes;
    uint64_t length;
    unsigned char tail[SUMS_LINE];
    size_t fill;
    sums_lines_fn *add;
};

static struct hashing begin_hashing(void)
{
    struct hashing hashing = {.add = sums_lines_base};
#if defined(MMV_CLONES_X86)
    if (__builtin_cpu_supports("avx2"))
        hashing.add = sums_lines_avx2;
#endif
    return hashing;
}

static void add_bytes(struct hashing *hashing, const unsigned char *bytes, size_t length)
{
    hashing->length += length;
    if (hashing->fill > 0) {
        size_t some = mmv_min(length, SUMS_LINE - hashing->fill);
        memcpy(hashing->tail + hashing->fill, bytes, some);
        hashing->fill += some;
        bytes += some;
        length -= some;
        if (hashing->fill < SUMS_LINE)
            return;
        hashing->add(&hashing->lanes, hashing->tail, 1);
        hashing->fill = 0;
    }
    hashing->add(&hashing->lanes, bytes, length / SUMS_LINE);
    hashing->fill = length % SUMS_LINE;
    memcpy(hashing->tail, bytes + (length - hashing->fill), hashing->fill);
}

static uint64_t digest(struct hashing *hashing)
{
    memset(hashing->tail + hashing->fill, 0, SUMS_LINE - hashing->fill);
    hashing->add(&hashing->lanes, hashing->tail, 1);
    return XXH3_64bits(hashing, offsetof(struct hashing, tail));
}

static void add_meant(struct hashing *hashing, const struct recipe *recipe, const struct meant_records *records)
{
    struct meant meant = meant_begin(recipe, records);
    struct meant_part part;
    while (meant_next(&meant, &part))
        add_bytes(hashing, (const unsigned char *)records->bytes + part.apart, part.length);
}

uint64_t sums_hash(const void *records, size_t record, size_t stride, size_t count)
{
    struct hashing hashing = begin_hashing();
    bool is_gapless = stride == record;
    for (size_t i = 0; i < (is_gapless ? 1 : count); i++)
        add_bytes(&hashing, (const unsigned char *)records + i * stride, is_gapless ? record * count : record);
    return digest(&hashing);
}

uint64_t sums_of(const struct recipe *recipe, const struct meant_records *records)
{
    struct hashing hashing = begin_hashing();
    add_meant(&hashing, recipe, records);
    return digest(&hashing);
}

/* ---- the list ---------------------------------------------------------------------------------------------------- */

static int by_place(const void *a, const void *b)
{
    const struct store_sum *left = a, *right = b;
    if (left->span != right->span)
        return left->span < right->span ? -1 : 1;
    return left->first < right->first ? -1 : left->first > right->first;
}

int sums_gaps(struct sum_list *sums, const struct recipe *recipe, sums_gap_fn *see, void *user)
{
    size_t i = 0;
    int error = 0;
    if (sums->count > 0)
        qsort(sums->list, sums->count, sizeof *sums->list, by_place);
    for (uint32_t span = 0; span < recipe->span_count && error == 0; span++) {
        uint64_t at = 0, end = recipe->spans[span].count;
        for (; i < sums->count && sums->list[i].span == span && error == 0; i++) {
            const struct store_sum *sum = &sums->list[i];
            if (sum->first > at)
                error = see(span, at, sum->first - at, user);
            at = mmv_max(at, sum->first + sum->count);
        }
        if (error == 0 && at < end)
            error = see(span, at, end - at, user);
    }
    return error;
}

uint32_t sums_most(const mmi_span *span)
{
    return (uint32_t)mmv_max(1, READ_SIZE / span->record);
}

/* Bytes that lie together: what of them is meant, into the hash. */
static int read_hash(struct hashing *hashing, int descriptor, const struct recipe *recipe, mmv_range bytes)
{
    unsigned char buffer[READ_SIZE];
    while (bytes.length > 0) {
        size_t wanted = (size_t)mmv_min(bytes.length, sizeof buffer), done;
        int error = file_read_at(descriptor, buffer, wanted, bytes.offset, &done);
        if (error || done < wanted)
            return error ? error : ENODATA;
        add_meant(hashing, recipe, &(struct meant_records){buffer, bytes.offset, done, done, done, 1});
        bytes.offset += done;
        bytes.length -= done;
    }
    return 0;
}

int sums_read(int descriptor, const struct recipe *recipe, const struct sums_place *place, uint64_t *hash_ret)
{
    const mmi_span *span = &recipe->spans[place->span];
    struct hashing hashing = begin_hashing();
    int error = 0;
    bool is_dense = span->stride == span->record;
    uint64_t record = is_dense ? place->count * span->record : span->record, rounds = is_dense ? 1 : place->count;
    for (uint64_t i = 0; i < rounds && error == 0; i++)
        error = read_hash(&hashing, descriptor, recipe,
                          (mmv_range){span->offset + (place->first + i) * span->stride, record});
    *hash_ret = digest(&hashing);
    return error;
}
