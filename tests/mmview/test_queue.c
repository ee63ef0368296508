/* SPDX-License-Identifier: MIT */
/* test_queue.c - transfers under way: every one is fetched once, in any order, short only at the end of the file. */

#include "check.h"

#include "os_queue.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define DEPTH 4

/* Linked over liburing's (see CMakeLists.txt): a system where io_uring is forbidden, as in most containers. */
static bool forbid_ring;
struct io_uring;
int __real_io_uring_queue_init(unsigned entries, struct io_uring *ring, unsigned flags);
int __wrap_io_uring_queue_init(unsigned entries, struct io_uring *ring, unsigned flags);
#if MMV_HAVE_URING
int __wrap_io_uring_queue_init(unsigned entries, struct io_uring *ring, unsigned flags)
{
    return forbid_ring ? -EPERM : __real_io_uring_queue_init(entries, ring, flags);
}
#endif

static int forbid(void **state)
{
    (void)state;
    forbid_ring = true;
    return 0;
}

static int allow(void **state)
{
    (void)state;
    forbid_ring = false;
    return 0;
}

#define SIZE ((size_t)1000000)

static void test_reads_and_writes(void **state)
{
    static unsigned char bytes[SIZE];
    static unsigned char buffers[DEPTH][1000];
    mmv__transfer transfers[DEPTH];
    mmv__queue *queue;
    unsigned fetched = 0;
    (void)state;
    fill(bytes, SIZE, 1);
    file_put(scratch("file"), bytes, SIZE);
    int descriptor = open(scratch("file"), O_RDWR);
    assert_int_equal(mmv__queue_open(DEPTH, &queue), 0);
    assert_non_null(mmv__queue_name(queue));
    for (unsigned round = 0; round < 50; round++) {
        for (unsigned tag = 0; tag < DEPTH; tag++) {
            uint64_t offset = round * 5000 + tag * 1000;
            bool write = round % 2;
            if (write) {
                fill(buffers[tag], 1000, offset);
                memcpy(bytes + offset, buffers[tag], 1000);
            }
            transfers[tag] = (mmv__transfer){descriptor, write, buffers[tag], 1000, offset};
            assert_int_equal(mmv__queue_begin(queue, tag, &transfers[tag]), 0);
        }
        bool seen[DEPTH] = {false};
        for (unsigned i = 0; i < DEPTH; i++, fetched++) {
            unsigned tag = DEPTH;
            size_t done;
            assert_int_equal(mmv__queue_fetch(queue, &tag, &done), 0);
            assert_true(tag < DEPTH && !seen[tag] && done == 1000);
            seen[tag] = true;
            assert_memory_equal(buffers[tag], bytes + transfers[tag].offset, 1000);
        }
    }
    assert_int_equal(fetched, 200);
    mmv__queue_close(queue);
    mmv__queue_close(NULL);
    close(descriptor);
    assert_true(file_is(scratch("file"), bytes, SIZE));
}

static void test_short_only_at_the_end(void **state)
{
    static unsigned char buffer[10000];
    mmv__queue *queue;
    unsigned tag;
    size_t done;
    (void)state;
    file_make(scratch("short"), 12345, 1);
    int descriptor = open(scratch("short"), O_RDONLY);
    assert_int_equal(mmv__queue_open(1, &queue), 0);
    static const uint64_t offsets[] = {0, 5000, 12344, 12345, 20000};
    static const size_t wanted[] = {10000, 7345, 1, 0, 0};
    for (size_t i = 0; i < COUNT(offsets); i++) {
        mmv__transfer transfer = {descriptor, false, buffer, sizeof buffer, offsets[i]};
        assert_int_equal(mmv__queue_begin(queue, 0, &transfer), 0);
        assert_int_equal(mmv__queue_fetch(queue, &tag, &done), 0);
        assert_true(tag == 0 && done == wanted[i]);
    }
    mmv__queue_close(queue);
    close(descriptor);
}

static void test_errors_come_with_their_tag(void **state)
{
    static unsigned char buffer[100];
    mmv__queue *queue;
    unsigned tag = 9;
    size_t done;
    (void)state;
    file_make(scratch("error"), 1000, 1);
    int descriptor = open(scratch("error"), O_RDONLY);
    assert_int_equal(mmv__queue_open(DEPTH, &queue), 0);
    mmv__transfer transfer = {descriptor, true, buffer, sizeof buffer, 0};
    assert_int_equal(mmv__queue_begin(queue, 3, &transfer), 0);
    assert_int_equal(mmv__queue_fetch(queue, &tag, &done), EBADF);
    assert_int_equal(tag, 3);
    transfer.write = false;
    assert_int_equal(mmv__queue_begin(queue, 3, &transfer), 0);
    assert_int_equal(mmv__queue_fetch(queue, &tag, &done), 0);
    mmv__queue_close(queue);
    close(descriptor);
}

static void test_the_name_tells_the_road(void **state)
{
    mmv__queue *queue;
    (void)state;
    assert_int_equal(mmv__queue_open(DEPTH, &queue), 0);
    if (forbid_ring || !MMV_HAVE_URING)
        assert_string_equal(mmv__queue_name(queue), "pread");
    mmv__queue_close(queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_and_writes),
        cmocka_unit_test(test_short_only_at_the_end),
        cmocka_unit_test(test_errors_come_with_their_tag),
        cmocka_unit_test(test_the_name_tells_the_road),
        cmocka_unit_test_setup_teardown(test_reads_and_writes, forbid, allow),
        cmocka_unit_test_setup_teardown(test_short_only_at_the_end, forbid, allow),
        cmocka_unit_test_setup_teardown(test_errors_come_with_their_tag, forbid, allow),
        cmocka_unit_test_setup_teardown(test_the_name_tells_the_road, forbid, allow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
