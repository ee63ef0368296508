/* SPDX-License-Identifier: MIT */
/*
 * kernel_meeting.c - see meeting.h: objects of the system, whose names begin with that of the channel.
 *
 *     NAME | door        a mutex of whoever makes or opens the channel
 *     NAME | lock        a mutex of the senders, who may hold it as long as they wait for room
 *     NAME | wake0, 1    an event for each bed
 *     NAME | seat0, 1    an event that nobody sets: it is there as long as somebody sits on that side
 *
 * Who asks whether a seat is taken has it for a moment. A receiver that finds it taken tries again for some
 * milliseconds.
 */

#include "shared/kernel.h"
#include "shared/meeting.h"

#include "os/file.h"
#include "os/machine.h"
#include "os/object.h"

#include <mmview/channel.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define PART_MOST (MMV_NAME_MAX + 16)
#define TRIES 50 /* milliseconds that others may look at a seat */

struct mmv__meeting {
    char name[MMV_NAME_MAX + 1];
    unsigned permissions; /* those of the channel */
    int lock;
    int wake[2], seat;
};

static void part_of(const char *name, const char *part, unsigned side, char text[PART_MOST])
{
    snprintf(text, PART_MOST, "%s" MMV__NAME_PART "%s%u", name, part, side);
}

static int open_or_make(const char *name, mmv__object_sort sort, unsigned permissions, int *descriptor_ret)
{
    const mmv__object_make new = {.permissions = permissions, .file = -1};
    int error = EEXIST;
    for (unsigned tried = 0; tried < TRIES && error == EEXIST; tried++) {
        error = mmv__os_object_open(name, sort, true, descriptor_ret);
        if (error == ENOENT)
            error = mmv__os_object_make(name, sort, &new, descriptor_ret);
    }
    return error;
}

int mmv__meeting_door(const char *name, unsigned permissions, int *descriptor_ret)
{
    char text[PART_MOST];
    part_of(name, "door", 0, text);
    return open_or_make(text, MMV__MUTEX, permissions, descriptor_ret);
}

int mmv__meeting_begin(mmv__os_robust *lock)
{
    (void)lock;
    return 0;
}

static int open_parts(mmv__meeting *meeting)
{
    char text[PART_MOST];
    part_of(meeting->name, "lock", 0, text);
    int error = open_or_make(text, MMV__MUTEX, meeting->permissions, &meeting->lock);
    for (unsigned side = 0; side < 2 && error == 0; side++) {
        part_of(meeting->name, "wake", side, text);
        error = open_or_make(text, MMV__EVENT, meeting->permissions, &meeting->wake[side]);
    }
    return error;
}

int mmv__meeting_join(const mmv__meeting_place *place, mmv__meeting **meeting_ret)
{
    mmv__object_facts facts;
    int error = mmv__os_object_facts(place->name->descriptor, &facts);
    mmv__meeting *meeting = malloc(sizeof *meeting);
    *meeting_ret = NULL;
    if (error || !meeting) {
        free(meeting);
        return error ? error : ENOMEM;
    }
    *meeting = (mmv__meeting){.permissions = facts.permissions, .lock = -1, .wake = {-1, -1}, .seat = -1};
    snprintf(meeting->name, sizeof meeting->name, "%s", mmv__name_text(place->name));
    error = open_parts(meeting);
    if (error)
        mmv__meeting_end(meeting);
    else
        *meeting_ret = meeting;
    return error;
}

void mmv__meeting_end(mmv__meeting *meeting)
{
    if (!meeting)
        return;
    const int all[] = {meeting->lock, meeting->wake[0], meeting->wake[1], meeting->seat};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i] >= 0)
            mmv__os_close(all[i]);
    free(meeting);
}

int mmv__meeting_lock(mmv__meeting *meeting, double seconds)
{
    return mmv__os_object_wait(meeting->lock, seconds);
}

void mmv__meeting_unlock(mmv__meeting *meeting)
{
    mmv__os_mutex_release(meeting->lock);
}

int mmv__meeting_sit(mmv__meeting *meeting, unsigned side)
{
    char text[PART_MOST];
    const mmv__object_make new = {.permissions = meeting->permissions, .file = -1};
    part_of(meeting->name, "seat", side, text);
    if (side == MMV_CHANNEL_SEND)
        return open_or_make(text, MMV__EVENT, meeting->permissions, &meeting->seat);
    int error = EEXIST;
    for (unsigned tried = 0; tried < TRIES && error == EEXIST; tried++) {
        mmv__os_sleep_ms(tried > 0);
        error = mmv__os_object_make(text, MMV__EVENT, &new, &meeting->seat);
    }
    return error == EEXIST ? EAGAIN : error;
}

bool mmv__meeting_is_seated(const mmv__meeting *meeting, unsigned side)
{
    char text[PART_MOST];
    int seat;
    part_of(meeting->name, "seat", side, text);
    int error = mmv__os_object_open(text, MMV__EVENT, false, &seat);
    if (error == 0)
        mmv__os_close(seat);
    return error != ENOENT;
}

void mmv__meeting_sleep(const mmv__meeting *meeting, unsigned side, uint32_t seen, double seconds)
{
    (void)seen;
    mmv__os_object_wait(meeting->wake[side], seconds);
}

void mmv__meeting_wake(const mmv__meeting *meeting, unsigned side)
{
    mmv__os_event_put(meeting->wake[side], true);
}
