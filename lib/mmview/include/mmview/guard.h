/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_GUARD_H
#define MMVIEW_GUARD_H

/*
 * guard: turn a bad access to mapped bytes into a status.
 * Without the guard such an access ends the process. The guard is opt-in and process-wide.
 *
 * When a mapped file becomes shorter, its disk fills up or its device fails, an access to the mapping raises SIGBUS.
 * With the guard on, an access to a mapping of this library finds a page of zeros instead. The walk, lease or view that
 * has the mapping reports MMV_ETRUNC, MMV_ENOSPC or MMV_EIO with the file offset. A SIGBUS from anywhere else goes to
 * the handler that was there before, or ends the process as without the guard.
 *
 * As a shared library mmview stays in memory after dlclose(3), because its handler may be called as long as the process
 * lives. A plugin that contains the static library must stay, too, once it has turned the guard on: link it with -z
 * nodelete (ld(1)).
 */

#include <mmview/status.h>

MMV_BEGIN_DECLS

/*
 * mmv_guard_enable() - install the handler; mmv_guard_disable() - put the previous handler back.
 * Shape:   calls nest: the handler stays until mmv_guard_disable() was called as often as mmv_guard_enable(). A mapping
 *          that was made while the guard was off is not watched later, either.
 * Threads: any; but see to it that no other code changes the SIGBUS handler meanwhile.
 * Errors:  MMV_ENOTSUP, MMV_ESYSTEM.
 * Source:  sigaction(2); the idea of the zero page is systemd's sigbus.c.
 */
MMV_API mmv_status mmv_guard_enable(void);
MMV_API void mmv_guard_disable(void);

/*
 * mmv_guard_faults() - the address of the number of bad accesses that the guard has caught in this process.
 * Shape:   the number grows before a caught access is over. Load the number before and after an access. If it is still
 *          the same, the access was good. If it has grown, an access of some thread was caught: mmv_view_check() tells
 *          for each view whether the access was in that view.
 * Owner:   the library, as long as the process lives.
 * Threads: any.
 */
MMV_API const volatile uintptr_t *mmv_guard_faults(void);

MMV_END_DECLS

#endif
