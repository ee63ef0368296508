/* SPDX-License-Identifier: MIT */
/* test_place.c - the folder of the fixtures: made, removed, and what others left behind. */

#include "check.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "disk.h"
#include "mmbench/place.h"
#include "scratch.h"

/* A fresh folder to make places in. */
static const char *folder(const char *name)
{
    const char *path = scratch(name);
    assert_int_equal(mkdir(path, 0700), 0);
    return path;
}

/* The path of 'name' in a folder. */
static const char *in(const char *directory, const char *name)
{
    static char paths[4][PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % COUNT(paths)];
    snprintf(path, PATH_MAX, "%s/%s", directory, name);
    return path;
}

static unsigned entries(const char *directory)
{
    unsigned count = 0;
    DIR *list = opendir(directory);
    assert_non_null(list);
    for (struct dirent *entry; (entry = readdir(list)) != NULL;)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(list);
    return count;
}

static void test_made_and_removed(void **state)
{
    const char *here = folder("once");
    struct place place = PLACE_IN(here);
    unsigned before = open_descriptors();
    char path[PATH_MAX];
    (void)state;
    assert_true(place_make(&place));
    assert_memory_equal(place.path, in(here, "mmbench."), strlen(in(here, "mmbench.")));
    assert_int_equal(entries(here), 1);
    strcpy(path, place.path);
    assert_true(place_make(&place));
    assert_string_equal(place.path, path);
    assert_int_equal(entries(here), 1);
    file_put(in(path, "fixture"), "bytes", 5);
    assert_int_equal(mkdir(in(path, "files"), 0700), 0);
    file_put(in(path, "files/00001"), "bytes", 5);
    place_remove(&place);
    assert_int_equal(entries(here), 0);
    assert_string_equal(place.path, "");
    place_remove(&place);
    assert_int_equal(open_descriptors(), before);
    assert_true(place_make(&place));
    place_remove(&place);
    assert_int_equal(entries(here), 0);
}

static void test_where_it_cannot_be_made(void **state)
{
    char deep[PATH_MAX - 4];
    struct place missing = PLACE_IN(scratch("missing")), file = PLACE_IN(scratch("plain")), too_long = PLACE_IN(deep);
    (void)state;
    assert_false(place_make(&missing));
    assert_non_null(strstr(missing.why, missing.directory));
    assert_non_null(strstr(missing.why, strerror(ENOENT)));
    file_put(scratch("plain"), "", 0);
    assert_false(place_make(&file));
    assert_non_null(strstr(file.why, strerror(ENOTDIR)));
    memset(deep, 'a', sizeof deep);
    deep[sizeof deep - 1] = '\0';
    assert_false(place_make(&too_long));
    assert_non_null(strstr(too_long.why, strerror(ENAMETOOLONG)));
    place_remove(&missing);
}

/* A process that has made a place with a fixture in it, and waits. */
static pid_t holder(const char *here, char path[PATH_MAX])
{
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct place place = PLACE_IN(here);
        /* A test that fails forgets it. */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (!place_make(&place))
            _exit(1);
        file_put(in(place.path, "fixture"), "bytes", 5);
        mkdir(in(place.path, "files"), 0700);
        file_put(in(place.path, "files/00001"), "bytes", 5);
        if (write(ready[1], place.path, PATH_MAX) != PATH_MAX)
            _exit(1);
        for (;;)
            pause();
    }
    close(ready[1]);
    for (size_t done = 0; done < PATH_MAX;) {
        ssize_t some = read(ready[0], path + done, PATH_MAX - done);
        assert_true(some > 0);
        done += (size_t)some;
    }
    close(ready[0]);
    return pid;
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_what_a_killed_program_left_is_removed(void **state)
{
    const char *here = folder("stale");
    struct place place = PLACE_IN(here);
    char path[PATH_MAX];
    (void)state;
    end(holder(here, path));
    assert_true(file_exists(in(path, "fixture")));
    assert_true(place_make(&place));
    assert_false(file_exists(path));
    assert_int_equal(entries(here), 1);
    place_remove(&place);
    assert_int_equal(entries(here), 0);
}

static void test_what_is_in_use_stays(void **state)
{
    const char *here = folder("locked");
    struct place place = PLACE_IN(here);
    char path[PATH_MAX];
    (void)state;
    pid_t pid = holder(here, path);
    assert_true(place_make(&place));
    assert_true(file_exists(in(path, "fixture")));
    assert_true(file_exists(in(path, "files/00001")));
    place_remove(&place);
    assert_int_equal(entries(here), 1);
    assert_true(file_exists(in(path, "fixture")));
    end(pid);
}

/* Neither the name alone nor a lock alone makes a folder ours, and no link leads out of here. */
static void test_what_others_have_stays(void **state)
{
    const char *here = folder("others"), *target = folder("target");
    struct place place = PLACE_IN(here);
    (void)state;
    assert_int_equal(mkdir(in(here, "mmbench.notes"), 0700), 0);
    file_put(in(here, "mmbench.notes/text"), "bytes", 5);
    assert_int_equal(mkdir(in(here, "other"), 0700), 0);
    file_put(in(here, "other/lock"), "", 0);
    file_put(in(here, "mmbench.log"), "bytes", 5);
    file_put(in(target, "lock"), "", 0);
    file_put(in(target, "text"), "bytes", 5);
    assert_int_equal(symlink(target, in(here, "mmbench.linked")), 0);
    assert_true(place_make(&place));
    place_remove(&place);
    assert_true(file_exists(in(here, "mmbench.notes/text")));
    assert_true(file_exists(in(here, "other/lock")));
    assert_true(file_exists(in(here, "mmbench.log")));
    assert_true(file_exists(in(target, "lock")));
    assert_true(file_exists(in(target, "text")));
}

static void test_room(void **state)
{
    const char *here = folder("room");
    struct place place = PLACE_IN(here), missing = PLACE_IN(scratch("missing"));
    struct place_facts facts;
    (void)state;
    assert_true(place_facts(here, &facts));
    if (facts.free_bytes < 2 * MMV_MIB)
        skip_because("there is less than 2 MiB of room");
    assert_true(place_has_room(&place, MMV_MIB));
    assert_false(place_has_room(&place, UINT64_C(1) << 60));
    assert_non_null(strstr(place.why, here));
    assert_non_null(strstr(place.why, "no space for a fixture of 1 EiB"));
    assert_false(place_has_room(&missing, 1));
    assert_non_null(strstr(missing.why, strerror(ENOENT)));
}

static void test_facts_of_a_disk(void **state)
{
    struct place_facts facts;
    (void)state;
    assert_true(place_facts(folder("facts"), &facts));
    assert_false(facts.in_memory);
    assert_false(facts.remote);
    assert_true(facts.free_bytes > 0);
    assert_true(facts.readahead_kib >= -1);
    assert_true(facts.system[0] != '\0');
    assert_false(place_facts(scratch("missing"), &facts));
}

static void test_facts_of_other_file_systems(void **state)
{
    struct place_facts facts;
    (void)state;
    /* No table has it: its number is better than a guess (PROC_SUPER_MAGIC of linux/magic.h). */
    assert_true(place_facts("/proc", &facts));
    assert_string_equal(facts.system, "0x9fa0");
    assert_int_equal(facts.readahead_kib, -1);
    if (!scratch_in_memory())
        skip_because("no tmpfs to ask about");
    assert_true(place_facts("/dev/shm", &facts));
    assert_string_equal(facts.system, "tmpfs");
    assert_true(facts.in_memory);
    assert_false(facts.remote);
    assert_int_equal(facts.readahead_kib, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_made_and_removed),
        cmocka_unit_test(test_where_it_cannot_be_made),
        cmocka_unit_test(test_what_a_killed_program_left_is_removed),
        cmocka_unit_test(test_what_is_in_use_stays),
        cmocka_unit_test(test_what_others_have_stays),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_facts_of_a_disk),
        cmocka_unit_test(test_facts_of_other_file_systems),
    };
    if (!scratch_on_disk())
        return SKIP_WHOLE_TEST;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
