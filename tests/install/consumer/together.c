/* SPDX-License-Identifier: MIT */
/* Counts the bytes of a file, as one of any number of processes. */
#include <mmview/mpi.h>

#include <stdio.h>

static mmv_status count(const mmv_chunk *chunk, void *user)
{
    *(uint64_t *)user += chunk->count;
    return MMV_OK;
}

int main(int argc, char **argv)
{
    mmv_map *map;
    mmv_team *team;
    uint64_t bytes = 0;
    MPI_Init(&argc, &argv);
    if (argc != 2 || mmv_team_of(MPI_COMM_WORLD, &team) || mmv_map_open(argv[1], MMV_READ, &map) ||
        mmv_team_walk(team, map, &(mmv_walk_options){.threads = 1}, count, &bytes))
        return 1;
    mmv_team_sum(team, &bytes, 1);
    printf("%llu bytes\n", (unsigned long long)bytes);
    mmv_map_close(&map);
    mmv_team_leave(&team);
    return MPI_Finalize();
}
