/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_WINDOWS_H
#define MMVIEW_WINDOWS_H

/* windows: what only programs for Windows need. On other systems this header declares nothing. */

#include <mmview/base.h>

MMV_BEGIN_DECLS

#ifdef _WIN32

/*
 * mmv_windows_handle() - the HANDLE behind a descriptor that mmv_map_descriptor() or the C runtime has returned.
 * Shape:   INVALID_HANDLE_VALUE when there is no such descriptor.
 * Owner:   the descriptor: do not close the HANDLE.
 * Threads: any.
 */
MMV_API void *mmv_windows_handle(int descriptor);

#endif

MMV_END_DECLS

#endif
