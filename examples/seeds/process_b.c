/* SPDX-License-Identifier: MIT */
/*
 * process_b.c - leaves a 0 at byte 1 of the map that process_a has made, while it holds the mutex. From the documentation
 * of memory-mapped files in .NET.
 */

#include "seed.h"

static mmv_status write_number(mmv_map *map, uint64_t offset, int32_t number)
{
    mmv_stream stream;
    mmv_status status = mmv_stream_open(map, MMV_READ_WRITE, offset, 0, &stream);
    if (status)
        return status;
    status = mmv_stream_write(&stream, &number, sizeof number);
    mmv_stream_close(&stream);
    return status;
}

int main(void)
{
    mmv_map *map = NULL;
    mmv_mutex *mutex = NULL;
    mmv_status status = mmv_map_open_named(seed_name("testmap").text, MMV_READ_WRITE, NULL, &map);
    if (status == MMV_ENOENT) {
        printf("Memory-mapped file does not exist. Run Process A first.\n");
        return 1;
    }
    if (!status)
        status = mmv_mutex_open(seed_name("testmapmutex").text, NULL, &mutex);
    if (!status)
        status = mmv_mutex_lock(mutex, MMV_FOREVER);
    if (!status)
        status = write_number(map, 1, 0);
    mmv_mutex_close(&mutex); /* unlocks it */
    mmv_map_close(&map);
    return status ? seed_fail("process_b") : 0;
}
