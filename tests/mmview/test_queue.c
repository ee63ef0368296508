/* SPDX-License-Identifier: MIT */
/* test_queue.c - transfers under way: every one is fetched once, in any order, short only at the end of the file. */

#include "check.h"

#include "os/queue.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
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

/* The next calls to submit, or to wait, fail for want of memory. */
static unsigned refuse_submits, refuse_waits;
struct io_uring_cqe;
int __real_io_uring_submit(struct io_uring *ring);
int __wrap_io_uring_submit(struct io_uring *ring);
int __real___io_uring_get_cqe(struct io_uring *ring, struct io_uring_cqe **entry, unsigned submit, unsigned wait,
                              void *mask);
int __wrap___io_uring_get_cqe(struct io_uring *ring, struct io_uring_cqe **entry, unsigned submit, unsigned wait,
                              void *mask);
#if MMV_HAVE_URING
int __wrap_io_uring_submit(struct io_uring *ring)
{
    if (refuse_submits == 0)
        return __real_io_uring_submit(ring);
    refuse_submits--;
    return -ENOMEM;
}

int __wrap___io_uring_get_cqe(struct io_uring *ring, struct io_uring_cqe **entry, unsigned submit, unsigned wait,
                              void *mask)
{
    if (refuse_waits == 0)
        return __real___io_uring_get_cqe(ring, entry, submit, wait, mask);
    refuse_waits--;
    return -ENOMEM;
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

static void *write_late(void *user)
{
    usleep(100000);
    return (void *)(intptr_t)write(*(int *)user, "late", 4);
}

/* What is under way when the queue is given up lands before its buffer has another owner. */
static void test_closing_waits(void **state)
{
    char buffer[4] = "";
    pthread_t thread;
    mmv__queue *queue;
    unsigned tag = DEPTH;
    size_t done;
    int ends[2];
    (void)state;
    assert_int_equal(mmv__queue_open(DEPTH, &queue), 0);
    if (strcmp(mmv__queue_name(queue), "io_uring") != 0) {
        mmv__queue_close(queue);
        skip_because("there is no io_uring");
    }
    assert_int_equal(pipe(ends), 0);
    mmv__transfer transfer = {ends[0], false, buffer, sizeof buffer, 0};
    assert_int_equal(mmv__queue_begin(queue, 0, &transfer), 0);
    refuse_waits = 3;
    assert_int_equal(mmv__queue_fetch(queue, &tag, &done), ENOMEM);
    assert_int_equal(tag, DEPTH);
    assert_int_equal(pthread_create(&thread, NULL, write_late, &ends[1]), 0);
    mmv__queue_close(queue);
    assert_memory_equal(buffer, "late", 4);
    assert_int_equal(refuse_waits, 0);
    pthread_join(thread, NULL);
    close(ends[0]);
    close(ends[1]);
}

/* A transfer that could not be begun is not begun later, together with the next one. */
static void test_what_was_refused_stays_refused(void **state)
{
    static unsigned char refused[1000], taken[1000], bytes[1000];
    mmv__queue *queue;
    unsigned tag;
    size_t done;
    (void)state;
    fill(bytes, sizeof bytes, 1);
    file_put(scratch("file"), bytes, sizeof bytes);
    int descriptor = open(scratch("file"), O_RDONLY);
    assert_int_equal(mmv__queue_open(DEPTH, &queue), 0);
    if (strcmp(mmv__queue_name(queue), "io_uring") == 0) {
        mmv__transfer first = {descriptor, false, refused, sizeof refused, 0},
                      second = {descriptor, false, taken, sizeof taken, 0};
        refuse_submits = 1;
        assert_int_equal(mmv__queue_begin(queue, 0, &first), ENOMEM);
        assert_int_equal(mmv__queue_begin(queue, 1, &second), 0);
        assert_int_equal(mmv__queue_fetch(queue, &tag, &done), 0);
        assert_int_equal(tag, 1);
        assert_int_equal(done, sizeof taken);
        assert_memory_equal(taken, bytes, sizeof bytes);
        for (size_t i = 0; i < sizeof refused; i++)
            assert_int_equal(refused[i], 0);
    }
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
        cmocka_unit_test(test_closing_waits),
        cmocka_unit_test(test_what_was_refused_stays_refused),
        cmocka_unit_test(test_the_name_tells_the_road),
        cmocka_unit_test_setup_teardown(test_reads_and_writes, forbid, allow),
        cmocka_unit_test_setup_teardown(test_short_only_at_the_end, forbid, allow),
        cmocka_unit_test_setup_teardown(test_errors_come_with_their_tag, forbid, allow),
        cmocka_unit_test_setup_teardown(test_the_name_tells_the_road, forbid, allow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
