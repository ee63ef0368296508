/* SPDX-License-Identifier: MIT */
/* test_group.c - a limit of memory that is felt. Takes root, and a system that lets it make control groups. */

#include "check.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "disk.h"
#include "mmbench/cache.h"
#include "mmbench/group.h"
#include "scratch.h"

#define LIMIT ((size_t)16 * MMV_MIB)

static struct group group;

/* How a member of the group ends that does this: as waitpid(2) says. */
static int as_member(void (*body)(void))
{
    int status;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (!group_join(&group))
            _exit(1);
        body();
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void make_group(void)
{
    char why[PATH_MAX + 256];
    if (!group_make(&group, LIMIT, why, sizeof why))
        fail_msg("%s", why);
    assert_true(file_exists(group.path));
}

static void remove_group(void)
{
    char path[PATH_MAX];
    strcpy(path, group.path);
    group_remove(&group);
    assert_false(file_exists(path));
    assert_string_equal(group.path, "");
    group_remove(&group);
}

/* Memory that only this process has: there is nothing to reclaim. */
static void use(size_t size)
{
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        _exit(2);
    for (size_t at = 0; at < size; at += 4096)
        *(volatile char *)(memory + at) = 1;
}

static void use_little(void)
{
    use(LIMIT / 8);
}

static void use_too_much(void)
{
    use(LIMIT * 2);
}

static bool has_swap(void)
{
    char text[200];
    unsigned lines = 0;
    FILE *swaps = fopen("/proc/swaps", "re");
    while (swaps && fgets(text, sizeof text, swaps))
        lines++;
    if (swaps)
        fclose(swaps);
    return lines > 1;
}

static void test_who_needs_more_is_killed(void **state)
{
    (void)state;
    make_group();
    assert_int_equal(as_member(use_little), 0);
    assert_int_equal(group_reclaimed(&group), 0);
    int status = has_swap() ? -1 : as_member(use_too_much);
    uint64_t reclaimed = group_reclaimed(&group);
    remove_group();
    if (has_swap())
        skip_because("this machine has swap, where private memory can go");
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
    assert_true(reclaimed > 0);
}

static void read_file(const char *path)
{
    static char buffer[65536];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        _exit(3);
    while (read(file, buffer, sizeof buffer) > 0)
        ;
    close(file);
}

static char large[PATH_MAX], small[PATH_MAX];

static void read_small(void)
{
    read_file(small);
}

static void read_large(void)
{
    read_file(large);
}

static void test_pages_of_files_count(void **state)
{
    struct cache_state cache;
    (void)state;
    if (!scratch_on_disk())
        skip_because("pages of a file in memory cannot be reclaimed");
    snprintf(small, sizeof small, "%s", scratch("small"));
    snprintf(large, sizeof large, "%s", scratch("large"));
    file_make(small, LIMIT / 8, 1);
    file_make(large, LIMIT * 2, 1);
    assert_int_equal(cache_evict(small), 0);
    assert_int_equal(cache_evict(large), 0);
    make_group();
    assert_int_equal(as_member(read_small), 0);
    assert_int_equal(group_reclaimed(&group), 0);
    assert_int_equal(as_member(read_large), 0);
    uint64_t reclaimed = group_reclaimed(&group);
    assert_int_equal(cache_look(large, &cache), 0);
    remove_group();
    assert_true(reclaimed > 0);
    /* What it read stays in the cache, but no more of it than the limit. */
    assert_true(cache.resident * (uint64_t)sysconf(_SC_PAGESIZE) <= LIMIT);
}

static void test_a_group_that_was_left_behind(void **state)
{
    struct group left;
    (void)state;
    make_group();
    left = group;
    make_group();
    assert_string_equal(group.path, left.path);
    assert_int_equal(as_member(use_little), 0);
    remove_group();
}

static void test_without_root(void **state)
{
    int status;
    (void)state;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        char why[PATH_MAX + 256] = "";
        struct group none = {.path = ""};
        if (setgid(65534) != 0 || setuid(65534) != 0)
            _exit(1);
        if (group_make(&none, LIMIT, why, sizeof why))
            _exit(2);
        _exit(strstr(why, "cannot make a memory cgroup") && strstr(why, "(needs root)") && !none.path[0] ? 0 : 3);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_needs_more_is_killed),
        cmocka_unit_test(test_pages_of_files_count),
        cmocka_unit_test(test_a_group_that_was_left_behind),
        cmocka_unit_test(test_without_root),
    };
    char why[PATH_MAX + 256] = "not root";
    if (geteuid() != 0 || !group_make(&group, LIMIT, why, sizeof why)) {
        fprintf(stderr, "SKIPPED: %s\n", why);
        return SKIP_WHOLE_TEST;
    }
    group_remove(&group);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
