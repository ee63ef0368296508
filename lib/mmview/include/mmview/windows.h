/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_WINDOWS_H
#define MMVIEW_WINDOWS_H

/* windows: what a program for Windows needs beside the rest. There is nothing of it elsewhere. */

#include <mmview/base.h>

MMV_BEGIN_DECLS

#ifdef _WIN32

/*
 * mmv_windows_handle() - the HANDLE behind a descriptor: what mmv_map_descriptor() says, or one of the C runtime.
 * Shape:   INVALID_HANDLE_VALUE when it is none.
 * Owner:   it stays the descriptor's: do not close it.
 * Threads: any.
 */
MMV_API void *mmv_windows_handle(int descriptor);

#endif

MMV_END_DECLS

#endif
