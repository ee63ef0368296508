/* SPDX-License-Identifier: MIT */
/* typed.c - what of typed.h is too large to be inline. */

#include "base/error.h"

#include <mmview/typed.h>

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

/* size: the five of mmv_view_write_array(), and how many values were read, which .NET's ReadArray() returns */
mmv_status mmv_view_read_array(const mmv_view *view, uint64_t position, void *values_ret, size_t size, size_t count,
                               size_t *count_ret)
{
    *count_ret = 0;
    if (size == 0)
        return mmv_error_set_parameter(MMV_EINVAL, "read", "size");
    /* Asking for more values than fit is no error, but a position without a byte is. */
    if (position >= view->readable_)
        return mmv_view_refuse_(view, position, count > 0, false);
    size_t fits = (size_t)(view->readable_ - position) / size;
    size_t some = count < fits ? count : fits;
    memcpy(values_ret, (const char *)view->data + (size_t)position, some * size);
    *count_ret = some;
    return MMV_OK;
}

mmv_status mmv_view_write_array(const mmv_view *view, uint64_t position, const void *values, size_t size, size_t count)
{
    if (size == 0)
        return mmv_error_set_parameter(MMV_EINVAL, "write", "size");
    if (position >= view->writable_ || count > (size_t)(view->writable_ - position) / size)
        return mmv_view_refuse_(view, position, count > SIZE_MAX / size ? SIZE_MAX : count * size, true);
    memcpy((char *)view->data + (size_t)position, values, count * size);
    return MMV_OK;
}
