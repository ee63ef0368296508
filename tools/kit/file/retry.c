/* SPDX-License-Identifier: MIT */
/*
 * retry: see retry.h. Lines are objects without others in them, as json.c writes them: names are exact bytes there.
 *
 * 1. Nothing is read behind the line's end, which is a NUL here: every loop stops at it. No assert: it would be in
 *    each of them.
 */
#include "kit/file/retry.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kit/cli/text.h"

/* What a line says. The texts lie in it. */
struct line {
    const char *tool, *file, *name;
    const char *reason, *changed; /* of one that failed; NULL: an older report, which says nothing of that */
    bool has_status, failed, rehearsed;
    size_t number;
};

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t");
}

/* Four digits behind \u; UINT32_MAX when they are not there. */
static uint32_t take_code(const char *at)
{
    uint32_t code = 0;
    for (int i = 0; i < 4; i++) {
        const char *digits = "0123456789abcdef", *digit = at[i] ? strchr(digits, at[i] | 0x20) : NULL;
        if (!digit)
            return UINT32_MAX;
        code = code << 4 | (uint32_t)(digit - digits);
    }
    return code;
}

static char *put_utf8(char *to, uint32_t code)
{
    /* A byte that was no character: Python's surrogateescape. */
    if (code >= 0xdc80 && code <= 0xdcff) {
        *to++ = (char)(code - 0xdc00);
        return to;
    }
    unsigned more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char first[] = {0, 0xc0, 0xe0, 0xf0};
    *to++ = (char)(first[more] | code >> 6 * more);
    while (more-- > 0)
        *to++ = (char)(0x80 | (code >> 6 * more & 0x3f));
    return to;
}

/* One character of a string behind a backslash. NULL: there is no such thing. */
static char *take_escape(char **at, char *to)
{
    static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    char letter = **at;
    const char *found = letter ? strchr(names, letter) : NULL;
    if (found) {
        (*at)++;
        *to++ = meant[found - names];
        return to;
    }
    if (letter != 'u')
        return NULL;
    uint32_t code = take_code(*at + 1);
    if (code == UINT32_MAX || code == 0)
        return NULL;
    *at += 5;
    if (code >= 0xd800 && code <= 0xdbff) {
        uint32_t low = (*at)[0] == '\\' && (*at)[1] == 'u' ? take_code(*at + 2) : UINT32_MAX;
        if (low < 0xdc00 || low > 0xdfff)
            return NULL;
        *at += 6;
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    return put_utf8(to, code);
}

/* A string at *at, which becomes its text, in its place; NULL when it is none. *at moves behind it. */
static char *take_string(char **at)
{
    if (**at != '"')
        return NULL;
    char *text = ++*at, *to = text;
    while (**at && **at != '"') {
        if (**at != '\\') {
            *to++ = *(*at)++;
            continue;
        }
        ++*at;
        to = take_escape(at, to);
        if (!to)
            return NULL;
    }
    if (**at != '"')
        return NULL;
    ++*at;
    *to = '\0';
    return text;
}

/* A number, a word, or a list of numbers: nothing that is looked at. */
static bool pass_value(char **at)
{
    size_t length = **at == '[' ? strcspn(*at, "]") : strcspn(*at, ",}");
    *at += length;
    if (**at == ']')
        ++*at;
    return **at != '\0' && length > 0;
}

static bool take_pair(char **at, struct line *line)
{
    const char *key = take_string(at), *text = NULL;
    *at += strspn(*at, " \t:");
    if (!key)
        return false;
    if (strcmp(key, "status") == 0) {
        line->has_status = **at >= '0' && **at <= '9';
        line->failed = **at != '0';
    }
    if (strcmp(key, "dry_run") == 0)
        line->rehearsed = **at == 't';
    if (**at != '"')
        return pass_value(at);
    text = take_string(at);
    const struct {
        const char *key, **text;
    } wanted[] = {{"tool", &line->tool},
                  {"file", &line->file},
                  {"name", &line->name},
                  {"reason", &line->reason},
                  {"changed", &line->changed}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (strcmp(key, wanted[i].key) == 0)
            *wanted[i].text = text;
    return text != NULL;
}

static bool take_line(char *at, const char *tool, struct line *line)
{
    at = (char *)skip_blanks(at);
    if (*at++ != '{')
        return false;
    do {
        at += strspn(at, " \t,");
        if (!take_pair(&at, line))
            return false;
        at += strspn(at, " \t");
    } while (*at == ',');
    if (!line->name)
        line->name = line->file;
    return *at == '}' && line->tool && strcmp(line->tool, tool) == 0 && line->name;
}

/* By name, and of one name in the order of the lines. */
static int by_name(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : (x->number > y->number) - (x->number < y->number);
}

static int by_number(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

/* What the last line of a name says counts, in the place of its first. */
static void take_end(struct line *line, const struct line *last)
{
    line->failed = last->failed;
    line->reason = last->reason;
    line->changed = last->changed;
}

/* Of each name the first line, with the last one's end; then only those that failed. */
static size_t keep_failed(struct line *lines, size_t count)
{
    size_t kept = 0;
    qsort(lines, count, sizeof *lines, by_name);
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && strcmp(lines[kept - 1].name, lines[i].name) == 0)
            take_end(&lines[kept - 1], &lines[i]);
        else
            lines[kept++] = lines[i];
    }
    size_t failed = 0;
    for (size_t i = 0; i < kept; i++)
        if (lines[i].failed)
            lines[failed++] = lines[i];
    qsort(lines, failed, sizeof *lines, by_number);
    return failed;
}

/* Journals and such, which were left out, have lines without a status; what was only rehearsed is not done. */
static bool take_lines(char *text, const char *tool, struct line *lines, size_t *count_ret, size_t *bad_ret)
{
    size_t count = 0, number = 0;
    for (char *at = text, *next; *at; at = next) {
        char *end = strchr(at, '\n');
        next = end ? end + 1 : at + strlen(at);
        if (end)
            *end = '\0';
        struct line line = {.number = number + 1};
        number++;
        if (*skip_blanks(at) == '\0')
            continue;
        *bad_ret = number;
        if (!take_line(at, tool, &line))
            return false;
        if (line.has_status && !line.rehearsed)
            lines[count++] = line;
    }
    *count_ret = count;
    return true;
}

static bool add_failed(struct file_list *list, const struct line *lines, size_t count)
{
    size_t length = 0;
    for (size_t i = 0; i < count; i++)
        length += strlen(lines[i].name) + 1;
    char *text = calloc(length + 1, 1), *to = text;
    for (size_t i = 0; text && i < count; i++) {
        strcpy(to, lines[i].name);
        to += strlen(to) + 1;
    }
    if (text && file_list_add(list, text, length))
        return true;
    free(text);
    return false;
}

static bool has_changed(const struct line *line, const char *how)
{
    return line->changed && strcmp(line->changed, how) == 0;
}

/*
 * To change a file again that is changed would do it twice. Of one that is changed in part nobody knows which part,
 * unless there is a journal. Returns an exit status.
 */
static int leave_out_changed(const struct console *console, const char *path, struct line *lines, size_t *count)
{
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        if (has_changed(&lines[i], "part"))
            return console_usage(console,
                                 "--retry=%s: %s was changed in part, without a journal. Restore it from a copy, do it "
                                 "by a command of its own, and take its lines out of the report",
                                 path, lines[i].name);
        if (has_changed(&lines[i], "all"))
            console_warning(console, lines[i].name, "note: not done again: it was changed, and failed after that: %s",
                            lines[i].reason ? lines[i].reason : "");
        else
            lines[kept++] = lines[i];
    }
    *count = kept;
    return TOOL_DONE;
}

/* What was done is done again by the same command: nobody should have to find that out. */
void retry_tell(const struct console *console, const struct retry_end *end)
{
    char *report = end->report ? text_shell(end->report) : NULL;
    if (!end->again || end->done == 0)
        console_error(console, NULL, "%zu of %zu files failed, %zu %s:", end->failed, end->count, end->done, end->what);
    else if (report)
        console_error(console, NULL,
                      "%zu of %zu files failed, %zu %s and would be changed again by the same command; --retry=%s does "
                      "those that failed:",
                      end->failed, end->count, end->done, end->what, report);
    else
        console_error(console, NULL,
                      "%zu of %zu files failed, %zu %s and would be changed again by the same command; give it those "
                      "that failed alone:",
                      end->failed, end->count, end->done, end->what);
    free(report);
}

int retry_read(struct file_list *list, const struct console *console, const char *path)
{
    size_t length, count = 0, bad = 0, most = 1;
    char *text = file_list_text(console, path, &length);
    if (!text)
        return TOOL_FAILED;
    for (size_t i = 0; i < length; i++)
        most += text[i] == '\n';
    struct line *lines = calloc(most, sizeof *lines);
    bool fine = lines && take_lines(text, console->tool, lines, &count, &bad);
    int result = TOOL_DONE;
    if (lines && !fine)
        result = console_usage(console, "--retry=%s: line %zu is no line of a report of %s", path, bad, console->tool);
    count = lines && fine ? keep_failed(lines, count) : 0;
    if (count > 0)
        result = leave_out_changed(console, path, lines, &count);
    if (!lines || (count > 0 && result == TOOL_DONE && !add_failed(list, lines, count)))
        result = console_error(console, path, "not enough memory");
    free(lines);
    free(text);
    return result;
}
