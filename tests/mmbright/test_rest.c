/* SPDX-License-Identifier: MIT */
/* test_rest.c - the options that do the rest of a stopped run. */

#include "check.h"

#include "capture.h"
#include "scratch.h"
#include "typed.h"

#include "mmbright/plan/destination.h"
#include "mmbright/run/rest.h"

/* What is said when a run with these options over 48000 bytes stopped there. */
static const char *describe(const char *options, struct stop stop)
{
    char line[1400];
    static struct command command;
    static struct bright_plan plan;
    static struct destination to;
    struct console console;
    mmv_journal_cache *neighbours = NULL;
    file_sparse(scratch("image"), 48000);
    snprintf(line, sizeof line, "-i --add=10 --journal=off %s %s", options, scratch("image"));
    typed_fine(&command, &console, line);
    const struct plan_request request = {&command, &console, command.files.names[0], &neighbours, NULL, NULL, NULL};
    assert_int_equal(plan_make(&plan, &to, &request), TOOL_DONE);
    capture_begin(stderr);
    rest_describe(&plan, &stop, "failed");
    const char *said = capture_end();
    plan_drop(&plan);
    command_drop(&command);
    mmv_journal_cache_free(&neighbours);
    return said;
}

#define assert_said(said, text)                                                                                        \
    do {                                                                                                               \
        const char *got = (said);                                                                                      \
        if (!strstr(got, text))                                                                                        \
            print_error("%s\n", got);                                                                                  \
        assert_non_null(strstr(got, text));                                                                            \
    } while (0)

static void test_pixels(void **state)
{
    (void)state;
    assert_said(describe("", (struct stop){0, 0, true}), "failed: nothing is changed");
    assert_said(describe("", (struct stop){0, 16000, false}),
                "changed up to byte 16000; some of it behind that may be changed");
    assert_said(describe("", (struct stop){0, 16000, true}), "the same command with --offset=16000 --length=32000\n");
    assert_said(describe("--offset=800 --length=8000", (struct stop){0, 1600, true}), "--offset=2400 --length=6400\n");
    assert_said(describe("", (struct stop){0, 48000, true}), "the whole range is changed");
    assert_said(describe("", (struct stop){1, 0, true}), "the whole range is changed");
}

static void test_rows(void **state)
{
    (void)state;
    assert_said(describe("--width=10 --roi=2,3,4x50", (struct stop){0, 320, true}), "with --roi=2,13,4x40\n");
    assert_said(describe("--width=100 --layout=bil", (struct stop){0, 8000, true}), "with --roi=0,10,100x50\n");
}

static void test_channels(void **state)
{
    (void)state;
    /* Planes of 12000 bytes: the second of three was half done. */
    assert_said(describe("--width=100 --layout=bsq -c rba --roi=0,0,99x60", (struct stop){1, 198 * 20, true}),
                "with --channels=2 --roi=0,20,99x40, then with --channels=3\n");
    /* A span that is done to its end is the next one's start. */
    assert_said(describe("--width=100 --layout=bsq -c rb --roi=0,0,99x60", (struct stop){0, 198 * 60, true}),
                "with --channels=2 --roi=0,0,99x60\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pixels),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_channels),
    };
    if (!scratch_use(NULL))
        return SKIP_WHOLE_TEST;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
