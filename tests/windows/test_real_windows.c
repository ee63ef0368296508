/* SPDX-License-Identifier: MIT */
/*
 * test_real_windows.c - rules of Windows that Wine does not have, and that the sources which count on them mark with
 * NOT-IN-WINE. On a real Windows alone: in Wine this is a skipped test.
 */

#include "check.h"

#include "kit/os/file.h"
#include "kit/os/folder.h"
#include "os/file.h"
#include "os/machine.h"
#include "os/name.h"
#include "scratch.h"

#include <mmview/windows.h>

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#define SIZE 200000
#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

static HANDLE open_by_win32(const char *path, DWORD access)
{
    HANDLE handle = CreateFileA(path, access, SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);
    assert_true(handle != INVALID_HANDLE_VALUE);
    return handle;
}

/* Locks are enforced: those of the library lie where no file has bytes. */
static void test_a_lock_keeps_nobody_from_reading(void **state)
{
    mmv_map *map, *other;
    char byte = 'x';
    DWORD done;
    (void)state;
    file_make(scratch("locked"), SIZE, 1);
    assert_ok(mmv_map_open(scratch("locked"), MMV_READ_WRITE, &map));
    assert_ok(mmv_map_open(scratch("locked"), MMV_READ_WRITE, &other));
    assert_ok(mmv_map_lock(map, 0, 0, 0));
    assert_status(mmv_map_lock(other, 0, 100, 0), MMV_EBUSY);
    HANDLE handle = open_by_win32(scratch("locked"), GENERIC_READ | GENERIC_WRITE);
    assert_true(WriteFile(handle, &byte, 1, &done, NULL) && done == 1);
    assert_true(ReadFile(handle, &byte, 1, &done, NULL) && done == 1);
    CloseHandle(handle);
    mmv_map_close(&other);
    mmv_map_close(&map);
}

static mmv_status add_one(const mmv_chunk *chunk, void *user)
{
    unsigned char *bytes = chunk->data;
    (void)user;
    for (size_t i = 0; i < chunk->count; i++)
        bytes[i]++;
    return MMV_OK;
}

/* Transfers past the cache begin and end at sectors: what lies between is done otherwise, and all of it is done. */
static void test_direct_transfers_are_aligned(void **state)
{
    static unsigned char wanted[SIZE + 77];
    mmv_map *map;
    mmv_walk_stats stats = {0};
    (void)state;
    file_make(scratch("direct"), sizeof wanted, 2);
    file_get(scratch("direct"), wanted, sizeof wanted, 0);
    for (size_t i = 513; i < sizeof wanted; i++)
        wanted[i]++;
    assert_ok(mmv_map_open(scratch("direct"), MMV_READ_WRITE, &map));
    assert_ok(mmv_walk(map, &(mmv_walk_options){.offset = 513, .io = MMV_IO_DIRECT, .stats = &stats}, add_one, NULL));
    assert_true(stats.bytes_direct > 0);
    mmv_map_close(&map);
    assert_true(file_is(scratch("direct"), wanted, sizeof wanted));
}

/* What is mapped is neither removed nor made shorter, and the library says so. */
static void test_a_mapped_file_stays(void **state)
{
    mmv_map *map;
    mmv_view view;
    (void)state;
    file_make(scratch("mapped"), SIZE, 3);
    assert_ok(mmv_map_open(scratch("mapped"), MMV_READ_WRITE, &map));
    assert_ok(mmv_view_open(map, 0, 0, &view));
    assert_status(mmv_map_shrink(map, 100), MMV_EACCES);
    assert_false(DeleteFileA(scratch("mapped")));
    assert_int_equal(GetLastError(), ERROR_ACCESS_DENIED);
    mmv_view_close(&view);
    assert_ok(mmv_map_shrink(map, 100));
    mmv_map_close(&map);
    assert_true(DeleteFileA(scratch("mapped")));
}

/* A journal of mode kill names the start that it belongs to: by the count, not as in Wine. */
static void test_starts_are_counted(void **state)
{
    char text[64], again[64];
    (void)state;
    mmv__os_boot(text, sizeof text);
    mmv__os_boot(again, sizeof again);
    assert_string_equal(text, again);
    assert_true(strlen(text) > 16 && strncmp(text, "start-", 6) != 0);
}

static void test_a_file_keeps_the_time_of_its_birth(void **state)
{
    const mmv__os_creation how = {.mode = MMV_OPEN_EXISTING};
    int descriptor;
    bool created;
    (void)state;
    file_make(scratch("born"), SIZE, 4);
    assert_int_equal(mmv__os_open(scratch("born"), MMV_READ_WRITE, &how, &descriptor, &created), 0);
    uint64_t birth = mmv__os_birth(descriptor);
    assert_true(birth != 0);
    assert_int_equal(mmv__os_write(descriptor, "x", 1, SIZE), 0);
    assert_int_equal(mmv__os_birth(descriptor), birth);
    mmv__os_close(descriptor);
}

/* A folder that is open keeps its name, and so do those above it. */
static void test_an_open_folder_stays(void **state)
{
    const char *last;
    int folder;
    (void)state;
    assert_true(CreateDirectoryA(scratch("folder"), NULL) && CreateDirectoryA(scratch("folder/inner"), NULL));
    assert_int_equal(mmv__os_open_folder_of(scratch("folder/inner/name"), &folder, &last), 0);
    assert_false(MoveFileA(scratch("folder"), scratch("moved")));
    mmv__os_close(folder);
    assert_true(MoveFileA(scratch("folder"), scratch("moved")));
}

/* The tools replace a file that somebody has open, who keeps it. */
static void test_an_open_file_is_replaced(void **state)
{
    char text[3] = "";
    DWORD done;
    int folder;
    (void)state;
    file_put(scratch("old"), "old", 3);
    file_put(scratch("new"), "new", 3);
    assert_int_equal(folder_open(scratch(""), true, &folder), 0);
    HANDLE handle = open_by_win32(scratch("old"), GENERIC_READ);
    assert_int_equal(folder_replace(folder, "new", "old"), 0);
    assert_true(file_is(scratch("old"), "new", 3));
    assert_true(ReadFile(handle, text, 3, &done, NULL) && memcmp(text, "old", 3) == 0);
    CloseHandle(handle);
    assert_int_equal(folder_remove_file(folder, "old"), 0);
    file_close(folder);
}

/* The last test: what a job limits stays limited. */
static void test_a_job_limits_memory(void **state)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limit;
    mmv__os_limits limits;
    (void)state;
    memset(&limit, 0, sizeof limit);
    limit.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_PROCESS_MEMORY;
    limit.ProcessMemoryLimit = (SIZE_T)512 << 20;
    HANDLE job = CreateJobObjectA(NULL, NULL);
    assert_true(SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limit, sizeof limit));
    assert_true(AssignProcessToJobObject(job, GetCurrentProcess()));
    mmv__os_get_limits(&limits);
    assert_int_equal(limits.memory, limit.ProcessMemoryLimit);
    CloseHandle(job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_lock_keeps_nobody_from_reading),
        cmocka_unit_test(test_direct_transfers_are_aligned),
        cmocka_unit_test(test_a_mapped_file_stays),
        cmocka_unit_test(test_starts_are_counted),
        cmocka_unit_test(test_a_file_keeps_the_time_of_its_birth),
        cmocka_unit_test(test_an_open_folder_stays),
        cmocka_unit_test(test_an_open_file_is_replaced),
        cmocka_unit_test(test_a_job_limits_memory),
    };
    if (GetProcAddress(GetModuleHandleA("ntdll.dll"), "wine_get_version")) {
        puts("SKIPPED: Wine has none of these rules");
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
