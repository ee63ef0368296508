/* SPDX-License-Identifier: MIT */
/* test_mounts.c - what a line of mountinfo says, and which mounts keep their locks on this machine. */

#include "check.h"

#include "os/linux/mounts.h"
#include "scratch.h"

#include <fcntl.h>
#include <unistd.h>

static void test_lines(void **state)
{
    static const struct {
        const char *line, *lone; /* NULL = locks are the server's, as far as is known */
    } all[] = {
        {"36 35 0:55 / /a rw shared:7 - fuse.glusterfs node1:/v rw,user_id=0,max_read=131072", NULL},
        {"36 35 0:55 / /a rw - fuse.sshfs me@there:/a\\040b rw,user_id=0", "sshfs"},
        {"36 35 0:55 / /a rw - fuse.s3fs s3fs rw", "s3fs"},
        {"36 35 0:55 / /a rw - fuse.mine mine rw", NULL},
        {"36 35 0:55 / /a rw - nfs4 there:/a rw,vers=4.2,local_lock=none,addr=10.0.0.1", NULL},
        {"36 35 0:55 / /a rw - nfs there:/a rw,vers=3,nolock,local_lock=all", "NFS with nolock"},
        {"36 35 0:55 / /a rw - nfs there:/a rw,local_lock=posix,vers=3", "NFS with local_lock=posix"},
        {"36 35 0:55 / /a rw - nfs there:/a rw,local_lock=flock,vers=3", NULL},
        {"36 35 0:55 / /a rw - cifs //there/a rw,nobrl", "CIFS with nobrl"},
        {"36 35 0:55 / /a rw - cifs //there/a rw,nobrlx,xnobrl", NULL},
        {"36 35 0:55 / /a rw - lustre 1@tcp:/a rw,localflock,lazystatfs", "Lustre with localflock"},
        {"36 35 0:55 / /a rw - lustre 1@tcp:/a rw,flock,lazystatfs", NULL},
    };
    mmv__mount mount;
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        assert_true(mmv__mount_parse(all[i].line, "0:55", &mount));
        assert_false(mmv__mount_parse(all[i].line, "0:5", &mount));
        mmv__mount_parse(all[i].line, "0:55", &mount);
        const char *lone = mmv__mount_locks_alone(&mount);
        if (all[i].lone)
            assert_string_equal(lone ? lone : "", all[i].lone);
        else
            assert_null(lone);
    }
    assert_false(mmv__mount_parse("", "0:55", &mount));
    assert_false(mmv__mount_parse("36 35 0:55 / /a rw", "0:55", &mount));
    assert_false(mmv__mount_parse("36 35 0:55 / /a rw - ", "0:55", &mount));
}

static void test_here(void **state)
{
    mmv__mount mount;
    (void)state;
    int descriptor = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
    assert_true(descriptor >= 0);
    assert_true(mmv__mount_of(descriptor, &mount));
    assert_string_equal(mount.type, "proc");
    assert_true(mmv__mount_has(&mount, "rw") || mmv__mount_has(&mount, "ro"));
    close(descriptor);
    assert_false(mmv__mount_of(-1, &mount));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
