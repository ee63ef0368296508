/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_SHARING_H
#define TOOLS_SHARING_H

/* sharing: a FILE that is changed in place is changed beside others who say so, and not while somebody has it alone. */

#include <mmview/map.h>

/*
 * sharing_open() - mmv_map_open(), and with MMV_READ_WRITE MMV_SHARING_OTHERS: programs of .NET that opened the file
 * for themselves (FileShare.None), and others that lock it by flock(2), keep us out. Processes of one job do not keep
 * each other out, and flock(1) does not keep out the command that it starts. Where open files cannot be locked as a
 * whole, on network file systems among others, nobody is asked.
 * Errors:  those of mmv_map_open(), and MMV_EBUSY.
 */
mmv_status sharing_open(const char *path, mmv_access access, mmv_map **map_ret);

#endif
