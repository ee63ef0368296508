/* SPDX-License-Identifier: MIT */
/* terminal: see kit/os/terminal.h. */
#include "kit/os/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

bool terminal_is(int descriptor)
{
    return isatty(descriptor);
}

int terminal_columns(int descriptor)
{
    struct winsize size;
    return ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
}
