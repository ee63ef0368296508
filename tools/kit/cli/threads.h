/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_THREADS_H
#define TOOLS_THREADS_H

/* threads: how many to use when nobody said, and the environment of the OpenMP runtime. */

/*
 * threads_default() - the library's count (affinity mask, cgroup quota), not more than OMP_NUM_THREADS and
 * SLURM_CPUS_PER_TASK say.
 */
unsigned threads_default(void);

#endif
