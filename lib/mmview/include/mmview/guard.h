/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_GUARD_H
#define MMVIEW_GUARD_H

/*
 * guard: a bad access to mapped bytes becomes a status instead of the process' death. Opt-in and process-wide.
 *
 * When a mapped file becomes shorter, its disk fills up or its device fails, touching the mapping raises SIGBUS. With
 * the guard on, a touch inside one of this library's mappings finds a page of zeros there instead. The walk, lease or
 * view it happened in reports MMV_ETRUNC, MMV_ENOSPC or MMV_EIO with the file offset. A SIGBUS from anywhere else goes
 * to the handler that was there before, or ends the process as it would have.
 *
 * The shared library stays in memory after dlclose(3): its handler may be called as long as the process lives. A plugin
 * that has the static library inside has to stay in the same way (ld(1), -z nodelete) once it has turned the guard on.
 */

#include <mmview/status.h>

MMV_BEGIN_DECLS

/*
 * mmv_guard_enable() - install the handler; mmv_guard_disable() - put the previous one back.
 * Shape:   calls nest: the handler goes with the last disable. Mappings made while the guard is off are not watched.
 * Threads: any; but see to it that no other code changes the SIGBUS handler meanwhile.
 * Errors:  MMV_ENOTSUP, MMV_ESYSTEM.
 * Source:  sigaction(2); the idea of the zero page is systemd's sigbus.c.
 */
MMV_API mmv_status mmv_guard_enable(void);
MMV_API void mmv_guard_disable(void);

/*
 * mmv_guard_faults() - where the guard counts the bad accesses that it has caught in this process.
 * Shape:   the number grows before the access that was caught is over. So whoever finds it as before behind an access
 *          knows, by one load, that the access was good; else mmv_view_check() tells of each view.
 * Owner:   the library, as long as the process lives.
 * Threads: any.
 */
MMV_API const volatile uintptr_t *mmv_guard_faults(void);

MMV_END_DECLS

#endif
