/* SPDX-License-Identifier: MIT */
/*
 * channel.c - a ring of messages in shared memory.
 *
 *     object   | header, lock, counters | ring ..................... |
 *     mapped   | the same               |      | ring | ring again |      so that no message is cut in two
 *
 * head counts the bytes ever sent, tail those ever received; head - tail lie in the ring.
 *
 * Invariants:
 * 1. Only the holder of the lock writes head and the free part of the ring, and head last: what a killed sender left
 *    behind it is free still. No assert: the lock does not tell its holder.
 * 2. Only the receiver, which has the one seat of its side (meeting.h), writes tail, and after it is done with
 *    the message. No assert: the system would have to be asked for every message.
 * 3. A sleeper sets 'asleep' before its final check; a waker reads 'asleep' after its change. No assert: it is the
 *    order of two lines in sleep_once(), and of two in each function that wakes.
 */

#include "shared/meeting.h"
#include "shared/object.h"

#include "base/error.h"
#include "os/file.h"
#include "os/machine.h"
#include "os/memory.h"
#include "os/sync.h"

#include <mmview/channel.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RING ((size_t)64 * 1024) /* where it begins: on a page everywhere */
#define DEFAULT_ROOM (1u << 20)
#define PATIENCE 0.1 /* seconds of sleep before the sleeper looks whether the peer is still alive */

/* Otherwise each process would guard these numbers by a lock of its own. */
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "64-bit atomics must work between processes");

struct memory {
    mmv__header header;
    mmv__os_robust lock; /* of the senders */
    uint64_t room;
    _Atomic uint32_t had[2]; /* by mmv_channel_side: there was one */
    _Alignas(64) _Atomic uint64_t head;
    mmv__bed receiver;
    _Alignas(64) _Atomic uint64_t tail;
    _Alignas(64) mmv__bed sender;
    _Atomic uint64_t wanted; /* bytes that must be free before the sleeping sender is woken */
};

struct mmv_channel {
    mmv__object object;
    struct memory *memory;
    mmv_channel_side side;
    char *ring;
    size_t room;
    mmv__watch *watch; /* of the ring; the object has its own */
    mmv__meeting *meeting;
    bool knows;      /* whether a peer is alive: the system has locks of open files */
    uint64_t peeked; /* bytes of the message that was peeked at; 0 = none */
};

/* ---- opening ---------------------------------------------------------------------------------------------------- */

static int begin(mmv__header *header, const void *user)
{
    struct memory *memory = (struct memory *)header;
    memory->room = *(const size_t *)user;
    return mmv__meeting_begin(&memory->lock);
}

static mmv_status room_for(uint64_t capacity, size_t *room_ret)
{
    uint64_t wanted = capacity ? capacity : DEFAULT_ROOM;
    uint64_t room = RING;
    while (room < wanted && room <= SIZE_MAX / 8)
        room *= 2;
    *room_ret = (size_t)room;
    return room < wanted ? mmv_error_set_parameter(MMV_ERANGE, "open", "capacity") : MMV_OK;
}

static int map_twice(mmv_channel *channel)
{
    void *address;
    int descriptor = channel->object.name->descriptor;
    int error = mmv__os_reserve(2 * channel->room, &address);
    if (error)
        return error;
    for (unsigned i = 0; i < 2 && error == 0; i++)
        error = mmv__os_map_at((char *)address + i * channel->room, channel->room, MMV_READ_WRITE, descriptor, RING);
    if (error)
        mmv__os_unmap(address, 2 * channel->room);
    else {
        channel->ring = address;
        channel->watch = mmv__guard_watch(address, 2 * channel->room);
    }
    return error;
}

static mmv_status take_side(mmv_channel *channel)
{
    struct memory *memory = channel->memory;
    const mmv__meeting_place place = {channel->object.name, &memory->lock, {&memory->sender, &memory->receiver}};
    int error = mmv__meeting_join(&place, &channel->meeting);
    if (error == 0)
        error = mmv__meeting_sit(channel->meeting, channel->side);
    if (error == EAGAIN)
        return mmv__fail_detail(MMV_EBUSY, "open", channel->object.name->path, "somebody receives already");
    if (error && error != EOPNOTSUPP)
        return mmv__object_fail(&channel->object, MMV_OK, error, "open");
    channel->knows = error == 0;
    atomic_store(&channel->memory->had[channel->side], 1);
    return MMV_OK;
}

/* What another process wrote is not believed before it is checked. */
static mmv_status settle(mmv_channel *channel)
{
    uint64_t room = channel->memory->room;
    if (room < RING || (room & (room - 1)) || room > SIZE_MAX / 4 || channel->object.size != RING + room)
        return mmv__fail_detail(MMV_EKIND, "open", channel->object.name->path, "is damaged");
    channel->room = (size_t)room;
    int error = map_twice(channel);
    if (error)
        return mmv__object_fail(&channel->object, MMV_OK, error, "map");
    return take_side(channel);
}

mmv_status mmv_channel_open(const char *name, mmv_channel_side side, const mmv_shared_options *options,
                            mmv_channel **channel_ret)
{
    size_t room;
    *channel_ret = NULL;
    mmv__not_created(options);
    if ((unsigned)side > MMV_CHANNEL_RECEIVE)
        return mmv_error_set_parameter(MMV_EINVAL, "open", "side");
    mmv_status status = room_for(options ? options->capacity : 0, &room);
    if (status)
        return status;
    mmv_channel *channel = calloc(1, sizeof *channel);
    if (!channel)
        return mmv__fail(ENOMEM, "open");
    channel->side = side;
    const mmv__object_kind what = {MMV_SHARED_CHANNEL, RING + room, sizeof(struct memory), begin, &room, NULL};
    status = mmv__object_open(name, &what, options, &channel->object);
    if (status) {
        free(channel);
        return status;
    }
    channel->memory = (struct memory *)channel->object.header;
    status = settle(channel);
    if (status) {
        mmv_channel_close(&channel);
        mmv__not_created(options);
    } else
        *channel_ret = channel;
    return status;
}

void mmv_channel_close(mmv_channel **channel)
{
    mmv_channel *handle = *channel;
    *channel = NULL;
    if (!handle)
        return;
    mmv__meeting_end(handle->meeting);
    mmv__guard_unwatch(handle->watch);
    if (handle->ring)
        mmv__os_unmap(handle->ring, 2 * handle->room);
    mmv__object_close(&handle->object);
    free(handle);
}

size_t mmv_channel_room(const mmv_channel *channel)
{
    return channel->room;
}

bool mmv_channel_has_peer(const mmv_channel *channel)
{
    unsigned other = channel->side == MMV_CHANNEL_SEND ? MMV_CHANNEL_RECEIVE : MMV_CHANNEL_SEND;
    return !channel->knows || mmv__meeting_is_seated(channel->meeting, other);
}

static bool is_deserted(const mmv_channel *channel)
{
    mmv_channel_side other = channel->side == MMV_CHANNEL_SEND ? MMV_CHANNEL_RECEIVE : MMV_CHANNEL_SEND;
    return atomic_load(&channel->memory->had[other]) && !mmv_channel_has_peer(channel);
}

/* Whether all of it is still there; with the guard on. */
static mmv_status check_there(const mmv_channel *channel, const char *operation)
{
    size_t at;
    mmv_status status = mmv__object_check(&channel->object, operation);
    if (status || !mmv__guard_caught(channel->watch, &at))
        return status;
    return mmv__fail_path_at(MMV_ETRUNC, 0, operation, channel->object.name->path, RING + at % channel->room);
}

/* ---- sleeping --------------------------------------------------------------------------------------------------- */

/* What is waited for. */
struct wanted {
    bool (*ready)(const mmv_channel *channel, uint64_t need);
    uint64_t need;
    const char *operation;
};

static mmv__bed *bed_of(const mmv_channel *channel, mmv_channel_side side)
{
    return side == MMV_CHANNEL_SEND ? &channel->memory->sender : &channel->memory->receiver;
}

static void wake(const mmv_channel *channel, mmv_channel_side side)
{
    mmv__bed *bed = bed_of(channel, side);
    if (atomic_load(&bed->asleep) == 0 || atomic_exchange(&bed->asleep, 0) == 0)
        return;
    atomic_fetch_add(&bed->word, 1);
    mmv__meeting_wake(channel->meeting, side);
}

/* Invariant 3: 'asleep' first, the final check after it. */
static void sleep_once(const mmv_channel *channel, const struct wanted *wanted, double seconds)
{
    mmv__bed *bed = bed_of(channel, channel->side);
    uint32_t seen = atomic_load(&bed->word);
    atomic_store(&bed->asleep, 1);
    if (!wanted->ready(channel, wanted->need))
        mmv__meeting_sleep(channel->meeting, channel->side, seen, seconds);
    atomic_store(&bed->asleep, 0);
}

static bool spin(const mmv_channel *channel, const struct wanted *wanted)
{
    for (unsigned i = 0; i < MMV__SPINS; i++) {
        if (wanted->ready(channel, wanted->need))
            return true;
        mmv__os_pause();
    }
    return false;
}

static mmv_status fail_deserted(const mmv_channel *channel, const struct wanted *wanted)
{
    if (wanted->ready(channel, wanted->need))
        return MMV_OK;
    return mmv__object_fail(&channel->object, MMV_EPEER, 0, wanted->operation);
}

/* MMV_ETIMEOUT after 'end' on the clock; a negative one never comes. */
static mmv_status await(const mmv_channel *channel, const struct wanted *wanted, double end)
{
    while (!spin(channel, wanted)) {
        double left = end < 0 ? PATIENCE : end - mmv__os_clock();
        mmv_status status = check_there(channel, wanted->operation);
        if (status)
            return status;
        if (is_deserted(channel))
            return fail_deserted(channel, wanted);
        if (left <= 0)
            return mmv__object_fail(&channel->object, MMV_ETIMEOUT, 0, wanted->operation);
        sleep_once(channel, wanted, left < PATIENCE ? left : PATIENCE);
    }
    return MMV_OK;
}

static double end_of(uint32_t wait_ms)
{
    return wait_ms == MMV_FOREVER ? -1 : mmv__os_clock() + wait_ms * 1e-3;
}

/* ---- sending ---------------------------------------------------------------------------------------------------- */

static uint64_t bytes_of(uint64_t length)
{
    return MMV_CHANNEL_OVERHEAD + mmv_round_up(length, 8);
}

static bool has_room(const mmv_channel *channel, uint64_t need)
{
    uint64_t used =
        atomic_load_explicit(&channel->memory->head, memory_order_relaxed) - atomic_load(&channel->memory->tail);
    return used <= channel->room && need <= channel->room - used;
}

/* With the lock held. */
static mmv_status put(mmv_channel *channel, const void *data, size_t length, double end)
{
    struct memory *memory = channel->memory;
    uint64_t need = bytes_of(length);
    if (!has_room(channel, need)) {
        /* The sender is not woken for every message that is taken out, but for a quarter of the ring. */
        atomic_store(&memory->wanted, mmv_max(need, channel->room / 4));
        mmv_status status = await(channel, &(struct wanted){has_room, need, "send"}, end);
        if (status)
            return status;
    }
    uint64_t head = atomic_load_explicit(&memory->head, memory_order_relaxed);
    char *place = channel->ring + (size_t)(head & (channel->room - 1));
    uint64_t size = length;
    memcpy(place, &size, sizeof size);
    memcpy(place + MMV_CHANNEL_OVERHEAD, data, length);
    atomic_store(&memory->head, head + need);
    return MMV_OK;
}

mmv_status mmv_channel_send(mmv_channel *channel, const void *data, size_t length, uint32_t wait_ms)
{
    if (channel->side != MMV_CHANNEL_SEND)
        return mmv__object_fail(&channel->object, MMV_EACCES, 0, "send");
    if (length > channel->room - MMV_CHANNEL_OVERHEAD)
        return mmv_error_set_parameter(MMV_ERANGE, "send", "length");
    mmv_status there = check_there(channel, "send");
    if (there)
        return there;
    double end = end_of(wait_ms);
    int error = mmv__meeting_lock(channel->meeting, mmv__seconds(wait_ms));
    /* EOWNERDEAD: invariant 1, nothing is to be mended. */
    if (error == ETIMEDOUT)
        return mmv__object_fail(&channel->object, MMV_ETIMEOUT, 0, "send");
    if (error && error != EOWNERDEAD)
        return mmv__object_fail(&channel->object, MMV_OK, error, "send");
    mmv_status status = put(channel, data, length, end);
    mmv__meeting_unlock(channel->meeting);
    if (status == MMV_OK)
        wake(channel, MMV_CHANNEL_RECEIVE);
    mmv_status caught = check_there(channel, "send");
    return caught ? caught : status;
}

/* ---- receiving -------------------------------------------------------------------------------------------------- */

static bool has_message(const mmv_channel *channel, uint64_t need)
{
    (void)need;
    return atomic_load(&channel->memory->head) != atomic_load_explicit(&channel->memory->tail, memory_order_relaxed);
}

mmv_status mmv_channel_peek(mmv_channel *channel, const void **data_ret, size_t *length_ret, uint32_t wait_ms)
{
    struct memory *memory = channel->memory;
    uint64_t length;
    if (channel->side != MMV_CHANNEL_RECEIVE)
        return mmv__object_fail(&channel->object, MMV_EACCES, 0, "receive");
    if (!has_message(channel, 0)) {
        const struct wanted wanted = {has_message, 0, "receive"};
        mmv_status status = await(channel, &wanted, end_of(wait_ms));
        if (status)
            return status;
    }
    uint64_t tail = atomic_load_explicit(&memory->tail, memory_order_relaxed);
    uint64_t there = atomic_load_explicit(&memory->head, memory_order_acquire) - tail;
    const char *place = channel->ring + (size_t)(tail & (channel->room - 1));
    memcpy(&length, place, sizeof length);
    mmv_status caught = check_there(channel, "receive");
    if (caught)
        return caught;
    if (there > channel->room || length > channel->room - MMV_CHANNEL_OVERHEAD || bytes_of(length) > there)
        return mmv__fail_detail(MMV_EIO, "receive", channel->object.name->path, "what lies in it is no message");
    channel->peeked = bytes_of(length);
    *data_ret = place + MMV_CHANNEL_OVERHEAD;
    *length_ret = (size_t)length;
    return MMV_OK;
}

mmv_status mmv_channel_skip(mmv_channel *channel)
{
    struct memory *memory = channel->memory;
    if (channel->peeked == 0)
        return mmv_error_set_parameter(MMV_EINVAL, "receive", "channel");
    uint64_t tail = atomic_load_explicit(&memory->tail, memory_order_relaxed) + channel->peeked;
    channel->peeked = 0;
    atomic_store(&memory->tail, tail);
    if (atomic_load(&memory->sender.asleep)) {
        uint64_t used = atomic_load(&memory->head) - tail;
        if (used == 0 || channel->room - used >= atomic_load(&memory->wanted))
            wake(channel, MMV_CHANNEL_SEND);
    }
    return MMV_OK;
}

mmv_status mmv_channel_receive(mmv_channel *channel, void *data_ret, size_t size, size_t *length_ret, uint32_t wait_ms)
{
    const void *data;
    *length_ret = 0;
    mmv_status status = mmv_channel_peek(channel, &data, length_ret, wait_ms);
    if (status)
        return status;
    if (*length_ret > size) {
        channel->peeked = 0;
        return mmv_error_set_parameter(MMV_ERANGE, "receive", "size");
    }
    memcpy(data_ret, data, *length_ret);
    return mmv_channel_skip(channel);
}
