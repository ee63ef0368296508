/* SPDX-License-Identifier: MIT */
/*
 * meeting.c - see meeting.h: the senders' lock and the beds are in the channel's memory, and who is there has a lock on
 * a byte of its file, which ends with the process.
 */

#include "shared/meeting.h"

#include "os/file.h"

#include <mmview/channel.h>

#include <errno.h>
#include <stdlib.h>

struct mmv__meeting {
    mmv__meeting_place place;
};

int mmv__meeting_begin(mmv__os_robust *lock)
{
    return mmv__os_robust_init(lock);
}

int mmv__meeting_join(const mmv__meeting_place *place, mmv__meeting **meeting_ret)
{
    *meeting_ret = malloc(sizeof **meeting_ret);
    if (!*meeting_ret)
        return ENOMEM;
    (*meeting_ret)->place = *place;
    return 0;
}

void mmv__meeting_end(mmv__meeting *meeting)
{
    free(meeting);
}

int mmv__meeting_lock(mmv__meeting *meeting, double seconds)
{
    return mmv__os_robust_lock(meeting->place.lock, seconds);
}

void mmv__meeting_unlock(mmv__meeting *meeting)
{
    mmv__os_robust_unlock(meeting->place.lock);
}

static uint64_t seat_of(unsigned side)
{
    return side == MMV_CHANNEL_RECEIVE ? MMV__RECEIVER : MMV__SENDERS;
}

int mmv__meeting_sit(mmv__meeting *meeting, unsigned side)
{
    return mmv__os_lock(meeting->place.name->descriptor, side == MMV_CHANNEL_RECEIVE, seat_of(side), 1);
}

bool mmv__meeting_is_seated(const mmv__meeting *meeting, unsigned side)
{
    return mmv__os_is_locked(meeting->place.name->descriptor, seat_of(side), 1);
}

void mmv__meeting_sleep(const mmv__meeting *meeting, unsigned side, uint32_t seen, double seconds)
{
    mmv__os_wait_word(&meeting->place.beds[side]->word, seen, seconds);
}

void mmv__meeting_wake(const mmv__meeting *meeting, unsigned side)
{
    mmv__os_wake_word(&meeting->place.beds[side]->word);
}
