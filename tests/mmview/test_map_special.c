/* SPDX-License-Identifier: MIT */
/* test_map_special.c - FIFOs, sockets and devices: refused, or mapped with the capacity that the caller gives. */

#include "check.h"

#include "scratch.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static void make_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_true(strlen(path) < sizeof address.sun_path);
    strcpy(address.sun_path, path);
    assert_int_equal(bind(descriptor, (struct sockaddr *)&address, sizeof address), 0);
    close(descriptor);
}

static void check_refused(const char *path, mmv_status wanted)
{
    mmv_map *map = NULL;
    unsigned before = open_descriptors();
    for (mmv_access access = MMV_READ; access <= MMV_COPY_ON_WRITE; access++) {
        assert_status(mmv_map_open(path, access, &map), wanted);
        assert_string_equal(mmv_last_error()->file, path);
    }
    assert_null(map);
    assert_int_equal(open_descriptors(), before);
}

static void test_what_cannot_be_mapped_is_refused(void **state)
{
    (void)state;
    assert_int_equal(mkfifo(scratch("fifo"), 0666), 0);
    make_socket(scratch("socket"));
    check_refused(scratch("fifo"), MMV_EKIND);
    check_refused(scratch("socket"), MMV_EKIND);
    assert_true(file_exists(scratch("fifo")) && file_exists(scratch("socket")));
}

/* On Linux a shared mapping of /dev/zero is memory of its own that begins at offset 0, hence the two kinds of view. */
static void test_a_character_device_has_the_capacity_it_is_given(void **state)
{
    mmv_map *map = NULL;
    mmv_view view;
    static const char zeros[3000];
    (void)state;
    int descriptor = open("/dev/zero", O_RDWR);
    assert_ok(mmv_map_from_descriptor(descriptor, true, MMV_READ_WRITE, 10000, &map));
    assert_int_equal(mmv_map_capacity(map), 10000);
    assert_ok(mmv_view_open(map, 100, sizeof zeros, &view));
    assert_memory_equal(view.data, zeros, sizeof zeros);
    memset(view.data, 1, sizeof zeros);
    mmv_view_close(&view);
    assert_ok(mmv_view_open_as(map, MMV_COPY_ON_WRITE, 5000, sizeof zeros, &view));
    assert_memory_equal(view.data, zeros, sizeof zeros);
    memset(view.data, 1, sizeof zeros);
    mmv_view_close(&view);
    assert_bad(mmv_view_open(map, 5000, 5001, &view), MMV_ERANGE, "length");
    assert_ok(mmv_map_refresh(map));
    assert_int_equal(mmv_map_capacity(map), 10000);
    assert_status(mmv_map_grow(map, 20000), MMV_EACCES);
    mmv_map_close(&map);
}

static void test_a_device_wants_a_capacity(void **state)
{
    mmv_map *map = NULL;
    (void)state;
    assert_bad(mmv_map_open("/dev/zero", MMV_READ, &map), MMV_EINVAL, "capacity");
    assert_null(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_cannot_be_mapped_is_refused),
        cmocka_unit_test(test_a_character_device_has_the_capacity_it_is_given),
        cmocka_unit_test(test_a_device_wants_a_capacity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
