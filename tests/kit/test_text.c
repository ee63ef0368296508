/* SPDX-License-Identifier: MIT */
/* test_text.c - names of any bytes, as people see them and as real shells read them. */

#include "check.h"

#include "capture.h"
#include "kit/cli/text.h"

#include <sys/wait.h>
#include <unistd.h>

#define WORD 600

static const char *shown(const char *text)
{
    static char to[WORD * TEXT_GROWS + 1];
    return text_escape(to, sizeof to, text);
}

static void test_what_shows_is_shown(void **state)
{
    (void)state;
    assert_string_equal(shown("plain 'name' \\ $x"), "plain 'name' \\ $x");
    assert_string_equal(shown("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
    assert_string_equal(shown(""), "");
}

static void test_the_rest_is_escaped(void **state)
{
    (void)state;
    assert_string_equal(shown("a\nb\tc\rd"), "a\\nb\\tc\\rd");
    assert_string_equal(shown("\x1b]0;T\x07\x7f"), "\\033]0;T\\007\\177");
    /* C1 as UTF-8, and as bytes that are none. */
    assert_string_equal(shown("\xc2\x9b[2J"), "\\302\\233[2J");
    assert_string_equal(shown("\x9b\xff\xc3"), "\\233\\377\\303");
    assert_string_equal(shown("\xe2\x82"), "\\342\\202");
    /* What turns the direction, and what is not seen. */
    assert_string_equal(shown("\xe2\x80\xae\xe2\x81\xa6\xef\xbb\xbf"), "\\342\\200\\256\\342\\201\\246\\357\\273\\277");
}

static void test_what_has_no_place_is_left_out_by_whole_pieces(void **state)
{
    char to[8];
    (void)state;
    assert_string_equal(text_escape(to, sizeof to, "abc\x1b"), "abc\\033");
    assert_string_equal(text_escape(to, sizeof to, "abcd\x1b"), "abcd");
    assert_string_equal(text_escape(to, sizeof to, "abcde\xe2\x82\xac"), "abcde");
    assert_string_equal(text_escape(to, 1, "a"), "");
}

static void test_escaping_twice_changes_nothing(void **state)
{
    char once[WORD];
    (void)state;
    text_escape(once, sizeof once, "\\x1b \x1b \xff\n");
    assert_string_equal(shown(once), once);
}

/* What 'shell' gives to printf(1) when it reads 'quoted'. False when there is no such shell. */
static bool read_by(const char *shell, const char *quoted, char *back)
{
    int ends[2];
    char *command;
    assert_int_equal(pipe(ends), 0);
    assert_true(asprintf(&command, "printf %%s %s", quoted) > 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        execlp(shell, shell, "-c", command, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    size_t length = 0;
    for (ssize_t got; (got = read(ends[0], back + length, WORD - length)) > 0;)
        length += (size_t)got;
    back[length] = '\0';
    close(ends[0]);
    free(command);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) && WEXITSTATUS(status) != 127;
}

static void check_word(const char *word)
{
    char back[WORD + 1];
    char *quoted = text_shell(word);
    assert_non_null(quoted);
    assert_true(text_shows(quoted));
    assert_true(read_by("bash", quoted, back));
    assert_string_equal(back, word);
    free(quoted);
    if (text_has_last_newline(word))
        return;
    quoted = text_shell_old(word);
    assert_non_null(quoted);
    assert_true(text_shows(quoted));
    assert_true(read_by("sh", quoted, back));
    assert_string_equal(back, word);
    if (read_by("dash", quoted, back))
        assert_string_equal(back, word);
    free(quoted);
}

static void test_a_shell_reads_back_what_was_quoted(void **state)
{
    static const char *const words[] = {
        "",
        "plain",
        "x'; touch PWNED; '.raw",
        "a\ntouch PWNED #.raw",
        "'\n\\n%s%%\\",
        "-n\x1b",
        "$(touch PWNED)`touch PWNED`$HOME\"!\x07",
        "caf\xe9 7\x1b"
        "7",
        "\xe2\x80\xae\xc2\x9b"
        "0",
        "last\n",
        "\n",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(words); i++)
        check_word(words[i]);
}

static void test_every_byte_is_read_back_beside_every_kind(void **state)
{
    char word[WORD];
    size_t length = 0;
    (void)state;
    for (unsigned byte = 1; byte < 256; byte++) {
        word[length++] = (char)byte;
        word[length++] = byte % 2 ? '7' : '\'';
    }
    word[length] = '\0';
    check_word(word);
}

static void test_a_line_is_one_line(void **state)
{
    (void)state;
    capture_begin(stdout);
    text_line(stdout, "%s: %d", "a\nb", 1);
    assert_string_equal(capture_end(), "a\\nb: 1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_shows_is_shown),
        cmocka_unit_test(test_the_rest_is_escaped),
        cmocka_unit_test(test_what_has_no_place_is_left_out_by_whole_pieces),
        cmocka_unit_test(test_escaping_twice_changes_nothing),
        cmocka_unit_test(test_a_shell_reads_back_what_was_quoted),
        cmocka_unit_test(test_every_byte_is_read_back_beside_every_kind),
        cmocka_unit_test(test_a_line_is_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
