/* SPDX-License-Identifier: MIT */
/*
 * crowd: see crowd.h.
 *
 * 1. 'taken' is true from the moment that a seat is in its turn until its work on the thing is over: end_thing()
 *    asserts it.
 * 2. In order, a turn is that of the first thing that had none: crowd_turn() asserts it. So nobody says no meanwhile.
 */
#include "mmbright/many/crowd.h"

#include <assert.h>

#include "kit/os/thread.h"

/* How often it looks whether its turn has come before it sleeps: some 200 us where nobody else wants its processor. */
#define LOOKS_AWAKE 500

struct crowd {
    struct crowd_round round;
    thread_lock lock;
    thread_condition moved;
    size_t next; /* to be taken */
    size_t turn; /* ordered: whose turn it is */
    bool taken;  /* it is somebody's turn */
    bool stop;   /* nobody takes another */
};

static bool take_thing(struct crowd *crowd, size_t *index_ret)
{
    thread_lock_take(&crowd->lock);
    bool took = !crowd->stop && crowd->next < crowd->round.end;
    if (took)
        *index_ret = crowd->next++;
    thread_lock_leave(&crowd->lock);
    return took;
}

static bool must_wait(const struct crowd *crowd, size_t index)
{
    return crowd->taken || (crowd->round.ordered && crowd->turn != index);
}

/*
 * A small FILE's turn is shorter than falling asleep and being woken. So the thread whose turn comes next stays awake
 * for a while, and only lends its processor to whoever wants it.
 */
static void wait_for_change(struct crowd *crowd, size_t index, unsigned *looks)
{
    bool is_next = crowd->round.ordered && crowd->turn + 1 >= index;
    if (!is_next || *looks == LOOKS_AWAKE) {
        thread_condition_wait(&crowd->moved, &crowd->lock);
        return;
    }
    (*looks)++;
    thread_lock_leave(&crowd->lock);
    thread_yield();
    thread_lock_take(&crowd->lock);
}

bool crowd_turn(struct crowd_seat *seat, size_t index)
{
    struct crowd *crowd = seat->crowd;
    unsigned looks = 0;
    thread_lock_take(&crowd->lock);
    assert(index < crowd->next && (!crowd->round.ordered || crowd->turn <= index));
    while (!seat->in_turn && must_wait(crowd, index))
        wait_for_change(crowd, index, &looks);
    crowd->taken = seat->in_turn = true;
    bool go_on = !crowd->stop;
    thread_lock_leave(&crowd->lock);
    return go_on;
}

static void end_thing(struct crowd_seat *seat, bool go_on)
{
    struct crowd *crowd = seat->crowd;
    bool had_turn = seat->in_turn;
    thread_lock_take(&crowd->lock);
    assert(had_turn || !crowd->round.ordered);
    if (had_turn) {
        assert(crowd->taken);
        crowd->turn++;
        crowd->taken = seat->in_turn = false;
    }
    crowd->stop = crowd->stop || !go_on;
    thread_lock_leave(&crowd->lock);
    /* Behind the lock: who wakes up needs it. crowd_run() joins this thread before the condition is dropped. */
    if (had_turn)
        thread_condition_wake(&crowd->moved);
}

static void work_through(void *user)
{
    struct crowd_seat *seat = user;
    size_t index;
    while (take_thing(seat->crowd, &index))
        end_thing(seat, seat->crowd->round.work(seat, index));
}

bool crowd_run(const struct crowd_round *round, void *const *own, size_t count)
{
    struct crowd crowd = {.round = *round, .next = round->begin, .turn = round->begin};
    struct crowd_seat seats[CROWD_MOST];
    struct thread threads[CROWD_MOST];
    size_t others = 1;
    assert(round->begin < round->end && count > 0);
    thread_lock_init(&crowd.lock);
    thread_condition_init(&crowd.moved);
    if (count > round->end - round->begin)
        count = round->end - round->begin;
    for (; others < count && others < CROWD_MOST; others++) {
        seats[others] = (struct crowd_seat){.crowd = &crowd, .own = own[others]};
        /* Fewer will do. */
        if (!thread_start(&threads[others], work_through, &seats[others]))
            break;
    }
    seats[0] = (struct crowd_seat){.crowd = &crowd, .own = own[0]};
    work_through(&seats[0]);
    while (--others > 0)
        thread_join(&threads[others]);
    thread_condition_drop(&crowd.moved);
    thread_lock_drop(&crowd.lock);
    return !crowd.stop;
}
