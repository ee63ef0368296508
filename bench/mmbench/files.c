/* SPDX-License-Identifier: MIT */
/*
 * files: many small files, each opened, changed in place and closed.
 *
 * The engines are those of the large files, called once per file with one thread; the team shares the files. File i
 * holds the bytes that a large fixture has from i * FILE_SIZE on.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kit/os/signals.h"
#include "harness/harness.h"
#include "mmbench/child.h"
#include "mmbench/suite.h"
#include "mmbench/trial.h"

#define FILES 2000
#define FILE_SIZE ((size_t)8 << 10)

/* The folder of files, shared by all cases. */
struct heap {
    struct suite *suite;
    char folder[PATH_MAX + 8];
    bool made;
    unsigned added;
};

struct files_case {
    struct heap *heap;
    const struct engine *engine;
};

/* One run in the child. */
struct run {
    const struct files_case *what;
    unsigned threads;
    struct meter meter;
    char why[200];
};

static void path_of(const struct heap *heap, unsigned i, char path[PATH_MAX + 24])
{
    snprintf(path, PATH_MAX + 24, "%s/%05u", heap->folder, i);
}

/* ---- making, checking ------------------------------------------------------------------------------------------- */

/* Write file i, or compare it. */
static bool one_file(const struct heap *heap, unsigned i, bool compare, bool *wrong_ret)
{
    char path[PATH_MAX + 24], bytes[FILE_SIZE], there[FILE_SIZE];
    path_of(heap, i, path);
    content_fill(heap->suite->fixtures.content, heap->added, (uint64_t)i * FILE_SIZE, bytes, FILE_SIZE);
    int file = open(path, compare ? O_RDONLY | O_CLOEXEC : O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0)
        return false;
    ssize_t done = compare ? read(file, there, FILE_SIZE) : write(file, bytes, FILE_SIZE);
    bool good = close(file) == 0 && done == (ssize_t)FILE_SIZE;
    *wrong_ret = compare && (!good || memcmp(bytes, there, FILE_SIZE) != 0);
    return good && !*wrong_ret;
}

static bool create_files(struct heap *heap, char *why, size_t size)
{
    struct place *place = &heap->suite->fixtures.place;
    bool wrong;
    if (heap->made)
        return true;
    heap->added = 0;
    if (!place_make(place) || !place_has_room(place, (uint64_t)FILES * FILE_SIZE)) {
        snprintf(why, size, "%s", place->why);
        return false;
    }
    snprintf(heap->folder, sizeof heap->folder, "%s/files", place->path);
    heap->made = mkdir(heap->folder, 0700) == 0 || errno == EEXIST;
    for (unsigned i = 0; i < FILES && heap->made && !signals_stop(); i++)
        heap->made = one_file(heap, i, false, &wrong);
    if (!heap->made)
        snprintf(why, size, "cannot write small files: %s", strerror(errno));
    return heap->made;
}

static bool check(struct heap *heap, bool *wrong_ret, char *why, size_t size)
{
    for (unsigned i = 0; i < FILES; i++)
        if (!one_file(heap, i, true, wrong_ret)) {
            heap->made = false;
            snprintf(why, size, "WRONG RESULT or unreadable: small file %u", i);
            return false;
        }
    return true;
}

/* ---- a run ------------------------------------------------------------------------------------------------------ */

static void change(const struct run *run, struct workload *load, unsigned i)
{
    char path[PATH_MAX + 24];
    path_of(run->what->heap, i, path);
    load->input = path;
    run->what->engine->run[WORK_IN_PLACE](load);
}

/* A thread's share; what it needs is the same for all its files. */
static void share(struct run *run)
{
    struct workload *load = calloc(1, sizeof *load);
    if (load) {
        load->work = WORK_IN_PLACE;
        load->size = FILE_SIZE;
        load->threads = 1;
        workload_make_adjust(load);
    }
#pragma omp for schedule(dynamic, 16)
    for (unsigned i = 0; i < FILES; i++)
        if (load && !load->failed)
            change(run, load, i);
    if (!load || load->failed)
#pragma omp critical
        snprintf(run->why, sizeof run->why, "%s", load ? load->why : "no memory");
    if (load)
        mmi_adjust_destroy(&load->adjust);
    free(load);
}

static void change_all(struct run *run)
{
#pragma omp parallel num_threads((int)run->threads)
    share(run);
}

static bool run_in_child(void *user, void *result, char *why, size_t size)
{
    struct run *run = result;
    int members = 0;
    (void)user;
    /* The team is there before the time begins. */
#pragma omp parallel num_threads((int)run->threads) reduction(+ : members)
    members++;
    meter_start(&run->meter);
    change_all(run);
    meter_stop(&run->meter);
    snprintf(why, size, "%s", run->why);
    return members > 0 && run->why[0] == '\0';
}

static bool run_once(struct files_case *what, struct run *run, char *why, size_t size)
{
    struct heap *heap = what->heap;
    bool wrong = false;
    *run = (struct run){.what = what, .threads = heap->suite->threads};
    if (!create_files(heap, why, size))
        return false;
    sync();
    if (!child_run(run_in_child, NULL, run, sizeof *run, why, size)) {
        heap->made = false;
        return false;
    }
    heap->added += WORKLOAD_AMOUNT;
    bool right = check(heap, &wrong, why, size);
    heap->suite->wrong += wrong;
    return right;
}

static void body(struct bench_run *bench, void *user)
{
    struct files_case *what = user;
    struct run run = {0};
    char why[PATH_MAX + 256];
    double seconds = 0, runs = 0, faults = 0;
    while (bench_next(bench)) {
        bool good = run_once(what, &run, why, sizeof why);
        suite_leave_if_stopped(what->heap->suite);
        if (!good) {
            bench_skip(bench, why);
            return;
        }
        bench_seconds(bench, run.meter.seconds);
        seconds += run.meter.seconds;
        faults += (double)run.meter.minor;
        runs++;
    }
    /* All runs of a system know, or none. */
    bool knows_faults = run.meter.knows_faults;
    bench_bytes(bench, runs * FILES * FILE_SIZE);
    bench_counter(bench, "files_per_second", runs * FILES / seconds);
    if (knows_faults)
        bench_counter(bench, "minor_faults_per_file", faults / runs / FILES);
}

bool suite_register_files(struct suite *suite)
{
    static const char *const names[] = {"mmap", "pread", "stdio", "walk-auto", "walk-mmap", "walk-buffered"};
    struct heap *heap = calloc(1, sizeof *heap);
    if (!suite_own(suite, heap))
        return false;
    heap->suite = suite;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char name[80];
        struct files_case *what = calloc(1, sizeof *what);
        if (!suite_own(suite, what))
            return false;
        *what = (struct files_case){heap, engine_find(names[i])};
        snprintf(name, sizeof name, "files/%s/warm/whole-writes", names[i]);
        bench_register(
            &(struct bench_case){.name = name,
                                 .arguments = {{"files", FILES}, {"KiB", FILE_SIZE >> 10}, {"threads", suite->threads}},
                                 .body = body,
                                 .user = what,
                                 .manual = true,
                                 .once = true});
    }
    return true;
}
