/* SPDX-License-Identifier: MIT */
/* calls.c - see calls.h: the inline calls, compiled once. */

#include <mmview/calls.h>

#define CALLS(name, type)                                                                                              \
    mmv_status mmv_call_view_read_##name(const mmv_view *view, uint64_t position, type *value_ret)                     \
    {                                                                                                                  \
        return mmv_view_read_##name(view, position, value_ret);                                                        \
    }                                                                                                                  \
    mmv_status mmv_call_view_write_##name(const mmv_view *view, uint64_t position, type value)                         \
    {                                                                                                                  \
        return mmv_view_write_##name(view, position, value);                                                           \
    }

CALLS(int8, int8_t)
CALLS(uint8, uint8_t)
CALLS(char16, uint16_t)
CALLS(int16, int16_t)
CALLS(uint16, uint16_t)
CALLS(int32, int32_t)
CALLS(uint32, uint32_t)
CALLS(int64, int64_t)
CALLS(uint64, uint64_t)
CALLS(float, float)
CALLS(double, double)
CALLS(bool, bool)

mmv_status mmv_call_view_read_struct(const mmv_view *view, uint64_t position, void *value_ret, size_t size)
{
    return mmv_view_read_struct(view, position, value_ret, size);
}

mmv_status mmv_call_view_write_struct(const mmv_view *view, uint64_t position, const void *value, size_t size)
{
    return mmv_view_write_struct(view, position, value, size);
}

void *mmv_call_view_span(const mmv_view *view, uint64_t position, size_t length)
{
    return mmv_view_span(view, position, length);
}

void *mmv_call_acquire(mmv_cursor *cursor, uint64_t offset, size_t need, size_t *left_ret)
{
    return mmv_acquire(cursor, offset, need, left_ret);
}
