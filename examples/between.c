/* SPDX-License-Identifier: MIT */
/*
 * between.c - which records of a sorted file lie between two keys: two binary searches, some dozen reads in a file of
 * any size.
 *
 *     between FILE FROM TO        FILE holds sorted uint64_t; prints the first index of [FROM, TO) and that behind the
 * last
 */

#include <mmview/mmview.h>

#include <stdio.h>
#include <stdlib.h>

static int by_value(const void *record, const void *key, void *user)
{
    uint64_t value = *(const uint64_t *)record, wanted = *(const uint64_t *)key;
    (void)user;
    return (value > wanted) - (value < wanted);
}

static int complain(void)
{
    char line[512];
    mmv_error_format(mmv_last_error(), line, sizeof line);
    return fprintf(stderr, "between: %s\n", line), 1;
}

int main(int argc, char **argv)
{
    mmv_map *map = NULL;
    uint64_t first = 0, end = 0;
    const mmv_search_options values = {.record_size = sizeof(uint64_t), .compare = by_value};
    if (argc != 4)
        return fprintf(stderr, "usage: between FILE FROM TO\n"), 2;
    uint64_t from = strtoull(argv[2], NULL, 0), to = strtoull(argv[3], NULL, 0);
    mmv_status status = mmv_map_open(argv[1], MMV_READ, &map);
    if (!status)
        status = mmv_lower_bound(map, &values, &from, &first);
    if (!status)
        status = mmv_lower_bound(map, &values, &to, &end);
    mmv_map_close(&map);
    if (status)
        return complain();
    printf("%llu %llu\n", (unsigned long long)first, (unsigned long long)end);
    return 0;
}
