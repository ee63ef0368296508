/* SPDX-License-Identifier: MIT */
#ifndef TESTS_MMIMAGE_SUPPORT_H
#define TESTS_MMIMAGE_SUPPORT_H

/* support: cmocka and the headers that it wants before its own. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#endif
