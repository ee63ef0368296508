/* SPDX-License-Identifier: MIT */
/*
 * test_retire.c - a view that is retired: zeros at the same addresses, nothing of the file or its name held, and no
 * crash for those who are just reading or storing. MMV_TEST_RETIRES says how many are retired beside these; 20,000 are
 * a campaign.
 */

#include "peers.h"
#include "scratch.h"
#include "views.h"

#include <mmview/calls.h>
#include <mmview/guard.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#ifdef __linux__
#include <sys/mman.h>
#endif

#define SIZE 20000u

/* Windows has no way to do it; then the view must be as it was. */
static bool can_retire(void)
{
    mmv_map *map = memory_of(SIZE);
    mmv_view view = view_of(map, MMV_READ_WRITE, 0, 0);
    ((char *)view.data)[7] = 'x';
    mmv_status status = mmv_view_retire(&view);
    bool can = status != MMV_ENOTSUP;
    if (!can) {
        assert_int_equal(((char *)view.data)[7], 'x');
        assert_ok(mmv_view_flush(&view, 0, 0, MMV_FLUSH_START));
        assert_non_null(strstr(mmv_last_error()->detail, "at once"));
    } else
        assert_ok(status);
    mmv_view_close(&view);
    mmv_map_close(&map);
    return can;
}

#define need_retiring()                                                                                                \
    do {                                                                                                               \
        if (!can_retire())                                                                                             \
            skip_because("this system cannot exchange pages at once");                                                 \
    } while (0)

static void test_what_cannot_be_retired_is_as_it_was(void **state)
{
    (void)state;
    if (can_retire())
        print_message("every view can be retired here\n");
}

static void test_zeros_and_the_file_is_let_go(void **state)
{
    static const mmv_access all[] = {MMV_READ, MMV_READ_WRITE, MMV_COPY_ON_WRITE, MMV_WRITE};
    (void)state;
    need_retiring();
    for (size_t i = 0; i < COUNT(all); i++) {
        mmv_map *map;
        uint32_t value = 1;
        file_make(scratch("file"), SIZE, 1);
        unsigned before = open_descriptors();
        assert_ok(mmv_map_open(scratch("file"), MMV_READ_WRITE, &map));
        mmv_view view = view_of(map, all[i], 4099, 9000);
        char *data = view.data;
        mmv_map_close(&map);
        assert_int_equal(open_descriptors(), before + 1);
        assert_ok(mmv_view_retire(&view));
        assert_int_equal(open_descriptors(), before);
        assert_ptr_equal(view.data, data);
        for (size_t at = 0; at < view.length; at++)
            assert_int_equal(((volatile char *)view.data)[at], 0);
        if (all[i] != MMV_READ) {
            ((volatile char *)view.data)[17] = 3;
            assert_int_equal(((volatile char *)view.data)[17], 3);
        }
        if (all[i] == MMV_WRITE)
            assert_status(mmv_view_read_uint32(&view, 0, &value), MMV_ECLOSED);
        else
            assert_ok(mmv_view_read_uint32(&view, 100, &value));
        assert_int_equal(value, all[i] == MMV_WRITE);
        assert_status(mmv_view_read_uint32(&view, 9000, &value), MMV_ECLOSED);
        assert_ok(mmv_view_retire(&view));
        mmv_view_close(&view);
        assert_null(view.data);
        /* What was stored late is in no file. */
        char kept[SIZE], wanted[SIZE];
        file_get(scratch("file"), kept, SIZE, 0);
        fill(wanted, SIZE, 1);
        assert_memory_equal(kept, wanted, SIZE);
    }
}

static void test_what_was_stored_before_is_in_the_file(void **state)
{
    mmv_map *map;
    char byte;
    (void)state;
    need_retiring();
    file_make(scratch("file"), SIZE, 1);
    assert_ok(mmv_map_open(scratch("file"), MMV_READ_WRITE, &map));
    mmv_view view = view_of(map, MMV_READ_WRITE, 0, 0);
    *(char *)view.data = 'q';
    assert_ok(mmv_view_retire(&view));
    file_get(scratch("file"), &byte, 1, 0);
    assert_int_equal(byte, 'q');
    /* The map and other views of it go on. */
    mmv_view other = view_of(map, MMV_READ_WRITE, 0, 0);
    assert_int_equal(*(char *)other.data, 'q');
    mmv_view_close(&view);
    mmv_view_close(&other);
    mmv_map_close(&map);
}

static void test_other_calls_find_it_closed(void **state)
{
    (void)state;
    need_retiring();
    mmv_map *map = memory_of(SIZE);
    mmv_view view = view_of(map, MMV_READ_WRITE, 0, 0);
    assert_ok(mmv_view_retire(&view));
    assert_status(mmv_view_flush(&view, 0, 0, MMV_FLUSH_DURABLE), MMV_ECLOSED);
    assert_status(mmv_view_grow(&view, 0), MMV_ECLOSED);
    assert_status(mmv_view_advise(&view, MMV_ADVISE_WILL_NEED), MMV_ECLOSED);
    assert_status(mmv_view_check(&view), MMV_ECLOSED);
    assert_ok(mmv_view_close_flushing(&view, MMV_FLUSH_DURABLE));
    assert_ok(mmv_view_check(&view));
    assert_ok(mmv_view_retire(&view));
    assert_null(view.data);
    /* One without bytes has nothing to exchange. */
    view = view_of(map, MMV_READ, 5, MMV_EMPTY);
    assert_ok(mmv_view_retire(&view));
    mmv_view_close(&view);
    mmv_map_close(&map);
}

static void test_the_name_is_let_go(void **state)
{
    mmv_view view;
    (void)state;
    need_retiring();
    peers_need_locks();
    const char *name = peers_name("retired");
    mmv_map *map = peers_map(name);
    assert_ok(mmv_view_open(map, 0, 0, &view));
    mmv_map_close(&map);
    assert_true(peers_exists(name));
    assert_ok(mmv_view_retire(&view));
    assert_false(peers_exists(name));
    mmv_view_close(&view);
}

/* ---- beside others ---------------------------------------------------------------------------------------------- */

struct crowd {
    mmv_view view;
    atomic_uint rounds;
    atomic_bool is_over;
    atomic_uint strange;
};

/* Late stores are seen by this process until the view is closed, so each byte is one or the other. */
static bool is_strange(uint32_t value)
{
    for (; value; value >>= 8)
        if ((value & 0xff) != 0 && (value & 0xff) != 'x')
            return true;
    return false;
}

/* Every way that a managed accessor has: good ones, and ones that are refused. */
static void *use(void *user)
{
    struct crowd *crowd = user;
    const mmv_view *view = &crowd->view;
    for (unsigned i = 0; !atomic_load(&crowd->is_over); i++) {
        uint32_t value = 0;
        mmv_status status = mmv_call_view_read_uint32(view, i * 4 % SIZE, &value);
        crowd->strange += status != MMV_OK || is_strange(value);
        status = mmv_call_view_write_uint8(view, i % SIZE, 'x');
        crowd->strange += status != MMV_OK;
        status = mmv_call_view_read_uint32(view, SIZE - 3, &value);
        crowd->strange += status != MMV_ERANGE && status != MMV_ECLOSED;
        atomic_fetch_add(&crowd->rounds, 1);
    }
    return NULL;
}

static void retire_beside(unsigned round)
{
    pthread_t threads[2];
    mmv_map *map;
    struct crowd crowd;
    memset(&crowd, 0, sizeof crowd);
    assert_ok(mmv_map_open(scratch("file"), MMV_READ_WRITE, &map));
    crowd.view = view_of(map, MMV_READ_WRITE, 0, 0);
    memset(crowd.view.data, 'x', SIZE);
    mmv_map_close(&map);
    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, use, &crowd), 0);
    while (atomic_load(&crowd.rounds) < 20 + round % 50)
        sched_yield();
    mmv_status status = mmv_view_retire(&crowd.view);
    unsigned seen = atomic_load(&crowd.rounds);
    while (atomic_load(&crowd.rounds) < seen + 4)
        sched_yield();
    atomic_store(&crowd.is_over, true);
    for (size_t i = 0; i < COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    assert_ok(status);
    assert_int_equal(atomic_load(&crowd.strange), 0);
    mmv_view_close(&crowd.view);
}

static void test_beside_readers_and_writers(void **state)
{
    (void)state;
    need_retiring();
    /* These threads race for the same bytes on purpose, and that is what the thread sanitizer tells of. */
    if (CHECK_FEWEST > 1) {
        print_message("SKIPPED: the thread sanitizer takes what is tried here for a fault\n");
        skip();
    }
    file_make(scratch("file"), SIZE, 1);
    const char *wanted = getenv("MMV_TEST_RETIRES");
    unsigned rounds = wanted ? (unsigned)atoi(wanted) : 60;
    for (unsigned round = 0; round < rounds; round++)
        retire_beside(round);
}

#ifdef __linux__
static atomic_bool has_none;

/*
 * A system that has no memory for pages that can be stored into. Before Linux 6.12 what such a call was to replace is
 * gone then.
 */
void *__real_mmap64(void *address, size_t size, int bits, int flags, int descriptor, off_t offset);
void *__wrap_mmap64(void *address, size_t size, int bits, int flags, int descriptor, off_t offset);
void *__wrap_mmap64(void *address, size_t size, int bits, int flags, int descriptor, off_t offset)
{
    if (!atomic_load(&has_none) || !(flags & MAP_ANONYMOUS) || !(bits & PROT_WRITE))
        return __real_mmap64(address, size, bits, flags, descriptor, offset);
    if (flags & MAP_FIXED)
        munmap(address, size);
    errno = ENOMEM;
    return MAP_FAILED;
}

static void test_the_view_stays_when_there_is_no_memory(void **state)
{
    mmv_map *map;
    (void)state;
    file_make(scratch("file"), SIZE, 1);
    assert_ok(mmv_map_open(scratch("file"), MMV_READ_WRITE, &map));
    mmv_view view = view_of(map, MMV_READ_WRITE, 0, 0);
    *(char *)view.data = 'q';
    atomic_store(&has_none, true);
    mmv_status status = mmv_view_retire(&view);
    atomic_store(&has_none, false);
    assert_int_equal(status, MMV_ENOMEM);
    assert_ok(mmv_view_check(&view));
    assert_int_equal(*(volatile char *)view.data, 'q');
    ((volatile char *)view.data)[1] = 'r';
    assert_ok(mmv_view_flush(&view, 0, 0, MMV_FLUSH_START));
    char kept[2];
    file_get(scratch("file"), kept, 2, 0);
    assert_memory_equal(kept, "qr", 2);
    assert_ok(mmv_view_retire(&view));
    assert_int_equal(*(volatile char *)view.data, 0);
    mmv_view_close(&view);
    mmv_map_close(&map);
}
#endif

/* A read in what is gone: the guard has put a zero there, or is about to. */
static void test_of_a_file_that_was_cut(void **state)
{
    mmv_map *map;
    (void)state;
    need_retiring();
    file_make(scratch("file"), SIZE, 1);
    assert_ok(mmv_guard_enable());
    assert_ok(mmv_map_open(scratch("file"), MMV_READ_WRITE, &map));
    mmv_view view = view_of(map, MMV_READ_WRITE, 0, 0);
    file_cut(scratch("file"), 100);
    assert_int_equal(((volatile char *)view.data)[SIZE - 1], 0);
    assert_status(mmv_view_check(&view), MMV_ETRUNC);
    assert_ok(mmv_view_retire(&view));
    mmv_map_close(&map);
    assert_int_equal(((volatile char *)view.data)[SIZE / 2], 0);
    mmv_view_close(&view);
    mmv_guard_disable();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_cannot_be_retired_is_as_it_was),
        cmocka_unit_test(test_zeros_and_the_file_is_let_go),
        cmocka_unit_test(test_what_was_stored_before_is_in_the_file),
        cmocka_unit_test(test_other_calls_find_it_closed),
        cmocka_unit_test(test_the_name_is_let_go),
        cmocka_unit_test(test_beside_readers_and_writers),
#ifdef __linux__
        cmocka_unit_test(test_the_view_stays_when_there_is_no_memory),
#endif
        cmocka_unit_test(test_of_a_file_that_was_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
