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
 * This header does not need the MPI that the library was built with. See mpi.h for a communicator of your own.
 *
 * Every rank of the team must call the functions that are marked "Collective", in the same order. Any rank may call the
 * other functions alone. MPI's own errors end the job with MPI's message, as MPI does unless it is told otherwise.
 */

#include <mmview/walk.h>

MMV_BEGIN_DECLS

typedef struct mmv_team mmv_team;

/*
 * mmv_team_join() - become a member of the team of all processes that were started together. Collective.
 * Shape:   starts MPI when nobody has started it, with MPI_THREAD_SERIALIZED: one thread at a time calls MPI.
 * Owner:   the caller, until mmv_team_leave(), which ends MPI if mmv_team_join() has started it.
 * Errors:  MMV_ENOMEM on all ranks when one rank lacks memory; MMV_ECLOSED when MPI was ended already.
 */
MMV_API mmv_status mmv_team_join(mmv_team **team_ret);
MMV_API void mmv_team_leave(mmv_team **team);

/* mmv_team_rank() - which process this is: 0 .. size - 1. mmv_team_size() - how many there are. */
MMV_API uint64_t mmv_team_rank(const mmv_team *team);
MMV_API uint64_t mmv_team_size(const mmv_team *team);

/*
 * mmv_team_sum() - replace counts[0..count) by the sums over all ranks. Collective.
 * Shape:   sums are exact modulo 2^64, so they are the same in any order. 'count' may exceed 2^31.
 */
MMV_API void mmv_team_sum(mmv_team *team, uint64_t *counts, size_t count);

/* mmv_team_max() - the largest of all ranks' values. Collective. */
MMV_API uint64_t mmv_team_max(mmv_team *team, uint64_t value);

/*
 * mmv_team_gather() - give every rank the bytes of all ranks, in the order of the ranks. Collective.
 * Shape:   on every rank 'fn' is called once for each rank, with bytes that live until 'fn' returns. 'size' may exceed
 *          2^31, and may differ between ranks.
 * Errors:  MMV_ENOMEM when a rank has no room for the bytes of another, or the status that 'fn' returned.
 */
typedef mmv_status mmv_team_fn(void *user, uint64_t rank, const void *bytes, size_t size);
MMV_API mmv_status mmv_team_gather(mmv_team *team, const void *bytes, size_t size, mmv_team_fn *fn, void *user);

/*
 * mmv_team_walk() - mmv_walk() by the whole team: each rank works on its shard of the range. Collective.
 * Shape:   options as for mmv_walk(), the same on every rank, except threads, tick, stats and journal, which are each
 *          rank's own. A chunk's index counts from the start of the whole range. On rank 0 'tick' gets the number of
 *          bytes that all ranks have done. On any other rank it gets the number of bytes that this rank has done. A
 *          halo is MMV_EINVAL(halo).
 * Errors:  as mmv_walk(). A rank that fails stops the others at the end of their windows: these return MMV_ESTOPPED.
 *          When a read-write map lies on a network file system, a record across a shard's border is
 *          MMV_EINVAL(record_size). On such a file system all changed bytes are on the server before any rank returns.
 * Source:  mmv_shard() for the borders.
 */
MMV_API mmv_status mmv_team_walk(mmv_team *team, mmv_map *map, const mmv_walk_options *options, mmv_walk_fn *fn,
                                 void *user);

/*
 * mmv_team_walk_to() - the same for mmv_walk_to(): behind 'team' come the parameters of mmv_walk_to(), in their order.
 * 'out' must have its whole length before the call: no rank makes it longer.
 */
MMV_API mmv_status mmv_team_walk_to(mmv_team *team, mmv_map *in, mmv_map *out, const mmv_walk_options *options,
                                    mmv_walk_fn *fn, void *user);

/*
 * The parts of mmv_team_walk(), for walks that are divided in another way:
 *
 *     mmv_team_begin(team, tick, user);                          'tick' as above; NULL = none
 *     options.tick = mmv_team_tick; options.tick_user = team;    and any walk with these
 *     fine = mmv_team_end(team, status == MMV_OK);               waits for the others
 *
 * mmv_team_begin() and mmv_team_end() are collective. mmv_team_end() returns whether all ranks have passed true. A rank
 * that passes false stops the others.
 */
MMV_API void mmv_team_begin(mmv_team *team, mmv_tick_fn *tick, void *user);
MMV_API bool mmv_team_tick(uint64_t done, void *team);
MMV_API bool mmv_team_end(mmv_team *team, bool fine);

MMV_END_DECLS

#endif
