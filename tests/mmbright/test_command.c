/* SPDX-License-Identifier: MIT */
/* test_command.c - what a command line is taken for, and which ones are refused, with which words. */

#include "check.h"

#include "capture.h"
#include "scratch.h"
#include "typed.h"

#include "mmbright/command/rules.h"

static struct command command;
static struct console console;

static void test_where_the_result_goes(void **state)
{
    static const struct {
        const char *line;
        enum target target;
        mmv_journal_mode journal;
    } rows[] = {
        {"--add=1 -i a", TARGET_IN_PLACE, MMV_JOURNAL_KILL},
        {"--add=1 -i --journal=power a b", TARGET_IN_PLACE, MMV_JOURNAL_POWER},
        {"--add=1 -i --journal=off a", TARGET_IN_PLACE, MMV_JOURNAL_OFF},
        {"--add=1 -i --shard=2/3 a", TARGET_IN_PLACE, MMV_JOURNAL_KILL},
        {"--add=1 -o b a", TARGET_FILE, MMV_JOURNAL_OFF},
        {"--add=1 -o b --journal=off a", TARGET_FILE, MMV_JOURNAL_OFF},
        {"--add=1 -o folder a b c", TARGET_FILE, MMV_JOURNAL_OFF},
        {"--add=1 -o - a", TARGET_STDOUT, MMV_JOURNAL_OFF},
        {"--add=1 -o b --shard=2/3 a", TARGET_PART, MMV_JOURNAL_OFF},
        {"--add=1 -o b --shard-index=1 --shard-count=3 a", TARGET_PART, MMV_JOURNAL_OFF},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        typed_fine(&command, &console, rows[i].line);
        assert_int_equal(command.task, TASK_CHANGE);
        assert_int_equal(command.target.kind, rows[i].target);
        assert_int_equal(command.safety.journal, rows[i].journal);
        assert_int_equal(command.target.output == NULL, command.target.kind == TARGET_IN_PLACE);
        assert_int_equal(command_is_divided(&command), strstr(rows[i].line, "shard") != NULL);
        command_drop(&command);
    }
}

/* Of several things that are wrong the first in this order is told. */
static void test_what_does_not_go_together(void **state)
{
    static const struct {
        const char *line, *text;
    } rows[] = {
        {"-i -o b --status --discard-journal a", "-i and -o exclude each other"},
        {"--status --discard-journal --length=1 a", "--status and --discard-journal exclude"},
        {"--status --length=1 a", "they take no range"},
        {"--discard-journal --shard=1/2 a", "they take no range"},
        {"a", "say where the result goes"},
        {"-i a", "say how the samples change: --add=N adds, --gain=F multiplies, --clamp=LO,HI limits"},
        {"-n -o - --json a", "say how the samples change"},
        {"-i --roi=0,0,1x1 --width=1 -c 0 a", "say how the samples change"},
        {"-i", "no FILE given"},
        {"--status", "no FILE given"},
        {"-i --journal-file=j", "no FILE given"},
        {"--add=1 -o - --json --fix-stats --verify a b", "both want stdout"},
        {"--add=1 -o - --fix-stats --verify a b", "cannot correct what went to stdout"},
        {"--add=1 -o - --verify a b", "cannot read back what went to stdout"},
        {"--add=1 -o - --journal=kill a b", "only one FILE can go to stdout"},
        {"--add=1 -o - --journal=kill --shard=1/2 a", "a journal is for -i"},
        {"--add=1 -o b --journal-file=j a", "a journal is for -i"},
        {"--add=1 -o - --shard=1/2 a", "--shard with -o needs a file"},
        {"--add=1 -o b --shard=1/2 --preview=p a c", "--preview is of the whole of OUT"},
        {"--add=1 -i --shard=1/2 --fix-stats a c", "--shard divides one FILE"},
        {"--add=1 -i --shard=1/2 --fix-stats --journal-file=j a", "--fix-stats needs all parts"},
        {"--add=1 -i --shard=1/2 --journal-file=j a", "--shard has a journal for each part"},
        {"--add=1 -i --preview=p --journal=off --journal-file=j a b", "--preview is of one FILE"},
        {"--add=1 -i --journal=off --journal-file=j a", "--journal=off and --journal-file exclude"},
        {"-i --journal=yes a", "must be kill, power or off"},
        {"-i --clamp=2,1 a", "LO is above HI"},
        {"-i --clamp=2 a", "must be LO,HI"},
        {"-i --add=1, a", "not a number or a list"},
        {"-i --shard=4/3 a", "shard"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        capture_begin(stderr);
        int result = typed(&command, &console, rows[i].line);
        const char *said = capture_end();
        if (result != TOOL_USAGE || !strstr(said, rows[i].text))
            print_error("mmbright %s: %d, %s", rows[i].line, result, said);
        assert_int_equal(result, TOOL_USAGE);
        assert_non_null(strstr(said, rows[i].text));
        command_drop(&command);
    }
}

static void test_commands_about_a_journal(void **state)
{
    (void)state;
    typed_fine(&command, &console, "--status a");
    assert_int_equal(command.task, TASK_SHOW_JOURNAL);
    command_drop(&command);
    typed_fine(&command, &console, "--discard-journal --journal-file=j");
    assert_int_equal(command.task, TASK_DISCARD_JOURNAL);
    assert_string_equal(command.safety.journal_file, "j");
    assert_int_equal(command.files.count, 0);
    command_drop(&command);
}

static void test_values(void **state)
{
    (void)state;
    typed_fine(&command, &console, "-i --gain=2 a");
    assert_int_equal(command.change.add.count, 0);
    assert_int_equal(command.change.gain.count, 1);
    assert_false(command.change.clamp);
    command_drop(&command);
    typed_fine(&command, &console, "-i --clamp=0,1 a");
    assert_int_equal(command.change.add.count + command.change.gain.count, 0);
    assert_true(command.change.clamp);
    assert_true(command.how.threads >= 1 && command.row_limit > 0);
    command_drop(&command);
    typed_fine(&command, &console, "-i -a 1 -a 1,-2,3.5,4,5 -g 2 --clamp=-1,1 -c rg --roi=1,2,3x4 --width=9 -j 3 x y");
    assert_int_equal(command.change.add.count, 5);
    assert_true(command.change.add.values[2] == 3.5 && command.change.gain.values[0] == 2);
    assert_true(command.change.clamp && command.change.low == -1 && command.change.high == 1);
    assert_string_equal(command.where.channels, "rg");
    assert_true(command.where.has_region && command.where.region.height == 4);
    assert_int_equal(command.how.threads, 3);
    assert_int_equal(command.files.count, 2);
    assert_string_equal(command.files.names[1], "y");
    command_drop(&command);
}

static int divide(const char *line, const char **said_ret)
{
    const struct shard_settings share = {.index = 1, .count = 4};
    typed_fine(&command, &console, line);
    capture_begin(stderr);
    int result = command_divide(&command, &console, &share);
    *said_ret = capture_end();
    return result;
}

static void test_a_share_and_the_whole(void **state)
{
    const char *said;
    (void)state;
    assert_int_equal(divide("--add=1 -o b a", &said), TOOL_DONE);
    assert_int_equal(command.target.kind, TARGET_PART);
    struct command whole = command_undivided(&command);
    assert_int_equal(whole.target.kind, TARGET_FILE);
    assert_false(command_is_divided(&whole));
    assert_true(command_is_divided(&command));
    command_drop(&command);
    assert_int_equal(divide("--add=1 -i a", &said), TOOL_DONE);
    assert_int_equal(command.target.kind, TARGET_IN_PLACE);
    assert_int_equal(command.safety.journal, MMV_JOURNAL_KILL);
    command_drop(&command);
    static const char *const refused[][2] = {
        {"--add=1 -i --preview=p a", "--preview is of the whole image"},
        {"--add=1 -o b --preview=p a", "--preview is of the whole of OUT"},
        {"--add=1 -o - a", "needs a file that all parts can write to"},
        {"--add=1 -i a b", "--shard divides one FILE"},
        {"--add=1 -i --journal-file=j a", "--shard has a journal for each part"},
    };
    for (size_t i = 0; i < COUNT(refused); i++) {
        assert_int_equal(divide(refused[i][0], &said), TOOL_USAGE);
        assert_non_null(strstr(said, "each of these processes has a shard, and "));
        assert_non_null(strstr(said, refused[i][1]));
        command_drop(&command);
    }
}

static void test_names_from_a_list(void **state)
{
    char line[1200];
    (void)state;
    file_put(scratch("list"), "b\nc\n", 4);
    snprintf(line, sizeof line, "-i --add=1 --files-from=%s a", scratch("list"));
    typed_fine(&command, &console, line);
    assert_int_equal(command.files.count, 3);
    assert_string_equal(command.files.names[0], "a");
    assert_string_equal(command.files.names[2], "c");
    command_drop(&command);
    capture_begin(stderr);
    assert_int_equal(typed(&command, &console, "-i --files-from=/nowhere/at/all a"), TOOL_FAILED);
    assert_non_null(strstr(capture_end(), "cannot read the list"));
    command_drop(&command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_where_the_result_goes),    cmocka_unit_test(test_what_does_not_go_together),
        cmocka_unit_test(test_commands_about_a_journal), cmocka_unit_test(test_values),
        cmocka_unit_test(test_a_share_and_the_whole),    cmocka_unit_test(test_names_from_a_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
