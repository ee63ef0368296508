/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_TYPED_H
#define MMVIEW_TYPED_H

/*
 * typed: single values, structs and arrays in a view, at any byte position, every bound checked.
 *
 * The calls for single values are inline: one comparison and one load or store, no lock, no reference count. Languages
 * that cannot include this header find the same calls as functions in calls.h. A loop over many values of one type is
 * even faster with a pointer from mmv_view_span(), which checks the bounds of all values once.
 *
 *     for (uint64_t at = 0; at < view.length && !status; at += sizeof colour)
 *         if (!(status = mmv_view_read_struct(&view, at, &colour, sizeof colour))) ...
 *
 * Values have the machine's byte order and need no alignment. Threads may use one view together. When one thread reads
 * a value while another writes it, the reader may see the value half changed. To avoid that, use C11 atomics on a
 * pointer from mmv_view_span().
 *
 * All calls that return a status have these errors: MMV_ERANGE(position) when the value begins outside of the view, and
 * MMV_ERANGE(length) when it begins inside and ends outside. MMV_EACCES when the view does not allow the access, and
 * MMV_ECLOSED when the view is closed. After an error nothing was read or written.
 */

#include <mmview/view.h>

#include <string.h>

MMV_BEGIN_DECLS

/*
 * .NET's Decimal as it lies in memory: an integer of 96 bits, and flags. Bit 31 of the flags says that the number is
 * negative. Bits 16 to 23 are an exponent from 0 to 28: the integer is divided by 10 to this power.
 */
typedef struct mmv_decimal {
    int32_t low, middle, high, flags;
} mmv_decimal;

/*
 * Parts of the inline calls, not for other code. Mostly one comparison is enough: where at least 64 bytes of the view
 * are left, each value of up to 64 bytes fits.
 */
#if defined(__GNUC__)
#define MMV_VIEW_NEARLY_ALWAYS_(condition) __builtin_expect(!!(condition), 1)
#define MMV_VIEW_NEVER_(condition) ((condition) ? __builtin_unreachable() : (void)0)
#else
#define MMV_VIEW_NEARLY_ALWAYS_(condition) (condition)
#define MMV_VIEW_NEVER_(condition) ((void)0)
#endif
#define MMV_VIEW_NEAR_ 63u /* size of the largest small value, less one */
#define MMV_VIEW_HAS_(view, limit, position, size)                                                                     \
    (MMV_VIEW_NEARLY_ALWAYS_((size) <= MMV_VIEW_NEAR_ + 1 && (position) < (view)->near_##limit) ||                     \
     ((size) <= (view)->limit && (position) <= (view)->limit - (size)))

/*
 * The error of an access that an inline call does not make. The inline calls also call this for each access of size 0.
 * For such an access the result is MMV_OK when the access is allowed; in all other cases it is an error.
 */
MMV_API mmv_status mmv_view_refuse_(const mmv_view *view, uint64_t position, size_t size, bool writing);

static inline mmv_status mmv_view_refusal_(const mmv_view *view, uint64_t position, size_t size, bool writing)
{
    mmv_status status = mmv_view_refuse_(view, position, size, writing);
    MMV_VIEW_NEVER_(size > 0 && status == MMV_OK);
    return status;
}

/*
 * mmv_view_read_struct() - copy 'size' bytes at 'position' out of the view.
 * Source:  memcpy(3); the compiler turns it into a single load when the size is constant.
 */
static inline mmv_status mmv_view_read_struct(const mmv_view *view, uint64_t position, void *value_ret, size_t size)
{
    if (size == 0 || !MMV_VIEW_HAS_(view, readable_, position, size))
        return mmv_view_refusal_(view, position, size, false);
    memcpy(value_ret, (const char *)view->data + (size_t)position, size);
    return MMV_OK;
}

/* mmv_view_write_struct() - copy 'size' bytes into the view at 'position'. */
static inline mmv_status mmv_view_write_struct(const mmv_view *view, uint64_t position, const void *value, size_t size)
{
    if (size == 0 || !MMV_VIEW_HAS_(view, writable_, position, size))
        return mmv_view_refusal_(view, position, size, true);
    memcpy((char *)view->data + (size_t)position, value, size);
    return MMV_OK;
}

/*
 * MMV_VIEW_TYPED(name, type) - define mmv_view_read_NAME(view, position, &value) and mmv_view_write_NAME(view,
 * position, value) for a type of your own. Use it at file scope: MMV_VIEW_TYPED(pixel, struct pixel).
 * Shape:   as mmv_view_read_struct(), but the compiler knows the members of the type, and can keep them in registers.
 */
#if defined(__GNUC__)
#define MMV_VIEW_TYPED(name, type)                                                                                     \
    struct mmv_any_##name {                                                                                            \
        type value;                                                                                                    \
    } __attribute__((packed, may_alias));                                                                              \
    static inline mmv_status mmv_view_read_##name(const mmv_view *view, uint64_t position, type *value_ret)            \
    {                                                                                                                  \
        if (!MMV_VIEW_HAS_(view, readable_, position, sizeof(type)))                                                   \
            return mmv_view_refusal_(view, position, sizeof(type), false);                                             \
        *value_ret = ((const struct mmv_any_##name *)((const char *)view->data + (size_t)position))->value;            \
        return MMV_OK;                                                                                                 \
    }                                                                                                                  \
    static inline mmv_status mmv_view_write_##name(const mmv_view *view, uint64_t position, type value)                \
    {                                                                                                                  \
        if (!MMV_VIEW_HAS_(view, writable_, position, sizeof(type)))                                                   \
            return mmv_view_refusal_(view, position, sizeof(type), true);                                              \
        ((struct mmv_any_##name *)((char *)view->data + (size_t)position))->value = value;                             \
        return MMV_OK;                                                                                                 \
    }
#else
#define MMV_VIEW_TYPED(name, type)                                                                                     \
    static inline mmv_status mmv_view_read_##name(const mmv_view *view, uint64_t position, type *value_ret)            \
    {                                                                                                                  \
        return mmv_view_read_struct(view, position, value_ret, sizeof *value_ret);                                     \
    }                                                                                                                  \
    static inline mmv_status mmv_view_write_##name(const mmv_view *view, uint64_t position, type value)                \
    {                                                                                                                  \
        return mmv_view_write_struct(view, position, &value, sizeof value);                                            \
    }
#endif

MMV_VIEW_TYPED(int8, int8_t)
MMV_VIEW_TYPED(uint8, uint8_t)
MMV_VIEW_TYPED(char16, uint16_t) /* a UTF-16 code unit */
MMV_VIEW_TYPED(int16, int16_t)
MMV_VIEW_TYPED(uint16, uint16_t)
MMV_VIEW_TYPED(int32, int32_t)
MMV_VIEW_TYPED(uint32, uint32_t)
MMV_VIEW_TYPED(int64, int64_t)
MMV_VIEW_TYPED(uint64, uint64_t)
MMV_VIEW_TYPED(float, float)
MMV_VIEW_TYPED(double, double)

/* A bool is one byte: 0 is false, everything else is true. */
static inline mmv_status mmv_view_read_bool(const mmv_view *view, uint64_t position, bool *value_ret)
{
    uint8_t byte = 0;
    mmv_status status = mmv_view_read_uint8(view, position, &byte);
    if (status == MMV_OK)
        *value_ret = byte != 0;
    return status;
}

static inline mmv_status mmv_view_write_bool(const mmv_view *view, uint64_t position, bool value)
{
    return mmv_view_write_uint8(view, position, value);
}

/* Errors: also MMV_EINVAL(decimal), for unknown bits in the flags, or an exponent above 28. */
MMV_API mmv_status mmv_view_read_decimal(const mmv_view *view, uint64_t position, mmv_decimal *value_ret);
MMV_API mmv_status mmv_view_write_decimal(const mmv_view *view, uint64_t position, mmv_decimal value);

/*
 * mmv_view_read_array() - copy up to 'count' values of 'size' bytes, one behind the other, out of the view.
 * Shape:   a short read is no error. *count_ret is the number of values that were copied. It is less than 'count' when
 *          fewer whole values lie between 'position' and the end of the view.
 * Units:   position in bytes; count in values. All values together may have more than 2 GiB.
 * Errors:  also MMV_EINVAL(size) for 0.
 */
MMV_API mmv_status mmv_view_read_array(const mmv_view *view, uint64_t position, void *values_ret, size_t size,
                                       size_t count, size_t *count_ret);

/* mmv_view_write_array() - copy 'count' values into the view: all of them, or MMV_ERANGE and none. */
MMV_API mmv_status mmv_view_write_array(const mmv_view *view, uint64_t position, const void *values, size_t size,
                                        size_t count);

/*
 * Values that have gaps between them in a view: 'count' values of 'size' bytes, of which each begins 'stride' bytes
 * behind the start of the one before. Each value takes 'stride' bytes of the view, also the last. In the caller's array
 * the values have no gaps.
 */
typedef struct mmv_strided {
    size_t size;
    size_t stride; /* at least 'size'; 0 = size */
    size_t count;
} mmv_strided;

/*
 * mmv_view_read_strided(), mmv_view_write_strided() - as mmv_view_read_array() and mmv_view_write_array(), for values
 * with gaps. .NET's accessor leaves gaps: it rounds the size of a struct up to a multiple of 4 bytes. Gaps are neither
 * read nor written.
 * Errors:  also MMV_EINVAL(stride) when the stride is below the size.
 */
MMV_API mmv_status mmv_view_read_strided(const mmv_view *view, uint64_t position, void *values_ret,
                                         const mmv_strided *shape, size_t *count_ret);
MMV_API mmv_status mmv_view_write_strided(const mmv_view *view, uint64_t position, const void *values,
                                          const mmv_strided *shape);

/*
 * mmv_view_span() - bytes [position, position + length) of the view as plain memory.
 * Shape:   NULL when not all of these bytes are inside the view. The memory is read-only when the view is read-only.
 * Owner:   the view.
 */
static inline void *mmv_view_span(const mmv_view *view, uint64_t position, size_t length)
{
    if (length > view->length || position > view->length - length)
        return NULL;
    return (char *)view->data + (size_t)position;
}

MMV_END_DECLS

#endif
