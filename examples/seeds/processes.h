/* SPDX-License-Identifier: MIT */
#ifndef PROCESSES_H
#define PROCESSES_H

/*
 * processes.h - three processes leave a value each in a small map without a file, one at a time under a mutex. From the
 * documentation of memory-mapped files in .NET.
 *
 *     process_a        and while it waits for ENTER: process_b, then process_c
 *
 * Everybody writes a 32-bit number, one byte behind the other's: the first byte of each is what is read in the end.
 */

#include "seed.h"

#define PROCESSES_MAP "testmap"
#define PROCESSES_MUTEX "testmapmutex"

static inline mmv_status processes_write(mmv_map *map, uint64_t offset, int32_t number)
{
    mmv_stream stream;
    mmv_status status = mmv_stream_open(map, MMV_READ_WRITE, offset, 0, &stream);
    if (status)
        return status;
    status = mmv_stream_write(&stream, &number, sizeof number);
    mmv_stream_close(&stream);
    return status;
}

/* What B and C do: find the map and the mutex that A has made, and write while they hold it. Returns an exit status. */
static inline int processes_leave(const char *program, const char *hint, uint64_t offset, int32_t number)
{
    mmv_map *map = NULL;
    mmv_mutex *mutex = NULL;
    mmv_status status = mmv_map_open_named(seed_name(PROCESSES_MAP).text, MMV_READ_WRITE, NULL, &map);
    if (status == MMV_ENOENT) {
        printf("Memory-mapped file does not exist. %s\n", hint);
        return 1;
    }
    if (!status)
        status = mmv_mutex_open(seed_name(PROCESSES_MUTEX).text, NULL, &mutex);
    if (!status)
        status = mmv_mutex_lock(mutex, MMV_FOREVER);
    if (!status)
        status = processes_write(map, offset, number);
    mmv_mutex_close(&mutex); /* unlocks it */
    mmv_map_close(&map);
    return status ? seed_fail(program) : 0;
}

#endif
