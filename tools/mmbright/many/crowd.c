/* SPDX-License-Identifier: MIT */
/*
 * crowd: see crowd.h. Invariant: 'taken' is true from the moment that a seat is in its turn until its step has
 * returned.
 */
#include "mmbright/many/crowd.h"

#include <pthread.h>

#define THREADS_MOST 64

struct crowd {
    struct crowd_row row;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    size_t next; /* to be taken */
    size_t turn; /* ordered: whose turn it is */
    bool taken;  /* it is somebody's turn */
    bool stop;   /* nobody takes another */
};

static bool take(struct crowd *crowd, size_t *index_ret)
{
    pthread_mutex_lock(&crowd->lock);
    bool took = !crowd->stop && crowd->next < crowd->row.end;
    if (took)
        *index_ret = crowd->next++;
    pthread_mutex_unlock(&crowd->lock);
    return took;
}

void crowd_turn(struct crowd_seat *seat, size_t index)
{
    struct crowd *crowd = seat->crowd;
    if (seat->in_turn)
        return;
    pthread_mutex_lock(&crowd->lock);
    while (crowd->taken || (crowd->row.ordered && crowd->turn != index))
        pthread_cond_wait(&crowd->moved, &crowd->lock);
    crowd->taken = seat->in_turn = true;
    pthread_mutex_unlock(&crowd->lock);
}

static void end_step(struct crowd_seat *seat, bool go_on)
{
    struct crowd *crowd = seat->crowd;
    pthread_mutex_lock(&crowd->lock);
    if (seat->in_turn) {
        crowd->turn++;
        crowd->taken = seat->in_turn = false;
        pthread_cond_broadcast(&crowd->moved);
    }
    crowd->stop = crowd->stop || !go_on;
    pthread_mutex_unlock(&crowd->lock);
}

static void *work_through(void *user)
{
    struct crowd_seat *seat = user;
    size_t index;
    while (take(seat->crowd, &index))
        end_step(seat, seat->crowd->row.step(seat, index));
    return NULL;
}

bool crowd_run(const struct crowd_row *row, void *const *own, size_t count)
{
    struct crowd crowd = {.row = *row,
                          .lock = PTHREAD_MUTEX_INITIALIZER,
                          .moved = PTHREAD_COND_INITIALIZER,
                          .next = row->begin,
                          .turn = row->begin};
    struct crowd_seat seats[THREADS_MOST];
    pthread_t threads[THREADS_MOST];
    size_t others = 1;
    if (count > row->end - row->begin)
        count = row->end - row->begin;
    for (; others < count && others < THREADS_MOST; others++) {
        seats[others] = (struct crowd_seat){.crowd = &crowd, .own = own[others]};
        /* Fewer will do. */
        if (pthread_create(&threads[others], NULL, work_through, &seats[others]) != 0)
            break;
    }
    seats[0] = (struct crowd_seat){.crowd = &crowd, .own = own[0]};
    work_through(&seats[0]);
    while (--others > 0)
        pthread_join(threads[others], NULL);
    pthread_cond_destroy(&crowd.moved);
    pthread_mutex_destroy(&crowd.lock);
    return !crowd.stop;
}
