/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_OS_FORMAT_H
#define TOOLS_OS_FORMAT_H

/*
 * format: has the compiler check what a function of ours is given, as it does for printf(). MinGW has two of those;
 * its <stdio.h> says which one is the C standard's.
 */

#include <stdio.h>

#ifdef __MINGW_PRINTF_FORMAT
#define PRINTF_FORMAT(text, first) __attribute__((format(__MINGW_PRINTF_FORMAT, text, first)))
#else
#define PRINTF_FORMAT(text, first) __attribute__((format(printf, text, first)))
#endif

#endif
