/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_HOT_H
#define MMVIEW_HOT_H

/*
 * hot: functions that a lease runs between two system calls. They lie together in the program, on few pages: a virtual
 * machine may forget at each system call where pages are, and every page that is touched then costs time.
 */

#if defined(__GNUC__)
#define MMV__HOT __attribute__((hot))
#else
#define MMV__HOT
#endif

#endif
