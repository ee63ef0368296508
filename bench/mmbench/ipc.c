/* SPDX-License-Identifier: MIT */
/*
 * ipc: what processes pay to share.
 *
 *     open/view, open/mmap             64 KiB of a map in memory made addressable and given back, untouched
 *     mutex/named, mutex/pthread       locked and unlocked, nobody else there
 *     pingpong/event, pingpong/futex   to another process and back
 *     channel/SIZE                     messages from another process
 */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mmview/channel.h>
#include <mmview/view.h>

#include "harness/harness.h"
#include "mmbench/suite.h"

#define BATCH 1000
#define OPENED 65536u
#define PATIENCE_MS 10000

struct ipc_case;

/* What the other process does; it is killed when the case is over. */
typedef void peer_fn(struct ipc_case *what);

struct ipc_kind {
    const char *name;
    bool (*open)(struct ipc_case *what);
    peer_fn *peer;                       /* NULL = none */
    bool (*once)(struct ipc_case *what); /* false = it went wrong */
    unsigned batch;                      /* between two looks at the clock */
    size_t message;
};

struct ipc_case {
    struct suite *suite;
    const struct ipc_kind *kind;
    pid_t peer;
    mmv_map *map;
    mmv_mutex *mutex;
    mmv_event *there, *back;
    mmv_channel *channel;
    struct words {
        _Atomic uint32_t there, back;
        pthread_mutex_t mutex;
    } * words;
    uint64_t count;
    char name[3][64];
};

static mmv_shared_options fresh(uint64_t capacity)
{
    return (mmv_shared_options){.mode = MMV_CREATE_NEW, .capacity = capacity};
}

/* ---- open ------------------------------------------------------------------------------------------------------- */

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

static bool open_mmap(struct ipc_case *what)
{
    void *data = mmap(NULL, OPENED, PROT_READ | PROT_WRITE, MAP_SHARED, mmv_map_descriptor(what->map), OPENED);
    return data != MAP_FAILED && munmap(data, OPENED) == 0;
}

/* ---- mutex ------------------------------------------------------------------------------------------------------ */

static bool open_mutex(struct ipc_case *what)
{
    mmv_shared_options options = fresh(0);
    return mmv_mutex_open(what->name[0], &options, &what->mutex) == MMV_OK;
}

static bool lock_named(struct ipc_case *what)
{
    return mmv_mutex_lock(what->mutex, MMV_FOREVER) == MMV_OK && mmv_mutex_unlock(what->mutex) == MMV_OK;
}

static bool open_words(struct ipc_case *what)
{
    pthread_mutexattr_t kind;
    what->words = mmap(NULL, sizeof *what->words, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (what->words == MAP_FAILED)
        return what->words = NULL, false;
    pthread_mutexattr_init(&kind);
    pthread_mutexattr_setpshared(&kind, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
    bool fine = pthread_mutex_init(&what->words->mutex, &kind) == 0;
    pthread_mutexattr_destroy(&kind);
    return fine;
}

static bool lock_pthread(struct ipc_case *what)
{
    return pthread_mutex_lock(&what->words->mutex) == 0 && pthread_mutex_unlock(&what->words->mutex) == 0;
}

/* ---- ping-pong -------------------------------------------------------------------------------------------------- */

static bool open_events(struct ipc_case *what)
{
    mmv_shared_options options = fresh(0);
    return mmv_event_open(what->name[0], false, false, &options, &what->there) == MMV_OK &&
           mmv_event_open(what->name[1], false, false, &options, &what->back) == MMV_OK;
}

static bool there_and_back(struct ipc_case *what)
{
    return mmv_event_set(what->there) == MMV_OK && mmv_event_wait(what->back, PATIENCE_MS) == MMV_OK;
}

static void answer_events(struct ipc_case *what)
{
    while (mmv_event_wait(what->there, MMV_FOREVER) == MMV_OK)
        mmv_event_set(what->back);
}

/* The least that can be done: one word each way, a wake and a wait. */
static void wake(_Atomic uint32_t *word)
{
    atomic_store(word, 1);
    syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void await(_Atomic uint32_t *word)
{
    uint32_t one = 1;
    while (!atomic_compare_exchange_strong(word, &one, 0)) {
        syscall(SYS_futex, word, FUTEX_WAIT, 0, NULL, NULL, 0);
        one = 1;
    }
}

static bool there_and_back_by_futex(struct ipc_case *what)
{
    wake(&what->words->there);
    await(&what->words->back);
    return true;
}

static void answer_futex(struct ipc_case *what)
{
    for (;;) {
        await(&what->words->there);
        wake(&what->words->back);
    }
}

/* ---- channel ---------------------------------------------------------------------------------------------------- */

static bool open_channel(struct ipc_case *what)
{
    mmv_shared_options options = fresh(1 << 20);
    return mmv_channel_open(what->name[0], MMV_CHANNEL_RECEIVE, &options, &what->channel) == MMV_OK;
}

/* Every message says which it is, at both ends. */
static void send_for_ever(struct ipc_case *what)
{
    static char message[65536];
    mmv_channel *channel;
    size_t last = what->kind->message - sizeof(uint64_t);
    if (mmv_channel_open(what->name[0], MMV_CHANNEL_SEND, NULL, &channel) != MMV_OK)
        return;
    for (uint64_t i = 0;; i++) {
        memcpy(message, &i, sizeof i);
        memcpy(message + last, &i, sizeof i);
        if (mmv_channel_send(channel, message, what->kind->message, MMV_FOREVER) != MMV_OK)
            return;
    }
}

static bool receive_one(struct ipc_case *what)
{
    static char message[65536];
    size_t length;
    uint64_t numbers[2];
    if (mmv_channel_receive(what->channel, message, sizeof message, &length, PATIENCE_MS) != MMV_OK ||
        length != what->kind->message)
        return false;
    memcpy(&numbers[0], message, sizeof *numbers);
    memcpy(&numbers[1], message + length - sizeof *numbers, sizeof *numbers);
    bool fine = numbers[0] == what->count && numbers[1] == what->count;
    what->count++;
    return fine;
}

static const struct ipc_kind kinds[] = {
    {"open/view", open_map, NULL, open_view, 1, 0},
    {"open/mmap", open_map, NULL, open_mmap, 1, 0},
    {"mutex/named", open_mutex, NULL, lock_named, BATCH, 0},
    {"mutex/pthread", open_words, NULL, lock_pthread, BATCH, 0},
    {"pingpong/event", open_events, answer_events, there_and_back, 1, 0},
    {"pingpong/futex", open_words, answer_futex, there_and_back_by_futex, 1, 0},
    {"channel/64", open_channel, send_for_ever, receive_one, BATCH, 64},
    {"channel/64K", open_channel, send_for_ever, receive_one, 1, 65536},
};

/* ---- a case ----------------------------------------------------------------------------------------------------- */

static void start_peer(struct ipc_case *what)
{
    what->peer = fork();
    if (what->peer != 0)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    what->kind->peer(what);
    _exit(0);
}

static bool set_up(struct bench_run *run, void *user)
{
    struct ipc_case *what = user;
    static unsigned number;
    number++;
    for (unsigned i = 0; i < 3; i++)
        snprintf(what->name[i], sizeof what->name[i], "mmbench-%ld-%u-%u", (long)getpid(), number, i);
    what->peer = 0;
    what->count = 0;
    bool fine = what->kind->open(what);
    if (fine && what->kind->peer)
        start_peer(what);
    if (fine && what->peer >= 0 && what->kind->once(what))
        return true;
    bench_skip(run, fine ? "WRONG RESULT" : "cannot be opened here");
    what->suite->wrong += fine;
    return false;
}

static void body(struct bench_run *run, void *user)
{
    struct ipc_case *what = user;
    uint64_t done = 0;
    bool fine = true;
    while (bench_next_batch(run, what->kind->batch))
        for (unsigned i = 0; i < what->kind->batch; i++, done++)
            fine = what->kind->once(what) && fine;
    if (!fine) {
        what->suite->wrong++;
        bench_skip(run, "WRONG RESULT");
    }
    if (what->kind->message)
        bench_bytes(run, (double)done * (double)what->kind->message);
    suite_leave_if_stopped(what->suite);
}

static void tear_down(void *user)
{
    struct ipc_case *what = user;
    if (what->peer > 0) {
        kill(what->peer, SIGKILL);
        waitpid(what->peer, NULL, 0);
    }
    mmv_map_close(&what->map);
    mmv_mutex_close(&what->mutex);
    mmv_event_close(&what->there);
    mmv_event_close(&what->back);
    mmv_channel_close(&what->channel);
    if (what->words)
        munmap(what->words, sizeof *what->words);
    what->words = NULL;
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
