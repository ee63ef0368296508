/* SPDX-License-Identifier: MIT */
/* test_shared.c - maps by name: who finds them, how long they last, what is refused, and whose they are. */

#include "check.h"

#include "names.h"
#include "peers.h"
#include "scratch.h"

#include <mmview/shared.h>
#include <mmview/sync.h>
#include <mmview/typed.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE 10000u

static const char *path_of(const char *name)
{
    static char path[160];
    snprintf(path, sizeof path, "%smmv.%s", mmv__os_shared_directory(), name);
    return path;
}

static mmv_shared_options fresh(void)
{
    return (mmv_shared_options){.mode = MMV_CREATE_NEW, .capacity = SIZE, .persist = MMV_POSIX_ONLY};
}

static mmv_map *make(const char *name)
{
    mmv_map *map;
    mmv_shared_options options = fresh();
    assert_ok(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map));
    return map;
}

#define need_locks()                                                                                                   \
    do {                                                                                                               \
        if (MMV_POSIX_ONLY)                                                                                            \
            skip_because("this build has no locks of open files");                                                     \
    } while (0)

/* ---- finding ---------------------------------------------------------------------------------------------------- */

static int add_one(const char *name)
{
    mmv_map *map;
    mmv_view view;
    int32_t value;
    if (mmv_map_open_named(name, MMV_READ_WRITE, NULL, &map) != MMV_OK || mmv_view_open(map, 0, 0, &view) != MMV_OK)
        return 1;
    if (view.length != SIZE || mmv_view_read_int32(&view, SIZE - 4, &value) != MMV_OK)
        return 2;
    mmv_status status = mmv_view_write_int32(&view, SIZE - 4, value + 1);
    mmv_view_close(&view);
    mmv_map_close(&map);
    return status == MMV_OK ? 0 : 3;
}

static void test_processes_share_the_bytes(void **state)
{
    mmv_view view;
    int32_t value;
    (void)state;
    const char *name = peers_name("bytes");
    mmv_map *map = make(name);
    assert_true(mmv_map_capacity(map) == SIZE);
    assert_string_equal(mmv_map_path(map), path_of(name));
    assert_ok(mmv_view_open(map, 0, 0, &view));
    for (size_t i = 0; i < SIZE; i++)
        assert_int_equal(((char *)view.data)[i], 0);
    assert_ok(mmv_view_write_int32(&view, SIZE - 4, 41));
    assert_int_equal(in_child(add_one, name), 0);
    assert_ok(mmv_view_read_int32(&view, SIZE - 4, &value));
    assert_int_equal(value, 42);
    /* Others find the same bytes by the path: exactly so many, and nothing besides. */
    int descriptor = open(path_of(name), O_RDWR);
    struct stat facts;
    assert_true(descriptor >= 0 && fstat(descriptor, &facts) == 0);
    assert_int_equal(facts.st_size, SIZE);
    assert_int_equal(facts.st_mode & 0777, 0600);
    assert_int_equal(pread(descriptor, &value, 4, SIZE - 4), 4);
    assert_int_equal(value, 42);
    close(descriptor);
    mmv_view_close(&view);
    mmv_map_close(&map);
    peers_tidy(name);
}

static void test_modes(void **state)
{
    mmv_map *map, *other;
    bool created;
    (void)state;
    const char *name = peers_name("modes");
    mmv_shared_options options = fresh();
    options.created_ret = &created;
    assert_status(mmv_map_open_named(name, MMV_READ_WRITE, NULL, &map), MMV_ENOENT);
    assert_null(map);
    options.mode = MMV_OPEN_OR_CREATE;
    assert_ok(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map));
    assert_true(created);
    /* An existing one has its own size. */
    options.capacity = 3 * SIZE;
    assert_ok(mmv_map_open_named(name, MMV_READ_WRITE, &options, &other));
    assert_false(created);
    assert_true(mmv_map_capacity(other) == SIZE);
    assert_true(mmv_map_same_file(map, other));
    mmv_map_close(&other);
    options.mode = MMV_CREATE_NEW;
    assert_status(mmv_map_open_named(name, MMV_READ_WRITE, &options, &other), MMV_EEXIST);
    mmv_map_close(&map);
    peers_tidy(name);
    assert_status(mmv_map_open_named(name, MMV_READ_WRITE, NULL, &map), MMV_ENOENT);
    /* The next one of that name has nothing of it. */
    options = fresh();
    assert_ok(mmv_map_open_named(name, MMV_READ, &options, &map));
    mmv_map_close(&map);
    peers_tidy(name);
}

static void test_what_is_refused(void **state)
{
    mmv_map *map;
    char longest[MMV_NAME_MAX + 2];
    static const char *const bad[] = {"", "a/b", "/", "a\nb", "\x7f"};
    (void)state;
    mmv_shared_options options = fresh();
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_bad(mmv_map_open_named(bad[i], MMV_READ_WRITE, &options, &map), MMV_EINVAL, "name");
    assert_bad(mmv_map_open_named(NULL, MMV_READ_WRITE, &options, &map), MMV_EINVAL, "name");
    memset(longest, 'x', sizeof longest);
    longest[MMV_NAME_MAX + 1] = '\0';
    assert_bad(mmv_map_open_named(longest, MMV_READ_WRITE, &options, &map), MMV_EINVAL, "name");
    longest[MMV_NAME_MAX] = '\0';
    snprintf(longest, 20, "%019ld", (long)getpid());
    longest[19] = 'x';
    assert_ok(mmv_map_open_named(longest, MMV_READ_WRITE, &options, &map));
    mmv_map_close(&map);
    peers_tidy(longest);
    const char *name = peers_name("refused");
    options.capacity = 0;
    assert_bad(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map), MMV_ERANGE, "capacity");
    options.capacity = UINT64_MAX;
    assert_bad(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map), MMV_ERANGE, "capacity");
    options = fresh();
    options.permissions = 01000;
    assert_bad(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map), MMV_EINVAL, "permissions");
    options = fresh();
    options.mode = MMV_CREATE;
    assert_bad(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map), MMV_EINVAL, "mode");
    options.mode = (mmv_open_mode)9;
    assert_bad(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map), MMV_EINVAL, "mode");
    options = fresh();
    assert_bad(mmv_map_open_named(name, MMV_WRITE, &options, &map), MMV_EINVAL, "access");
    assert_bad(mmv_map_open_named(name, 0, &options, &map), MMV_EINVAL, "access");
    /* More memory than there is: said at once, and the name is free. */
    options.capacity = (uint64_t)1 << 50;
    if (!MMV_POSIX_ONLY)
        assert_status(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map), MMV_ENOSPC);
    assert_status(mmv_map_open_named(name, MMV_READ_WRITE, NULL, &map), MMV_ENOENT);
}

/* ---- how long they last ----------------------------------------------------------------------------------------- */

static void test_gone_with_the_last_view(void **state)
{
    mmv_view view;
    mmv_map *again;
    (void)state;
    need_locks();
    const char *name = peers_name("views");
    mmv_map *map = make(name);
    assert_ok(mmv_view_open(map, 0, 0, &view));
    mmv_map_close(&map);
    assert_ok(mmv_map_open_named(name, MMV_READ, NULL, &again));
    mmv_map_close(&again);
    assert_true(file_exists(path_of(name)));
    mmv_view_close(&view);
    assert_false(file_exists(path_of(name)));
}

static int make_and_die(const char *name)
{
    mmv_map *map;
    mmv_view view;
    mmv_shared_options options = fresh();
    if (mmv_map_open_named(name, MMV_READ_WRITE, &options, &map) != MMV_OK || mmv_view_open(map, 0, 0, &view) != MMV_OK)
        return 1;
    memset(view.data, 'x', SIZE);
    raise(SIGKILL);
    return 2;
}

static bool count_one(const mmv_shared_info *info, void *user)
{
    const char **name = user;
    /* Tests of other builds have names there as well. */
    if (*name && strcmp(info->name, *name) == 0)
        *name = NULL;
    return true;
}

/* What killed users left behind is there still, but nobody finds it. */
static void test_gone_when_users_are_killed(void **state)
{
    mmv_map *map;
    mmv_view view;
    (void)state;
    need_locks();
    const char *name = peers_name("killed");
    assert_int_equal(in_child(make_and_die, name), 128 + SIGKILL);
    assert_true(file_exists(path_of(name)));
    assert_status(mmv_map_open_named(name, MMV_READ, NULL, &map), MMV_ENOENT);
    assert_false(file_exists(path_of(name)));
    assert_int_equal(in_child(make_and_die, name), 128 + SIGKILL);
    map = make(name);
    assert_ok(mmv_view_open(map, 0, 0, &view));
    assert_int_equal(*(char *)view.data, 0);
    mmv_view_close(&view);
    mmv_map_close(&map);
    assert_int_equal(in_child(make_and_die, name), 128 + SIGKILL);
    const char *searched = name;
    assert_ok(mmv_shared_list(count_one, &searched));
    assert_non_null(searched);
    assert_false(file_exists(path_of(name)));
}

/* A user that is alive keeps it from being swept, whoever else died. */
static void test_kept_for_those_who_live(void **state)
{
    mmv_map *map, *again;
    (void)state;
    need_locks();
    const char *name = peers_name("alive");
    map = make(name);
    assert_int_equal(in_child(add_one, name), 0);
    const char *searched = name;
    assert_ok(mmv_shared_list(count_one, &searched));
    assert_null(searched);
    assert_ok(mmv_map_open_named(name, MMV_READ, NULL, &again));
    mmv_map_close(&again);
    mmv_map_close(&map);
    assert_false(file_exists(path_of(name)));
}

static void test_one_that_persists(void **state)
{
    mmv_map *map;
    mmv_shared_info info;
    (void)state;
    const char *name = peers_name("persists");
    mmv_shared_options options = fresh();
    options.persist = true;
    assert_ok(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map));
    mmv_map_close(&map);
    assert_ok(mmv_shared_stat(name, &info));
    assert_true(info.persists);
    assert_false(info.in_use);
    assert_int_equal(info.kind, MMV_SHARED_MAP);
    assert_true(info.capacity == SIZE);
    assert_int_equal(info.user, getuid());
    assert_int_equal(info.permissions, 0600);
    assert_string_equal(info.name, name);
    assert_int_equal(in_child(add_one, name), 0);
    assert_ok(mmv_map_open_named(name, MMV_READ, NULL, &map));
    assert_ok(mmv_shared_stat(name, &info));
    assert_int_equal(info.in_use, !MMV_POSIX_ONLY);
    /* Removed while it is used: who has it keeps it. */
    assert_ok(mmv_shared_remove(name));
    assert_status(mmv_shared_remove(name), MMV_ENOENT);
    assert_status(mmv_shared_stat(name, &info), MMV_ENOENT);
    mmv_view view;
    assert_ok(mmv_view_open(map, SIZE - 4, 4, &view));
    assert_int_equal(*(char *)view.data, 1);
    mmv_view_close(&view);
    mmv_map_close(&map);
    assert_bad(mmv_shared_remove("a/b"), MMV_EINVAL, "name");
    assert_bad(mmv_shared_stat("", &info), MMV_EINVAL, "name");
}

/* A read-only descriptor cannot take the lock that removing needs: the next one to look cleans up. */
static void test_left_by_a_reader(void **state)
{
    (void)state;
    need_locks();
    mmv_map *reader;
    const char *name = peers_name("reader");
    mmv_map *map = make(name);
    assert_ok(mmv_map_open_named(name, MMV_READ, NULL, &reader));
    mmv_map_close(&map);
    assert_ok(mmv_map_open_named(name, MMV_READ_WRITE, NULL, &map));
    mmv_map_close(&map);
    mmv_map_close(&reader);
    assert_false(file_exists(path_of(name)));
}

struct crowd {
    const char *name;
    atomic_uint failures, created;
};

static void *come_and_go(void *user)
{
    struct crowd *crowd = user;
    for (unsigned i = 0; i < 300; i++) {
        mmv_map *map;
        bool created;
        mmv_shared_options options = {.mode = MMV_OPEN_OR_CREATE, .capacity = 4096, .created_ret = &created};
        struct stat facts;
        if (mmv_map_open_named(crowd->name, MMV_READ_WRITE, &options, &map) != MMV_OK)
            atomic_fetch_add(&crowd->failures, 1);
        else {
            atomic_fetch_add(&crowd->created, created);
            /* As long as somebody has it, it has its name: else two would have two of them. */
            if (fstat(mmv_map_descriptor(map), &facts) != 0 || facts.st_nlink != 1)
                atomic_fetch_add(&crowd->failures, 1);
        }
        mmv_map_close(&map);
    }
    return NULL;
}

/* Opening and leaving at the same moment: everybody gets one that is complete, and in the end none is left. */
static void test_a_crowd(void **state)
{
    pthread_t threads[4];
    (void)state;
    need_locks();
    struct crowd crowd = {.name = peers_name("crowd")};
    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, &crowd), 0);
    for (size_t i = 0; i < COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&crowd.failures), 0);
    assert_true(atomic_load(&crowd.created) > 0);
    assert_false(file_exists(path_of(crowd.name)));
}

struct pair {
    pthread_barrier_t together;
    mmv_map *map;
};

static void *leave(void *user)
{
    struct pair *pair = user;
    pthread_barrier_wait(&pair->together);
    mmv_map_close(&pair->map);
    return NULL;
}

/* Two leave at the same moment: one of them must be the last. */
static void test_two_leave_at_once(void **state)
{
    struct pair pair;
    (void)state;
    need_locks();
    const char *name = peers_name("pair");
    assert_int_equal(pthread_barrier_init(&pair.together, NULL, 2), 0);
    for (unsigned i = 0; i < 500; i++) {
        pthread_t thread;
        mmv_map *own = make(name);
        assert_ok(mmv_map_open_named(name, MMV_READ, NULL, &pair.map));
        assert_int_equal(pthread_create(&thread, NULL, leave, &pair), 0);
        pthread_barrier_wait(&pair.together);
        mmv_map_close(&own);
        pthread_join(thread, NULL);
        assert_false(file_exists(path_of(name)));
    }
    pthread_barrier_destroy(&pair.together);
}

/* ---- whose they are --------------------------------------------------------------------------------------------- */

static void test_things_that_are_not_ours(void **state)
{
    mmv_map *map;
    (void)state;
    const char *name = peers_name("foreign");
    mmv_shared_options options = fresh();
    /* A link is not followed, wherever it leads. */
    file_put(scratch("victim"), "mine", 4);
    assert_int_equal(symlink(scratch("victim"), path_of(name)), 0);
    assert_status(mmv_map_open_named(name, MMV_READ_WRITE, NULL, &map), MMV_EKIND);
    options.mode = MMV_OPEN_OR_CREATE;
    assert_status(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map), MMV_EKIND);
    options.mode = MMV_CREATE_NEW;
    assert_status(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map), MMV_EEXIST);
    assert_true(file_is(scratch("victim"), "mine", 4));
    unlink(path_of(name));
    /* A FIFO is not waited for, a directory is no map. */
    assert_int_equal(mkfifo(path_of(name), 0600), 0);
    assert_status(mmv_map_open_named(name, MMV_READ_WRITE, NULL, &map), MMV_EKIND);
    unlink(path_of(name));
    assert_int_equal(mkdir(path_of(name), 0700), 0);
    assert_status(mmv_map_open_named(name, MMV_READ_WRITE, NULL, &map), MMV_EKIND);
    rmdir(path_of(name));
    /* A second name for a file that is somebody else's elsewhere. */
    mmv_map *own = make(name);
    char second[200];
    snprintf(second, sizeof second, "%s.link", path_of(name));
    assert_int_equal(link(path_of(name), second), 0);
    assert_status(mmv_map_open_named(name, MMV_READ_WRITE, NULL, &map), MMV_EACCES);
    unlink(second);
    mmv_map_close(&own);
    peers_tidy(name);
}

static void test_other_users(void **state)
{
    mmv_map *map;
    mmv_shared_info info;
    (void)state;
    if (geteuid() != 0)
        skip_because("only root can give a file away");
    const char *name = peers_name("users");
    mmv_shared_options options = fresh();
    options.persist = true;
    options.permissions = 0666;
    assert_ok(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map));
    assert_ok(mmv_map_set_owner(map, 12345, UINT32_MAX));
    mmv_map_close(&map);
    assert_ok(mmv_shared_stat(name, &info));
    assert_int_equal(info.user, 12345);
    assert_status(mmv_map_open_named(name, MMV_READ_WRITE, NULL, &map), MMV_EACCES);
    assert_non_null(strstr(mmv_last_error()->detail, "another user"));
    options.mode = MMV_OPEN_OR_CREATE;
    assert_status(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map), MMV_EACCES);
    options.mode = MMV_CREATE_NEW;
    assert_status(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map), MMV_EEXIST);
    assert_status(mmv_shared_remove(name), MMV_EACCES);
    assert_status(mmv_shared_set_permissions(name, 0600), MMV_EACCES);
    /* Unless it is meant. */
    options = (mmv_shared_options){.any_owner = true};
    assert_ok(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map));
    assert_ok(mmv_map_set_owner(map, 0, UINT32_MAX));
    mmv_map_close(&map);
    assert_ok(mmv_shared_remove(name));
}

/* Left behind by a user who died: not ours to clean up, and said at once. */
static void test_what_another_user_left_behind(void **state)
{
    mmv_map *map;
    (void)state;
    if (geteuid() != 0)
        skip_because("only root can give a file away");
    need_locks();
    const char *name = peers_name("left");
    int descriptor = open(path_of(name), O_RDWR | O_CREAT | O_EXCL, 0666);
    assert_true(descriptor >= 0 && ftruncate(descriptor, SIZE) == 0 && fchown(descriptor, 12345, (gid_t)-1) == 0);
    close(descriptor);
    mmv_shared_options options = {.mode = MMV_OPEN_OR_CREATE, .capacity = SIZE, .any_owner = true};
    assert_status(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map), MMV_EACCES);
    options.mode = MMV_OPEN_EXISTING;
    assert_status(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map), MMV_ENOENT);
    assert_true(file_exists(path_of(name)));
    unlink(path_of(name));
}

/* Who may write a map's bytes could write a header into them: it is bytes all the same, and leads nowhere. */
static void test_bytes_are_no_header(void **state)
{
    mmv_map *victim, *map, *again;
    mmv_view view;
    (void)state;
    const char *name = peers_name("bytes");
    const char *file = peers_name("victim");
    mmv_shared_options options = fresh();
    char header[SIZE] = "";
    file_put(scratch("victim"), "mine", 4);
    assert_ok(mmv_map_open(scratch("victim"), MMV_READ_WRITE, &victim));
    assert_ok(mmv_map_share(victim, file, &options));
    int descriptor = open(path_of(file), O_RDONLY);
    assert_true(pread(descriptor, header, sizeof header, 0) > 64);
    close(descriptor);
    options.permissions = 0666;
    assert_ok(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map));
    assert_ok(mmv_view_open(map, 0, 0, &view));
    memcpy(view.data, header, sizeof header);
    mmv_view_close(&view);
    assert_ok(mmv_map_open_named(name, MMV_READ_WRITE, NULL, &again));
    assert_true(mmv_map_same_file(map, again));
    assert_true(mmv_map_capacity(again) == SIZE);
    mmv_map_close(&again);
    mmv_map_close(&map);
    mmv_map_close(&victim);
    peers_tidy(name);
    peers_tidy(file);
}

static int stay_a_while(const char *name)
{
    (void)name;
    usleep(300000);
    return 0;
}

/* A child that was forked has the same open file: what its parent locks while it leaves must not stay locked. */
static void test_a_child_keeps_nobody_out(void **state)
{
    mmv_map *map;
    (void)state;
    const char *name = peers_name("child");
    mmv_shared_options options = fresh();
    options.persist = true;
    assert_ok(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map));
    pid_t child = start_child(stay_a_while, name);
    mmv_map_close(&map);
    double start = mmv__os_clock();
    assert_ok(mmv_map_open_named(name, MMV_READ_WRITE, NULL, &map));
    assert_true(mmv__os_clock() - start < 60);
    mmv_map_close(&map);
    assert_int_equal(wait_for(child), 0);
    assert_ok(mmv_shared_remove(name));
}

/* Read-only for everybody, its owner too: it can be found, it can be removed, and it ends like any other. */
static void test_read_only_names(void **state)
{
    mmv_map *reader, *other;
    mmv_shared_info info;
    (void)state;
    const char *name = peers_name("readonly");
    mmv_map *map = make(name);
    assert_ok(mmv_map_set_permissions(map, 0444));
    assert_ok(mmv_map_open_named(name, MMV_READ, NULL, &reader));
    if (geteuid() != 0)
        assert_status(mmv_map_open_named(name, MMV_READ_WRITE, NULL, &other), MMV_EACCES);
    assert_bad(mmv_map_set_permissions(map, 0277), MMV_EINVAL, "permissions");
    mmv_map_close(&map);
    assert_ok(mmv_shared_stat(name, &info));
    assert_int_equal(info.permissions, 0444);
    mmv_map_close(&reader);
    if (!MMV_POSIX_ONLY)
        assert_false(file_exists(path_of(name)));
    peers_tidy(name);
    mmv_shared_options options = fresh();
    options.persist = true;
    options.permissions = 0400;
    assert_ok(mmv_map_open_named(name, MMV_READ, &options, &map));
    assert_ok(mmv_shared_remove(name));
    assert_false(file_exists(path_of(name)));
    mmv_map_close(&map);
}

static void test_permissions(void **state)
{
    mmv_shared_info info;
    mmv_map *other;
    (void)state;
    const char *name = peers_name("permissions");
    mmv_map *map = make(name);
    unsigned permissions;
    uint32_t user, group;
    assert_ok(mmv_map_get_permissions(map, &permissions, &user, &group));
    assert_int_equal(permissions, 0600);
    assert_int_equal(user, geteuid());
    assert_int_equal(group, getegid());
    assert_ok(mmv_map_get_permissions(map, NULL, NULL, NULL));
    assert_ok(mmv_map_set_permissions(map, 0440));
    assert_ok(mmv_shared_stat(name, &info));
    assert_int_equal(info.permissions, 0440);
    assert_bad(mmv_map_set_permissions(map, 01000), MMV_EINVAL, "permissions");
    assert_bad(mmv_shared_set_permissions(name, 01777), MMV_EINVAL, "permissions");
    if (geteuid() != 0) {
        assert_status(mmv_map_open_named(name, MMV_READ_WRITE, NULL, &other), MMV_EACCES);
        assert_ok(mmv_map_open_named(name, MMV_READ, NULL, &other));
        mmv_map_close(&other);
    }
    assert_ok(mmv_shared_set_permissions(name, 0600));
    assert_ok(mmv_map_open_named(name, MMV_READ_WRITE, NULL, &other));
    mmv_map_close(&other);
    mmv_map_close(&map);
    peers_tidy(name);
}

/* The same as a user who is not root, in a child. */
static int as_nobody(const char *name)
{
    mmv_map *map;
    (void)name;
    if (setuid(65534) != 0)
        return 99;
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_permissions), cmocka_unit_test(test_modes),
                                       cmocka_unit_test(test_read_only_names)};
    if (mmv_map_open_named(name, MMV_READ, NULL, &map) != MMV_EACCES)
        return 98;
    return cmocka_run_group_tests(tests, NULL, NULL);
}

static void test_as_another_user(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip_because("only root can be another user");
    const char *name = peers_name("of-root");
    mmv_map *map = make(name);
    assert_int_equal(in_child(as_nobody, name), 0);
    mmv_map_close(&map);
    peers_tidy(name);
}

/* ---- one name is one thing -------------------------------------------------------------------------------------- */

static void test_other_kinds_and_versions(void **state)
{
    mmv_mutex *mutex;
    mmv_event *event;
    mmv_map *map;
    (void)state;
    const char *name = peers_name("kinds");
    mmv_shared_options options = fresh();
    assert_ok(mmv_mutex_open(name, &options, &mutex));
    assert_status(mmv_map_open_named(name, MMV_READ, NULL, &map), MMV_EKIND);
    assert_non_null(strstr(mmv_last_error()->detail, "mutex"));
    assert_status(mmv_event_open(name, true, true, NULL, &event), MMV_EKIND);
    assert_status(mmv_map_open_named(name, MMV_READ, &options, &map), MMV_EEXIST);
    mmv_shared_info info;
    assert_ok(mmv_shared_stat(name, &info));
    assert_int_equal(info.kind, MMV_SHARED_MUTEX);
    /* As a process of another word size, and a later version, would have made it. */
    int descriptor = open(path_of(name), O_RDWR);
    mmv__header header;
    assert_int_equal(pread(descriptor, &header, sizeof header, 0), sizeof header);
    mmv__header other = header;
    other.word = 96 - header.word;
    assert_int_equal(pwrite(descriptor, &other, sizeof other, 0), sizeof other);
    mmv_mutex *second;
    assert_status(mmv_mutex_open(name, NULL, &second), MMV_EVERSION);
    assert_null(second);
    other = header;
    other.version++;
    assert_int_equal(pwrite(descriptor, &other, sizeof other, 0), sizeof other);
    assert_status(mmv_mutex_open(name, NULL, &second), MMV_EVERSION);
    assert_int_equal(pwrite(descriptor, &header, sizeof header, 0), sizeof header);
    other = header;
    other.space++;
    assert_int_equal(pwrite(descriptor, &other, sizeof other, 0), sizeof other);
    if (header.space)
        assert_status(mmv_mutex_open(name, NULL, &second), MMV_EVERSION);
    assert_int_equal(pwrite(descriptor, &header, sizeof header, 0), sizeof header);
    assert_int_equal(ftruncate(descriptor, 64), 0);
    assert_status(mmv_mutex_open(name, NULL, &second), MMV_ETRUNC);
    assert_int_equal(ftruncate(descriptor, 63), 0);
    assert_status(mmv_mutex_open(name, NULL, &second), MMV_ETRUNC);
    close(descriptor);
    mmv_mutex_close(&mutex);
    peers_tidy(name);
    map = make(name);
    assert_status(mmv_mutex_open(name, NULL, &mutex), MMV_EKIND);
    mmv_map_close(&map);
    peers_tidy(name);
}

/* ---- names of files --------------------------------------------------------------------------------------------- */

static void test_the_name_of_a_file(void **state)
{
    mmv_map *file, *named;
    mmv_view view;
    mmv_shared_info info;
    (void)state;
    const char *name = peers_name("ImgA");
    mmv_shared_options options = fresh();
    file_make(scratch("image"), 5000, 1);
    assert_ok(mmv_map_open(scratch("image"), MMV_READ_WRITE, &file));
    assert_ok(mmv_map_share(file, name, &options));
    assert_bad(mmv_map_share(file, name, &options), MMV_EINVAL, "map");
    assert_ok(mmv_shared_stat(name, &info));
    assert_int_equal(info.kind, MMV_SHARED_FILE);
    assert_ok(mmv_map_open_named(name, MMV_READ_WRITE, NULL, &named));
    assert_true(mmv_map_same_file(file, named));
    assert_true(mmv_map_capacity(named) == 5000);
    assert_ok(mmv_view_open(named, 4999, 1, &view));
    *(char *)view.data = 'z';
    mmv_view_close(&view);
    char last;
    file_get(scratch("image"), &last, 1, 4999);
    assert_int_equal(last, 'z');
    if (!MMV_POSIX_ONLY) {
        /* The first goes, the other still has it. */
        mmv_map_close(&file);
        assert_true(file_exists(path_of(name)));
        mmv_map_close(&named);
        assert_false(file_exists(path_of(name)));
        return;
    }
    mmv_map_close(&named);
    mmv_map_close(&file);
    peers_tidy(name);
}

static void test_the_name_of_a_file_that_was_replaced(void **state)
{
    mmv_map *file, *named;
    (void)state;
    const char *name = peers_name("replaced");
    mmv_shared_options options = fresh();
    file_make(scratch("image"), 5000, 1);
    assert_ok(mmv_map_open(scratch("image"), MMV_READ_WRITE, &file));
    assert_ok(mmv_map_share(file, name, &options));
    file_make(scratch("image.new"), 5000, 2);
    assert_int_equal(rename(scratch("image.new"), scratch("image")), 0);
    assert_status(mmv_map_open_named(name, MMV_READ, NULL, &named), MMV_ENOENT);
    assert_null(named);
    unlink(scratch("image"));
    assert_status(mmv_map_open_named(name, MMV_READ, NULL, &named), MMV_ENOENT);
    mmv_map_close(&file);
    peers_tidy(name);
    /* What has no path has no name to give. */
    assert_ok(mmv_map_create_unnamed(100, MMV_READ_WRITE, NULL, &file));
    assert_bad(mmv_map_share(file, name, &options), MMV_EINVAL, "map");
    mmv_map_close(&file);
}

/* ---- without a name --------------------------------------------------------------------------------------------- */

static void test_unnamed(void **state)
{
    mmv_map *map;
    mmv_view view;
    (void)state;
    assert_ok(mmv_map_create_unnamed(1, MMV_READ_WRITE, NULL, &map));
    assert_true(mmv_map_capacity(map) == 1);
    assert_ok(mmv_view_open(map, 0, 0, &view));
    assert_int_equal(view.length, 1);
    assert_int_equal(*(char *)view.data, 0);
    mmv_view_close(&view);
    assert_int_equal(mmv_map_is_sealed(map), !MMV_POSIX_ONLY);
    if (!MMV_POSIX_ONLY) {
        assert_int_equal(ftruncate(mmv_map_descriptor(map), 0), -1);
        assert_true(mmv_map_capacity(map) == 1);
    }
    assert_ok(mmv_map_grow(map, 100000));
    assert_ok(mmv_view_open(map, 99999, 1, &view));
    mmv_view_close(&view);
    /* Given on: a child has it when that is wanted. */
    assert_int_equal(fcntl(mmv_map_descriptor(map), F_GETFD), FD_CLOEXEC);
    assert_ok(mmv_map_set_inheritable(map, true));
    assert_int_equal(fcntl(mmv_map_descriptor(map), F_GETFD), 0);
    assert_ok(mmv_map_set_inheritable(map, false));
    assert_int_equal(fcntl(mmv_map_descriptor(map), F_GETFD), FD_CLOEXEC);
    mmv_map_close(&map);
    assert_bad(mmv_map_create_unnamed(0, MMV_READ_WRITE, NULL, &map), MMV_ERANGE, "capacity");
    assert_bad(mmv_map_create_unnamed(UINT64_MAX, MMV_READ_WRITE, NULL, &map), MMV_ERANGE, "capacity");
    assert_bad(mmv_map_create_unnamed(1, 0, NULL, &map), MMV_EINVAL, "access");
    /* More than there is: refused, and not taken from others until somebody is killed. */
    if (!MMV_POSIX_ONLY)
        assert_status(mmv_map_create_unnamed((uint64_t)1 << 50, MMV_READ_WRITE, NULL, &map), MMV_ENOSPC);
}

static void test_memory_now_or_later(void **state)
{
    mmv_map *map;
    struct stat facts;
    (void)state;
    mmv_shared_options delay = {.delay_allocation = true};
    assert_ok(mmv_map_create_unnamed(MMV_MIB, MMV_READ_WRITE, NULL, &map));
    assert_int_equal(fstat(mmv_map_descriptor(map), &facts), 0);
    if (!MMV_POSIX_ONLY)
        assert_true(facts.st_blocks * 512 >= (long)MMV_MIB);
    mmv_map_close(&map);
    assert_ok(mmv_map_create_unnamed(MMV_MIB, MMV_READ_WRITE, &delay, &map));
    assert_int_equal(fstat(mmv_map_descriptor(map), &facts), 0);
    assert_int_equal(facts.st_blocks, 0);
    mmv_map_close(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_processes_share_the_bytes),
        cmocka_unit_test(test_modes),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_gone_with_the_last_view),
        cmocka_unit_test(test_gone_when_users_are_killed),
        cmocka_unit_test(test_kept_for_those_who_live),
        cmocka_unit_test(test_one_that_persists),
        cmocka_unit_test(test_left_by_a_reader),
        cmocka_unit_test(test_a_crowd),
        cmocka_unit_test(test_two_leave_at_once),
        cmocka_unit_test(test_things_that_are_not_ours),
        cmocka_unit_test(test_other_users),
        cmocka_unit_test(test_what_another_user_left_behind),
        cmocka_unit_test(test_bytes_are_no_header),
        cmocka_unit_test(test_a_child_keeps_nobody_out),
        cmocka_unit_test(test_read_only_names),
        cmocka_unit_test(test_permissions),
        cmocka_unit_test(test_as_another_user),
        cmocka_unit_test(test_other_kinds_and_versions),
        cmocka_unit_test(test_the_name_of_a_file),
        cmocka_unit_test(test_the_name_of_a_file_that_was_replaced),
        cmocka_unit_test(test_unnamed),
        cmocka_unit_test(test_memory_now_or_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
