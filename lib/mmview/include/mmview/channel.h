/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_CHANNEL_H
#define MMVIEW_CHANNEL_H

/*
 * channel: messages between processes, through a ring in a named map.
 *
 *     sender --\
 *     sender ---+--> [ message | message | ... ] --> receiver
 *     sender --/
 *
 * Any number of senders, one receiver at a time. Messages of any size up to the ring's arrive whole, in the order in
 * which they were sent, each once. A message that a killed sender had not finished is not there. A message that a
 * killed receiver had not finished goes to the next receiver. A channel that is not made to persist is gone, with what
 * is in it, when nobody has it open.
 */

#include <mmview/sync.h>

MMV_BEGIN_DECLS

typedef struct mmv_channel mmv_channel;

typedef enum mmv_channel_side { MMV_CHANNEL_SEND = 0, MMV_CHANNEL_RECEIVE } mmv_channel_side;

/* Bytes that a message takes in the ring besides its own, rounded up to a multiple of 8. */
#define MMV_CHANNEL_OVERHEAD 8u

/*
 * mmv_channel_open() - open or create a channel, to send or to receive.
 * Units:   options->capacity: bytes of a new ring, rounded up to a power of two, 64 KiB at least; 0 = 1 MiB.
 * Errors:  those of mmv_map_open_named(), and MMV_EBUSY when there is a receiver already.
 */
MMV_API mmv_status mmv_channel_open(const char *name, mmv_channel_side side, const mmv_shared_options *options,
                                    mmv_channel **channel_ret);

/*
 * mmv_channel_send() - put a message in, waiting for room.
 * Threads: any number at once, also through one handle.
 * Errors:  MMV_ERANGE(length) larger than the ring; MMV_ETIMEOUT; MMV_EPEER there was a receiver, it is gone, and
 *          there is no room; MMV_EACCES for a receiver's handle. The message is not sent then.
 */
MMV_API mmv_status mmv_channel_send(mmv_channel *channel, const void *data, size_t length, uint32_t wait_ms);

/*
 * mmv_channel_receive() - copy the next message out, waiting for it.
 * Shape:   *length_ret is the message's length. A message larger than 'size' is MMV_ERANGE(size), and stays.
 * Threads: one at a time.
 * Errors:  MMV_ETIMEOUT; MMV_EPEER nothing is left, there were senders, and all are gone; MMV_EIO what lies there is
 *          no message; MMV_EACCES for a sender's handle.
 */
MMV_API mmv_status mmv_channel_receive(mmv_channel *channel, void *data_ret, size_t size, size_t *length_ret,
                                       uint32_t wait_ms);

/*
 * mmv_channel_peek() - the next message where it lies, without a copy: until mmv_channel_skip() nobody changes it.
 * Owner:   the channel.
 * Errors:  as mmv_channel_receive(), but for its size.
 */
MMV_API mmv_status mmv_channel_peek(mmv_channel *channel, const void **data_ret, size_t *length_ret, uint32_t wait_ms);

/*
 * mmv_channel_skip() - done with the message that mmv_channel_peek() gave.
 * Errors:  MMV_EINVAL(channel) when there is none.
 */
MMV_API mmv_status mmv_channel_skip(mmv_channel *channel);

/*
 * mmv_channel_has_peer() - whether anybody has the other side open now. Costs a system call. True where the system
 * cannot tell.
 */
MMV_API bool mmv_channel_has_peer(const mmv_channel *channel);

/* mmv_channel_room() - bytes of the ring. */
MMV_API size_t mmv_channel_room(const mmv_channel *channel);

MMV_API void mmv_channel_close(mmv_channel **channel);

MMV_END_DECLS

#endif
