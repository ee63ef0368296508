/* SPDX-License-Identifier: MIT */
/*
 * costs: a function for each, that does it some hundred or thousand times and returns nanoseconds.
 *
 * 1. Only what the name says is inside the time: not mapping, not unmapping, not writing back. No assert sees time.
 * 2. The scratch file has the same bytes throughout: what is stored is what was there. An assert would touch the pages.
 */
#include "mmbench/costs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mmview/range.h>

#include "kit/os/signals.h"
#include "mmbench/cache.h"
#include "mmbench/child.h"
#include "mmbench/meter.h"
#include "mmbench/os/mapping.h"

#define FILE_BYTES (16 * MMV_MIB)
#define WRITE_BYTES (4 * MMV_MIB) /* made dirty in each round, and written back outside of the time */
#define SYNC_BYTES MMV_MIB
#define READ_BYTES (256 * MMV_KIB)
#define CACHE_BYTES (16 * MMV_KIB) /* two of them fit the first-level cache of 32 KiB */
#define FAR_LEAST (64 * MMV_MIB)   /* larger than most last-level caches ... */
#define FAR_MOST (256 * MMV_MIB)   /* ... and than all of those that a process has for itself */
#define CALLS 20000
#define COPIES 4000
#define ROUNDS_LEAST 3
#define BYTE 0x5a
#define HIDDEN_NS 1000 /* a load from memory takes a tenth of it */

/* What a round works on. */
struct bench {
    int file;
    size_t page;
    char *far; /* memory that is no longer in any cache when it is read again */
    size_t far_bytes;
    char *near; /* CACHE_BYTES twice */
    char *buffer;
    char why[128];
};

typedef double cost_fn(struct bench *bench);

static double failed(struct bench *bench, const char *what)
{
    snprintf(bench->why, sizeof bench->why, "%s: %s", what, strerror(errno));
    return -1;
}

static double nanoseconds(double start, uint64_t operations)
{
    return (meter_clock() - start) * 1e9 / (double)operations;
}

static char *map_file(struct bench *bench, size_t length, int protection)
{
    char *data = mmap(NULL, length, protection, MAP_SHARED, bench->file, 0);
    if (data != MAP_FAILED)
        return data;
    failed(bench, "mmap");
    return NULL;
}

/* One byte of each page. */
static void touch(const char *data, size_t length, size_t page)
{
    for (size_t at = 0; at < length; at += page)
        (void)*(const volatile char *)(data + at);
}

static void store(char *data, size_t length, size_t page)
{
    for (size_t at = 0; at < length; at += page)
        *(volatile char *)(data + at) = BYTE;
}

static void change(char *data, size_t length, size_t page)
{
    for (size_t at = 0; at < length; at += page) {
        touch(data + at, 1, page);
        store(data + at, 1, page);
    }
}

/* ---- calls and memory ------------------------------------------------------------------------------------------- */

static double cost_of_call(struct bench *bench)
{
    (void)bench;
    double start = meter_clock();
    for (unsigned i = 0; i < CALLS; i++)
        meter_call();
    return nanoseconds(start, CALLS);
}

static double cost_of_fault(struct bench *bench)
{
    size_t length = FILE_BYTES;
    char *data = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data == MAP_FAILED)
        return failed(bench, "mmap");
    /* A fault for each page. A kernel without huge pages does not know the advice, and needs none. */
    madvise(data, length, MADV_NOHUGEPAGE);
    double start = meter_clock();
    store(data, length, bench->page);
    double cost = nanoseconds(start, length / bench->page);
    munmap(data, length);
    return cost;
}

/* The compiler must not find out that nobody looks at the copies. */
static void copy(char *to, const char *from, size_t length)
{
    memcpy(to, from, length);
    __asm__ volatile("" : : "r"(to) : "memory");
}

static double cost_of_copy_in_cache(struct bench *bench)
{
    copy(bench->near + CACHE_BYTES, bench->near, CACHE_BYTES);
    double start = meter_clock();
    for (unsigned i = 0; i < COPIES; i++)
        copy(bench->near + CACHE_BYTES, bench->near, CACHE_BYTES);
    return nanoseconds(start, COPIES * CACHE_BYTES);
}

static double cost_of_copy_from_memory(struct bench *bench)
{
    double start = meter_clock();
    for (size_t at = 0; at + CACHE_BYTES <= bench->far_bytes; at += CACHE_BYTES)
        copy(bench->near, bench->far + at, CACHE_BYTES);
    return nanoseconds(start, bench->far_bytes);
}

/* ---- a file in the page cache ----------------------------------------------------------------------------------- */

static double cost_of_touch(struct bench *bench)
{
    char *data = map_file(bench, FILE_BYTES, PROT_READ);
    if (!data)
        return -1;
    double start = meter_clock();
    touch(data, FILE_BYTES, bench->page);
    double cost = nanoseconds(start, FILE_BYTES / bench->page);
    munmap(data, FILE_BYTES);
    return cost;
}

static double cost_of_populated(struct bench *bench)
{
#ifdef MADV_POPULATE_READ
    char *data = map_file(bench, FILE_BYTES, PROT_READ);
    if (!data)
        return -1;
    double cost;
    if (madvise(data, FILE_BYTES, MADV_POPULATE_READ) == 0) {
        double start = meter_clock();
        touch(data, FILE_BYTES, bench->page);
        cost = nanoseconds(start, FILE_BYTES / bench->page);
    } else
        cost = failed(bench, "MADV_POPULATE_READ");
    munmap(data, FILE_BYTES);
    return cost;
#else
    errno = ENOSYS;
    return failed(bench, "MADV_POPULATE_READ");
#endif
}

/* Pages that are dirty already would be mapped writable at once on some file systems: each round begins clean. */
static double cost_of_writing(struct bench *bench, void (*write_to)(char *data, size_t length, size_t page))
{
    char *data = map_file(bench, WRITE_BYTES, PROT_READ | PROT_WRITE);
    if (!data)
        return -1;
    double start = meter_clock();
    write_to(data, WRITE_BYTES, bench->page);
    double cost = nanoseconds(start, WRITE_BYTES / bench->page);
    munmap(data, WRITE_BYTES);
    return fdatasync(bench->file) == 0 ? cost : failed(bench, "fdatasync");
}

static double cost_of_touch_write(struct bench *bench)
{
    return cost_of_writing(bench, store);
}

static double cost_of_change(struct bench *bench)
{
    return cost_of_writing(bench, change);
}

static double cost_of_read(struct bench *bench)
{
    double start = meter_clock();
    for (uint64_t at = 0; at < FILE_BYTES; at += READ_BYTES)
        if (pread(bench->file, bench->buffer, READ_BYTES, (off_t)at) != (ssize_t)READ_BYTES)
            return failed(bench, "pread");
    return nanoseconds(start, FILE_BYTES / bench->page);
}

static double cost_of_sync(struct bench *bench, size_t dirty)
{
    char *data = map_file(bench, SYNC_BYTES, PROT_READ | PROT_WRITE);
    if (!data)
        return -1;
    touch(data, SYNC_BYTES, bench->page);
    store(data, dirty, bench->page);
    double start = meter_clock();
    int error = cache_sync_view(bench->file, data, SYNC_BYTES);
    double cost = nanoseconds(start, 1);
    if (error) {
        errno = error;
        cost = failed(bench, "msync");
    }
    munmap(data, SYNC_BYTES);
    return cost;
}

static double cost_of_sync_clean(struct bench *bench)
{
    return cost_of_sync(bench, 0);
}

static double cost_of_sync_page(struct bench *bench)
{
    return cost_of_sync(bench, bench->page);
}

static double cost_of_sync_all(struct bench *bench)
{
    return cost_of_sync(bench, SYNC_BYTES);
}

static const struct {
    struct cost_words words;
    cost_fn *measure;
} kinds[COST_KINDS] = {
    [COST_CALL] = {{"system_call", "a system call", false}, cost_of_call},
    [COST_FAULT] = {{"page_fault", "a page fault (fresh memory)", false}, cost_of_fault},
    [COST_TOUCH] = {{"mapped_page_read", "first touch of a mapped page, reading", false}, cost_of_touch},
    [COST_POPULATED] = {{"mapped_page_populated", "first touch of one that is populated", false}, cost_of_populated},
    [COST_TOUCH_WRITE] = {{"mapped_page_write", "first touch of a mapped page, writing", false}, cost_of_touch_write},
    [COST_CHANGE] = {{"mapped_page_changed", "first touch, reading and then writing", false}, cost_of_change},
    [COST_READ] = {{"read_page", "a page by pread(2), 256 KiB at a time", false}, cost_of_read},
    [COST_COPY_CACHE] = {{"copied_byte_cache", "a copied byte, in the cache", true}, cost_of_copy_in_cache},
    [COST_COPY_MEMORY] = {{"copied_byte_memory", "a copied byte, from memory", true}, cost_of_copy_from_memory},
    [COST_SYNC_CLEAN] = {{"msync_clean", "msync(2) of 1 MiB, nothing dirty", false}, cost_of_sync_clean},
    [COST_SYNC_PAGE] = {{"msync_one_page", "msync(2) of 1 MiB, one page dirty", false}, cost_of_sync_page},
    [COST_SYNC_ALL] = {{"msync_all_dirty", "msync(2) of 1 MiB, all dirty", false}, cost_of_sync_all},
};

const struct cost_words *cost_words(enum cost cost)
{
    return &kinds[cost].words;
}

/* ---- rounds, in a child ----------------------------------------------------------------------------------------- */

struct job {
    const char *path;
    double seconds;
};

static size_t far_bytes(void)
{
    long cache = sysconf(_SC_LEVEL3_CACHE_SIZE);
    uint64_t bytes = mmv_max(FAR_LEAST, cache > 0 ? 2 * (uint64_t)cache : 0);
    return (size_t)mmv_min(bytes, FAR_MOST);
}

static void *make_memory(size_t length)
{
    char *data = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data == MAP_FAILED)
        return NULL;
    madvise(data, length, MADV_HUGEPAGE);
    memset(data, BYTE, length);
    return data;
}

static bool make_file(struct bench *bench, const char *path)
{
    bench->file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (bench->file < 0)
        return failed(bench, "open") >= 0;
    /* In pieces of 1 MiB: what the page cache holds them in is part of what mapping costs. */
    for (uint64_t at = 0; at < FILE_BYTES; at += MMV_MIB)
        if (pwrite(bench->file, bench->far, MMV_MIB, (off_t)at) != (ssize_t)MMV_MIB)
            return failed(bench, "write") >= 0;
    return fsync(bench->file) == 0 || failed(bench, "fsync") >= 0;
}

static bool prepare(struct bench *bench, const char *path)
{
    bench->page = (size_t)sysconf(_SC_PAGESIZE);
    bench->far_bytes = far_bytes();
    bench->far = make_memory(bench->far_bytes);
    bench->near = make_memory(2 * CACHE_BYTES);
    bench->buffer = make_memory(READ_BYTES);
    if (!bench->far || !bench->near || !bench->buffer)
        return failed(bench, "no memory") >= 0;
    return make_file(bench, path);
}

/* Where there is no fork(2) the process goes on, and a file that is open cannot be removed. */
static void give_back(struct bench *bench)
{
    if (bench->far)
        munmap(bench->far, bench->far_bytes);
    if (bench->near)
        munmap(bench->near, 2 * CACHE_BYTES);
    if (bench->buffer)
        munmap(bench->buffer, READ_BYTES);
    if (bench->file >= 0)
        close(bench->file);
}

static void measure_one(struct bench *bench, struct costs *costs, enum cost cost)
{
    if (costs->why[cost][0])
        return;
    double ns = kinds[cost].measure(bench);
    if (ns >= 0)
        samples_add(&costs->ns[cost], ns);
    else
        snprintf(costs->why[cost], sizeof costs->why[cost], "%s", bench->why);
}

static bool measure_all(void *user, void *result, char *why, size_t why_size)
{
    const struct job *job = user;
    struct costs *costs = result;
    struct bench bench = {.file = -1};
    double end = meter_clock() + job->seconds;
    bool good = prepare(&bench, job->path);
    costs->page = bench.page;
    /* In turn, so that whatever disturbs the machine disturbs all alike. */
    for (unsigned round = 0; good && round < SAMPLES_MAX && (round < ROUNDS_LEAST || meter_clock() < end); round++) {
        for (enum cost cost = 0; cost < COST_KINDS; cost++)
            measure_one(&bench, costs, cost);
        costs->rounds = round + 1;
    }
    snprintf(why, why_size, "%s", bench.why);
    give_back(&bench);
    return good;
}

bool costs_measure(struct place *place, double seconds, struct costs *costs_ret)
{
    char path[PATH_MAX + 8], why[sizeof place->why - 64];
    struct place_facts facts;
    *costs_ret = (struct costs){.rounds = 0};
    if (!place_has_room(place, FILE_BYTES) || !place_make(place))
        return false;
    if (place_facts(place->path, &facts)) {
        costs_ret->in_memory = facts.in_memory;
        snprintf(costs_ret->system, sizeof costs_ret->system, "%s", facts.system);
    }
    snprintf(path, sizeof path, "%s/costs", place->path);
    bool good = child_run(measure_all, &(struct job){path, seconds}, costs_ret, sizeof *costs_ret, why, sizeof why);
    unlink(path);
    if (!good)
        snprintf(place->why, sizeof place->why, "cannot measure what things cost: %s", why);
    return good;
}

/* ---- words ------------------------------------------------------------------------------------------------------ */

double costs_ns(const struct costs *costs, enum cost cost)
{
    return samples_median(&costs->ns[cost]);
}

const char *costs_text(double nanoseconds, char text[COSTS_TEXT])
{
    static const char *const units[] = {"ns", "us", "ms", "s"};
    unsigned unit = 0;
    while (nanoseconds >= 999.5 && unit < 3) {
        nanoseconds /= 1000;
        unit++;
    }
    int digits = nanoseconds < 0.995 ? 3 : nanoseconds < 9.95 ? 1 : 0;
    snprintf(text, COSTS_TEXT, "%.*f %s", digits, nanoseconds, units[unit]);
    return text;
}

void costs_reason(const struct costs *costs, char *text, size_t size)
{
    char mapped[COSTS_TEXT], other[COSTS_TEXT], read[COSTS_TEXT];
    int length = 0;
    text[0] = '\0';
    if (costs_ns(costs, COST_TOUCH) > 0 && costs_ns(costs, COST_READ) > 0)
        length =
            snprintf(text, size, "a page costs %s mapped, at its first touch, and %s read",
                     costs_text(costs_ns(costs, COST_TOUCH), mapped), costs_text(costs_ns(costs, COST_READ), read));
    if (length > 0 && (size_t)length < size && costs_ns(costs, COST_CHANGE) > 2 * costs_ns(costs, COST_TOUCH))
        length += snprintf(text + length, size - (size_t)length, "; read and then changed in place %s",
                           costs_text(costs_ns(costs, COST_CHANGE), other));
    /* Behind MADV_POPULATE a touch is a load. What takes a microsecond is nothing that the guest counts. */
    if (length > 0 && (size_t)length < size && costs_ns(costs, COST_POPULATED) >= HIDDEN_NS)
        snprintf(text + length, size - (size_t)length, "; %s where no fault is left: that is the hypervisor",
                 costs_text(costs_ns(costs, COST_POPULATED), other));
}
