/* SPDX-License-Identifier: MIT */
/* test_meter.c - faults, peaks and bytes from the device, of things whose number is known. */

#include "check.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "disk.h"
#include "mmbench/cache.h"
#include "mmbench/meter.h"
#include "scratch.h"

#define PAGES 4096u
/* The stack's, those of reading /proc; the address sanitizer keeps a byte for eight of a page that is looked at. */
#define SLACK (200u + (CHECK_SANITIZED ? PAGES / 8 : 0))

static char *fresh(size_t size)
{
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(memory, MAP_FAILED);
    /* A page by itself each. Where the kernel has no huge pages it has no such advice either. */
    madvise(memory, size, MADV_NOHUGEPAGE);
    return memory;
}

static void touch(char *memory, size_t size, size_t step)
{
    for (size_t at = 0; at < size; at += step)
        *(volatile char *)(memory + at) = 1;
}

static void test_faults_of_fresh_pages(void **state)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *memory = fresh(PAGES * page);
    struct meter meter;
    (void)state;
    meter_start(&meter);
    meter_stop(&meter);
    assert_in_range(meter.minor, 0, SLACK);
    meter_start(&meter);
    touch(memory, PAGES * page, page);
    meter_stop(&meter);
    assert_in_range(meter.minor, PAGES, PAGES + SLACK);
    /* Once they are there they cost nothing. */
    meter_start(&meter);
    touch(memory, PAGES * page, page);
    meter_stop(&meter);
    assert_in_range(meter.minor, 0, SLACK);
    munmap(memory, PAGES * page);
}

static void test_the_peak_is_of_the_stretch(void **state)
{
    const size_t size = 64 * MMV_MIB;
    char *memory = fresh(size);
    struct meter with, without;
    (void)state;
    meter_start(&with);
    touch(memory, size, 4096);
    munmap(memory, size);
    meter_stop(&with);
    meter_start(&without);
    meter_stop(&without);
    if (with.peak_rss == 0 || without.peak_rss == 0)
        skip_because("/proc/self/clear_refs cannot be written");
    assert_true(with.peak_rss >= size);
    assert_true(without.peak_rss > 0);
    /* The kernel counts in batches for each processor. */
    assert_true(with.peak_rss - without.peak_rss >= size - 2 * MMV_MIB);
}

static void read_all(const char *path)
{
    static char buffer[65536];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(file >= 0);
    while (read(file, buffer, sizeof buffer) > 0)
        ;
    close(file);
}

static void test_bytes_from_the_device(void **state)
{
    const size_t size = 8 * MMV_MIB;
    const char *path = scratch("file");
    struct meter cold, warm;
    (void)state;
    file_make(path, size, 1);
    assert_int_equal(cache_evict(path), 0);
    meter_start(&cold);
    read_all(path);
    meter_stop(&cold);
    meter_start(&warm);
    read_all(path);
    meter_stop(&warm);
    if (!cold.knows_read_bytes)
        skip_because("there is no /proc/self/io");
    assert_true(cold.read_bytes >= size);
    assert_true(cold.read_bytes < 2 * size);
    assert_int_equal(warm.read_bytes, 0);
}

static void test_major_faults(void **state)
{
    const size_t size = 8 * MMV_MIB;
    const char *path = scratch("mapped");
    struct meter meter;
    uint64_t sum = 0;
    (void)state;
    file_make(path, size, 1);
    assert_int_equal(cache_evict(path), 0);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    const char *data = mmap(NULL, size, PROT_READ, MAP_SHARED, file, 0);
    assert_ptr_not_equal(data, MAP_FAILED);
    meter_start(&meter);
    for (size_t at = 0; at < size; at += 4096)
        sum += (unsigned char)*(volatile const char *)(data + at);
    meter_stop(&meter);
    assert_true(sum > 0);
    assert_true(meter.major > 0);
    munmap((void *)data, size);
    close(file);
}

static void test_time_goes_forward(void **state)
{
    struct meter meter;
    double before = meter_clock();
    (void)state;
    meter_start(&meter);
    meter_stop(&meter);
    double after = meter_clock();
    assert_true(meter.seconds >= 0);
    assert_true(before <= after);
    assert_true(meter.seconds <= after - before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults_of_fresh_pages), cmocka_unit_test(test_the_peak_is_of_the_stretch),
        cmocka_unit_test(test_bytes_from_the_device), cmocka_unit_test(test_major_faults),
        cmocka_unit_test(test_time_goes_forward),
    };
    if (!scratch_on_disk())
        return SKIP_WHOLE_TEST;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
