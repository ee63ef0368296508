/* SPDX-License-Identifier: MIT */
#ifndef MMREC_PARTIAL_H
#define MMREC_PARTIAL_H

/*
 * partial: what is known of the records of some blocks, as a file that --join takes in.
 *
 * Blocks are merged as a binary tree over their numbers, as mmv_reduce() does. A part has some nodes of that tree:
 *
 *     blocks    0 1 2 3 4 5 6 7 8 9        two parts of ten blocks
 *     part 1    |  0..3 |4|
 *     part 2              |5|6,7|8,9|
 */

#include "mmrec/groups.h"
#include "mmrec/subject.h"

#define PARTIAL_NODES 128 /* of a part: two for each level of the tree */

/* 2^level blocks, from number index * 2^level on; the last block of the range may be short. */
struct partial_node {
    unsigned level;
    uint64_t index;
    struct group_rows *rows; /* without --by one row, whose key means nothing; of the store */
};

/* The range and its blocks: all parts have the same. */
struct partial_range {
    uint64_t offset, length; /* bytes */
    uint64_t block;          /* records of a block */
    uint64_t blocks;
    uint64_t records;
};

struct partial {
    struct partial_range range;
    uint64_t index, count; /* which part, of how many */
    uint64_t asked;        /* a checksum of what was asked of which records */
    struct partial_node nodes[PARTIAL_NODES];
    size_t node_count;
};

/* What one was packed into. */
struct partial_bytes {
    void *at;
    size_t length;
};

/* partial_first() - number of the first block of a part; with index == count behind the last block. */
uint64_t partial_first(uint64_t blocks, uint64_t index, uint64_t count);

/* partial_cut() - the part's nodes, without rows. */
void partial_cut(struct partial *partial);

/*
 * partial_pack() - as bytes, for a file or for another process.
 * Owner:   bytes_ret->at is the caller's, for free(3). False = no memory.
 */
bool partial_pack(const struct partial *partial, const struct command *command, struct partial_bytes *bytes_ret);

/*
 * partial_unpack() - what was packed for a command that asks for the same of the same records; rows are of the store.
 * Returns NULL, or what is wrong. partial_read() - the same of a file. Returns an exit status; what is wrong was said.
 */
const char *partial_unpack(struct partial *partial, const struct command *command, struct group_store *store,
                           const struct partial_bytes *packed);
int partial_read(struct partial *partial, const struct command *command, struct group_store *store, const char *path);

/*
 * partial_join() - the rows of all blocks, from the nodes of all parts in the order of their blocks. NULL = blocks are
 * missing or there twice, or see groups_merge().
 */
struct group_rows *partial_join(struct group_store *store, const struct partial_node *nodes, size_t count,
                                uint64_t blocks);

#endif
