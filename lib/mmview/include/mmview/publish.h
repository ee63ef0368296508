/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_PUBLISH_H
#define MMVIEW_PUBLISH_H

/*
 * publish: give a finished file its name.
 * A process that opens the name sees the whole file. No existing file is ever replaced, not even one that appears at
 * the last moment. Some file systems have neither hard links nor a rename that never replaces. There the name leads to
 * an empty file for a moment.
 *
 * 'folder' is the descriptor of an open directory, and a name is a single component of a path. So the folder's path is
 * never resolved again. By then it could lead to another folder.
 */

#include <mmview/status.h>

MMV_BEGIN_DECLS

/*
 * mmv_publish_nameless() - name a file that open(2) with O_TMPFILE has made without a name.
 * Errors:  MMV_EEXIST when the name is taken; MMV_ENOENT where /proc is not mounted; MMV_EACCES, MMV_ENOSPC, MMV_EIO.
 * Source:  linkat(2).
 */
MMV_API mmv_status mmv_publish_nameless(int folder, int descriptor, const char *name);

/*
 * mmv_publish_hidden() - rename a file from a hidden name to its final name.
 * Shape:   the name 'hidden' is gone afterwards; it stays when the call fails.
 * Errors:  MMV_EEXIST when the name is taken; MMV_ENOENT, MMV_EACCES, MMV_ENOSPC, MMV_EIO.
 * Source:  renameat2(2) RENAME_NOREPLACE; else linkat(2); else an empty file that reserves the name until it is
 *          replaced.
 */
MMV_API mmv_status mmv_publish_hidden(int folder, const char *hidden, const char *name);

MMV_END_DECLS

#endif
