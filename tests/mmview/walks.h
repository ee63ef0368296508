/* SPDX-License-Identifier: MIT */
#ifndef TESTS_WALKS_H
#define TESTS_WALKS_H

/*
 * walks: one job in two versions - a function for the engine, and the naive loop over the whole file as its oracle.
 *
 * What is done to a byte depends on the number of its record and its place in it, so that a record that is left out,
 * done twice, torn or given the wrong number shows in the file.
 */

#include "check.h"
#include "scratch.h"

#include <stdatomic.h>

/* Records of a file, and where those computed from them go. Zero bytes mean the same as in mmv_walk_options. */
typedef struct layout {
    size_t record;
    uint64_t offset, stride, records;
    size_t out_record;
    uint64_t out_offset;
    unsigned halo;
} layout;

/* The user pointer of the functions below. */
typedef struct ledger {
    layout shape;
    atomic_uint wrong;        /* chunks that contradict the layout */
    _Atomic uint64_t records; /* handed over so far */
    _Atomic uint64_t last;    /* what tick was told last */
    atomic_uint backwards;    /* times tick was told less than before */
    uint64_t stop_at;         /* tick says stop from here on; 0 = never */
} ledger;

/* The file that most tests walk, and a place for another one: set-up and tear-down of a group of tests. */
extern struct walk_file {
    unsigned char *bytes;
    char path[512], out[512];
} walk_file;

int walk_file_begin(size_t size); /* it has the bytes of file_make(path, size, 1) */
int walk_file_end(void **state);

uint64_t layout_length(const layout *shape);
size_t layout_out_record(const layout *shape);

/* As many records as 'size' bytes hold. */
layout layout_filling(size_t size, size_t record, uint64_t offset, uint64_t stride);

/* Add to every byte of the records: in place, as function and as oracle. */
mmv_status add_in_place(const mmv_chunk *chunk, void *book);
void add_in_memory(unsigned char *file, const layout *shape);

/* Only look: every record must be as the file made by file_make(path, size, 1) has it. */
mmv_status compare_only(const mmv_chunk *chunk, void *book);

/* Look at nothing, only keep the book. */
mmv_status count_only(const mmv_chunk *chunk, void *book);

/* Each output record from its source record and the halo around it: as function and as oracle. */
mmv_status blend_to(const mmv_chunk *chunk, void *book);
void blend_in_memory(const unsigned char *in, unsigned char *out, const layout *shape);

/* Output records from nothing but their numbers. */
mmv_status generate(const mmv_chunk *chunk, void *book);
void generate_in_memory(unsigned char *out, const layout *shape);

/* A tick function that keeps the book. */
bool tick_in_book(uint64_t done, void *book);

/* Options for the layout, to which a test adds io, threads, window and budgets. */
mmv_walk_options options_for(const layout *shape, mmv_walk_stats *stats_ret);

/* Walk the file in place with these options, which must succeed, and compare it with the oracle. 'original' has the
   file's 'size' bytes, and the file has them again afterwards. */
void check_in_place(const char *path, const unsigned char *original, size_t size, const layout *shape,
                    const mmv_walk_options *how);

/* The same from one file into another, which is made 'out_size' bytes long; its other bytes must stay as they were. */
void check_to(const char *in_path, const unsigned char *in, const char *out_path, size_t out_size, const layout *shape,
              const mmv_walk_options *how);

/* A map that is open for the time of a test. */
mmv_map *open_map(const char *path, mmv_access access);

#endif
