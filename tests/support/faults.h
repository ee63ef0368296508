/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FAULTS_H
#define TESTS_FAULTS_H

/*
 * faults: calls of the system that fail when a test wants them to.
 *
 * A program that is linked with the wrappers (WRAP in tests/mmview/CMakeLists.txt) counts every call below and can make
 * the n-th one, or all, return an errno value instead of doing its work. Calls inside one of the os files are not
 * seen, as --wrap only redirects calls between files.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum fault_call {
    FAULT_MAP_AT,
    FAULT_RESERVE,
    FAULT_MEMORY,
    FAULT_READ,
    FAULT_WRITE,
    FAULT_WRITE_STREAM,
    FAULT_ADVISE,
    FAULT_OPEN_DIRECT,
    FAULT_QUEUE_OPEN,
    FAULT_QUEUE_BEGIN,
    FAULT_QUEUE_FETCH,
    FAULT_ALLOCATE,
    FAULT_RESIZE,
    FAULT_SYNC,
    FAULT_FACTS,
    FAULT_VACATE,
    FAULT_OPEN,
    FAULT_REMOVE,
    FAULT_LOCK,
    FAULT_SYNC_DATA,
    FAULT_CREATE_HIDDEN,
    FAULT_PUBLISH,
    FAULT_SYNC_DIRECTORY,
    FAULT_REAL_PATH,
    FAULT_LIST,
    FAULT_NOTE_SET,
    FAULT_NOTE_GET,
    FAULT_NOTE_REMOVE,
    FAULT_NOTES,
    FAULT_RANDOM,
    FAULT_MAP,
    FAULT_CREATE_MEMORY,
    FAULT_OPEN_SHARED,
    FAULT_PERMISSIONS,
    FAULT_ROBUST,
    FAULT_CALLS
} fault_call;

/* The n-th call from now on (1 = the next) returns 'error'; n = 0: every call does. */
void fault_at(fault_call call, unsigned n, int error);

/* How often it was called since the last fault_at() or fault_reset(). */
unsigned fault_count(fault_call call);

/* The most bytes that one call of mmv__os_memory() asked for since fault_reset(). */
size_t fault_largest_memory(void);

/* Run 'hook' in the calling thread before each such call. */
void fault_hook(fault_call call, void (*hook)(void));

/* No faults, counters at 0, a real page size, real limits, the processors that there are. */
void fault_reset(void);

/* The same as the tear-down of a test. */
int fault_end(void **state);

/* What mmv__os_page_size() claims; 0 = the truth. */
void fault_page_size(size_t page);

/* What mmv__os_processors() claims; 0 = the truth. */
void fault_processors(unsigned processors);

/* What mmv__os_ticks() claims, a clock that stands still; 0 = the truth. */
void fault_ticks(uint64_t nanoseconds);

/* mmv__os_clock() tells this many seconds; NULL = the truth. */
void fault_clock(const _Atomic double *seconds);

/* What mmv__os_get_limits() and mmv__os_maps_badly() claim; 0 and NULL = the truth. */
void fault_memory_available(uint64_t bytes);
void fault_address_space(uint64_t bytes);
void fault_file_system(const char *name);

/* What mmv__os_is_cold() claims of all bytes: the truth, that they are in memory, or that they are not. */
enum { FAULT_COLD_TRUE, FAULT_COLD_NONE, FAULT_COLD_ALL };
void fault_cold(int claim);

/* What mmv__os_read_ahead() claims; 0 = the truth. */
void fault_read_ahead(uint64_t bytes);

/* What mmv__os_boot(), mmv__os_is_remote() and mmv__os_locks_alone() claim; NULL = the truth. */
void fault_boot(const char *text);
void fault_remote(const char *name);
void fault_lone(const char *name);

/* What mmv__os_instance() claims of every file: the truth, nothing, or another number of that kind. */
enum { FAULT_INSTANCE_TRUE, FAULT_INSTANCE_SURE, FAULT_INSTANCE_MOUNT, FAULT_INSTANCE_NONE };
void fault_instance(int kind);

#endif
