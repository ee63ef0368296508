/* SPDX-License-Identifier: MIT */
/* workload: see workload.h. Threads take what is next from a counter, or have a fixed share. */
#include "mmbench/workload.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#ifdef _OPENMP
#include <omp.h>
#endif

#include <mmview/range.h>

#include "mmbench/content.h"

bool workload_fail(struct workload *load, const char *what, int error)
{
    bool first = !__atomic_exchange_n(&load->failed, true, __ATOMIC_ACQ_REL);
    if (first)
        snprintf(load->why, sizeof load->why, "%s%s%s", what, error ? ": " : "", error ? strerror(error) : "");
    return false;
}

bool workload_make_adjust(struct workload *load)
{
    const double amount = WORKLOAD_AMOUNT;
    mmi_image image = {.samples = 4};
    if (mmi_type_parse("i16", &image.type) &&
        mmi_adjust_create(&image, &(mmi_adjust_options){.add = &amount, .add_count = 1}, &load->adjust) == MMV_OK)
        return true;
    return workload_fail(load, "memory", ENOMEM);
}

/* ---- the work --------------------------------------------------------------------------------------------------- */

void workload_piece(struct workload *load, unsigned thread, const mmi_batch *piece)
{
    struct workload_result *result = &load->results[thread];
    if (load->work == WORK_SCAN)
        result->sum += words_sum(piece->source, piece->length);
    else
        mmi_adjust_run(load->adjust, piece, result->tally);
}

void workload_record(struct workload *load, unsigned thread, void *record)
{
    uint64_t word;
    if (load->work == WORK_READS) {
        load->results[thread].sum += words_sum(record, load->record);
        return;
    }
    for (size_t i = 0; i < load->record; i += sizeof word) {
        memcpy(&word, (char *)record + i, sizeof word);
        word++;
        memcpy((char *)record + i, &word, sizeof word);
    }
}

/* A bijection of [0, 2^bits): multiplying by an odd number and folding the high half down are both reversible. */
static uint64_t shuffle(uint64_t x, unsigned bits)
{
    uint64_t mask = (UINT64_C(1) << bits) - 1;
    for (unsigned round = 0; round < 3; round++) {
        x = (x * UINT64_C(0x9e3779b97f4a7c15) + 0x6a09e667) & mask;
        x ^= x >> (bits / 2 + 1);
    }
    return x;
}

uint64_t workload_position(const struct workload *load, uint64_t i)
{
    uint64_t records = load->size / load->record;
    unsigned bits = 1;
    while (bits < 63 && UINT64_C(1) << bits < records)
        bits++;
    /* Walking the cycle until it is back inside keeps it a bijection; at most half of [0, 2^bits) is outside. */
    do
        i = shuffle(i, bits);
    while (i >= records);
    return i * load->record;
}

/* ---- threads ---------------------------------------------------------------------------------------------------- */

bool workload_team(struct workload *load, workload_worker *worker)
{
    load->taken = 0;
#ifdef _OPENMP
    if (load->threads > 1) {
#pragma omp parallel num_threads((int)load->threads)
        {
            /* Shares are cut for so many threads. */
            if (omp_get_num_threads() == (int)load->threads)
                worker(load, (unsigned)omp_get_thread_num());
            else
                workload_fail(load, "OpenMP gave fewer threads than asked for (OMP_THREAD_LIMIT, OMP_DYNAMIC)", 0);
        }
        return !load->failed;
    }
#else
    if (load->threads > 1)
        return workload_fail(load, "this mmbench was built without OpenMP: only --threads=1", 0);
#endif
    worker(load, 0);
    return !load->failed;
}

bool workload_take(struct workload *load, size_t piece, uint64_t *offset_ret, size_t *length_ret)
{
    if (__atomic_load_n(&load->failed, __ATOMIC_ACQUIRE))
        return false;
    uint64_t offset = __atomic_fetch_add(&load->taken, piece, __ATOMIC_RELAXED);
    if (offset >= load->size)
        return false;
    *offset_ret = offset;
    *length_ret = (size_t)mmv_min(piece, load->size - offset);
    return true;
}

static uint64_t part_of(uint64_t whole, unsigned number, unsigned count)
{
    return whole / count * number + mmv_min(whole % count, number);
}

void workload_slab(const struct workload *load, unsigned thread, uint64_t *offset_ret, uint64_t *length_ret)
{
    const uint64_t page = 4096;
    uint64_t pages = (load->size + page - 1) / page;
    uint64_t end = mmv_min(load->size, part_of(pages, thread + 1, load->threads) * page);
    *offset_ret = mmv_min(load->size, part_of(pages, thread, load->threads) * page);
    *length_ret = end - *offset_ret;
}

void workload_share(const struct workload *load, unsigned thread, uint64_t *first_ret, uint64_t *end_ret)
{
    *first_ret = part_of(load->operations, thread, load->threads);
    *end_ret = part_of(load->operations, thread + 1, load->threads);
}

void workload_mapped(struct workload *load, int64_t bytes)
{
    uint64_t now = __atomic_add_fetch(&load->mapped, (uint64_t)bytes, __ATOMIC_RELAXED);
    uint64_t peak = __atomic_load_n(&load->peak_mapped, __ATOMIC_RELAXED);
    while (now > peak &&
           !__atomic_compare_exchange_n(&load->peak_mapped, &peak, now, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        ;
}

uint64_t workload_sum(const struct workload *load)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < WORKLOAD_THREADS; i++)
        sum += load->results[i].sum;
    return sum;
}
