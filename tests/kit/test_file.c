/* SPDX-License-Identifier: MIT */
/* test_file.c - transfers that the system interrupts or cuts short, and what is known of a file. */

#include "check.h"

#include "kit/os/file.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

/* What the next calls do instead of their work, in turn: an errno value, or so many bytes at most. 0 ends them. */
static int faults[8];
static size_t fault;

static bool next_fault(size_t *length)
{
    int now = faults[fault];
    if (now == 0)
        return false;
    fault++;
    if (now > 0)
        errno = now;
    else if (*length > (size_t)-now)
        *length = (size_t)-now;
    return now > 0;
}

ssize_t __real_read(int descriptor, void *data, size_t length);
ssize_t __wrap_read(int descriptor, void *data, size_t length);
ssize_t __real_write(int descriptor, const void *data, size_t length);
ssize_t __wrap_write(int descriptor, const void *data, size_t length);

ssize_t __wrap_read(int descriptor, void *data, size_t length)
{
    return next_fault(&length) ? -1 : __real_read(descriptor, data, length);
}

ssize_t __wrap_write(int descriptor, const void *data, size_t length)
{
    return next_fault(&length) ? -1 : __real_write(descriptor, data, length);
}

/* Under the name that the C library has for files of any size, too: on 32 bits that is another one. */
#define WRAP_AT(read, write)                                                                                           \
    ssize_t __real_##read(int descriptor, void *data, size_t length, off_t offset);                                    \
    ssize_t __wrap_##read(int descriptor, void *data, size_t length, off_t offset);                                    \
    ssize_t __real_##write(int descriptor, const void *data, size_t length, off_t offset);                             \
    ssize_t __wrap_##write(int descriptor, const void *data, size_t length, off_t offset);                             \
    ssize_t __wrap_##read(int descriptor, void *data, size_t length, off_t offset)                                     \
    {                                                                                                                  \
        return next_fault(&length) ? -1 : __real_##read(descriptor, data, length, offset);                             \
    }                                                                                                                  \
    ssize_t __wrap_##write(int descriptor, const void *data, size_t length, off_t offset)                              \
    {                                                                                                                  \
        return next_fault(&length) ? -1 : __real_##write(descriptor, data, length, offset);                            \
    }
WRAP_AT(pread, pwrite)
WRAP_AT(pread64, pwrite64)

static void plan_faults(const int *list)
{
    size_t i = 0;
    for (; list[i]; i++)
        faults[i] = list[i];
    faults[i] = 0;
    fault = 0;
}

static const int interrupted[] = {EINTR, -1, EINTR, EINTR, -3, 0};
static const int broken[] = {-2, EIO, 0};
static const int none[] = {0};

static int open_bytes(const char *name, const char *bytes)
{
    int descriptor = -1;
    plan_faults(none);
    file_put(scratch(name), bytes, strlen(bytes));
    assert_int_equal(file_open(scratch(name), FILE_READ_WRITE, true, &descriptor), 0);
    return descriptor;
}

static void test_interrupted_reads_go_on(void **state)
{
    char data[16] = "";
    size_t done = 0;
    int descriptor = open_bytes("read", "0123456789");
    (void)state;
    plan_faults(interrupted);
    assert_int_equal(file_read(descriptor, data, 8, &done), 0);
    assert_true(done == 8 && memcmp(data, "01234567", 8) == 0 && faults[fault] == 0);
    /* The end of the file is no error. */
    assert_int_equal(file_read(descriptor, data, 8, &done), 0);
    assert_true(done == 2 && memcmp(data, "89", 2) == 0);
    plan_faults(interrupted);
    assert_int_equal(file_read_at(descriptor, data, 9, 1, &done), 0);
    assert_true(done == 9 && memcmp(data, "123456789", 9) == 0 && faults[fault] == 0);
    assert_int_equal(file_read_at(descriptor, data, 9, 8, &done), 0);
    assert_true(done == 2 && memcmp(data, "89", 2) == 0);
    assert_int_equal(file_read_at(descriptor, data, 9, 100, &done), 0);
    assert_int_equal(done, 0);
    file_close(descriptor);
}

static void test_interrupted_writes_go_on(void **state)
{
    int descriptor = open_bytes("write", "0123456789");
    (void)state;
    plan_faults(interrupted);
    assert_int_equal(file_write(descriptor, "abcdefgh", 8), 0);
    assert_int_equal(faults[fault], 0);
    assert_true(file_is(scratch("write"), "abcdefgh89", 10));
    plan_faults(interrupted);
    assert_int_equal(file_write_at(descriptor, "ABCDEFGH", 8, 1), 0);
    assert_int_equal(faults[fault], 0);
    assert_true(file_is(scratch("write"), "aABCDEFGH9", 10));
    file_close(descriptor);
}

static void test_errors_are_returned(void **state)
{
    char data[16];
    size_t done = 4711;
    int descriptor = open_bytes("errors", "0123456789");
    (void)state;
    plan_faults(broken);
    assert_int_equal(file_read(descriptor, data, 8, &done), EIO);
    plan_faults(broken);
    assert_int_equal(file_read_at(descriptor, data, 8, 0, &done), EIO);
    plan_faults(broken);
    assert_int_equal(file_write(descriptor, "abc", 3), EIO);
    plan_faults(broken);
    assert_int_equal(file_write_at(descriptor, "abc", 3, 0), EIO);
    assert_int_equal(done, 4711);
    file_close(descriptor);
}

static void test_what_a_file_is(void **state)
{
    struct file_facts file, link, through, other;
    (void)state;
    plan_faults(none);
    file_put(scratch("a file"), "abc", 3);
    file_put(scratch("another"), "abc", 3);
    chmod(scratch("a file"), 0640);
    unlink(scratch("a link"));
    assert_int_equal(symlink("a file", scratch("a link")), 0);
    assert_int_equal(file_look_at(scratch("a file"), true, &file), 0);
    assert_int_equal(file_look_at(scratch("a link"), false, &link), 0);
    assert_int_equal(file_look_at(scratch("a link"), true, &through), 0);
    assert_int_equal(file_look_at(scratch("another"), true, &other), 0);
    assert_true(file.kind == FILE_REGULAR && file.size == 3 && file.permissions == 0640 && file.modified > 0);
    assert_true(link.kind == FILE_LINK && !file_is_same(&link, &file));
    assert_true(file_is_same(&through, &file) && !file_is_same(&other, &file));
    assert_int_equal(file_look_at(".", true, &other), 0);
    assert_int_equal(other.kind, FILE_FOLDER);
    assert_int_equal(file_look_at("/dev/null", true, &other), 0);
    assert_int_equal(other.kind, FILE_CHARACTERS);
    assert_int_equal(file_look_at(scratch("nothing"), true, &other), ENOENT);
}

static void test_opening_waits_for_nothing_and_follows_what_it_may(void **state)
{
    int descriptor = -1;
    (void)state;
    unlink(scratch("fifo"));
    unlink(scratch("link"));
    file_put(scratch("there"), "abc", 3);
    assert_int_equal(mkfifo(scratch("fifo"), 0600), 0);
    assert_int_equal(symlink("there", scratch("link")), 0);
    assert_int_equal(file_open(scratch("fifo"), FILE_READ, true, &descriptor), 0);
    file_close(descriptor);
    assert_int_equal(file_open(scratch("link"), FILE_READ, true, &descriptor), 0);
    assert_false(file_can_write(descriptor));
    assert_true(fcntl(descriptor, F_GETFD) & FD_CLOEXEC);
    file_close(descriptor);
    assert_int_equal(file_open(scratch("link"), FILE_READ, false, &descriptor), ELOOP);
    assert_int_equal(file_open(scratch("there"), FILE_WRITE, true, &descriptor), 0);
    assert_true(file_can_write(descriptor));
    file_close(descriptor);
    assert_int_equal(file_open(scratch("nothing"), FILE_READ, true, &descriptor), ENOENT);
}

static void test_a_stream_has_a_descriptor_of_its_own(void **state)
{
    int descriptor = open_bytes("stream", "");
    unsigned before = open_descriptors();
    FILE *stream = NULL;
    (void)state;
    assert_int_equal(file_stream(descriptor, "wb", &stream), 0);
    assert_true(fputs("abc", stream) >= 0 && fclose(stream) == 0);
    assert_int_equal(open_descriptors(), before);
    assert_true(file_is(scratch("stream"), "abc", 3));
    file_close(descriptor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interrupted_reads_go_on),
        cmocka_unit_test(test_interrupted_writes_go_on),
        cmocka_unit_test(test_errors_are_returned),
        cmocka_unit_test(test_what_a_file_is),
        cmocka_unit_test(test_opening_waits_for_nothing_and_follows_what_it_may),
        cmocka_unit_test(test_a_stream_has_a_descriptor_of_its_own),
    };
    umask(027);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
