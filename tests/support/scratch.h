/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

/*
 * scratch: the files of one test program, in a fresh directory that goes away when the process ends.
 *
 * Everything here ends the process when the system refuses: a test without its files can say nothing.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The path of 'name' in the present directory, good until 32 more were asked for. */
const char *scratch(const char *name);

/* Make a directory below 'base' the present one; NULL = $TMPDIR or /tmp. False when there is no such place. */
bool scratch_use(const char *base);

/* Bytes that differ everywhere: data[i] depends on seed and i. */
void fill(void *data, size_t size, uint64_t seed);

void file_put(const char *path, const void *data, size_t size); /* create, or replace all bytes */
void file_put_at(const char *path, const void *data, size_t size, uint64_t offset);
void file_make(const char *path, size_t size, uint64_t seed); /* fill() in a file */
void file_sparse(const char *path, uint64_t size);            /* nothing but a hole */

/* Make a file shorter, also one that somebody has mapped, whatever the system thinks of that. */
void file_cut(const char *path, uint64_t size);
void file_get(const char *path, void *data, size_t size, uint64_t offset);
bool file_is(const char *path, const void *data, size_t size); /* exactly these bytes */
bool file_exists(const char *path);
uint64_t file_length(const char *path);
uint64_t file_allocated(const char *path); /* bytes of real blocks */

/* The first byte at or behind 'offset' that is not in a hole; the length when there is none. */
uint64_t file_next_data(const char *path, uint64_t offset);

/* Open descriptors of this process. */
unsigned open_descriptors(void);

/* What mappings start at, whatever fault_page_size() claims: budgets are multiples of it. */
size_t system_page(void);

#endif
