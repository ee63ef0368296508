/* SPDX-License-Identifier: MIT */
/* stream.c - a view with a position. */

#include "base/error.h"
#include "map/map.h"
#include "os/file.h"

#include <mmview/stream.h>
#include <mmview/typed.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

mmv_status mmv_stream_open(mmv_map *map, mmv_access access, uint64_t offset, uint64_t length, mmv_stream *stream_ret)
{
    mmv_view_options options = {.access = access};
    mmv_view view;
    mmv_status status = mmv_view_open_with(map, offset, length, &options, &view);
    if (status == MMV_OK)
        *stream_ret = (mmv_stream){.view = view};
    return status;
}

/* Refuses what the access forbids, and a closed stream, also when no byte is to be moved. */
static mmv_status check_access(const mmv_stream *stream, bool writing)
{
    return mmv_view_refuse_(&stream->view, 0, 0, writing);
}

mmv_status mmv_stream_read(mmv_stream *stream, void *data_ret, size_t length, size_t *done_ret)
{
    size_t done = 0;
    *done_ret = 0;
    mmv_status status = check_access(stream, false);
    if (status || length == 0 || stream->position >= stream->view.length)
        return status;
    status = mmv_view_read_array(&stream->view, stream->position, data_ret, 1, length, &done);
    stream->position += done;
    *done_ret = done;
    return status;
}

mmv_status mmv_stream_write(mmv_stream *stream, const void *data, size_t length)
{
    mmv_status status = check_access(stream, true);
    if (status || length == 0)
        return status;
    if (stream->position > stream->view.length || length > stream->view.length - stream->position)
        return mmv_error_set_parameter(MMV_ERANGE, "write", "length");
    status = mmv_view_write_array(&stream->view, stream->position, data, 1, length);
    if (status == MMV_OK)
        stream->position += length;
    return status;
}

mmv_status mmv_stream_seek(mmv_stream *stream, int64_t offset, mmv_origin origin, uint64_t *position_ret)
{
    const uint64_t starts[] = {0, stream->position, stream->view.length};
    if (stream->view.map_ == NULL)
        return mmv_error_set(MMV_ECLOSED, 0, "seek");
    if ((unsigned)origin > MMV_FROM_END)
        return mmv_error_set_parameter(MMV_EINVAL, "seek", "origin");
    uint64_t start = starts[origin];
    uint64_t distance = offset < 0 ? 0 - (uint64_t)offset : (uint64_t)offset;
    if (start > INT64_MAX || (offset < 0 ? distance > start : distance > INT64_MAX - start))
        return mmv_error_set_parameter(MMV_ERANGE, "seek", "offset");
    stream->position = offset < 0 ? start - distance : start + distance;
    if (position_ret)
        *position_ret = stream->position;
    return MMV_OK;
}

mmv_status mmv_stream_flush(const mmv_stream *stream, mmv_flush how)
{
    return mmv_view_flush(&stream->view, 0, 0, how);
}

void mmv_stream_close(mmv_stream *stream)
{
    mmv_view_close(&stream->view);
    stream->position = 0;
}

/* ---- as a FILE -------------------------------------------------------------------------------------------------- */

static int read_file(void *user, char *data, size_t length, size_t *done_ret)
{
    return mmv_stream_read(user, data, length, done_ret) == MMV_OK ? 0 : EBADF;
}

/* Writes as much as there is room for: stdio hands over a buffer at a time, not what its user wrote. */
static int write_file(void *user, const char *data, size_t length, size_t *done_ret)
{
    mmv_stream *stream = user;
    uint64_t room = stream->view.length > stream->position ? stream->view.length - stream->position : 0;
    size_t some = (size_t)mmv_min(length, room);
    *done_ret = 0;
    if (check_access(stream, true) != MMV_OK)
        return EBADF;
    if (mmv_stream_write(stream, data, some) != MMV_OK)
        return EBADF;
    *done_ret = some;
    return some < length ? ENOSPC : 0;
}

static int seek_file(void *user, int64_t offset, unsigned origin, uint64_t *position_ret)
{
    return mmv_stream_seek(user, offset, (mmv_origin)origin, position_ret) == MMV_OK ? 0 : EINVAL;
}

static void close_file(void *user)
{
    mmv_stream_close(user);
    free(user);
}

FILE *mmv_stream_file(mmv_map *map, mmv_access access, uint64_t offset, uint64_t length)
{
    static const mmv__os_cookie calls = {read_file, write_file, seek_file, close_file};
    FILE *file;
    mmv_stream *stream = malloc(sizeof *stream);
    if (!stream) {
        mmv__fail(ENOMEM, "open");
        return NULL;
    }
    if (mmv_stream_open(map, access, offset, length, stream) != MMV_OK) {
        free(stream);
        return NULL;
    }
    bool reads = mmv__basic(stream->view.access_) != MMV_WRITE;
    bool writes = mmv__basic(stream->view.access_) != MMV_READ;
    int error = mmv__os_file(stream, &calls, reads, writes, &file);
    if (error == 0)
        return file;
    close_file(stream);
    mmv__fail(error, "open");
    return NULL;
}
