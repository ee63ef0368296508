/* SPDX-License-Identifier: MIT */
/* test_shared_rights.c - whose a name is, what others may do with it, and what only looks like one. */

#include "check.h"

#include "shared/label.h"
#include "shared/names.h"
#include "os/machine.h"
#include "left.h"
#include "peers.h"
#include "scratch.h"

#include <mmview/shared.h>
#include <mmview/sync.h>

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void unlink_labels(const char *name)
{
    for (const char *label; (label = left_label_of(name));)
        unlink(label);
}

static unsigned mode_of(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 ? facts.st_mode & 07777u : 0;
}

/* A name that goes with it stays as it is. */
static void test_the_mode_of_a_files_map(void **state)
{
    mmv_map *map;
    (void)state;
    const char *name = peers_name("file's mode");
    const mmv_shared_options options = {.mode = MMV_CREATE_NEW, .persist = peers_must_last()};
    file_make(scratch("moded"), 5000, 1);
    assert_int_equal(chmod(scratch("moded"), 01600), 0);
    assert_ok(mmv_map_open(scratch("moded"), MMV_READ_WRITE, &map));
    assert_ok(mmv_map_set_permissions(map, 0240));
    assert_int_equal(mode_of(scratch("moded")), 01240);
    assert_ok(mmv_map_share(map, name, &options));
    assert_ok(mmv_map_set_permissions(map, 0644));
    assert_int_equal(mode_of(scratch("moded")), 01644);
    assert_int_equal(mode_of(peers_path(name)) & 0777u, 0600);
    mmv_map_close(&map);
    peers_tidy(name);
}

/* ---- whose they are --------------------------------------------------------------------------------------------- */

static void test_things_that_are_not_ours(void **state)
{
    mmv_map *map;
    (void)state;
    const char *name = peers_name("foreign");
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    /* A link is not followed, wherever it leads. */
    file_put(scratch("victim"), "mine", 4);
    assert_int_equal(symlink(scratch("victim"), peers_path(name)), 0);
    assert_status(mmv_map_open_named(name, MMV_READ_WRITE, NULL, &map), MMV_EKIND);
    options.mode = MMV_OPEN_OR_CREATE;
    assert_status(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map), MMV_EKIND);
    options.mode = MMV_CREATE_NEW;
    assert_status(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map), MMV_EEXIST);
    assert_true(file_is(scratch("victim"), "mine", 4));
    unlink(peers_path(name));
    /* A FIFO is not waited for, a directory is no map. */
    assert_int_equal(mkfifo(peers_path(name), 0600), 0);
    assert_status(mmv_map_open_named(name, MMV_READ_WRITE, NULL, &map), MMV_EKIND);
    unlink(peers_path(name));
    assert_int_equal(mkdir(peers_path(name), 0700), 0);
    assert_status(mmv_map_open_named(name, MMV_READ_WRITE, NULL, &map), MMV_EKIND);
    rmdir(peers_path(name));
    /* A second name for a file that is somebody else's elsewhere. */
    mmv_map *own = peers_map(name);
    char second[200];
    snprintf(second, sizeof second, "%s.link", peers_path(name));
    assert_int_equal(link(peers_path(name), second), 0);
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
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
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

static int leave_behind(const char *name)
{
    mmv_map *map;
    mmv_shared_options options = {.mode = MMV_CREATE_NEW, .capacity = PEERS_SIZE, .permissions = 0666};
    if (setresuid(12345, 12345, 12345) != 0)
        return 1;
    return mmv_map_open_named(name, MMV_READ_WRITE, &options, &map) == MMV_OK ? 0 : 2;
}

/* Left behind by a user who died: not ours to clean up, and said at once. */
static void test_what_another_user_left_behind(void **state)
{
    mmv_map *map;
    (void)state;
    if (geteuid() != 0)
        skip_because("only root can give a file away");
    peers_need_locks();
    const char *name = peers_name("left");
    assert_int_equal(in_child(leave_behind, name), 0);
    assert_true(file_exists(peers_path(name)));
    mmv_shared_options options = {.mode = MMV_OPEN_OR_CREATE, .capacity = PEERS_SIZE, .any_owner = true};
    assert_status(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map), MMV_EACCES);
    options.mode = MMV_OPEN_EXISTING;
    assert_status(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map), MMV_ENOENT);
    assert_true(file_exists(peers_path(name)));
    /* So it is no free name, and the file that was to get it is as it was. */
    const mmv_map_options emptied = {.mode = MMV_CREATE, .capacity = PEERS_SIZE};
    file_put(scratch("file"), "precious", 8);
    assert_status(mmv_map_open_and_share(scratch("file"), MMV_READ_WRITE, &emptied, name, &map), MMV_EEXIST);
    assert_true(file_is(scratch("file"), "precious", 8));
    unlink(peers_path(name));
    unlink_labels(name);
}

/* ---- what is only called like an object -------------------------------------------------------------------------- */

static bool see_name(const mmv_shared_info *info, void *name)
{
    const char **wanted = name;
    if (*wanted && strcmp(info->name, *wanted) == 0)
        *wanted = NULL;
    return true;
}

static bool is_listed(const char *name)
{
    const char *wanted = name;
    assert_ok(mmv_shared_list(see_name, &wanted));
    return wanted == NULL;
}

/* Whoever asks for the name is told, and the file stays as it is. */
static void must_be_left_alone(const char *name)
{
    static unsigned char before[PEERS_SIZE];
    mmv_map *map;
    mmv_mutex *mutex;
    mmv_shared_info info;
    mmv_shared_options options = {.mode = MMV_OPEN_OR_CREATE, .capacity = PEERS_SIZE};
    file_get(peers_path(name), before, sizeof before, 0);
    assert_false(is_listed(name));
    assert_status(mmv_shared_stat(name, &info), MMV_EKIND);
    assert_status(mmv_map_open_named(name, MMV_READ, NULL, &map), MMV_EKIND);
    assert_status(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map), MMV_EKIND);
    assert_status(mmv_mutex_open(name, &options, &mutex), MMV_EKIND);
    options.mode = MMV_CREATE_NEW;
    assert_status(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map), MMV_EEXIST);
    assert_status(mmv_shared_set_permissions(name, 0666), MMV_EKIND);
    assert_status(mmv_shared_remove(name), MMV_EKIND);
    assert_true(file_is(peers_path(name), before, sizeof before));
}

static void test_files_with_names_like_ours(void **state)
{
    static const mode_t modes[] = {0600, 01600, 02600, 03600, 04600};
    (void)state;
    const char *name = peers_name("result");
    for (size_t i = 0; i < COUNT(modes); i++) {
        file_make(peers_path(name), PEERS_SIZE, 1);
        assert_int_equal(chmod(peers_path(name), modes[i]), 0);
        must_be_left_alone(name);
        unlink(peers_path(name));
    }
}

static void copy_whole(const char *from, const char *to)
{
    static unsigned char bytes[PEERS_SIZE];
    struct stat facts;
    assert_int_equal(stat(from, &facts), 0);
    assert_true((size_t)facts.st_size <= sizeof bytes);
    file_get(from, bytes, (size_t)facts.st_size, 0);
    file_put(to, bytes, sizeof bytes);
    assert_int_equal(chmod(to, facts.st_mode & 07777), 0);
}

/* cp -a of an object, and another file under a map's name. */
static void test_copies_are_no_objects(void **state)
{
    mmv_map *map;
    mmv_mutex *mutex;
    char from[200];
    (void)state;
    const char *name = peers_name("original"), *copy = peers_of(name, "copy");
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    map = peers_map(name);
    snprintf(from, sizeof from, "%s", peers_path(name));
    copy_whole(from, peers_path(copy));
    must_be_left_alone(copy);
    assert_int_equal(rename(peers_path(copy), from), 0);
    must_be_left_alone(name);
    unlink(from);
    mmv_map_close(&map);
    unlink_labels(name);
    assert_ok(mmv_mutex_open(name, &options, &mutex));
    copy_whole(from, peers_path(copy));
    must_be_left_alone(copy);
    unlink(peers_path(copy));
    mmv_mutex_close(&mutex);
    peers_tidy(name);
}

/* A label counts when it is its owner's alone. */
static void test_forged_labels(void **state)
{
    mmv_map *map;
    (void)state;
    const char *name = peers_name("forged");
    map = peers_map(name);
    const char *label = left_label_of(name);
    assert_true(is_listed(name));
    assert_int_equal(chmod(label, 0666), 0);
    must_be_left_alone(name);
    assert_int_equal(chmod(label, 0644), 0);
    assert_true(is_listed(name));
    if (geteuid() == 0) {
        assert_int_equal(chown(label, 12345, (gid_t)-1), 0);
        must_be_left_alone(name);
        assert_int_equal(chown(label, 0, (gid_t)-1), 0);
    }
    file_put_at(label, "forged", 6, 0);
    must_be_left_alone(name);
    mmv_map_close(&map);
    unlink(peers_path(name));
    unlink_labels(name);
}

/* ---- labels ------------------------------------------------------------------------------------------------------ */

static void test_labels_go_with_their_maps(void **state)
{
    mmv_map *map;
    (void)state;
    const char *name = peers_name("label");
    map = peers_map(name);
    assert_non_null(left_label_of(name));
    mmv_map_close(&map);
    peers_tidy(name);
    assert_null(left_label_of(name));
    peers_need_locks();
    /* Somebody else takes the name away, who knows of no label. */
    map = peers_map(name);
    unlink(peers_path(name));
    mmv_map_close(&map);
    assert_null(left_label_of(name));
}

/* As a process leaves it that is killed between label and name. */
static void test_labels_without_maps_are_tidied_away(void **state)
{
    int label;
    (void)state;
    peers_need_locks();
    const char *name = peers_name("untidy");
    file_make(scratch("elsewhere"), 10, 1);
    int other = open(scratch("elsewhere"), O_RDONLY);
    assert_int_equal(mmv__label_make(peers_path(name), other, NULL, &label), 0);
    assert_false(is_listed(name));
    assert_non_null(left_label_of(name));
    close(label);
    assert_false(is_listed(name));
    assert_null(left_label_of(name));
    close(other);
}

/* ---- bytes ------------------------------------------------------------------------------------------------------- */

/* Who may write a map's bytes could write a header into them: it is bytes all the same, and leads nowhere. */
static void test_bytes_are_no_header(void **state)
{
    mmv_map *victim, *map, *again;
    mmv_view view;
    (void)state;
    const char *name = peers_name("bytes");
    const char *file = peers_name("victim");
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    char header[PEERS_SIZE] = "";
    file_put(scratch("victim"), "mine", 4);
    assert_ok(mmv_map_open(scratch("victim"), MMV_READ_WRITE, &victim));
    assert_ok(mmv_map_share(victim, file, &options));
    int descriptor = open(peers_path(file), O_RDONLY);
    assert_true(pread(descriptor, header, sizeof header, 0) > 64);
    close(descriptor);
    options.permissions = 0666;
    assert_ok(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map));
    assert_ok(mmv_view_open(map, 0, 0, &view));
    memcpy(view.data, header, sizeof header);
    mmv_view_close(&view);
    assert_ok(mmv_map_open_named(name, MMV_READ_WRITE, NULL, &again));
    assert_true(mmv_map_same_file(map, again));
    assert_true(mmv_map_capacity(again) == PEERS_SIZE);
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
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    options.persist = true;
    assert_ok(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map));
    pid_t child = start_child(stay_a_while, name);
    mmv_map_close(&map);
    double start = mmv__os_clock();
    assert_ok(mmv_map_open_named(name, MMV_READ_WRITE, NULL, &map));
    assert_true(mmv__os_clock() - start < 60);
    mmv_map_close(&map);
    assert_int_equal(child_wait(child), 0);
    assert_ok(mmv_shared_remove(name));
}

/* What anybody can have on a label: a lock for reading. A descriptor for close(2). */
static int lock_label(const char *name)
{
    int label = open(left_label_of(name), O_RDONLY | O_CLOEXEC);
    assert_true(label >= 0);
#ifdef F_OFD_SETLK
    assert_int_equal(fcntl(label, F_OFD_SETLK, &(struct flock){.l_type = F_RDLCK, .l_whence = SEEK_SET}), 0);
#endif
    return label;
}

/* Read-only for everybody, its owner too: it can be found, it can be removed, and it ends like any other. */
static void test_read_only_names(void **state)
{
    mmv_map *reader, *other;
    mmv_shared_info info;
    (void)state;
    const char *name = peers_name("readonly");
    mmv_map *map = peers_map(name);
    assert_ok(mmv_map_set_permissions(map, 0444));
    /* A reader of the label keeps nobody out. */
    int label = MMV_POSIX_ONLY ? -1 : lock_label(name);
    assert_ok(mmv_map_open_named(name, MMV_READ, NULL, &reader));
    close(label);
    if (geteuid() != 0)
        assert_status(mmv_map_open_named(name, MMV_READ_WRITE, NULL, &other), MMV_EACCES);
    assert_bad(mmv_map_set_permissions(map, 0277), MMV_EINVAL, "permissions");
    mmv_map_close(&map);
    assert_ok(mmv_shared_stat(name, &info));
    assert_int_equal(info.permissions, 0444);
    mmv_map_close(&reader);
    if (!MMV_POSIX_ONLY)
        assert_false(file_exists(peers_path(name)));
    peers_tidy(name);
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    options.persist = true;
    options.permissions = 0400;
    assert_ok(mmv_map_open_named(name, MMV_READ, &options, &map));
    assert_ok(mmv_shared_remove(name));
    assert_false(file_exists(peers_path(name)));
    mmv_map_close(&map);
}

static void test_permissions(void **state)
{
    mmv_shared_info info;
    mmv_map *other;
    (void)state;
    const char *name = peers_name("permissions");
    mmv_map *map = peers_map(name);
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_permissions), cmocka_unit_test(test_read_only_names)};
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
    mmv_map *map = peers_map(name);
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
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    assert_ok(mmv_mutex_open(name, &options, &mutex));
    assert_status(mmv_map_open_named(name, MMV_READ, NULL, &map), MMV_EKIND);
    assert_non_null(strstr(mmv_last_error()->detail, "mutex"));
    assert_status(mmv_event_open(name, true, true, NULL, &event), MMV_EKIND);
    assert_status(mmv_map_open_named(name, MMV_READ, &options, &map), MMV_EEXIST);
    mmv_shared_info info;
    assert_ok(mmv_shared_stat(name, &info));
    assert_int_equal(info.kind, MMV_SHARED_MUTEX);
    /* As a process of another word size, and a later version, would have made it. */
    int descriptor = open(peers_path(name), O_RDWR);
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
    map = peers_map(name);
    assert_status(mmv_mutex_open(name, NULL, &mutex), MMV_EKIND);
    mmv_map_close(&map);
    peers_tidy(name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_mode_of_a_files_map),
        cmocka_unit_test(test_things_that_are_not_ours),
        cmocka_unit_test(test_other_users),
        cmocka_unit_test(test_what_another_user_left_behind),
        cmocka_unit_test(test_files_with_names_like_ours),
        cmocka_unit_test(test_copies_are_no_objects),
        cmocka_unit_test(test_forged_labels),
        cmocka_unit_test(test_labels_go_with_their_maps),
        cmocka_unit_test(test_labels_without_maps_are_tidied_away),
        cmocka_unit_test(test_bytes_are_no_header),
        cmocka_unit_test(test_a_child_keeps_nobody_out),
        cmocka_unit_test(test_read_only_names),
        cmocka_unit_test(test_permissions),
        cmocka_unit_test(test_as_another_user),
        cmocka_unit_test(test_other_kinds_and_versions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
