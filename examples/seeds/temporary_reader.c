/* SPDX-License-Identifier: MIT */
/*
 * temporary_reader.c - prints every second what temporary_writer has put into the map that both know by name. From an
 * introduction to memory-mapped files in .NET, whose reader is a C++ program on the Win32 calls.
 *
 *     temporary_reader [SECONDS [ROUNDS]]
 */

#include "seed.h"

#define SIZE 1024

static mmv_status read_text(const mmv_view *view, mmv_mutex *mutex, char *text, size_t size)
{
    size_t count = 0;
    mmv_status status = mmv_mutex_lock(mutex, MMV_FOREVER);
    if (status && status != MMV_EABANDONED)
        return status;
    /* Fewer bytes than asked for are no error; whatever lies there, it ends. */
    status = mmv_view_read_array(view, 0, text, 1, size - 1, &count);
    text[count] = '\0';
    mmv_status unlocked = mmv_mutex_unlock(mutex);
    return status ? status : unlocked;
}

int main(int argc, char **argv)
{
    double seconds = seed_number(argc, argv, 1, 1);
    double rounds = seed_number(argc, argv, 2, 0); /* 0 = without end */
    char text[SIZE + 1];
    mmv_map *map = NULL;
    mmv_view view = {0};
    mmv_mutex *mutex = NULL;

    mmv_status status = mmv_map_open_named(seed_name("global_share_memory").text, MMV_READ, NULL, &map);
    if (status == MMV_ENOENT) {
        printf("无共享内存...\n"); /* no shared memory */
        return 1;
    }
    if (!status)
        status = mmv_mutex_open(seed_name("global_share_memory_lock").text, NULL, &mutex);
    if (!status)
        status = mmv_view_open(map, 0, 0, &view);
    for (int round = 1; status == MMV_OK && (rounds == 0 || round <= rounds); round++) {
        seed_sleep(seconds);
        status = read_text(&view, mutex, text, sizeof text);
        if (status == MMV_OK)
            printf("读取共享内存数据:%s\n", text); /* read from the shared memory */
    }
    mmv_view_close(&view);
    mmv_mutex_close(&mutex);
    mmv_map_close(&map);
    return status ? seed_fail("temporary_reader") : 0;
}
