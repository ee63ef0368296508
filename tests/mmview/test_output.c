/* SPDX-License-Identifier: MIT */
/* test_output.c - a new file that appears whole or not at all. */

#include "check.h"
#include "faults.h"
#include "scratch.h"

#include "os/name.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* File systems without nameless files, and calls that fail. */
static int no_nameless, replace_fails, sync_fails;

int __real_mmv__os_create_nameless_in(int folder, unsigned permissions, int *descriptor_ret);
int __wrap_mmv__os_create_nameless_in(int folder, unsigned permissions, int *descriptor_ret);
int __real_mmv__os_replace_in(int folder, const char *from, const char *to);
int __wrap_mmv__os_replace_in(int folder, const char *from, const char *to);
int __real_mmv__os_sync_folder(int folder);
int __wrap_mmv__os_sync_folder(int folder);

int __wrap_mmv__os_create_nameless_in(int folder, unsigned permissions, int *descriptor_ret)
{
    return no_nameless ? no_nameless : __real_mmv__os_create_nameless_in(folder, permissions, descriptor_ret);
}

int __wrap_mmv__os_replace_in(int folder, const char *from, const char *to)
{
    return replace_fails ? replace_fails : __real_mmv__os_replace_in(folder, from, to);
}

int __wrap_mmv__os_sync_folder(int folder)
{
    return sync_fails ? sync_fails : __real_mmv__os_sync_folder(folder);
}

/* Each test has a folder of its own: what is in it is counted. */
static char folder[512];
static unsigned descriptors;
static bool never_nameless; /* no file of this system can be without a name */

static const char *in_folder(const char *name)
{
    static char paths[4][1024];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static unsigned names_there(void)
{
    unsigned count = 0;
    DIR *stream = opendir(folder);
    assert_non_null(stream);
    for (struct dirent *entry; (entry = readdir(stream));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(stream);
    return count;
}

static int begin(void **state)
{
    static unsigned number;
    char name[32];
    mmv_output *output = NULL;
    (void)state;
    snprintf(name, sizeof name, "folder%u", number++);
    snprintf(folder, sizeof folder, "%s", scratch(name));
    no_nameless = replace_fails = sync_fails = 0;
    fault_reset();
    if (mkdir(folder, 0700) != 0)
        return -1;
    assert_ok(mmv_output_create(in_folder("first"), NULL, &output));
    never_nameless = names_there() == 1;
    mmv_output_close(&output);
    descriptors = open_descriptors();
    return 0;
}

static int end(void **state)
{
    return fault_end(state) || open_descriptors() != descriptors;
}

/* Some bytes that are not there before. */
static mmv_output *created(const char *path, const mmv_output_options *options, const char *text)
{
    mmv_view view;
    mmv_output *output = NULL;
    assert_ok(mmv_output_create(path, options, &output));
    mmv_map *map = mmv_output_map(output);
    assert_ok(mmv_map_grow(map, strlen(text)));
    assert_ok(mmv_view_open(map, 0, 0, &view));
    memcpy(view.data, text, strlen(text));
    mmv_view_close(&view);
    return output;
}

/* Both kinds of file system. */
static void each_kind(void (*check)(void))
{
    for (int kind = 0; kind < 2; kind++) {
        no_nameless = kind ? EOPNOTSUPP : 0;
        check();
        assert_int_equal(names_there(), 1);
        unlink(in_folder("new"));
        assert_int_equal(names_there(), 0);
    }
}

static void check_appears(void)
{
    mmv_output *output = created(in_folder("new"), NULL, "ours");
    assert_string_equal(mmv_map_path(mmv_output_map(output)), in_folder("new"));
    assert_false(file_exists(in_folder("new")));
    assert_int_equal(names_there(), no_nameless || never_nameless ? 1 : 0);
    assert_ok(mmv_output_publish(output));
    assert_true(file_is(in_folder("new"), "ours", 4));
    assert_status(mmv_output_publish(output), MMV_ECLOSED);
    mmv_output_close(&output);
    assert_null(output);
    mmv_output_close(&output);
    assert_true(file_is(in_folder("new"), "ours", 4));
}

static void test_it_appears_when_it_is_published(void **state)
{
    (void)state;
    each_kind(check_appears);
}

static void check_leaves(void)
{
    mmv_output *output = created(in_folder("other"), NULL, "ours");
    mmv_output_close(&output);
    assert_int_equal(names_there(), 0);
    file_put(in_folder("new"), "theirs", 6);
    output = created(in_folder("new"), &(mmv_output_options){.replace = true}, "ours");
    mmv_output_close(&output);
    assert_true(file_is(in_folder("new"), "theirs", 6));
}

static void test_it_leaves_nothing_else(void **state)
{
    (void)state;
    each_kind(check_leaves);
}

static void check_replaces(void)
{
    file_put(in_folder("new"), "theirs", 6);
    mmv_output *output = created(in_folder("new"), &(mmv_output_options){.replace = true, .durable = true}, "ours");
    assert_true(file_is(in_folder("new"), "theirs", 6));
    replace_fails = EIO;
    assert_status(mmv_output_publish(output), MMV_EIO);
    assert_true(file_is(in_folder("new"), "theirs", 6));
    replace_fails = 0;
    assert_ok(mmv_output_publish(output));
    assert_true(file_is(in_folder("new"), "ours", 4));
    mmv_output_close(&output);
}

static void test_replacing(void **state)
{
    (void)state;
    each_kind(check_replaces);
}

static void check_replaces_open_one(void)
{
    char text[7] = "";
    file_put(in_folder("new"), "theirs", 6);
    int old = open(in_folder("new"), O_RDONLY);
    mmv_output *output = created(in_folder("new"), &(mmv_output_options){.replace = true}, "ours");
    assert_ok(mmv_output_publish(output));
    mmv_output_close(&output);
    assert_true(file_is(in_folder("new"), "ours", 4));
    assert_int_equal(read(old, text, 6), 6);
    assert_string_equal(text, "theirs");
    close(old);
}

static void test_who_has_the_old_one_open_keeps_it(void **state)
{
    (void)state;
    each_kind(check_replaces_open_one);
}

static void check_replaces_link(void)
{
    struct stat facts;
    file_put(scratch("target"), "theirs", 6);
    assert_int_equal(symlink(scratch("target"), in_folder("new")), 0);
    mmv_output *output = created(in_folder("new"), &(mmv_output_options){.replace = true}, "ours");
    assert_ok(mmv_output_publish(output));
    mmv_output_close(&output);
    assert_true(lstat(in_folder("new"), &facts) == 0 && S_ISREG(facts.st_mode));
    assert_true(file_is(scratch("target"), "theirs", 6));
}

static void test_a_link_is_replaced_itself(void **state)
{
    (void)state;
    each_kind(check_replaces_link);
}

static void check_meanwhile(void)
{
    mmv_output *output = created(in_folder("new"), NULL, "ours");
    file_put(in_folder("new"), "theirs", 6);
    assert_status(mmv_output_publish(output), MMV_EEXIST);
    assert_true(file_is(in_folder("new"), "theirs", 6));
    /* It goes away again, and the call is repeated. */
    unlink(in_folder("new"));
    assert_ok(mmv_output_publish(output));
    mmv_output_close(&output);
    assert_true(file_is(in_folder("new"), "ours", 4));
}

static void test_what_appears_meanwhile_is_left_alone(void **state)
{
    (void)state;
    each_kind(check_meanwhile);
}

static void check_long_name(void)
{
    char name[256] = "";
    for (int i = 0; i < 126; i++)
        strcat(name, "\xc3\xa4");
    mmv_output *output = created(in_folder(name), &(mmv_output_options){.replace = true}, "ours");
    assert_ok(mmv_output_publish(output));
    mmv_output_close(&output);
    assert_true(file_is(in_folder(name), "ours", 4));
    rename(in_folder(name), in_folder("new"));
}

static void test_the_longest_names(void **state)
{
    (void)state;
    each_kind(check_long_name);
}

static void check_rights(void)
{
    struct stat facts;
    mode_t mask = umask(027);
    mmv_output *output = created(in_folder("new"), &(mmv_output_options){.permissions = 0664}, "ours");
    assert_ok(mmv_output_publish(output));
    mmv_output_close(&output);
    umask(mask);
    assert_true(stat(in_folder("new"), &facts) == 0 && (facts.st_mode & 07777) == 0640);
}

static void test_rights_are_those_of_a_new_file(void **state)
{
    (void)state;
    each_kind(check_rights);
}

/* The folder is where it was found, also under another name. */
static void test_a_folder_that_moves(void **state)
{
    char moved[520];
    (void)state;
    mmv_output *output = created(in_folder("new"), &(mmv_output_options){.durable = true}, "ours");
    snprintf(moved, sizeof moved, "%.500s-moved", folder);
    assert_int_equal(rename(folder, moved), 0);
    assert_ok(mmv_output_publish(output));
    mmv_output_close(&output);
    snprintf(folder, sizeof folder, "%.511s", moved);
    assert_true(file_is(in_folder("new"), "ours", 4));
}

static void test_the_device(void **state)
{
    (void)state;
    mmv_output *output = created(in_folder("new"), &(mmv_output_options){.durable = true}, "ours");
    fault_at(FAULT_SYNC, 1, EIO);
    assert_status(mmv_output_publish(output), MMV_EIO);
    assert_false(file_exists(in_folder("new")));
    fault_reset();
    sync_fails = EIO;
    assert_status(mmv_output_publish(output), MMV_EIO);
    assert_string_equal(mmv_last_error()->operation, "sync folder");
    assert_true(file_is(in_folder("new"), "ours", 4));
    mmv_output_close(&output);
    /* Nobody asked for it. */
    output = created(in_folder("other"), NULL, "ours");
    fault_reset();
    assert_ok(mmv_output_publish(output));
    assert_int_equal(fault_count(FAULT_SYNC), 0);
    mmv_output_close(&output);
}

static void test_capacity(void **state)
{
    static const char zeros[10000];
    mmv_output *output = NULL;
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        no_nameless = kind ? EOPNOTSUPP : 0;
        fault_at(FAULT_ALLOCATE, 1, ENOSPC);
        assert_status(mmv_output_create(in_folder("new"), &(mmv_output_options){.capacity = 10000}, &output),
                      MMV_ENOSPC);
        assert_null(output);
        assert_int_equal(names_there(), 0);
    }
    fault_reset();
    assert_ok(mmv_output_create(in_folder("new"), &(mmv_output_options){.capacity = 10000}, &output));
    assert_ok(mmv_output_publish(output));
    mmv_output_close(&output);
    assert_true(file_is(in_folder("new"), zeros, sizeof zeros));
}

static void test_what_is_refused(void **state)
{
    mmv_output *output = NULL;
    mmv_output_options replacing = {.replace = true};
    (void)state;
    assert_bad(mmv_output_create("", NULL, &output), MMV_EINVAL, "path");
    assert_bad(mmv_output_create(NULL, NULL, &output), MMV_EINVAL, "path");
    assert_bad(mmv_output_create(in_folder("new/"), NULL, &output), MMV_EINVAL, "path");
    assert_bad(mmv_output_create(in_folder("new"), &(mmv_output_options){.reserved_ = {1}}, &output), MMV_EINVAL,
               "reserved_");
    assert_status(mmv_output_create(in_folder("none/new"), NULL, &output), MMV_ENOENT);
    file_put(in_folder("old"), "theirs", 6);
    assert_status(mmv_output_create(in_folder("old"), NULL, &output), MMV_EEXIST);
    assert_status(mmv_output_create(in_folder("old/new"), NULL, &output), MMV_ENOENT);
    assert_status(mmv_output_create(folder, &replacing, &output), MMV_EKIND);
    assert_status(mmv_output_create(in_folder("."), &replacing, &output), MMV_EKIND);
    assert_status(mmv_output_create("/dev/null", &replacing, &output), MMV_EKIND);
    assert_non_null(strstr(mmv_last_error()->file, "/dev/null"));
    no_nameless = EACCES;
    assert_status(mmv_output_create(in_folder("new"), NULL, &output), MMV_EACCES);
    assert_null(output);
    assert_int_equal(names_there(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_it_appears_when_it_is_published, begin, end),
        cmocka_unit_test_setup_teardown(test_it_leaves_nothing_else, begin, end),
        cmocka_unit_test_setup_teardown(test_replacing, begin, end),
        cmocka_unit_test_setup_teardown(test_who_has_the_old_one_open_keeps_it, begin, end),
        cmocka_unit_test_setup_teardown(test_a_link_is_replaced_itself, begin, end),
        cmocka_unit_test_setup_teardown(test_what_appears_meanwhile_is_left_alone, begin, end),
        cmocka_unit_test_setup_teardown(test_the_longest_names, begin, end),
        cmocka_unit_test_setup_teardown(test_rights_are_those_of_a_new_file, begin, end),
        cmocka_unit_test_setup_teardown(test_a_folder_that_moves, begin, end),
        cmocka_unit_test_setup_teardown(test_the_device, begin, end),
        cmocka_unit_test_setup_teardown(test_capacity, begin, end),
        cmocka_unit_test_setup_teardown(test_what_is_refused, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
