/* SPDX-License-Identifier: MIT */
#include "mmbench/pass.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#ifdef _OPENMP
#include <omp.h>
#endif

#include <mmview/range.h>

#include "mmbench/content.h"

bool pass_fail(struct pass *pass, const char *what, int error)
{
    bool first = !__atomic_exchange_n(&pass->failed, true, __ATOMIC_ACQ_REL);
    if (first)
        snprintf(pass->why, sizeof pass->why, "%s%s%s", what, error ? ": " : "", error ? strerror(error) : "");
    return false;
}

bool pass_make_adjust(struct pass *pass)
{
    const double amount = PASS_AMOUNT;
    mmi_image image = {.samples = 4};
    if (mmi_type_parse("i16", &image.type) &&
        mmi_adjust_create(&image, &(mmi_adjust_options){.add = &amount, .add_count = 1}, &pass->adjust) == MMV_OK)
        return true;
    return pass_fail(pass, "memory", ENOMEM);
}

/* ---- the work --------------------------------------------------------------------------------------------------- */

void pass_piece(struct pass *pass, unsigned thread, uint64_t offset, const void *source, void *target, size_t length)
{
    struct pass_part *part = &pass->parts[thread];
    if (pass->work == WORK_SCAN)
        part->sum += words_sum(source, length);
    else
        mmi_adjust_run(pass->adjust, &(mmi_batch){offset, source, target, length}, part->tally);
}

void pass_record(struct pass *pass, unsigned thread, void *record)
{
    uint64_t word;
    if (pass->work == WORK_READS) {
        pass->parts[thread].sum += words_sum(record, pass->record);
        return;
    }
    for (size_t i = 0; i < pass->record; i += sizeof word) {
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

uint64_t pass_position(const struct pass *pass, uint64_t i)
{
    uint64_t slots = pass->size / pass->record;
    unsigned bits = 1;
    while (bits < 63 && UINT64_C(1) << bits < slots)
        bits++;
    /* Walking the cycle until it is back inside keeps it a bijection; at most half of [0, 2^bits) is outside. */
    do
        i = shuffle(i, bits);
    while (i >= slots);
    return i * pass->record;
}

/* ---- threads ---------------------------------------------------------------------------------------------------- */

bool pass_team(struct pass *pass, pass_worker *worker)
{
    pass->taken = 0;
#ifdef _OPENMP
    if (pass->threads > 1) {
#pragma omp parallel num_threads((int)pass->threads)
        {
            /* Shares are cut for so many threads. */
            if (omp_get_num_threads() == (int)pass->threads)
                worker(pass, (unsigned)omp_get_thread_num());
            else
                pass_fail(pass, "OpenMP gave fewer threads than asked for (OMP_THREAD_LIMIT, OMP_DYNAMIC)", 0);
        }
        return !pass->failed;
    }
#endif
    worker(pass, 0);
    return !pass->failed;
}

bool pass_take(struct pass *pass, size_t piece, uint64_t *offset_ret, size_t *length_ret)
{
    if (__atomic_load_n(&pass->failed, __ATOMIC_ACQUIRE))
        return false;
    uint64_t offset = __atomic_fetch_add(&pass->taken, piece, __ATOMIC_RELAXED);
    if (offset >= pass->size)
        return false;
    *offset_ret = offset;
    *length_ret = (size_t)mmv_min(piece, pass->size - offset);
    return true;
}

static uint64_t part_of(uint64_t whole, unsigned number, unsigned count)
{
    return whole / count * number + mmv_min(whole % count, number);
}

void pass_slab(const struct pass *pass, unsigned thread, uint64_t *offset_ret, uint64_t *length_ret)
{
    const uint64_t page = 4096;
    uint64_t pages = (pass->size + page - 1) / page;
    uint64_t end = mmv_min(pass->size, part_of(pages, thread + 1, pass->threads) * page);
    *offset_ret = mmv_min(pass->size, part_of(pages, thread, pass->threads) * page);
    *length_ret = end - *offset_ret;
}

void pass_share(const struct pass *pass, unsigned thread, uint64_t *first_ret, uint64_t *end_ret)
{
    *first_ret = part_of(pass->operations, thread, pass->threads);
    *end_ret = part_of(pass->operations, thread + 1, pass->threads);
}

void pass_mapped(struct pass *pass, int64_t bytes)
{
    uint64_t now = __atomic_add_fetch(&pass->mapped, (uint64_t)bytes, __ATOMIC_RELAXED);
    uint64_t peak = __atomic_load_n(&pass->peak_mapped, __ATOMIC_RELAXED);
    while (now > peak &&
           !__atomic_compare_exchange_n(&pass->peak_mapped, &peak, now, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        ;
}

uint64_t pass_sum(const struct pass *pass)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < PASS_THREADS; i++)
        sum += pass->parts[i].sum;
    return sum;
}
