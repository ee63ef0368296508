/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_CROWD_H
#define MMBRIGHT_CROWD_H

/*
 * crowd: threads that each take the next thing of a row, and take turns for what only one may do at a time.
 *
 *     thread A   |0    turn|3   turn|4      turn|...
 *     thread B   |1        turn|2      turn|5   ...
 */

#include <stdbool.h>
#include <stddef.h>

struct crowd;

/* A thread's place in it. */
struct crowd_seat {
    struct crowd *crowd;
    void *own; /* of this thread alone */
    bool in_turn;
};

struct crowd_row {
    size_t begin, end; /* numbers of the things */
    bool ordered;      /* a turn comes when those of all things before are over */
    /* Work on one thing; whether to go on. What follows crowd_turn() in it is this thread's turn. */
    bool (*step)(struct crowd_seat *seat, size_t index);
};

/*
 * crowd_run() - the row, by up to 'count' threads of which the caller is the first; 'own' has something for each.
 * Whether to go on: no step said no.
 * Shape:   things are taken from the front; behind a step that says no none is taken, and those in hand are finished.
 */
bool crowd_run(const struct crowd_row *row, void *const *own, size_t count);

/*
 * crowd_turn() - wait for this thread's turn, which lasts until the step returns. Called again in one step it does
 * nothing.
 */
void crowd_turn(struct crowd_seat *seat, size_t index);

#endif
