/* SPDX-License-Identifier: MIT */
/* test_lock_holder.c - who has a lock that is in the way, as far as the system says it: which process, which command.
 */

#include "check.h"

#include "os/file.h"
#include "peers.h"
#include "scratch.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a child locks, one byte after the other, with a command name that no terminal should see. */
struct lock_wish {
    int command; /* F_OFD_SETLK or F_SETLK */
    short type;
    unsigned count;
};

static pid_t start_holder(const char *path, const struct lock_wish *wish)
{
    int ready[2];
    char byte = 0;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int descriptor = open(path, O_RDWR | O_CLOEXEC);
        prctl(PR_SET_NAME, "holder of it");
        for (unsigned i = 0; i < wish->count; i++) {
            struct flock lock = {.l_type = wish->type, .l_whence = SEEK_SET, .l_start = 10 + 3 * (off_t)i, .l_len = 2};
            if (fcntl(descriptor, wish->command, &lock) != 0)
                _exit(1);
        }
        if (write(ready[1], &byte, 1) == 1)
            pause();
        _exit(2);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    return child;
}

static void must_be_named(const char *path, const struct lock_wish *wish)
{
    mmv_map *map;
    char words[100];
    pid_t child = start_holder(path, wish);
    uint64_t last = 10 + 3 * (uint64_t)(wish->count - 1);
    assert_ok(mmv_map_open(path, MMV_READ_WRITE, &map));
    assert_status(mmv_map_lock(map, last, 1, 0), MMV_EBUSY);
    snprintf(words, sizeof words, "locked for %s by process %d (holder of it)",
             wish->type == F_WRLCK ? "writing" : "reading", (int)child);
    assert_string_equal(mmv_last_error()->detail, words);
    assert_true(mmv_last_error()->has_offset && mmv_last_error()->offset == last);
    mmv_map_close(&map);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static void test_who_has_the_lock_is_named(void **state)
{
    static const struct lock_wish wishes[] = {
        {F_OFD_SETLK, F_WRLCK, 1}, {F_OFD_SETLK, F_RDLCK, 1},   {F_SETLK, F_WRLCK, 1},
        {F_SETLK, F_RDLCK, 1},     {F_OFD_SETLK, F_WRLCK, 300},
    };
    (void)state;
    peers_need_locks();
    file_make(scratch("file"), 4096, 1);
    for (size_t i = 0; i < COUNT(wishes); i++)
        must_be_named(scratch("file"), &wishes[i]);
}

static void test_another_map_of_this_process_is_named(void **state)
{
    mmv_map *one, *two;
    char words[60];
    (void)state;
    peers_need_locks();
    file_make(scratch("file"), 4096, 1);
    assert_ok(mmv_map_open(scratch("file"), MMV_READ_WRITE, &one));
    assert_ok(mmv_map_open(scratch("file"), MMV_READ_WRITE, &two));
    assert_ok(mmv_map_lock(one, 0, 0, 0));
    assert_status(mmv_map_lock(two, 7, 1, 0), MMV_EBUSY);
    snprintf(words, sizeof words, "locked for writing by process %d (", (int)getpid());
    assert_ptr_equal(strstr(mmv_last_error()->detail, words), mmv_last_error()->detail);
    mmv_map_close(&one);
    /* Nobody is named who has let go meanwhile. */
    mmv__os_holder holder;
    assert_false(mmv__os_lock_holder(mmv_map_descriptor(two), true, 0, 1, &holder));
    mmv_map_close(&two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_has_the_lock_is_named),
        cmocka_unit_test(test_another_map_of_this_process_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
