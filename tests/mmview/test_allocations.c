/* SPDX-License-Identifier: MIT */
/*
 * test_allocations.c - no memory at each place where the library asks for some, one after the other: the call says so
 * or does without, leaves no descriptor open and no byte half changed, and succeeds when it is made again.
 */

#include "check.h"

#include "peers.h"
#include "runs.h"
#include "scratch.h"

#include <mmview/channel.h>
#include <mmview/mmview.h>

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- the wrappers ----------------------------------------------------------------------------------------------- */

static atomic_uint asked;  /* how often since begin_failing() */
static atomic_uint wanted; /* which one fails; 0 = none */

static bool fails(void)
{
    unsigned at = atomic_load(&wanted);
    if (at == 0 || atomic_fetch_add(&asked, 1) + 1 != at)
        return false;
    errno = ENOMEM;
    return true;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return fails() ? NULL : __real_realloc(memory, size);
}

static void begin_failing(unsigned at)
{
    atomic_store(&asked, 0);
    atomic_store(&wanted, at);
}

/* Whether the call that was to fail came. */
static bool end_failing(void)
{
    unsigned at = atomic_exchange(&wanted, 0);
    return atomic_load(&asked) >= at;
}

/* ---- every call ------------------------------------------------------------------------------------------------- */

#define MOST 1000u /* places that one call asks at */

/* 'call' leaves nothing open. 'prepare' and 'check' may be NULL: before it fails, and once it has been repeated. */
struct trial {
    mmv_status (*call)(void);
    void (*prepare)(void);
    void (*check)(void);
};

static void fail_at_each(const struct trial *trial)
{
    unsigned at = 0, refused = 0;
    for (bool came = true; came && at < MOST;) {
        if (trial->prepare)
            trial->prepare();
        unsigned before = open_descriptors();
        begin_failing(++at);
        mmv_status status = trial->call();
        came = end_failing();
        if (status != MMV_OK && (!came || status != MMV_ENOMEM))
            fail_msg("place %u: %s", at, mmv_status_text(status));
        refused += status != MMV_OK;
        assert_int_equal(open_descriptors(), before);
        if (status != MMV_OK)
            assert_ok(trial->call());
        if (trial->check)
            trial->check();
    }
    print_message("%u places, of which %u cannot do without\n", at - 1, refused);
    assert_in_range(at, 2, MOST - 1);
    assert_true(refused > 0);
}

static mmv_map *open_map(mmv_access access)
{
    mmv_map *map = NULL;
    (void)mmv_map_open(scratch("file"), access, &map);
    return map;
}

/* ---- maps and leases -------------------------------------------------------------------------------------------- */

static mmv_status open_and_view(void)
{
    mmv_view view;
    mmv_map *map = open_map(MMV_READ_WRITE);
    if (!map)
        return mmv_last_error()->status;
    mmv_status status = mmv_view_open(map, 1, 0, &view);
    if (status == MMV_OK)
        mmv_view_close(&view);
    mmv_map_close(&map);
    return status;
}

static mmv_status view_under_the_guard(void)
{
    mmv_status status = mmv_guard_enable();
    if (status)
        return status;
    status = open_and_view();
    mmv_guard_disable();
    return status;
}

static mmv_status lease(void)
{
    mmv_pool *pool = NULL;
    mmv_cursor cursor;
    size_t left;
    mmv_map *map = open_map(MMV_READ);
    mmv_status status = map ? mmv_pool_create(NULL, &pool) : mmv_last_error()->status;
    if (status == MMV_OK)
        status = mmv_cursor_open(pool, map, &cursor);
    if (status == MMV_OK) {
        if (!mmv_acquire(&cursor, 5, 100, &left))
            status = mmv_last_error()->status;
        else
            status = mmv_release(&cursor);
        mmv_cursor_close(&cursor);
    }
    mmv_pool_destroy(&pool);
    mmv_map_close(&map);
    return status;
}

static int compare_bytes(const void *record, const void *key, void *user)
{
    (void)user;
    return memcmp(record, key, 1);
}

static mmv_status search(void)
{
    const mmv_search_options options = {.record_size = 5000, .compare = compare_bytes};
    uint64_t index;
    mmv_map *map = open_map(MMV_READ);
    if (!map)
        return mmv_last_error()->status;
    mmv_status status = mmv_lower_bound(map, &options, "m", &index);
    mmv_map_close(&map);
    return status;
}

static mmv_status read_as_a_file(void)
{
    mmv_map *map = open_map(MMV_READ);
    FILE *file = map ? mmv_stream_file(map, MMV_READ, 0, 0) : NULL;
    mmv_status status = file ? MMV_OK : mmv_last_error()->status;
    if (file)
        fclose(file);
    mmv_map_close(&map);
    return status;
}

static mmv_status write_an_output(void)
{
    mmv_output *output;
    const mmv_output_options options = {.capacity = 1000, .replace = true};
    mmv_status status = mmv_output_create(scratch("output"), &options, &output);
    if (status == MMV_OK)
        status = mmv_output_publish(output);
    mmv_output_close(&output);
    return status;
}

static void test_maps_and_leases(void **state)
{
    static const struct trial trials[] = {{.call = open_and_view},  {.call = view_under_the_guard},
                                          {.call = lease},          {.call = search},
                                          {.call = read_as_a_file}, {.call = write_an_output}};
    (void)state;
    file_make(scratch("file"), 200000, 1);
    for (size_t i = 0; i < COUNT(trials); i++)
        fail_at_each(&trials[i]);
}

/* ---- walks ------------------------------------------------------------------------------------------------------ */

static mmv_walk_options how;

static mmv_status look(const mmv_chunk *chunk, void *user)
{
    (void)chunk;
    (void)user;
    return MMV_OK;
}

static mmv_status keep_all(const mmv_chunk *chunk, size_t *kept_ret, void *user)
{
    (void)user;
    memcpy(chunk->data, chunk->source, chunk->count * chunk->stride);
    *kept_ret = chunk->count;
    return MMV_OK;
}

static mmv_status add(const mmv_chunk *block, void *partial, void *user)
{
    (void)user;
    *(uint64_t *)partial += block->count;
    return MMV_OK;
}

static mmv_status join(void *left, const void *right, void *user)
{
    (void)user;
    *(uint64_t *)left += *(const uint64_t *)right;
    return MMV_OK;
}

static mmv_status walk(void)
{
    mmv_map *map = open_map(MMV_READ_WRITE);
    if (!map)
        return mmv_last_error()->status;
    mmv_status status = mmv_walk(map, &how, look, NULL);
    mmv_map_close(&map);
    return status;
}

static mmv_status filter(void)
{
    mmv_map *in = open_map(MMV_READ), *out = NULL;
    const mmv_map_options options = {.mode = MMV_OPEN_OR_CREATE};
    mmv_status status = in ? mmv_map_open_with(scratch("kept"), MMV_READ_WRITE, &options, &out) : MMV_ENOMEM;
    if (status == MMV_OK)
        status = mmv_walk_filter(in, out, &how, keep_all, NULL);
    if (status == MMV_OK)
        assert_int_equal(mmv_map_capacity(out), 200000);
    mmv_map_close(&out);
    mmv_map_close(&in);
    return status;
}

static mmv_status reduce(void)
{
    uint64_t total;
    const mmv_reduction sum = {.partial_size = sizeof total, .block = 1000, .fold = add, .merge = join};
    mmv_map *map = open_map(MMV_READ);
    if (!map)
        return mmv_last_error()->status;
    mmv_status status = mmv_reduce(map, &how, &sum, &total);
    if (status == MMV_OK)
        assert_int_equal(total, 200000);
    mmv_map_close(&map);
    return status;
}

static mmv_status pass(void)
{
    mmv_pass *pass;
    mmv_turn turn;
    mmv_map *map = open_map(MMV_READ);
    if (!map)
        return mmv_last_error()->status;
    mmv_status status = mmv_pass_open(map, &how, &pass);
    if (status == MMV_OK && !mmv_pass_next(pass, &turn))
        status = MMV_EIO;
    mmv_pass_close(&pass);
    mmv_map_close(&map);
    return status;
}

static void test_walks(void **state)
{
    static const struct trial walks = {.call = walk};
    static const struct trial others[] = {{.call = filter}, {.call = reduce}, {.call = pass}};
    static const mmv_io ways[] = {MMV_IO_AUTO, MMV_IO_MMAP, MMV_IO_BUFFERED, MMV_IO_DIRECT};
    (void)state;
    file_make(scratch("file"), 200000, 1);
    for (size_t i = 0; i < COUNT(ways); i++) {
        how = (mmv_walk_options){.io = ways[i], .threads = 2, .window = 65536};
        fail_at_each(&walks);
    }
    how = (mmv_walk_options){.threads = 2, .window = 65536};
    for (size_t i = 0; i < COUNT(others); i++)
        fail_at_each(&others[i]);
}

/* ---- runs with a journal ---------------------------------------------------------------------------------------- */

static struct run run;

static void prepare_run(void)
{
    run_prepare(&run, scratch("run"));
}

static void prepare_the_rest_of_a_run(void)
{
    char text[512];
    prepare_run();
    assert_int_equal(run_child(&run, scratch("run"), scratch("run.mmj"), 40, text, sizeof text), RUN_KILLED);
}

static mmv_status change(void)
{
    return run_here(&run, scratch("run"), scratch("run.mmj"), 0);
}

/* Every byte once, whatever was refused on the way. */
static void is_changed_once(void)
{
    run_check(&run, scratch("run"), scratch("run.mmj"));
}

static void test_a_run_with_a_journal(void **state)
{
    static const mmv_journal_mode modes[] = {MMV_JOURNAL_KILL, MMV_JOURNAL_POWER};
    (void)state;
    for (size_t i = 0; i < COUNT(modes); i++) {
        run = (struct run){.size = 200000, .record = 100, .threads = 2, .window = 65536, .mode = modes[i]};
        fail_at_each(&(struct trial){change, prepare_run, is_changed_once});
        fail_at_each(&(struct trial){change, prepare_the_rest_of_a_run, is_changed_once});
    }
}

static mmv_status look_at_the_journal(void)
{
    mmv_journal_info *info;
    mmv_status status = mmv_journal_inspect(scratch("run.mmj"), &info);
    if (status == MMV_OK) {
        assert_string_equal(info->operation, "change");
        mmv_journal_info_free(&info);
    }
    return status;
}

/* Whoever cannot find out whether a run was interrupted must not say that none was. */
static mmv_status find_the_journal(void)
{
    mmv_journal_found found;
    mmv_map *map = NULL;
    mmv_status status = mmv_map_open(scratch("run"), MMV_READ, &map);
    if (status == MMV_OK)
        status = mmv_journal_find(map, 0, run.size, &found);
    if (status == MMV_OK)
        assert_int_not_equal(found.kind, MMV_JOURNAL_NONE);
    if (status == MMV_OK)
        free(found.path);
    mmv_map_close(&map);
    return status;
}

static char named[4096]; /* the journal of a run under the name that mmv_journal_name() gives */

/* The rest of a run whose file bears no mark any more: only names tell of it. */
static void prepare_names_alone(void)
{
    char text[512], *path;
    mmv_map *map;
    mmv_journal_found found;
    unlink(scratch("renamed"));
    prepare_run();
    assert_ok(mmv_map_open(scratch("run"), MMV_READ_WRITE, &map));
    assert_ok(mmv_journal_name(map, 0, 0, 0, &path));
    snprintf(named, sizeof named, "%s", path);
    free(path);
    assert_int_equal(run_child(&run, scratch("run"), named, 40, text, sizeof text), RUN_KILLED);
    assert_ok(mmv_journal_find(map, 0, run.size, &found));
    free(found.path);
    assert_ok(mmv_journal_unmark(map, &found));
    mmv_map_close(&map);
}

static void prepare_a_renamed_file(void)
{
    prepare_names_alone();
    assert_int_equal(rename(scratch("run"), scratch("renamed")), 0);
}

/* A run that is not found is begun anew, on bytes that it has changed. */
static mmv_status name_the_journal(const char *file, const char *journal)
{
    char *path = NULL;
    mmv_map *map = NULL;
    mmv_status status = mmv_map_open(file, MMV_READ, &map);
    if (status == MMV_OK)
        status = mmv_journal_name(map, 0, 0, 0, &path);
    if (status == MMV_OK)
        assert_string_equal(path, journal);
    else
        assert_null(path);
    free(path);
    mmv_map_close(&map);
    return status;
}

static mmv_status name_by_what_is_beside(void)
{
    return name_the_journal(scratch("renamed"), named);
}

static mmv_status name_by_the_mark(void)
{
    char journal[4096];
    snprintf(journal, sizeof journal, "%s", scratch("run.mmj"));
    return name_the_journal(scratch("run"), journal);
}

static mmv_journal_cache *cache;

/* The same of many files: what a failure has left in the cache must not hide anything. */
static mmv_status check_with_a_cache(void)
{
    mmv_map *map = NULL;
    mmv_status status = mmv_map_open(scratch("run"), MMV_READ, &map);
    if (status == MMV_OK) {
        status = mmv_journal_check(map, 0, run.size, &cache);
        assert_int_not_equal(status, MMV_OK);
    }
    mmv_map_close(&map);
    return status == MMV_EJOURNAL ? MMV_OK : status;
}

static void drop_the_names(void)
{
    mmv_journal_cache_free(&cache);
    assert_ok(mmv_journal_discard(named));
}

static mmv_status discard_the_journal(void)
{
    mmv_status status = mmv_journal_discard(scratch("run.mmj"));
    return status == MMV_ENOENT ? MMV_OK : status;
}

static void is_discarded(void)
{
    assert_false(file_exists(scratch("run.mmj")));
    assert_false(run_is_marked(scratch("run")));
    run_drop_pointers(scratch("run"));
}

static void test_what_asks_for_a_journal(void **state)
{
    (void)state;
    run = (struct run){.size = 200000, .record = 100, .threads = 1, .window = 65536, .mode = MMV_JOURNAL_KILL};
    prepare_the_rest_of_a_run();
    fail_at_each(&(struct trial){.call = look_at_the_journal});
    fail_at_each(&(struct trial){.call = find_the_journal});
    fail_at_each(&(struct trial){.call = name_by_the_mark});
    assert_ok(discard_the_journal());
    fail_at_each(&(struct trial){find_the_journal, prepare_names_alone, drop_the_names});
    fail_at_each(&(struct trial){check_with_a_cache, prepare_names_alone, drop_the_names});
    fail_at_each(&(struct trial){name_by_what_is_beside, prepare_a_renamed_file, drop_the_names});
    fail_at_each(&(struct trial){discard_the_journal, prepare_the_rest_of_a_run, is_discarded});
}

/* ---- what processes share --------------------------------------------------------------------------------------- */

static const char *shared_name;

static mmv_status share_a_map(void)
{
    mmv_map *map;
    const mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    mmv_status status = mmv_map_open_named(shared_name, MMV_READ_WRITE, &options, &map);
    mmv_map_close(&map);
    return status;
}

static mmv_status share_a_mutex(void)
{
    mmv_mutex *mutex;
    const mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    mmv_status status = mmv_mutex_open(shared_name, &options, &mutex);
    mmv_mutex_close(&mutex);
    return status;
}

static mmv_status share_an_event(void)
{
    mmv_event *event;
    const mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    mmv_status status = mmv_event_open(shared_name, false, true, &options, &event);
    mmv_event_close(&event);
    return status;
}

static mmv_status share_a_semaphore(void)
{
    mmv_semaphore *semaphore;
    const mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    mmv_status status = mmv_semaphore_open(shared_name, 1, 1, &options, &semaphore);
    mmv_semaphore_close(&semaphore);
    return status;
}

static mmv_status share_a_channel(void)
{
    mmv_channel *channel;
    const mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    mmv_status status = mmv_channel_open(shared_name, MMV_CHANNEL_RECEIVE, &options, &channel);
    mmv_channel_close(&channel);
    return status;
}

static void tidy(void)
{
    peers_tidy(shared_name);
}

/* A name that could not be made is free for the next one, who creates it. */
static void test_what_processes_share(void **state)
{
    mmv_status (*const calls[])(void) = {share_a_map, share_a_mutex, share_an_event, share_a_semaphore,
                                         share_a_channel};
    (void)state;
    shared_name = peers_name("allocations");
    for (size_t i = 0; i < COUNT(calls); i++)
        fail_at_each(&(struct trial){.call = calls[i], .check = tidy});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_maps_and_leases),      cmocka_unit_test(test_walks),
        cmocka_unit_test(test_a_run_with_a_journal), cmocka_unit_test(test_what_asks_for_a_journal),
        cmocka_unit_test(test_what_processes_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
