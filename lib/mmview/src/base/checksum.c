/* SPDX-License-Identifier: MIT */
/* checksum.c - see checksum.h: which loop runs, what is left behind whole lines, and the mixing at the end. */

#define XXH_INLINE_ALL
#include "base/checksum.h"

#include <string.h>
#include <xxhash.h>

static mmv__sum_lines *lines_of_processor(void)
{
#if defined(MMV_CLONES_X86)
    if (__builtin_cpu_supports("avx2"))
        return mmv__sum_lines_avx2;
#endif
    return mmv__sum_lines_base;
}

uint64_t mmv__hash(const void *data, size_t size, uint64_t seed)
{
    return XXH3_64bits_withSeed(data, size, seed);
}

static void add_rest(mmv__lanes *lanes, const char *data, size_t size)
{
    uint64_t line[8] = {0};
    memcpy(line, data, size < sizeof line ? size : sizeof line);
    for (int i = 0; i < 8; i++) {
        lanes->once[i] += line[i];
        lanes->again[i] += lanes->once[i];
    }
}

static uint64_t sum(char *to, const char *from, size_t size, size_t apart)
{
    mmv__lanes lanes;
    size_t count = size / apart, rest = size % apart;
    lines_of_processor()(&lanes, to, from, count, apart);
    if (rest) {
        add_rest(&lanes, from + count * apart, rest);
        if (to)
            memcpy(to + count * apart, from + count * apart, rest);
    }
    /* XXH3 of the sums: simpler mixing let one flip in a thousand of high bits cancel out. */
    return mmv__hash(&lanes, sizeof lanes, size);
}

uint64_t mmv__sum(const void *data, size_t size)
{
    return sum(NULL, data, size, 64);
}

uint64_t mmv__copy_sum(void *to, const void *from, size_t size)
{
    return sum(to, from, size, 64);
}

uint64_t mmv__sample(const void *data, size_t size)
{
    return sum(NULL, data, size, 1024);
}
