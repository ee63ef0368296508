/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_STREAM_H
#define TOOLS_STREAM_H

/*
 * stream: bytes that come once, or whose number the system does not tell: a pipe, stdin, files of /proc. They are taken
 * as they come, or kept in a file without a name: windows and several passes need one.
 *
 *     | head: kept in memory .... | ......................... | end
 *     taken ->      stream_take() gives these first, then what comes
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kit/cli/console.h"

/* Headers have up to 1 MiB, and marks of other kinds are looked for as far. */
#define STREAM_HEAD ((size_t)2 << 20)

struct stream {
    const struct console *console;
    const char *name; /* for messages; the caller's */
    int descriptor;   /* its own */
    unsigned char *head;
    size_t head_length;
    uint64_t taken;
    bool ended; /* nothing more comes: what was not taken is in the head */
};

/*
 * stream_open() - read the head of 'descriptor', from where it stands.
 * Shape:   a FIFO that nobody has opened for writing is waited for, some seconds; signals end the waiting. Returns an
 *          exit status; what failed was said of 'name'.
 * Owner:   the caller closes 'descriptor'; stream_close() in any case.
 */
int stream_open(struct stream *stream, const struct console *console, const char *name, int descriptor);

/* stream_take() - the next bytes: bytes[0..*length_ret), fewer than 'size' only at the end. Returns an exit status. */
int stream_take(struct stream *stream, void *bytes, size_t size, size_t *length_ret);

/* stream_skip() - so many bytes less; *length_ret is smaller at the end. Returns an exit status. */
int stream_skip(struct stream *stream, uint64_t size, uint64_t *length_ret);

/*
 * stream_keep_head(), stream_keep() - the head, or everything to the end, in a regular file that goes when it is
 * closed, in the folder for temporary files. Nothing was taken before. Returns an exit status; what failed was said.
 * Owner:   the caller closes *spool_ret.
 */
int stream_keep_head(const struct stream *stream, int *spool_ret);
int stream_keep(struct stream *stream, int *spool_ret);

void stream_close(struct stream *stream);

#endif
