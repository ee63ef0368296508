/* SPDX-License-Identifier: MIT */
/*
 * stream: see stream.h. It may be waited for as long as somebody has the other end, so signals are looked at meanwhile.
 */
#include "kit/file/stream.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kit/os/file.h"
#include "kit/os/signals.h"

/* What a pipe holds on Linux is 64 KiB, 1 MiB when somebody has asked for it. */
#define AT_ONCE ((size_t)1 << 20)

/* How long a FIFO is waited for that nobody writes to. */
#define TURN_MS 100
#define TURNS_ALONE 30

/* One portion; a length of 0 is the end. EINTR = a signal asked for the end; ETIMEDOUT = nobody has the other end. */
static int read_portion(int descriptor, unsigned char *bytes, size_t size, size_t *length_ret)
{
    for (unsigned alone = 0; alone <= TURNS_ALONE;) {
        bool is_there = file_wait(descriptor, TURN_MS);
        int error = signals_stop() ? EINTR : is_there ? file_read_some(descriptor, bytes, size, length_ret) : EAGAIN;
        if (error != EAGAIN)
            return error;
        /* Asked without waiting, one whose other end nobody has opened says that it is at its end. */
        alone += !is_there && file_is_alone(descriptor);
    }
    return ETIMEDOUT;
}

static int explain(const struct stream *stream, int error)
{
    if (error == EINTR)
        return TOOL_FAILED;
    if (error == ETIMEDOUT)
        return console_error(stream->console, stream->name, "nobody writes to it");
    return console_error(stream->console, stream->name, "cannot read it: %s", strerror(error));
}

/* What comes, not what is in the head. */
static int fill(struct stream *stream, unsigned char *bytes, size_t size, size_t *length_ret)
{
    int error = 0;
    *length_ret = 0;
    while (*length_ret < size && !stream->ended && error == 0) {
        size_t length = 0, rest = size - *length_ret;
        error = read_portion(stream->descriptor, bytes + *length_ret, rest < AT_ONCE ? rest : AT_ONCE, &length);
        stream->ended = error == 0 && length == 0;
        *length_ret += error == 0 ? length : 0;
    }
    return error == 0 ? TOOL_DONE : explain(stream, error);
}

int stream_open(struct stream *stream, const struct console *console, const char *name, int descriptor)
{
    *stream = (struct stream){.console = console, .name = name, .descriptor = -1, .head = malloc(STREAM_HEAD)};
    if (!stream->head)
        return console_error(console, name, "not enough memory");
    int error = file_again(descriptor, &stream->descriptor);
    if (error != 0)
        return console_error(console, name, "cannot read it: %s", strerror(error));
    return fill(stream, stream->head, STREAM_HEAD, &stream->head_length);
}

int stream_take(struct stream *stream, void *bytes, size_t size, size_t *length_ret)
{
    size_t kept = 0, more = 0;
    int result = TOOL_DONE;
    if (stream->taken < stream->head_length) {
        size_t at = (size_t)stream->taken;
        kept = stream->head_length - at < size ? stream->head_length - at : size;
        memcpy(bytes, stream->head + at, kept);
    }
    if (kept < size)
        result = fill(stream, (unsigned char *)bytes + kept, size - kept, &more);
    *length_ret = kept + more;
    stream->taken += *length_ret;
    return result;
}

int stream_skip(struct stream *stream, uint64_t size, uint64_t *length_ret)
{
    unsigned char *bytes = malloc(AT_ONCE);
    int result = bytes ? TOOL_DONE : console_error(stream->console, stream->name, "not enough memory");
    size_t length = 1;
    *length_ret = 0;
    while (*length_ret < size && result == TOOL_DONE && length > 0) {
        uint64_t rest = size - *length_ret;
        result = stream_take(stream, bytes, rest < AT_ONCE ? (size_t)rest : AT_ONCE, &length);
        *length_ret += length;
    }
    free(bytes);
    return result;
}

static int keep_failed(const struct stream *stream, int spool, int error)
{
    if (spool >= 0)
        file_close(spool);
    return console_error(stream->console, stream->name,
                         "cannot keep what it has in a temporary file: %s; TMPDIR says where", strerror(error));
}

int stream_keep_head(const struct stream *stream, int *spool_ret)
{
    int spool = -1, error = file_temporary(&spool);
    if (error == 0)
        error = file_write(spool, stream->head, stream->head_length);
    *spool_ret = spool;
    return error == 0 ? TOOL_DONE : keep_failed(stream, spool, error);
}

int stream_keep(struct stream *stream, int *spool_ret)
{
    assert(stream->taken == 0);
    size_t length = 0;
    int result = stream_keep_head(stream, spool_ret), error = 0;
    if (result != TOOL_DONE)
        return result;
    /* The head is in the file: its place is for what comes now. */
    stream->taken = stream->head_length;
    do {
        result = fill(stream, stream->head, AT_ONCE, &length);
        error = result == TOOL_DONE ? file_write(*spool_ret, stream->head, length) : 0;
    } while (length > 0 && result == TOOL_DONE && error == 0);
    if (error != 0)
        return keep_failed(stream, *spool_ret, error);
    if (result != TOOL_DONE)
        file_close(*spool_ret);
    return result;
}

void stream_close(struct stream *stream)
{
    if (stream->descriptor >= 0)
        file_close(stream->descriptor);
    free(stream->head);
    *stream = (struct stream){.descriptor = -1};
}
