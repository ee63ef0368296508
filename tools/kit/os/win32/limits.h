/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_OS_WIN32_LIMITS_H
#define TOOLS_OS_WIN32_LIMITS_H

/*
 * limits: the build for Windows includes this in front of each file of the tools. MinGW's <limits.h> knows paths of 260
 * letters, and no NAME_MAX. Here they are bytes of UTF-8, and win32/wide.c takes long paths.
 */

#include <limits.h>

#undef PATH_MAX
#define PATH_MAX 4096
#undef NAME_MAX
#define NAME_MAX 255

#endif
