/* SPDX-License-Identifier: MIT */
/* terminal: see kit/os/terminal.h. A console; NUL, a device of characters, too, is none. */
#include "kit/os/terminal.h"

#include "kit/os/win32/win32.h"

bool terminal_is(int descriptor)
{
    DWORD mode;
    return GetConsoleMode(win32_handle(descriptor), &mode);
}

int terminal_columns(int descriptor)
{
    CONSOLE_SCREEN_BUFFER_INFO screen;
    if (!GetConsoleScreenBufferInfo(win32_handle(descriptor), &screen))
        return 80;
    int columns = screen.srWindow.Right - screen.srWindow.Left + 1;
    return columns > 0 ? columns : 80;
}
