/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_CROWD_H
#define MMBRIGHT_CROWD_H

/*
 * crowd: threads that each take the next of many things, and take turns for what only one may do at a time.
 *
 *     thread A   |0    turn|3   turn|4      turn|...
 *     thread B   |1        turn|2      turn|5   ...
 */

#include <stdbool.h>
#include <stddef.h>

/* More threads than this never work. */
#define CROWD_MOST 64

struct crowd;

/* A thread's place in it. */
struct crowd_seat {
    struct crowd *crowd;
    void *own; /* of this thread alone */
    bool in_turn;
};

struct crowd_round {
    size_t begin, end; /* numbers of the things; at least one */
    bool ordered;      /* a turn comes when those of all things before are over: then each thing must have one */
    /* Work on one thing; whether to go on. What follows crowd_turn() in it is this thread's turn. */
    bool (*work)(struct crowd_seat *seat, size_t index);
};

/*
 * crowd_run() - work on all things, by up to 'count' threads of which the caller is the first; 'own' has something for
 * each. Whether to go on: nobody said no.
 * Shape:   things are taken from the front; after a no none is taken, and those in hand are finished.
 */
bool crowd_run(const struct crowd_round *round, void *const *own, size_t count);

/*
 * crowd_turn() - wait for this thread's turn, which lasts until the work on this thing is over. Called again in one
 * turn it only says the same again. Whether to go on: in order, nobody whose turn came before has said no.
 */
bool crowd_turn(struct crowd_seat *seat, size_t index);

#endif
