/* SPDX-License-Identifier: MIT */
/*
 * test_kernel_names.c - objects that the system itself has: a program that knows nothing of this library opens what it
 * made, by the same name, and the other way round. On Windows alone.
 */

#include "check.h"

#include "peers.h"
#include "scratch.h"

#include <mmview/channel.h>

#include <pthread.h>

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

/* ---- maps ------------------------------------------------------------------------------------------------------- */

static void test_a_map_is_a_section(void **state)
{
    mmv_view view;
    (void)state;
    const char *name = peers_name("section");
    mmv_map *map = peers_map(name);
    assert_ok(mmv_view_open(map, 0, 0, &view));
    HANDLE section = OpenFileMappingA(FILE_MAP_READ | FILE_MAP_WRITE, FALSE, name);
    assert_non_null(section);
    char *bytes = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    assert_non_null(bytes);
    ((char *)view.data)[PEERS_SIZE - 1] = 'm';
    assert_int_equal(bytes[PEERS_SIZE - 1], 'm');
    bytes[0] = 'w';
    assert_int_equal(((char *)view.data)[0], 'w');
    UnmapViewOfFile(bytes);
    mmv_view_close(&view);
    mmv_map_close(&map);
    /* The other one still has it: the name is there, and all of its pages are the map. */
    assert_ok(mmv_map_open_named(name, MMV_READ, NULL, &map));
    assert_true(mmv_map_capacity(map) >= PEERS_SIZE && mmv_map_capacity(map) % 4096 == 0);
    mmv_map_close(&map);
    CloseHandle(section);
    assert_status(mmv_map_open_named(name, MMV_READ, NULL, &map), MMV_ENOENT);
}

static void test_a_section_is_a_map(void **state)
{
    mmv_map *map;
    mmv_view view;
    (void)state;
    const char *name = peers_name("theirs");
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 8192, name);
    char *bytes = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    assert_non_null(bytes);
    bytes[8191] = 'w';
    assert_ok(mmv_map_open_named(name, MMV_READ_WRITE, NULL, &map));
    assert_int_equal(mmv_map_capacity(map), 8192);
    assert_ok(mmv_view_open(map, 8191, 1, &view));
    assert_int_equal(*(char *)view.data, 'w');
    *(char *)view.data = 'm';
    assert_int_equal(bytes[8191], 'm');
    mmv_view_close(&view);
    assert_status(mmv_map_grow(map, 10000), MMV_ENOTSUP);
    mmv_map_close(&map);
    UnmapViewOfFile(bytes);
    CloseHandle(section);
}

static void test_the_map_of_a_file_is_a_section_of_it(void **state)
{
    mmv_map *map;
    char wanted[5000];
    (void)state;
    const char *name = peers_name("file");
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    file_make(scratch("image"), sizeof wanted, 1);
    file_get(scratch("image"), wanted, sizeof wanted, 0);
    assert_ok(mmv_map_open(scratch("image"), MMV_READ_WRITE, &map));
    assert_ok(mmv_map_share(map, name, &options));
    HANDLE section = OpenFileMappingA(FILE_MAP_READ, FALSE, name);
    assert_non_null(section);
    const char *bytes = MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0);
    assert_non_null(bytes);
    assert_memory_equal(bytes, wanted, sizeof wanted);
    UnmapViewOfFile(bytes);
    CloseHandle(section);
    mmv_map_close(&map);
}

/* Local\ is what a name without it is; Global\ is another one. */
static void test_sessions(void **state)
{
    mmv_map *map, *local, *global;
    char text[150];
    (void)state;
    const char *name = peers_name("session");
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    map = peers_map(name);
    snprintf(text, sizeof text, "Local\\%s", name);
    assert_ok(mmv_map_open_named(text, MMV_READ, NULL, &local));
    assert_true(mmv_map_same_file(map, local));
    snprintf(text, sizeof text, "Global\\%s", name);
    assert_status(mmv_map_open_named(text, MMV_READ, NULL, &global), MMV_ENOENT);
    assert_ok(mmv_map_open_named(text, MMV_READ_WRITE, &options, &global));
    assert_false(mmv_map_same_file(map, global));
    mmv_map_close(&global);
    mmv_map_close(&local);
    mmv_map_close(&map);
}

/* ---- mutexes, events, semaphores -------------------------------------------------------------------------------- */

static void *take_and_end(void *mutex)
{
    return (void *)(uintptr_t)(WaitForSingleObject(mutex, 0) == WAIT_OBJECT_0);
}

static void test_a_mutex_is_the_systems(void **state)
{
    mmv_mutex *mutex;
    pthread_t thread;
    void *got;
    (void)state;
    const char *name = peers_name("mutex");
    HANDLE theirs = CreateMutexA(NULL, FALSE, name);
    assert_ok(mmv_mutex_open(name, NULL, &mutex));
    /* Another thread gets it by other means than the library's only when nobody has it; then it dies. */
    assert_ok(mmv_mutex_lock(mutex, 0));
    assert_int_equal(pthread_create(&thread, NULL, take_and_end, theirs), 0);
    pthread_join(thread, &got);
    assert_null(got);
    assert_ok(mmv_mutex_unlock(mutex));
    assert_int_equal(pthread_create(&thread, NULL, take_and_end, theirs), 0);
    pthread_join(thread, &got);
    assert_non_null(got);
    assert_status(mmv_mutex_lock(mutex, 1000), MMV_EABANDONED);
    assert_ok(mmv_mutex_unlock(mutex));
    /* This thread has it by other means. */
    assert_int_equal(WaitForSingleObject(theirs, 0), WAIT_OBJECT_0);
    assert_status(mmv_mutex_lock(mutex, 0), MMV_EBUSY);
    assert_true(ReleaseMutex(theirs));
    assert_false(ReleaseMutex(theirs));
    mmv_mutex_close(&mutex);
    CloseHandle(theirs);
}

static void test_an_event_is_the_systems(void **state)
{
    mmv_event *event;
    (void)state;
    const char *name = peers_name("event");
    HANDLE theirs = CreateEventA(NULL, TRUE, FALSE, name);
    assert_ok(mmv_event_open(name, false, true, NULL, &event));
    assert_true(mmv_event_is_manual(event));
    assert_status(mmv_event_wait(event, 0), MMV_ETIMEOUT);
    assert_true(SetEvent(theirs));
    assert_ok(mmv_event_wait(event, 1000));
    assert_ok(mmv_event_reset(event));
    assert_int_equal(WaitForSingleObject(theirs, 0), WAIT_TIMEOUT);
    mmv_event_close(&event);
    CloseHandle(theirs);
}

static void test_a_semaphore_is_the_systems(void **state)
{
    mmv_semaphore *semaphore;
    uint32_t before;
    LONG theirs_before;
    (void)state;
    const char *name = peers_name("semaphore");
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    assert_bad(mmv_semaphore_open(name, 1, UINT32_MAX, &options, &semaphore), MMV_ERANGE, "most");
    assert_ok(mmv_semaphore_open(name, 1, 3, &options, &semaphore));
    HANDLE theirs = OpenSemaphoreA(SEMAPHORE_ALL_ACCESS, FALSE, name);
    assert_int_equal(WaitForSingleObject(theirs, 0), WAIT_OBJECT_0);
    assert_status(mmv_semaphore_acquire(semaphore, 0), MMV_ETIMEOUT);
    assert_ok(mmv_semaphore_release(semaphore, 2, &before));
    assert_int_equal(before, 0);
    assert_ok(mmv_semaphore_release(semaphore, 0, &before));
    assert_int_equal(before, 2);
    assert_false(ReleaseSemaphore(theirs, 2, &theirs_before));
    assert_true(ReleaseSemaphore(theirs, 1, &theirs_before));
    assert_int_equal(theirs_before, 2);
    mmv_semaphore_close(&semaphore);
    CloseHandle(theirs);
}

/* ---- kinds ------------------------------------------------------------------------------------------------------ */

static mmv_shared_kind kind_of(const char *name)
{
    mmv_shared_info info;
    assert_ok(mmv_shared_stat(name, &info));
    assert_true(info.in_use);
    return info.kind;
}

static void test_one_name_is_one_thing(void **state)
{
    mmv_map *map;
    mmv_mutex *mutex;
    mmv_channel *channel;
    (void)state;
    const char *name = peers_name("kind");
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, name);
    assert_int_equal(kind_of(name), MMV_SHARED_EVENT);
    assert_status(mmv_mutex_open(name, NULL, &mutex), MMV_EKIND);
    assert_string_equal(mmv_last_error()->detail, "is of the kind event, not mutex");
    assert_status(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map), MMV_EEXIST);
    CloseHandle(event);
    HANDLE timer = CreateWaitableTimerA(NULL, TRUE, name);
    assert_int_equal(kind_of(name), MMV_SHARED_UNKNOWN);
    assert_status(mmv_map_open_named(name, MMV_READ_WRITE, NULL, &map), MMV_EKIND);
    CloseHandle(timer);
    assert_ok(mmv_channel_open(name, MMV_CHANNEL_RECEIVE, &options, &channel));
    assert_int_equal(kind_of(name), MMV_SHARED_CHANNEL);
    assert_status(mmv_map_open_named(name, MMV_READ, NULL, &map), MMV_EKIND);
    assert_status(mmv_shared_remove(name), MMV_ENOTSUP);
    mmv_channel_close(&channel);
    map = peers_map(name);
    assert_int_equal(kind_of(name), MMV_SHARED_MAP);
    assert_status(mmv_channel_open(name, MMV_CHANNEL_SEND, NULL, &channel), MMV_EKIND);
    mmv_map_close(&map);
    mmv_shared_info info;
    assert_status(mmv_shared_stat(name, &info), MMV_ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_map_is_a_section),
        cmocka_unit_test(test_a_section_is_a_map),
        cmocka_unit_test(test_the_map_of_a_file_is_a_section_of_it),
        cmocka_unit_test(test_sessions),
        cmocka_unit_test(test_a_mutex_is_the_systems),
        cmocka_unit_test(test_an_event_is_the_systems),
        cmocka_unit_test(test_a_semaphore_is_the_systems),
        cmocka_unit_test(test_one_name_is_one_thing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
