/* SPDX-License-Identifier: MIT */
/*
 * turns: see turns.h.
 *
 * 1. A band is delivered once: its place is free when its number is below turn + places.
 * 2. Bands before 'turn' are written, and none behind it: write_ready() alone moves it, one band at a time. No assert:
 *    the file would have to be asked.
 */
#include "mmpng/turns.h"

#include <assert.h>
#include <stdlib.h>

bool turns_open(struct turns *turns, uint64_t count, size_t places, turn_fn *write, void *user)
{
    *turns = (struct turns){.write = write, .user = user, .count = count, .places = places};
    thread_lock_init(&turns->lock);
    thread_condition_init(&turns->turned);
    turns->waiting = calloc(places, sizeof *turns->waiting);
    turns->is_ready = calloc(places, sizeof *turns->is_ready);
    return turns->waiting && turns->is_ready;
}

void turns_close(struct turns *turns)
{
    for (size_t i = 0; turns->waiting && i < turns->places; i++)
        band_drop(&turns->waiting[i]);
    free(turns->waiting);
    free(turns->is_ready);
    thread_condition_drop(&turns->turned);
    thread_lock_drop(&turns->lock);
}

bool turns_take(struct turns *turns, uint64_t *number_ret)
{
    thread_lock_take(&turns->lock);
    bool failed = turns->failed;
    thread_lock_leave(&turns->lock);
    if (failed)
        return false;
    *number_ret = atomic_fetch_add(&turns->next, 1);
    return *number_ret < turns->count;
}

/* Under the lock: those that are next, as far as they are ready. */
static void write_ready(struct turns *turns)
{
    while (!turns->failed && turns->turn < turns->count && turns->is_ready[turns->turn % turns->places]) {
        size_t place = (size_t)(turns->turn % turns->places);
        turns->failed = !turns->write(turns->user, &turns->waiting[place], turns->turn);
        turns->is_ready[place] = false;
        turns->turn++;
    }
}

/* The band for the room in its place. Filtered rows are not needed any more: their room stays with the thread. */
static void exchange(struct band *place, struct band *band)
{
    struct band room = *place;
    *place = *band;
    *band = room;
    band->filtered = place->filtered;
    band->filtered_room = place->filtered_room;
    place->filtered = NULL;
    place->filtered_room = 0;
}

void turns_deliver(struct turns *turns, struct band *band, uint64_t number)
{
    size_t place = (size_t)(number % turns->places);
    thread_lock_take(&turns->lock);
    while (number - turns->turn >= turns->places && !turns->failed)
        thread_condition_wait(&turns->turned, &turns->lock);
    if (!turns->failed) {
        assert(number >= turns->turn && !turns->is_ready[place]); /* 1. */
        exchange(&turns->waiting[place], band);
        turns->is_ready[place] = true;
        write_ready(turns);
    }
    thread_condition_wake(&turns->turned);
    thread_lock_leave(&turns->lock);
}

void turns_fail(struct turns *turns)
{
    thread_lock_take(&turns->lock);
    if (!turns->failed) {
        turns->error = *mmv_last_error();
        turns->has_error = true;
    }
    turns->failed = true;
    thread_condition_wake(&turns->turned);
    thread_lock_leave(&turns->lock);
}
