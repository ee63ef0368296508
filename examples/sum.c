/* SPDX-License-Identifier: MIT */
/*
 * sum.c - a reduction whose result is the same to the last bit, for any number of threads: the sum of doubles, which
 * depends on the order of adding.
 *
 *     sum FILE [THREADS]        FILE holds doubles
 */

#include <mmview/mmview.h>

#include <stdio.h>
#include <stdlib.h>

static mmv_status add(const mmv_chunk *block, void *partial, void *user)
{
    const double *value = block->source;
    double *sum = partial;
    (void)user;
    for (size_t i = 0; i < block->count; i++)
        *sum += value[i];
    return MMV_OK;
}

static mmv_status join(void *left, const void *right, void *user)
{
    (void)user;
    *(double *)left += *(const double *)right;
    return MMV_OK;
}

static int complain(void)
{
    char line[512];
    mmv_error_format(mmv_last_error(), line, sizeof line);
    return fprintf(stderr, "sum: %s\n", line), 1;
}

int main(int argc, char **argv)
{
    mmv_map *map = NULL;
    double total = 0;
    const mmv_reduction sum = {.partial_size = sizeof total, .fold = add, .merge = join};
    mmv_walk_options options = {.record_size = sizeof total};
    if (argc < 2 || argc > 3)
        return fprintf(stderr, "usage: sum FILE [THREADS]\n"), 2;
    options.threads = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
    mmv_status status = mmv_map_open(argv[1], MMV_READ, &map);
    if (!status)
        status = mmv_reduce(map, &options, &sum, &total);
    mmv_map_close(&map);
    if (status)
        return complain();
    printf("%.17g\n", total);
    return 0;
}
