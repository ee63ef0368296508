/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_STREAM_H
#define MMVIEW_STREAM_H

/*
 * stream: a view that is read and written from front to back, at a position.
 * Its length is fixed: reading stops at the end, and writing beyond the end is refused.
 */

#include <mmview/view.h>

#include <stdio.h>

MMV_BEGIN_DECLS

/* The caller may set 'position', also behind the end, where nothing is read and writing fails. */
typedef struct mmv_stream {
    mmv_view view;
    uint64_t position; /* bytes from the view's first one */
} mmv_stream;

typedef enum mmv_origin { MMV_FROM_START = 0, MMV_FROM_POSITION, MMV_FROM_END } mmv_origin;

/*
 * mmv_stream_open() - a stream over bytes [offset, offset + length) of a map, at position 0.
 * Units:   length 0 = to the end of the map as it is now, MMV_EMPTY = no bytes.
 * Owner:   the caller, until mmv_stream_close(). The map may be closed earlier.
 * Threads: one at a time.
 * Errors:  as mmv_view_open_as(); access 0 = the map's.
 */
MMV_API mmv_status mmv_stream_open(mmv_map *map, mmv_access access, uint64_t offset, uint64_t length,
                                   mmv_stream *stream_ret);

/*
 * mmv_stream_read() - copy up to 'length' bytes out, and advance the position.
 * Shape:   *done_ret is less than 'length' only when fewer bytes are left in the stream. It is 0 at or behind the end.
 *          Neither is an error.
 * Errors:  MMV_EACCES when the access forbids reading, MMV_ECLOSED.
 */
MMV_API mmv_status mmv_stream_read(mmv_stream *stream, void *data_ret, size_t length, size_t *done_ret);

/*
 * mmv_stream_write() - copy 'length' bytes in, all of them or none, and advance the position.
 * Errors:  MMV_ERANGE(length) when not all bytes fit, MMV_EACCES, MMV_ECLOSED.
 */
MMV_API mmv_status mmv_stream_write(mmv_stream *stream, const void *data, size_t length);

/*
 * mmv_stream_seek() - move the position.
 * Shape:   *position_ret may be NULL.
 * Errors:  MMV_ERANGE(offset) before the first byte or beyond INT64_MAX, MMV_EINVAL(origin), MMV_ECLOSED. After an
 *          error the position is unchanged.
 */
MMV_API mmv_status mmv_stream_seek(mmv_stream *stream, int64_t offset, mmv_origin origin, uint64_t *position_ret);

/* mmv_stream_flush() - flush the whole stream, as mmv_view_flush(). */
MMV_API mmv_status mmv_stream_flush(const mmv_stream *stream, mmv_flush how);

/* mmv_stream_close() - unmap and zero the struct; closing twice is harmless. */
MMV_API void mmv_stream_close(mmv_stream *stream);

/*
 * mmv_stream_file() - open a stream as a FILE, for calls of the C library and others that take one.
 * Shape:   the FILE reads and writes as the access allows. NULL when the call fails: see mmv_last_error(). Writing
 *          beyond the end is ENOSPC.
 * Owner:   the caller, until fclose(3).
 * Errors:  as mmv_stream_open(); MMV_ENOTSUP where the C library has no fopencookie(3).
 * Source:  fopencookie(3).
 */
MMV_API FILE *mmv_stream_file(mmv_map *map, mmv_access access, uint64_t offset, uint64_t length);

MMV_END_DECLS

#endif
