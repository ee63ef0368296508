/* SPDX-License-Identifier: MIT */
/*
 * main: the command line in UTF-8. The C runtime's main() gets it in a code page that lacks most letters; wmain() has
 * all, and calls the tool's main(). Tests have a main() of their own and do without this file.
 *
 * 1. What is set on a console, the encoding of its output and escape sequences, is as before when the program ends. No
 *    assert: restore() is called by exit(); a process that is killed leaves it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "kit/os/win32/win32.h"

int main(int argc, char **argv);
int wmain(int argc, wchar_t **argv);

#ifndef ENABLE_VIRTUAL_TERMINAL_PROCESSING
#define ENABLE_VIRTUAL_TERMINAL_PROCESSING 4
#endif

/* A process has one console. */
static struct {
    HANDLE streams[2];
    DWORD modes[2];
    UINT encoding; /* 0 = there is no console */
} before;

static void restore(void)
{
    fflush(NULL);
    for (unsigned i = 0; i < 2; i++)
        if (before.streams[i])
            SetConsoleMode(before.streams[i], before.modes[i]);
    SetConsoleOutputCP(before.encoding);
}

static void prepare_console(void)
{
    static const DWORD names[2] = {STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};
    bool found = false;
    for (unsigned i = 0; i < 2; i++) {
        HANDLE stream = GetStdHandle(names[i]);
        if (!GetConsoleMode(stream, &before.modes[i]))
            continue;
        found = true;
        before.streams[i] = stream;
        SetConsoleMode(stream, before.modes[i] | ENABLE_PROCESSED_OUTPUT | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
    }
    before.encoding = found ? GetConsoleOutputCP() : 0;
    if (!found)
        return;
    SetConsoleOutputCP(CP_UTF8);
    atexit(restore);
}

static int refuse(const char *why)
{
    fprintf(stderr, "cannot read the command line: %s\n", why);
    return 2;
}

int wmain(int argc, wchar_t **argv)
{
    char **words = calloc((size_t)argc + 1, sizeof *words);
    if (!words)
        return refuse("not enough memory");
    for (int i = 0; i < argc; i++)
        if (!(words[i] = win32_narrow_text(argv[i])))
            return refuse("a word of it is no Unicode");
    _fmode = _O_BINARY;
    prepare_console();
    return main(argc, words);
}
