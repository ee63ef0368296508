/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_UNDO_TOGETHER_H
#define TOOLS_UNDO_TOGETHER_H

/*
 * together: the undo files that are of one run: of files that a header lists, or of the parts of a job, or of both.
 *
 *     FILE      FILE.mmu.1   FILE.mmu.2   FILE.mmu.3         2 and 3 are of the parts of one job: both are members
 *     a.raw     a.raw.mmu.1  a.raw.mmu.2
 *     b.raw     b.raw.mmu.1                                  a.raw.mmu.2 and b.raw.mmu.1 are of one group
 */

#include "kit/undo/choose.h"

struct member {
    const char *file;
    uint32_t place; /* of the file in the list */
    char *store;
    uint64_t number; /* in the store's name; 0 = another name */
    uint64_t run, begun;
    mmv_range own;   /* from its first byte that changes to the last */
    mmv_range reach; /* the same of all members of its file */
    struct recipe_group group;
    struct store_job job;
    bool is_bytes; /* records, not pixels */
    bool is_complete, is_taken_back, is_begun, is_unfinished;
};

/* Starts with the order and the list alone. */
struct together {
    const struct restore_order *order;
    const struct restore_list *list;
    struct member *all; /* of all those of the latest run, in the order in which they are taken back */
    uint32_t count, room;
};

/*
 * together_find() - those of the latest run, all of them, or FILE's latest that is of no group and no job; count 0 =
 * there are none, and that was said. Returns an exit status: what is missing, or not finished, is refused.
 */
int together_find(struct together *members);
void together_drop(struct together *members);

/* together_taken() - whether any of them says that all is taken back. together_files() - how many files they are of. */
bool together_taken(const struct together *members);
uint32_t together_files(const struct together *members);

#endif
