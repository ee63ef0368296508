/* SPDX-License-Identifier: MIT */
/*
 * test_fork.c - children of a process that has threads, walks, pools and locks under way: they walk, they make their
 * own pools, and what they cannot have they are told. A child that waits for a thread of its parent's ends by SIGALRM.
 */

#include "check.h"
#include "scratch.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE ((size_t)16 << 20)
#define CHILDREN (CHECK_SANITIZED ? 10 : 60)

static atomic_bool over;

static mmv_status add_one(const mmv_chunk *chunk, void *user)
{
    unsigned char *bytes = chunk->data;
    (void)user;
    for (size_t i = 0; i < chunk->count; i++)
        bytes[i]++;
    return MMV_OK;
}

static mmv_status sum_up(const mmv_chunk *chunk, void *sum)
{
    const unsigned char *bytes = chunk->source;
    uint64_t all = 0;
    for (size_t i = 0; i < chunk->count; i++)
        all += bytes[i];
    atomic_fetch_add((_Atomic uint64_t *)sum, all);
    return MMV_OK;
}

static uint64_t sum_of(mmv_map *map)
{
    _Atomic uint64_t sum = 0;
    mmv_walk_options how = {.threads = 3, .window = 1 << 20};
    return mmv_walk(map, &how, sum_up, &sum) == MMV_OK ? sum : 0;
}

static mmv_map *open_file(const char *name)
{
    mmv_map *map;
    file_make(scratch(name), SIZE, 1);
    assert_ok(mmv_map_open(scratch(name), MMV_READ_WRITE, &map));
    return map;
}

/* A child that calls 'child' must end with this state of waitpid(2); one that hangs ends by a signal. */
static void must_end(int (*child)(mmv_map *map), mmv_map *map, int ending)
{
    int state;
    pid_t process = fork();
    assert_true(process >= 0);
    if (process == 0) {
        alarm(60);
        _exit(child(map));
    }
    assert_int_equal(waitpid(process, &state, 0), process);
    state &= ~0x80; /* no matter whether there is a core file */
    if (state != ending)
        print_error("a child ended with 0x%x (0xe = it waited for ever)\n", (unsigned)state);
    assert_int_equal(state, ending);
}

static void must_be_fine(int (*child)(mmv_map *map), mmv_map *map)
{
    must_end(child, map, 0);
}

/* ---- walks ------------------------------------------------------------------------------------------------------ */

static uint64_t wanted;

static int walk_again(mmv_map *map)
{
    return sum_of(map) == wanted ? 0 : 1;
}

static int walk_in_its_child(mmv_map *map)
{
    must_be_fine(walk_again, map);
    return walk_again(map);
}

static int change_all(mmv_map *map)
{
    mmv_walk_stats stats;
    mmv_walk_options how = {.threads = 2, .window = 1 << 20, .stats = &stats};
    return mmv_walk(map, &how, add_one, NULL) == MMV_OK && stats.bytes == SIZE ? 0 : 1;
}

static void test_a_walk_after_a_parallel_walk(void **state)
{
    mmv_map *map = open_file("after");
    (void)state;
    wanted = sum_of(map);
    assert_true(wanted > 0);
    must_be_fine(walk_again, map);
    must_be_fine(walk_in_its_child, map);
    must_be_fine(change_all, map);
    assert_true(sum_of(map) != wanted);
    mmv_map_close(&map);
}

#ifdef _OPENMP
static void test_a_walk_after_teams_of_the_program(void **state)
{
    mmv_map *map = open_file("teams");
    atomic_uint members = 0;
    (void)state;
#pragma omp parallel num_threads(3)
    atomic_fetch_add(&members, 1);
    assert_true(members >= 1);
    must_be_fine(change_all, map);
    mmv_map_close(&map);
}
#endif

static void *walk_until_over(void *map)
{
    while (!atomic_load(&over))
        sum_of(map);
    return NULL;
}

static void test_a_fork_beside_a_walk(void **state)
{
    pthread_t walker;
    mmv_map *map = open_file("beside");
    (void)state;
    wanted = sum_of(map);
    atomic_store(&over, false);
    assert_int_equal(pthread_create(&walker, NULL, walk_until_over, map), 0);
    for (unsigned i = 0; i < CHILDREN; i++)
        must_be_fine(walk_again, map);
    atomic_store(&over, true);
    pthread_join(walker, NULL);
    mmv_map_close(&map);
}

/* ---- pools ------------------------------------------------------------------------------------------------------ */

static mmv_pool *pool;
static mmv_cursor held;

static int own_pool(mmv_map *map)
{
    mmv_pool *own;
    mmv_cursor cursor;
    size_t left;
    if (mmv_pool_create(NULL, &own) || mmv_cursor_open(own, map, &cursor))
        return 1;
    const char *data = mmv_acquire(&cursor, 5 << 20, 1, &left);
    if (!data)
        return 2;
    mmv_cursor_close(&cursor);
    mmv_pool_destroy(&own);
    return 0;
}

/* Of the parent's: what it leased can be read and given up, and nothing else. */
static int pool_of_the_parent(mmv_map *map)
{
    mmv_cursor cursor;
    mmv_pool_stats stats;
    size_t left;
    if (mmv_cursor_open(pool, map, &cursor) != MMV_ENOTSUP || !strstr(mmv_last_error()->detail, "parent"))
        return 1;
    mmv_cursor_close(&cursor);
    if (mmv_acquire(&held, 0, 1, &left) == NULL || mmv_acquire(&held, 12 << 20, 1, &left) != NULL)
        return 2;
    if (held.status != MMV_ENOTSUP || mmv_release(&held) != MMV_OK)
        return 3;
    mmv_cursor_close(&held);
    mmv_pool_get_stats(pool, &stats);
    mmv_pool_trim(pool);
    mmv_pool_destroy(&pool);
    return own_pool(map);
}

static void *lease_until_over(void *map)
{
    mmv_cursor cursor;
    size_t left;
    mmv_cursor_open(pool, map, &cursor);
    for (uint64_t i = 0; !atomic_load(&over); i += 4096) {
        mmv_acquire(&cursor, i % SIZE, 1, &left);
        mmv_release(&cursor);
    }
    mmv_cursor_close(&cursor);
    return NULL;
}

static void test_pools(void **state)
{
    pthread_t lessee;
    size_t left;
    mmv_map *map = open_file("pool");
    const mmv_pool_options small = {.max_mapped = 1 << 20, .window = 1 << 16};
    (void)state;
    assert_ok(mmv_pool_create(&small, &pool));
    assert_ok(mmv_cursor_open(pool, map, &held));
    assert_non_null(mmv_acquire(&held, 0, 1, &left));
    atomic_store(&over, false);
    assert_int_equal(pthread_create(&lessee, NULL, lease_until_over, map), 0);
    for (unsigned i = 0; i < CHILDREN; i++)
        must_be_fine(pool_of_the_parent, map);
    atomic_store(&over, true);
    pthread_join(lessee, NULL);
    mmv_cursor_close(&held);
    mmv_pool_destroy(&pool);
    mmv_map_close(&map);
}

/* ---- locks of the library --------------------------------------------------------------------------------------- */

static void *switch_until_over(void *unused)
{
    (void)unused;
    while (!atomic_load(&over)) {
        mmv_guard_enable();
        mmv_guard_disable();
    }
    return NULL;
}

static volatile char *bad_page;

/* Touching it is SIGBUS, and no affair of the guard's. */
static void make_bad_page(void)
{
    file_make(scratch("bad"), 4096, 1);
    int descriptor = open(scratch("bad"), O_RDWR);
    bad_page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, descriptor, 0);
    assert_true((const volatile void *)bad_page != MAP_FAILED);
    close(descriptor);
    file_cut(scratch("bad"), 0);
}

/* Ends by SIGBUS, not by a handler that passes the fault on to itself. */
static int touch_bad_page(mmv_map *map)
{
    (void)map;
    return mmv_guard_enable() == MMV_OK && bad_page[0] ? 1 : 2;
}

static int guard_on(mmv_map *map)
{
    mmv_view view;
    if (mmv_guard_enable() || mmv_view_open(map, 0, 0, &view))
        return 1;
    mmv_view_close(&view);
    mmv_guard_disable();
    return 0;
}

static void test_the_guard(void **state)
{
    pthread_t switcher;
    mmv_map *map = open_file("guard");
    (void)state;
    make_bad_page();
    /* cmocka has a handler of its own. */
    void (*before)(int) = signal(SIGBUS, SIG_DFL);
    atomic_store(&over, false);
    assert_int_equal(pthread_create(&switcher, NULL, switch_until_over, NULL), 0);
    for (unsigned i = 0; i < 4 * CHILDREN; i++) {
        must_be_fine(guard_on, map);
        /* Sanitizers have handlers of their own. */
        if (!CHECK_SANITIZED)
            must_end(touch_bad_page, map, SIGBUS);
    }
    atomic_store(&over, true);
    pthread_join(switcher, NULL);
    signal(SIGBUS, before);
    mmv_map_close(&map);
}

static void *grow_until_over(void *map)
{
    for (uint64_t size = SIZE + 1; !atomic_load(&over); size++)
        mmv_map_grow(map, size);
    return NULL;
}

static int grow_more(mmv_map *map)
{
    return mmv_map_grow(map, mmv_map_capacity(map) + 4096) == MMV_OK ? 0 : 1;
}

static void test_growth(void **state)
{
    pthread_t grower;
    mmv_map *map = open_file("growth");
    (void)state;
    atomic_store(&over, false);
    assert_int_equal(pthread_create(&grower, NULL, grow_until_over, map), 0);
    for (unsigned i = 0; i < 2 * CHILDREN; i++)
        must_be_fine(grow_more, map);
    atomic_store(&over, true);
    pthread_join(grower, NULL);
    mmv_map_close(&map);
}

/* ---- journals --------------------------------------------------------------------------------------------------- */

static mmv_journal *journal;

static int journal_of_the_parent(mmv_map *map)
{
    mmv_walk_options how = {.journal = journal};
    if (mmv_walk(map, &how, add_one, NULL) != MMV_EINVAL || strcmp(mmv_last_error()->parameter, "journal") != 0)
        return 1;
    if (mmv_journal_end(journal, MMV_JOURNAL_FINISHED) != MMV_EINVAL)
        return 2;
    mmv_journal_close(&journal);
    return 0;
}

/* Parent and child have the lock together: both would change the same records. */
static void test_journals(void **state)
{
    mmv_map *map = open_file("journalled");
    char path[600];
    const mmv_journal_options run = {.mode = MMV_JOURNAL_KILL, .operation = "add one", .files = 1};
    mmv_walk_options how = {0};
    (void)state;
    snprintf(path, sizeof path, "%s", scratch("journal"));
    assert_ok(mmv_journal_open(path, &run, &journal));
    how = (mmv_walk_options){.journal = journal, .length = SIZE / 2};
    assert_ok(mmv_walk(map, &how, add_one, NULL));
    must_be_fine(journal_of_the_parent, map);
    assert_true(file_exists(path));
    how.offset = SIZE / 2;
    assert_ok(mmv_walk(map, &how, add_one, NULL));
    assert_ok(mmv_journal_end(journal, MMV_JOURNAL_FINISHED));
    mmv_journal_close(&journal);
    assert_false(file_exists(path));
    mmv_map_close(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_walk_after_a_parallel_walk),
#ifdef _OPENMP
        cmocka_unit_test(test_a_walk_after_teams_of_the_program),
#endif
        cmocka_unit_test(test_a_fork_beside_a_walk),
        cmocka_unit_test(test_pools),
        cmocka_unit_test(test_the_guard),
        cmocka_unit_test(test_growth),
        cmocka_unit_test(test_journals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
