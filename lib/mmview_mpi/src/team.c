/* SPDX-License-Identifier: MIT */
/*
 * team.c - see team.h. What ranks tell each other while they walk:
 *
 *     rank r --- bytes done so far ---> rank 0       at most ten times a second, never two on the way
 *     rank r --- stop ---> all others                once, when its walk has failed
 *
 * 1. In the end everybody says how many messages it has sent, and receives those that are still on the way: none is
 *    left for the next walk.
 * 2. Who waits for the others sleeps between looks: a rank that spins would take a processor from threads that work.
 *    No assert is possible.
 * 3. No call moves more than PIECE bytes: counts are int in MPI, and some versions fail above 2 GiB before the counts
 *    do.
 */
#include <mmview/mpi.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef MMV_TEAM_PIECE
#define MMV_TEAM_PIECE ((size_t)1 << 30)
#endif
#define PIECE ((size_t)MMV_TEAM_PIECE)
#define INTERVAL_NS 100000000
#define LOOKS 64 /* before the first nap: what comes at once is not waited for longer */
#define NAP_LEAST_NS 20000
#define NAP_MOST_NS 1000000

/* Of one walk, and of the next: who is through with this one may have begun that. */
enum { TAG_DONE, TAG_STOP, TAGS };

struct mmv_team {
    MPI_Comm comm;
    int rank, size;
    bool owns;  /* MPI was started here */
    bool talks; /* threads may call MPI, one at a time */
    int walk;   /* the lowest bit of its number */
    /* Of the walk that is on. */
    mmv_tick_fn *tick;
    void *tick_user;
    uint64_t own;      /* bytes that this rank has done */
    uint64_t *done;    /* [size] on rank 0: the latest that each has said */
    uint64_t others;   /* their sum */
    uint64_t sent;     /* messages to rank 0 */
    uint64_t received; /* by rank 0 */
    uint64_t stops;    /* stop messages that came */
    int64_t said;      /* when the latest message was sent */
    uint64_t message;  /* which belongs to MPI until ... */
    MPI_Request sending;
};

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* ---- joining ----------------------------------------------------------------------------------------------------- */

static mmv_status create_team(MPI_Comm comm, bool owns, mmv_team **team_ret)
{
    int level, fine;
    mmv_team *team = calloc(1, sizeof *team);
    if (team) {
        MPI_Comm_size(comm, &team->size);
        team->done = calloc((size_t)team->size, sizeof *team->done);
    }
    /* All of them, or none: the others would wait for ever. */
    fine = team && team->done;
    MPI_Allreduce(MPI_IN_PLACE, &fine, 1, MPI_INT, MPI_MIN, comm);
    if (!fine) {
        if (team)
            free(team->done);
        free(team);
        return mmv_error_set(MMV_ENOMEM, 0, "team");
    }
    MPI_Query_thread(&level);
    MPI_Comm_dup(comm, &team->comm);
    MPI_Comm_rank(team->comm, &team->rank);
    team->owns = owns;
    team->talks = level >= MPI_THREAD_SERIALIZED;
    team->sending = MPI_REQUEST_NULL;
    *team_ret = team;
    return MMV_OK;
}

mmv_status mmv_team_of(MPI_Comm comm, mmv_team **team_ret)
{
    return create_team(comm, false, team_ret);
}

mmv_status mmv_team_join(mmv_team **team_ret)
{
    int started, ended, level;
    MPI_Initialized(&started);
    MPI_Finalized(&ended);
    if (ended)
        return mmv_error_set(MMV_ECLOSED, 0, "team");
    if (!started)
        MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &level);
    mmv_status status = create_team(MPI_COMM_WORLD, !started, team_ret);
    if (status != MMV_OK && !started)
        MPI_Finalize();
    return status;
}

void mmv_team_leave(mmv_team **team)
{
    mmv_team *old = *team;
    *team = NULL;
    if (!old)
        return;
    MPI_Comm_free(&old->comm);
    if (old->owns)
        MPI_Finalize();
    free(old->done);
    free(old);
}

uint64_t mmv_team_rank(const mmv_team *team)
{
    return (uint64_t)team->rank;
}

uint64_t mmv_team_size(const mmv_team *team)
{
    return (uint64_t)team->size;
}

/* ---- waiting, and what happens meanwhile ------------------------------------------------------------------------- */

static int tag_of(const mmv_team *team, int kind)
{
    return team->walk * TAGS + kind;
}

/* A message of this walk, which may still have to come. */
static void receive(mmv_team *team, int kind)
{
    uint64_t value;
    MPI_Status from;
    MPI_Recv(&value, 1, MPI_UINT64_T, MPI_ANY_SOURCE, tag_of(team, kind), team->comm, &from);
    if (kind == TAG_STOP) {
        team->stops++;
        return;
    }
    team->received++;
    team->others += value - team->done[from.MPI_SOURCE];
    team->done[from.MPI_SOURCE] = value;
}

/* Whatever has come. */
static void receive_all(mmv_team *team)
{
    for (int kind = 0; kind < TAGS; kind++) {
        int there = 1;
        while (there) {
            MPI_Iprobe(MPI_ANY_SOURCE, tag_of(team, kind), team->comm, &there, MPI_STATUS_IGNORE);
            if (there)
                receive(team, kind);
        }
    }
}

static void wait_for(mmv_team *team, MPI_Request *request, bool ticking)
{
    struct timespec nap = {0, NAP_LEAST_NS};
    int done;
    for (unsigned looks = 0;; looks++) {
        MPI_Test(request, &done, MPI_STATUS_IGNORE);
        if (done)
            return;
        if (looks < LOOKS)
            continue;
        if (ticking) {
            receive_all(team);
            if (team->tick)
                team->tick(team->own + team->others, team->tick_user);
        }
        nanosleep(&nap, NULL);
        if (nap.tv_nsec < NAP_MOST_NS)
            nap.tv_nsec *= 2;
    }
}

/* ---- reductions -------------------------------------------------------------------------------------------------- */

static void reduce(mmv_team *team, uint64_t *counts, size_t count, MPI_Op operation, bool ticking)
{
    while (count > 0) {
        size_t part = count < PIECE / sizeof *counts ? count : PIECE / sizeof *counts;
        MPI_Request request;
        assert(part * sizeof *counts <= PIECE); /* 3. */
        MPI_Iallreduce(MPI_IN_PLACE, counts, (int)part, MPI_UINT64_T, operation, team->comm, &request);
        wait_for(team, &request, ticking);
        counts += part;
        count -= part;
    }
}

void mmv_team_sum(mmv_team *team, uint64_t *counts, size_t count)
{
    reduce(team, counts, count, MPI_SUM, false);
}

uint64_t mmv_team_max(mmv_team *team, uint64_t value)
{
    reduce(team, &value, 1, MPI_MAX, false);
    return value;
}

static void broadcast(mmv_team *team, int root, char *bytes, size_t size)
{
    while (size > 0) {
        size_t part = size < PIECE ? size : PIECE;
        MPI_Request request;
        MPI_Ibcast(bytes, (int)part, MPI_BYTE, root, team->comm, &request);
        wait_for(team, &request, false);
        bytes += part;
        size -= part;
    }
}

mmv_status mmv_team_gather(mmv_team *team, const void *bytes, size_t size, mmv_team_fn *fn, void *user)
{
    mmv_status status = MMV_OK;
    size_t room = (size_t)mmv_team_max(team, size);
    char *buffer = malloc(room ? room : 1);
    /* Together: a rank that cannot take part would leave the others waiting. */
    if (mmv_team_max(team, buffer == NULL) != 0) {
        free(buffer);
        return mmv_error_set(MMV_ENOMEM, 0, "gather");
    }
    for (int rank = 0; rank < team->size; rank++) {
        uint64_t length = size;
        broadcast(team, rank, (char *)&length, sizeof length);
        if (rank == team->rank && size > 0)
            memcpy(buffer, bytes, size);
        broadcast(team, rank, buffer, (size_t)length);
        if (status == MMV_OK)
            status = fn(user, (uint64_t)rank, buffer, (size_t)length);
    }
    free(buffer);
    return status;
}

/* ---- a walk ------------------------------------------------------------------------------------------------------ */

void mmv_team_begin(mmv_team *team, mmv_tick_fn *tick, void *user)
{
    team->walk = !team->walk;
    team->tick = tick;
    team->tick_user = user;
    team->own = team->others = team->sent = team->received = team->stops = 0;
    team->said = 0;
    memset(team->done, 0, (size_t)team->size * sizeof *team->done);
}

/* How much is done, unless the last message is still on the way. */
static void tell_rank_0(mmv_team *team, uint64_t done)
{
    int sent;
    int64_t time = now();
    if (time - team->said < INTERVAL_NS)
        return;
    MPI_Test(&team->sending, &sent, MPI_STATUS_IGNORE);
    if (!sent)
        return;
    team->said = time;
    team->message = done;
    team->sent++;
    MPI_Isend(&team->message, 1, MPI_UINT64_T, 0, tag_of(team, TAG_DONE), team->comm, &team->sending);
}

bool mmv_team_tick(uint64_t done, void *user)
{
    mmv_team *team = user;
    team->own = done;
    if (team->talks) {
        if (team->rank > 0)
            tell_rank_0(team, done);
        receive_all(team);
    }
    bool go_on = !team->tick || team->tick(done + team->others, team->tick_user);
    return go_on && team->stops == 0;
}

static void stop_others(const mmv_team *team)
{
    uint64_t nothing = 0;
    for (int rank = 0; rank < team->size; rank++)
        if (rank != team->rank)
            MPI_Send(&nothing, 1, MPI_UINT64_T, rank, tag_of(team, TAG_STOP), team->comm);
}

bool mmv_team_end(mmv_team *team, bool fine)
{
    /* Who was stopped by others has no news for them. */
    bool stops = !fine && team->talks && team->stops == 0;
    if (stops)
        stop_others(team);
    /* So that rank 0 has seen all in the end. */
    if (team->rank > 0 && team->talks) {
        MPI_Wait(&team->sending, MPI_STATUS_IGNORE);
        MPI_Send(&team->own, 1, MPI_UINT64_T, 0, tag_of(team, TAG_DONE), team->comm);
        team->sent++;
    }
    uint64_t sums[] = {team->sent, stops, !fine};
    reduce(team, sums, 3, MPI_SUM, true);
    while (team->stops < sums[1] - stops)
        receive(team, TAG_STOP);
    while (team->rank == 0 && team->received < sums[0])
        receive(team, TAG_DONE);
    assert(team->stops == sums[1] - stops && (team->rank > 0 || team->received == sums[0])); /* 1. */
    MPI_Wait(&team->sending, MPI_STATUS_IGNORE);
    if (team->tick)
        team->tick(team->own + team->others, team->tick_user);
    return sums[2] == 0;
}
