/* SPDX-License-Identifier: MIT */
/*
 * ipc: what processes pay to share, as far as one process can tell. Cases whose other process is forked, and those of
 * pthread mutexes between processes and of futexes, which Windows lacks, are there by name and say so.
 */
#include <stdio.h>
#include <stdlib.h>

#include <mmview/sync.h>
#include <mmview/view.h>

#include "harness/harness.h"
#include "kit/os/machine.h"
#include "mmbench/suite.h"

#define BATCH 100 /* a mutex is an object of the system here: a call takes a microsecond, not 20 ns */
#define OPENED 65536u

struct ipc_case {
    struct suite *suite;
    const struct ipc_kind *kind;
    mmv_map *map;
    mmv_mutex *mutex;
};

struct ipc_kind {
    const char *name, *why_not; /* NULL = it is measured */
    bool (*open)(struct ipc_case *what);
    bool (*once)(struct ipc_case *what); /* false = it went wrong */
    unsigned batch;                      /* between two looks at the clock */
};

static bool open_map(struct ipc_case *what)
{
    return mmv_map_create_unnamed(1 << 20, MMV_READ_WRITE, NULL, &what->map) == MMV_OK;
}

static bool open_view(struct ipc_case *what)
{
    mmv_view view;
    if (mmv_view_open(what->map, OPENED, OPENED, &view) != MMV_OK)
        return false;
    mmv_view_close(&view);
    return true;
}

static bool open_mutex(struct ipc_case *what)
{
    char name[64];
    const mmv_shared_options fresh = {.mode = MMV_CREATE_NEW};
    snprintf(name, sizeof name, "mmbench-%llx", (unsigned long long)machine_random());
    return mmv_mutex_open(name, &fresh, &what->mutex) == MMV_OK;
}

static bool lock_named(struct ipc_case *what)
{
    return mmv_mutex_lock(what->mutex, MMV_FOREVER) == MMV_OK && mmv_mutex_unlock(what->mutex) == MMV_OK;
}

#define FORKS "the other process would have to be forked: Windows has no fork(2)"

static const struct ipc_kind kinds[] = {
    {"open/view", NULL, open_map, open_view, 1},
    {"open/mmap", "a section has no descriptor to map it by", NULL, NULL, 1},
    {"mutex/named", NULL, open_mutex, lock_named, BATCH},
    {"mutex/pthread", "Windows has no pthread mutex between processes", NULL, NULL, 1},
    {"pingpong/event", FORKS, NULL, NULL, 1},
    {"pingpong/futex", "Windows has no futex between processes", NULL, NULL, 1},
    {"channel/64", FORKS, NULL, NULL, 1},
    {"channel/64K", FORKS, NULL, NULL, 1},
};

static bool set_up(struct bench_run *run, void *user)
{
    struct ipc_case *what = user;
    if (what->kind->why_not) {
        bench_skip(run, what->kind->why_not);
        return false;
    }
    bool fine = what->kind->open(what);
    if (fine && what->kind->once(what))
        return true;
    bench_skip(run, fine ? "WRONG RESULT" : "cannot be opened here");
    what->suite->wrong += fine;
    return false;
}

static void body(struct bench_run *run, void *user)
{
    struct ipc_case *what = user;
    bool fine = true;
    while (bench_next_batch(run, what->kind->batch))
        for (unsigned i = 0; i < what->kind->batch; i++)
            fine = what->kind->once(what) && fine;
    if (!fine) {
        what->suite->wrong++;
        bench_skip(run, "WRONG RESULT");
    }
    suite_leave_if_stopped(what->suite);
}

static void tear_down(void *user)
{
    struct ipc_case *what = user;
    mmv_map_close(&what->map);
    mmv_mutex_close(&what->mutex);
}

bool suite_register_ipc(struct suite *suite)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct ipc_case *what = calloc(1, sizeof *what);
        if (!suite_own(suite, what))
            return false;
        what->suite = suite;
        what->kind = &kinds[i];
        bench_register(&(struct bench_case){
            .name = kinds[i].name, .set_up = set_up, .body = body, .tear_down = tear_down, .user = what});
    }
    return true;
}
