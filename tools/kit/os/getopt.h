/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_OS_GETOPT_H
#define TOOLS_OS_GETOPT_H

/*
 * getopt: getopt_long(3), which the C libraries of Unixes and MinGW have. A port to another compiler brings NetBSD's
 * getopt_long.c, as others do, rather than this project a parser of its own: what users know of options (the order,
 * names cut short, "--", the messages) is this function's doing.
 */

#include <getopt.h>

#endif
