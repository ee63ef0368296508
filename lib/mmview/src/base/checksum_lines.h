/* SPDX-License-Identifier: MIT */
/*
 * checksum_lines: the loop over lines. Included once per processor generation, with NAME and WIDTH, the bytes of a
 * register.
 */

#include "base/checksum.h"

#include <string.h>

typedef uint64_t part __attribute__((vector_size(WIDTH)));

/* Variables of their own and no array: the sums stay in registers while nobody has their address. */
#if WIDTH == 16
#define EACH(DO) DO(0) DO(1) DO(2) DO(3)
#else
#define EACH(DO) DO(0) DO(1)
#endif

#define AHEAD 8192

#define DECLARE(k) part once##k = {0}, again##k = {0};
#define LOAD(k)                                                                                                        \
    part word##k;                                                                                                      \
    memcpy(&word##k, from + k * WIDTH, WIDTH);
#define STORE(k) memcpy(to + k * WIDTH, &word##k, WIDTH);
#define ADD(k) once##k += word##k, again##k += once##k;
#define GIVE(k)                                                                                                        \
    memcpy((char *)lanes_ret->once + k * WIDTH, &once##k, WIDTH);                                                      \
    memcpy((char *)lanes_ret->again + k * WIDTH, &again##k, WIDTH);

void NAME(mmv__lanes *lanes_ret, char *to, const char *from, size_t count, size_t apart)
{
    EACH(DECLARE)
    if (to) {
        for (; count > 0; count--, from += apart, to += 64) {
            __builtin_prefetch(from + AHEAD);
            EACH(LOAD)
            EACH(STORE)
            EACH(ADD)
        }
    }
    for (; count > 0; count--, from += apart) {
        EACH(LOAD)
        EACH(ADD)
    }
    EACH(GIVE)
}
