/* SPDX-License-Identifier: MIT */
/* maps: make named maps, and copy bytes in and out. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <mmview/range.h>
#include <mmview/shared.h>
#include <mmview/stream.h>
#include <mmview/walk.h>

#include "kit/cli/sizes.h"
#include "kit/file/output.h"
#include "mmipc/mmipc.h"

#define PIECE 65536 /* bytes of stdin at a time: what a pipe holds */

static int open_or_make(const struct request *request, mmv_open_mode mode)
{
    bool created = false;
    mmv_map *map;
    char capacity[SIZES_TEXT];
    mmv_shared_options options = {.mode = mode, .permissions = request->mode, .persist = true, .created_ret = &created};
    if (!sizes_take(request->console, "SIZE", request->more[0], NULL, &options.capacity))
        return TOOL_USAGE;
    mmv_status status = mmv_map_open_named(request->name, MMV_READ, &options, &map);
    if (status != MMV_OK)
        return request_failed(request);
    console_explain(request->console, mmv_map_path(map), "%s, %s", created ? "made" : "is there already",
                    sizes_text(mmv_map_capacity(map), capacity));
    mmv_map_close(&map);
    return TOOL_DONE;
}

int map_create(const struct request *request)
{
    return open_or_make(request, MMV_CREATE_NEW);
}

int map_open_or_create(const struct request *request)
{
    return open_or_make(request, MMV_OPEN_OR_CREATE);
}

static bool fits(const struct request *request, const mmv_map *map)
{
    uint64_t capacity = mmv_map_capacity(map);
    if (request->offset <= capacity && request->length <= capacity - request->offset)
        return true;
    console_usage(request->console, "%s: offset %" PRIu64 " and length %" PRIu64 " reach behind its %" PRIu64 " bytes",
                  request->name, request->offset, request->length, capacity);
    return false;
}

static int copy_in(const struct request *request, mmv_stream *stream)
{
    static char piece[PIECE];
    size_t length;
    int error;
    while ((error = file_read(FILE_STDIN, piece, sizeof piece, &length)) == 0 && length > 0) {
        uint64_t room = stream->view.length - stream->position;
        size_t some = (size_t)mmv_min(length, room);
        if (mmv_stream_write(stream, piece, some) != MMV_OK || mmv_view_check(&stream->view) != MMV_OK)
            return request_failed(request);
        if (some < length)
            return console_error(request->console, request->name,
                                 "stdin has more than the %zu bytes behind offset %" PRIu64 ", which are written",
                                 stream->view.length, request->offset);
    }
    return error == 0 ? TOOL_DONE : console_error(request->console, "stdin", "cannot read it: %s", strerror(error));
}

int map_write(const struct request *request)
{
    mmv_map *map;
    mmv_stream stream;
    if (mmv_map_open_named(request->name, MMV_READ_WRITE, NULL, &map) != MMV_OK)
        return request_failed(request);
    int result = fits(request, map) ? TOOL_DONE : TOOL_USAGE;
    if (result == TOOL_DONE)
        result = mmv_stream_open(map, 0, request->offset, 0, &stream) == MMV_OK ? TOOL_DONE : request_failed(request);
    mmv_map_close(&map);
    if (result != TOOL_DONE)
        return result;
    result = copy_in(request, &stream);
    mmv_stream_close(&stream);
    return result;
}

static mmv_status copy_out(const mmv_chunk *chunk, void *user)
{
    (void)user;
    memcpy(chunk->data, chunk->source, chunk->count);
    return MMV_OK;
}

int map_read(const struct request *request)
{
    mmv_map *map;
    mmv_walk_options options = {.record_size = 1, .offset = request->offset, .length = request->length, .threads = 1};
    if (mmv_map_open_named(request->name, MMV_READ, NULL, &map) != MMV_OK)
        return request_failed(request);
    int result = fits(request, map) ? TOOL_DONE : TOOL_USAGE;
    if (result == TOOL_DONE && mmv_walk_stream(map, FILE_STDOUT, &options, copy_out, NULL) != MMV_OK)
        result = request_failed(request);
    mmv_map_close(&map);
    return result == TOOL_DONE ? output_finish_stdout(request->console, false) : result;
}
