/* SPDX-License-Identifier: MIT */
#ifndef MMREC_GROUPS_H
#define MMREC_GROUPS_H

/*
 * groups: what --by keeps apart: the figures of each value of a key.
 *
 *     struct groups        of one block: found by a hash, in the order in which they were met
 *     struct group_rows    of some blocks: in ascending order of the key
 */

#include <stdatomic.h>

#include "kit/os/thread.h"
#include "mmrec/figures.h"

#define GROUPS_DEFAULT 65536
#define GROUPS_MOST 16777216

/* The numbers of C that a key may be: the code says which. */
enum group_key { GROUP_SIGNED = 0, GROUP_UNSIGNED, GROUP_BOOL };

/* language.c has the same, up to 'kind'. */
struct groups {
    uint64_t *keys;
    struct figure_state *states; /* as many for each group as there are figures */
    uint32_t *slots;             /* mask + 1 of them: 0, or 1 and the number of a group */
    uint64_t mask;
    /* Begin one; NULL = there are too many, or there is no memory. */
    struct figure_state *(*add)(struct groups *groups, uint64_t key);
    int32_t kind; /* an enum group_key, once there is one */
    size_t count, room;
    struct group_store *store;
};

/* Owned by a store. */
struct group_rows {
    struct group_rows *before, *after; /* of the store */
    enum group_key kind;
    size_t count;
    uint64_t *keys; /* so that they ascend as unsigned numbers: see group_key_text() */
    struct figure_state *states;
};

/* What all tables of a reduction share. */
struct group_store {
    const struct figures *figures;
    size_t most;         /* groups of a table */
    atomic_bool is_full; /* one had more */
    thread_lock lock;
    struct group_rows *rows;
};

void groups_store_begin(struct group_store *store, const struct figures *figures, size_t most);
void groups_store_end(struct group_store *store); /* with all its rows */

/* groups_begin() - an empty table. False = no memory. groups_end() in any case. */
bool groups_begin(struct groups *groups, struct group_store *store);
void groups_end(struct groups *groups);

/* groups_new_rows() - of the store, for 'count' groups that are to be filled in. NULL = no memory. Any thread. */
struct group_rows *groups_new_rows(struct group_store *store, size_t count);

/* groups_rows() - the same in order. NULL = no memory. Any thread. */
struct group_rows *groups_rows(const struct groups *groups);

/*
 * groups_merge() - take later records into those before them. Returns the rows that have both; neither of the others
 * is there any more. NULL = too many groups, or no memory: the store has both. Any thread.
 */
struct group_rows *groups_merge(struct group_store *store, struct group_rows *left, struct group_rows *right);

/* group_key_text() - "-7", or "true". */
#define GROUP_TEXT 24
const char *group_key_text(const struct group_rows *rows, size_t row, char text[GROUP_TEXT]);

#endif
