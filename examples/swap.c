/* SPDX-License-Identifier: MIT */
/*
 * swap.c - a job that may be killed: exchange the bytes of every 16-bit sample of a file, in place. Done twice it would
 * be undone; with a journal the same command finishes what was begun, and swaps nothing twice.
 *
 *     swap FILE
 */

#include <mmview/mmview.h>

#include <stdio.h>
#include <stdlib.h>

/* Called by many threads at once, each time with another array of whole samples. */
static mmv_status swap(const mmv_chunk *chunk, void *user)
{
    uint16_t *sample = chunk->data;
    (void)user;
    for (size_t i = 0; i < chunk->count; i++)
        sample[i] = (uint16_t)(sample[i] << 8 | sample[i] >> 8);
    return MMV_OK;
}

static mmv_status run(const char *file, mmv_walk_stats *stats)
{
    mmv_map *map = NULL;
    mmv_journal *journal = NULL;
    char *path = NULL;
    mmv_journal_options how = {.mode = MMV_JOURNAL_KILL, .operation = "swap16", .files = 1};
    mmv_status status = mmv_map_open(file, MMV_READ_WRITE, &map);
    if (!status)
        status = mmv_journal_name(map, 0, 0, 0, &path);
    if (!status)
        status = mmv_journal_open(path, &how, &journal);
    if (!status) {
        mmv_walk_options options = {.record_size = sizeof(uint16_t), .journal = journal, .stats = stats};
        status = mmv_walk(map, &options, swap, NULL);
    }
    /* The last step: whoever is killed before it goes on, whoever is killed behind it begins anew. */
    if (!status)
        status = mmv_journal_end(journal, MMV_JOURNAL_FINISHED);
    mmv_journal_close(&journal);
    free(path);
    mmv_map_close(&map);
    return status;
}

int main(int argc, char **argv)
{
    mmv_walk_stats stats = {0};
    if (argc != 2)
        return fprintf(stderr, "usage: swap FILE\n"), 2;
    mmv_guard_enable();
    if (run(argv[1], &stats)) {
        char line[512];
        mmv_error_format(mmv_last_error(), line, sizeof line);
        return fprintf(stderr, "swap: %s\n", line), 1;
    }
    printf("%llu samples, %llu bytes of them by the run before\n", (unsigned long long)stats.records,
           (unsigned long long)stats.resumed);
    return 0;
}
