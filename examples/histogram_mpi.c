/* SPDX-License-Identifier: MIT */
/*
 * histogram_mpi: how often each byte value occurs in a file, counted by all processes of an MPI job: mpirun -n 8
 * histogram_mpi FILE
 *
 * Each process has a shard of the file and its own threads, each thread a row of counts of its own; MPI adds up in the
 * end.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <mmview/mmview.h>
#include <mmview/team.h>

#define VALUES 256

struct counts {
    uint64_t of[VALUES];
    char apart[128]; /* from the next thread's: they would share a cache line */
};

static mmv_status count(const mmv_chunk *chunk, void *user)
{
    struct counts *own = (struct counts *)user + chunk->thread;
    const unsigned char *bytes = chunk->source;
    for (size_t i = 0; i < chunk->count; i++)
        own->of[bytes[i]]++;
    return MMV_OK;
}

/* 0 on every process, or what failed on this one; who has only been stopped says nothing. */
static int histogram(mmv_team *team, const char *path)
{
    mmv_map *map = NULL;
    unsigned threads = mmv_default_threads();
    struct counts *counts = calloc(threads, sizeof *counts);
    mmv_status status = counts ? mmv_map_open(path, MMV_READ, &map) : mmv_error_set(MMV_ENOMEM, 0, "counts");
    /* Either all of them walk, or none: a walk is waited for by all. */
    if (mmv_team_max(team, status != MMV_OK) == 0)
        status = mmv_team_walk(team, map, &(mmv_walk_options){.threads = threads}, count, counts);
    else if (status == MMV_OK)
        status = MMV_ESTOPPED;
    for (unsigned t = 1; t < threads && status == MMV_OK; t++)
        for (unsigned value = 0; value < VALUES; value++)
            counts[0].of[value] += counts[t].of[value];
    if (status == MMV_OK)
        mmv_team_sum(team, counts[0].of, VALUES);
    for (unsigned value = 0; value < VALUES && status == MMV_OK && mmv_team_rank(team) == 0; value++)
        if (counts[0].of[value])
            printf("%3u %" PRIu64 "\n", value, counts[0].of[value]);
    if (status != MMV_OK && status != MMV_ESTOPPED) {
        char text[512];
        mmv_error_format(mmv_last_error(), text, sizeof text);
        fprintf(stderr, "histogram_mpi: %s\n", text);
    }
    mmv_map_close(&map);
    free(counts);
    return status == MMV_OK ? 0 : 1;
}

int main(int argc, char **argv)
{
    mmv_team *team;
    if (argc != 2) {
        fprintf(stderr, "usage: mpirun -n N histogram_mpi FILE\n");
        return 2;
    }
    if (mmv_team_join(&team) != MMV_OK)
        return 1;
    int result = histogram(team, argv[1]);
    mmv_team_leave(&team);
    return result;
}
