/* SPDX-License-Identifier: MIT */
/*
 * console: error lines, notes and summaries.
 *
 * 1. Every line is put together in memory and written with one call, so that lines of parallel runs do not mix.
 * 2. Nothing here writes to stdout: that belongs to results.
 */
#include "kit/cli/console.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <mmview/status.h>

#include "kit/os/file.h"
#include "kit/os/terminal.h"

__attribute__((format(printf, 4, 0))) static void say(const struct console *console, const char *file,
                                                      const char *behind, const char *format, va_list arguments)
{
    char text[2048];
    if (console->mute)
        return;
    vsnprintf(text, sizeof text, format, arguments);
    fflush(stdout);
    if (file)
        fprintf(stderr, "%s: %s: %s\n%s", console->tool, file, text, behind);
    else
        fprintf(stderr, "%s: %s\n%s", console->tool, text, behind);
}

void console_secure(void)
{
    file_keep_standard();
}

int console_error(const struct console *console, const char *file, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(console, file, "", format, arguments);
    va_end(arguments);
    return TOOL_FAILED;
}

int console_usage(const struct console *console, const char *format, ...)
{
    char hint[128];
    va_list arguments;
    if (console->hushed)
        return TOOL_USAGE;
    snprintf(hint, sizeof hint, "Try '%s --help'.\n", console->tool);
    va_start(arguments, format);
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
    return console_error(console, NULL, "%s", line);
}

void console_note(const struct console *console, const char *file, const char *format, ...)
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
