/* SPDX-License-Identifier: MIT */
/*
 * process_a.c - three processes leave a value each in a small map without a file, one at a time under a mutex; this one
 * makes both, and reads what all have said. From the documentation of memory-mapped files in .NET.
 *
 *     process_a        and while it waits for ENTER: process_b, then process_c
 *
 * Everybody writes a 32-bit number, one byte behind the other's: the first byte of each is what is read in the end.
 */

#include "seed.h"

static mmv_status write_number(mmv_map *map, int32_t number)
{
    mmv_stream stream;
    mmv_status status = mmv_stream_open(map, MMV_READ_WRITE, 0, 0, &stream);
    if (status)
        return status;
    status = mmv_stream_write(&stream, &number, sizeof number);
    mmv_stream_close(&stream);
    return status;
}

static mmv_status print_all(mmv_map *map)
{
    unsigned char said = 0;
    size_t done;
    mmv_stream stream;
    mmv_status status = mmv_stream_open(map, MMV_READ, 0, 0, &stream);
    if (status)
        return status;
    for (char process = 'A'; process <= 'C' && status == MMV_OK; process++) {
        status = mmv_stream_read(&stream, &said, 1, &done);
        if (status == MMV_OK)
            printf("Process %c says: %s\n", process, said ? "True" : "False");
    }
    mmv_stream_close(&stream);
    return status;
}

static mmv_status talk(mmv_map *map, mmv_mutex *mutex)
{
    mmv_status status = write_number(map, 1);
    if (!status)
        status = mmv_mutex_unlock(mutex);
    if (status)
        return status;
    printf("Start Process B and press ENTER to continue.\n");
    seed_wait_for_enter();
    printf("Start Process C and press ENTER to continue.\n");
    seed_wait_for_enter();
    status = mmv_mutex_lock(mutex, MMV_FOREVER);
    return status ? status : print_all(map);
}

int main(void)
{
    mmv_map *map = NULL;
    mmv_mutex *mutex = NULL;
    mmv_shared_options make_mutex = {.mode = MMV_OPEN_OR_CREATE};
    mmv_shared_options make_map = {.mode = MMV_CREATE_NEW, .capacity = 10000};

    /* The mutex first, and held: whoever finds the map finds a mutex that is not free before the map is filled. */
    mmv_status status = mmv_mutex_open(seed_name("testmapmutex").text, &make_mutex, &mutex);
    if (!status)
        status = mmv_mutex_lock(mutex, MMV_FOREVER);
    if (!status)
        status = mmv_map_open_named(seed_name("testmap").text, MMV_READ_WRITE, &make_map, &map);
    if (!status)
        status = talk(map, mutex);
    mmv_map_close(&map);
    mmv_mutex_close(&mutex); /* unlocks it, if need be */
    return status ? seed_fail("process_a") : 0;
}
