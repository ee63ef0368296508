/* SPDX-License-Identifier: MIT */
/*
 * lookup.c - random access to a file of any size within 16 MiB of mappings: binary search in sorted 64-bit keys.
 *
 *     lookup FILE KEY...        FILE holds sorted uint64_t; prints where each key is
 */

#include <mmview/mmview.h>

#include <stdio.h>
#include <stdlib.h>

/* The index of the first key that is not less; the pointer of a lease is good until the next lease of the cursor. */
static mmv_status search(mmv_cursor *cursor, uint64_t keys, uint64_t wanted, uint64_t *index_ret)
{
    uint64_t low = 0;
    uint64_t high = keys;
    while (low < high) {
        size_t left;
        uint64_t middle = low + (high - low) / 2;
        const uint64_t *key = mmv_acquire(cursor, middle * sizeof *key, sizeof *key, &left);
        if (!key)
            return cursor->status;
        if (*key < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    *index_ret = low;
    return mmv_release(cursor);
}

static int complain(mmv_status status)
{
    char line[512];
    if (!status)
        return 0;
    mmv_error_format(mmv_last_error(), line, sizeof line);
    return fprintf(stderr, "lookup: %s\n", line), 1;
}

int main(int argc, char **argv)
{
    mmv_map *map = NULL;
    mmv_pool *pool = NULL;
    mmv_cursor cursor = {0};
    if (argc < 3)
        return fprintf(stderr, "usage: lookup FILE KEY...\n"), 2;
    mmv_status status = mmv_map_open(argv[1], MMV_READ, &map);
    if (!status)
        status = mmv_pool_create(&(mmv_pool_options){.max_mapped = 16 * MMV_MIB}, &pool);
    if (!status)
        status = mmv_cursor_open(pool, map, &cursor);
    for (int i = 2; i < argc && !status; i++) {
        uint64_t index = 0;
        uint64_t wanted = strtoull(argv[i], NULL, 0);
        status = search(&cursor, mmv_map_capacity(map) / sizeof wanted, wanted, &index);
        if (!status)
            printf("%s %llu\n", argv[i], (unsigned long long)index);
    }
    mmv_cursor_close(&cursor);
    mmv_pool_destroy(&pool);
    mmv_map_close(&map);
    return complain(status);
}
