/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_UNDO_NAMES_H
#define TOOLS_UNDO_NAMES_H

/*
 * names: where the undo files of FILE lie: FILE.mmu.1, FILE.mmu.2 and on beside FILE, links resolved. The one with the
 * highest number is of the latest run.
 */

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

/* undo_name() - of a number; false when it is too long. 'file' need not exist. */
bool undo_name(const char *file, uint64_t number, char path[PATH_MAX]);

/*
 * undo_latest() - the highest number; 0 = there is none. undo_before() - the highest below 'limit', or 0. Both return
 * 0, or an errno.
 */
int undo_latest(const char *file, uint64_t *number_ret);
int undo_before(const char *file, uint64_t limit, uint64_t *number_ret);

/* undo_number() - which one of FILE's a path is; 0 = none of them. */
uint64_t undo_number(const char *file, const char *path);

#endif
