/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_TEAM_H
#define MMVIEW_TEAM_H

/*
 * team: the processes of an MPI job that work on one file together.
 *
 *     rank 0    |=== shard 0 ===|  \
 *     rank 1    |=== shard 1 ===|   > sums, maxima, bytes of each: the same on every rank
 *     rank 2    |=== shard 2 ===|  /
 *
 *     mmv_team *team;
 *     mmv_team_join(&team);
 *     mmv_team_walk(team, image, &(mmv_walk_options){.record_size = 8}, count, counts);
 *     mmv_team_sum(team, counts, 65536);
 *     if (mmv_team_rank(team) == 0)
 *         print(counts);
 *     mmv_team_leave(&team);
 *
 * Needs nothing of the MPI that the library was built with: see mpi.h for a communicator of your own.
 *
 * Functions that are called collective are called by every rank of the team, in the same order; the others by any.
 * MPI's own errors end the job with MPI's message, as MPI does unless it is told otherwise.
 */

#include <mmview/walk.h>

MMV_BEGIN_DECLS

typedef struct mmv_team mmv_team;

/*
 * mmv_team_join() - become a member of the team of all processes that were started together. Collective.
 * Shape:   starts MPI when that has not been done, with MPI_THREAD_SERIALIZED: one thread at a time calls it.
 * Owner:   the caller, until mmv_team_leave(), which ends MPI if this has started it.
 * Errors:  MMV_ENOMEM on all ranks when one has none; MMV_ECLOSED when MPI was ended already.
 */
MMV_API mmv_status mmv_team_join(mmv_team **team_ret);
MMV_API void mmv_team_leave(mmv_team **team);

/* mmv_team_rank() - which process this is: 0 .. size - 1. mmv_team_size() - how many there are. */
MMV_API uint64_t mmv_team_rank(const mmv_team *team);
MMV_API uint64_t mmv_team_size(const mmv_team *team);

/*
 * mmv_team_sum() - replace counts[0..count) by the sums over all ranks. Collective.
 * Shape:   exact modulo 2^64, hence the same in any order. Any count, also beyond 2^31.
 */
MMV_API void mmv_team_sum(mmv_team *team, uint64_t *counts, size_t count);

/* mmv_team_max() - the largest of all ranks' values. Collective. */
MMV_API uint64_t mmv_team_max(mmv_team *team, uint64_t value);

/*
 * mmv_team_gather() - show every rank the bytes of each, in the order of the ranks. Collective.
 * Shape:   'fn' is called once for each rank, with bytes that live until it returns. Any size, also beyond 2^31, and
 *          a different one on each rank.
 * Errors:  MMV_ENOMEM when a rank has no room for the bytes of another; what 'fn' returned.
 */
typedef mmv_status mmv_team_fn(void *user, uint64_t rank, const void *bytes, size_t size);
MMV_API mmv_status mmv_team_gather(mmv_team *team, const void *bytes, size_t size, mmv_team_fn *fn, void *user);

/*
 * mmv_team_walk() - mmv_walk() by the whole team: each rank works on its shard of the range. Collective.
 * Shape:   options as for mmv_walk(), the same on every rank but for threads, tick, stats and journal, which are each
 *          rank's own. A chunk's index counts from the start of the whole range. 'tick' gets on rank 0 the bytes that
 *          all ranks have done, on the others their own. No halo: MMV_EINVAL(halo).
 * Errors:  as mmv_walk(). A rank that fails stops the others at the end of their windows: these return MMV_ESTOPPED.
 *          On network file systems a record that lies across a shard's border is MMV_EINVAL(record_size); what was
 *          changed is on the server before any rank returns.
 * Source:  borders as mmv_shard() has them.
 */
MMV_API mmv_status mmv_team_walk(mmv_team *team, mmv_map *map, const mmv_walk_options *options, mmv_walk_fn *fn,
                                 void *user);

/*
 * mmv_team_walk_to() - the same for mmv_walk_to(), whose parameters it has behind the team: six, so that both are
 * called alike. 'out' must be as long as the whole before: no rank makes it longer.
 */
MMV_API mmv_status mmv_team_walk_to(mmv_team *team, mmv_map *in, mmv_map *out, const mmv_walk_options *options,
                                    mmv_walk_fn *fn, void *user);

/*
 * What mmv_team_walk() is made of, for walks that are divided in another way:
 *
 *     mmv_team_begin(team, tick, user);                          'tick' as above; NULL = none
 *     options.tick = mmv_team_tick; options.tick_user = team;    and any walk with these
 *     fine = mmv_team_end(team, status == MMV_OK);               waits for the others
 *
 * mmv_team_begin() and mmv_team_end() are collective. mmv_team_end() returns whether all ranks said so; a false one
 * stops the others.
 */
MMV_API void mmv_team_begin(mmv_team *team, mmv_tick_fn *tick, void *user);
MMV_API bool mmv_team_tick(uint64_t done, void *team);
MMV_API bool mmv_team_end(mmv_team *team, bool fine);

MMV_END_DECLS

#endif
