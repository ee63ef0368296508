/* SPDX-License-Identifier: MIT */
#ifndef MMPNG_TURNS_H
#define MMPNG_TURNS_H

/*
 * turns: bands that several threads make, written in the order of their numbers.
 *
 *     made       3 5   7         in any order: a band that is early waits in place number % places
 *     written    0 1 2 |         by whoever brings the one that is next; those behind it that are ready go along
 *
 * A thread whose band has no place yet waits itself: so many bands are in memory, whatever the picture's size.
 */

#include <stdatomic.h>

#include <mmview/status.h>

#include "kit/os/thread.h"
#include "mmpng/band.h"

/* Writes a band, under the lock. False ends everything. */
typedef bool turn_fn(void *user, const struct band *band, uint64_t number);

struct turns {
    turn_fn *write;
    void *user;
    uint64_t count;             /* of bands */
    atomic_uint_least64_t next; /* the band that is to be made next */
    thread_lock lock;           /* of everything below */
    thread_condition turned;
    uint64_t turn;        /* the band that is to be written next */
    struct band *waiting; /* band n, if it is ready, in place n % places */
    bool *is_ready;
    size_t places;
    bool failed;
    bool has_error; /* it was a thread that failed, with 'error' */
    mmv_error error;
};

/* turns_open() - for 'count' bands. False = no memory. turns_close() in any case. */
bool turns_open(struct turns *turns, uint64_t count, size_t places, turn_fn *write, void *user);
void turns_close(struct turns *turns);

/* turns_take() - which band the calling thread is to make. False when there are no more, or something failed. */
bool turns_take(struct turns *turns, uint64_t *number_ret);

/* turns_deliver() - a band that is made. It belongs to the turns then, and *band is room for another one. */
void turns_deliver(struct turns *turns, struct band *band, uint64_t number);

/* turns_fail() - the calling thread cannot go on, for the latest error: all end. */
void turns_fail(struct turns *turns);

#endif
