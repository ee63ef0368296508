/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_CONSOLE_H
#define TOOLS_CONSOLE_H

/* console: what a tool says to people, always on stderr and always behind its name. */

#include <stdbool.h>

#include <mmview/status.h>

#include "kit/os/format.h"

/* Exit statuses that every tool agrees on; stopped by a signal is that signal, raised again, or
 * TOOL_RESUMABLE where the same command would go on. */
enum { TOOL_DONE = 0, TOOL_FAILED = 1, TOOL_USAGE = 2, TOOL_RESUMABLE = 75 };

/* The first error that was said since 'text' was "", without the tool's and the file's name: for reports. */
struct console_fault {
    char text[1024];
    int os_error; /* an errno value; 0 = the system has nothing to do with it, or nobody knows */
};

struct console {
    const char *tool;
    bool quiet;                  /* errors only; wins over verbose */
    bool verbose;                /* explain choices */
    bool hushed;                 /* another process says what is wrong with the command line */
    bool mute;                   /* nothing is said: what fails will be said when it is tried again */
    struct console_fault *fault; /* of whoever made this console; NULL = nobody wants to know */
};

/*
 * console_secure() - call it first: a standard descriptor that the parent closed would otherwise become the next file
 * that is opened, and what is meant for stdout would land in it.
 */
void console_secure(void);

/* console_error() - "TOOL: FILE: text"; NULL file: "TOOL: text". Returns TOOL_FAILED. */
PRINTF_FORMAT(3, 4) int console_error(const struct console *console, const char *file, const char *format, ...);

/* console_usage() - "TOOL: text" and where help is. Returns TOOL_USAGE. */
PRINTF_FORMAT(2, 3) int console_usage(const struct console *console, const char *format, ...);

/*
 * console_flush() - whether all that was printed on stdout is where it belongs; what the system could not write is
 * thrown away, and said once. Returns an exit status.
 */
int console_flush(const struct console *console);

/* console_failure() - the library's latest error; 'file' stands in when it knew no name. Returns TOOL_FAILED. */
int console_failure(const struct console *console, const char *file);

/*
 * console_journal_place() - where 'error' says that a journal could not be made beside 'file': what it needs, and how
 * it is kept elsewhere. Otherwise nothing.
 */
void console_journal_place(const struct console *console, const char *file, const mmv_error *error);

/*
 * console_busy() - after MMV_EBUSY: that another process is at work 'where' ("on this range"), who that is, and what
 * can be done. Returns TOOL_FAILED.
 */
int console_busy(const struct console *console, const char *file, const char *where);

/* console_explain() - an explanation, with -v only. */
PRINTF_FORMAT(3, 4) void console_explain(const struct console *console, const char *file, const char *format, ...);

/* console_warning() - something that is done, but not as one might think; not with -q. */
PRINTF_FORMAT(3, 4) void console_warning(const struct console *console, const char *file, const char *format, ...);

/*
 * console_summary() - the closing line: for a person at a terminal, or with -v. console_summarises() - whether it is
 * said.
 */
bool console_summarises(const struct console *console);
PRINTF_FORMAT(3, 4) void console_summary(const struct console *console, const char *file, const char *format, ...);

#endif
