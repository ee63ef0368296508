/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_SHARDS_H
#define TOOLS_SHARDS_H

/*
 * shards: which shard of the work this process has, from the command line or from the scheduler that started it.
 *
 *     --shard=K/N  --shard-index=I --shard-count=N  --shard=auto
 */

#include <stdbool.h>
#include <stdint.h>

#include "kit/cli/console.h"

struct shard_settings {
    const char *text, *index_text, *count_text; /* as given; NULL = not */
    uint64_t index;                             /* from 0 */
    uint64_t count;                             /* 0 = everything */
    const char *scheduler;                      /* whose variables were read; NULL = none's */
};

/*
 * shards_resolve() - what the texts mean, after all options are known. Returns an exit status; what is wrong was said.
 *
 * With auto the numbers are those of the first of these that has set its variables: a Slurm array, alone or with
 * mpirun or srun in its tasks, Open MPI, MPICH, srun, a Kubernetes indexed job (which has no count: --shard-count),
 * AWS Batch, GNU parallel.
 */
int shards_resolve(struct shard_settings *shard, const struct console *console);

#endif
