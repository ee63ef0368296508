/* SPDX-License-Identifier: MIT */
/*
 * console: error lines, notes and summaries.
 *
 * 1. Every line is put together in memory and written with one call, so that lines of parallel runs do not mix.
 * 2. Nothing here writes to stdout: that belongs to results.
 * 3. A line has no byte that a terminal would not show: names come from anywhere.
 *
 * None of them can be asserted: they are what say() does, through which all lines go.
 */
#include "kit/cli/console.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <mmview/status.h>

#include "kit/cli/text.h"
#include "kit/os/file.h"
#include "kit/os/terminal.h"

#define LINE 8192  /* the longest path and the longest message fit */
#define BEHIND 256 /* of that, for what stands behind a line */

PRINTF_FORMAT(4, 0)
static void say(const struct console *console, const char *file, const char *behind, const char *format,
                va_list arguments)
{
    char line[LINE], shown[TEXT_GROWS * LINE + BEHIND];
    if (console->mute)
        return;
    int start = file ? snprintf(line, sizeof line, "%s: %s: ", console->tool, file)
                     : snprintf(line, sizeof line, "%s: ", console->tool);
    size_t length = start >= 0 && (size_t)start < sizeof line ? (size_t)start : 0;
    vsnprintf(line + length, sizeof line - length, format, arguments);
    /* Of what is too long the end was left out, but the line's end is not. */
    text_escape(shown, sizeof shown - BEHIND, line);
    length = strlen(shown);
    snprintf(shown + length, BEHIND, "\n%s", behind);
    fflush(stdout);
    fwrite(shown, 1, strlen(shown), stderr);
}

/* Also of a console that is mute. */
PRINTF_FORMAT(2, 0) static void keep_fault(const struct console *console, const char *format, va_list arguments)
{
    va_list copy;
    if (!console->fault || console->fault->text[0])
        return;
    va_copy(copy, arguments);
    vsnprintf(console->fault->text, sizeof console->fault->text, format, copy);
    va_end(copy);
    console->fault->os_error = 0;
}

void console_secure(void)
{
    file_keep_standard();
}

int console_error(const struct console *console, const char *file, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    keep_fault(console, format, arguments);
    say(console, file, "", format, arguments);
    va_end(arguments);
    return TOOL_FAILED;
}

/* stdio forgets what it could not write: the next flush has nothing left to fail with. */
int console_flush(const struct console *console)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return TOOL_DONE;
    clearerr(stdout);
    return console_error(console, NULL, "cannot write to stdout%s%s", errno ? ": " : "", errno ? strerror(errno) : "");
}

int console_usage(const struct console *console, const char *format, ...)
{
    char hint[BEHIND - 2];
    va_list arguments;
    if (console->hushed)
        return TOOL_USAGE;
    snprintf(hint, sizeof hint, "Try '%s --help'.\n", console->tool);
    va_start(arguments, format);
    keep_fault(console, format, arguments);
    say(console, NULL, hint, format, arguments);
    va_end(arguments);
    return TOOL_USAGE;
}

int console_failure(const struct console *console, const char *file)
{
    char line[1024];
    mmv_error error = *mmv_last_error();
    if (error.file[0] == '\0' && file)
        snprintf(error.file, sizeof error.file, "%s", file);
    mmv_error_format(&error, line, sizeof line);
    bool is_first = console->fault && !console->fault->text[0];
    console_error(console, NULL, "%s", line);
    if (is_first)
        console->fault->os_error = error.os_error;
    return TOOL_FAILED;
}

void console_journal_place(const struct console *console, const char *file, const mmv_error *error)
{
    bool is_journal = strstr(error->file, ".mmj.") != NULL;
    if (is_journal && (error->status == MMV_ENOSPC || error->status == MMV_EACCES))
        console_error(console, file,
                      "its journal needs room there, and the right to write; --journal-file=PATH keeps it elsewhere");
}

int console_busy(const struct console *console, const char *file, const char *where)
{
    const mmv_error *error = mmv_last_error();
    bool is_known = error->status == MMV_EBUSY && error->detail[0];
    return console_error(console, file, "another process is at work %s%s%s; wait for its end, or end it", where,
                         is_known ? ": it is " : "", is_known ? error->detail : "");
}

void console_explain(const struct console *console, const char *file, const char *format, ...)
{
    if (!console->verbose || console->quiet)
        return;
    va_list arguments;
    va_start(arguments, format);
    say(console, file, "", format, arguments);
    va_end(arguments);
}

void console_warning(const struct console *console, const char *file, const char *format, ...)
{
    if (console->quiet)
        return;
    va_list arguments;
    va_start(arguments, format);
    say(console, file, "", format, arguments);
    va_end(arguments);
}

bool console_summarises(const struct console *console)
{
    return !console->quiet && (console->verbose || terminal_is(FILE_STDERR));
}

void console_summary(const struct console *console, const char *file, const char *format, ...)
{
    if (!console_summarises(console))
        return;
    va_list arguments;
    va_start(arguments, format);
    say(console, file, "", format, arguments);
    va_end(arguments);
}
