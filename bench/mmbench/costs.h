/* SPDX-License-Identifier: MIT */
#ifndef MMBENCH_COSTS_H
#define MMBENCH_COSTS_H

/*
 * costs: what the elementary things cost on this machine and file system: a page fault, the first touch of a mapped
 * page of a file, a system call, a copied byte, an msync.
 *
 * No counter shows some of them. In a virtual machine whose page tables are kept twice, the first touch of a page costs
 * microseconds although no fault is counted: only a clock tells.
 */

#include "mmbench/place.h"
#include "mmbench/samples.h"

enum cost {
    COST_CALL,        /* a system call that does nothing */
    COST_FAULT,       /* first touch of a page of fresh anonymous memory */
    COST_TOUCH,       /* first touch of a page of a mapped file, reading; its share of the faults is in it */
    COST_POPULATED,   /* the same behind MADV_POPULATE_READ: no fault is left, what the hypervisor takes is */
    COST_TOUCH_WRITE, /* first touch, writing */
    COST_CHANGE,      /* first touch, reading and then writing, page by page: what p[i] = f(p[i]) does */
    COST_READ,        /* a page by pread(2), 256 KiB at a time into a buffer that is used again */
    COST_COPY_CACHE,  /* a byte copied within the first-level cache */
    COST_COPY_MEMORY, /* a byte copied from memory into the cache */
    COST_SYNC_CLEAN,  /* msync(2) with MS_SYNC of 1 MiB of which no page is dirty */
    COST_SYNC_PAGE,   /* of 1 MiB with one dirty page */
    COST_SYNC_ALL,    /* of 1 MiB, all dirty */
    COST_KINDS
};

struct costs {
    struct samples ns[COST_KINDS]; /* nanoseconds each; none = it could not be measured, 'why' says why */
    char why[COST_KINDS][128];
    unsigned rounds;
    bool in_memory; /* the file system has no device: msync(2) has nothing to do */
    char system[32];
    size_t page; /* bytes */
};

/* What one is called: in JSON ("page_fault"), for people, and what the nanoseconds are of. */
struct cost_words {
    const char *key, *text;
    bool per_byte;
};
const struct cost_words *cost_words(enum cost cost);

/*
 * costs_measure() - all of them, in turn, again and again, in a process of its own.
 * Shape:   a scratch file of 16 MiB in the place; removed again. 'seconds' is when no further round begins; three are
 *          made at least.
 * Returns: false: place->why, or a signal asked for the end (signals_stop()).
 */
bool costs_measure(struct place *place, double seconds, struct costs *costs_ret);

/* costs_ns() - the median in nanoseconds; 0 = not measured. */
double costs_ns(const struct costs *costs, enum cost cost);

/* A duration as people say it: "4.9 us"; room for the longest is COSTS_TEXT. */
#define COSTS_TEXT 24
const char *costs_text(double nanoseconds, char text[COSTS_TEXT]);

/*
 * costs_reason() - why mapping or reading is dearer here, in one sentence: "a page costs 4.9 us mapped (first touch),
 * 0.3 us read". "" when either was not measured.
 */
void costs_reason(const struct costs *costs, char *text, size_t size);

#endif
