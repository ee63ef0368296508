/* SPDX-License-Identifier: MIT */
/*
 * histogram.c - counts by all threads: each into an array of its own, and the arrays are added at the end. The result
 * is the same for any number of threads, window size and backend, since counts are exact. Sums of floats are not:
 * sum.c.
 *
 *     histogram FILE        how often each value of a file of 8-bit samples occurs
 */

#include <mmview/mmview.h>

#include <stdio.h>
#include <stdlib.h>

struct counts {
    uint64_t of[256];
};

static mmv_status count(const mmv_chunk *chunk, void *user)
{
    struct counts *own = (struct counts *)user + chunk->thread;
    const uint8_t *byte = chunk->source;
    for (size_t i = 0; i < chunk->count; i++)
        own->of[byte[i]]++;
    return MMV_OK;
}

static int complain(void)
{
    char line[512];
    mmv_error_format(mmv_last_error(), line, sizeof line);
    return fprintf(stderr, "histogram: %s\n", line), 1;
}

int main(int argc, char **argv)
{
    mmv_map *map = NULL;
    unsigned threads = mmv_default_threads();
    struct counts *each = calloc(threads, sizeof *each);
    if (argc != 2 || !each)
        return fprintf(stderr, "usage: histogram FILE\n"), free(each), 2;
    mmv_status status = mmv_map_open(argv[1], MMV_READ, &map);
    if (!status)
        status = mmv_walk(map, &(mmv_walk_options){.threads = threads}, count, each);
    mmv_map_close(&map);
    if (status)
        return free(each), complain();
    for (int value = 0; value < 256; value++) {
        uint64_t sum = 0;
        for (unsigned i = 0; i < threads; i++)
            sum += each[i].of[value];
        if (sum)
            printf("%3d %llu\n", value, (unsigned long long)sum);
    }
    free(each);
    return 0;
}
