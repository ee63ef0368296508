/* SPDX-License-Identifier: MIT */
#include "support.h"

#include "kernels/counters.h"

#include <string.h>

/* As the machine has it: the lowest bytes lie at one end or at the other. */
static void put(unsigned char *counters, size_t size, size_t lane, uint64_t value)
{
    const unsigned char *bytes = (const unsigned char *)&value;
    memcpy(counters + lane * size, bytes + (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? sizeof value - size : 0), size);
}

/* Every lane counts up to 'rows'; folded or not, the channels' sums stay. */
static void check(size_t size, size_t lanes, size_t channels, size_t rows, size_t want_left)
{
    _Alignas(8) unsigned char counters[512 * 8];
    uint64_t want[16] = {0}, sums[16] = {0};
    for (size_t j = 0; j < lanes; j++) {
        uint64_t value = j % 7 == 0 ? rows : rows * j / lanes;
        put(counters, size, j, value);
        want[j % channels] += value;
    }
    size_t left = mmi__counters_fold(counters, size, lanes, channels, rows);
    assert_int_equal(left, want_left);
    for (size_t j = 0; j < left; j++)
        sums[j % channels] += mmi__counters_get(counters, size, j);
    assert_memory_equal(sums, want, sizeof want);
}

static void test_fold(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 2, 4, 8};
    for (size_t i = 0; i < 4; i++) {
        check(sizes[i], 256, 4, 3, 4);
        check(sizes[i], 192, 3, 1, 3);
        check(sizes[i], 15, 5, 1, 15);
        check(sizes[i], 512, 1, 255, i == 0 ? 512 : i == 1 ? 2 : 1);
        if (sizes[i] > 1)
            check(sizes[i], 512, 1, 65535, i == 1 ? 512 : 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
