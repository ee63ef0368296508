/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_MEETING_H
#define MMVIEW_MEETING_H

/*
 * meeting: how the users of a channel wait for each other: a lock for the senders, a bed for each side to sleep in, and
 * who is there. meeting.c makes it of words and locks of files, kernel_meeting.c of the system's mutexes and events.
 */

#include "shared/names.h"
#include "os/sync.h"

/* A place to sleep, on a cache line of its own. */
typedef struct mmv__bed {
    _Atomic uint32_t word; /* changes with every wake */
    _Atomic uint32_t asleep;
} mmv__bed;

/* Where in the channel's memory it is. The system's own objects are found by the channel's name, and use 'asleep'. */
typedef struct mmv__meeting_place {
    const mmv__name *name;
    mmv__os_robust *lock;
    mmv__bed *beds[2]; /* by mmv_channel_side */
} mmv__meeting_place;

typedef struct mmv__meeting mmv__meeting;

int mmv__meeting_begin(mmv__os_robust *lock); /* of a new channel */

/* Ends before the name and the memory do. NULL is fine. */
int mmv__meeting_join(const mmv__meeting_place *place, mmv__meeting **meeting_ret);
void mmv__meeting_end(mmv__meeting *meeting);

/* The senders' lock: 0, EOWNERDEAD = held, and the last holder died; ETIMEDOUT. Seconds as in os/sync.h. */
int mmv__meeting_lock(mmv__meeting *meeting, double seconds);
void mmv__meeting_unlock(mmv__meeting *meeting);

/* Be there on a side until the end, of receivers as the only one: EAGAIN. EOPNOTSUPP = the system cannot tell. */
int mmv__meeting_sit(mmv__meeting *meeting, unsigned side);
bool mmv__meeting_is_seated(const mmv__meeting *meeting, unsigned side); /* somebody else */

/* Sleep until woken, at most so many seconds; 'seen' is the bed's word from before the sleeper's last look. */
void mmv__meeting_sleep(const mmv__meeting *meeting, unsigned side, uint32_t seen, double seconds);
void mmv__meeting_wake(const mmv__meeting *meeting, unsigned side);

#endif
