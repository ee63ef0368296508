/* SPDX-License-Identifier: MIT */
/* test_parts.c - one file that many write: whole when all parts of one operation are there, and never before. */

#include "check.h"

#include "capture.h"
#include "kit/file/pair_record.h"
#include "kit/job/parts.h"
#include "kit/os/folder.h"
#include "parts_gone.h"
#include "scratch.h"

#include <sys/stat.h>
#include <unistd.h>

static const struct console console = {.tool = "test"};
static struct file_facts source;
static struct parts_source in = {.name = "in", .info = &source, .size = 10, .rights = {OUTPUT_COPY, -1, 0}};
static struct parts_apart both = {.origin = "header 7\n", .samples = "out.raw", .header = "out", .model = -1};

static void close_file(int *descriptor)
{
    if (*descriptor >= 0)
        file_close(*descriptor);
    *descriptor = -1;
}

static int begin(void **state)
{
    (void)state;
    parts_gone();
    unlink("out.raw");
    unlink("in.head");
    file_put("in", "0123456789", 10);
    file_put("in.head", "old", 3);
    chmod("in", 0640);
    chmod("in.head", 0444);
    in.apart = NULL;
    close_file(&in.rights.model);
    close_file(&both.model);
    return file_open("in", FILE_READ, true, &in.rights.model) || file_look_at("in", true, &source) ||
           file_open("in.head", FILE_READ, true, &both.model);
}

static void prepare(void)
{
    assert_int_equal(parts_prepare(&console, "out", &in, NULL), TOOL_DONE);
}

static struct parts_work work_of(uint64_t index, uint64_t count, const char *operation)
{
    return (struct parts_work){.source = &source,
                               .index = index,
                               .count = count,
                               .operation = operation,
                               .preparation = "prepare it",
                               .apart = in.apart};
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
    assert_permissions(facts.permissions, 0640);
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
}

static void test_a_link_is_no_folder_of_parts(void **state)
{
    struct parts parts = PARTS_NONE;
    struct parts_work work = work_of(0, 1, "add 1");
    (void)state;
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

/* They are rwxrwxrwx, whoever has written the note. */
static void test_permissions_are_no_more_than_that(void **state)
{
    (void)state;
    prepare();
    assert_int_equal(WRITE(0, 1, "add 1"), TOOL_DONE);
    file_put("out.parts/rights", "4755\n", 5);
    CHECK(parts_finish(&console, "out", false, false), TOOL_FAILED, "does not say what its permissions are");
    assert_true(file_exists("out.parts/data") && !file_exists("out"));
    file_put("out.parts/rights", "755\n", 4);
    assert_int_equal(parts_finish(&console, "out", false, false), TOOL_DONE);
}

static void test_what_is_abandoned_is_gone(void **state)
{
    (void)state;
    prepare();
    parts_abandon("out");
    assert_false(file_exists("out.parts"));
}

/* ---- a header apart ---------------------------------------------------------------------------------------------- */

static void prepare_both(void)
{
    both.bytes = "new\0head";
    both.length = 8;
    in.apart = &both;
    prepare();
    assert_int_equal(WRITE(0, 1, "add 1"), TOOL_DONE);
}

static void check_both(void)
{
    struct file_facts facts;
    assert_true(file_is("out.raw", "abcdefghij", 10) && file_is("out", "new\0head", 8) && !file_exists("out.parts"));
    assert_int_equal(file_look_at("out", false, &facts), 0);
    assert_permissions(facts.permissions, 0444);
    assert_int_equal(file_look_at("out.raw", false, &facts), 0);
    assert_permissions(facts.permissions, 0640);
}

static void test_a_header_gets_its_name_with_the_samples(void **state)
{
    (void)state;
    prepare_both();
    assert_false(file_exists("out") || file_exists("out.raw"));
    assert_int_equal(parts_finish(&console, "out", false, true), TOOL_DONE);
    check_both();
}

static void test_either_file_is_replaced_by_force_alone(void **state)
{
    static const char *const names[] = {"out", "out.raw"};
    (void)state;
    prepare_both();
    for (int i = 0; i < 2; i++) {
        file_put(names[i], "theirs", 6);
        CHECK(parts_finish(&console, "out", false, false), TOOL_USAGE, "exists already");
        assert_true(file_is(names[i], "theirs", 6) && !file_exists(names[1 - i]) && file_exists("out.parts/data"));
        unlink(names[i]);
    }
    file_put("out", "theirs", 6);
    file_put("out.raw", "theirs", 6);
    assert_int_equal(parts_finish(&console, "out", true, false), TOOL_DONE);
    check_both();
}

static void test_parts_of_another_header_are_refused(void **state)
{
    (void)state;
    prepare_both();
    both.origin[7] = '8';
    CHECK(WRITE(0, 1, "add 1"), TOOL_FAILED, "was prepared for another file");
    both.origin[7] = '7';
    both.samples = "other.raw";
    CHECK(WRITE(0, 1, "add 1"), TOOL_FAILED, "was prepared for another file");
    both.samples = "out.raw";
    in.apart = NULL;
    CHECK(WRITE(0, 1, "add 1"), TOOL_FAILED, "was prepared for another file");
}

/* As a process leaves it that was killed when only the samples had their name; nothing of that name was there. */
static void publish_half(void)
{
    struct pair pair = {.samples = {"out.raw", "out.parts/data", "", ""},
                        .header = {"out", "out.parts/header", "", ""},
                        .lock = {-1, -1}};
    struct file_facts facts;
    assert_int_equal(folder_open(".", true, &pair.folder), 0);
    assert_int_equal(file_look_at("out.parts/data", false, &facts), 0);
    pair.inode = facts.inode;
    pair.size = facts.size;
    pair_set_records(&pair);
    assert_int_equal(pair_record_make(&pair, &pair.samples, false, &pair.lock[0]), 0);
    assert_int_equal(pair_record_make(&pair, &pair.header, false, &pair.lock[1]), 0);
    assert_int_equal(folder_replace(pair.folder, "out.parts/data", "out.raw"), 0);
    pair_let_go(&pair);
    file_close(pair.folder);
}

static void test_half_a_pair_goes_back_to_its_folder(void **state)
{
    (void)state;
    prepare_both();
    publish_half();
    CHECK(pair_settle_path(&console, "out"), TOOL_DONE, "what it had begun was taken back");
    assert_true(!file_exists("out.raw") && file_exists("out.parts/data") && file_exists("out.parts/header"));
    assert_false(file_exists(".out.raw.mmpair") || file_exists(".out.mmpair"));
    assert_int_equal(parts_finish(&console, "out", false, false), TOOL_DONE);
    check_both();
}

static void test_half_a_pair_is_finished_at_once(void **state)
{
    (void)state;
    prepare_both();
    publish_half();
    CHECK(parts_finish(&console, "out", false, false), TOOL_DONE, "was ended");
    check_both();
}

static void test_half_a_pair_whose_folder_is_gone(void **state)
{
    (void)state;
    prepare_both();
    publish_half();
    parts_abandon("out");
    CHECK(pair_settle_path(&console, "out.raw"), TOOL_DONE, "what it had begun was taken back");
    assert_false(file_exists("out.raw") || file_exists("out"));
}

/* Whoever made that may want it, and the other one could not be made again. */
static void test_half_a_pair_whose_place_is_taken(void **state)
{
    (void)state;
    prepare_both();
    publish_half();
    file_put("out.parts/data", "other", 5);
    CHECK(pair_settle_path(&console, "out"), TOOL_FAILED, "out.parts/data, which is another file by now");
    assert_true(file_is("out.parts/data", "other", 5) && file_exists("out.raw"));
    unlink("out.parts/data");
    assert_int_equal(parts_finish(&console, "out", false, false), TOOL_DONE);
    check_both();
}

/* A record that leads elsewhere than one folder down is none. */
static void test_records_that_lead_out_are_none(void **state)
{
    static const char *const names[] = {"../data",       "/data",  "out.parts/",   "out.parts/..",
                                        "out.parts/a/b", "./data", "out.parts//b", "out.parts/."};
    struct pair pair = {.lock = {-1, -1}};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char text[PAIR_RECORD_MAX];
        int length =
            snprintf(text, sizeof text, "mmvpair%c1 1 1 1 1%cs%c%s%ch%c.h%c%c%c", 0, 0, 0, names[i], 0, 0, 0, 0, 0);
        assert_false(pair_record_parse(text, (size_t)length, &pair));
    }
    char fine[PAIR_RECORD_MAX];
    int length =
        snprintf(fine, sizeof fine, "mmvpair%c1 1 1 1 1%cs%cs.parts/data%ch%c.h%c%c%c", 0, 0, 0, 0, 0, 0, 0, 0);
    assert_true(pair_record_parse(fine, (size_t)length, &pair));
    assert_true(pair_is_kept(&pair.samples) && !pair_is_kept(&pair.header));
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_parts_in_any_order_are_the_file),
        TEST(test_missing_parts_are_named),
        TEST(test_parts_of_another_work_are_refused),
        TEST(test_another_source_is_refused),
        TEST(test_what_is_not_prepared_is_said),
        TEST(test_a_link_is_no_folder_of_parts),
        TEST(test_preparing_again_goes_on_or_begins_anew),
        TEST(test_an_interrupted_finish_is_finished),
        TEST(test_a_file_that_is_there_is_replaced_by_force_alone),
        TEST(test_what_is_abandoned_is_gone),
        TEST(test_a_header_gets_its_name_with_the_samples),
        TEST(test_either_file_is_replaced_by_force_alone),
        TEST(test_parts_of_another_header_are_refused),
        TEST(test_half_a_pair_goes_back_to_its_folder),
        TEST(test_half_a_pair_is_finished_at_once),
        TEST(test_half_a_pair_whose_folder_is_gone),
        TEST(test_half_a_pair_whose_place_is_taken),
        TEST(test_records_that_lead_out_are_none),
        TEST(test_permissions_are_no_more_than_that),
    };
    if (chdir(scratch("")) != 0)
        return 1;
    umask(022);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
