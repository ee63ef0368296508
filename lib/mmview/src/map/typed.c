/* SPDX-License-Identifier: MIT */
/* typed.c - what of typed.h is too large to be inline. */

#include "base/error.h"

#include <mmview/typed.h>

#include <string.h>

/* Only the sign and a power of ten up to 28 may be set. */
static bool is_decimal(mmv_decimal value)
{
    uint32_t flags = (uint32_t)value.flags;
    return (flags & 0x7f00ffffu) == 0 && (flags >> 16 & 0xffu) <= 28;
}

mmv_status mmv_view_read_decimal(const mmv_view *view, uint64_t position, mmv_decimal *value_ret)
{
    mmv_decimal value;
    mmv_status status = mmv_view_read_struct(view, position, &value, sizeof value);
    if (status)
        return status;
    if (!is_decimal(value))
        return mmv_error_set_parameter(MMV_EINVAL, "read", "decimal");
    *value_ret = value;
    return MMV_OK;
}

mmv_status mmv_view_write_decimal(const mmv_view *view, uint64_t position, mmv_decimal value)
{
    if (!is_decimal(value))
        return mmv_error_set_parameter(MMV_EINVAL, "write", "decimal");
    return mmv_view_write_struct(view, position, &value, sizeof value);
}

/* ---- arrays ----------------------------------------------------------------------------------------------------- */

/* Bytes of 'count' values with their room; a number that no view has when they would not fit 64 bits. */
static size_t room_of(size_t count, size_t stride)
{
    return count > SIZE_MAX / stride ? SIZE_MAX : count * stride;
}

static size_t stride_of(const mmv_strided *shape)
{
    return shape->stride ? shape->stride : shape->size;
}

static mmv_status check_shape(const mmv_strided *shape, const char *operation)
{
    if (shape->size == 0)
        return mmv_error_set_parameter(MMV_EINVAL, operation, "size");
    return stride_of(shape) < shape->size ? mmv_error_set_parameter(MMV_EINVAL, operation, "stride") : MMV_OK;
}

/* Where values of memory and of a view lie. */
struct places {
    char *to;
    const char *from;
    size_t to_stride, from_stride;
};

static void copy(struct places places, size_t size, size_t count)
{
    if (places.to_stride == places.from_stride && places.to_stride == size) {
        memcpy(places.to, places.from, size * count);
        return;
    }
    for (size_t i = 0; i < count; i++)
        memcpy(places.to + i * places.to_stride, places.from + i * places.from_stride, size);
}

mmv_status mmv_view_read_strided(const mmv_view *view, uint64_t position, void *values_ret, const mmv_strided *shape,
                                 size_t *count_ret)
{
    size_t stride = stride_of(shape);
    *count_ret = 0;
    mmv_status status = check_shape(shape, "read");
    if (status)
        return status;
    /* Asking for more values than fit is no error, but a position without a byte is. */
    if (position >= view->readable_)
        return mmv_view_refuse_(view, position, shape->count > 0, false);
    size_t fits = (size_t)(view->readable_ - position) / stride;
    size_t some = shape->count < fits ? shape->count : fits;
    const char *from = (const char *)view->data + (size_t)position;
    copy((struct places){values_ret, from, shape->size, stride}, shape->size, some);
    *count_ret = some;
    return MMV_OK;
}

mmv_status mmv_view_write_strided(const mmv_view *view, uint64_t position, const void *values, const mmv_strided *shape)
{
    size_t stride = stride_of(shape);
    mmv_status status = check_shape(shape, "write");
    if (status)
        return status;
    if (position >= view->writable_ || shape->count > (size_t)(view->writable_ - position) / stride)
        return mmv_view_refuse_(view, position, room_of(shape->count, stride), true);
    char *to = (char *)view->data + (size_t)position;
    copy((struct places){to, values, stride, shape->size}, shape->size, shape->count);
    return MMV_OK;
}

/* size: the five of mmv_view_write_array(), and how many values were read, which .NET's ReadArray() returns */
mmv_status mmv_view_read_array(const mmv_view *view, uint64_t position, void *values_ret, size_t size, size_t count,
                               size_t *count_ret)
{
    return mmv_view_read_strided(view, position, values_ret, &(mmv_strided){size, size, count}, count_ret);
}

mmv_status mmv_view_write_array(const mmv_view *view, uint64_t position, const void *values, size_t size, size_t count)
{
    return mmv_view_write_strided(view, position, values, &(mmv_strided){size, size, count});
}
