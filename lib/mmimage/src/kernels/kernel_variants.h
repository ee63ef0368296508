/* SPDX-License-Identifier: MIT */
/*
 * kernel_variants: a plain kernel's four functions, its flags as constants. Part of kernel_integer.h and
 * kernel_float.h.
 */

static void NAME(plain_native)(const struct mmi__strip *strip, const unsigned char *source, unsigned char *target,
                               size_t count)
{
    NAME(plain)(strip, source, target, count, (struct variant){false, false});
}

static void NAME(plain_native_count)(const struct mmi__strip *strip, const unsigned char *source, unsigned char *target,
                                     size_t count)
{
    NAME(plain)(strip, source, target, count, (struct variant){false, true});
}

#if WIDTH > 8
static void NAME(plain_swapped)(const struct mmi__strip *strip, const unsigned char *source, unsigned char *target,
                                size_t count)
{
    NAME(plain)(strip, source, target, count, (struct variant){true, false});
}

static void NAME(plain_swapped_count)(const struct mmi__strip *strip, const unsigned char *source,
                                      unsigned char *target, size_t count)
{
    NAME(plain)(strip, source, target, count, (struct variant){true, true});
}
#endif
