/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_PARTIALS_H
#define MMVIEW_PARTIALS_H

/* partials: the tree of partial results of a reduction, for the library's own files. */

#include <mmview/reduce.h>

/* 2^level blocks from number index * 2^level on. */
typedef struct mmv__node {
    struct mmv__node *next;
    uint64_t index;
    unsigned level;
    _Alignas(max_align_t) unsigned char partial[];
} mmv__node;

const mmv_reduction *mmv__partials_reduction(const mmv_partials *partials);

/* Say of how many blocks the range is made, each of so many records. MMV_EINVAL(partials): it was said otherwise. */
mmv_status mmv__partials_begin(mmv_partials *partials, uint64_t blocks, uint64_t block);

/* A block's node, its partial as 'initial', for mmv__partials_join() or free(3). NULL = no memory. */
mmv__node *mmv__partials_node(const mmv_partials *partials, uint64_t block);

/* Takes the node, also when it fails. Any thread. */
mmv_status mmv__partials_join(mmv_partials *partials, mmv__node *node);

#endif
