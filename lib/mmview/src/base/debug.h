/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_DEBUG_H
#define MMVIEW_DEBUG_H

/* debug: whether asserts are on, for those that need a loop. */

#include <assert.h>

#ifdef NDEBUG
#define MMV__ASSERTS 0
#else
#define MMV__ASSERTS 1
#endif

#endif
