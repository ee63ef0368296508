/* SPDX-License-Identifier: MIT */
/* process_a.c - makes a map and a mutex, and reads what two other processes have left in the map, see processes.h. */

#include "processes.h"

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
    mmv_status status = processes_write(map, 0, 1);
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
    mmv_status status = mmv_mutex_open(seed_name(PROCESSES_MUTEX).text, &make_mutex, &mutex);
    if (!status)
        status = mmv_mutex_lock(mutex, MMV_FOREVER);
    if (!status)
        status = mmv_map_open_named(seed_name(PROCESSES_MAP).text, MMV_READ_WRITE, &make_map, &map);
    if (!status)
        status = talk(map, mutex);
    mmv_map_close(&map);
    mmv_mutex_close(&mutex); /* unlocks it, if need be */
    return status ? seed_fail("process_a") : 0;
}
