/* SPDX-License-Identifier: MIT */
/* test_options.c - one table is parser, help, manual and completion: what each of them makes of every kind of entry. */

#include "check.h"

#include "capture.h"
#include "kit/cli/options.h"
#include "kit/os/getopt.h"

static const struct console console = {.tool = "tool"};

enum { SIZE, FLAG, LONG_ONLY };

struct got {
    int ids[8];
    const char *arguments[8];
    size_t count;
};

static bool take(int id, const char *argument, void *settings, const struct console *to)
{
    struct got *got = settings;
    (void)to;
    got->ids[got->count] = id;
    got->arguments[got->count++] = argument;
    return argument == NULL || strcmp(argument, "bad") != 0;
}

static const struct option_entry first_entries[] = {
    {'s', "size", "SIZE", SIZE, "how much", "A *SIZE* is a number."},
    {'f', "flag", NULL, FLAG, "a flag", NULL},
};
static const struct option_entry second_entries[] = {
    {0, "long-only", "WHEN", LONG_ONLY, NULL, "In the manual only."},
};
static const struct option_values second_values[] = {{"long-only", "now later"}, {NULL, NULL}};
static const struct option_group first = {"First", first_entries, COUNT(first_entries), take, NULL};
static const struct option_group second = {"Second", second_entries, COUNT(second_entries), take, second_values};

/* Arguments as main() has them; the first is the program. */
static int parse(struct got *one, struct got *two, char **argv, int *operands_ret)
{
    const struct option_section sections[] = {{&first, one}, {&second, two}, {&options_help_group, NULL}};
    const struct option_table table = {
        .usage = "[OPTION]... FILE",
        .purpose = "Try it.",
        .examples = {"tool one", "tool two"},
        .sections = sections,
        .count = COUNT(sections),
    };
    int argc = 0;
    while (argv[argc])
        argc++;
    optind = 0; /* begin again: glibc and musl */
    return options_parse(&table, &console, argc, argv, operands_ret);
}

#define ARGV(...)                                                                                                      \
    (char *[])                                                                                                         \
    {                                                                                                                  \
        (char *)"/somewhere/tool", __VA_ARGS__, NULL                                                                   \
    }

static const char *printed(const char *argument)
{
    struct got one = {0}, two = {0};
    int operands;
    capture_begin(stdout);
    int status = parse(&one, &two, ARGV((char *)(uintptr_t)argument), &operands);
    const char *text = capture_end();
    assert_int_equal(status, TOOL_DONE);
    return text;
}

static void test_every_section_gets_its_own_options(void **state)
{
    struct got one = {0}, two = {0};
    int operands;
    char **argv = ARGV((char *)"file", (char *)"-s4", (char *)"--long-only=now", (char *)"--flag", (char *)"other");
    (void)state;
    assert_int_equal(parse(&one, &two, argv, &operands), OPTIONS_GO);
    assert_int_equal(one.count, 2);
    assert_true(one.ids[0] == SIZE && one.ids[1] == FLAG && one.arguments[1] == NULL);
    assert_string_equal(one.arguments[0], "4");
    assert_int_equal(two.count, 1);
    assert_int_equal(two.ids[0], LONG_ONLY);
    assert_string_equal(two.arguments[0], "now");
    /* The operands stand at the end, in their order. */
    assert_int_equal(operands, 4);
    assert_string_equal(argv[4], "file");
    assert_string_equal(argv[5], "other");
}

static void test_two_dashes_end_the_options(void **state)
{
    struct got one = {0}, two = {0};
    int operands;
    char **argv = ARGV((char *)"-f", (char *)"--", (char *)"-s4");
    (void)state;
    assert_int_equal(parse(&one, &two, argv, &operands), OPTIONS_GO);
    assert_int_equal(one.count, 1);
    assert_string_equal(argv[operands], "-s4");
}

static void check_refused(char **argv, const char *said)
{
    struct got one = {0}, two = {0};
    int operands;
    capture_begin(stderr);
    int status = parse(&one, &two, argv, &operands);
    const char *text = capture_end();
    assert_int_equal(status, TOOL_USAGE);
    if (!strstr(text, said))
        fail_msg("'%s' instead of '%s'", text, said);
}

static void test_what_is_no_option_is_a_usage_error(void **state)
{
    (void)state;
    check_refused(ARGV((char *)"--nonsense"), "tool: ");
    check_refused(ARGV((char *)"--nonsense"), "Try 'tool --help'.");
    check_refused(ARGV((char *)"--non\x1b[2J=\n"), "tool: unrecognized option '--non\\033[2J=\\n'\nTry");
    check_refused(ARGV((char *)"-x"), "tool: invalid option -- 'x'\nTry 'tool --help'.");
    check_refused(ARGV((char *)"-f\x9b"), "tool: invalid option -- '\\233'\nTry 'tool --help'.");
    check_refused(ARGV((char *)"--size"), "tool: option '--size' requires an argument\nTry 'tool --help'.");
    check_refused(ARGV((char *)"-s"), "tool: option requires an argument -- 's'\nTry 'tool --help'.");
    check_refused(ARGV((char *)"--flag=1"), "tool: option '--flag' doesn't allow an argument\nTry 'tool --help'.");
    check_refused(ARGV((char *)"--=1"), "tool: option '--=1' is ambiguous\nTry 'tool --help'.");
    check_refused(ARGV((char *)"--help=nonsense"), "help takes no such argument");
    /* The handler has said it. */
    check_refused(ARGV((char *)"--size=bad"), "");
}

static void test_help_has_every_entry_with_a_line(void **state)
{
    (void)state;
    const char *text = printed("--help");
    assert_non_null(strstr(text, "Usage: tool [OPTION]... FILE\nTry it.\nFirst:\n"));
    assert_non_null(strstr(text, "  -s, --size=SIZE        how much\n"));
    assert_non_null(strstr(text, "  -f, --flag             a flag\n"));
    assert_null(strstr(text, "long-only"));
    assert_non_null(strstr(text, "  -h, --help             print this and exit\n"));
    assert_non_null(strstr(text, "Examples:\n  tool one\n  tool two\n"));
}

static void test_the_manual_has_every_entry(void **state)
{
    (void)state;
    const char *text = printed("--help=scdoc");
    assert_non_null(strstr(text, "## First\n\n*-s*, *--size*=_SIZE_\n\thow much. A \\*SIZE\\* is a number.\n"));
    assert_non_null(strstr(text, "## Second\n\n*--long-only*=_WHEN_\n\tIn the manual only.\n"));
}

static void test_shells_complete_every_entry(void **state)
{
    (void)state;
    const char *text = printed("--help=bash");
    assert_non_null(strstr(text, " -s --size= -f --flag --long-only= -h --help -V --version"));
    assert_non_null(strstr(text, "--long-only) COMPREPLY=($(compgen -W 'now later' -- \"$word\")); return ;;"));
    text = printed("--help=zsh");
    assert_non_null(strstr(text, "'--long-only=[In the manual only.]:WHEN:(now later)'"));
    text = printed("--help=fish");
    assert_non_null(strstr(text, "complete -c tool -l long-only -x -a 'now later' -d 'In the manual only.'\n"));
}

static void test_the_version_is_the_librarys(void **state)
{
    (void)state;
    assert_string_equal(printed("--version"), "tool (mmview) " MMV_VERSION "\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_section_gets_its_own_options),
        cmocka_unit_test(test_two_dashes_end_the_options),
        cmocka_unit_test(test_what_is_no_option_is_a_usage_error),
        cmocka_unit_test(test_help_has_every_entry_with_a_line),
        cmocka_unit_test(test_the_manual_has_every_entry),
        cmocka_unit_test(test_shells_complete_every_entry),
        cmocka_unit_test(test_the_version_is_the_librarys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
