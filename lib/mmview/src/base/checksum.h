/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_CHECKSUM_H
#define MMVIEW_CHECKSUM_H

/*
 * checksum: checksums of journals.
 *
 * mmv__sum(), and mmv__copy_sum(), which copies as well, are for saved records: two plain sums of each of eight lanes.
 * Beside the copying these cost next to nothing, where XXH3 cost an eighth (a prototype, two threads on memory,
 * 2026-11). mmv__sample() takes only 64 bytes of each KiB: enough to notice that the records are other ones.
 * mmv__hash() is for everything that is short.
 *
 *     line   8 words, 64 bytes: lane 0 .. 7       once[i] += word, again[i] += once[i]
 *
 * The result does not depend on the processor.
 */

#include <stddef.h>
#include <stdint.h>

uint64_t mmv__sum(const void *data, size_t size);
uint64_t mmv__copy_sum(void *to, const void *from, size_t size);
uint64_t mmv__sample(const void *data, size_t size);
uint64_t mmv__hash(const void *data, size_t size, uint64_t seed);

typedef struct mmv__lanes {
    uint64_t once[8], again[8];
} mmv__lanes;

/*
 * 'count' lines that begin 'apart' bytes from each other, copied one behind the other unless 'to' is NULL; any
 * alignment.
 */
typedef void mmv__sum_lines(mmv__lanes *lanes_ret, char *to, const char *from, size_t count, size_t apart);

/* One per processor generation; CMake decides which are built. */
mmv__sum_lines mmv__sum_lines_base, mmv__sum_lines_avx2;

#endif
