/* SPDX-License-Identifier: MIT */
/* test_mutex.c - mutexes between processes, some of which are killed. */

#include "check.h"

#include "shared/names.h"
#include "os/machine.h"
#include "os/sync.h"
#include "peers.h"
#include "scratch.h"

#include <mmview/sync.h>
#include <mmview/typed.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

static mmv_mutex *open_mutex(const char *name)
{
    mmv_mutex *mutex = NULL;
    mmv_shared_options options = peers_options(MMV_OPEN_OR_CREATE);
    assert_ok(mmv_mutex_open(name, &options, &mutex));
    return mutex;
}

/* 0 = got it at once and gave it back; 2 = somebody has it. */
static int try_lock(const char *name)
{
    mmv_mutex *mutex;
    if (mmv_mutex_open(name, NULL, &mutex) != MMV_OK)
        return 1;
    mmv_status status = mmv_mutex_lock(mutex, 0);
    if (status == MMV_ETIMEOUT)
        return 2;
    if (status != MMV_OK)
        return 3;
    status = mmv_mutex_unlock(mutex);
    mmv_mutex_close(&mutex);
    return status == MMV_OK ? 0 : 4;
}

static void test_a_mutex_keeps_others_out(void **state)
{
    (void)state;
    const char *name = peers_name("mutex");
    mmv_mutex *mutex = open_mutex(name);
    mmv_mutex *second = open_mutex(name);
    assert_int_equal(in_child(try_lock, name), 0);
    assert_ok(mmv_mutex_lock(mutex, MMV_FOREVER));
    assert_int_equal(in_child(try_lock, name), 2);
    /* Again by the same thread, given back as often; not through another handle. */
    assert_ok(mmv_mutex_lock(mutex, 0));
    if (!peers_must_last())
        assert_status(mmv_mutex_lock(second, 10), MMV_EBUSY);
    assert_status(mmv_mutex_unlock(second), MMV_EACCES);
    assert_ok(mmv_mutex_unlock(mutex));
    assert_int_equal(in_child(try_lock, name), 2);
    assert_ok(mmv_mutex_unlock(mutex));
    assert_int_equal(in_child(try_lock, name), 0);
    assert_status(mmv_mutex_unlock(mutex), MMV_EACCES);
    /* Closing gives back what is held. */
    assert_ok(mmv_mutex_lock(mutex, 0));
    assert_ok(mmv_mutex_lock(mutex, 0));
    mmv_mutex_close(&mutex);
    assert_null(mutex);
    mmv_mutex_close(&mutex);
    assert_int_equal(in_child(try_lock, name), 0);
    mmv_mutex_close(&second);
    peers_tidy(name);
}

struct waiting {
    mmv_mutex *mutex;
    pthread_barrier_t turn;
};

static void *lock_a_while(void *user)
{
    struct waiting *waiting = user;
    uintptr_t failures = mmv_mutex_lock(waiting->mutex, MMV_FOREVER) != MMV_OK;
    pthread_barrier_wait(&waiting->turn);
    pthread_barrier_wait(&waiting->turn);
    usleep(50000);
    failures += mmv_mutex_unlock(waiting->mutex) != MMV_OK;
    return (void *)failures;
}

/* Waiting ends when it is free, and not before; a thread's lock is that thread's. */
static void test_waiting_for_a_mutex(void **state)
{
    pthread_t thread;
    void *failures;
    (void)state;
    const char *name = peers_name("waiting");
    mmv_mutex *mutex = open_mutex(name);
    struct waiting waiting = {.mutex = mutex};
    assert_int_equal(pthread_barrier_init(&waiting.turn, NULL, 2), 0);
    assert_int_equal(pthread_create(&thread, NULL, lock_a_while, &waiting), 0);
    pthread_barrier_wait(&waiting.turn);
    assert_status(mmv_mutex_lock(mutex, 0), MMV_ETIMEOUT);
    assert_status(mmv_mutex_lock(mutex, 5), MMV_ETIMEOUT);
    assert_status(mmv_mutex_unlock(mutex), MMV_EACCES);
    pthread_barrier_wait(&waiting.turn);
    assert_ok(mmv_mutex_lock(mutex, 60000));
    pthread_join(thread, &failures);
    assert_null(failures);
    pthread_barrier_destroy(&waiting.turn);
    mmv_mutex_close(&mutex);
    peers_tidy(name);
}

/* ---- held from the beginning ------------------------------------------------------------------------------------ */

static void test_a_new_mutex_is_its_makers(void **state)
{
    mmv_mutex *mutex, *other;
    bool created = false;
    (void)state;
    const char *name = peers_name("owned");
    mmv_shared_options options = peers_options(MMV_OPEN_OR_CREATE);
    options.created_ret = &created;
    assert_ok(mmv_mutex_open_owned(name, &options, &mutex));
    assert_true(created);
    assert_int_equal(in_child(try_lock, name), 2);
    /* Held once, and like any other: again through this handle, and through no other. */
    assert_ok(mmv_mutex_lock(mutex, 0));
    assert_ok(mmv_mutex_unlock(mutex));
    /* One that exists is not locked. */
    assert_ok(mmv_mutex_open_owned(name, &options, &other));
    assert_false(created);
    assert_status(mmv_mutex_unlock(other), MMV_EACCES);
    /* POSIX has no number of a thread by which the two could be told apart. */
    if (!MMV_POSIX_ONLY)
        assert_status(mmv_mutex_lock(other, 0), MMV_EBUSY);
    mmv_mutex_close(&other);
    assert_ok(mmv_mutex_unlock(mutex));
    assert_status(mmv_mutex_unlock(mutex), MMV_EACCES);
    assert_int_equal(in_child(try_lock, name), 0);
    options.mode = MMV_CREATE_NEW;
    assert_status(mmv_mutex_open_owned(name, &options, &other), MMV_EEXIST);
    assert_null(other);
    mmv_mutex_close(&mutex);
    peers_tidy(name);
    assert_status(mmv_mutex_open_owned(name, NULL, &mutex), MMV_ENOENT);
}

struct race {
    pthread_barrier_t together;
    const char *name;
    atomic_uint inside, owners, failures;
};

/* Whoever makes it holds it at once: two of them are never inside. */
static void *make_or_lock(void *user)
{
    struct race *race = user;
    mmv_mutex *mutex;
    bool created;
    mmv_shared_options options = peers_options(MMV_OPEN_OR_CREATE);
    options.created_ret = &created;
    for (unsigned i = 0; i < 200; i++) {
        pthread_barrier_wait(&race->together);
        if (mmv_mutex_open_owned(race->name, &options, &mutex) != MMV_OK) {
            atomic_fetch_add(&race->failures, 1);
            continue;
        }
        if (!created && mmv_mutex_lock(mutex, MMV_FOREVER) != MMV_OK)
            atomic_fetch_add(&race->failures, 1);
        atomic_fetch_add(&race->owners, created);
        atomic_fetch_add(&race->failures, atomic_fetch_add(&race->inside, 1) != 0);
        atomic_fetch_sub(&race->inside, 1);
        mmv_mutex_close(&mutex);
    }
    return NULL;
}

static void test_many_make_it_at_once(void **state)
{
    pthread_t threads[4];
    struct race race = {.name = peers_name("race")};
    (void)state;
    peers_need_locks();
    assert_int_equal(pthread_barrier_init(&race.together, NULL, COUNT(threads)), 0);
    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, make_or_lock, &race), 0);
    for (size_t i = 0; i < COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&race.failures), 0);
    assert_true(atomic_load(&race.owners) > 0);
    pthread_barrier_destroy(&race.together);
}

/* ---- closed by another thread ----------------------------------------------------------------------------------- */

struct holding {
    mmv_mutex *mutex;
    pthread_barrier_t turn;
    mmv_status unlocked;
};

static void *hold(void *user)
{
    struct holding *holding = user;
    mmv_mutex *mutex = holding->mutex;
    holding->unlocked = mmv_mutex_lock(mutex, MMV_FOREVER);
    pthread_barrier_wait(&holding->turn);
    pthread_barrier_wait(&holding->turn);
    if (holding->unlocked == MMV_OK)
        holding->unlocked = mmv_mutex_unlock(mutex);
    return NULL;
}

static void test_closed_while_another_thread_holds_it(void **state)
{
    pthread_t thread;
    mmv_mutex *other;
    struct holding holding;
    (void)state;
    const char *name = peers_name("closed");
    memset(&holding, 0, sizeof holding);
    holding.mutex = open_mutex(name);
    assert_int_equal(pthread_barrier_init(&holding.turn, NULL, 2), 0);
    assert_int_equal(pthread_create(&thread, NULL, hold, &holding), 0);
    pthread_barrier_wait(&holding.turn);
    mmv_mutex_close(&holding.mutex);
    assert_null(holding.mutex);
    /* There is no second mutex of that name, and nobody else gets this one. */
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    assert_status(mmv_mutex_open(name, &options, &other), MMV_EEXIST);
    assert_ok(mmv_mutex_open(name, NULL, &other));
    assert_status(mmv_mutex_lock(other, 0), MMV_ETIMEOUT);
    pthread_barrier_wait(&holding.turn);
    pthread_join(thread, NULL);
    assert_ok(holding.unlocked);
    assert_ok(mmv_mutex_lock(other, 0));
    mmv_mutex_close(&other);
    pthread_barrier_destroy(&holding.turn);
    if (peers_are_files())
        assert_ok(mmv_shared_remove(name));
}

static int lock_and_die(const char *name)
{
    mmv_mutex *mutex;
    if (mmv_mutex_open(name, NULL, &mutex) != MMV_OK || mmv_mutex_lock(mutex, MMV_FOREVER) != MMV_OK)
        return 1;
    raise(SIGKILL);
    return 2;
}

static void test_the_next_one_is_told_of_a_dead_holder(void **state)
{
    (void)state;
    const char *name = peers_name("dead");
    mmv_mutex *mutex = open_mutex(name);
    for (unsigned i = 0; i < 20; i++) {
        assert_int_equal(in_child(lock_and_die, name), 128 + SIGKILL);
        assert_status(mmv_mutex_lock(mutex, i % 2 ? MMV_FOREVER : 0), MMV_EABANDONED);
        /* It is held, and told once. */
        assert_int_equal(in_child(try_lock, name), 2);
        assert_ok(mmv_mutex_unlock(mutex));
        assert_ok(mmv_mutex_lock(mutex, 0));
        assert_ok(mmv_mutex_unlock(mutex));
    }
    mmv_mutex_close(&mutex);
    peers_tidy(name);
}

/* Numbers of threads come again: one that died holding it, and had ours, is dead all the same. */
static void test_a_dead_holder_of_our_own_number(void **state)
{
    (void)state;
    mmv_map *bytes;
    uint32_t own = mmv__os_task(), noted = 0;
    if (own == 0)
        skip_because("this build has no numbers of threads");
    const char *name = peers_name("number");
    mmv_mutex *mutex = open_mutex(name);
    assert_int_equal(in_child(lock_and_die, name), 128 + SIGKILL);
    assert_ok(mmv_map_open(peers_path(name), MMV_READ_WRITE, &bytes));
    mmv_view view;
    assert_ok(mmv_view_open(bytes, 0, 0, &view));
    assert_ok(mmv_view_read_uint32(&view, sizeof(mmv__header) + sizeof(mmv__os_robust), &noted));
    assert_true(noted != 0 && noted != own);
    assert_ok(mmv_view_write_uint32(&view, sizeof(mmv__header) + sizeof(mmv__os_robust), own));
    mmv_view_close(&view);
    mmv_map_close(&bytes);
    assert_status(mmv_mutex_lock(mutex, 0), MMV_EABANDONED);
    assert_ok(mmv_mutex_unlock(mutex));
    assert_int_equal(in_child(try_lock, name), 0);
    mmv_mutex_close(&mutex);
    peers_tidy(name);
}

static void *lock_twice_and_end(void *user)
{
    mmv_mutex *mutex = user;
    return (void *)(uintptr_t)(mmv_mutex_lock(mutex, MMV_FOREVER) != MMV_OK ||
                               mmv_mutex_lock(mutex, MMV_FOREVER) != MMV_OK);
}

/* A thread that ends holding it leaves nothing in the handle: the next one's unlocking frees it. */
static void test_a_thread_that_ends_holding_it(void **state)
{
    pthread_t thread;
    void *failed;
    (void)state;
    const char *name = peers_name("thread");
    mmv_mutex *mutex = open_mutex(name);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(pthread_create(&thread, NULL, lock_twice_and_end, mutex), 0);
        pthread_join(thread, &failed);
        assert_null(failed);
        assert_status(mmv_mutex_lock(mutex, MMV_FOREVER), MMV_EABANDONED);
        assert_ok(mmv_mutex_unlock(mutex));
        assert_status(mmv_mutex_unlock(mutex), MMV_EACCES);
        assert_int_equal(in_child(try_lock, name), 0);
    }
    mmv_mutex_close(&mutex);
    peers_tidy(name);
}

static int recover(const char *name)
{
    mmv_mutex *mutex;
    if (mmv_mutex_open(name, NULL, &mutex) != MMV_OK || mmv_mutex_lock(mutex, 0) != MMV_EABANDONED)
        return 1;
    mmv_mutex_close(&mutex);
    return 0;
}

/* Nobody's memory has to stay for it: whether somebody else has recovered it meanwhile, or not. */
static void test_closed_after_its_holder_has_ended(void **state)
{
    pthread_t thread;
    void *failed;
    (void)state;
    if (mmv__os_task() == 0)
        skip_because("this build has no numbers of threads");
    const char *name = peers_name("ended");
    for (unsigned i = 0; i < 4; i++) {
        unsigned before = open_descriptors();
        mmv_mutex *mutex = open_mutex(name);
        assert_int_equal(pthread_create(&thread, NULL, lock_twice_and_end, mutex), 0);
        pthread_join(thread, &failed);
        assert_null(failed);
        /* The system knows its number for a moment longer. */
        usleep(20000);
        if (i % 2)
            assert_int_equal(in_child(recover, name), 0);
        mmv_mutex_close(&mutex);
        assert_int_equal(open_descriptors(), before);
        peers_tidy(name);
        assert_false(peers_exists(name));
    }
}

/* Several processes count with a plain variable; the sum says whether ever two were inside. */
#define ROUNDS 2000

static int count_under_the_lock(const char *name)
{
    mmv_mutex *mutex;
    mmv_map *map;
    mmv_view view;
    if (mmv_mutex_open(name, NULL, &mutex) != MMV_OK ||
        mmv_map_open_named(peers_of(name, "count"), MMV_READ_WRITE, NULL, &map) != MMV_OK ||
        mmv_view_open(map, 0, 0, &view) != MMV_OK)
        return 1;
    for (unsigned i = 0; i < ROUNDS; i++) {
        volatile uint32_t *count = view.data;
        if (mmv_mutex_lock(mutex, MMV_FOREVER) != MMV_OK)
            return 2;
        *count = *count + 1;
        if (mmv_mutex_unlock(mutex) != MMV_OK)
            return 3;
    }
    return 0;
}

static void test_never_two_inside(void **state)
{
    mmv_map *map;
    mmv_view view;
    (void)state;
    const char *name = peers_name("inside");
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    mmv_mutex *mutex = open_mutex(name);
    assert_ok(mmv_map_open_named(peers_of(name, "count"), MMV_READ_WRITE, &options, &map));
    assert_ok(mmv_view_open(map, 0, 0, &view));
    pid_t children[4];
    for (size_t i = 0; i < COUNT(children); i++)
        children[i] = start_child(count_under_the_lock, name);
    for (size_t i = 0; i < COUNT(children); i++)
        assert_int_equal(child_wait(children[i]), 0);
    assert_int_equal(*(uint32_t *)view.data, COUNT(children) * ROUNDS);
    mmv_view_close(&view);
    mmv_map_close(&map);
    mmv_mutex_close(&mutex);
    peers_tidy(peers_of(name, "count"));
    peers_tidy(name);
}

/* A peer takes the memory away: a status, with the guard on. */
static void test_a_mutex_that_becomes_shorter(void **state)
{
    (void)state;
    assert_ok(mmv_guard_enable());
    const char *name = peers_name("shorter");
    mmv_mutex *mutex = open_mutex(name);
    assert_int_equal(truncate(peers_path(name), 0), 0);
    assert_status(mmv_mutex_lock(mutex, 0), MMV_ETRUNC);
    assert_status(mmv_mutex_lock(mutex, MMV_FOREVER), MMV_ETRUNC);
    mmv_mutex_close(&mutex);
    unlink(peers_path(name)); /* without its header nobody knows it for an object */
    peers_tidy(name);
    mmv_guard_disable();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_mutex_keeps_others_out),
        cmocka_unit_test(test_waiting_for_a_mutex),
        cmocka_unit_test(test_a_new_mutex_is_its_makers),
        cmocka_unit_test(test_many_make_it_at_once),
        cmocka_unit_test(test_closed_while_another_thread_holds_it),
        cmocka_unit_test(test_the_next_one_is_told_of_a_dead_holder),
        cmocka_unit_test(test_a_dead_holder_of_our_own_number),
        cmocka_unit_test(test_a_thread_that_ends_holding_it),
        cmocka_unit_test(test_closed_after_its_holder_has_ended),
        cmocka_unit_test(test_never_two_inside),
        cmocka_unit_test(test_a_mutex_that_becomes_shorter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
