/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_OS_CPUID_H
#define TOOLS_OS_CPUID_H

/* cpuid: what an x86 processor says of itself, on any system. For machine_processor() alone. */

#include <stdbool.h>
#include <stddef.h>

/* cpuid_text() - what it can do; false = it is none of these processors. */
bool cpuid_text(char *text, size_t size);

#endif
