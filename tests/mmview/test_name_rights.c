/* SPDX-License-Identifier: MIT */
/*
 * test_name_rights.c - what others can do to a name with a lock for reading, and whose label and name are after their
 * owner or mode changed.
 */

#include "check.h"

#include "left.h"
#include "peers.h"
#include "scratch.h"
#include "shared/label.h"
#include "shared/names.h"

#include <mmview/sync.h>

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OWNER 12345
#define STRANGER 23456

static unsigned mode_of(const char *path)
{
    struct stat facts;
    return path && stat(path, &facts) == 0 ? facts.st_mode & 07777u : 0;
}

static uint32_t owner_of(const char *path)
{
    struct stat facts;
    return path && stat(path, &facts) == 0 ? (uint32_t)facts.st_uid : UINT32_MAX;
}

static bool become(uid_t user)
{
    return setgid(user) == 0 && setuid(user) == 0;
}

/* ---- locks for reading ------------------------------------------------------------------------------------------ */

/* What anybody can have on a file that he may read: a lock for reading, of all bytes. */
static int lock_to_read(const char *path)
{
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file >= 0 && fcntl(file, F_OFD_SETLK, &(struct flock){.l_type = F_RDLCK, .l_whence = SEEK_SET}) != 0) {
        close(file);
        return -2;
    }
    return file;
}

/* Bytes that the parts of a play send each other: each waits for its own. */
static int calls[4][2];
enum { TO_OWNER, FROM_OWNER, TO_STRANGER, FROM_STRANGER };

static bool say(unsigned to)
{
    return write(calls[to][1], "", 1) == 1;
}

static bool hear(unsigned from)
{
    char byte;
    return read(calls[from][0], &byte, 1) == 1;
}

/* Locks the file as far as he can. */
static int be_a_stranger(const char *path)
{
    if (!become(STRANGER) || lock_to_read(path) == -2 || !say(FROM_STRANGER))
        return 1;
    return !hear(TO_STRANGER);
}

/* Root is the audience: the owner's part says when there is a name, the stranger comes, and the owner goes on. */
static void play(int (*owner)(const char *name), const char *name, bool of_label)
{
    if (geteuid() != 0)
        skip_because("only root can be two users");
    for (size_t i = 0; i < COUNT(calls); i++)
        assert_int_equal(pipe(calls[i]), 0);
    pid_t first = start_child(owner, name);
    assert_true(hear(FROM_OWNER));
    pid_t second = start_child(be_a_stranger, of_label ? left_label_of(name) : peers_path(name));
    assert_true(hear(FROM_STRANGER));
    assert_true(say(TO_OWNER));
    int status = child_wait(first);
    assert_true(say(TO_STRANGER));
    assert_int_equal(child_wait(second), 0);
    for (size_t i = 0; i < COUNT(calls); i++) {
        close(calls[i][0]);
        close(calls[i][1]);
    }
    assert_int_equal(status, 0);
    assert_false(peers_exists(name));
    assert_null(left_label_of(name));
}

static mmv_status make(const char *name, mmv_access access, unsigned permissions, mmv_map **map_ret)
{
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    options.permissions = permissions;
    options.limits = access == MMV_READ;
    return mmv_map_open_named(name, access, &options, map_ret);
}

static int close_it(const char *name)
{
    mmv_map *map;
    if (!become(OWNER) || make(name, MMV_READ, 0400, &map) != MMV_OK || !say(FROM_OWNER) || !hear(TO_OWNER))
        return 1;
    mmv_map_close(&map);
    return peers_exists(name) || left_label_of(name) ? 2 : 0;
}

static void test_who_may_not_open_a_map_keeps_its_name_no_longer(void **state)
{
    (void)state;
    peers_need_locks();
    play(close_it, peers_name("stranger"), true);
}

/* While it is in use, by somebody who may read it. */
static int remove_it(const char *name)
{
    mmv_map *map;
    if (!become(OWNER) || make(name, MMV_READ, 0444, &map) != MMV_OK || !say(FROM_OWNER) || !hear(TO_OWNER))
        return 1;
    int failed = mmv_shared_remove(name) != MMV_OK;
    failed += peers_exists(name) || left_label_of(name);
    mmv_map_close(&map);
    return failed ? 3 : 0;
}

static int remove_what_can_be_written(const char *name)
{
    mmv_map *map;
    if (!become(OWNER) || make(name, MMV_READ_WRITE, 0644, &map) != MMV_OK || !say(FROM_OWNER) || !hear(TO_OWNER))
        return 1;
    int failed = mmv_shared_remove(name) != MMV_OK;
    mmv_map_close(&map);
    return failed ? 2 : 0;
}

static void test_who_may_read_a_map_does_not_keep_its_owner_from_removing_the_name(void **state)
{
    (void)state;
    peers_need_locks();
    play(remove_it, peers_name("reader"), true);
    play(remove_what_can_be_written, peers_name("reader"), false);
}

/* As it is left by who is killed before his map has its name. */
static int tidy_it(const char *name)
{
    int label;
    if (!become(OWNER))
        return 1;
    file_put(peers_path(name), "1", 1);
    chmod(peers_path(name), 0644);
    int other = open(peers_path(name), O_RDONLY);
    if (mmv__label_make(peers_path(name), other, NULL, &label) != 0)
        return 2;
    close(label);
    unlink(peers_path(name));
    if (!say(FROM_OWNER) || !hear(TO_OWNER))
        return 3;
    mmv_shared_sweep();
    return left_label_of(name) ? 4 : 0;
}

static void test_who_reads_a_label_does_not_keep_it_from_being_tidied_away(void **state)
{
    (void)state;
    peers_need_locks();
    play(tidy_it, peers_name("orphan"), true);
}

/* ---- modes and owners ------------------------------------------------------------------------------------------- */

static void test_the_label_is_read_by_who_may_open_the_map(void **state)
{
    mmv_map *map;
    (void)state;
    const char *name = peers_name("modes");
    map = peers_map(name);
    assert_int_equal(mode_of(left_label_of(name)), 0600);
    assert_ok(mmv_map_set_permissions(map, 0640));
    assert_int_equal(mode_of(left_label_of(name)), 0644);
    assert_ok(mmv_map_set_permissions(map, 0600));
    assert_int_equal(mode_of(left_label_of(name)), 0600);
    assert_ok(mmv_shared_set_permissions(name, 0606));
    assert_int_equal(mode_of(left_label_of(name)), 0644);
    assert_ok(mmv_shared_set_permissions(name, 0400));
    assert_int_equal(mode_of(left_label_of(name)), 0600);
    mmv_map_close(&map);
    if (!MMV_POSIX_ONLY)
        assert_null(left_label_of(name));
    peers_tidy(name);
    assert_ok(make(name, MMV_READ, 0444, &map));
    assert_int_equal(mode_of(left_label_of(name)), 0644);
    mmv_map_close(&map);
    peers_tidy(name);
    /* One that has no label is none that the library would miss. */
    mmv_mutex *mutex;
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    assert_ok(mmv_mutex_open(name, &options, &mutex));
    assert_ok(mmv_shared_set_permissions(name, 0666));
    assert_null(left_label_of(name));
    mmv_mutex_close(&mutex);
    peers_tidy(name);
}

static int use_anybodys(const char *name)
{
    mmv_map *map;
    const mmv_shared_options options = {.any_owner = true};
    if (!become(STRANGER))
        return 1;
    mmv_status status = mmv_map_open_named(name, MMV_READ, &options, &map);
    if (status == MMV_OK)
        mmv_map_close(&map);
    return status == MMV_OK ? 0 : 2;
}

/* By its mode, and by what its mode became. */
static void test_another_user_opens_what_he_may(void **state)
{
    mmv_map *map;
    (void)state;
    if (geteuid() != 0)
        skip_because("only root can be two users");
    const char *name = peers_name("anybodys");
    map = peers_map(name);
    assert_int_equal(in_child(use_anybodys, name), 2);
    assert_ok(mmv_map_set_permissions(map, 0644));
    assert_int_equal(in_child(use_anybodys, name), 0);
    assert_ok(mmv_map_set_permissions(map, 0600));
    assert_int_equal(in_child(use_anybodys, name), 2);
    mmv_map_close(&map);
    peers_tidy(name);
}

/* It is theirs now, to open, to remove, and to be swept. */
static int remove_as_owner(const char *name)
{
    mmv_map *map;
    if (!become(OWNER) || mmv_map_open_named(name, MMV_READ_WRITE, NULL, &map) != MMV_OK)
        return 1;
    mmv_map_close(&map);
    return mmv_shared_remove(name) == MMV_OK ? 0 : 2;
}

static int sweep_as_owner(const char *name)
{
    if (!become(OWNER))
        return 1;
    mmv_shared_sweep();
    return peers_exists(name) || left_label_of(name) ? 2 : 0;
}

static void give(const char *name, bool persist, mmv_access access)
{
    mmv_map *map;
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    options.persist = persist;
    options.limits = access == MMV_READ;
    assert_ok(mmv_map_open_named(name, access, &options, &map));
    assert_ok(mmv_map_set_owner(map, OWNER, UINT32_MAX));
    assert_int_equal(owner_of(peers_path(name)), OWNER);
    assert_int_equal(owner_of(left_label_of(name)), OWNER);
    mmv_map_close(&map);
    assert_true(peers_exists(name));
}

static void test_a_map_that_was_given_away(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip_because("only root can give a file away");
    const char *name = peers_name("given");
    give(name, true, MMV_READ_WRITE);
    assert_status(mmv_shared_remove(name), MMV_EACCES);
    assert_int_equal(in_child(remove_as_owner, name), 0);
    assert_null(left_label_of(name));
    peers_need_locks();
    give(name, false, MMV_READ_WRITE);
    mmv_shared_sweep();
    assert_true(peers_exists(name));
    assert_int_equal(in_child(sweep_as_owner, name), 0);
    give(name, false, MMV_READ);
    assert_int_equal(in_child(sweep_as_owner, name), 0);
}

/* ---- name spaces ------------------------------------------------------------------------------------------------- */

static int make_for_everybody(const char *name)
{
    mmv_map *map;
    mmv_shared_options options = {.mode = MMV_CREATE_NEW, .capacity = PEERS_SIZE, .permissions = 0666, .persist = true};
    return !become(STRANGER) || mmv_map_open_named(name, MMV_READ_WRITE, &options, &map) != MMV_OK;
}

static int remove_it_again(const char *name)
{
    return !become(STRANGER) || mmv_shared_remove(name) != MMV_OK;
}

/* Of two users without a number one is himself, and the other one is not. */
static int use_without_a_number(const char *name)
{
    mmv_map *map;
    const mmv_shared_options anybodys = {.any_owner = true};
    if (!become(OWNER))
        return 9;
    if (unshare(CLONE_NEWUSER) != 0)
        return 77;
    if (mmv_map_open_named(name, MMV_READ_WRITE, NULL, &map) != MMV_EACCES)
        return 1;
    if (mmv_map_open_named(name, MMV_READ_WRITE, &anybodys, &map) != MMV_OK)
        return 2;
    mmv_map_close(&map);
    if (mmv_shared_remove(name) != MMV_EACCES)
        return 3;
    const char *own = peers_of(name, "own");
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    if (mmv_map_open_named(own, MMV_READ_WRITE, &options, &map) != MMV_OK)
        return 4;
    mmv_map_close(&map);
    return peers_exists(own) ? 5 : 0;
}

static void test_users_without_a_number(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip_because("only root can be two users");
    peers_need_locks();
    const char *name = peers_name("number");
    assert_int_equal(in_child(make_for_everybody, name), 0);
    int status = in_child(use_without_a_number, name);
    assert_int_equal(in_child(remove_it_again, name), 0);
    if (status == 77)
        skip_because("this user may not make a name space of users");
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_may_not_open_a_map_keeps_its_name_no_longer),
        cmocka_unit_test(test_who_may_read_a_map_does_not_keep_its_owner_from_removing_the_name),
        cmocka_unit_test(test_who_reads_a_label_does_not_keep_it_from_being_tidied_away),
        cmocka_unit_test(test_the_label_is_read_by_who_may_open_the_map),
        cmocka_unit_test(test_another_user_opens_what_he_may),
        cmocka_unit_test(test_a_map_that_was_given_away),
        cmocka_unit_test(test_users_without_a_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
