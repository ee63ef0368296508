/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_HOT_H
#define MMVIEW_HOT_H

/*
 * hot: functions that a lease runs between two system calls. They lie together in the program, on few pages. That it
 * makes them faster was not shown: the gain was within noise (2026-11).
 */

#if defined(__GNUC__)
#define MMV__HOT __attribute__((hot))
#else
#define MMV__HOT
#endif

#endif
