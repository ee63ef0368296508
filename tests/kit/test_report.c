/* SPDX-License-Identifier: MIT */
/* test_report.c - walks as one sum, and the keys of --json that scripts rely on. */

#include "check.h"

#include "capture.h"
#include "kit/cli/report.h"

static const struct console console = {.tool = "test", .verbose = true};

static struct report two_walks(void)
{
    struct report report = {0};
    const mmv_walk_stats small = {.bytes = 100,
                                  .records = 10,
                                  .windows = 1,
                                  .threads = 4,
                                  .peak_mapped = 4096,
                                  .io = MMV_IO_BUFFERED,
                                  .window_bytes = 100,
                                  .minor_faults = 3,
                                  .seconds = 0.5,
                                  .reason = "it is small"};
    mmv_walk_stats large = small;
    large.bytes = 300;
    large.records = 30;
    large.windows = 2;
    large.threads = 2;
    large.peak_mapped = 1024;
    large.io = MMV_IO_MMAP;
    large.window_bytes = 150;
    snprintf(large.reason, sizeof large.reason, "asked for");
    report_add(&report, &small);
    report_add(&report, &large);
    report_add(&report, &small);
    return report;
}

static void test_walks_are_added(void **state)
{
    const struct report report = two_walks();
    (void)state;
    assert_true(report.sum.bytes == 500 && report.sum.records == 50 && report.sum.windows == 4);
    assert_true(report.sum.minor_faults == 9 && report.sum.seconds == 1.5);
    /* Not what all had together, but the most that one had. */
    assert_true(report.sum.threads == 4 && report.sum.peak_mapped == 4096);
    /* Of the walk that did most. */
    assert_true(report.sum.io == MMV_IO_MMAP && report.sum.window_bytes == 150);
    assert_string_equal(report.sum.reason, "asked for");
}

static void test_the_keys_are_a_contract(void **state)
{
    const struct report report = two_walks();
    const struct report_subject subject = {"a file", 7, 500, 50, NULL};
    struct json json;
    (void)state;
    capture_begin(stdout);
    report_json_begin(&json, &console, &subject, &report);
    assert_int_equal(report_json_end(&json, &console), TOOL_DONE);
    assert_string_equal(capture_end(),
                        "{\"schema\": 1, \"tool\": \"test\", \"version\": \"" MMV_VERSION
                        "\", \"file\": \"a file\", \"offset\": 7, \"length\": 500, \"records\": 50, \"seconds\": 1.5, "
                        "\"bytes_per_second\": 333.333333, \"io\": \"mmap\", \"io_reason\": \"asked for\", "
                        "\"window_bytes\": 150, \"threads\": 4, \"windows\": 4, \"peak_mapped_bytes\": 4096, "
                        "\"minor_faults\": 9, \"major_faults\": 0}\n");
}

static void test_the_explanation_is_for_those_who_ask(void **state)
{
    const struct report report = two_walks(), none = {0};
    const struct console terse = {.tool = "test"};
    (void)state;
    capture_begin(stderr);
    report_explain(&terse, "a file", &report, 0);
    report_explain(&console, "a file", &none, 0);
    assert_string_equal(capture_end(), "");
    capture_begin(stderr);
    report_explain(&console, "a file", &report, 8192);
    assert_string_equal(capture_end(), "test: a file: io mmap: asked for\n"
                                       "test: a file: 4 windows of 150 bytes, 4 threads\n"
                                       "test: a file: mapped at most 4 KiB of a budget of 8 KiB; 9 minor and 0 major "
                                       "faults\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_walks_are_added),
        cmocka_unit_test(test_the_keys_are_a_contract),
        cmocka_unit_test(test_the_explanation_is_for_those_who_ask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
