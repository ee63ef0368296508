/* SPDX-License-Identifier: MIT */
/*
 * temporary_writer.c - puts another text into a small map without a file every ten seconds, for whoever wants to read
 * it. From an introduction to memory-mapped files in .NET.
 *
 *     temporary_writer [SECONDS [ROUNDS]]
 *
 * The map is gone with the last process that has it open. A mutex keeps the reader from seeing half a text.
 */

#include "seed.h"

#include <string.h>

#define SIZE 1024

static mmv_status lock(mmv_mutex *mutex)
{
    mmv_status status = mmv_mutex_lock(mutex, MMV_FOREVER);
    /* Somebody died while he had it. The whole text is written anew, so nothing is to be mended. */
    return status == MMV_EABANDONED ? MMV_OK : status;
}

/* With its NUL: what is left of a longer text before is not read. */
static mmv_status write_text(mmv_map *map, mmv_mutex *mutex, const char *text)
{
    mmv_stream stream;
    mmv_status status = mmv_stream_open(map, MMV_READ_WRITE, 0, SIZE, &stream);
    if (status)
        return status;
    status = lock(mutex);
    if (!status)
        status = mmv_stream_write(&stream, text, strlen(text) + 1);
    if (!status)
        status = mmv_mutex_unlock(mutex);
    mmv_stream_close(&stream);
    return status;
}

int main(int argc, char **argv)
{
    double seconds = seed_number(argc, argv, 1, 10);
    double rounds = seed_number(argc, argv, 2, 0); /* 0 = without end */
    mmv_map *map = NULL;
    mmv_mutex *mutex = NULL;
    mmv_shared_options options = {.mode = MMV_OPEN_OR_CREATE, .capacity = SIZE};

    mmv_status status = mmv_mutex_open(seed_name("global_share_memory_lock").text, &options, &mutex);
    if (!status)
        status = mmv_map_open_named(seed_name("global_share_memory").text, MMV_READ_WRITE, &options, &map);
    if (!status) {
        printf("创建共享内存完成...\n"); /* the shared memory is there */
        seed_sleep(seconds);
    }
    for (int round = 1; status == MMV_OK && (rounds == 0 || round <= rounds); round++) {
        char text[64];
        snprintf(text, sizeof text, "Hello World%d", round);
        status = write_text(map, mutex, text);
        if (status == MMV_OK) {
            printf("%s\n", text);
            seed_sleep(seconds);
        }
    }
    mmv_map_close(&map);
    mmv_mutex_close(&mutex);
    return status ? seed_fail("temporary_writer") : 0;
}
