/* SPDX-License-Identifier: MIT */
/* test_progress.c - what is shown of the work, when, and how: with a clock and a terminal of the test's own. */

#include "check.h"

#include "capture.h"
#include "kit/cli/progress.h"
#include "kit/os/signals.h"

#include <signal.h>

static struct console console = {.tool = "test"};
static double now = 1000;
static bool terminal;
static int columns = 80;

double __wrap_machine_clock(void);
bool __wrap_terminal_is(int descriptor);
int __wrap_terminal_columns(int descriptor);

double __wrap_machine_clock(void)
{
    return now;
}

bool __wrap_terminal_is(int descriptor)
{
    (void)descriptor;
    return terminal;
}

int __wrap_terminal_columns(int descriptor)
{
    (void)descriptor;
    return columns;
}

#define TOTAL (UINT64_C(8) << 30)

static struct progress begin(enum progress_mode mode)
{
    struct progress progress;
    progress_start(&progress, &console, mode, "file", TOTAL);
    return progress;
}

/* What is shown when so many bytes are done 'seconds' later. */
static const char *shown(struct progress *progress, double seconds, uint64_t done)
{
    now += seconds;
    capture_begin(stderr);
    bool goes_on = progress_at(progress, done);
    const char *text = capture_end();
    assert_true(goes_on);
    return text;
}

static const char *ended(struct progress *progress)
{
    capture_begin(stderr);
    progress_end(progress);
    return capture_end();
}

static void test_the_modes_have_names(void **state)
{
    enum progress_mode mode = PROGRESS_AUTO;
    (void)state;
    assert_true(progress_mode_parse("json", &mode) && mode == PROGRESS_JSON);
    assert_true(progress_mode_parse("always", &mode) && mode == PROGRESS_ALWAYS);
    assert_true(progress_mode_parse("never", &mode) && mode == PROGRESS_NEVER);
    assert_true(progress_mode_parse("auto", &mode) && mode == PROGRESS_AUTO);
    assert_false(progress_mode_parse("Auto", &mode) || progress_mode_parse("", &mode));
}

static void test_a_log_gets_a_line_every_few_seconds(void **state)
{
    (void)state;
    terminal = false;
    struct progress progress = begin(PROGRESS_ALWAYS);
    assert_string_equal(shown(&progress, 4.9, TOTAL / 8), "");
    assert_string_equal(shown(&progress, 0.1, TOTAL / 4), "test: file:  25%  2 GiB of 8 GiB  429 MB/s  ETA 0:15\n");
    assert_string_equal(shown(&progress, 4.9, TOTAL / 2), "");
    assert_string_equal(ended(&progress), "test: file:  50%  4 GiB of 8 GiB  434 MB/s  ETA 0:10\n");
    assert_string_equal(ended(&progress), "");
}

static void test_a_terminal_gets_a_bar_that_is_drawn_over(void **state)
{
    (void)state;
    terminal = true;
    struct progress progress = begin(PROGRESS_AUTO);
    assert_string_equal(shown(&progress, 0.9, TOTAL / 8), "");
    const char *bar = shown(&progress, 0.2, TOTAL / 2);
    assert_non_null(strstr(bar, "\r\033[K[===============>              ]  50%  4 GiB of 8 GiB  3.9 GB/s  ETA 0:01"));
    assert_null(strchr(bar, '\n'));
    assert_string_equal(shown(&progress, 0.05, TOTAL / 2), "");
    bar = ended(&progress);
    assert_int_equal(bar[strlen(bar) - 1], '\n');
}

/* However narrow: a line that wraps could not be drawn over. */
static void test_a_bar_fits_the_terminal(void **state)
{
    (void)state;
    terminal = true;
    for (columns = 20; columns < 120; columns++) {
        struct progress progress = begin(PROGRESS_ALWAYS);
        const char *bar = shown(&progress, 1, TOTAL / 2);
        assert_true(strncmp(bar, "\r\033[K", 4) == 0 && strlen(bar + 4) < (size_t)columns);
    }
    columns = 80;
}

static void test_a_program_gets_objects(void **state)
{
    (void)state;
    terminal = true;
    struct progress progress = begin(PROGRESS_JSON);
    assert_string_equal(shown(&progress, 2, TOTAL / 4),
                        "{\"tool\": \"test\", \"file\": \"file\", \"bytes\": 2147483648, \"total_bytes\": 8589934592, "
                        "\"seconds\": 2, \"bytes_per_second\": 1.07374182e+09, \"eta_seconds\": 6}\n");
    progress = begin(PROGRESS_JSON);
    assert_non_null(strstr(shown(&progress, 1, 0), "\"eta_seconds\": null"));
}

static void test_quiet_is_quiet_but_for_who_asks(void **state)
{
    (void)state;
    terminal = true;
    console.quiet = true;
    struct progress progress = begin(PROGRESS_ALWAYS);
    console.quiet = false;
    assert_string_equal(shown(&progress, 100, TOTAL / 2), "");
    signals_install(false);
    raise(SIGUSR1);
    assert_non_null(strstr(shown(&progress, 0, TOTAL / 2), " 50%"));
    assert_string_equal(ended(&progress), "");
}

static void test_walks_count_on_from_each_other(void **state)
{
    (void)state;
    terminal = false;
    struct progress progress = begin(PROGRESS_NEVER);
    assert_true(progress_tick(10, &progress));
    assert_int_equal(progress.done, 10);
    progress_next(&progress, 16);
    assert_int_equal(progress.done, 16);
    assert_true(progress_tick(3, &progress));
    assert_int_equal(progress.done, 19);
}

/* Last: it stays asked for. */
static void test_a_signal_ends_the_walk(void **state)
{
    (void)state;
    struct progress progress = begin(PROGRESS_NEVER);
    signals_install(true);
    raise(SIGTERM);
    raise(SIGINT);
    assert_false(progress_tick(1, &progress));
    assert_int_equal(signals_stop(), SIGTERM);
    assert_string_equal(signals_name(SIGTERM), "SIGTERM");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_modes_have_names),
        cmocka_unit_test(test_a_log_gets_a_line_every_few_seconds),
        cmocka_unit_test(test_a_terminal_gets_a_bar_that_is_drawn_over),
        cmocka_unit_test(test_a_bar_fits_the_terminal),
        cmocka_unit_test(test_a_program_gets_objects),
        cmocka_unit_test(test_quiet_is_quiet_but_for_who_asks),
        cmocka_unit_test(test_walks_count_on_from_each_other),
        cmocka_unit_test(test_a_signal_ends_the_walk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
