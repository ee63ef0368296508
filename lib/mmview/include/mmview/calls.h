/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_CALLS_H
#define MMVIEW_CALLS_H

/*
 * calls: the inline calls of other headers as functions of the library.
 * They are for languages that load the library and cannot include a header. C and C++ do not need them.
 *
 * mmv_call_X() does the same as mmv_X(): see typed.h and window.h for shape, threads and errors.
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
 * mmv_layout() - where a field of a public struct lies: mmv_layout("mmv_view", "data"). Bindings declare these structs
 * once more, in their own language. A binding should compare the offsets when it loads the library: then it notices a
 * difference before any harm is done.
 * Shape:   bytes from the start of the struct; the size of the struct when 'field' is NULL. SIZE_MAX = no such struct
 *          or field. Fields that are not for the caller give SIZE_MAX, too.
 * Threads: any.
 */
MMV_API size_t mmv_layout(const char *type, const char *field);

MMV_END_DECLS

#endif
