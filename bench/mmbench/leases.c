/* SPDX-License-Identifier: MIT */
/*
 * leases: what a single access costs, in nanoseconds, on a warm file.
 *
 *     view/ENGINE      a 4 KiB piece made addressable, one word read, given back
 *     hit/ENGINE       one word of a piece that is addressable already
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mmview/mmview.h>

#include "harness/harness.h"
#include "mmbench/workload.h"
#include "mmbench/suite.h"
#include "mmbench/os/mapping.h"

#define PIECE 4096
#define CHECKED 4096    /* accesses whose result is compared before anything is timed */
#define BATCH 1000      /* hits between two looks at the clock's loop: a hit is shorter than that look */
#define HIT_BYTES 65536 /* bytes that the hits stay within: one window, first-level cache */

struct lease_case;

struct access {
    const char *name;
    bool (*open)(struct lease_case *what);
    uint64_t (*word)(struct lease_case *what, uint64_t offset); /* the 64-bit word there */
    bool batch;
};

struct lease_case {
    struct suite *suite;
    const struct access *access;
    struct fixture *fixture;
    struct workload where; /* for workload_position() */
    int file;
    char *whole; /* of the mapping */
    mmv_map *map;
    mmv_pool *pool;
    mmv_cursor cursor;
    char why[PATH_MAX + 256];
};

static uint64_t word_at(const void *data)
{
    uint64_t word;
    memcpy(&word, data, sizeof word);
    return word;
}

static bool system_failed(struct lease_case *what, const char *call)
{
    snprintf(what->why, sizeof what->why, "%s: %s", call, strerror(errno));
    return false;
}

static bool library_failed(struct lease_case *what)
{
    mmv_error_format(mmv_last_error(), what->why, sizeof what->why);
    return false;
}

/* ---- a piece made addressable for each access ------------------------------------------------------------------- */

static bool open_file(struct lease_case *what)
{
    what->file = open(what->fixture->path, O_RDONLY | O_CLOEXEC);
    return what->file >= 0 || system_failed(what, "open");
}

static bool open_map(struct lease_case *what)
{
    return mmv_map_open(what->fixture->path, MMV_READ, &what->map) == MMV_OK || library_failed(what);
}

static uint64_t word_by_view(struct lease_case *what, uint64_t offset)
{
    mmv_view view;
    if (mmv_view_open(what->map, offset, PIECE, &view) != MMV_OK)
        return 0;
    uint64_t word = word_at(view.data);
    mmv_view_close(&view);
    return word;
}

static uint64_t word_by_mmap(struct lease_case *what, uint64_t offset)
{
    void *data = mmap(NULL, PIECE, PROT_READ, MAP_SHARED, what->file, (off_t)offset);
    if (data == MAP_FAILED)
        return 0;
    uint64_t word = word_at(data);
    munmap(data, PIECE);
    return word;
}

static uint64_t word_by_pread(struct lease_case *what, uint64_t offset)
{
    char buffer[PIECE];
    return pread(what->file, buffer, PIECE, (off_t)offset) == PIECE ? word_at(buffer) : 0;
}

/* ---- a piece that is addressable already ------------------------------------------------------------------------ */

static bool open_whole(struct lease_case *what)
{
    if (!open_file(what))
        return false;
    what->whole = mmap(NULL, (size_t)what->fixture->size, PROT_READ, MAP_SHARED | MAP_POPULATE, what->file, 0);
    return what->whole != MAP_FAILED || (what->whole = NULL, system_failed(what, "mmap"));
}

static uint64_t word_by_pointer(struct lease_case *what, uint64_t offset)
{
    return word_at(what->whole + offset);
}

static bool open_cursor(struct lease_case *what)
{
    size_t left;
    if (!open_map(what) || mmv_pool_create(NULL, &what->pool) != MMV_OK ||
        mmv_cursor_open(what->pool, what->map, &what->cursor) != MMV_OK ||
        !mmv_acquire(&what->cursor, 0, HIT_BYTES, &left))
        return library_failed(what);
    return true;
}

static bool open_pool(struct lease_case *what)
{
    return open_map(what) && (mmv_pool_create(NULL, &what->pool) == MMV_OK || library_failed(what)) &&
           (mmv_cursor_open(what->pool, what->map, &what->cursor) == MMV_OK || library_failed(what));
}

static uint64_t word_by_lease(struct lease_case *what, uint64_t offset)
{
    size_t left;
    const void *data = mmv_acquire(&what->cursor, offset, PIECE, &left);
    uint64_t word = data ? word_at(data) : 0;
    return mmv_release(&what->cursor) == MMV_OK ? word : 0;
}

static uint64_t word_by_cursor(struct lease_case *what, uint64_t offset)
{
    size_t left;
    const void *data = mmv_acquire(&what->cursor, offset, sizeof(uint64_t), &left);
    return data ? word_at(data) : 0;
}

static const struct access views[] = {
    {"window", open_pool, word_by_lease, false},
    {"view", open_map, word_by_view, false},
    {"mmap", open_file, word_by_mmap, false},
    {"pread", open_file, word_by_pread, false},
};

static const struct access hits[] = {
    {"window", open_cursor, word_by_cursor, true},
    {"mmap", open_whole, word_by_pointer, true},
    {"pread", open_file, word_by_pread, true},
};

/* ---- a case ----------------------------------------------------------------------------------------------------- */

static uint64_t place_of(const struct lease_case *what, uint64_t i)
{
    return what->access->batch ? i * 72 % HIT_BYTES & ~UINT64_C(7)
                               : workload_position(&what->where, i % what->where.operations);
}

static bool results_are_right(struct lease_case *what)
{
    const struct fixture *fixture = what->fixture;
    for (uint64_t i = 0; i < CHECKED; i++) {
        uint64_t offset = place_of(what, i);
        uint64_t right = content_sum(what->suite->fixtures.content, fixture->added, offset, sizeof right);
        if (what->access->word(what, offset) == right)
            continue;
        snprintf(what->why, sizeof what->why, "WRONG RESULT: a word at %llu", (unsigned long long)offset);
        what->suite->wrong++;
        return false;
    }
    return true;
}

static bool set_up(struct bench_run *run, void *user)
{
    struct lease_case *what = user;
    struct fixtures *fixtures = &what->suite->fixtures;
    what->fixture = fixtures_get(fixtures, what->suite->file_size, WRITTEN_READ_BACK, false);
    if (what->fixture && fixture_warm(fixtures, what->fixture, what->why, sizeof what->why)) {
        /* All of the file: some thousand places of it would stay in the processor's caches. */
        what->where = (struct workload){
            .size = what->fixture->size, .record = PIECE, .operations = mmv_max(1, what->fixture->size / PIECE)};
        if (what->access->open(what) && results_are_right(what))
            return true;
    }
    suite_leave_if_stopped(what->suite);
    bench_skip(run, what->why);
    return false;
}

static void each_one(struct bench_run *run, void *user)
{
    struct lease_case *what = user;
    uint64_t i = 0;
    uint64_t sum = 0;
    while (bench_next(run))
        sum += what->access->word(what, place_of(what, i++));
    *(volatile uint64_t *)&sum = sum;
    suite_leave_if_stopped(what->suite);
}

/* The loop around a hit must not cost more than the hit: inlined, without a look at the table. */
static void each_hit(struct bench_run *run, void *user)
{
    struct lease_case *what = user;
    uint64_t sum = 0;
    while (bench_next_batch(run, BATCH)) {
        if (what->whole)
            for (unsigned i = 0; i < BATCH; i++)
                sum += word_by_pointer(what, (i * 72 % HIT_BYTES) & ~7u);
        else if (what->pool)
            for (unsigned i = 0; i < BATCH; i++)
                sum += word_by_cursor(what, (i * 72 % HIT_BYTES) & ~7u);
        else
            for (unsigned i = 0; i < BATCH; i++)
                sum += word_by_pread(what, (i * 72 % HIT_BYTES) & ~7u);
    }
    *(volatile uint64_t *)&sum = sum;
    suite_leave_if_stopped(what->suite);
}

static void tear_down(void *user)
{
    struct lease_case *what = user;
    if (what->pool)
        mmv_cursor_close(&what->cursor);
    mmv_pool_destroy(&what->pool);
    mmv_map_close(&what->map);
    if (what->whole)
        munmap(what->whole, (size_t)what->fixture->size);
    if (what->file >= 0)
        close(what->file);
    what->whole = NULL;
    what->file = -1;
}

static bool register_accesses(struct suite *suite, const char *kind, const struct access *accesses, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char name[80];
        struct lease_case *what = calloc(1, sizeof *what);
        if (!suite_own(suite, what))
            return false;
        what->suite = suite;
        what->access = &accesses[i];
        what->file = -1;
        snprintf(name, sizeof name, "%s/%s/warm/%s", kind, accesses[i].name, written_name(WRITTEN_READ_BACK));
        bench_register(&(struct bench_case){.name = name,
                                            .arguments = {{"MiB", (int64_t)(suite->file_size / MMV_MIB)}},
                                            .set_up = set_up,
                                            .body = accesses[i].batch ? each_hit : each_one,
                                            .tear_down = tear_down,
                                            .user = what});
    }
    return true;
}

bool suite_register_leases(struct suite *suite)
{
    return register_accesses(suite, "view", views, sizeof views / sizeof *views) &&
           register_accesses(suite, "hit", hits, sizeof hits / sizeof *hits);
}
