/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_CALLS_H
#define MMVIEW_CALLS_H

/*
 * calls: the inline calls of the other headers once more, as functions that the library has, for languages that load it
 * and cannot include a header. C and C++ have no use for them.
 *
 * mmv_call_X() is mmv_X(): shape, threads and errors stand there (typed.h, window.h).
 */

#include <mmview/typed.h>
#include <mmview/window.h>

MMV_BEGIN_DECLS

MMV_API mmv_status mmv_call_view_read_int8(const mmv_view *view, uint64_t position, int8_t *value_ret);
MMV_API mmv_status mmv_call_view_write_int8(const mmv_view *view, uint64_t position, int8_t value);
MMV_API mmv_status mmv_call_view_read_uint8(const mmv_view *view, uint64_t position, uint8_t *value_ret);
MMV_API mmv_status mmv_call_view_write_uint8(const mmv_view *view, uint64_t position, uint8_t value);
MMV_API mmv_status mmv_call_view_read_char16(const mmv_view *view, uint64_t position, uint16_t *value_ret);
MMV_API mmv_status mmv_call_view_write_char16(const mmv_view *view, uint64_t position, uint16_t value);
MMV_API mmv_status mmv_call_view_read_int16(const mmv_view *view, uint64_t position, int16_t *value_ret);
MMV_API mmv_status mmv_call_view_write_int16(const mmv_view *view, uint64_t position, int16_t value);
MMV_API mmv_status mmv_call_view_read_uint16(const mmv_view *view, uint64_t position, uint16_t *value_ret);
MMV_API mmv_status mmv_call_view_write_uint16(const mmv_view *view, uint64_t position, uint16_t value);
MMV_API mmv_status mmv_call_view_read_int32(const mmv_view *view, uint64_t position, int32_t *value_ret);
MMV_API mmv_status mmv_call_view_write_int32(const mmv_view *view, uint64_t position, int32_t value);
MMV_API mmv_status mmv_call_view_read_uint32(const mmv_view *view, uint64_t position, uint32_t *value_ret);
MMV_API mmv_status mmv_call_view_write_uint32(const mmv_view *view, uint64_t position, uint32_t value);
MMV_API mmv_status mmv_call_view_read_int64(const mmv_view *view, uint64_t position, int64_t *value_ret);
MMV_API mmv_status mmv_call_view_write_int64(const mmv_view *view, uint64_t position, int64_t value);
MMV_API mmv_status mmv_call_view_read_uint64(const mmv_view *view, uint64_t position, uint64_t *value_ret);
MMV_API mmv_status mmv_call_view_write_uint64(const mmv_view *view, uint64_t position, uint64_t value);
MMV_API mmv_status mmv_call_view_read_float(const mmv_view *view, uint64_t position, float *value_ret);
MMV_API mmv_status mmv_call_view_write_float(const mmv_view *view, uint64_t position, float value);
MMV_API mmv_status mmv_call_view_read_double(const mmv_view *view, uint64_t position, double *value_ret);
MMV_API mmv_status mmv_call_view_write_double(const mmv_view *view, uint64_t position, double value);
MMV_API mmv_status mmv_call_view_read_bool(const mmv_view *view, uint64_t position, bool *value_ret);
MMV_API mmv_status mmv_call_view_write_bool(const mmv_view *view, uint64_t position, bool value);

MMV_API mmv_status mmv_call_view_read_struct(const mmv_view *view, uint64_t position, void *value_ret, size_t size);
MMV_API mmv_status mmv_call_view_write_struct(const mmv_view *view, uint64_t position, const void *value, size_t size);
MMV_API void *mmv_call_view_span(const mmv_view *view, uint64_t position, size_t length);

MMV_API void *mmv_call_acquire(mmv_cursor *cursor, uint64_t offset, size_t need, size_t *left_ret);

/*
 * mmv_layout() - where a field of a public struct lies: mmv_layout("mmv_view", "data"). Languages write such structs
 * down a second time; who compares when he loads the library is told of a difference before it does harm.
 * Shape:   bytes from the start of the struct; with NULL for the field the size of the struct. SIZE_MAX = there is none
 *          of the name. Fields that are not the caller's have none.
 * Threads: any.
 */
MMV_API size_t mmv_layout(const char *type, const char *field);

MMV_END_DECLS

#endif
