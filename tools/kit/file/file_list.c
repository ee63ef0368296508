/* SPDX-License-Identifier: MIT */
/* file_list: see file_list.h. A list of ten million names is some hundred megabytes: it is read whole. */
#include "kit/file/file_list.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/file/own.h"
#include "kit/file/retry.h"
#include "kit/os/file.h"

/* All of a stream, with a NUL behind it; NULL and errno when that cannot be. */
static char *read_all(FILE *file, size_t *length_ret)
{
    char *text = NULL;
    size_t length = 0, room = 0;
    do {
        if (room - length < 4096) {
            room = 2 * room + 65536;
            char *more = realloc(text, room);
            if (!more) {
                free(text);
                errno = ENOMEM;
                return NULL;
            }
            text = more;
        }
        length += fread(text + length, 1, room - length - 1, file);
    } while (!feof(file) && !ferror(file));
    if (ferror(file)) {
        int error = errno;
        free(text);
        errno = error;
        return NULL;
    }
    text[length] = '\0';
    *length_ret = length;
    return text;
}

/* Whether each line that has an end has a carriage return before it, as other systems write them. */
static bool has_returns(const char *text, size_t length)
{
    bool found = false;
    for (const char *at = text, *end; (end = memchr(at, '\n', length - (size_t)(at - text))) != NULL; at = end + 1) {
        if (end == text || end[-1] != '\r')
            return false;
        found = true;
    }
    return found;
}

/* A list from a system where lines end with CR LF, perhaps with a mark of its encoding in front: one of lines. */
static size_t make_plain(const struct file_list *list, const struct console *console, char *text, size_t length)
{
    static const char mark[] = "\xef\xbb\xbf";
    size_t from = length >= 3 && memcmp(text, mark, 3) == 0 ? 3 : 0, to = 0;
    if (memchr(text, '\0', length))
        return length;
    bool returns = has_returns(text, length);
    for (size_t i = from; i < length; i++)
        if (!returns || text[i] != '\r' || (i + 1 < length && text[i + 1] != '\n'))
            text[to++] = text[i];
    text[to] = '\0';
    if (returns)
        console_warning(console, list->from, "note: its lines end with CR LF: the CR is no part of a name");
    if (from)
        console_warning(console, list->from, "note: it begins with a byte order mark, which is no part of a name");
    return to;
}

bool file_list_add(struct file_list *list, char *text, size_t length)
{
    char end = memchr(text, '\0', length) ? '\0' : '\n';
    size_t lines = 1;
    for (size_t i = 0; i < length; i++)
        lines += text[i] == end;
    char **names = calloc(list->count + lines + 1, sizeof *names);
    if (!names)
        return false;
    for (size_t i = 0; i < list->count; i++)
        names[i] = list->names[i];
    for (char *at = text, *stop = text + length, *next; at < stop; at = next) {
        char *found = memchr(at, end, (size_t)(stop - at));
        next = found ? found + 1 : stop;
        if (found)
            *found = '\0';
        if (*at)
            names[list->count++] = at;
    }
    list->names = names;
    list->text = text;
    return true;
}

char *file_list_text(const struct console *console, const char *path, size_t *length_ret)
{
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *file = is_stdin ? stdin : file_open_stream(path, "rb");
    char *text = file ? read_all(file, length_ret) : NULL;
    int error = errno;
    if (file && !is_stdin)
        fclose(file);
    if (!text)
        console_error(console, path, "cannot read the list: %s", strerror(error));
    return text;
}

int file_list_read(struct file_list *list, const struct console *console)
{
    const char *path = list->from;
    size_t length;
    assert(path && !list->text);
    char *text = file_list_text(console, path, &length);
    if (!text)
        return TOOL_FAILED;
    length = make_plain(list, console, text, length);
    if (file_list_add(list, text, length))
        return TOOL_DONE;
    free(text);
    return console_error(console, path, "not enough memory");
}

/* Typed again with the same pattern of the shell, a command has the same FILEs as before its journal was there. */
int file_list_complete(struct file_list *list, const struct console *console, const char *retry)
{
    if (retry && (list->from || list->count > 0))
        return console_usage(console, "--retry has the FILEs in its report: give no others");
    int result = list->from ? file_list_read(list, console) : retry ? retry_read(list, console, retry) : TOOL_DONE;
    size_t all = list->count;
    list->count = own_set_aside(list->names, all);
    list->left_out = all - list->count;
    if (result == TOOL_DONE && retry && all == 0)
        return console_usage(console, "%s: no FILE has failed there, or all were done since", retry);
    return result == TOOL_DONE && all > 0 && list->count == 0 ? own_refuse_all(console, all) : result;
}

void file_list_free(struct file_list *list)
{
    if (list->text)
        free(list->names);
    free(list->text);
    *list = (struct file_list){0};
}
