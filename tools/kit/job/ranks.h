/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_RANKS_H
#define TOOLS_RANKS_H

/*
 * ranks: the processes that mpirun or srun has started as one job, of which each does a shard of the work.
 *
 * MPI is loaded when a launcher says that there are several processes, and only then: a command that was started alone
 * has no team, and with a NULL team every function here does what is right for one process.
 */

#include <mmview/team.h>

#include "kit/cli/progress.h"
#include "kit/cli/report.h"
#include "kit/job/shards.h"

struct ranks;

/* ranks_hush() - before the command line is looked at: what is wrong with it is said by one process, not by all. */
void ranks_hush(struct console *console);

/*
 * ranks_join() - find the other processes, if there are any.
 * Shape:   *ranks_ret is NULL when this process works alone: nothing has started several, or 'shard' says which shard
 *          of the work it has. Otherwise 'shard' becomes that shard, on all ranks but the first 'console' says nothing
 *          but errors, and all have the same arguments. Returns an exit status; what is wrong was said. ranks_leave()
 *          in any case.
 */
int ranks_join(struct ranks **ranks_ret, struct console *console, struct shard_settings *shard, int argc, char **argv);
void ranks_leave(struct ranks **ranks);

/* ranks_shard() - which shard of the whole this process has; count 0 when it is alone. */
void ranks_shard(const struct ranks *ranks, struct shard_settings *shard_ret);

/* ranks_first() - whether this one speaks for all: it alone writes to stdout. */
bool ranks_first(const struct ranks *ranks);

/*
 * ranks_agree() - the worst of all exit statuses, for all. ranks_agree_first() - the same where ranks were hushed: one
 * that refuses what the first rank does not says so. ranks_any() - whether something is true on at least one rank.
 */
bool ranks_any(struct ranks *ranks, bool here);
int ranks_agree(struct ranks *ranks, int status);
int ranks_agree_first(struct ranks *ranks, const struct console *console, int status);

/*
 * ranks_same_file() - whether all have opened a FILE of this name and size. Returns an exit status, the same for all.
 */
int ranks_same_file(struct ranks *ranks, const struct console *console, const char *name, uint64_t size);

/* As mmv_team_*: see team.h. */
void ranks_sum(struct ranks *ranks, uint64_t *counts, size_t count);
uint64_t ranks_max(struct ranks *ranks, uint64_t value);
mmv_status ranks_gather(struct ranks *ranks, const void *bytes, size_t size, mmv_team_fn *fn, void *user);

/*
 * ranks_begin() - before walks with these options, as many as this process needs: their ticks move 'progress', on the
 * first rank by what all have done. ranks_end() - after them: waits for the others, and stops them when this one
 * failed. Returns an exit status, the worst of all.
 */
void ranks_begin(struct ranks *ranks, mmv_walk_options *options, struct progress *progress);
int ranks_end(struct ranks *ranks, int status);

/* ranks_report() - what all did together. */
void ranks_report(struct ranks *ranks, struct report *report);

#endif
