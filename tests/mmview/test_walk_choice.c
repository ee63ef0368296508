/* SPDX-License-Identifier: MIT */
/* test_walk_choice.c - which way the bytes of a walk go, and who has chosen it. */

#include "walks.h"

#include "faults.h"

#include "os/memory.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static bool use_memory(void)
{
    return access("/dev/shm", W_OK) == 0 && scratch_use("/dev/shm");
}

/* Walk the whole file in records of 4 KiB; 'how' has what is asked for. */
static mmv_walk_stats walk_over(const char *path, mmv_access access, mmv_walk_fn *fn, const mmv_walk_options *how)
{
    mmv_walk_stats stats;
    layout shape = {.record = 4096, .records = file_length(path) / 4096};
    ledger book = {.shape = shape};
    mmv_walk_options options = options_for(&shape, &stats);
    options.io = how->io;
    options.threads = how->threads;
    options.window = how->window;
    mmv_map *map = open_map(path, access);
    assert_ok(mmv_walk(map, &options, fn, &book));
    mmv_map_close(&map);
    assert_int_equal(atomic_load(&book.wrong), 0);
    assert_int_equal(atomic_load(&book.records), shape.records);
    assert_true(stats.bytes == file_length(path));
    assert_true(stats.bytes_mapped + stats.bytes_buffered + stats.bytes_direct == stats.bytes);
    return stats;
}

static void test_what_is_asked_for_is_used(void **state)
{
    (void)state;
    assert_true(scratch_use(NULL));
    file_make(scratch("asked"), 6 * MMV_MIB, 1);
    for (int io = MMV_IO_MMAP; io <= MMV_IO_DIRECT; io++) {
        mmv_walk_options how = {.io = (mmv_io)io, .threads = 2};
        mmv_walk_stats stats = walk_over(scratch("asked"), MMV_READ_WRITE, add_in_place, &how);
        bool has_direct = stats.bytes_direct > 0;
        if (io != MMV_IO_DIRECT || has_direct) {
            assert_int_equal(stats.io, io);
            assert_string_equal(stats.reason, "asked for");
        } else {
            assert_int_equal(stats.io, MMV_IO_BUFFERED);
            assert_string_not_equal(stats.reason, "asked for");
        }
        assert_int_equal(stats.peak_mapped > 0, io == MMV_IO_MMAP);
    }
}

static void test_small_ranges_go_buffered(void **state)
{
    const mmv_walk_options how = {.threads = 2};
    (void)state;
    assert_true(scratch_use(NULL));
    file_make(scratch("small"), 4096, 1);
    mmv_walk_stats stats = walk_over(scratch("small"), MMV_READ_WRITE, add_in_place, &how);
    assert_int_equal(stats.io, MMV_IO_BUFFERED);
    assert_int_equal(stats.threads, 1);
    assert_true(strlen(stats.reason) > 0);
}

static void test_file_systems_that_map_badly_go_buffered(void **state)
{
    mmv_walk_options how = {.threads = 2};
    (void)state;
    assert_true(scratch_use(NULL));
    file_sparse(scratch("remote"), 32 * MMV_MIB);
    fault_file_system("NFS");
    mmv_walk_stats stats = walk_over(scratch("remote"), MMV_READ, count_only, &how);
    assert_true(stats.bytes_buffered == stats.bytes);
    assert_non_null(strstr(stats.reason, "NFS"));
    how.io = MMV_IO_MMAP;
    stats = walk_over(scratch("remote"), MMV_READ, count_only, &how);
    assert_true(stats.bytes_mapped == stats.bytes);
}

static void test_what_exceeds_the_memory_goes_direct(void **state)
{
    const mmv_walk_options how = {.threads = 2};
    (void)state;
    assert_true(scratch_use(NULL));
    file_sparse(scratch("large"), 65 * MMV_MIB);
    fault_memory_available(MMV_MIB);
    mmv_walk_stats stats = walk_over(scratch("large"), MMV_READ, count_only, &how);
    if (stats.bytes_direct == 0)
        skip_because("no direct I/O on this file system");
    assert_true(stats.bytes_direct == stats.bytes);
    assert_non_null(strstr(stats.reason, "larger than the memory"));
    fault_reset();
    stats = walk_over(scratch("large"), MMV_READ, count_only, &how);
    assert_int_equal(stats.bytes_direct, 0);
}

/* Every record of 4 KiB gets its number. */
static mmv_status stamp_chunk(const mmv_chunk *chunk)
{
    for (size_t i = 0; i < chunk->count; i++) {
        uint64_t *first = (uint64_t *)((char *)chunk->data + i * chunk->stride);
        *first += chunk->index + i + 1;
    }
    return MMV_OK;
}

static void check_stamps(mmv_map *map, uint64_t records)
{
    mmv_view view;
    assert_ok(mmv_view_open(map, 0, 0, &view));
    for (uint64_t i = 0; i < records; i++)
        assert_true(*(uint64_t *)((char *)view.data + i * 4096) == i + 1);
    mmv_view_close(&view);
}

/* Both ways do a part, and every record is done once. */
static void test_the_trial(void **state)
{
    const uint64_t size = 168 * MMV_MIB;
    (void)state;
    assert_true(scratch_use(NULL));
    file_sparse(scratch("trial"), size);
    fault_cold(FAULT_COLD_NONE);
    for (unsigned threads = 1; threads <= 8; threads *= 8) {
        const mmv_walk_options how = {.threads = threads};
        mmv_walk_stats stats = walk_over(scratch("trial"), MMV_READ, count_only, &how);
        assert_true(stats.bytes_mapped > 0 && stats.bytes_buffered > 0);
        assert_non_null(strstr(stats.reason, "a thread did"));
    }
}

/* No trial: it would compare what read-ahead happened to bring. */
static void test_what_is_not_in_memory_goes_buffered(void **state)
{
    const uint64_t size = 168 * MMV_MIB;
    (void)state;
    assert_true(scratch_use(NULL));
    file_sparse(scratch("cold"), size);
    fault_cold(FAULT_COLD_ALL);
    for (unsigned threads = 1; threads <= 8; threads *= 8) {
        const mmv_walk_options how = {.threads = threads};
        mmv_walk_stats stats = walk_over(scratch("cold"), MMV_READ, count_only, &how);
        assert_true(stats.bytes_buffered == size);
        assert_non_null(strstr(stats.reason, "not in memory"));
    }
}

static atomic_uint at_once, at_most;
static atomic_uint_least64_t seen;

/* Work of so many milliseconds a chunk. */
static mmv_status count_threads(const mmv_chunk *chunk, void *user)
{
    const long *work_ms = user;
    unsigned now = atomic_fetch_add(&at_once, 1) + 1;
    for (unsigned most = atomic_load(&at_most); now > most && !atomic_compare_exchange_weak(&at_most, &most, now);)
        ;
    atomic_fetch_add(&seen, chunk->count);
    if (*work_ms)
        nanosleep(&(struct timespec){0, *work_ms * 1000000}, NULL);
    atomic_fetch_sub(&at_once, 1);
    return MMV_OK;
}

/* Where the system reads far ahead, one stream: until the work is what takes long. */
static void test_one_stream_at_a_time(void **state)
{
    const uint64_t size = 40 * MMV_MIB;
    (void)state;
    assert_true(scratch_use(NULL));
    file_sparse(scratch("streams"), size);
    for (long work_ms = 0; work_ms <= 2; work_ms += 2) {
        const mmv_walk_options how = {.record_size = 4096, .threads = 4};
        mmv_map *map;
        fault_cold(FAULT_COLD_ALL);
        fault_read_ahead(8 * MMV_MIB);
        atomic_store(&at_most, 0);
        atomic_store(&seen, 0);
        assert_ok(mmv_map_open(scratch("streams"), MMV_READ, &map));
        assert_ok(mmv_walk(map, &how, count_threads, &work_ms));
        mmv_map_close(&map);
        assert_int_equal(atomic_load(&seen), size / 4096);
        if (work_ms == 0)
            assert_int_equal(atomic_load(&at_most), 1);
        else
            assert_true(atomic_load(&at_most) > 1);
    }
}

/* A tail that is no unit of its own: whoever had the stream gives it back all the same. */
static void test_a_stream_ends_with_the_records(void **state)
{
    (void)state;
    assert_true(scratch_use(NULL));
    for (unsigned threads = 2; threads <= 5; threads++) {
        long work_ms = 0;
        const mmv_walk_options how = {.record_size = 1000, .threads = threads};
        const uint64_t records = 8 * MMV_MIB / 1000 + 1;
        mmv_map *map;
        file_sparse(scratch("tail"), records * 1000);
        fault_cold(FAULT_COLD_ALL);
        fault_read_ahead(8 * MMV_MIB);
        atomic_store(&seen, 0);
        assert_ok(mmv_map_open(scratch("tail"), MMV_READ, &map));
        assert_ok(mmv_walk(map, &how, count_threads, &work_ms));
        mmv_map_close(&map);
        assert_int_equal(atomic_load(&seen), records);
    }
}

/* The system's own word. Where it says nothing any number of streams is fine. */
static void test_read_ahead_is_known(void **state)
{
    (void)state;
    int descriptor = open(".", O_RDONLY);
    assert_true(mmv__os_read_ahead(-1) == 0);
    assert_true(mmv__os_read_ahead(descriptor) < 1024 * MMV_MIB);
    close(descriptor);
}

/* The system itself is asked, by a way of its own. */
static void test_what_is_in_memory_is_known(void **state)
{
    const size_t size = 8 * MMV_MIB;
    (void)state;
    assert_true(scratch_use(NULL));
    file_make(scratch("known"), size, 1);
    int descriptor = open(scratch("known"), O_RDWR);
    assert_true(descriptor >= 0);
    assert_false(mmv__os_is_cold(descriptor, 0, size));
    assert_false(mmv__os_is_cold(descriptor, 4097, size - 5000));
    assert_false(mmv__os_is_cold(descriptor, 0, 0));
    assert_false(mmv__os_is_cold(-1, 0, size));
    if (MMV_POSIX_ONLY)
        skip_because("POSIX has no call that says what is in memory");
    assert_int_equal(fsync(descriptor), 0);
    assert_int_equal(posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED), 0);
    if (!mmv__os_is_cold(descriptor, 0, size))
        skip_because("the file system keeps the file in memory");
    assert_true(mmv__os_is_cold(descriptor, 4097, size - 5000));
    for (size_t few = 1; few < 6; few++)
        assert_true(mmv__os_is_cold(descriptor, 2 * MMV_MIB, few));
    for (size_t at = 0; at < size; at += 4096)
        assert_int_equal(pread(descriptor, (char[4096]){0}, 4096, (off_t)at), 4096);
    assert_false(mmv__os_is_cold(descriptor, 4097, size - 5000));
    close(descriptor);
}

/* How many descriptors of the file this process has. */
static unsigned descriptors_of(const char *path)
{
    struct stat wanted, other;
    unsigned count = 0;
    assert_int_equal(stat(path, &wanted), 0);
    for (int i = 0; i < 1024; i++)
        count += fstat(i, &other) == 0 && other.st_dev == wanted.st_dev && other.st_ino == wanted.st_ino;
    return count;
}

static _Atomic unsigned most_descriptors;

/* The first thread waits for the second one, so that both have work. */
static mmv_status see_descriptors(const mmv_chunk *chunk, void *user)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    for (int i = 0; chunk->thread == 0 && atomic_load(&most_descriptors) == 0 && i < 10000; i++)
        nanosleep(&moment, NULL);
    if (chunk->thread > 0)
        atomic_store(&most_descriptors, descriptors_of(user));
    return MMV_OK;
}

/* Threads that read one open file undo each other's read-ahead. Where the file cannot be opened again they share it. */
static void test_each_thread_reads_by_itself(void **state)
{
    mmv_walk_stats stats;
    const mmv_walk_options how = {.threads = 2, .io = MMV_IO_BUFFERED, .window = MMV_MIB, .stats = &stats};
    struct rlimit files;
    char path[4096];
    (void)state;
    snprintf(path, sizeof path, "%s", scratch("readers"));
    file_sparse(path, 16 * MMV_MIB);
    mmv_map *map = open_map(path, MMV_READ);
    atomic_store(&most_descriptors, 1);
    assert_ok(mmv_walk(map, &how, see_descriptors, path));
    if (stats.threads < 2)
        skip_because("walks have one thread here");
    atomic_store(&most_descriptors, 0);
    assert_ok(mmv_walk(map, &how, see_descriptors, path));
    assert_int_equal(atomic_load(&most_descriptors), 2);
    assert_int_equal(descriptors_of(path), 1);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){.rlim_cur = 0, .rlim_max = files.rlim_max}), 0);
    atomic_store(&most_descriptors, 0);
    mmv_status status = mmv_walk(map, &how, see_descriptors, path);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
    assert_ok(status);
    assert_int_equal(atomic_load(&most_descriptors), 1);
    mmv_map_close(&map);
    unlink(path);
}

/* Opening a device once more may do something. */
static void test_a_device_is_opened_once(void **state)
{
    char path[] = "/dev/zero";
    mmv_map *map;
    mmv_walk_stats stats;
    const mmv_walk_options how = {.threads = 2, .io = MMV_IO_BUFFERED, .window = MMV_MIB, .stats = &stats};
    (void)state;
    unsigned before = descriptors_of(path);
    assert_ok(mmv_map_from_descriptor(open(path, O_RDONLY | O_CLOEXEC), true, MMV_READ, 16 * MMV_MIB, &map));
    atomic_store(&most_descriptors, 1);
    assert_ok(mmv_walk(map, &how, see_descriptors, path));
    if (stats.threads < 2)
        skip_because("walks have one thread here");
    atomic_store(&most_descriptors, 0);
    assert_ok(mmv_walk(map, &how, see_descriptors, path));
    assert_int_equal(atomic_load(&most_descriptors), before + 1);
    mmv_map_close(&map);
}

static _Atomic double clock_of_walk;

/*
 * Which way a chunk came shows in its address: windows lie as the file does. A buffer seldom does. Time passes here
 * alone.
 */
#define CHANGES_AT (128 * MMV_MIB)
static mmv_status fast_while_mapped_at_first(const mmv_chunk *chunk, void *user)
{
    bool mapped = ((uintptr_t)chunk->data - chunk->offset) % (2 * MMV_MIB) == 0;
    double pace = !mapped ? 0.2e-9 : chunk->offset < CHANGES_AT ? 0.05e-9 : 20e-9;
    (void)user;
    atomic_store(&clock_of_walk, atomic_load(&clock_of_walk) + pace * (double)(chunk->count * chunk->stride));
    return stamp_chunk(chunk);
}

/* Mapping becomes slow in the middle of the file, and a window of it is given up: each record is still done once. */
static void test_a_window_is_given_up(void **state)
{
    const uint64_t records = 2 * CHANGES_AT / 4096;
    mmv_walk_stats stats;
    (void)state;
    if (CHECK_SANITIZED || !use_memory())
        skip_because("takes 256 MiB of /dev/shm, and too long under a sanitizer");
    file_sparse(scratch("given-up"), records * 4096);
    fault_clock(&clock_of_walk);
    fault_cold(FAULT_COLD_NONE);
    mmv_map *map = open_map(scratch("given-up"), MMV_READ_WRITE);
    assert_ok(mmv_walk(map, &(mmv_walk_options){.record_size = 4096, .threads = 1, .stats = &stats},
                       fast_while_mapped_at_first, NULL));
    fault_reset();
    check_stamps(map, records);
    mmv_map_close(&map);
    /* Of a window that becomes slow a step or two are done. */
    assert_true(stats.bytes_mapped > 96 * MMV_MIB && stats.bytes_mapped < 160 * MMV_MIB);
    assert_non_null(strstr(stats.reason, "2 switches"));
    unlink(scratch("given-up"));
}

/* A call takes a while, however little it is about. */
static mmv_status calls_take_time(const mmv_chunk *chunk, void *user)
{
    bool mapped = ((uintptr_t)chunk->data - chunk->offset) % (2 * MMV_MIB) == 0;
    double pace = mapped ? 0.05e-9 : 0.2e-9;
    (void)user;
    atomic_store(&clock_of_walk,
                 atomic_load(&clock_of_walk) + 20e-6 + pace * (double)(chunk->count * chunk->file_stride));
    return MMV_OK;
}

/* Units end where no record does: what is left of them behind their legs says nothing of a way. */
static void test_the_rest_of_a_unit_is_no_trial(void **state)
{
    const size_t sizes[] = {6, 24, 1000};
    (void)state;
    file_sparse(scratch("rests"), 192 * MMV_MIB);
    mmv_map *map = open_map(scratch("rests"), MMV_READ);
    for (size_t i = 0; i < 3; i++) {
        mmv_walk_stats stats;
        mmv_walk_options how = {.record_size = sizes[i], .threads = 1, .stats = &stats};
        how.length = 192 * MMV_MIB / sizes[i] * sizes[i];
        fault_clock(&clock_of_walk);
        fault_cold(FAULT_COLD_NONE);
        assert_ok(mmv_walk(map, &how, calls_take_time, NULL));
        fault_reset();
        const char *trials = strstr(stats.reason, "MiB; ");
        assert_non_null(trials);
        if (strtol(trials + strlen("MiB; "), NULL, 10) > 40)
            fail_msg("records of %zu: %s", sizes[i], stats.reason);
        assert_true(stats.bytes_mapped > stats.bytes / 2);
    }
    mmv_map_close(&map);
    unlink(scratch("rests"));
}

/* Records with gaps: a piece has the bytes from one record to the next, and so it is none that was cut short. */
static void test_gaps_end_no_trial(void **state)
{
    mmv_walk_stats stats;
    mmv_walk_options how = {.record_size = 1000, .stride = 8192, .threads = 1, .stats = &stats};
    how.length = 192 * MMV_MIB - 8192 + how.record_size;
    (void)state;
    file_sparse(scratch("gaps"), 192 * MMV_MIB);
    mmv_map *map = open_map(scratch("gaps"), MMV_READ);
    fault_clock(&clock_of_walk);
    fault_cold(FAULT_COLD_NONE);
    assert_ok(mmv_walk(map, &how, calls_take_time, NULL));
    fault_reset();
    if (!strstr(stats.reason, "1 switch"))
        fail_msg("%s", stats.reason);
    assert_true(stats.bytes_mapped > stats.bytes / 2);
    mmv_map_close(&map);
    unlink(scratch("gaps"));
}

/* The trial, storing: the mark of each record is looked at from outside. */
static mmv_status stamp(const mmv_chunk *chunk, void *user)
{
    (void)user;
    return stamp_chunk(chunk);
}

static void test_the_trial_of_stores(void **state)
{
    const uint64_t records = 168 * MMV_MIB / 4096;
    mmv_walk_stats stats;
    (void)state;
    if (CHECK_SANITIZED || !use_memory())
        skip_because("takes 168 MiB of /dev/shm, and too long under a sanitizer");
    file_sparse(scratch("stamps"), records * 4096);
    fault_cold(FAULT_COLD_NONE);
    mmv_map *map = open_map(scratch("stamps"), MMV_READ_WRITE);
    assert_ok(mmv_walk(map, &(mmv_walk_options){.record_size = 4096, .threads = 1, .stats = &stats}, stamp, NULL));
    assert_true(stats.bytes_mapped > 0 && stats.bytes_buffered > 0);
    check_stamps(map, records);
    mmv_map_close(&map);
    unlink(scratch("stamps"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_asked_for_is_used),
        cmocka_unit_test(test_small_ranges_go_buffered),
        cmocka_unit_test_teardown(test_file_systems_that_map_badly_go_buffered, fault_end),
        cmocka_unit_test_teardown(test_what_exceeds_the_memory_goes_direct, fault_end),
        cmocka_unit_test_teardown(test_the_trial, fault_end),
        cmocka_unit_test_teardown(test_what_is_not_in_memory_goes_buffered, fault_end),
        cmocka_unit_test_teardown(test_one_stream_at_a_time, fault_end),
        cmocka_unit_test_teardown(test_a_stream_ends_with_the_records, fault_end),
        cmocka_unit_test(test_read_ahead_is_known),
        cmocka_unit_test(test_what_is_in_memory_is_known),
        cmocka_unit_test(test_each_thread_reads_by_itself),
        cmocka_unit_test(test_a_device_is_opened_once),
        cmocka_unit_test_teardown(test_a_window_is_given_up, fault_end),
        cmocka_unit_test_teardown(test_the_rest_of_a_unit_is_no_trial, fault_end),
        cmocka_unit_test_teardown(test_gaps_end_no_trial, fault_end),
        cmocka_unit_test_teardown(test_the_trial_of_stores, fault_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
