/* SPDX-License-Identifier: MIT */
/* test_status.c - statuses, their words, and the error of each thread. */

#include "check.h"

#include "base/error.h"

#include <errno.h>
#include <pthread.h>

static void test_each_status_has_its_own_text(void **state)
{
    (void)state;
    for (int a = MMV_OK; a <= MMV_EPEER; a++) {
        assert_non_null(mmv_status_text((mmv_status)a));
        assert_true(strlen(mmv_status_text((mmv_status)a)) > 3);
        for (int b = MMV_OK; b < a; b++)
            assert_string_not_equal(mmv_status_text((mmv_status)a), mmv_status_text((mmv_status)b));
    }
}

static void test_unknown_statuses_have_a_text(void **state)
{
    (void)state;
    assert_string_equal(mmv_status_text((mmv_status)(MMV_EPEER + 1)), "unknown status");
    assert_string_equal(mmv_status_text((mmv_status)-1), "unknown status");
    assert_string_equal(mmv_status_text((mmv_status)1000000), "unknown status");
}

static void test_system_errors_become_statuses(void **state)
{
    static const struct {
        int os_error;
        mmv_status status;
    } table[] = {
        {0, MMV_OK},           {ENOENT, MMV_ENOENT},  {ENOTDIR, MMV_ENOENT},
        {EACCES, MMV_EACCES},  {EPERM, MMV_EACCES},   {EROFS, MMV_EACCES},
        {EEXIST, MMV_EEXIST},  {EISDIR, MMV_EKIND},   {ENXIO, MMV_EKIND},
        {ENOMEM, MMV_ENOMEM},  {ENOSPC, MMV_ENOSPC},  {EDQUOT, MMV_ENOSPC},
        {EFBIG, MMV_ENOSPC},   {EIO, MMV_EIO},        {EPIPE, MMV_EIO},
        {ENODEV, MMV_ENOTSUP}, {ENOSYS, MMV_ENOTSUP}, {EOPNOTSUPP, MMV_ENOTSUP},
        {ELOOP, MMV_ESYSTEM},  {EMFILE, MMV_ESYSTEM},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        assert_int_equal(mmv__status_of(table[i].os_error), table[i].status);
}

static void test_a_new_error_leaves_nothing_of_the_old_one(void **state)
{
    (void)state;
    mmv__fail_path(ENOENT, "open", "/a/file");
    assert_int_equal(mmv_error_set_parameter(MMV_EINVAL, "walk", "stride"), MMV_EINVAL);
    const mmv_error *error = mmv_last_error();
    assert_string_equal(error->file, "");
    assert_int_equal(error->os_error, 0);
    assert_string_equal(error->parameter, "stride");
    assert_int_equal(mmv_error_set(MMV_EIO, EIO, "read"), MMV_EIO);
    assert_null(mmv_last_error()->parameter);
    assert_int_equal(mmv_last_error()->os_error, EIO);
}

static void format(const mmv_error *error, const char *wanted)
{
    char text[600];
    size_t length = mmv_error_format(error, text, sizeof text);
    assert_string_equal(text, wanted);
    assert_int_equal(length, strlen(wanted));
}

static void test_format_says_file_operation_offset_and_cause(void **state)
{
    mmv_error error = {.status = MMV_EIO, .os_error = EIO, .operation = "read", .file = "/data/x.raw"};
    (void)state;
    char wanted[200];
    /* In the words of the C library. */
    snprintf(wanted, sizeof wanted, "/data/x.raw: read: %s", strerror(EIO));
    format(&error, wanted);
    error.has_offset = true;
    error.offset = UINT64_MAX;
    snprintf(wanted, sizeof wanted, "/data/x.raw: read at offset 18446744073709551615: %s", strerror(EIO));
    format(&error, wanted);
    format(&(mmv_error){.status = MMV_EINVAL, .operation = "walk", .parameter = "stride"},
           "walk: invalid argument: stride");
    /* The system's words would be wrong here: EISDIR stands for every kind that cannot be mapped. */
    format(&(mmv_error){.status = MMV_EKIND, .os_error = EISDIR, .operation = "open", .file = "fifo"},
           "fifo: open: not a file that can be mapped");
    format(&(mmv_error){.status = MMV_ESTOPPED}, "stopped");
}

static void test_format_fits_any_buffer(void **state)
{
    mmv_error error = {.status = MMV_EACCES, .operation = "open", .file = "abc"};
    char whole[100];
    (void)state;
    size_t length = mmv_error_format(&error, whole, sizeof whole);
    assert_int_equal(mmv_error_format(&error, NULL, 0), length);
    for (size_t size = 1; size <= length + 2; size++) {
        char text[100];
        memset(text, 'x', sizeof text);
        assert_int_equal(mmv_error_format(&error, text, size), length);
        assert_int_equal(strlen(text), size <= length ? size - 1 : length);
        assert_memory_equal(text, whole, strlen(text));
        assert_int_equal(text[size], 'x');
    }
}

static void test_of_a_long_path_the_end_is_kept(void **state)
{
    enum { ROOM = sizeof((mmv_error *)0)->file };
    char path[1000];
    (void)state;
    for (size_t length = ROOM - 3; length < ROOM + 3; length++) {
        memset(path, 'p', sizeof path);
        memcpy(path + length - 4, ".raw", 5);
        mmv__fail_path(ENOENT, "open", path);
        const char *file = mmv_last_error()->file;
        assert_string_equal(file + strlen(file) - 5, "p.raw");
        assert_int_equal(strlen(file), length < ROOM ? length : ROOM - 1);
        assert_int_equal(strncmp(file, "...", 3) == 0, length >= ROOM);
    }
}

static void *fail_elsewhere(void *clean_ret)
{
    *(int *)clean_ret = mmv_last_error()->status;
    mmv_error_set(MMV_ENOSPC, ENOSPC, "elsewhere");
    return NULL;
}

static void test_each_thread_has_its_own_error(void **state)
{
    pthread_t thread;
    int clean = -1;
    (void)state;
    mmv_error_set(MMV_EBUSY, 0, "here");
    assert_int_equal(pthread_create(&thread, NULL, fail_elsewhere, &clean), 0);
    pthread_join(thread, NULL);
    assert_int_equal(clean, MMV_OK);
    assert_int_equal(mmv_last_error()->status, MMV_EBUSY);
    assert_string_equal(mmv_last_error()->operation, "here");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_status_has_its_own_text),
        cmocka_unit_test(test_unknown_statuses_have_a_text),
        cmocka_unit_test(test_system_errors_become_statuses),
        cmocka_unit_test(test_a_new_error_leaves_nothing_of_the_old_one),
        cmocka_unit_test(test_format_says_file_operation_offset_and_cause),
        cmocka_unit_test(test_format_fits_any_buffer),
        cmocka_unit_test(test_of_a_long_path_the_end_is_kept),
        cmocka_unit_test(test_each_thread_has_its_own_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
