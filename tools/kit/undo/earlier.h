/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_UNDO_EARLIER_H
#define TOOLS_UNDO_EARLIER_H

/* earlier: whether a run without --keep-undo takes the way back of an earlier run away. */

#include <limits.h>
#include <stdbool.h>

#include <mmview/range.h>

/* A note about FILE, with the undo file's name. */
#define EARLIER_NOTE                                                                                                   \
    "once this run has changed the same bytes, --undo cannot take back the run that has left %s. With --keep-undo "    \
    "both runs can be taken back"

/*
 * earlier_find() - the latest undo file beside 'file' that is complete, and has kept bytes of 'range'.
 * Shape:   path_ret is for path_base(): its folder has no links in it. False = there is none, or nobody may read it.
 */
bool earlier_find(const char *file, mmv_range range, char path_ret[PATH_MAX]);

#endif
