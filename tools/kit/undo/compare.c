/* SPDX-License-Identifier: MIT */
/*
 * compare: see compare.h.
 *
 *     sums      | 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | ...
 *     thread A  |     batch     |               |     batch ...       sums of a batch lie together in FILE, and are
 *     thread B                  |     batch     |                     one read
 *
 * 1. Batches are taken in order, and each that is taken is compared to its end. So what differs first is found, whoever
 *    comes first: take_batch() asserts the order.
 */
#include "kit/undo/compare.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include <mmview/range.h>

#include "kit/os/file.h"
#include "kit/os/signals.h"
#include "kit/os/thread.h"

/* So much of FILE is read at once: it stays in the second-level cache. */
#define READ_SIZE ((size_t)256 * 1024)
#define THREADS_MOST 64

struct comparing {
    const struct compare_work *work;
    struct store_sum *fill; /* the same sums, to get their hashes; NULL = to be compared */
    thread_lock lock;       /* around what follows */
    size_t next;            /* the first sum that nobody has taken */
    size_t first;           /* the first one that differs, as far as anybody knows; the count of sums = none */
    int error;              /* of reading */
};

struct batch {
    size_t from, to; /* sums */
    mmv_range bytes; /* of FILE; length 0 = each has to be read by itself */
};

static mmv_range bytes_of(const struct compare_work *work, const struct store_sum *sum)
{
    const mmi_span *span = &work->recipe->spans[sum->span];
    return (mmv_range){span->offset + sum->first * span->stride, (sum->count - 1) * span->stride + span->record};
}

/* The next sums, as many as lie together and fit one read. */
static struct batch cut_batch(const struct compare_work *work, size_t from)
{
    const struct store_sum *list = work->sums->list;
    struct batch batch = {from, from + 1, bytes_of(work, &list[from])};
    uint64_t end = mmv_range_end(batch.bytes);
    if (batch.bytes.length > READ_SIZE)
        batch.bytes.length = 0;
    for (; batch.bytes.length > 0 && batch.to < work->sums->count; batch.to++) {
        mmv_range next = bytes_of(work, &list[batch.to]);
        bool fits = list[batch.to].span == list[from].span && next.offset <= end &&
                    mmv_range_end(next) - batch.bytes.offset <= READ_SIZE;
        if (!fits)
            break;
        end = mmv_max(end, mmv_range_end(next));
        batch.bytes.length = end - batch.bytes.offset;
    }
    return batch;
}

/* 1. */
static bool take_batch(struct comparing *comparing, struct batch *batch_ret)
{
    thread_lock_take(&comparing->lock);
    assert(comparing->next <= comparing->work->sums->count);
    bool go_on = comparing->next < comparing->first && comparing->error == 0 && !signals_stop();
    if (go_on) {
        *batch_ret = cut_batch(comparing->work, comparing->next);
        comparing->next = batch_ret->to;
    }
    thread_lock_leave(&comparing->lock);
    return go_on;
}

static void note(struct comparing *comparing, size_t first, int error)
{
    thread_lock_take(&comparing->lock);
    comparing->first = mmv_min(comparing->first, first);
    comparing->error = comparing->error ? comparing->error : error;
    thread_lock_leave(&comparing->lock);
}

/* The hash of a sum's records as they are now; whether it counts as the same. */
static bool take_hash(const struct comparing *comparing, size_t index, uint64_t hash)
{
    if (!comparing->fill)
        return comparing->work->sums->list[index].hash == hash;
    comparing->fill[index].hash = hash;
    return true;
}

/* What lies in memory. Returns the index of the first sum that differs; batch->to = none. */
static size_t compare_read(const struct comparing *comparing, const struct batch *batch, const unsigned char *bytes)
{
    const struct compare_work *work = comparing->work;
    for (size_t i = batch->from; i < batch->to; i++) {
        const struct store_sum *sum = &work->sums->list[i];
        const mmi_span *span = &work->recipe->spans[sum->span];
        uint64_t offset = bytes_of(work, sum).offset;
        const struct meant_records records = {bytes + (size_t)(offset - batch->bytes.offset),
                                              offset,
                                              (size_t)span->record,
                                              (size_t)span->stride,
                                              span->stride,
                                              sum->count};
        if (!take_hash(comparing, i, sums_of(work->recipe, &records)))
            return i;
    }
    return batch->to;
}

/* A batch that was read, or would have been: FILE may have ended after 'done' bytes. */
static size_t compare_done(const struct comparing *comparing, struct batch batch, const unsigned char *bytes,
                           size_t done)
{
    const struct compare_work *work = comparing->work;
    uint64_t end = batch.bytes.offset + done;
    size_t whole = batch.from;
    while (whole < batch.to && mmv_range_end(bytes_of(work, &work->sums->list[whole])) <= end)
        whole++;
    batch.to = whole;
    return compare_read(comparing, &batch, bytes);
}

static int compare_batch(const struct comparing *comparing, const struct batch *batch, unsigned char *room,
                         size_t *first_ret)
{
    const struct compare_work *work = comparing->work;
    const struct store_sum *sum = &work->sums->list[batch->from];
    size_t done;
    uint64_t hash;
    int error;
    if (batch->bytes.length > 0) {
        error = file_read_at(work->descriptor, room, (size_t)batch->bytes.length, batch->bytes.offset, &done);
        if (error == 0)
            *first_ret = compare_done(comparing, *batch, room, done);
        return error;
    }
    error = sums_read(work->descriptor, work->recipe, &(struct sums_place){sum->span, sum->count, sum->first}, &hash);
    *first_ret = error || !take_hash(comparing, batch->from, hash) ? batch->from : batch->to;
    return error == ENODATA ? 0 : error;
}

static void compare_batches(void *user)
{
    struct comparing *comparing = user;
    unsigned char *room = malloc(READ_SIZE);
    struct batch batch;
    if (!room)
        note(comparing, comparing->work->sums->count, ENOMEM);
    while (room && take_batch(comparing, &batch)) {
        size_t first = batch.to;
        int error = compare_batch(comparing, &batch, room, &first);
        if (error || first < batch.to)
            note(comparing, error ? comparing->work->sums->count : first, error);
    }
    free(room);
}

static void by_all_threads(struct comparing *comparing)
{
    const struct compare_work *work = comparing->work;
    struct thread threads[THREADS_MOST];
    size_t others = 0, wanted = mmv_min(work->threads, THREADS_MOST);
    thread_lock_init(&comparing->lock);
    /* Fewer will do. */
    while (others + 1 < wanted && thread_start(&threads[others], compare_batches, comparing))
        others++;
    compare_batches(comparing);
    while (others > 0)
        thread_join(&threads[--others]);
    thread_lock_drop(&comparing->lock);
}

int compare_file(const struct compare_work *work, const struct store_sum **first_ret)
{
    struct comparing comparing = {.work = work, .first = work->sums->count};
    by_all_threads(&comparing);
    *first_ret = comparing.first < work->sums->count ? &work->sums->list[comparing.first] : NULL;
    return *first_ret ? EILSEQ : comparing.error;
}

/* What FILE has no more is the first that differs. */
int compare_fill(const struct compare_work *work, struct sum_list *sums)
{
    struct comparing comparing = {.work = work, .fill = sums->list, .first = sums->count};
    assert(work->sums == sums);
    by_all_threads(&comparing);
    if (comparing.error || comparing.first < sums->count)
        return comparing.error ? comparing.error : ENODATA;
    return comparing.next < sums->count ? ECANCELED : 0;
}
