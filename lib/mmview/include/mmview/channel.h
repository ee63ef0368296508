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
 * A channel has any number of senders, and one receiver at a time. A message may be as large as the ring, less
 * MMV_CHANNEL_OVERHEAD. Messages arrive whole and once, in the order in which they were sent. A message that a killed
 * sender had not finished does not arrive. A message that a killed receiver had not taken out goes to the next
 * receiver. When nobody has a channel open, it is gone with its messages, unless it was made to persist.
 */

#include <mmview/sync.h>

MMV_BEGIN_DECLS

typedef struct mmv_channel mmv_channel;

typedef enum mmv_channel_side { MMV_CHANNEL_SEND = 0, MMV_CHANNEL_RECEIVE } mmv_channel_side;

/* A message takes this many bytes in the ring besides its own bytes, which are rounded up to a multiple of 8. */
#define MMV_CHANNEL_OVERHEAD 8u

/*
 * mmv_channel_open() - open or create a channel, to send or to receive.
 * Units:   options->capacity: bytes of a new ring, rounded up to a power of two, 64 KiB at least; 0 = 1 MiB.
 * Errors:  those of mmv_map_open_named(), and MMV_EBUSY when there is a receiver already.
 */
MMV_API mmv_status mmv_channel_open(const char *name, mmv_channel_side side, const mmv_shared_options *options,
                                    mmv_channel **channel_ret);

/*
 * mmv_channel_send() - wait for room in the ring, and put a message in.
 * Units:   wait_ms is the longest wait in milliseconds; 0 = do not wait, MMV_FOREVER = no limit.
 * Threads: any number at once, also through one handle.
 * Errors:  MMV_ERANGE(length) when the message is larger than the ring less MMV_CHANNEL_OVERHEAD. MMV_ETIMEOUT.
 *          MMV_EPEER when there is no room, and there was a receiver but it is gone. MMV_EACCES for a receiver's
 *          handle. After an error the message is not sent.
 */
MMV_API mmv_status mmv_channel_send(mmv_channel *channel, const void *data, size_t length, uint32_t wait_ms);

/*
 * mmv_channel_receive() - wait for the next message, and copy it out.
 * Shape:   *length_ret is the message's length. A message larger than 'size' is MMV_ERANGE(size), and stays in the
 *          channel.
 * Threads: one at a time.
 * Errors:  MMV_ETIMEOUT. MMV_EPEER when no message is left, and there were senders but all are gone. MMV_EIO when the
 *          ring holds bytes that are no message. MMV_EACCES for a sender's handle.
 */
MMV_API mmv_status mmv_channel_receive(mmv_channel *channel, void *data_ret, size_t size, size_t *length_ret,
                                       uint32_t wait_ms);

/*
 * mmv_channel_peek() - wait for the next message, and show it in the ring, without a copy. Nobody changes the message
 * before mmv_channel_skip().
 * Owner:   the channel.
 * Errors:  as mmv_channel_receive(), except MMV_ERANGE(size).
 */
MMV_API mmv_status mmv_channel_peek(mmv_channel *channel, const void **data_ret, size_t *length_ret, uint32_t wait_ms);

/*
 * mmv_channel_skip() - take out the message that mmv_channel_peek() showed.
 * Errors:  MMV_EINVAL(channel) when there is no such message.
 */
MMV_API mmv_status mmv_channel_skip(mmv_channel *channel);

/*
 * mmv_channel_has_peer() - whether anybody has the other side open now. Asking costs a system call. The answer is true
 * where the system cannot tell.
 */
MMV_API bool mmv_channel_has_peer(const mmv_channel *channel);

/* mmv_channel_room() - the size of the ring in bytes. */
MMV_API size_t mmv_channel_room(const mmv_channel *channel);

MMV_API void mmv_channel_close(mmv_channel **channel);

MMV_END_DECLS

#endif
