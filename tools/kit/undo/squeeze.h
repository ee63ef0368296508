/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_UNDO_SQUEEZE_H
#define TOOLS_UNDO_SQUEEZE_H

/* squeeze: compressing with zstd, which is loaded when it is needed. */

#include <stdbool.h>
#include <stddef.h>

/* squeeze_can() - load it; before any thread is started, and before the other functions. */
bool squeeze_can(void);

/* squeeze_room() - how long the result of compressing so many bytes is at most. */
size_t squeeze_room(size_t length);

/* squeeze() - compress; returns the length of the result, or 0 when it failed. 'state' is NULL at first, a thread's. */
size_t squeeze(void **state, void *to, size_t room, const void *from, size_t length);
void squeeze_drop(void **state);

/* squeeze_undo() - whether 'from' is the compressed form of exactly 'length' bytes, which are in 'to' now. */
bool squeeze_undo(void *to, size_t length, const void *from, size_t packed);

#endif
