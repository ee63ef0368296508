/* SPDX-License-Identifier: MIT */
/*
 * native: whether a library of the package does its work where it was built for. Prints "ok".
 *
 *     native FILE     makes FILE, 3 MiB, changes it by a walk of several threads, and maps memory by a name
 */
#include <stdio.h>
#include <string.h>

#include <mmview/mmview.h>

enum { BYTES = 3 << 20 };

static int fail(const char *what)
{
    char text[1024];
    mmv_error_format(mmv_last_error(), text, sizeof text);
    fprintf(stderr, "native: %s: %s\n", what, text);
    return 1;
}

static mmv_status add_one(const mmv_chunk *chunk, void *user)
{
    (void)user;
    for (size_t i = 0; i < chunk->count; i++)
        ((unsigned char *)chunk->data)[i]++;
    return MMV_OK;
}

static int sum_of(mmv_map *map, uint64_t *sum_ret)
{
    mmv_view view;
    if (mmv_view_open(map, 0, 0, &view))
        return fail("view");
    *sum_ret = 0;
    for (size_t i = 0; i < view.length; i++)
        *sum_ret += ((const unsigned char *)view.data)[i];
    mmv_view_close(&view);
    return 0;
}

static int walk(const char *path)
{
    mmv_map *map = NULL;
    mmv_map_options create = {.mode = MMV_CREATE, .capacity = BYTES};
    mmv_walk_stats stats = {0};
    mmv_walk_options options = {.record_size = 1, .threads = 2, .io = MMV_IO_MMAP, .stats = &stats};
    uint64_t sum;
    if (mmv_map_open_with(path, MMV_READ_WRITE, &create, &map))
        return fail("open");
    if (mmv_walk(map, &options, add_one, NULL))
        return fail("walk");
    if (sum_of(map, &sum))
        return 1;
    mmv_map_close(&map);
    if (sum == BYTES && stats.records == BYTES)
        return 0;
    fprintf(stderr, "native: a sum of %llu\n", (unsigned long long)sum);
    return 1;
}

static int share(void)
{
    mmv_map *mine = NULL, *again = NULL;
    mmv_shared_options create = {.mode = MMV_CREATE_NEW, .capacity = 5000};
    if (mmv_map_open_named("dotnet-native", MMV_READ_WRITE, &create, &mine) ||
        mmv_map_open_named("dotnet-native", MMV_READ, NULL, &again))
        return fail("name");
    int result = mmv_map_capacity(again) < 5000;
    mmv_map_close(&again);
    mmv_map_close(&mine);
    return result;
}

int main(int argc, char **argv)
{
    if (argc != 2 || strcmp(mmv_version(), MMV_VERSION) != 0)
        return 2;
    if (walk(argv[1]) || share())
        return 1;
    printf("ok\n");
    return 0;
}
