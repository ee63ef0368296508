/* SPDX-License-Identifier: MIT */
/* test_parts.c - one file that many write: whole when all parts of one operation are there, and never before. */

#include "check.h"

#include "capture.h"
#include "kit/job/parts.h"
#include "kit/os/folder.h"
#include "scratch.h"

#include <sys/stat.h>
#include <unistd.h>

static const struct console console = {.tool = "test"};
static struct file_facts source;
static struct parts_source in = {"in", &source, -1, false};

static bool remove_name(void *user, const char *name)
{
    folder_remove_file(*(int *)user, name);
    return true;
}

static int begin(void **state)
{
    int folder;
    (void)state;
    if (folder_open("out.parts", true, &folder) == 0) {
        folder_list(folder, remove_name, &folder);
        file_close(folder);
        rmdir("out.parts");
    }
    unlink("out");
    file_put("in", "0123456789", 10);
    chmod("in", 0640);
    if (in.descriptor >= 0)
        file_close(in.descriptor);
    return file_open("in", FILE_READ, true, &in.descriptor) || file_look_at("in", true, &source);
}

static void prepare(void)
{
    assert_int_equal(parts_prepare(&console, "out", &in, NULL), TOOL_DONE);
}

static struct parts_work work_of(uint64_t index, uint64_t count, const char *operation)
{
    return (struct parts_work){&source, index, count, operation, "prepare it", false};
}

/* Five bytes of two parts, ten of one. */
static int write_part(const struct parts_work *work)
{
    struct parts parts = PARTS_NONE;
    uint64_t length = 10 / work->count;
    int status = parts_open(&parts, &console, "out", work);
    if (status == TOOL_DONE) {
        assert_int_equal(
            file_write_at(parts.data, &"abcdefghij"[work->index * length], (size_t)length, work -> index *length), 0);
        status = parts_done(&parts, &console, work, false);
    }
    parts_close(&parts);
    return status;
}

#define WRITE(index, count, operation) write_part(&(struct parts_work[]){work_of(index, count, operation)}[0])

static void check_said(int status, int wanted, const char *said)
{
    const char *text = capture_end();
    if (status != wanted || !strstr(text, said))
        fail_msg("%d, '%s' instead of %d, '%s'", status, text, wanted, said);
}

#define CHECK(call, wanted, said)                                                                                      \
    do {                                                                                                               \
        capture_begin(stderr);                                                                                         \
        check_said(call, wanted, said);                                                                                \
    } while (0)

static void test_parts_in_any_order_are_the_file(void **state)
{
    struct file_facts facts;
    (void)state;
    prepare();
    assert_int_equal(WRITE(1, 2, "add 1"), TOOL_DONE);
    assert_int_equal(WRITE(0, 2, "add 1"), TOOL_DONE);
    assert_int_equal(WRITE(1, 2, "add 1"), TOOL_DONE);
    assert_false(file_exists("out"));
    assert_int_equal(parts_finish(&console, "out", false, true), TOOL_DONE);
    assert_true(file_is("out", "abcdefghij", 10) && !file_exists("out.parts"));
    assert_int_equal(file_look_at("out", false, &facts), 0);
    assert_int_equal(facts.permissions, 0640);
}

static void test_missing_parts_are_named(void **state)
{
    (void)state;
    prepare();
    CHECK(parts_finish(&console, "out", false, false), TOOL_FAILED, "no part is done");
    assert_int_equal(WRITE(2, 5, "add 1"), TOOL_DONE);
    CHECK(parts_finish(&console, "out", false, false), TOOL_FAILED, "4 of 5 parts are missing: 1 2 4 5\n");
    assert_true(file_exists("out.parts") && !file_exists("out"));
}

static void test_parts_of_another_work_are_refused(void **state)
{
    (void)state;
    prepare();
    assert_int_equal(WRITE(0, 2, "add 1"), TOOL_DONE);
    CHECK(WRITE(1, 2, "add 2"), TOOL_USAGE, "part 1 was made by another command");
    CHECK(WRITE(1, 5, "add 1"), TOOL_USAGE, "part 1 of 2 is there: these cannot be 5 parts");
    file_put("out.parts/2-of-2", "add 2", 5);
    CHECK(parts_finish(&console, "out", false, false), TOOL_FAILED, "made by different commands");
    unlink("out.parts/2-of-2");
    file_put("out.parts/2-of-3", "add 1", 5);
    CHECK(parts_finish(&console, "out", false, false), TOOL_FAILED, "has parts of ");
}

static void test_another_source_is_refused(void **state)
{
    struct parts parts = PARTS_NONE;
    (void)state;
    prepare();
    source.modified_ns ^= 1;
    struct parts_work work = work_of(0, 1, "add 1");
    CHECK(parts_open(&parts, &console, "out", &work), TOOL_FAILED, "was prepared for another file");
    parts_close(&parts);
}

static void test_what_is_not_prepared_is_said(void **state)
{
    struct parts parts = PARTS_NONE;
    struct parts_work work = work_of(0, 1, "add 1");
    (void)state;
    CHECK(parts_open(&parts, &console, "out", &work), TOOL_USAGE, "out.parts: is not there; 'prepare it' makes it");
    parts_close(&parts);
    mkdir("out.parts", 0700);
    CHECK(parts_open(&parts, &console, "out", &work), TOOL_FAILED, "was not prepared to its end");
    parts_close(&parts);
    rmdir("out.parts");
    mkdir("elsewhere", 0700);
    assert_int_equal(symlink("elsewhere", "out.parts"), 0);
    CHECK(parts_open(&parts, &console, "out", &work), TOOL_FAILED, "cannot open it");
    parts_close(&parts);
    unlink("out.parts");
}

static void test_preparing_again_goes_on_or_begins_anew(void **state)
{
    bool made = false;
    (void)state;
    assert_int_equal(parts_prepare(&console, "out", &in, &made), TOOL_DONE);
    assert_true(made);
    assert_int_equal(WRITE(0, 2, "add 1"), TOOL_DONE);
    CHECK(parts_prepare(&console, "out", &in, NULL), TOOL_USAGE, "is there already");
    assert_int_equal(parts_prepare(&console, "out", &in, &made), TOOL_DONE);
    assert_true(!made && file_exists("out.parts/1-of-2"));
    /* Interrupted before the plan: no part can be in it. */
    unlink("out.parts/1-of-2");
    unlink("out.parts/plan");
    assert_int_equal(parts_prepare(&console, "out", &in, &made), TOOL_DONE);
    assert_true(made && file_exists("out.parts/plan"));
}

static void test_an_interrupted_finish_is_finished(void **state)
{
    (void)state;
    prepare();
    assert_int_equal(WRITE(0, 1, "add 1"), TOOL_DONE);
    assert_int_equal(rename("out.parts/data", "out"), 0);
    assert_int_equal(parts_finish(&console, "out", false, false), TOOL_DONE);
    assert_true(file_exists("out") && !file_exists("out.parts"));
}

static void test_a_file_that_is_there_is_replaced_by_force_alone(void **state)
{
    (void)state;
    prepare();
    assert_int_equal(WRITE(0, 1, "add 1"), TOOL_DONE);
    file_put("out", "theirs", 6);
    CHECK(parts_finish(&console, "out", false, false), TOOL_USAGE, "exists already");
    assert_true(file_is("out", "theirs", 6) && file_exists("out.parts/data"));
    assert_int_equal(parts_finish(&console, "out", true, false), TOOL_DONE);
    assert_true(file_is("out", "abcdefghij", 10));
}

static void test_what_is_abandoned_is_gone(void **state)
{
    (void)state;
    prepare();
    parts_abandon("out");
    assert_false(file_exists("out.parts"));
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_parts_in_any_order_are_the_file),   TEST(test_missing_parts_are_named),
        TEST(test_parts_of_another_work_are_refused), TEST(test_another_source_is_refused),
        TEST(test_what_is_not_prepared_is_said),      TEST(test_preparing_again_goes_on_or_begins_anew),
        TEST(test_an_interrupted_finish_is_finished), TEST(test_a_file_that_is_there_is_replaced_by_force_alone),
        TEST(test_what_is_abandoned_is_gone),
    };
    if (chdir(scratch("")) != 0)
        return 1;
    umask(022);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
